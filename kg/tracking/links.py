"""Links in the store: proposals, which can be made again at any time, and people's decisions on them.

:mod:`kg.tracking.candidates` chooses the pairs of claims, :mod:`kg.tracking.comparison` compares them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from pyoxigraph import Literal, NamedNode, Quad

from kg import prepared
from kg.rdf import links_graph, string
from kg.store import Store
from kg.store.base import CHUNK, LARGE
from kg.tracking import identities
from kg.tracking.candidates import candidates, keys
from kg.tracking.claims import ClaimRow, effective_claims
from kg.tracking.comparison import LINK_TYPES, Link, compare
from kg.tracking.current import refresh_links
from kg.tracking.loading import claims_of, load
from kg.tracking.log import JudgementError, Term, WrongJudgement, append
from kg.tracking.thresholds import DEFAULT, Thresholds
from kg.tracking.views import ClaimView
from kg.vocab import BASE, IIB, LINKS_GRAPH, RDF, XSD

T = TypeVar("T")

DECISIONS = ("confirmed", "rejected")
_BATCH = 500
TYPES = (*LINK_TYPES, "evidence")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link: a claim with its article. ``claim`` and ``article`` are IRIs, ``url`` is the article's address."""

    claim: str
    article: str
    url: str | None
    headline: str | None
    published: date | None
    source: str | None
    text: str

    def document(self) -> dict[str, Any]:
        """The object for this end in the output of ``iibun links --format json``."""
        return {"claim": self.claim, "article": self.url or self.article, "source": self.source, "text": self.text}


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link with both ends, to be shown; ``state`` is proposed, confirmed or rejected."""

    iri: str
    type: str
    score: float
    reason: str
    reason_ja: str
    state: str
    later: End
    earlier: End

    def document(self) -> dict[str, Any]:
        """The object that ``iibun links --format json`` prints."""
        return {
            "link": self.iri, "type": self.type, "score": self.score, "reason": self.reason, "reason_ja": self.reason_ja,
            "state": self.state, "from": self.later.document(), "to": self.earlier.document(),
        }  # fmt: skip


def link_iri(type_: str, later: str, earlier: str) -> str:
    """The IRI of a link, made of its type and ends, so that the same proposal always has the same IRI."""
    name = hashlib.sha256("\x1f".join((type_, later, earlier)).encode()).hexdigest()[:32]
    return f"{BASE}link:{name}"


def link_new(
    store: Store,
    article: str,
    limits: Thresholds = DEFAULT,
    *,
    flush: bool = True,
    check: Callable[[], None] = lambda: None,
) -> list[Link]:
    """Compare an article's claims with those in the store, write the proposals, and return them.

    Also decide which of its entities are those of other articles (:mod:`kg.tracking.identities`). Many articles are faster with
    :func:`link_claims` for each, and one :func:`kg.tracking.identities.refresh_articles`.

    The arguments and the result are those of :func:`link_claims`.
    """
    identities.refresh_articles(store, [article])
    return link_claims(store, article, limits, flush=flush, check=check)


def link_claims(
    store: Store,
    article: str,
    limits: Thresholds = DEFAULT,
    *,
    flush: bool = True,
    check: Callable[[], None] = lambda: None,
) -> list[Link]:
    """Compare an article's claims with those in the store, write the proposals, and return them.

    Args:
        store: an open store that holds the article.
        article: its IRI.
        limits: the thresholds.
        flush: whether the proposals are on disk when this returns; if not, the caller must flush the store.
        check: called often; raises to give up.

    Returns:
        The links with an end in the article, whichever end it is.
    """

    def going(views: Iterable[T]) -> Iterator[T]:
        for view in views:
            check()
            yield view

    own = list(going(load(store, claims_of(store, article))))
    others = list(going(load(store, _near(store, own, article, limits))))
    pairs = going(candidates([*others, *own], limits))
    found = propose((p for p in pairs if article in (p[0].article, p[1].article)), limits)
    graph, new = links_graph(article), list(links_quads(article, found, ((v.iri, keys(v)) for v in going(own))))
    if len(new) <= LARGE:
        store.replace(graph, new, flush=flush)
        return found
    store.delete(graph)  # several transactions, so that others get their turns; the links come last, after the keys
    for i in range(0, len(new), CHUNK):
        check()
        store.insert(new[i : i + CHUNK])
    return found


def link_all(store: Store, *, progress: Callable[[int, int], None] | None = None, limits: Thresholds = DEFAULT) -> int:
    """Propose the links of all articles again, in one pass over all claims; return the number of proposals.

    Args:
        store: an open store.
        progress: called with (articles written, articles in all).
        limits: the thresholds.
    """
    rows = prepared.rows(store, "all_claims")
    articles = sorted({r["article"] for r in rows})
    views = list(load(store, {r["claim"] for r in rows}))
    place = {v.iri: v.article for v in views}
    by_article: dict[str, list[Link]] = defaultdict(list)
    own: dict[str, list[ClaimView]] = defaultdict(list)
    for v in views:
        own[v.article].append(v)
    found = propose(candidates(views, limits), limits)
    for link in found:
        by_article[place[link.later]].append(link)
    graphs = prepared.rows(store, "graphs_of_links")
    stale = {r["g"] for r in graphs if r["g"].startswith(LINKS_GRAPH)} - {links_graph(a) for a in articles}
    for graph in stale:
        store.delete(graph)
    for i in range(0, len(articles), _BATCH):  # one transaction for many graphs: each costs a flush
        batch = articles[i : i + _BATCH]
        old = (q for a in batch for q in store.quads(links_graph(a)))
        new = (q for a in batch for q in links_quads(a, by_article[a], ((v.iri, keys(v)) for v in own[a])))
        store.edit(remove=old, add=new)
        if progress:
            progress(i + len(batch), len(articles))
    identities.refresh_all(store)
    return len(found)


def proposals(
    store: Store, *, type: str | None = None, state: str | None = None, claim: str | None = None, article: str | None = None,
    limit: int | None = 100, offset: int = 0,
) -> list[LinkRow]:  # fmt: skip
    """Links with both ends, best first.

    Args:
        store: an open store.
        type: restates, supports, contradicts, revises or evidence; all but evidence if None.
        state: proposed, confirmed or rejected; all but rejected if None.
        claim, article: only links with this claim, or a claim of this article, as one end (IRIs).
        limit: most links; None for all.
        offset: links to skip.

    Raises:
        JudgementError: if there is no such type or state.
    """
    if type is not None and type not in TYPES:
        raise WrongJudgement(f"There is no link type {type!r}; there are: {', '.join(TYPES)}.")
    if state is not None and state not in ("proposed", *DECISIONS):
        raise WrongJudgement(f"There is no link state {state!r}; there are: proposed, {', '.join(DECISIONS)}.")
    types = [type] if type else list(LINK_TYPES)
    own = claims_of(store, article) if article else None
    found = prepared.rows(store, "links", types=types, claim=claim or None, own=own)
    # decisions are few, so read them all at once; looking them up for each link would be slow
    states = {r["x"]: r["s"] for r in prepared.rows(store, "review_states")}
    best: dict[str, dict[str, Any]] = {}
    for r in found:
        r["state"] = states.get(r["link"], "proposed")
        wanted = r["state"] == state if state else r["state"] != "rejected"
        if not wanted or "rejected" in (states.get(r["from"]), states.get(r["to"])):
            continue
        known = best.get(r["link"])
        if known is None or (r["score"] is not None and (known["score"] is None or r["score"] > known["score"])):
            best[r["link"]] = r
    ordered = sorted(best.values(), key=lambda r: (r["score"] is None, -(r["score"] or 0), r["link"]))
    rows = islice(_standing(store, ordered), offset, None if limit is None else offset + limit)
    return list(_with_ends(store, list(rows)))


def _standing(store: Store, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the links whose claims are both in the store."""
    for i in range(0, len(rows), _BATCH):
        some = rows[i : i + _BATCH]
        ends = {r[end] for r in some for end in ("from", "to")}
        there = {r["c"] for r in prepared.rows(store, "claims_there", claims=ends)}
        yield from (r for r in some if r["from"] in there and r["to"] in there)


