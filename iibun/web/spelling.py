"""Spellings of a word as one: normalized text, kana, romanized Japanese, and where in the original a match stands.

Texts are compared in two forms. The *folded* form (:func:`fold`) ignores case, width, punctuation and the difference of
hiragana and katakana. The *sound* (:func:`sound`) also ignores long vowels, so that グーグル, グウグル and ``guguru`` agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import product

from kg.romanization import ROWS

_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_JOINTS = re.compile(r"[・･·=＝‐‑‒–—―\-_'’`,.、。「」『』()\[\]“”\"\s\x00\x01]+")
_LATIN = re.compile(r"[a-z]+")
_ROWS = {
    "a": "アカガサザタダナハバパマヤラワァャ", "i": "イキギシジチヂニヒビピミリィ", "u": "ウクグスズツヅヌフブプムユルゥュヴ",
    "e": "エケゲセゼテデネヘベペメレェ", "o": "オコゴソゾトドノホボポモヨロヲォョ",
}  # fmt: skip
_VOWELS = {c: vowel for vowel, row in _ROWS.items() for c in row}
#: For each vowel, the kana that lengthen it.
_LENGTHENS = {"a": "ア", "i": "イ", "u": "ウ", "e": "エイ", "o": "オウ"}
#: Kana that are written for one another; of ヴァ, only the vowel's kana counts.
_SAME = {"ヂ": "ジ", "ヅ": "ズ", "ヲ": "オ"}
_V = {"ァ": "バ", "ィ": "ビ", "ェ": "ベ", "ォ": "ボ"}
#: Most readings of a romanized word.
_MOST = 12

#: A character of a form, and the half-open offsets in the original text from which it was made.
Place = tuple[str, int, int]


def fold(text: str) -> str:
    """The normalized form in which texts are compared.

    >>> fold("Ｏｐｅｎ・あい"), fold("オープン AI")
    ('openアイ', 'オープンai')
    """
    return _JOINTS.sub("", unicodedata.normalize("NFKC", text).lower().translate(_HIRAGANA))


def places(text: str) -> list[Place]:
    """The folded form by characters, each with the offsets of what it was made from.

    >>> places("Ｏ・あ")
    [('o', 0, 1), ('ア', 2, 3)]
    """
    found: list[Place] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and (unicodedata.combining(text[end]) or text[end] in "ﾞﾟ"):
            end += 1
        found += ((c, start, end) for c in fold(text[start:end]))
        start = end
    return found


def sound(folded: str) -> str:
    """The sound of a folded text: long vowels short, kana that sound alike the same.

    >>> sound("グーグル"), sound("グウグル"), sound("トウキョウ"), sound("ヴァイオリン")
    ('ググル', 'ググル', 'トキョ', 'バイオリン')
    """
    return "".join(c for c, _, _ in sound_places([(c, i, i + 1) for i, c in enumerate(folded)]))


def sound_places(folded: list[Place]) -> list[Place]:
    """The sound of a folded text by characters, as :func:`places` gives the folded form."""
    out: list[Place] = []
    for c, start, end in folded:
        before = out[-1][0] if out else ""
        if before and (c == "ー" or c in _LENGTHENS.get(_VOWELS.get(before, ""), "")):
            out[-1] = (before, out[-1][1], end)
        elif before == "ヴ" and c in _V:
            out[-1] = (_V[c], out[-1][1], end)
        else:
            out.append((_SAME.get(c, c), start, end))
    return [("ブ" if c == "ヴ" else c, start, end) for c, start, end in out]


def katakana(word: str) -> tuple[str, ...]:
    """The readings of romanized Japanese in katakana, the likeliest first; none if it is not made of Japanese syllables.

    Hepburn, Kunrei and what is typed for them; long vowels with or without a mark. ``n`` before a vowel may end a syllable.

    >>> katakana("nadera"), katakana("tōkyō"), katakana("gumma"), katakana("gpt")
    (('ナデラ',), ('トキョ',), ('グンマ',), ())
    >>> katakana("shinichi"), katakana("tiba"), katakana("ohtani")
    (('シニチ', 'シンイチ'), ('ティバ', 'チバ'), ('オタニ', 'オタンイ'))
    """
    letters = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", word.lower())).replace("’", "'")
    bare = letters.replace("'", "")
    if not _LATIN.fullmatch(bare) or len(bare) < 3:
        return ()
    parts = list(_syllables_of(letters))
    if not all(parts):
        return ()
    readings: list[str] = []
    for choice in product(*parts):
        readings.append("".join(choice))
        if len(readings) == _MOST:
            break
    return tuple(dict.fromkeys(readings))


def _syllables_of(word: str) -> Iterator[tuple[str, ...]]:
    """The possible kana of each syllable of a romanized word; an empty tuple where there is none."""
    i = 0
    while i < len(word):
        c, after = word[i], word[i + 1 : i + 2]
        if c == "'":
            i += 1
        elif (c == "n" and after in ("", "'")) or (c == "n" and after not in "aiueoy"):
            yield ("ン",)
            i += 2 if after == "n" and word[i + 2 : i + 3] not in tuple("aiueoy") else 1
        elif c == "m" and after in tuple("bpm"):
            yield ("ン",)
            i += 1
        elif (c == after and c not in "aiueo") or (c == "t" and word[i + 1 : i + 3] == "ch"):
            yield ("ッ",)
            i += 1
        elif c == "h" and word[i - 1 : i] == "o" and after not in tuple("aiueoy"):
            i += 1  # a long vowel, as in Ohtani and Satoh
        else:
            size = next((n for n in (4, 3, 2, 1) if len(word[i : i + n]) == n and word[i : i + n] in _SYLLABLES), 0)
            kana = _SYLLABLES.get(word[i : i + size], ()) if size else ()
            yield (*kana, "ン" + _SYLLABLES[word[i + 1 : i + size]][0]) if c == "n" and kana and i else kana
            i += size or 1


def _syllables() -> dict[str, tuple[str, ...]]:
    """Katakana by romanized syllable, in the Hepburn and Kunrei systems; several where the systems differ."""
    table: dict[str, str] = {}
    for consonant, row in (*ROWS.items(), ("l", ROWS["r"])):
        table |= {consonant + vowel: kana for vowel, kana in zip("aiueo", row, strict=True)}
        if consonant:
            table |= {f"{consonant}y{v}": row[1] + small for v, small in zip("auo", "ャュョ", strict=True)}
    table |= {
        "ya": "ヤ",
        "yu": "ユ",
        "yo": "ヨ",
        "wa": "ワ",
        "wo": "ヲ",
        "shi": "シ",
        "chi": "チ",
        "tsu": "ツ",
        "dzu": "ズ",
    }
    table |= {"fu": "フ", "ji": "ジ", "va": "ヴァ", "vi": "ヴィ", "vu": "ヴ", "ve": "ヴェ", "vo": "ヴォ"}
    table |= {"fa": "ファ", "fi": "フィ", "fe": "フェ", "fo": "フォ", "she": "シェ", "che": "チェ", "je": "ジェ"}
    table |= {"wi": "ウィ", "we": "ウェ", "tsa": "ツァ", "tse": "ツェ", "tso": "ツォ", "dyu": "デュ", "thi": "ティ"}
    for consonant, kana in (("sh", "シ"), ("ch", "チ"), ("j", "ジ"), ("jy", "ジ")):
        table |= {consonant + v: kana + small for v, small in zip("auo", "ャュョ", strict=True)}
    found = {syllable: (kana,) for syllable, kana in table.items()}
    return found | {"ti": ("ティ", "チ"), "di": ("ディ", "ヂ"), "tu": ("ツ", "トゥ"), "du": ("ヅ", "ドゥ")}


_SYLLABLES = _syllables()


def alike(word: str, other: str) -> bool:
    """Whether two words differ by at most one letter: changed, added or missing.

    >>> alike("microsft", "microsoft"), alike("meta", "beta"), alike("データ", "デタ"), alike("meta", "team")
    (True, True, True, False)
    """
    if abs(len(word) - len(other)) > 1:
        return False
    if len(word) > len(other):
        word, other = other, word
    at = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), len(word))
    return word[at + (len(word) == len(other)) :] == other[at + 1 :]
