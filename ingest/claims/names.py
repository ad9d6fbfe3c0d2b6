"""Who could have said it: named and unnamed speakers in a sentence, with the particle that marks them."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from ingest import lexicon
from ingest.claims.frame import Sentence
from ingest.claims.stands import is_self, stands_for
from ingest.coreference import is_press
from kg.model import Entity, Mention

_ROLE = re.compile(
    r"(社長|会長|代表|首相|大統領|長官|大臣|外相|財務相|国防相|[^\s]{1,3}相|知事|市長|議長|議員|教授|監督|選手|容疑者|被告|裁判長|党首|幹事長|委員長|総裁|頭取|CEO|氏|医師|司教|判事|元帥|将軍|補佐官|局長|所長|理事長|被告人|報道官|次官|[一-龥]長|学長|総長|会頭|主将|主席)$"
)
_TAIL = re.compile(
    r"(?P<person>(担当者?|報道官|広報官?|広報担当者?|関係者|関係筋|幹部|高官|スポークス(マン|ウーマン|パーソン)|当局者|職員|社員|局員|署員|役員|首脳|筋|弁護士|弁護団|代理人"
    r"|報道担当者|事務局|代表者|警察官|アナリスト|エコノミスト|ストラテジスト|専門家|研究者|研究員|教授|記者|議員|住民|市民|国民|従業員|選手|ファン|大使|外相|首相|大統領|長官|知事|市長|社長|会長|CEO|監督|人|員|者)(ら|たち)?$)"
    r"|(?P<side>(側|サイド|陣営)$)|(?P<org>(社|紙|誌|版|政府|警察|当局|庁|省|法人|支社|支部|本社|本部|大学|部|課|局|署|委員会|議会|軍|支局|事務所|連盟|協会)$)"
)
_ROUND = re.compile(
    r"((支持|擁護|反対|賛成|推進|批判)者|派)(ら|たち)?$|(陣営|側近|周辺|一家|遺族|夫妻)$"
)  # people around somebody
_JOIN = re.compile(
    r"^(?:[（(][^）)]{1,30}[）)])?(?:社|氏|紙|新聞|両社|さん|大統領|首相|社長)?(?:など|等)?(?:と|や|、|・|，|,|及び|および|並びに|ならびに|／|/)(?:、)?$"
)


@cache
def _kinds() -> dict[str, tuple[str, tuple[str, ...]]]:
    """By what speaks, as it ends: the class, and what ends so and speaks no more."""
    return {row["ends"]: (row["class"], tuple(row.get("except", ()))) for row in lexicon.rows("speakers")}


@cache
def _longest() -> int:
    return max(map(len, _kinds()))


def noun_class(words: str) -> str:
    """What an unnamed noun is: title, person, group, doc, body, or thing (``data/lexicon/speakers.jsonl``).

    >>> noun_class("関係者"), noun_class("売上高"), noun_class("署長"), noun_class("成長")
    ('person', 'thing', 'title', 'thing')
    """
    for size in range(min(_longest(), len(words)), 0, -1):
        kind, others = _kinds().get(words[-size:], ("", ()))
        if kind and not words.endswith(others):
            return kind
    return "thing"


@cache
def _offices() -> tuple[str, ...]:
    return tuple(r["text"] for r in lexicon.rows("titles") if r["kind"] == "title" and len(r["text"]) > 1)


def is_role(words: str) -> bool:
    """Whether a noun is an office or a profession that follows names, so that it may stand for a person named with it.

    >>> is_role("常務"), is_role("同主任研究員"), is_role("関係者")
    (True, True, False)
    """
    return _ROLE.search(words) is not None or words.endswith(_offices())


@dataclass
class Speaker:
    """A noun phrase that may be the source: entity ids (several if coordinated), or none and its words."""

    start: int
    end: int
    entities: tuple[str, ...]
    type: str  # Person, Organization, Product, Place, Event, unnamed, role
    particle: str
    sentence: Sentence
    head: int = 0  # token index in the sentence of the phrase's last noun
    anaphor: bool = False
    notes: set[str] = field(default_factory=set)
    stands: Mapping[str, str] = field(default_factory=dict)  # whom a noun without a name may stand for, and why


class Names:
    """Mentions of an article, looked up by place."""

    def __init__(self, entities: Sequence[Entity], mentions: Sequence[Mention]) -> None:
        self.types = {e.id: e.type for e in entities}
        self.labels = {e.id: e.label for e in entities}
        self.mentions = sorted(mentions, key=lambda m: (m.extent.start, -m.extent.end))
        self.starts = [m.extent.start for m in self.mentions]
        self.counts = Counter(m.entity for m in self.mentions)
        self.press = frozenset(e.id for e in entities if is_press(e))
        self.spoken: dict[int, list[Speaker]] = {}  # what :func:`speakers` found in sentences, by their first token
        self.parts: dict[str, set[str]] = {}  # parts of names → who bears them
        self.bodies: list[tuple[str, str]] = []  # names of organizations
        self.ending: list[tuple[str, str]] = []  # names that end in what they are: of organizations, places, events
        self.ends: dict[str, set[str]] = {}  # what names of organizations end with
        for e in entities:
            for name in (e.label, *e.aliases):
                if e.type in ("Organization", "Place", "Event"):
                    self.ending.append((name, e.id))
                if e.type == "Person":
                    pieces = re.split(r"[・･=＝ 　]", name)
                    if mixed := re.fullmatch(r"([ァ-ヴー]{2,})([一-龥]{1,3})", name):
                        pieces = list(mixed.groups())  # ブラウン太郎
                    if len(pieces) == 1 and re.fullmatch(r"[一-龥]{3,5}", name):
                        pieces = [name[:2], name[:3]] if len(name) > 3 else [name[:2]]
                    for piece in pieces:
                        if piece != name or len(pieces) > 1:
                            self.parts.setdefault(piece, set()).add(e.id)
                elif e.type == "Organization":
                    self.bodies.append((name, e.id))
                    for k in range(1, len(name) - 2):
                        self.ends.setdefault(name[k:], set()).add(e.id)

    def within(self, start: int, end: int) -> list[Mention]:
        """Mentions that lie in ``[start, end)``."""
        out = []
        for i in range(bisect.bisect_left(self.starts, start), len(self.mentions)):
            m = self.mentions[i]
            if m.extent.start >= end:
                break
            if m.extent.end <= end:
                out.append(m)
        return out

    def stands_for(self, words: str, at: int, text: str) -> Mapping[str, str]:
        """Whom a noun without a name, said at a character, may stand for (:func:`ingest.claims.stands.stands_for`)."""
        return stands_for(words, at, text, self.mentions, self.starts, self.ending)

    def at(self, char: int) -> Mention | None:
        """The mention that holds a character, the shortest if they are nested."""
        last = bisect.bisect_right(self.starts, char)
        return next((m for m in reversed(self.mentions[max(0, last - 8) : last]) if char < m.extent.end), None)


def _kin(a: str | None, b: str | None) -> bool:
    """Whether two entities may speak together: newspapers and portals do, a person and a company do not."""
    return (a == "Person") == (b == "Person")


_MARKS = (
    "によると",
    "によれば",
    "にとって",
    "に対し",
    "として",
    "については",
    "には",
    "では",
    "とは",
    "は",
    "も",
    "が",
    "を",
    "に",
    "の",
    "と",
    "で",
    "から",
    "や",
    "、",
)


def _particle(text: str, at: int, stop: int) -> str:
    """The particle after a phrase that ends at ``at``; titles and a reading in brackets are passed over."""
    rest = text[at : min(stop, at + 70)].lstrip(" \u3000")
    rest = re.sub(r"^(?:など|等)(?:の?(?:[一-龥]{2,8}|メディア))?(?=[がはもに])", "", rest)  # 読売新聞など報道各社が
    m = re.match(r"^(?:\s*[（(][^）)]{1,40}[）)])(?:兼?[一-龥ァ-ヴーA-Za-z・]{0,14}(?=[はがもに、]))?", rest)
    if m:
        rest = rest[m.end() :]
    for mark in _MARKS:
        if rest.startswith(mark):
            return mark
    if rest[:1] in "「『":
        return "「"
    if not rest or rest[0] in "。）)\n":
        return "end"
    return "other"


def particle_after(sp: Speaker) -> str:
    """The particle that a speaker stands with in its own sentence, whatever brought it here."""
    return _particle(sp.sentence.source, sp.end, sp.sentence.last_char)


_VIA = re.compile(
    r"の(?:[^、。「」はがをもの]{0,6})?(?:(?P<talk>話|コメント|談話|説明|証言|見方|主張|見解|発表|声明|弁|言葉|分析)"
    r"|(?P<data>調べ|調査|まとめ|データ|統計|集計|推計|試算|予測|資料|報告書?|研究|捜査)"
    r"|(?P<page>報道|ニュース|記事|情報|(?:公式|ウェブ|Web)?サイト|ホームページ|ブログ|発信|リリース))"
    r"(?:など)?(?P<mark>によると|によれば|で?は|として|から|で|に)"
)


def _via(text: str, at: int, stop: int) -> tuple[str, str] | None:
    """Whether a name's words or papers speak for it (A社の話として, B局の調べによると): their class, and how."""
    m = _VIA.match(text, at, min(stop, at + 24))
    return (
        (str(m.lastgroup if m.lastgroup != "mark" else next(k for k, v in m.groupdict().items() if v)), m["mark"])
        if m
        else None
    )


