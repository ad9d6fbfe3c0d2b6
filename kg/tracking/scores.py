"""Score predictions by source, topic and so on: hit rates with intervals, punctuality, revisions, Brier scores.

There are two kinds of records. Those of sources use the probabilities that the texts state. Those of readers
(``by="reader"``) use the estimates that readers made before there was a verdict.

Only due predictions count in a rate. A prediction that is settled before its due date is left out until then: success is often
known early but failure rarely, so counting early verdicts would bias the rate. Ambiguous, annulled and unresolvable predictions
are counted separately.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from kg import prepared
from kg.store import Store
from kg.tracking.claims import ClaimRow
from kg.tracking.current import counted_estimates
from kg.tracking.log import Judgement, WrongJudgement, entries, in_force
from kg.tracking.verdicts import PredictionRow, predictions
from kg.tracking.words import speaks_for

BY = ("source", "organization", "topic", "modality", "horizon", "period", "reader", "all")
COUNTED = ("came-true", "partly", "did-not")
APART = ("ambiguous", "annulled", "unresolvable")
#: Keys of groups by source that are no person or organization: the article itself, and sources without a name.
NOBODY = ("none", "unnamed")
#: Verdict → outcome in a Brier score.
OUTCOME = {"came-true": 1.0, "partly": 0.5, "did-not": 0.0}
HORIZONS = ((31, "month"), (92, "quarter"), (366, "year"), (1096, "three-years"))


@dataclass(frozen=True, slots=True)
class Score:
    """The record of one group of predictions.

    In a group of ``by="reader"``, ``brier`` is about the reader's estimates, and ``rate`` is None, since the reader did not make
    the predictions.

    Attributes:
        key, label: the group's identifier and its name.
        n: number of due predictions with the verdict came-true, partly or did-not.
        hits, partly: how many of these came true, or partly.
        rate, low, high: hits / n, and its 95 % Wilson interval; None if n is 0.
        ambiguous, annulled, unresolvable: numbers of predictions with these verdicts.
        open, overdue: numbers of predictions without a verdict, before and after their due date.
        early: number of predictions settled before their due date, which do not count in ``n`` yet.
        punctual, late: numbers of those that came true at least in part, settled up to the due date or after it.
        revised: number of predictions that a later claim of the same source revises.
        brier: mean Brier score of the predictions that have a probability.
        rated: number of these.
    """

    key: str
    label: str
    n: int
    hits: int
    partly: int
    rate: float | None
    low: float | None
    high: float | None
    ambiguous: int
    annulled: int
    unresolvable: int
    open: int
    overdue: int
    early: int
    punctual: int
    late: int
    revised: int
    brier: float | None
    rated: int


@dataclass(frozen=True, slots=True)
class Bin:
    """The ``n`` predictions with a probability in ``[low, high)``; the last bin includes 1.

    ``mean`` is their mean probability, ``rate`` the mean of their outcomes.
    """

    low: float
    high: float
    n: int
    mean: float
    rate: float


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float] | None:
    """The Wilson score interval of the rate ``hits / n``; None for n = 0.

    Args:
        hits: successes.
        n: trials.
        z: quantile of the normal distribution; the default gives 95 %.

    >>> [round(x, 3) for x in wilson(8, 10)]
    [0.49, 0.943]
    """
    if n <= 0:
        return None
    p = hits / n
    centre = p + z * z / (2 * n)
    margin = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale)


def horizon(published: date | None, due_end: date | None) -> str:
    """How far ahead a prediction looks: month, quarter, year, three-years or longer.

    It is "none" without a due date, and "unknown" if only the day of publication is missing.
    """
    if not due_end:
        return "none"
    if not published:
        return "unknown"
    days = (due_end - published).days
    return next((name for limit, name in HORIZONS if days <= limit), "longer")


def scores(
    store: Store, by: str = "source", *, on: date | None = None, rows: list[PredictionRow] | None = None
) -> list[Score]:
    """The record of each group of predictions, the largest group first; those without a named source come last.

    Args:
        store: an open store.
        by: source, organization, topic, modality, horizon, period (year of the due date), reader (who estimated) or all.
        on: the day that counts as today; today if None.
        rows: the result of ``predictions(store, on=on, limit=None)``, if the caller has it already.

    Raises:
        JudgementError: if there is no such grouping.
    """
    if by not in BY:
        raise WrongJudgement(f"There is no score by {by!r}; there are: {', '.join(BY)}.")
    today = on or date.today()
    rows = predictions(store, on=today, limit=None) if rows is None else rows
    stated = _stated(store)
    revised = _revised(store)
    topics = _topics(store) if by == "topic" else {}
    employers = _organizations(store) if by == "organization" else {}
    guesses = estimates(store) if by == "reader" else {}
    groups: dict[tuple[str, str], list[PredictionRow]] = defaultdict(list)
    for row in rows:
        for name in _groups(row.claim, by, topics, employers, guesses):
            groups[name].append(row)
    found = []
    for (key, label), members in groups.items():
        said = {c: of[key] for c, of in guesses.items() if key in of} if by == "reader" else stated
        score = _score(key, label, members, today, said, revised)
        found.append(replace(score, rate=None, low=None, high=None) if by == "reader" else score)
    return sorted(found, key=lambda s: (s.key in NOBODY, -s.n, -(s.open + s.overdue), s.label))


def estimates(store: Store) -> dict[str, dict[str, float]]:
    """Claim IRI → reader → the last probability that the reader gave before the claim had a verdict."""
    of: dict[str, list[Judgement]] = defaultdict(list)
    for j in in_force(entries(store, kinds=["Verdict", "Estimate"])):
        if not j.orphaned:
            of[j.subject].append(j)
    guessed = {claim: counted_estimates(live) for claim, live in of.items()}
    return {c: {j.author: float(j.one("probability")) for j in found} for c, found in guessed.items() if found}


def calibration(
    store: Store, *, on: date | None = None, bins: int = 10, rows: list[PredictionRow] | None = None,
    reader: str | None = None,
) -> list[Bin]:  # fmt: skip
    """A calibration table: bins of predictions by probability, with their outcomes; bins without predictions are left out.

    Args:
        store: an open store.
        on: the day that counts as today; today if None.
        bins: the number of bins.
        rows: as for :func:`scores`.
        reader: use the estimates of this reader; if None, the probabilities that the texts state.
    """
    today = on or date.today()
    if reader is None:
        said = _stated(store)
    else:
        said = {claim: of[reader] for claim, of in estimates(store).items() if reader in of}
    pairs = []
    for row in predictions(store, on=today, limit=None) if rows is None else rows:
        p = said.get(row.claim.iri)
        if p is not None and counts(row, today):
            pairs.append((p, OUTCOME[str(row.verdict)]))
    found = []
    for i in range(bins):
        members = [(p, o) for p, o in pairs if min(int(p * bins), bins - 1) == i]
        if members:
            n = len(members)
            found.append(
                Bin(i / bins, (i + 1) / bins, n, sum(p for p, _ in members) / n, sum(o for _, o in members) / n)
            )
    return found


def counts(row: PredictionRow, today: date) -> bool:
    """Whether a prediction counts in a rate: it has a verdict of :data:`COUNTED`, and is due or has no due date."""
    return in_rate(row.verdict, row.claim.due_end, today)


def in_rate(verdict: str | None, due_end: date | None, today: date) -> bool:
    """Whether a prediction with this verdict and due date counts in a rate; see :func:`counts`."""
    return verdict in COUNTED and (due_end is None or due_end <= today)


def _score(
    key: str, label: str, members: Iterable[PredictionRow], today: date, said: dict[str, float], revised: set[str]
) -> Score:
    rows = list(members)
    due = [r for r in rows if counts(r, today)]
    codes = Counter(r.verdict for r in due)
    apart = Counter(r.verdict for r in rows if r.verdict in APART)
    came = [r for r in due if r.verdict in ("came-true", "partly") and r.claim.due_end and r.decided]
    late = sum(r.decided > r.claim.due_end for r in came if r.decided and r.claim.due_end)
    rated = [(p, OUTCOME[str(r.verdict)]) for r in due if (p := said.get(r.claim.iri)) is not None]
    n, hits = len(due), codes["came-true"]
    interval = wilson(hits, n)
    return Score(
        key, label, n, hits, codes["partly"], hits / n if n else None, interval[0] if interval else None,
        interval[1] if interval else None, apart["ambiguous"], apart["annulled"], apart["unresolvable"],
        sum(r.state in ("open", "due-soon") for r in rows), sum(r.state == "overdue" for r in rows),
        sum(r.verdict in COUNTED for r in rows) - n, len(came) - late, late, sum(r.claim.iri in revised for r in rows),
        sum((p - o) ** 2 for p, o in rated) / len(rated) if rated else None, len(rated),
    )  # fmt: skip


def _groups(
    c: ClaimRow, by: str, topics: dict[str, list[str]], employers: dict[str, list[tuple[str, str]]],
    guesses: dict[str, dict[str, float]],
) -> list[tuple[str, str]]:  # fmt: skip
    if by == "all":
        return [("all", "all")]
    if by == "source":
        if not c.sources:  # 関係者 is somebody else in every article, so all unnamed sources are one group
            return [("unnamed" if c.source else "none", "")]
        names = (c.source or "").split("、")
        return list(zip(c.sources, names if len(names) == len(c.sources) else c.sources, strict=True))
    if by == "organization":
        return sorted({o for s in c.sources for o in employers.get(s, ())})
    if by == "reader":
        return [(reader, reader) for reader in guesses.get(c.iri, ())]
    if by == "topic":
        return [(t, t) for t in topics.get(c.iri, ())]
    value = {
        "modality": c.modality,
        "horizon": horizon(c.published, c.due_end),
        "period": str(c.due_end.year) if c.due_end else "none",
    }[by]
    return [(value, value)]


def _stated(store: Store) -> dict[str, float]:
    """Claim → the probability that its text states (降水確率70% → 0.7)."""
    rows = prepared.rows(store, "stated_probabilities")
    return {r["claim"]: float(r["p"]) / 100 for r in rows if r["n"] == 1 and 0 <= float(r["p"]) <= 100}


def _revised(store: Store) -> set[str]:
    return {r["c"] for r in prepared.rows(store, "revised_claims")}


def _topics(store: Store) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for r in prepared.rows(store, "topics_of_claims"):
        found[r["c"]].append(r["t"])
    return found


def _organizations(store: Store) -> dict[str, list[tuple[str, str]]]:
    """Source → the organizations (IRI, label) that it is or speaks for.

    Several simple queries joined in Python; one query for all is much slower on a large store.
    """
    sources = {r["s"] for r in prepared.rows(store, "all_sources")}
    own = {r["o"] for r in prepared.rows(store, "all_organizations")}
    speaks: set[tuple[str, str]] = {(s, s) for s in sources & own}
    for r in prepared.rows(store, "all_positions"):
        if speaks_for(r["title"]):
            speaks.add((r["s"], r["org"]))
    into = {r["a"]: r["b"] for r in prepared.rows(store, "all_merges")}
    labels: dict[str, str] = {}
    for r in prepared.rows(store, "labels_of_organizations"):
        labels[r["org"]] = r["label"]
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for s, org in sorted(speaks):
        if (label := labels.get(into.get(org, org))) is not None:
            found[s].append((org, label))
    return found
