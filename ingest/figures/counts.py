"""Counts: a number with a counter (3社), unless it is an ordinal, a price per unit or vague."""

from __future__ import annotations

import re

from ingest.figures.units import counters, is_word_character

# What follows a unit of reference (1株あたり) and an ordinal (3人目); neither is a count.
_PER = re.compile(r" ?(?:あたり|当たり|当り|につき|ごと)")
ORDINAL = re.compile(r"(?:目(?![標的])|号(?!機)|番|位|版|枠)")
# Counters that name the unit of a price: 1株71円. 1 with them is no count.
_PRICE_UNITS = frozenset([
    "株", "台", "口", "枚", "本", "個", "バレル", "トン", "オンス", "キロ", "リットル", "坪", "平方メートル", "組", "泊", "食", "杯",
])  # fmt: skip
# Spellings of a counter, and the one that is reported.
SPELLINGS = {"か国": "カ国", "ヶ国": "カ国", "ヵ国": "カ国", "ケ国": "カ国", "箇国": "カ国"} | {
    "か所": "カ所", "ヶ所": "カ所", "ヵ所": "カ所", "箇所": "カ所", "ケ所": "カ所", "パラメータ": "パラメーター",
}  # fmt: skip


def is_count(text: str, match: re.Match[str], value: float, kanji: bool) -> bool:
    """Whether a number with a counter counts something; ordinals, prices per unit and vague numbers do not.

    Args:
        text: the text.
        match: of :func:`ingest.figures.units.pattern`, with a counter.
        value: its number.
        kanji: whether the number is in kanji, which is more often part of a word.
    """
    start, end = match.start(), match.end()
    counter = match["count"]
    row = counters()[counter]
    before, after = text[max(0, start - 8) : start], text[end : end + 8]
    if ORDINAL.match(after) or _PER.match(after):
        return False
    if row.get("needs") and not re.match(rf" ?(?:{row['needs']})", after):
        return False
    if counter.isascii() and re.match(r"[A-Za-z0-9]", after):
        return False
    if (
        kanji
        and (
            value < 2
            or (is_word_character(text[end : end + 1]) and not re.match(r"以上|以下|余|増|減|死|全|前|程|未", after))
        )
        and not row.get("needs_floating")
    ):
        return False
    if row.get("needs_floating") and not _counts_preceding(before, after, value):
        return False
    if value == 1 and (
        before.endswith(("の", "うち", "もう", "あと", "この", "そのうち"))
        or counter in _PRICE_UNITS
        or re.match(r"つ|に(?:つき|対)|[=＝]|\d", after)
    ):
        # 1 that counts nothing: 関係者の1人, もう1社, 1株71円, 1台180万円
        if not re.match(r"を(?:派遣|獲得|増|減|失)|増|減", after):
            return False
    if _is_ordinal_use(counter, before, after):
        return False
    # 5、6人 is vague
    next_to = counter in ("人", "社", "件", "回", "つ", "台") and value < 10
    return not (next_to and re.search(rf"(?<!\d){int(value) - 1}[、，]$", before))


def _is_ordinal_use(counter: str, before: str, after: str) -> bool:
    """Whether a counter is used as an ordinal or in another word, so that it counts nothing: 第2期, but not 2期連続.

    Args:
        counter: the counter.
        before: the characters before the number, at most eight.
        after: the characters after the counter, at most eight.
    """
    if counter == "度":
        return not re.search(r"(?:気温|温度|最高|最低|摂氏|角度|緯度|平均|は|で|を|が|、)$", before) or bool(
            re.match(r"[一-龠]", after)
        )
    if counter == "期":
        return not re.match(r"連続|ぶり|続けて", after)
    if counter == "本":
        return bool(re.match(r"柱|立て|気|格|人|社|部|線", after))
    if counter == "点":
        return bool(re.match(r"差|目|を(?:挙げ|指摘)|[一-龠]{0,3}が(?:重要|問題)", after)) or before.endswith(
            ("次の", "この")
        )
    if counter == "回":
        return bool(re.match(r"[裏表]|戦|生|忌", after))
    return (counter == "部" and bool(re.match(r"構成|作|門|会|長|リーグ|隊", after))) or (
        counter == "組" and bool(re.match("織|合", after))
    )


def _counts_preceding(before: str, after: str, value: float) -> bool:
    """Whether つ counts what precedes it (いけすが三つ流された), and not what follows (2つの規格)."""
    return (
        value >= 2
        and bool(re.search(r"[がをは、]$|約$|計$", before))
        and not re.match(r"の|目|とも|星|に|は|、", after)
    )
