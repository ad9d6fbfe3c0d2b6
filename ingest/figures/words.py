"""The words of ``measure_words.jsonl`` and the nouns of ``measures.jsonl``, for :mod:`.measures`."""

from __future__ import annotations

import re
from functools import cache

from kg import data, lexicon


@cache
def words(kind: str) -> tuple[str, ...]:
    """The words of a kind.

    >>> words("rate")
    ('率', '割合', 'シェア', '比', '利回り')
    """
    return tuple(_rows()[kind]["words"])


def ends(noun: str, *kinds: str) -> bool:
    """Whether a noun ends in a word of one of the kinds.

    >>> ends("来期", "time"), ends("納期", "time")
    (True, False)
    """
    return any(noun.endswith(words(kind)) and not noun.endswith(_exceptions(kind)) for kind in kinds)


def group(kind: str) -> str:
    """A regular expression for one of the words of a kind."""
    return f"(?:{'|'.join(map(re.escape, words(kind)))})"


@cache
def measures() -> re.Pattern[str]:
    """The pattern of the nouns that name a measure (売上高)."""
    nouns = sorted((row["measure"] for row in lexicon.rows("measures")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, nouns)))


@cache
def _rows() -> dict[str, data.Row]:
    return {row["kind"]: row for row in lexicon.rows("measure_words")}


@cache
def _exceptions(kind: str) -> tuple[str, ...]:
    return tuple(_rows()[kind].get("except", ()))
