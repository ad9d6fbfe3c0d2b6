"""Check a store: undamaged files, offsets that fit their text, SHACL shapes, no blank nodes. What fails is listed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import data, datatypes, prepared
from kg.predicates import PREDICATES
from kg.store import Store, damage
from kg.store.folder import FolderStore
from kg.vocab import IIB, JUDGEMENTS_GRAPH, OA, SCHEMA

if TYPE_CHECKING:
    import rdflib

_BEHIND = (
    "Not all that people decided is in force; a command was perhaps killed. `iibun links --rebuild` derives it anew, and "
    "so does `iibun serve` when it starts."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: its graph, its node, and a sentence that says what is wrong."""

    graph: str
    node: str
    what: str

    def as_dict(self) -> dict[str, str]:
        """The fields as a dict, for JSON."""
        return {"graph": self.graph, "node": self.node, "what": self.what}

    def __str__(self) -> str:
        return f"{self.graph}: {self.node}: {self.what}"


def check(store: Store, *, shapes: bool = True, graph: str | None = None) -> list[Problem]:
    """The problems of a store; it is read graph by graph, so that memory grows with the largest article only.

    Args:
        store: what to check.
        shapes: also validate against ``data/shapes.ttl``, which is slow (about a second per article).
        graph: check only this graph, and not the files.

    Returns:
        The problems, sorted within each graph; empty if there are none.

    Raises:
        Damaged: if a file of the store is not as it was written; it names the file. Nothing more can be checked then.

    Example:
        ``for problem in check(store): print(problem)``
    """
    return list(problems(store, shapes=shapes, graph=graph))


def problems(store: Store, *, shapes: bool = True, graph: str | None = None) -> Iterator[Problem]:
    """Yield what :func:`check` returns, one problem at a time, so that a caller can show progress."""
    if graph is None:
        files(store)
        yield from (Problem("the default graph", "all graphs", what) for what in store.faults())
        from kg.tracking import current, validity

        # of an entry that is not valid nothing can be derived; it is listed below
        if not validity.faults(store.quads(JUDGEMENTS_GRAPH)) and not current.is_derived(store):
            yield Problem("the current graph", "the log of judgements", _BEHIND)
    for name in [graph] if graph else store.graphs():
        quads = list(store.quads(name))
        yield from sorted(offsets(name, quads), key=str)
        wrong_types = [(str(q.subject), what) for q in quads if (what := datatypes.fault(q))]
        yield from (Problem(name, node, what) for node, what in sorted(wrong_types))
        if name == JUDGEMENTS_GRAPH:
            from kg.tracking import evidence, validity

            wrong = sorted([*validity.faults(quads), *evidence.faults(quads)])
            yield from (Problem(name, entry, what) for entry, what in wrong)
        if shapes and any(q.predicate == SCHEMA.articleBody for q in quads):
            yield from sorted(against_shapes(name, quads), key=str)


def files(store: Store) -> None:
    """Read all files of a store in a folder: compare them with their checksums, and let RocksDB read them.

    Raises:
        Damaged: if a file is damaged; it names the file and says how to recover.
    """
    if not isinstance(store, FolderStore):
        return
    store.verify()
    if (here := store.held) is not None:  # if a server holds the folder, RocksDB reads its files there
        snapshot = here.snapshot("check")
        try:
            damage.try_to_open(snapshot, "everything")
        except damage.Damaged as error:
            raise damage.damaged(store.folder / "graph", error.file, error.what) from None
        finally:
            shutil.rmtree(snapshot, ignore_errors=True)


def offsets(graph: str, quads: Iterable[ox.Quad]) -> Iterator[Problem]:
    """Yield a problem for each blank node, and for each extent whose text is not the article's text at its offsets."""
    quads = list(quads)
    texts: dict[object, str] = {
        q.subject: q.object.value
        for q in quads
        if q.predicate == SCHEMA.articleBody and isinstance(q.object, ox.Literal)
    }
    of: dict[object, dict[str, list[object]]] = {}
    for q in quads:
        if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode):
            yield Problem(graph, str(q.subject), "is a blank node or points to one")
        if q.predicate.value.startswith(OA.iri):
            of.setdefault(q.subject, {}).setdefault(q.predicate.value[len(OA.iri) :], []).append(q.object)
    for extent, parts in of.items():
        if "hasSource" not in parts:
            continue
        text = texts.get(parts["hasSource"][0])
        selectors: dict[str, list[object]] = {}
        for selector in parts.get("hasSelector", ()):
            selectors.update(of.get(selector, {}))
        if text is None:
            continue  # the extent's article is in another graph (evidence of a judgement)
        try:
            start, end = (int(selectors[k][0].value) for k in ("start", "end"))  # type: ignore[attr-defined]
            exact = selectors["exact"][0].value  # type: ignore[attr-defined]
        except (KeyError, ValueError, AttributeError):
            yield Problem(graph, str(extent), "has no start, end and exact text")
            continue
        if text[start:end] != exact:
            yield Problem(graph, str(extent), f"says {exact!r} but the text has {text[start:end]!r} at {start}–{end}")


def against_shapes(graph: str, quads: Iterable[ox.Quad]) -> Iterator[Problem]:
    """Yield the violations of ``data/shapes.ttl`` that pySHACL finds in a graph's quads."""
    import pyshacl
    import rdflib

    found = rdflib.Graph()
    found.parse(
        data=ox.serialize((ox.Triple(q.subject, q.predicate, q.object) for q in quads), format=ox.RdfFormat.N_TRIPLES),
        format="nt",
    )
    ok, report, _ = pyshacl.validate(found, shacl_graph=shapes_graph(), advanced=False, inference="none")
    if ok:
        return
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        path = report.value(result, sh.resultPath)
        message = report.value(result, sh.resultMessage)
        where = f"{path}: " if path is not None else ""
        yield Problem(graph, str(report.value(result, sh.focusNode)), f"{where}{message}")


def shapes_graph() -> rdflib.Graph:
    """``data/shapes.ttl`` as an rdflib graph, with the predicates that a relation may have."""
    import rdflib
    from rdflib.collection import Collection

    graph = rdflib.Graph().parse(data=data.text("shapes.ttl"), format="turtle")
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    for shape in list(graph.subjects(sh.path, rdflib.RDF.predicate)):
        allowed = rdflib.BNode()
        Collection(graph, allowed, [rdflib.URIRef(IIB[name].value) for name in PREDICATES])
        graph.add((shape, sh["in"], allowed))
    return graph


def articles(store: Store) -> list[str]:
    """The IRIs of all articles, each the name of its graph."""
    return [str(r["g"]) for r in prepared.rows(store, "all_articles")]
