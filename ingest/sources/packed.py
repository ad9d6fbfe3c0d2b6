"""Compressed files (.gz, .bz2, .xz): the document inside, up to a limit. Archives of many pages are streamed."""

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

#: For each format: its first bytes, and what opens it.
_PACKED: tuple[tuple[bytes, Callable[[BinaryIO], Any]], ...] = (
    (b"\x1f\x8b", lambda packed: gzip.GzipFile(fileobj=packed)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ", lzma.LZMAFile),
)


class Unpacked(io.RawIOBase):
    """The unpacked bytes of a stream, as far as they can be unpacked; those of other streams as they are.

    A stream that is damaged or cut ends early instead of raising, so that what comes before can be read.

    Attributes:
        cut: why the bytes end early; None while no damage was met.
    """

    def __init__(self, packed: BinaryIO) -> None:
        """Args:
        packed: a seekable stream; it is closed with this one.
        """
        head = packed.read(6)
        packed.seek(0)
        self._packed = packed
        self._inner: Any = next((opened(packed) for mark, opened in _PACKED if head.startswith(mark)), packed)
        self.cut: str | None = None

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read unpacked bytes into a buffer; 0 at the end, also an early one."""
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
        """Close this stream and the one below."""
        if not self.closed:
            self._inner.close()
            self._packed.close()
        super().close()


class Stream(io.BufferedReader):
    """A buffered stream over :class:`Unpacked` bytes, from :func:`stream_of`."""

    @property
    def cut(self) -> str | None:
        """Why the bytes end early; None if they are whole, as far as they have been read."""
        return self.raw.cut if isinstance(self.raw, Unpacked) else None


def stream_of(document: Document) -> Stream:
    """Open a document as a stream of unpacked bytes; the caller closes it."""
    return Stream(Unpacked(document.open()), 65536)


def told(document: Document, stream: Stream) -> Iterator[Refused]:
    """Yield a refusal if a stream was cut; called after all that could be read of it.

    Args:
        document: the compressed document.
        stream: its stream, read to its end.
    """
    if stream.cut:
        error = Truncated(f"{document.shown} cannot be unpacked to its end ({stream.cut}); what comes before is read.")
        yield Refused(document.name, error)


def whole_characters(data: bytes) -> bytes:
    """Bytes without an incomplete UTF-8 character at their end.

    >>> whole_characters("東京".encode()[:4]).decode()
    '東'
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return data[: error.start]
    return data


def read(document: Document) -> Yield:
    """Yield the document inside a compressed file.

    Archives, dumps and rows are yielded packed, since their readers stream them. Others are unpacked, up to 20 MB.

    Raises:
        Malformed: if nothing can be unpacked.
        TooLarge: if it unpacks to more than the limit.
    """
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
