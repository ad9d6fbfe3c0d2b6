"""Compare two claims: does the later one restate, support, contradict or revise the earlier one, and why?

Pure functions. A link is only a proposal, with its reason in words; a person confirms or rejects it. The claims are
:class:`kg.tracking.views.ClaimView` objects; read that module first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from kg.tracking.figures import FigureView, moved, relation, telling
from kg.tracking.parties import same_source, same_world, shared_subject
from kg.tracking.periods import meet, same_period, show
from kg.tracking.thresholds import DEFAULT, Thresholds
from kg.tracking.views import ClaimView
from kg.tracking.words import SCHEDULE, STANCE, Words, cumulative, likeness, measure, ngrams

LinkType = Literal["restates", "supports", "contradicts", "revises", "evidence"]
LINK_TYPES: tuple[LinkType, ...] = ("restates", "supports", "contradicts", "revises")


@dataclass(frozen=True, slots=True)
class Link:
    """A proposed link from a later claim to an earlier one (IRIs), with a score in [0, 1] and the reason in two languages.

    The type ``evidence`` is for a later fact that may settle an open prediction.
    """

    type: LinkType
    later: str
    earlier: str
    score: float
    reason: str
    reason_ja: str


@dataclass(frozen=True, slots=True)
class _Finding:
    """How two claims compare in one aspect: ``agree``, ``differ`` or ``silent`` (nothing to compare), with the reason."""

    outcome: Literal["agree", "differ", "silent"]
    en: str = ""
    ja: str = ""


_SILENT = _Finding("silent")


def order(a: ClaimView, b: ClaimView) -> tuple[ClaimView, ClaimView]:
    """The two claims as (later, earlier): by publication, within one article by offset."""

    def when(v: ClaimView) -> tuple[date, str, int]:
        return (v.published or date.min, v.article, v.start)

    return (a, b) if when(a) > when(b) else (b, a)


def compare(a: ClaimView, b: ClaimView, limits: Thresholds = DEFAULT) -> Link | None:
    """The link between two claims; ``None`` if they are not about the same thing, or nothing follows.

    Args:
        a, b: two claims, in any order.
        limits: the thresholds.

    Example: 「新工場は2027年4月に稼働する」 of a company and 「稼働は2028年にずれ込む」 of an analyst: ``contradicts``.
    """
    later, earlier = order(a, b)
    if _overlap(later, earlier) or not _same_attitude(later, earlier):
        return None
    words = topic(later, earlier)
    if words < (limits.topic_same_value if later.figures and earlier.figures else limits.topic):
        return None
    figures, measured = _figures(later, earlier, limits)
    if figures is None:
        return None
    head = bool(
        later.words.head & (earlier.words.tokens | earlier.setting)
        or earlier.words.head & (later.words.tokens | later.setting)
    )
    if bool(later.figures) != bool(earlier.figures):
        valued, other = (later, earlier) if later.figures else (earlier, later)
        head = bool(valued.words.head & (other.words.tokens | other.setting))
    dates = _dates(later, earlier, valued=measured)
    if dates is None:
        return None
    position = _position(later, earlier, limits, words, head)
    if (STANCE in dict(later.words.axes)) != (STANCE in dict(earlier.words.axes)):
        return None  # being for something and doing it are different statements
    anchored = figures.outcome != "silent" or dates.outcome != "silent" or position.outcome == "differ"
    if figures.outcome == "agree" and any(
        telling(f) for f in later.figures for g in earlier.figures if f.value == g.value and f.unit == g.unit
    ):
        head, anchored = True, True
        limits = replace(limits, topic=limits.topic_same_value)
    needed = limits.topic if anchored else limits.topic_alone
    if not anchored:  # neither figures nor dates nor positions connect them, so the predicates must be the same
        head = bool(later.words.head & earlier.words.head)
        if not head and min(len(later.words.tokens), len(earlier.words.tokens)) < 4:
            return None
        settles = later.words.past and not later.future and earlier.due is not None
        words_needed = limits.words_settling if settles and head else limits.words_alone
        if min(_weight(later.words, earlier.words), _weight(earlier.words, later.words)) < words_needed:
            return None
    if not measured and not head:
        needed = max(needed, limits.topic_without_head)
    if words < needed:
        return None
    if not same_world(later, earlier) or not shared_subject(later, earlier, words, figures.outcome == "agree"):
        return None
    return _decide(later, earlier, words, figures, dates, position, measured, limits)


def topic(a: ClaimView, b: ClaimView) -> float:
    """How far the topic of the shorter of two contents is also that of the other, in [0, 1].

    It combines coverage and the Dice coefficient of their weighted words. A word in the other claim's sentence outside its
    content (〜について) counts for coverage, too.
    """
    x, y = a.words.weights, b.words.weights
    if not x or not y:
        # 開館は「2027年10月になる」: the topic is outside the content
        told = (a.setting & b.words.head) or (b.setting & a.words.head)
        return max(likeness(ngrams(a.text), ngrams(b.text)), 0.6 if told else 0.0)
    shared = x.keys() & y.keys()
    if not shared:
        return 0.0
    whole_x, whole_y = sum(x.values()), sum(y.values())
    loose_x = sum(w for t, w in x.items() if t in y or t in b.setting)
    loose_y = sum(w for t, w in y.items() if t in x or t in a.setting)
    cover = max(loose_x / whole_x, loose_y / whole_y)
    dice = sum(x[t] + y[t] for t in shared) / (whole_x + whole_y)
    return round(0.6 * cover + 0.4 * dice, 4)


def _weight(a: Words, b: Words) -> float:
    """The weight of the words of ``a`` that ``b`` has, too."""
    return sum(w for t, w in a.weights.items() if t in b.tokens)


def _overlap(a: ClaimView, b: ClaimView) -> bool:
    return a.iri == b.iri or (a.article == b.article and a.start < b.end and b.start < a.end)


def _same_attitude(a: ClaimView, b: ClaimView) -> bool:
    """Whether both are statements, both demands, or both questions. A demand neither supports nor contradicts a statement."""

    def group(v: ClaimView) -> str:
        return v.modality if v.modality in ("required", "questioned") else "stated"

    return group(a) == group(b)


def _figures(later: ClaimView, earlier: ClaimView, limits: Thresholds) -> tuple[_Finding | None, bool]:
    """How the figures compare, and whether their measures have a common word.

    The finding is ``None`` if both claims have figures but none can be compared, or the comparison is unclear: no link then.
    """
    pairs = [(x, y) for x in later.figures for y in earlier.figures if _comparable(x, y, later, earlier, limits)]
    if not pairs:
        return (None if later.figures and earlier.figures else _SILENT), False
    measured = any(_measure(x, later) & _measure(y, earlier) for x, y in pairs)
    best: dict[FigureView, list[FigureView]] = {}
    for x, y in pairs:
        best.setdefault(x, []).append(y)
    same = same_source(later, earlier)
    unclear = False
    for x, ys in best.items():
        found = {relation(x, y, limits) for y in ys if not (same and moved(x, y))}
        if not found & {"same", "within"} and (same or "overlap" not in found):
            y = ys[0]
            name = x.measure or y.measure or ""
            return _Finding(
                "differ", f"{name or 'value'}: {y.text} → {x.text}", f"{name}の値が違う（{y.text}→{x.text}）"
            ), measured
        unclear = unclear or not found & {"same", "within"}
    if unclear:
        return None, measured  # 10〜20% and 15〜25%: neither contains the other, and both may be right
    x, ys = next(iter(best.items()))
    y = next(y for y in ys if relation(x, y, limits) in ("same", "within"))
    if relation(x, y, limits) == "within":
        return _Finding(
            "agree", f"values fit: {y.text} / {x.text}", f"数値が矛盾しない（{y.text}・{x.text}）"
        ), measured
    return _Finding("agree", f"same value {x.text}", f"数値が合う（{y.text}・{x.text}）"), measured


def _measure(figure: FigureView, view: ClaimView) -> frozenset[str]:
    return measure(figure.measure) if figure.measure else view.words.tokens


def _comparable(x: FigureView, y: FigureView, a: ClaimView, b: ClaimView, limits: Thresholds) -> bool:
    if x.kind != y.kind or x.unit != y.unit:
        return False
    if x.about and y.about and not x.about & y.about:
        if (x.about | y.about) & (
            a.sources | b.sources | a.side | b.side
        ) or not x.about | y.about <= a.context & b.context:
            return False
    if x.measure and y.measure:
        mx, my = measure(x.measure), measure(y.measure)
        if mx and my:
            return max(likeness(mx, my), likeness(ngrams(x.measure), ngrams(y.measure))) >= limits.measure
    return True


def _dates(later: ClaimView, earlier: ClaimView, *, valued: bool) -> _Finding | None:
    """How the dates compare; ``None`` if two values are of different periods, so that they form a series."""
    xs, ys = later.dates, earlier.dates
    if not xs or not ys:
        return _SILENT
    for x in xs:
        for y in ys:
            if meet(x, y) and (not valued or same_period(x, y)):
                text = f"{show(y)} / {show(x)}"
                return _Finding("agree", f"same time {text}", f"時期が合う（{text}）")
    x, y = xs[0], ys[0]
    if valued:
        return None
    return _Finding("differ", f"time: {show(y)} → {show(x)}", f"時期が違う（{show(y)}→{show(x)}）")


def _position(later: ClaimView, earlier: ClaimView, limits: Thresholds, words: float, head: bool) -> _Finding:
    """How the positions compare: opposites (増える, 減る), negation, cancellation (中止), delay."""
    x, y = dict(later.words.axes), dict(earlier.words.axes)
    flip = -1 if later.polarity != earlier.polarity else 1
    if later.words.undone != earlier.words.undone and (head or words >= limits.topic_alone):
        if flip == 1:
            return _Finding("differ", "one undoes what the other plans", "一方は取りやめるとする")
        return _SILENT
    shared = [axis for axis in x if axis in y and axis != SCHEDULE]
    for axis in shared:
        if x[axis] * y[axis] * flip < 0:
            return _Finding("differ", f"opposite on {axis}", f"{axis}が逆")
    if shared:
        return _Finding("agree", f"same on {shared[0]}", f"{shared[0]}が同じ")
    if flip < 0:
        return _Finding("differ", "one negates the other", "一方が否定している")
    if head and not (later.figures or earlier.figures) and not (later.dates and earlier.dates):
        late, kept = (later, earlier) if x.get(SCHEDULE) == -1 else (earlier, later)
        if dict(late.words.axes).get(SCHEDULE) == -1 and (dict(kept.words.axes).get(SCHEDULE) == 1 or kept.dates):
            return _Finding("differ", "late against on time", "遅れるか予定どおりかが違う")
    return _SILENT


def _decide(
    later: ClaimView, earlier: ClaimView, words: float, figures: _Finding, dates: _Finding, position: _Finding,
    measured: bool, limits: Thresholds,
) -> Link | None:  # fmt: skip
    """The link between two claims about the same thing; ``None`` if nothing follows."""
    same = same_source(later, earlier)
    findings = [f for f in (figures, dates, position) if f.outcome != "silent"]
    fact = later.words.past and not later.future and not (same and later.words.announces)
    if fact and earlier.future and not earlier.words.past:
        return _link("evidence", later, earlier, words, findings, same)
    if later.future and earlier.words.past and not earlier.future:
        return None  # a forecast that is later than a fact is about another occasion
    differing = [f for f in findings if f.outcome == "differ"]
    if figures.outcome == "differ" and _series(later, earlier, limits):
        return None
    if not differing:
        return _link("restates" if same else "supports", later, earlier, words, findings, same)
    if not same:
        return _link("contradicts", later, earlier, words, findings, same)
    if later.article == earlier.article or later.published == earlier.published:
        return None  # a source hardly revises itself within one article, so the values are of two things
    return _link("revises", later, earlier, words, findings, same)


def _series(later: ClaimView, earlier: ClaimView, limits: Thresholds) -> bool:
    """Whether two facts without a stated period, published far apart, are two points of a series."""
    if later.dates and earlier.dates:
        return False
    if later.future or earlier.future or not (later.published and earlier.published):
        return False
    if any(cumulative(f.measure or later.text) for f in later.figures):
        return False  # a total such as 死者 only grows, so the later value replaces the earlier one
    past = later.words.past and earlier.words.past
    return past and (later.published - earlier.published).days > limits.series_days


def _link(
    type_: LinkType, later: ClaimView, earlier: ClaimView, words: float, findings: list[_Finding], same: bool
) -> Link:
    shared = sorted(
        (later.about | later.sources | later.side) & (earlier.about | earlier.sources | earlier.side | earlier.context)
    )
    names = [later.names.get(k) or earlier.names.get(k) or k for k in shared]
    tokens = sorted(t for t in later.words.tokens & earlier.words.tokens if not t.startswith("⇅"))
    en = [f"words in common: {'・'.join(tokens) or 'similar wording'}"]
    ja = [f"共通の語：{'・'.join(tokens) or '似た言い回し'}"]
    if names:
        en.append(f"entities: {'、'.join(names)}")
        ja.append(f"共通の対象：{'、'.join(names)}")
    en += [f.en for f in findings]
    ja += [f.ja for f in findings]
    en.append("same source" if same else "another source")
    ja.append("発言者が同じ" if same else "発言者が違う")
    bonus = 0.1 * len(findings) + (0.1 if names else 0.0)
    return Link(type_, later.iri, earlier.iri, round(min(1.0, 0.75 * words + bonus), 3), "; ".join(en), "；".join(ja))
