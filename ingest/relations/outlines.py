"""Outlines: sentences in which each mention is one character of Unicode's private use area.

So a regular expression can match mentions without knowing their words: the character's block tells the type. An
:class:`Outline` keeps which mention a character stands for. :class:`Topics` keeps the topics of earlier sentences,
for sentences that leave out their subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

from ingest.compounds import countries
from kg import lexicon
from kg.model import Entity, EntityType, Extent, Figure, Mention

#: First and last character of each kind of mention: person, organization, product, place, event; of places also a
#: one-character country (C), another country (K) and other places (N).
BLOCKS: dict[str, tuple[int, int]] = {
    "P": (0xE000, 0xE3FF), "O": (0xE400, 0xE7FF), "D": (0xE800, 0xEBFF), "L": (0xEC00, 0xEFFF), "E": (0xF000, 0xF3FF),
    "C": (0xEC00, 0xECFF), "K": (0xED00, 0xEDFF), "N": (0xEE00, 0xEFFF),
}  # fmt: skip
_LETTER: dict[EntityType, str] = {"Person": "P", "Organization": "O", "Product": "D", "Place": "L", "Event": "E"}
ANY = "[\ue000-\uf3ff]"  # any mention
PLAIN = "[^\ue000-\uf3ff。]"  # a character that is no mention and no end of a sentence
AND = r"(?:氏|さん|[」』”])?(?:、|や|と|・|および|及び|並びに|，|,|/)(?:[「『“])?"
HONORIFIC = r"(?:氏ら|氏|さん|様|容疑者|被告|選手|監督|博士|先生|夫妻|議員|ら)"


# A space that translations put between a name, Latin letters or digits and Japanese: 米 エヌビディア の CEO は. After
# kana only where they are a particle, as elsewhere a space may part headings.
_PADDING = re.compile(
    rf"(?<=[A-Za-z0-9%]) (?=[ぁ-んァ-ヶ一-龠、。「」（）])|(?<={ANY}) (?=[ぁ-んァ-ヶ一-龠、。「」（）A-Z])"
    rf"|(?<=[のはがをにでとやも、。「」（・一-龠ァ-ヶー]) (?={ANY}|[A-Za-z0-9])"
)


class Slot(NamedTuple):
    """A mention in an outline.

    Attributes:
        entities: ids of the entities that it refers to; several for a plural anaphor.
        type: the type of the first of them.
        words: its characters in the article.
        start: where they begin there.
    """

    entities: tuple[str, ...]
    type: EntityType
    words: str
    start: int

    @property
    def end(self) -> int:
        """Where its characters end."""
        return self.start + len(self.words)


_REPORTERS = re.compile(
    rf"{ANY}(?:(?:、|や|と|・|および|及び|,|紙|電子版|[（(][^（）()。]{{0,12}}[）)]){{0,2}}{ANY}){{0,8}}(?:紙|電子版|など|各社|の[^、。]{{0,8}})?(?:に(?:よると|よれば|よりますと)|が(?:報じ|伝え|まとめ|集計し|入手し))"
)


@dataclass(slots=True)
class Outline:
    """A sentence with each mention as one character.

    Attributes:
        extent: the sentence's extent in the article.
        text: the outline.
        slots: the mention of each character that stands for one.
        offsets: for each character of ``text`` its offset in the article, and one more for the end.
        figures: the sentence's figures, each with its first character in the article.
    """

    extent: Extent
    text: str
    slots: dict[str, Slot]
    offsets: list[int]
    figures: list[tuple[int, Figure]] = field(default_factory=list)

    @property
    def reporters(self) -> frozenset[str]:
        """The characters of mentions that only report what is said: 産経新聞や時事通信によると."""
        return frozenset(c for m in _REPORTERS.finditer(self.text) for c in m[0] if c in self.slots)

    def unpadded(self) -> Outline:
        """The outline without the spaces that translations put around names, as patterns expect it.

        The pair model reads the outline as it is, since it has learnt from such translations too.
        """
        dropped = {m.start() for m in _PADDING.finditer(self.text)}
        if not dropped:
            return self
        text = "".join(c for i, c in enumerate(self.text) if i not in dropped)
        return replace(self, text=text, offsets=[x for i, x in enumerate(self.offsets) if i not in dropped])

    def members(self, words: str, types: Iterable[str] | None = None) -> list[Slot]:
        """Return the mentions in a part of the outline, of the given types or of all."""
        found = [self.slots[c] for c in words if c in self.slots]
        return found if types is None else [s for s in found if s.type in types]


@cache
def titles() -> tuple[str, str]:
    """Return two alternations for regular expressions, longest title first: all titles, and the offices of a state."""
    rows = lexicon.rows("relations_titles")

    def any_of(words: Iterable[str]) -> str:
        return "|".join(sorted(map(re.escape, words), key=len, reverse=True))

    return any_of(r["title"] for r in rows), any_of(r["title"] for r in rows if r.get("office"))


def block(letters: str) -> str:
    """Return a character class for kinds of mentions, given by their letters in :data:`BLOCKS`.

    >>> bool(re.match(block("PO"), "\\ue400")), bool(re.match(block("P"), "\\ue400"))
    (True, False)
    """
    return "[" + "".join(f"{chr(BLOCKS[c][0])}-{chr(BLOCKS[c][1])}" for c in letters) + "]"


def outline(
    text: str, extent: Extent, mentions: Sequence[Mention], types: dict[str, Entity], figures: Sequence[Figure] = ()
) -> Outline:
    """Make the outline of a sentence.

    Of overlapping mentions the first stays; of those that begin together, the longest.

    Args:
        text: the article's text.
        extent: the sentence.
        mentions: the mentions in it; several with one extent are one plural anaphor.
        types: the article's entities by id.
        figures: the figures in it.
    """
    by_extent: dict[Extent, list[str]] = {}
    for m in mentions:
        by_extent.setdefault(m.extent, []).append(m.entity)
    out: list[str] = []
    offsets: list[int] = []
    slots: dict[str, Slot] = {}
    at = extent.start
    for place in sorted(by_extent, key=lambda e: (e.start, -e.end)):
        if place.start < at or place.end > extent.end:
            continue
        out.append(text[at : place.start])
        offsets.extend(range(at, place.start))
        entity = types[by_extent[place][0]]
        words = place.of(text)
        character = _character(entity.type, words, len(slots))
        slots[character] = Slot(tuple(by_extent[place]), entity.type, words, place.start)
        out.append(character)
        offsets.append(place.start)
        at = place.end
    out.append(text[at : extent.end])
    offsets.extend(range(at, extent.end + 1))
    return Outline(extent, "".join(out).replace("\n", " "), slots, offsets, [(f.extent.start, f) for f in figures])


def _character(type_: EntityType, words: str, index: int) -> str:
    """Return the character of the mention with this index; a block is used again from its start when it is full."""
    if type_ != "Place":
        return chr(BLOCKS[_LETTER[type_]][0] + index % 0x400)
    country = countries().get(words)
    block = "N" if country is None else "C" if country else "K"
    return chr(BLOCKS[block][0] + index % 0x100)


@cache
def marked() -> re.Pattern[str]:
    """Return the pattern of a mention, or a list of them, that a particle marks as topic or subject.

    Its groups are ``who``, ``particle`` and, if a comma follows, ``comma``.
    """
    all_titles, _ = titles()
    one = ANY
    tail = rf"(?:{HONORIFIC}|[一-龠ァ-ヶーA-Za-z]{{0,6}}(?:{all_titles})|[」』”]|など|側|グループ|[（(][^（）()。]{{0,24}}[）)]){{0,3}}"
    return re.compile(
        rf"(?P<who>{one}(?:{AND}{one}){{0,12}}){tail}(?P<particle>では|には|とは|は|が|も)(?=(?P<comma>、)?)"
    )


class Topics:
    """The topics and mentions of the sentences so far.

    Japanese leaves out a subject that is the topic already, so patterns and features look it up here. It is true if
    there has been a topic.

    Args:
        counts: how often the whole article mentions each entity, by id.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._all: list[tuple[int, Slot]] = []
        self._topics: list[tuple[int, Slot]] = []
        self._main: dict[str, list[Slot]] = {}  # by type, the two of those so far that the article mentions most
        self._sentence = 0

    def __bool__(self) -> bool:
        return bool(self._topics)

    def follow(self, sentence: Outline) -> None:
        """Add a sentence's topics (mentions before は, が or も that do not only report) and all its mentions."""
        self._sentence += 1
        for match in marked().finditer(sentence.text):
            if match["particle"] in ("は", "が", "も"):
                self._topics += [
                    (self._sentence, sentence.slots[c])
                    for c in match["who"]
                    if c in sentence.slots and c not in sentence.reporters
                ]
        for slot in sentence.members(sentence.text):
            self._all.append((self._sentence, slot))
            most = self._main.setdefault(slot.type, [])
            if all(slot.entities != other.entities for other in most):
                most.append(slot)
                most.sort(key=self.weight, reverse=True)
                del most[2:]

    def latest(self, types: Iterable[str], within: int) -> Slot | None:
        """Return the last topic of these types in the last ``within`` sentences, or None."""
        for at, slot in reversed(self._topics):
            if self._sentence - at >= within:
                return None
            if slot.type in types:
                return slot
        return None

    def recent(self, types: Iterable[str], within: int) -> list[Slot]:
        """Return the topics of these types in the last ``within`` sentences, latest first."""
        return [slot for at, slot in reversed(self._topics) if slot.type in types and self._sentence - at < within]

    def mentioned(self, types: Iterable[str], within: int) -> Slot | None:
        """Return the last mention of these types in the last ``within`` sentences, or None."""
        for at, slot in reversed(self._all):
            if self._sentence - at >= within:
                return None
            if slot.type in types:
                return slot
        return None

    def slot(self, entity: str) -> Slot | None:
        """Return the last mention of an entity so far, or None."""
        return next((slot for _, slot in reversed(self._all) if entity in slot.entities), None)

    def main(self, type_: str) -> Slot | None:
        """Return the entity of this type that the article is mostly about, or None.

        It must be mentioned at least three times, and at least twice as often as any other so far.
        """
        most = self._main.get(type_, [])
        if not most or self.weight(most[0]) < 3 or any(2 * self.weight(o) > self.weight(most[0]) for o in most[1:]):
            return None
        return most[0]

    def weight(self, slot: Slot) -> int:
        """Return how often the whole article mentions the entity of a slot; of several, the most frequent one."""
        return max(self._counts.get(e, 0) for e in slot.entities)
