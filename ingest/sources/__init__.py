"""One reader per kind of source, and how a document finds its reader.

A reader is a function ``read(document) -> Iterator[Found | Document | Refused]``: it yields the texts in the
document, documents inside it (a mail's attachment, a page in an archive), and entries that it had to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module

from ingest.sources.document import Document, Found, NotText, ReadError, Refused, Yield

#: kind → (module, suffixes, media types)
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
_SIDES = (".meta.json", ".gold.json")
_MEDIA_TYPES = {media: kind for kind, (_, _, types) in KINDS.items() for media in types}
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"RIFF", "a media file"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or PowerPoint file; save it as .docx"),
    (b"{\\rtf", "a Rich Text file; save it as .docx or .txt"), (b"\x7fELF", "a program"), (b"MZ\x90", "a program"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"), (b"Rar!", "a RAR archive; unpack it first"),
    (b"ID3", "an audio file"), (b"OggS", "a media file"), (b"SQLite format 3", "a database"),
)  # fmt: skip

_JSON = re.compile(rb"\s{0,100}(?:\{|\[\s{0,100}\{)\s{0,100}\"")  #: rows without a name that says so


def kind_of(document: Document) -> str:
    """Which reader a document needs: by its first bytes, else its suffix, else its media type, else text.

    Raises:
        NotText: if the first bytes are those of a kind that holds no text that we can read, naming it.
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
        return "docx" if document.name.lower().endswith(".docx") else "zip"  # whose reader looks what it is
    if head.startswith(b"PK\x05\x06"):  # without members
        return "zip"
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise NotText(f"{document.shown} is {what}; text was expected.")
    name = document.name.lower().split("?")[0]
    suffix = next((kind for s, kind in SUFFIXES.items() if name.endswith(s)), None)
    kind = _MEDIA_TYPES.get((document.media_type or "").split(";")[0].strip().lower()) or suffix
    if kind in (None, "xml", "text", "html") or (document.media_type and kind != suffix):
        return (
            _by_markup(head)
            or ("rows" if kind is None and _JSON.match(head) else None)
            or ("text" if kind in (None, "xml") else kind)
        )
    return kind


def has_known_suffix(name: str) -> bool:
    """Whether a file's name says that it may hold articles.

    >>> has_known_suffix("A.HTML"), has_known_suffix("photo.png")
    (True, False)
    """
    return name.lower().endswith(tuple(SUFFIXES))


def is_hidden_or_side(name: str) -> bool:
    """Whether a file's name says that it is hidden, or tells of another file: neither is a source.

    >>> is_hidden_or_side(".profile"), is_hidden_or_side("a.meta.json"), is_hidden_or_side("a.json")
    (True, True, False)
    """
    return name.startswith(".") or name.endswith(_SIDES)


def _by_markup(head: bytes) -> str | None:
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:2000].lower()
    if not start.startswith(b"<"):
        return None
    if b"<mediawiki" in start:
        return "mediawiki"
    if any(tag in start for tag in (b"<rss", b"<feed", b"<rdf:rdf")):
        return "feed"
    if any(tag in start for tag in (b"<!doctype html", b"<html", b"<head", b"<body", b"<meta ")):
        return "html"
    return None


def reader(kind: str) -> Callable[[Document], Yield]:
    """The function that reads documents of a kind; its module is imported when first asked for."""
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
