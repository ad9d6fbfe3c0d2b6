"""Names in another script: kana in Latin letters, and the consonants that ケストレル and Kestrel share.

>>> latin("ツクヨ3"), latin("クスノキDB"), latin("九頭竜"), consonants("ケストレル") == consonants("Kestrel")
('tsukuyo3', 'kusunokidb', None, True)
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: The kana of each consonant, in the order of the vowels aiueo.
ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ",
    "p": "パピプペポ",
}  # fmt: skip
_KANA = {kana: row + vowel for row, line in ROWS.items() for kana, vowel in zip(line, "aiueo", strict=True)} | {
    "シ": "shi", "チ": "chi", "ツ": "tsu", "フ": "fu", "ジ": "ji", "ヂ": "ji", "ヅ": "zu", "ヤ": "ya", "ユ": "yu", "ヨ": "yo",
    "ワ": "wa", "ヲ": "o", "ン": "n", "ヴ": "vu",
}  # fmt: skip
_SMALL = {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_GLIDES = {"ャ": "a", "ュ": "u", "ョ": "o"}
_READABLE = re.compile(r"[ァ-ヴー0-9a-z]+")
#: Letters of one sound in Japanese ears; the first match counts.
_SOUNDS = (
    (r"x", "ks"), (r"ck|qu?", "k"), (r"ph", "f"), (r"th", "t"), (r"c(?=[eiy])", "s"), (r"ch", "t"), (r"c", "k"), (r"sh", "s"), (r"ts", "t"),
    (r"j", "z"), (r"l", "r"), (r"v", "b"), (r"f", "h"), (r"m(?=[bp])", "n"), (r"dg", "g"),
)  # fmt: skip
_ALL_SOUNDS = re.compile("|".join(f"({sound})" for sound, _ in _SOUNDS))


@lru_cache(maxsize=4096)
def latin(name: str) -> str | None:
    """A name of kana, Latin letters and digits in Latin letters (Hepburn, long vowels short); None for other names.

    >>> latin("ヒノキ"), latin("ノワK7"), latin("Nowa K7"), latin("株")
    ('hinoki', 'nowak7', 'nowak7', None)
    """
    folded = unicodedata.normalize("NFKC", name).lower()
    folded = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in folded)  # hiragana
    folded = re.sub(r"[\s・.\-_'’]+", "", folded)
    if not _READABLE.fullmatch(folded):
        return None
    said = ""
    double = False
    for c in folded:
        if c == "ッ":
            double = True
            continue
        if c == "ー":
            continue
        if c in _GLIDES:
            said = (said[:-1] if said.endswith(("shi", "chi", "ji")) else said[:-1] + "y") + _GLIDES[c]
        elif c in _SMALL:
            said = re.sub("[aiueo]$", "", said) + _SMALL[c]
        else:
            syllable = _KANA.get(c, c)
            said += (syllable[0] if double else "") + syllable
        double = False
    return said


@lru_cache(maxsize=4096)
def consonants(name: str) -> str | None:
    """The consonants of a name of kana or Latin letters, with one letter for each sound; None if it has other characters.

    A key to look names up by, and no proof: オルバンタ and Orvanta share theirs, and so may two other names.

    >>> consonants("ヴィレオ"), consonants("Vireo"), consonants("セルヴィア"), consonants("Celvia")
    ('br', 'br', 'srb', 'srb')
    """
    said = latin(name)
    if said is None:
        return None
    letters, digits = re.sub(r"\d", "", said), re.sub(r"\D", "", said)
    heard = _ALL_SOUNDS.sub(lambda m: _SOUNDS[(m.lastindex or 1) - 1][1], letters)
    bare = re.sub(r"[aiueoyw]", "", heard[:1].replace("w", "b") + heard[1:])
    return re.sub(r"(.)\1+", r"\1", bare) + digits
