"""What a figure measures (売上高), and which entity it is about.

:func:`measure_of` looks at these places in order, in the figure's line and sentence:

1. the noun right before the figure (純利益90億円), or the label before a colon (受電容量：60メガワット);
2. the last noun before it that は, が, も, を or について marks (売上高は…128億ドル), within the quotation first;
3. the noun that the figure modifies (2000億円の資金), or the verb that it is the object of (120人を採用する);
4. the last noun before it that is a row of ``measures.jsonl``;
5. the measure of an earlier figure: the same amount, or one with the same unit in this sentence or the one before (昨年は2700台だった).

Names, people who speak, times and words like 見込み are no measures; 見込み gives way to the noun before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from kg import lexicon
from kg.model import Extent, Figure, Mention

WINDOW = 120  #: how many characters before a figure are looked at
_KANJI = "一-龠々ァ-ヶーA-Za-z0-9"
# A noun of kanji and katakana, with okurigana inside (受け入れ, 進み具合); 々 and Latin letters occur in it.
_NOUN = rf"(?:けが|[{_KANJI}])(?:[{_KANJI}・]|[りみきけげえれしちせめびべ](?=[一-龠])|い(?=[上入取付])|(?<=[買払])い(?=枠)){{0,25}}(?:(?<=[一-龠])[りみきけげえれしちせめびさ]|(?<=[買払])い)?"
_MARKED = re.compile(
    rf"(?P<noun>(?:{_NOUN} ?の ?)?{_NOUN})[\0 ]{{0,{WINDOW}}}(?P<mark>は|が|も(?![のうっちし])|を(?:めぐって(?:は|も))?|に(?:ついて|関して)(?:は|も)?|[:：])"
)
_BEFORE = re.compile(
    rf"(?P<noun>(?:{_NOUN} ?の ?)?{_NOUN})(?P<mark>)[\0 　*「]{{0,{WINDOW}}}(?:約|計|およそ|合計|少なくとも|最大で?|最高|各|延べ)?[ 　*「]{{0,3}}$"
)
# What may stand between a label and its figure.
_SO_MANY = re.compile(
    r"[\0 　*]*(?:1日|1カ月|年間?|月間?|週|毎[日月週年])?(?:約|計|およそ|合計|少なくとも|最大で?|最高|各|延べ|累計)?[ 　*]*$"
)
_OF = r" ?(?:以上|余り|規模|程度|前後|近く)?の ?"
_FOLLOWING = re.compile(_OF)
_NOUN_AFTER = re.compile(_OF + rf"(?P<noun>{_NOUN})")
_DONE = re.compile(
    r" ?(?:以上|余り|程度|前後|近く|分)?[をが]? ?(?P<noun>[一-龠]{2,4})(?:す[るべ]|し(?:[、たてま]|$)|さ[れせ]|でき|[、。」]|が始)"
)
_CLOSED = re.compile(r"「[^「」]*」|『[^『』]*』|（[^（）]*）|\([^()]*\)")
# Nouns that say how sure or how exact a number is.
_META = re.compile(
    r"(?:の?(?:従来|当初|業績|最終|会社)?(?:見込み?|見通し|予想|目標|計画|実績|想定|試算|推計|予測|見立て|目安|数字|推定|結果))+額?値?$"
)
# Nouns that measure only together with the noun before them: 企業の割合.
_GENERIC = re.compile(
    r"^(?:割合|比率|率|数|総数|額|総額|金額|量|総量|長さ|大きさ|広さ|規模|水準|件数|人数|台数|増加|減少|平均|合計|可能性|進み具合|速さ|上限|下限|体制|幅)$"
)
_TIME = re.compile(
    r"(?:[0-9一二三四五六七八九十][年月日時週期季]|年度?|[前今来昨]季|末|前年|昨年|今年|来年|年間|年内|年末|年初|月末|月|日|週|時点|時|現在|当面|今回|前回|次回|当初|最終|通年|通期|同期|今期|前期|来期|初日|初年|(?<![納工任])期|段階|年目|春|夏|秋|冬|昨夏|昨冬|昨秋|昨春|後半|前半|上期|下期|半期|過去|将来|今後|以降|以前|当時)$"
)
# Nouns that measure nothing.
_NOT = re.compile(
    r"(?:こと|もの|ため|場合|方|一方|理由|問題|中心|見方|考え|発表|取材|会見|声|うち|意味|内容|場所|目的|背景|影響|全国|国内|世界|海外|予定|原因|主張|説明|指摘|調査|調べ|前|後|以外|今|中|(?<!売)上|的|毎日|毎月|同|何|誰|結論|資料|文書|報告書?|計算|比|分|対|別|地元|各地|全体|方針|際|側|条件|筋|最大|最高|最低|最多|累計|向け|全量|総合|中期|長期|基本|現状|片道|現行)$"
)
_SPEAKER = re.compile(
    r"(?:氏|さん|(?<![全身体成延増伸])長|相|幹部|教授|アナリスト|担当者?|首脳|大臣|知事|記者|エコノミスト|代表|役|筆者|大使|広報|関係者|議員|研究者)$"
)
_PERSON = re.compile(r"(?:者|員|家|士|人|手|住民|団|民|客|職|スタッフ|ユーザー)$")
_BODY = re.compile(
    r"(?:(?<!出)社|(?<![発運飛旅流執実進移通施])行|庁|省|協会|連盟|議会|員会|会|部|局|署|団|課|県|市|町|村|区|(?<![入退])院|党|連|府|都|道|組合|労組|企業|メーカー|政府|当局|機関|研究所|総研|チーム|財団|本紙|本誌|紙|陣営|側|(?<![入出帰])国|事務所|大学|当社|弊社|銀|軍|団体|所|店|工場|グループ|ファンド|裁|勢|業界|業者|大手|企業体)$"
)
# Counters of people, and of bodies: with them, these may be what is counted (参加者は300人).
_PEOPLE = frozenset(["人", "名", "組", "世帯", "例", "人分"])
_BODIES = frozenset(["社", "団体", "店", "店舗", "校", "カ国", "カ所", "工場", "施設", "機関"])
# How a duration is named.
_LASTING = re.compile(r"(?:時間|期間|納期|寿命|日数|年数|月数|工期|任期|期限|間隔|遅れ|猶予|更新|審査)$")
# Verbs whose object is a bound and not what is measured: 目標を上回る3億円.
_BOUND = re.compile(
    r"(?:大きく|わずかに|やや)?(?:上回|下回|超え|超す|除|含|通じ|受け|見据|問わ|前に|はじめ|中心に|めど)"
)
_BROKEN = re.compile(
    r"[、「」]|[ぁ-ん]た(?=[0-9一-龠ァ-ヶ]|$)|[うくぐすつぬぶむる](?=[0-9一-龠ァ-ヶ]|$)|[らけしっいげえれ]て(?=[0-9約]|$)|[えけせてねべめれげ]ば"
)
# Verbal nouns that say what one thinks of a figure, not what it measures.
_SAID = re.compile(
    r"^(?:予想|想定|計画|予定|発表|達成|確保|維持|記録|提示|説明|表明|目標|見込|程度|以上|以下|未満|前後|規模|増加|減少|上昇|下落|低下|拡大|縮小|超過|突破|到達|主張|推計|試算|予測|連続|余裕|希望|要求|請求|公表|報告|決定|設定|可能|必要|妥当)"
)
# Measures of which a percentage without a noun of its own may be another one.
_RATE = re.compile(r"(?:率|割合|シェア|比|利回り)$")
# A share of something: 会員の3割が, 収入の7割を占める.
_SHARE_OF = re.compile(rf"(?P<noun>{_NOUN})の(?P<mark>) ?(?:約|およそ|ほぼ)?$")
_TAKEN = re.compile(r" ?(?:程度|近く|以上|余り|強|弱)?(?:が|を(?:支|占|まかな|賄|担|所有|保有|持|移|失|据)|は|に満た)")


@cache
def _measures() -> re.Pattern[str]:
    """The pattern of the nouns that name a measure (売上高)."""
    words = sorted((row["measure"] for row in lexicon.rows("measures")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


def measure_of(
    text: str,
    start: int,
    end: int,
    figure: Figure,
    *,
    mentions: Sequence[Mention],
    earlier: Sequence[Figure],
    near: int,
) -> tuple[str | None, int]:
    """The noun that a figure measures and where it begins; (None, the figure's start) if there is none.

    Args:
        text: the text.
        start: where the sentence begins.
        end: where it ends.
        figure: the figure.
        mentions: the names in the sentence.
        earlier: the figures before it, with their measures.
        near: where the text begins from which a measure is taken over to another value: the sentence before.
    """
    at = figure.extent.start
    start = max(start, at - WINDOW)
    start = max(start, text.rfind("\n", start, at) + 1)
    end = min(end, figure.extent.end + WINDOW)
    before = _CLOSED.sub(
        lambda m: "\0" * len(m[0]), text[start:at]
    )  # what is in closed brackets is about something else
    place = _Place(
        before + text[at:end].partition("\n")[0],
        at - start,
        figure.extent.end - start,
        figure,
        [Extent(m.extent.start - start, m.extent.end - start) for m in mentions if start < m.extent.end <= end],
        earlier[-1].extent.end - start if earlier else 0,
    )
    if noun := next(place.nouns(), None):
        return noun.of(place.text), noun.start + start
    if figure.kind == "duration":
        return None, at
    same = [f for f in reversed(earlier) if (f.kind, f.unit) == (figure.kind, figure.unit) and f.measure]
    for other in same:
        if other.value == figure.value:
            return other.measure, at
    for other in same:
        if other.extent.start >= near and (figure.kind != "percent" or _RATE.search(other.measure or "")):
            return other.measure, at
    for noun in (*place.rows(), *place.weak):
        return noun.of(place.text), noun.start + start
    return None, at


class _Place:
    """The line around a figure, and the nouns in it that the figure may measure; offsets count from its begin.

    Args:
        text: the line, or its part near the figure; closed brackets before the figure are blank.
        at: where the figure begins.
        end: where it ends.
        figure: the figure.
        names: where names are.
        free: where the figure before it ends.

    Attributes:
        weak: nouns that say little (総額), found by :meth:`nouns`.
    """

    def __init__(self, text: str, at: int, end: int, figure: Figure, names: Sequence[Extent], free: int) -> None:
        self.text, self.at, self.end, self.figure, self.names, self.free = text, at, end, figure, names, max(0, free)
        self.opened = max(0, *(text.rfind(c, 0, at) for c in "「『（("))
        self.weak: list[Extent] = []

    def nouns(self) -> Iterator[Extent]:
        """The nouns that the figure may measure, the most likely first."""
        if self.figure.kind == "duration":
            yield from (e for e in self._before() if _LASTING.search(e.of(self.text)))
            return
        share = _SHARE_OF.search(self.text, 0, self.at) if self.figure.kind == "percent" else None
        if share and _TAKEN.match(self.text, self.end):
            yield from self._accepted(share, people=True)
        yield from self._before()
        yield from self._after()
        if share:
            yield from self._accepted(share, people=True)

    def _before(self) -> Iterator[Extent]:
        """The label of the figure, then the marked nouns before it, the nearest first."""
        people = self.figure.unit in _PEOPLE | _BODIES
        if label := _BEFORE.search(self.text, self.free, self.at):
            yield from self._accepted(label, people=people)
        for start, end in ((self.opened, self.at), (0, self.opened)):
            for m in reversed(list(_MARKED.finditer(self.text, start, end))):
                between = self.text[m.end() : self.at]
                near = bool(_SO_MANY.fullmatch(between))
                if (
                    m["mark"][0] in "がを"
                    and "ぐ" not in m["mark"]
                    and (_BROKEN.search(between) or _BOUND.match(between))
                ):
                    continue
                if "、" in between and self._row_after():
                    continue
                yield from self._accepted(m, people=people and (near or m["mark"] == "を"))

    def rows(self) -> Sequence[Extent]:
        """The rows of ``measures.jsonl`` before the figure, the nearest first."""
        found = _measures().finditer(self.text, max(self.free, self.at - 60), self.at)
        return [Extent(*m.span()) for m in found][::-1]

    def _row_after(self) -> bool:
        """Whether the figure modifies a row of ``measures.jsonl``."""
        following = _FOLLOWING.match(self.text, self.end)
        return bool(following and _measures().match(self.text, following.end()))

    def _after(self) -> Iterator[Extent]:
        """The noun that the figure modifies, or the verb that it is the object of."""
        if m := _NOUN_AFTER.match(self.text, self.end):
            yield from self._accepted(m, people=True)
        if (m := _DONE.match(self.text, self.end)) and not _SAID.match(m["noun"]):
            yield Extent(*m.span("noun"))

    def _accepted(self, m: re.Match[str], *, people: bool) -> Iterator[Extent]:
        """The noun of a match without 見込み and its like; nothing where it is a name, a speaker or a time."""
        start, end = m.span("noun")
        if meta := _META.search(self.text[:end], start):
            end = meta.start()
        for name in self.names:  # [山川工業]株式5割: the noun begins after the name
            if start < name.end <= end:
                start = name.end
        noun = self.text[start:end].removesuffix("の")
        owner, _, head = noun.rpartition("の")
        head = head.lstrip()
        head_at = start + len(noun) - len(head)
        owner = owner.strip()
        if len(head) < 2 or head[0].isdigit() or _TIME.search(head) or _NOT.search(head):
            return
        if self.figure.kind != "duration" and _LASTING.search(head):
            return
        if _SPEAKER.search(head) and not (people and self.figure.kind == "percent"):
            return
        if _PERSON.search(head) and not (people and self.figure.unit not in _BODIES):
            return
        if _BODY.search(head) and not (people and self.figure.unit not in _PEOPLE):
            return
        if any(name.overlaps(Extent(head_at, head_at + len(head))) for name in self.names):
            return
        if _GENERIC.match(head):
            if len(owner) < 2 or owner[0].isdigit() or _TIME.search(owner) or _NOT.search(owner):
                self.weak.append(Extent(head_at, head_at + len(head)))
                return
            head_at = start
        yield Extent(head_at, start + len(noun))


def about(text: str, mentions: Sequence[Mention], figure: Figure, at: int) -> tuple[str, ...]:
    """The id of the entity that a figure is about, as a tuple of at most one.

    Args:
        text: the text.
        mentions: those in the sentence, in order.
        figure: the figure.
        at: where the measuring noun begins.
    """
    if not mentions:
        return ()
    for mention in mentions:  # right before the noun: A社株, 同社の売上高
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
