"""Back up and restore whole stores; what is written is read again and compared.

A backup is a file of N-Quads or a copy of the store's folder. Both record the number and a checksum of the quads.
"""

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

from kg.files import replacing
from kg.store import damage
from kg.store.base import Store, StoreError
from kg.store.embedded import EmbeddedStore
from kg.store.folder import FolderStore
from kg.store.parsing import parse

#: Quads per transaction if a store has no bulk load.
BATCH = 20_000
#: File in a copied folder with the number and the checksum of its quads.
_SUM = "backup.json"
#: First line of a backup in N-Quads, and the beginning of its last line, a comment with the number and checksum of its quads.
_BEGINS, _ENDS = b"# A backup by Iibun, whole if its last line is its sum.\n", b"# Iibun: "

_FORMATS = {
    ".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG, ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML, ".jsonld": ox.RdfFormat.JSON_LD,
}  # fmt: skip


def backup(store: Store, path: Path) -> int:
    """Write a backup and verify it: N-Quads for ``.nq`` or ``.nq.gz``, else a copy of the store in a new folder.

    Args:
        store: any store; a copy of the folder needs a store that this process can open, not a server.
        path: the file or folder to write; a folder must not exist yet, and a file must be an older backup if it does.

    Returns:
        The number of quads.

    Raises:
        StoreError: if it cannot be written, or what is read back differs.
    """
    if not _is_quads(path):
        return _copy(store, path)
    try:
        if path.exists() and path.stat().st_size and not _is_ours(path):
            raise StoreError(f"{str(path)!r} exists already and is no backup; name another file.")
        with replacing(path) as new:
            with _writing(new, packed=_is_packed(path)) as out:
                wrote = _Sum()
                out.write(_BEGINS)
                ox.serialize(wrote.over(store.quads()), out, format=ox.RdfFormat.N_QUADS)
                out.write(wrote.last_line())
            with _reading(new, packed=_is_packed(path)) as f:
                read = _sum(parse(f, ox.RdfFormat.N_QUADS, f"The backup {path}"))
            if read != wrote:
                raise StoreError(f"The backup {path} does not read back as it was written; the disk may be at fault.")
            with new.open("rb") as f:
                os.fsync(f.fileno())
    except OSError as error:
        raise StoreError(f"The backup {path} cannot be written: {error.strerror or error}.") from None
    return wrote.count


def restore(store: Store, path: Path) -> int:
    """Read a backup (N-Quads or a copied folder) into an empty store and verify it; return the number of quads.

    The backup is checked completely before anything is written, since undoing a partial restore could also remove what others
    have written meanwhile.

    Raises:
        StoreError: if the store is not empty, the backup cannot be read or is damaged, or the result differs from it.
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
    """The path from which a backup is read: the file, or the folder with the graph's files.

    Raises:
        StoreError: if the path is no backup; it says what ``iibun backup`` writes.
    """
    wanted = "`iibun backup` writes a file ending in .nq or .nq.gz, or a folder with a folder graph in it"
    if path.is_dir():
        for source in (path / "graph", path):
            if (source / "CURRENT").is_file():  # every RocksDB folder has this file
                return source
        said = "is empty" if not any(path.iterdir()) else "holds no backup"
        raise StoreError(f"The folder {str(path)!r} {said}: {wanted}.")
    if not path.exists():
        raise StoreError(f"There is no backup {str(path)!r}: {wanted}.")
    format_of(path)
    return path


def bulk(store: Store, quads: Iterable[ox.Quad]) -> None:
    """Add many quads: with one bulk load if the store's Oxigraph is in this process, else in batches."""

    def at_once(inner: Store) -> bool:
        if isinstance(inner, EmbeddedStore):
            inner.bulk(quads)
        return isinstance(inner, EmbeddedStore)

    if not (store.work(at_once) if isinstance(store, FolderStore) else at_once(store)):
        for batch in _batches(quads):  # if the server disappears, only the current batch is sent again
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
    """Copy the store's files to a folder, consistent even while others write; return the number of quads."""
    if path.exists():
        raise StoreError(
            f"{str(path)!r} exists already; a backup goes into a new folder, or into a file ending in .nq.gz."
        )
    if isinstance(store, FolderStore):
        return store.work(lambda inner: _copy(inner, path))
    if not isinstance(store, EmbeddedStore):
        raise StoreError("A copy of the folder is made where the store is held; name a file ending in .nq.gz instead.")
    snapshot = store.snapshot("backup")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as new:
            shutil.copytree(snapshot, new / "graph")
            with EmbeddedStore(new / "graph") as copy, EmbeddedStore(snapshot, read_only=True) as source:
                here, there = _sum(copy.quads()), _sum(source.quads())
            if here != there:
                raise StoreError(f"The backup {path} does not read back as it was written; the disk may be at fault.")
            (new / _SUM).write_text(json.dumps({"quads": here.count, "sum": here.digest}), "utf-8")
        return here.count
    except OSError as error:
        raise StoreError(f"The backup {path} cannot be written: {_reason(error)}.") from None
    finally:
        shutil.rmtree(snapshot, ignore_errors=True)


def _reason(error: OSError) -> str:
    """Why a folder could not be copied: the first file's reason, where copying lists one for each file."""
    listed = error.args[0] if isinstance(error, shutil.Error) and error.args else None
    if isinstance(listed, list) and listed:
        said = str(listed[0][2])
        return said.partition("] ")[2].partition(": ")[0] or said
    return error.strerror or str(error)


def _noted(path: Path) -> str | None:
    """The checksum in a copied folder's ``backup.json``; None if there is none."""
    try:
        return str(json.loads((path / _SUM).read_text("utf-8"))["sum"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_ours(path: Path) -> bool:
    """Whether a file begins as a backup in N-Quads does."""
    try:
        with _reading(path) as f:
            return f.readline(len(_BEGINS)) == _BEGINS
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return False


def _as_summed(path: Path, found: _Sum) -> bool:
    """Whether the quads of a file match its last line; for a file that is no backup of ours, whether it has any."""
    first = last = b""
    with _reading(path) as f:
        for line in f:
            first, last = first or line, line
    ours = first == _BEGINS or last.startswith(_ENDS)
    return first == _BEGINS and last == found.last_line() if ours else found.count > 0


class _Sum:
    """Number and order-independent checksum of quads, computed while they pass."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def over(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        for q in quads:
            self.count += 1
            self._sum ^= int.from_bytes(hashlib.blake2b(str(q).encode(), digest_size=16).digest())
            yield q

    def last_line(self) -> bytes:
        """The last line of a backup in N-Quads."""
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
    """The RDF format of a file by its ending, before ``.gz``.

    Raises:
        StoreError: if no format has this ending; it names the choices.
    """
    name = path.name.lower().removesuffix(".gz")
    for ending, format in _FORMATS.items():
        if name.endswith(ending):
            return format
    raise StoreError(
        f"{str(path)!r} is of no kind that can be loaded; endings: {', '.join(_FORMATS)}, with or without .gz."
    )


def _is_packed(path: Path) -> bool:
    return path.name.endswith(".gz")


def _reading(path: Path, *, packed: bool | None = None) -> IO[bytes]:
    packed = _is_packed(path) if packed is None else packed
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _writing(path: Path, *, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(path, "wb", mtime=0)) if packed else path.open("wb")
