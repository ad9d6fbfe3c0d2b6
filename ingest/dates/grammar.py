"""The forms that dates take in Japanese news, as regular expressions with named groups.

Each rule is a sequence of bounded pieces, so that scanning is linear. Words (来年, 年内, 近い将来) come from
``data/lexicon/dates.jsonl``, eras from ``eras.jsonl``. :mod:`ingest.dates.resolution` says what the groups mean.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from kg import lexicon

N2 = r"(?:\d{1,2}|[〇零一二三四五六七八九十]{1,3})"
DASH = r" ?[〜～~\-‐–—―─ー] ?"
NOT_IN_NUMBER = r"(?<![\d,.A-Za-z第一二三四五六七八九十百千万数])"
YEAR_PART = (
    r"(?:上半期|下半期|上期|下期|前半|後半|半ば|中ごろ|中頃|中盤|年央|初頭|初め|はじめ|始め|早々|序盤|終盤|年初|年末|末(?![端尾裔])|終わり|暮れ|春先"
    r"|春(?![闘節分巡場季期])|夏(?![季期休])|秋(?![季期])|冬(?![季期]))"
)
MONTH_PART = r"(?:上旬|初旬|中旬|下旬|前半|後半|半ば|中ごろ|中頃|初め|はじめ|始め|早々|末(?![端尾裔])|終わり)"
WITHIN = r"(?:中(?![旬国間期央部東止心古盤ご頃華米韓高小学欧])|内(?![閣外容部戦])|いっぱい)"
WEEKDAY = r"(?:[月火水木金土日])曜日?"
QUARTER = r"第?(?P<q>[1-4一二三四])[・･ ]?四半期"
BRACKETED = r"(?: ?[（(](?P<bm1>\d{1,2})[〜～~\-‐–—―─](?P<bm2>\d{1,2})月期?[）)])?"
DAY_NAME = r"(?: ?[（(][月火水木金土日](?:曜日?)?(?:[・、]祝)?[）)])?"
NOT_COMPARED = r"(?!比|同期|同月|並み|割れ|度比|より)"


@cache
def words(*kinds: str) -> dict[str, dict[str, Any]]:
    """The rows of ``dates.jsonl`` of the given kinds, by their words."""
    return {row["words"]: row for row in lexicon.rows("dates") if row["kind"] in kinds}


@cache
def eras() -> dict[str, int]:
    """The year before year 1 of each era, by its name and its letter: 2018 for 令和 and R."""
    return {name: row["year_one"] - 1 for row in lexicon.rows("eras") for name in (row["era"], row["letter"])}


def _any(*kinds: str) -> str:
    """An alternation of all words of some kinds, longest first, each with the condition of its row (``needs``)."""
    rows = sorted(words(*kinds).items(), key=lambda item: -len(item[0]))
    return "|".join(re.escape(w) + (f"(?={row['needs']})" if "needs" in row else "") for w, row in rows)


@cache
def rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The rules as pairs of name and pattern.

    Where two rules match at one place the longer match wins, then the earlier rule.
    """
    year_relative, month_relative = _any("year"), _any("month")
    fiscal_relative = _any("fiscal-year")
    names = "|".join(eras())
    year = (
        rf"(?:(?:(?P<era>{names})(?P<ey>元|{N2})|(?:西暦)?{NOT_IN_NUMBER}(?P<y4>1[0-9]{{3}}|2[01]\d\d|[一二][〇零一二三四五六七八九]{{3}})"
        rf"|{NOT_IN_NUMBER}['’]?(?P<y2>\d\d)) ?年(?!間|間で|生|目|もの|分|越し|ぶり|来|連続|余)(?P<fy>度)?|(?P<yrel>{year_relative})(?!度){NOT_COMPARED}"
        rf"|(?P<frel>{fiscal_relative}){NOT_COMPARED}(?!待))"
    )
    month_day = (
        rf"(?P<m>{N2}) ?月(?!間|額|給|刊|収|面|光|曜|例|謝)"
        rf"(?:(?P<ki>期(?!間)|に終わる(?:会計|事業)?年度)(?P<interim>中間|上期)?|[ の]{{0,2}}(?P<d>{N2})(?: ?日?{DASH}(?P<d2>{N2}))? ?日(?!間|本(?!時)|米|中[国韓]|韓|程|頃?の出){DAY_NAME}|[ の]?(?P<mp>{MONTH_PART})|(?P<mwithin>{WITHIN}))?"
    )
    month_range = rf"(?P<m1>{N2}) ?月?{DASH}(?P<m2>{N2}) ?月(?!\d|[一二三四五六七八九十]{{1,3}}日)(?P<rki>期)?"
    rest = rf"(?:[ の、]{{0,2}}(?:{QUARTER}{BRACKETED}|{month_range}|{month_day}|(?P<yp>{YEAR_PART}))|(?P<within>{WITHIN})|の?通期|シーズン(?P<season>))"
    return tuple(
        (name, re.compile(pattern))
        for name, pattern in (
            ("numeric", r"(?<![\d/.\-])(?P<y4>(?:19|20)\d\d)(?P<sep>[/.\-])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?![\d/.\-])"),
            ("years", rf"{NOT_IN_NUMBER}(?P<y4>1[0-9]{{3}}|2[01]\d\d) ?年?(?P<fy1>度)?{DASH}(?P<yb>\d{{4}}|\d\d) ?年(?!間|代)(?P<fy>度)?(?!\d|{N2}月)"),
            ("year", rf"{year}{rest}?"),
            ("decade", rf"{NOT_IN_NUMBER}(?P<decade>\d{{3}}0|\d0) ?年代(?:の?(?P<dp>前半|後半|半ば|中ごろ|中頃|中盤|初頭|初め|はじめ|始め|初期|末|終わり|終盤|中))?"),
            ("century", rf"(?:(?P<century>{N2})世紀|(?P<crel>今世紀|来世紀|前世紀))(?:の?(?P<dp>前半|後半|半ば|中ごろ|中頃|初頭|初め|初期|末|中(?=に)))?"),
            ("months", rf"{NOT_IN_NUMBER}{month_range}"),
            ("month", rf"{NOT_IN_NUMBER}{month_day}"),
            ("month-word", rf"(?P<mrel>{month_relative}){NOT_COMPARED}(?:[ の、]{{0,2}}(?:(?P<d>{N2})(?: ?日?{DASH}(?P<d2>{N2}))? ?日(?!間|本(?!時)){DAY_NAME}|(?P<mp>{MONTH_PART}))|(?P<mwithin>{WITHIN}))?"),
            ("day", rf"(?<![\d,.A-Za-z第一二三四五六七八九十百千万数月毎])(?P<d>{N2})(?: ?日?{DASH}(?P<d2>{N2}))? ?日(?!間|あたり|当たり|本(?!時)|米|中[国韓央部東]|韓|程|間|系|露|曜|目|豪|印|英|仏|独|朝[鮮貿]|産|銀|経|立|付近|々|常|数|当|没|給|帰|刊|替|課){DAY_NAME}"),
            ("week-word", rf"(?P<wrel>{_any('week')}){NOT_COMPARED}(?:[ の、]{{0,2}}(?:(?P<wd>{WEEKDAY})|(?P<wp>末|明け|初め|前半|後半|半ば))|(?P<wwithin>{WITHIN}))?"),
            ("weekday", r"(?<!毎週)(?<!毎週の)(?<![年月日毎隔第\d一二三四五])(?P<wd>[月火水木金土日]曜日?)(?!版|ドラマ|劇場|休|定休|ごと)"),
            ("day-word", rf"(?:(?<![ぁ-んァ-ヶ一])|(?=[一-龠]))(?P<drel>{_any('day')}){NOT_COMPARED}(?!的|性|では|の(?:世界|社会|日本|ような)|まで(?!に)の|者|制|級|産|行)"),
            ("season-word", rf"(?P<srel>{_any('season')})(?![季期闘])"),
            ("season", r"(?<![年今来昨一-龠])(?P<season>春|夏|秋|冬)(?=ごろ|頃|まで|のうちに|にも|に(?:は|始|発|開|予|向|公|行|実|完|、)|以降|の(?:臨時国会|大会|発売|終わり|時点|観光|行楽|商戦|選挙|総選挙|国会|賃上げ|開催|公開|開業|出荷))"),
            ("quarter", rf"{QUARTER}{BRACKETED}"),
            ("bound", rf"(?P<bound>{_any('bound')})(?![部容閣外])"),
            ("part", rf"(?P<part>{_any('year-part', 'fiscal-part', 'month-part', 'week-part', 'fiscal-half', 'half')})(?!調整|年始|年初|商戦|ジャンボ)"),
            ("sport-season", rf"(?P<sport>{_any('sport-season')})"),
            ("feast", rf"(?P<feast>{_any('feast')})(?!ケーキ|ツリー|キャロル|カード|ソング|プレゼント)"),
            ("offset", _offset()),
            ("vague", rf"(?P<vague>{_any('vague')})"),
        )
    )  # fmt: skip


def _offset() -> str:
    """The pattern of a distance in time: 3年後, 今後5年で, 2週間以内, 半年前."""
    n = r"(?:\d{1,4}|[一二三四五六七八九十百]{1,4}|半)"
    unit = r"(?:年|(?:カ|か|ヶ|ヵ|ケ|箇)月|月(?=後|前|以内)|週間|週(?=後|前|以内)|日|時間|四半期|世紀|営業日)"
    return (
        r"(?:(?P<prefix>今後|向こう|この先|これから|今から|いまから|この|ここ|過去|最近|直近|その|あと|むこう)の?)?(?:約|およそ|少なくとも|最大)?"
        rf"(?<![\d,.A-Za-z第数])(?P<n>{n}) ?(?P<unit>{unit})(?P<half>半)?間?(?:(?P<dir>後半?|前(?![半後期])|以内|うちに|先(?![生行頭月週日進制]))|(?=で|に|の|、|は|を|以上|も|が|か))"
    )
