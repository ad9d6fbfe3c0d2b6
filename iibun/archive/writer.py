"""Writes reports into a store, each article whole or not at all; recognises versions, duplicates and near-duplicates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pyoxigraph import Literal as RdfLiteral
from pyoxigraph import NamedNode, Quad

from iibun.archive.held import Held, Version
from iibun.archive.near import NearCopies
from ingest.language import note
from kg.articles import put
from kg.errors import IibunError
from kg.model import Article, Report
from kg.rdf import article_iri, quads, string
from kg.vocab import IIB, PROV, RDF, SCHEMA, XSD

if TYPE_CHECKING:
    from kg.store import Store

#: Most reports that are flushed together, and seconds after which waiting reports are flushed with the next one.
GROUP, PATIENCE = 32, 2.0

Fate = Literal["new", "updated", "unchanged", "copy", "near-copy"]


@dataclass(frozen=True, slots=True)
class Written:
    """What happened to one article: ``fate``, and what was not taken from it.

    ``before`` says whether the store had it. ``of`` is the article of which it is a duplicate. ``dropped`` are messages
    about what failed a check and is not in its graph. ``unread`` is a message about passages that are not in Japanese.
    """

    article: str
    fate: Fate
    of: str | None = None
    dropped: tuple[str, ...] = ()
    unread: str | None = None
    before: bool = False


class NotWritten(IibunError):
    """The store did not accept an article."""


class Writer(Held):
    """Writes reports to a store, each article's graph in one transaction, flushed alone or with others.

    - A **duplicate** has the text of another article. It has ``schema:isBasedOn`` and no claims of its own.
    - A **near-duplicate** shares most of its shingles with another article (:data:`ingest.duplicates.NEAR`). Only claims
      in sentences that the other article does not have are kept.
    - A **version** is a former text of an article that was replaced by a new text under the same address
      (``prov:wasRevisionOf``). It is kept in the article's graph, so that deleting the graph deletes the versions too.

    Args:
        store: where to write; must stay open until the writer is done.
        near: look for near-duplicates (this first reads the signatures of all articles in the store, which are kept).
        group: how many articles :meth:`queue` flushes together.

    Example:
        ``for report in reports: done += writer.queue(report)``, then ``done += writer.flush()``.
    """

    def __init__(self, store: Store, *, near: bool = True, group: int = GROUP) -> None:
        super().__init__(store)
        self._near = NearCopies(store) if near else None
        self._group = group
        self._waiting: list[Written] = []
        self._since = 0.0  # when the first waiting article was written

    def write_copy(self, article: Article, original: str, extractor: str) -> Written:
        """Write an article whose text equals that of ``original``: its metadata and a link, no claims."""
        written = self._copy(article, original, extractor)
        self.store.flush()
        return written

    def write(self, report: Report, check: Callable[[], None] | None = None) -> Written:
        """Write one report and flush; writing the same report again changes nothing.

        Args:
            report: the extracted article.
            check: called while the article is written; raises to give it up. With it, a large article is written in many
                transactions, and appears with the last one.
        """
        written = self._put(report, check)
        self.store.flush()
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
            self.store.flush()
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

    def _copy(
        self, article: Article, original: str, extractor: str, check: Callable[[], None] | None = None
    ) -> Written:
        return self._write(Report(article=article, extractor=extractor), original, "copy", check=check)

    def _put(self, report: Report, check: Callable[[], None] | None = None) -> Written:
        article = report.article
        held = self.state(article)
        if not (held and held["original"] is None):  # an article with claims of its own does not become a duplicate
            original = self.copy_of(article)
            if original:
                return self._copy(article, original, report.extractor, check)
        signed, near = None, None
        if self._near is not None:
            from ingest.duplicates import new_evidence, signature

            signed = signature(article.text)
            near = None if held and held["original"] is None else self._near.of(article, signed)
            if near:
                report = new_evidence(report, near[1])
        fate: Fate = "near-copy" if near else "updated" if held else "new"
        return self._write(report, near[0] if near else None, fate, signed, check)

    def _write(
        self,
        report: Report,
        original: str | None,
        fate: Fate,
        signed: str | None = None,
        check: Callable[[], None] | None = None,
    ) -> Written:
        iri = article_iri(report.article)
        before = self.body(iri)
        report, beside = self.standing(report)
        extra = [
            *_extra(report, original, signed),
            *self._history(iri, before, report.article.text_hash),
            *beside,
        ]
        made: list[Quad] = []
        for quad in quads(report):
            if check is not None and len(made) % 5000 == 0:
                check()
            made.append(quad)
        if check is None:
            self.store.replace(iri, [*made, *extra], flush=False)
        else:
            put(self.store, iri, [*made, *extra], check)
        return Written(
            iri, fate, original, dropped(report.article, made), note(report.article.text), before is not None
        )

    def _history(self, iri: str, row: dict[str, Any] | None, new_hash: str) -> Iterator[Quad]:
        """Quads of the article's versions, including the text that is being replaced (``row``, as :meth:`body` gives it)."""
        if row is None:
            return
        former = self.versions(iri)
        if row["hash"] != new_hash:
            name = f"{iri}:version:{row['hash'][:16]}"
            # the last one comes last, even if a clock was set back
            now = max([datetime.now(UTC), *(v.replaced + timedelta(microseconds=1) for v in former)])
            former.append(Version(name, row["hash"], row["text"], row["title"] or "", now))
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
