"""Names in an article, and which of them are one thing.

``find`` asks the recogniser (:mod:`ingest.recogniser`) for names, then reads the article as a whole: a name seen
once in full is recognised when it returns short or in brackets as an alias, and one string has one type. Mentions
of one thing become one entity. Every decision leaves its reason.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from ingest import compounds, lexicon, shapes
from ingest.names import Known, gazetteer, normal_name
from ingest.recogniser import Atom, atoms, recogniser, shape
from kg.model import ENTITY_TYPES, Entity, EntityType, Extent, Mention

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Name", "find", "names", "normal_name"]

_WIKIDATA = "http://www.wikidata.org/entity/"
_EDGE = "・、，,。.…：:;；／/　 「」『』“”\"'（）()［］[]【】〈〉《》=＝-－─―~〜&＆"
_KEEP_END = {"Inc.", "Corp.", "Co.", "Ltd.", "Jr.", "D.C.", "U.S.", "Amazon.com"}
_KATAKANA = re.compile(r"[ァ-ヺー]+(?:[・=＝ ][ァ-ヺー]+)+")
_LATIN_NAME = re.compile(r"[A-Z][\w'’.-]*(?: [\w'’.-]+)+")
_KANJI = re.compile(r"[一-鿿々ヶ]+")
_READING = re.compile(r"[ぁ-ゖァ-ヺー・ 　]+")
_ACRONYM = re.compile(r"[A-Z][A-Z0-9&-]{1,7}")
_BRANCH = re.compile(
    r"(?:(?:日本|中国|米国|英国|欧州|アジア|韓国|[ァ-ヺ]{2,8})(?:法人|支社)|大学院|リサーチ(?![ァ-ヺー]))"
)
_COUNTRY_ENDS = ("日本", "中国", "米国", "英国", "アメリカ", "韓国", "欧州", "アジア", "ドイツ", "フランス", "インド")
_UNIVERSITY = re.compile(r"大(?=大学院|学長|名誉|特任|准?教授|助教|講師|病院|医学部|工学部|理学部|の研究)")
_SITE = re.compile(r"(?:工場|空港|駅|球場|スタジアム|原発|発電所|鉱山|油田|ダム)(?![一-鿿ァ-ヺ])")
#: Surnames of one character, as they return alone in news from Korea and China.
_ONE = frozenset("金李朴崔鄭趙尹張文盧潘習温胡王江馬蔡林呉宋洪劉陳黄楊孫周")
_PLANETS = frozenset({"地球", "火星", "木星", "土星", "金星", "月面", "冥王星"})
_PERSONAL = re.compile(r"[一-鿿々]{2}|[ァ-ヺー]{2,}・[ァ-ヺー・]{2,}")
#: Laws, treaties, diseases, dates, addresses: none of the five types.
_NO_NAME = re.compile(
    r"(?:法|憲法|法案|条約|議定書|条例|熱|病|症|症候群|ウイルス)$|https?:|^(?:January|February|March|April|May|June|July|August"
    r"|September|October|November|December) ?\d"
)
_FIRM_TAIL = re.compile(
    r"社(?!会|長|員|説)|株(?!主総)|の株|製(?:の|品|[ァ-ヺ])|の(?:広報|買収|決算|売上高|工場|店舗|経営陣|従業員)"
)
_NOT_SHORT = re.compile(
    r"グループ|ホールディングス|HD|法人|証券|銀行|大学院|支社|支店|研究所|労組|財団|球団|生命|保険|リサーチ|労組|議員団"
)


@dataclass(slots=True)
class Name:
    """A name found in the text, before it is part of an entity."""

    extent: Extent
    type: EntityType
    confidence: float
    text: str
    first: int
    last: int
    reasons: list[str] = field(default_factory=list)


@cache
def _words(table: str) -> frozenset[str]:
    return frozenset(row["text"] for row in lexicon.rows(table))


@cache
def titles() -> tuple[str, ...]:
    """Honorifics and titles that follow a person's name (氏, 社長, 大統領 …), longest first."""
    return tuple(sorted(_words("titles"), key=len, reverse=True))


def titled(text: str, end: int) -> str | None:
    """The honorific or title right after a name, if there is one.

    >>> titled("孫正義社長は", 3)
    '社長'
    """
    found = _title_pattern().match(text, end)
    return found.group() if found else None


@cache
def _title_pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, titles())))


