"""Relations between named things, from patterns over sentences in which each mention is one character.

``data/lexicon/relations.jsonl`` holds the patterns. In the *outline* of a sentence every mention is replaced by one
character of the private use area whose block tells its type, so that a pattern reads like the text it is for:
``<o:O>{pre}{TITLE}の<s:P>`` finds マイクロソフトCEOのサティア・ナデラ氏. Lists are part of a slot (``<s:P+>``). Rows with
``find`` name one side only; the other is looked for: a relative clause's head, the nearest が or は phrase, then the
topic that carries on from the sentences before. What is negated, hypothetical, wished for or only talked about is no
relation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest import lexicon
from kg.model import SYMMETRIC, Entity, EntityType, Extent, Figure, Mention, Predicate, Relation

if TYPE_CHECKING:
    from spacy.tokens import Doc

#: What each predicate may join: the table of the rules.
ARGUMENTS: dict[Predicate, tuple[frozenset[str], frozenset[str]]] = {
    predicate: (frozenset(subjects.split()), frozenset(objects.split()))
    for predicate, subjects, objects in (
        ("holdsPosition", "Person", "Organization Place"),
        ("founded", "Person Organization", "Organization Product"),
        ("subsidiaryOf", "Organization", "Organization"),
        ("ownsStakeIn", "Person Organization", "Organization"),
        ("investsIn", "Person Organization", "Organization Product Place"),
        ("acquires", "Organization", "Organization Product"),
        ("partnersWith", "Organization", "Organization"),
        ("competesWith", "Organization Product Person", "Organization Product Person"),
        ("develops", "Person Organization", "Product"),
        ("suppliesTo", "Organization", "Organization"),
        ("uses", "Person Organization Product", "Product"),
        ("licensedTo", "Product", "Organization"),
        ("availableOn", "Product", "Product Organization"),
        ("locatedIn", "Organization Place Event Product", "Place"),
        ("participatesIn", "Person Organization", "Event"),
    )
}  # fmt: skip

_BLOCKS: dict[str, tuple[int, int]] = {
    "P": (0xE000, 0xE3FF), "O": (0xE400, 0xE7FF), "D": (0xE800, 0xEBFF), "L": (0xEC00, 0xEFFF), "E": (0xF000, 0xF3FF),
    "C": (0xEC00, 0xECFF), "K": (0xED00, 0xEDFF), "N": (0xEE00, 0xEFFF),
}  # fmt: skip
_LETTER: dict[EntityType, str] = {"Person": "P", "Organization": "O", "Product": "D", "Place": "L", "Event": "E"}
_ANY = "[\ue000-\uf3ff]"
_PLAIN = "[^\ue000-\uf3ff。]"
_AND = r"(?:氏|さん|[」』”])?(?:、|や|と|・|および|及び|並びに|，|,|/)(?:[「『“])?"
_HONORIFIC = r"(?:氏ら|氏|さん|様|容疑者|被告|選手|監督|博士|先生|夫妻|議員|ら)"
_HEDGES = re.compile(
    r"ない|なかった|なく|ず(?:に|、|。)|否定|検討|可能性|かもしれ|[したれきり]たい|べき|れば|たら(?!し)|なら(?!び)|場合|断念|拒否|撤回|破談|中止|見送|観測|うわさ|噂|求め|呼びかけ|呼び掛"
    r"|期待|望[みむ]|交渉|協議|打診|憶測|だろうか|(?:の|る|た)か[。」？?]|わけでは|とは限"
)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    predicate: Predicate
    pattern: re.Pattern[str]
    find: str
    subject: frozenset[str]
    options: dict[str, Any]


class Slot(NamedTuple):
    """A mention in an outline: the entities it stands for, their type, and its words."""

    entities: tuple[str, ...]
    type: EntityType
    words: str


@dataclass(slots=True)
class Outline:
    """A sentence with each mention as one character; ``slots`` say which."""

    extent: Extent
    text: str
    slots: dict[str, Slot]
    offsets: list[int]  # of each character of text, in the article; one more for the end
    figures: list[tuple[int, Figure]] = field(default_factory=list)

    def members(self, words: str, types: Iterable[str] | None = None) -> list[Slot]:
        """The mentions in a stretch of the outline."""
        found = [self.slots[c] for c in words if c in self.slots]
        return found if types is None else [s for s in found if s.type in types]


@cache
def _titles() -> tuple[str, str]:
    """(all titles, those of a state) as alternations, longest first."""
    rows = lexicon.rows("relations_titles")

    def any_of(words: Iterable[str]) -> str:
        return "|".join(sorted(map(re.escape, words), key=len, reverse=True))

    return any_of(r["title"] for r in rows), any_of(r["title"] for r in rows if r.get("office"))


@cache
def _countries() -> dict[str, bool]:
    return {row["country"]: row.get("short", False) for row in lexicon.rows("relations_countries")}


@cache
def _macros() -> dict[str, str]:
    titles, offices = _titles()
    acronym = r"(?:[（(][A-Za-z]{2,4}[）)])?"
    return {
        "TITLE": rf"(?:{titles}){acronym}(?:(?:兼|・)(?:{titles}){acronym})?",
        "OFFICE": rf"(?:{offices})",
        "pre": r"(?:[一-龠ァ-ヶーA-Za-z]{0,12}?)",
        "desc": r"(?:[一-龠ァ-ヶーA-Za-z]{0,12}?)",
        "role": r"(?:[一-龠ァ-ヶー]{0,8}の)?",
        "q": r"[「『“]?",
        "paren": r"(?:[」』”]?[（(][^（）()。]{0,24}[）)])",
        "hon": _HONORIFIC,
    }


_SLOT = re.compile(r"<([so]):([PODLECKN]+)(\+?)>")


def _class(letters: str) -> str:
    return "[" + "".join(f"{chr(_BLOCKS[c][0])}-{chr(_BLOCKS[c][1])}" for c in letters) + "]"


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A row's pattern as a regular expression over outlines."""
    for name, expansion in _macros().items():
        pattern = pattern.replace("{" + name + "}", expansion)

    def slot(match: re.Match[str]) -> str:
        role, letters, plural = match.groups()
        one = _class(letters)
        return f"(?P<{role}>{one}(?:{_AND}{one}){{0,12}})" if plural else f"(?P<{role}>{one})"

    return re.compile(_SLOT.sub(slot, pattern))


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(r["name"], r["predicate"], compile_pattern(r["pattern"]), r.get("find", ""), frozenset(r.get("subject", ())), r)
        for r in lexicon.rows("relations")
    )


