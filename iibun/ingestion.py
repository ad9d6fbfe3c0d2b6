"""Writes reports into a store, each article whole or not at all; recognises versions, duplicates and near-duplicates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pyoxigraph import Literal as RdfLiteral
from pyoxigraph import NamedNode, Quad

from ingest.language import note
from kg.articles import put
from kg.errors import IibunError
from kg.model import Article, Report
from kg.rdf import article_iri, headline, quads, string
from kg.tracking import metadata
from kg.vocab import IIB, PROV, RDF, SCHEMA, XSD

if TYPE_CHECKING:
    from kg.store import Store

#: Most reports that are flushed together, and seconds after which waiting reports are flushed with the next one.
GROUP, PATIENCE = 32, 2.0

Fate = Literal["new", "updated", "unchanged", "copy", "near-copy"]

_STATE = """
SELECT ?hash ?extractor ?published ?title ?publisher ?url ?original ?outdated WHERE {
  GRAPH $article {
    $article iib:textHash ?hash .
    OPTIONAL { $article schema:datePublished ?published }
    OPTIONAL { $article schema:headline ?title }
    OPTIONAL { $article dc:publisher ?publisher }
    OPTIONAL { $article schema:url ?url }
    OPTIONAL { $article schema:isBasedOn ?original }
    OPTIONAL { $article iib:outdated ?outdated }
    OPTIONAL { $article prov:wasGeneratedBy ?activity . ?activity prov:wasAssociatedWith ?agent . ?agent schema:name ?extractor }
  }
} LIMIT 1
"""
_SAME_TEXT = """
SELECT ?article WHERE {
  GRAPH ?article {
    ?article iib:textHash $hash ; a schema:NewsArticle
    FILTER NOT EXISTS { ?article schema:isBasedOn ?original }
  }
  FILTER(?article != $own)
} ORDER BY ?article LIMIT 1
"""
_SIGNATURES = """
SELECT ?article ?signature WHERE {
  GRAPH ?article {
    ?article iib:minhash ?signature
    FILTER NOT EXISTS { ?article schema:isBasedOn ?original }
  }
}
"""
_BODY = """
SELECT ?text ?title ?hash ?published ?url ?publisher ?source ?format ?original ?illustration WHERE {
  GRAPH $article {
    $article schema:articleBody ?text ; iib:textHash ?hash .
    OPTIONAL { $article schema:headline ?title }
    OPTIONAL { $article schema:datePublished ?published }
    OPTIONAL { $article schema:url ?url }
    OPTIONAL { $article dc:publisher ?publisher }
    OPTIONAL { $article dc:source ?source }
    OPTIONAL { $article dc:format ?format }
    OPTIONAL { $article iib:originalHash ?original }
    OPTIONAL { $article iib:illustration ?illustration }
  }
} LIMIT 1
"""
_VERSIONS = """
SELECT ?version ?hash ?text ?title ?replaced WHERE {
  GRAPH $article {
    $article prov:wasRevisionOf ?version . ?version iib:textHash ?hash ; schema:text ?text ;
      schema:headline ?title ; prov:invalidatedAtTime ?replaced
  }
} ORDER BY ?replaced
"""
_ARTICLES = """
SELECT ?article WHERE {
  GRAPH ?article { ?article a schema:NewsArticle ; iib:textHash ?hash }
  FILTER(STR(?article) > $after)
} ORDER BY STR(?article) LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What happened to one article: ``fate``, and what was not taken from it.

    ``of`` is the article of which it is a duplicate. ``dropped`` are messages about what failed a check and is not in its
    graph. ``unread`` is a message about passages that are not in Japanese.
    """

    article: str
    fate: Fate
    of: str | None = None
    dropped: tuple[str, ...] = ()
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A former text of an article, kept when the article was corrected."""

    iri: str
    text_hash: str
    text: str
    title: str
    replaced: datetime


class NotWritten(IibunError):
    """The store did not accept an article."""


