"""Whether two results are the same up to the names of their blank nodes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

Row = tuple[Any, ...]


def same(found: Iterable[Row], wanted: Iterable[Row]) -> bool:
    """Whether two multisets of rows are equal under a one-to-one renaming of blank nodes.

    >>> a, b, c = ox.BlankNode(), ox.BlankNode(), ox.BlankNode()
    >>> same([(a, b)], [(b, c)]), same([(a, a)], [(b, c)])
    (True, False)
    """
    left, right = list(found), list(wanted)
    if len(left) != len(right) or Counter(map(_shape, left)) != Counter(map(_shape, right)):
        return False
    left.sort(key=lambda row: (_blanks(row), str(_shape(row))))
    return _match(left, 0, right, [False] * len(right), {}, {})


def _match(left: list[Row], i: int, right: list[Row], used: list[bool], there: dict[Any, Any], back: dict[Any, Any]) -> bool:  # fmt: skip
    if i == len(left):
        return True
    for k, row in enumerate(right):
        if used[k] or _shape(row) != _shape(left[i]):
            continue
        new: list[Any] = []
        for a, b in zip(left[i], row, strict=True):
            if isinstance(a, ox.BlankNode) and a not in there and b not in back:
                there[a], back[b] = b, a
                new.append((a, b))
            elif isinstance(a, ox.BlankNode) and there.get(a) != b:
                break
        else:
            used[k] = True
            if _match(left, i + 1, right, used, there, back):
                return True
            used[k] = False
        for a, b in new:
            del there[a], back[b]
        if not _blanks(row):
            return False  # another row of the same shape is the same row
    return False


def _shape(row: Row) -> Row:
    return tuple("_:" if isinstance(t, ox.BlankNode) else None if t is None else str(t) for t in row)


def _blanks(row: Row) -> int:
    return sum(isinstance(t, ox.BlankNode) for t in row)


def canonical(row: Row) -> Row:
    """A row with its numbers and booleans in the one form that each value has; types derived from integer are integer.

    >>> canonical((ox.Literal("1.0", datatype=ox.NamedNode(_XSD + "decimal")),)) == canonical((ox.Literal("1", datatype=ox.NamedNode(_XSD + "decimal")),))
    True
    """
    return tuple(_value(term) for term in row)


_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS = (
    "nonPositiveInteger", "negativeInteger", "nonNegativeInteger", "positiveInteger", "long", "int", "short", "byte",
    "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
)  # fmt: skip


def _value(term: Any) -> Any:
    kind = term.datatype.value.removeprefix(_XSD) if isinstance(term, ox.Literal) else ""
    kind = "integer" if kind in _INTEGERS else kind
    try:
        if kind == "boolean":
            return f"{kind} {term.value in ('true', '1')}"
        if kind in ("integer", "decimal"):
            return f"{kind} {Decimal(term.value).normalize():f}"
        if kind in ("double", "float"):
            return f"{kind} {float(term.value)}"
    except (ValueError, ArithmeticError):  # of another form than its type has
        pass
    return term


def solutions(found: ox.QuerySolutions) -> tuple[tuple[str, ...], list[Row]]:
    """Variables and rows, in the order of the variables' names."""
    names = sorted(v.value for v in found.variables)
    return tuple(names), [tuple(s[n] for n in names) for s in found]


def lines_of_csv(text: str) -> Counter[Sequence[tuple[str, str]]]:
    """The lines of a CSV result by column, blank nodes without their names."""
    rows = csv.DictReader(io.StringIO(text))
    return Counter(tuple(sorted((k, "_:" if v.startswith("_:") else v) for k, v in row.items())) for row in rows)
