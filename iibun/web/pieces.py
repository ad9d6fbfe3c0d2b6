"""What each article's graph holds for the tables, kept up to date: a changed article is read again, others are not.

A whole store is read column by column (one property at a time, the fastest way there is), a few changed articles graph
by graph.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kg.vocab import CURRENT_GRAPH, ENTITY_CLASSES, IIB, RDF, SCHEMA, SKOS

Ask = Callable[..., list[dict[str, Any]]]

_TYPE = RDF.type.value
_CLAIM, _PREDICTION = SCHEMA.Claim.value, IIB.Prediction.value
_TYPES = {node.value: name for name, node in ENTITY_CLASSES.items()}
#: Columns of claims: one value each, or several.
ONE = {
    SCHEMA.appearance.value: "article", SCHEMA.name.value: "title", SCHEMA.text.value: "text", IIB.modality.value: "modality",
    IIB.polarity.value: "polarity", IIB.speech.value: "speech", IIB.confidence.value: "confidence",
    IIB.sourceText.value: "source_text", IIB.dueStart.value: "due_start", IIB.dueEnd.value: "due_end",
    IIB.dueText.value: "due_text", IIB.criterion.value: "criterion", IIB.resolvable.value: "resolvable",
    IIB.dueUndated.value: "due_undated",
}  # fmt: skip
MANY = {IIB.source.value: "sources", SCHEMA.about.value: "about", IIB.topic.value: "topics"}
_NAMES = {SKOS.prefLabel.value: "labels", SKOS.altLabel.value: "names", SKOS.exactMatch.value: "same"}
#: What tells one reading of an article from another, or that people corrected what it says of itself.
_KEY = ("hash", "activity", "published", "title", "publisher", "outdated")
FEW = 300  #: so many changed articles are read one by one


@dataclass
class Piece:
    """What one graph holds: claims and entities by IRI, how often each entity is mentioned, and each relation stated."""

    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    mentions: Counter[str] = field(default_factory=Counter)
    relations: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # subject, predicate, object

    def take(self, thing: str, property: str, value: Any) -> None:
        """Note one value of a thing whose class is known."""
        if (claim := self.claims.get(thing)) is not None:
            if name := ONE.get(property):
                claim[name] = value
            elif name := MANY.get(property):
                claim.setdefault(name, []).append(value)
            elif property == _TYPE and value == _PREDICTION:
                claim["prediction"] = True
        elif (entity := self.entities.get(thing)) is not None and (name := _NAMES.get(property)):
            entity.setdefault(name, []).append(value)

    def declare(self, thing: str, class_: str) -> None:
        """Note that a thing is a claim or an entity."""
        if class_ == _CLAIM:
            self.claims.setdefault(thing, {})
        elif kind := _TYPES.get(class_):
            self.entities.setdefault(thing, {})["type"] = kind


class Pieces:
    """The pieces of all articles of one store."""

    def __init__(self) -> None:
        self.by_article: dict[str, Piece] = {}
        self.added = Piece()  # what people added, from the current graph
        self.generation = 0  # changes when an article's piece does
        self._keys: dict[str, tuple[Any, ...]] = {}
        self._lock = threading.Lock()

    def refresh(self, ask: Ask, articles: Iterable[dict[str, Any]]) -> None:
        """Read what has changed since the last time; ``articles`` are the rows of ``table_articles``."""
        with self._lock:
            now = {row["article"]: tuple(row[name] for name in _KEY) for row in articles}
            changed = [article for article, key in now.items() if self._keys.get(article) != key]
            gone = [article for article in self._keys if article not in now]
            if changed or gone:
                self.generation += 1
            for article in gone:
                self.by_article.pop(article, None)
            if len(changed) > FEW:
                read = _all(ask)  # may hold what came only now, and nobody would ever take away
                self.by_article = {article: read[article] for article in now if article in read}
            else:
                for article in changed:
                    self.by_article[article] = _one(ask, article)
            self.added = _one(ask, CURRENT_GRAPH)
            self._keys = now


def _one(ask: Ask, graph: str) -> Piece:
    piece = Piece()
    rows = ask("table_graph", graph=graph)
    for row in rows:
        if row["property"] == _TYPE:
            piece.declare(row["thing"], row["value"])
    for row in rows:
        piece.take(row["thing"], row["property"], row["value"])
    for row in ask("table_mentions", graph=graph):
        piece.mentions[row["entity"]] += row["mentions"]
    for row in ask("table_relations", graph=graph):
        piece.relations[triple(row)] += row["count"]
    return piece


def triple(row: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, predicate (its local name) and object of a row."""
    return row["subject"], row["predicate"].replace("/", "#").rpartition("#")[2], row["object"]


def _all(ask: Ask) -> dict[str, Piece]:
    pieces: dict[str, Piece] = {}
    for class_ in (_CLAIM, *_TYPES):
        for row in ask("table_things", **{"class": class_}):
            if row["graph"] != CURRENT_GRAPH:
                pieces.setdefault(row["graph"], Piece()).declare(row["thing"], class_)
    for row in ask("table_things", **{"class": _PREDICTION}):
        if (piece := pieces.get(row["graph"])) is not None:
            piece.take(row["thing"], _TYPE, _PREDICTION)
    for property in (*ONE, *MANY, *_NAMES):
        for row in ask("table_values", property=property):
            if (piece := pieces.get(row["graph"])) is not None:
                piece.take(row["thing"], property, row["value"])
    for row in ask("table_mentions"):
        if (piece := pieces.get(row["graph"])) is not None:
            piece.mentions[row["entity"]] += row["mentions"]
    for row in ask("table_relations"):
        if (piece := pieces.get(row["graph"])) is not None:
            piece.relations[triple(row)] += row["count"]
    return pieces
