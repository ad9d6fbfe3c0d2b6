"""What files hold, into a store that has work of its own: nothing that somebody decided here is lost.

An article's graph replaces the one of its name, and so does any other graph; the log of judgements is united with the
one that is here, entry by entry; what the log amounts to is derived anew and never taken over.
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

from kg.errors import IibunError
from kg.store import Store, StoreError, iri
from kg.store.parsing import Unparsed, parse
from kg.store.transfer import BATCH, bulk, format_of
from kg.vocab import CURRENT_GRAPH, IIB, JUDGEMENTS_GRAPH, LINKS_GRAPH, RDF, SCHEMA

LOG, CURRENT = ox.NamedNode(JUDGEMENTS_GRAPH), ox.NamedNode(CURRENT_GRAPH)

#: Formats whose triples stand in named graphs.
_WITH_GRAPHS = (ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG, ox.RdfFormat.JSON_LD)
#: Quads of a file that are put in order in memory; more are on disk.
_SMALL = 100_000


class MergeError(IibunError):
    """A file cannot be merged: it is not there, is not valid, or holds what it should not."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to merge: a name whose ending tells the format, and how to open it (unpacked)."""

    name: str
    open: Callable[[], IO[bytes]]

    @classmethod
    def file(cls, path: Path) -> Source:
        """A file of this machine."""

        def opened() -> IO[bytes]:
            return cast("IO[bytes]", gzip.open(path)) if path.name.lower().endswith(".gz") else path.open("rb")

        return cls(str(path), opened)

    @classmethod
    def bytes(cls, name: str, content: bytes) -> Source:
        """What was uploaded under a name."""
        unpacked = name.lower().endswith(".gz")
        return cls(
            name,
            lambda: cast("IO[bytes]", gzip.GzipFile(fileobj=io.BytesIO(content))) if unpacked else io.BytesIO(content),
        )


@dataclass(slots=True)
class Merged:
    """What came of merging: the articles and links graphs that are whole now, how many quads were read, how many
    judgements are new, the judgements that are here with another content (and stay so), and what failed, in words."""

    articles: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    quads: int = 0
    judgements: int = 0
    conflicts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """What is to be told of it: what failed, and each conflict."""
        return [*self.failed, *(conflict(j) for j in self.conflicts)]


def conflict(judgement: str) -> str:
    """The sentence that tells a conflict."""
    return f"The judgement {judgement} is here with another content; the one that is here stays."