class Writer:
    """Writes reports to a store, each article's graph in one transaction, flushed alone or with others.

    - A **duplicate** has the text of another article. It has ``schema:isBasedOn`` and no claims of its own.
    - A **near-duplicate** shares most of its shingles with another article (:data:`ingest.duplicates.NEAR`). Only claims
      in sentences that the other article does not have are kept.
    - A **version** is a former text of an article that was replaced by a new text under the same address
      (``prov:wasRevisionOf``). It is kept in the article's graph, so that deleting the graph deletes the versions too.

    Args:
        store: where to write; must stay open until the writer is done.
        near: look for near-duplicates (this first reads the signatures of all articles in the store).
        group: how many articles :meth:`queue` flushes together.
        check: called while an article is written; raises to give it up. With it, a large article is written in many
            transactions, and appears with the last one.

    Example:
        ``for report in reports: done += writer.queue(report)``, then ``done += writer.flush()``.
    """

    def __init__(
        self, store: Store, *, near: bool = True, group: int = GROUP, check: Callable[[], None] | None = None
    ) -> None:
        self._store = store
        self._near = near
        self._group = group
        self._check = check
        self._index: Any = None
        self._waiting: list[Written] = []
        self._since = 0.0  # when the first waiting article was written

    def state(self, article: Article) -> dict[str, Any] | None:
        """What the store knows of an article; None if it does not have it.

        Returns:
            ``hash``, ``extractor``, ``published``, ``title``, ``publisher``, ``url``, ``original`` and ``outdated``.
        """
        return self._held(article_iri(article))

    def _held(self, iri: str) -> dict[str, Any] | None:
        return next(iter(self._ask(_STATE, article=NamedNode(iri))), None)

    def known(self, article: Article) -> Article:
        """An article completed with the metadata that the store has, so that due dates are counted from the right date.

        Metadata that is not given stays as it was: pasting a text again without a date does not remove the date. A text
        without an address gets the address of the article with the same text, unless outlet or date differ. People's
        corrections take precedence over what is given.
        """
        if article.url is None and self.state(article) is None:
            article = self._of_known_address(article)
        iri = article_iri(article)
        held = self.state(article)
        if held is None:
            return article
        state = metadata.as_corrected(self._read(article, held), metadata.corrections(self._store, [iri]).get(iri, {}))
        if state["title"] == headline(replace(article, title=None)):
            state["title"] = article.title  # the store's title is only the text's first line, so there is none
        return replace(article, **{name: state[name] for name in metadata.FIELDS})

    def _of_known_address(self, article: Article) -> Article:
        """An article with the address of the one that has the same text, if outlet and date don't contradict that."""
        original = self.copy_of(article)
        held = self._held(original) if original else None
        if held is None or not held["url"]:
            return article
        same = all(
            given is None or held[name] in (None, given)
            for name, given in (("publisher", article.publisher), ("published", article.published))
        )
        return replace(article, url=held["url"]) if same else article

    def _read(self, article: Article, held: dict[str, Any]) -> dict[str, Any]:
        """An article's metadata before corrections, as :func:`kg.tracking.metadata.states` gives it.

        Given values replace those in the store; missing ones are taken from the store.
        """
        state = metadata.states(self._store, [article_iri(article)])[article_iri(article)]
        same = held["hash"] == article.text_hash  # a title that is the first line changes with the text
        for name in metadata.FIELDS:
            given = getattr(article, name)
            before = state["read"].get(name, state[name])
            if given is None:
                given = before if name != "title" or same else headline(article)
            elif given == state[name]:
                given = before  # equal to the store's value, which may be a correction; keep what was read
            state[name] = given
        return {**state, "read": {}, "outdated": False}

    def is_done(self, article: Article, extractor: str) -> bool:
        """Whether the store has this text as read by this extractor, with the same date, title and outlet.

        A duplicate is done only while its original is in the store.

        Args:
            article: as returned by :meth:`known`.
            extractor: name and version, as :func:`ingest.harvest.extractor` gives them.
        """
        held = self.state(article)
        return bool(
            held
            and held["hash"] == article.text_hash
            and held["extractor"] == extractor
            and held["published"] == article.published
            and not held["outdated"]
            and (article.title is None or held["title"] == string(article.title).value)
            and (article.publisher is None or held["publisher"] == string(article.publisher).value)
            and (held["original"] is None or self._ask(_STATE, article=NamedNode(held["original"])))
        )

    def copy_of(self, article: Article) -> str | None:
        """The IRI of another article in the store with the same text; None if there is none."""
        held = self._ask(_SAME_TEXT, hash=article.text_hash, own=NamedNode(article_iri(article)))
        return held[0]["article"] if held else None

    def write_copy(self, article: Article, original: str, extractor: str) -> Written:
        """Write an article whose text equals that of ``original``: its metadata and a link, no claims."""
        written = self._copy(article, original, extractor)
        self._store.flush()
        return written

    def write(self, report: Report) -> Written:
        """Write one report and flush; writing the same report again changes nothing."""
        written = self._put(report)
        self._store.flush()
        return written

    def queue(self, report: Report) -> list[Written]:
        """Write one report and flush it later with others. It can be queried at once, but is not on disk yet.

        Each flush writes a small file for each index of the store, and merging these files takes more time than writing
        the articles. So a flush for each article would be slow.

        Returns:
            The articles that this call brought to disk, in the order of writing; often none.

        Raises:
            NotWritten: if the store does not accept the article; articles before it still wait.
        """
        return self._queued(report.article, lambda: self._put(report))

    def queue_copy(self, article: Article, original: str, extractor: str) -> list[Written]:
        """Write as :meth:`write_copy` and flush as :meth:`queue`."""
        return self._queued(article, lambda: self._copy(article, original, extractor))

    def flush(self) -> list[Written]:
        """Flush the articles that wait, and return them.

        Raises:
            NotWritten: if the store cannot be flushed.
        """
        if not self._waiting:
            return []
        try:
            self._store.flush()
        except IibunError as error:
            count, first = len(self._waiting), self._waiting[0].article
            raise NotWritten(f"The last {count} articles, {first} the first, are not safely on disk. {error}") from None
        done, self._waiting = self._waiting, []
        return done

    def _queued(self, article: Article, write: Callable[[], Written]) -> list[Written]:
        try:
            written = write()
        except IibunError as error:
            name = article.source or article.url or article.title or article.key
            raise NotWritten(f"{name} could not be written. {error}") from None
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(written)
        if len(self._waiting) >= self._group or time.monotonic() - self._since >= PATIENCE:
            return self.flush()
        return []

    def _copy(self, article: Article, original: str, extractor: str) -> Written:
        return self._write(Report(article=article, extractor=extractor), original, "copy")

    def _put(self, report: Report) -> Written:
        article = report.article
        held = self.state(article)
        if not (held and held["original"] is None):  # an article with claims of its own does not become a duplicate
            original = self.copy_of(article)
            if original:
                return self._copy(article, original, report.extractor)
        signed, near = None, None
        if self._near:
            from ingest.duplicates import new_evidence, signature

            signed = signature(article.text)
            near = None if held and held["original"] is None else self._near_to(article, signed)
            if near:
                report = new_evidence(report, near[1])
        fate: Fate = "near-copy" if near else "updated" if held else "new"
        written = self._write(report, near[0] if near else None, fate, signed)
        if self._index is not None and signed and not near:
            self._index.add(written.article, signed)
        return written

    def versions(self, article: str) -> list[Version]:
        """The former texts of an article, oldest first."""
        rows = self._ask(_VERSIONS, article=NamedNode(article))
        return [Version(r["version"], r["hash"], r["text"], r["title"], r["replaced"]) for r in rows]

    def article(self, iri: str) -> Article | None:
        """An article of the store, with what is needed to extract it again; None if there is none."""
        row = next(iter(self._ask(_BODY, article=NamedNode(iri))), None)
        if row is None:
            return None
        return Article(
            text=row["text"], title=row["title"], url=row["url"], published=row["published"],
            publisher=row["publisher"], source=row["source"], original=row["original"], media_type=row["format"],
            illustration=bool(row["illustration"]),
        )  # fmt: skip

    def articles(self) -> Iterator[str]:
        """The IRIs of all articles in the store, in order, a page at a time."""
        after = ""
        while rows := self._ask(_ARTICLES, after=after):
            yield from (row["article"] for row in rows)
            after = rows[-1]["article"]

    def _ask(self, sparql: str, **bindings: Any) -> list[dict[str, Any]]:
        return self._store.select(sparql, **bindings)

    def _near_to(self, article: Article, signed: str) -> tuple[str, str] | None:
        """IRI and text of the most similar article that is a near-duplicate; None if there is none."""
        from ingest.duplicates import NEAR, Index, likeness

        if self._index is None:
            self._index = Index()
            for signed_row in self._ask(_SIGNATURES):
                self._index.add(signed_row["article"], signed_row["signature"])
        best: tuple[float, str, str] | None = None
        for iri in self._index.near(signed)[:20]:
            row: dict[str, Any] | None = next(iter(self._ask(_BODY, article=NamedNode(iri))), None)
            if iri == article_iri(article) or row is None:
                continue
            alike = likeness(article.text, row["text"])
            if alike >= NEAR and (best is None or alike > best[0]):
                best = (alike, iri, row["text"])
        return best and best[1:]

    def standing(self, report: Report) -> tuple[Report, list[Quad]]:
        """A report with its article's corrected metadata, and quads for the values before correction.

        The quads also say whether the article is outdated: extracted with another date than it has now.
        """
        iri, article = article_iri(report.article), report.article
        held = self.state(article)
        if held is None:
            read = {"published": article.published, "title": headline(article), "publisher": article.publisher}
            now: dict[str, Any] = {**read, "read": {}, "outdated": False}
        else:
            now = self._read(article, held)
        then = metadata.as_corrected(now, metadata.corrections(self._store, [iri]).get(iri, {}))
        then["outdated"] = then["published"] != article.published and bool(report.claims or report.dates)
        standing = replace(article, **{name: then[name] for name in metadata.FIELDS})
        return replace(report, article=standing), metadata.beside(iri, then)

    def _write(self, report: Report, original: str | None, fate: Fate, signed: str | None = None) -> Written:
        iri = article_iri(report.article)
        report, beside = self.standing(report)
        extra = [
            *_extra(report, original, signed),
            *self._history(iri, report.article.text_hash),
            *beside,
        ]
        made: list[Quad] = []
        for quad in quads(report):
            if self._check is not None and len(made) % 5000 == 0:
                self._check()
            made.append(quad)
        if self._check is None:
            self._store.replace(iri, [*made, *extra], flush=False)
        else:
            put(self._store, iri, [*made, *extra], self._check)
        return Written(iri, fate, original, dropped(report.article, made), note(report.article.text))

    def _history(self, iri: str, new_hash: str) -> Iterator[Quad]:
        """Quads of the article's versions, including the text that is being replaced."""
        row = next(iter(self._ask(_BODY, article=NamedNode(iri))), None)
        if row is None:
            return
        former = self.versions(iri)
        if row["hash"] != new_hash:
            name = f"{iri}:version:{row['hash'][:16]}"
            former.append(Version(name, row["hash"], row["text"], row["title"] or "", datetime.now(UTC)))
        for version in {v.iri: v for v in former}.values():
            yield from _version_quads(iri, version)


