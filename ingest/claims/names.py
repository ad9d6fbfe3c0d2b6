"""Who could have said it: named and unnamed speakers in a sentence, with the particle that marks them."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.claims.bearers import bearer_of, known_by
from ingest.claims.frame import Sentence
from ingest.claims.speaking import ROLE, is_role, noun_class
from ingest.claims.stands import stands_for
from ingest.coreference import is_press
from kg.model import Entity, Mention

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
    return m.end() if m and ROLE.search(m[1]) else 0


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
            if ROLE.search(tail):
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
            if kind != "Person" and (ending := _TAIL.search(tail) or ROLE.search(tail)):
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
                bearer = bearer_of(names, text, words, a) if role else None
                notes = {"bearer"} if bearer else set()
                fits = {} if mute else names.stands_for(words, a, text)
                other, why = (None, "") if bearer else known_by(names, words, text, a, fits)
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
                            particle, s, stop - 1, False, notes, fits)
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
