"""A store whose folder cannot be written: on a read-only or full disk, or another's.

RocksDB writes even to be read, and must not be read beside a writer. So its files are seen from a place of our own:
links to them where nobody can write meanwhile, copies else. Files never change once they are written, and the MANIFEST
only grows; so what it lists at one moment is a whole state of the store.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from kg.store import damage, rocksdb

#: Bytes that must be free for a store to be opened for writing.
ROOM = 4 << 20
#: Where small files may be where no other disk has room.
_MEMORY = Path("/dev/shm")
_WHY = {
    errno.EROFS: "its file system is read-only", errno.ENOSPC: "its disk is full", errno.EDQUOT: "its disk is full",
    errno.EACCES: "this user may not write to its folder", errno.EPERM: "this user may not write to its folder",
}  # fmt: skip
_SAID = {
    "Read-only file system": errno.EROFS, "No space left": errno.ENOSPC, "quota exceeded": errno.EDQUOT,
    "Permission denied": errno.EACCES,
}  # fmt: skip


def unwritable(graph: Path) -> str | None:
    """Why a graph that is there cannot be written, in words; None if it can."""
    if not (graph / "CURRENT").exists():
        return None
    if hasattr(os, "statvfs"):
        disk = os.statvfs(graph)
        if disk.f_flag & os.ST_RDONLY:
            return _WHY[errno.EROFS]
        if (disk.f_bavail if os.geteuid() else disk.f_bfree) * disk.f_frsize < ROOM:
            return _WHY[errno.ENOSPC]
    return None if os.access(graph, os.W_OK) and os.access(graph.parent, os.W_OK) else _WHY[errno.EACCES]


def refused(error: OSError) -> str | None:
    """The same of what Oxigraph says when it cannot write; None if it speaks of something else."""
    said = str(error)
    number = next((n for words, n in _SAID.items() if words in said), error.errno)
    return _WHY.get(number or 0)


class View:
    """A graph's files in a place where they can be opened for reading.

    Raises:
        Damaged: if they are not as they were written.
        OSError: if there is no place, or they cannot be read.
    """

    def __init__(self, graph: Path) -> None:
        self._alone: damage.Alone | None = None
        try:
            self._alone = damage.Alone(graph, shared=True)
            as_noted = damage.verify(graph)
        except BlockingIOError:  # somebody writes, whom we cannot ask
            as_noted = True
        except BaseException:
            self.end()
            raise
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="iibun-read-"))
        except OSError:
            self.folder = Path(tempfile.mkdtemp(prefix="iibun-read-", dir=_MEMORY))
        try:
            self.graph = self.folder / "graph"
            _gather(graph.resolve(), self.graph, link=self._alone is not None)
            if not as_noted:
                damage.try_to_open(self.graph)
        except damage.Damaged as error:
            self.end()
            raise damage.damaged(graph, error.file, error.what) from None
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Remove it."""
        if self._alone is not None:
            self._alone.end()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)


def _gather(graph: Path, place: Path, *, link: bool) -> None:
    for again in range(50, -1, -1):
        place.mkdir()
        try:
            with ExitStack() as stack:
                held: dict[str, BinaryIO] = {}  # what is open can be read, even if it is deleted meanwhile
                if not link:
                    _open(graph, held, stack)
                manifest = (graph / "CURRENT").read_text("ascii").strip()
                content = (graph / manifest).read_bytes()
                if (
                    not link
                ):  # now, too: to take a MANIFEST apart takes longer than some tables live under a busy writer
                    _open(graph, held, stack)
                (place / manifest).write_bytes(content)
                (place / "CURRENT").write_text(manifest + "\n", "ascii")
                for file in (table.file for table in rocksdb.tables(content, check=False).values()):
                    if link:
                        (place / file).symlink_to(graph / file)
                        continue
                    source = held.get(file) or stack.enter_context((graph / file).open("rb"))
                    with (place / file).open("wb") as target:
                        shutil.copyfileobj(source, target)
                for log in graph.glob("*.log") if link else ():
                    shutil.copyfile(log, place / log.name)
            return
        except FileNotFoundError:  # the writer has merged it with others; the MANIFEST now lists those
            shutil.rmtree(place)
            if not again:
                raise


def _open(graph: Path, held: dict[str, BinaryIO], stack: ExitStack) -> None:
    """Open the tables of a folder that are not held yet."""
    for path in graph.glob("*.sst"):
        if path.name not in held:
            with suppress(FileNotFoundError):
                held[path.name] = stack.enter_context(path.open("rb"))