def outline(text: str, extent: Extent, mentions: Sequence[Mention], types: dict[str, Entity], figures: Sequence[Figure] = ()) -> Outline:
    """The outline of a sentence. Of nested mentions the longest stays; a plural anaphor stands for all its entities."""
    by_extent: dict[Extent, list[str]] = {}
    for m in mentions:
        by_extent.setdefault(m.extent, []).append(m.entity)
    out: list[str] = []
    offsets: list[int] = []
    slots: dict[str, Slot] = {}
    at = extent.start
    for place in sorted(by_extent, key=lambda e: (e.start, -e.end)):
        if place.start < at or place.end > extent.end:
            continue
        out.append(text[at : place.start])
        offsets.extend(range(at, place.start))
        entity = types[by_extent[place][0]]
        words = place.of(text)
        character = _character(entity.type, words, len(slots))
        slots[character] = Slot(tuple(by_extent[place]), entity.type, words)
        out.append(character)
        offsets.append(place.start)
        at = place.end
    out.append(text[at : extent.end])
    offsets.extend(range(at, extent.end + 1))
    return Outline(extent, "".join(out).replace("\n", " "), slots, offsets, [(f.extent.start, f) for f in figures])


def _character(type_: EntityType, words: str, index: int) -> str:
    if type_ != "Place":
        return chr(_BLOCKS[_LETTER[type_]][0] + index % 0x400)
    country = _countries().get(words)
    block = "N" if country is None else "C" if country else "K"
    return chr(_BLOCKS[block][0] + index % 0x100)


def find_relations(doc: Doc) -> list[Relation]:
    """The relations that an article states, each once, at the first sentence that states it."""
    entities = {e.id: e for e in doc._.entities}
    mentions = [m for m in sorted(doc._.mentions, key=lambda m: m.extent) if m.entity in entities]
    figures = doc._.figures or []
    outlines = [
        outline(
            doc.text, extent,
            [m for m in mentions if extent.contains(m.extent)], entities,
            [f for f in figures if extent.contains(f.extent)],
        )
        for extent in (Extent(s.start_char, s.end_char) for s in doc.sents)
    ]  # fmt: skip
    return _unique(_relations(outlines, entities))


