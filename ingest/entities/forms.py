"""Forms of a name: how news shortens it, and whether one string may be another form of the same name.

Takes strings (or names with their text) and returns strings or yes and no. :mod:`.recurrences` and :mod:`.groups`
use it. Read :mod:`ingest.entities` first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from ingest.entities.name import Name
from ingest.names import gazetteer
from ingest.recogniser import shape
from kg import lexicon
from kg.model import EntityType

_KATAKANA = re.compile(r"[ァ-ヺー]+(?:[・=＝ ][ァ-ヺー]+)+")
_LATIN_NAME = re.compile(r"[A-Z][\w'’.-]*(?: [\w'’.-]+)+")
_PLACE_KINDS = ("州", "島", "地方", "大陸", "諸島", "半島", "郡")  # アリゾナ is short for アリゾナ州
_STORM = re.compile(r"(?:ハリケーン|台風|サイクロン|熱帯低気圧|熱帯暴風雨)[・「]?")
_PARENT_BODY = re.compile(r"(?:警|警視庁|[都道府県市区町村]立?)$")
_MIXED = re.compile(  # two scripts divide the name: ブラウン|太郎, 朝倉|ジュリア, 高橋|みち代, つるの|剛
    r"([ァ-ヴー]{2,})([一-龥々]{1,3})|([一-龥々ヶ]{1,3})([ぁ-ゖァ-ヴー][ぁ-ゖァ-ヴー一-龥々]{1,5})|([ぁ-ゖ]{2,3})([一-龥々]{1,3})"
)
_KANJI = re.compile(r"[一-鿿々ヶ]+")
_READING = re.compile(r"[ぁ-ゖァ-ヺー・ 　]+")
ACRONYM = re.compile(r"[A-Z][A-Z0-9&-]{1,7}")
_NOT_SHORT = re.compile(
    r"グループ|ホールディングス|HD|法人|証券|銀行|大学院|支社|支店|研究所|財団|球団|生命|保険|リサーチ|議員団"
)

_UMBRELLA = frozenset({"JR", "国連", "国際連合"})  # a longer name that begins so is another body's
_ACRONYM_END = re.compile(r"[A-Z]{2,}$")


@cache
def _unit_ends(of: str) -> tuple[str, ...]:
    return tuple(row["ends"] for row in lexicon.rows("units") if row["of"] == of)


@cache
def _body_ends() -> tuple[str, ...]:
    """Return the endings by which a name is known as that of a body, not of a company."""
    return (*_unit_ends("whole"), *(row["text"] for row in lexicon.rows("antecedents") if row["of"] == "other"))


def unit_of(full: str, whole: str) -> bool:
    """Return whether a longer name is that of a unit of a body, or of another body, and not a form of its name.

    Args:
        full: the longer name.
        whole: the name that it may begin with.

    >>> unit_of("青海県警捜査一課", "青海県警"), unit_of("青海電機工業", "青海電機"), unit_of("欧州委員会", "欧州委")
    (True, False, False)
    """
    rest = full.removeprefix(whole)
    if rest == full or not rest:
        return False
    if whole in _UMBRELLA or rest.endswith(_unit_ends("any")):
        return True
    return rest.endswith(_unit_ends("body")) and (
        whole.endswith(_body_ends()) or _ACRONYM_END.search(whole) is not None
    )


def short_forms(name: str, kind: EntityType) -> list[str]:
    """Return the forms in which a name may return later in an article; none for products, places and events.

    Args:
        name: the name in full.
        kind: its type.

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
        family = _family(name)  # not if it is hiragana, which could be any word
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
    """Return the first part of a person's name in two scripts, by which it mostly returns: 朝倉 of 朝倉ジュリア."""
    mixed = _MIXED.fullmatch(name)
    return next(part for part in mixed.groups() if part) if mixed else None


def is_short_for(short: str, full: str, kind: EntityType) -> bool:
    """Return whether a name may be a shorter form of another.

    Persons shorten to a part of their name, places lose 州 or 島, storms their kind (台風). Organizations lose their
    beginning or end, but a subsidiary or a unit is another organization (ボーダフォン日本法人). Organizations,
    products and events may also shorten to an acronym.

    Args:
        short: the shorter name.
        full: the longer name.
        kind: the type of both.

    >>> is_short_for("ナデラ", "サティア・ナデラ", "Person")
    True
    >>> is_short_for("ボーダフォン", "ボーダフォン日本法人", "Organization")
    False
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
        return full == "JR" + short or (len(short) > 1 and full.removeprefix(short) in _PLACE_KINDS)
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
            if rest != full and len(short) > 2 and short[-1] in "署校院" and _PARENT_BODY.search(rest):
                return True  # 東署 of 青海県警東署
            return rest != full and (len(short) >= 7 or (len(short) >= 4 and rest in ("株式会社", "米", "英")))
    return False


_KANA_ROWS = ("アイウエオ", "カキクケコ", "ガギグゲゴ", "サシスセソ", "ザジズゼゾ", "タチツテト", "ダヂヅデド", "ナニヌネノ", "ハヒフヘホ", "バビブベボ",
         "パピプペポ", "マミムメモ", "ヤユヨ", "ラリルレロ", "ァィゥェォ", "ャュョ", "ワヲン")  # fmt: skip
_KANA_ROW = {character: row for row in _KANA_ROWS for character in row}
_VARIANTS = (
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
    """Return whether a name is one word in katakana.

    >>> in_katakana("シュレーダー"), in_katakana("マリア・シュレーダー")
    (True, False)
    """
    return re.fullmatch("[ァ-ヴー]+", name) is not None


def is_spelling_of(one: str, other: str) -> bool:
    """Return whether two different names in katakana of at least four characters transcribe one name.

    They may differ in ー or ッ, in ヴァ and バ and the like, or in one character of the same row of the syllabary
    (ロ and レ).

    >>> is_spelling_of("シュローダー", "シュレーダー")
    True
    >>> is_spelling_of("マクレガー", "マグレガー"), is_spelling_of("ハリス", "ホリス")
    (False, False)
    """
    if one == other or min(len(one), len(other)) < 4 or not (in_katakana(one) and in_katakana(other)):
        return False
    for long, short in _VARIANTS:
        one, other = one.replace(long, short), other.replace(long, short)
    if one == other:
        return True
    differing = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return len(one) == len(other) >= 3 and len(differing) == 1 and differing[0][1] in _KANA_ROW.get(differing[0][0], "")


def _subsequence(short: str, full: str) -> bool:
    rest = iter(full)
    return all(c in rest for c in short)


def parent_of(one: str, other: str) -> bool:
    """Return whether two names differ only by ホールディングス or グループ; news uses both for two firms, not one."""
    short, full = sorted((one, other), key=len)
    return short != full and full.removeprefix(short) in ("ホールディングス", "グループ", "HD", "ホールディング")


def alias_in_brackets(a: Name, b: Name, text: str) -> bool:
    """Return whether a name in brackets is another form of the name before: 国防高等研究計画局（DARPA）.

    Both must be of one type, and no places, since a place in brackets tells where the first one lies. For people the
    second must be a reading, or in another script: 李容浩（リ・ヨンホ）. For others, if the alias table has both, they
    must be in one row. If not, the second must be an acronym, a shorter form, characters of the first in their order,
    or in another script.

    Args:
        a: the first name.
        b: the next name.
        text: the article's text.
    """
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
    """Choose the label of an entity from its forms: the longest, and the most frequent among equally long ones.

    Readings in hiragana are left out, and forms of three or more kanji go before all others. Latin forms of up to
    five letters count as one character, since most are acronyms.

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
