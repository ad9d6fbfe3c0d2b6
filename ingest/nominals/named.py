"""An index of the entities and mentions of one article, by name and by place, for :mod:`.antecedents`."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence

from ingest.coreference.fitting import is_press
from ingest.nominals.candidates import stands_for
from kg.model import Entity, Mention


class Names:
    """The entities and mentions of one article, indexed.

    Args:
        entities: its entities.
        mentions: their mentions, in any order; anaphors may be among them.

    Attributes:
        types: type by entity id.
        labels: label by entity id.
        mentions: the mentions in order of the text; of those that begin at one place the longest first.
        starts: first character of each of ``mentions``.
        press: ids of newspapers, agencies and broadcasters.
        parts: by a part of a person's name (ナデラ), the ids of the persons.
        bodies: names of organizations, each with its id.
        ending: names of organizations, places and events, each with its id; these end in a noun for what they are.
        ends: by an ending of at least three characters, the ids of the organizations whose names end so.
    """

    def __init__(self, entities: Sequence[Entity], mentions: Sequence[Mention]) -> None:
        self.types = {e.id: e.type for e in entities}
        self.labels = {e.id: e.label for e in entities}
        self.mentions = sorted(mentions, key=lambda m: (m.extent.start, -m.extent.end))
        self.starts = [m.extent.start for m in self.mentions]
        self.press = frozenset(e.id for e in entities if is_press(e))
        self.parts: dict[str, set[str]] = {}
        self.bodies: list[tuple[str, str]] = []
        self.ending: list[tuple[str, str]] = []
        self.ends: dict[str, set[str]] = {}
        for e in entities:
            for name in (e.label, *e.aliases):
                if e.type in ("Organization", "Place", "Event"):
                    self.ending.append((name, e.id))
                if e.type == "Person":
                    pieces = re.split(r"[・･=＝ 　]", name)
                    if mixed := re.fullmatch(r"([ァ-ヴー]{2,})([一-龥]{1,3})", name):
                        pieces = list(mixed.groups())  # ブラウン太郎
                    if len(pieces) == 1 and re.fullmatch(r"[一-龥]{3,5}", name):
                        pieces = [name[:2], name[:3]] if len(name) > 3 else [name[:2]]
                    for piece in pieces:
                        if piece != name or len(pieces) > 1:
                            self.parts.setdefault(piece, set()).add(e.id)
                elif e.type == "Organization":
                    self.bodies.append((name, e.id))
                    for k in range(1, len(name) - 2):
                        self.ends.setdefault(name[k:], set()).add(e.id)

    def within(self, start: int, end: int) -> list[Mention]:
        """Return the mentions that lie in the characters ``[start, end)``."""
        out = []
        for i in range(bisect.bisect_left(self.starts, start), len(self.mentions)):
            m = self.mentions[i]
            if m.extent.start >= end:
                break
            if m.extent.end <= end:
                out.append(m)
        return out

    def stands_for(self, words: str, at: int, text: str) -> Mapping[str, str]:
        """Return the candidate antecedents of a noun (:func:`ingest.nominals.candidates.stands_for`).

        Args:
            words: the noun, without modifiers.
            at: its first character in the text.
            text: the article's text.
        """
        return stands_for(words, at, text, self.mentions, self.starts, self.ending)
