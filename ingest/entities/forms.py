"""The forms of a name: how it returns short, and which of two is a form of the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from ingest import lexicon
from ingest.entities.name import Name
from ingest.names import gazetteer
from ingest.recogniser import shape
from kg.model import EntityType

_KATAKANA = re.compile(r"[ァ-ヺー]+(?:[・=＝ ][ァ-ヺー]+)+")
_LATIN_NAME = re.compile(r"[A-Z][\w'’.-]*(?: [\w'’.-]+)+")
_LAND = ("州", "島", "地方", "大陸", "諸島", "半島", "郡")  # アリゾナ, アリゾナ州
_STORM = re.compile(r"(?:ハリケーン|台風|サイクロン|熱帯低気圧|熱帯暴風雨)[・「]?")
_ABOVE = re.compile(r"(?:警|警視庁|[都道府県市区町村]立?)$")
_MIXED = re.compile(  # ブラウン|太郎, 朝倉|ジュリア, 高橋|みち代, つるの|剛
    r"([ァ-ヴー]{2,})([一-龥々]{1,3})|([一-龥々ヶ]{1,3})([ぁ-ゖァ-ヴー][ぁ-ゖァ-ヴー一-龥々]{1,5})|([ぁ-ゖ]{2,3})([一-龥々]{1,3})"
)
_KANJI = re.compile(r"[一-鿿々ヶ]+")
_READING = re.compile(r"[ぁ-ゖァ-ヺー・ 　]+")
ACRONYM = re.compile(r"[A-Z][A-Z0-9&-]{1,7}")
_NOT_SHORT = re.compile(
    r"グループ|ホールディングス|HD|法人|証券|銀行|大学院|支社|支店|研究所|財団|球団|生命|保険|リサーチ|議員団"
)

_UMBRELLA = frozenset({"JR", "国連", "国際連合"})  # what they begin is a body of its own
_ACRONYM_END = re.compile(r"[A-Z]{2,}$")


@cache
def _units(of: str) -> tuple[str, ...]:
    return tuple(row["ends"] for row in lexicon.rows("units") if row["of"] == of)


@cache
def _bodies() -> tuple[str, ...]:
    """What the names of bodies end with."""
    return (*_units("whole"), *(row["text"] for row in lexicon.rows("bearers") if row["of"] == "other"))


def unit_of(full: str, whole: str) -> bool:
    """Whether a name that another begins is that of a part of it, or of a body of its own, and no longer form of it.

    >>> unit_of("青海県警捜査一課", "青海県警"), unit_of("青海電機工業", "青海電機"), unit_of("欧州委員会", "欧州委")
    (True, False, False)
    """
    rest = full.removeprefix(whole)
    if rest == full or not rest:
        return False
    if whole in _UMBRELLA or rest.endswith(_units("any")):
        return True
    return rest.endswith(_units("body")) and (whole.endswith(_bodies()) or _ACRONYM_END.search(whole) is not None)


def short_forms(name: str, kind: EntityType) -> list[str]:
    """How a name may return later in an article.

    >>> short_forms("サティア・ナデラ", "Person")
    ['ナデラ']
    >>> short_forms("Marta Lindqvist", "Person")
    ['Lindqvist']
    """
    if kind == "Person":
        if _KATAKANA.fullmatch(name):
            parts = re.split("[・=＝ ]", name)
            forms = [parts[-1]]
            if len(parts) > 2:
                forms.append("・".join(parts[1:]))
            return [f for f in forms if len(f) > 1]
        if _LATIN_NAME.fullmatch(name):
            return [name.split(" ")[-1]]
        if _KANJI.fullmatch(name) and len(name) >= 3:
            return [name[:2], name[:3], name[:1]] if len(name) > 3 else [name[:2], name[:1]]
        family = _family(name)  # in hiragana it could be any word
        return [family] if family and len(family) > 1 and not "ぁ" <= family[0] <= "ゖ" else []
    if kind == "Organization":
        forms = []
        for tail in ("新聞社", "新聞", "通信社", "通信", "自動車", "大学", "製作所", "電力", "工業", "電器産業"):
            if name.endswith(tail) and len(name) - len(tail) >= 2:
                forms.append(name[: -len(tail)])
        if name.endswith("大学"):
            forms.append(name[:-1])
        return forms
    return []


def _family(name: str) -> str | None:
    """The first part of a name that two scripts divide: 朝倉 of 朝倉ジュリア, which is how it mostly returns."""
    mixed = _MIXED.fullmatch(name)
    return next(part for part in mixed.groups() if part) if mixed else None


def is_short_for(short: str, full: str, kind: EntityType) -> bool:
    """Whether one name may be a shorter form of the other.

    >>> is_short_for("ナデラ", "サティア・ナデラ", "Person"), is_short_for("ボーダフォン", "ボーダフォン日本法人", "Organization")
    (True, False)
    """
    if short == full or len(short) >= len(full):
        return False
    if kind == "Person":
        parts = re.split(r"[・=＝ 　]", full)
        if mixed := _MIXED.fullmatch(full):
            return short in mixed.groups()
        if len(parts) > 1:
            return short in parts or full.endswith(("・" + short, " " + short))
        return bool(_KANJI.fullmatch(full)) and full.startswith(short) and len(full) - len(short) <= 3
    if kind == "Place":
        return full == "JR" + short or (len(short) > 1 and full.removeprefix(short) in _LAND)
    if kind == "Event" and full.endswith(short):
        return bool(_STORM.fullmatch(full.removesuffix(short)))
    if kind in ("Organization", "Product", "Event"):
        if full.isascii() and ACRONYM.fullmatch(short) and short == re.sub("[^A-Z]", "", full):
            return True
        parts = re.split(r"[・ 　]", full)
        if len(parts) > 1 and short.isascii() and ACRONYM.fullmatch(short):
            if short == "".join(p[0].upper() for p in parts if p and p[0].isascii() and p[0].isupper()):
                return True
        if kind == "Organization":
            rest = full.removeprefix(short)
            if rest != full and len(short) >= 2 and not _NOT_SHORT.search(rest) and not unit_of(full, short):
                return True
            rest = full.removesuffix(short)
            if rest != full and len(short) > 2 and short[-1] in "署校院" and _ABOVE.search(rest):
                return True  # 東署 of 青海県警東署
            return rest != full and (len(short) >= 7 or (len(short) >= 4 and rest in ("株式会社", "米", "英")))
    return False


_ROWS = ("アイウエオ", "カキクケコ", "ガギグゲゴ", "サシスセソ", "ザジズゼゾ", "タチツテト", "ダヂヅデド", "ナニヌネノ", "ハヒフヘホ", "バビブベボ",
         "パピプペポ", "マミムメモ", "ヤユヨ", "ラリルレロ", "ァィゥェォ", "ャュョ", "ワヲン")  # fmt: skip
_ROW = {character: row for row in _ROWS for character in row}
_WRITTEN = (
    ("ヴァ", "バ"),
    ("ヴィ", "ビ"),
    ("ヴェ", "ベ"),
    ("ヴォ", "ボ"),
    ("ヴ", "ブ"),
    ("ティ", "チ"),
    ("ディ", "ジ"),
    ("ー", ""),
    ("ッ", ""),
)


def in_katakana(name: str) -> bool:
    """Whether a name is one word in katakana.

    >>> in_katakana("シュレーダー"), in_katakana("マリア・シュレーダー")
    (True, False)
    """
    return re.fullmatch("[ァ-ヴー]+", name) is not None


def is_spelling_of(one: str, other: str) -> bool:
    """Whether two names in katakana are one, written in two ways: with and without ー or ッ, ヴァ and バ, or by one vowel.

    >>> is_spelling_of("シュローダー", "シュレーダー"), is_spelling_of("マクレガー", "マグレガー"), is_spelling_of("ハリス", "ホリス")
    (True, False, False)
    """
    if one == other or min(len(one), len(other)) < 4 or not (in_katakana(one) and in_katakana(other)):
        return False
    for long, short in _WRITTEN:
        one, other = one.replace(long, short), other.replace(long, short)
    if one == other:
        return True
    differing = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return len(one) == len(other) >= 3 and len(differing) == 1 and differing[0][1] in _ROW.get(differing[0][0], "")


def _subsequence(short: str, full: str) -> bool:
    rest = iter(full)
    return all(c in rest for c in short)


def parent_of(one: str, other: str) -> bool:
    """Whether two names in one article differ only by ホールディングス or グループ: then they are two firms."""
    short, full = sorted((one, other), key=len)
    return short != full and full.removeprefix(short) in ("ホールディングス", "グループ", "HD", "ホールディング")


def alias_in_brackets(a: Name, b: Name, text: str) -> bool:
    """国防高等研究計画局（DARPA）, 李容浩（リ・ヨンホ）: the second name is another form of the first."""
    gap = text[a.extent.end : b.extent.start]
    if not re.fullmatch(r"[」』”]?[ 　]?[（(][「『]?(?:以下|略称|略して|旧|通称)?[、,]?[「『]?", gap):
        return False
    after = text[b.extent.end : b.extent.end + 2]
    if not after or after[0] not in "）)、,」』;：:　 =":
        return False
    if a.type != b.type or a.type == "Place":
        return False
    if a.type == "Person":
        return bool(_READING.fullmatch(b.text)) or b.text.isascii() or shape(a.text) != shape(b.text)
    known_a, known_b = gazetteer().get(a.text), gazetteer().get(b.text)
    if known_a and known_b:
        return known_a is known_b
    return (
        bool(ACRONYM.fullmatch(b.text))
        or is_short_for(b.text, a.text, a.type)
        or shape(a.text)[:1] != shape(b.text)[:1]
        or _subsequence(b.text, a.text)
    )


def fullest(forms: Iterable[str]) -> str:
    """The form by which to call a thing: the longest, kanji before a reading, the most frequent among equals.

    Args:
        forms: how it is written at each of its mentions.

    >>> fullest(["リ・ヨンホ", "李容浩", "李"])
    '李容浩'
    """
    count = Counter(forms)
    readings = [t for t in count if _READING.fullmatch(t) and any("ぁ" <= c <= "ゖ" for c in t)]
    options = [t for t in count if t not in readings] or list(count)
    if kanji := [t for t in options if len(t) > 2 and _KANJI.fullmatch(t)]:
        options = kanji  # 李容浩 rather than リ・ヨンホ
    return max(options, key=lambda t: (len(t) if not t.isascii() or len(t) > 5 else 1, count[t]))
