"""Runs a SPARQL query that a reader typed: the answer as rows or triples, or the error with its line and column.

Also gives names for the IRIs of an answer, and turns triples into nodes and edges for the graph component.
"""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg.characters import cell
from kg.errors import IibunError

if TYPE_CHECKING:
    from kg.store import Store

#: Most rows that a page shows and offers for download.
MAX_ROWS = 10_000
#: Time limit of a query, in seconds: readers don't wait longer for a page.
SECONDS = 20.0
_AT = re.compile(r"at line (\d+), column (\d+)")  # from kg.store.syntax.not_valid; lines of the text as typed


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a query did not run, with line and column (counted from 1) if they are known."""

    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: its kind (``iri``, ``literal``, ``blank``), text, datatype and language."""

    kind: str
    value: str
    datatype: str | None = None
    language: str | None = None

    @property
    def number(self) -> float | None:
        """The value if it is a number."""
        if self.datatype and self.datatype.rpartition("#")[2] in {
            "integer",
            "decimal",
            "double",
            "float",
            "int",
            "long",
        }:
            try:
                return float(self.value)
            except ValueError:
                return None
        return None


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a SELECT or ASK; ``cut`` says that there were more rows than the limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell | None, ...], ...]
    seconds: float
    cut: bool = False

    def csv(self, *, mark: bool = True) -> bytes:
        """As CSV (RFC 4180), with cells that a spreadsheet would run as formulas made plain text.

        Args:
            mark: start with a byte order mark, without which spreadsheets misread Japanese.
        """
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.columns)
        writer.writerows(map(_for_spreadsheets, row) for row in self.rows)
        return out.getvalue().encode("utf-8-sig" if mark else "utf-8")

    def json(self) -> bytes:
        """As SPARQL 1.1 Query Results JSON."""

        def term(c: Cell) -> dict[str, str]:
            found = {"type": {"iri": "uri", "blank": "bnode"}.get(c.kind, "literal"), "value": c.value}
            if c.language:
                found["xml:lang"] = c.language
            elif c.datatype and not c.datatype.endswith("#string"):
                found["datatype"] = c.datatype
            return found

        bindings = [{k: term(c) for k, c in zip(self.columns, row, strict=True) if c} for row in self.rows]
        document = {"head": {"vars": list(self.columns)}, "results": {"bindings": bindings}}
        return json.dumps(document, ensure_ascii=False, indent=1).encode()


@dataclass(frozen=True, slots=True)
class Triples:
    """The answer to a CONSTRUCT or DESCRIBE; ``cut`` says that there were more triples than the limit."""

    triples: tuple[ox.Triple, ...]
    seconds: float
    cut: bool = False

    def serialized(self, format: ox.RdfFormat) -> bytes:
        """The triples in an RDF format, with our prefixes where the format has prefixes."""
        from kg.vocab import PREFIXES

        prefixes = PREFIXES if format.supports_datasets or format == ox.RdfFormat.TURTLE else None
        return ox.serialize(self.triples, format=format, prefixes=prefixes) or b""


Answer = Rows | Triples | Mistake


def run(store: Store, text: str, *, limit: int = MAX_ROWS) -> Answer:
    """The answer to a query, or a :class:`Mistake` that says why there is none; does not raise for a faulty query.

    Args:
        store: the store to query.
        text: SPARQL 1.1; our prefixes need not be declared.
        limit: most rows or triples to keep.
    """
    from kg.endpoint.limits import Limits
    from kg.endpoint.workers import ask
    from kg.store.base import prefixed
    from kg.store.sparql import refuse

    if not text.strip():
        return Mistake("The query is empty; write one or choose an example.")
    began = time.perf_counter()
    whole = prefixed(text)
    try:
        refuse(whole)
        found = ask(store, whole, replace(Limits.from_environment(), seconds=SECONDS))
        if isinstance(found, ox.QueryBoolean):
            cell = Cell("literal", "true" if found else "false", "http://www.w3.org/2001/XMLSchema#boolean")
            return Rows(("answer",), ((cell,),), time.perf_counter() - began)
        if isinstance(found, ox.QuerySolutions):
            columns = tuple(v.value for v in found.variables)
            rows = [tuple(_cell(s[c]) for c in columns) for s in _first(found, limit)]
            return Rows(columns, tuple(rows[:limit]), time.perf_counter() - began, len(rows) > limit)
        triples = _first(found, limit)
        return Triples(tuple(triples[:limit]), time.perf_counter() - began, len(triples) > limit)
    except IibunError as error:
        return _mistake(str(error))
    except (SyntaxError, ValueError, OSError, RuntimeError) as error:
        return _mistake(str(error))


