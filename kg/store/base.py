"""What a store can do, whatever is behind it."""

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

#: Header of a PUT to our own server that need not be on disk when it is answered, since another write will follow.
LATER = "Iibun-Flush-Later"


class StoreError(IibunError):
    """The store cannot be reached, opened or written."""


class Unreachable(StoreError):
    """The server is not there, or went away before it answered."""


class Store(ABC):
    """A set of named graphs that a query sees as one: their merge, in which a triple of six graphs is one triple. Use as a context manager.

    Every write is one transaction and is flushed to disk before it returns. Who writes many graphs may flush once for
    a group of them (``replace(…, flush=False)``, then :meth:`flush`), and acknowledges none before.
    """

    # what a kind of store provides

    @abstractmethod
    def query(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        """Evaluate a whole query over the merge of all graphs, a set; nothing is bound, nothing refused."""

    @abstractmethod
    def update(self, sparql: str, **bindings: Value) -> None:
        """Evaluate an update; ``$name`` is bound as a term; ``LOAD`` and ``SERVICE`` are refused.

        For what people write: :meth:`edit` knows what changes, and takes no longer than that.
        """

    @abstractmethod
    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        """Make these the only quads of ``graph``, in one transaction; False if they were so already.

        Args:
            graph: its IRI.
            quads: what it is to hold; the graph that they name is not looked at.
            flush: whether they are on disk when this returns. Else they are there for all readers, and outlive this
                process, but not a power cut before :meth:`flush`.
        """

    @abstractmethod
    def edit(self, *, remove: Iterable[ox.Quad] = (), add: Iterable[ox.Quad] = ()) -> None:
        """Take quads away and add others, in one transaction; one that is in both is there afterwards."""

    def cut(self, graph: str, pattern: str, *, add: Iterable[ox.Quad] = ()) -> None:
        """Take away the triples ``?s ?p ?o`` that a pattern finds in a graph, and add quads, in one transaction.

        For many, which :meth:`edit` would have to be given one by one.

        Args:
            graph: its IRI.
            pattern: what stands between the braces of ``GRAPH``; what it finds must not depend on the order of evaluation.
            add: quads that are there afterwards.

        Example:
            ``store.cut("urn:x:g", "VALUES ?p { rdf:type skos:prefLabel } ?s ?p ?o")``
        """
        self.edit(remove=self.matching(f"BIND($graph AS ?g) GRAPH $graph {{ {pattern} }}", graph=iri(graph)), add=add)

    @abstractmethod
    def delete(self, graph: str) -> None:
        """Drop a graph; nothing happens if there is none."""

    @abstractmethod
    def graphs(self) -> list[str]:
        """The names of all graphs, sorted."""

    @abstractmethod
    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """The quads of one graph, or of all."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Something that differs after every write."""

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
        """What is wrong with the merge of the graphs, a sentence each; reads the whole store."""
        found = []
        if self._plain(self.merge.exceeds()):
            found.append("The default graph says what no graph says; another program may have written here.")
        if graph := next((g for g in self.graphs() if self._plain(self.merge.lacks(g))), None):
            found.append(f"The default graph lacks what {graph} says; another program may have written here.")
        return found

    def flush(self) -> None:  # noqa: B027 - a server flushes by itself
        """See to it that what was written with ``flush=False`` is on disk."""

    def alone(self) -> AbstractContextManager[None]:
        """While no other process that has the store's folder is within this: for work of several writes that must not meet."""
        return nullcontext()

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Let go of what the store holds."""

    # what follows from it

    #: Where the merge of all graphs is.
    merge: Merge = Merge()
    #: Whether rows that are equal in what they are sorted by come in the same order each time.
    ordered: bool = True

    def _plain(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        """Evaluate a query that names its graphs, as it is."""
        return self.query(sparql)

    def select(self, sparql: str, **bindings: Value) -> list[Row]:
        """The rows of a ``SELECT`` (or ``ASK``: one row with ``answer``), as Python values.

        Args:
            sparql: the query; ``$name`` stands for a binding, ``?name`` for a variable.
            **bindings: text (a string literal), ``NamedNode``, number, boolean, date or datetime.

        Raises:
            BadQuery: if the query is not valid, or has no ``$name`` for a binding.

        Example:
            ``store.select("SELECT ?c { ?c iib:source $who }", who=NamedNode("urn:iibun:entity:Q2283"))``
        """
        found = self._ask(sparql, bindings)
        if isinstance(found, ox.QueryBoolean):
            return [{"answer": bool(found)}]
        if isinstance(found, ox.QuerySolutions):
            return rows(found)
        raise BadQuery("The query gives triples, not rows; use SELECT or ASK here.")

    def construct(self, sparql: str, **bindings: Value) -> list[ox.Triple]:
        """The triples of a ``CONSTRUCT`` or ``DESCRIBE``."""
        found = self._ask(sparql, bindings)
        if isinstance(found, ox.QueryTriples):
            return list(found)
        raise BadQuery("The query gives rows, not triples; use CONSTRUCT or DESCRIBE here.")

    def matching(self, pattern: str, **bindings: Value) -> list[ox.Quad]:
        """The quads ``?s ?p ?o`` of ``?g`` that a pattern finds, as terms: what :meth:`edit` takes.

        Example:
            ``store.matching("GRAPH ?g { ?s iib:from $claim ; ?p ?o }", claim=claim)``
        """
        found = self._ask(f"SELECT DISTINCT ?s ?p ?o ?g WHERE {{ {pattern} }}", bindings)
        assert isinstance(found, ox.QuerySolutions)
        return [ox.Quad(row["s"], row["p"], row["o"], row["g"]) for row in found]  # type: ignore[arg-type]

    def dump(self, format: ox.RdfFormat = ox.RdfFormat.N_QUADS, *, out: IO[bytes] | None = None) -> bytes | None:
        """All quads in ``format``: written to ``out``, or returned."""
        return ox.serialize(self.quads(), out, format=format)

    def contains(self, graph: str) -> bool:
        """Whether there is anything in a graph."""
        return next(iter(self.quads(graph)), None) is not None

    def _ask(self, sparql: str, bindings: dict[str, Value]) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        whole = bind(prefixed(sparql), bindings)
        refuse(whole)
        return self.query(whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def prefixed(sparql: str) -> str:
    """A query with our prefixes declared, where it does not declare them itself."""
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
