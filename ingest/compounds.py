"""Names made of names: bodies that a country's or a force's name begins.

日本代表 and ロシア政府 are organizations, 警視庁公安部 is one name.
"""

from __future__ import annotations

import re

from kg.model import EntityType

_STATE_BODY = re.compile(
    r"政府(?!軍|専用|系|高官筋)|首相府|大統領府|議会(?!選|制)|国立大学|中央銀行|国防軍|空軍|海軍|陸軍|軍(?![事隊人艦属備閥用団曹医楽港服装縮配歌])|大使館|国会"
)
_SQUAD = re.compile(r"代表(?!者|取締役|理事|団|質問|作|部|する|し|的|例|選考|権|を(?:務|つと))")
_FORCE = re.compile(r"(?:警視庁|警察庁|(?:県|府|道)警|検察庁|地検|高検)$")
_FORCE_PART = re.compile(
    r"(?:公安部|交通部|刑事部|警備部|特捜部|生活安全部|捜査[一二三四1-4]課|公安[一二三四1-4]課|[一-鿿]{1,4}署|[一-鿿]{1,4}支部)(?![一-鿿])"
)


def body(text: str, start: int, end: int, kind: EntityType, *, country: bool) -> int | None:
    """Where the name of an organization ends that this name begins: 日本|代表, ロシア|政府, 警視庁|公安部.

    Args:
        text: the article's text.
        start, end: the name that was found.
        kind: its type.
        country: whether it is the name of a country or another place known to have a government.

    >>> body("日本代表が", 0, 2, "Place", country=True), body("日本代表者", 0, 2, "Place", country=True)
    (4, None)
    """
    if country and (m := _STATE_BODY.match(text, end) or _SQUAD.match(text, end)):
        return m.end()
    if kind == "Organization" and _FORCE.search(text[start:end]) and (m := _FORCE_PART.match(text, end)):
        return m.end()
    return None
