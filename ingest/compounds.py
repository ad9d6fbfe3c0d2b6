"""Compound names: bodies whose names begin with a country or a police force, by ``data/lexicon/bodies.jsonl``.

日本代表 and ロシア政府 are organizations, and 警視庁公安部 is one name. 米国防総省 is two: a one-character country and
its ministry. Takes strings, gives the end of the compound or yes and no.
"""

from __future__ import annotations

import re
from functools import cache

from kg import lexicon
from kg.model import EntityType

_FORCE = re.compile(r"(?:警視庁|警察庁|(?:県|府|道)警|検察庁|地検|高検)$")


@cache
def countries() -> dict[str, bool]:
    """Return the names of countries and larger regions; the value is true for a one-character name (米).

    >>> countries()["米"], countries()["米国"]
    (True, False)
    """
    return {row["country"]: row.get("short", False) for row in lexicon.rows("countries")}


@cache
def letters() -> frozenset[str]:
    """Return the characters that are a country wherever a name follows (米ノーステラ).

    Ambiguous ones such as 中, 日 and 北 are left out.

    >>> "米" in letters(), "中" in letters()
    (True, False)
    """
    return frozenset(r["country"] for r in lexicon.rows("countries") if r.get("short") and not r.get("ambiguous"))


@cache
def _bodies(of: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{row['pattern']})" for row in lexicon.rows("bodies") if row["of"] == of))


def body(text: str, start: int, end: int, kind: EntityType, *, country: bool) -> int | None:
    """Return where the organization ends whose name begins with a given name, or None: 日本|代表, 警視庁|公安部.

    Args:
        text: the article's text.
        start: the given name's first character in the text.
        end: the character after its last.
        kind: its type.
        country: whether it is a country.

    >>> body("日本代表が", 0, 2, "Place", country=True), body("日本代表者", 0, 2, "Place", country=True)
    (4, None)
    """
    if country and (m := _bodies("country").match(text, end)):
        return m.end()
    if kind == "Organization" and _FORCE.search(text[start:end]) and (m := _bodies("force").match(text, end)):
        return m.end()
    return None


def office(word: str) -> bool:
    """Return whether a word consists of a one-character country and an office of that country.

    >>> office("米国防総省"), office("米倉商事")
    (True, False)
    """
    return word[:1] in letters() and bool(_bodies("letter").fullmatch(word, 1))
