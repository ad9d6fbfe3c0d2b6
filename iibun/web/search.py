"""Search as you type over labels, aliases, titles and sentences, in any script.

Texts and queries are normalized: NFKC, lower case, no punctuation or spaces, hiragana as katakana. A query in Latin
letters also finds kana (``nadera`` finds ナデラ), and long vowels may be written or not (``guguru``, ``guuguru`` and
ググル find グーグル). If a query has several words, an entry must match each of them.

>>> index = Index([Entry("person", "1", "サティア・ナデラ", ("ナデラ氏",)), Entry("claim", "2", "電力が足りない")])
>>> [e.key for e in index.find("なでら")], [e.key for e in index.find("nadera")], [e.key for e in index.find("電力")]
(['1'], ['1'], ['2'])
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_JOINTS = re.compile(r"[・･·=＝‐‑‒–—―\-_'’`,.、。「」『』()\[\]“”\"]+")
_SPACE = re.compile(r"\s+")
_LATIN = re.compile(r"[a-z]+")
_KANA = re.compile("[ァ-ヶー]{3,}")
_ROWS = {
    "a": "アカガサザタダナハバパマヤラワァャ", "i": "イキギシジチヂニヒビピミリィ", "u": "ウクグスズツヅヌフブプムユルゥュヴ",
    "e": "エケゲセゼテデネヘベペメレェ", "o": "オコゴソゾトドノホボポモヨロヲォョ",
}  # fmt: skip
_VOWELS = {c: vowel for vowel, row in _ROWS.items() for c in row}
#: For each vowel, the kana that lengthen it.
_LENGTHENS = {"a": "ア", "i": "イ", "u": "ウ", "e": "エイ", "o": "オウ"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a search can find.

    Args:
        kind: by which results are grouped and filtered.
        key: identifies it, for example its IRI.
        label: its name, which is matched.
        others: other texts that are matched: aliases, readings.
        weight: orders entries that match equally well; larger is earlier.
        detail: anything that is needed to show it.
    """

    kind: str
    key: str
    label: str
    others: tuple[str, ...] = ()
    weight: float = 0.0
    detail: Any = None