def _dense(doc: Doc) -> NDArray[np.float32]:
    tensor = np.asarray(doc.tensor, dtype=np.float32)
    width = recogniser().hidden.shape[0] // 3
    return tensor if tensor.shape == (len(doc), width) else np.zeros((len(doc), width), np.float32)


def names(doc: Doc) -> list[Name]:
    """Every name in the text, by place, with type, confidence and reasons."""
    if not len(doc):
        return []
    text = doc.text
    ginza = [(e.start, e.end, e.label_) for e in doc.ents]
    units = atoms([t.text for t in doc], [t.tag_ for t in doc], [t.idx for t in doc], gazetteer())
    proposed, masses = recogniser().find(text, units, ginza, _dense(doc))
    found = [
        Name(f.extent, f.type, f.confidence, f.extent.of(text), f.first, f.last, [f"recogniser {f.confidence:.2f}"])
        for f in proposed
    ]
    found = [part for n in found for part in _parts(n, text)]
    found = [n for n in (_trim(n, text) for n in found) if n]
    found = _extended(found, text)
    found = _compounds(found, text)
    found = _added(found, text, doc, units)
    found = _typed(found, text)
    found = _pooled(found, text, units, masses)
    found += _returns(found, text, units)
    found.sort(key=lambda n: n.extent)
    _explain(found, text, doc)
    return found


def _parts(name: Name, text: str) -> list[Name]:
    known = gazetteer().get(name.text) is not None
    parts = shapes.pieces(name.text, name.type, known=known)
    if not known and name.text[0] in shapes.COUNTRIES and gazetteer().type_of(name.text[1:]) == "Organization":
        parts = [(0, 1, "Place", "before an office"), (1, len(name.text), "Organization", "")]  # 米|食品医薬品局
    if len(parts) == 1 and parts[0][:2] == (0, len(name.text)):
        return [name]
    out = []
    for start, end, kind, reason in parts:
        extent = Extent(name.extent.start + start, name.extent.start + end)
        out.append(
            Name(extent, kind, name.confidence, extent.of(text), -1, -1, [*name.reasons, *filter(None, [reason])])
        )
    return out


class _Taken:
    """Which characters belong to a name, so that looking costs the length of a name, not the number of names."""

    def __init__(self, found: Iterable[Name], size: int) -> None:
        self.marks = bytearray(size)
        for n in found:
            self.add(n.extent)

    def add(self, extent: Extent) -> None:
        self.marks[extent.start : extent.end] = b"\x01" * len(extent)

    def free(self, extent: Extent) -> bool:
        return not any(self.marks[extent.start : extent.end])


def _extended(found: list[Name], text: str) -> list[Name]:
    """Latin names with all their words, graduate schools, branches; readings in brackets after people."""
    out: list[Name] = []
    for n in sorted(found, key=lambda n: n.extent):
        if out and out[-1].extent.overlaps(n.extent):
            continue
        start, end = n.extent.start, n.extent.end
        if re.fullmatch(r"[\w&+'’. -]+", n.text, re.ASCII):
            start, end = shapes.latin_run(text, start, end)
            words = text[start:end].split(" ")
            while len(words) > 1 and words[-1] in _words("nonames") and end > n.extent.end:
                end -= len(words.pop()) + 1
            while len(words) > 1 and words[0] in _words("nonames") and start < n.extent.start:
                start += len(words.pop(0)) + 1
        elif n.type == "Organization" and (m := _BRANCH.match(text, end)):
            end = m.end()
        elif n.type == "Organization" and text.startswith(("法人", "支社"), end) and n.text.endswith(_COUNTRY_ENDS):
            end += 2
        elif n.type in ("Place", "Organization") and _UNIVERSITY.match(text, end):
            n.type, end = "Organization", end + 1
        elif n.type in ("Place", "Organization", "Person") and (m := _SITE.match(text, end)):
            if shape(n.text) == "K" and gazetteer().get(n.text) is None and not titled(text, m.end()):
                n.type, end = "Place", m.end()
        elif n.type == "Person" and re.fullmatch(r"[ぁ-ゖ]+・[ぁ-ゖ]+", n.text):
            while start and "ぁ" <= text[start - 1] <= "ゖ" and n.extent.start - start < 3:
                start -= 1
        if out and out[-1].extent.end > start:
            start = n.extent.start
        if (start, end) != (n.extent.start, n.extent.end):
            n.extent, n.text = Extent(start, end), text[start:end]
            n.reasons.append("with the rest of its words")
        out.append(n)
        if n.type == "Person" and (span := shapes.reading_after(text, end)):
            reading = Extent(*span)
            out.append(Name(reading, "Person", n.confidence, reading.of(text), -1, -1, [f"reading of {n.text}"]))
    return _disjoint(out, len(text))


