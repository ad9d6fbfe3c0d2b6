"""Corrects where a name begins and ends: splits, trims and extends the names that the reader proposes.

Each function takes names and the text and returns names. Some change a name in place and add a reason.
Read :mod:`ingest.entities` first.
"""

from __future__ import annotations

import re

from ingest import compounds, shapes
from ingest.entities.name import Name, disjoint
from ingest.entities.titles import crossing, titled, titles
from ingest.names import gazetteer
from ingest.recogniser import shape
from kg import lexicon
from kg.model import EntityType, Extent

_EDGE = "・、，,。.…：:;；／/　 「」『』“”\"'（）()［］[]【】〈〉《》=＝-－─―~〜&＆"
_KEEP_END = {"Inc.", "Corp.", "Co.", "Ltd.", "Jr.", "D.C.", "U.S.", "Amazon.com"}
_BRANCH = re.compile(
    r"(?:(?:日本|中国|米国|英国|欧州|アジア|韓国|[ァ-ヺ]{2,8})(?:法人|支社)|大学院|リサーチ(?![ァ-ヺー]))"
)
_COUNTRY_ENDS = ("日本", "中国", "米国", "英国", "アメリカ", "韓国", "欧州", "アジア", "ドイツ", "フランス", "インド")
_UNIVERSITY = re.compile(r"大(?=大学院|学長|名誉|特任|准?教授|助教|講師|病院|医学部|工学部|理学部|の研究)")
_SITE = re.compile(r"(?:工場|空港|駅|球場|スタジアム|原発|発電所|鉱山|油田|ダム)(?![一-鿿ァ-ヺ])")
_PERSONAL = re.compile(r"[一-鿿々]{2}|[ァ-ヺー]{2,}・[ァ-ヺー・]{2,}")
_WRESTLER = re.compile(r"[一-鿿ノヶ]{2,}関")  # 大潮関; not in titles.jsonl, since 関 also begins 関係
#: Laws, treaties, diseases, dates and web addresses are of none of the five types.
_NO_NAME = re.compile(
    r"(?:法|憲法|法案|条約|議定書|条例|熱|病|症|症候群|ウイルス)$|https?:|^(?:January|February|March|April|May|June|July|August"
    r"|September|October|November|December) ?\d"
)
_NOT_CUT = frozenset({"王", "女王", "国王"})  # titles that are not cut from the end of a name


def parts(name: Name, *, alone: bool) -> list[Name]:
    """Split a proposed name in which several names, or a name and a common noun, run together: 米|食品医薬品局.

    Args:
        name: the name.
        alone: whether its first character is a token by itself (see :func:`ingest.shapes.pieces`).

    Returns:
        Its parts, each with the confidence of the whole; the name itself if there is nothing to split.
    """
    known = gazetteer().get(name.text) is not None
    found = shapes.pieces(name.text, name.type, known=known, alone=alone)
    if not known and name.text[0] in compounds.letters() and gazetteer().type_of(name.text[1:]) == "Organization":
        found = [(0, 1, "Place", "before an office"), (1, len(name.text), "Organization", "")]  # 米|食品医薬品局
    if len(found) == 1 and found[0][:2] == (0, len(name.text)):
        return [name]
    out = []
    for start, end, kind, reason in found:
        extent = Extent(name.extent.start + start, name.extent.start + end)
        reasons = [*name.reasons, *filter(None, [reason])]
        out.append(Name(extent, kind, name.confidence, name.text[start:end], reasons))
    return out


_HEAD_OF_BODY = re.compile(
    r"(?:[市町村区支学署総]長|知事|大使|公使|領事|首相|大統領|議長|代表|代表幹事|幹事長|理事長|委員長|会頭|会長|社長|総裁|頭取|長官|報道官|司令官|監督)$"
)
_NATIONAL_OFFICE = re.compile(r"(?:大統領|[相席王]|大臣|長官|報道官|補佐官)$")
_ALSO_GIVEN_NAMES = frozenset({"チャド", "ジョージア", "マリ", "ケニア"})  # countries that are given names too
_PERSON_NAME = re.compile(r"[一-鿿々]{2,4}|[ァ-ヺー]{2,}(?:[・＝][ァ-ヺー]{2,})+")


def posted(found: list[Name], text: str) -> list[Name]:
    """Split names of people from the country, place or body of their office, where the two were proposed as one name.

    A country joined by ・ to the name of its minister or head of state (エジプト・アドリ|内相) becomes a name of its
    own. So does a place or body between a name and the title of its head (田中一郎|ローマ|市長).

    Args:
        found: the names; people are shortened in place.
        text: the article's text.

    Returns:
        All names, in order of the text.
    """
    others = {n.text for n in found if n.type in ("Place", "Organization")}
    out = []
    for n in found:
        title = titled(text, n.extent.end) if n.type == "Person" else None
        country, dot, person = n.text.partition("・")
        if title and dot and person and _NATIONAL_OFFICE.search(title) and _is_country(country):
            at = n.extent.start + len(country)
            out.append(Name(Extent(n.extent.start, at), "Place", n.confidence, country, [f"the country of {person}"]))
            n.extent, n.text = Extent(at + 1, n.extent.end), person
            n.reasons.append(f"without the country {country}")
        if title and _HEAD_OF_BODY.search(title) and len(n.text) > 4 and (cut := _post_start(n.text, others, title[0])):
            at, post = n.extent.start + cut, n.text[cut:]
            kind: EntityType = "Organization" if gazetteer().type_of(post) == "Organization" else "Place"
            out.append(Name(Extent(at, n.extent.end), kind, n.confidence, post, [f"the post before {title}"]))
            n.extent, n.text = Extent(n.extent.start, at), n.text[:cut]
            n.reasons.append(f"without the post {post}")
        out.append(n)
    return sorted(out, key=lambda n: n.extent)


