"""A keyed shuffle over files, as in MapReduce: records with the same key meet in one bucket, on one machine or a cluster.

Each worker of a step *sends* records by key. When all have sent, the workers of the next step *receive* them, bucket by
bucket. Records are kept in files that appear whole or not at all. So lost work can be repeated, and finished work is not
done again.
"""

from __future__ import annotations

import io
import pickle
import uuid
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from kg.errors import IibunError

Item = TypeVar("Item")
Result = TypeVar("Result")


class LostStep(IibunError):
    """A part of a step failed on every worker that tried it."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Records between one step and the next.

    Every sender writes one zip archive with a member for each bucket; a receiver reads its member of each archive. Records
    are pickled, and loading a pickle can run code, so only trusted users may write to the folder.

    Args:
        url: a folder or fsspec URL that only this exchange uses.
        buckets: number of buckets.
    """

    url: str
    buckets: int

    def bucket(self, key: str) -> int:
        """The bucket of a key; the same in every process (unlike ``hash``)."""
        return zlib.crc32(key.encode()) % self.buckets

    def sent(self, sender: str) -> bool:
        """Whether a sender has sent its records."""
        import fsspec

        filesystem, path = fsspec.core.url_to_fs(f"{self.url}/{sender}.zip")
        return bool(filesystem.exists(path))

    def send(self, sender: str, records: Iterable[tuple[str, Any]]) -> None:
        """Write all records of one sender; sending again replaces them.

        Args:
            sender: the sender's name, which becomes a file name.
            records: keys and values; values must be picklable.
        """
        waiting: dict[int, io.BytesIO] = defaultdict(io.BytesIO)
        for key, value in records:
            pickle.dump((key, value), waiting[self.bucket(key)], protocol=5)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for bucket in sorted(waiting):
                archive.writestr(f"{bucket}", waiting.pop(bucket).getvalue())
        write_whole(f"{self.url}/{sender}.zip", out.getvalue())

    def receive(self, bucket: int) -> Iterator[tuple[str, Any]]:
        """The records of one bucket, sender by sender, with those of one sender at a time in memory."""
        import fsspec

        filesystem, path = fsspec.core.url_to_fs(self.url)
        if not filesystem.exists(path):
            return
        for name in sorted(str(n) for n in filesystem.ls(path, detail=False) if str(n).endswith(".zip")):
            with filesystem.open(name, "rb") as stream, zipfile.ZipFile(stream) as archive:
                if f"{bucket}" not in archive.namelist():
                    continue
                content = io.BytesIO(archive.read(f"{bucket}"))
            while content.tell() < content.getbuffer().nbytes:
                yield pickle.load(content)

    def groups(self, bucket: int) -> dict[str, list[Any]]:
        """The records of one bucket by key."""
        found: dict[str, list[Any]] = defaultdict(list)
        for key, value in self.receive(bucket):
            found[key].append(value)
        return found


def each(step: Callable[[Item], Result], items: Iterable[Item], address: str | None) -> list[Result]:
    """The results of a step for all items, computed on a Dask cluster or, without an address, in this process.

    Args:
        step: the function to call for each item; must be picklable for a cluster.
        items: its arguments.
        address: of a Dask scheduler, or None.

    Returns:
        The results, on a cluster in any order.

    Raises:
        LostStep: if an item failed on every worker that tried it. What the others sent is kept.
    """
    if address is None:
        return [step(item) for item in items]
    from ingest.cluster import map_chunks

    found, lost = [], []
    for _, result, error in map_chunks(items, address, step):
        if error is None:
            found.append(result)
        else:
            lost.append(error)
    if lost:
        raise LostStep(f"{len(lost)} pieces of work were lost, the first with {lost[0]}; run it again to go on.")
    return found  # type: ignore[return-value]


def write_whole(url: str, content: bytes) -> None:
    """Write a file to a folder or any fsspec URL so that it appears whole or not at all."""
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(url)
    filesystem.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    part = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
    with filesystem.open(part, "wb") as stream:
        stream.write(content)
    filesystem.mv(part, path)
