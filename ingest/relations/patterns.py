"""Relation patterns: the rows of ``data/lexicon/relations.jsonl``, applied to the outline of a sentence.

A pattern has a subject, an object, or both. In rows with ``find`` one is missing, as Japanese often leaves it out, and
is taken from the head of a relative clause, the nearest phrase with が or は, or the topic of the sentences before.
What is negated, hypothetical, wished for or only discussed is no relation. Read :mod:`.outlines` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ingest.relations.outlines import AND, ANY, HONORIFIC, PLAIN, Outline, Slot, Topics, block, marked, titles
from kg import lexicon
from kg.model import Predicate, Relation
from kg.predicates import PREDICATES

#: Types of subject and of object that each predicate allows.
ARGUMENTS = {name: (row.subject, row.object) for name, row in PREDICATES.items()}

#: Words by which a sentence denies, supposes, asks or wishes something.
HEDGES = re.compile(
    r"ない|なかった|なく|ず(?:に|、|。)|否定|検討|可能性|かもしれ|[したれきり]たい|べき|れば|たら(?!し)|なら(?!び)|場合|断念|拒否|撤回|破談|中止|見送|観測|うわさ|噂|求め|呼びかけ|呼び掛"
    r"|期待|望[みむ]|交渉|協議|打診|憶測|だろうか|(?:の|る|た)か[。」？?]|わけでは|とは限"
)


#: Predicates that may hold of a newspaper where it is only cited (米ブルームバーグ通信によると); others do not.
_HOLDS_WHEN_CITED = frozenset({"holdsPosition", "locatedIn", "subsidiaryOf", "develops"})
_NEGATED = re.compile(r"[^。、]{0,4}(?:は|も|じゃ)?(?:ない|なく|なかった)")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of ``relations.jsonl``; ``needs`` has a pattern for each of its slots, ``options`` the row itself."""

    name: str
    predicate: Predicate
    pattern: re.Pattern[str]
    find: str
    subject: frozenset[str]
    options: dict[str, Any]
    needs: tuple[re.Pattern[str], ...]


@cache
def _macros() -> dict[str, str]:
    """Return the parts that patterns use in braces, such as ``{TITLE}``, by name."""
    all_titles, offices = titles()
    acronym = r"(?:[（(][A-Za-z]{2,4}[）)])?"
    return {
        "TITLE": rf"(?:{all_titles}){acronym}(?:(?:兼|・)(?:{all_titles}){acronym})?",
        "OFFICE": rf"(?:{offices})",
        "pre": r"(?:[一-龠ァ-ヶーA-Za-z]{0,12}?)",
        "desc": r"(?:[一-龠ァ-ヶーA-Za-z]{0,12}?)",
        "role": r"(?:[一-龠ァ-ヶー]{0,8}の)?",
        "q": r"[「『“]?",
        "paren": r"(?:[」』”]?[（(][^（）()。]{0,24}[）)])",
        "hon": HONORIFIC,
    }


