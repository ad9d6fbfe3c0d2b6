"""Extract comparable words from a text by its scripts, without a parser.

A run of kanji becomes its character pairs (総事業費: 総事, 事業, 業費), a run of katakana or Latin letters is one word. Synonyms,
opposites and words that do not count are rows in ``data/lexicon`` (antonyms, synonyms, tracking_words).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice

from kg.lexicon import rows
from kg.names import normal_name

_NUMBER = re.compile(
    r"[0-9０-９][0-9０-９,.，．]*(?:[十百千万億兆]+[0-9０-９,.]*)*(?:年度|年間|年|カ月|か月|月期|月|日|時|分|%|％|パーセント|ポイント)?"
    r"|[一二三四五六七八九十]+[年月日人]"
)
_RUN = re.compile(r"[\u4e00-\u9fff々〆ヶ]+|[\u30a1-\u30faー]+|[a-z][a-z0-9&+'.-]*")

_DESIGNATION = re.compile(r"(?<![a-z0-9])[a-z]{1,8}-?\d{1,5}[a-z]?(?![a-z0-9.])")
_PERSON = 0.3  # weight of a person's name; a word has 1
_VERB = re.compile(r"(?<=[ぁ-ん])([\u4e00-\u9fff])[ぁ-ん]{1,6}$")
_COUNTED = re.compile(r"(?<![\d第.a-z-])(\d[\d,]*(?:\.\d+)?)(万|億)?([\u4e00-\u9fff]+)")
_NO_COUNTER = frozenset("年月日時分秒期度歳代号番条項章位世次回目割級万億兆円")
_QUOTED = re.compile(r"[「『]([\u4e00-\u9fff\u30a1-\u30faーa-z0-9・-]{2,12})[」』](?!と|。|、|$)")

SCHEDULE = "予定"
"""The axis of being on time; its words are no topic."""

STANCE = "賛否"
"""The axis of being for or against something."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a content and their properties, for comparison.

    Attributes:
        weights: word → weight. The character pairs of one run share a weight of 1, so that 路面電車 counts as one word.
        head: the words of the last run: in Japanese the predicate, or the noun that it depends on.
        axes: pairs of an axis of opposites (増減) and the side, +1 or -1.
        undone: it says that something is cancelled (中止).
        past: it ends in a past form.
        announces: it says that a value or date is changed (上方修正した).
        denies: a word of an axis contains the negation (影響はない).
        forecasts: it changes a forecast or plan (見通しを引き下げた), which is no fact yet.
        coming: it ends in a verb about the future (増える).
        tokens: the words without their weights.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    head: frozenset[str] = frozenset()
    axes: tuple[tuple[str, int], ...] = ()
    undone: bool = False
    past: bool = False
    announces: bool = False
    denies: bool = False
    forecasts: bool = False
    coming: bool = False
    tokens: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Lexicon:
    pattern: re.Pattern[str]
    entries: Mapping[str, tuple[str, str, int]]  # surface -> (kind, token, sign)
    past: tuple[str, ...]
    spokesperson: tuple[str, ...]
    unchanged: tuple[str, ...]
    announces: tuple[str, ...]
    anonymous: tuple[str, ...]
    comparators: Mapping[str, str]
    scale: re.Pattern[str]
    outlook: tuple[str, ...]
    auxiliaries: frozenset[str]
    coming: tuple[str, ...]
    negation: tuple[str, ...]
    no_negation: tuple[str, ...]


@cache
def _lexicon() -> _Lexicon:
    entries: dict[str, tuple[str, str, int]] = {}
    by_kind: dict[str, tuple[str, ...]] = {}
    for row in rows("tracking_words"):
        by_kind[str(row["kind"])] = tuple(str(w) for w in row["words"])
    for word in by_kind["light"]:
        entries[_fold(word)] = ("light", "", 0)
    for row in rows("synonyms"):
        names = [_fold(str(w)) for w in row["words"]]
        for word in names:
            entries[word] = ("word", names[0], 0)
    for row in rows("antonyms"):
        axis = str(row["axis"])
        for sign, side in ((1, "plus"), (-1, "minus")):
            for word in row[side]:
                # a word can be both a synonym and a side of an axis, such as 開業; then it keeps its synonym's token
                known = entries.get(_fold(word))
                token = known[1] if known and known[0] == "word" else f"⇅{axis}"
                entries[_fold(word)] = ("axis" if row["plus"] else "undo", f"{axis}\t{token}", sign)
    for word in by_kind["change"]:
        kind, token, sign = entries.get(_fold(word), ("light", "", 0))
        entries[_fold(word)] = ("change" if kind == "axis" else "light", token, sign)
    longest = sorted(entries, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest)))
    return _Lexicon(
        pattern,
        entries,
        by_kind["past"],
        by_kind["spokesperson"],
        by_kind["unchanged"],
        by_kind["announces"],
        by_kind["anonymous"],
        {w: s for s, kind in ((">", "over"), ("<", "under"), ("<=", "most"), (">=", "least")) for w in by_kind[kind]},
        re.compile("(" + "|".join(map(re.escape, by_kind["scale"])) + r")(?:は|が|の規模は)?(\d+(?:\.\d+)?)"),
        by_kind["outlook"],
        frozenset(by_kind["auxiliary"]),
        by_kind["coming"],
        by_kind["negation"],
        by_kind["no-negation"],
    )


