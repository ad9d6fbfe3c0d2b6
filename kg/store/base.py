"""The interface of all stores, :class:`Store`, and what follows from its abstract methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import IO, Self

import pyoxigraph as ox

from kg.errors import IibunError
from kg.store.merge import Merge
from kg.store.sparql import BadQuery, Value, bind, iri, refuse
from kg.store.values import Row, rows

#: Header of a PUT to our own server: answer before the write is flushed to disk, since another write will follow.
LATER = "Iibun-Flush-Later"
#: Quads above which a graph is written or deleted in several transactions, so that other writers get a turn between them.
LARGE = 60_000
#: Quads of one such transaction.
CHUNK = 20_000


class StoreError(IibunError):
    """The store cannot be reached, opened or written."""


class Unreachable(StoreError):
    """The server cannot be reached, or closed the connection before it answered."""


class Store(ABC):
    """A set of named graphs. Use it as a context manager.

    A query sees the RDF merge of the graphs: a triple of six graphs is one triple.

    Every write is one transaction and is flushed to disk before it returns. To write many graphs faster, write with
    ``replace(…, flush=False)`` and call :meth:`flush` once for a group; only then are these writes safe from a power cut.
    """

    # abstract methods, and those that some kinds of stores override

    @abstractmethod
    def query(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        """The result of a complete query over the merge of all graphs; the text is neither bound nor checked.

        Raises:
            BadQuery: if it is not valid.
        """

    @abstractmethod
    def update(self, sparql: str, **bindings: Value) -> None:
        """Evaluate an update that a user wrote; ``$name`` is replaced by a binding.

        Use :meth:`edit` for known quads: it is faster, since it need not find out what changes.

        Raises:
            BadQuery: if it is not valid.
            Refused: if it would reach beyond the store (``LOAD``, ``SERVICE``).
        """

    @abstractmethod
    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        """Make these the only quads of ``graph``, in one transaction; return whether anything changed.

        Args:
            graph: the graph's IRI.
            quads: the new content; the graph that each quad names is ignored.
            flush: whether the quads are on disk when this returns. If not, all readers see them and they survive the end of
                this process, but not a power cut before :meth:`flush`.
        """

    @abstractmethod
    def edit(self, *, remove: Iterable[ox.Quad] = (), add: Iterable[ox.Quad] = ()) -> None:
        """Remove quads and add others, in one transaction; a quad in both is there afterwards."""

    def cut(self, graph: str, pattern: str, *, add: Iterable[ox.Quad] = ()) -> None:
        """Remove the triples ``?s ?p ?o`` that a pattern finds in a graph, and add quads, in one transaction.

        For many triples this is faster than :meth:`edit`, which needs each quad.

        Args:
            graph: the graph's IRI.
            pattern: SPARQL for the inside of ``GRAPH { … }``; its result must not depend on the order of evaluation.
            add: quads that are there afterwards.

        Example:
            ``store.cut("urn:x:g", "VALUES ?p { rdf:type skos:prefLabel } ?s ?p ?o")``
        """
        self.edit(remove=self.matching(f"BIND($graph AS ?g) GRAPH $graph {{ {pattern} }}", graph=iri(graph)), add=add)

    @abstractmethod
    def delete(self, graph: str) -> None:
        """Drop a graph; does nothing if there is none."""

    @abstractmethod
    def graphs(self) -> list[str]:
        """The IRIs of all graphs, sorted."""

    @abstractmethod
    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """The quads of one graph (an IRI), or of all."""

    @property
    @abstractmethod
    def version(self) -> str:
        """A text that is different after every write."""

    def changed(self, since: str) -> frozenset[str] | None:
        """The graphs that were written since a version, by whomever; None where that is not known: it may be any.

        Read the version first, then what you want to know of the store: what is written between is told next time.

        Example:
            ``version = store.version``, and later ``store.changed(version)``
        """
        return frozenset() if since == self.version else None

    def insert(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads, in one transaction."""
        self.edit(add=quads)

    def faults(self) -> list[str]:
        """A sentence for each fault of the merge; reads the whole store."""
        found = []
        if self._plain(self.merge.exceeds()):
            found.append("The default graph says what no graph says; another program may have written here.")
        if graph := next((g for g in self.graphs() if self._plain(self.merge.lacks(g))), None):
            found.append(f"The default graph lacks what {graph} says; another program may have written here.")
        return found

    def flush(self) -> None:  # noqa: B027 - a server flushes by itself
        """Write to disk what was written with ``flush=False``."""

    def alone(self) -> AbstractContextManager[None]:
        """A context in which only one process at a time can be, for work of several writes that must not interleave."""
        return nullcontext()

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Release the store's resources."""

    # methods that use the abstract ones

    #: The requests that maintain the merge, and where it is kept.
    merge: Merge = Merge()
    #: Whether rows with equal sort keys come in the same order each time.
    ordered: bool = True

    def _plain(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        """The result of a query that names its graphs, sent as it is."""
        return self.query(sparql)

    def select(self, sparql: str, **bindings: Value) -> list[Row]:
        """The rows of a ``SELECT`` (or ``ASK``: one row with ``answer``), as Python values.

        Args:
            sparql: the query; ``$name`` is replaced by a binding, ``?name`` is a variable.
            **bindings: text (a string literal), ``NamedNode``, number, boolean, date or datetime.

        Raises:
            BadQuery: if the query is not valid, gives triples, or has no ``$name`` for a binding.
            Refused: if it would reach beyond the store.

        Example:
            ``store.select("SELECT ?c { ?c iib:source $who }", who=NamedNode("urn:iibun:entity:Q2283"))``
        """
        return _rows(self._ask(sparql, bindings))

    def rows(self, sparql: str) -> list[Row]:
        """The rows of a complete query of ours, as :meth:`select` gives them; the text is neither bound nor checked.

        Raises:
            BadQuery: if it is not valid, or gives triples.
        """
        return _rows(self.query(sparql))

    def construct(self, sparql: str, **bindings: Value) -> list[ox.Triple]:
        """The triples of a ``CONSTRUCT`` or ``DESCRIBE``; arguments and errors as for :meth:`select`."""
        found = self._ask(sparql, bindings)
        if isinstance(found, ox.QueryTriples):
            return list(found)
        raise BadQuery("The query gives rows, not triples; use CONSTRUCT or DESCRIBE here.")

    def matching(self, pattern: str, **bindings: Value) -> list[ox.Quad]:
        """The quads ``?s ?p ?o`` in ``?g`` that a pattern finds, ready for :meth:`edit`.

        Example:
            ``store.matching("GRAPH ?g { ?s iib:from $claim ; ?p ?o }", claim=claim)``
        """
        found = self._ask(f"SELECT DISTINCT ?s ?p ?o ?g WHERE {{ {pattern} }}", bindings)
        assert isinstance(found, ox.QuerySolutions)
        return [ox.Quad(row["s"], row["p"], row["o"], row["g"]) for row in found]

    def known(self, quads: Iterable[ox.Quad]) -> set[ox.Triple]:
        """Those of the quads' triples that any graph has; triples about triples are never known."""
        asked = [q.triple for q in quads if not isinstance(q.object, ox.Triple)]
        rows = "\n".join(f"({n} {t.subject} {t.predicate} {t.object})" for n, t in enumerate(asked))
        found = self.query(f"SELECT DISTINCT ?n {{ VALUES (?n ?s ?p ?o) {{ {rows} }} ?s ?p ?o }}")
        return {asked[int(row["n"].value)] for row in found}  # type: ignore[union-attr]

    def dump(self, format: ox.RdfFormat = ox.RdfFormat.N_QUADS, *, out: IO[bytes] | None = None) -> bytes | None:
        """All quads in ``format``: written to ``out``, or returned."""
        return ox.serialize(self.quads(), out, format=format)

    def contains(self, graph: str) -> bool:
        """Whether a graph (an IRI) has any quads."""
        return next(iter(self.quads(graph)), None) is not None

    def _ask(self, sparql: str, bindings: dict[str, Value]) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        whole = bind(prefixed(sparql), bindings)
        refuse(whole)
        return self.query(whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _rows(found: ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean) -> list[Row]:
    if isinstance(found, ox.QueryBoolean):
        return [{"answer": bool(found)}]
    if isinstance(found, ox.QuerySolutions):
        return rows(found)
    raise BadQuery("The query gives triples, not rows; use SELECT or ASK here.")


def prefixed(sparql: str) -> str:
    """A query with declarations of those of our prefixes that it uses but does not declare."""
    from kg.store.sparql import tokens
    from kg.vocab import PREFIXES

    used: set[str] = set()
    declared: set[str] = set()
    after = ""
    for token in tokens(sparql):
        if token.kind == "name":
            (declared if after == "PREFIX" else used).add(token.text.split(":", 1)[0])
        if token.kind not in ("space", "comment"):
            after = token.text.upper() if token.kind == "word" else ""
    missing = sorted((used - declared) & PREFIXES.keys())
    return "".join(f"PREFIX {p}: <{PREFIXES[p]}>\t" for p in missing) + sparql
