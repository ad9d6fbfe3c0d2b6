"""Load claim views from the graph, with judgements and entity merges applied.

For an unjudged article they are the same as those that :func:`kg.tracking.views.from_report` makes of its report.
"""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from kg import prepared
from kg.model import DateExpression, Extent, Figure, Interval
from kg.names import entity_key
from kg.store import Row, Store
from kg.tracking.sentences import sentence
from kg.tracking.surroundings import WHOLE, Surroundings, near, surroundings
from kg.tracking.views import ClaimView, called, inferences, own_words, unnamed, view
from kg.tracking.words import speaks_for
from kg.vocab import IIB

_ARTICLE_NAMES = {"articleBody": "body", "url": "url", "datePublished": "published", "publisher": "publisher"}


def claims_of(store: Store, article: str) -> list[str]:
    """The IRIs of an article's claims."""
    return [row["claim"] for row in prepared.rows(store, "claims_of_article", article=article)]


def names(store: Store, entities: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """Entity IRI → (key, smallest label, class name) over all articles; a merged entity has those of what it is merged into."""
    wanted = sorted(set(entities))
    if not wanted:
        return {}
    rows = prepared.rows(store, "names_of_entities", entities=wanted)
    return {r["e"]: (entity_key(r["x"], r["label"]), r["label"], _local(r["type"])) for r in rows if r["label"]}


def load(store: Store, claims: Iterable[str]) -> Iterator[ClaimView]:
    """Yield the views of claims with corrections applied; rejected claims are left out.

    A view depends only on the claim's own article and on judgements, not on the other articles in the store.

    Args:
        store: an open store.
        claims: IRIs of claims; those that are not in the store are skipped.
    """
    wanted = sorted(set(claims))
    for i in range(0, len(wanted), 1000):
        yield from _load(store, wanted[i : i + 1000])


def _as_read(store: Store, claims: list[str]) -> tuple[list[dict[str, Any]], dict[tuple[str, str], list[Any]]]:
    """Claims as they were read, before people's corrections.

    Args:
        store: an open store.
        claims: IRIs of claims.

    Returns:
        A row for each claim, and all its objects by its IRI and the predicate's local name.
    """
    triples = prepared.rows(store, "properties_of_claims", claims=claims)
    offsets = prepared.rows(store, "extents_of_claims", claims=claims)
    sets: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in triples:
        sets[row["claim"], _local(row["p"])].append(row["o"])

    def only(claim: str, name: str) -> Any:
        return sets[claim, name][0] if sets.get((claim, name)) else None

    base = [
        {"claim": r["claim"], "start": r["start"], "end": r["end"], "article": only(r["claim"], "appearance")}
        | {
            name: only(r["claim"], name)
            for name in ("text", "modality", "polarity", "sourceText", "dueStart", "dueEnd", "dueText")
        }
        | {"prediction": any(str(t).endswith("#Prediction") for t in sets[r["claim"], "type"])}
        for r in offsets
    ]
    return base, sets


def _load(store: Store, wanted: list[str]) -> Iterator[ClaimView]:
    if not wanted:
        return
    base, sets = _as_read(store, wanted)
    changed = prepared.rows(store, "current_of_claims", claims=wanted)
    corrected: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in changed:
        corrected[row["claim"]][_local(row["p"])].append(row["o"])
    articles = _articles(store, {row["article"] for row in base})
    figures = _figures(store, wanted)
    dates = _dates(store, articles)
    before = _before(
        store, {r["article"] for r in base if not sets[r["claim"], "source"] and not own_words(r["sourceText"])}
    )
    _known(store, articles, _foreign(base, sets, corrected, articles))
    positions = _positions(store, articles)
    places = _places(store, {a for a, row in articles.items() if len(row["body"]) > WHOLE})

    @cache
    def around(article: str, stretch: Extent) -> Surroundings:
        row = articles[article]
        named = (
            row["context"]
            if article not in places
            else {e for at, e in places[article] if stretch.start <= at < stretch.end}
        )
        return surroundings(
            stretch.of(row["body"]),
            [row["names"][e] for e in named if e in row["names"]],
            positions.get(article, {}),
            [d for d in dates.get(article, ()) if stretch.overlaps(d.extent)],
        )

    for row in base:
        iri, c = row["claim"], corrected.get(row["claim"], {})
        if c.get("reviewState") == ["rejected"]:
            continue
        article = articles[row["article"]]
        known = article["names"]

        def keys(found: Iterable[str], known: Mapping[str, tuple[str, str, str]] = known) -> frozenset[str]:
            return frozenset(known[e][0] for e in found if e in known)

        start, end = _one(c, "correctedStart", row["start"]), _one(c, "correctedEnd", row["end"])
        extent, text = Extent(start, end), article["body"][start:end] if "correctedStart" in c else row["text"]
        sources = [s for s in c.get("correctedSource", sets[iri, "source"]) if not s.endswith("#nobody")]
        about = c.get("correctedAbout", sets[iri, "about"])
        source_text = None if sources else _one(c, "correctedSourceText", row["sourceText"])
        due = Interval(_one(c, "correctedDueStart", row["dueStart"]), _one(c, "correctedDueEnd", row["dueEnd"]))
        labels = sorted(known[s][1] for s in sources if s in known)
        here = around(row["article"], near(len(article["body"]), extent.start))
        named = keys(sources) or called(source_text, here.people)
        last = frozenset() if sources else keys(before.get(iri, ()))
        yield view(
            iri=iri, article=row["article"], url=article["url"], published=article["published"],
            publisher=article["publisher"], text=text, extent=extent, sentence=sentence(article["body"], extent),
            source="、".join(labels) or source_text,
            sources=named or unnamed(source_text, row["article"]),
            side=frozenset(o for k in named for o in (here.speaks if sources else here.told).get(k, ())),
            inferred=frozenset(x for k in last for x in (k, *here.speaks.get(k, ()))),
            about=keys(about),
            agents=frozenset(known[a][0] for a in about if a in known and known[a][2] in ("Person", "Organization")),
            context=here.context,
            places=here.places,
            figures=[(f, keys(a), f.extent.of(article["body"])) for f, a in figures.get(iri, ())],
            dates=[(d, d.extent.of(article["body"])) for d in here.dates if extent.contains(d.extent)],
            due=due, due_text=row["dueText"],
            prediction=bool(_one(c, "correctedPrediction", row["prediction"])),
            polarity=_one(c, "correctedPolarity", row["polarity"]), modality=_one(c, "correctedModality", row["modality"]),
            topics=frozenset(str(t) for t in sets[iri, "topic"]),
            people=sorted(here.people.values()),
            names={known[e][0]: known[e][1] for e in [*sources, *about] if e in known},
        )  # fmt: skip


def _before(store: Store, articles: set[str]) -> dict[str, frozenset[str]]:
    """Claim without a source → the sources of the claim before it in the article (see :func:`inferences`)."""
    if not articles:
        return {}
    rows = prepared.rows(store, "speakers_in_articles", articles=sorted(articles))
    of: dict[str, dict[str, tuple[int, set[str], bool]]] = defaultdict(dict)
    for r in rows:
        _, sources, _ = of[r["article"]].setdefault(r["claim"], (r["start"], set(), own_words(r["t"])))
        if r["s"]:
            sources.add(r["s"])
    found: dict[str, frozenset[str]] = {}
    for claims in of.values():
        found |= inferences((start, claim, frozenset(s), t) for claim, (start, s, t) in claims.items())
    return found


def _local(iri: str) -> str:
    return iri.replace("#", "/").rsplit("/", 1)[-1]


def _one(corrected: dict[str, list[Any]], name: str, otherwise: Any) -> Any:
    value = corrected[name][0] if corrected.get(name) else otherwise
    return None if value == IIB.nobody.value else value


def _articles(store: Store, articles: set[str]) -> dict[str, dict[str, Any]]:
    """Article → its metadata and text, its entities (``context``), and their key, label and class in the article (``names``)."""
    if not articles:
        return {}
    wanted = sorted(articles)
    found: dict[str, dict[str, Any]] = {}
    for r in prepared.rows(store, "properties_of_articles", articles=wanted):
        if (row := found.get(r["article"])) is None:
            row = found[r["article"]] = {
                "url": None,
                "published": None,
                "publisher": None,
                "context": set(),
                "names": {},
            }
        row[_ARTICLE_NAMES[_local(r["p"])]] = r["o"]
    found = {article: row for article, row in found.items() if "body" in row}
    for r in prepared.rows(store, "entities_in_articles", articles=wanted):
        if r["article"] in found:
            found[r["article"]]["context"].add(r["e"])
    named = prepared.rows(store, "names_in_articles", articles=wanted)
    for r in sorted(named, key=lambda r: (r["l"], r["c"]), reverse=True):  # the last one, which stays, is the smallest
        if r["article"] in found:
            found[r["article"]]["names"][r["e"]] = (entity_key(r["e"], r["l"]), r["l"], _local(r["c"]))
    return found


def _foreign(
    base: Iterable[Row],
    sets: Mapping[tuple[str, str], list[Any]],
    corrected: Mapping[str, Mapping[str, list[Any]]],
    articles: Mapping[str, Mapping[str, Any]],
) -> set[str]:
    """The entities of claims that their articles do not name: a person has put them there."""
    return {
        e
        for r in base
        for e in (
            *sets.get((r["claim"], "source"), ()),
            *sets.get((r["claim"], "about"), ()),
            *corrected.get(r["claim"], {}).get("correctedSource", ()),
            *corrected.get(r["claim"], {}).get("correctedAbout", ()),
        )
        if e not in articles[r["article"]]["names"]
    }


def _known(store: Store, articles: Mapping[str, dict[str, Any]], foreign: set[str]) -> None:
    """Add to each article's ``names`` the merged entities and those of ``foreign``."""
    wanted = foreign.union(*(row["names"] for row in articles.values()))
    if not wanted:
        return
    merged = {r["e"] for r in prepared.rows(store, "merged_of_entities", entities=sorted(wanted))}
    more = names(store, merged | foreign)
    united = {e: name for e, name in more.items() if e in merged}
    for row in articles.values():
        row["names"] = ChainMap(united, row["names"], more)


def _figures(store: Store, claims: list[str]) -> dict[str, list[tuple[Figure, list[str]]]]:
    found: dict[str, list[tuple[Figure, list[str]]]] = defaultdict(list)
    seen: dict[tuple[str, str], list[str]] = {}
    for r in prepared.rows(store, "figures_of_claims", claims=claims):
        at = (r["claim"], r["f"])
        if at not in seen:
            seen[at] = []
            figure = Figure(
                Extent(r["start"], r["end"]), r["kind"], float(r["value"]), r["currency"] or r["unit"] or "", r["comparator"],
                (), r["measure"],
            )  # fmt: skip
            found[r["claim"]].append((figure, seen[at]))
        if r["about"]:
            seen[at].append(r["about"])
    return found


def _dates(store: Store, articles: Iterable[str]) -> dict[str, list[DateExpression]]:
    wanted = sorted(articles)
    if not wanted:
        return {}
    found: dict[str, list[DateExpression]] = defaultdict(list)
    for r in prepared.rows(store, "dates_in_articles", articles=wanted):
        interval = Interval(_day(r["earliest"]), _day(r["latest"]))
        found[r["article"]].append(
            DateExpression(Extent(r["start"], r["end"]), interval, r["granularity"], bool(r["deadline"]))
        )
    return found


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _positions(store: Store, articles: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, set[str]]]:
    """Article → key of a person → keys of the organizations for which the person speaks, by a position that the article states.

    Positions in other articles do not count: they may be of another time, and the result must not depend on other articles.
    """
    found: dict[str, dict[str, set[str]]] = defaultdict(dict)
    if not articles:
        return found
    for r in prepared.rows(store, "positions_in_articles", articles=sorted(articles)):
        known = articles[r["article"]]["names"]
        if r["person"] in known and r["org"] in known and speaks_for(r["title"], known[r["org"]][0]):
            found[r["article"]].setdefault(known[r["person"]][0], set()).add(known[r["org"]][0])
    return found


def _places(store: Store, articles: set[str]) -> dict[str, list[tuple[int, str]]]:
    """Article → (offset, entity IRI) of each mention; needed only for long articles."""
    found: dict[str, list[tuple[int, str]]] = {article: [] for article in articles}
    if not articles:
        return found
    for r in prepared.rows(store, "mentions_in_articles", articles=sorted(articles)):
        found[r["article"]].append((r["start"], r["e"]))
    return found
