"""What is wrong with values of graphs that were made elsewhere: of a type that no page or command can show.

The types of our own properties are their ranges in ``data/ontology.ttl``; those of other vocabularies' are listed here, and
count for things of ours only, since others may use these properties as they like. Entries of the log of judgements are
checked by :mod:`kg.tracking.validity`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container
from datetime import date, datetime
from functools import cache
from typing import Any, Final

import pyoxigraph as ox

from kg import data
from kg.store.values import value
from kg.vocab import BASE, DC, ENTITY_CLASSES, IIB, JUDGEMENTS_GRAPH, OA, OWL, RDF, RDFS, SCHEMA, SKOS, XSD

Fits = Callable[[Any], bool]
_LOG: Final = ox.NamedNode(JUDGEMENTS_GRAPH)
_STRING: Final = XSD.string


def _text(term: Any) -> bool:
    return isinstance(term, ox.Literal) and (term.datatype == _STRING or isinstance(value(term), str))


def _day(term: Any) -> bool:
    return isinstance(value(term), date) and not isinstance(value(term), datetime)


def _number(term: Any) -> bool:
    found = value(term)
    return isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < math.inf


def _offset(term: Any) -> bool:
    found = value(term)
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**63


def _flag(term: Any) -> bool:
    return isinstance(value(term), bool) and term.value in ("true", "false", "1", "0")


def _iri(term: Any) -> bool:
    return isinstance(term, ox.NamedNode)


#: Type → whether a value has it, and its name in a message.
_TYPES: Final[dict[str, tuple[Fits, str]]] = {
    "string": (_text, "a text"), "date": (_day, "a date"), "decimal": (_number, "a number"),
    "integer": (_offset, "a whole number from 0"), "boolean": (_flag, "true or false"), "iri": (_iri, "an IRI"),
}  # fmt: skip
#: Classes whose things are ours, whatever their IRIs.
OURS: Final = frozenset(
    [SCHEMA.NewsArticle, SCHEMA.Claim, IIB.Figure, OA.TextPositionSelector, OA.TextQuoteSelector]
    + [SCHEMA[name] for name in ENTITY_CLASSES]
)


@cache
def _types() -> dict[ox.NamedNode, str]:
    """Property → the key of its type in :data:`_TYPES`."""
    found = {
        **dict.fromkeys(
            (SCHEMA.articleBody, SCHEMA.headline, SCHEMA.name, SCHEMA.text, SCHEMA.url, SCHEMA.currency, SCHEMA.unitText), "string"
        ),
        **dict.fromkeys((DC.publisher, DC.source, DC.format, SKOS.prefLabel, SKOS.altLabel), "string"),
        **dict.fromkeys((OA.exact, OA.prefix, OA.suffix), "string"),
        **dict.fromkeys((OA.start, OA.end), "integer"),
        **dict.fromkeys((SCHEMA.appearance, SCHEMA.about, OA.hasSource, OA.hasSelector), "iri"),
        SCHEMA.datePublished: "date", SCHEMA.value: "decimal",
    }  # fmt: skip
    ontology = ox.Store()
    ontology.load(data.text("ontology.ttl").encode(), format=ox.RdfFormat.TURTLE)
    for q in ontology.quads_for_pattern(None, RDF.type, OWL.ObjectProperty, None):
        found[q.subject] = "iri"  # type: ignore[index]
    for q in ontology.quads_for_pattern(None, RDFS.range, None, None):
        kind = str(q.object.value).removeprefix(XSD.iri)  # type: ignore[union-attr]
        if kind in _TYPES:
            found[q.subject] = kind  # type: ignore[index]
    return found


def fault(q: ox.Quad, ours: Container[object] = ()) -> str | None:
    """What is wrong with the value of a quad; None if nothing is, or if the quad is of the log.

    Args:
        q: the quad.
        ours: subjects that are ours, beside those whose IRIs are.

    >>> fault(ox.Quad(ox.NamedNode("urn:iibun:claim:1"), IIB.dueEnd, ox.Literal("soon")))
    "urn:iibun:ns#dueEnd is 'soon', not a date"
    """
    kind = _types().get(q.predicate)
    if kind is None:
        return None
    fits, called = _TYPES[kind]
    if fits(q.object) or q.object == IIB.nobody or q.graph_name == _LOG:
        return None
    name = q.predicate.value
    if not (name.startswith(IIB.iri) or str(q.subject.value).startswith(BASE) or q.subject in ours):  # type: ignore[union-attr]
        return None
    return f"{name} is {str(getattr(q.object, 'value', q.object))[:80]!r}, not {called}"


def of_ours(found: ox.Store) -> frozenset[object]:
    """The subjects of a store that have one of our classes (:data:`OURS`)."""
    return frozenset(q.subject for kind in OURS for q in found.quads_for_pattern(None, RDF.type, kind, None))
