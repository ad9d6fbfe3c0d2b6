"""Named queries: SPARQL files with a header, and functions that ask them with bound parameters.

A file ``data/queries/NAME.rq`` begins with comment lines:

- ``# question:`` and ``# question-ja:`` say what it answers.
- ``# bindings:`` lists its parameters, ``name (kind) — meaning; …``.
- ``# columns:`` lists its columns; ``# lists:`` (optional) those whose values are lines of ``IRI label``.

In the text, ``$name`` is a parameter, and a comment at the end of a line controls the line:

- ``# if name`` keeps the line only if the parameter is given, ``# unless name`` only if it is not. ``# if name:`` alone on a
  line does so for all lines up to ``# end``. With several names, one that is given is enough.
- ``# limit``: the line's ``LIMIT`` and ``OFFSET`` take the parameters of these names.
- ``# reach``: the line's ``LIMIT`` becomes limit + offset, for a subquery that must find all rows up to the page's end.
- ``# ties``: orders rows that are otherwise equal, so that each is on one page of several. The line is kept if a page is
  asked for, and for a store without an order of its own; otherwise it would only cost time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final, cast

from pyoxigraph import Literal, NamedNode, Triple

from kg import data, given
from kg.errors import UsageError
from kg.predicates import PREDICATES
from kg.store import Row, Store, Value, iri
from kg.store.sparql import NotAnIri
from kg.vocab import ENTITY_CLASSES, IIB, MODALITIES, POLARITIES, VERDICTS, XSD

#: Kinds of parameters with a closed list of values.
CODES: Final = {
    "modality": MODALITIES, "polarity": POLARITIES, "verdict": VERDICTS, "type": tuple(ENTITY_CLASSES),
    "state": ("accepted", "corrected", "added", "rejected"), "predicate": tuple(sorted(PREDICATES)),
}  # fmt: skip
KINDS = ("iri", "iris", "string", "date", "integer", "decimal", "boolean", *CODES)
#: The parameters of a query with a ``# limit`` line: rows to return, and rows to skip.
PAGING: Final = ("limit", "offset")


class UnknownQuery(UsageError):
    """There is no such query or parameter, or a value does not fit its kind."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A parameter of a query: its name, its kind (one of :data:`KINDS`), and what it means."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Query:
    """A query file: its name, the fields of its header, and its text with the header."""

    name: str
    question_en: str
    question_ja: str
    bindings: tuple[Binding, ...]
    columns: tuple[str, ...]
    text: str
    lists: tuple[str, ...] = ()


@cache
def names() -> tuple[str, ...]:
    """The names of all query files, sorted."""
    return tuple(sorted(f.stem for f in data.path("queries").glob("*.rq")))


@cache
def load(name: str) -> Query:
    """The query of that name.

    Raises:
        UnknownQuery: if there is none; it names the choices.
    """
    if name not in names():
        near = given.nearest(name, names())
        raise UnknownQuery(f"There is no query {name!r}. Choose from: {', '.join(names())}.", near=near)
    return parse(name, data.text(f"queries/{name}.rq"))


def parse(name: str, text: str, *, listed: bool = True) -> Query:
    """The query that a file's text describes.

    Args:
        name: the query's name.
        text: the file's text.
        listed: whether it is a query for people, who see it in lists: it needs a question in Japanese, and parameters of
            :data:`KINDS`. Others may also have parameters of the kind ``strings``.

    Raises:
        ValueError: if the header lacks a line, or a binding is not ``name (kind) — meaning``.
    """
    header: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if m := re.match(r"# (question|question-ja|bindings|columns|lists):\s*(.*)$", line):
            key = m.group(1)
            header[key] = m.group(2).strip()
        elif key and line.startswith("#   "):
            header[key] += " " + line[1:].strip()
        else:
            key = ""
    for needed in ("question", "columns", *(("question-ja",) if listed else ())):
        if not header.get(needed):
            raise ValueError(f"query {name}: the header has no '# {needed}:' line")
    return Query(
        name=name, question_en=header["question"], question_ja=header.get("question-ja", ""),
        bindings=tuple(_bindings(name, header.get("bindings", ""), KINDS if listed else (*KINDS, "strings"))),
        columns=_names(header["columns"]),
        text=text, lists=_names(header.get("lists", "")),
    )  # fmt: skip


