"""What Iibun extracts from an article, as frozen dataclasses.

Everything here is plain data: no I/O, no RDF, no spaCy. Offsets are :class:`Extent` objects, half-open
and in Unicode code points of :attr:`Article.text`. `docs/data-model.md` defines each class, `docs/glossary.md` the terms.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias

EntityType = Literal["Person", "Organization", "Product", "Place", "Event"]
FigureKind = Literal["money", "percent", "count", "duration"]
Comparator = Literal["=", "~", ">=", "<=", "<", ">"]
Modality = Literal["asserted", "probable", "possible", "hoped", "intended", "required", "questioned"]
Polarity = Literal["affirmed", "negated"]
Speech = Literal["direct", "indirect", "mixed", "narrated"]
Granularity = Literal[
    "day", "week", "month", "quarter", "half", "season", "year", "fiscal-year", "decade", "period", "unknown"
]
Predicate: TypeAlias = str  # a name of data/predicates.jsonl (kg.predicates)
Reader = Literal["local", "llm"]  # our own models and rules; a language model
Aspect = Literal["claim", "content", "source", "modality", "polarity", "prediction", "due"]

ENTITY_TYPES: tuple[EntityType, ...] = ("Person", "Organization", "Product", "Place", "Event")
MODALITIES: tuple[Modality, ...] = (
    "asserted", "probable", "possible", "hoped", "intended", "required", "questioned",
)  # fmt: skip

_NOTHING: Mapping[str, str | bool] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Extent:
    """Half-open character offsets ``[start, end)`` into an article's text, in code points.

    >>> Extent(0, 2).of("言い分")
    '言い'
    """

    start: int
    end: int

    def of(self, text: str) -> str:
        """The exact characters at this extent."""
        return text[self.start : self.end]

    def overlaps(self, other: Extent) -> bool:
        """Whether the two have at least one character in common."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Extent) -> bool:
        """Whether ``other`` lies within this extent; both ends may coincide."""
        return self.start <= other.start and other.end <= self.end

    def __len__(self) -> int:
        return self.end - self.start