_STATION = re.compile(r"(?:[都道府県]警|警視庁)・[^、・]{1,12}署$")  # 青海県警・東署: the station speaks
_STOP = set("、。「」『』（）()，． 　\n")


def _phrase_end(s: Sentence, k: int) -> int:
    """Token after the noun run that goes on from token ``k`` (titles: ナデラ + 氏, 李 + 外相)."""
    j = k
    n = len(s.tokens)
    while j < n and s.texts[j] not in _STOP and s.tags[j].startswith(("名詞", "接尾辞", "接頭辞", "形状詞-一般")):
        if s.tags[j].startswith("名詞-普通名詞-副詞可能") and s.texts[j] not in ("一部", "全員", "双方", "両方"):
            break
        j += 1
    return j


_TITLED_AND = re.compile(
    r"[^、。「」はがをのもに]{0,10}(?:[（(][^）)]{1,30}[）)])?(?:と|や|および|及び|ならびに|並びに)、?"
)
_WHOSE = re.compile(r"(?:の[^、。「」はがを]{0,12})?")


def _beside(
    s: Sentence,
    names: Names,
    spans: Sequence[tuple[int, int]],
    by_span: Mapping[tuple[int, int], Sequence[Mention]],
    j: int,
) -> int | None:
    """The name that speaks together with the one at ``j``: A社とB社は, A国のC首相とB国のD大統領は."""
    if j + 1 >= len(spans):
        return None
    text = s.source
    kinds = [names.types.get(by_span[x][0].entity) for x in spans[j : j + 3]]
    gap = text[spans[j][1] : spans[j + 1][0]]
    if (
        _JOIN.match(gap)
        and not (s.heading and gap == "、")  # a headline's topic: 甲社、乙社を買収へ
        and _kin(kinds[0], kinds[1])
        and not _STATION.search(text[spans[j][0] : spans[j + 1][1]])
    ):
        return j + 1
    if kinds[0] != "Person" or not _TITLED_AND.fullmatch(gap):
        return None
    if kinds[1] == "Person":
        return j + 1
    between = text[spans[j + 1][1] : spans[j + 2][0]] if j + 2 < len(spans) else "。"
    return j + 2 if kinds[2:] == ["Person"] and _WHOSE.fullmatch(between) else None


