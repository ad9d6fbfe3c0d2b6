"""Articles as rows: JSON Lines, a JSON array or object, CSV, TSV."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.sources.document import Document, Found, Malformed, Refused, TooLarge, Yield
from ingest.sources.encoding import WrongEncoding, decode
from ingest.sources.metadata import TEXT_NAMES, from_mapping
from ingest.sources.packed import stream_of, told

_MAX_LINE = 8_000_000  #: bytes of one row
_MAX_ARRAY = 100_000_000  #: bytes of a file that is one JSON value
_TOO_LONG = b"too long"  #: takes the place of a line that is too long
_UNDECODED = re.compile("[\udc80-\udcff]")  #: bytes that could not be decoded, as ``surrogateescape`` keeps them


def read(document: Document) -> Yield:
    """Yield each row that has a text column or key as an article.

    Rows are streamed, except those of a JSON array. Rows that cannot be read are refused one by one.

    Raises:
        Malformed: if the file is not JSON, or has no text column.
        TooLarge: if a JSON array has more than 100 MB.
    """
    name = document.name.lower().removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz")
    media = (document.media_type or "").lower()
    if name.endswith((".csv", ".tsv")) or "csv" in media or "tab-separated" in media:
        yield from _table(document, "\t" if name.endswith(".tsv") or "tab-separated" in media else None)
    else:
        yield from _json(document)


def _found(row: Mapping[str, Any], name: str, document: Document) -> Found | Refused:
    """The article in a row, or its refusal if the row has no text.

    Args:
        row: values by column or key.
        name: of the row in the document, such as ``line 3``.
        document: that has the row.
    """
    by_name = {str(k).strip().lower(): v for k, v in row.items() if k is not None}
    text = next((by_name[n] for n in TEXT_NAMES if isinstance(by_name.get(n), str) and by_name[n].strip()), None)
    if text is None:
        there = next((n for n in TEXT_NAMES if n in by_name), None)
        have = ", ".join(repr(k[:30]) for k in list(by_name)[:8]) or "none"
        if there:
            why = Malformed(f"{document.shown}, {name}, has no text: {there!r} is empty or no text.")
        else:
            why = Malformed(
                f"{document.shown}, {name}, has no text: expected a column {TEXT_NAMES[0]!r} (found: {have})."
            )
        return Refused(f"{document.name} {name}", why)
    return Found(text, f"{document.name} {name}", from_mapping(by_name), "application/json")


def _json(document: Document) -> Yield:
    """The rows of a JSON document: one for each line, or those of one array or object."""
    with stream_of(document) as stream:
        first = stream.readline(_MAX_LINE)
    head = first.lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        row = json.loads(head)
        single = isinstance(row, dict) and (_has_text(row) or not _lists(row))
    except (ValueError, RecursionError):
        single = False
    if head.startswith(b"[") or (not single and not document.name.lower().endswith((".jsonl", ".ndjson"))):
        yield from _array(document)
        return
    with stream_of(document) as stream:
        for number, line in enumerate(_lines(stream), 1):
            if not line.strip():
                continue
            where = f"line {number}"
            if line is _TOO_LONG:
                long = TooLarge(
                    f"{document.shown}, {where}, is longer than {_MAX_LINE // 1_000_000} MB; it is not read."
                )
                yield Refused(f"{document.name} {where}", long)
                continue
            try:
                row = json.loads(decode(line, document.shown).lstrip("\ufeff"))
                if not isinstance(row, dict):
                    raise ValueError("it is no JSON object")
            except (ValueError, RecursionError) as error:
                refused = Malformed(f"{document.shown}, {where}, is not a JSON object: {str(error)[:80]}.")
                yield Refused(f"{document.name} {where}", refused)
                continue
            yield _found(row, where, document)
        yield from told(document, stream)


def _lines(stream: Any) -> Iterator[bytes]:
    """The lines of a stream; ``_TOO_LONG`` stands for one that is too long."""
    while line := stream.readline(_MAX_LINE):
        if len(line) >= _MAX_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(_MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            line = _TOO_LONG
        yield line


def _array(document: Document) -> Yield:
    """The rows of a JSON array, of the arrays in a JSON object, or the object itself if it has text."""
    with stream_of(document) as stream:
        data = stream.read(_MAX_ARRAY + 1)
        if len(data) > _MAX_ARRAY:
            raise TooLarge(f"{document.shown} is larger than {_MAX_ARRAY // 1_000_000} MB; it is not read.")
    text = decode(data, document.shown).lstrip("\ufeff")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{document.shown} is not JSON: {str(error)[:100]}.") from None
    if isinstance(content, dict):
        lists = _lists(content)
        texts = [v for v in lists if any(isinstance(row, dict) and _has_text(row) for row in v)]
        content = [content] if _has_text(content) or not lists else [row for v in texts or lists[:1] for row in v]
    if not isinstance(content, list):
        raise Malformed(f"{document.shown} is neither a JSON object nor an array of them.")
    for number, row in enumerate(content, 1):
        if isinstance(row, dict):
            yield _found(row, f"entry {number}", document)
        else:
            yield Refused(
                f"{document.name} entry {number}", Malformed(f"{document.shown}, entry {number}, is no object.")
            )


def _has_text(row: Mapping[str, Any]) -> bool:
    """Whether a row has a key for text."""
    return any(str(k).strip().lower() in TEXT_NAMES and isinstance(v, str) for k, v in row.items())


def _lists(content: Mapping[str, Any]) -> list[list[Any]]:
    """The values of an object that are lists of objects."""
    return [v for v in content.values() if isinstance(v, list) and v and isinstance(v[0], dict)]


def _table(document: Document, delimiter: str | None) -> Yield:
    """The rows of a CSV or TSV document.

    Args:
        document: the document.
        delimiter: between cells; None takes the most frequent one of the header.
    """
    with stream_of(document) as stream:
        sample = stream.read(200_000)
    cut = sample.rfind(b"\n") + 1 or len(sample)
    start = decode(sample[:cut], document.shown, declared=document.charset)
    encoding = _encoding(sample[:cut], start)
    if delimiter is None:
        head = start.split("\n", 1)[0]
        delimiter = max(",\t;", key=head.count)
    csv.field_size_limit(_MAX_LINE)
    with stream_of(document) as raw, io.TextIOWrapper(raw, encoding, "surrogateescape", newline="") as text:
        rows = csv.DictReader((line.replace("\x00", "") for line in text), delimiter=delimiter)
        try:
            names = [n.lstrip("\ufeff").strip() for n in rows.fieldnames or []]
            rows.fieldnames = names
            if not any(n.lower() in TEXT_NAMES for n in names):
                have = ", ".join(repr(n[:30]) for n in names[:8])
                raise Malformed(f"{document.shown} has no column {TEXT_NAMES[0]!r} or 本文 (found: {have}).")
            for number, row in enumerate(rows, 1):
                where = f"row {number}"
                if any(row.pop(None, None) or ()):
                    more = Malformed(
                        f"{document.shown}, {where}, has more cells than the table has columns, so its text would be cut; put "
                        "cells that hold the separator into quotes."
                    )
                    yield Refused(f"{document.name} {where}", more)
                elif any(row.values()):
                    yield _found(row, where, document)
                    if any(v and _UNDECODED.search(v) for v in row.values()):
                        wrong = WrongEncoding(
                            f"{document.shown}, {where}, has bytes that are not of {encoding}; they are read as \ufffd."
                        )
                        yield Refused(f"{document.name} {where}", wrong)
        except csv.Error as error:
            raise Malformed(
                f"{document.shown} is broken at line {rows.line_num}, and not read from there on: {error}."
            ) from None
        yield from told(document, raw)


def _encoding(data: bytes, text: str) -> str:
    """The codec that decodes ``data`` to ``text``, so that the file can be streamed with it."""
    for encoding in (
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "cp932",
        "euc_jp",
        "iso2022_jp_2",
        "iso2022_jp_ext",
    ):
        if encoding == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            continue
        try:
            if data.decode(encoding).lstrip("\ufeff") == text.lstrip("\ufeff"):
                return encoding
        except UnicodeDecodeError:
            continue
    return "utf-8"