@cache
def _countries() -> frozenset[str]:
    return frozenset(r["country"] for r in lexicon.rows("relations_countries"))


def _compounds(found: list[Name], text: str) -> list[Name]:
    """Names with the bodies that they begin: 日本|代表, ロシア|政府, 警視庁|公安部."""
    out = sorted(found, key=lambda n: n.extent)
    for i, n in enumerate(out):
        country = n.text in _countries()
        end = compounds.body(text, n.extent.start, n.extent.end, n.type, country=country)
        if end is None or titled(text, end) or (n.type == "Person" and not country):
            continue
        if end <= (out[i + 1].extent.start if i + 1 < len(out) else len(text)):
            n.extent = Extent(n.extent.start, end)
            n.text, n.type = n.extent.of(text), "Organization"
            n.confidence = max(n.confidence, 0.8)
            n.reasons.append("with the body that it names")
    return out


def _disjoint(found: list[Name], size: int) -> list[Name]:
    """No two names overlap: the longer stays."""
    out: list[Name] = []
    taken = _Taken((), size)
    for n in sorted(found, key=lambda n: (-len(n.extent), n.extent)):
        if taken.free(n.extent):
            out.append(n)
            taken.add(n.extent)
    return sorted(out, key=lambda n: n.extent)


def _added(found: list[Name], text: str, doc: Doc, units: Sequence[Atom]) -> list[Name]:
    """What the recogniser missed and a rule or the alias table knows."""
    taken = _Taken(found, len(text))

    def add(extent: Extent, kind: EntityType, confidence: float, reason: str) -> None:
        found.append(Name(extent, kind, confidence, extent.of(text), -1, -1, [reason]))
        taken.add(extent)

    for start, end, kind, reason in itertools.chain(shapes.bracketed(text), shapes.titles_in_brackets(text)):
        extent = Extent(start, end)
        inside = [] if taken.free(extent) else [n for n in found if n.extent.overlaps(extent)]
        if any(n.extent == extent for n in inside) or text[start:end] in _words("nonames"):
            continue
        if any(not extent.contains(n.extent) for n in inside):
            continue
        if inside and len(inside) == 1 and inside[0].confidence > 0.9 and kind != "Product":
            continue
        for n in inside:
            found.remove(n)
        add(extent, kind, 0.7, reason)
    tokens = [(t.idx, t.idx + len(t.text), t.text, t.tag_) for t in doc]
    vocab = doc.vocab

    def rare(word: str) -> bool:
        return not vocab.has_vector(word)

    for start, end, kind, reason in shapes.announced(text, tokens, rare):
        extent = Extent(start, end)
        if taken.free(extent) and extent.of(text) not in _words("nonames"):
            add(extent, kind, 0.6, reason)
    for first, after, kind_text, size in gazetteer().matches(text, units):
        extent = Extent(units[first].start, units[after - 1].end)
        word = extent.of(text)
        if word in _PLANETS and taken.free(extent) and text[extent.end : extent.end + 1] in "のへとをにで、":
            add(extent, "Place", 0.6, f"alias table only: {word}")
            continue
        if kind_text.endswith("?") or size < 3 or not taken.free(extent) or word in _words("nonames"):
            continue
        row = gazetteer().get(word)
        if row is None or not _stands_alone(text, extent.start, extent.end, word, row.type):
            continue
        if row.type == "Place" and size < 4 and not word.endswith(("県", "市", "府", "都")):
            continue
        add(extent, row.type, 0.6, f"alias table only: {row.label}")
    begun = {n.extent.start for n in found}
    for i, u in enumerate(units):
        if u.text in shapes.COUNTRIES and "名詞" in u.tag and i + 1 < len(units):
            extent, following = Extent(u.start, u.end), units[i + 1]
            if not taken.free(extent) or (i and re.search(r"[一-鿿ー]$", units[i - 1].text)):
                continue
            named = following.start in begun
            if named or following.text in _words("country_heads"):
                add(extent, "Place", 0.6, f"{u.text} before {following.text}")
    return sorted(found, key=lambda n: n.extent)


