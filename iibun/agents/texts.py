"""Tools for texts: ``read`` extracts one that is handed over and stores nothing, ``ingest`` stores it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import anyio
from pydantic import Field

from iibun.agents import quotations
from iibun.agents.lookups import day
from iibun.agents.paging import Cursor, Limit, Page
from iibun.agents.quotations import given
from iibun.agents.threads import Threads
from iibun.archive.held import Held
from iibun.batch import jobs
from kg.errors import IibunError, UsageError
from kg.tracking.claims import effective_claims

if TYPE_CHECKING:
    from kg.model import Article, Claim, Report
    from kg.store import Store

#: Most characters of a text that is handed over; a longer one takes minutes to read.
LONGEST: Final = 100_000
#: Reports that are kept in memory for the next pages of an answer.
_KEPT = 4
#: Articles and messages that an answer of ``ingest`` lists, and claims of each article.
_ARTICLES, _MESSAGES, _CLAIMS = 10, 5, 5

Text = Annotated[str, Field(description="The text of one article, in Japanese, as it stands.")]
Title = Annotated[str, Field(description="Its headline.")]
Published = Annotated[str, Field(description="Its day of publication, YYYY-MM-DD: due dates are counted from it.")]
Publisher = Annotated[str, Field(description="Its outlet.")]


class NotRead(IibunError):
    """Nothing was read."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """An article that was ingested here: whether the store had it before, since when, and the hash of its text since then."""

    before: bool
    since: datetime
    text_hash: str


class Texts:
    """The tools of this module.

    Args:
        store: gives the store, at each call.
        author: who stores.
        threads: where blocking work is done.
    """

    def __init__(self, store: Callable[[], Store], author: str, threads: Threads) -> None:
        self._store, self._author, self._threads = store, author, threads
        self._reports: OrderedDict[Article, Report] = OrderedDict()
        self.ingested: dict[str, Ingested] = {}  # by article

    async def read(
        self,
        text: Text,
        title: Title = "",
        published: Published = "",
        publisher: Publisher = "",
        limit: Limit = 10,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        """Read a text that you hand over, and store nothing: its claims and predictions, each with source and quotation.

        Offsets of quotations count from the beginning of the text. The first text may take half a minute, since the model is
        loaded then.
        """
        if len(text) > LONGEST:
            raise UsageError(f"The text has {len(text):,} characters; at most {LONGEST:,} are read here.")
        article = await self._threads.run(_article, text, title, day(published, "published"), publisher)
        page = Page.of("read", limit, cursor, article=article.text_hash, published=published)
        report = await self._report(article)
        labels = {e.id: e.label for e in report.entities}
        claims = report.claims[page.offset : page.offset + page.reach]
        answer = {
            "claims": [_claim(c, article.text, labels) for c in page.first(claims)],
            **given(next=page.next(len(claims))),
        }
        if cursor:
            return answer
        named = [given(label=e.label, type=e.type, wikidata=list(e.same_as)) for e in report.entities]
        counts = {
            "claims": len(report.claims), "predictions": sum(c.prediction is not None for c in report.claims),
            "entities": len(named), "relations": len(report.relations), "figures": len(report.figures),
        }  # fmt: skip
        return {
            "counts": counts,
            "entities": named[:limit],
            **answer,
            **given(left_out=list(report.dropped[:_MESSAGES])),
        }

    async def _report(self, article: Article) -> Report:
        """The report of a text; those of the last few are kept for their next pages."""
        if (known := self._reports.get(article)) is not None:
            return known
        owner = object()
        try:
            found = await self._threads.run(jobs.read, article, owner)
        except CancelledError:  # of the future: the server is closing
            raise NotRead("The text was not read: the server is closing.") from None
        except anyio.get_cancelled_exc_class():
            jobs.give_up(owner)
            raise
        self._reports[article] = found
        while len(self._reports) > _KEPT:
            self._reports.popitem(last=False)
        return found

    async def ingest(
        self,
        text: Annotated[str, Field(description="The text of one article, in Japanese; or give only `url`.")] = "",
        url: Annotated[
            str, Field(description="Without `text`: a page or feed to fetch. With it: the article's address.")
        ] = "",
        title: Title = "",
        published: Published = "",
        publisher: Publisher = "",
    ) -> dict[str, Any]:
        """Read an article and store it: a text that you hand over, or a web page or feed that Iibun fetches.

        To ingest the same article again changes nothing. `undo` with the article's IRI takes it back.
        """
        when = day(published, "published")
        if not text.strip() and not url.strip():
            raise UsageError("Give the text of an article, or the url of a page or feed to fetch.")
        if not text.strip() and (title or publisher):
            raise UsageError("title and publisher go with a text; those of a page are read from it.")
        source: jobs.Given = jobs.Address(url.strip(), when)
        if text.strip():
            source = jobs.Pasted(text, title or None, when, publisher or None, url.strip() or None)
        began = datetime.now(UTC)
        job = await self.run(source, title or url or text.strip()[:30])
        for result in job.results:
            await self._threads.run(self._note, result, began)
        answer = {"articles": [await self._threads.run(self._stored, r) for r in job.results[:_ARTICLES]]}
        return answer | given(
            others=[r.article for r in job.results[_ARTICLES : _ARTICLES + 100]], failures=job.failures[:_MESSAGES],
            skipped=job.skipped or None,
        )  # fmt: skip

    async def run(self, source: jobs.Given, label: str) -> jobs.Job:
        """Read and store a source in a background job, and wait for its end; the caller's end ends it.

        Raises:
            NotRead: if nothing was stored; it says why.
        """
        job = jobs.submit([source], self._store(), author=self._author, label=label)
        try:
            while job.running:
                await anyio.sleep(0.1)
        except anyio.get_cancelled_exc_class():
            job.cancel()
            raise
        if not job.results:
            raise NotRead(next(iter([*job.failures, *job.passed_over]), "Nothing was read: the job was cancelled."))
        return job

    def _note(self, result: jobs.Result, began: datetime) -> None:
        """Remember an article that was stored, for ``undo``; what the first time found here stays."""
        article = Held(self._store()).article(result.article)
        if article is not None:
            first = self.ingested.get(result.article, Ingested(result.before, began, ""))
            self.ingested[result.article] = replace(first, text_hash=article.text_hash)

    def _stored(self, result: jobs.Result) -> dict[str, Any]:
        """What was found in an article and what happened to it."""
        counts = {n: getattr(result, n) for n in ("claims", "predictions", "entities", "relations", "links")}
        claims = effective_claims(self._store(), article=result.article, limit=_CLAIMS)
        return given(
            article=result.article, title=result.title, fate=result.fate, original=result.original, counts=counts,
            left_out=list(result.dropped[:_MESSAGES]), undated=list(result.undated),
            claims=[quotations.claim(c) for c in claims],
        )  # fmt: skip


def _article(text: str, title: str, published: date | None, publisher: str) -> Article:
    from ingest.read import read_text

    return read_text(text, title=title or None, published=published, publisher=publisher or None)


def _claim(c: Claim, text: str, labels: dict[str, str]) -> dict[str, Any]:
    """A claim of a text that is in no store."""
    p = c.prediction
    due = (
        given(start=p.due and p.due.start, end=p.due and p.due.end, text=p.text, undated=p.undated or None) if p else {}
    )
    return given(
        title=c.title if c.title != c.content.of(text) else None,
        source="、".join(labels[s] for s in c.sources) or c.source_text, modality=c.modality, polarity=c.polarity,
        about=[labels[e] for e in c.about], topics=list(c.topics), prediction=p is not None, due=due or None,
        criterion=p.criterion if p else None, confidence=round(c.confidence, 2),
        quotation={"start": c.content.start, "end": c.content.end, "text": c.content.of(text)},
    )  # fmt: skip
