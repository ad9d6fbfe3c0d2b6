"""Figures: money, percentages, counts and durations, with value, unit and comparator.

``find`` is pure and works on text alone. ``find_figures`` also uses the parsed article, and adds what a figure measures
and which entity it is about. Currencies, counters and measures are rows in ``data/lexicon``. Dates, ages, ordinals,
scores, and vague numbers (数千人, 数兆ドル) are no figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ingest import durations, lexicon, numbers
from kg.model import Comparator, Extent, Figure, FigureKind

if TYPE_CHECKING:
    from spacy.tokens import Doc

_DASH = r" ?(?:[〜～~\-‐–—―─]|から) ?"
_SIGNS = {"$": "USD", "US$": "USD", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD", "¥": "JPY", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR"}  # fmt: skip
_SHARE = {"%": 1.0, "パーセント": 1.0, "割": 10.0}
# What precedes a number that is vague, an ordinal, a score or part of a name.
_VAGUE = re.compile(r"(?:数|何|幾)[十百千万億兆]*$|第 ?$|[A-Za-z][-‐]?$|[\d]対$|背番号$|[:：]$|\d/$")
# Comparators after and before a figure.
_COMPARE: tuple[tuple[Comparator, re.Pattern[str]], ...] = (
    (">=", re.compile(r" ?(?:以上|を下回ら|は下ら)")),
    ("<=", re.compile(r" ?(?:以下|以内|を上限)")),
    ("<", re.compile(r" ?(?:未満|足らず|弱(?!含|ま|い)|を下回|を切|を割)")),
    (">", re.compile(r" ?(?:超(?!過)|強(?!含|ま|い|化|制|力)|余り|あまり|余(?![剰地裕波震])|を超|を越|を突破)")),
    ("~", re.compile(r" ?(?:程度|ほど|前後|規模|くらい|ぐらい|近く|見当|内外|相当|そこそこ)")),
)
_COMPARE_BEFORE: tuple[tuple[Comparator, re.Pattern[str]], ...] = (
    (">=", re.compile(r"(?:少なくとも|最低でも|最低|最少) ?$")),
    ("<=", re.compile(r"(?:最大で|最大|最高で|最高|最多|多くて|上限) ?$")),
    ("~", re.compile(r"(?:約|およそ|およを|おおむね|概ね|ほぼ|ざっと|推定) ?$")),
    (">", re.compile(r"(?:優に) ?$")),
)
# What follows a unit of reference (1株あたり) and an ordinal (3人目); neither is a count.
_PER = re.compile(r" ?(?:あたり|当たり|当り|につき|ごと)")
_ORDINAL = re.compile(r"(?:目(?![標的])|号(?!機)|番|位|版|枠)")


@cache
def _currencies() -> dict[str, tuple[str, float]]:
    """The ISO 4217 code and the factor (銭 is 0.01 yen) of each name of a currency."""
    return {row["name"]: (row["code"], row.get("factor", 1.0)) for row in lexicon.rows("currencies")}


@cache
def _counters() -> dict[str, dict[str, Any]]:
    """The rows of ``counters.jsonl`` by their counter."""
    return {row["counter"]: row for row in lexicon.rows("counters")}


@cache
def _units() -> re.Pattern[str]:
    """The pattern of a number with its unit.

    It is one alternation with the longest unit first, so that the scan stays linear.
    """
    money = "|".join(sorted(map(re.escape, _currencies()), key=len, reverse=True))
    count = "|".join(sorted(map(re.escape, _counters()), key=len, reverse=True))
    n = numbers.NUMBER
    big = r"[万億兆]"
    return re.compile(
        rf"(?P<sign>US\$|HK\$|NT\$|[ACS]?\$|[¥€£₩₹]) ?(?P<signed>{numbers.ARABIC}{big}?)(?P<scale> ?(?:million|billion|trillion|bn|m)(?![A-Za-z]))?"
        rf"|(?P<low>{n})(?P<lowunit>{money}|%|パーセント|割)?(?P<dash>{_DASH})(?=[\d〇一二三四五六七八九十百千])(?P<high>{n})"
        rf"(?: ?(?P<rmoney>{money})|(?P<rshare>%|パーセント|割)|(?P<rcount>{count}))"
        rf"|(?P<n>{n})(?:余り|余)?(?: ?(?P<money>{money})(?:(?P<minor>{numbers.ARABIC})(?P<minorunit>銭|セント|ペンス))?"
        rf"|(?P<share>%|パーセント|割)(?:(?P<bu>[\d一二三四五六七八九])分)?(?P<points>ポイント)?"
        rf"| ?(?P<count>{count})|(?P<noun>の(?=[一-龠ァ-ヶーA-Za-z])))"
    )


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
    text = numbers.narrow(text)
    found: list[Figure] = []
    taken = 0
    position = 0
    pattern = _units()
    spans = list(durations.durations(text))
    while match := pattern.search(text, position):
        figures = _figures(text, match)
        position = match.end() if figures else _continue_at(match)
        if figures and figures[0].extent.start >= taken:
            found.extend(figures)
            taken = figures[-1].extent.end
    found.extend(_durations(text, spans))
    return _without_overlaps(found)


def _continue_at(match: re.Match[str]) -> int:
    """Where the search continues after a match that is no figure: after its first number."""
    number = match["low"] or match["n"] or match["signed"] or ""
    return max(match.start() + 1, match.start() + len(number))


def _without_overlaps(figures: Iterable[Figure]) -> list[Figure]:
    """The figures in order; of two that overlap, the longer."""
    kept: list[Figure] = []
    for figure in sorted(figures, key=lambda f: (f.extent.start, -f.extent.end)):
        if kept and kept[-1].extent.overlaps(figure.extent):
            if len(figure.extent) > len(kept[-1].extent):
                kept[-1] = figure
            continue
        kept.append(figure)
    return kept


def _figures(text: str, match: re.Match[str]) -> list[Figure]:
    """The figures of a match: none, one, or the two ends of a range."""
    before = text[max(0, match.start() - 5) : match.start()]
    if _VAGUE.search(before) and not match["sign"] and not (before.endswith("数") and match[0][0].isdigit()):
        return []
    if match["sign"]:
        value = numbers.parse(match["signed"])
        scale = {"million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12}.get(
            (match["scale"] or "").strip(), 1
        )
        if value is None:
            return []
        return [_figure(text, match.start(), match.end(), "money", value * scale, _SIGNS[match["sign"]])]
    if match["dash"]:
        return _range(text, match)
    value = numbers.parse(match["n"])
    if value is None:
        return []
    start, end = match.start(), match.end()
    kanji = match["n"][0] in numbers.DIGITS or match["n"][0] in numbers.SMALL
    if kanji and start and _is_word_character(text[start - 1]):
        return []
    if match["money"]:
        code, factor = _currencies()[match["money"]]
        if match["money"] == "円" and re.match(r"周|卓|形|柱|錐|滑|満|熟", text[end:]):
            return []
        if match["money"] == "元" and re.match(r"[首論号年素]|[の]?(?:東|大)", text[end:]):
            return []
        if match["money"] in ("ランド", "タカ", "ドン", "チャット", "ポンド") and _is_word_character(
            text[end : end + 1]
        ):
            return []
        value = _scaled(value, factor)
        if match["minor"]:
            value = round(value + (numbers.parse(match["minor"]) or 0) / 100, 6)
        return [_figure(text, start, end, "money", value, code)]
    if match["share"]:
        if match["share"] == "割" and ((kanji and re.match(r"り|れ|に満", text[end:])) or re.match("合", text[end:])):
            return []
        if match["points"]:
            return [_figure(text, start, end, "count", value, "ポイント")]
        value *= _SHARE[match["share"]]
        if match["bu"]:
            value += numbers.parse(match["bu"]) or 0
        return [_figure(text, start, end, "percent", value, "%")]
    if match["noun"]:
        counted = _COUNTED.match(text, end)
        if counted is None or kanji or value < 3:
            return []
        return [_figure(text, start, counted.end(), "count", value, counted["unit"])]
    return _count(text, match, value, kanji)


def _count(text: str, match: re.Match[str], value: float, kanji: bool) -> list[Figure]:
    """The count of a match, as a list of at most one; ordinals, prices per unit and vague numbers are none.

    Args:
        text: the text.
        match: of :func:`_units`, with a counter.
        value: its number.
        kanji: whether the number is in kanji, which is more often part of a word.
    """
    start, end = match.start(), match.end()
    counter = match["count"]
    row = _counters()[counter]
    before, after = text[max(0, start - 8) : start], text[end : end + 8]
    if _ORDINAL.match(after) or _PER.match(after):
        return []
    if row.get("needs") and not re.match(rf" ?(?:{row['needs']})", after):
        return []
    if row.get("not_before") and re.match(row["not_before"], after):
        return []
    if counter.isascii() and re.match(r"[A-Za-z0-9]", after):
        return []
    if (
        kanji
        and (
            value < 2
            or (_is_word_character(text[end : end + 1]) and not re.match(r"以上|以下|余|増|減|死|全|前|程|未", after))
        )
        and not row.get("needs_floating")
    ):
        return []
    if row.get("needs_floating") and not _counts_preceding(before, after, value):
        return []
    if value == 1 and (
        before.endswith(("の", "うち", "もう", "あと", "この", "そのうち"))
        or counter in _PRICE_UNITS
        or re.match(r"つ|に(?:つき|対)|[=＝]|\d", after)
    ):
        # 1 that counts nothing: 関係者の1人, もう1社, 1株71円, 1台180万円
        if not re.match(r"を(?:派遣|獲得|増|減|失)|増|減", after) or (
            counter in _PRICE_UNITS and re.match(r"\d|に", after)
        ):
            return []
    if counter in ("度", "期", "周", "点", "部", "組", "本", "世代", "回", "コア") and _is_ordinal_use(
        counter, before, after
    ):
        return []
    if (
        re.search(r"\d[、，]$", before)
        and counter in ("人", "社", "件", "回", "つ", "台")
        and value < 10
        and re.search(rf"(?<!\d){int(value) - 1}[、，]$", before)
    ):
        return []  # 5、6人 is vague
    return [_figure(text, start, end, "count", value, _SPELLINGS.get(counter, counter))]


# Counters that name the unit of a price: 1株71円. 1 with them is no count.
_PRICE_UNITS = frozenset(
    {
        "株",
        "台",
        "口",
        "枚",
        "本",
        "個",
        "バレル",
        "トン",
        "オンス",
        "キロ",
        "リットル",
        "坪",
        "平方メートル",
        "組",
        "泊",
        "食",
        "杯",
    }
)
# Spellings of a counter, and the one that is reported.
_SPELLINGS = {"か国": "カ国", "ヶ国": "カ国", "ヵ国": "カ国", "ケ国": "カ国", "箇国": "カ国"} | {
    "か所": "カ所", "ヶ所": "カ所", "ヵ所": "カ所", "箇所": "カ所", "ケ所": "カ所", "パラメータ": "パラメーター",
}  # fmt: skip


def _is_ordinal_use(counter: str, before: str, after: str) -> bool:
    """Whether a counter is used as an ordinal or in another word, so that it counts nothing: 第2期, but not 2期連続.

    Args:
        counter: one of those that :func:`_count` asks about.
        before: the characters before the number, at most eight.
        after: the characters after the counter, at most eight.
    """
    if counter == "度":
        return not re.search(r"(?:気温|温度|最高|最低|摂氏|角度|緯度|平均|は|で|を|が|、)$", before) or bool(
            re.match(r"[一-龠]", after)
        )
    if counter == "期":
        return not re.match(r"連続|ぶり|続けて", after)
    if counter == "本":
        return bool(re.match(r"柱|立て|気|格|人|社|部|線", after))
    if counter == "点":
        return bool(re.match(r"差|目|を(?:挙げ|指摘)|[一-龠]{0,3}が(?:重要|問題)", after)) or before.endswith(
            ("次の", "この")
        )
    if counter == "回":
        return bool(re.match(r"[裏表]|戦|生|忌", after))
    return (counter == "部" and bool(re.match(r"構成|作|門|会|長|リーグ|隊", after))) or (
        counter == "組" and bool(re.match("織|合", after))
    )


def _counts_preceding(before: str, after: str, value: float) -> bool:
    """Whether つ counts what precedes it (いけすが三つ流された), and not what follows (2つの規格)."""
    return (
        value >= 2
        and bool(re.search(r"[がをは、]$|約$|計$", before))
        and not re.match(r"の|目|とも|星|に|は|、", after)
    )


def _range(text: str, match: re.Match[str]) -> list[Figure]:
    """The two ends of a range (3〜5億円), or the two figures of a change (210ドルから225ドルに)."""
    low, high = numbers.parse(match["low"]), numbers.parse(match["high"])
    if low is None or high is None:
        return []
    unit_low, after = match["lowunit"], text[match.end() : match.end() + 6]
    change = "から" in match["dash"]
    if change and re.match(r" ?(?:に(?!の|わた|及|つい)|へ|とな|まで[上下引増減拡縮]|超)", after):
        low_only = True  # 210ドルから225ドルに: a change, two plain figures
    else:
        low_only = False
    kind: FigureKind
    if match["rmoney"]:
        code, factor = _currencies()[match["rmoney"]]
        kind, unit = "money", code
        low_code, low_factor = _currencies().get(unit_low or match["rmoney"], (code, factor))
        if low_code != code:
            return []
        low, high = _scaled(low, low_factor), _scaled(high, factor)
    elif match["rshare"]:
        if unit_low and unit_low in _currencies():
            return []
        kind, unit = "percent", "%"
        low, high = low * _SHARE[unit_low or match["rshare"]], high * _SHARE[match["rshare"]]
    else:
        counter = match["rcount"]
        if unit_low or _ORDINAL.match(after) or _counters()[counter].get("needs"):
            return []
        if counter in ("月", "つ", "回", "度", "期", "番") and _ORDINAL.match(after):
            return []
        kind, unit = "count", _SPELLINGS.get(counter, counter)
    if change and not unit_low and match["rcount"]:
        return []
    if not unit_low:
        low = _with_scale_of(match["low"], match["high"], low, high)
    if low_only:
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
    return Figure(Extent(start, end), kind, value, unit, _comparator(text, start, end), reasons=(kind,))


def _comparator(text: str, start: int, end: int) -> Comparator:
    """The comparator of a figure: words in it (余り), after it (以上), before it (約), else ``=``."""
    after, before = text[end : end + 5], text[max(0, start - 6) : start]
    if re.search(r"余り?", text[start:end]):
        return ">"
    for sign, pattern in _COMPARE:
        if pattern.match(after):
            return sign
    for sign, pattern in _COMPARE_BEFORE:
        if pattern.search(before):
            return sign
    return "="


def _is_word_character(character: str) -> bool:
    """Whether a kanji number next to this character is part of a word (統一社, 三人称)."""
    return (
        bool(character)
        and bool(re.match(r"[一-龠々ァ-ヶー]", character))
        and character not in "約計全各同延総毎週年月後前数"
    )


# --- what a figure measures, and whose it is ---------------------------------------------------------------------


@cache
def _measures() -> re.Pattern[str]:
    """The pattern of the nouns that name a measure (売上高)."""
    words = sorted((row["measure"] for row in lexicon.rows("measures")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


def find_figures(doc: Doc) -> list[Figure]:
    """The figures of a parsed article, with ``measure`` and ``about`` where their sentence gives them.

    The measure is the noun that the figure modifies if it names a measure (2000億円の資金), else the nearest such
    noun before the figure in its sentence (売上高が…128億ドル). A figure is about the mention right before that noun,
    else the last topic or subject before the figure in the sentence, else the last mention before it.

    Args:
        doc: a document with sentences and, if there are any, ``doc._.mentions``.
    """
    text = doc.text
    mentions = sorted(getattr(doc._, "mentions", None) or (), key=lambda m: m.extent)
    figures = find(text)
    if not figures:
        return []
    bounds = [(sent.start_char, sent.end_char) for sent in doc.sents]
    sentence = 0
    result = []
    for figure in figures:
        while sentence + 1 < len(bounds) and bounds[sentence][1] <= figure.extent.start:
            sentence += 1
        start, end = bounds[sentence]
        measure, at = _measure(text, start, end, figure)
        inside = [m for m in mentions if start <= m.extent.start and m.extent.end <= end]
        result.append(replace(figure, measure=measure, about=_about(text, inside, figure, at)))
    return result


def _measure(text: str, start: int, end: int, figure: Figure) -> tuple[str | None, int]:
    """The noun that a figure measures and where it begins; (None, the figure's start) if there is none.

    Args:
        text: the text.
        start: where the sentence begins.
        end: where it ends.
        figure: the figure.
    """
    if figure.kind == "duration":
        return None, figure.extent.start
    following = re.match(r"(?:以上|余り|規模|程度)?の", text[figure.extent.end : figure.extent.end + 8])
    if following:
        noun = _measures().match(text, figure.extent.end + following.end())
        if noun:
            return noun[0], noun.start()
    best = None
    for noun in _measures().finditer(text, max(start, figure.extent.start - 60), figure.extent.start):
        best = noun
    if best:
        return best[0], best.start()
    if figure.kind == "count":
        noun = re.search(
            r"([一-龠ァ-ヶー]{2,8})(?:は|が|を|も|、)?(?:約|計|およそ|合計)? ?$", text[start : figure.extent.start]
        )
        if noun:
            return noun[1], start + noun.start(1)
    after = re.match(
        r"(?:以上|余り|規模|程度)?の([一-龠ァ-ヶー]{2,8})", text[figure.extent.end : min(end, figure.extent.end + 20)]
    )
    return (after[1], figure.extent.end) if after else (None, figure.extent.start)


def _about(text: str, mentions: list[Any], figure: Figure, at: int) -> tuple[str, ...]:
    """The id of the entity that a figure is about, as a tuple of at most one.

    Args:
        text: the text.
        mentions: those in the sentence, in order.
        figure: the figure.
        at: where the measuring noun begins.
    """
    if not mentions:
        return ()
    for mention in mentions:  # right before the noun: ライブドア株, 同社の売上高
        if mention.extent.end <= at and text[mention.extent.end : at] in ("", "の", "は", "が", "、"):
            return (mention.entity,)
    topics = [
        m
        for m in mentions
        if m.extent.end <= figure.extent.start and text[m.extent.end : m.extent.end + 1] in ("は", "が", "も")
    ]
    if topics:
        return (topics[-1].entity,)
    before = [m for m in mentions if m.extent.end <= figure.extent.start]
    return (before[-1].entity,) if before else ()


def iibun_figures(doc: Doc) -> Doc:
    """Set ``doc._.figures``."""
    doc._.figures = find_figures(doc)
    return doc