_OFFICE = re.compile(r"[・／]([^、。「」『』・／はがをもにとので\s]{1,24})")


def _post(text: str, at: int, stop: int) -> int:
    """Where a title after a name and a dot ends (佐藤・元中央大教授は), 0 if none stands there."""
    m = _OFFICE.match(text, at, min(stop, at + 26))
    return m.end() if m and _ROLE.search(m[1]) else 0


_ASIDE = re.compile(r"[（(]([^（()）「」。]{1,30}?)(?:によると|によれば)")  # who speaks in brackets


def speakers(s: Sentence, names: Names) -> list[Speaker]:
    """The possible speakers of one sentence in order, named ones first where they overlap."""
    if s.start not in names.spoken:
        names.spoken[s.start] = _speakers(s, names)
    return names.spoken[s.start]


def _speakers(s: Sentence, names: Names) -> list[Speaker]:
    text = s.source
    found: list[Speaker] = []
    taken: list[tuple[int, int]] = []
    by_span: dict[tuple[int, int], list[Mention]] = {}
    for m in names.within(s.first_char, s.last_char):
        by_span.setdefault((m.extent.start, m.extent.end), []).append(m)
    spans = sorted(by_span)
    spans = [x for x in spans if not any(y != x and y[0] <= x[0] and x[1] <= y[1] for y in spans)]
    i = 0
    while i < len(spans):
        start, end = spans[i]
        ms = list(by_span[spans[i]])
        j = i
        while (nxt := _beside(s, names, spans, by_span, j)) is not None:
            j = nxt
            ms += by_span[spans[j]]
        if (
            i == j
            and j + 1 < len(spans)
            and names.types.get(ms[0].entity) == "Person"
            and text[end : spans[j + 1][0]] in ("・", "／")
            and names.types.get(by_span[spans[j + 1]][0].entity) != "Person"
        ):
            j += 1  # 佐藤・中央大教授: the person speaks, the rest is a title
        group_end = spans[j][1]
        k = s.token_at(group_end - 1)
        stop = _phrase_end(s, k + 1)
        stop_char = max(group_end, s.end_char(stop - 1))
        if i == j and names.types.get(ms[0].entity) == "Person" and (post := _post(text, end, s.last_char)):
            # 佐藤・元中央大教授: the same, whatever stands between
            stop_char, stop = post, s.token_at(post)
            while j + 1 < len(spans) and spans[j + 1][1] <= post:
                j += 1
        if j + 1 < len(spans) and spans[j + 1][0] < stop_char:
            inner = names.types.get(by_span[spans[j + 1]][0].entity)
            if names.types.get(ms[-1].entity) == "Person" and inner != "Person":
                j += 1  # ブッシュ米大統領は: the person speaks
            else:
                # 東都銀行佐藤頭取は: the name that follows speaks
                stop, stop_char = k + 1, group_end
        particle = _particle(text, stop_char, s.last_char)
        if particle == "、" and s.heading and start - s.first_char <= 1:
            particle = "は"  # a headline's topic
        types = [names.types.get(m.entity, "?") for m in ms]
        kind = types[-1]
        notes: set[str] = set()
        if particle == "の" and (via := _via(text, stop_char, s.last_char)):
            particle = "の話"
            notes |= {f"via-{via[0]}", f"via={via[1]}"}
        if stop > k + 1:
            tail = text[group_end:stop_char]
            if _ROLE.search(tail):
                notes.add("title")
            elif len(tail) > 1 or noun_class(tail) != "thing":
                notes.add("longer")
            if kind == "Person" and _ROUND.search(tail):
                # A氏支持派は: others speak
                notes.add("possessor")
                found.append(
                    Speaker(start, stop_char, (), "unnamed", particle, s, max(k, stop - 1), False, {"known-noun", "compound", "noun-group"},
                            names.stands_for(tail, group_end, text))
                )  # fmt: skip
            if kind != "Person" and (ending := _TAIL.search(tail) or _ROLE.search(tail)):
                # A社広報は, A国国防相は: somebody there speaks
                part = ending.lastgroup if ending.re is _TAIL else "person"
                notes.add(f"tail-{part}")
                if part == "person" or (kind == "Place" and part == "org"):
                    # A国当局は: a body there speaks, or the country
                    found.append(
                        Speaker(start, stop_char, (), "unnamed", particle, s, max(k, stop - 1), False, {"known-noun", "compound"},
                                names.stands_for(tail, group_end, text))
                    )  # fmt: skip
        if kind == "Organization" and all(m.entity in names.press for m in ms):
            notes.add("press")
        if j > i:
            notes.add("several")
            # the last of several alone, where the others belong to the clause before
        found.append(
            Speaker(start, group_end, tuple(dict.fromkeys(m.entity for m in ms)), kind, particle, s,
                    max(k, stop - 1), all(m.anaphor for m in ms), notes)
        )  # fmt: skip
        taken.append((start, stop_char))
        i = j + 1
    # unnamed speakers: a noun run before は, が, も, によると
    asides = [m.span(1) for m in _ASIDE.finditer(text, s.first_char, s.last_char)]
    k = 0
    n = len(s.tokens)
    while k < n:
        tag = s.tags[k]
        if (s.depth[k] and not any(a <= s.char(k) < b for a, b in asides)) or not tag.startswith(
            ("名詞", "接尾辞", "接頭辞", "代名詞")
        ):
            k += 1
            continue
        stop = max(k + 1, _phrase_end(s, k))
        a, b = s.char(k), s.end_char(stop - 1)
        words = text[a:b]
        particle = _particle(text, b, s.last_char)
        if particle in ("は", "も", "が", "によると", "によれば", "では", "には", "から", "の", "「", "end") and (
            not any(x < b and a < y for x, y in taken)
        ):
            kind = noun_class(words)
            role = kind != "thing" and is_role(words)
            known = kind != "thing" and (words not in _ACTS or particle in ("によると", "によれば", "では"))
            topic = (
                particle in ("は", "も", "が")
                and not tag.startswith("名詞-数詞")
                and words not in _NOBODY
                and ("副詞可能" not in s.tags[stop - 1] and not s.tags[stop - 1].startswith("代名詞"))
            )
            mute = kind == "thing" and not any(x.startswith("名詞-固有名詞") for x in s.tags[k:stop])
            if words == "ところ":
                k = stop
                continue
            if role or known or topic or (particle in ("によると", "によれば") and not tag.startswith("名詞-数詞")):
                bearer = _bearer(names, text, words, a) if role else None
                notes = {"bearer"} if bearer else set()
                other, why = (None, "") if bearer else _known_by(names, words, text, a)
                if other:
                    found.append(
                        Speaker(a, b, (other,), names.types[other], particle, s, stop - 1, False, {why})
                    )  # fmt: skip
                notes |= {"known-noun" if known else "unknown-noun", f"noun-{kind}"}
                if mute and particle in ("は", "も", "が"):
                    notes.add("mute")
                if particle == "の" and (via := _via(text, b, s.last_char)):
                    particle = "の話"
                    notes |= {f"via-{via[0]}", f"via={via[1]}"}
                found.append(
                    Speaker(_modifier_start(s, k), b, (bearer,) if bearer else (), "role" if bearer else "unnamed",
                            particle, s, stop - 1, False, notes, {} if mute else names.stands_for(words, a, text))
                )  # fmt: skip
        k = stop
    for owner in found:
        # コヴァルの事務所は: the owner is not who speaks
        if (
            owner.entities
            and owner.particle == "の"
            and any(o is not owner and o.start <= owner.start and owner.end < o.end for o in found)
        ):
            owner.notes.add("possessor")
    found = _joined(found, text)
    for title in s.outer_quotes:
        # 『ニュー』紙は: owner title in quotation marks that speaks
        after = re.match(
            r"(紙|誌|の社説|の記事|電子版|編集部|側)?(によると|によれば|は、?)(?!、?[「『])",
            text[title.end : title.end + 14],
        )
        if after and title.end - title.start <= 24 and not any(x < title.end and title.start < y for x, y in taken):
            end = title.end + len(after.group(1) or "")
            k = s.token_at(end - 1)
            found.append(
                Speaker(
                    title.start, end, (), "unnamed", _particle(text, end, s.last_char), s, k, False, {"title-quote"}
                )
            )
    found.sort(key=lambda x: x.start)
    return found


