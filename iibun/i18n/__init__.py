"""The strings of the pages in Japanese and English: ``t("articles.title")`` gives one in the reader's language.

They are in one JSON file for each page (``claims.json``: ``{"title": {"ja": "主張", "en": "Claims"}}``); a key is
``file.name``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs

from kg.errors import IibunError
from kg.predicates import PREDICATES

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")
MODALITY_CODES = ("asserted", "probable", "possible", "hoped", "intended", "required", "questioned")
TYPE_CODES = ("Person", "Organization", "Product", "Place", "Event")
_HERE = Path(__file__).parent
_spoken: ContextVar[Language | None] = ContextVar("spoken", default=None)


class MissingString(IibunError):
    """No file under ``iibun/i18n`` has the key in the language."""


def language() -> Language:
    """The reader's language: as chosen on the page (``?lang=``), else the browser's, else Japanese."""
    if spoken := _spoken.get():
        return spoken
    import streamlit as st

    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    if chosen == "en":
        return "en"
    return "ja" if chosen == "ja" else browser_language()


@contextmanager
def speaking(lang: Language) -> Iterator[None]:
    """Have strings in a given language, where the reader's is not known: in a thread that makes a file, or serves a request.

    >>> with speaking("en"):
    ...     t("common.language")
    'Language'
    """
    before = _spoken.set(lang)
    try:
        yield
    finally:
        _spoken.reset(before)


def browser_language() -> Language:
    """The language of the browser: Japanese if it prefers Japanese or says nothing, else English."""
    import streamlit as st

    locale = st.context.locale or "ja"
    return "ja" if locale.lower().startswith("ja") else "en"


def requested_language(query: str, accepted: str) -> Language:
    """The language of a request: as its query says (``lang=``), else the browser's first choice, else Japanese.

    Args:
        query: the query string of the address.
        accepted: the value of the header ``Accept-Language``.

    >>> requested_language("lang=en", "ja"), requested_language("", "en-US,en;q=0.9"), requested_language("", "")
    ('en', 'en', 'ja')
    """
    asked = parse_qs(query).get("lang", [""])[0]
    if asked == "en":
        return "en"
    return "ja" if asked == "ja" or not accepted or accepted.lower().startswith("ja") else "en"


def t(key: str, **values: Any) -> str:
    """The string of a key in the reader's language, with ``{name}`` replaced by the value of that name.

    Raises:
        MissingString: if no file has the key.
    """
    return translate(key, language(), **values)


def translate(key: str, lang: Language, **values: Any) -> str:
    """Like :func:`t`, in a given language.

    >>> translate("common.language", "en")
    'Language'
    """
    page, _, name = key.partition(".")
    try:
        text = strings(page)[name][lang]
    except KeyError:
        raise MissingString(f"No string {key!r} in {lang!r}; add it to iibun/i18n/{page}.json") from None
    return text.format(**values) if values else text


@cache
def strings(page: str) -> Mapping[str, Mapping[str, str]]:
    """All strings of one page, by key and language; empty if there is no such file."""
    path = _HERE / f"{page}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def has(key: str) -> bool:
    """Whether there is a string for a key."""
    page, _, name = key.partition(".")
    return name in strings(page)


def label(kind: str, code: str | None) -> str:
    """The label of a code of the data model, as ``label("modality", "probable")``; the code itself if it has none."""
    if code is None:
        return ""
    if kind == "predicate":
        row = PREDICATES.get(code)
        return code if row is None else row.ja if language() == "ja" else row.en
    key = f"codes.{kind}-{code}"
    return t(key) if has(key) else code


def labels(kind: str, codes: Iterable[str]) -> list[str]:
    """The labels of many codes, in order; each different code is looked up once."""
    given = list(codes)
    words = {code: label(kind, code) for code in set(given)}
    return [words[code] for code in given]


def join_words(words: Iterable[str]) -> str:
    """Words joined by the separator of the reader's language (、 or a comma)."""
    return ("、" if language() == "ja" else ", ").join(words)


def date_text(day: date | datetime | None, *, short: bool = False) -> str:
    """A date as 2026年12月31日 (with ``short`` as 2026/12/31) or in English 31 Dec 2026; empty for None."""
    if day is None:
        return ""
    if language() != "ja":
        return f"{day.day} {day:%b} {day.year}"
    return f"{day.year}/{day.month:02}/{day.day:02}" if short else f"{day.year}年{day.month}月{day.day}日"


def date_format() -> str:
    """The short form of :func:`date_text` as Streamlit's tables and sliders take it."""
    return "YYYY/MM/DD" if language() == "ja" else "D MMM YYYY"
