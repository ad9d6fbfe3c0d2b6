"""Metadata: what is known of an article besides its text, from the user, a side file, or the source itself.

A side file is ``NAME.meta.json`` beside the article's file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from kg.errors import IibunError

_JAPAN = timezone(timedelta(hours=9))
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](.{1,40}))?")
_YMD = re.compile(r"(\d{4})\s{0,3}[年./]\s{0,3}(\d{1,2})\s{0,3}[月./]\s{0,3}(\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_MAX_SIDE = 1_000_000  #: bytes of a side file
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


class WrongDate(IibunError):
    """A value that is not a date, or is not written as required."""


class WrongMetadata(IibunError):
    """A side file that cannot be read."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of an article besides its text; None is unknown.

    Attributes:
        title: the headline.
        url: its address.
        published: the day of publication.
        publisher: the outlet.
        illustration: true for samples whose outlet and events are invented.
    """

    title: str | None = None
    url: str | None = None
    published: date | None = None
    publisher: str | None = None
    illustration: bool | None = None

    def over(self, other: Metadata) -> Metadata:
        """These metadata, completed from ``other`` where a value is unknown.

        >>> Metadata(title="A").over(Metadata(title="B", url="https://example.jp/1"))
        Metadata(title='A', url='https://example.jp/1', published=None, publisher=None, illustration=None)
        """
        if other is NO_METADATA:
            return self
        merged = {f.name: getattr(self, f.name) for f in fields(self)}
        return Metadata(**{k: getattr(other, k) if v is None else v for k, v in merged.items()})


NO_METADATA = Metadata()

#: For each field, the names of columns, keys and front matter fields that have it.
_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "headline", "name", "タイトル", "題名", "見出し"),
    "url": ("url", "link", "canonical", "permalink", "リンク", "アドレス"),
    "published": (
        "published", "date", "datepublished", "published_at", "published_date", "publication_date", "pubdate",
        "日付", "公開日", "掲載日", "配信日",
    ),
    "publisher": ("publisher", "outlet", "sitename", "source", "source_name", "媒体", "発行元", "配信元"),
}  # fmt: skip
#: Names of columns and keys that have the text.
TEXT_NAMES = (
    "text",
    "body",
    "content",
    "article",
    "articlebody",
    "maintext",
    "本文",
    "記事",
    "テキスト",
)


def exact_date(value: str | date, *, name: str = "--published") -> date:
    """The date that a user wrote as ``YYYY-MM-DD``; no other form is accepted.

    Args:
        value: the date as text, or a date or datetime.
        name: what the message calls it.

    Raises:
        WrongDate: naming the value and the form.

    >>> exact_date("2025-11-03")
    datetime.date(2025, 11, 3)
    """
    if isinstance(value, datetime):
        return in_japan(value)
    if isinstance(value, date):
        return value
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise WrongDate(f"{name} {value[:40]!r} is not a date; write YYYY-MM-DD, as in 2025-11-03.")


def in_japan(moment: datetime) -> date:
    """The day in Japan at a moment; one without a time zone is taken as Japanese time.

    >>> in_japan(datetime(2025, 11, 3, 20, 0, tzinfo=timezone.utc))
    datetime.date(2025, 11, 4)
    """
    try:
        return (moment.astimezone(_JAPAN) if moment.tzinfo else moment).date()
    except (OverflowError, ValueError):
        return moment.date()


def found_date(value: object) -> date | None:
    """The day that a source gives in any usual form, or None if it is not a date.

    The forms are ISO 8601, RFC 2822, 2025年11月3日, 20251103, and seconds or milliseconds since 1970.

    >>> found_date("Mon, 03 Nov 2025 23:30:00 GMT")
    datetime.date(2025, 11, 4)
    >>> found_date("近日") is None
    True
    """
    if isinstance(value, datetime):
        return in_japan(value)
    if isinstance(value, date):
        return value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return _from_timestamp(float(value))
    text = str(value).strip()[:80].translate(_FULL_WIDTH)
    try:
        return in_japan(datetime.fromisoformat(text))
    except ValueError:
        pass
    try:
        for pattern in (_YMD, _ISO, _COMPACT):
            match = pattern.match(text) if pattern is not _COMPACT else pattern.fullmatch(text)
            if match:
                return date(int(match[1]), int(match[2]), int(match[3]))
        if text.isdigit() and len(text) in (10, 13):
            return _from_timestamp(int(text))
        return in_japan(parsedate_to_datetime(text))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _from_timestamp(seconds: float) -> date | None:
    """The day in Japan of a Unix time in seconds or milliseconds; None if it is too early to be one."""
    seconds = seconds / 1000 if seconds > 1e11 else seconds
    try:
        return in_japan(datetime.fromtimestamp(seconds, UTC)) if seconds > 1e8 else None
    except (ValueError, OverflowError, OSError):
        return None


def from_mapping(mapping: Mapping[str, Any]) -> Metadata:
    """The metadata in a row, a front matter or a side file, by any of the usual field names.

    A date that cannot be read is left out.

    >>> from_mapping({"見出し": "新工場", "日付": "2025年11月3日"}).published
    datetime.date(2025, 11, 3)
    """
    by_name = {str(k).strip().lower(): v for k, v in mapping.items() if isinstance(k, str)}

    def first(field: str) -> Any:
        """The first value of a field that is not empty."""
        return next(
            (by_name[n] for n in _NAMES[field] if by_name.get(n) not in (None, "")),
            None,
        )

    def words(field: str) -> str | None:
        """A field as text of at most 2,000 characters."""
        value = first(field)
        if isinstance(value, Mapping):  # schema.org: {"publisher": {"name": …}}
            value = value.get("name")
        return str(value).strip()[:2000] or None if isinstance(value, (str, int, float)) else None

    illustration = by_name.get("illustration")
    return Metadata(
        title=words("title"),
        url=words("url"),
        published=found_date(first("published")),
        publisher=words("publisher"),
        illustration=illustration if isinstance(illustration, bool) else {"true": True}.get(str(illustration).lower()),
    )


def beside(path: Path) -> Metadata:
    """The metadata of the side file beside a file; without one, nothing is known.

    The side file of ``a.txt`` is ``a.meta.json``, or else ``a.txt.meta.json``.

    Raises:
        WrongMetadata: if it is not a JSON object.
        WrongDate: if its date cannot be read.
    """
    side = path.with_name(f"{path.stem}.meta.json")
    if not side.is_file():
        side = path.with_name(f"{path.name}.meta.json")
        if not side.is_file():
            return NO_METADATA
    with side.open("rb") as stream:
        return from_side(stream.read(_MAX_SIDE + 1), side.name)


def from_side(data: bytes, name: str) -> Metadata:
    """The metadata in the bytes of a side file.

    Args:
        data: the bytes.
        name: what messages call it.

    Raises:
        WrongMetadata: if they are not a JSON object.
        WrongDate: if its date cannot be read.
    """
    try:
        if len(data) > _MAX_SIDE:
            raise ValueError("it is larger than 1 MB")
        content = json.loads(data.decode("utf-8-sig"))
        if not isinstance(content, dict):
            raise ValueError("it is no JSON object")
    except (ValueError, RecursionError) as error:
        raise WrongMetadata(f"{name} is not a JSON object of title, url, published, publisher: {error}.") from None
    if content.get("published") and found_date(content["published"]) is None:
        exact_date(str(content["published"]), name=f"{name}: published")
    return from_mapping(content)