def text(name: str, *, ties: bool = False, **bindings: object) -> tuple[str, dict[str, Value]]:
    """The SPARQL text that ``ask`` sends, with ``$name`` still in place, and the terms for the parameters.

    Args:
        name: the query's name.
        ties: keep the ``# ties`` lines.
        **bindings: as for :func:`ask`.

    Raises:
        UnknownQuery: if a parameter is unknown, or a value does not fit its kind.
    """
    query = load(name)
    wanted = {k: v for k, v in bindings.items() if v is not None and v != ""}
    kinds = parameters(query)
    for k in wanted:
        if k not in kinds:
            choices = ", ".join(kinds) or "none"
            near = given.nearest(k, kinds)
            raise UnknownQuery(f"Query {name!r} has no parameter {k!r}. Choose from: {choices}.", near=near)
    limit, offset = (_count(key, wanted.pop(key, None)) for key in PAGING)
    terms = {k: term(k, v, kinds[k]) for k, v in wanted.items()}
    sparql = fold(query.text, set(wanted), limit, offset, ties=ties)
    return sparql, terms


def parameters(query: Query) -> dict[str, str]:
    """Parameter → kind: the query's bindings, then ``limit`` and ``offset`` if it has a ``# limit`` line."""
    pages = re.search(r"# limit$", query.text, re.MULTILINE)
    return {b.name: b.kind for b in query.bindings} | dict.fromkeys(PAGING if pages else (), "integer")


def check_complete(name: str, sparql: str, given: Collection[str]) -> None:
    """Check that all parameters are given that a query cannot do without.

    Args:
        name: the query's name.
        sparql: its text for the parameters given, as :func:`text` returns it.
        given: their names.

    Raises:
        UnknownQuery: naming those that are missing. A variable in their place would match everything.
    """
    missing = [
        f"{b.name} ({b.kind})"
        for b in load(name).bindings
        if b.name not in given and re.search(rf"\${b.name}\b", sparql)
    ]
    if missing:
        raise UnknownQuery(f"Query {name!r} needs {', '.join(missing)}; `iibun query --list` says what each means.")


def ask(store: Store, name: str, *, ties: bool | None = None, **bindings: object) -> list[Row]:
    """The rows of a named query.

    Args:
        store: the store to query.
        name: the file's name without ``.rq``.
        ties: order rows that are otherwise equal, so that pages fit together; if None, where ``limit`` or ``offset`` is given, and
            for a store without an order.
        **bindings: the query's parameters, with ``limit`` and ``offset`` if it takes them. None and "" count as not given.

    Returns:
        One dict per row. A column that the header lists under ``lists`` holds a list of ``{"iri", "label"}``.

    Raises:
        UnknownQuery: if there is no such query or parameter, or one that it needs is missing.

    Example:
        ``ask(store, "claims", source="urn:iibun:entity:Q2283", modality="probable", limit=20)``
    """
    query = load(name)
    sparql, used = _used(store, name, bindings, ties)
    rows = store.select(sparql, **used)
    for row in rows:
        for column in query.lists:
            row[column] = pairs(row.get(column))
    return rows


def construct(store: Store, name: str, **bindings: object) -> list[Triple]:
    """The triples of a named query that describes something; arguments and errors as for :func:`ask`.

    Example:
        ``construct(store, "claims_description", claims=[claim], triples=True)``
    """
    sparql, used = _used(store, name, bindings)
    return store.construct(sparql, **used)


def _used(
    store: Store, name: str, bindings: dict[str, object], ties: bool | None = None
) -> tuple[str, dict[str, Value]]:
    """The text of a query for a store, and the terms for the parameters that the text has."""
    if ties is None:
        ties = not store.ordered or any(bindings.get(key) is not None for key in PAGING)
    sparql, terms = text(name, ties=ties, **bindings)
    check_complete(name, sparql, terms)
    return sparql, {k: v for k, v in terms.items() if re.search(rf"\${k}\b", sparql)}


def pairs(lines: str | None) -> list[dict[str, str]]:
    """Lines of ``IRI label`` as dicts, one per IRI with its smallest label, sorted by label.

    >>> pairs("urn:x:b Beta\\nurn:x:a Alpha\\nurn:x:a Aleph")
    [{'iri': 'urn:x:a', 'label': 'Aleph'}, {'iri': 'urn:x:b', 'label': 'Beta'}]
    """
    best: dict[str, str] = {}
    for line in (lines or "").split("\n"):
        head, _, label = line.partition(" ")
        if head and (head not in best or label < best[head]):
            best[head] = label
    return [{"iri": i, "label": best[i]} for i in sorted(best, key=lambda i: (best[i], i))]


