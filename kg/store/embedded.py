"""A store that is an Oxigraph in this process: in memory, or in a folder that this process alone has open."""

from __future__ import annotations

import itertools
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from kg.store import damage
from kg.store.base import Store, StoreError, prefixed
from kg.store.changes import Changes
from kg.store.dataset import answer
from kg.store.merge import IS_MERGE, OWN, TO_MERGE, is_merged, named
from kg.store.opening import Opened
from kg.store.quads import block, names, renamed, stays, twice
from kg.store.sparql import Failed, Value, bind, iri, refuse
from kg.store.syntax import explained, not_valid
from kg.store.updates import join, writing

#: Quads per batch when the merge of a whole store is made.
_MANY = 500_000


class EmbeddedStore(Store):
    """One Oxigraph store; threads may share it.

    Args:
        path: the folder with Oxigraph's files; None for a store in memory.
        read_only: open it without a lock, for reading; for folders that nobody writes to.

    Raises:
        Locked: if another process has the folder open.
        StoreError: if it cannot be opened; :class:`~kg.store.damage.Damaged` if its files are damaged.
    """

    def __init__(self, path: Path | None = None, *, read_only: bool = False, changes: Changes | None = None) -> None:
        self._path = path
        self._version_file = None if path is None or read_only else path.parent / "version"
        self._write = threading.Lock()
        self._run = uuid.uuid4().hex[:8]
        self._count = 0
        self._changes = Changes() if changes is None else changes  # outlives this object where a folder is opened again
        self._unflushed = False
        self._closing: list[Callable[[], None]] = []
        self._memory = ox.Store() if path is None else None
        self._opened = None if path is None else Opened(path, read_only=read_only)
        if not read_only and self.unwritable is None:
            try:
                with damage.telling(path):
                    if not self.merged:
                        self._merge()
            except BaseException:
                self.close()
                raise

    def may_write(self) -> None:
        """Check that the store can be written.

        Raises:
            StoreError: if it can only be read; it says why.
        """
        if self._path is not None and self.unwritable:
            raise StoreError(f"The store {self._path.parent} can only be read: {self.unwritable}; nothing was written.")

    @property
    def unwritable(self) -> str | None:
        """Why the folder cannot be written, so that the store can only be read; None if it can be written."""
        return None if self._opened is None else self._opened.unwritable

    @property
    def raw(self) -> ox.Store:
        """The Oxigraph store, for code that needs its whole interface (endpoint, bulk load).

        Raises:
            StoreError: if the store is closed, or another folder has taken the place of the one that was opened.
        """
        if self._memory is not None:
            return self._memory
        assert self._opened is not None
        return self._opened.store

    @property
    def on_disk(self) -> bool:
        """Whether the store is in a folder, not in memory."""
        return self._path is not None

    def when_closed(self, do: Callable[[], None]) -> None:
        """Register a function to call when the store is closed, such as one that ends work on its files."""
        self._closing.append(do)

    def close(self) -> None:
        """Release the folder, even if the object is still referenced; does nothing for a store in memory."""
        if self._opened is None:
            return
        with self._write:
            with suppress(StoreError):  # no caller waits for this flush; one that does calls flush() itself
                self._flush()
            self._opened.close()
        closing, self._closing = self._closing, []
        for do in closing:
            do()

    @property
    def merged(self) -> bool:
        """Whether the default graph is the merge of the named ones; if not, queries use their union."""
        return is_merged(self.raw)

    def query(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        """See :meth:`Store.query`."""
        try:
            return answer(self.raw, sparql)
        except SyntaxError as error:
            raise not_valid(error, sparql) from None

    def update(self, sparql: str, **bindings: Value) -> None:
        """See :meth:`Store.update`.

        Raises:
            Failed: if the update is valid but cannot be done (CREATE of an existing graph).
            StoreError: if the disk cannot be written.
        """
        whole = bind(prefixed(sparql), bindings)
        refuse(whole)
        declared, text, graphs = writing(whole)
        before, after = (
            ("", self.merge.anew()) if graphs is None else (self.merge.took(graphs), self.merge.gave(graphs))
        )
        mark = f"CREATE SILENT GRAPH {IS_MERGE}"  # DROP ALL has removed it
        request = declared + join((before, text, after, mark))
        with self._write:
            try:
                self.raw.update(request)
            except SyntaxError as error:
                raise explained(whole, "update") or not_valid(error, whole, "update") from None
            except RuntimeError as error:  # CREATE of a graph that exists, or DROP of one that does not
                if self._path is not None and (told := damage.explained(self._path, error)):
                    raise told from None
                raise Failed(f"The update was not done: {error}.") from None
            except OSError as error:
                raise StoreError(f"The store could not be written: {error}.") from None
            self._written(graphs)

    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        """See :meth:`Store.replace`."""
        node = iri(graph)
        found = (ox.Quad(q.subject, q.predicate, q.object, node) for q in quads)
        with self._write:
            old, new = set(self.quads(graph)), set(renamed(found))
            if old == new:
                if flush:
                    self._flush()  # an earlier write of the same quads may not have been flushed
                return False
            if old:
                self._change(node, old - new, new - old)
            else:
                self._extend(new)  # faster than an update in SPARQL text
            self._written([node.value], flush=flush)
        return True

    def edit(self, *, remove: Iterable[ox.Quad] = (), add: Iterable[ox.Quad] = ()) -> None:
        """See :meth:`Store.edit`."""
        added = set(map(named, add))
        removed = set(map(named, remove)) - added
        with self._write:
            if not added and not removed:
                self._flush()  # any call without flush=False puts earlier writes on disk
                return
            if removed:
                raw = self.raw
                gone = {q.triple for q in removed if not stays(raw, q, removed)}
                self._exchange(removed, gone, added)
            elif added:
                self._extend(added)
            self._written(names(removed | added))

    def cut(self, graph: str, pattern: str, *, add: Iterable[ox.Quad] = ()) -> None:
        """See :meth:`Store.cut`."""
        node, added = iri(graph), set(map(named, add))
        request = join(
            (
                self.merge.took([graph], pattern),
                f"DELETE {{ GRAPH {node} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {node} {{ {pattern} }} }}",
                f"INSERT DATA {{ {block(added)}\n{self.merge.data({q.triple for q in added})} }}",
            )
        )
        with self._write:
            self._update(prefixed(request))
            self._written([graph, *names(added)])

    def _change(self, graph: ox.NamedNode, removed: set[ox.Quad], added: set[ox.Quad]) -> None:
        """Remove quads of one graph and add others, there and in the merge, in one request (one transaction)."""
        if any(isinstance(t, ox.BlankNode) for q in removed for t in (q.subject, q.object)):  # SPARQL cannot name them
            left = set(self.quads(graph.value)) - removed | added
            drop = f"CLEAR SILENT GRAPH {graph}"
            data = f"INSERT DATA {{ {block(left)} }}"
            self._update(join((self.merge.took([graph.value]), drop, data, self.merge.gave([graph.value]))))
            return
        gone = removed - self._shared(graph) if removed else removed
        self._exchange(removed, {q.triple for q in gone}, added)

    def _exchange(self, removed: set[ox.Quad], gone: set[ox.Triple], added: set[ox.Quad]) -> None:
        """Remove quads, remove ``gone`` from the merge, and add quads to both, in one request (one transaction)."""
        self._update(
            join(
                (
                    f"DELETE DATA {{ {block(removed)}\n{self.merge.data(gone)} }}",
                    f"INSERT DATA {{ {block(added)}\n{self.merge.data({q.triple for q in added})} }}",
                )
            )
        )

    def _shared(self, graph: ox.NamedNode) -> set[ox.Quad]:
        """The quads of a graph whose triples another graph has, too."""
        rows = self.raw.query(self.merge.shared(graph.value))
        return {ox.Quad(row["s"], row["p"], row["o"], graph) for row in rows}  # type: ignore[union-attr]

    @property
    def unflushed(self) -> bool:
        """Whether something was written that :meth:`flush` has still to put on disk."""
        return self._unflushed

    def flush(self) -> None:
        """See :meth:`Store.flush`."""
        with self._write:
            self._flush()

    def delete(self, graph: str) -> None:
        """See :meth:`Store.delete`."""
        with self._write:
            if self.contains(graph):
                self._change(iri(graph), set(self.quads(graph)), set())
            if graph != IS_MERGE.value:
                self._update(f"DROP SILENT GRAPH {iri(graph)}")
            self._written([graph])

    def graphs(self) -> list[str]:
        """See :meth:`Store.graphs`."""
        there = (g for g in self.raw.named_graphs() if isinstance(g, ox.NamedNode))
        return sorted(g.value for g in there if self.contains(g.value))  # an empty graph does not count

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """See :meth:`Store.quads`."""
        if graph is not None and (self.merged or graph != OWN):
            return iter(self.raw.quads_for_pattern(None, None, None, iri(graph)))
        found = self.raw.quads_for_pattern(None, None, None, None)
        every = (
            (q for q in found if not isinstance(q.graph_name, ox.DefaultGraph)) if self.merged else map(named, found)
        )
        return every if graph is None else (q for q in every if q.graph_name == ox.NamedNode(graph))

    def bulk(self, quads: Iterable[ox.Quad]) -> None:
        """Add many quads fast: all of them or none, but readers may see some before the others."""
        self.may_write()
        with self._write:
            self._mark(TO_MERGE)
            try:
                self.raw.bulk_extend(twice(quads))
            except BaseException:
                self._merge()
                raise
            self._mark(IS_MERGE)
            self._written(None)

    def snapshot(self, name: str) -> Path:
        """Make a consistent copy by hard links, ``snapshots/PID-NAME-…`` beside the store; return its path.

        The caller removes it. What a killed process has left is removed by the next process that opens the folder.

        Raises:
            StoreError: if the store is in memory, or the copy fails.
        """
        if self._path is None or self._opened is None:
            raise StoreError("A store in memory has no snapshots.")
        called = f"{os.getpid()}-{name}-{uuid.uuid4().hex[:8]}"
        target = self._path.parent / "snapshots" / called
        if (view := self._opened.view) is not None:
            target = view.folder.with_name(f"{view.folder.name}-{called}")
        try:
            with self._write, damage.telling(self._path):
                raw = self.raw
                target.parent.mkdir(exist_ok=True)
                raw.backup(str(target))
        except (OSError, RuntimeError) as error:
            self.verify()
            raise StoreError(f"The store {self._path.parent} could not be copied: {error}.") from None
        return target

    def verify(self) -> None:
        """Compare the files of the open store with their checksums.

        Raises:
            Damaged: if a file is damaged; it names the file.
        """
        if self._path is not None:
            damage.verify(self._path, whole=True, open=True)

    @property
    def version(self) -> str:
        """See :attr:`Store.version`."""
        if self._version_file is not None:
            try:
                return self._version_file.read_text("ascii", errors="replace")
            except FileNotFoundError:
                return "0"
        return f"{self._run}-{self._count}"

    def _mark(self, mark: ox.NamedNode) -> None:
        """Record the state of the default graph: the merge (IS_MERGE), or to be made so (TO_MERGE)."""
        other = TO_MERGE if mark == IS_MERGE else IS_MERGE
        self._update(f"CREATE SILENT GRAPH {mark} ;\nDROP SILENT GRAPH {other}")

    def _merge(self) -> None:
        """Make the merge of a store that is older than the merge, or whose bulk load was interrupted."""
        if not self.raw.contains_named_graph(TO_MERGE):  # an older store: its default graph is data of the user
            self._extend([named(q) for q in self.raw.quads_for_pattern(None, None, None, ox.DefaultGraph())])
            self._mark(TO_MERGE)
        there = self.graphs()
        quads = (q for g in there for q in self.raw.quads_for_pattern(None, None, None, ox.NamedNode(g)))
        while many := list(itertools.islice(quads, _MANY)):
            self.raw.bulk_extend(twice(many))
        self._update(self.merge.anew())
        self._mark(IS_MERGE)
        self._flush()

    def _update(self, sparql: str) -> None:
        try:
            self.raw.update(sparql)
        except OSError as error:
            raise StoreError(f"The store could not be written: {error}.") from None

    def _extend(self, quads: Iterable[ox.Quad]) -> None:
        try:
            self.raw.extend(twice(quads))
        except OSError as error:
            raise StoreError(f"The store could not be written: {error}.") from None

    def _flush(self) -> None:
        if self._unflushed and self._opened is not None and self._opened.is_open:
            try:
                self.raw.flush()
            except OSError as error:
                raise StoreError(f"The store could not be written: {error}.") from None
        self._unflushed = False

    def changed(self, since: str) -> frozenset[str] | None:
        """See :meth:`Store.changed`."""
        return self._changes.since(since, self.version)

    def _written(self, graphs: Iterable[str] | None, *, flush: bool = True) -> None:
        """Give the new state a version, and flush it, so that a power cut loses no acknowledged write.

        Args:
            graphs: the graphs that were written; None if they are not known.
            flush: False to leave that to a later call.
        """
        before = self.version
        self._count += 1
        self._unflushed = True
        if self._version_file is not None:
            part = self._version_file.with_suffix(f".{self._run}")
            try:
                part.write_text(f"{time.time_ns():x}-{self._count}", "ascii")
                part.replace(self._version_file)
            except OSError:  # the disk is full; the write itself succeeded, so count versions in memory from now on
                self._version_file = None
        self._changes.note(before, self.version, graphs)
        if flush:  # writes a small file per index, so it is skipped for the writes of a group
            self._flush()