def merge(
    store: Store, sources: Iterable[Source], *, bulk: bool = False, graph: str | None = None, ours: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Merged:  # fmt: skip
    """Merge files (N-Quads, TriG, JSON-LD; Turtle, N-Triples, RDF/XML) into a store.

    A file of named graphs is read whole before anything of it is written, so that one that is broken or cut short changes
    nothing; the others are merged all the same. ``bulk`` and files without graphs are written as they are read: all or
    nothing in a folder that no server holds, else in batches. To merge twice is to merge once, and judgements are the same
    set in whatever order files come.

    Args:
        store: where to.
        sources: the files.
        bulk: add all but judgements as it is, all at once: several times as fast, and no graph is replaced.
        graph: the graph for triples that have none; else one named after the file. They are added to it, but for those
            that a graph of the store says already (``bulk`` adds these, too).
        ours: refuse a file with a graph that is not Iibun's.
        progress: called with the number of quads so far.

    Returns:
        What came of it; links between the articles and those that were here before are for the caller to find.

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
                    log = _add(store, quads if bulk else _new(store, quads))
                    _refuse_verdicts(log, source.name)
                else:
                    with _in_order(quads) as found:
                        if ours:
                            _refuse_strange(found, source.name, without=read.without_graph)
                        _refuse_verdicts(found.quads_for_pattern(None, None, None, LOG), source.name)
                        log = _graphs(store, found, read.to, done)
        except MergeError as error:
            done.failed.append(str(error))
            continue
        done.quads += read.count
        _unite(store, log, done)
    store.flush()
    if done.quads:
        from kg.tracking import current

        current.rebuild(store)  # what the log amounts to, and whether judgements fit the articles as they are now
    return done


class _Reading:
    """The quads of one source as they pass: named, counted, and an error of any kind made one sentence."""

    def __init__(self, source: Source, to: ox.NamedNode, before: int, tell: Callable[[int], None] | None) -> None:
        self._source, self.to, self._before, self._tell = source, to, before, tell
        try:
            self.format = format_of(Path(source.name))
        except StoreError as error:
            raise MergeError(str(error)) from None
        self.count = 0
        self.without_graph = False  # some triples stand in no graph

    @contextmanager
    def quads(self) -> Iterator[Iterator[ox.Quad]]:
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
    """All quads in a store of their own, graph by graph and as a store writes them, in memory or on disk."""
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
    """Replace each graph by the one that was read; what is of the log is given back."""
    log: list[ox.Quad] = []
    for graph in sorted(found.named_graphs(), key=str):
        quads = list(found.quads_for_pattern(None, None, None, graph))
        if graph == CURRENT:
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
    """Those whose triples no graph of the store says yet.

    An export without graphs that comes back would else say all again in a graph of its own: what an article said would
    outlive that the article is deleted.
    """
    left = iter(quads)
    while some := list(islice(left, 1000)):
        asked = [(n, q) for n, q in enumerate(some) if not isinstance(q.object, ox.Triple)]
        rows = "\n".join(f"({n} {q.subject} {q.predicate} {q.object})" for n, q in asked)
        found = store.query(f"SELECT DISTINCT ?n {{ VALUES (?n ?s ?p ?o) {{ {rows} }} ?s ?p ?o }}")
        there = {int(row["n"].value) for row in cast("ox.QuerySolutions", found)}  # type: ignore[union-attr]
        yield from (q for n, q in enumerate(some) if n not in there)


def _add(store: Store, quads: Iterator[ox.Quad]) -> list[ox.Quad]:
    """Add quads as they come; what is of the log is given back."""
    log: list[ox.Quad] = []

    def others() -> Iterator[ox.Quad]:
        for q in quads:
            if q.graph_name == LOG:
                log.append(q)
            elif q.graph_name != CURRENT:
                yield q

    bulk(store, others())
    return log


def _unite(store: Store, quads: Iterable[ox.Quad], done: Merged) -> None:
    """Add the entries of another log that are not in this one; an entry that is here is never changed."""
    canonical = ox.Store()  # as a store writes them: 0.90 is 0.9
    canonical.extend(quads)
    there = _entries(canonical)
    if not there:
        return
    here = _entries(store.quads(JUDGEMENTS_GRAPH))
    store.insert([q for entry in there.keys() - here.keys() for q in there[entry]])
    done.judgements += sum(_is_judgement(there[entry]) for entry in there.keys() - here.keys())
    done.conflicts += sorted(e.value for e in there.keys() & here.keys() if there[e] != here[e])


def _entries(quads: Iterable[ox.Quad]) -> dict[Any, set[ox.Quad]]:
    """The log by what each quad is about: a judgement or a person."""
    found: dict[Any, set[ox.Quad]] = defaultdict(set)
    for q in quads:
        found[q.subject].add(q)
    return found


def _is_judgement(entry: set[ox.Quad]) -> bool:
    return any(q.predicate == RDF.type and q.object == IIB.Judgement for q in entry)


def _refuse_strange(found: ox.Store, name: str, *, without: bool) -> None:
    graphs = sorted(str(g.value) for g in found.named_graphs())
    if not graphs:
        raise MergeError(f"{name} holds no quads.")
    strange = [g for g in graphs if ":article:" not in g and "/article/" not in g and ":graph:" not in g]
    if strange or without:
        raise MergeError(f"{name} holds a graph that is not Iibun's: {next(iter(strange), 'the default graph')}.")


def _refuse_verdicts(log: Iterable[ox.Quad], name: str) -> None:
    """Refuse a log whose verdicts point where no link may, or with an entry that nothing decided later could follow."""
    from kg.tracking import evidence
    from kg.tracking.log import LAST

    log = list(log)
    if late := [str(q.subject)[1:-1] for q in log if q.object == IIB.Judgement and str(q.subject) > f"<{LAST}"]:
        raise MergeError(f"{name} holds a judgement that no later one could follow: {late[0]}.")
    if reason := evidence.refusal(log):
        raise MergeError(f"{name} holds a verdict that cannot be taken: {reason}.")


def _loaded(name: str) -> ox.NamedNode:
    """The graph for a file's triples that have none."""
    return iri(f"urn:iibun:graph:loaded:{hashlib.sha256(Path(name).name.encode()).hexdigest()[:16]}")


def _named(term: Any, scope: str) -> Any:
    """Blank nodes get names: no store has to keep them apart for us."""
    if isinstance(term, ox.BlankNode):
        return ox.NamedNode(f"urn:iibun:skolem:{hashlib.sha256(f'{scope} {term.value}'.encode()).hexdigest()[:32]}")
    return term
