"""Whole stores out and in again: backup, restore; what is written is read again and compared."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from kg.store import damage
from kg.store.base import Store, StoreError
from kg.store.embedded import EmbeddedStore
from kg.store.folder import FolderStore
from kg.store.parsing import parse

#: Quads per transaction where a store takes no bulk load.
BATCH = 20_000
#: Beside a copied folder: the number of its quads, and their sum.
_SUM = "backup.json"
#: The first line of a backup in N-Quads, and what begins its last: a comment that tells the number and sum of its quads.
_BEGINS, _ENDS = b"# A backup by Iibun, whole if its last line is its sum.\n", b"# Iibun: "

_FORMATS = {
    ".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG, ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML, ".jsonld": ox.RdfFormat.JSON_LD,
}  # fmt: skip


def backup(store: Store, path: Path) -> int:
    """Write a backup and verify it: N-Quads for ``.nq`` or ``.nq.gz``, else a copy of the store in a new folder.

    Args:
        store: any store; a copy of the folder needs one that this process holds, not a remote one.
        path: what to write; a folder must not exist yet.

    Returns:
        The number of quads.

    Raises:
        StoreError: if it cannot be written, or does not read back the same.
    """
    if not _is_quads(path):
        return _copy(store, path)
    part = path.with_name(path.name + ".part")
    try:
        with _writing(part) as out:
            wrote = _Sum()
            out.write(_BEGINS)
            ox.serialize(wrote.over(store.quads()), out, format=ox.RdfFormat.N_QUADS)
            out.write(wrote.last_line())
        with _reading(part) as f:
            read = _sum(parse(f, ox.RdfFormat.N_QUADS, f"The backup {path}"))
        if read != wrote:
            raise StoreError(f"The backup {path} does not read back as it was written; the disk may be at fault.")
        with part.open("rb") as f:
            os.fsync(f.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(f"The backup {path} cannot be written: {error.strerror or error}.") from None
    finally:
        part.unlink(missing_ok=True)
    return wrote.count


def restore(store: Store, path: Path) -> int:
    """Read a backup (N-Quads or a copied folder) into an empty store and verify it.

    It is read whole before anything is written: to take back what was written would take what others write meanwhile.

    Raises:
        StoreError: if the store is not empty, the backup is not readable, or what arrives differs.
    """
    if store.graphs():
        raise StoreError(
            "The store is not empty; restore into a new one (--store FOLDER), or add it to this one with `iibun load`."
        )
    source = backup_at(path)
    if source.is_dir():
        try:
            if not damage.verify(source, whole=True):
                damage.try_to_open(source)
            with damage.telling(source), EmbeddedStore(source, read_only=True) as old:
                if _noted(path) not in (None, _sum(old.quads()).digest):
                    raise _not_as_written(path)
                wrote = _fill(store, old.quads())
        except damage.Damaged as error:
            raise StoreError(
                f"The backup {path} is damaged: {error.file} {error.what}. Restore another one, or save what can be read: "
                f"`iibun salvage {path} --to NEW`."
            ) from None
    else:
        if not _as_summed(path, _sum(_parsed(path))):
            raise _not_as_written(path)
        wrote = _fill(store, _parsed(path))
    found = _sum(store.quads())
    if found != wrote:
        raise StoreError(f"The store differs from the backup {path}: {found.count:,} quads instead of {wrote.count:,}.")
    return wrote.count


def backup_at(path: Path) -> Path:
    """What a backup is read from: the file, or the folder that holds the graph.

    Raises:
        StoreError: if there is nothing that ``iibun backup`` writes, saying what that would be.
    """
    wanted = "`iibun backup` writes a file ending in .nq or .nq.gz, or a folder with a folder graph in it"
    if path.is_dir():
        for source in (path / "graph", path):
            if (source / "CURRENT").is_file():  # every RocksDB has one
                return source
        said = "is empty" if not any(path.iterdir()) else "holds no backup"
        raise StoreError(f"The folder {str(path)!r} {said}: {wanted}.")
    if not path.exists():
        raise StoreError(f"There is no backup {str(path)!r}: {wanted}.")
    format_of(path)
    return path


def bulk(store: Store, quads: Iterable[ox.Quad]) -> None:
    """All quads at once where Oxigraph is in this process, else in batches."""

    def at_once(inner: Store) -> bool:
        if isinstance(inner, EmbeddedStore):
            inner.bulk(quads)
        return isinstance(inner, EmbeddedStore)

    if not (store.work(at_once) if isinstance(store, FolderStore) else at_once(store)):
        for batch in _batches(quads):  # each by itself: one that a server did not take before it went is written again
            store.insert(batch)


def _fill(store: Store, quads: Iterable[ox.Quad]) -> _Sum:
    total = _Sum()
    bulk(store, total.over(quads))
    return total


def _parsed(path: Path) -> Iterator[ox.Quad]:
    try:
        with _reading(path) as f:
            yield from parse(f, format_of(path), f"The backup {path}")
    except (SyntaxError, EOFError, OSError, zlib.error) as error:
        raise StoreError(f"The backup {path} is not readable: {error}.") from None


def _not_as_written(path: Path) -> StoreError:
    return StoreError(f"The backup {path} is damaged: it does not hold what was written to it.")


def _batches(quads: Iterable[ox.Quad]) -> Iterator[list[ox.Quad]]:
    batch: list[ox.Quad] = []
    for q in quads:
        batch.append(q)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _copy(store: Store, path: Path) -> int:
    """A folder with the store's files, consistent even while it is written to."""
    if path.exists():
        raise StoreError(
            f"{str(path)!r} exists already; a backup goes into a new folder, or into a file ending in .nq.gz."
        )
    if isinstance(store, FolderStore):
        return store.work(lambda inner: _copy(inner, path))
    if not isinstance(store, EmbeddedStore):
        raise StoreError("A copy of the folder is made where the store is held; name a file ending in .nq.gz instead.")
    snapshot = store.snapshot("backup")
    part = path.with_name(path.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)  # of one that was killed
        part.mkdir(parents=True)
        shutil.copytree(snapshot, part / "graph")
        with EmbeddedStore(part / "graph") as copy, EmbeddedStore(snapshot, read_only=True) as source:
            here, there = _sum(copy.quads()), _sum(source.quads())
        if here != there:
            raise StoreError(f"The backup {path} does not read back as it was written; the disk may be at fault.")
        (part / _SUM).write_text(json.dumps({"quads": here.count, "sum": here.digest}), "utf-8")
        part.replace(path)
        return here.count
    except OSError as error:
        raise StoreError(f"The backup {path} cannot be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(snapshot, ignore_errors=True)
        shutil.rmtree(part, ignore_errors=True)


def _noted(path: Path) -> str | None:
    """The sum that was noted when a folder was copied; None if it is no such copy."""
    try:
        return str(json.loads((path / _SUM).read_text("utf-8"))["sum"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _as_summed(path: Path, found: _Sum) -> bool:
    """Whether N-Quads are what their last line says, if they are a backup of ours."""
    first = last = b""
    with _reading(path) as f:
        for line in f:
            first, last = first or line, line
    ours = first == _BEGINS or last.startswith(_ENDS)
    return not ours or (first == _BEGINS and last == found.last_line())


class _Sum:
    """Number and order-independent sum of quads, taken as they pass."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def over(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        for q in quads:
            self.count += 1
            self._sum ^= int.from_bytes(hashlib.blake2b(str(q).encode(), digest_size=16).digest())
            yield q

    def last_line(self) -> bytes:
        """What ends a backup in N-Quads."""
        return _ENDS + f"{self.count} quads, sum {self.digest}.\n".encode()

    @property
    def digest(self) -> str:
        return f"{self._sum:032x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sum) and (self.count, self._sum) == (other.count, other._sum)

    __hash__ = None  # type: ignore[assignment]


def _sum(quads: Iterable[ox.Quad]) -> _Sum:
    total = _Sum()
    for _ in total.over(quads):
        pass
    return total


def _is_quads(path: Path) -> bool:
    return path.name.lower().endswith((".nq", ".nq.gz"))


def format_of(path: Path) -> ox.RdfFormat:
    """The RDF format that a file's ending names, before ``.gz``.

    Raises:
        StoreError: with the choices.
    """
    name = path.name.lower().removesuffix(".gz")
    for ending, format in _FORMATS.items():
        if name.endswith(ending):
            return format
    raise StoreError(
        f"{str(path)!r} is of no kind that can be loaded; endings: {', '.join(_FORMATS)}, with or without .gz."
    )


def _reading(path: Path) -> IO[bytes]:
    return (
        cast("IO[bytes]", gzip.open(path, "rb")) if path.name.removesuffix(".part").endswith(".gz") else path.open("rb")
    )


def _writing(path: Path) -> IO[bytes]:
    if path.name.removesuffix(".part").endswith(".gz"):
        return cast("IO[bytes]", gzip.GzipFile(path, "wb", mtime=0))
    return path.open("wb")