@lru_cache(maxsize=4)
def _text_hash(text: str) -> str:  # cached, since it is needed for each claim and each short name of an article
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """A text as it was read, with its metadata.

    Attributes:
        text: the source text that every extent refers to; it is never changed after reading.
        title: the headline.
        url: the canonical address.
        published: the day of publication, against which relative dates are resolved.
        publisher: the outlet.
        language: language code of the text.
        source: the file or address that it was read from.
        original: SHA-256 (hex) of the file or page that the text was taken from, if that is kept.
        media_type: media type of that file or page.
        illustration: true for samples whose outlet and events are invented.
    """

    text: str
    title: str | None = None
    url: str | None = None
    published: date | None = None
    publisher: str | None = None
    language: str = "ja"
    source: str | None = None
    original: str | None = None
    media_type: str | None = None
    illustration: bool = False

    @property
    def text_hash(self) -> str:
        """SHA-256 (hex) of the text in Unicode normal form C."""
        return _text_hash(self.text)

    @property
    def key(self) -> str:
        """The last part of the article's IRI (32 hex digits): a hash of its URL, or of its text if it has none."""
        return hashlib.sha256(f"url {self.url}".encode()).hexdigest()[:32] if self.url else self.text_hash[:32]


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, organization, product, place or event that the text names.

    Attributes:
        id: identifier within one report (``e1``).
        type: one of :data:`ENTITY_TYPES`.
        label: the main name.
        aliases: other names.
        same_as: IRIs of the same entity elsewhere, such as Wikidata.
        reasons: the rules, rows and models that produced it.
    """

    id: str
    type: EntityType
    label: str
    aliases: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """An occurrence of an entity in the text.

    ``entity`` is the entity's id. ``anaphor`` is true for 彼, 同社, 両社; a plural anaphor gives one mention per entity.
    ``readers`` are as in :class:`Claim`.
    """

    extent: Extent
    entity: str
    anaphor: bool = False
    reasons: tuple[str, ...] = ()
    readers: tuple[Reader, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit: 1兆4000億ドル is ``money``, 1.4e12, ``USD``.

    Attributes:
        extent: where it is in the text.
        kind: money, percent, count or duration.
        value: the number of units; a duration is in the unit that the text names (7年間 is 7, ``P1Y``).
        unit: an ISO 4217 code, ``%``, a counter (人, 台) or an ISO 8601 duration.
        comparator: ``=``, ``~`` (約), ``>=`` (以上), ``<`` (未満) and so on.
        about: ids of the entities that it is a figure of.
        measure: the name of what is measured (売上高).
        reasons: the rules and rows that produced it.
    """

    extent: Extent
    kind: FigureKind
    value: float
    unit: str
    comparator: Comparator = "="
    about: tuple[str, ...] = ()
    measure: str | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """Two inclusive dates; ``None`` is an open or unknown end. 2026年までに is ``Interval(None, 2026-12-31)``."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class DateExpression:
    """A date in the text, resolved against the article's publication date.

    ``deadline`` is true for 〜までに and 以内に: something must happen by the end of the interval.
    """

    extent: Extent
    interval: Interval
    granularity: Granularity
    deadline: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed connection between two entities (``subject`` and ``object`` are ids), stated in the sentence at ``extent``.

    ``qualifiers`` are details such as ``{"title": "社長"}``; their keys are those of :data:`kg.vocab.QUALIFIERS`.
    ``readers`` are as in :class:`Claim`.
    """

    subject: str
    predicate: Predicate
    object: str
    extent: Extent
    qualifiers: Mapping[str, str | bool] = field(default_factory=lambda: _NOTHING)
    reasons: tuple[str, ...] = ()
    readers: tuple[Reader, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What makes a claim a prediction: its due date, its condition, and the criterion for a verdict.

    Attributes:
        due: the interval in which it is to be settled.
        text: the words that give the date, at ``due_extent``.
        due_extent: where these words are.
        condition: the condition, if the text states one.
        criterion: one sentence that says what would have to be true by when.
        resolvable: false if the text gives no way to settle it.
        undated: the words are relative to the article's day (来年), which is not known, so that there is no ``due``.
    """

    due: Interval | None = None
    text: str | None = None
    due_extent: Extent | None = None
    condition: Extent | None = None
    criterion: str = ""
    resolvable: bool = True
    undated: bool = False


@dataclass(frozen=True, slots=True)
class Dispute:
    """What one reader says of a claim where another says something else, which stands.

    Attributes:
        reader: who disputes.
        aspect: what is disputed; ``claim`` if it is no claim to this reader.
        says: what this reader says instead: words of the article, a code, or a date; empty for nothing.
    """

    reader: Reader
    aspect: Aspect
    says: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A proposition that the text attributes to a source, or a prediction.

    Attributes:
        id: identifier within one report (``c1``).
        content: what is said.
        sources: ids of the entities committed to it; in a chain (AによるとBは…と述べた), the inner speaker.
        source_text: the words for a source without a name (関係者), at ``source_extent``.
        source_extent: where the source is named.
        reporters: ids of the entities that pass on what the source said.
        cue: the reporting words (と述べた).
        quotes: the quotations in the content.
        speech: direct, indirect, mixed or narrated.
        modality: how the source commits to it, one of :data:`MODALITIES`.
        polarity: affirmed or negated.
        about: ids of the entities that it is about.
        topics: words for its topic.
        figures: indexes into the report's figures.
        prediction: due date and criterion, if it is a prediction.
        title: the claim as one short sentence.
        confidence: the probability in [0, 1] that the claim and its content are right.
        reasons: the rules, rows and models that produced it.
        readers: who found it; empty if only our own reader read this place.
        disputes: where the other reader says something else.
    """

    id: str
    content: Extent
    sources: tuple[str, ...] = ()
    source_text: str | None = None
    source_extent: Extent | None = None
    reporters: tuple[str, ...] = ()
    cue: Extent | None = None
    quotes: tuple[Extent, ...] = ()
    speech: Speech = "indirect"
    modality: Modality = "asserted"
    polarity: Polarity = "affirmed"
    about: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    figures: tuple[int, ...] = ()
    prediction: Prediction | None = None
    title: str = ""
    confidence: float = 1.0
    reasons: tuple[str, ...] = ()
    readers: tuple[Reader, ...] = ()
    disputes: tuple[Dispute, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondReading:
    """What reading an article with a language model took, and what failed.

    Attributes:
        model: its name.
        address: where the text was sent.
        pieces: in how many pieces the text was sent.
        seconds: how long the answers took.
        prompt_tokens: of all questions, as the server counts them.
        completion_tokens: of all answers.
        failures: a sentence for each piece that was not read.
        dropped: a sentence for each thing in an answer that is not in the text.
    """

    model: str
    address: str
    pieces: int = 0
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failures: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything extracted from one article.

    ``furniture`` are the extents of boilerplate, which is not read as text. ``extractor`` is the name and version of the program.
    ``dropped`` says in words what was found but failed a check (such as an extent outside the text). ``second`` is there if a
    language model was asked.
    """

    article: Article
    entities: tuple[Entity, ...] = ()
    mentions: tuple[Mention, ...] = ()
    figures: tuple[Figure, ...] = ()
    dates: tuple[DateExpression, ...] = ()
    relations: tuple[Relation, ...] = ()
    claims: tuple[Claim, ...] = ()
    furniture: tuple[Extent, ...] = ()
    extractor: str = "iibun"
    dropped: tuple[str, ...] = ()
    second: SecondReading | None = None
