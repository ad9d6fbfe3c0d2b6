"""Oxigraph in this process: in memory, or in a folder that this process holds alone."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from kg.store import damage, reading
from kg.store.base import Store, StoreError, prefixed
from kg.store.sparql import Failed, Value, bind, iri, not_valid, refuse

#: Errors of Oxigraph that mean "another process has it"; two that open at once also take each other's old LOG away.
_LOCKED = ("While lock file", "lock hold by", "Resource temporarily unavailable", "/LOG.old")


class Locked(StoreError):
    """Another process holds the folder."""


class EmbeddedStore(Store):
    """One Oxigraph store; safe to use from many threads."""

    def __init__(self, path: Path | None = None, *, read_only: bool = False) -> None:
        self._path = path
        self._version_file = None if path is None or read_only else path.parent / "version"
        self._write = threading.Lock()
        self._run = uuid.uuid4().hex[:8]
        self._count = 0
        self._unflushed = False
        self._closing: list[Callable[[], None]] = []
        self._alone: damage.Alone | None = None
        self._view: reading.View | None = None
        #: Why the folder cannot be written, so that the store can only be read; None where it can.
        self.unwritable: str | None = None
        self._open_store: ox.Store | None = self._open(path, read_only)

    def _open(self, path: Path | None, read_only: bool) -> ox.Store:
        if path is None:
            return ox.Store()
        try:
            with damage.telling(path):
                if read_only:
                    return ox.Store.read_only(str(path))
                self.unwritable = reading.unwritable(path)
                if self.unwritable is None:
                    try:
                        return self._writable(path)
                    except OSError as error:
                        self._let_go()
                        self.unwritable = reading.refused(error) if path.is_dir() else None
                        if self.unwritable is None or not (path / "CURRENT").exists():
                            raise
                self._view = reading.View(path)
                return ox.Store.read_only(str(self._view.graph))
        except OSError as error:
            self._let_go()
            if isinstance(error, BlockingIOError) or any(word in str(error) for word in _LOCKED):
                raise Locked(f"The store {path.parent} is in use by another process.") from None
            raise StoreError(f"The store {path.parent} cannot be opened: {error}.") from None
        except BaseException:
            self._let_go()
            raise

    def _writable(self, path: Path) -> ox.Store:
        path.mkdir(parents=True, exist_ok=True)
        self._alone = damage.Alone(path)
        damage.before(path)
        found = ox.Store(str(path))
        damage.write(path)
        return found

    def _let_go(self) -> None:
        for held in (self._alone, self._view):
            if held is not None:
                held.end()
        self._alone = self._view = None

    def may_write(self) -> None:
        """See that the store can be written.

        Raises:
            StoreError: if it can only be read, saying why.
        """
        if self._path is not None and self.unwritable:
            raise StoreError(f"The store {self._path.parent} can only be read: {self.unwritable}; nothing was written.")

    @property
    def raw(self) -> ox.Store:
        """Oxigraph itself, for what needs its whole interface (endpoint, bulk load).

        Raises:
            StoreError: if the store has been closed.
        """
        if self._open_store is None:
            raise StoreError("The store has been closed; open it again.")
        return self._open_store

    @property
    def on_disk(self) -> bool:
        """Whether it is in a folder, not in memory."""
        return self._path is not None

    def when_closed(self, do: Callable[[], None]) -> None:
        """Have something done when the store is closed: who works on its files lets go of them."""
        self._closing.append(do)

    def close(self) -> None:
        """Let go of the folder, whoever still has this object; a store in memory stays as it is."""
        if self._path is None:
            return
        with self._write:
            with suppress(StoreError):  # nobody waits for it: who does calls flush, which opens the folder again
                self._flush()
            self._open_store = None  # Oxigraph lets go of its lock when nobody refers to it
            if self._alone is not None:
                damage.write(self._path)
            self._let_go()
        closing, self._closing = self._closing, []
        for do in closing:
            do()

    def query(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        try:
            return self.raw.query(sparql, use_default_graph_as_union=True)
        except SyntaxError as error:
            raise not_valid(error, sparql) from None

    def update(self, sparql: str, **bindings: Value) -> None:
        whole = bind(prefixed(sparql), bindings)
        refuse(whole)
        with self._write:
            try:
                self.raw.update(whole)
            except SyntaxError as error:
                raise not_valid(error, whole, "update") from None
            except RuntimeError as error:  # a graph to be made is there, or one to be dropped is not
                if self._path is not None and (told := damage.explained(self._path, error)):
                    raise told from None
                raise Failed(f"The update was not done: {error}.") from None
            except OSError as error:
                raise StoreError(f"The store could not be written: {error}.") from None
            self._written()

    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        node = iri(graph)
        new = {ox.Quad(q.subject, q.predicate, q.object, node) for q in quads}
        with self._write:
            old = set(self.raw.quads_for_pattern(None, None, None, node))
            if old == new:
                if flush:
                    self._flush()  # they may be of a write that was not
                return False
            if old or any(isinstance(t, ox.BlankNode) for q in new for t in (q.subject, q.object)):
                # one update request is one transaction in Oxigraph, and renames blank nodes
                data = " .\n".join(f"{q.subject} {q.predicate} {q.object}" for q in sorted(new, key=str))
                self._update(
                    f"DROP SILENT GRAPH {node}" + (f" ;\nINSERT DATA {{ GRAPH {node} {{\n{data} }} }}" if new else "")
                )
            else:
                self._extend(new)  # without the way through text
            self._written(flush=flush)
        return True

    @property
    def unflushed(self) -> bool:
        """Whether something was written that :meth:`flush` would see to."""
        return self._unflushed

    def flush(self) -> None:
        with self._write:
            self._flush()

    def insert(self, quads: Iterable[ox.Quad]) -> None:
        with self._write:
            self._extend(quads)
            self._written()

    def delete(self, graph: str) -> None:
        with self._write:
            self._update(f"DROP SILENT GRAPH {iri(graph)}")
            self._written()

    def graphs(self) -> list[str]:
        return sorted(g.value for g in self.raw.named_graphs() if isinstance(g, ox.NamedNode))

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        return iter(self.raw.quads_for_pattern(None, None, None, None if graph is None else iri(graph)))

    def bulk(self, quads: Iterable[ox.Quad]) -> None:
        """Add many quads fast; all of them or none, but readers may see them arrive."""
        self.may_write()
        with self._write:
            self.raw.bulk_extend(quads)
            self._written()

    def snapshot(self, name: str) -> Path:
        """A consistent copy by hard links, in milliseconds, as ``snapshots/PID-NAME-…`` beside the store.

        The caller removes it; what a killed process leaves is removed by the next that opens the folder.
        """
        if self._path is None:
            raise StoreError("A store in memory has no snapshots.")
        called = f"{os.getpid()}-{name}-{uuid.uuid4().hex[:8]}"
        target = self._path.parent / "snapshots" / called
        if self._view is not None:
            target = self._view.folder.with_name(f"{self._view.folder.name}-{called}")
        target.parent.mkdir(exist_ok=True)
        with self._write:
            self.raw.backup(str(target))
        return target

    @property
    def version(self) -> str:
        if self._version_file is not None:
            try:
                return self._version_file.read_text("ascii", errors="replace")
            except FileNotFoundError:
                return "0"
        return f"{self._run}-{self._count}"

    def _update(self, sparql: str) -> None:
        try:
            self.raw.update(sparql)
        except OSError as error:
            raise StoreError(f"The store could not be written: {error}.") from None

    def _extend(self, quads: Iterable[ox.Quad]) -> None:
        try:
            self.raw.extend(quads)
        except OSError as error:
            raise StoreError(f"The store could not be written: {error}.") from None

    def _flush(self) -> None:
        if self._unflushed and self._open_store is not None and self._path is not None:
            try:
                self.raw.flush()
            except OSError as error:
                raise StoreError(f"The store could not be written: {error}.") from None
        self._unflushed = False

    def _written(self, *, flush: bool = True) -> None:
        """Flush, so that a power cut loses nothing acknowledged, and name the new state."""
        self._count += 1
        self._unflushed = True
        if flush:  # makes a small file of each index, so who writes many graphs does it for a group of them
            self._flush()
        if self._version_file is not None:
            part = self._version_file.with_suffix(f".{self._run}")
            try:
                part.write_text(f"{time.time_ns():x}-{self._count}", "ascii")
                part.replace(self._version_file)
            except OSError:  # the disk is full now; what was written is there, and this process counts for itself
                self._version_file = None
