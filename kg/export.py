"""Export a store, or one article: RDF, CSV, GraphML, iCalendar, Atom, ClaimReview, nanopublications.

:data:`FORMATS` lists the formats. Those about predictions and verdicts are made by :mod:`kg.feeds`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import queries
from kg.characters import XmlOut, cell, visible
from kg.errors import IibunError, UsageError
from kg.rdf import links_graph
from kg.store import Row, Store
from kg.vocab import IIB, NAMES_GRAPH, ONTOLOGY_GRAPH, PREFIXES

if TYPE_CHECKING:
    import networkx


_NOT_EXPORTED = (ox.NamedNode(ONTOLOGY_GRAPH), ox.NamedNode(NAMES_GRAPH))


class UnknownFormat(UsageError):
    """No such export format."""


@dataclass(frozen=True, slots=True)
class Format:
    """An export format: file ending, media type, description, and the function that writes it."""

    suffix: str
    media_type: str
    says: str
    write: Callable[[Store, str | None, IO[bytes]], None]


def export(store: Store, format: str, out: IO[bytes], *, article: str | None = None) -> None:
    """Write a store, or one article with its links, in a format of :data:`FORMATS`.

    Args:
        store: what to export.
        format: a name in :data:`FORMATS`.
        out: a binary file to write to.
        article: IRI of one article; all if None.

    Raises:
        UnknownFormat: if there is no such format; it names the choices.
        IibunError: if there is no such article.

    Example:
        ``with open("claims.ttl", "wb") as f: export(store, "turtle", f)``
    """
    if format not in FORMATS:
        raise UnknownFormat(f"There is no export format {format!r}. Choose from: {', '.join(FORMATS)}.")
    if article is not None and not store.contains(article):
        raise IibunError(f"The store has no article {article!r}; `iibun query articles` lists those that it has.")
    FORMATS[format].write(store, article, out)


def format_of(path: Path | str | None) -> str:
    """The name of the export format for a file's ending; ``turtle`` for standard output (None).

    >>> format_of("claims.csv")
    'csv'

    Raises:
        UnknownFormat: if no format has this ending.
    """
    if path is None:
        return "turtle"
    name = str(path).lower()
    for key, f in sorted(FORMATS.items(), key=lambda x: -len(x[1].suffix)):
        if name.endswith(f.suffix):
            return key
    endings = ", ".join(dict.fromkeys(f.suffix for f in FORMATS.values()))
    raise UnknownFormat(f"{str(path)!r} has an ending of no export format ({endings}); name one with --format.")


def selected(store: Store, article: str | None) -> Iterator[ox.Quad]:
    """Yield the quads of one article and its links, or of the whole store except the ontology and the keys of names."""
    if article is None:
        for q in store.quads():
            if q.graph_name not in _NOT_EXPORTED:
                yield q
        return
    yield from store.quads(article)
    yield from store.quads(links_graph(article))


def _dataset(form: ox.RdfFormat) -> Callable[[Store, str | None, IO[bytes]], None]:
    def write(store: Store, article: str | None, out: IO[bytes]) -> None:
        quads = selected(store, article)
        prefixes = PREFIXES if form in (ox.RdfFormat.TRIG, ox.RdfFormat.JSON_LD) else None
        ox.serialize(quads, out, format=form, prefixes=prefixes)

    return write


def _triples(form: ox.RdfFormat) -> Callable[[Store, str | None, IO[bytes]], None]:
    def write(store: Store, article: str | None, out: IO[bytes]) -> None:
        triples = (ox.Triple(q.subject, q.predicate, q.object) for q in selected(store, article))
        target: Any = XmlOut(out) if form is ox.RdfFormat.RDF_XML else out
        ox.serialize(triples, target, format=form, prefixes=PREFIXES if form is ox.RdfFormat.TURTLE else None)

    return write


def _csv(store: Store, article: str | None, out: IO[bytes]) -> None:
    columns = queries.load("claims").columns
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in _pages(store, "claims", article):
        writer.writerow([cell(row[c]) for c in columns])
    text.detach()


def _pages(store: Store, name: str, article: str | None, size: int = 2000) -> Iterator[Row]:
    offset = 0
    while True:
        rows = queries.ask(store, name, article=article, limit=size, offset=offset)
        yield from rows
        if len(rows) < size:
            return
        offset += size


def graph(store: Store, article: str | None = None) -> networkx.MultiDiGraph:
    """Entities and claims as a ``networkx.MultiDiGraph``.

    The edges are relations, from a source to its claim, and from a claim to what it is about.
    """
    import networkx as nx

    g = nx.MultiDiGraph()
    for r in _pages(store, "relations", article):
        for end in ("subject", "object"):
            g.add_node(r[end], label=visible(r[end + "Label"] or ""), kind=r[end + "Type"])
        g.add_edge(
            r["subject"], r["object"], key=r["relation"], kind=r["predicate"].removeprefix(IIB.iri),
            evidence=visible(r["exact"] or ""), article=r["article"], date=str(r["date"] or ""),
        )  # fmt: skip
    for c in _pages(store, "claims", article):
        g.add_node(
            c["claim"], label=visible(c["title"] or ""), kind="Prediction" if c["prediction"] else "Claim",
            modality=c["modality"], date=str(c["date"] or ""), due=str(c["dueEnd"] or ""),
        )  # fmt: skip
        for role, column in (("source", "sources"), ("about", "abouts")):
            for e in c[column]:
                if e["iri"] not in g:
                    g.add_node(e["iri"], label=visible(e["label"] or ""), kind="Entity")
                ends = (e["iri"], c["claim"]) if role == "source" else (c["claim"], e["iri"])
                g.add_edge(*ends, key=f"{role} {e['iri']} {c['claim']}", kind=role)
    return g


def _graphml(store: Store, article: str | None, out: IO[bytes]) -> None:
    import networkx as nx

    nx.write_graphml(graph(store, article), out, encoding="utf-8")


def _feed(name: str) -> Callable[[Store, str | None, IO[bytes]], None]:
    def write(store: Store, article: str | None, out: IO[bytes]) -> None:
        from kg import feeds

        if article is not None:
            raise UnknownFormat(f"{name} is of the whole store; leave --article out.")
        made = getattr(feeds, name)(store)
        if isinstance(made, bytes):
            out.write(made)
        elif isinstance(made, str):
            out.write(made.encode("utf-8"))
        elif isinstance(made, list) and all(isinstance(x, dict) for x in made):
            out.write(json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8"))
        else:
            ox.serialize(_flat(made), out, format=ox.RdfFormat.TRIG, prefixes=PREFIXES)

    return write


def _flat(made: Iterable[Any]) -> Iterator[ox.Quad]:
    for item in made:
        if isinstance(item, ox.Quad):
            yield item
        else:
            yield from _flat(item[1] if isinstance(item, tuple) else item)


FORMATS: dict[str, Format] = {
    "turtle": Format(".ttl", "text/turtle", "RDF, all graphs as one", _triples(ox.RdfFormat.TURTLE)),
    "trig": Format(".trig", "application/trig", "RDF with named graphs", _dataset(ox.RdfFormat.TRIG)),
    "nquads": Format(".nq", "application/n-quads", "RDF with named graphs, a line each", _dataset(ox.RdfFormat.N_QUADS)),
    "ntriples": Format(".nt", "application/n-triples", "RDF, all graphs as one, a line each", _triples(ox.RdfFormat.N_TRIPLES)),
    "rdfxml": Format(".rdf", "application/rdf+xml", "RDF/XML, all graphs as one", _triples(ox.RdfFormat.RDF_XML)),
    "jsonld": Format(".jsonld", "application/ld+json", "JSON-LD with named graphs", _dataset(ox.RdfFormat.JSON_LD)),
    "csv": Format(".csv", "text/csv", "claims, a row each", _csv),
    "graphml": Format(".graphml", "application/graphml+xml", "entities and claims as a graph (Gephi, yEd)", _graphml),
    "ics": Format(".ics", "text/calendar", "due dates of predictions (iCalendar)", _feed("calendar")),
    "atom": Format(".atom", "application/atom+xml", "predictions due and settled, the 200 latest (Atom)", _feed("atom")),
    "claimreview": Format(".json", "application/ld+json", "verdicts as schema.org ClaimReview", _feed("claim_reviews")),
    "nanopub": Format(".nanopub.trig", "application/trig", "settled claims as nanopublications", _feed("nanopublications")),
}  # fmt: skip
