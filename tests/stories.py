"""Stories of our own as reports: what a perfect extractor would hand to tracking."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import ingest
from kg.model import (
    Article,
    Claim,
    DateExpression,
    Entity,
    Extent,
    Figure,
    Interval,
    Mention,
    Prediction,
    Relation,
    Report,
)  # fmt: skip
from kg.rdf import article_iri
from kg.tracking import facts, views
from kg.tracking.candidates import candidates
from kg.tracking.comparison import Link, compare
from kg.tracking.views import ClaimView

FOLDER = Path(__file__).parent / "gold" / "stories"
INSIDE = 0.8  #: the share of an annotated claim that a sentence must hold to be that claim


def load(name: str) -> dict[str, Any]:
    """A story by its name in :data:`FOLDER`, or by its file."""
    path = Path(name) if name.endswith(".json") else FOLDER / f"{name}.json"
    return json.loads(path.read_text("utf-8"))


def article(entry: dict[str, Any]) -> Article:
    return Article(
        entry["text"], entry.get("title"), entry["url"], date.fromisoformat(entry["published"]), entry["publisher"]
    )


def reports(story: dict[str, Any]) -> list[Report]:
    return [_report(story, entry) for entry in story["articles"]]


def _report(story: dict[str, Any], entry: dict[str, Any]) -> Report:
    text = entry["text"]
    aliases = story.get("aliases", {})
    forms = {
        label: next((f for f in (label, *aliases.get(label, ())) if f in text), None) for label in story["entities"]
    }
    named = [(label, type_) for label, type_ in story["entities"].items() if forms[label]]
    ids = {label: f"e{i}" for i, (label, _) in enumerate(named, 1)}
    figures: list[Figure] = []
    dates: list[DateExpression] = []
    claims: list[Claim] = []
    for c in entry["claims"]:
        content = _find(text, c["content"])
        numbers = []
        for surface, kind, value, unit, measure, *more in c.get("figures", ()):
            numbers.append(len(figures))
            figures.append(
                Figure(_find(text, surface, content), kind, value, unit, more[0] if more else "=", (), measure)
            )
        for surface, start, end, granularity in c.get("dates", ()):
            dates.append(DateExpression(_find(text, surface, content), _interval([start, end]), granularity))
        p = c.get("prediction")
        prediction = None
        if p is not None:
            due = _interval(p["due"]) if p.get("due") else None
            prediction = Prediction(due, p.get("text"), _find(text, p["text"], content) if p.get("text") else None)
        known = c.get("source") in ids
        claims.append(
            Claim(
                id=c["id"], content=content, sources=(ids[c["source"]],) if known else (),
                source_text=None if known else c.get("source"), modality=c.get("modality", "asserted"),
                polarity=c.get("polarity", "affirmed"), about=tuple(ids[a] for a in c.get("about", ()) if a in ids),
                figures=tuple(numbers), prediction=prediction,
            )
        )  # fmt: skip
    return Report(
        article=article(entry),
        entities=tuple(Entity(ids[label], type_, label) for label, type_ in named),
        mentions=tuple(Mention(_find(text, forms[label]), ids[label]) for label, _ in named),
        figures=tuple(figures),
        dates=tuple(dates),
        relations=tuple(
            Relation(ids[p], "holdsPosition", ids[o], Extent(0, len(text)), {"title": t})
            for p, o, t in story.get("positions", ())
            if p in ids and o in ids
        ),
        claims=tuple(claims),
    )


def _find(text: str, piece: str, within: Extent | None = None) -> Extent:
    start = text.index(piece, within.start if within else 0)
    return Extent(start, start + len(piece))


def _interval(pair: list[str | None]) -> Interval:
    return Interval(*(date.fromisoformat(x) if x else None for x in pair))


def score(found: set[tuple[str, str, str]], story: dict[str, Any]) -> dict[str, Any]:
    """Recall and precision of links (type, later, earlier); optional ones count for nothing."""
    expected = {tuple(x) for x in story["links"]}
    optional = {tuple(x[1:]) for x in story.get("optional", ())}
    counted = {x for x in found if (x[1], x[2]) not in optional}
    right = counted & expected
    return {
        "recall": len(right) / len(expected), "precision": len(right) / len(counted) if counted else 1.0,
        "missing": sorted(expected - found), "wrong": sorted(counted - expected),
    }  # fmt: skip


def gold_ids(story: dict[str, Any]) -> dict[str, list[tuple[Extent, str]]]:
    """URL of an article → the extents of its expected claims, with their ids."""
    found = {}
    for entry in story["articles"]:
        found[entry["url"]] = [(_find(entry["text"], c["content"]), c["id"]) for c in entry["claims"]]
    return found


def nearest(extent: Extent, claims: list[tuple[Extent, str]], least: float = 0.5) -> str | None:
    """The expected claim that shares at least half of the characters of either with an extent."""

    def share(other: Extent) -> float:
        return _common(extent, other) / (max(extent.end, other.end) - min(extent.start, other.start))

    best = max(claims, key=lambda x: share(x[0]), default=None)
    return best[1] if best and share(best[0]) >= least else None


def _common(x: Extent, y: Extent) -> int:
    """How many characters two extents share."""
    return max(0, min(x.end, y.end) - max(x.start, y.start))


def known(story: dict[str, Any], nlp: Any = None) -> list[tuple[ClaimView, frozenset[str]]]:
    """The claims of a story, each with the ids of the annotated claims that it is; with ``nlp`` also facts, which may hold several.

    Args:
        story: a story.
        nlp: what ``ingest.load`` returns, to read the articles; the claims are as annotated without it.
    """
    if nlp is None:
        made = (views.from_report(r, lambda c: c.id, str(r.article.url)) for r in reports(story))
        return [(view, frozenset([view.iri])) for found in made for view in found]
    return list(matched(story, [ingest.extract(article(entry), nlp) for entry in story["articles"]]))


def matched(story: dict[str, Any], read: Iterable[Report]) -> Iterator[tuple[ClaimView, frozenset[str]]]:
    """The claims and facts of a story as they were read, each with the ids of the annotated claims that it is or holds.

    Args:
        story: a story.
        read: the reports of its articles.
    """
    known = gold_ids(story)
    for report in read:
        iri, claims = article_iri(report.article), known[str(report.article.url)]
        for view in views.from_report(report, lambda c, iri=iri: f"{iri} {c.id}", iri):
            found = nearest(Extent(view.start, view.end), claims)
            yield view, frozenset([found] if found else ())
        for view in facts.told(report, iri):
            held = (i for extent, i in claims if _common(extent, Extent(view.start, view.end)) >= INSIDE * len(extent))
            yield view, frozenset(held)


def proposed(known: Sequence[ClaimView]) -> list[Link]:
    """The links among claims, and the evidence in facts, as a store proposes them."""
    claims, told = ([v for v in known if facts.is_fact(v) == fact] for fact in (False, True))
    found = [x for a, b in candidates(claims) if (x := compare(a, b))]
    pairs = ((fact, claim) for fact in told for claim in claims if claim.prediction)
    return found + [x for a, b in pairs if (x := compare(a, b)) and x.type == "evidence"]


def kept_apart(path: Path) -> bool:
    """Whether a story is for measuring only: every third of the first sixty of ``benchmarks/stories``."""
    number = re.fullmatch(r"s(\d+)", path.stem)
    return bool(number) and int(number[1]) <= 60 and int(number[1]) % 3 == 0