def speaks_for(title: str | None, organization: str = "") -> bool:
    """Whether a person with this title speaks for the organization (or for one of any kind, if "").

    >>> speaks_for("代表取締役社長"), speaks_for("元社員"), speaks_for("市長", "商工会議所")
    (True, False, False)
    """
    if not title or title.startswith(("元", "前")) or not any(t in title for t in _lexicon().spokesperson):
        return False
    if organization and title.endswith(("市長", "町長", "村長", "区長", "知事")):
        # only a municipality or prefecture has a 市長 or 知事
        return organization.endswith(tuple("市町村区県府都道州"))
    return not (organization.endswith(tuple("市町村区県府都道州")) and title.endswith(("社長", "会長", "頭取", "CEO")))


def sides(body: str, people: Mapping[str, str], parties: Mapping[str, str]) -> dict[str, set[str]]:
    """Key of a person → keys of those for whom the person speaks, by the words of a text: 南星宇宙の浅見玲子社長.

    Args:
        body: the text.
        people: key → name of each person.
        parties: key → name of each entity for which a person may speak.
    """
    found: dict[str, set[str]] = {}
    topics = sorted((at, k) for k, label in parties.items() for mark in "はが" for at in _places(body, label + mark))
    for person, name in people.items():
        for at in _places(body, name):
            title = re.match(r"[^\sはがをにのと、。「」（）]{1,12}", body[at + len(name) : at + len(name) + 12])
            before = body[max(0, at - 40) : at]
            if title and speaks_for(title.group()):

                def may(k: str, person: str = person, title: str = title.group()) -> bool:
                    return k != person and speaks_for(title, parties[k])

                told = {k for k, v in parties.items() if before.endswith((v + "の", v)) and may(k)}
                if not told and not before.rstrip().endswith("の"):  # 青葉市は…。森下市長は: the last topic before it
                    told = set(islice((k for _, k in reversed(topics[: bisect_left(topics, (at, ""))]) if may(k)), 1))
                if told:
                    found.setdefault(person, set()).update(told)
    return found


def _places(body: str, piece: str) -> Iterator[int]:
    at = body.find(piece)
    while at >= 0:
        yield at
        at = body.find(piece, at + 1)


@lru_cache(maxsize=4096)
def designations(body: str) -> frozenset[str]:
    """Names recognizable by their form (SR-21, 「はやて」の), in normal form; extraction may have missed them as entities.

    >>> sorted(designations("新薬「キボウ」の治験で、SR-21は「効果がある」と述べた。30人。"))
    ['sr21', 'キボウ']
    """
    folded = _fold(body)
    found = {m[0] for m in _DESIGNATION.finditer(folded)} | {m[1] for m in _QUOTED.finditer(folded)}
    return frozenset(normal_name(name) for name in found)


def anonymous(source: str) -> bool:
    """Whether the words of an unnamed source do not identify it, so that it is another source in every article.

    >>> anonymous("関係者"), anonymous("同社"), anonymous("県の担当者")
    (True, True, False)
    """
    return source.startswith("同") or ("の" not in source and source.endswith(_lexicon().anonymous))


def comparator(after: str) -> tuple[str, bool] | None:
    """The comparator that the words after a figure give it, and whether they contain a negation; the longest match counts.

    >>> comparator("を超える"), comparator("を超えない"), comparator("に届かない"), comparator("になる")
    (('>', False), ('<=', True), ('<', True), None)
    """
    known = _lexicon().comparators
    word = max((w for w in known if after.startswith(w)), key=len, default=None)
    return (known[word], word.endswith("な")) if word else None


def scales(text: str) -> list[tuple[str, float, str]]:
    """Values on a scale, which are not annotated as figures: (scale, value, words).

    >>> scales("地震の規模はマグニチュード6.8だった")
    [('マグニチュード', 6.8, 'マグニチュード6.8')]
    """
    return [(m[1], float(m[2]), m[0]) for m in _lexicon().scale.finditer(_fold(text))]


def counted(text: str) -> list[tuple[str, float, str]]:
    """Numbers with counters that are not annotated as figures: (counter, value, words).

    >>> counted("座席数は1500席になる"), counted("2027年10月に第3期が始まる")
    ([('席', 1500.0, '1500席')], [])
    """
    found = []
    for m in _COUNTED.finditer(_fold(text)):
        if m[3][0] not in _NO_COUNTER:
            found.append(
                (
                    m[3][0],
                    float(m[1].replace(",", "")) * {"万": 1e4, "億": 1e8}.get(m[2] or "", 1.0),
                    m[1] + (m[2] or "") + m[3][0],
                )
            )
    return found