def _typed(found: list[Name], text: str) -> list[Name]:
    """Types by evidence beside the name: a part of a person's full name is that person; 株, 社 follow a firm."""
    people = [n.text for n in found if n.type == "Person" and len(n.text) > 2 and n.confidence > 0.3]
    orgs = [n.text for n in found if n.type == "Organization" and len(n.text) > 3 and n.confidence > 0.5]
    firms: Counter[str] = Counter()
    persons: Counter[str] = Counter()
    for n in found:
        tail = text[n.extent.end : n.extent.end + 8]
        if _FIRM_TAIL.match(tail):
            firms[n.text] += 1
        if titled(text, n.extent.end):
            persons[n.text] += 1
    for n in found:
        row = gazetteer().get(n.text)
        full = next((p for p in people if is_short_for(n.text, p, "Person")), None) if n.type != "Person" else None
        kind: EntityType | None = None
        if (
            full
            and not (row and row.type != "Person" and n.confidence > 0.9)
            and (shape(n.text) != "C" or titled(text, n.extent.end))
        ):
            kind, reason = "Person", f"part of {full}"
        elif (
            n.type == "Person"
            and "・" in n.text
            and not persons[n.text]
            and any(firms[part] > persons[part] for part in n.text.split("・"))
        ):
            kind, reason = "Organization", "a part of it is a firm by what follows"
        elif (
            n.type in ("Place", "Person")
            and n.confidence < 0.7
            and not row
            and not persons[n.text]
            and any(is_short_for(n.text, o, "Organization") for o in orgs)
        ):
            kind, reason = "Organization", "short for a firm"
        elif n.type == "Person" and firms[n.text] > persons[n.text] and shape(n.text) in ("K", "A", "Aa"):
            kind, reason = "Organization", "a firm by what follows"
        elif n.confidence < 0.95 and (said := shapes.kind_before(text, n.extent.start)) and said != n.type:
            if (
                n.type != "Person"
                and not (row and row.type == n.type and n.text not in row.weak)
                and not titled(text, n.extent.end)
            ):
                kind, reason = said, "by the kind of thing before it"
        elif row and n.text not in row.weak and row.type != n.type and len(n.text) > 2:
            if {row.type, n.type} <= {"Organization", "Product", "Event"} or n.confidence < 0.6:
                kind, reason = row.type, f"alias table: {row.type}"
        if kind and kind != n.type:
            n.reasons.append(reason)
            n.type = kind
            n.confidence = max(n.confidence, 0.75)
    for before, n in itertools.pairwise(found):  # トーマス・ビニエ(ThomasVinje)氏
        gap = text[before.extent.end : n.extent.start]
        if before.type == "Person" and n.type != "Person" and gap in ("(", "（"):
            if (
                n.text.isascii()
                and re.match(r"[)）](?:氏|さん|は|が|・|、)", text[n.extent.end : n.extent.end + 3])
                and not _ACRONYM.fullmatch(n.text)
            ):
                n.type = "Person"
                n.reasons.append(f"in brackets after {before.text}")
    return found