def dropped(article: Article, made: Iterable[Quad]) -> tuple[str, ...]:
    """Messages about what was found in an article but left out of its quads, except passages that are not in Japanese."""
    unread = note(article.text)
    told = (q.object.value for q in made if q.predicate == IIB.dropped and isinstance(q.object, RdfLiteral))
    return tuple(line for line in told if line != unread)


def _extra(report: Report, original: str | None, signed: str | None) -> Iterator[Quad]:
    node = NamedNode(article_iri(report.article))
    if original:
        yield Quad(node, SCHEMA.isBasedOn, NamedNode(original), node)
    if signed:
        yield Quad(node, IIB.minhash, string(signed), node)


def _version_quads(iri: str, version: Version) -> Iterator[Quad]:
    graph, node = NamedNode(iri), NamedNode(version.iri)
    moment = f"{version.replaced.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"
    yield Quad(graph, PROV.wasRevisionOf, node, graph)
    yield Quad(node, RDF.type, PROV.Entity, graph)
    yield Quad(node, IIB.textHash, string(version.text_hash), graph)
    yield Quad(node, SCHEMA.text, string(version.text), graph)
    yield Quad(node, SCHEMA.headline, string(version.title), graph)
    yield Quad(node, PROV.invalidatedAtTime, RdfLiteral(moment, datatype=XSD.dateTime), graph)


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """A claim that a new extraction of an article no longer finds, newly finds, or finds elsewhere in the text.

    ``before`` and ``after`` are the offsets of its content.
    """

    change: Literal["appears", "disappears", "moves"]
    claim: str
    text: str
    before: tuple[int, int] | None
    after: tuple[int, int] | None


