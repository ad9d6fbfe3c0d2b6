"""A keyed shuffle over files: records that share a key meet in one bucket, on one machine or on a cluster.

A step of work reads some of its input and *sends* records by key; when all have sent, the next step *receives* bucket
by bucket. What is on its way stands in files, each whole or not at all, so a step that was lost is done again and one
that was done is not.
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
    """A step of a shuffle that failed wherever it was tried."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Records on their way from one step to the next.

    Every sender writes one archive with a member for each bucket; a receiver reads its member of each. Records are
    pickled: the folder must be as trusted as the scheduler, which runs what it is sent.

    Args:
        url: a folder or fsspec URL of this exchange alone.
        buckets: how many receivers share the keys.
    """

    url: str
    buckets: int

    def bucket(self, key: str) -> int:
        """Where a key's records meet; the same in every process."""
        return zlib.crc32(key.encode()) % self.buckets

    def sent(self, sender: str) -> bool:
        """Whether a sender has sent all it had."""
        import fsspec

        filesystem, path = fsspec.core.url_to_fs(f"{self.url}/{sender}.zip")
        return bool(filesystem.exists(path))

    def send(self, sender: str, records: Iterable[tuple[str, Any]]) -> None:
        """Write one sender's records, all of them; sending again replaces them."""
        waiting: dict[int, io.BytesIO] = defaultdict(io.BytesIO)
        for key, value in records:
            pickle.dump((key, value), waiting[self.bucket(key)], protocol=5)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for bucket in sorted(waiting):
                archive.writestr(f"{bucket}", waiting.pop(bucket).getvalue())
        write_whole(f"{self.url}/{sender}.zip", out.getvalue())

    def receive(self, bucket: int) -> Iterator[tuple[str, Any]]:
        """The records of one bucket, sender by sender; of one sender at a time in memory."""
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
    """The results of a step for all items, on a Dask cluster or, without an address, in this process.

    Raises:
        LostStep: if an item failed on every worker that tried it; what was done stays done.
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
    """Write a file to a folder or any fsspec URL so that nobody sees half of it."""
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(url)
    filesystem.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    part = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
    with filesystem.open(part, "wb") as stream:
        stream.write(content)
    filesystem.mv(part, path)
