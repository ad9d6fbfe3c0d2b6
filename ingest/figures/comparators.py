"""The comparator of a figure, by the words in it and beside it: 以上, 未満, 約."""

from __future__ import annotations

import re

from kg.model import Comparator

# Comparators after a figure, and before it.
_AFTER: tuple[tuple[Comparator, re.Pattern[str]], ...] = (
    (">=", re.compile(r" ?(?:以上|[をは]下(?:回)?ら|[をは]下回ることはな|を(?:[割切]ら|割り込ま)(?:な[いか]|ず))")),
    (
        "<=",
        re.compile(r" ?(?:以下|以内|を上限|[をは](?:[超越]え|超さ|突破し|上回ら)(?:な[いか](?!と(?:いけ|なら))|ず))"),
    ),
    (
        "<",
        re.compile(
            r" ?(?:未満|足らず|弱(?!含|ま|い)|[をは]下回|を切|[をは]割|割れ|に満たな|にも届か|に(?:は)?届か(?:な|ず))"
        ),
    ),
    (
        ">",
        re.compile(
            r" ?(?:超(?!過)|強(?!含|ま|い|化|制|力)|余り|あまり|余(?![剰地裕波震])|[をは]超|を越|を突破|[をは]上回)"
        ),
    ),
    ("~", re.compile(r" ?(?:程度|ほど|前後|規模|くらい|ぐらい|近く|見当|内外|相当|そこそこ)")),
)
_BEFORE: tuple[tuple[Comparator, re.Pattern[str]], ...] = (
    (">=", re.compile(r"(?:少なくとも|最低でも|最低|最少|最短で|最短) ?$")),
    ("<=", re.compile(r"(?:最大で|最大|最高で|最高|最多|多くて|(?:多く|増え|高く|長く)ても|上限) ?$")),
    ("~", re.compile(r"(?:約|およそ|およを|おおむね|概ね|ほぼ|ざっと|推定) ?$")),
    (">", re.compile(r"(?:優に) ?$")),
)


def comparator(text: str, start: int, end: int) -> Comparator:
    """The comparator of a figure: words in it (余り), after it (以上), before it (約), else ``=``."""
    before = text[max(0, start - 6) : start]
    if re.search(r"余り?", text[start:end]):
        return ">"
    for sign, pattern in _AFTER:
        if pattern.match(text, end):
            return sign
    for sign, pattern in _BEFORE:
        if pattern.search(before):
            return sign
    return "="