def _unique(relations: Iterable[Relation]) -> list[Relation]:
    kept: dict[tuple[str, str, str], Relation] = {}
    for r in relations:
        if r.subject == r.object:
            continue
        pair = tuple(sorted((r.subject, r.object))) if r.predicate in SYMMETRIC else (r.subject, r.object)
        key = (pair[0], r.predicate, pair[1])
        if key not in kept or (r.qualifiers and not kept[key].qualifiers):
            kept[key] = r
    return sorted(kept.values(), key=lambda r: (r.extent, r.predicate, r.subject, r.object))


def _relations(outlines: Sequence[Outline], entities: dict[str, Entity]) -> Iterator[Relation]:
    topics = Topics(Counter(e for o in outlines for slot in o.slots.values() for e in slot.entities))
    placed: set[str] = set()  # persons whose position is known
    for sentence in outlines:
        if len(sentence.slots) or topics:
            for relation in _in_sentence(sentence, topics, entities):
                if relation.predicate == "holdsPosition":
                    placed.add(relation.subject)
                yield relation
            yield from _known_makers(sentence)
            for relation in _bare_titles(sentence, topics, placed):
                placed.add(relation.subject)
                yield relation
        topics.hear(sentence)


def _in_sentence(sentence: Outline, topics: Topics, entities: dict[str, Entity]) -> Iterator[Relation]:
    for row in _rows():
        for match in row.pattern.finditer(sentence.text):
            if (row.find or row.options.get("hedged")) and _hedged(sentence, match):
                continue
            subjects = sentence.members(match["s"]) if "s" in row.pattern.groupindex else []
            objects = sentence.members(match["o"]) if "o" in row.pattern.groupindex else []
            if row.find == "subject":
                subjects = _subjects(sentence, match, row, topics)
            elif row.find == "object-topic":
                objects = _subjects(sentence, match, row, topics)
            if row.options.get("part") and not _is_part(subjects[0].words):
                continue
            if row.name == "place-place" and _same_level(subjects[0].words, objects[0].words):
                continue
            if match.groupdict().get("place2"):
                objects = sentence.members(match["place2"])
            yield from _between(sentence, row, match, subjects, objects, entities)


def _between(
    sentence: Outline, row: _Row, match: re.Match[str], subjects: Sequence[Slot], objects: Sequence[Slot], entities: dict[str, Entity]
) -> Iterator[Relation]:
    domain, range_ = ARGUMENTS[row.predicate]
    for s in subjects:
        for o in objects:
            if s.type not in domain or o.type not in range_:
                continue
            if row.options.get("same_type") and s.type != o.type:
                continue
            for subject in s.entities:
                for object_ in o.entities:
                    if subject != object_:
                        yield Relation(subject, row.predicate, object_, sentence.extent, _qualifiers(sentence, row, match), (row.name,))


def _qualifiers(sentence: Outline, row: _Row, match: re.Match[str]) -> dict[str, str | bool]:
    qualifiers: dict[str, str | bool] = {}
    title = match.groupdict().get("title")
    if title:
        qualifiers["title"] = title
    start, end = sentence.offsets[match.start()], sentence.offsets[min(match.end(), len(sentence.offsets) - 1)]
    near = [f for at, f in sentence.figures if start - 30 <= at <= end + 10]
    if row.options.get("share") or row.predicate in ("ownsStakeIn", "acquires"):
        share = next((f for f in near if f.kind == "percent"), None)
        if share:
            qualifiers["share"] = f"{share.value:g}%"
    if row.options.get("amount") or row.predicate in ("investsIn", "acquires"):
        amount = next((f for f in near if f.kind == "money"), None)
        if amount:
            qualifiers["amount"] = f"{amount.value:.15g} {amount.unit}"
    if row.predicate == "licensedTo":
        length = next((f for _, f in sentence.figures if f.kind == "duration"), None)
        if length:
            qualifiers["duration"] = f"{length.value:g} {length.unit}"
    if row.predicate in ("licensedTo", "availableOn") and re.search(r"独占|のみ|限定", sentence.text):
        qualifiers["exclusive"] = True
    return qualifiers


def _hedged(sentence: Outline, match: re.Match[str]) -> bool:
    """Whether the predicate of a match, or what the clause goes on to say of it, is negated, wished or supposed."""
    rest = re.match(r"[^。、」』]{0,24}", sentence.text[match.end() :])
    tail = match[0][-8:] + (rest[0] if rest else "")
    return bool(_HEDGES.search(tail))


