"""A lock on a folder between processes."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from pathlib import Path


class FolderLock:
    """A lock on a folder, which one process has at a time; with ``shared``, several readers and no writer.

    On a graph's folder it also protects the check of the files, which comes before Oxigraph takes its own lock.

    Raises:
        BlockingIOError: if another process has the lock.
    """

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        self._end: Callable[[], object] = lambda: None
        try:
            import fcntl

            place = os.open(folder, os.O_RDONLY)
        except (ImportError, OSError):  # a system without such locks; Oxigraph's own lock must do
            return
        try:
            fcntl.flock(place, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            os.close(place)
            if isinstance(error, BlockingIOError):
                raise
            return

        def end() -> None:  # unlock explicitly: a forked process may still have the descriptor open
            fcntl.flock(place, fcntl.LOCK_UN)
            os.close(place)

        self._end = weakref.finalize(self, end)

    def end(self) -> None:
        """Release the lock."""
        self._end()
