"""What a figure measures (売上高), and which entity it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from kg import lexicon
from kg.model import Figure, Mention

_OF = r"(?:以上|余り|規模|程度)?の"
_FOLLOWING = re.compile(_OF)
_NOUN_AFTER = re.compile(_OF + r"([一-龠ァ-ヶー]{2,8})")
_NOUN_BEFORE = re.compile(r"([一-龠ァ-ヶー]{2,8})(?:は|が|を|も|、)?(?:約|計|およそ|合計)? ?$")


@cache
def _measures() -> re.Pattern[str]:
    """The pattern of the nouns that name a measure (売上高)."""
    words = sorted((row["measure"] for row in lexicon.rows("measures")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


def measure_of(text: str, start: int, end: int, figure: Figure) -> tuple[str | None, int]:
    """The noun that a figure measures and where it begins; (None, the figure's start) if there is none.

    Args:
        text: the text.
        start: where the sentence begins.
        end: where it ends.
        figure: the figure.
    """
    if figure.kind == "duration":
        return None, figure.extent.start
    following = _FOLLOWING.match(text, figure.extent.end)
    if following and (noun := _measures().match(text, following.end())):
        return noun[0], noun.start()
    best = None
    for noun in _measures().finditer(text, max(start, figure.extent.start - 60), figure.extent.start):
        best = noun
    if best:
        return best[0], best.start()
    if figure.kind == "count":
        noun = _NOUN_BEFORE.search(text, start, figure.extent.start)
        if noun:
            return noun[1], noun.start(1)
    after = _NOUN_AFTER.match(text, figure.extent.end, end)
    return (after[1], figure.extent.end) if after else (None, figure.extent.start)


def about(text: str, mentions: Sequence[Mention], figure: Figure, at: int) -> tuple[str, ...]:
    """The id of the entity that a figure is about, as a tuple of at most one.

    Args:
        text: the text.
        mentions: those in the sentence, in order.
        figure: the figure.
        at: where the measuring noun begins.
    """
    if not mentions:
        return ()
    for mention in mentions:  # right before the noun: A社株, 同社の売上高
        if mention.extent.end <= at and text[mention.extent.end : at] in ("", "の", "は", "が", "、"):
            return (mention.entity,)
    topics = [
        m
        for m in mentions
        if m.extent.end <= figure.extent.start and text[m.extent.end : m.extent.end + 1] in ("は", "が", "も")
    ]
    if topics:
        return (topics[-1].entity,)
    before = [m for m in mentions if m.extent.end <= figure.extent.start]
    return (before[-1].entity,) if before else ()
