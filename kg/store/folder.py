"""A store in a folder that several processes can use at the same time.

Oxigraph lets only one process have a folder open. So a process opens it while it works and closes it when idle. A server holds
it as long as it runs; other processes then find its address and token in ``server.json`` (readable by its user alone) and send
their work to it. Read :mod:`kg.store.embedded` first.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import ClassVar, TypeVar

import pyoxigraph as ox

from kg.store import damage
from kg.store.base import Store, StoreError, Unreachable
from kg.store.changes import Changes
from kg.store.embedded import EmbeddedStore, Locked
from kg.store.sparql import Value
from kg.store.values import Row

T = TypeVar("T")

#: Seconds that a command waits for a folder that another process has open.
PATIENCE = 60.0
#: Seconds without work after which a folder is closed.
IDLE = 0.15
#: The same while a group of writes is not flushed yet and no other process waits for the folder.
GROUP = 3.0

_SERVER = "server.json"
_GRAPH = "graph"
_WAITING = "waiting"


class _Handle:
    """The one Oxigraph of a folder in this process, shared by all :class:`FolderStore` objects of the folder."""

    _all: ClassVar[dict[Path, _Handle]] = {}
    _guard = threading.Lock()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Condition()
        self.store: EmbeddedStore | None = None
        self.changes = Changes()
        self.users = 0  # operations in progress
        self.owned = 0  # FolderStore objects that hold it until they are closed
        self.last = 0.0  # time of the last operation's end
        self.had = False  # this process has had it open before

    @classmethod
    def of(cls, folder: Path) -> _Handle:
        with cls._guard:
            return cls._all.setdefault(folder, cls(folder))

    def enter(self) -> EmbeddedStore | None:
        """Begin an operation: the open store, or None if another process has it open."""
        with self.lock:
            if self.store is None:
                try:
                    self.store = EmbeddedStore(self.folder / _GRAPH, changes=self.changes)
                except Locked:
                    return None
                if not self.store.unwritable:
                    clear_leftovers(self.folder, first=not self.had)
                self.had = True
                if not self.owned:
                    threading.Thread(target=self._watch, daemon=True).start()
            self.users += 1
            return self.store

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            self.last = time.monotonic()
            if not self.users and not self.owned and (self.folder / _WAITING).exists():
                self._release()

    def _release(self) -> None:
        store, self.store = self.store, None
        if store is not None:
            store.close()

    def _watch(self) -> None:
        while True:
            time.sleep(IDLE / 3)
            wanted = (self.folder / _WAITING).exists()
            with self.lock:
                if self.store is None or self.owned:
                    return
                # closing flushes, so wait longer within a group of writes, unless another process waits for the folder
                idle = GROUP if self.store.unflushed and not wanted else IDLE
                if not self.users and time.monotonic() - self.last > idle:
                    self._release()
                    return


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
        self.folder = folder.expanduser().resolve()
        self._read_only = read_only
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreError(f"The store {folder} is a file; name a folder or the URL of a SPARQL server.")
        if (read_only or not create) and not (self.folder / _GRAPH).is_dir():
            raise StoreError(f"There is no store in {folder}; `iibun ingest` or `iibun load` makes one.")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The store {folder} cannot be made: {error.strerror}.") from None
        self._handle = _Handle.of(self.folder)
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
            raise StoreError(f"The store {self.folder} is already served at {server_of(self.folder)}.")
        return found

    def announce(self, url: str, token: str) -> None:
        """Write ``server.json``, by which other processes of this user find the server that holds the folder.

        Args:
            url: address of the server's SPARQL endpoint.
            token: the token that allows writing.
        """
        if self.unwritable:
            return  # the file cannot be written, and is not needed: every process can read the folder itself
        part = self.folder / f"{_SERVER}.{os.getpid()}"
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
            json.dump({"url": url, "token": token, "pid": os.getpid()}, f)
        part.replace(self.folder / _SERVER)

    def close(self) -> None:
        """Release the folder, and remove ``server.json`` if this object held it."""
        if self._remote is not None:
            self._remote[1].close()
            self._remote = None
        if self._owner:
            self._owner = False
            found = _read_server(self.folder)
            if found and found.get("pid") == os.getpid():
                (self.folder / _SERVER).unlink(missing_ok=True)
            with self._handle.lock:
                self._handle.owned -= 1
        with self._handle.lock:
            if not self._handle.users and not self._handle.owned:
                self._handle._release()

    # the interface of Store

    def query(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        """See :meth:`Store.query`."""
        return self._work(lambda s: _whole(s.query(sparql)))

    def select(self, sparql: str, **bindings: Value) -> list[Row]:
        """See :meth:`Store.select`."""
        return self._work(lambda s: s.select(sparql, **bindings))

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
                right = damage.Alone(self.folder)
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
        damage.verify(self.folder / _GRAPH, whole=True, open=True)

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
        waiting = self.folder / _WAITING
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
        return damage.watched(self.folder / _GRAPH) if isinstance(store, EmbeddedStore) else nullcontext()

    def _leave(self, store: Store) -> None:
        if isinstance(store, EmbeddedStore):
            self._handle.leave()

    def _server(self) -> Store | None:
        found = _read_server(self.folder)
        if not found or found.get("pid") == os.getpid() or not _alive(int(found.get("pid", 0))):
            return None
        from kg.store.remote import RemoteStore

        key = (str(found["url"]), str(found["token"]))
        if self._remote is None or self._remote[0] != key:
            self._remote = (key, RemoteStore.ours(*key))
        return self._remote[1]


def server_of(folder: Path) -> str | None:
    """The address of the server that holds a folder, according to ``server.json``; None if there is none."""
    found = _read_server(folder)
    return str(found["url"]) if found else None


def clear_leftovers(folder: Path, *, first: bool) -> None:
    """Remove the files that killed processes have left; the caller must have just opened the folder.

    Args:
        folder: the store's folder.
        first: whether this process opens the folder for the first time, so that none of the files is its own.
    """
    import shutil

    me = str(os.getpid())
    found = _read_server(folder)
    if found and (first or str(found.get("pid")) != me):
        (folder / _SERVER).unlink(missing_ok=True)
    for stale in (*folder.glob(f"{_SERVER}.*"), *folder.glob("version.*")):
        stale.unlink(missing_ok=True)
    for snapshot in (folder / "snapshots").glob("*-*"):
        of = snapshot.name.split("-")[0]
        if (first and of == me) or (of != me and not (of.isdigit() and _alive(int(of)))):  # a query may still read it
            shutil.rmtree(snapshot, ignore_errors=True)


def _read_server(folder: Path) -> dict[str, str | int] | None:  # type: ignore[type-arg]
    try:
        found = json.loads((folder / _SERVER).read_text("utf-8"))
        return found if isinstance(found, dict) and "url" in found and "token" in found else None
    except (OSError, ValueError):
        return None


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # where signal 0 is Ctrl-C
        import ctypes

        synchronize, still_runs = 0x100000, 0x102
        kernel = ctypes.windll.kernel32
        process = kernel.OpenProcess(synchronize, False, pid)
        try:
            return bool(process) and kernel.WaitForSingleObject(process, 0) == still_runs
        finally:
            kernel.CloseHandle(process)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:  # a zombie (state Z on Linux) has ended
        return pid > 0 and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return pid > 0


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
