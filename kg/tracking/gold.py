"""Export a corrected article as an extract document, so that extraction can be evaluated against it (``iibun eval``)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from kg import prepared
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
from kg.tracking.loading import _dates
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
    return [r["a"] for r in prepared.rows(store, "corrected_articles")]


def report(store: Store, article: str) -> Report:
    """An article's report, read from the graph with all corrections in force applied.

    Raises:
        JudgementError: if there is no such article.
    """
    rows = prepared.rows(store, "article_with_title", article=article)
    if not rows:
        raise JudgementError(f"There is no article {article} in the store.")
    r = rows[0]
    read = Article(r["text"], r["title"], r["url"], r["published"], r["publisher"])
    ids: dict[str, str] = {}
    mentions = _mentions(store, article, ids)
    figures, figure_of = _figures(store, article, ids)
    claims = _claims(store, article, ids, figure_of)
    relations = _relations(store, article, ids)
    dates: tuple[DateExpression, ...] = tuple(_dates(store, [article]).get(article, ()))
    return Report(
        read, _entities(store, ids), mentions, figures, dates, relations, claims, extractor="iibun, corrected by people"
    )


def _id(ids: dict[str, str], entity: str) -> str:
    return ids.setdefault(entity, f"e{len(ids) + 1}")


def _mentions(store: Store, article: str, ids: dict[str, str]) -> tuple[Mention, ...]:
    rows = prepared.rows(store, "effective_mentions", article=article)
    return tuple(Mention(Extent(r["start"], r["end"]), _id(ids, r["e"]), bool(r["anaphor"])) for r in rows)


def _figures(store: Store, article: str, ids: dict[str, str]) -> tuple[tuple[Figure, ...], dict[str, list[int]]]:
    rows = prepared.rows(store, "figures_in_article", article=article)
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
    found: dict[str, dict[str, list[Extent]]] = defaultdict(lambda: defaultdict(list))
    for r in prepared.rows(store, "cues_and_quotes", article=article):
        found[r["c"]][r["p"].rsplit("#", 1)[-1]].append(Extent(r["start"], r["end"]))
    return found


def _about(store: Store, claim: str) -> list[str]:
    return [r["e"] for r in prepared.rows(store, "effective_about", claim=claim)]


def _relations(store: Store, article: str, ids: dict[str, str]) -> tuple[Relation, ...]:
    names = {f"urn:iibun:ns#{p}": k for k, p in QUALIFIERS.items()}
    rows = prepared.rows(store, "effective_relations", article=article, qualifiers=names)
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
    label: dict[str, tuple[str, str]] = {}
    aliases: dict[str, set[str]] = defaultdict(set)
    same: dict[str, set[str]] = defaultdict(set)
    for r in prepared.rows(store, "descriptions_of_entities", entities=ids):
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
