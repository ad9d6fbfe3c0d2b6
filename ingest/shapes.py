"""The shape of names: rules that repair, split, extend and add what the recogniser proposes.

Each rule is Japanese (or newspaper usage) at large, and leaves its reason: 米ノーステラ is 米 and ノーステラ, a reading
in brackets after a person is that person, 「」 after a kind of thing (探査機, 投資会社) holds a name of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from ingest import lexicon
from ingest.compounds import letters, office
from kg.model import EntityType

_KIND_BEFORE = re.compile(
    r"(?P<kind>[一-鿿]{0,3}(?:紙|誌|社|銀|大手|企業|証券|銀行|新聞|通信)?)"
    r"(?P<name>(?![ノヶケツ][一-鿿])[ァ-ヺA-Z].+)"  # 伊ヶ崎 is one name
)
_ABREAST = re.compile(r"([^/／]*[一-鿿ァ-ヺ][^/／]*[一-鿿ァ-ヺー])[/／]([^/／]*[一-鿿ァ-ヺ][^/／]*[一-鿿ァ-ヺー])")
_OF_FIRM = re.compile(r"(?<=[一-龠ァ-ヶーA-Za-z])(?:株|判決|決算|会見|広報|幹部|職員|関係者|首脳|経営陣)$")
_NUMBER = re.compile(r"第?[0-9０-９]{1,3}号機?$")
_KIND_AND_NAME = re.compile(r"(?P<kind>[一-龠]{2,6})(?P<name>[ァ-ヺA-Z][ァ-ヺー・A-Za-z0-9 .&-]{2,})")
_LATIN_RUN = re.compile(
    r"[A-Z][A-Za-z0-9&+'’.-]*(?: (?:of|and|for|the|de|[A-Z0-9][A-Za-z0-9&+'’.-]*|[ァ-ヺー]{2,})(?![A-Za-z0-9ァ-ヺー]))+"
)
_READING = re.compile(
    r"[（(](?P<reading>[ぁ-ゖァ-ヺー]{1,12}[・ 　=][ぁ-ゖァ-ヺー・]{1,16}|[ぁ-ゖ]{3,12})(?:氏|さん)?[）)、,]"
)
_SOCIETY = re.compile(r"[ァ-ヺーA-Za-z0-9]([社紙誌]|側)$")
_WORK_END = re.compile(r"(?:[るたすうくむぶつぬい]|ない|ます|です|だ|か|ね|よ|を|が|は|に|と|で|へ|！|!|？|\?|。|、)$")


@cache
def appositions() -> dict[str, EntityType]:
    """Kinds of things that stand before a name (探査機「…」, 投資会社…), with the type of the name."""
    return {row["text"]: row["type"] for row in lexicon.rows("appositions")}


@cache
def _longest() -> int:
    return max(map(len, appositions()))


def kind_before(text: str, start: int) -> EntityType | None:
    """The type that the noun right before a name says it has; brackets, の and ・ between are passed over.

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
            return None if owner and kind == "Organization" else kind  # 会社の「社外取締役」 is no firm
    return None