def decide(store: Store, link: str, decision: str, *, author: str, reason: str = "") -> str:
    """Confirm or reject a proposed link (IRI); return the judgement's IRI.

    Args:
        store: an open store.
        link: the link's IRI.
        decision: confirmed or rejected.
        author: who decides.
        reason: why, in words.

    Raises:
        JudgementError: if there is no such link or decision.
    """
    if decision not in DECISIONS:
        raise WrongJudgement(f"There is no decision {decision!r}; there are: {', '.join(DECISIONS)}.")
    rows = prepared.rows(store, "ends_of_link", link=link)
    if not rows:
        raise JudgementError(f"There is no link {link} in the store.")
    return _decide(store, link, rows[0]["type"], rows[0]["from"], rows[0]["to"], decision, author, reason)


def assert_link(store: Store, later: str, earlier: str, type: str, *, author: str, reason: str = "") -> str:
    """Add a link that was not proposed; return the judgement's IRI.

    Args:
        store: an open store.
        later, earlier: IRIs of the two claims.
        type: restates, supports, contradicts, revises or evidence.
        author: who adds it.
        reason: why, in words.

    Raises:
        JudgementError: if there is no such claim or type.
    """
    if type not in TYPES:
        raise WrongJudgement(f"There is no link type {type!r}; there are: {', '.join(TYPES)}.")
    known = {c.iri for c in effective_claims(store, claims=[later, earlier], rejected=True)}
    if missing := [c for c in (later, earlier) if c not in known]:
        raise JudgementError(f"There is no claim {missing[0]} in the store.")
    return _decide(store, link_iri(type, later, earlier), type, later, earlier, "confirmed", author, reason)


