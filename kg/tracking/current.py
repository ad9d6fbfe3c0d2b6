"""Derive the current graph from the log of judgements; it can be dropped and derived again at any time.

It holds the review states, corrections, added claims, merges, splits, names and relations that are in force. Read
:mod:`kg.tracking.log` first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from kg import prepared
from kg.model import Extent
from kg.rdf import boolean, day, extent_iri, extent_quads, string
from kg.store import Store
from kg.tracking import entered, metadata
from kg.tracking.anchors import anchor, find, holds
from kg.tracking.entered import HERE, judged, term
from kg.tracking.log import Judgement, Term, entries, in_force, settle
from kg.vocab import CURRENT_GRAPH, IIB, JUDGEMENTS_GRAPH, RDF, SCHEMA

NOTHING = IIB.nobody.value
"""Stands for "none" where a correction takes a value away."""

STATES = {"Acceptance": "accepted", "Rejection": "rejected", "Correction": "corrected", "Addition": "added"}
CORRECTED = (
    "correctedSource", "correctedSourceText", "correctedAbout", "correctedModality", "correctedPolarity", "correctedTitle",
    "correctedPrediction", "correctedDueStart", "correctedDueEnd", "correctedStart", "correctedEnd", "correctedText",
)  # fmt: skip
#: Kinds of entries that say which entities there are, and which are one.
_MERGING = ("Merge", "Naming", "Split")
#: Corrections whose values are entities.
ENTITIES = ("correctedSource", "correctedAbout")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a claim is now: its article, the offsets of its content, and the article's text."""

    article: str
    start: int
    end: int
    body: str


def refresh(store: Store, claims: Iterable[str]) -> None:
    """Derive the state of these claims (IRIs) again; the rest of the current graph does not change."""
    wanted = sorted(set(claims))
    if not wanted:
        return

    def derive() -> None:
        found = entries(store, subjects=wanted)
        if any(j.kind == "Addition" for j in found):
            _rebuild(store)  # an added claim also has nodes for its extents, which _rewrite would not remove
            return
        quads = list(_claims(store, found))
        quads += entered.split_claims(store, wanted, _source_corrected(quads))
        _rewrite(store, [*wanted, *(j.iri for j in found)], quads)

    settle(store, derive)


def refresh_links(store: Store, links: Iterable[str]) -> None:
    """Derive the state of these links (IRIs) again."""
    wanted = sorted(set(links))
    settle(
        store,
        lambda: _rewrite(store, wanted, list(_links(entries(store, subjects=wanted, kinds=["LinkDecision"])))),
    )


def refresh_names(store: Store, entities: Iterable[str]) -> None:
    """Add the entities (IRIs) that people entered by name, with their mentions."""
    wanted = sorted(set(entities))
    settle(store, lambda: store.insert(entered.names(store, entries(store, subjects=wanted, kinds=["Naming"]))))


def refresh_article(store: Store, article: str) -> set[str]:
    """Check the judgements on an article (IRI) against its text, after it was read again or deleted.

    Returns:
        The entities (IRIs) that stand for others now, or no longer do.
    """
    metadata.apply(store, [article])
    moved = _refresh_merges(store)
    found = [j for j in entries(store, article=article) if j.subject != article]
    if any(j.kind in ("Addition", "Naming", "RelationDecision") for j in found) or entries(store, kinds=["Split"]):
        rebuild(store)
    else:
        refresh(store, [j.subject for j in found])
    return moved


def _refresh_merges(store: Store) -> set[str]:
    """Derive again which entities stand for others; return those for which this has changed (IRIs)."""
    moved: set[str] = set()

    def derive() -> None:
        now = {Quad(NamedNode(r["e"]), IIB.mergedInto, NamedNode(r["x"]), HERE) for r in prepared.rows(store, "merges")}
        then = set(_merges(store, entries(store, kinds=_MERGING))) if now or store.contains(JUDGEMENTS_GRAPH) else set()
        if now != then:
            store.edit(remove=now - then, add=then - now)
            moved.update(end.value for q in now ^ then for end in (q.subject, q.object) if isinstance(end, NamedNode))

    settle(store, derive)
    return moved


def rebuild(store: Store) -> None:
    """Derive the whole current graph from the log, and apply the corrections of articles' metadata."""
    settle(store, lambda: _rebuild(store))


def is_derived(store: Store) -> bool:
    """Whether the current graph matches the log; it does not if a process was killed between writing the two."""
    same = False

    def compare() -> None:
        nonlocal same
        canonical = ox.Store()  # normalizes literals as the store does (0.90 becomes 0.9)
        canonical.extend(Quad(q.subject, q.predicate, q.object, HERE) for q in _derived(store))
        same = set(canonical) == set(store.quads(CURRENT_GRAPH)) and not metadata.pending(store)

    settle(store, compare)
    return same