def _trim(name: Name, text: str) -> Name | None:
    """The name alone: no brackets or signs at its edges, no title; None where nothing is left."""
    start, end = name.extent.start, name.extent.end
    while start < end and text[start] in _EDGE:
        start += 1
    while start < end and text[end - 1] in _EDGE and text[start:end].split(" ")[-1] not in _KEEP_END:
        end -= 1
    word = text[start:end]
    for opening, closing in (("(", ")"), ("（", "）"), ("「", "」"), ("『", "』")):
        if word.count(opening) != word.count(closing):  # half a bracket inside: cut there
            cut = word.find(opening) if word.count(opening) > word.count(closing) else -1
            if cut > 0:
                end = start + cut
    if name.type in ("Person", "Organization") and (over := _crossing(text, start, end)):
        name.type, end = "Person", over
    if name.type == "Person":
        for title in titles():
            if text[start:end].endswith(title) and end - start - len(title) >= 2 and title not in _WHOLE:
                end -= len(title)
                break
    elif name.type in ("Organization", "Product") and gazetteer().get(text[start:end]) is None:
        for title in titles():  # 山下警部補 is a person whom the recogniser took for something else
            rest = text[start : end - len(title)]
            if len(title) > 1 and text[start:end].endswith(title) and _PERSONAL.fullmatch(rest):
                name.type, end = "Person", end - len(title)
                name.reasons.append(f"before {title}")
                break
    word = text[start:end]
    if not word or "\n" in word or not any(c.isalnum() for c in word):
        return None
    if word in _words("nonames") or (len(word) == 1 and shape(word) in ("h", "K", "A", "a", "0")):
        return None
    if re.fullmatch(r"[0-9.,年月日]+", word):
        return None
    if (
        name.type == "Place"
        and re.match(r"人(?![口気民工材類事])|語(?![る])", text[end : end + 2])
        and word[-1] not in "市県"
    ):
        return None
    if name.type != "Place" and _NO_NAME.search(word) and gazetteer().get(word) is None:
        return None
    if word.isascii() and len(word) > 15 and text[start - 1 : start] == '"' and text[end : end + 1] in ('"', "."):
        return None  # the title of an English source
    if word[0] == "同" and gazetteer().get(word) is None and not word.startswith(("同志社", "同和", "同友", "同仁")):
        return None
    name.extent, name.text = Extent(start, end), word
    return name


def _crossing(text: str, start: int, end: int) -> int | None:
    """Where a title begins that runs over a name's end: 羽生事務局|長 → after 羽生."""
    for at in range(start + 2, end):
        title = titled(text, at)
        if title and len(title) > 2 and at + len(title) > end and shape(text[start:at]) in ("C", "K"):
            return at
    return None


_WHOLE = frozenset({"王", "女王", "国王"})


DROP, SPREAD = 0.2, 0.2  # pooled probability below which a string is no name, or no name elsewhere
SURE = 0.97  # a reading that differs from the article's other readings of the string stands from here on


def _pooled(found: list[Name], text: str, units: Sequence[Atom], masses: NDArray[np.float32]) -> list[Name]:
    """One string, one decision: what the recogniser thinks of a string at all its occurrences, taken together.

    A name that the recogniser sees at one place and doubts at most others is dropped unless it is sure or another
    voice agrees; one that it sees at most places is a name at all of them, of the type with most weight.
    """
    starts = {u.start: i for i, u in enumerate(units)}
    ends = {u.end: i for i, u in enumerate(units)}
    by_text: dict[str, list[Name]] = defaultdict(list)
    for n in found:
        by_text[n.text].append(n)
    drop: set[int] = set()
    added: list[Name] = []
    taken = bytearray(len(text))
    for n in found:
        taken[n.extent.start : n.extent.end] = b"\x01" * len(n.extent)
    for word in sorted(by_text, key=len, reverse=True):
        members = by_text[word]
        votes: Counter[EntityType] = Counter()
        for n in members:
            votes[n.type] += n.confidence  # type: ignore[assignment]
        own = {n.extent.start for n in members}
        open_places: list[Extent] = []
        at = text.find(word)
        while at >= 0:
            end = at + len(word)
            i, j = starts.get(at), ends.get(end)
            if at not in own and i is not None and j is not None and not any(taken[at:end]):
                if _stands_alone(text, at, end, word, members[0].type):
                    open_places.append(Extent(at, end))
                    votes.update({k: float(m) for k, m in zip(ENTITY_TYPES, masses[i : j + 1].min(0), strict=True)})  # type: ignore[arg-type]
            at = text.find(word, end)
        total = len(members) + len(open_places)
        share = sum(votes.values()) / total
        best = max(votes, key=lambda k: (votes[k], k))
        known = gazetteer().get(word) is not None
        surest = max(n.confidence for n in members)
        if share < DROP and surest < 0.85 and not known and not any(titled(text, n.extent.end) for n in members):
            drop.update(id(n) for n in members)
            continue
        for n in members:
            if n.type != best and (n.confidence < SURE or votes[best] > 3 * votes[n.type]):
                n.reasons.append(f"article: {word} is {best} elsewhere")
                n.type = best
        if len(word) < 2 or (share < SPREAD and surest < 0.9 and not known):
            continue
        for extent in open_places:
            added.append(Name(extent, best, min(0.9, share), word, -1, -1, [f"article: {word} is named elsewhere"]))
            taken[extent.start : extent.end] = b"\x01" * len(extent)
    return sorted([n for n in found if id(n) not in drop] + added, key=lambda n: n.extent)


