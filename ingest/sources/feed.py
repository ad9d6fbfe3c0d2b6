"""RSS and Atom feeds: each entry with text is an article. :mod:`ingest.watch` also follows the links."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.sources.document import Document, EmptySource, Found, Malformed, Refused, Yield, cut_short
from ingest.sources.html import fragment_text
from ingest.sources.metadata import Metadata, in_japan

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
    """

    id: str
    link: str | None
    text: str
    full: bool
    metadata: Metadata


def read(document: Document) -> Yield:
    """The text of each entry, its content or else its summary; entries without text are refused."""
    data = document.data(_MAX_FEED)
    for entry in entries(data, document.shown):
        name = f"{document.name} › {entry.link or entry.id}"
        if entry.text.strip():
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
    """
    import feedparser

    if b"<!ENTITY" in data[:200_000]:
        raise Malformed(f"{name} declares XML entities, which no feed does; it is not read.")
    parsed = feedparser.parse(data, resolve_relative_uris=False)
    if not parsed.entries and not parsed.get("version"):
        raise Malformed(f"{name} is no RSS or Atom feed.")
    publisher = _text_of(parsed.feed.get("title"))
    for number, raw in enumerate(parsed.entries, 1):
        yield _entry(raw, publisher, number)


def _entry(raw: Any, publisher: str | None, number: int) -> Entry:
    """An entry as feedparser gives it; a date that cannot be read is left out."""
    link = _text_of(raw.get("link"))
    markup = max((str(c.get("value") or "") for c in raw.get("content") or []), key=len, default="")
    full = bool(markup)
    text = fragment_text(markup or str(raw.get("summary") or ""))
    moment = raw.get("published_parsed") or raw.get("updated_parsed")
    published = None
    if moment:
        try:
            published = in_japan(datetime.fromtimestamp(calendar.timegm(moment), UTC))
        except (ValueError, TypeError, OverflowError, OSError):
            published = None
    title = _text_of(raw.get("title"))
    return Entry(
        id=_text_of(raw.get("id")) or link or f"entry {number}: {title or ''}",
        link=link,
        text=text,
        full=full,
        metadata=Metadata(
            title=fragment_text(title) if title else None, url=link, published=published, publisher=publisher
        ),
    )


def _text_of(value: Any) -> str | None:
    """A value as text of at most 2,000 characters; None if there is none."""
    return str(value).strip()[:2000] or None if value else None
