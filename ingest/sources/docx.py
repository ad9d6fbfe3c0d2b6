"""Word documents: paragraphs and table cells in order, without headers, footers, ruby and deleted text."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from ingest.sources.document import Document, EmptySource, Found, Malformed, NotText, TooLarge, Yield
from ingest.sources.metadata import Metadata

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MAX_UNPACKED = 60_000_000  #: bytes of all XML parts together, unpacked
_MAX_PART = 30_000_000  #: bytes of one part, unpacked
#: Ruby, deleted and moved text, alternatives, field codes.
_SKIPPED = frozenset({f"{_W}rt", f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback", f"{_W}instrText", f"{_W}delText"})


def read(document: Document) -> Yield:
    """Read a .docx file as one article, with the title of its properties.

    Raises:
        NotText: if it is an office file of another kind.
        Malformed: if it is broken, protected, or declares XML entities.
        TooLarge: if it unpacks to more than an article may have.
        EmptySource: if it has no text.
    """
    data = document.data()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive, document)
            if "word/document.xml" not in archive.namelist():
                raise NotText(
                    f"{document.shown} is an archive or office file of a kind that is not read; save it as .docx."
                )
            body = _part(archive, "word/document.xml", document)
            core = _part(archive, "docProps/core.xml", document) if "docProps/core.xml" in archive.namelist() else None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Malformed(f"{document.shown} is a broken or protected Word file: {str(error)[:100]}.") from None
    text = "\n".join(_paragraphs(body))
    if not text.strip():
        raise EmptySource(f"{document.shown} has no text in it.")
    title = core.findtext(f"{_DC}title") if core is not None else None
    yield Found(text, document.name, Metadata(title=title or None), "application/vnd.openxmlformats", data)


def _check(archive: zipfile.ZipFile, document: Document) -> None:
    """Refuse a file that declares more content than any article has.

    Raises:
        TooLarge: naming the limit.
    """
    infos = archive.infolist()
    if len(infos) > 5000 or sum(i.file_size for i in infos if i.filename.endswith((".xml", ".rels"))) > _MAX_UNPACKED:
        raise TooLarge(f"{document.shown} unpacks to more than {_MAX_UNPACKED // 1_000_000} MB; it is not read.")


def _part(archive: zipfile.ZipFile, name: str, document: Document) -> Any:
    """A part of the file as an XML tree.

    Reading stops at the limit whatever size the archive declares, and no entity or external file is resolved.
    """
    from lxml import etree

    with archive.open(name) as stream:
        content = stream.read(_MAX_PART + 1)
    if len(content) > _MAX_PART:
        raise TooLarge(f"{document.shown} unpacks to more than {_MAX_PART // 1_000_000} MB; it is not read.")
    if b"<!DOCTYPE" in content[:5000] or b"<!ENTITY" in content[:100_000]:
        raise Malformed(f"{document.shown} declares XML entities, which no Word file does; it is not read.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Malformed(f"{document.shown} is a broken Word file: {str(error)[:100]}.") from None


def _paragraphs(body: Any) -> list[str]:
    """The text of each paragraph; those in tables and text boxes in the order of the file."""
    found: list[str] = []
    for paragraph in body.iter(f"{_W}p"):
        pieces: list[str] = []
        _append_text(paragraph, pieces)
        found.append("".join(pieces))
    return found


def _append_text(element: Any, pieces: list[str]) -> None:
    """Append the text below an element to ``pieces``, without what is left out."""
    for child in element:
        tag = child.tag
        if tag in _SKIPPED or tag == f"{_W}p":  # a paragraph in a text box is visited on its own
            continue
        if tag == f"{_W}t":
            pieces.append(child.text or "")
        elif tag in (f"{_W}br", f"{_W}cr"):
            pieces.append("\n")
        elif tag == f"{_W}tab":
            pieces.append("\t")
        elif isinstance(tag, str):
            _append_text(child, pieces)