def short_forms(name: str, kind: EntityType) -> list[str]:
    """How a name may return later in an article.

    >>> short_forms("サティア・ナデラ", "Person")
    ['ナデラ']
    >>> short_forms("Marta Lindqvist", "Person")
    ['Lindqvist']
    """
    if kind == "Person":
        if _KATAKANA.fullmatch(name):
            parts = re.split("[・=＝ ]", name)
            forms = [parts[-1]]
            if len(parts) > 2:
                forms.append("・".join(parts[1:]))
            return [f for f in forms if len(f) > 1]
        if _LATIN_NAME.fullmatch(name):
            return [name.split(" ")[-1]]
        if _KANJI.fullmatch(name) and len(name) >= 3:
            return [name[:2], name[:3], name[:1]] if len(name) > 3 else [name[:2], name[:1]]
        return []
    if kind == "Organization":
        forms = []
        for tail in ("新聞社", "新聞", "通信社", "通信", "自動車", "大学", "製作所", "電力", "工業", "電器産業"):
            if name.endswith(tail) and len(name) - len(tail) >= 2:
                forms.append(name[: -len(tail)])
        if name.endswith("大学"):
            forms.append(name[:-1])
        return forms
    return []


def _returns(found: list[Name], text: str, units: Sequence[Atom]) -> list[Name]:
    """Short forms of names that are in the article in full."""
    taken = bytearray(len(text))
    for n in found:
        taken[n.extent.start : n.extent.end] = b"\x01" * len(n.extent)
    starts = {u.start: i for i, u in enumerate(units)}
    ends = {u.end: i for i, u in enumerate(units)}
    pool: dict[str, tuple[EntityType, str]] = {}
    for n in found:
        if n.confidence < 0.6:
            continue
        for form in short_forms(n.text, n.type):
            if form not in pool:
                pool[form] = (n.type, n.text)
    added: list[Name] = []
    for form in sorted(pool, key=len, reverse=True):
        kind, full = pool[form]
        at = text.find(form)
        while at >= 0:
            end = at + len(form)
            i, j = starts.get(at), ends.get(end)
            if (
                i is not None
                and j is not None
                and not any(taken[at:end])
                and _stands_alone(text, at, end, form, kind)
                and _short_fits(text, at, end, kind, units, i)
            ):
                reason = f"article: short for {full}"
                added.append(Name(Extent(at, end), kind, 0.6, form, i, j, [reason]))
                taken[at:end] = b"\x01" * len(form)
            at = text.find(form, at + 1)
    return added


def _stands_alone(text: str, start: int, end: int, form: str, kind: EntityType) -> bool:
    """Whether a string is a word of its own here and not a piece of a longer one."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if kind == "Place" and ((after in ("人", "語", "製", "産") and form[-1] != "市") or after == "系"):
        return after in ("製", "産")
    for edge, inner in ((before, form[0]), (after, form[-1])):
        if edge and shape(edge) == shape(inner) and shape(edge) in ("K", "A", "a", "Aa", "0"):
            return False
        if edge in ("・", "-", "=") and edge:
            return False
        if edge and edge.isascii() and edge.isalnum() and inner.isascii() and inner.isalnum():
            return False
    return not (shape(form) == "C" and len(form) <= 2 and shape(before or " ") == "C")


def _short_fits(text: str, start: int, end: int, kind: EntityType, units: Sequence[Atom], i: int) -> bool:
    if kind == "Person":
        if titled(text, end):
            return True
        form = text[start:end]
        if len(form) == 1:
            before = text[start - 1 : start]
            return (
                form in _ONE and text[end : end + 1] in "はがをと" and (not before or before in "、。「とはがをに\n ")
            )
        if shape(form) == "C":
            return len(form) >= 2 and "人名" in units[i].tag and text[end : end + 1] in "はがをにもと、のら（("
        return text[end : end + 1] in "はがをにもと、の。」（( "
    return text[end : end + 1] in "はがをにもと、のに（(・"


def _explain(found: list[Name], text: str, doc: Doc) -> None:
    """Add what the other voices say of a name."""
    ginza = {Extent(e.start_char, e.end_char): e.label_ for e in doc.ents}
    for n in found:
        if label := ginza.get(n.extent):
            n.reasons.append(f"GiNZA {label}")
        if row := gazetteer().get(n.text):
            n.reasons.append(f"alias table {row.label} ({row.type})")
        if n.type == "Person" and (title := titled(text, n.extent.end)):
            n.reasons.append(f"before {title}")


# --- which names are one thing ---------------------------------------------------------------------------------


class _Groups:
    """Union-find over indexes."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def root(self, i: int) -> int:
        while self.parent[i] != i:
            self.parent[i] = self.parent[self.parent[i]]
            i = self.parent[i]
        return i

    def join(self, i: int, j: int) -> None:
        a, b = self.root(i), self.root(j)
        if a != b:
            self.parent[max(a, b)] = min(a, b)


