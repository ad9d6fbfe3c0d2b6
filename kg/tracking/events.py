"""What later claims say of a prediction as an event: done, late, postponed, withdrawn, failed.

Pure functions over :class:`kg.tracking.views.ClaimView`; read :mod:`kg.tracking.outcomes` first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from kg.model import Interval
from kg.tracking.features import topic
from kg.tracking.measured import predicted
from kg.tracking.outcomes import Outcome, fact, final, has, within, words_of
from kg.tracking.parties import same_source, ties
from kg.tracking.views import ClaimView
from kg.tracking.words import SCHEDULE, STANCE, unchanged

TOPIC = 0.3  #: least likeness of topics of two claims about one thing
STRONG = 0.5  #: the same, where a conclusion rests on the words alone
SURE = 0.85  #: from this score on, a link alone says that two claims are about one thing
LIKELY = 0.6  #: from this score on, a link and a like topic say so
REPORT = timedelta(days=3)  #: news without a date is of the days before the article


def read(prediction: ClaimView, later: ClaimView, score: float = 1.0) -> Outcome | None:
    """What a later claim says of a prediction as an event; None if it does not tell.

    Args:
        prediction: the prediction.
        later: a later claim that bears on it.
        score: of the link between the two.
    """
    if not _one_thing(prediction, later, score) or _others(prediction, later):
        return None
    for rule in EVENTS:
        if found := rule(prediction, later):
            return _turned(found) if negative(prediction) else found
    return None


def negative(prediction: ClaimView) -> bool:
    """Whether a prediction says that something will not happen: 間に合わない, 困難だ; not 延期はない."""
    if prediction.due and prediction.due.start and prediction.due.end is None:
        return False  # 早くて来年夏: it happens, but not before
    text = prediction.text.rstrip("。").rpartition("。")[2]
    if unchanged(text) or has(text, "kept") or prediction.words.denies:
        return False
    if has(text, "negative") or has(text, "failed"):
        return True
    return prediction.polarity == "negated" and not _late(prediction)


def _turned(found: Outcome) -> Outcome:
    verdict = {"came-true": "did-not", "did-not": "came-true"}.get(found.verdict, found.verdict)
    return Outcome(verdict, found.reason, found.evidence, found.day, found.words, True)


def _late(later: ClaimView) -> bool:
    return dict(later.words.axes).get(SCHEDULE) == -1 or has(later.text, "postponed")


def _alike(prediction: ClaimView, later: ClaimView, least: float = TOPIC) -> bool:
    """Whether the topic of two claims is alike, or the predicate is shared."""
    return _predicate(prediction, later) or topic(later, prediction) >= least


def _predicate(prediction: ClaimView, later: ClaimView) -> bool:
    return bool(prediction.words.head & (later.words.tokens | later.setting))


def _one_thing(prediction: ClaimView, later: ClaimView, score: float) -> bool:
    """Whether two claims are about one thing, by their words or by a link that is sure."""
    return score >= SURE or _predicate(prediction, later) or (score >= LIKELY and topic(later, prediction) >= TOPIC)


def _others(prediction: ClaimView, later: ClaimView) -> bool:
    """Whether two claims are about other persons or organizations."""
    return bool(later.agents and prediction.agents and not ties(_who(later), _who(prediction)))


def _who(view: ClaimView) -> frozenset[str]:
    return view.agents | view.sources | view.side


def _said(verdict: str, reason: str, later: ClaimView, day: date | None = None) -> Outcome:
    return Outcome(verdict, reason, (later.iri,), day or later.published, {"words": later.text})


def _withdrawn(prediction: ClaimView, later: ClaimView) -> Outcome | None:
    """撤回した, 中止する; or the speaker now says the opposite: 控訴しない after 控訴する."""
    if later.modality not in ("asserted", "intended") or prediction.words.undone:
        return None
    own = same_source(later, prediction)
    if later.words.undone and later.polarity == "affirmed":
        own = own or bool(later.agents & (prediction.agents | prediction.sources))
        return _said("did-not", "withdrawn", later) if own or fact(later) else None
    plan = prediction.modality == "intended" and prediction.polarity == "affirmed"
    turned = later.polarity == "negated" and later.prediction and _alike(prediction, later, STRONG)
    kept = has(prediction.text, "kept") or unchanged(later.text) or has(later.text, "kept")
    return _said("did-not", "withdrawn", later) if own and plan and turned and not kept else None


def _postponed(prediction: ClaimView, later: ClaimView) -> Outcome | None:
    """A later date than the one predicted, by the same speaker or as something done; or 4月の予定が遅れた."""
    due = prediction.due
    if due is None or due.end is None or later.polarity != "affirmed":
        return None
    put_off = [d for d in later.dates if d.start and d.start > due.end]
    own = same_source(later, prediction)
    x, y = _who(later), _who(prediction)
    decided = (later.modality == "intended" or later.words.past) and (bool(ties(x, y)) or not x or not y)
    moved = later.prediction and not any(predicted(prediction)) and not any(predicted(later))
    if put_off and ((own and (moved or _late(later))) or (decided and _late(later))):
        return _said("did-not", "postponed", later)
    if _late(later) and fact(later) and later.words.past and any(within(d, due) for d in later.dates):
        return _said("did-not", "postponed", later)
    return None


def _failed(prediction: ClaimView, later: ClaimView) -> Outcome | None:
    """実現しなかった, once the due date is past."""
    said = has(later.text, "failed") or (later.polarity == "negated" and later.words.past)
    if not said or not fact(later):
        return None
    due = prediction.due.end if prediction.due else None
    if due and later.published and later.published < due:
        return None
    return _said("did-not", "failed", later)


def _side(prediction: ClaimView, later: ClaimView) -> Outcome | None:
    """The two ends of an axis: 黒字になる, 赤字だった."""
    if not (fact(later) and later.words.past and final(prediction, later)):
        return None
    x, y = dict(later.words.axes), dict(prediction.words.axes)
    flip = -1 if later.polarity == "negated" else 1
    found = {x[a] * y[a] * flip for a in x if a in y and a not in (SCHEDULE, STANCE, *words_of("two_sided"))}
    if found == {1} and not prediction.figures:
        return _said("came-true", "same-side", later)
    return _said("did-not", "other-side", later) if found == {-1} else None


def _done(prediction: ClaimView, later: ClaimView) -> Outcome | None:
    """稼働を始めた, compared with the due date."""
    if not fact(later) or later.polarity != "affirmed" or later.words.forecasts or has(later.text, "failed"):
        return None
    goal = any(predicted(prediction))
    if later.words.undone != prediction.words.undone or (goal and later.figures):
        return None  # where both have figures, these tell
    x, y = dict(later.words.axes), dict(prediction.words.axes)
    if any(side < 0 and axis not in y for axis, side in x.items() if axis != SCHEDULE):
        return None  # 撤退した, 減った: something else has happened
    if later.figures and not _predicate(prediction, later):
        return None
    when, due = event(prediction, later), prediction.due
    if not later.words.past and not (when and later.dates):
        return None  # 台湾線が18日就航: without a past form, a date of the past must say that it is done
    if due is None:
        told = (
            not goal
            and _alike(prediction, later)
            and (prediction.polarity == "affirmed" or has(prediction.text, "negative"))
        )
        return _said("came-true", "done-undated", later) if told else None
    if when is None:
        return None
    day = when.end if later.dates else later.published
    if due.end and when.start and when.start > due.end:
        return _said("did-not", "done-late", later, day)
    if due.start and when.end and when.end < due.start:
        return _said("did-not", "done-early", later, day) if due.end is None else None
    if due.end is None:
        return _said("came-true", "done-after", later, day) if not goal else None
    if when.end and when.end <= due.end:
        return _said("came-true", "done", later, day) if not goal else None
    return None


EVENTS: tuple[Callable[[ClaimView, ClaimView], Outcome | None], ...] = (_withdrawn, _postponed, _failed, _side, _done)


def event(prediction: ClaimView, later: ClaimView) -> Interval | None:
    """When something happened that a later claim tells; None if its date is not known well enough.

    A view has no date that is the article's own day, so a claim without dates tells of the days before its article.
    """
    day = later.published
    if day is None:
        return None
    past = [d for d in later.dates if d.end and d.end <= day and d.start and not _is_due(d, prediction)]
    if past:
        return min(past, key=lambda d: (d.end - d.start).days if d.end and d.start else 0)
    if any(_is_due(d, prediction) for d in later.dates):
        return prediction.due if not _late(later) else None
    if later.dates:
        return None
    return Interval(day - REPORT, day)


def _is_due(interval: Interval, prediction: ClaimView) -> bool:
    return prediction.due is not None and interval == prediction.due