_PARTS = re.compile(r"(?:研究室|研究所|学部|研究科|大学院|病院|支社|支店|法人|部|局|課|センター|事業部|本部|支局|支部|研究センター|部門|委員会|支所|小委員会|マザーズ)$")


def _is_part(words: str) -> bool:
    return bool(_PARTS.search(words))


def _same_level(one: str, other: str) -> bool:
    """東京都と大阪府, 京都市と神戸市: neither lies in the other."""
    return bool(one[-1] == other[-1] and one[-1] in "都道府県市国州") or bool(one[-1] in "都府県" and other[-1] in "都府県市区町村")


@cache
def _makers() -> dict[str, frozenset[str]]:
    return {row["maker"]: frozenset(row["products"]) for row in lexicon.rows("relations_makers")}


def _known_makers(sentence: Outline) -> Iterator[Relation]:
    """Windows and Microsoft in one sentence: everybody knows who makes which."""
    products = [s for s in sentence.slots.values() if s.type == "Product"]
    for maker in sentence.slots.values() if products else ():
        known = _makers().get(maker.words, frozenset()) if maker.type == "Organization" else frozenset()
        for product in products:
            if product.words in known:
                yield Relation(maker.entities[0], "develops", product.entities[0], sentence.extent, {}, ("known-maker",))


# --- the side that a row leaves out -------------------------------------------------------------------------------


@cache
def _marked() -> re.Pattern[str]:
    """A mention, or a list of them, that a particle marks as topic or subject."""
    titles, _ = _titles()
    one = _ANY
    tail = rf"(?:{_HONORIFIC}|[一-龠ァ-ヶーA-Za-z]{{0,6}}(?:{titles})|[」』”]|など|側|グループ|[（(][^（）()。]{{0,24}}[）)]){{0,3}}"
    return re.compile(rf"(?P<who>{one}(?:{_AND}{one}){{0,12}}){tail}(?P<particle>では|には|とは|は|が|も)(?=(?P<comma>、)?)")


