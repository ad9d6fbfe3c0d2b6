"""Readers for each kind of source, and the choice of the reader for a document.

A reader is a function ``read(document) -> Iterator[Found | Document | Refused]``. It yields the texts in the document
(``Found``), documents inside it such as a mail's attachment or a page in an archive (``Document``), and entries that
could not be read (``Refused``). Read :mod:`ingest.sources.document` first: it has these types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module

from ingest.sources.document import Document, Found, Malformed, NotText, ReadError, Refused, Yield
from ingest.sources.tags import MAX_PROLOG, prolog

#: For each kind: its module, the suffixes of its files, its media types.
KINDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "text": ("text", (".txt", ".text"), ("text/plain",)),
    "markdown": ("text", (".md", ".markdown"), ("text/markdown",)),
    "html": (
        "html",
        (".html", ".htm", ".xhtml"),
        ("text/html", "application/xhtml+xml"),
    ),
    "pdf": ("pdf", (".pdf",), ("application/pdf",)),
    "docx": (
        "docx",
        (".docx",),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    ),
    "mail": ("mail", (".eml", ".mbox"), ("message/rfc822", "application/mbox")),
    "feed": (
        "feed",
        (".rss", ".atom"),
        ("application/rss+xml", "application/atom+xml", "application/rdf+xml"),
    ),
    "rows": (
        "rows",
        (".jsonl", ".ndjson", ".json", ".csv", ".tsv"),
        (
            "application/json",
            "application/jsonl",
            "application/x-ndjson",
            "text/csv",
            "text/tab-separated-values",
        ),
    ),
    "warc": ("warc", (".warc",), ("application/warc",)),
    "mediawiki": ("mediawiki", (), ()),
    "zip": ("zipped", (".zip",), ("application/zip", "application/x-zip-compressed")),
    "packed": (
        "packed",
        (".gz", ".bz2", ".xz"),
        ("application/gzip", "application/x-gzip", "application/x-bzip2"),
    ),
}
SUFFIXES: dict[str, str] = {suffix: kind for kind, (_, suffixes, _) in KINDS.items() for suffix in suffixes} | {
    ".xml": "xml"
}
_SIDES = (".meta.json", ".gold.json")  # files that describe another file
_MEDIA_TYPES = {media: kind for kind, (_, _, types) in KINDS.items() for media in types}
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"RIFF", "a media file"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or PowerPoint file; save it as .docx"),
    (b"{\\rtf", "a Rich Text file; save it as .docx or .txt"), (b"\x7fELF", "a program"), (b"MZ\x90", "a program"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"), (b"Rar!", "a RAR archive; unpack it first"),
    (b"ID3", "an audio file"), (b"OggS", "a media file"), (b"SQLite format 3", "a database"),
)  # fmt: skip

_DECLARES = re.compile(rb"<!doctype[^>\[]*+\[", re.IGNORECASE)  #: a document type declaration that declares something
_JSON = re.compile(rb"\s{0,100}(?:\{|\[\s{0,100}\{)\s{0,100}\"")  #: the start of a JSON object or an array of them


def kind_of(document: Document) -> str:
    """The kind of a document, a key of ``KINDS``.

    ``document.kind`` comes first. Else the first bytes decide if they are those of a known format; else the media
    type, the suffix, and the markup at the start. A document of which nothing is known is text.

    Raises:
        NotText: if the first bytes are those of a format without text that can be read; the message names it.
        Malformed: if it is XML of an unknown kind that declares entities.
    """
    if document.kind:
        return document.kind
    head = document.head()
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")):
        return "packed"
    if head.startswith(b"WARC/"):
        return "warc"
    if head.startswith(b"PK\x03\x04"):
        return (
            "docx" if document.name.lower().endswith(".docx") else "zip"
        )  # the reader of ZIP files tells other formats apart
    if head.startswith(b"PK\x05\x06"):  # an archive without members
        return "zip"
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise NotText(f"{document.shown} is {what}; text was expected.")
    name = document.name.lower().split("?")[0]
    suffix = next((kind for s, kind in SUFFIXES.items() if name.endswith(s)), None)
    kind = _MEDIA_TYPES.get((document.media_type or "").split(";")[0].strip().lower()) or suffix
    if kind in (None, "xml", "text", "html") or (document.media_type and kind != suffix):
        return (
            _by_markup(document)
            or ("rows" if kind is None and _JSON.match(head) else None)
            or ("text" if kind in (None, "xml") else kind)
        )
    return kind


def has_known_suffix(name: str) -> bool:
    """Whether a file's suffix is one of those of a format that may hold articles.

    >>> has_known_suffix("A.HTML"), has_known_suffix("photo.png")
    (True, False)
    """
    return name.lower().endswith(tuple(SUFFIXES))


def is_hidden_or_side(name: str) -> bool:
    """Whether a file is hidden or describes another file (``a.meta.json``); neither is a source.

    >>> is_hidden_or_side(".profile"), is_hidden_or_side("a.meta.json"), is_hidden_or_side("a.json")
    (True, True, False)
    """
    return name.startswith(".") or name.endswith(_SIDES)


def _by_markup(document: Document) -> str | None:
    """The kind that the first tags of a document show, or None if it does not start with a known tag.

    Comments and declarations before the first tag may be long.
    """
    start = _begun(document.head())
    if not start.startswith(b"<"):
        return None
    before = prolog(start)
    if len(before) == len(start):
        start = _begun(document.head(MAX_PROLOG))
        before = prolog(start)
    found = (start[:2000] + start[len(before) :][:2000]).lower()
    if b"<mediawiki" in found:
        return "mediawiki"
    if any(tag in found for tag in (b"<rss", b"<feed", b"<rdf:rdf")):
        return "feed"
    if any(tag in found for tag in (b"<!doctype html", b"<html", b"<head", b"<body", b"<meta ")):
        return "html"
    if _DECLARES.search(before):
        raise Malformed(f"{document.shown} declares XML entities; it is not read.")
    return None


def _begun(head: bytes) -> bytes:
    """The first bytes of a document without byte order mark, spaces, and the zeros of UTF-16."""
    return head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")


def reader(kind: str) -> Callable[[Document], Yield]:
    """The function that reads documents of a kind.

    Its module is imported at the first call, so that unused formats need no library.

    Args:
        kind: a key of ``KINDS``.
    """
    read: Callable[[Document], Yield] = import_module(f"ingest.sources.{KINDS[kind][0]}").read
    return read


__all__ = [
    "KINDS",
    "Document",
    "Found",
    "ReadError",
    "Refused",
    "Yield",
    "has_known_suffix",
    "is_hidden_or_side",
    "kind_of",
    "reader",
]
