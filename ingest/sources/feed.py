"""RSS and Atom feeds: each entry with text is an article. :mod:`ingest.watch` also follows the links."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.sources.document import (
    Document,
    EmptySource,
    Found,
    Malformed,
    Refused,
    TooLarge,
    Yield,
    cut_short,
    printable,
)
from ingest.sources.html import fragment_text
from ingest.sources.metadata import Metadata, in_japan
from ingest.sources.tags import check_xml, prolog

_MAX_FEED = 100_000_000  #: bytes of a feed; some thousand entries with full text
_END = re.compile(rb"</(?:\w{1,20}:)?(?:rss|feed|rdf)\s{0,100}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    Attributes:
        id: its identifier, else its link, else its number and title.
        link: the address of its page.
        text: its content, else its summary.
        full: whether the text is its content.
        metadata: title, address, day and the feed's title as publisher.
        error: why its text cannot be read, if it cannot; the text is then empty.
    """

    id: str
    link: str | None
    text: str
    full: bool
    metadata: Metadata
    error: TooLarge | None = None


def read(document: Document) -> Yield:
    """The text of each entry, its content or else its summary; entries without text, or too much markup, are refused."""
    data = document.data(_MAX_FEED)
    for entry in entries(data, document.shown):
        name = f"{document.name} › {entry.link or entry.id}"
        if entry.error:
            yield Refused(name, entry.error)
        elif entry.text.strip():
            yield Found(entry.text, name, entry.metadata, "application/rss+xml")
        else:
            yield Refused(name, EmptySource(f"{name} has no text in the feed."))
    if not is_whole(data):
        yield cut_short(document.name)


def is_whole(data: bytes) -> bool:
    """Whether a feed ends with the end tag of its root element."""
    return _END.search(data[-4000:].replace(b"\x00", b"")) is not None


def entries(data: bytes, name: str) -> Iterator[Entry]:
    """The entries of a feed.

    Args:
        data: the feed.
        name: what messages call it.

    Raises:
        Malformed: if the bytes are no feed, or declare XML entities.
        TooLarge: if a tag has too many attributes.
    """
    import feedparser

    if b"<!ENTITY" in prolog(data.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")):
        raise Malformed(f"{name} declares XML entities, which no feed does; it is not read.")
    check_xml(data, name)
    parsed = feedparser.parse(data, resolve_relative_uris=False)
    if not parsed.entries and not parsed.get("version"):
        raise Malformed(f"{name} is no RSS or Atom feed.")
    publisher = _text_of(parsed.feed.get("title"))
    for number, raw in enumerate(parsed.entries, 1):
        yield _entry(raw, publisher, number, name)


def _entry(raw: Any, publisher: str | None, number: int, feed: str) -> Entry:
    """An entry as feedparser gives it; a date that cannot be read is left out."""
    link = _text_of(raw.get("link"))
    title = _text_of(raw.get("title"))
    known = _text_of(raw.get("id")) or link or f"entry {number}: {title or ''}"
    markup = max((str(c.get("value") or "") for c in raw.get("content") or []), key=len, default="")
    name = printable(f"{feed} › {link or known}")
    text, error = "", None
    try:
        title = fragment_text(title, name) if title else None
        text = fragment_text(markup or str(raw.get("summary") or ""), name)
    except TooLarge as fault:
        error = fault
    moment = raw.get("published_parsed") or raw.get("updated_parsed")
    published = None
    if moment:
        try:
            published = in_japan(datetime.fromtimestamp(calendar.timegm(moment), UTC))
        except (ValueError, TypeError, OverflowError, OSError):
            published = None
    return Entry(
        id=known,
        link=link,
        text=text,
        full=bool(markup),
        metadata=Metadata(title=title, url=link, published=published, publisher=publisher),
        error=error,
    )


def _text_of(value: Any) -> str | None:
    """A value as text of at most 2,000 characters; None if there is none."""
    return str(value).strip()[:2000] or None if value else None
