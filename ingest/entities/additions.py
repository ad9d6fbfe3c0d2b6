"""Names that the recogniser missed and a rule or the alias table knows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from ingest import lexicon, shapes
from ingest.compounds import letters
from ingest.entities.name import Name, Taken, stands_alone
from ingest.names import gazetteer
from ingest.recogniser import Atom
from kg.model import EntityType, Extent

_PLANETS = frozenset({"地球", "火星", "木星", "土星", "金星", "月面", "冥王星"})


def added(
    found: Sequence[Name],
    text: str,
    units: Sequence[Atom],
    tokens: Sequence[tuple[int, int, str, str]],
    rare: Callable[[str], bool],
) -> list[Name]:
    """The names, and with them what a rule or the alias table knows.

    Args:
        found: the names so far.
        text: the article's text.
        units: the recogniser's units of it.
        tokens: per token (start, end, word, tag).
        rare: whether a word is unknown to GiNZA's vectors.
    """
    found = list(found)
    taken = Taken(found, len(text))

    def add(extent: Extent, kind: EntityType, confidence: float, reason: str) -> None:
        found.append(Name(extent, kind, confidence, extent.of(text), [reason]))
        taken.add(extent)

    for start, end, kind, reason in itertools.chain(shapes.bracketed(text), shapes.titles_in_brackets(text)):
        extent = Extent(start, end)
        inside = [] if taken.free(extent) else [n for n in found if n.extent.overlaps(extent)]
        if any(n.extent == extent for n in inside) or text[start:end] in lexicon.texts("nonames"):
            continue
        if any(not extent.contains(n.extent) for n in inside):
            continue
        if inside and len(inside) == 1 and inside[0].confidence > 0.9 and kind != "Product":
            continue
        for n in inside:
            found.remove(n)
        add(extent, kind, 0.7, reason)
    for start, end, kind, reason in shapes.announced(text, tokens, rare):
        extent = Extent(start, end)
        if taken.free(extent) and extent.of(text) not in lexicon.texts("nonames"):
            add(extent, kind, 0.6, reason)
    for first, after, kind_text, size in gazetteer().matches(text, units):
        extent = Extent(units[first].start, units[after - 1].end)
        word = extent.of(text)
        if word in _PLANETS and taken.free(extent) and text[extent.end : extent.end + 1] in "のへとをにで、":
            add(extent, "Place", 0.6, f"alias table only: {word}")
            continue
        if kind_text.endswith("?") or size < 3 or not taken.free(extent) or word in lexicon.texts("nonames"):
            continue
        row = gazetteer().get(word)
        if row is None or not stands_alone(text, extent.start, extent.end, word, row.type):
            continue
        if row.type == "Place" and size < 4 and not word.endswith(("県", "市", "府", "都")):
            continue
        add(extent, row.type, 0.6, f"alias table only: {row.label}")
    begun = {n.extent.start for n in found}
    for i, u in enumerate(units):
        if u.text in letters() and "名詞" in u.tag and i + 1 < len(units):
            extent, following = Extent(u.start, u.end), units[i + 1]
            if not taken.free(extent) or (i and re.search(r"[一-鿿ー]$", units[i - 1].text)):
                continue
            named = following.start in begun
            if named or following.text in lexicon.texts("country_heads"):
                add(extent, "Place", 0.6, f"{u.text} before {following.text}")
    return sorted(found, key=lambda n: n.extent)