def is_short_for(short: str, full: str, kind: EntityType) -> bool:
    """Whether one name may be a shorter form of the other.

    >>> is_short_for("ナデラ", "サティア・ナデラ", "Person"), is_short_for("ボーダフォン", "ボーダフォン日本法人", "Organization")
    (True, False)
    """
    if short == full or len(short) >= len(full):
        return False
    if kind == "Person":
        parts = re.split(r"[・=＝ 　]", full)
        if len(parts) > 1:
            return short in parts or full.endswith(("・" + short, " " + short))
        return bool(_KANJI.fullmatch(full)) and full.startswith(short) and len(full) - len(short) <= 3
    if kind == "Place":
        return full == "JR" + short
    if kind in ("Organization", "Product", "Event"):
        if full.isascii() and _ACRONYM.fullmatch(short) and short == re.sub("[^A-Z]", "", full):
            return True
        parts = re.split(r"[・ 　]", full)
        if len(parts) > 1 and short.isascii() and _ACRONYM.fullmatch(short):
            if short == "".join(p[0].upper() for p in parts if p and p[0].isascii() and p[0].isupper()):
                return True
        if kind == "Organization":
            rest = full.removeprefix(short)
            if rest != full and len(short) >= 2 and not _NOT_SHORT.search(rest):
                return True
            rest = full.removesuffix(short)
            return rest != full and (len(short) >= 7 or (len(short) >= 4 and rest in ("株式会社", "米", "英")))
    return False


def _parent_of(one: str, other: str) -> bool:
    """Whether two names in one article differ only by ホールディングス or グループ: then they are two firms."""
    short, full = sorted((one, other), key=len)
    return short != full and full.removeprefix(short) in ("ホールディングス", "グループ", "HD", "ホールディング")


def _alias_in_brackets(a: Name, b: Name, text: str) -> bool:
    """国防高等研究計画局（DARPA）, 李容浩（リ・ヨンホ）: the second name is another form of the first."""
    gap = text[a.extent.end : b.extent.start]
    if not re.fullmatch(r"[」』”]?[ 　]?[（(][「『]?(?:以下|略称|略して|旧|通称)?[、,]?[「『]?", gap):
        return False
    after = text[b.extent.end : b.extent.end + 2]
    if not after or after[0] not in "）)、,」』;：:　 =":
        return False
    if a.type != b.type or a.type == "Place":
        return False
    if a.type == "Person":
        return bool(_READING.fullmatch(b.text)) or b.text.isascii() or shape(a.text) != shape(b.text)
    known_a, known_b = gazetteer().get(a.text), gazetteer().get(b.text)
    if known_a and known_b:
        return known_a is known_b
    return (
        bool(_ACRONYM.fullmatch(b.text))
        or is_short_for(b.text, a.text, a.type)
        or shape(a.text)[:1] != shape(b.text)[:1]
        or _subsequence(b.text, a.text)
    )


def _subsequence(short: str, full: str) -> bool:
    rest = iter(full)
    return all(c in rest for c in short)


