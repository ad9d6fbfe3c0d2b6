"""Find which parts of a text are in Japanese: only those are read, and the report says what was not."""

from __future__ import annotations

import re

from kg.model import Extent

#: Character classes, written for the inside of brackets in a pattern: kana, half-width kana, kanji.
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
UNREAD = "not read:"  #: how a :func:`note` begins
_SHORT = 25  #: letters; a shorter line without Japanese (names, tickers) is read with the text around it


def is_japanese(text: str) -> bool:
    """Whether a text is in Japanese: it has kana anywhere, or is a short text in kanji alone, such as a headline.

    >>> is_japanese("日米首脳会談"), is_japanese("OpenAI said so.")
    (True, False)
    """
    if _KANA.search(text):
        return True
    kanji = len(_HAN.findall(text[:20000]))
    return 0 < kanji <= 60 and not _HANGUL.search(text[:20000]) and len(text) < 400


def unread(text: str) -> list[Extent]:
    """The extents of lines without Japanese that have at least 25 letters; neighbouring lines are one extent.

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
    """One sentence on the parts that are not read; None if there are none.

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