class Topics:
    """The subjects and topics of the sentences before, latest last; a reader carries them on."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._all: list[tuple[int, Slot]] = []
        self._heard: list[tuple[int, Slot]] = []
        self._sentence = 0

    def __bool__(self) -> bool:
        return bool(self._heard)

    def hear(self, sentence: Outline) -> None:
        self._sentence += 1
        for match in _marked().finditer(sentence.text):
            if match["particle"] in ("は", "が", "も"):
                self._heard += [(self._sentence, slot) for slot in sentence.members(match["who"])]
        self._all += [(self._sentence, slot) for slot in sentence.members(sentence.text)]

    def latest(self, types: Iterable[str], within: int) -> Slot | None:
        """The last topic of these types in so many sentences."""
        for at, slot in reversed(self._heard):
            if self._sentence - at >= within:
                return None
            if slot.type in types:
                return slot
        return None

    def recent(self, types: Iterable[str], within: int) -> list[Slot]:
        """The topics of these types in so many sentences, latest first."""
        return [slot for at, slot in reversed(self._heard) if slot.type in types and self._sentence - at < within]

    def mentioned(self, types: Iterable[str], within: int) -> Slot | None:
        """The last mention of these types in so many sentences."""
        for at, slot in reversed(self._all):
            if self._sentence - at >= within:
                return None
            if slot.type in types:
                return slot
        return None

    def weight(self, slot: Slot) -> int:
        """How often the article mentions what a slot stands for."""
        return max(self._counts.get(e, 0) for e in slot.entities)


_ADNOMINAL = re.compile(rf"(?:し|され|す|さ)?(?:ている|ていた|てきた|た|る|う|む|く|つ|ぐ|す|ぶ|の){_PLAIN.replace('。', '。、と')}{{0,16}}(?P<head>{_ANY})")


def _subjects(sentence: Outline, match: re.Match[str], row: _Row, topics: Topics) -> list[Slot]:
    """Who does it: the head of the relative clause, else the nearest が or は phrase before, else the carried topic."""
    types = row.subject
    if row.options.get("relative"):
        head = _ADNOMINAL.match(sentence.text, match.end())
        if head and sentence.slots[head["head"]].type in types and not re.search(r"(?:と|ことを|方針を|計画を|ため|など)", head[0]):
            return [sentence.slots[head["head"]]]
    before = [m for m in _marked().finditer(sentence.text, 0, match.start())]
    for particles in (("が",), ("は", "も")):
        for marked in reversed(before):
            members = sentence.members(marked["who"], types)
            if marked["particle"] in particles and members:
                between = sentence.text[marked.end() : match.start()]
                if particles == ("が",) and (re.search(r"[。」]", between) or "、" in between and any(m["particle"] == "は" for m in before)):
                    continue
                return members
    headline = re.match(rf"(?:[■●◆]|\s)*({_ANY}){_PLAIN.replace('。', '。は')}{{0,6}}、", sentence.text)
    if headline and headline.end() <= match.start() + 1:
        members = sentence.members(headline[1], types)
        if members:
            return members
    if any(m["particle"] in ("は", "が") for m in before):
        return []
    carried = topics.latest(types, 3)
    return [carried] if carried else []


@cache
def _titled() -> re.Pattern[str]:
    titles, _ = _titles()
    person = _class("P")
    return re.compile(
        rf"(?P<s>{person})(?:[（(][^（）()。]{{0,24}}[）)])?(?P<title>[一-龠ァ-ヶー]{{0,8}}?{_macros()['TITLE']})(?![一-龠])"
        rf"|(?P<title2>[一-龠ァ-ヶー]{{0,8}}?{_macros()['TITLE']})(?:の|、|・)(?P<s2>{person})"
    )


def _bare_titles(sentence: Outline, topics: Topics, placed: set[str]) -> Iterator[Relation]:
    """平松庚三社長は: of the organization that the sentence or those before are about."""
    for match in _titled().finditer(sentence.text):
        person = sentence.slots[match["s"] or match["s2"]]
        title = match["title"] or match["title2"]
        if all(e in placed for e in person.entities) or _needs_name(title):
            continue
        organization = _state(sentence, match.start(), topics) if _is_office(title) else _employer(sentence, match.start(), topics)
        if organization is None:
            continue
        for subject in person.entities:
            for object_ in organization.entities[:1]:
                yield Relation(subject, "holdsPosition", object_, sentence.extent, {"title": title}, ("bare-title",))


def _is_office(title: str) -> bool:
    return bool(re.search(rf"(?:{_titles()[1]})$", title))


@cache
def _loose() -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(r["title"] for r in lexicon.rows("relations_titles") if r.get("needs_name")) + ")$")


def _needs_name(title: str) -> bool:
    return bool(_loose().search(title))


_NO_EMPLOYER = re.compile(r"新聞|通信社?$|ニュース|市場$|取引所$|テレビ|放送|紙$|裁判所|地裁|高裁|検察|警察|警視庁")


def _employer(sentence: Outline, position: int, topics: Topics) -> Slot | None:
    """The organization that a title without one belongs to: the topic at hand, else the only one named so far."""
    types = ("Organization",)
    for marked in reversed(list(_marked().finditer(sentence.text, 0, position))):
        members = [s for s in sentence.members(marked["who"], types) if not _NO_EMPLOYER.search(s.words)]
        if members and marked["particle"] in ("は", "が", "も"):
            return members[-1]
    before = [s for s in sentence.members(sentence.text[:position], types) if not _NO_EMPLOYER.search(s.words)]
    if before and len({s.entities for s in before}) == 1:
        return before[-1]
    recent = [s for s in topics.recent(types, 5) if not _NO_EMPLOYER.search(s.words)]
    return recent[0] if recent else topics.mentioned(types, 3)


def _state(sentence: Outline, position: int, topics: Topics) -> Slot | None:
    """The country, or body, that a minister or president without one belongs to: the topic at hand."""
    types = ("Place", "Organization")
    for marked in reversed(list(_marked().finditer(sentence.text, 0, position))):
        members = sentence.members(marked["who"], types)
        if members and marked["particle"] in ("は", "が", "も"):
            return members[-1]
    return topics.latest(types, 4)


def _register() -> None:
    from spacy.language import Language
    from spacy.tokens import Doc

    if not Doc.has_extension("relations"):
        Doc.set_extension("relations", default=[])

    @Language.component("iibun_relations")
    def iibun_relations(doc: Doc) -> Doc:
        doc._.relations = find_relations(doc)
        return doc


_register()
