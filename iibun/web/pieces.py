"""The raw data of :mod:`iibun.web.tables`, article by article, so that only changed articles are queried again.

A whole store is queried property by property, which is fastest; a few changed articles graph by graph.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kg.attribution import BEGINNINGS
from kg.vocab import CURRENT_GRAPH, ENTITY_CLASSES, IIB, RDF, SCHEMA, SKOS

Ask = Callable[..., list[dict[str, Any]]]

_TYPE, _REASON = RDF.type.value, IIB.reason.value
_CLAIM, _PREDICTION = SCHEMA.Claim.value, IIB.Prediction.value
_TYPES = {node.value: name for name, node in ENTITY_CLASSES.items()}
#: Columns of claims by property: those with one value, and those with several.
ONE = {
    SCHEMA.appearance.value: "article", SCHEMA.name.value: "title", SCHEMA.text.value: "text", IIB.modality.value: "modality",
    IIB.polarity.value: "polarity", IIB.speech.value: "speech", IIB.confidence.value: "confidence",
    IIB.sourceText.value: "source_text", IIB.dueStart.value: "due_start", IIB.dueEnd.value: "due_end",
    IIB.dueText.value: "due_text", IIB.criterion.value: "criterion", IIB.resolvable.value: "resolvable",
    IIB.dueUndated.value: "due_undated",
}  # fmt: skip
MANY = {IIB.source.value: "sources", SCHEMA.about.value: "about", IIB.topic.value: "topics"}
_NAMES = {SKOS.prefLabel.value: "labels", SKOS.altLabel.value: "names", SKOS.exactMatch.value: "same"}
#: Columns of ``table_articles`` of which one changes when an article is extracted again or its metadata are corrected.
_KEY = ("hash", "activity", "published", "title", "publisher", "outdated")
FEW = 300  #: most changed articles that are queried one by one


@dataclass
class Piece:
    """The data of one graph: claims and entities by IRI, and counts of mentions by entity and of relations."""

    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    mentions: Counter[str] = field(default_factory=Counter)
    relations: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # subject, predicate, object

    def take(self, thing: str, property: str, value: Any) -> None:
        """Add one value of a property; ignored unless ``thing`` was declared as a claim or an entity."""
        if (claim := self.claims.get(thing)) is not None:
            if name := ONE.get(property):
                claim[name] = value
            elif name := MANY.get(property):
                claim.setdefault(name, []).append(value)
            elif property == _REASON:
                if value.startswith(BEGINNINGS):
                    claim.setdefault("speakers", []).append(value)
            elif property == _TYPE and value == _PREDICTION:
                claim["prediction"] = True
        elif (entity := self.entities.get(thing)) is not None and (name := _NAMES.get(property)):
            entity.setdefault(name, []).append(value)

    def declare(self, thing: str, class_: str) -> None:
        """Add a claim or an entity; other classes are ignored."""
        if class_ == _CLAIM:
            self.claims.setdefault(thing, {})
        elif kind := _TYPES.get(class_):
            self.entities.setdefault(thing, {})["type"] = kind


class Pieces:
    """The pieces of all articles of one store, by IRI, and of what people added."""

    def __init__(self) -> None:
        self.by_article: dict[str, Piece] = {}
        self.added = Piece()  # what people added, from the current graph
        self.generation = 0  # increased when the piece of an article changes
        self._keys: dict[str, tuple[Any, ...]] = {}
        self._lock = threading.Lock()

    def refresh(self, ask: Ask, articles: Iterable[dict[str, Any]]) -> None:
        """Query again what has changed since the last call.

        Args:
            ask: ``ask(name, **bindings)`` gives the rows of a query ``table_*``.
            articles: the rows of ``table_articles``.
        """
        with self._lock:
            now = {row["article"]: tuple(row[name] for name in _KEY) for row in articles}
            changed = [article for article, key in now.items() if self._keys.get(article) != key]
            gone = [article for article in self._keys if article not in now]
            if changed or gone:
                self.generation += 1
            for article in gone:
                self.by_article.pop(article, None)
            if len(changed) > FEW:
                read = _all(ask)  # may have articles written since; ignored here, they are new at the next call
                self.by_article = {article: read[article] for article in now if article in read}
            else:
                for article in changed:
                    self.by_article[article] = _one(ask, article)
            self.added = _one(ask, CURRENT_GRAPH)
            self._keys = now


def _one(ask: Ask, graph: str) -> Piece:
    """The piece of one graph."""
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
    """The pieces of all articles, queried property by property."""
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
    for row in ask("table_speakers"):
        if (piece := pieces.get(row["graph"])) is not None:
            piece.take(row["thing"], _REASON, row["value"])
    for row in ask("table_mentions"):
        if (piece := pieces.get(row["graph"])) is not None:
            piece.mentions[row["entity"]] += row["mentions"]
    for row in ask("table_relations"):
        if (piece := pieces.get(row["graph"])) is not None:
            piece.relations[triple(row)] += row["count"]
    return pieces