_SLOT = re.compile(r"<([so]):([PODLECKN]+)(\+?)>")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of ``relations.jsonl`` to a regular expression over outlines.

    Names in braces are replaced by :func:`_macros`, slots such as ``<s:PO+>`` by groups ``s`` and ``o``.
    """
    for name, expansion in _macros().items():
        pattern = pattern.replace("{" + name + "}", expansion)

    def slot(match: re.Match[str]) -> str:
        role, letters, plural = match.groups()
        one = block(letters)
        return f"(?P<{role}>{one}(?:{AND}{one}){{0,12}})" if plural else f"(?P<{role}>{one})"

    return re.compile(_SLOT.sub(slot, pattern))


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(
            r["name"],
            r["predicate"],
            compile_pattern(r["pattern"]),
            r.get("find", ""),
            frozenset(r.get("subject", ())),
            r,
            tuple(re.compile(block(letters)) for _, letters, _ in _SLOT.findall(r["pattern"])),
        )
        for r in lexicon.rows("relations")
    )


def stated(sentence: Outline, topics: Topics) -> Iterator[Relation]:
    """Yield the relations that the patterns find in a sentence; one may come several times.

    ``topics`` are those of the sentences before.
    """
    cited = [sentence.slots[c] for c in sentence.reporters]
    names = "".join(sentence.slots)
    for row in _rows():
        if not all(need.search(names) for need in row.needs):
            continue
        for match in row.pattern.finditer(sentence.text):
            if (row.find or row.options.get("hedged")) and _hedged(sentence, match):
                continue
            if _NEGATED.match(sentence.text, match.end()):
                continue
            subjects = sentence.members(match["s"]) if "s" in row.pattern.groupindex else []
            objects = sentence.members(match["o"]) if "o" in row.pattern.groupindex else []
            if row.predicate not in _HOLDS_WHEN_CITED:
                subjects = [x for x in subjects if x not in cited]
                objects = [x for x in objects if x not in cited]
            if row.find == "subject":
                subjects = _subjects(sentence, match, row, topics)
            elif row.find == "object-topic":
                objects = _subjects(sentence, match, row, topics)
            if row.options.get("part") and not is_part(subjects[0].words):
                continue
            if row.name == "place-place" and _same_level(subjects[0].words, objects[0].words):
                continue
            if match.groupdict().get("place2"):
                objects = sentence.members(match["place2"])
            if row.options.get("mutual"):
                yield from _mutual(sentence, row, match, subjects)
                continue
            yield from _between(sentence, row, match, subjects, objects)


def _mutual(sentence: Outline, row: _Row, match: re.Match[str], members: Sequence[Slot]) -> Iterator[Relation]:
    """Yield the relations of all pairs of the first four entities: AとBは提携した, 両社は提携した."""
    ids = list(dict.fromkeys((e, s.type) for s in members for e in s.entities))
    for n, (one, type_) in enumerate(ids[:4]):
        for other, other_type in ids[n + 1 : 4]:
            if type_ == other_type:
                yield Relation(one, row.predicate, other, sentence.extent, {}, (row.name,))


def _between(
    sentence: Outline, row: _Row, match: re.Match[str], subjects: Sequence[Slot], objects: Sequence[Slot]
) -> Iterator[Relation]:
    """Yield the relations of each subject with each object whose types the predicate allows."""
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
                        yield Relation(
                            subject,
                            row.predicate,
                            object_,
                            sentence.extent,
                            _qualifiers(sentence, row, match),
                            (row.name,),
                        )


def _qualifiers(sentence: Outline, row: _Row, match: re.Match[str]) -> dict[str, str | bool]:
    """Return the qualifiers of a match: its title, and share, amount or duration from the figures near it."""
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
    if row.predicate == "licensedTo" and (length := duration(sentence)):
        qualifiers["duration"] = length
    if row.predicate in ("licensedTo", "availableOn"):
        if re.search(r"独占|のみ|限定", sentence.text):
            qualifiers["exclusive"] = True
        if until := _UNTIL.search(sentence.text):
            qualifiers["until"] = until[1]
    return qualifiers


_UNTIL = re.compile(r"((?:19|20)\d\d) ?年(?:度|\d{1,2}月)?末?まで")
_EXPLAINS = re.compile(
    r"つまり|すなわち|要するに|言い換えれば|これにより|これによって|この(?:契約|合意|権利|許諾|協定)"
)


def duration(sentence: Outline) -> str | None:
    """Return the first duration in a sentence as the value of a qualifier, or None: ``7 P1Y`` is seven years."""
    length = next((f for _, f in sentence.figures if f.kind == "duration"), None)
    return f"{length.value:g} {length.unit}" if length else None


def explained(relation: Relation, sentence: Outline, before: Outline | None) -> Relation:
    """Add a licence's duration from the sentence before, if this sentence only explains that one (つまり, この契約).

    Args:
        relation: a relation of the sentence; any but a ``licensedTo`` without duration is returned as it is.
        sentence: the outline of the sentence.
        before: that of the sentence before, if there is one.
    """
    if relation.predicate != "licensedTo" or "duration" in relation.qualifiers or before is None:
        return relation
    length = duration(before) if _EXPLAINS.match(sentence.text) else None
    return replace(relation, qualifiers={**relation.qualifiers, "duration": length}) if length else relation


def _hedged(sentence: Outline, match: re.Match[str]) -> bool:
    """Return whether the end of a match, or the rest of its clause, is negated, wished or supposed."""
    rest = re.match(r"[^。、」』]{0,24}", sentence.text[match.end() :])
    tail = match[0][-8:] + (rest[0] if rest else "")
    return bool(HEDGES.search(tail))


_PARTS = re.compile(
    r"(?:研究室|研究所|学部|研究科|大学院|病院|支社|支店|法人|部|局|課|センター|事業部|本部|支局|支部|研究センター|部門|委員会|支所|小委員会|署|隊|派|室|課程|学科|附属[^の]{2,8}|労組|労働組合|連合会?|県連|総支部|事務所|大使館|総局|マザーズ)$"
)


def is_part(words: str) -> bool:
    """Return whether a name ends as that of a part of an organization.

    >>> is_part("警視庁公安部"), is_part("警視庁")
    (True, False)
    """
    return bool(_PARTS.search(words))


def _same_level(one: str, other: str) -> bool:
    """Return whether two places are of one level, so that neither lies in the other: 東京都と大阪府, 京都市と神戸市."""
    return bool(one[-1] == other[-1] and one[-1] in "都道府県市国州") or bool(
        one[-1] in "都府県" and other[-1] in "都府県市区町村"
    )


@cache
def _makers() -> dict[str, frozenset[str]]:
    return {row["maker"]: frozenset(row["products"]) for row in lexicon.rows("relations_makers")}


def known_makers(sentence: Outline) -> Iterator[Relation]:
    """Yield ``develops`` for the well-known makers and products of ``relations_makers.jsonl`` that a sentence names."""
    products = [s for s in sentence.slots.values() if s.type == "Product"]
    for maker in sentence.slots.values() if products else ():
        known = _makers().get(maker.words, frozenset()) if maker.type == "Organization" else frozenset()
        for product in products:
            if product.words in known:
                yield Relation(
                    maker.entities[0], "develops", product.entities[0], sentence.extent, {}, ("known-maker",)
                )


_ADNOMINAL = re.compile(
    rf"[ぁ-ん]{{0,5}}?(?:た|る|う|く|つ|ぐ|す|ぶ|む|の){PLAIN.replace('。', '。、と')}{{0,16}}(?P<head>{ANY})"
)


def _subjects(sentence: Outline, match: re.Match[str], row: _Row, topics: Topics) -> list[Slot]:
    """Return the argument that a row leaves out, or nothing.

    It is the head of a relative clause after the match (if the row has ``relative``), else the nearest phrase before
    it with が, else with は or も, else the name with which a headline begins. If no phrase with は or が precedes the
    match, it may also be the last topic of the three sentences before.
    """
    types = row.subject
    if row.options.get("relative"):
        head = _ADNOMINAL.match(sentence.text, match.end())
        if (
            head
            and sentence.slots[head["head"]].type in types
            and not re.search(r"(?:と|ことを|方針を|計画を|ため|など)", head[0])
        ):
            return [sentence.slots[head["head"]]]
    before = list(marked().finditer(sentence.text, 0, match.start()))
    cited = [sentence.slots[c] for c in sentence.reporters]
    for particles in (("が",), ("は", "も")):
        for m in reversed(before):
            members = [x for x in sentence.members(m["who"], types) if x not in cited]
            if m["particle"] in particles and members:
                between = sentence.text[m.end() : match.start()]
                if particles == ("が",) and (
                    re.search(r"[。」]", between) or ("、" in between and any(x["particle"] == "は" for x in before))
                ):
                    continue
                return members
    headline = re.match(rf"(?:[■●◆]|\s)*({ANY}){PLAIN.replace('。', '。は')}{{0,6}}、", sentence.text)
    if headline and headline.end() <= match.start() + 1:
        members = sentence.members(headline[1], types)
        if members:
            return members
    if any(x["particle"] in ("は", "が") for x in before):
        return []
    carried = topics.latest(types, 3)
    return [carried] if carried else []


@cache
def _titled() -> re.Pattern[str]:
    """Return the pattern of a person with a title, in groups ``s`` and ``title``, or ``s2`` and ``title2``."""
    person = block("P")
    return re.compile(
        rf"(?P<s>{person})(?:[（(][^（）()。]{{0,24}}[）)])?(?P<title>[一-龠ァ-ヶー]{{0,8}}?{_macros()['TITLE']})(?![一-龠])"
        rf"|(?P<title2>[一-龠ァ-ヶー]{{0,8}}?{_macros()['TITLE']})(?:の|、|・)(?P<s2>{person})"
    )


def bare_titles(sentence: Outline, topics: Topics, placed: set[str]) -> Iterator[Relation]:
    """Yield ``holdsPosition`` for persons with a title whose organization no pattern has found: 平松庚三社長は.

    The organization (for offices of a state, the country) is the topic of the sentence or of those before, else what
    the article is mostly about. ``placed`` has the ids of persons with a position so far, who are left out.
    """
    for match in _titled().finditer(sentence.text):
        person = sentence.slots[match["s"] or match["s2"]]
        title = match["title"] or match["title2"]
        if all(e in placed for e in person.entities) or _needs_name(title):
            continue
        organization = (
            _state(sentence, match.start(), topics, title)
            if _is_office(title)
            else _employer(sentence, match.start(), topics)
        )
        reason = "bare-title"
        if organization is None:
            organization, reason = topics.main("Place" if _is_office(title) else "Organization"), "bare-title-main"
        if organization is None or _NO_EMPLOYER.search(organization.words):
            continue
        for subject in person.entities:
            for object_ in organization.entities[:1]:
                yield Relation(subject, "holdsPosition", object_, sentence.extent, {"title": title}, (reason,))


def _is_office(title: str) -> bool:
    return bool(re.search(rf"(?:{titles()[1]})$", title))


@cache
def _titles_needing_name() -> re.Pattern[str]:
    """Return the pattern of titles that need an organization beside them (``needs_name`` in the rows)."""
    return re.compile(
        "(?:" + "|".join(r["title"] for r in lexicon.rows("relations_titles") if r.get("needs_name")) + ")$"
    )


def _needs_name(title: str) -> bool:
    return bool(_titles_needing_name().search(title))


_NO_EMPLOYER = re.compile(
    r"新聞|通信社?$|ニュース|市場$|取引所$|テレビ|放送|スポーツ$|紙$|大会$|リーグ$|裁判所|地裁|高裁|検察|警察|警視庁"
)


def _employer(sentence: Outline, position: int, topics: Topics) -> Slot | None:
    """Return the organization of a title without one, or None.

    It is the topic before the title, else the only one named before it in the sentence, else the last topic of the
    five sentences before.
    """
    reporters = sentence.reporters

    def employers(words: str) -> list[Slot]:
        found = [sentence.slots[c] for c in words if c in sentence.slots and c not in reporters]
        return [s for s in found if s.type == "Organization" and not _NO_EMPLOYER.search(s.words)]

    for m in reversed(list(marked().finditer(sentence.text, 0, position))):
        members = employers(m["who"])
        if members and m["particle"] in ("は", "が", "も"):
            return members[-1]
    before = employers(sentence.text[:position])
    if before and len({s.entities for s in before}) == 1:
        return before[-1]
    recent = [s for s in topics.recent(("Organization",), 5) if not _NO_EMPLOYER.search(s.words)]
    return recent[0] if recent else None


def _state(sentence: Outline, position: int, topics: Topics, title: str) -> Slot | None:
    """Return the country (for 長官 and the like also the body) of a title without one, by topic, or None."""
    types = ("Place", "Organization") if re.search(r"議長|長官|大使|特使", title) else ("Place",)
    for m in reversed(list(marked().finditer(sentence.text, 0, position))):
        members = sentence.members(m["who"], types)
        if members and m["particle"] in ("は", "が", "も"):
            return members[-1]
    return topics.latest(types, 4)
