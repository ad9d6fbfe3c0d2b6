"""A claim's source beside those of the claims around it: who speaks before and after, and who speaks most in the article.

The first choice (``sources``) sees what stands before a claim; this second one knows the whole article. A small log-linear
model over numbers learns from first choices on articles that their model has not seen, as in ``rivals``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from ingest.claims.candidates import Candidate
from ingest.claims.names import Names

Key = tuple[str, ...]  # the entities of a source in order; empty: nobody with a name

_LEAST = 0.003  # a chance is taken as no smaller


class Attributed(Protocol):
    """What is known of a claim after its first judgement (:class:`ingest.claims.reader.Draft`)."""

    candidate: Candidate
    keep: float
    chances: Mapping[Key, float]  # how likely each source is; empty where the construct itself names it


def _kind(key: Key, names: Names) -> str:
    if not key:
        return "nobody"
    if all(e in names.press for e in key):
        return "Press"
    return names.types[key[0]] + ("s" if len(key) > 1 else "")


def _distance(sentences: int) -> str:
    return "same" if sentences == 0 else "next" if sentences == 1 else "near" if sentences < 4 else "far"


def features(claims: Sequence[Attributed], i: int, key: Key, names: Names) -> dict[str, float]:
    """What speaks for a source of the claim at ``i``; ``claims`` are all of the article, in order."""
    d = claims[i]
    c, chance, kind = d.candidate, d.chances[key], _kind(key, names)
    f = {"chance": math.log(max(chance, _LEAST)), "likely": chance, f"kind={kind}": 1.0, f"kind={kind}|{c.kind}": 1.0}
    others = [o for o in claims if o is not d and o.chances]
    speaks = sum(o.chances.get(key, 0.0) for o in others if o.keep > 0.4)
    f |= {"share": speaks / (len(others) + 1), "speaks": math.log1p(speaks)}
    if key:
        f |= {"speaks|named": f["speaks"], "named": math.log1p(max(names.counts[e] for e in key))}
    for side, around in (("before", claims[i - 1 :: -1] if i else ()), ("after", claims[i + 1 :])):
        o = next((o for o in around if o.chances), None)
        if o is None:
            continue
        q, there = o.chances.get(key, 0.0), o.candidate
        far = _distance(abs(there.sentence.index - c.sentence.index))
        paragraph = "paragraph" if there.sentence.paragraph == c.sentence.paragraph else "elsewhere"
        f |= {
            f"{side}|{far}": q, f"{side}|{far}|{kind}": q, f"{side}|{far}|{c.kind}": q, f"{side}|{far}|from {there.kind}": q,
            f"{side}|{paragraph}": q, f"{side}|chance": math.log(max(q, 0.01)),
        }  # fmt: skip
        if key:
            f[f"{side}|{far}|named"] = q
    return f


def choose(claims: Sequence[Attributed], i: int, names: Names, weights: Mapping[str, float]) -> dict[Key, float]:
    """How likely each source of the claim at ``i`` is, the others known."""
    scores = {
        key: sum(weights.get(k, 0.0) * x for k, x in features(claims, i, key, names).items())
        for key in claims[i].chances
    }
    top = max(scores.values())
    powers = {key: math.exp(s - top) for key, s in scores.items()}
    total = sum(powers.values())
    return {key: p / total for key, p in powers.items()}
