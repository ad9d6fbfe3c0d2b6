"""Merge RDF files into a store that already has data, without losing any judgement made in it.

A graph of a file replaces the store's graph of the same name. The log of judgements is the exception: its entries are added
to the store's log. What a store keeps for itself, such as the current graph, is never copied from a file.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from kg import datatypes
from kg.errors import IibunError
from kg.store import Store, StoreError, iri
from kg.store.parsing import Unparsed, parse
from kg.store.transfer import BATCH, bulk, format_of
from kg.vocab import (
    CURRENT_GRAPH,
    IDENTITIES_GRAPH,
    IIB,
    JUDGEMENTS_GRAPH,
    LEFTOVERS_GRAPH,
    LINKS_GRAPH,
    NAMES_GRAPH,
    RDF,
    SCHEMA,
)

LOG = ox.NamedNode(JUDGEMENTS_GRAPH)
#: Graphs that a store keeps for itself: derived from others, or what waits to be cleared. They are never taken from a file.
OWN = {ox.NamedNode(g) for g in (CURRENT_GRAPH, IDENTITIES_GRAPH, NAMES_GRAPH, LEFTOVERS_GRAPH)}

#: Formats with named graphs.
_WITH_GRAPHS = (ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG, ox.RdfFormat.JSON_LD)
#: Quads of a file that are sorted by graph in memory; a larger file uses a temporary store on disk.
_SMALL = 100_000


class MergeError(IibunError):
    """A file cannot be merged: it is missing, not valid, or has content that is refused."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to merge: its name, whose ending gives the format, and a function that opens it (decompressed)."""

    name: str
    open: Callable[[], IO[bytes]]

    @classmethod
    def file(cls, path: Path) -> Source:
        """A file on this machine."""

        def opened() -> IO[bytes]:
            return cast("IO[bytes]", gzip.open(path)) if path.name.lower().endswith(".gz") else path.open("rb")

        return cls(str(path), opened)

    @classmethod
    def bytes(cls, name: str, content: bytes) -> Source:
        """A file in memory, such as an upload."""
        unpacked = name.lower().endswith(".gz")
        return cls(
            name,
            lambda: cast("IO[bytes]", gzip.GzipFile(fileobj=io.BytesIO(content))) if unpacked else io.BytesIO(content),
        )


@dataclass(slots=True)
class Merged:
    """The result of a merge.

    Attributes:
        articles, links: the graphs of articles and of links that were written.
        quads: how many quads were read.
        judgements: how many judgements are new.
        conflicts: judgements that the store has with different content; the store's version was kept.
        failed: a sentence for each file that was not merged.
    """

    articles: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    quads: int = 0
    judgements: int = 0
    conflicts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """The messages for the user: what failed, and one for each conflict."""
        return [*self.failed, *(conflict(j) for j in self.conflicts)]


def conflict(judgement: str) -> str:
    """The message about a judgement that the store has with different content."""
    return f"The judgement {judgement} is here with another content; the one that is here stays."


