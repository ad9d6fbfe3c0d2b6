"""Candidate antecedents of a nominal anaphor: the entities to which 特使, 町教委 or 声明 may refer.

An entity is a candidate if it was named with the noun as title (ハーゲン特使 … 特使は), if its name ends in the noun or
the noun shortens it (真瀬町教育委員会 … 町教委は), or if an earlier sentence has both (甲社は声明を出した … 声明は).
:mod:`.antecedents` decides among them.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence

from kg.model import Mention

#: How a candidate fits: named with the noun, name ends in it, shortened by it, in one sentence with it. Best first.
RELATIONS = ("title", "end", "short", "beside")
_REFLEXIVES = frozenset(["本人", "ご本人", "当人", "自身", "自分", "同人", "両人", "当事者", "こちら"])
_AFFIX = re.compile(r"^(?:同じく|同|この|その|当の|前|元|現)|(?:の?側|サイド|たち|ら|自身|さん|氏)$")
_ONE_CHARACTER = frozenset("国都道府県市区町村州省庁局署社党部課会校院館団")  # nouns of one character that end names
_EARLIER_PLACES = 6  # earlier places of the noun to look at
HEADLINE = 80  # characters from the start that may be the headline, where an anaphor may precede its antecedent
_HEADLINE_REACH = 400  # characters after a noun of the headline in which it is looked for once more
_LINK = frozenset(
    ["", "の", "、", "・", " ", "\u3000", "「", "『", "（", "(", "だった", "である", "を務める", "の「", "、「"]
)
_AFTER = re.compile(r"\s*(?:[（(][^（()）]{1,20}[）)])?[^、。「」『』はがをのもに\n]{0,8}")
_SENTENCE_END = re.compile(r"[。\n！？!?]")


def core_of(words: str) -> str:
    """Return a noun without determiners and suffixes: 同, 元, 側, たち. It stays as it is if nothing else is left.

    >>> core_of("同特使"), core_of("町側"), core_of("特使")
    ('特使', '町', '特使')
    """
    bare = _AFFIX.sub("", _AFFIX.sub("", words))
    return bare or words


def is_self(words: str) -> bool:
    """Return whether a noun is a reflexive, such as 本人, which may refer to anybody."""
    return words in _REFLEXIVES


def stands_for(
    words: str,
    at: int,
    text: str,
    mentions: Sequence[Mention],
    starts: Sequence[int],
    names: Sequence[tuple[str, str]],
) -> Mapping[str, str]:
    """Return the candidate antecedents of a noun, each with the best of :data:`RELATIONS` that holds.

    Up to six earlier places of the noun are searched for names, and from the headline one later place too.

    Args:
        words: the noun, without modifiers.
        at: its first character in the text.
        text: the article's text.
        mentions: the article's mentions in order of the text.
        starts: first character of each of them.
        names: names of organizations, places and events, each with its entity's id.

    Returns:
        A relation by entity id.
    """
    core = core_of(words)
    found: dict[str, str] = {}

    def add(entity: str, relation: str) -> None:
        if entity not in found or RELATIONS.index(relation) < RELATIONS.index(found[entity]):
            found[entity] = relation

    if len(core) > 1 or core in _ONE_CHARACTER:
        for name, entity in names:
            if len(name) > len(core) and name.endswith(core):
                add(entity, "end")
            elif len(core) > 1 and shortens(core, name):
                add(entity, "short")
    if len(core) < 2:
        return found
    places: list[int] = []
    place = text.rfind(core, 0, at)
    while place >= 0 and len(places) < _EARLIER_PLACES:
        places.append(place)
        place = text.rfind(core, 0, place)
    if at < HEADLINE and (place := text.find(core, at + len(words), at + _HEADLINE_REACH)) >= 0:
        places.append(place)
    for place in places:
        end = place + len(core)
        i = bisect.bisect_left(starts, place)
        for m in mentions[max(0, i - 3) : i + 3]:
            if (m.extent.end <= place and _AFTER.fullmatch(text, m.extent.end, place)) or (
                end <= m.extent.start <= end + 8 and text[end : m.extent.start] in _LINK
            ):
                add(m.entity, "title")
        first = max(
            (x.end() for x in _SENTENCE_END.finditer(text, max(0, place - 120), place)), default=max(0, place - 120)
        )
        last = next((x.start() for x in _SENTENCE_END.finditer(text, end, end + 120)), end + 120)
        for m in mentions[bisect.bisect_left(starts, first) : bisect.bisect_left(starts, last)]:
            if not m.anaphor:
                add(m.entity, "beside")
    return found


def shortens(words: str, name: str) -> bool:
    """Return whether a noun is shorter than a name and consists of its characters in their order.

    >>> shortens("町教委", "真瀬町教育委員会"), shortens("県警", "県"), shortens("安保理", "国連安全保障理事会")
    (True, False, True)
    """
    if len(words) >= len(name) or not (words[0] in name and words[-1] in name):
        return False
    characters = iter(name)
    return all(c in characters for c in words)
