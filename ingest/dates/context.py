"""What resolves a date needs: what is found, the tense of what follows, and the context of the article."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ingest import numbers
from ingest.dates import grammar
from kg.model import Granularity, Interval

UNKNOWN = Interval(None, None)
_FUTURE = re.compile(
    r"予定(?!して|した|日|通|どお|外)|見通し|見込み|見込ま|(?:[うくぐすつぬぶむる])(?:と(?:発表|述|語|し[たて]|の|明ら|い[うっ]|表明|説明|決|み|予)|。|$|」|方針|計画|見通し|考え|意向|ことを決|こと(?:が|に|を)(?:決|な|明))"
    r"|だろう|ます(?:。|$|」|と)|(?:られ|れ)る|ようと|へ(?:。|$)|目指す|めざす"
)
_PAST = re.compile(
    r"(?:[しっいきげけれめえせべてねりみじちびぎんか])た(?![めいらりくだちとがる]|と(?:しても|えば))|(?:[しっいきげけれめえせべてり])た(?:と|が)|んだ(?:。|と|、|ほ|[一-龠])|済み|いだ(?:。|と|、)|だった|でした|ました"
)
_END = re.compile(r"[。\n]")


@dataclass(frozen=True, slots=True)
class Found:
    """A resolved expression, before its neighbours are considered.

    Attributes:
        start: where the match begins.
        end: where it ends.
        interval: the days that it covers.
        granularity: how exact it is.
        rule: the name of the rule that matched.
        implied: the unit that was inferred because the text leaves it out: ``year``, ``month``, ``week`` or empty.
        deadline: whether it only bounds the time from above.
        forward: whether it counts forward from publication: 2年後.
        explicit_year: whether its year is certain, so that a date later in the sentence may take it over.
        undated: the reason why it has no interval when the day of publication is not known, or empty.
    """

    start: int
    end: int
    interval: Interval
    granularity: Granularity
    rule: str
    implied: str = ""
    deadline: bool = False
    forward: bool = False
    explicit_year: bool = False
    undated: str = ""


def tense(text: str, end: int) -> str:
    """The tense of the clause that follows a date: ``"future"``, ``"past"``, or ``""`` where it does not show.

    Args:
        text: the text, in narrow width.
        end: where the date ends.

    >>> tense("12日に開かれる会議", 3), tense("12日に開いた会議", 3), tense("12日、来月開くと発表した。", 3)
    ('future', 'past', 'past')
    """
    stop = _END.search(text, end, end + 160)
    clause = text[end : stop.start() if stop else min(len(text), end + 160)]
    if clause.startswith(("、", "は、", "夜、", "朝、", "夕、", "午前、", "午後、", "までに、")) or re.match(
        r"(?:午前|午後|朝|夜|夕|昼|未明|深夜|早朝)", clause
    ):
        tail = clause.rstrip("」』）) ")[-12:]
        if re.search(r"(?:予定|見通し)(?:だ|です)?$|だろう$", tail):
            return "future"
        if re.search(r"(?:た|だ|ている|という)$", tail):
            return "past"
        if re.search(r"[うくすつぶむる]$", tail):
            return "future"
    future, past = _FUTURE.search(clause), _PAST.search(clause)
    if future and (not past or future.start() < past.start()):
        return "future"
    return "past" if past else ""


class Context:
    """What resolution needs besides the match: the text, the day of publication, and the last date that was named."""

    def __init__(self, text: str, published: date) -> None:
        """Args:
        text: the text, in narrow width.
        published: the day of publication.
        """
        self.text = text
        self.published = published
        self.last: Found | None = None
        self._fiscal: bool | None = None
        self._quarters: list[tuple[int, int]] | None = None

    def same_sentence(self, start: int) -> Found | None:
        """The last date before ``start`` if it is in the same sentence, else None."""
        if self.last and not _END.search(self.text, self.last.end, start):
            return self.last
        return None

    @property
    def fiscal(self) -> bool:
        """Whether the article counts in Japanese fiscal years (it has 年度, 3月期, 今期 or 来期)."""
        if self._fiscal is None:
            self._fiscal = bool(re.search(r"年度|\d月期|今期|来期", self.text))
        return self._fiscal

    def first_quarter(self, position: int) -> int:
        """The month in which the first quarter begins, for a quarter at ``position``.

        An article that says 第4四半期（10─12月） gives it; otherwise it is April if the article counts in fiscal years,
        else January.
        """
        if self._quarters is None:
            self._quarters = [
                (m.start(), (int(m["bm1"]) - 1 - 3 * (numbers.whole(m["q"]) or 1) + 3) % 12 + 1)
                for m in re.finditer(grammar.QUARTER + grammar.BRACKETED, self.text)
                if m["bm1"] and 1 <= int(m["bm1"]) <= 12
            ]
        if self._quarters:
            before = [month for at, month in self._quarters if at < position]
            return before[0] if before else self._quarters[0][1]
        return 4 if self.fiscal else 1


def anchor_of(c: Context, row: dict[str, object]) -> date:
    """The day that a relative word counts from: the last date for an anaphoric one (翌年), else publication."""
    if row.get("anaphoric") and c.last:
        return c.last.interval.start or c.last.interval.end or c.published
    return c.published


def bounded(interval: Interval, words: str) -> Interval:
    """A period with 中, 内 or いっぱい: 2027年中 begins with the year, 2027年内 has no start."""
    return interval if words.startswith("中") else Interval(None, interval.end)


def found_at(
    m: re.Match[str], rule: str, interval: Interval, granularity: Granularity, *,
    implied: str = "", deadline: bool = False, forward: bool = False, explicit_year: bool = False,
) -> Found:  # fmt: skip
    """A :class:`Found` with the extent of the match; the other arguments are its attributes."""
    return Found(m.start(), m.end(), interval, granularity, rule, implied, deadline, forward, explicit_year)
