"""Numbers as Japanese news writes them: 1兆4000億, 1万4,500, 二〇〇億, 三十五, 1.4兆, 8千, １２.

The functions are pure. The regular expressions repeat disjoint sets of characters, so they take linear time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.model import Extent

_WIDTH = {
    ord(full): chr(ord(full) - 0xFEE0)
    for full in "０１２３４５６７８９．％ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ＄－／（）＝"
}
_WIDTH |= {ord(full): chr(ord(full) - 0xFEE0) for full in "ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ"}
_WIDTH |= {ord("\u3000"): " ", ord("￥"): "¥", ord("￡"): "£"}

#: The values of kanji digits, of the small units within four digits, and of the large units.
DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "壱": 1, "弐": 2, "参": 3}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12, "京": 10**16}

_D = r"\d〇零一二三四五六七八九十百千"
#: One number: digits of either script, with thousands separators, decimals and the large units inside it.
NUMBER = rf"[{_D}](?:[{_D}万億兆京]|[,，](?=\d{{3}})|\.(?=\d)|(?<=[万億兆京]) (?=\d)){{0,30}}"
ARABIC = r"\d(?:\d|[,，](?=\d{3})|\.(?=\d)){0,20}"
KANJI = r"〇零一二三四五六七八九十百千"
#: A whole number without large units, for dates: 3, 12, 十二, 二〇二五.
SMALL_NUMBER = rf"(?:\d{{1,4}}|[{KANJI}]{{1,5}})"

_PART = re.compile(r"([^万億兆京]*)([万億兆京]?)")
_SECTION = re.compile(r"(\d+(?:\.\d+)?|[〇零一二三四五六七八九]*)([十百千]?)")


def narrow(text: str) -> str:
    """The text with full-width digits, letters and signs in ASCII; all offsets stay the same.

    >>> narrow("２０３０　年に７０％")
    '2030 年に70%'
    """
    return text.translate(_WIDTH)


#: A space beside a number that spaced writing puts there: 約 6,000 億円, 第 2 四半期. Before a number it stays where the
#: character to its left would make another word or number of it (総数 2024年, 三 3).
_SPACE = re.compile(
    r"(?<=\d) (?=[ぁ-んァ-ヶ一-龠%〜～])|(?<=[ぁ-んァ-ヶ一-龠])(?<![数毎〇零一二三四五六七八九十百千]) (?=\d)|(?<=[万億兆京]) (?=[ァ-ヶ一-龠])"
)


def unspaced(text: str) -> tuple[str, Sequence[int]]:
    """The text without the spaces that part numbers from their units, and where each character was.

    Args:
        text: the text in narrow width (:func:`narrow`).

    Returns:
        The text, and the offset in ``text`` of each of its characters and of its end.

    >>> unspaced("約 3 億 円")
    ('約3億円', [0, 2, 4, 6, 7])
    """
    at: list[int] = []
    end = 0
    for space in _SPACE.finditer(text):
        at += range(end, space.start())
        end = space.end()
    if not end:
        return text, range(len(text) + 1)
    at += range(end, len(text) + 1)
    return "".join(text[i] for i in at[:-1]), at


def extent(at: Sequence[int], start: int, end: int) -> Extent:
    """The extent in the source text of ``[start, end)`` in an :func:`unspaced` text."""
    return Extent(at[start], at[end - 1] + 1)


def parse(words: str) -> float | None:
    """The value of a written number.

    Args:
        words: the number alone, without unit; full width is accepted.

    Returns:
        An int if it is whole, else a float; None where the words are no number.

    >>> parse("1兆4000億"), parse("二〇〇億"), parse("1万4,500"), parse("121万8千"), parse("三十五")
    (1400000000000, 20000000000, 14500, 1218000, 35)
    >>> parse("数十") is None
    True
    """
    text = narrow(words).replace(",", "").replace("，", "").replace(" ", "")
    if not text:
        return None
    total = 0.0
    last = float("inf")
    for match in _PART.finditer(text):
        section, unit = match.groups()
        if not section and not unit:
            continue
        scale = LARGE.get(unit, 1)
        if scale >= last:  # 億 after 万, or a unit twice: not one number
            return None
        last = scale
        value = _section(section) if section else 1.0
        if value is None:
            return None
        total += value * scale
    total = round(total, 6)
    return int(total) if total.is_integer() else total


def _section(section: str) -> float | None:
    """The value of what precedes 万, 億 or 兆 (4000, 1.4, 三十五, 二〇〇, 3千5百), or None."""
    value, end, last = 0.0, 0, 10_000
    while end < len(section):
        match = _SECTION.match(section, end)
        if match is None or match.end() == end:
            return None
        digits, unit = match.groups()
        scale = SMALL.get(unit, 1)
        if scale >= last:
            return None
        last = scale
        value += (_digits(digits) if digits else 1.0) * scale
        end = match.end()
    return value


def _digits(digits: str) -> float:
    """The value of digits of one script."""
    if digits[0] in DIGITS:
        return float("".join(str(DIGITS[c]) for c in digits))
    return float(digits)


def whole(words: str) -> int | None:
    """The value of a whole number, as in dates; None where the words are none. 元 (of 令和元年) is 1.

    >>> whole("十二"), whole("二〇二五"), whole("元"), whole("1.5")
    (12, 2025, 1, None)
    """
    if words == "元":
        return 1
    value = parse(words)
    return int(value) if value is not None and float(value).is_integer() else None
