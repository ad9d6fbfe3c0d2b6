"""For whom a noun without a name may stand: the names of an article that fit 特使, 町教委, 本人, 声明 as they are said later.

A bare noun that speaks is often somebody who was named before: with that title (ハーゲン特使 … 特使は), by a name that ends so or
that the noun shortens (真瀬町教育委員会 … 町教委は), or in a sentence that has both (甲社は声明を出した … 声明は). Each is only a
hint; the judges of sources weigh it (:mod:`ingest.claims.sources`).
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence

from kg.model import Mention

RELATIONS = ("title", "end", "short", "beside")  # the closest first
_SELF = frozenset(["本人", "ご本人", "当人", "自身", "自分", "同人", "両人", "当事者", "こちら"])
_MORE = re.compile(r"^(?:同じく|同|この|その|当の|前|元|現)|(?:の?側|サイド|たち|ら|自身|さん|氏)$")
_ONE = frozenset("国都道府県市区町村州省庁局署社党部課会校院館団")  # what one character may end a name with
_BACK = 6  # earlier places of the noun that are looked at
HEADLINE = 80  # characters from the start in which a headline stands: whom it means is named after it
_NEAR = 400  # characters: how far after
_LINK = frozenset(
    ["", "の", "、", "・", " ", "\u3000", "「", "『", "（", "(", "だった", "である", "を務める", "の「", "、「"]
)
_AFTER = re.compile(r"\s*(?:[（(][^（()）]{1,20}[）)])?[^、。「」『』はがをのもに\n]{0,8}")
_ENDS = re.compile(r"[。\n！？!?]")


def core_of(words: str) -> str:
    """A noun without what points or belongs beside it.

    >>> core_of("同特使"), core_of("町側"), core_of("特使")
    ('特使', '町', '特使')
    """
    bare = _MORE.sub("", _MORE.sub("", words))
    return bare or words


def is_self(words: str) -> bool:
    """Whether a noun means whoever the text has spoken of: 本人."""
    return words in _SELF


def stands_for(
    words: str,
    at: int,
    text: str,
    mentions: Sequence[Mention],
    starts: Sequence[int],
    names: Sequence[tuple[str, str]],
) -> Mapping[str, str]:
    """Whom a noun at character ``at`` may stand for: entity to the closest of :data:`RELATIONS`.

    Args:
        words: the noun, without modifiers.
        at: where it starts.
        text: the article.
        mentions: its mentions in order.
        starts: where each of them starts.
        names: the names of organizations, places and events, each with its entity.
    """
    core = core_of(words)
    found: dict[str, str] = {}

    def add(entity: str, relation: str) -> None:
        if entity not in found or RELATIONS.index(relation) < RELATIONS.index(found[entity]):
            found[entity] = relation

    if len(core) > 1 or core in _ONE:
        for name, entity in names:
            if len(name) > len(core) and name.endswith(core):
                add(entity, "end")
            elif len(core) > 1 and shortens(core, name):
                add(entity, "short")
    if len(core) < 2:
        return found
    places: list[int] = []
    place = text.rfind(core, 0, at)
    while place >= 0 and len(places) < _BACK:
        places.append(place)
        place = text.rfind(core, 0, place)
    if at < HEADLINE and (place := text.find(core, at + len(words), at + _NEAR)) >= 0:
        places.append(place)
    for place in places:
        end = place + len(core)
        i = bisect.bisect_left(starts, place)
        for m in mentions[max(0, i - 3) : i + 3]:
            if (m.extent.end <= place and _AFTER.fullmatch(text, m.extent.end, place)) or (
                end <= m.extent.start <= end + 8 and text[end : m.extent.start] in _LINK
            ):
                add(m.entity, "title")
        first = max((x.end() for x in _ENDS.finditer(text, max(0, place - 120), place)), default=max(0, place - 120))
        last = next((x.start() for x in _ENDS.finditer(text, end, end + 120)), end + 120)
        for m in mentions[bisect.bisect_left(starts, first) : bisect.bisect_left(starts, last)]:
            if not m.anaphor:
                add(m.entity, "beside")
    return found


def shortens(words: str, name: str) -> bool:
    """Whether words are a name with some of it left out, its first character or its last kept.

    >>> shortens("町教委", "真瀬町教育委員会"), shortens("県警", "県"), shortens("安保理", "国連安全保障理事会")
    (True, False, True)
    """
    if len(words) >= len(name) or not (words[0] in name and words[-1] in name):
        return False
    left = iter(name)
    return all(c in left for c in words)
