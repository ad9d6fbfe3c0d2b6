"""Convert RDF terms of query results to Python values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from kg.vocab import XSD

#: A term as a Python value; None if unbound.
Cell = str | int | float | bool | date | datetime | None
#: A row of a result. The types of its values are known only to who knows the query.
Row = dict[str, Any]

_INTEGERS = frozenset(
    XSD.iri + name
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
        "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
    )
)  # fmt: skip
_FLOATS = frozenset(XSD.iri + name for name in ("decimal", "double", "float"))
_DATE, _DATETIME, _BOOLEAN = XSD.iri + "date", XSD.iri + "dateTime", XSD.iri + "boolean"


def value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> Cell:
    """A term as a Python value: str for an IRI or string, date, datetime, int, float or bool; None if unbound.

    A literal that does not fit its datatype becomes its text.

    >>> value(ox.Literal("2026-12-31", datatype=XSD.date))
    datetime.date(2026, 12, 31)
    """
    if term is None:
        return None
    if not isinstance(term, ox.Literal):
        return term.value if isinstance(term, (ox.NamedNode, ox.BlankNode)) else str(term)
    text, kind = term.value, term.datatype.value
    try:
        if kind in _INTEGERS:
            return int(text)
        if kind in _FLOATS:
            return float(Decimal(text)) if kind == XSD.iri + "decimal" else float(text.replace("INF", "inf"))
        if kind == _BOOLEAN:
            return text in ("true", "1")
        if kind == _DATE:
            return date.fromisoformat(text[:10])
        if kind == _DATETIME:
            return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, ArithmeticError):
        pass
    return text


def rows(solutions: ox.QuerySolutions) -> list[Row]:
    """The solutions of a query as dicts, each with all variables."""
    names = [v.value for v in solutions.variables]
    return [dict(zip(names, map(value, solution), strict=True)) for solution in solutions]
