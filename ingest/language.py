"""Which parts of a text are in Japanese: only those are read, and what is left unread is told."""

from __future__ import annotations

import re

from kg.model import Extent

#: What stands between the brackets of a pattern: letters of full width, those of half width, kanji.
KANA, HALF_WIDTH, HAN = (
    r"\u3041-\u3096\u30a1-\u30fa",
    r"\uff66-\uff9d",
    r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
)

_KANA = re.compile(f"[{KANA}{HALF_WIDTH}]")
_HAN = re.compile(f"[{HAN}]")
_JAPANESE = re.compile(f"[{KANA}{HALF_WIDTH}{HAN}々〆]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")
_LINE = re.compile(r"[^\r\n]+")
UNREAD = "not read:"  #: what a :func:`note` begins with
_SHORT = 25  #: letters; shorter lines without Japanese (names, tickers) belong to what is around them


def is_japanese(text: str) -> bool:
    """Whether there is Japanese in a text: kana anywhere, or a short text in kanji alone (a headline).

    >>> is_japanese("日米首脳会談"), is_japanese("OpenAI said so.")
    (True, False)
    """
    if _KANA.search(text):
        return True
    kanji = len(_HAN.findall(text[:20000]))
    return 0 < kanji <= 60 and not _HANGUL.search(text[:20000]) and len(text) < 400


def unread(text: str) -> list[Extent]:
    """The extents of whole lines that hold no Japanese, at least 25 letters long each, neighbours joined.

    >>> unread("彼は述べた。\\nThe company declined to comment on the report.\\n同社も認めた。")
    [Extent(start=7, end=53)]
    """
    found: list[Extent] = []
    for line in _LINE.finditer(text):
        words = line[0]
        if _JAPANESE.search(words) or len(_LETTER.findall(words)) < _SHORT:
            continue
        if found and not text[found[-1].end : line.start()].strip():
            found[-1] = Extent(found[-1].start, line.end())
        else:
            found.append(Extent(line.start(), line.end()))
    return found


def note(text: str) -> str | None:
    """One sentence on what is left unread; None where all is Japanese.

    >>> note("彼は述べた。") is None
    True
    """
    parts = unread(text)
    if not parts:
        return None
    size = sum(len(p) for p in parts)
    where = ", ".join(f"{p.start}–{p.end}" for p in parts[:5]) + (" …" if len(parts) > 5 else "")
    noun = "passage" if len(parts) == 1 else "passages"
    return f"{UNREAD} {len(parts)} {noun} without Japanese ({size:,} of {len(text):,} characters, at {where})"
