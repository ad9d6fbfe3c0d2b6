"""Web archives (WARC, as wget and Common Crawl write them): each page answered with status 200 is a document."""

from __future__ import annotations

from typing import Any

from ingest.sources.document import Document, Malformed, PassedOver, Refused, TooLarge, Yield, cut_short, printable
from ingest.sources.html import MAX_HTML
from ingest.sources.metadata import Metadata
from ingest.sources.packed import stream_of, told, whole_characters

#: Media types that are read.
_MEDIA_TYPES = ("text/html", "application/xhtml+xml", "application/pdf", "text/plain")


def read(document: Document) -> Yield:
    """Yield the pages in an archive one at a time; other answers are counted.

    Raises:
        Malformed: if the archive is broken, or cut in its first page.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    class Records(ArchiveIterator):  # type: ignore[misc]
        INC_RECORD = ""  # its message about a wrong length, which must not be printed; errors are counted below

    pages, others, whole = 0, 0, True
    with stream_of(document) as stream:
        records = Records(stream)
        try:
            for record in records:
                if record.rec_type not in ("response", "resource", "revisit", None):
                    continue  # requests and metadata of the crawl
                page = _page(record)
                if page is None:
                    others += record.rec_type is not None
                    whole &= record.rec_type is not None  # a header that was cut
                    continue
                pages += 1
                url, kind, charset = page
                content = record.content_stream().read(MAX_HTML + 1)
                if len(content) > MAX_HTML:
                    large = TooLarge(
                        f"{printable(url, 200)} is larger than {MAX_HTML // 1_000_000} MB; it is not read."
                    )
                    yield Refused(url, large)
                    continue
                while record.raw_stream.read(65536):
                    pass
                whole &= not getattr(record.raw_stream, "limit", 0)  # fewer bytes than the header says
                content = content if whole else whole_characters(content)
                yield Document(url, content=content, media_type=kind, charset=charset, metadata=Metadata(url=url))
        except (ArchiveLoadFailed, EOFError, UnicodeDecodeError, ValueError) as error:
            if not stream.cut:
                raise Malformed(f"{document.shown} is broken as a web archive: {str(error).strip()[:100]}.") from None
        yield from told(document, stream)
    if not whole and not pages:
        raise Malformed(f"{document.shown} is broken as a web archive: it ends in its first page.")
    if not whole and not stream.cut:
        yield cut_short(document.name)
    if wrong := records.err_count:
        lengths = Malformed(
            f"{document.shown} has records whose length is wrong, and may hold pages that are not read ({wrong:,})."
        )
        yield Refused(document.name, lengths, wrong)
    if others:
        rest = PassedOver(f"{document.shown} has answers that are no pages (pictures, redirects, errors): {others:,}.")
        yield Refused(document.name, rest, others)


def _page(record: Any) -> tuple[str, str, str | None] | None:
    """The address, media type and encoding of a record that is a page with status 200; None for others."""
    if record.rec_type == "response":
        http = record.http_headers
        if http is None or http.get_statuscode() != "200":
            return None
        media = http.get_header("Content-Type") or "text/html"
    elif record.rec_type == "resource":
        media = record.rec_headers.get_header("Content-Type") or ""
    else:
        return None
    kind = media.split(";")[0].strip().lower()
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    if kind not in _MEDIA_TYPES or not url.startswith(("http://", "https://")):
        return None
    return url, kind, media.lower().partition("charset=")[2].split(";")[0].strip() or None
