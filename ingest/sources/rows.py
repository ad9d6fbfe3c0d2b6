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
_MAX_ARRAY = 100_000_000
_LONG = b"too long"  #: stands for a line that is
_HALVES = re.compile("[\udc80-\udcff]")  #: bytes that could not be decoded


def read(document: Document) -> Yield:
    """Each row that has a text column or key is an article; rows are streamed, except those of a JSON array."""
    name = document.name.lower().removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz")
    media = (document.media_type or "").lower()
    if name.endswith((".csv", ".tsv")) or "csv" in media or "tab-separated" in media:
        yield from _table(document, "\t" if name.endswith(".tsv") or "tab-separated" in media else None)
    else:
        yield from _json(document)


def _found(row: Mapping[str, Any], name: str, document: Document) -> Found | Refused:
    by_name = {str(k).strip().lower(): v for k, v in row.items() if k is not None}
    text = next((by_name[n] for n in TEXT_NAMES if isinstance(by_name.get(n), str) and by_name[n].strip()), None)
    if text is None:
        have = ", ".join(repr(k[:30]) for k in list(by_name)[:8]) or "none"
        error = Malformed(
            f"{document.shown}, {name}, has no text: expected a column {TEXT_NAMES[0]!r} (found: {have})."
        )
        return Refused(f"{document.name} {name}", error)
    return Found(text, f"{document.name} {name}", from_mapping(by_name), "application/json")


def _json(document: Document) -> Yield:
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
            if line is _LONG:
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
    while line := stream.readline(_MAX_LINE):
        if len(line) >= _MAX_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(_MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            line = _LONG
        yield line


def _array(document: Document) -> Yield:
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
    return any(str(k).strip().lower() in TEXT_NAMES and isinstance(v, str) for k, v in row.items())


def _lists(content: Mapping[str, Any]) -> list[list[Any]]:
    return [v for v in content.values() if isinstance(v, list) and v and isinstance(v[0], dict)]


def _table(document: Document, delimiter: str | None) -> Yield:
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
                    if any(v and _HALVES.search(v) for v in row.values()):
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
