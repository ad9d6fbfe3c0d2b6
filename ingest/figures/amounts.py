"""The figures of a text, each with value, unit and comparator; works on text alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ingest import durations, numbers
from ingest.figures.comparators import comparator
from ingest.figures.counts import ORDINAL, SPELLINGS, is_count
from ingest.figures.units import counters, currencies, is_word_character, pattern
from kg.model import Comparator, Extent, Figure, FigureKind

_SIGNS = {"$": "USD", "US$": "USD", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD", "¥": "JPY", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR"}  # fmt: skip
_SCALES = {"million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12}
# What follows the name of a currency where it is part of another word.
_OTHER_WORDS = {"円": re.compile(r"周|卓|形|柱|錐|滑|満|熟"), "元": re.compile(r"[首論号年素]|[の]?(?:東|大)")}
_KATAKANA_WORDS = ("ランド", "タカ", "ドン", "チャット", "ポンド")  # currencies that begin other words
# What follows a change: 210ドルから225ドルに.
_TO = re.compile(r" ?(?:に(?!の|わた|及|つい)|へ|とな|まで[上下引増減拡縮]|超)")
_SHARE = {"%": 1.0, "パーセント": 1.0, "割": 10.0}
# What precedes a number that is vague, an ordinal, a score or part of a name.
_VAGUE = re.compile(r"(?:数|何|幾)[十百千万億兆]*$|第 ?$|[A-Za-z][-‐]?$|[\d]対$|背番号$|\d[:：]$|\d/$")
# The noun that 「11の」「40余りの」 counts, known by its last characters.
_COUNTED = re.compile(
    r"(?P<noun>[一-龠ァ-ヶー]{0,6}?(?P<unit>事業者|事業所|店舗|企業|会社|言語|機関|団体|施設|自治体|都市|地域|地点|工場|拠点|大学|学校|病院|項目|品目|路線|市町村|都道府県|国(?![民内際家会営連語籍])|州|店))"
    r"(?![一-龠ァ-ヶー])"
)


def find(text: str) -> list[Figure]:
    """The figures of a text in order, without what they measure and are about.

    Args:
        text: any text; offsets of the result count its code points.

    >>> [(f.kind, f.value, f.unit, f.comparator) for f in find("売上高は約1兆4000億ドル、株式の27%")]
    [('money', 1400000000000, 'USD', '~'), ('percent', 27.0, '%', '=')]
    >>> [(f.value, f.comparator) for f in find("25〜34%に")], find("第2位、41歳、数千人、250号室")
    ([(25.0, '>='), (34.0, '<=')], [])
    """
    text, at = numbers.unspaced(numbers.narrow(text))
    found: list[Figure] = []
    position = 0
    scan = pattern()
    spans = list(durations.durations(text))
    while match := scan.search(text, position):
        figures = _figures(text, match)
        position = match.end() if figures else _continue_at(match)
        found.extend(figures)
    found.extend(_durations(text, spans))
    return [replace(f, extent=numbers.extent(at, f.extent.start, f.extent.end)) for f in _without_overlaps(found)]


def _continue_at(match: re.Match[str]) -> int:
    """Where the search continues after a match that is no figure: after its first number."""
    return match.end("low" if match["low"] else "signed" if match["sign"] else "n")


def _without_overlaps(figures: Iterable[Figure]) -> list[Figure]:
    """The figures in order; of two that overlap, the first: 3割5分, not its 5分."""
    kept: list[Figure] = []
    for figure in sorted(figures, key=lambda f: (f.extent.start, -f.extent.end)):
        if not kept or not kept[-1].extent.overlaps(figure.extent):
            kept.append(figure)
    return kept


def _figures(text: str, match: re.Match[str]) -> list[Figure]:
    """The figures of a match: none, one, or the two ends of a range."""
    start, end = match.span()
    before = text[max(0, start - 5) : start]
    if _VAGUE.search(before) and not match["sign"] and not (before.endswith("数") and match[0][0].isdigit()):
        return []
    if match["sign"]:
        return _signed(text, match)
    if match["dash"]:
        return _range(text, match)
    value = numbers.parse(match["n"])
    if value is None:
        return []
    kanji = match["n"][0] in numbers.DIGITS or match["n"][0] in numbers.SMALL
    if kanji and start and is_word_character(text[start - 1]):
        return []
    if match["money"]:
        return _money(text, match, value)
    if match["share"]:
        return _share(text, match, value, kanji)
    if match["noun"]:
        counted = _COUNTED.match(text, end)
        if counted is None or kanji or value < 3:
            return []
        return [_figure(text, start, counted.end(), "count", value, counted["unit"])]
    if not is_count(text, match, value, kanji):
        return []
    return [_figure(text, start, end, "count", value, SPELLINGS.get(match["count"], match["count"]))]


def _signed(text: str, match: re.Match[str]) -> list[Figure]:
    """The amount after a sign: $3, £2 million."""
    value = numbers.parse(match["signed"])
    if value is None:
        return []
    scale = _SCALES.get((match["scale"] or "").strip(), 1)
    return [_figure(text, match.start(), match.end(), "money", value * scale, _SIGNS[match["sign"]])]


def _money(text: str, match: re.Match[str], value: float) -> list[Figure]:
    """The amount before a currency, unless its name is part of another word: 1円周, 5元首."""
    start, end = match.span()
    if (other := _OTHER_WORDS.get(match["money"])) and other.match(text, end):
        return []
    if match["money"] in _KATAKANA_WORDS and is_word_character(text[end : end + 1]):
        return []
    code, factor = currencies()[match["money"]]
    value = _scaled(value, factor)
    if match["minor"]:
        value = round(value + (numbers.parse(match["minor"]) or 0) / 100, 6)
    return [_figure(text, start, end, "money", value, code)]


def _share(text: str, match: re.Match[str], value: float, kanji: bool) -> list[Figure]:
    """The percentage of a match (3割5分 is 35%), or its count of points (2%ポイント)."""
    start, end = match.span()
    if match["share"] == "割" and ((kanji and re.match(r"り|れ|に満", text[end:])) or re.match("合", text[end:])):
        return []
    if match["points"]:
        return [_figure(text, start, end, "count", value, "ポイント")]
    value *= _SHARE[match["share"]]
    if match["bu"]:
        value += numbers.parse(match["bu"]) or 0
    return [_figure(text, start, end, "percent", value, "%")]


def _range(text: str, match: re.Match[str]) -> list[Figure]:
    """The two ends of a range (3〜5億円), or the two figures of a change (210ドルから225ドルに)."""
    low, high = numbers.parse(match["low"]), numbers.parse(match["high"])
    if low is None or high is None:
        return []
    unit_low = match["lowunit"]
    change = "から" in match["dash"]
    from_to = change and _TO.match(text, match.end())
    kind: FigureKind
    if match["rmoney"]:
        code, factor = currencies()[match["rmoney"]]
        kind, unit = "money", code
        low_code, low_factor = currencies().get(unit_low or match["rmoney"], (code, factor))
        if low_code != code:
            return []
        low, high = _scaled(low, low_factor), _scaled(high, factor)
    elif match["rshare"]:
        if unit_low and unit_low in currencies():
            return []
        kind, unit = "percent", "%"
        low, high = low * _SHARE[unit_low or match["rshare"]], high * _SHARE[match["rshare"]]
    else:
        counter = match["rcount"]
        if unit_low or ORDINAL.match(text, match.end()) or counters()[counter].get("needs"):
            return []
        kind, unit = "count", SPELLINGS.get(counter, counter)
    if change and not unit_low and match["rcount"]:
        return []
    if not unit_low:
        low = _with_scale_of(match["low"], match["high"], low, high)
    if from_to:  # 210ドルから225ドルに: a change, two plain figures
        if not unit_low:
            return []
        comparators: tuple[Comparator, Comparator] = ("=", "=")
    else:
        if low > high:
            return []
        comparators = (">=", "<=")
    end_low = match.end("lowunit") if unit_low else match.end("low")
    return [
        Figure(Extent(match.start(), end_low), kind, low, unit, comparators[0], reasons=("range",)),
        Figure(Extent(match.start("high"), match.end()), kind, high, unit, comparators[1], reasons=("range",)),
    ]


def _with_scale_of(low_words: str, high_words: str, low: float, high: float) -> float:
    """The low end of a range with the large unit of the high end, if it has none: 3〜5億 is 3億〜5億."""
    if re.search(r"[万億兆]", low_words):
        return low
    unit = re.search(r"[万億兆]$", high_words)
    return low * numbers.LARGE[unit[0]] if unit else low


def _scaled(value: float, factor: float) -> float:
    """A value times the factor of its currency, rounded to avoid errors of floating point."""
    return value if factor == 1 else round(value * factor, 6)


def _durations(text: str, spans: list[durations.Duration]) -> Iterable[Figure]:
    """The durations of a text as figures."""
    for span in spans:
        yield _figure(text, span.start, span.end, "duration", span.value, span.unit)


def _figure(text: str, start: int, end: int, kind: FigureKind, value: float, unit: str) -> Figure:
    """A figure with the comparator that its context gives."""
    return Figure(Extent(start, end), kind, value, unit, comparator(text, start, end), reasons=(kind,))