def pieces(word: str, kind: EntityType, *, known: bool, alone: bool = True) -> list[tuple[int, int, EntityType, str]]:
    """A proposed name in its parts (start, end, type, reason); one part where nothing is to be split.

    Args:
        word: the name.
        kind: its type.
        known: whether the alias table has it.
        alone: whether its first letter is a token: 米|大手ノーステラ, but 伊予|マリン and 韓国|テック.

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
    if kind == "Organization" and (m := _ABREAST.fullmatch(word)):
        return [(*m.span(side), kind, "beside another, after a stroke") for side in (1, 2)]
    if office(word):
        return [(0, 1, "Place", f"{word[0]} before an office"), (1, len(word), "Organization", "")]
    if kind in ("Organization", "Place") and (country or word[:1] == "中") and word[1:] in ("銀", "紙", "誌", "社"):
        return [(0, 1, "Place", f"{word[0]} before a common noun")]
    if kind == "Organization" and (m := _OF_FIRM.search(word)) and m.start() > 1:
        return [(0, m.start(), kind, "")]
    if (m := _KIND_AND_NAME.fullmatch(word)) and (said := appositions().get(m["kind"])):
        return [(m.start("name"), len(word), said, f"after {m['kind']}")]
    if kind == "Organization":
        if (m := re.fullmatch(r"(.{2,})政府", word)) and word.endswith("党政府"):
            return [(0, m.end(1), kind, "")]
        if _SOCIETY.search(word) and len(word) > 2:
            return [(0, len(word) - 1, kind, "")]
    if kind == "Person" and len(word) > 2 and word[-1] in "新前元現" and word[-2] not in "・":
        return [(0, len(word) - 1, kind, "")]
    return whole


def latin_run(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole Latin (or Latin and katakana) sequence with spaces around a Latin name: ChatGPT → ChatGPT Plus."""
    left = max(0, start - 60)
    for m in _LATIN_RUN.finditer(text, left, min(len(text), end + 60)):
        if m.start() <= start and end <= m.end() and m.group().count(" ") <= 5:
            return m.start(), m.end()
    return start, end


def reading_after(text: str, end: int) -> tuple[int, int] | None:
    """The reading in brackets right after a person's name: 瀬川真帆（せがわ・まほ） → せがわ・まほ."""
    m = _READING.match(text, end)
    return m.span("reading") if m else None


def bracketed(text: str) -> Iterator[tuple[int, int, EntityType, str]]:
    """Names that a kind of thing before quotation marks announces: 探査機「ほしぞら」, 著書『海の歴史』."""
    for m in re.finditer(r"(?:「([^「」『』\n]{1,40})」|『([^「」『』\n]{1,40})』|“([^“”\n]{1,40})”)", text):
        inner = m.group(1) or m.group(2) or m.group(3)
        start = m.start() + 1
        kind = kind_before(text, start)
        if kind is None or inner.isdigit():
            continue
        works = kind == "Product" and re.search(
            r"(?:著書?|自著|小説|映画|曲|アルバム|番組|報告書|論文|ドラマ|漫画|絵本|戯曲|歌|ミュージカル|ドキュメンタリー|自伝|回顧録|アニメ|舞台)の?$",
            text[max(0, start - 8) : start - 1],
        )
        if not works and (_WORK_END.search(inner) or len(inner) > 20 or re.search(r"[をがは、。]", inner)):
            continue
        yield start, start + len(inner), kind, f"in quotation marks after a kind of {kind}"


_PAPER = re.compile(r".(?:新聞|新報|日報|時報|タイムズ|通信|放送|テレビ|ラジオ)$")
_HELD = re.compile(r"(?:祭|大会|フェスティバル|フェスタ|博覧会|展|会議|選手権|グランプリ)$")


def titles_in_brackets(text: str) -> Iterator[tuple[int, int, EntityType, str]]:
    """Names in 『』 right after a noun or ・, outside quotations: 特急・『みなかぜ』, 新型車両『みなかぜ』."""
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
            if 1 < len(inner) <= 24 and not _WORK_END.search(inner) and "。" not in inner and not inner.isdigit():
                if not re.match(r"(?:と(?:述|話|語|い|答|発言)|など(?:と|の声))", text[i + 1 : i + 5]):
                    kind: EntityType = (
                        "Event" if _HELD.search(inner) else "Organization" if _PAPER.search(inner) else "Product"
                    )
                    yield opened + 1, i, kind, "in 『』 after a noun"
            opened = -1


def announced(
    text: str, units: Sequence[tuple[int, int, str, str]], rare: Callable[[str], bool]
) -> Iterator[tuple[int, int, EntityType, str]]:
    """Katakana or Latin names right after a kind of thing: 投資会社ブラックフェン, 小惑星ベンヌ.

    Args:
        text: the article's text.
        units: per token (start, end, word, tag).
        rare: whether a word is unknown to GiNZA's vectors; a common word is no name: one part must be rare or proper.
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