def _rebuild(store: Store) -> None:
    metadata.apply(store)
    store.replace(CURRENT_GRAPH, _derived(store))


def _derived(store: Store) -> list[Quad]:
    """The quads of the current graph according to the log; the metadata must have been applied before."""
    found = entries(store)
    quads = [*_claims(store, found), *_links(found), *_merges(store, found), *entered.splits(store, found)]
    quads += [*entered.names(store, found), *entered.relations(store, found)]
    quads += entered.split_claims(store, None, _source_corrected(quads))
    return quads


def _source_corrected(quads: Iterable[Quad]) -> set[str]:
    """The IRIs of the claims whose source a person corrected."""
    subjects = (q.subject for q in quads if q.predicate == IIB.correctedSource)
    return {s.value for s in subjects if isinstance(s, NamedNode)}


def merged(store: Store) -> dict[str, str]:
    """Merged entity → the entity that it is merged into (IRIs)."""
    return _united(store, entries(store, kinds=_MERGING))


def place(store: Store, claims: Iterable[str]) -> dict[str, _Place]:
    """Claim IRI → where the claim is in its article now; claims that no longer exist are missing."""
    wanted = sorted(set(claims))
    if not wanted:
        return {}
    rows = prepared.rows(store, "places_of_claims", claims=wanted)
    return {r["claim"]: _Place(r["article"], r["start"], r["end"], r["body"]) for r in rows}


def _detail(name: str, value: Any) -> Term:
    if name in ENTITIES or value == NOTHING:
        return NamedNode(value)
    return term(value)


def _rewrite(store: Store, subjects: Iterable[str], quads: list[Quad]) -> None:
    old = prepared.quads(store, "quads_of_current", subjects=sorted(set(subjects)))
    store.edit(remove=old, add=quads)


def _claims(store: Store, found: list[Judgement]) -> Iterable[Quad]:
    """The state of claims, derived from the log's entries."""
    of: dict[str, list[Judgement]] = defaultdict(list)
    for j in found:
        if j.kind in (*STATES, "Verdict", "Estimate"):
            of[j.subject].append(j)
    places = place(store, of)
    for claim, about in of.items():
        node, here = NamedNode(claim), places.get(claim)
        live: list[Judgement] = []
        added = next((j for j in in_force(about) if j.kind == "Addition"), None)
        if added and here is None:
            here = _place_again(store, added)
        for j in in_force(about):
            if here and (j.kind == "Addition" or holds(judged(j), anchor(here.body, here.start, here.end))):
                live.append(j)
            elif here and added and j is not added:
                live.append(j)  # the claim was added by a person, and its text has been found again
            else:
                yield Quad(NamedNode(j.iri), IIB.orphaned, boolean(True), HERE)
        if here:
            yield from _state(node, here, live, added)


def _place_again(store: Store, added: Judgement) -> _Place | None:
    article = str(added.one("judgedArticle"))
    body = entered.text_of(store, article)
    at = None if body is None else find(body, judged(added))
    return None if body is None or at is None else _Place(article, at, at + len(added.text), body)


def _state(node: NamedNode, here: _Place, live: list[Judgement], added: Judgement | None) -> Iterable[Quad]:
    reviews = [j for j in live if j.kind in STATES]
    fields: dict[str, list[Any]] = {}
    for j in reviews:
        fields.update({k: v for k, v in j.details.items() if k in CORRECTED})
    if added:
        if added not in live:
            return
        yield from _added(node, here, fields)
        fields = {}
    if reviews:
        yield Quad(node, IIB.reviewState, string(STATES[reviews[-1].kind]), HERE)
    if "correctedStart" in fields:
        base = next(j for j in reversed(reviews) if "correctedStart" in j.details)
        shift = here.start - int(base.one("judgedStart", here.start))
        start, end = int(fields["correctedStart"][0]) + shift, int(fields["correctedEnd"][0]) + shift
        if here.body[start:end] == fields["correctedText"][0]:
            fields["correctedStart"], fields["correctedEnd"] = [start], [end]
        else:
            for k in ("correctedStart", "correctedEnd", "correctedText"):
                fields.pop(k, None)
    for name, values in fields.items():
        for value in values:
            yield Quad(node, IIB[name], _detail(name, value), HERE)
    if verdicts := [j for j in live if j.kind == "Verdict"]:
        yield Quad(node, IIB.currentVerdict, term(verdicts[-1].one("verdict")), HERE)
    if guesses := counted_estimates(live):
        yield Quad(node, IIB.probability, term(guesses[-1].one("probability")), HERE)


