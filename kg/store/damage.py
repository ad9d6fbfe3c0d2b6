"""Detect damage in the files of a store.

Oxigraph keeps a store in RocksDB, which checks a block of a file only when it reads it. A query that meets a damaged block may
never end, and a truncated log cannot be told from a short one. So the files are compared with the note of their checksums
(:mod:`kg.store.checksums`) before a folder is opened.

``python -m kg.store.damage GRAPH READ`` tries to open a store in a process of its own, since trying may crash or never end.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from kg.store import rocksdb
from kg.store.base import StoreError
from kg.store.checksums import identity, number, of_file, read

#: Bytes up to which all files of a store are read each time it is opened; of a larger one, those that seem to have changed.
SMALL = 8 << 20
#: Bytes of memory and seconds that a process may use to try whether a store can be opened.
MEMORY, PATIENCE = 4 << 30, 120.0
#: Seconds after which a running query causes a check of the store's files.
LONG = 4.0

_FILE = re.compile(r"\b(\d{6,}\.(?:sst|log)|MANIFEST-\d+|CURRENT)\b")
#: Words in the error messages of Oxigraph and RocksDB about damage.
_SAID = re.compile(
    r"corrupt|While (?:open(?:ing)? a|link) file|decod|\bid2str\b|not able to|unexpected|invalid", re.IGNORECASE
)


class Damaged(StoreError):
    """A store's files are damaged: ``file`` is the file's name, ``what`` says what is wrong with it."""

    file = what = ""


def damaged(graph: Path, file: str, what: str) -> Damaged:
    """The error about a damaged file, with a message that says how to recover.

    Args:
        graph: the folder with Oxigraph's files.
        file: the damaged file's name.
        what: what is wrong with it: "is missing", "is not as it was written".
    """
    folder = graph.parent
    error = Damaged(
        f"The store {folder} is damaged: {file} {what}. Restore a backup into a new folder "
        f"(`iibun restore BACKUP --store NEW`), or save what can be read: `iibun salvage {folder} --to NEW`."
    )
    error.file, error.what = file, what
    return error


def explained(graph: Path, error: Exception) -> Damaged | None:
    """Our error for an error of Oxigraph that is about damage; None for any other error."""
    said = " ".join(str(error).split())
    if not isinstance(error, RuntimeError | OSError) or isinstance(error, StoreError) or not _SAID.search(said):
        return None
    if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
        return None
    names = _FILE.findall(said)
    what = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({said[:120].rstrip('. ')})"
    return damaged(graph, names[0] if names else "graph", what)


def is_told(said: str) -> bool:
    """Whether an error message may be about damage."""
    return bool(_SAID.search(said))


@contextmanager
def telling(graph: Path | None) -> Iterator[None]:
    """A context that turns Oxigraph's errors about damage into :class:`Damaged`; does nothing if ``graph`` is None."""
    try:
        yield
    except (RuntimeError, OSError) as error:
        if graph is not None and (told := explained(graph, error)):
            raise told from None
        raise


@contextmanager
def watched(graph: Path) -> Iterator[None]:
    """As :func:`telling`, for a query, which may never end if it meets a damaged block.

    If it still runs after :data:`LONG` seconds, the store's files are verified. If one is damaged, this process prints the error
    and exits, since a query cannot be stopped otherwise.
    """
    mine = object()
    with _running_lock:
        if not _watchmen:
            _watchmen.append(threading.Thread(target=_watch, daemon=True))
            _watchmen[0].start()
        _running[mine] = (graph, time.monotonic())
    try:
        with telling(graph):
            yield
    finally:
        _running.pop(mine, None)


_running: dict[object, tuple[Path, float]] = {}
_running_lock = threading.Lock()
_watchmen: list[threading.Thread] = []


def _watch() -> None:
    seen: set[object] = set()
    while True:
        time.sleep(LONG / 4)
        for key, (graph, since) in list(_running.items()):
            if key in seen or time.monotonic() - since < LONG:
                continue
            seen.add(key)
            try:
                verify(graph, whole=True, open=True)
            except Damaged as error:
                print(f"iibun: {error}", file=sys.stderr, flush=True)
                os._exit(1)
            except OSError:
                pass
        seen &= _running.keys()


