"""Export a corrected article as an extract document, so that extraction can be evaluated against it (``iibun eval``)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from kg.document import Json, to_document
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
from kg.store import Store
from kg.tracking.claims import effective_claims
from kg.tracking.loading import CURRENT, PREFIX, _dates, iris
from kg.tracking.log import JudgementError
from kg.vocab import QUALIFIERS

_TYPES = ("Person", "Organization", "Product", "Place", "Event")


def gold(store: Store, article: str) -> Json:
    """The extract document of an article with all corrections in force applied: edits, rejections, additions, merges.

    Args:
        store: an open store.
        article: the article's IRI.

    Raises:
        JudgementError: if there is no such article.
    """
    return to_document(report(store, article))


def corrected_articles(store: Store) -> list[str]:
    """The IRIs of the articles whose claims, names or relations a person has judged."""
    rows = store.select(
        PREFIX
        + f"""SELECT DISTINCT ?a WHERE {{
            {{ GRAPH {CURRENT} {{ ?c iib:reviewState ?s }} GRAPH ?g {{ ?c schema:appearance|iib:extent/oa:hasSource ?a }} }}
            UNION {{ GRAPH {CURRENT} {{ ?m iib:extent/oa:hasSource ?a }} }} }} ORDER BY ?a"""
    )
    return [r["a"] for r in rows]


def report(store: Store, article: str) -> Report:
    """An article's report, read from the graph with all corrections in force applied.

    Raises:
        JudgementError: if there is no such article.
    """
    g = iris([article])
    rows = store.select(
        PREFIX
        + f"""SELECT ?text ?title ?url ?published ?publisher WHERE {{ GRAPH {g} {{ {g} schema:articleBody ?text ; schema:headline ?title .
            OPTIONAL {{ {g} schema:url ?url }} OPTIONAL {{ {g} schema:datePublished ?published }} OPTIONAL {{ {g} dc:publisher ?publisher }} }} }}"""
    )
    if not rows:
        raise JudgementError(f"There is no article {article} in the store.")
    r = rows[0]
    read = Article(r["text"], r["title"], r["url"], r["published"], r["publisher"])
    ids: dict[str, str] = {}
    mentions = _mentions(store, g, ids)
    figures, figure_of = _figures(store, g, ids)
    claims = _claims(store, article, ids, figure_of)
    relations = _relations(store, g, ids)
    dates: tuple[DateExpression, ...] = tuple(_dates(store, [article]).get(article, ()))
    return Report(
        read, _entities(store, ids), mentions, figures, dates, relations, claims, extractor="iibun, corrected by people"
    )


def _id(ids: dict[str, str], entity: str) -> str:
    return ids.setdefault(entity, f"e{len(ids) + 1}")


def _mentions(store: Store, g: str, ids: dict[str, str]) -> tuple[Mention, ...]:
    rows = store.select(
        PREFIX
        + f"""SELECT ?m ?e ?anaphor ?start ?end WHERE {{
            VALUES ?g {{ {g} {CURRENT} }}
            GRAPH ?g {{ ?m iib:entity ?e0 ; iib:anaphor ?anaphor ; iib:extent ?x . ?x oa:hasSource {g} ; oa:hasSelector ?p . ?p oa:start ?start ; oa:end ?end }}
            OPTIONAL {{ GRAPH {CURRENT} {{ ?m iib:correctedEntity ?e1 }} }} OPTIONAL {{ GRAPH {CURRENT} {{ ?e0 iib:mergedInto ?e2 }} }}
            BIND(COALESCE(?e1, ?e2, ?e0) AS ?e) }} ORDER BY ?start ?end ?e"""
    )
    return tuple(Mention(Extent(r["start"], r["end"]), _id(ids, r["e"]), bool(r["anaphor"])) for r in rows)


def _figures(store: Store, g: str, ids: dict[str, str]) -> tuple[tuple[Figure, ...], dict[str, list[int]]]:
    rows = store.select(
        PREFIX
        + f"""SELECT ?f ?kind ?value ?currency ?unit ?comparator ?measure ?start ?end ?about ?claim WHERE {{ GRAPH {g} {{
            ?f a iib:Figure ; iib:kind ?kind ; schema:value ?value ; iib:comparator ?comparator ; iib:extent/oa:hasSelector ?p .
            ?p oa:start ?start ; oa:end ?end . OPTIONAL {{ ?f schema:currency ?currency }} OPTIONAL {{ ?f schema:unitText ?unit }}
            OPTIONAL {{ ?f iib:measure ?measure }} OPTIONAL {{ ?f schema:about ?about }} OPTIONAL {{ ?claim iib:figure ?f }} }} }}
            ORDER BY ?start ?end ?f ?about ?claim"""
    )
    order: dict[str, dict[str, Any]] = {}
    about: dict[str, list[str]] = defaultdict(list)
    of: dict[str, list[int]] = defaultdict(list)
    for r in rows:
        order.setdefault(r["f"], r)
        if r["about"] and r["about"] not in about[r["f"]]:
            about[r["f"]].append(r["about"])
        n = list(order).index(r["f"])
        if r["claim"] and n not in of[r["claim"]]:
            of[r["claim"]].append(n)
    found = tuple(
        Figure(
            Extent(r["start"], r["end"]), r["kind"], float(r["value"]), r["currency"] or r["unit"] or "", r["comparator"],
            tuple(_id(ids, a) for a in about[f]), r["measure"],
        )
        for f, r in order.items()
    )  # fmt: skip
    return found, of


def _claims(store: Store, article: str, ids: dict[str, str], figure_of: dict[str, list[int]]) -> tuple[Claim, ...]:
    found = []
    extra = _extents(store, article)
    for n, c in enumerate(effective_claims(store, article=article, limit=None), 1):
        due = Interval(c.due_start, c.due_end) if c.due_start or c.due_end else None
        parts = extra.get(c.iri, {})
        prediction = None
        if c.prediction:
            prediction = Prediction(
                due, c.due_text if due else None, criterion=c.criterion or "", resolvable=c.resolvable
            )
        found.append(
            Claim(
                f"c{n}", Extent(c.start, c.end), tuple(_id(ids, s) for s in c.sources), None if c.sources else c.source,
                cue=next(iter(parts.get("cue", ())), None), quotes=tuple(parts.get("quote", ())), speech="indirect",
                modality=c.modality, polarity=c.polarity,  # type: ignore[arg-type]
                about=tuple(_id(ids, a) for a in _about(store, c.iri)), figures=tuple(figure_of.get(c.iri, ())),
                prediction=prediction, title=c.title, confidence=1.0,
            )
        )  # fmt: skip
    return tuple(found)


def _extents(store: Store, article: str) -> dict[str, dict[str, list[Extent]]]:
    rows = store.select(
        PREFIX
        + f"""SELECT ?c ?p ?start ?end WHERE {{ VALUES ?p {{ iib:cue iib:quote }} GRAPH {iris([article])} {{
            ?c ?p ?x . ?x oa:hasSelector ?s . ?s oa:start ?start ; oa:end ?end }} }} ORDER BY ?c ?start"""
    )
    found: dict[str, dict[str, list[Extent]]] = defaultdict(lambda: defaultdict(list))
    for r in rows:
        found[r["c"]][r["p"].rsplit("#", 1)[-1]].append(Extent(r["start"], r["end"]))
    return found


def _about(store: Store, claim: str) -> list[str]:
    c = iris([claim])
    rows = store.select(
        PREFIX
        + f"""SELECT DISTINCT ?e WHERE {{
            {{ GRAPH ?g {{ {c} schema:about ?e0 }} FILTER NOT EXISTS {{ GRAPH {CURRENT} {{ {c} iib:correctedAbout ?x }} }} }}
            UNION {{ GRAPH {CURRENT} {{ {c} iib:correctedAbout ?e0 }} FILTER(?e0 != iib:nobody) }}
            OPTIONAL {{ GRAPH {CURRENT} {{ ?e0 iib:mergedInto ?e2 }} }} BIND(COALESCE(?e2, ?e0) AS ?e) }} ORDER BY ?e"""
    )
    return [r["e"] for r in rows]


def _relations(store: Store, g: str, ids: dict[str, str]) -> tuple[Relation, ...]:
    names = {f"urn:iibun:ns#{p}": k for k, p in QUALIFIERS.items()}
    rows = store.select(
        PREFIX
        + f"""SELECT ?r ?s ?p ?o ?start ?end ?q ?v WHERE {{ VALUES ?g {{ {g} {CURRENT} }} GRAPH ?g {{ ?r a iib:Relation ; rdf:subject ?s0 ; rdf:predicate ?p ;
            rdf:object ?o0 ; iib:extent ?at . ?at oa:hasSource {g} ; oa:hasSelector ?x . ?x oa:start ?start ; oa:end ?end .
            OPTIONAL {{ VALUES ?q {{ {iris(names)} }} ?r ?q ?v }} }}
            FILTER NOT EXISTS {{ GRAPH {CURRENT} {{ ?r iib:reviewState "rejected" }} }}
            OPTIONAL {{ GRAPH {CURRENT} {{ ?s0 iib:mergedInto ?s1 }} }} OPTIONAL {{ GRAPH {CURRENT} {{ ?o0 iib:mergedInto ?o1 }} }}
            BIND(COALESCE(?s1, ?s0) AS ?s) BIND(COALESCE(?o1, ?o0) AS ?o) }} ORDER BY ?start ?r"""
    )
    found: dict[str, tuple[dict[str, Any], dict[str, str | bool]]] = {}
    for r in rows:
        _, qualifiers = found.setdefault(r["r"], (r, {}))
        if r["q"]:
            qualifiers[names[r["q"]]] = r["v"]
    return tuple(
        Relation(_id(ids, r["s"]), r["p"].rsplit("#", 1)[-1], _id(ids, r["o"]), Extent(r["start"], r["end"]), q)
        for r, q in found.values()
    )


def _entities(store: Store, ids: dict[str, str]) -> tuple[Entity, ...]:
    if not ids:
        return ()
    rows = store.select(
        PREFIX
        + f"""SELECT DISTINCT ?e ?t ?label ?alias ?same WHERE {{ VALUES ?e {{ {iris(ids)} }} GRAPH ?g {{ ?e a ?t ; skos:prefLabel ?label .
            OPTIONAL {{ ?e skos:altLabel ?alias }} OPTIONAL {{ ?e skos:exactMatch ?same }} }} }} ORDER BY ?e ?label ?alias"""
    )
    label: dict[str, tuple[str, str]] = {}
    aliases: dict[str, set[str]] = defaultdict(set)
    same: dict[str, set[str]] = defaultdict(set)
    for r in rows:
        type_ = r["t"].rsplit("/", 1)[-1]
        if type_ in _TYPES:
            label.setdefault(r["e"], (type_, r["label"]))
        aliases[r["e"]] |= {r["alias"], r["label"]} - {None}
        same[r["e"]] |= {r["same"]} - {None}
    return tuple(
        Entity(id, label[e][0], label[e][1], tuple(sorted(aliases[e] - {label[e][1]})), tuple(sorted(same[e])))  # type: ignore[arg-type]
        for e, id in ids.items()
        if e in label
    )
