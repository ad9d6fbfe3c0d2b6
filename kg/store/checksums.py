"""The note of a store's files: their names and checksums when they were last known to be sound.

It is a file beside the graph (``checksums.json``), written when the folder is opened and when it is closed, and compared by
:mod:`kg.store.damage`. A file never changes once it is written, except the MANIFEST (RocksDB's list of files), which only grows.
So files that were written after the note, by a process that was killed, are never taken for damage.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kg.store import rocksdb

#: The note's file, beside the graph's folder.
NOTE = "checksums.json"


@dataclass(slots=True)
class Note:
    """The state of a graph's files when the note was written.

    Attributes:
        identity: RocksDB's identifier of the store.
        manifest: the MANIFEST's name.
        packed: the MANIFEST's content at that time, compressed, in Base64.
        files: file name → size in bytes, checksum, time of change in nanoseconds, inode number.
    """

    identity: str
    manifest: str
    packed: str
    files: dict[str, list[int | str]] = field(default_factory=dict)

    def content(self) -> bytes:
        """The MANIFEST's content at that time."""
        return zlib.decompress(base64.b64decode(self.packed))


def write(graph: Path, *, verified: bool = False) -> None:
    """Write the note of a graph that this process has open, while nobody writes to the graph.

    Damage that happened since the last note must not be noted as correct. So the entry of a known file is kept as it was, and if
    the MANIFEST is damaged or the disk is full, the whole note is kept. An old note is no problem: files that are newer than it
    are never taken for damage.

    Args:
        graph: the folder with Oxigraph's files.
        verified: the files have just been compared with the last note.
    """
    with suppress(OSError, rocksdb.NotWhole):
        _write(graph, verified)


def _write(graph: Path, verified: bool) -> None:
    manifest = (graph / "CURRENT").read_text("ascii").strip()
    content = (graph / manifest).read_bytes()
    old = read(graph)
    if old and (old.identity != identity(graph) or number(manifest) < number(old.manifest)):
        old = None
    if old and old.manifest == manifest and not content.startswith(old.content()):
        if not verified:
            return
        old = None  # somebody restored an older state of the store, whose MANIFEST now has the same number
    note = Note(identity(graph), manifest, base64.b64encode(zlib.compress(content, 1)).decode())
    for table in rocksdb.tables(content).values():
        there = old.files.get(table.file) if old else None
        if there is not None and not verified:
            note.files[table.file] = there
            continue
        try:
            is_now = (graph / table.file).stat()
            fits = there is not None and there[0] == is_now.st_size
            checksum = there[1] if there is not None and fits else of_file(graph / table.file)
        except FileNotFoundError:
            continue  # just merged into other files, which the next note will have
        note.files[table.file] = [is_now.st_size, checksum, is_now.st_mtime_ns, is_now.st_ino]
    body = json.dumps(asdict(note), separators=(",", ":"))
    part = graph.parent / f"{NOTE}.{os.getpid()}"
    part.write_text(json.dumps({"checksum": _checksum(body.encode()), "note": body}), "utf-8")
    part.replace(graph.parent / NOTE)


def read(graph: Path) -> Note | None:
    """The note of a graph; None if there is none or it is damaged itself."""
    try:
        found = json.loads((graph.parent / NOTE).read_bytes())
        if _checksum(found["note"].encode()) != found["checksum"]:
            return None
        return Note(**json.loads(found["note"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def identity(graph: Path) -> str:
    """RocksDB's identifier of a graph; empty if it has none yet."""
    try:
        return (graph / "IDENTITY").read_text("ascii", errors="replace").strip()
    except OSError:
        return ""


def number(manifest: str) -> int:
    """The number in a MANIFEST's name."""
    return int(manifest.rpartition("-")[2])


def _checksum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def of_file(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb", buffering=0) as f:
        return hashlib.file_digest(f, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
