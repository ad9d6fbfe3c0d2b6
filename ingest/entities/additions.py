"""Adds names that the reader missed but a rule or the alias table finds.

Takes the names found so far and the text; returns them with the added ones. Read :mod:`ingest.entities` first.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from ingest import shapes
from ingest.compounds import letters
from ingest.entities.name import Name, Taken, stands_alone
from ingest.entities.titles import titles
from ingest.names import gazetteer
from ingest.recogniser import Atom
from kg import lexicon
from kg.model import EntityType, Extent

_MODIFIER = r"[一-鿿]{0,5}?"  # may stand between a name and a title: 米, 欧州, 財務


_PROFESSION = re.compile(r"[ァ-ヺー]|[家手優者員師士使]$")  # professions, which also follow things: ヴァイオリン作家


@cache
def _title_after_name() -> re.Pattern[str]:
    return re.compile(rf"(?:{_MODIFIER}(?P<title>{'|'.join(map(re.escape, titles()))}|委員(?![会長])))")


def _titled_persons(
    text: str, tokens: Sequence[tuple[int, int, str, str]], rare: Callable[[str], bool]
) -> Iterator[tuple[Extent, str]]:
    """Yield the names of people that a title follows, each with the title: カーター|最高経営責任者, 山中|さん.

    A name is a run of words that GiNZA's dictionary has as names of people, or a common noun in katakana without a
    vector, which is most often a foreign name. After a name in katakana, up to five kanji may precede the title:
    オルソン|欧州委員. Arguments: see :func:`added`.
    """
    i = 0
    while i < len(tokens):
        start, end, word, tag = tokens[i]
        i += 1
        unknown = tag.startswith("名詞-普通名詞") and re.fullmatch(r"[ァ-ヺー]{3,}", word) and rare(word)
        if not (unknown or tag.startswith("名詞-固有名詞-人名")) or (
            start and re.match(r"[・＝ァ-ヺーA-Za-z一-鿿]", text[start - 1])
        ):
            continue
        while i < len(tokens) and tokens[i][3].startswith("名詞-固有名詞-人名") and tokens[i][0] == end:
            end, i = tokens[i][1], i + 1
        m = _title_after_name().match(text, end)
        if m and unknown and (end - start > 8 or _PROFESSION.search(m["title"])):
            continue  # ヴァイオリン|作家: a thing and a profession
        if m and end - start > 1 and (m.start("title") == end or re.fullmatch(r"[ァ-ヺー]{3,}", text[start:end])):
            yield Extent(start, end), m["title"]


_PLANETS = frozenset({"地球", "火星", "木星", "土星", "金星", "月面", "冥王星"})


def added(
    found: Sequence[Name],
    text: str,
    units: Sequence[Atom],
    tokens: Sequence[tuple[int, int, str, str]],
    rare: Callable[[str], bool],
) -> list[Name]:
    """Return the names with those that a rule or the alias table adds, in order of the text.

    Five rules, in this order. Each adds names only where none is yet, except for what 1 and 4 replace:

    1. Words in quotation marks after a kind of thing, and titles in 『』. They replace the shorter names inside. A
       single name inside with a confidence above 0.9 stays, unless the new name is a product.
    2. Katakana and Latin words after a kind of thing.
    3. Names of the alias table that have at least three characters and are no common words. A place needs four, or
       an ending such as 県. Planets count as places where a particle follows.
    4. Names of people before a title. They replace longer names that begin at the same place with a confidence of
       at most 0.9 (ベーカー米|財務長官).
    5. One-character countries before a name or a noun of ``country_heads.jsonl`` (米|政府).

    Args:
        found: the names so far.
        text: the article's text.
        units: the article as the recogniser's units (:func:`ingest.recogniser.atoms`).
        tokens: (start, end, word, tag) of each of GiNZA's tokens; start and end are characters.
        rare: tells whether GiNZA has no vector of a word.
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
    for extent, title in _titled_persons(text, tokens, rare):
        inside = [] if taken.free(extent) else [n for n in found if n.extent.overlaps(extent)]
        if any(n.extent.start != extent.start or n.extent.end <= extent.end or n.confidence > 0.9 for n in inside):
            continue
        for n in inside:  # ベーカー米|財務長官: keep ベーカー
            found.remove(n)
        add(extent, "Person", 0.7, f"before {title}")
    for country, following in _countries_before(units, {n.extent.start for n in found}):
        extent = Extent(country.start, country.end)
        if taken.free(extent):
            add(extent, "Place", 0.6, f"{country.text} before {following.text}")
    return sorted(found, key=lambda n: n.extent)


def _countries_before(units: Sequence[Atom], name_starts: set[int]) -> Iterator[tuple[Atom, Atom]]:
    """Yield one-character countries before a name or a noun of ``country_heads.jsonl``, each with what follows."""
    for i, (u, following) in enumerate(itertools.pairwise(units)):
        if u.text in letters() and "名詞" in u.tag and not (i and re.search(r"[一-鿿ー]$", units[i - 1].text)):
            if following.start in name_starts or following.text in lexicon.texts("country_heads"):
                yield u, following