def merge(
    store: Store, sources: Iterable[Source], *, bulk: bool = False, graph: str | None = None, ours: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Merged:  # fmt: skip
    """Merge files (N-Quads, TriG, JSON-LD; Turtle, N-Triples, RDF/XML) into a store.

    A file that is broken, truncated, without quads, or with a value that nothing could show is refused, and the other files
    are merged all the same. A file with named graphs is read completely before anything of it is written. With ``bulk``, and
    for files without graphs, quads are written while they are read: all or nothing in a folder that no server holds, otherwise
    in batches. Merging a file twice has the effect of merging it once, and the resulting set of judgements does not depend on
    the order of the files.

    Args:
        store: the store to merge into.
        sources: the files.
        bulk: add everything except judgements without replacing any graph; several times as fast.
        graph: IRI of the graph for triples that have none; one named after the file if None. Triples that a graph of the store
            already has are not added to it (``bulk`` does add them).
        ours: refuse a file with a graph that is not Iibun's.
        progress: called with the number of quads so far.

    Returns:
        What was merged. Links between the new articles and the older ones are not proposed here; the caller does that.

    Raises:
        BadQuery: if ``graph`` is not an IRI.

    Example:
        ``merge(store, [Source.file(Path("theirs.trig"))]).conflicts``
    """
    done, wanted = Merged(), None if graph is None else iri(graph)
    for source in sources:
        try:
            read = _Reading(source, wanted or _loaded(source.name), done.quads, progress)
            with read.quads() as quads:
                if bulk or read.format not in _WITH_GRAPHS:
                    fitting = _fitting(quads, source.name)
                    log = _add(store, fitting if bulk else _new(store, fitting), source.name)
                else:
                    with _in_order(quads) as found:
                        if ours:
                            _refuse_strange(found, source.name, without=read.without_graph)
                        _refuse_log(found.quads_for_pattern(None, None, None, LOG), source.name)
                        _refuse_values(found, source.name)
                        log = _graphs(store, found, read.to, done)
        except MergeError as error:
            done.failed.append(str(error))
            continue
        done.quads += read.count
        _unite(store, log, done)
    store.flush()
    if done.quads:
        from kg.tracking import current, identities

        current.rebuild(store)  # the log may have new entries, and judged texts may have changed
        if not bulk:
            identities.refresh_all(store)
    return done


class _Reading:
    """Reads the quads of one source: names blank nodes and graphs, counts, and turns any error into a MergeError."""

    def __init__(self, source: Source, to: ox.NamedNode, before: int, tell: Callable[[int], None] | None) -> None:
        self._source, self.to, self._before, self._tell = source, to, before, tell
        try:
            self.format = format_of(Path(source.name))
        except StoreError as error:
            raise MergeError(str(error)) from None
        self.count = 0
        self.without_graph = False  # some triples are in no graph

    @contextmanager
    def quads(self) -> Iterator[Iterator[ox.Quad]]:
        """Open the source and give its quads."""
        try:
            stream = self._source.open()
        except OSError as error:
            raise self._unreadable(error) from None
        with stream:
            yield self._named(stream)

    def _named(self, stream: IO[bytes]) -> Iterator[ox.Quad]:
        try:
            for q in parse(stream, self.format, self._source.name):
                self.count += 1
                if self._tell and self.count % BATCH == 0:
                    self._tell(self._before + self.count)
                graph: Any = _named(q.graph_name, self.to.value)
                if isinstance(graph, ox.DefaultGraph):
                    graph, self.without_graph = self.to, True
                yield ox.Quad(_named(q.subject, self.to.value), q.predicate, _named(q.object, self.to.value), graph)
            if not self.count:
                raise MergeError(f"{self._source.name} holds no quads.")
        except Unparsed as error:
            raise MergeError(str(error)) from None
        except (SyntaxError, ValueError) as error:
            said = " ".join(str(error).split())[:200]
            raise MergeError(f"{self._source.name} is not valid {self.format.name}: {said}.") from None
        except (OSError, EOFError, zlib.error) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> MergeError:
        said = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
        return MergeError(f"{self._source.name} cannot be read: {said}.")


@contextmanager
def _in_order(quads: Iterator[ox.Quad]) -> Iterator[ox.Store]:
    """Put quads into a temporary store, in memory or on disk: sorted by graph, and with literals as a store writes them."""
    first = list(islice(quads, _SMALL))
    rest = next(quads, None)
    if rest is None:
        found = ox.Store()
        found.extend(first)
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="iibun-") as folder:
        try:
            found = ox.Store(folder)
            found.bulk_extend(chain(first, [rest], quads))
        except OSError as error:
            raise StoreError(f"{folder} cannot be written: {error}; TMPDIR names another place.") from None
        yield found


def _graphs(store: Store, found: ox.Store, to: ox.NamedNode, done: Merged) -> list[ox.Quad]:
    """Replace each graph of the store by the one that was read; return the quads of the log."""
    log: list[ox.Quad] = []
    for graph in sorted(found.named_graphs(), key=str):
        quads = list(found.quads_for_pattern(None, None, None, graph))
        if graph in OWN:
            continue
        if graph == LOG:
            log = quads
        elif graph == to:
            store.insert(quads)
        else:
            store.replace(graph.value, quads, flush=False)
            if graph.value.startswith(LINKS_GRAPH):
                done.links.append(graph.value)
            elif ox.Quad(graph, RDF.type, SCHEMA.NewsArticle, graph) in found:
                done.articles.append(graph.value)
    return log


