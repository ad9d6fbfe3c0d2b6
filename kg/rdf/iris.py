"""The IRIs of what a report holds, made of its content, so that two machines that read the same article mint the same ones.

The rules are in ``docs/data-model.md``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from kg.model import Article, Claim, Entity, Extent, Report
from kg.names import is_short, normal_name
from kg.vocab import BASE, LINKS_GRAPH

_WIKIDATA = re.compile(r"^https?://www\.wikidata\.org/(?:entity|wiki)/(Q[1-9]\d*)$|^(?:wd:)?(Q[1-9]\d*)$")
_OURS = re.compile(re.escape(BASE) + "[a-z]+:([0-9A-Za-z]{2,64}(?:-[0-9A-Za-z]{1,64})*)")


def article_iri(article: Article, *, base: str = BASE) -> str:
    """The IRI of an article, which is also the name of its graph."""
    return mint(base, "article", article.key)


def links_graph(article: str) -> str:
    """The IRI of the graph with the links of an article's claims.

    Args:
        article: the article's IRI.
    """
    return LINKS_GRAPH + re.split(r"[:/#]", article)[-1]


def entity_iri(entity: Entity, article: Article | None = None, *, base: str = BASE) -> str:
    """The IRI of an entity: its Wikidata id if known, else a hash of its type and normal name.

    A person known only by a short name (田中, スミス) is not the same person in every article. With ``article``, the IRI of
    such a person also depends on the article.

    Args:
        entity: the entity.
        article: the article that names it.
        base: the beginning of the IRI.

    >>> entity_iri(Entity("e1", "Organization", "Microsoft", same_as=("http://www.wikidata.org/entity/Q2283",)))
    'urn:iibun:entity:Q2283'
    """
    if ids := sorted(q for same in entity.same_as if (q := wikidata_id(same))):
        return mint(base, "entity", ids[0])
    if article and entity.type == "Person" and is_short(entity.label):
        return mint(base, "entity", hashed(entity.type, normal_name(entity.label), article.key))
    return mint(base, "entity", hashed(entity.type, normal_name(entity.label)))


def entity_iris(report: Report, *, base: str = BASE) -> dict[str, str]:
    """Entity id → IRI, for all entities of a report; two entities of one article never share an IRI."""
    article = article_iri(report.article, base=base)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for e in report.entities:
        iri = entity_iri(e, report.article, base=base)
        if iri in taken:
            iri = mint(base, "entity", hashed(article, e.type, e.label, str(len(found))))
        taken.add(iri)
        found[e.id] = iri
    return found


def claim_iris(report: Report, *, base: str = BASE) -> dict[str, str]:
    """Claim id → IRI, for all claims of a report.

    An IRI is made of the article and the text of the claim's content. If this text occurs twice in the article, the characters
    around it count, too. So an edit elsewhere in the article keeps the IRI, and an edit of the content changes it.
    """
    article, found = report.article, {}
    taken: set[str] = set()
    names = {e.id: e.label for e in report.entities}
    for claim in sorted(report.claims, key=lambda c: (c.content, _source(c, names), c.id)):
        parts = [article.key, *_where(article.text, claim.content)]
        iri = mint(base, "claim", hashed(*parts))
        if iri in taken:  # two claims have the same content: add the source, then a number
            parts.append(_source(claim, names))
            iri, n = mint(base, "claim", hashed(*parts)), 1
            while iri in taken:
                n += 1
                iri = mint(base, "claim", hashed(*parts, str(n)))
        taken.add(iri)
        found[claim.id] = iri
    return found


def extent_iri(article: str, extent: Extent) -> str:
    """The IRI of an extent of an article.

    Args:
        article: the article's IRI.
        extent: offsets into its text.
    """
    return f"{_sibling(article, 'extent')}-{extent.start}-{extent.end}"


def wikidata_id(same_as: str) -> str | None:
    """``Q2283`` of ``http://www.wikidata.org/entity/Q2283``, ``wd:Q2283`` or ``Q2283``; else None."""
    m = _WIKIDATA.match(same_as)
    return (m.group(1) or m.group(2)) if m else None


def local_name(iri: str) -> str:
    """A name for the page or file of an IRI: the last part of one of ours, else a hash, since a loaded IRI may be anything.

    >>> local_name("urn:iibun:entity:Q2283"), len(local_name("urn:iibun:entity:../../x"))
    ('Q2283', 32)
    """
    ours = _OURS.fullmatch(iri)
    return ours[1] if ours else hashed(iri)


def hashed(*parts: str) -> str:
    """A name made of some texts: 32 hex digits."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def mint(base: str, kind: str, name: str) -> str:
    """An IRI of ours.

    Args:
        base: its beginning; ends in ``:``, ``/`` or ``#``.
        kind: what it names, such as ``claim``.
        name: its end.

    >>> mint("urn:iibun:", "claim", "5d41"), mint("https://x.example/", "claim", "5d41")
    ('urn:iibun:claim:5d41', 'https://x.example/claim/5d41')
    """
    return f"{base}{kind}{'/' if base[-1:] in '/#' else ':'}{name}"


def _where(text: str, extent: Extent) -> Iterable[str]:
    content = extent.of(text)
    yield content
    if text.count(content) > 1:
        yield text[max(0, extent.start - 16) : extent.start]
        yield text[extent.end : extent.end + 16]


def _source(claim: Claim, names: dict[str, str]) -> str:
    return " ".join(sorted(names.get(s, s) for s in claim.sources)) or claim.source_text or ""


def _sibling(article: str, kind: str) -> str:
    head, found, key = article.rpartition("article")
    return f"{head}{kind}{key}" if found else f"{article}-{kind}"
