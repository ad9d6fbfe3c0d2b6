"""Names made of names: bodies that a country's or a force's name begins, rows of ``data/lexicon/bodies.jsonl``.

日本代表 and ロシア政府 are organizations, 警視庁公安部 is one name; 米国防総省 is a country's letter and an office.
"""

from __future__ import annotations

import re
from functools import cache

from ingest import lexicon
from kg.model import EntityType

_FORCE = re.compile(r"(?:警視庁|警察庁|(?:県|府|道)警|検察庁|地検|高検)$")


@cache
def countries() -> dict[str, bool]:
    """Names of countries and larger regions, and whether each is one letter (米) rather than a full name."""
    return {row["country"]: row.get("short", False) for row in lexicon.rows("countries")}


@cache
def letters() -> frozenset[str]:
    """The letters that mean a country wherever a name follows them: 米ノーステラ, but not 中, 日 or 北.

    >>> "米" in letters(), "中" in letters()
    (True, False)
    """
    return frozenset(r["country"] for r in lexicon.rows("countries") if r.get("short") and not r.get("ambiguous"))


@cache
def _bodies(of: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{row['pattern']})" for row in lexicon.rows("bodies") if row["of"] == of))


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
    if country and (m := _bodies("country").match(text, end)):
        return m.end()
    if kind == "Organization" and _FORCE.search(text[start:end]) and (m := _bodies("force").match(text, end)):
        return m.end()
    return None


def office(word: str) -> bool:
    """Whether a word is a country's letter and an office of that country.

    >>> office("米国防総省"), office("米倉商事")
    (True, False)
    """
    return word[:1] in letters() and bool(_bodies("letter").fullmatch(word, 1))
