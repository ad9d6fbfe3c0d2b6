"""Names that the recogniser missed and a rule or the alias table knows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from ingest import lexicon, shapes
from ingest.compounds import letters
from ingest.entities.name import Name, Taken, stands_alone
from ingest.entities.titles import titles
from ingest.names import gazetteer
from ingest.recogniser import Atom
from kg.model import EntityType, Extent

_POST = r"[一-鿿]{0,5}?"  # what stands between a name and a title: 米, 欧州, 財務


_TRADE = re.compile(r"[ァ-ヺー]|[家手優者員師士使]$")  # what may stand behind a thing as well as behind a name


@cache
def _office() -> re.Pattern[str]:
    return re.compile(rf"(?:{_POST}(?P<title>{'|'.join(map(re.escape, titles()))}|委員(?![会長])))")


def _bearers(
    text: str, tokens: Sequence[tuple[int, int, str, str]], rare: Callable[[str], bool]
) -> Iterator[tuple[Extent, str]]:
    """Words that GiNZA's dictionary has as names of people, right before a title: カーター|最高経営責任者, 山中|さん.

    A word in katakana that it does not know at all is such a name too. Between a name in katakana and the title may stand
    whose office it is: オルソン|欧州委員.
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
        m = _office().match(text, end)
        if m and unknown and (end - start > 8 or _TRADE.search(m["title"])):
            continue  # ヴァイオリン|作家
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
    for extent, title in _bearers(text, tokens, rare):
        inside = [] if taken.free(extent) else [n for n in found if n.extent.overlaps(extent)]
        if any(n.extent.start != extent.start or n.extent.end <= extent.end or n.confidence > 0.9 for n in inside):
            continue
        for n in inside:  # ベーカー米|財務長官: the name alone
            found.remove(n)
        add(extent, "Person", 0.7, f"before {title}")
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
