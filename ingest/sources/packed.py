"""Compressed files (.gz, .bz2, .xz): what is in them, up to a limit; archives of many pages are streamed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Any, BinaryIO

from ingest.sources.document import MAX_BYTES, Document, Malformed, Refused, TooLarge, Truncated, Yield

_PACKED: tuple[tuple[bytes, Callable[[BinaryIO], Any]], ...] = (
    (b"\x1f\x8b", lambda packed: gzip.GzipFile(fileobj=packed)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ", lzma.LZMAFile),
)


class Unpacked(io.RawIOBase):
    """The unpacked bytes of a stream as far as they can be had; ``cut`` says why they end early, if they do."""

    def __init__(self, packed: BinaryIO) -> None:
        head = packed.read(6)
        packed.seek(0)
        self._packed = packed
        self._inner: Any = next((opened(packed) for mark, opened in _PACKED if head.startswith(mark)), packed)
        self.cut: str | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.cut:
            return 0
        try:
            data = self._inner.read1(len(buffer))
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            self.cut = str(error).rstrip(".")[:100] or "it ends too early"
            return 0
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._packed.close()
        super().close()


class Stream(io.BufferedReader):
    """What :func:`stream_of` gives."""

    @property
    def cut(self) -> str | None:
        """Why the bytes end before they should; None where they are whole, as far as they have been read."""
        return self.raw.cut if isinstance(self.raw, Unpacked) else None


def stream_of(document: Document) -> Stream:
    """The unpacked bytes of a document as a stream; the bytes themselves where it is not packed."""
    return Stream(Unpacked(document.open()), 65536)


def told(document: Document, stream: Stream) -> Iterator[Refused]:
    """What tells that a stream was cut, after all that could be read of it."""
    if stream.cut:
        error = Truncated(f"{document.shown} cannot be unpacked to its end ({stream.cut}); what comes before is read.")
        yield Refused(document.name, error)


def whole_characters(data: bytes) -> bytes:
    """Bytes that were cut, without the half of a UTF-8 character that the cut left at their end."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return data[: error.start]
    return data


def read(document: Document) -> Yield:
    """The document inside: archives and dumps as they are (their readers stream), others unpacked up to 20 MB."""
    with stream_of(document) as stream:
        head = stream.read(3000)
        inner = PurePath(document.name).stem
        if head.startswith(b"WARC/"):
            yield replace(document, kind="warc")
            return
        if b"<mediawiki" in head:
            yield replace(document, kind="mediawiki")
            return
        if inner.lower().endswith((".jsonl", ".ndjson", ".csv", ".tsv")):
            yield replace(document, name=inner, kind="rows")
            return
        content = head + stream.read(MAX_BYTES + 1 - len(head))
        if not content and stream.cut:
            raise Malformed(f"{document.shown} cannot be unpacked: {stream.cut}.")
        if len(content) > min(MAX_BYTES, document.allowance.left):
            raise TooLarge(f"{document.shown} unpacks to more than {MAX_BYTES // 1_000_000} MB; it is not read.")
        document.allowance.left -= len(content)
        content = whole_characters(content) if stream.cut else content
        yield Document(inner, content=content, metadata=document.metadata)
        yield from told(document, stream)
