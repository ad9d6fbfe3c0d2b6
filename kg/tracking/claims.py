"""Read claims from a store, with the judgements in force applied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from kg import prepared
from kg.store import Store
from kg.tracking.current import NOTHING


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim with its article's metadata, corrections applied.

    Attributes:
        iri, article: IRIs of the claim and its article.
        text: the content.
        title: the claim as one short sentence.
        url, headline, publisher, published: of the article.
        sources: IRIs of the sources.
        source: their names, or the words for an unnamed source.
        modality, polarity: how the source commits to the content; affirmed or negated.
        prediction: whether it is a prediction.
        due_start, due_end: the due date's interval.
        due_text: the words that give it.
        due_undated: these words are relative to the article's day, which is not known.
        start, end: offsets of the content.
        confidence: the probability that claim and content are right, as extracted.
        state: accepted, rejected, corrected, added or None.
        verdict: the verdict in force.
        probability: the last estimate by a reader.
        criterion, resolvable: of a prediction; see :class:`kg.model.Prediction`.
        edited: names of the properties that a person changed (``correctedModality``).
    """

    iri: str
    article: str
    text: str
    title: str
    url: str | None = None
    headline: str | None = None
    publisher: str | None = None
    published: date | None = None
    sources: tuple[str, ...] = ()
    source: str | None = None
    modality: str = "asserted"
    polarity: str = "affirmed"
    prediction: bool = False
    due_start: date | None = None
    due_end: date | None = None
    due_text: str | None = None
    due_undated: bool = False
    start: int = 0
    end: int = 0
    confidence: float = 1.0
    state: str | None = None
    verdict: str | None = None
    probability: float | None = None
    criterion: str | None = None
    resolvable: bool = True
    edited: tuple[str, ...] = ()


def effective_claims(
    store: Store, *, article: str | None = None, source: str | None = None, about: str | None = None,
    topic: str | None = None, state: str | None = None, prediction: bool | None = None, rejected: bool = False,
    claims: Iterable[str] | None = None, limit: int | None = 100, offset: int = 0,
) -> list[ClaimRow]:  # fmt: skip
    """Claims with judgements applied, newest article first, within an article by offset.

    Args:
        store: an open store.
        article: only claims of this article (an IRI).
        source: only claims of this entity (an IRI), and of those merged with it.
        about: only claims about this entity (an IRI), and about those merged with it.
        topic: only claims with this topic (a word).
        state: only claims in this review state.
        prediction: true for predictions only, false for other claims only.
        rejected: include rejected claims.
        claims: IRIs: only these claims, in this order. All other filters are then ignored, but rejected claims are still left
            out unless asked for.
        limit: most claims; None for all.
        offset: claims to skip.
    """
    if claims is None:
        wanted = _choose(store, article, source, about, topic, state, prediction, rejected, limit, offset)
    else:
        wanted = list(dict.fromkeys(claims))
    found = _rows(store, wanted)
    return [
        found[c] for c in wanted if c in found and (rejected or state == "rejected" or found[c].state != "rejected")
    ]


def family(store: Store, entity: str) -> list[str]:
    """The IRIs of an entity and of all entities merged with it, sorted."""
    rows = prepared.rows(store, "family_of_entity", entity=entity)
    return sorted({entity, *(r["e"] for r in rows)})


def _choose(
    store: Store, article: str | None, source: str | None, about: str | None, topic: str | None, state: str | None,
    prediction: bool | None, rejected: bool, limit: int | None, offset: int,
) -> list[str]:  # fmt: skip
    rows = prepared.rows(
        store, "effective_claims", article=article or None, sources=family(store, source) if source else None,
        about=family(store, about) if about else None, topic=topic or None, state=state or None, rejected=rejected or None,
        prediction=prediction, limit=limit, offset=offset or None,
    )  # fmt: skip
    return list(dict.fromkeys(r["claim"] for r in rows))


def _rows(store: Store, wanted: list[str]) -> dict[str, ClaimRow]:
    found: dict[str, ClaimRow] = {}
    for i in range(0, len(wanted), 2000):
        found.update(_page(store, wanted[i : i + 2000]))
    return found


def _page(store: Store, wanted: list[str]) -> dict[str, ClaimRow]:
    if not wanted:
        return {}
    base = prepared.rows(store, "claims_as_read", claims=wanted)
    sources: dict[str, list[str]] = defaultdict(list)
    for r in prepared.rows(store, "sources_of_claims", claims=wanted):
        sources[r["claim"]].append(r["s"])
    changed: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for r in prepared.rows(store, "current_of_claims", claims=wanted, sorted=True):
        changed[r["claim"]][r["p"].replace("#", "/").rsplit("/", 1)[-1]].append(r["o"])
    entities = {s for found in sources.values() for s in found}
    entities |= {s for c in changed.values() for s in c.get("correctedSource", ())}
    labels = _labels(store, entities)
    found = {}
    for r in base:
        c = changed.get(r["claim"], {})

        def one(name: str, otherwise: Any, c: dict[str, list[Any]] = c) -> Any:
            value = c[name][0] if c.get(name) else otherwise
            return None if value == NOTHING else value

        meant = tuple(s for s in c.get("correctedSource") or sources[r["claim"]] if s != NOTHING)
        prediction = bool(one("correctedPrediction", r["prediction"]))
        found[r["claim"]] = ClaimRow(
            iri=r["claim"], article=r["article"], text=one("correctedText", r["text"]), title=one("correctedTitle", r["title"]) or r["text"],
            url=r["url"], headline=r["headline"], publisher=r["publisher"], published=r["published"],
            sources=tuple(dict.fromkeys(labels[s][0] if s in labels else s for s in meant)),
            source="、".join(dict.fromkeys(labels[s][1] for s in meant if s in labels)) or one("correctedSourceText", r["sourceText"]),
            modality=one("correctedModality", r["modality"]), polarity=one("correctedPolarity", r["polarity"]),
            prediction=prediction,
            due_start=one("correctedDueStart", r["dueStart"]) if prediction else None,
            due_end=one("correctedDueEnd", r["dueEnd"]) if prediction else None, due_text=r["dueText"],
            due_undated=bool(prediction and r["dueUndated"]),
            start=one("correctedStart", r["start"]), end=one("correctedEnd", r["end"]), confidence=float(r["confidence"]),
            state=one("reviewState", None), verdict=one("currentVerdict", None), probability=one("probability", None),
            criterion=r["criterion"], resolvable=r["resolvable"] is not False,
            edited=tuple(sorted(name for name in c if name.startswith("corrected"))),
        )  # fmt: skip
    return found


def _labels(store: Store, entities: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Entity → (the entity it is merged into or itself, that one's label)."""
    wanted = sorted(set(entities) - {NOTHING})
    if not wanted:
        return {}
    rows = prepared.rows(store, "labels_of_entities", entities=wanted)
    return {r["e"]: (r["x"], r["label"]) for r in rows if r["label"]}
