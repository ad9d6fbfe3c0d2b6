"""A candidate beside the others of its sentence that share words with it: which of them is the claim.

Each is judged alone first (``keep``), and that stands where no other shares its words. Else a small log-linear model over
numbers looks at how sure that was, at the strongest rival, at which of the two holds the other and by what constructs, and judges again. After stacking (Wolpert 1992,
doi:10.1016/S0893-6080(05)80023-1): the second model learns from what the first says of articles that it has not seen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from ingest.claims.candidates import Candidate
from ingest.claims.features import Left
from ingest.claims.frame import overlap
from ingest.claims.names import Speaker

_SURE = 0.01  # a probability is taken as no closer than this to 0 or 1


class Judged(Protocol):
    """What is known of a candidate after it was judged alone (:class:`ingest.claims.reader.Draft`)."""

    candidate: Candidate
    content: Left
    source: Speaker | None
    keep: float
    alone: float  # what the log-linear model of keeping says, before its logistic function
    margin: float
    source_margin: float


def _odds(p: float) -> float:
    p = min(max(p, _SURE), 1 - _SURE)
    return math.log(p / (1 - p))


def _span(d: Judged) -> tuple[int, int]:
    return d.content.start, d.content.end


def _relation(a: tuple[int, int], b: tuple[int, int], shared: float) -> str:
    """How a candidate's characters stand to a rival's."""
    if shared > 0.6:
        return "same"
    if b[0] <= a[0] and a[1] <= b[1]:
        return "inside"
    return "around" if a[0] <= b[0] and b[1] <= a[1] else "across"


def features(d: Judged, others: Sequence[Judged]) -> dict[str, float]:
    """What the second judgement of a candidate is made from; ``others`` are all of its sentence. Empty: it has no rival."""
    c, kind, sure, span = d.candidate, d.candidate.kind, _odds(d.keep), _span(d)
    rivals = [(o, shared) for o in others if o is not d and (shared := overlap(span, _span(o))) > 0]
    if not rivals:
        return {}
    speaker = "nobody" if d.source is None else "named" if d.source.entities else "unnamed"
    o, shared = max(rivals, key=lambda x: x[0].keep)
    how, against = _relation(span, _span(o), shared), _odds(o.keep)
    f = {
        "bias": 1.0, "keep": sure, "log-linear": max(-6.0, min(6.0, d.alone)), f"kind={kind}": 1.0, f"keep|{kind}": sure,
        "boundary": d.margin, f"boundary|{kind}": d.margin, "source": d.source_margin,
        "length": math.log(span[1] - span[0] + 1), f"verb={c.verb}": 1.0, f"form={c.predicate.form if c.predicate else ''}": 1.0,
        f"speaker={speaker}": 1.0, "heading": float(c.sentence.heading),
        how: 1.0, f"rival|{how}": against, f"shared|{how}": shared, f"{how}|{kind}|{o.candidate.kind}": 1.0,
        f"lead|{how}|{kind}": sure - against, "lead": sure - against, "leads": float(d.keep >= o.keep),
    }  # fmt: skip
    for o, shared in rivals:
        key = f"strongest|{_relation(span, _span(o), shared)}"
        f[key] = max(f.get(key, -5.0), _odds(o.keep))
    return f


def judge_again(drafts: Sequence[Judged], weights: Mapping[str, float]) -> None:
    """Judge the candidates of one sentence again, each that has rivals beside them."""
    rows = [features(d, drafts) for d in drafts]
    for d, row in zip(drafts, rows, strict=True):
        if row:
            score = sum(weights.get(k, 0.0) * x for k, x in row.items())
            d.keep = 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