def fold(
    sparql: str, given: set[str], limit: int | None = None, offset: int | None = None, *, ties: bool = False
) -> str:
    """The text of a query for the parameters given, with its control comments applied; see the module's docstring."""
    kept: list[str] = []
    holds = True
    for line in sparql.splitlines():
        if m := re.match(r"\s*# (if|unless) (\w+(?: \w+)*):\s*$", line):
            holds = _any(m.group(2), given) == (m.group(1) == "if")
        elif re.match(r"\s*# end\s*$", line):
            holds = True
        elif not holds or (line.startswith("#") and not line.startswith("# if")):
            continue
        elif m := re.search(r"# (if|unless) (\w+(?: \w+)*)\s*$", line):
            if _any(m.group(2), given) == (m.group(1) == "if"):
                kept.append(line[: m.start()])
        elif line.rstrip().endswith("# ties"):
            kept += [line] if ties else []
        elif line.rstrip().endswith("# limit"):
            kept.append(_limits(line, limit, offset))
        elif line.rstrip().endswith("# reach"):
            kept.append(_limits(line, _reach(sparql, limit, offset), None))
        else:
            kept.append(line)
    return "\n".join(kept)


def _any(several: str, given: set[str]) -> bool:
    """Whether one of several parameters is given."""
    return not given.isdisjoint(several.split())


def term(name: str, value: object, kind: str) -> Value:
    """A user's value as a term of the kind that the query wants.

    Args:
        name: the parameter's name, for the error message.
        value: text, or a Python value of the kind already.
        kind: one of :data:`KINDS`.

    Raises:
        UnknownQuery: if the value is not of the kind.
        NotAnIri: if an IRI is wanted and the text is none.
    """
    if isinstance(value, bool) and kind == "boolean":
        return value
    if isinstance(value, NamedNode) and kind in ("iri", "predicate"):
        return value
    if isinstance(value, date) and kind == "date":
        return value.date() if isinstance(value, datetime) else value
    said = str(value)
    try:
        match kind:
            case "iri":
                return iri(said)
            case "iris":
                several = value if isinstance(value, Iterable) and not isinstance(value, str) else said.split()
                return tuple(v if isinstance(v, NamedNode) else iri(str(v)) for v in several)
            case "date":
                return given.day(said)
            case "integer":
                return given.whole(said)
            case "decimal":
                return Literal(format(given.number(said, -math.inf), "f"), datatype=XSD.decimal)
            case "boolean":
                return given.yes_or_no(said)
            case "predicate":
                return IIB[given.one_of(said.removeprefix(IIB.iri).removeprefix("iib:"), CODES[kind])]
            case "string":
                return said
            case _:
                return given.one_of(said, CODES[kind])
    except NotAnIri as error:
        raise NotAnIri(str(error).replace(repr(said), f"{name}: {said!r}", 1)) from None
    except ValueError as error:
        near = given.nearest(re.split("[#:]", said)[-1], CODES.get(kind, ()))
        raise UnknownQuery(given.refused(said, error, name), near=near) from None


def _count(name: str, value: object) -> int | None:
    """The number of rows to return or to skip; None if it is not given."""
    return None if value is None else cast("int", term(name, value, "integer"))


def _reach(sparql: str, limit: int | None, offset: int | None) -> int:
    """The number of rows up to the end of the page."""
    if limit is None:
        found = re.search(r"\bLIMIT (\d+).*# limit\s*$", sparql, re.MULTILINE)
        limit = int(found.group(1)) if found else 0
    return limit + (offset or 0)


def _limits(line: str, limit: int | None, offset: int | None) -> str:
    if limit is not None:
        line = re.sub(r"\bLIMIT \d+", f"LIMIT {limit}", line)
    if offset is not None:
        line = re.sub(r"\bOFFSET \d+", f"OFFSET {offset}", line)
    return line


def _bindings(name: str, text: str, kinds: Sequence[str]) -> list[Binding]:
    found = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        m = re.match(r"(\w+) \((\w+)\)(?: — (.*))?$", part)
        if not m or m.group(2) not in kinds:
            raise ValueError(f"query {name}: {part!r} is not 'name (kind) — meaning'; kinds: {', '.join(kinds)}")
        found.append(Binding(m.group(1), m.group(2), m.group(3) or ""))
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (c.strip() for c in text.split(","))))
