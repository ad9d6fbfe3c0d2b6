"""Numbers with units: the currencies and counters of ``data/lexicon``, and the pattern that finds them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from ingest import numbers
from kg import lexicon

_DASH = r" ?(?:[〜～~\-‐–—―─]|から) ?"


@cache
def currencies() -> dict[str, tuple[str, float]]:
    """The ISO 4217 code and the factor (銭 is 0.01 yen) of each name of a currency."""
    return {row["name"]: (row["code"], row.get("factor", 1.0)) for row in lexicon.rows("currencies")}


@cache
def counters() -> dict[str, dict[str, Any]]:
    """The rows of ``counters.jsonl`` by their counter."""
    return {row["counter"]: row for row in lexicon.rows("counters")}


@cache
def pattern() -> re.Pattern[str]:
    """The pattern of a number with its unit.

    It is one alternation with the longest unit first, so that the scan stays linear.
    """
    money = "|".join(sorted(map(re.escape, currencies()), key=len, reverse=True))
    count = "|".join(sorted(map(re.escape, counters()), key=len, reverse=True))
    n = numbers.NUMBER
    big = r"[万億兆]"
    return re.compile(
        rf"(?P<sign>US\$|HK\$|NT\$|[ACS]?\$|[¥€£₩₹]) ?(?P<signed>{numbers.ARABIC}{big}?)(?P<scale> ?(?:million|billion|trillion|bn|m)(?![A-Za-z]))?"
        rf"|(?P<low>{n})(?P<lowunit>{money}|%|パーセント|割)?(?P<dash>{_DASH})(?=[\d〇一二三四五六七八九十百千])(?P<high>{n})"
        rf"(?: ?(?P<rmoney>{money})|(?P<rshare>%|パーセント|割)|(?P<rcount>{count}))"
        rf"|(?P<n>{n})(?:余り|余)?(?: ?(?P<money>{money})(?:(?P<minor>{numbers.ARABIC})(?P<minorunit>銭|セント|ペンス))?"
        rf"|(?P<share>%|パーセント|割)(?:(?P<bu>[\d一二三四五六七八九])分)?(?P<points>ポイント)?"
        rf"| ?(?P<count>{count})|(?P<noun>の(?=[一-龠ァ-ヶーA-Za-z])))"
    )


def is_word_character(character: str) -> bool:
    """Whether a kanji number next to this character is part of a word (統一社, 三人称)."""
    return (
        bool(character)
        and bool(re.match(r"[一-龠々ァ-ヶー]", character))
        and character not in "約計全各同延総毎週年月後前数"
    )
