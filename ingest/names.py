"""The alias table: names known beforehand, in Japanese and Latin writing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from kg import data
from kg.model import EntityType
from kg.names import normal_name

__all__ = ["Gazetteer", "Known", "gazetteer", "normal_name"]


class Known(NamedTuple):
    """A row of ``data/gazetteer.jsonl``: ``wikidata`` only where it is sure; ``weak`` names are also common words."""

    label: str
    type: EntityType
    aliases: tuple[str, ...] = ()
    wikidata: str | None = None
    weak: frozenset[str] = frozenset()


class _Unit(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def tag(self) -> str: ...


class Gazetteer:
    """Longest match of known names at token boundaries."""

    def __init__(self, rows: Sequence[Known]) -> None:
        self.rows = tuple(rows)
        self._at: dict[str, Known] = {}
        self._sizes: dict[str, list[int]] = {}
        for row in rows:
            for name in (row.label, *row.aliases):
                for writing in {name, name.replace(" ", ""), name.replace("・", "")} if len(name) > 3 else {name}:
                    self._at.setdefault(writing, row)
        sizes: dict[str, set[int]] = {}
        for name in self._at:
            sizes.setdefault(name[:2], set()).add(len(name))
        self._sizes = {k: sorted(v, reverse=True) for k, v in sizes.items()}
        self._normal: dict[str, Known] = {}
        for name, row in self._at.items():
            self._normal.setdefault(normal_name(name), row)

    def get(self, name: str) -> Known | None:
        """The row of a name, as written or else by its normal form."""
        return self._at.get(name) or (self._normal.get(normal_name(name)) if len(name) > 2 else None)

    def type_of(self, name: str) -> EntityType | None:
        row = self._at.get(name)
        return row.type if row else None

    def matches(self, text: str, units: Sequence[_Unit]) -> Iterator[tuple[int, int, str, int]]:
        """(first unit, unit after the last, type, characters) of each known name, longest first, not overlapping.

        A one-character name (米) matches only a whole unit tagged as a noun.
        """
        ends = {u.end: i + 1 for i, u in enumerate(units)}
        i, n = 0, len(units)
        while i < n:
            start = units[i].start
            key = text[start : start + 2]
            hit = None
            for size in self._sizes.get(key, ()):
                after = ends.get(start + size)
                if after is not None and after > i and (row := self._at.get(name := text[start : start + size])):
                    hit = (i, after, row.type + ("?" if name in row.weak else ""), size)
                    break
            if hit is None and units[i].end == start + 1 and (row := self._at.get(text[start])):
                hit = (i, i + 1, row.type + "?", 1)
            if hit:
                yield hit
                i = hit[1]
            else:
                i += 1


@cache
def gazetteer() -> Gazetteer:
    """The alias table that ships, loaded once per process."""
    rows = []
    for line in data.text("gazetteer.jsonl").splitlines():
        r = json.loads(line)
        rows.append(
            Known(r["label"], r["type"], tuple(r.get("aliases", ())), r.get("wikidata"), frozenset(r.get("weak", ())))
        )
    return Gazetteer(rows)