_CLAIMS = """
SELECT ?claim ?text ?start ?end WHERE {
  GRAPH $article {
    ?claim a schema:Claim ; schema:text ?text ; iib:content ?extent .
    ?extent oa:hasSelector ?position . ?position oa:start ?start ; oa:end ?end
  }
}
"""


def changes(store: Store, report: Report) -> list[ClaimChange]:
    """The claims in which a new report differs from what the store has for its article, in order of the text."""
    from kg.rdf import claim_iris

    iri = article_iri(report.article)
    rows = store.select(_CLAIMS, article=NamedNode(iri))
    before = {r["claim"]: (r["text"], (r["start"], r["end"])) for r in rows}
    names = claim_iris(report)
    after = {names[c.id]: (c.content.of(report.article.text), (c.content.start, c.content.end)) for c in report.claims}
    found: list[ClaimChange] = []
    for claim, (text, place) in before.items():
        if claim not in after:
            found.append(ClaimChange("disappears", claim, text, place, None))
        elif after[claim][1] != place:
            found.append(ClaimChange("moves", claim, text, place, after[claim][1]))
    found += [
        ClaimChange("appears", claim, text, None, place)
        for claim, (text, place) in after.items()
        if claim not in before
    ]
    return sorted(found, key=lambda c: (c.before or c.after or (0, 0), c.change))