_AND = re.compile(r"(?:[（(][^）)]{1,30}[）)])?(?:側|など)?[やと]")


def _joined(found: list[Speaker], text: str) -> list[Speaker]:
    """Without A署の調べ beside A署, whose inquiry it is; and A県警 of A県警や消防によると stands with the particle of both."""
    through = [o for o in found if o.particle == "の話"]
    found = [
        o for o in found
        if o.entities or not any(v is not o and o.start < v.end < o.end and text[v.end] == "の" for v in through)
    ]  # fmt: skip
    for o in found:
        if not o.entities or o.particle not in ("や", "と"):
            continue
        tail = _AND.match(text, o.end)
        partner = next((p for p in found if tail and p.start == tail.end() and not p.entities), None)
        if partner and "known-noun" in partner.notes and partner.particle != "end":
            o.particle = partner.particle
            o.notes |= {"with-unnamed"} | {x for x in partner.notes if x.startswith("via")}
    return found


_ACTS = frozenset(
    ["発表", "報道", "調査", "研究", "声明", "記事", "資料", "データ", "統計", "論文", "報告書", "判決", "声"]
)
_NOBODY = frozenset(
    [
        "これ",
        "それ",
        "あれ",
        "こと",
        "もの",
        "の",
        "ため",
        "とき",
        "時",
        "場合",
        "今回",
        "今後",
        "現在",
        "今",
        "ここ",
        "そこ",
        "一方",
        "結果",
        "理由",
        "原因",
        "背景",
        "問題",
        "点",
        "ところ",
        "とこ",
        "前",
        "後",
        "中",
        "間",
        "以上",
        "以下",
        "必要",
        "可能",
        "同日",
        "当時",
        "今年",
        "昨年",
        "最後",
        "最初",
        "次",
        "今日",
        "明日",
        "昨日",
        "価格",
        "売上高",
        "影響",
        "効果",
        "目的",
        "内容",
        "状況",
        "状態",
        "方法",
        "場所",
        "時間",
        "日",
        "月",
        "年",
        "額",
        "率",
        "数",
        "量",
    ]
)


