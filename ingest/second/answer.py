"""A language model's answer as a report of the piece of text that it was asked about.

The answer may be anything: no JSON, JSON of another shape, words that stand nowhere in the text, thousands of items, or what
an article told the model to say. Only words that are found in the text and codes of ours become part of the report; the rest
is listed in ``Report.dropped``. Nothing here raises on a bad answer but :class:`Unusable`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest import dates, figures
from ingest.claims import names_something, title, trimmed
from ingest.clean import Clean, clean
from ingest.entities.groups import known
from ingest.entities.name import Name, Taken, stands_alone
from ingest.predictions import completed
from ingest.second.places import PART, Places, shared
from kg.errors import IibunError
from kg.model import (
    ENTITY_TYPES,
    MODALITIES,
    Article,
    Claim,
    DateExpression,
    Entity,
    EntityType,
    Extent,
    Mention,
    Prediction,
    Reader,
    Relation,
    Report,
    Speech,
)
from kg.predicates import PREDICATES, SYMMETRIC

ITEMS = 400  #: most entities, relations and claims that are taken from one answer
LONGEST = 1_000  #: most characters of what an answer quotes
NEAR = 300  #: most characters between a content and its cue or the words for its source
CONFIDENCE = 0.5  #: of a claim that only a language model found: it gives no probability
TOLD = 100  #: most things left out that are listed one by one
_LLM: tuple[Reader, ...] = ("llm",)
_FENCE = re.compile(r"```(?:json)?[^\S\n]*\n(.*?)```", re.DOTALL)  # linear, also for a fence before a million line ends
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


class Unusable(IibunError):
    """An answer that is no JSON object."""


def report(answer: str, article: Article, model: str) -> Report:
    """The report that an answer makes of a piece of text.

    Args:
        answer: what the model wrote.
        article: the piece as an article.
        model: the model's name, for the reasons.

    Raises:
        Unusable: if the answer is no JSON object.
    """
    return _Taking(article, f"read by {model}").run(_object(answer))


def _object(answer: str) -> Mapping[str, Any]:
    """The JSON object of an answer, which may stand after thoughts, or between fences."""
    text = _THOUGHT.sub("", answer)
    fenced = _FENCE.search(text)
    for part in (text, *([fenced[1]] if fenced else ()), text[text.find("{") :] if "{" in text else ""):
        try:
            found, _ = json.JSONDecoder().raw_decode(part.strip())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    raise Unusable("The language model's answer is no JSON object.")


class _Taking:
    """Takes from an answer what the text holds.

    Args:
        article: the piece of text.
        reason: the reason of everything that is taken.
    """

    def __init__(self, article: Article, reason: str) -> None:
        self.article, self.text, self.reasons = article, article.text, (reason,)
        self.clean: Clean = clean(article.text)
        self.places = Places(article.text)
        self.starts = [s.start for s in self.clean.sentences]
        self.dates: Sequence[DateExpression] = dates.find(self.clean.text, published=article.published)
        self.figures = figures.find(self.clean.text)
        self.ids: dict[str, str] = {}  # id or name in the answer → id of ours
        self.dropped: list[str] = []
        self.left = 0  # how many more were dropped than are listed

    def run(self, answer: Mapping[str, Any]) -> Report:
        """The report of an answer."""
        entities, mentions = self._entities(self._rows(answer, "entities"))
        types = {e.id: e.type for e in entities}
        relations = [r for row in self._rows(answer, "relations") if (r := self._relation(row, types))]
        claims = self._claims(self._rows(answer, "claims"), mentions)
        if self.left:
            self.dropped.append(f"and {self.left} more")
        return Report(
            article=self.article,
            entities=tuple(entities),
            mentions=tuple(mentions),
            figures=tuple(self.figures),
            dates=tuple(self.dates),
            relations=tuple(_once(relations)),
            claims=tuple(claims),
            furniture=self.clean.furniture,
            dropped=tuple(self.dropped),
        )

    def refuse(self, what: str, value: object) -> None:
        """List something that is left out."""
        if len(self.dropped) >= TOLD:
            self.left += 1
            return
        plain = value is None or isinstance(value, str | int | float)  # what is nested may be too deep to be printed
        words = (str(value) if plain else type(value).__name__)[:80]
        shown = " ".join("".join(c if c.isprintable() else " " for c in words).split())
        self.dropped.append(f"{what}: {shown or 'nothing'}")

    def _rows(self, answer: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
        """The objects of one list of an answer, at most :data:`ITEMS`."""
        rows = answer.get(name)
        if not isinstance(rows, list):
            if rows is not None:
                self.refuse(f"{name} is no list", type(rows).__name__)
            return
        for row in rows[:ITEMS]:
            if isinstance(row, dict):
                yield row
            else:
                self.refuse(f"no object in {name}", type(row).__name__)
        if len(rows) > ITEMS:
            self.refuse(f"more than {ITEMS} {name}", len(rows) - ITEMS)

    def _words(self, row: Mapping[str, Any], key: str) -> str:
        """The text under a key; empty if there is none."""
        value = row.get(key)
        return value[: LONGEST + 1] if isinstance(value, str) else ""

    def _list(self, row: Mapping[str, Any], key: str) -> list[str]:
        """The texts under a key, which may hold one text or several."""
        value = row.get(key)
        values = value if isinstance(value, list) else [value]
        return [v for v in values[:50] if isinstance(v, str) and v.strip()]

    # names

    def _entities(self, rows: Iterator[Mapping[str, Any]]) -> tuple[list[Entity], list[Mention]]:
        """The entities that the text names, and their mentions; of overlapping names the longest counts."""
        offered: list[tuple[str, EntityType, list[str]]] = []  # id in the answer, type, names
        for row in rows:
            kind, names = row.get("type"), self._list(row, "names")
            if kind not in ENTITY_TYPES:
                self.refuse("no type of an entity", kind)
                continue
            own = row.get("id")
            offered.append((str(own)[:80] if isinstance(own, str | int) else "", kind, names))
        places: list[tuple[Extent, int]] = []
        for number, (_, kind, names) in enumerate(offered):
            for name in dict.fromkeys(names):
                places += ((e, number) for e in self._name(name, kind))
        taken = Taken((), len(self.text))
        kept: dict[int, list[Extent]] = {}
        for extent, number in sorted(places, key=lambda p: (-len(p[0]), p[0], p[1])):
            if taken.free(extent):
                taken.add(extent)
                kept.setdefault(number, []).append(extent)
        entities: list[Entity] = []
        mentions: list[Mention] = []
        for number in sorted(kept, key=lambda n: min(kept[n])):
            own, kind, names = offered[number]
            id = f"e{len(entities) + 1}"
            entities.append(self._entity(id, kind, kept[number]))
            mentions += [Mention(e, id, reasons=self.reasons, readers=_LLM) for e in kept[number]]
            for name in (own, *names):
                self.ids.setdefault(name, id)
        return entities, sorted(mentions, key=lambda m: (m.extent, m.entity))

    def _name(self, name: str, kind: EntityType) -> list[Extent]:
        """Where a name stands by itself."""
        if len(name) > 100 or not names_something(name):
            self.refuse("no name", name)
            return []
        found = [
            e for e in self.places.of(name)
            if stands_alone(self.text, e.start, e.end, e.of(self.text), kind) and "\n" not in e.of(self.text)
        ]  # fmt: skip
        if not found:
            self.refuse("a name that is not in the text", name)
        return found

    def _entity(self, id: str, kind: EntityType, extents: Sequence[Extent]) -> Entity:
        forms = list(dict.fromkeys(e.of(self.text) for e in sorted(extents)))
        label = max(forms, key=len)
        rows = {r.wikidata for f in forms if (r := known(Name(extents[0], kind, 1.0, f))) and f not in r.weak}
        same_as = tuple(f"http://www.wikidata.org/entity/{q}" for q in rows if q) if len(rows) == 1 else ()
        return Entity(id, kind, label, tuple(f for f in forms if f != label), same_as, self.reasons)

    # relations

    def _relation(self, row: Mapping[str, Any], types: Mapping[str, str]) -> Relation | None:
        """A relation whose predicate allows its two entities, in the sentence that its words stand in."""
        name = row.get("predicate")
        rule = PREDICATES.get(name) if isinstance(name, str) else None
        ends = [self.ids.get(self._words(row, key)) for key in ("subject", "object")]
        subject, object_ = ends
        if rule is None or subject is None or object_ is None:
            self.refuse("a relation of something unknown", f"{row.get('subject')} {name} {row.get('object')}")
            return None
        if types[subject] not in rule.subject or types[object_] not in rule.object or subject == object_:
            self.refuse("a relation that its types do not allow", f"{types[subject]} {name} {types[object_]}")
            return None
        found = self.places.of(self._words(row, "words"))
        if not found or len(found[0]) > LONGEST:
            self.refuse("a relation whose words are not in the text", row.get("words"))
            return None
        sentence = self._sentence(found[0])
        office = self._words(row, "title").strip()
        held = office and name == "holdsPosition" and len(office) <= 40 and office in sentence.of(self.text)
        if name in SYMMETRIC:
            subject, object_ = sorted((subject, object_))
        qualifiers: dict[str, str | bool] = {"title": office} if held else {}
        return Relation(subject, str(name), object_, sentence, qualifiers, self.reasons, _LLM)

    def _sentence(self, extent: Extent) -> Extent:
        """The sentences around an extent."""
        first = max(0, bisect_right(self.starts, extent.start) - 1)
        last = max(0, bisect_right(self.starts, extent.end - 1) - 1)
        if not self.starts:
            return extent
        around = Extent(self.clean.sentences[first].start, self.clean.sentences[last].end)
        return around if around.contains(extent) else extent

    # claims

    def _claims(self, rows: Iterator[Mapping[str, Any]], mentions: Sequence[Mention]) -> list[Claim]:
        """The claims in the order of the text; one whose content overlaps another's by more than :data:`PART` is left out."""
        found: list[Claim] = []
        for row in rows:
            content = self._content(row, [c.content for c in found])
            if content is None:
                continue
            if any(shared(content, c.content) > PART for c in found):
                self.refuse("a claim that was given before", content.of(self.text))
                continue
            claim = self._claim(row, content, mentions)
            if claim.sources or claim.source_text or claim.cue or claim.prediction:
                found.append(claim)
            else:
                self.refuse("a claim of nobody", content.of(self.text))
        found.sort(key=lambda c: c.content)
        return [replace(c, id=f"c{n}") for n, c in enumerate(found, 1)]

    def _content(self, row: Mapping[str, Any], before: Sequence[Extent]) -> Extent | None:
        """Where a claim's content stands: of several places one that no claim has yet, the nearest to its cue."""
        words = self._words(row, "content")
        places = [trimmed(e, self.text) for e in self.places.of(words)] if len(words) <= LONGEST else []
        places = [e for e in places if e.start < e.end and names_something(e.of(self.text)) and e not in before]
        if not places:
            self.refuse("a claim whose words are not in the text", words or row.get("content"))
            return None
        cues = self.places.of(self._words(row, "cue"))
        return min(places, key=lambda e: (min((_gap(e, c) for c in cues), default=0), e))

    def _beside(self, row: Mapping[str, Any], key: str, content: Extent, what: str) -> Extent | None:
        """Where other words of a claim stand: the place nearest to its content and not in it."""
        words = self._words(row, key)
        if not words.strip():
            return None
        near = [
            e for e in self.places.of(words) if not e.overlaps(content) and _gap(e, content) <= NEAR and len(e) <= 80
        ]
        if not near:
            self.refuse(f"{what} that is not beside its claim", words)
        return min(near, key=lambda e: (_gap(e, content), e), default=None)

    def _claim(self, row: Mapping[str, Any], content: Extent, mentions: Sequence[Mention]) -> Claim:
        cue = self._beside(row, "cue", content, "a cue")
        sources = []
        for name in self._list(row, "sources")[:10]:
            if name in self.ids:
                sources.append(self.ids[name])
            else:
                self.refuse("a source that the text does not name", name)
        source = None if sources else self._beside(row, "source_words", content, "a source")
        modality = next((m for m in MODALITIES if m == row.get("modality")), None)
        if modality is None:
            self.refuse("no modality", row.get("modality"))
        pairs = [q.outer for q in self.clean.quotations if q.kind == "quote"]
        quotes = tuple(q for q in pairs if content.contains(q) or Extent(q.start + 1, q.end - 1) == content)
        within = any(Extent(q.start + 1, q.end - 1) == content for q in pairs)
        narrated = not sources and source is None and cue is None
        speech: Speech = "narrated" if narrated else "direct" if within else "mixed" if quotes else "indirect"
        claim = Claim(
            id="", content=content, sources=tuple(dict.fromkeys(sources)), source_extent=source,
            source_text=source.of(self.text) if source and names_something(source.of(self.text)) else None, cue=cue,
            quotes=quotes, speech=speech, modality=modality or "asserted", polarity="negated" if row.get("negated") is True else "affirmed",
            about=tuple(dict.fromkeys(m.entity for m in mentions if content.contains(m.extent))),
            figures=tuple(i for i, f in enumerate(self.figures) if content.contains(f.extent)),
            prediction=Prediction() if row.get("prediction") is True else None, title=title(content.of(self.text)),
            confidence=CONFIDENCE, reasons=self.reasons, readers=_LLM,
        )  # fmt: skip
        if claim.prediction is None:
            return claim
        published = self.article.published
        return completed(claim, self._sentence(content), self.dates, published=published, text=self.clean.text)


def _once(relations: Iterable[Relation]) -> Iterator[Relation]:
    """Relations without repetitions of subject, predicate and object."""
    seen = set()
    for r in relations:
        if (key := (r.subject, r.predicate, r.object)) not in seen:
            seen.add(key)
            yield r


def _gap(a: Extent, b: Extent) -> int:
    """The number of characters between two extents; 0 if they touch or overlap."""
    return max(0, a.start - b.end, b.start - a.end)
