"""What Iibun knows of an article, as frozen dataclasses.

Everything here is plain data: no I/O, no RDF, no spaCy. Offsets are :class:`Extent` objects, half-open
and in Unicode code points of :attr:`Article.text`. The names are the field's; `docs/data-model.md`
defines each.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

EntityType = Literal["Person", "Organization", "Product", "Place", "Event"]
FigureKind = Literal["money", "percent", "count", "duration"]
Comparator = Literal["=", "~", ">=", "<=", "<", ">"]
Modality = Literal["asserted", "probable", "possible", "hoped", "intended", "required", "questioned"]
Polarity = Literal["affirmed", "negated"]
Speech = Literal["direct", "indirect", "mixed", "narrated"]
Granularity = Literal[
    "day", "week", "month", "quarter", "half", "season", "year", "fiscal-year", "decade", "period", "unknown"
]
Predicate = Literal[
    "holdsPosition", "founded", "subsidiaryOf", "ownsStakeIn", "investsIn", "acquires", "partnersWith",
    "competesWith", "develops", "suppliesTo", "uses", "licensedTo", "availableOn", "locatedIn", "participatesIn",
]  # fmt: skip

ENTITY_TYPES: tuple[EntityType, ...] = ("Person", "Organization", "Product", "Place", "Event")
MODALITIES: tuple[Modality, ...] = (
    "asserted", "probable", "possible", "hoped", "intended", "required", "questioned",
)  # fmt: skip
PREDICATES: tuple[Predicate, ...] = Predicate.__args__  # type: ignore[attr-defined]
SYMMETRIC: frozenset[Predicate] = frozenset({"partnersWith", "competesWith"})

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
        return self.start < other.end and other.start < self.end

    def contains(self, other: Extent) -> bool:
        return self.start <= other.start and other.end <= self.end

    def __len__(self) -> int:
        return self.end - self.start


@lru_cache(maxsize=4)
def _text_hash(text: str) -> str:  # asked for each claim and each short name of an article
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """A text as it was read, with what is known of where it comes from.

    ``text`` is the source text that every extent refers to; it is never changed after reading.
    ``original`` is the SHA-256 (hex) of the file or page that the text was taken from, if kept.
    ``illustration`` is true for samples whose outlet and events are invented.
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
        """SHA-256 (hex) of the text in NFC, so that two machines agree on it."""
        return _text_hash(self.text)

    @property
    def key(self) -> str:
        """The article's name within its store: from its canonical URL, else from its text (32 hex digits)."""
        return hashlib.sha256(f"url {self.url}".encode()).hexdigest()[:32] if self.url else self.text_hash[:32]


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that the text names. ``id`` is local to one report (``e1``); ``reasons`` tell who decided what."""

    id: str
    type: EntityType
    label: str
    aliases: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """An occurrence of an entity in the text; ``anaphor`` for 彼, 同社, 両社 (one mention per entity if plural)."""

    extent: Extent
    entity: str
    anaphor: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit: 1兆4000億ドル is ``money``, 1.4e12, ``USD``.

    ``value`` counts units (a duration is in the unit named: 7年間 is 7, ``P1Y``); ``unit`` is an ISO 4217 code,
    ``%``, a counter (人, 台) or an ISO 8601 duration; ``about`` are entity ids.
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
    """Two inclusive dates; ``None`` is an open or unknown side. 2026年までに is ``Interval(None, 2026-12-31)``."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class DateExpression:
    """A date in the text, resolved against the article's publication date.

    ``deadline`` is true for 〜までに, 以内に: the interval then ends where something must be settled.
    """

    extent: Extent
    interval: Interval
    granularity: Granularity
    deadline: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """``subject`` –predicate→ ``object`` (entity ids), stated in the sentence at ``extent``."""

    subject: str
    predicate: Predicate
    object: str
    extent: Extent
    qualifiers: Mapping[str, str | bool] = field(default_factory=lambda: _NOTHING)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What makes a claim a prediction: when it is to be settled, on what condition, and how one would tell.

    ``text`` are the words that give the date (at ``due_extent``); ``criterion`` is one sentence that says what
    would have to be true by when; ``resolvable`` is false where the text gives no way to settle it. ``undated``: the words
    count from the article's day (来年), which is not known, so that there is no ``due``.
    """

    due: Interval | None = None
    text: str | None = None
    due_extent: Extent | None = None
    condition: Extent | None = None
    criterion: str = ""
    resolvable: bool = True
    undated: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A proposition that the text attributes to a source, or a prediction.

    ``sources`` are entity ids of those committed to it (of a chain, the inner speaker); ``reporters`` those who
    report them; ``source_text`` the words of a source without a name (関係者). ``cue`` are the reporting words,
    ``content`` what is said, ``quotes`` the quotations in it, ``figures`` indexes into the report's figures.
    ``confidence`` is a probability in [0, 1] that the claim is right as it stands.
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


@dataclass(frozen=True, slots=True)
class Report:
    """Everything extracted from one article, and by what (``extractor``, name and version).

    ``dropped`` lists in words what was found but failed a check (an extent outside the text …).
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