def unchanged(text: str) -> bool:
    """Whether a content says that something does not change, so that its negation does not negate the claim.

    >>> unchanged("2030年度に開業する計画は変わらない"), unchanged("開業しない")
    (True, False)
    """
    return any(word in text for word in _lexicon().unchanged)


def negated(sentence: str) -> bool:
    """Whether a sentence ends in a negation.

    >>> [negated(s) for s in ("開業できなかった。", "まだ届いていません", "台数は少ない", "上がるかもしれない")]
    [True, True, False, False]
    """
    end = sentence.rstrip("。．.!！？? 」』")
    return end.endswith(_lexicon().negation) and not end.endswith(_lexicon().no_negation)


def analyse(text: str, blanks: Iterable[str] = (), measures: Iterable[str] = (), people: Iterable[str] = ()) -> Words:
    """The words of a content and their properties.

    Args:
        text: the content.
        blanks: parts of it that are compared separately and so do not count as words: figures, dates.
        measures: names of what its figures measure; they may be outside the content (開発費は「130億円に膨らむ」).
        people: names of persons, which get a low weight: two claims about one person may be about different things.

    >>> sorted(analyse("新工場を2027年4月に稼働させる").tokens)
    ['工場', '新工', '稼働']
    >>> analyse("利用者は増えない").axes
    (('増減', 1),)
    """
    folded = _fold(text)
    for blank in sorted((_fold(b) for b in blanks if b), key=len, reverse=True):
        folded = folded.replace(blank, " ")
    groups: list[list[str]] = [[normal_name(m[0])] for m in _DESIGNATION.finditer(folded)]
    persons: list[str] = []
    for name in sorted(map(_fold, people), key=len, reverse=True):
        for form in (name, name[:2]):
            if len(form) > 1 and form in folded:
                folded = folded.replace(form, " ")
                persons.append(name[:2])
    folded = _NUMBER.sub(" ", _DESIGNATION.sub(" ", folded))
    lexicon = _lexicon()
    axes: dict[str, int] = {}
    undone = denies = False
    position = 0
    for match in lexicon.pattern.finditer(folded):
        groups += _runs(folded[position : match.start()])
        position = match.end()
        kind, token, sign = lexicon.entries[match.group()]
        if kind == "word":
            groups.append([token])
        elif kind in ("axis", "change", "undo"):
            axis, _, word = token.partition("\t")
            if kind == "undo":
                undone = True
            elif kind == "axis":
                axes[axis] = sign
                denies = denies or "な" in match.group()
                if axis != SCHEDULE:  # 延期 is about when, not about what
                    groups.append([word])
    groups += _runs(folded[position:])
    if verb := _last_verb(folded[position:]):
        groups.append([verb])
    stripped = folded.rstrip("。．.!！？? 」』")
    head = frozenset(groups[-1]) if groups else frozenset()
    for name in measures:
        tokens = sorted(measure(name))
        if tokens and not any(set(tokens) <= set(group) for group in groups):
            groups.append(tokens)
            head = head or frozenset(tokens)
    weights: dict[str, float] = {}
    for group in groups:
        for token in group:
            weights[token] = max(weights.get(token, 0.0), 1 / len(group))
    for person in persons:
        weights.setdefault(person, _PERSON)
    announces = any(word in folded for word in lexicon.announces)
    return Words(
        weights=weights,
        denies=denies,
        tokens=frozenset(weights),
        head=head,
        axes=tuple(sorted(axes.items())),
        undone=undone,
        past=stripped.endswith(lexicon.past),
        announces=announces,
        coming=stripped.endswith(lexicon.coming),
        forecasts=announces and any(word in folded for word in lexicon.outlook),
    )


@lru_cache(maxsize=65536)
def measure(name: str) -> frozenset[str]:
    """The words of the name of a measure (総事業費)."""
    return analyse(name).tokens


@lru_cache(maxsize=65536)
def ngrams(text: str, n: int = 2) -> frozenset[str]:
    """The character n-grams of a content without its numbers and spaces."""
    folded = re.sub(r"[\s、。「」『』（）()・,]", "", _NUMBER.sub("", _fold(text)))
    return frozenset(folded[i : i + n] for i in range(len(folded) - n + 1))


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """The Dice coefficient of two sets: 0 for nothing in common, 1 for equal sets."""
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _last_verb(text: str) -> str | None:
    """The kanji of a verb with one kanji at the end of a text (連立を組む); None if there is none, or for an auxiliary.

    >>> _last_verb("連立を組まない"), _last_verb("連立を検討する"), _last_verb("獲得した")
    ('組', None, None)
    """
    found = _VERB.search(text.rstrip("。．.!！？? 」』"))
    return found[1] if found and found[1] not in _lexicon().auxiliaries else None


def _runs(text: str) -> list[list[str]]:
    found: list[list[str]] = []
    for match in _RUN.finditer(text):
        run = match.group()
        if "\u4e00" <= run[0] <= "\u9fff" or run[0] in "々〆ヶ":
            if len(run) >= 2:
                found.append([run[i : i + 2] for i in range(len(run) - 1)])
        elif len(run) >= 2:
            found.append([run])
    return found


@lru_cache(maxsize=65536)
def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