def _first(found: Iterable[Any], limit: int) -> list[Any]:
    """The first ``limit`` items, and one more if there is one, so that the caller sees that some are missing."""
    kept = []
    for x in found:
        kept.append(x)
        if len(kept) > limit:
            break
    return kept


def _mistake(message: str) -> Mistake:
    m = _AT.search(message)
    return Mistake(message, int(m[1]), int(m[2])) if m else Mistake(message)


def _cell(term: Any) -> Cell | None:
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return Cell("iri", term.value)
    if isinstance(term, ox.Literal):
        return Cell("literal", term.value, term.datatype.value, term.language)
    return Cell("blank", str(term))


def told(found: ox.QuerySolutions) -> Rows:
    """The result of a SELECT as :class:`Rows`, complete and without a time."""
    columns = tuple(v.value for v in found.variables)
    return Rows(columns, tuple(tuple(_cell(row[c]) for c in columns) for row in found), 0.0)


def _for_spreadsheets(found: Cell | None) -> str:
    return "" if found is None else found.value if found.number is not None else cell(found.value)


def names(store: Store, iris: Sequence[str]) -> dict[str, str]:
    """A label, headline or name for each of these IRIs that has one in the store."""
    from kg import prepared

    found: dict[str, str] = {}
    ours = [i for i in dict.fromkeys(iris) if i.startswith(("urn:", "http"))]
    for at in range(0, len(ours), 400):
        rows = prepared.rows(store, "labels", things=ours[at : at + 400])
        found |= {r["x"]: r["name"] for r in rows}
    return found


def short(iri: str) -> str:
    """An IRI as a prefixed name; IRIs of ours as kind and the first 8 characters of the hash; others unchanged.

    >>> short("https://schema.org/Claim")
    'schema:Claim'
    """
    from kg.vocab import PREFIXES

    for prefix, namespace in PREFIXES.items():
        rest = iri.removeprefix(namespace)
        if rest != iri and re.fullmatch(r"[\w-]+", rest):
            return f"{prefix}:{rest}"
    if iri.startswith("urn:iibun:"):
        kind, _, name = iri.removeprefix("urn:iibun:").partition(":")
        return f"{kind}:{name[:8]}" if name else kind
    return iri


def as_graph(
    answer: Triples, labels: Mapping[str, str], *, most: int = 150
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Triples as nodes and edges for the graph component, and how many triples were left out.

    Args:
        answer: the triples.
        labels: names of IRIs, as :func:`names` gives them.
        most: most nodes to draw; triples that would add more are left out.

    Returns:
        Nodes and edges as :func:`iibun.web.components.graph` takes them, and the number of triples left out.
    """
    rdf_type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    types: dict[str, str] = {}
    nodes: dict[str, dict[str, Any]] = {}
    edges: dict[str, dict[str, Any]] = {}
    left = 0
    for t in answer.triples:
        if t.predicate.value == rdf_type and isinstance(t.object, ox.NamedNode):
            types[str(t.subject)] = t.object.value.replace("/", "#").rpartition("#")[2]
    for t in answer.triples:
        s, o = str(t.subject), str(t.object)
        if t.predicate.value == rdf_type:
            continue
        if len({*nodes, s, o}) > most:
            left += 1
            continue
        for key, term in ((s, t.subject), (o, t.object)):
            if key not in nodes:
                value = term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else key
                literal = isinstance(term, ox.Literal)
                nodes[key] = {
                    "id": key, "label": value if literal else labels.get(value) or short(value),
                    "type": types.get(key, ""), "degree": 0, "kind": "value" if literal else "iri", "iri": value,
                }  # fmt: skip
            nodes[key]["degree"] += 1
        identity = f"{s} {t.predicate.value} {o}"
        edges[identity] = {
            "id": identity,
            "source": s,
            "target": o,
            "label": short(t.predicate.value).split(":")[-1],
            "count": 1,
        }
    return list(nodes.values()), list(edges.values()), left
