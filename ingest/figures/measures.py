"""What a figure measures (売上高), and which entity it is about.

:func:`measure_of` looks at these places in order, in the figure's line and sentence:

1. the noun right before the figure (純利益90億円), or the label before a colon (受電容量：60メガワット);
2. the last noun before it that は, が, も, を or について marks (売上高は…128億ドル), within the quotation first;
3. the noun that the figure modifies (2000億円の資金), or the verb that it is the object of (120人を採用する);
4. the measure of an earlier figure: the same amount, or one with the same unit in this sentence or the one before (昨年は2700台だった);
5. the last noun before it that is a row of ``measures.jsonl``;
6. a noun that needs one before it (総額) and has none.

The noun whose share a percentage is comes before all of these (会員の3割が), or after the third (会員の3割).
Names, people who speak, times and words like 見込み are no measures; 見込み gives way to the noun before it. The words are rows of
``measure_words.jsonl``, read by :mod:`.words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ingest.figures.words import ends, group, measures, words
from kg.model import Extent, Figure, Mention

WINDOW = 120  #: how many characters before a figure are looked at
_NEAR = 60  # how many characters before it a row of measures.jsonl may be
_KANJI = "一-龠々ァ-ヶーA-Za-z0-9"
# A noun of kanji and katakana, with okurigana inside (受け入れ, 進み具合); 々 and Latin letters occur in it.
_NOUN = rf"(?:けが|[{_KANJI}])(?:[{_KANJI}・]|[りみきけげえれしちせめびべ](?=[一-龠])|い(?=[上入取付])|(?<=[買払])い(?=枠)){{0,25}}(?:(?<=[一-龠])[りみきけげえれしちせめびさ]|(?<=[買払])い)?"
_NOUNS = rf"(?P<noun>(?:{_NOUN} ?の ?)?{_NOUN})"
_MARKED = re.compile(
    rf"{_NOUNS}[\0 ]{{0,{WINDOW}}}(?P<mark>は|が|も(?![のうっちし])|を(?:めぐって(?:は|も))?|に(?:ついて|関して)(?:は|も)?|[:：])"
)
_OF = re.compile(r" ?(?:以上|余り|規模|程度|前後|近く)?の ?")
_NOUN_AFTER = re.compile(rf"{_OF.pattern}(?P<noun>{_NOUN})")
_DONE = re.compile(
    r" ?(?:以上|余り|程度|前後|近く|分)?[をが]? ?(?P<noun>[一-龠]{2,4})(?:す[るべ]|し(?:[、たてま]|$)|さ[れせ]|でき|[、。」]|が始)"
)
_CLOSED = re.compile(r"「[^「」]*」|『[^『』]*』|（[^（）]*）|\([^()]*\)")
# What ends the clause in which a noun with が or を is: a comma, a bracket, a verb before a noun or a figure, れば.
_BROKEN = re.compile(
    r"[、「」]|[ぁ-ん]た(?=[0-9一-龠ァ-ヶ]|$)|[うくぐすつぬぶむる](?=[0-9一-龠ァ-ヶ]|$)|[らけしっいげえれ]て(?=[0-9約]|$)|[えけせてねべめれげ]ば"
)
_SHARE_OF = re.compile(rf"(?P<noun>{_NOUN})の ?(?:約|およそ|ほぼ)?$")
_SEASON = re.compile(r"[0-9一二三四五六七八九十]季$")


class _Patterns(NamedTuple):
    """The patterns with words of the lexicon.

    Attributes:
        label: a noun right before a figure.
        between: what may stand between a noun and the figure that counts it.
        estimate: the end of a noun that gives way to the noun before it (の見込み).
        bound: a verb whose object is a bound (わずかに上回).
        taken: what follows a share that is taken of something (を失).
    """

    label: re.Pattern[str]
    between: re.Pattern[str]
    estimate: re.Pattern[str]
    bound: re.Pattern[str]
    taken: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    modifier = group("modifier")
    return _Patterns(
        label=re.compile(rf"{_NOUNS}[\0 　*「]{{0,{WINDOW}}}{modifier}?[ 　*「]{{0,3}}$"),
        between=re.compile(rf"[\0 　*]*{group('period')}?(?:{modifier}|累計)?[ 　*]*$"),
        estimate=re.compile(rf"(?:の?{group('qualifier')}?{group('estimate')})+額?値?$"),
        bound=re.compile(rf"{group('degree')}?{group('bound')}"),
        taken=re.compile(rf" ?(?:程度|近く|以上|余り|強|弱)?(?:が|を{group('taken')}|は|に満た)"),
    )


def measure_of(
    text: str,
    start: int,
    end: int,
    figure: Figure,
    *,
    mentions: Sequence[Mention],
    earlier: Sequence[Figure],
    near: int,
) -> tuple[str | None, int]:
    """The noun that a figure measures and where it begins; (None, the figure's start) if there is none.

    Args:
        text: the text.
        start: where the sentence begins.
        end: where it ends.
        figure: the figure.
        mentions: the names in the sentence.
        earlier: the figures before it, with their measures.
        near: where the text begins from which a measure is taken over to another value: the sentence before.
    """
    at = figure.extent.start
    start = max(start, at - WINDOW)
    start = max(start, text.rfind("\n", start, at) + 1)
    end = min(end, figure.extent.end + WINDOW)
    # what is in closed brackets is about something else
    before = _CLOSED.sub(lambda m: "\0" * len(m[0]), text[start:at])
    line = _Line(
        before + text[at:end].partition("\n")[0],
        at - start,
        figure.extent.end - start,
        figure,
        [Extent(m.extent.start - start, m.extent.end - start) for m in mentions if start < m.extent.end <= end],
        max(0, earlier[-1].extent.end - start) if earlier else 0,
    )
    weak: list[Extent] = []
    for noun, strong in line.nouns():
        if strong:
            return noun.of(line.text), noun.start + start
        weak.append(noun)
    if figure.kind == "duration":
        return None, at
    if measure := _taken_over(figure, earlier, near):
        return measure, at
    for noun in (*line.rows(), *weak):
        return noun.of(line.text), noun.start + start
    return None, at


def _taken_over(figure: Figure, earlier: Sequence[Figure], near: int) -> str | None:
    """The measure of an earlier figure with the same unit: of the same value, else of one that is near."""
    same = [f for f in reversed(earlier) if (f.kind, f.unit) == (figure.kind, figure.unit) and f.measure]
    for other in same:
        if other.value == figure.value:
            return other.measure
    for other in same:
        # a percentage without a noun may be a share of anything
        if other.extent.start >= near and (figure.kind != "percent" or ends(other.measure or "", "rate")):
            return other.measure
    return None


@dataclass(frozen=True, slots=True)
class _Line:
    """The line around a figure, and the nouns in it that the figure may measure; offsets count from its begin.

    Attributes:
        text: the line, or its part near the figure; closed brackets before the figure are blank.
        at: where the figure begins.
        end: where it ends.
        figure: the figure.
        names: where names are.
        free: where the figure before it ends.
    """

    text: str
    at: int
    end: int
    figure: Figure
    names: Sequence[Extent]
    free: int

    def nouns(self) -> Iterator[tuple[Extent, bool]]:
        """The nouns that the figure may measure, the most likely first, each with whether it says enough (not 総額)."""
        if self.figure.kind == "duration":
            yield from (found for found in self._before() if ends(found[0].of(self.text), "lasting"))
            return
        share = _SHARE_OF.search(self.text, 0, self.at) if self.figure.kind == "percent" else None
        if share and _patterns().taken.match(self.text, self.end):
            yield from self._accepted(share, counted=True)
        yield from self._before()
        if m := _NOUN_AFTER.match(self.text, self.end):
            yield from self._accepted(m, counted=True)
        if (m := _DONE.match(self.text, self.end)) and not m["noun"].startswith(words("stating")):
            yield Extent(*m.span("noun")), True
        if share:
            yield from self._accepted(share, counted=True)

    def rows(self) -> list[Extent]:
        """The rows of ``measures.jsonl`` before the figure, the nearest first."""
        found = measures().finditer(self.text, max(self.free, self.at - _NEAR), self.at)
        return [Extent(*m.span()) for m in found][::-1]

    def _before(self) -> Iterator[tuple[Extent, bool]]:
        """The label of the figure, then the marked nouns before it, the nearest first."""
        counting = self.figure.unit in words("people") + words("bodies")
        if label := _patterns().label.search(self.text, self.free, self.at):
            yield from self._accepted(label, counted=counting)
        opened = max(0, *(self.text.rfind(c, 0, self.at) for c in "「『（("))
        of = _OF.match(self.text, self.end)
        modifies_row = bool(of and measures().match(self.text, of.end()))
        for start, end in ((opened, self.at), (0, opened)):
            for m in reversed(list(_MARKED.finditer(self.text, start, end))):
                between = self.text[m.end() : self.at]
                if m["mark"] in ("が", "を") and (_BROKEN.search(between) or _patterns().bound.match(between)):
                    continue
                if modifies_row and "、" in between:
                    continue
                near = m["mark"] == "を" or _patterns().between.fullmatch(between)
                yield from self._accepted(m, counted=counting and bool(near))

    def _accepted(self, m: re.Match[str], *, counted: bool) -> Iterator[tuple[Extent, bool]]:
        """The noun of a match without 見込み and its like; nothing where it is a name, a speaker or a time.

        Args:
            m: a match with a group ``noun``.
            counted: whether the figure may count it, if it is people or bodies.
        """
        start, end = m.span("noun")
        if estimate := _patterns().estimate.search(self.text[:end], start):
            end = estimate.start()
        for name in self.names:  # [山川工業]株式5割: the noun begins after the name
            if start < name.end <= end:
                start = name.end
        noun = self.text[start:end].removesuffix("の")
        owner, _, head = noun.rpartition("の")
        head = head.lstrip()
        extent = Extent(start + len(noun) - len(head), start + len(noun))
        if not _tells(head) or any(name.overlaps(extent) for name in self.names):
            return
        unit, kind = self.figure.unit, self.figure.kind
        if (
            (ends(head, "lasting") and kind != "duration")
            or (ends(head, "speaker") and not (counted and kind == "percent"))
            or (ends(head, "person") and not (counted and unit not in words("bodies")))
            or (ends(head, "body") and not (counted and unit not in words("people")))
        ):
            return
        if head not in words("generic"):
            yield extent, True
        elif _tells(owner.strip()):
            yield Extent(start, extent.end), True
        else:
            yield extent, False


def _tells(noun: str) -> bool:
    """Whether a noun is more than a letter or a number, and neither a time nor a word like 問題."""
    return len(noun) > 1 and not noun[0].isdigit() and not ends(noun, "time", "nothing") and not _SEASON.search(noun)


def about(text: str, mentions: Sequence[Mention], figure: Figure, at: int) -> tuple[str, ...]:
    """The id of the entity that a figure is about, as a tuple of at most one.

    Args:
        text: the text.
        mentions: those in the sentence, in order.
        figure: the figure.
        at: where the measuring noun begins.
    """
    if not mentions:
        return ()
    for mention in mentions:  # right before the noun: A社株, 同社の売上高
        if mention.extent.end <= at and text[mention.extent.end : at] in ("", "の", "は", "が", "、"):
            return (mention.entity,)
    topics = [
        m
        for m in mentions
        if m.extent.end <= figure.extent.start and text[m.extent.end : m.extent.end + 1] in ("は", "が", "も")
    ]
    if topics:
        return (topics[-1].entity,)
    before = [m for m in mentions if m.extent.end <= figure.extent.start]
    return (before[-1].entity,) if before else ()
