"""The files of a store, opened: for writing by this process alone, or else for reading."""

from __future__ import annotations

import ctypes
import weakref
from pathlib import Path

import pyoxigraph as ox

from kg.store import checksums, damage, reading
from kg.store.base import StoreError
from kg.store.lock import FolderLock

#: Parts of Oxigraph's messages that mean "another process has it open". Two processes that open a folder at the same time can also
#: fail because each renames the old LOG file.
_LOCKED = ("While lock file", "lock hold by", "Resource temporarily unavailable", "/LOG.old")

#: Folders that another one has replaced while this process had them open; see :func:`_leave`.
_abandoned: set[Path] = set()


class Locked(StoreError):
    """Another process has the folder open."""


class Opened:
    """An Oxigraph store in a folder.

    Args:
        path: the folder with Oxigraph's files.
        read_only: open it without a lock, for reading; for folders that nobody writes to.

    Attributes:
        view: the temporary folder that is read, if the folder cannot be written.
        unwritable: why the folder cannot be written; None if it can.

    Raises:
        Locked: if another process has the folder open.
        StoreError: if it cannot be opened; :class:`~kg.store.damage.Damaged` if its files are damaged.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.view: reading.View | None = None
        self.unwritable: str | None = None
        self._lock: FolderLock | None = None
        self._store: ox.Store | None = self._open(read_only)
        self._place = place(path)
        # Also runs where it is freed without being closed, and at the end of the process.
        self._leave = weakref.finalize(self, _leave, path, self._place, self._store if self._lock else None)

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet."""
        return self._store is not None

    @property
    def store(self) -> ox.Store:
        """The Oxigraph store.

        Raises:
            StoreError: if it is closed, or another folder has taken the place of the one that was opened. RocksDB addresses its
                files by path, so it would mix the files of both.
        """
        if self._store is None:
            raise StoreError("The store has been closed; open it again.")
        if place(self.path) != self._place:
            raise _moved(self.path)
        return self._store

    def close(self) -> None:
        """Release the folder, even if the object is still referenced."""
        self._leave()
        self._store = None  # Oxigraph releases its lock when the object is freed
        if self._lock is not None and place(self.path) == self._place:
            checksums.write(self.path)
        self._release()

    def _open(self, read_only: bool) -> ox.Store:
        path = self.path
        try:
            with damage.telling(path):
                if read_only:
                    return ox.Store.read_only(str(path))
                self.unwritable = reading.unwritable(path)
                if self.unwritable is None:
                    try:
                        return self._writable()
                    except OSError as error:
                        self._release()
                        self.unwritable = reading.refused(error) if path.is_dir() else None
                        if self.unwritable is None or not (path / "CURRENT").exists():
                            raise
                self.view = reading.View(path)
                return ox.Store.read_only(str(self.view.graph))
        except OSError as error:
            self._release()
            if isinstance(error, BlockingIOError) or any(word in str(error) for word in _LOCKED):
                raise Locked(f"The store {path.parent} is in use by another process.") from None
            raise StoreError(f"The store {path.parent} cannot be opened: {error}.") from None
        except BaseException:
            self._release()
            raise

    def _writable(self) -> ox.Store:
        if self.path in _abandoned:
            raise _moved(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(self.path)
        damage.before(self.path)
        found = ox.Store(str(self.path))
        checksums.write(self.path, verified=True)
        return found

    def _release(self) -> None:
        for held in (self._lock, self.view):
            if held is not None:
                held.end()
        self._lock = self.view = None


def _leave(path: Path, before: tuple[int, int] | None, store: ox.Store | None) -> None:
    """Never free a store whose folder another one has replaced.

    RocksDB checks its MANIFEST by path when it closes, and would write its own state into the folder that stands there now. What
    was acknowledged is on disk already.
    """
    if store is not None and place(path) not in (None, before):
        ctypes.pythonapi.Py_IncRef(
            ctypes.py_object(store)
        )  # a reference of ours would be freed at the end of the process
        _abandoned.add(path)


def _moved(path: Path) -> StoreError:
    return StoreError(
        f"The store {path.parent} was moved, replaced or deleted while it was in use; "
        "stop the server or command that has it open, and start it again."
    )


def place(path: Path) -> tuple[int, int] | None:
    """Device and inode of a folder, which identify it; None if it does not exist."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