def _is_country(word: str) -> bool:
    return word in compounds.countries() and word not in _ALSO_GIVEN_NAMES


def _post_start(name: str, others: set[str], kind: str) -> int | None:
    """Return where in a person's name a place or body begins that it ends with, or None.

    Args:
        name: the proposed name of a person.
        others: places and organizations that the article names. The alias table counts too.
        kind: first character of the title: 海原 before 町長 may be listed as 海原町.
    """
    for cut in range(2, len(name) - 1):
        post = name[cut:]
        if _PERSON_NAME.fullmatch(name[:cut]) and (
            post in others
            or post + kind in others
            or {gazetteer().type_of(post), gazetteer().type_of(post + kind)} & {"Place", "Organization"}
        ):
            return cut
    return None


_OFFICER = re.compile(r"C[A-Z]O|CAIO|CISO|CHRO|CDXO")  # 最高AI責任者（CAIO）: an office in letters


def trimmed(name: Name, text: str) -> Name | None:
    """Cut signs, half brackets and titles from the ends of a name, or return None if it is no name.

    An organization or product that ends in a title and begins like a person's name becomes a person. These are no
    names: common words (``nonames.jsonl``), numbers, laws and diseases, peoples and languages (a place before 人 or
    語), titles of English sources, and anaphors with 同.

    Args:
        name: the name; it is changed in place.
        text: the article's text.
    """
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
    if name.type in ("Person", "Organization") and (title_start := crossing(text, start, end)):
        name.type, end = "Person", title_start
    if name.type == "Person":
        for title in titles():
            if text[start:end].endswith(title) and end - start - len(title) >= 2 and title not in _NOT_CUT:
                end -= len(title)
                break
        if _WRESTLER.fullmatch(text, start, end):
            end -= 1
    elif name.type in ("Organization", "Product") and gazetteer().get(text[start:end]) is None:
        for title in titles():  # 山下警部補 is a person, proposed with another type
            rest = text[start : end - len(title)]
            if (
                len(title) > 1
                and text[start:end].endswith(title)
                and _PERSONAL.fullmatch(rest)
                and not _is_country(rest)
            ):
                name.type, end = "Person", end - len(title)
                name.reasons.append(f"before {title}")
                break
    word = text[start:end]
    if not word or "\n" in word or not any(c.isalnum() for c in word):
        return None
    if word in lexicon.texts("nonames") or (len(word) == 1 and shape(word) in ("h", "K", "A", "a", "0")):
        return None
    if re.fullmatch(r"[0-9.,年月日]+", word) or (_OFFICER.fullmatch(word) and gazetteer().get(word) is None):
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


def extended(found: list[Name], text: str) -> list[Name]:
    """Extend names to the rest of their words, and add readings in brackets as names of the person before.

    A name in Latin letters takes in the Latin words beside it. Organizations take in branches and graduate schools,
    and 大 where it stands for 大学 (大学長). A katakana name before 工場, 駅 or another site becomes that place.
    A person in hiragana takes in up to three more characters before it.

    Args:
        found: the names, in any order; they are changed in place.
        text: the article's text.

    Returns:
        Names without overlap, in order of the text.
    """
    out: list[Name] = []
    for n in sorted(found, key=lambda n: n.extent):
        if out and out[-1].extent.overlaps(n.extent):
            continue
        start, end = n.extent.start, n.extent.end
        if re.fullmatch(r"[\w&+'’. -]+", n.text, re.ASCII):
            start, end = shapes.latin_run(text, start, end)
            words = text[start:end].split(" ")
            while len(words) > 1 and words[-1] in lexicon.texts("nonames") and end > n.extent.end:
                end -= len(words.pop()) + 1
            while len(words) > 1 and words[0] in lexicon.texts("nonames") and start < n.extent.start:
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
            out.append(Name(reading, "Person", n.confidence, reading.of(text), [f"reading of {n.text}"]))
    return disjoint(out, len(text))


def compounded(found: list[Name], text: str) -> list[Name]:
    """Extend countries and police forces to the bodies whose names they begin: 日本|代表, ロシア|政府, 警視庁|公安部.

    Args:
        found: the names; those that are extended become organizations, in place.
        text: the article's text.

    Returns:
        The names, in order of the text.
    """
    out = sorted(found, key=lambda n: n.extent)
    for i, n in enumerate(out):
        country = n.text in compounds.countries()
        end = compounds.body(text, n.extent.start, n.extent.end, n.type, country=country)
        if end is None or titled(text, end) or (n.type == "Person" and not country):
            continue
        if end <= (out[i + 1].extent.start if i + 1 < len(out) else len(text)):
            n.extent = Extent(n.extent.start, end)
            n.text, n.type = n.extent.of(text), "Organization"
            n.confidence = max(n.confidence, 0.8)
            n.reasons.append("with the body that it names")
    return out