def _decide(
    store: Store, link: str, type_: str, later: str, earlier: str, decision: str, author: str, reason: str
) -> str:
    details: list[tuple[str, Term]] = [
        ("judges", NamedNode(link)), ("decision", string(decision)), ("linkType", string(type_)),
        ("from", NamedNode(later)), ("to", NamedNode(earlier)),
    ]  # fmt: skip
    iri = append(store, "LinkDecision", author=author, reason=reason, details=details)
    refresh_links(store, [link])
    return iri


def propose(pairs: Iterable[tuple[ClaimView, ClaimView]], limits: Thresholds = DEFAULT) -> list[Link]:
    """The links between these pairs of claims, best first; for each claim at most ``limits.partners`` to earlier ones."""
    of: dict[str, list[Link]] = defaultdict(list)
    for a, b in pairs:
        if link := compare(a, b):
            of[link.later].append(link)
    found = []
    for links in of.values():
        links.sort(key=lambda x: (-x.score, x.earlier, x.type))
        found += links[: limits.partners]
    return sorted(found, key=lambda x: (-x.score, x.later, x.earlier))


def _near(store: Store, own: list[ClaimView], article: str, limits: Thresholds) -> set[str]:
    """The claims of other articles that share the rarest keys with each of these claims, about ``limits.near`` for each.

    First one query counts how often each key occurs, then the claims of the rare keys are fetched.
    """
    of = {v.iri: keys(v) for v in own}
    every = sorted({k for found in of.values() for k in found})
    if not every:
        return set()
    graph = links_graph(article)
    counted = prepared.rows(store, "counts_of_keys", keys=every, own=graph)
    often = {r["k"]: int(r["n"]) for r in counted}
    whole: set[str] = set()
    part: set[str] = set()
    for found in of.values():
        met = 0
        for key in sorted((k for k in found if k in often), key=lambda k: (often[k], k)):
            (whole if often[key] <= limits.block else part).add(key)
            met += often[key]
            if met >= limits.near:
                break
    claims: set[str] = set()
    if whole:
        rows = prepared.rows(store, "claims_with_keys", keys=sorted(whole), own=graph)
        claims.update(r["claim"] for r in rows)
    for key in sorted(part):  # of a frequent key, the latest claims
        rows = prepared.rows(store, "latest_claims_with_key", key=key, own=graph, limit=limits.block)
        claims.update(r["claim"] for r in rows)
    return claims


def links_quads(article: str, links: Iterable[Link], keys: Iterable[tuple[str, Iterable[str]]]) -> Iterator[Quad]:
    """Yield the quads of an article's links graph: the links proposed for it, and the blocking keys of its claims.

    Args:
        article: its IRI.
        links: as :func:`propose` returns them.
        keys: each claim's IRI with its :func:`kg.tracking.candidates.keys`.
    """
    g = NamedNode(links_graph(article))
    for claim, found in keys:
        for key in found:
            yield Quad(NamedNode(claim), IIB.linkKey, string(key), g)
    for x in links:
        node = NamedNode(link_iri(x.type, x.later, x.earlier))
        yield Quad(node, RDF.type, IIB.Link, g)
        yield Quad(node, IIB.linkType, string(x.type), g)
        yield Quad(node, IIB["from"], NamedNode(x.later), g)
        yield Quad(node, IIB["to"], NamedNode(x.earlier), g)
        yield Quad(node, IIB.score, Literal(format(Decimal(str(x.score)).normalize(), "f"), datatype=XSD.decimal), g)
        yield Quad(node, IIB.reason, Literal(x.reason, language="en"), g)
        yield Quad(node, IIB.reason, Literal(x.reason_ja, language="ja"), g)


def _with_ends(store: Store, rows: list[dict[str, Any]]) -> Iterator[LinkRow]:
    claims = {
        c.iri: c for c in effective_claims(store, claims=[r[e] for r in rows for e in ("from", "to")], rejected=True)
    }
    reasons: dict[str, dict[str, str]] = defaultdict(dict)
    if rows:
        for r in prepared.rows(store, "reasons_of_links", links=[r["link"] for r in rows]):
            reasons[r["link"]][r["language"]] = r["r"]
    for r in rows:
        if r["from"] in claims and r["to"] in claims:
            why = reasons[r["link"]]
            yield LinkRow(
                r["link"], r["type"], float(r["score"]) if r["score"] is not None else 1.0, why.get("en", "stated by a person"),
                why.get("ja", "人が加えたリンク"), r["state"], _end(claims[r["from"]]), _end(claims[r["to"]]),
            )  # fmt: skip


def _end(c: ClaimRow) -> End:
    return End(c.iri, c.article, c.url, c.headline, c.published, c.source, c.text)
