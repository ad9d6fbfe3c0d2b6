"""Rules on the form of names: where a string holds several names, and which strings the text marks as names.

米ノーステラ is 米 and ノーステラ. A reading in brackets after a person is a name of that person. 「」 after a kind of
thing (探査機, 投資会社) holds a name of that kind. The rules take text and give extents, types and reasons;
:mod:`ingest.entities` applies them. They hold for news in general, not for single articles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from ingest.compounds import letters, office
from kg import lexicon
from kg.model import EntityType

_KIND_BEFORE = re.compile(
    r"(?P<kind>[一-鿿]{0,3}(?:紙|誌|社|銀|大手|企業|証券|銀行|新聞|通信)?)"
    r"(?P<name>(?![ノヶケツ][一-鿿])[ァ-ヺA-Z].+)"  # 伊ヶ崎 is one name
)
_SIDE_BY_SIDE = re.compile(r"([^/／]*[一-鿿ァ-ヺ][^/／]*[一-鿿ァ-ヺー])[/／]([^/／]*[一-鿿ァ-ヺ][^/／]*[一-鿿ァ-ヺー])")
_OF_FIRM = re.compile(r"(?<=[一-龠ァ-ヶーA-Za-z])(?:株|判決|決算|会見|広報|幹部|職員|関係者|首脳|経営陣)$")
_NUMBER = re.compile(r"第?[0-9０-９]{1,3}号機?$")
_KIND_AND_NAME = re.compile(r"(?P<kind>[一-龠]{2,6})(?P<name>[ァ-ヺA-Z][ァ-ヺー・A-Za-z0-9 .&-]{2,})")
_LATIN_RUN = re.compile(
    r"[A-Z][A-Za-z0-9&+'’.-]*(?: (?:of|and|for|the|de|[A-Z0-9][A-Za-z0-9&+'’.-]*|[ァ-ヺー]{2,})(?![A-Za-z0-9ァ-ヺー]))+"
)
_READING = re.compile(
    r"[（(](?P<reading>[ぁ-ゖァ-ヺー]{1,12}[・ 　=][ぁ-ゖァ-ヺー・]{1,16}|[ぁ-ゖ]{3,12})(?:氏|さん)?[）)、,]"
)
_COMPANY_SUFFIX = re.compile(r"[ァ-ヺーA-Za-z0-9]([社紙誌]|側)$")
_SENTENCE_LIKE = re.compile(
    r"(?:[るたすうくむぶつぬい]|ない|ます|です|だ|か|ね|よ|を|が|は|に|と|で|へ|！|!|？|\?|。|、)$"
)


@cache
def appositions() -> dict[str, EntityType]:
    """Return the kinds of things that precede a name (探査機, 投資会社), each with the type of the name."""
    return {row["text"]: row["type"] for row in lexicon.rows("appositions")}


@cache
def _longest() -> int:
    return max(map(len, appositions()))


def kind_before(text: str, start: int) -> EntityType | None:
    """Return the type that the noun right before a name gives it, or None.

    An opening bracket or ・ between the two is passed over, and so is a number such as 12号. の is passed over before
    quotation marks, but an organization with の only owns what follows.

    Args:
        text: the article's text.
        start: the name's first character.

    >>> kind_before("小惑星探査機「ほしぞら」", 7), kind_before("彼は「ほしぞら」", 3)
    ('Product', None)
    """
    at = start
    if at and text[at - 1] in '「『“"（(・、':
        at -= 1
    owner = bool(at) and text[at - 1] == "の" and text[at : at + 1] in '「『“"'
    if owner:
        at -= 1
    if number := _NUMBER.search(text, max(0, at - 8), at):
        at = number.start()  # 台風12号「ほしぞら」
    for size in range(min(_longest(), at), 0, -1):
        if (kind := appositions().get(text[at - size : at])) is not None:
            return None if owner and kind == "Organization" else kind  # 会社の「社外取締役」 is no company
    return None


def pieces(word: str, kind: EntityType, *, known: bool, alone: bool = True) -> list[tuple[int, int, EntityType, str]]:
    """Split a proposed name into the names that it holds; words that belong to none of them are left out.

    Args:
        word: the proposed name.
        kind: its type.
        known: whether the alias table has it; then it is not split.
        alone: whether its first character is a token by itself. It is in 米|大手ノーステラ, but not in 伊予|マリン.

    Returns:
        (start, end, type, reason) of each part; start and end count from the beginning of ``word``. One part with
        the whole word if there is nothing to split.

    >>> [(w[0], w[1], w[2]) for w in pieces("米ノーステラ", "Organization", known=False)]
    [(0, 1, 'Place'), (1, 6, 'Organization')]
    """
    whole: list[tuple[int, int, EntityType, str]] = [(0, len(word), kind, "")]
    if known:
        return whole
    country = word[:1] in letters()
    if country and (m := _KIND_BEFORE.fullmatch(word, 1)):
        if alone if m["kind"] else kind != "Place":
            return [(0, 1, "Place", f"{word[0]} before a name"), (m.start("name"), len(word), kind, "")]
    if kind == "Organization" and (m := _SIDE_BY_SIDE.fullmatch(word)):
        return [(*m.span(side), kind, "beside another, after a stroke") for side in (1, 2)]
    if office(word):
        return [(0, 1, "Place", f"{word[0]} before an office"), (1, len(word), "Organization", "")]
    if kind in ("Organization", "Place") and (country or word[:1] == "中") and word[1:] in ("銀", "紙", "誌", "社"):
        return [(0, 1, "Place", f"{word[0]} before a common noun")]
    if kind == "Organization" and (m := _OF_FIRM.search(word)) and m.start() > 1:
        return [(0, m.start(), kind, "")]
    if (m := _KIND_AND_NAME.fullmatch(word)) and (announced_type := appositions().get(m["kind"])):
        return [(m.start("name"), len(word), announced_type, f"after {m['kind']}")]
    if kind == "Organization":
        if (m := re.fullmatch(r"(.{2,})政府", word)) and word.endswith("党政府"):
            return [(0, m.end(1), kind, "")]
        if _COMPANY_SUFFIX.search(word) and len(word) > 2:
            return [(0, len(word) - 1, kind, "")]
    if kind == "Person" and len(word) > 2 and word[-1] in "新前元現" and word[-2] not in "・":
        return [(0, len(word) - 1, kind, "")]
    return whole


def latin_run(text: str, start: int, end: int) -> tuple[int, int]:
    """Return start and end of the words in Latin letters, joined by spaces, around a Latin name.

    The first word begins with a capital. Each other one begins with a capital or a digit, is in katakana, or is one
    of of, and, for, the, de. If there are more than six words, start and end stay.

    >>> latin_run("新しいChatGPT Plusを", 3, 10)
    (3, 15)
    """
    left = max(0, start - 60)
    for m in _LATIN_RUN.finditer(text, left, min(len(text), end + 60)):
        if m.start() <= start and end <= m.end() and m.group().count(" ") <= 5:
            return m.start(), m.end()
    return start, end


def reading_after(text: str, end: int) -> tuple[int, int] | None:
    """Return start and end of the reading in brackets right after a person's name, or None.

    >>> reading_after("瀬川真帆（せがわ・まほ）さん", 4)
    (5, 11)
    """
    m = _READING.match(text, end)
    return m.span("reading") if m else None


def bracketed(text: str) -> Iterator[tuple[int, int, EntityType, str]]:
    """Yield names in quotation marks after a kind of thing: 探査機「ほしぞら」, 著書『海の歴史』.

    A quotation that reads like a sentence is no name, except as the title of a work (小説, 映画).

    Args:
        text: the article's text.

    Yields:
        (start, end, type, reason).
    """
    for m in re.finditer(r"(?:「([^「」『』\n]{1,40})」|『([^「」『』\n]{1,40})』|“([^“”\n]{1,40})”)", text):
        inner = m.group(1) or m.group(2) or m.group(3)
        start = m.start() + 1
        kind = kind_before(text, start)
        if kind is None or inner.isdigit():
            continue
        is_work = kind == "Product" and re.search(
            r"(?:著書?|自著|小説|映画|曲|アルバム|番組|報告書|論文|ドラマ|漫画|絵本|戯曲|歌|ミュージカル|ドキュメンタリー|自伝|回顧録|アニメ|舞台)の?$",
            text[max(0, start - 8) : start - 1],
        )
        if not is_work and (_SENTENCE_LIKE.search(inner) or len(inner) > 20 or re.search(r"[をがは、。]", inner)):
            continue
        yield start, start + len(inner), kind, f"in quotation marks after a kind of {kind}"


_PRESS_END = re.compile(r".(?:新聞|新報|日報|時報|タイムズ|通信|放送|テレビ|ラジオ)$")
_EVENT_END = re.compile(r"(?:祭|大会|フェスティバル|フェスタ|博覧会|展|会議|選手権|グランプリ)$")


def titles_in_brackets(text: str) -> Iterator[tuple[int, int, EntityType, str]]:
    """Yield names in 『』 right after a noun or ・, outside quotations: 特急・『みなかぜ』, 新型車両『みなかぜ』.

    The name's ending gives its type: event (祭), organization (新聞), else product.

    Args:
        text: the article's text.

    Yields:
        (start, end, type, reason).
    """
    depth, opened = 0, -1
    for i, c in enumerate(text):
        if c == "「":
            depth += 1
        elif c == "」":
            depth = max(0, depth - 1)
        elif c == "\n":
            depth = 0
        elif c == "『":
            opened = i if depth == 0 and i and re.match(r"[一-鿿ァ-ヺー・A-Za-z0-9]", text[i - 1]) else -1
        elif c == "』" and opened >= 0:
            inner = text[opened + 1 : i]
            if 1 < len(inner) <= 24 and not _SENTENCE_LIKE.search(inner) and "。" not in inner and not inner.isdigit():
                if not re.match(r"(?:と(?:述|話|語|い|答|発言)|など(?:と|の声))", text[i + 1 : i + 5]):
                    kind: EntityType = (
                        "Event"
                        if _EVENT_END.search(inner)
                        else "Organization"
                        if _PRESS_END.search(inner)
                        else "Product"
                    )
                    yield opened + 1, i, kind, "in 『』 after a noun"
            opened = -1


def announced(
    text: str, units: Sequence[tuple[int, int, str, str]], rare: Callable[[str], bool]
) -> Iterator[tuple[int, int, EntityType, str]]:
    """Yield katakana or Latin names right after a kind of thing: 投資会社ブラックフェン, 小惑星ベンヌ.

    One of its words must be rare or tagged as a proper noun, since most words in katakana are common nouns.

    Args:
        text: the article's text.
        units: (start, end, word, tag) of each token; start and end are characters.
        rare: tells whether GiNZA has no vector of a word.

    Yields:
        (start, end, type, reason).
    """
    for i, (start, _, word, _) in enumerate(units):
        if not re.match(r"[ァ-ヺA-Z]", word) or (
            i and units[i - 1][1] == start and re.search(r"[ァ-ヺーA-Za-z・]$", units[i - 1][2])
        ):
            continue
        kind = kind_before(text, start) if text[start - 1 : start] not in '「『“"（(、' else None
        if kind is None:
            continue
        j, proper = i, False
        while j < len(units) and re.fullmatch(r"[ァ-ヺー・=A-Za-z0-9&.'’-]+| (?=[A-Za-z])", units[j][2]):
            proper = proper or "固有名詞" in units[j][3] or (len(units[j][2]) > 1 and rare(units[j][2]))
            j += 1
        end = units[j - 1][1]
        name = text[start:end].rstrip("・ ")
        if (
            proper
            and len(name) >= 3
            and not re.match(r"[一-鿿ぁ-ん]*(?:業|者|器|機|用|型|化|性|系|製|株|店舗)", text[end : end + 2])
        ):
            yield start, start + len(name), kind, f"after a kind of {kind}"
