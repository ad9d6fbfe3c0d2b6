"""The recogniser's units: tokens, split where a name hides in one; and the shape of a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from ingest.names import Gazetteer

_AREA = re.compile(r"(.{1,3}[都道府県])(.+[市区町村郡])")
_TAILS = frozenset([  # nouns that GiNZA leaves joined to a name before them: 日本国内
    "大統領", "首相", "国内", "製品", "製", "紙", "軍", "側", "産", "系", "県内", "市内", "都内", "国籍", "籍",
    "国境", "県知事", "知事", "市長", "大臣", "市場", "会長", "社長", "監督", "選手", "国王", "議会",
])  # fmt: skip


class Atom(NamedTuple):
    """A unit: a token, or a part of one where a name hides in it (日本国内 → 日本 + 国内).

    Attributes:
        start: first character in the text.
        end: the character after its last.
        text: its characters.
        tag: GiNZA's part-of-speech tag; for a part of a token, the tag that this part would have.
        token: number of the token.
    """

    start: int
    end: int
    text: str
    tag: str
    token: int


def atoms(words: Sequence[str], tags: Sequence[str], offsets: Sequence[int], names: Gazetteer) -> list[Atom]:
    """Return the units of a text: its tokens, split where the alias table finds a name at the beginning of a noun.

    Args:
        words: the tokens.
        tags: their part-of-speech tags.
        offsets: their first characters in the text.
        names: the alias table.

    >>> from ingest.names import gazetteer
    >>> [a.text for a in atoms(["日本国内"], ["名詞-固有名詞-一般"], [0], gazetteer())]
    ['日本', '国内']
    """
    found: list[Atom] = []
    for i, (word, tag, start) in enumerate(zip(words, tags, offsets, strict=False)):
        end = start + len(word)
        if (len(word) > 2 and tag.startswith("名詞")) or word in ("英紙", "米紙", "独紙", "仏紙"):
            cut = 0
            area = _AREA.fullmatch(word)
            if area and names.type_of(area[1]) == "Place":
                cut = len(area[1])
            else:
                for n in range(len(word) - 1, 0, -1):
                    if word[n:] in _TAILS and names.type_of(word[:n]) in ("Place", "Person"):
                        cut = n
                        break
            if cut:
                kind = "名詞-固有名詞-地名-一般" if names.type_of(word[:cut]) == "Place" else "名詞-固有名詞-人名-一般"
                found.append(Atom(start, start + cut, word[:cut], kind, i))
                rest = "名詞-固有名詞-地名-一般" if area else "名詞-普通名詞-一般"
                found.append(Atom(start + cut, end, word[cut:], rest, i))
                continue
        found.append(Atom(start, end, word, tag, i))
    return found


@cache
def shape(word: str) -> str:
    """Return the classes of a word's characters, with repetitions collapsed; at most six of them.

    ``K`` is katakana, ``h`` hiragana, ``C`` kanji, ``A`` and ``a`` upper and lower case in ASCII, ``0`` a digit, ``L``
    another letter. Other characters stand for themselves.

    >>> shape("ナデラ"), shape("GPT-5"), shape("米アマゾン")
    ('K', 'A-0', 'CK')
    """
    out = ""
    for ch in word:
        if "ァ" <= ch <= "ヺ" or ch in "ー゛゜" or "ｦ" <= ch <= "ﾟ":
            kind = "K"
        elif "ぁ" <= ch <= "ゖ":
            kind = "h"
        elif ch.isascii():
            kind = "A" if ch.isupper() else "a" if ch.isalpha() else "0" if ch.isdigit() else ch
        elif "一" <= ch <= "鿿" or ch in "々〆ヶ" or ord(ch) >= 0x20000:
            kind = "C"
        else:
            kind = "L" if unicodedata.category(ch)[0] == "L" else ch
        if not out or out[-1] != kind:
            out += kind
    return out[:6]
