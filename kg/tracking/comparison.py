"""Compare two claims: does the later one restate, support, contradict or revise the earlier one, or bear on it, and why?

A small network weighs the features of a pair (:mod:`kg.tracking.features`). A link is only a proposal, with its reason in
words; a person confirms or rejects it. The claims are :class:`kg.tracking.views.ClaimView` objects; read that module first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg import data
from kg.tracking.features import comparable, features
from kg.tracking.figures import relation
from kg.tracking.parties import same_source
from kg.tracking.periods import meet, show
from kg.tracking.views import ClaimView
from kg.tracking.words import SCHEDULE

LinkType = Literal["restates", "supports", "contradicts", "revises", "evidence"]
LINK_TYPES: tuple[LinkType, ...] = ("restates", "supports", "contradicts", "revises")
#: What the network tells apart, in the order of its outputs.
CLASSES = ("none", *LINK_TYPES, "evidence")


@dataclass(frozen=True, slots=True)
class Link:
    """A proposed link from a later claim to an earlier one (IRIs), with its probability and the reason in two languages.

    The type ``evidence`` is for a later claim that may settle an open prediction.
    """

    type: LinkType
    later: str
    earlier: str
    score: float
    reason: str
    reason_ja: str


class Model(NamedTuple):
    """A network with one hidden layer, from features to the logits of :data:`CLASSES`, and the least probabilities.

    ``names`` are the features in order; ``mean`` and ``scale`` normalize them; ``inner`` is features by hidden units.
    """

    names: tuple[str, ...]
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    inner: NDArray[np.float32]
    inner_base: NDArray[np.float32]
    outer: NDArray[np.float32]
    outer_base: NDArray[np.float32]
    least: Mapping[str, float]

    def probabilities(self, found: Mapping[str, float]) -> dict[str, float]:
        """The probability of each of :data:`CLASSES`.

        Args:
            found: the features of a pair.
        """
        x = (np.array([found[name] for name in self.names], np.float32) - self.mean) / self.scale
        logits = np.maximum(x @ self.inner + self.inner_base, 0) @ self.outer + self.outer_base
        shares = np.exp(logits - logits.max())
        return dict(zip(CLASSES, (shares / shares.sum()).tolist(), strict=True))


@cache
def model() -> Model:
    """The network that ships (``data/models/links.json``), loaded once per process."""
    kept = json.loads(data.text("models/links.json"))
    arrays = {k: np.array(kept[k], np.float32) for k in Model._fields if k not in ("names", "least")}
    return Model(names=tuple(kept["names"]), least=kept["least"], **arrays)


def order(a: ClaimView, b: ClaimView) -> tuple[ClaimView, ClaimView]:
    """The two claims as (later, earlier): by publication, within one article by offset."""

    def when(v: ClaimView) -> tuple[date, str, int]:
        return (v.published or date.min, v.article, v.start)

    return (a, b) if when(a) > when(b) else (b, a)


def compare(a: ClaimView, b: ClaimView) -> Link | None:
    """The link between two claims; ``None`` if they are of one article or nothing follows.

    Args:
        a, b: two claims, in any order.

    Example: 「新工場は2027年4月に稼働する」 of a company and 「稼働は2028年にずれ込む」 of an analyst: ``contradicts``.
    """
    if a.article == b.article:
        return None
    later, earlier = order(a, b)
    found = decide(model(), features(later, earlier), later, earlier)
    return _link(found[0], later, earlier, found[1]) if found else None


def decide(
    model: Model, found: Mapping[str, float], later: ClaimView, earlier: ClaimView
) -> tuple[LinkType, float] | None:
    """The type of the link between two claims and its probability; None if no type is probable enough.

    Args:
        model: the network.
        found: the features of the pair.
        later, earlier: the claims.
    """
    chance = model.probabilities(found)
    if earlier.prediction and later.words.past and not later.future:
        # what has happened does not agree with a forecast: it bears on it
        chance["evidence"] += chance["restates"] + chance["supports"]
        chance |= {"restates": 0.0, "supports": 0.0}
    linked = sum(chance[kind] for kind in LINK_TYPES)
    if earlier.prediction and chance["evidence"] > max(linked, model.least["evidence"]):
        return "evidence", chance["evidence"]
    if linked > max(chance["evidence"], model.least["link"]):
        return max(LINK_TYPES, key=lambda kind: chance[kind]), linked
    return None


def _link(kind: LinkType, later: ClaimView, earlier: ClaimView, score: float) -> Link:
    found = list(_reasons(later, earlier))
    return Link(
        kind,
        later.iri,
        earlier.iri,
        round(score, 3),
        "; ".join(en for en, _ in found),
        "；".join(ja for _, ja in found),
    )


def _reasons(later: ClaimView, earlier: ClaimView) -> Iterator[tuple[str, str]]:
    """What the two have in common and in what they differ, in English and Japanese."""
    tokens = "・".join(sorted(t for t in later.words.tokens & earlier.words.tokens if not t.startswith("⇅")))
    yield (f"words in common: {tokens}", f"共通の語：{tokens}") if tokens else ("similar wording", "似た言い回し")
    shared = sorted(
        (later.about | later.sources | later.side) & (earlier.about | earlier.sources | earlier.side | earlier.context)
    )
    if shared:
        names = "、".join(later.names.get(k) or earlier.names.get(k) or k for k in shared)
        yield f"entities: {names}", f"共通の対象：{names}"
    yield from _figures(later, earlier)
    yield from _dates(later, earlier)
    yield from _position(later, earlier)
    yield ("same source", "発言者が同じ") if same_source(later, earlier) else ("another source", "発言者が違う")


def _figures(later: ClaimView, earlier: ClaimView) -> Iterator[tuple[str, str]]:
    pairs = comparable(later, earlier)
    agreeing = next(((x, y) for x, y in pairs if relation(x, y) in ("same", "within")), None)
    if agreeing:
        x, y = agreeing
        yield f"values fit: {y.text} / {x.text}", f"数値が矛盾しない（{y.text}・{x.text}）"
    elif pairs:
        x, y = pairs[0]
        name = x.measure or y.measure
        whose = f"{name}の値" if name else "値"
        if x.text == y.text:  # 500億円 in both, but "at least" in one and "below" in the other
            yield f"{name or 'value'}: on opposite sides of {x.text}", f"{whose}について{x.text}を境に見方が逆"
        else:
            yield f"{name or 'value'}: {y.text} → {x.text}", f"{whose}が違う（{y.text}→{x.text}）"


def _dates(later: ClaimView, earlier: ClaimView) -> Iterator[tuple[str, str]]:
    if not later.dates or not earlier.dates:
        return
    for x in later.dates:
        for y in earlier.dates:
            if meet(x, y):
                both = " / ".join(dict.fromkeys((show(y), show(x))))
                yield f"same time {both}", f"時期が合う（{both}）"
                return
    x, y = later.dates[0], earlier.dates[0]
    yield f"time: {show(y)} → {show(x)}", f"時期が違う（{show(y)}→{show(x)}）"


def _position(later: ClaimView, earlier: ClaimView) -> Iterator[tuple[str, str]]:
    x, y = dict(later.words.axes), dict(earlier.words.axes)
    flip = -1 if later.polarity != earlier.polarity else 1
    axis = next((axis for axis in x if axis in y and axis != SCHEDULE), None)
    if later.words.undone != earlier.words.undone:
        yield "one undoes what the other plans", "一方は取りやめるとする"
    elif axis and x[axis] * y[axis] * flip < 0:
        yield f"opposite on {axis}", f"{axis}が逆"
    elif axis:
        yield f"same on {axis}", f"{axis}が同じ"
    elif flip < 0:
        yield "one negates the other", "一方が否定している"
    elif {x.get(SCHEDULE), y.get(SCHEDULE)} == {1, -1}:
        yield "late against on time", "遅れるか予定どおりかが違う"