class Index:
    """A search index: one string with the normalized texts of all entries, which is searched for substrings."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)
        self._starts: list[int] = []
        parts: list[str] = []
        at = 0
        for entry in self._entries:
            self._starts.append(at)
            part = "\x01".join(dict.fromkeys(filter(None, map(fold, (entry.label, *entry.others))))) + "\x00"
            parts.append(part)
            at += len(part)
        self._text = "".join(parts)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, query: str, *, kinds: Iterable[str] | None = None, limit: int = 20) -> list[Entry]:
        """The entries that match every word of a query, best first: whole text, then its beginning, then within it.

        Args:
            query: as typed, in any script; an empty query finds nothing.
            kinds: only entries of these kinds; None for all.
            limit: most entries.
        """
        return best(self.ranked(query, kinds), limit)

    def ranked(self, query: str, kinds: Iterable[str] | None = None) -> list[tuple[float, Entry]]:
        """The entries that match every word of a query, unordered, each with its rank (larger is better)."""
        words = [w for w in map(fold, _SPACE.split(query.strip())) if w]
        wanted = set(kinds) if kinds is not None else None
        found: dict[int, float] | None = None
        for word in words:
            ranks = self._ranks(self._places(word))
            for kana in {katakana(word), word if _KANA.fullmatch(word) and not ranks else None} - {None}:
                for i, rank in self._ranks(self._alike(str(kana))).items():
                    ranks[i] = max(ranks.get(i, 0), rank - 0.5)
            found = ranks if found is None else {i: found[i] + r for i, r in ranks.items() if i in found}
        entries = self._entries
        return [(rank, entries[i]) for i, rank in (found or {}).items() if wanted is None or entries[i].kind in wanted]

    def _ranks(self, places: Iterable[tuple[int, int]], most: int = 20_000) -> dict[int, float]:
        """Rank by number of entry: 3 if a place is a whole text, 2 if it is the beginning of one, else 1."""
        ranks: dict[int, float] = {}
        for at, end in places:
            i = bisect_right(self._starts, at) - 1
            begins = at == self._starts[i] or self._text[at - 1] == "\x01"
            rank = 3.0 if begins and self._text[end] in "\x00\x01" else 2.0 if begins else 1.0
            ranks[i] = max(ranks.get(i, 0.0), rank)
            if len(ranks) >= most:
                break
        return ranks

    def _places(self, word: str) -> Iterator[tuple[int, int]]:
        """Start and end of each occurrence of a word."""
        at = self._text.find(word)
        while at >= 0:
            yield at, at + len(word)
            at = self._text.find(word, at + 1)

    def _alike(self, kana: str) -> Iterator[tuple[int, int]]:
        """Start and end of each occurrence of kana, with short or long vowels."""
        pattern = "".join(f"{c}[ー{_LENGTHENS[_VOWELS[c]]}]?" if c in _VOWELS else c for c in short(kana))
        return (m.span() for m in re.finditer(pattern, self._text))


def best(ranked: Iterable[tuple[float, Entry]], limit: int) -> list[Entry]:
    """The entries of the best matches, by rank, then by weight, then the shorter label."""
    first = sorted(ranked, key=lambda x: (-x[0], -x[1].weight, len(x[1].label)))
    return [entry for _, entry in first[:limit]]


def short(kana: str) -> str:
    """Katakana with short vowels in place of long ones.

    >>> short("グーグル"), short("グウグル"), short("トウキョウ")
    ('ググル', 'ググル', 'トキョ')
    """
    out = ""
    for c in kana:
        before = _VOWELS.get(out[-1:], "")
        if c == "ー" or (out and c in _LENGTHENS.get(before, "")):
            continue
        out += c
    return out


def fold(text: str) -> str:
    """The normalized form in which texts are compared.

    >>> fold("Ｏｐｅｎ・あい"), fold("オープン AI")
    ('openアイ', 'オープンai')
    """
    folded = unicodedata.normalize("NFKC", text).lower().translate(_HIRAGANA)
    return _SPACE.sub("", _JOINTS.sub("", folded)).replace("\x00", "").replace("\x01", "")


def katakana(word: str) -> str | None:
    """Romanized Japanese as katakana; None if the letters are not Japanese syllables (``microsoft``).

    >>> katakana("nadera"), katakana("toukyou"), katakana("gpt")
    ('ナデラ', 'トウキョウ', None)
    """
    if not _LATIN.fullmatch(word) or len(word) < 3:
        return None
    out: list[str] = []
    i = 0
    while i < len(word):
        if word[i] == "n" and (i + 1 == len(word) or word[i + 1] not in "aiueoy"):
            out.append("ン")
            i += 2 if word[i + 1 : i + 2] == "n" else 1
            continue
        if i + 1 < len(word) and word[i] == word[i + 1] and word[i] not in "aiueon":
            out.append("ッ")
            i += 1
            continue
        for size in (4, 3, 2, 1):
            if (kana := _SYLLABLES.get(word[i : i + size])) is not None and len(word[i : i + size]) == size:
                out.append(kana)
                i += size
                break
        else:
            return None
    return "".join(out)


def _syllables() -> dict[str, str]:
    """Katakana by romanized syllable, in the Hepburn and Kunrei systems."""
    table = {"a": "ア", "i": "イ", "u": "ウ", "e": "エ", "o": "オ"}
    rows = {
        "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サシスセソ", "z": "ザジズゼゾ", "t": "タチツテト", "d": "ダヂヅデド",
        "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ", "r": "ラリルレロ",
        "l": "ラリルレロ",
    }  # fmt: skip
    for consonant, row in rows.items():
        table |= {consonant + vowel: kana for vowel, kana in zip("aiueo", row, strict=True)}
        table |= {f"{consonant}y{v}": row[1] + small for v, small in zip("auo", "ャュョ", strict=True)}
    table |= {"ya": "ヤ", "yu": "ユ", "yo": "ヨ", "wa": "ワ", "wo": "ヲ", "shi": "シ", "chi": "チ", "tsu": "ツ"}
    table |= {"fu": "フ", "ji": "ジ", "va": "ヴァ", "vi": "ヴィ", "vu": "ヴ", "ve": "ヴェ", "vo": "ヴォ"}
    table |= {"fa": "ファ", "fi": "フィ", "fe": "フェ", "fo": "フォ", "she": "シェ", "che": "チェ", "je": "ジェ"}
    table |= {"ti": "ティ", "di": "ディ", "wi": "ウィ", "we": "ウェ"}
    for consonant, kana in (("sh", "シ"), ("ch", "チ"), ("j", "ジ")):
        table |= {consonant + v: kana + small for v, small in zip("auo", "ャュョ", strict=True)}
    return table


_SYLLABLES = _syllables()