_HONORIFIC = re.compile(
    r"(氏|さん|選手|容疑者|被告|受刑者|先生|議員|監督|教授|判事|夫人|首相|大統領|外相|長官|大臣|社長|会長|CEO)$"
)
_COMMON = frozenset(
    [
        "会社",
        "大学",
        "政府",
        "警察",
        "新聞",
        "銀行",
        "委員会",
        "研究所",
        "事務所",
        "グループ",
        "チーム",
        "センター",
        "協会",
    ]
)


# what is said alone for the body of that kind that was named before
_SHORT = re.compile(
    r"(?:[県府道]警|地検|高検|地裁|高裁|最高裁|[都道府県市区町村]?教委|[市県府都町村区州省庁署党社局]|(?:警察)?署|大学|高校|病院|機構|協会|連盟|委員会|学校|銀行"
    r"|研究所|研究会|研究センター|センター|組合|[協農漁生労]協|労組|協議会|連合会|公社|公団|財団|基金|議会|教育委員会|第三者委(?:員会)?|調査委(?:員会)?|実行委(?:員会)?|選管|消防本部|消防局|海上保安部|海保|気象台|気象庁"
    r"|商工会議所|商工会|取引所|振興会|振興局|事務所|事務局|新聞社|出版社|信金|信用金庫|博物館|美術館|図書館|水族館|動物園|監視団|派遣団|航空局|空港会社|合唱団|楽団|劇団|球団|クラブ|工場|電力|鉄道|保健所)"
)
_FAR_BACK = 60  # mentions that a short form looks back over


