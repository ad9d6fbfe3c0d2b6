"""Reading articles in the background: one worker process with the model loaded once, jobs with progress.

A page submits sources and polls the job; it never waits. What is read is written to the store article by article.

>>> job = submit([Pasted("…")], store, author="aoki")  # doctest: +SKIP
>>> job.state, job.done, job.total  # doctest: +SKIP
('reading', 0, 1)
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kg.errors import IibunError
from kg.model import Article, Report

if TYPE_CHECKING:
    from kg.store import Store

log = logging.getLogger(__name__)
State = Literal["waiting", "fetching", "loading", "reading", "done", "cancelled", "failed"]
KEPT = 50  #: finished jobs that are remembered


@dataclass(frozen=True, slots=True)
class Pasted:
    """Text that a reader pasted, with what they said of it."""

    text: str
    title: str | None = None
    published: date | None = None
    publisher: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that a reader chose: its name tells its kind."""

    name: str
    content: bytes
    published: date | None = None
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A web page or feed."""

    url: str
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One article that was read and kept.

    ``fate`` is ``new``, ``updated`` (the store had it), ``copy`` or ``near-copy`` (of the article ``original``).
    """

    article: str
    title: str
    claims: int
    predictions: int
    entities: int
    relations: int
    links: int
    fate: str
    original: str | None = None
    dropped: tuple[str, ...] = ()


@dataclass
class Job:
    """A piece of work and how far it is; changed by the worker's thread alone."""

    id: int
    author: str
    label: str
    started: float
    state: State = "waiting"
    total: int = 0
    done: int = 0
    results: list[Result] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    skipped: int = 0  # entries that were not meant to be read
    passed_over: list[str] = field(default_factory=list)  # what they are, as far as they are listed
    cancelled: bool = False
    finished: float | None = None

    @property
    def running(self) -> bool:
        return self.state in {"waiting", "fetching", "loading", "reading"}

    def cancel(self) -> None:
        """Stop after the article that is being read."""
        self.cancelled = True


Source = Pasted | Uploaded | Address

_jobs: list[Job] = []
_ids = itertools.count(1)
_turn = threading.Lock()  # one job at a time: they share the worker
_pool: ProcessPoolExecutor | None = None
_warm = False


def submit(sources: Sequence[Source], store: Store, *, author: str, label: str = "") -> Job:
    """Start reading ``sources`` into ``store``; returns at once."""
    job = Job(next(_ids), author, label, time.time(), total=len(sources))
    _jobs.insert(0, job)
    del _jobs[KEPT:]
    threading.Thread(target=_run, args=(job, list(sources), store), name=f"job-{job.id}", daemon=True).start()
    return job


def jobs() -> list[Job]:
    """All jobs since the server started, newest first."""
    return list(_jobs)


def job(id: int) -> Job | None:
    """The job with an id, if it is remembered."""
    return next((j for j in _jobs if j.id == id), None)


def stop() -> None:
    """End the worker process (the server is closing)."""
    global _pool, _warm
    for j in _jobs:
        j.cancel()
    if _pool is not None:
        _pool.shutdown(wait=False, cancel_futures=True)
        _pool, _warm = None, False


def keep(store: Store, report: Report) -> Result:
    """Write a report into the store as the command line does, and link its claims to those of other articles.

    The article's graph is replaced in one transaction, so that reading it twice is reading it once.
    """
    from iibun.ingestion import Writer
    from kg.tracking import judgements, links

    written = Writer(store).write(report)
    log_of: Any = store  # tracking's protocol is wider than the store's bindings
    found = [] if written.fate == "copy" else links.link_new(log_of, written.article)
    if written.fate == "updated":
        judgements.refresh(log_of, written.article)
    return Result(
        article=written.article,
        title=report.article.title or _first_line(report.article.text),
        claims=len(report.claims),
        predictions=sum(c.prediction is not None for c in report.claims),
        entities=len(report.entities),
        relations=len(report.relations),
        links=len(found),
        fate=written.fate,
        original=written.of,
        dropped=(*written.dropped, *([written.unread] if written.unread else [])),
    )


def _run(job: Job, sources: list[Source], store: Store) -> None:
    with _turn:
        try:
            job.state = "fetching"
            with tempfile.TemporaryDirectory() as folder:
                articles = list(_articles(job, sources, Path(folder)))
            job.total = max(len(articles), 1)
            _read(job, articles, store)
            job.state = "cancelled" if job.cancelled else ("done" if job.results or not job.failures else "failed")
        except Exception as error:
            log.exception("job %s", job.id)
            job.failures.append(str(error) if isinstance(error, IibunError) else f"{type(error).__name__}: {error}")
            job.state = "failed"
        finally:
            job.finished = time.time()


def _articles(job: Job, sources: list[Source], folder: Path) -> Iterator[Article]:
    """The articles of all sources; what can't be read is listed on the job."""
    from ingest.read import Failure, read, read_address, read_text

    def failed(failure: Failure) -> None:
        told = _without(str(failure), folder)
        if not failure.skipped:
            job.failures.append(told)
            return
        job.skipped += failure.count
        if len(job.passed_over) < KEPT:
            job.passed_over.append(told)

    for number, source in enumerate(sources):
        if job.cancelled:
            return
        try:
            if isinstance(source, Pasted):
                yield read_text(
                    source.text, title=source.title, published=source.published, publisher=source.publisher,
                    url=source.url,
                )  # fmt: skip
            elif isinstance(source, Address):
                yield from read_address(source.url, published=source.published, on_failure=failed)
            else:
                # A folder of its own for each, so that two files of one name don't meet.
                path = folder / str(number) / (Path(source.name).name or "file")
                path.parent.mkdir()
                path.write_bytes(source.content)
                for article in read(path, published=source.published, publisher=source.publisher, on_failure=failed):
                    yield _renamed(article, path)
        except IibunError as error:
            job.failures.append(_without(str(error), folder))


def _without(words: str, folder: Path) -> str:
    """A sentence without the folder in which uploads lie for a while."""
    return re.sub(re.escape(f"{folder}/") + r"(?:\d+/)?", "", words)


def _renamed(article: Article, path: Path) -> Article:
    from dataclasses import replace

    return replace(article, source=(article.source or "").replace(str(path), path.name))


def _read(job: Job, articles: list[Article], store: Store) -> None:
    global _warm
    for article in articles:
        if job.cancelled:
            return
        job.state = "reading" if _warm else "loading"
        outcome = _extract(article)
        _warm = True
        job.state = "reading"
        if outcome.report is not None:
            job.results.append(keep(store, outcome.report))
        else:
            job.failures.append(outcome.error or "")
        job.done += 1


def _extract(article: Article) -> Any:
    from ingest.batch import extract_chunk

    try:
        return _worker().submit(extract_chunk, [article]).result()[0]
    except BrokenProcessPool:
        stop_pool()
        return _worker().submit(extract_chunk, [article]).result()[0]


def stop_pool() -> None:
    """Forget a worker that died; the next article gets a fresh one."""
    global _pool, _warm
    _pool, _warm = None, False


def _worker() -> ProcessPoolExecutor:
    global _pool
    if _pool is None:
        from ingest.batch import start_worker

        _pool = ProcessPoolExecutor(
            max_workers=1, mp_context=multiprocessing.get_context("spawn"), initializer=start_worker
        )
    return _pool


def _first_line(text: str) -> str:
    return next((line.strip()[:80] for line in text.splitlines() if line.strip()), "")
