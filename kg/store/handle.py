"""A folder that this process has open while it works, and closes when it is idle or another process waits for it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import ClassVar

from kg.store.changes import Changes
from kg.store.embedded import EmbeddedStore
from kg.store.opening import Locked
from kg.store.serving import clear_leftovers

#: Seconds without work after which a folder is closed.
IDLE = 0.15
#: The same while a group of writes is not flushed yet and no other process waits for the folder.
GROUP = 3.0
#: Names in a store's folder: Oxigraph's files, and the file by which a process says that it waits.
GRAPH, WAITING = "graph", "waiting"


class Handle:
    """The one Oxigraph of a folder in this process, shared by all :class:`~kg.store.folder.FolderStore` objects of the folder."""

    _all: ClassVar[dict[Path, Handle]] = {}
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
    def of(cls, folder: Path) -> Handle:
        """The handle of a folder."""
        with cls._guard:
            return cls._all.setdefault(folder, cls(folder))

    def enter(self) -> EmbeddedStore | None:
        """Begin an operation: the open store, or None if another process has it open."""
        with self.lock:
            if self.store is None:
                try:
                    self.store = EmbeddedStore(self.folder / GRAPH, changes=self.changes)
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
        """End an operation."""
        with self.lock:
            self.users -= 1
            self.last = time.monotonic()
            if not self.users and not self.owned and (self.folder / WAITING).exists():
                self.release()

    def release(self) -> None:
        """Close the folder; the caller has the lock."""
        store, self.store = self.store, None
        if store is not None:
            store.close()

    def _watch(self) -> None:
        while True:
            time.sleep(IDLE / 3)
            wanted = (self.folder / WAITING).exists()
            with self.lock:
                if self.store is None or self.owned:
                    return
                # closing flushes, so wait longer within a group of writes, unless another process waits for the folder
                idle = GROUP if self.store.unflushed and not wanted else IDLE
                if not self.users and time.monotonic() - self.last > idle:
                    self.release()
                    return
