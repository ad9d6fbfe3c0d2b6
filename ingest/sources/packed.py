"""Compressed files (.gz, .bz2, .xz): what is in them, up to a limit; archives of many pages are streamed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from pathlib import PurePath
from typing import IO, cast

from ingest.sources.document import MAX_BYTES, Document, Malformed, TooLarge, Yield


def stream_of(document: Document) -> IO[bytes]:
    """The unpacked bytes of a document as a stream; the bytes themselves where it is not packed."""
    stream = document.open()
    head = stream.read(6)
    stream.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream))
    if head.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    if head.startswith(b"\xfd7zXZ"):
        return lzma.LZMAFile(stream, format=lzma.FORMAT_XZ)
    return stream


def read(document: Document) -> Yield:
    """The document inside: archives and dumps as they are (their readers stream), others unpacked up to 20 MB."""
    try:
        with stream_of(document) as stream:
            head = stream.read(3000)
            if head.startswith(b"WARC/"):
                yield Document(document.name, document.path, document.content, kind="warc")
                return
            if b"<mediawiki" in head:
                yield Document(document.name, document.path, document.content, kind="mediawiki")
                return
            inner = PurePath(document.name).stem
            if inner.lower().endswith((".jsonl", ".ndjson", ".csv", ".tsv")):
                yield Document(inner, document.path, document.content, kind="rows")
                return
            content = head + stream.read(MAX_BYTES + 1 - len(head))
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise Malformed(f"{document.shown} cannot be unpacked: {str(error)[:100] or 'it ends too early'}.") from None
    if len(content) > MAX_BYTES:
        raise TooLarge(f"{document.shown} unpacks to more than {MAX_BYTES // 1_000_000} MB; it is not read.")
    yield Document(inner, content=content, metadata=document.metadata)