def verify(graph: Path, *, whole: bool = False, open: bool = False) -> bool:
    """Compare a graph's files with the note.

    Args:
        graph: the folder with Oxigraph's files.
        whole: read every file; if false, only those that seem to have changed, or all of a small store.
        open: a process has the store open, so that files may appear and disappear during the check.

    Returns:
        Whether the files are exactly those of the note; false if files were added or removed since.

    Raises:
        Damaged: if a file is damaged; it names the file.
    """
    current = graph / "CURRENT"
    try:
        said = current.read_bytes()
    except FileNotFoundError:
        if any(graph.glob("*.sst")):
            raise damaged(graph, "CURRENT", "is missing") from None
        return False  # nothing has been written yet
    name = re.fullmatch(rb"(MANIFEST-\d{6,})\n", said)
    if not name:
        raise damaged(graph, "CURRENT", "does not name a MANIFEST")
    manifest = name[1].decode()
    if not (graph / manifest).is_file():
        raise damaged(graph, manifest, "is missing")
    for log in () if open else graph.glob("*.log"):
        if log.stat().st_size:
            _check_log(graph, log)
    note = read(graph)
    if note is None or note.identity != identity(graph) or number(manifest) < number(note.manifest):
        return False
    same = manifest == note.manifest
    if same:
        content, noted = (graph / manifest).read_bytes(), note.content()
        if len(content) < len(noted):
            raise damaged(graph, manifest, f"has {len(content):,} bytes instead of {len(noted):,}")
        if not content.startswith(noted):
            raise damaged(graph, manifest, "is not as it was written")
        same = len(content) == len(noted) and not open
    everything = whole or sum(int(f[0]) for f in note.files.values()) <= SMALL
    for file, (size, checksum, changed, inode) in note.files.items():
        try:
            is_now = (graph / file).stat()
        except FileNotFoundError:
            if same or (open and file in _listed(graph)):
                raise damaged(graph, file, "is missing") from None
            continue  # RocksDB has merged it into other files
        if is_now.st_size != size:
            raise damaged(graph, file, f"has {is_now.st_size:,} bytes instead of {size:,}")
        if (everything or (is_now.st_mtime_ns, is_now.st_ino) != (changed, inode)) and not _is(graph / file, checksum):
            raise damaged(graph, file, "is not as it was written")
    return same


def _listed(graph: Path) -> set[str]:
    """The files that the MANIFEST lists now. A file that is listed here and does not exist is missing."""
    with suppress(OSError, rocksdb.NotWhole):
        manifest = (graph / "CURRENT").read_text("ascii").strip()
        return {table.file for table in rocksdb.tables((graph / manifest).read_bytes(), check=False).values()}
    return set()


def before(graph: Path) -> None:
    """Check a graph before it is opened for writing; if it differs from its note, also try to open it in another process.

    Raises:
        Damaged: if a file is damaged; it names the file.
    """
    if verify(graph) or not (graph / "CURRENT").exists() or _is_bare(graph):
        return
    size = sum(f.stat().st_size for f in graph.glob("*.sst"))
    try_to_open(graph, "everything" if read(graph) is None and size <= SMALL else "graphs")


def _is_bare(graph: Path) -> bool:
    """Whether nothing has been written yet, as when the process that created the store was killed early."""
    if any(graph.glob("*.sst")) or any(log.stat().st_size for log in graph.glob("*.log")):
        return False
    manifest = graph / (graph / "CURRENT").read_text("ascii").strip()
    with suppress(rocksdb.NotWhole):
        return not rocksdb.tables(manifest.read_bytes())
    return False


def try_to_open(graph: Path, read: Literal["nothing", "graphs", "everything"] = "graphs") -> None:
    """Open a store for reading in a process of its own, with limited memory and time.

    Args:
        graph: the folder with Oxigraph's files; nobody may write to it meanwhile.
        read: what to read after opening: nothing, the names of the graphs, or everything (then time is not limited).

    Raises:
        Damaged: if it cannot be opened or read.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "kg.store.damage", str(graph.resolve()), read],
            capture_output=True,
            timeout=None if read == "everything" else PATIENCE,
            cwd=Path(__file__).resolve().parents[2],
        )
    except subprocess.TimeoutExpired:
        raise damaged(graph, "graph", f"could not be read within {PATIENCE:.0f} seconds") from None
    if done.returncode == 0:
        return
    said = done.stdout.decode("utf-8", "replace").strip()
    raise explained(graph, RuntimeError(said)) or damaged(graph, "graph", "cannot be read in any reasonable memory")


def bounded(memory: int = MEMORY) -> None:
    """Limit the memory of this process, if the system supports it.

    Args:
        memory: bytes of address space.
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (ImportError, ValueError, OSError):
        pass


def _check_log(graph: Path, log: Path) -> None:
    try:
        for _ in rocksdb.records(log.read_bytes(), number=int(log.stem)):
            pass
    except rocksdb.NotWhole as error:
        raise damaged(graph, log.name, str(error)) from None


def _is(path: Path, checksum: int | str) -> bool:
    try:
        return of_file(path) == checksum
    except FileNotFoundError:
        return True  # just merged into other files


def _main(graph: str, read: str) -> int:
    bounded()
    import pyoxigraph as ox

    try:
        store = ox.Store.read_only(graph)
        for name in store.named_graphs() if read != "nothing" else ():
            if read == "everything":
                for _ in store.quads_for_pattern(None, None, None, name):
                    pass
    except (RuntimeError, OSError, MemoryError) as error:
        print(f"Corruption: {error}" if isinstance(error, MemoryError) else error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