def group(found: Sequence[Name], text: str) -> list[list[int]]:
    """Indexes of names that are one thing, in order of first mention."""
    groups = _Groups(len(found))
    rows = [_row(n) for n in found]
    same: dict[tuple[str, str], int] = {}
    known: dict[tuple[int, str], list[int]] = {}
    for i, n in enumerate(found):
        key = (normal_name(n.text), n.type)
        if key in same:
            groups.join(i, same[key])
        same.setdefault(key, i)
        row = rows[i]
        if row is not None:
            k = (id(row), n.type)
            j = next((j for j in known.get(k, ()) if not _parent_of(n.text, found[j].text)), None)
            if j is not None:
                groups.join(i, j)
            known.setdefault(k, []).append(i)
    for i in range(len(found) - 1):
        if _alias_in_brackets(found[i], found[i + 1], text):
            groups.join(i, i + 1)
            found[i + 1].reasons.append(f"alias of {found[i].text} in brackets")
    by_form: dict[tuple[str, EntityType], int] = {}
    for i, n in enumerate(found):
        by_form.setdefault((n.text, n.type), i)
    for (short, kind), i in by_form.items():
        options = [
            (j, full)
            for (full, other), j in by_form.items()
            if other == kind and groups.root(i) != groups.root(j) and is_short_for(short, full, kind)
        ]
        if not options and kind == "Organization" and rows[i] is None and len(short) >= 2:
            options = [  # みなと for みなと証券, where nothing else is called so
                (j, full)
                for (full, other), j in by_form.items()
                if other == kind and full.startswith(short) and len(full) > len(short) and rows[j] is None
            ]
            options = options if len({full for _, full in options}) == 1 else []
        if not options:
            continue
        if kind != "Person" and rows[i] is not None and any(rows[j] is not None for j, _ in options):
            options = [(j, f) for j, f in options if rows[j] is None or rows[j] is rows[i]]
            if not options or (rows[i] is not None and not rows[i].weak and kind == "Organization"):  # type: ignore[union-attr]
                continue
        before = [o for o in options if o[0] < i]
        j, full = (before or options)[-1 if before else 0]
        groups.join(i, j)
        found[i].reasons.append(f"short for {full}")
    members: dict[int, list[int]] = defaultdict(list)
    for i in range(len(found)):
        members[groups.root(i)].append(i)
    return [members[k] for k in sorted(members)]


def _row(name: Name) -> Known | None:
    row = gazetteer().get(name.text)
    return row if row and row.type == name.type else None


def _label(found: Iterable[Name]) -> str:
    """The fullest form: the longest for people, else the longest that stands first among equals."""
    count = Counter(n.text for n in found)
    readings = [t for t in count if _READING.fullmatch(t) and any("ぁ" <= c <= "ゖ" for c in t)]
    options = [t for t in count if t not in readings] or list(count)
    if kanji := [t for t in options if len(t) > 2 and _KANJI.fullmatch(t)]:
        options = kanji  # 李容浩 rather than リ・ヨンホ
    return max(options, key=lambda t: (len(t) if not t.isascii() or len(t) > 5 else 1, count[t]))


def find(doc: Doc) -> tuple[list[Entity], list[Mention]]:
    """Entities and their named mentions, both in order of the text."""
    found = names(doc)
    entities: list[Entity] = []
    mentions: list[Mention] = []
    for number, indexes in enumerate(group(found, doc.text), 1):
        members = [found[i] for i in indexes]
        kind = Counter(n.type for n in members).most_common(1)[0][0]
        label = _label(members)
        forms = list(dict.fromkeys(n.text for n in members))
        rows = {id(r): r for n in members if (r := _row(n)) and n.text not in r.weak}
        row = next(iter(rows.values())) if len(rows) == 1 else None
        same_as = (_WIKIDATA + row.wikidata,) if row and row.wikidata else ()
        reasons = tuple(dict.fromkeys(r for n in members for r in n.reasons))[:12]
        aliases = tuple(f for f in forms if f != label)
        entities.append(Entity(f"e{number}", kind, label, aliases, same_as, reasons))
        mentions += [Mention(n.extent, f"e{number}", False, tuple(n.reasons)) for n in members]
    mentions.sort(key=lambda m: (m.extent, m.entity))
    return entities, mentions


if not Doc.has_extension("entities"):
    Doc.set_extension("entities", default=[])
if not Doc.has_extension("mentions"):
    Doc.set_extension("mentions", default=[])


@Language.component("iibun_entities", requires=["doc.ents", "doc.tensor"], assigns=["doc._.entities", "doc._.mentions"])
def iibun_entities(doc: Doc) -> Doc:
    """Set ``doc._.entities`` and ``doc._.mentions`` (names only)."""
    doc._.entities, doc._.mentions = find(doc)
    return doc


def renamed(entity: Entity, *, aliases: Iterable[str]) -> Entity:
    """An entity with more aliases."""
    more = tuple(dict.fromkeys(a for a in (*entity.aliases, *aliases) if a != entity.label))
    return replace(entity, aliases=more)