def _short_for(names: Names, words: str, text: str, at: int) -> str | None:
    """Whose name before ``at`` ends in the words: 県警, 同校, 市 after 青海県警, 青海高校, 青海市."""
    core = words.removeprefix("同")
    if not core or (core == words and not _SHORT.fullmatch(words)):
        return None
    full = spelt_out(core)
    last = bisect.bisect_left(names.starts, at)
    for m in reversed(names.mentions[max(0, last - _FAR_BACK) : last]):
        name = m.extent.of(text)
        if names.types.get(m.entity) in ("Organization", "Place") and not m.anaphor:
            if (len(name) > len(core) and name.endswith(core)) or (full != core and name.endswith(full)):
                return m.entity
    return None


def _known_by(names: Names, words: str, text: str, at: int) -> tuple[str | None, str]:
    """Whose name the words are a part of: リ氏 of リ・ヨンホ, 小法廷 of 最高裁第三小法廷, 県警 of 青海県警."""
    core = _HONORIFIC.sub("", words)
    if core and (len(core) > 1 or core != words):
        bearers = names.parts.get(core, set())
        if len(bearers) == 1:
            return next(iter(bearers)), "part"
    before, words = words, words.removeprefix("同")
    if len(words) >= 3 and words not in _COMMON:
        owners = names.ends.get(words, set())
        if len(owners) == 1:
            return next(iter(owners)), "end-of-name"
    if is_self(before) or before.endswith(("本人", "当人")):
        return _last(names, at, lambda m: names.types.get(m.entity) == "Person"), "part"
    if before.endswith("側") and len(before) > 1:
        side = before.removesuffix("側").removesuffix("の")
        if side in _COMPANY:
            return _main_company(names, text, at), "short-form"
        if side:
            return _known_by(names, side, text, at)
    if before.endswith(_PAPERS) and (issuer := _issuer(names, before, text, at)):
        return issuer, "short-form"
    if bearer := _called(names, words, text, at):
        return bearer, "part"
    short = _short_for(names, before, text, at) or _introduced(names, words, text, at)
    if short is None and len(words) >= 4 and _BODY.search(words):
        owners = {e for name, e in names.bodies if _drops(name, words)}
        if len(owners) == 1:
            return next(iter(owners)), "end-of-name"
    return short, "short-form" if short else ""


