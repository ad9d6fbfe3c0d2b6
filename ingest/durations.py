"""Durations: quantities of time (7年間, 11年4カ月ぶり, 1分25秒), which are figures and not dates.

:mod:`ingest.figures` reports them, and :mod:`ingest.dates` leaves them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest import numbers

_N = rf"(?:{numbers.ARABIC}|[一二三四五六七八九十百]{{1,4}})"
# The ISO 8601 duration of each unit.
_UNITS = {
    "年": "P1Y", "カ月": "P1M", "週間": "P1W", "週": "P1W", "日": "P1D", "時間": "PT1H", "分": "PT1M", "秒": "PT1S", "世紀": "P100Y",
}  # fmt: skip
_MONTH = r"(?:カ|か|ヶ|ヵ|ケ|箇|ヵ|ｶ)月"
_DURATION = re.compile(
    rf"(?<![\d.第])(?P<n>{_N}) ?(?:(?P<year>年)(?:(?P<m>{_N}){_MONTH})?|(?P<month>{_MONTH})|(?P<week>週間?)|(?P<day>日)"
    rf"|(?P<hour>時間)(?:(?P<hm>{_N})分)?|(?P<minute>分)(?:(?P<ms>{_N})秒)?|(?P<second>秒))(?P<half>半)?(?P<span>間)?"
)
_HALF = re.compile(r"半(?P<unit>年|月|日)(?P<span>間)?(?!期|前|後|先|額|報|本|端|島)")
# What follows a duration but never a date.
_AFTER = re.compile(
    r" ?(?:以上|以下|以内|未満|超|余り|あまり|余|弱|強|近く|足らず|程度|ほど|くらい|ぐらい|分(?!の[0-9一二三四五六七八九])|ぶり|連続|続けて|ごと|おき|越し|がかり"
    r"|かか|かけ|待|過ぎ|が過|たっ|経|続|短|長|早|遅|延|の(?:猶予|歳月|期間|任期|契約|懲役|禁錮|実刑|刑|有期|延長|経験|歴史|伝統|月日|準備|審査|空白|ブランク|時間)"
    r"|契約|計画|任期|制|労働|休|勤務|保証|固定|物(?:国債|金利)?|国債|債|あれば|だけ|しか|もあ|も、|もかか|、執行|に(?:わた|及|延長|短縮|限)|を(?:要|超|か|費|過)|で(?:はな|も)|もの)"
)
# What precedes a duration of years.
_BEFORE = re.compile(
    r"(?:過去|今後|この|ここ|向こう|この先|約|およそ|ほぼ|丸|まる|満|最長|最短|最大|最低|少なくとも|延べ|わずか|あと|残り|週|年|月|懲役|禁錮|任期は?|期間は?|期限は|から|にして|から約|もう|後|間に|たった|後の|の間) ?$"
)
# What follows a date but no duration.
_DATE_AFTER = re.compile(
    r"(?:あたり|当たり|目|生(?!産)|版|度|末|代|初|春|夏|秋|冬|前|後|先|期|産|式|型|\d|[一二三四五六七八九十]{1,3}月|ごろ|頃|以降|以来|の[1-9春夏秋冬]|上半期|下半期|付)"
)
# What precedes a date.
_DATE_BEFORE = re.compile(
    r"(?:令和|平成|昭和|大正|明治|西暦|紀元|\d月|[一二三四五六七八九十]月|同月|今月|来月|先月|毎月|毎年)$"
)


class Duration(NamedTuple):
    """A duration at ``[start, end)``.

    Attributes:
        start: where it begins.
        end: the character after it.
        value: the number of units.
        unit: an ISO 8601 duration of one unit, such as ``P1Y``.
    """

    start: int
    end: int
    value: float
    unit: str


def durations(text: str) -> Iterator[Duration]:
    """The durations of a text.

    Args:
        text: the text in narrow width (:func:`ingest.numbers.narrow`).

    Yields:
        Those with a number in order, then those with 半 (半年).

    >>> [(d.value, d.unit) for d in durations("11年4カ月ぶり、7年間、2年半、23年に発売、3年前")]
    [(136, 'P1M'), (7, 'P1Y'), (2.5, 'P1Y')]
    """
    for match in _DURATION.finditer(text):
        found = _read(text, match)
        if found:
            yield found
    for match in _HALF.finditer(text):
        if match.start() and text[match.start() - 1] in "前後上下約" and text[match.start() - 1] != "約":
            continue
        if (
            text[match.start() - 1 : match.start()]
            and text[match.start() - 1] in "年月日0123456789一二三四五六七八九十"
        ):
            continue
        unit = _UNITS["カ月" if match["unit"] == "月" else match["unit"]]
        if match["unit"] == "日" and not match["span"]:
            continue
        yield Duration(match.start(), match.end(), 0.5, unit)


def _read(text: str, match: re.Match[str]) -> Duration | None:
    """The duration of a match, or None where it is a date, a time of day, an ordinal or a vague number.

    For each unit, the words before and after decide.
    """
    value = numbers.parse(match["n"])
    if value is None:
        return None
    before, after = text[max(0, match.start() - 4) : match.start()], text[match.end() : match.end() + 6]
    if match["span"] and re.match(r"に合", after):
        return None  # 十分間に合う
    if before.endswith(("数", "何", "十数", "第", "/", "-", "・", "-")) or after.startswith(("あたり", "当たり", "目")):
        return None
    group = match.lastgroup  # noqa: F841 - kept readable below by names
    unit, length = "", len(match[0])
    if match["year"]:
        unit = "P1Y"
        if not (match["span"] or match["m"] or match["half"] or _is_span_of_years(value, before, after)):
            return None
    elif match["month"]:
        unit = "P1M"
        if not match["span"] and re.match(r" ?(?:前|後|先)(?!半)", after):
            return None
    elif match["week"]:
        unit = "P1W"
        if re.match(r"(?:前|後|先)(?!半)", after) or (match[0].endswith("週") and not _AFTER.match(after)):
            return None
    elif match["day"]:
        unit = "P1D"
        if not match["span"]:
            if _DATE_AFTER.match(after) or _DATE_BEFORE.search(before):
                return None
            if value == int(value) and not (_DAY_BEFORE.search(before) or _DAY_AFTER.match(after)):
                return None
        elif _DATE_BEFORE.search(before) and not before.endswith("月"):
            return None
    elif match["hour"]:
        unit = "PT1H"
        if not match["span"] and re.match(r"(?:前|後)(?!半)", after):
            return None
    elif match["minute"]:
        unit = "PT1M"
        if (
            re.search(r"\d時$", before)
            or re.match(r"の[\d一二三四五六七八九]", after)
            or (not match["ms"] and re.match(r"(?:前|後|ごろ|頃|割|厘|野|類|析|配|担|散|布|裂|離|岐)", after))
        ):
            return None
        if match["n"][0] in numbers.DIGITS or match["n"][0] in "十百":
            if not match["span"] and match["n"] in ("十", "一", "二", "三", "八", "九", "五", "四", "六", "七"):
                return None  # 十分, 二分, 三分 are more often words than minutes
    elif match["second"]:
        unit = "PT1S"
        if re.search(r"分$", before):
            return None
    if match["m"]:
        value, unit = value * 12 + (numbers.parse(match["m"]) or 0), "P1M"
    if match["hm"]:
        value, unit = value * 60 + (numbers.parse(match["hm"]) or 0), "PT1M"
    if match["ms"]:
        value = round(value + (numbers.parse(match["ms"]) or 0) / 60, 10)
    if match["half"]:
        value += 0.5
    return Duration(match.start(), match.start() + length, value, unit)


# What precedes and follows N日 where it is a number of days and not a date.
_DAY_BEFORE = re.compile(r"(?:週|週休|過去|今後|ここ|丸|まる|延べ|残り|あと|わずか|たった|最大|最長|少なくとも)$")
_DAY_AFTER = re.compile(
    r" ?(?:以上|以下|以内|未満|超|足らず|近く|程度|ほど|分(?!の[0-9一二三四五六七八九])|ぶり|連続|続けて|ごと|おき|がかり|かか|かけ|制|労働|勤務|を超え|を要|も早|早く|遅れ)"
)


def _is_span_of_years(value: float, before: str, after: str) -> bool:
    """Whether N年 counts years (創業から4年, 9年ほど) and does not name one (23年に, 平成9年, 1987年).

    Args:
        value: the number.
        before: the characters before it, at most four.
        after: the characters after it, at most six.
    """
    if value >= 200 or _DATE_BEFORE.search(before):
        return False
    if _DATE_AFTER.match(after):
        return False
    if _AFTER.match(after):
        return True
    if _BEFORE.search(before):
        return value < 10 or not before.endswith(("年", "から"))
    return (value < 10 and value != int(value)) or value < 10
