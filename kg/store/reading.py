"""Read a store whose folder cannot be written: on a read-only or full disk, or owned by another user.

RocksDB writes files even when it only reads, and must not read while another process writes. So we open a temporary folder with
links to the store's files, if nobody can write to them meanwhile, or else with copies. A table file never changes once it is
written, and the MANIFEST (RocksDB's list of files) only grows. So the files that it lists at one moment are a consistent state.
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
from kg.store.lock import FolderLock

#: Bytes that must be free for a store to be opened for writing.
ROOM = 4 << 20
#: A folder in memory, used if no disk has room for the temporary folder.
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
    """Why the files of an existing store cannot be written, in words; None if they can."""
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
    """The reason in an error of Oxigraph that it cannot write, in the same words; None for any other error."""
    said = str(error)
    number = next((n for words, n in _SAID.items() if words in said), error.errno)
    return _WHY.get(number or 0)


class View:
    """A temporary folder with a store's files, which can be opened for reading (``graph``).

    Args:
        graph: the folder with Oxigraph's files.

    Raises:
        Damaged: if the files are not as they were written.
        OSError: if there is no room, or the files cannot be read.
    """

    def __init__(self, graph: Path) -> None:
        self._alone: FolderLock | None = None
        try:
            self._alone = FolderLock(graph, shared=True)
            as_noted = damage.verify(graph)
        except BlockingIOError:  # another process has the store open for writing
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
        """Remove the temporary folder."""
        if self._alone is not None:
            self._alone.end()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)


def _gather(graph: Path, place: Path, *, link: bool) -> None:
    for again in range(50, -1, -1):
        place.mkdir()
        try:
            with ExitStack() as stack:
                held: dict[str, BinaryIO] = {}  # an open file can be read even if the writer deletes it
                if not link:
                    _open(graph, held, stack)
                manifest = (graph / "CURRENT").read_text("ascii").strip()
                content = (graph / manifest).read_bytes()
                # again before the MANIFEST is parsed, which takes so long that a busy writer may delete tables meanwhile
                if not link:
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
        except FileNotFoundError:  # the writer has merged this table with others; start again from its new MANIFEST
            shutil.rmtree(place)
            if not again:
                raise


def _open(graph: Path, held: dict[str, BinaryIO], stack: ExitStack) -> None:
    """Open the tables of a folder that are not held yet."""
    for path in graph.glob("*.sst"):
        if path.name not in held:
            with suppress(FileNotFoundError):
                held[path.name] = stack.enter_context(path.open("rb"))
