"""ZIP archives: each member is a document, called ``a.zip!/folder/page.html``. Nothing is ever written to disk."""

from __future__ import annotations

import contextlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO

from ingest.sources import has_known_suffix, is_hidden_or_side
from ingest.sources.document import (
    MAX_BYTES,
    MAX_UNPACKED,
    Document,
    Malformed,
    NotText,
    ReadError,
    Refused,
    TooLarge,
    Truncated,
    Yield,
    passed_over,
    printable,
)  # fmt: skip
from ingest.sources.metadata import NO_METADATA, Metadata, WrongDate, WrongMetadata, from_side
from ingest.sources.packed import whole_characters

_MAX_MEMBERS = 100_000
_MAX_MEMBER = 2 * MAX_BYTES  #: bytes of one member, unpacked: as much as a PDF may have
_MAX_RATIO = 250  #: times its size that a member may unpack to; no text comes near it
_SMALL = 1_000_000  #: bytes, unpacked, up to which a member's ratio does not matter
_HEAD = struct.Struct("<4s5H3I2H")  #: of a member, in front of its bytes
_NEXT = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)")
_OFFICE = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"})
_OFFICE_NAMES = (".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar", ".apk")


@dataclass(frozen=True, slots=True)
class _Member:
    """A member's path in the archive, its bytes or why it has none."""

    path: str
    content: bytes = b""
    refused: ReadError | None = None


def read(document: Document) -> Yield:
    """The members that may hold articles, as in a folder; hidden and side files are left out, other kinds counted.

    Refused, each in one sentence: what is locked, is a link, leads out of the archive or is a bomb.
    """
    if document.name.lower().endswith(_OFFICE_NAMES):
        raise _other_kind(document)
    others: list[str] = []
    with document.open() as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError) as error:
            stream.seek(0)
            members: Iterator[_Member] = _from_the_front(stream, document, str(error))
            sides: dict[str, Metadata] = {}
        else:
            names = set(archive.namelist())
            if "word/document.xml" in names:
                yield replace(document, kind="docx")
                return
            if names & _OFFICE:
                raise _other_kind(document)
            if (count := len(archive.infolist())) > _MAX_MEMBERS:
                raise TooLarge(f"{document.shown} has {count:,} members, more than {_MAX_MEMBERS:,}; it is not read.")
            sides = yield from _sides(archive, document)
            members = _listed(archive, document)
        for member in members:
            name = f"{document.name}!/{member.path}"
            if member.refused:
                yield Refused(name, member.refused)
            elif not has_known_suffix(member.path):
                others.append(member.path)
            else:
                path = PurePosixPath(member.path)
                side = sides.get(str(path.with_suffix(""))) or sides.get(str(path)) or NO_METADATA
                yield Document(name, content=member.content, metadata=side)
    if others:
        yield passed_over(document.name, others)


def _other_kind(document: Document) -> NotText:
    return NotText(f"{document.shown} is an archive or office file of a kind that is not read; save it as .docx.")


def _listed(archive: zipfile.ZipFile, document: Document) -> Iterator[_Member]:
    """The members that the archive lists, each unpacked in its turn."""
    infos = archive.infolist()
    beyond = 0
    for info in infos:
        path = _path(info)
        if info.is_dir() or _hidden(path):
            continue
        if not has_known_suffix(path):
            yield _Member(path)
            continue
        try:
            yield _Member(path, _unpacked(archive, info, document))
        except _Beyond:
            beyond += 1
        except ReadError as error:
            yield _Member(path, refused=error)
    if beyond:
        limit = f"{MAX_UNPACKED // 1_000_000:,} MB"
        raise TooLarge(
            f"{document.shown} unpacks to more than {limit}: {beyond:,} of its {len(infos):,} members are not read."
        )


class _Beyond(TooLarge):
    """A member is larger than what is left of the source's allowance."""


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, document: Document) -> bytes:
    """A member's bytes, charged to the allowance of the source.

    Raises:
        ReadError: if they must not or cannot be unpacked.
    """
    path = _path(info)
    shown = printable(f"{document.name}!/{path}")
    if error := _refusal(info, path, shown):
        raise error
    if info.file_size > document.allowance.left:
        limit = f"{MAX_UNPACKED // 1_000_000:,}"
        raise _Beyond(f"{shown} is beyond the {limit} MB that one source may unpack to; it is not read.")
    document.allowance.left -= info.file_size
    try:
        return archive.read(info)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as fault:
        raise Malformed(f"{shown} cannot be unpacked: {str(fault).rstrip('.')[:100]}.") from None


