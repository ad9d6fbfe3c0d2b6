"""The alias table: names known beforehand, with type, other names and Wikidata address (``data/gazetteer.jsonl``).

:func:`gazetteer` gives the table that ships, :meth:`Gazetteer.matches` its names in a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from kg import data
from kg.model import EntityType
from kg.names import normal_name

__all__ = ["Gazetteer", "Known", "gazetteer", "normal_name"]


class Known(NamedTuple):
    """A row of the alias table.

    Attributes:
        label: the main name.
        type: the type of what it names.
        aliases: its other names.
        wikidata: the Wikidata id (``Q312``), if it is certain.
        weak: those of its names that are common words too; their matches need other evidence.
    """

    label: str
    type: EntityType
    aliases: tuple[str, ...] = ()
    wikidata: str | None = None
    weak: frozenset[str] = frozenset()


class _Unit(Protocol):
    """A stretch of text: characters ``[start, end)`` with a part-of-speech tag."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def tag(self) -> str: ...


class Gazetteer:
    """An alias table that is looked up by name, or matched against a text.

    Names are also found without their spaces and without ・, if they have more than three characters. Of several rows
    with one name the first counts.

    >>> table = Gazetteer([Known("ノーステラ", "Organization", ("Northterra",))])
    >>> table.type_of("Northterra"), table.type_of("ノース")
    ('Organization', None)
    """

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
        """Return the row of a name as it is written, else by its normal form (:func:`kg.names.normal_name`), or None.

        The normal form is tried only for names of more than two characters.
        """
        return self._at.get(name) or (self._normal.get(normal_name(name)) if len(name) > 2 else None)

    def type_of(self, name: str) -> EntityType | None:
        """Return the type of a name exactly as it is written, or None."""
        row = self._at.get(name)
        return row.type if row else None

    def matches(self, text: str, units: Sequence[_Unit]) -> Iterator[tuple[int, int, str, int]]:
        """Yield the known names in a text, from left to right, at each place the longest one.

        A name must begin and end with a unit.

        Args:
            text: the text.
            units: the text's units, in order.

        Yields:
            First unit, unit after the last, type, and length in characters. The type ends in ``?`` if the name is
            weak, or has only one character.
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
    """Return the alias table that ships, loaded once per process."""
    rows = []
    for r in data.rows("gazetteer.jsonl"):
        rows.append(
            Known(r["label"], r["type"], tuple(r.get("aliases", ())), r.get("wikidata"), frozenset(r.get("weak", ())))
        )
    return Gazetteer(rows)