_COMPANY = frozenset(["会社", "運営会社", "経営", "企業"])  # with 側; alone they mean any
_PAPERS = (
    "声明",
    "談話",
    "コメント",
    "説明",
    "発表",
    "報告書",
    "書簡",
    "答申",
    "意見書",
    "リリース",
)  # whose words are somebody's
_MANY = (
    "関係者",
    "担当者",
    "専門家",
    "当局者",
    "幹部",
    "職員",
    "社員",
    "従業員",
    "記者",
    "者",
    "客",
    "人",
    "員",
    "生",
    "民",
    "家",
)  # others may be as well
_NO_COMPANY = re.compile(
    r"(省|庁|党|政府|委員会|委|裁判所|高裁|地裁|議会|警察|県警|署|局|大学|高校|学校|リーグ|基金|財団|協会|連盟|国連|組合|消防|病院|研究所)$"
)


def _last(names: Names, at: int, fits: Callable[[Mention], bool]) -> str | None:
    """The entity of the nearest mention before a character that fits."""
    before = names.mentions[: bisect.bisect_left(names.starts, at)]
    return next((m.entity for m in reversed(before[-_FAR_BACK:]) if fits(m)), None)


def _main_company(names: Names, text: str, at: int) -> str | None:
    """The company that was named most before a character, the nearest of those."""
    before = names.mentions[: bisect.bisect_left(names.starts, at)]
    often = Counter(m.entity for m in before if _is_company(names, m, text) or m.anaphor)
    companies = [m.entity for m in before if _is_company(names, m, text)]
    return max(reversed(companies), key=lambda e: often[e], default=None)


def _issuer(names: Names, words: str, text: str, at: int) -> str | None:
    """Whose paper it is: the topic of the sentence that spoke of it last (甲社は声明を出した。 … 声明は)."""
    core = next(k for k in _PAPERS if words.endswith(k))
    place = text.rfind(core, max(0, at - _NEAR), at)
    if place < 0:
        return None
    first = max(text.rfind(c, 0, place) for c in "。\n") + 1
    for m in names.within(first, place):
        if names.types.get(m.entity) in ("Person", "Organization", "Place"):
            if _TOPICAL.match(text, m.extent.end):
                return m.entity
    return None


_NEAR = 300  # characters
_TOPICAL = re.compile(r"(?:[（(][^（()）]{1,30}[）)])?[^、。「」はがをもにで\s]{0,10}[はがも]")


_ALSO = {
    "指揮官": "監督",
    "総理": "首相",
    "党首": "代表",
    "トップ": "社長",
    "院長先生": "院長",
}  # what else somebody is called by


def _called(names: Names, words: str, text: str, at: int) -> str | None:
    """The one person who was called what the words say: 村で唯一の教師である甲さん … 教師は."""
    if len(words) < 2 or noun_class(words) not in ("title", "person") or words.endswith(_MANY):
        return None
    fits = names.stands_for(_ALSO.get(words, words), at, text)
    found = [e for e, why in fits.items() if why == "title" and names.types.get(e) == "Person"]
    return found[0] if len(found) == 1 else None


def _is_company(names: Names, m: Mention, text: str) -> bool:
    name = m.extent.of(text)
    return (
        names.types.get(m.entity) == "Organization" and m.entity not in names.press
        and not _NO_COMPANY.search(names.labels.get(m.entity, name)) and not _NO_COMPANY.search(name)
    )  # fmt: skip


_LONG = {
    "教委": "教育委員会", "選管": "選挙管理委員会", "監査委": "監査委員", "安保理": "安全保障理事会", "労組": "労働組合", "生協": "生活協同組合",
    "漁協": "漁業協同組合", "農協": "農業協同組合", "高裁": "高等裁判所", "地裁": "地方裁判所", "家裁": "家庭裁判所", "最高裁": "最高裁判所",
    "高検": "高等検察庁", "地検": "地方検察庁", "労基署": "労働基準監督署", "公取委": "公正取引委員会", "県警": "県警察本部", "道警": "道警察本部",
    "府警": "府警察本部", "海保": "海上保安庁", "信金": "信用金庫", "委": "委員会",
}  # fmt: skip


def spelt_out(words: str) -> str:
    """A short form with its end as it is in full names.

    >>> spelt_out("町教委"), spelt_out("第三者委"), spelt_out("監督")
    ('町教育委員会', '第三者委員会', '監督')
    """
    end = max((k for k in _LONG if words.endswith(k)), key=len, default="")
    return words.removesuffix(end) + _LONG[end] if end else words


