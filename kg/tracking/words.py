"""The words of a content that two claims can share, without a parser.

Runs of one script are words enough for comparing: 総事業費 becomes its character pairs, カタカナ and Latin runs
stay whole. Synonyms, opposites and light words are rows in ``data/lexicon`` (antonyms, synonyms, tracking_words).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from kg import data

_NUMBER = re.compile(
    r"[0-9０-９][0-9０-９,.，．]*(?:[十百千万億兆]+[0-9０-９,.]*)*(?:年度|年間|年|カ月|か月|月期|月|日|時|分|%|％|パーセント|ポイント)?"
    r"|[一二三四五六七八九十]+[年月日人]"
)
_RUN = re.compile(r"[\u4e00-\u9fff々〆ヶ]+|[\u30a1-\u30faー]+|[a-z][a-z0-9&+'.-]*")

SCHEDULE = "予定"
"""The axis of being on time; its words are no topic."""

STANCE = "賛否"
"""The axis of being for or against something."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a content is made of, for comparison.

    ``tokens`` are the words; ``weights`` has each with its share of the run that it comes from, so that 路面電車 counts as one word and not
    as its three pairs of characters; ``head`` those of the last run, which in Japanese is the predicate or the noun that it
    turns on; ``axes`` maps each axis of opposites (増減) to +1 or -1; ``undone`` is true where 中止 and its like
    undo what is claimed; ``past`` where the content ends as something done; ``announces`` where it says itself that a
    value or date is changed (上方修正した); ``denies`` where an end of an axis has the negation in it (影響はない).
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    head: frozenset[str] = frozenset()
    axes: tuple[tuple[str, int], ...] = ()
    undone: bool = False
    past: bool = False
    announces: bool = False
    denies: bool = False
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
    over: tuple[str, ...]
    under: tuple[str, ...]


def rows(name: str) -> list[dict[str, object]]:
    """The rows of one table of ``data/lexicon``; lines that start with ``#`` are skipped."""
    lines = data.text(f"lexicon/{name}.jsonl").splitlines()
    return [json.loads(line) for line in lines if line.strip() and not line.startswith("#")]


@cache
def _lexicon() -> _Lexicon:
    entries: dict[str, tuple[str, str, int]] = {}
    by_kind: dict[str, tuple[str, ...]] = {}
    for row in rows("tracking_words"):
        by_kind[str(row["kind"])] = tuple(str(w) for w in row["words"])  # type: ignore[attr-defined]
    for word in by_kind["light"]:
        entries[_fold(word)] = ("light", "", 0)
    for row in rows("synonyms"):
        names = [_fold(str(w)) for w in row["words"]]  # type: ignore[attr-defined]
        for word in names:
            entries[word] = ("word", names[0], 0)
    for row in rows("antonyms"):
        axis = str(row["axis"])
        for sign, side in ((1, "plus"), (-1, "minus")):
            for word in row[side]:  # type: ignore[attr-defined]
                # a word can be both a synonym and one end of an axis: 開業 stays itself, and has a sign
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
        by_kind["over"],
        by_kind["under"],
    )


def speaks_for(title: str | None, organization: str = "") -> bool:
    """Whether the holder of this title speaks for the organization.

    >>> speaks_for("代表取締役社長"), speaks_for("元社員"), speaks_for("市長", "商工会議所")
    (True, False, False)
    """
    if not title or title.startswith(("元", "前")) or not any(t in title for t in _lexicon().spokesperson):
        return False
    if organization and title.endswith(("市長", "町長", "村長", "区長", "知事")):
        return organization.endswith(tuple("市町村区県府都道州"))  # 市長 of nothing but a municipality
    return True


def sides(body: str, people: Mapping[str, str], parties: Mapping[str, str]) -> dict[str, set[str]]:
    """Who speaks for whom by the words of an article: 南星宇宙の浅見玲子社長.

    Args:
        body: the article's text.
        people, parties: key → name of those who speak, and of the organizations and places of the article.
    """
    found: dict[str, set[str]] = {}
    for person, name in people.items():
        at = body.find(name)
        while at >= 0:
            title = re.match(r"[^\sはがをにのと、。「」（）]{1,12}", body[at + len(name) : at + len(name) + 12])
            before = body[max(0, at - 40) : at]
            for party, label in parties.items():
                if (
                    party != person
                    and title
                    and before.endswith((label + "の", label))
                    and speaks_for(title.group(), label)
                ):
                    found.setdefault(person, set()).add(party)
            at = body.find(name, at + 1)
    return found


def anonymous(source: str) -> bool:
    """Whether the words of an unnamed source tell nothing of who it is, so that in another article it is another one.

    >>> anonymous("関係者"), anonymous("同社"), anonymous("県の担当者")
    (True, True, False)
    """
    return source.startswith("同") or ("の" not in source and source.endswith(_lexicon().anonymous))


def comparator(after: str) -> str | None:
    """What the words after a figure make of it: ``>`` for を上回る, ``<`` for を下回る, else None."""
    lexicon = _lexicon()
    return ">" if after.startswith(lexicon.over) else "<" if after.startswith(lexicon.under) else None


def unchanged(text: str) -> bool:
    """Whether a content says that something stays as it is, so that its negation is none.

    >>> unchanged("2030年度に開業する計画は変わらない"), unchanged("開業しない")
    (True, False)
    """
    return any(word in text for word in _lexicon().unchanged)


def analyse(text: str, blanks: Iterable[str] = (), measures: Iterable[str] = ()) -> Words:
    """The words of a content.

    Args:
        text: the content as it stands in the article.
        blanks: stretches that are compared on their own and so are no words: figures, dates.
        measures: names of what its figures measure, which may stand outside the content (開発費は「130億円に膨らむ」).

    >>> sorted(analyse("新工場を2027年4月に稼働させる").tokens)
    ['工場', '新工', '稼働']
    >>> analyse("利用者は増えない").axes
    (('増減', 1),)
    """
    folded = _fold(text)
    for blank in sorted((_fold(b) for b in blanks if b), key=len, reverse=True):
        folded = folded.replace(blank, " ")
    folded = _NUMBER.sub(" ", folded)
    lexicon = _lexicon()
    groups: list[list[str]] = []
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
                if axis != SCHEDULE:  # 延期 says when, not what
                    groups.append([word])
    groups += _runs(folded[position:])
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
    return Words(
        weights=weights,
        denies=denies,
        tokens=frozenset(weights),
        head=head,
        axes=tuple(sorted(axes.items())),
        undone=undone,
        past=stripped.endswith(lexicon.past),
        announces=any(word in folded for word in lexicon.announces),
    )


@lru_cache(maxsize=65536)
def measure(name: str) -> frozenset[str]:
    """The words of a measure's name (総事業費), for comparing it with others."""
    return analyse(name).tokens


@lru_cache(maxsize=65536)
def ngrams(text: str, n: int = 2) -> frozenset[str]:
    """The character n-grams of a content without its numbers and spaces."""
    folded = re.sub(r"[\s、。「」『』（）()・,]", "", _NUMBER.sub("", _fold(text)))
    return frozenset(folded[i : i + n] for i in range(len(folded) - n + 1))


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Dice coefficient of two sets: 0 nothing in common, 1 the same."""
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


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