def _refusal(info: zipfile.ZipInfo, path: str, shown: str) -> ReadError | None:
    """Why a member is not even unpacked."""
    if error := _leads_out(path, shown):
        return error
    if stat.S_ISLNK(info.external_attr >> 16):
        return Malformed(f"{shown} is a link, not a file; it is not read.")
    if info.flag_bits & 1:
        return NotText(f"{shown} is protected by a password.")
    if info.file_size > _SMALL and info.file_size > info.compress_size * _MAX_RATIO:
        return TooLarge(f"{shown} unpacks to more than {_MAX_RATIO} times its size, as no text does; it is not read.")
    if info.file_size > _MAX_MEMBER:
        return TooLarge(f"{shown} unpacks to more than {_MAX_MEMBER // 1_000_000} MB; it is not read.")
    return None


def _leads_out(path: str, shown: str) -> ReadError | None:
    if path.startswith("/") or re.match("[A-Za-z]:", path) or ".." in path.split("/"):
        return Malformed(f"{shown} has a path that leads out of the archive; it is not read.")
    return None


def _path(info: zipfile.ZipInfo) -> str:
    """A member's path; names without Unicode's mark are of Windows in Japan, if they are not UTF-8 all the same."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeEncodeError):
            name = _decoded(name.encode("cp437"))
    return name.replace("\\", "/")


def _decoded(name: bytes) -> str:
    for encoding in ("utf-8", "cp932"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("cp437")


def _hidden(path: str) -> bool:
    return any((is_hidden_or_side(p) and p != "..") or p == "__MACOSX" for p in path.split("/"))


def _sides(archive: zipfile.ZipFile, document: Document) -> Generator[Refused, None, dict[str, Metadata]]:
    """What the side files in the archive tell, by the path that they are beside; one that cannot be read is told."""
    found: dict[str, Metadata] = {}
    for info in archive.infolist():
        path = _path(info)
        of = path.removesuffix(".meta.json")
        if of == path or _hidden(of):
            continue
        name = f"{document.name}!/{path}"
        try:
            found[of] = from_side(_unpacked(archive, info, document), printable(name))
        except ReadError as error:
            yield Refused(name, error)
        except (WrongMetadata, WrongDate) as error:
            yield Refused(name, Malformed(str(error)))
    return found


def _from_the_front(stream: BinaryIO, document: Document, why: str) -> Iterator[_Member]:
    """The members of an archive that was cut, so that its list, which stands at the end, is missing.

    Raises:
        Truncated: at the end, always.
        Malformed: if there is none.
    """
    count = 0
    while len(head := stream.read(_HEAD.size)) == _HEAD.size:
        mark, _, flags, method, _, _, _, size, _, named, extra = _HEAD.unpack(head)
        if mark != b"PK\x03\x04":
            break
        path = _decoded(stream.read(named)).replace("\\", "/")
        stream.seek(extra, 1)
        if not path or path in _OFFICE or flags & 1 or method not in (0, 8) or (method == 0 and flags & 8):
            break
        content = (
            stream.read(min(size, _MAX_MEMBER))
            if method == 0
            else _inflated(stream, min(_MAX_MEMBER, document.allowance.left))
        )
        if content is None:
            break
        document.allowance.left -= len(content)
        count += 1
        if not path.endswith("/") and not _hidden(path) and content:
            yield _Member(path, whole_characters(content), _leads_out(path, printable(f"{document.name}!/{path}")))
        _to_the_next(stream)
    if not count:
        raise Malformed(f"{document.shown} is broken as a ZIP archive: {why.rstrip('.')[:100]}.")
    raise Truncated(f"{document.shown} ends before it is whole; what is there is read (members: {count:,}).")


def _inflated(stream: BinaryIO, limit: int) -> bytes | None:
    """What a deflated member unpacks to, as far as it is there; None if that is broken or more than ``limit``."""
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    pieces: list[bytes] = []
    size = 0
    try:
        while not unpack.eof and (packed := unpack.unconsumed_tail or stream.read(65536)):
            pieces.append(unpack.decompress(packed, limit + 1 - size))
            size += len(pieces[-1])
            if size > limit:
                return None
    except zlib.error:
        return None
    stream.seek(-len(unpack.unused_data), 1)
    return b"".join(pieces)


def _to_the_next(stream: BinaryIO) -> None:
    """Skip what may stand behind a member's bytes: its sizes."""
    at = stream.tell()
    found = _NEXT.search(stream.read(32))
    stream.seek(at + (found.start() if found else 0))