def _introduced(names: Names, words: str, text: str, at: int) -> str | None:
    """Who was introduced as what the words say, nobody else having been: 患者団体「こだま」 … 団体は."""
    if len(words) < 2 or noun_class(words) not in ("body", "group"):
        return None
    found = {
        m.entity for m in names.mentions[: bisect.bisect_left(names.starts, at)]
        if not m.anaphor and names.types.get(m.entity) == "Organization"
        and text[max(0, m.extent.start - len(words) - 1) : m.extent.start].rstrip("「『、 の").endswith(words)
    }  # fmt: skip
    return next(iter(found)) if len(found) == 1 else None


_BODY = re.compile(
    r"(委員会|協会|連盟|研究所|機構|裁判所|事務所|事務局|警察署|大学|病院|銀行|組合|連合会?|協議会|公社|省|庁)$"
)


def _drops(name: str, words: str) -> bool:
    """Whether words are a name with some of its middle left out, its end kept: 選挙委員会 of 独立選挙管理委員会.

    >>> _drops("独立選挙管理委員会", "選挙委員会"), _drops("独立選挙管理委員会", "管理協会")
    (True, False)
    """
    if len(words) >= len(name) or not name.endswith(words[-2:]):
        return False
    left = iter(name)
    return all(character in left for character in words)


def _modifier_start(s: Sentence, k: int) -> int:
    """Start of an unnamed speaker's phrase with its の- and adjectival modifiers."""
    j = k
    while j >= 2 and not s.depth[j - 1]:
        if s.texts[j - 1] == "の" and s.tags[j - 2].startswith(("名詞", "接尾辞")):
            j -= 2
            while j and s.tags[j - 1].startswith(("名詞", "接尾辞", "接頭辞")) and not s.depth[j - 1]:
                j -= 1
        elif s.texts[j - 1] == "な" or s.tags[j - 1].startswith(("形容詞", "連体詞")):
            j -= 1
            while j and s.tags[j - 1].startswith(("形状詞", "名詞")) and s.texts[j] == "な":
                j -= 1
        elif s.texts[j - 1] == "い" or (s.tags[j - 1].startswith("形容詞")):
            j -= 1
        else:
            break
    if j >= 2 and s.texts[j - 1] == "に" and s.texts[j].startswith("詳し"):
        j -= 2
    return s.char(j)


# the full titles of ministers, and how they are called after a name
_MINISTERS = {
    "外務大臣": "外相", "財務大臣": "財務相", "防衛大臣": "防衛相", "国防大臣": "国防相", "法務大臣": "法相", "総務大臣": "総務相", "環境大臣": "環境相",
    "内務大臣": "内相", "農林水産大臣": "農相", "厚生労働大臣": "厚労相", "経済産業大臣": "経産相", "国土交通大臣": "国交相", "文部科学大臣": "文科相",
    "総理大臣": "首相", "内閣総理大臣": "首相",
}  # fmt: skip


_HEADLINE = 80  # characters from the start in which a headline stands


def _named_with(role: str, m: Mention, text: str) -> bool:
    """Whether a name stands with a role: 李容浩外相, 李容浩（58）外相, 外相の李容浩."""
    behind = re.sub(r"^\s*[（(][^）)]*[）)]", "", text[m.extent.end : m.extent.end + 40])
    lead = text[max(0, m.extent.start - len(role) - 1) : m.extent.start].rstrip("・、 　の")
    return lead.endswith(role) or re.match(rf"[^、。「」はがをの]{{0,8}}{re.escape(role)}", behind) is not None


def _bearer(names: Names, text: str, words: str, at: int) -> str | None:
    """The person last named with this role (李容浩外相 … 外相は); 同外相 is the person last named, if nobody was so with the role."""
    same, words = words.startswith("同"), words.removeprefix("同")
    words = _MINISTERS.get(words, words)
    role = words[-4:] if len(words) > 4 else words
    before = [m for m in names.mentions[: bisect.bisect_left(names.starts, at)] if not m.anaphor]
    for m in reversed(before[-60:]):
        if names.types.get(m.entity) == "Person" and _named_with(role, m, text):
            return m.entity
    if same:
        return next((m.entity for m in reversed(before[-20:]) if names.types.get(m.entity) == "Person"), None)
    if len(role) >= 3 or at < _HEADLINE:
        # a headline names the role before the text names the person: 運輸相「…」 … 運輸相の甲氏, 甲運輸相
        for m in names.mentions[len(before) : len(before) + 12]:
            if names.types.get(m.entity) == "Person" and not m.anaphor and m.extent.start - at < 400:
                if _named_with(role, m, text):
                    return m.entity
    return None
