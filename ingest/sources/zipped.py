"""ZIP archives: each member is a document, named ``a.zip!/folder/page.html``. Nothing is written to disk."""

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

_MAX_MEMBERS = 100_000  #: members of an archive
_MAX_MEMBER = 2 * MAX_BYTES  #: bytes of one member, unpacked: as many as a PDF may have
_MAX_RATIO = 250  #: unpacked size over packed size; that of text is far below
_SMALL = 1_000_000  #: bytes, unpacked, up to which the ratio does not matter
_HEADER = struct.Struct("<4s5H3I2H")  #: the local header before a member's bytes
_NEXT_HEADER = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)")  #: the start of the next header
#: Members and suffixes that show an office file or another format on top of ZIP.
_OFFICE = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"})
_OFFICE_NAMES = (".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar", ".apk")


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of an archive.

    Attributes:
        path: its path in the archive.
        content: its bytes.
        refused: why it has none.
    """

    path: str
    content: bytes = b""
    refused: ReadError | None = None


def read(document: Document) -> Yield:
    """Yield the members that may hold articles, as in a folder; side files are applied, other kinds counted.

    Refused, each in one sentence: members that have a password, are a link, have a path outside the archive, or unpack
    to too much.

    Raises:
        NotText: if it is an office file that is not read.
        TooLarge: if it has too many members.
        Malformed: if it is broken.
        Truncated: if its end is missing, after the members that are there.
    """
    if document.name.lower().endswith(_OFFICE_NAMES):
        raise _other_kind(document)
    others: list[str] = []
    with document.open() as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError) as error:
            stream.seek(0)
            members: Iterator[_Member] = _without_directory(stream, document, str(error))
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
    """The error for an office file or archive that is not read."""
    return NotText(f"{document.shown} is an archive or office file of a kind that is not read; save it as .docx.")


def _listed(archive: zipfile.ZipFile, document: Document) -> Iterator[_Member]:
    """The members in the archive's directory, unpacked one at a time.

    Raises:
        TooLarge: at the end, if some were beyond what one source may unpack to.
    """
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
        except _OverAllowance:
            beyond += 1
        except ReadError as error:
            yield _Member(path, refused=error)
    if beyond:
        limit = f"{MAX_UNPACKED // 1_000_000:,} MB"
        raise TooLarge(
            f"{document.shown} unpacks to more than {limit}: {beyond:,} of its {len(infos):,} members are not read."
        )


class _OverAllowance(TooLarge):
    """A member is larger than what is left of the source's allowance."""


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, document: Document) -> bytes:
    """A member's bytes, deducted from the allowance of the source.

    Raises:
        ReadError: if the member must not be unpacked, or cannot be.
    """
    path = _path(info)
    shown = printable(f"{document.name}!/{path}")
    if error := _refusal(info, path, shown):
        raise error
    if info.file_size > document.allowance.left:
        limit = f"{MAX_UNPACKED // 1_000_000:,}"
        raise _OverAllowance(f"{shown} is beyond the {limit} MB that one source may unpack to; it is not read.")
    document.allowance.left -= info.file_size
    try:
        return archive.read(info)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as fault:
        raise Malformed(f"{shown} cannot be unpacked: {str(fault).rstrip('.')[:100]}.") from None


def _refusal(info: zipfile.ZipInfo, path: str, shown: str) -> ReadError | None:
    """Why a member is not unpacked, or None."""
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
    """The error for a path that leads out of the archive, or None."""
    if path.startswith("/") or re.match("[A-Za-z]:", path) or ".." in path.split("/"):
        return Malformed(f"{shown} has a path that leads out of the archive; it is not read.")
    return None


def _path(info: zipfile.ZipInfo) -> str:
    """A member's path with ``/`` as separator.

    Names without the Unicode flag are decoded as UTF-8 or, from Windows in Japan, as CP932.
    """
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeEncodeError):
            name = _decoded(name.encode("cp437"))
    return name.replace("\\", "/")


def _decoded(name: bytes) -> str:
    """A name as UTF-8, else CP932, else CP437."""
    for encoding in ("utf-8", "cp932"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("cp437")


def _hidden(path: str) -> bool:
    """Whether a path is of a hidden or side file, or of what macOS adds."""
    return any((is_hidden_or_side(p) and p != "..") or p == "__MACOSX" for p in path.split("/"))


def _sides(archive: zipfile.ZipFile, document: Document) -> Generator[Refused, None, dict[str, Metadata]]:
    """The metadata in the archive's side files, by the path that they describe.

    Yields a refusal for each side file that cannot be read.
    """
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


def _without_directory(stream: BinaryIO, document: Document, why: str) -> Iterator[_Member]:
    """The members of an archive whose directory, which is at its end, is missing.

    Args:
        stream: the archive, at its start.
        document: the archive, for messages and the allowance.
        why: why it could not be opened.

    Raises:
        Truncated: at the end, always.
        Malformed: if there is no member.
    """
    count = 0
    while len(head := stream.read(_HEADER.size)) == _HEADER.size:
        mark, _, flags, method, _, _, _, size, _, named, extra = _HEADER.unpack(head)
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
        _skip_to_next_header(stream)
    if not count:
        raise Malformed(f"{document.shown} is broken as a ZIP archive: {why.rstrip('.')[:100]}.")
    raise Truncated(f"{document.shown} ends before it is whole; what is there is read (members: {count:,}).")


def _inflated(stream: BinaryIO, limit: int) -> bytes | None:
    """The bytes of a deflated member as far as they are there; None if they are broken or more than ``limit``."""
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


def _skip_to_next_header(stream: BinaryIO) -> None:
    """Skip to the next header, past a data descriptor that may follow a member's bytes."""
    at = stream.tell()
    found = _NEXT_HEADER.search(stream.read(32))
    stream.seek(at + (found.start() if found else 0))
