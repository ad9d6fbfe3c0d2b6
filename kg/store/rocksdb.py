"""Read RocksDB's write-ahead logs and MANIFEST: check them, list the store's files, and write a MANIFEST without some files.

Both are logs of records, each with a checksum. The records of the MANIFEST say which table files belong to the store.
See "Write Ahead Log File Format" and "MANIFEST" in the RocksDB wiki.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import google_crc32c

_BLOCK = 32768
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_RECYCLED = range(5, 9)  # the same kinds in a recycled file: the log's number precedes the payload
#: Tags of a MANIFEST's records; those above ``_IGNORABLE`` carry their length.
_DELETED_FILE, _FAMILY, _FAMILY_ADD, _FAMILY_DROP, _IGNORABLE = 6, 200, 201, 202, 1 << 13
_NUMBERS, _STRINGS, _NEW_FILES = {2, 3, 4, 9, 10, 203, 300, 200}, {1, 201}, {7, 100, 102, 103}


class NotWhole(Exception):
    """A log is damaged; the message says where and how."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table file of the store: its number, level, size in bytes, and its index (column family) by number and name."""

    number: int
    level: int
    size: int
    family: int
    index: str

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.number:06d}.sst"


def records(data: bytes, *, check: bool = True, number: int | None = None) -> Iterator[bytes]:
    """Yield the payloads of a log's records.

    RocksDB reuses files: after the last record of a log there may be records of an older one. So the log ends at the first
    invalid record, unless a valid record with the log's own number follows: then it is damaged.

    Args:
        data: the file's content.
        check: whether to verify checksums.
        number: the log's number, for a file that may be reused; None for a MANIFEST.

    Raises:
        NotWhole: at a damaged record within the log.
    """
    at, parts = 0, list[bytes]()
    while at + 7 <= len(data):
        if _BLOCK - at % _BLOCK < 7:
            at += _BLOCK - at % _BLOCK
            continue
        length, kind, head, whole = _record(data, at, check)
        if kind == 0 and length == 0:  # zero padding up to the end of the block
            at += _BLOCK - at % _BLOCK
            continue
        if not whole or (number is not None and head == 11 and _own(data, at) != number):
            if number is None and at + head + length > len(data):
                return  # truncated last record: the write was never acknowledged
            if number is None or _goes_on(data, at + 1, number):
                raise NotWhole(f"has a damaged record at byte {at:,}")
            return
        payload = data[at + head : at + head + length]
        at += head + length
        kind = kind - 4 if kind in _RECYCLED else kind
        if kind == _FULL:
            yield payload
        elif kind in (_FIRST, _MIDDLE, _LAST):
            parts = [payload] if kind == _FIRST else [*parts, payload]
            if kind == _LAST:
                yield b"".join(parts)


def _record(data: bytes, at: int, check: bool = True) -> tuple[int, int, int, bool]:
    """Length, kind and header size of the record at ``at``, and whether it is complete and valid."""
    stored, length, kind = struct.unpack_from("<IHB", data, at)
    head = 11 if kind in _RECYCLED else 7
    end = at + head + length
    whole = end <= len(data) and (not check or _masked(google_crc32c.value(data[at + 6 : end])) == stored)
    return length, kind, head, whole


def _own(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at + 7)[0])


def _goes_on(data: bytes, start: int, number: int) -> bool:
    """Whether a valid record of the log with this number comes after ``start``."""
    mark = struct.pack("<I", number)
    at = data.find(mark, start + 7)
    while at >= 0:
        if data[at - 1] in _RECYCLED and _record(data, at - 7)[3]:
            return True
        at = data.find(mark, at + 1)
    return False


def tables(manifest: bytes, *, check: bool = True) -> dict[int, Table]:
    """The table files of a store, by number.

    Args:
        manifest: the content of the MANIFEST.
        check: whether to verify checksums.

    Raises:
        NotWhole: if the MANIFEST is damaged.
    """
    found: dict[int, Table] = {}
    names: dict[int, str] = {0: "default"}
    for record in records(manifest, check=check):
        read, family, added, gone = _Reader(record), 0, list[tuple[int, int, int]](), list[int]()
        while read.more():
            tag = read.number()
            if tag == _DELETED_FILE:
                read.number()
                gone.append(read.number())
            elif tag in _NEW_FILES:
                added.append(_new_file(read, tag))
            elif tag == _FAMILY:
                family = read.number()
            elif tag == _FAMILY_ADD:
                names[family] = read.string().decode("utf-8", "replace")
            elif tag in _NUMBERS:
                read.number()
            elif tag in _STRINGS or tag > _IGNORABLE:
                read.string()
            elif tag != _FAMILY_DROP:
                raise NotWhole(f"has a record of an unknown kind ({tag})")
        for number in gone:
            found.pop(number, None)
        for level, number, size in added:
            found[number] = Table(number, level, size, family, names.get(family, "?"))
    return found


def without(manifest: bytes, gone: list[Table]) -> bytes:
    """The content of a MANIFEST with records appended that remove some files."""
    data = bytearray(manifest)
    for table in gone:
        edit = _varint(_DELETED_FILE) + _varint(table.level) + _varint(table.number)
        edit += _varint(_FAMILY) + _varint(table.family)
        if (left := _BLOCK - len(data) % _BLOCK) < 7 + len(edit):
            data += bytes(left)
        body = bytes([_FULL]) + edit
        data += struct.pack("<IH", _masked(google_crc32c.value(body)), len(edit)) + body
    return bytes(data)


def _new_file(read: _Reader, tag: int) -> tuple[int, int, int]:
    level, number = read.number(), read.number()
    if tag == 100:
        read.number()
    size = read.number()
    read.string(), read.string()  # smallest and largest key
    if tag != 7:
        read.number(), read.number()  # smallest and largest sequence number
    if tag == 103:
        while (custom := read.number()) != 1:
            del custom
            read.string()
    return level, number & ((1 << 62) - 1), size


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def more(self) -> bool:
        return self._at < len(self._data)

    def number(self) -> int:
        value = shift = 0
        while self._at < len(self._data):
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise NotWhole("has a record that ends too early")

    def string(self) -> bytes:
        length = self.number()
        self._at += length
        if self._at > len(self._data):
            raise NotWhole("has a record that ends too early")
        return self._data[self._at - length : self._at]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _masked(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
