"""Web archives (WARC, as wget and Common Crawl write them): each page that was answered with 200 is a document."""

from __future__ import annotations

from ingest.sources.document import Document, Malformed, Refused, TooLarge, Yield
from ingest.sources.html import MAX_HTML
from ingest.sources.metadata import Metadata

_READ = ("text/html", "application/xhtml+xml", "application/pdf", "text/plain")


def read(document: Document) -> Yield:
    """The pages in an archive, streamed one at a time."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    with document.open() as stream:
        try:
            for record in ArchiveIterator(stream):
                if record.rec_type not in ("response", "resource"):
                    continue
                if record.rec_type == "response":
                    http = record.http_headers
                    if http is None or http.get_statuscode() != "200":
                        continue
                    media = http.get_header("Content-Type") or "text/html"
                else:
                    media = record.rec_headers.get_header("Content-Type") or ""
                kind = media.split(";")[0].strip().lower()
                if kind not in _READ:
                    continue
                url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
                if not url.startswith(("http://", "https://")):
                    continue
                content = record.content_stream().read(MAX_HTML + 1)
                if len(content) > MAX_HTML:
                    yield Refused(
                        url, TooLarge(f"{url[:200]} is larger than {MAX_HTML // 1_000_000} MB; it is not read.")
                    )
                    continue
                charset = media.lower().partition("charset=")[2].split(";")[0].strip() or None
                yield Document(url or document.name, content=content, media_type=kind, charset=charset,
                               metadata=Metadata(url=url or None))  # fmt: skip
        except (ArchiveLoadFailed, EOFError, UnicodeDecodeError, ValueError) as error:
            raise Malformed(f"{document.shown} is broken as a web archive: {str(error).strip()[:100]}.") from None
