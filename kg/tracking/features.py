"""What two claims look like to the link model: named numbers about words, parties, figures, dates, positions and kinds.

Pure functions over :class:`kg.tracking.views.ClaimView`. ``a`` is the later claim, ``b`` the earlier one. All values lie in
about [-1, 1]; those of yes-or-no questions are 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from kg.model import MODALITIES
from kg.tracking.figures import FigureView, moved, relation, telling
from kg.tracking.parties import same_source, ties
from kg.tracking.periods import meet, same_period
from kg.tracking.thresholds import DEFAULT, Thresholds
from kg.tracking.views import ClaimView
from kg.tracking.words import SCHEDULE, STANCE, likeness, measure, ngrams

Pairs = list[tuple[FigureView, FigureView]]


def features(a: ClaimView, b: ClaimView) -> dict[str, float]:
    """The features of a pair, by name.

    Args:
        a: the later claim.
        b: the earlier one.
    """
    found = dict(_words(a, b))
    found |= _parties(a, b)
    found |= _figures(a, b)
    found |= _dates(a, b)
    found |= _position(a, b)
    found |= _kinds(a, b)
    same = found["same source"]
    for name in ("topic", "figures same", "figures apart", "dates apart", "polarity differs", "opposite"):
        found[f"same source, {name}"] = same * found[name]
    found["topic, same measure"] = found["topic"] * found["same measure"]
    found["topic, dates meet"] = found["topic"] * found["dates meet"]
    return found


def topic(a: ClaimView, b: ClaimView) -> float:
    """How far the topic of the shorter of two contents is also that of the other, in [0, 1].

    It combines coverage and the Dice coefficient of their weighted words. A word in the other claim's sentence outside its
    content (〜について) counts for coverage, too.
    """
    x, y = a.words.weights, b.words.weights
    if not x or not y:
        # 開館は「2027年10月になる」: the topic is outside the content
        outside = (a.setting & b.words.head) or (b.setting & a.words.head)
        return max(likeness(ngrams(a.text), ngrams(b.text)), 0.6 if outside else 0.0)
    shared = x.keys() & y.keys()
    if not shared:
        return 0.0
    whole_x, whole_y = sum(x.values()), sum(y.values())
    loose_x = sum(w for t, w in x.items() if t in y or t in b.setting)
    loose_y = sum(w for t, w in y.items() if t in x or t in a.setting)
    cover = max(loose_x / whole_x, loose_y / whole_y)
    dice = sum(x[t] + y[t] for t in shared) / (whole_x + whole_y)
    return round(0.6 * cover + 0.4 * dice, 4)


def comparable(a: ClaimView, b: ClaimView, limits: Thresholds = DEFAULT) -> Pairs:
    """The figures of two claims that can be compared: same kind and unit, and nothing says that they measure different things.

    Args:
        a, b: two claims.
        limits: says how like the names of two measures must be.
    """
    return [(x, y) for x in a.figures for y in b.figures if _comparable(x, y, a, b, limits)]


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


def _words(a: ClaimView, b: ClaimView) -> Iterator[tuple[str, float]]:
    x, y = a.words.weights, b.words.weights
    shared = x.keys() & y.keys()
    whole_x, whole_y = sum(x.values()) or 1.0, sum(y.values()) or 1.0
    yield "topic", topic(a, b)
    yield "words of the later", sum(x[t] for t in shared) / whole_x
    yield "words of the earlier", sum(y[t] for t in shared) / whole_y
    yield "shared words", min(sum(x[t] for t in shared), 4.0) / 4
    yield "words of the later with setting", sum(w for t, w in x.items() if t in y or t in b.setting) / whole_x
    yield "words of the earlier with setting", sum(w for t, w in y.items() if t in x or t in a.setting) / whole_y
    yield "character pairs", likeness(ngrams(a.text), ngrams(b.text))
    yield "settings", likeness(a.setting, b.setting)
    yield "all words", likeness(a.words.tokens | a.setting, b.words.tokens | b.setting)
    yield "same predicate", float(bool(a.words.head & b.words.head))
    yield "predicate of the later", float(bool(a.words.head & (b.words.tokens | b.setting)))
    yield "predicate of the earlier", float(bool(b.words.head & (a.words.tokens | a.setting)))
    yield "length of the later", min(whole_x, 8.0) / 8
    yield "length of the earlier", min(whole_y, 8.0) / 8


def _parties(a: ClaimView, b: ClaimView) -> dict[str, float]:
    own_a, own_b = a.sources | a.side, b.sources | b.side
    common = ties(a.about | own_a | a.context, b.about | own_b | b.context)
    found = {
        "same source": same_source(a, b),
        "both have sources": a.sources and b.sources,
        "no sources": not a.sources and not b.sources,
        "later has a source": a.sources,
        "earlier has a source": b.sources,
        "equal sources": a.sources & b.sources,
        "speaks for the other": a.side & own_b or b.side & own_a,
        "sources, inferred too": (a.inferred | own_a) & (b.inferred | own_b),
        "same outlet": a.publisher and a.publisher == b.publisher,
        "about the same": a.about & b.about,
        "agents in common": a.agents & b.agents,
        "agents apart": a.agents and b.agents and not ties(a.agents, b.agents),
        "about nothing": not a.about or not b.about,
    }
    return {k: float(bool(v)) for k, v in found.items()} | {
        "share of what they are about": likeness(a.about, b.about),
        "about the other's source": float(bool(a.about & own_b)) + float(bool(b.about & own_a)),
        "share of names": likeness(a.context, b.context),
        "names in common": min(len(common), 6) / 6,
        "names in common but places": min(len(common - (a.places | b.places)), 6) / 6,
    }


def _figures(a: ClaimView, b: ClaimView) -> dict[str, float]:
    alike = [(x, y) for x in a.figures for y in b.figures if x.kind == y.kind and x.unit == y.unit]
    pairs = comparable(a, b)
    relations = {relation(x, y) for x, y in pairs}
    apart = min((_log_ratio(x.value, y.value) for x, y in pairs), default=None)
    measures = (likeness(_measure(x, a), _measure(y, b)) for x, y in pairs)
    found = {
        "both have figures": a.figures and b.figures,
        "later has figures": a.figures,
        "earlier has figures": b.figures,
        "only one has figures": bool(a.figures) != bool(b.figures),
        "figures of one unit": alike,
        "comparable figures": pairs,
        "only other figures": a.figures and b.figures and not pairs,
        **{f"figures {r}": r in relations for r in ("same", "within", "overlap", "apart")},
        "figures apart alone": relations == {"apart"},
        "figures near": apart is not None and apart < 0.5,
        "telling figure": any(telling(x) for x, y in alike if x.value == y.value),
        "same measure": any(_measure(x, a) & _measure(y, b) for x, y in pairs),
        "bound moved": any(moved(x, y) for x, y in pairs),
    }
    return {k: float(bool(v)) for k, v in found.items()} | {
        "distance of figures": min(apart, 3.0) / 3 if apart is not None else 0.0,
        "likeness of measures": max(measures, default=0.0),
    }


def _log_ratio(x: float, y: float) -> float:
    return abs(math.log((abs(x) + 1e-9) / (abs(y) + 1e-9)))


def _measure(figure: FigureView, view: ClaimView) -> frozenset[str]:
    return measure(figure.measure) if figure.measure else view.words.tokens | view.setting


def _dates(a: ClaimView, b: ClaimView) -> dict[str, float]:
    meeting = [(x, y) for x in a.dates for y in b.dates if meet(x, y)]
    years = _years_between(a, b)
    found = {
        "both have dates": a.dates and b.dates,
        "later has dates": a.dates,
        "earlier has dates": b.dates,
        "dates meet": meeting,
        "same period": any(same_period(x, y) for x, y in meeting),
        "dates apart": a.dates and b.dates and not meeting,
        "equal date": any(x == y for x in a.dates for y in b.dates),
        "due later": years > 0.02,
        "due earlier": years < -0.02,
        "was due": b.due and b.due.end and a.published and b.due.end <= a.published,
        "same day": a.published == b.published,
    }
    days = (a.published - b.published).days if a.published and b.published else 0
    return {k: float(bool(v)) for k, v in found.items()} | {
        "years between due dates": years / 3, "days between articles": math.log1p(max(days, 0)) / 7,
    }  # fmt: skip


def _years_between(a: ClaimView, b: ClaimView) -> float:
    """Years from the end of the due date (or else the first date) of the earlier claim to that of the later, at most 3."""
    x, y = (a.due, b.due) if a.due and b.due else (next(iter(a.dates), None), next(iter(b.dates), None))
    if not (x and y and x.end and y.end):
        return 0.0
    return max(-3.0, min(3.0, (x.end - y.end).days / 365))


def _position(a: ClaimView, b: ClaimView) -> dict[str, float]:
    x, y = dict(a.words.axes), dict(b.words.axes)
    flip = -1 if a.polarity != b.polarity else 1
    sides = [x[axis] * y[axis] * flip for axis in x if axis in y and axis != SCHEDULE]
    found = {
        "polarity differs": a.polarity != b.polarity,
        "later negated": a.polarity == "negated",
        "earlier negated": b.polarity == "negated",
        "same side": any(s > 0 for s in sides),
        "opposite": any(s < 0 for s in sides),
        "later has an axis": x,
        "earlier has an axis": y,
        "later is late": x.get(SCHEDULE) == -1,
        "earlier is late": y.get(SCHEDULE) == -1,
        "on time": 1 in (x.get(SCHEDULE), y.get(SCHEDULE)),
        "stance of one": (STANCE in x) != (STANCE in y),
        "later undone": a.words.undone,
        "earlier undone": b.words.undone,
        "later denies": a.words.denies,
        "earlier denies": b.words.denies,
    }
    return {k: float(bool(v)) for k, v in found.items()}


def _kinds(a: ClaimView, b: ClaimView) -> dict[str, float]:
    found = {
        "later past": a.words.past,
        "earlier past": b.words.past,
        "later future": a.future,
        "earlier future": b.future,
        "later predicts": a.prediction,
        "earlier predicts": b.prediction,
        "later announces": a.words.announces,
        "later changes a forecast": a.words.forecasts,
        "fact after forecast": a.words.past and not a.future and b.future,
        "same modality": a.modality == b.modality,
        **{f"later {m}": a.modality == m for m in MODALITIES},
        **{f"earlier {m}": b.modality == m for m in MODALITIES},
    }
    return {k: float(bool(v)) for k, v in found.items()}
