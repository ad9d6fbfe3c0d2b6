"""The evidence of verdicts: sentences of articles and web addresses, or the reason why there is none.

:func:`stated` checks the evidence of a new verdict, :func:`faults` that of the verdicts in a log, and :func:`shown` returns the
evidence of a verdict for pages and exports.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad

from kg import prepared
from kg.model import Extent
from kg.rdf import extent_iri, string
from kg.store import Store
from kg.tracking.claims import effective_claims
from kg.tracking.log import LOG, Judgement, JudgementError, Term, WrongJudgement
from kg.vocab import BASE, IIB, OA, VERDICTS
from kg.web import is_web_address

NONE = "it has no evidence and does not say why"
_EXTENT = re.compile(r"(.*[:/])extent([:/][0-9A-Za-z]+)-([0-9]{1,9})-([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence.

    ``address`` is a web address, or the IRI of an extent (in older logs also of an article). ``text`` is the sentence as it was
    when the verdict was given, and ``article`` the IRI of its article; both are None for a web address.
    """

    address: str
    text: str | None = None
    article: str | None = None


def stated(
    store: Store, evidence: Sequence[str], extents: Sequence[str] = (), without: str = ""
) -> tuple[list[tuple[str, Term]], list[Quad]]:
    """Check the evidence of a new verdict; return its details for the log, and quads that quote the sentences.

    Args:
        store: an open store.
        evidence: http(s) addresses, and IRIs of claims or extents, which mean sentences of articles in the store.
        extents: more IRIs of extents.
        without: why there is no evidence.

    Raises:
        JudgementError: if there is neither evidence nor a reason, there are both, or something given cannot be evidence.
    """
    given = [x.strip() for x in (*evidence, *extents)]
    if not given and not without.strip():
        raise WrongJudgement(
            "A verdict needs evidence: an http(s) address or a sentence of an article; or say why there is none."
        )
    if given and without.strip():
        raise WrongJudgement("Give evidence, or say why there is none; not both.")
    if without.strip():
        return [("withoutEvidence", string(without.strip()))], []
    details: list[tuple[str, Term]] = []
    quads: list[Quad] = []
    for address in dict.fromkeys(given):
        if is_web_address(address) and address not in extents:
            details.append(("evidence", _node(address)))
            continue
        article, extent = _sentence(store, address)
        rows = prepared.rows(store, "text_of_article", article=article)
        text = extent.of(rows[0]["text"]) if rows else ""
        if not text or extent.end > len(rows[0]["text"]):
            raise JudgementError(f"There is no extent {address} in the store.")
        details.append(("evidenceExtent", NamedNode(extent_iri(article, extent))))
        quote = _quote(article, extent, text)
        details.append(("evidenceQuote", quote[0].subject))  # type: ignore[arg-type]
        quads += quote
    return details, quads


def shown(store: Store, judgement: Judgement) -> list[Evidence]:
    """The evidence of a verdict as it was given, even if the articles have changed since."""
    found = [Evidence(str(x)) for x in judgement.details.get("evidence", ())]
    extents = [str(x) for x in judgement.details.get("evidenceExtent", ())]
    kept = [str(x) for x in judgement.details.get("evidenceQuote", ())]
    rows = prepared.rows(store, "texts_of_extents", extents=extents) if extents else []
    if kept:  # the sentence quoted in the log comes second and overrides the article's present text
        rows += prepared.rows(store, "texts_of_quotes", quotes=kept)
    texts = {r["x"]: (r["text"], r["article"]) for r in rows}
    return found + [Evidence(x, *texts.get(x, (None, None))) for x in extents]


def faults(quads: Iterable[Quad]) -> list[tuple[str, str]]:
    """What is wrong with the verdicts of a log: pairs of a verdict's IRI and a description, sorted.

    Args:
        quads: those of a log, such as one that is about to be loaded; quads of other graphs are ignored.
    """
    codes: dict[str, str] = {}
    backed: set[str] = set()
    found: list[tuple[str, str]] = []
    for q in quads:
        if not isinstance(q.subject, NamedNode) or q.graph_name != LOG:
            continue
        name = q.subject.value
        if q.predicate == IIB.verdict:
            codes[name] = value = getattr(q.object, "value", "")
            if value not in VERDICTS:
                found.append((name, f"there is no verdict {value!r}"))
        elif q.predicate in (IIB.evidenceExtent, IIB.withoutEvidence):
            backed.add(name)
        elif q.predicate == IIB.evidence:
            backed.add(name)
            address = getattr(q.object, "value", "")
            if not (is_web_address(address) or address.startswith(BASE)):
                found.append((name, f"its evidence {address!r} is no http(s) address and no sentence of an article"))
    found += [(name, NONE) for name in codes if name not in backed]
    return sorted(found)


def refusal(quads: Iterable[Quad]) -> str | None:
    """Why a log must not be loaded: a verdict in it is not valid, or has evidence that must not become a link; None if it may.

    A verdict without evidence, which older versions accepted, is no reason to refuse; ``iibun check`` lists it.
    """
    return next((f"{verdict}: {what}" for verdict, what in faults(quads) if what != NONE), None)


def place(address: str) -> tuple[str, Extent] | None:
    """The article's IRI and the offsets that the IRI of an extent means; None if it is no such IRI.

    >>> place("urn:iibun:extent:6f1c-12-34")
    ('urn:iibun:article:6f1c', Extent(start=12, end=34))
    """
    match = _EXTENT.fullmatch(address)
    return (_node(f"{match[1]}article{match[2]}").value, Extent(int(match[3]), int(match[4]))) if match else None


def _sentence(store: Store, address: str) -> tuple[str, Extent]:
    """The article's IRI and the extent that the IRI of a claim or of an extent means."""
    if address.startswith(f"{BASE}claim:"):
        for row in effective_claims(store, claims=[_node(address).value], rejected=True):
            return row.article, Extent(row.start, row.end)
        raise JudgementError(f"There is no claim {address} in the store.")
    if found := place(address):
        return found
    raise WrongJudgement(
        f"Evidence is an http(s) address or a sentence of an article (the IRI of a claim or an extent), not {address!r}."
    )


def _quote(article: str, extent: Extent, text: str) -> list[Quad]:
    """Quads that keep a sentence in the log, since the article may change later."""
    place = extent_iri(article, extent)
    name = hashlib.sha256(f"{place}\x1f{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    node = NamedNode(f"{BASE}quote:{name}")
    return [
        Quad(node, OA.hasSource, NamedNode(article), LOG),
        Quad(node, IIB.extent, NamedNode(place), LOG),
        Quad(node, OA.exact, string(text), LOG),
    ]


def _node(address: str) -> NamedNode:
    try:
        return NamedNode(address)
    except ValueError:
        raise WrongJudgement(f"{address!r} is no address.") from None