def counted_estimates(live: Iterable[Judgement]) -> list[Judgement]:
    """The estimates that were given before the claim's first verdict, oldest first.

    Args:
        live: the entries about one claim that are in force, oldest first.
    """
    before = takewhile(lambda j: j.kind != "Verdict", live)
    return [j for j in before if j.kind == "Estimate"]


def _added(node: NamedNode, here: _Place, fields: dict[str, list[Any]]) -> Iterable[Quad]:
    """The quads of a claim that a person added, the same as in an article's graph."""
    text = here.body[here.start : here.end]
    yield Quad(node, RDF.type, SCHEMA.Claim, HERE)
    yield Quad(node, SCHEMA.text, string(text), HERE)
    yield Quad(node, SCHEMA.name, term(_first(fields, "correctedTitle", text)), HERE)
    yield Quad(node, SCHEMA.appearance, NamedNode(here.article), HERE)
    yield Quad(node, IIB.modality, term(_first(fields, "correctedModality", "asserted")), HERE)
    yield Quad(node, IIB.polarity, term(_first(fields, "correctedPolarity", "affirmed")), HERE)
    yield Quad(node, IIB.speech, string("indirect"), HERE)
    yield Quad(node, IIB.confidence, Literal("1", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal")), HERE)
    extent = Extent(here.start, here.end)
    yield Quad(node, IIB.content, NamedNode(extent_iri(here.article, extent)), HERE)
    yield from extent_quads(here.article, here.body, extent, CURRENT_GRAPH)
    for name, p in (("correctedSource", IIB.source), ("correctedAbout", SCHEMA.about)):
        for value in fields.get(name, ()):
            if value != NOTHING:
                yield Quad(node, p, NamedNode(value), HERE)
    if source := _first(fields, "correctedSourceText", None):
        yield Quad(node, IIB.sourceText, string(str(source)), HERE)
    if _first(fields, "correctedPrediction", False):
        yield Quad(node, RDF.type, IIB.Prediction, HERE)
        yield Quad(node, IIB.resolvable, boolean(True), HERE)
        for name, p in (("correctedDueStart", IIB.dueStart), ("correctedDueEnd", IIB.dueEnd)):
            if isinstance(value := _first(fields, name, None), date):
                yield Quad(node, p, day(value), HERE)


def _first(fields: dict[str, list[Any]], name: str, otherwise: Any) -> Any:
    return fields[name][0] if fields.get(name) else otherwise


def _links(found: list[Judgement]) -> Iterable[Quad]:
    last: dict[str, Judgement] = {}
    for j in in_force(found):
        if j.kind == "LinkDecision":
            last[j.subject] = j
    for link, j in last.items():
        node = NamedNode(link)
        yield Quad(node, RDF.type, IIB.Link, HERE)
        yield Quad(node, IIB.reviewState, term(j.one("decision")), HERE)
        yield Quad(node, IIB.linkType, term(j.one("linkType")), HERE)
        yield Quad(node, IIB["from"], NamedNode(j.one("from")), HERE)
        yield Quad(node, IIB["to"], NamedNode(j.one("to")), HERE)


def merged_into(merges: Iterable[Judgement]) -> dict[str, str]:
    """Merged entity → the entity that it is merged into in the end (IRIs), by these entries of the log."""
    into: dict[str, str] = {}

    def end(entity: str) -> str:
        while entity in into:
            entity = into[entity]
        return entity

    for j in merges:
        target = end(str(j.one("into")))
        for entity in j.details.get("merges", ()):
            root = end(str(entity))
            if root != target:
                into[root] = target
    return {entity: end(entity) for entity in into}


def _united(store: Store, found: list[Judgement]) -> dict[str, str]:
    """Merged entity → the entity that stands for it: the one chosen, or the next that is left if its articles are deleted."""
    live = in_force(found)
    into = merged_into(j for j in live if j.kind == "Merge")
    if not into:
        return into
    members: dict[str, list[str]] = defaultdict(list)
    for entity, target in into.items():
        members[target].append(entity)
    here = {r["e"] for r in prepared.rows(store, "entities_in_articles_at_all", entities=sorted({*into, *members}))}
    here |= {str(j.subject if j.kind == "Naming" else j.one("into")) for j in live if j.kind != "Merge"}
    for target, others in members.items():
        if target not in here and (left := next((e for e in others if e in here), None)):
            into |= dict.fromkeys([target, *others], left)
            del into[left]
    return into


def _merges(store: Store, found: list[Judgement]) -> Iterable[Quad]:
    for entity, target in _united(store, [j for j in found if j.kind in _MERGING]).items():
        yield Quad(NamedNode(entity), IIB.mergedInto, NamedNode(target), HERE)
