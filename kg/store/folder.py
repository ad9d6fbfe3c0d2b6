"""A store in a folder that several processes can use at the same time.

Oxigraph lets only one process have a folder open. So a process opens it while it works and closes it when idle. A server holds
it as long as it runs; other processes then find its address and token in ``server.json`` (readable by its user alone) and send
their work to it. Read :mod:`kg.store.embedded` first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox

from kg.store import damage, serving
from kg.store.base import Store, StoreError, Unreachable
from kg.store.embedded import EmbeddedStore
from kg.store.handle import GRAPH, WAITING, Handle
from kg.store.lock import FolderLock
from kg.store.opening import Locked
from kg.store.sparql import Value
from kg.store.values import Row

T = TypeVar("T")

#: Seconds that a command waits for a folder that another process has open.
PATIENCE = 60.0


def resolved(folder: Path) -> Path:
    """The absolute path of a store's folder, which need not exist.

    Raises:
        StoreError: if there can be none: a link that leads to itself, a name that is too long, a user that does not exist.
    """
    try:
        found = folder.expanduser().resolve()
        found.exists()  # also raises
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise StoreError(f"The store {folder} cannot be opened: {reason}.") from None
    return found


class FolderStore(Store):
    """The store in a folder, which may be open in this process, in one of our servers, or nowhere at the moment.

    Args:
        folder: the store's folder.
        read_only: refuse writes; the folder must have a store.
        create: create a store if there is none.

    Raises:
        StoreError: if there is no store and none may be created, or it cannot be opened.
    """

    def __init__(self, folder: Path, *, read_only: bool = False, create: bool = True) -> None:
        self._read_only = read_only
        self.folder = resolved(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreError(f"The store {folder} is a file; name a folder or the URL of a SPARQL server.")
        if (read_only or not create) and not (self.folder / GRAPH).is_dir():
            raise StoreError(f"There is no store in {folder}; `iibun ingest` or `iibun load` makes one.")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The store {folder} cannot be made: {error.strerror}.") from None
        self._handle = Handle.of(self.folder)
        self._owner = False
        self._remote: tuple[tuple[str, str], Store] | None = None
        self._work(lambda s: None)  # fail now, not at the first use, if it cannot be opened

    def hold(self) -> EmbeddedStore:
        """Keep the folder open until :meth:`close`, as a server does; return its Oxigraph store.

        Raises:
            StoreError: if another server holds it.
        """
        if self._owner and (now := self.held) is not None:
            return now

        def keep(store: Store) -> Store:
            self._handle.owned += 1
            self._owner = True
            return store

        found = self._work(keep)
        if not isinstance(found, EmbeddedStore):
            self._handle.owned -= 1
            self._owner = False
            raise StoreError(f"The store {self.folder} is already served at {serving.address(self.folder)}.")
        return found

    def announce(self, url: str, token: str) -> None:
        """Write ``server.json``, by which other processes of this user find the server that holds the folder.

        Args:
            url: address of the server's SPARQL endpoint.
            token: the token that allows writing.
        """
        if self.unwritable:
            return  # the file cannot be written, and is not needed: every process can read the folder itself
        serving.announce(self.folder, url, token)

    def close(self) -> None:
        """Release the folder, and remove ``server.json`` if this object held it."""
        if self._remote is not None:
            self._remote[1].close()
            self._remote = None
        if self._owner:
            self._owner = False
            serving.withdraw(self.folder)
            with self._handle.lock:
                self._handle.owned -= 1
        with self._handle.lock:
            if not self._handle.users and not self._handle.owned:
                self._handle.release()

    # the interface of Store

    def query(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        """See :meth:`Store.query`."""
        return self._work(lambda s: _whole(s.query(sparql)))

    def select(self, sparql: str, **bindings: Value) -> list[Row]:
        """See :meth:`Store.select`."""
        return self._work(lambda s: s.select(sparql, **bindings))

    def rows(self, sparql: str) -> list[Row]:
        """See :meth:`Store.rows`."""
        return self._work(lambda s: s.rows(sparql))

    def construct(self, sparql: str, **bindings: Value) -> list[ox.Triple]:
        """See :meth:`Store.construct`."""
        return self._work(lambda s: s.construct(sparql, **bindings))

    def update(self, sparql: str, **bindings: Value) -> None:
        """See :meth:`Store.update`."""
        self._writing(lambda s: s.update(sparql, **bindings), again=False)

    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        """See :meth:`Store.replace`."""
        new = list(quads)
        return self._writing(lambda s: s.replace(graph, new, flush=flush))

    def flush(self) -> None:
        """See :meth:`Store.flush`."""
        if not self._read_only:
            self._work(lambda s: s.flush())  # if the folder was closed since the write, closing has flushed it

    def edit(self, *, remove: Iterable[ox.Quad] = (), add: Iterable[ox.Quad] = ()) -> None:
        """See :meth:`Store.edit`."""
        old, new = list(remove), list(add)
        self._writing(lambda s: s.edit(remove=old, add=new))

    def cut(self, graph: str, pattern: str, *, add: Iterable[ox.Quad] = ()) -> None:
        """See :meth:`Store.cut`."""
        new = list(add)
        self._writing(lambda s: s.cut(graph, pattern, add=new))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See :meth:`Store.alone`; waits up to :data:`PATIENCE` seconds.

        Raises:
            Locked: if another process is still within it then.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                right = FolderLock(self.folder)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise self._in_use() from None
                time.sleep(0.05)
        try:
            yield
        finally:
            right.end()

    def faults(self) -> list[str]:
        """See :meth:`Store.faults`."""
        return self._work(lambda s: s.faults())

    def delete(self, graph: str) -> None:
        """See :meth:`Store.delete`."""
        self._writing(lambda s: s.delete(graph))

    def graphs(self) -> list[str]:
        """See :meth:`Store.graphs`."""
        return self._work(lambda s: s.graphs())

    def contains(self, graph: str) -> bool:
        """See :meth:`Store.contains`."""
        return self._work(lambda s: s.contains(graph))

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """See :meth:`Store.quads`; the folder stays open while the iterator is in use."""
        store = self._enter()
        try:
            with self._telling(store):
                yield from store.quads(graph)
        finally:
            self._leave(store)

    @property
    def version(self) -> str:
        """See :attr:`Store.version`; writes of any process change it."""
        if (held := self.held) is not None:  # it may count versions in memory, if the disk is full
            return held.version
        try:
            return (self.folder / "version").read_text("ascii", errors="replace")
        except FileNotFoundError:
            return "0"

    def changed(self, since: str) -> frozenset[str] | None:
        return self._work(lambda s: s.changed(since))

    @property
    def held(self) -> EmbeddedStore | None:
        """The Oxigraph store of the folder if this process has it open now, else None."""
        return self._handle.store

    @property
    def owned(self) -> bool:
        """Whether this process keeps the folder open as a server does (:meth:`hold`)."""
        return self._handle.owned > 0 and self._handle.store is not None

    def snapshot(self, name: str) -> Path:
        """See :meth:`EmbeddedStore.snapshot`; the copy stays valid when the folder is closed."""

        def copy(store: Store) -> Path:
            if isinstance(store, EmbeddedStore):
                return store.snapshot(name)
            raise Unreachable(f"The store {self.folder} is served by another process since just now; try again.")

        return self._work(copy, again=False)

    def verify(self) -> None:
        """See :meth:`EmbeddedStore.verify`."""
        damage.verify(self.folder / GRAPH, whole=True, open=True)

    @property
    def unwritable(self) -> str | None:
        """Why the folder cannot be written, if this process has it open and it can only be read; else None."""
        held = self.held
        return None if held is None else held.unwritable

    def work(self, do: Callable[[Store], T]) -> T:
        """Call a function with the store behind the folder: this process's Oxigraph, or a server's. Return its result."""
        return self._work(do)

    def _writing(self, do: Callable[[Store], T], *, again: bool = True) -> T:
        if self._read_only:
            raise StoreError(f"The store {self.folder} was opened for reading only.")

        def write(store: Store) -> T:
            if isinstance(store, EmbeddedStore):
                store.may_write()
            return do(store)

        return self._work(write, again=again)

    def _work(self, do: Callable[[Store], T], *, again: bool = True) -> T:
        """Call ``do`` with the store behind the folder; if its server disappears meanwhile and ``again`` is true, call it again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            store = self._enter()
            try:
                with self._telling(store):
                    return do(store)
            except Unreachable:
                if not again or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            finally:
                self._leave(store)

    def _enter(self) -> Store:
        deadline = time.monotonic() + PATIENCE
        pause = 0.005
        waiting = self.folder / WAITING
        try:
            while True:
                if store := self._handle.enter():
                    return store
                if remote := self._server():
                    return remote
                if time.monotonic() > deadline:
                    raise self._in_use()
                with suppress(OSError):
                    waiting.touch()  # asks the process that has it open to close it after its next operation
                time.sleep(pause)
                pause = min(pause * 1.5, 0.1)
        finally:
            if pause > 0.005:
                with suppress(OSError):
                    waiting.unlink(missing_ok=True)

    def _in_use(self) -> Locked:
        return Locked(
            f"The store {self.folder} has been in use by another process for {PATIENCE:.0f} seconds; "
            "try again when that is done."
        )

    def _telling(self, store: Store) -> AbstractContextManager[None]:
        return damage.watched(self.folder / GRAPH) if isinstance(store, EmbeddedStore) else nullcontext()

    def _leave(self, store: Store) -> None:
        if isinstance(store, EmbeddedStore):
            self._handle.leave()

    def _server(self) -> Store | None:
        if (key := serving.elsewhere(self.folder)) is None:
            return None
        from kg.store.ours import OurServer

        if self._remote is None or self._remote[0] != key:
            self._remote = (key, OurServer(*key))
        return self._remote[1]


def _whole(
    found: ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean,
) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
    """The result, read completely, so that the folder can be closed."""
    if isinstance(found, ox.QueryBoolean):
        return found
    if isinstance(found, ox.QuerySolutions):
        data = found.serialize(format=ox.QueryResultsFormat.JSON)
        return ox.parse_query_results(data, format=ox.QueryResultsFormat.JSON)
    return found