def _new(store: Store, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield the quads whose triples are in no graph of the store yet.

    An export without graphs (Turtle) may be merged back into its own store. Adding all its triples to a graph of the file would
    keep an article's triples there after the article is deleted.
    """
    left = iter(quads)
    while some := list(islice(left, 1000)):
        there = store.known(some)
        yield from (q for q in some if q.triple not in there)


def _add(store: Store, quads: Iterator[ox.Quad], name: str) -> list[ox.Quad]:
    """Add quads while they are read; return the quads of the log."""
    log: list[ox.Quad] = []

    def others() -> Iterator[ox.Quad]:
        for q in quads:
            if q.graph_name == LOG:
                log.append(q)
            elif q.graph_name not in OWN:
                yield q
        _refuse_log(log, name)  # here, while what was added can still be taken back

    bulk(store, others())
    return log


def _unite(store: Store, quads: Iterable[ox.Quad], done: Merged) -> None:
    """Add the entries of another log that are not in this store's log; an existing entry is never changed."""
    canonical = ox.Store()  # normalizes literals as the store does (0.90 becomes 0.9), or equal entries would differ
    canonical.extend(quads)
    there = _entries(canonical)
    if not there:
        return
    here = _entries(store.quads(JUDGEMENTS_GRAPH))
    store.insert([q for entry in there.keys() - here.keys() for q in there[entry]])
    done.judgements += sum(_is_judgement(there[entry]) for entry in there.keys() - here.keys())
    done.conflicts += sorted(e.value for e in there.keys() & here.keys() if there[e] != here[e])


def _entries(quads: Iterable[ox.Quad]) -> dict[Any, set[ox.Quad]]:
    """The quads of a log by subject: a judgement or a person."""
    found: dict[Any, set[ox.Quad]] = defaultdict(set)
    for q in quads:
        found[q.subject].add(q)
    return found


def _is_judgement(entry: set[ox.Quad]) -> bool:
    return any(q.predicate == RDF.type and q.object == IIB.Judgement for q in entry)


def _refuse_strange(found: ox.Store, name: str, *, without: bool) -> None:
    graphs = sorted(str(g.value) for g in found.named_graphs())
    strange = [g for g in graphs if ":article:" not in g and "/article/" not in g and ":graph:" not in g]
    if strange or without:
        raise MergeError(f"{name} holds a graph that is not Iibun's: {next(iter(strange), 'the default graph')}.")


def _fitting(quads: Iterable[ox.Quad], name: str) -> Iterator[ox.Quad]:
    """Yield the quads that are given; refuse the first with a value that nothing could show (:mod:`kg.datatypes`)."""
    for q in quads:
        if what := datatypes.fault(q):
            raise _not_taken(q, what, name)
        yield q


def _refuse_values(found: ox.Store, name: str) -> None:
    """Refuse a value that nothing could show, also of things that only their class makes ours."""
    ours = datatypes.of_ours(found)
    for q in found:
        if what := datatypes.fault(q, ours):
            raise _not_taken(q, what, name)


def _not_taken(q: ox.Quad, what: str, name: str) -> MergeError:
    return MergeError(f"{name} holds a value that cannot be taken: {str(q.subject)[1:-1]}: {what}.")


def _refuse_log(log: Iterable[ox.Quad], name: str) -> None:
    """Refuse a log with an entry that is of the far future (:func:`kg.tracking.log.too_late`), that nothing can be derived from, or whose evidence is unsafe."""
    from kg.tracking import evidence, validity
    from kg.tracking.log import too_late

    log = list(log)
    if late := [iri for q in log if q.object == IIB.Judgement and too_late(iri := str(q.subject)[1:-1])]:
        raise MergeError(f"{name} holds a judgement that no later one could follow: {late[0]}.")
    if reason := evidence.refusal(log):
        raise MergeError(f"{name} holds a verdict that cannot be taken: {reason}.")
    if wrong := validity.faults(log):
        entry, what = wrong[0]
        raise MergeError(f"{name} holds a judgement that cannot be taken: {entry}: {what}.")


def _loaded(name: str) -> ox.NamedNode:
    """The graph for a file's triples that have none, named after the file."""
    return iri(f"urn:iibun:graph:loaded:{hashlib.sha256(Path(name).name.encode()).hexdigest()[:16]}")


def _named(term: Any, scope: str) -> Any:
    """A term with a blank node replaced by an IRI that is made of its label and ``scope``; other terms unchanged."""
    if isinstance(term, ox.BlankNode):
        return ox.NamedNode(f"urn:iibun:skolem:{hashlib.sha256(f'{scope} {term.value}'.encode()).hexdigest()[:32]}")
    return term
