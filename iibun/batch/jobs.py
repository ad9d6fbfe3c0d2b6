"""Background jobs of a server that extract articles and write them to the store.

A page or an agent submits sources and polls the job, so it never waits. Articles are written one by one, each whole or not at
all. Jobs share the worker processes of :mod:`iibun.batch.readers`, so that no job has to wait for another job's long article.

>>> job = submit([Pasted("…")], store, author="aoki")  # doctest: +SKIP
>>> job.state, job.share  # doctest: +SKIP
('reading', 0.0)
"""

from __future__ import annotations

import itertools
import logging
import re
import tempfile
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from iibun.archive.inflow import Cancelled, write_and_link
from iibun.batch.readers import Readers
from iibun.batch.sources import Address, Given, Pasted, Source, Stored
from iibun.batch.sources import Uploaded as Uploaded
from kg.errors import IibunError
from kg.model import Article, Report, SecondReading
from kg.rdf import headline

if TYPE_CHECKING:
    from iibun.archive.writer import Writer
    from ingest.second.reading import Readers as Chosen
    from ingest.second.reading import Second
    from kg.store import Store

log = logging.getLogger(__name__)
State = Literal["waiting", "fetching", "loading", "reading", "asking", "storing", "done", "cancelled", "failed"]
KEPT = 50  #: most jobs that are kept in memory


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in one article and what happened to it.

    ``undated`` are expressions of due dates (来年) that cannot be resolved, since the article has no date. ``fate`` is
    ``new``, ``updated`` (the store had it), ``copy`` or ``near-copy`` (of the article ``original``). ``dropped`` are
    messages about what was not taken from it. ``second`` is what a language model took, if it read too. ``before`` says
    whether the store had the article.
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
    undated: tuple[str, ...] = ()
    second: SecondReading | None = None
    before: bool = False


@dataclass
class Job:
    """A background job and its progress; changed by its own thread, except by :meth:`cancel`.

    ``total`` and ``done`` count articles, ``length`` and ``read`` characters.
    """

    id: int
    author: str
    label: str
    started: float
    state: State = "waiting"
    total: int = 0
    done: int = 0
    length: int = 0
    read: int = 0
    results: list[Result] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    skipped: int = 0  # number of entries that were skipped on purpose
    passed_over: list[str] = field(default_factory=list)  # messages about the first of them
    cancelled: bool = False
    finished: float | None = None
    llm: Second | None = None  # the language model, if it reads

    @property
    def running(self) -> bool:
        """Whether the job has not ended yet."""
        return self.finished is None

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1: mostly by characters extracted, a tenth by articles written."""
        return 1.0 if not self.running else 0.9 * self.read / max(self.length, 1) + 0.1 * self.done / max(self.total, 1)

    def cancel(self) -> None:
        """Cancel the job at once: kill the process that works for it; an article that is not written yet never is."""
        self.cancelled = True
        if self.state in ("waiting", "fetching"):  # don't wait for the answer of a slow web server
            self.state, self.finished = "cancelled", time.time()
        _readers.stop(self.id)

    def check(self) -> None:
        """Raise if the job was cancelled.

        Raises:
            Cancelled: if so.
        """
        if self.cancelled:
            raise Cancelled


_jobs: list[Job] = []
_ids = itertools.count(1)
_readers = Readers()
_writer: Writer | None = None  # the one of the store that is served: it remembers the signatures of all articles
_lock = threading.Lock()
# Short articles are written one at a time, so that the second of two duplicates finds the first. So are long ones (True),
# but under another lock, so that short ones need not wait for them.
_writing = {False: threading.Lock(), True: threading.Lock()}


def submit(sources: Sequence[Source], store: Store, *, author: str, label: str = "", readers: Chosen = "local") -> Job:
    """Start a job that extracts sources into a store; returns at once.

    Args:
        sources: what to extract.
        store: where to write.
        author: who started the job.
        label: a title to show for it.
        readers: who reads; a language model only if the environment names one.

    Raises:
        UsageError: if it is to read and none is named.
    """
    from ingest.second.reading import chosen

    job = Job(next(_ids), author, label, time.time(), total=len(sources), llm=chosen(readers))
    _jobs.insert(0, job)
    del _jobs[KEPT:]
    threading.Thread(target=_run, args=(job, list(sources), store), name=f"job-{job.id}", daemon=True).start()
    return job


def jobs() -> list[Job]:
    """The jobs since the server started, newest first; at most :data:`KEPT`."""
    return list(_jobs)


def job(id: int) -> Job | None:
    """The job with an id; None if it is not kept any more."""
    return next((j for j in _jobs if j.id == id), None)


def stop() -> None:
    """Cancel all jobs and end the worker processes; called when the server closes."""
    global _readers, _writer
    for j in _jobs:
        j.cancelled = True
    _readers.close()
    _readers = Readers()
    _writer = None


def read(article: Article, owner: Hashable) -> Report:
    """Extract an article in the worker processes and store nothing.

    Args:
        article: what to read.
        owner: for whom; :func:`give_up` takes the same value.

    Raises:
        ExtractionError: if it cannot be extracted.
        CancelledError: if it was given up meanwhile.
    """
    from ingest.batch import ExtractionError, whole
    from ingest.sections import sections

    parts = sections(article.text)
    futures = _readers.read(owner, [part.of(article) for part in parts])
    outcome = whole(article, parts, [future.result() for future in futures])
    if outcome.report is None:
        raise ExtractionError(outcome.error or "")
    return outcome.report


def give_up(owner: Hashable) -> None:
    """End at once what :func:`read` extracts for an owner."""
    _readers.stop(owner)


def _writer_of(store: Store) -> Writer:
    from iibun.archive.writer import Writer

    global _writer
    with _lock:
        if _writer is None or _writer.store is not store:
            _writer = Writer(store)
        return _writer


def keep(store: Store, report: Report, check: Callable[[], None] = lambda: None) -> Result:
    """Write a report into the store, as the command line does, and link its claims to those of other articles.

    The article is written whole or not at all. Writing it again changes nothing.

    Args:
        store: where to write.
        report: the extracted article.
        check: called meanwhile; raises to give up. A new article is not in the store then.
    """
    written, links = write_and_link(_writer_of(store), report, check)
    return Result(
        article=written.article,
        title=headline(report.article),
        claims=len(report.claims),
        predictions=sum(c.prediction is not None for c in report.claims),
        entities=len(report.entities),
        relations=len(report.relations),
        links=len(links),
        fate=written.fate,
        original=written.of,
        dropped=(*written.dropped, *([written.unread] if written.unread else [])),
        undated=tuple(
            dict.fromkeys(c.prediction.text or "" for c in report.claims if c.prediction and c.prediction.undated)
        ),
        second=report.second,
        before=written.before,
    )


def _run(job: Job, sources: list[Source], store: Store) -> None:
    """The main function of a job's thread."""
    writer = _writer_of(store)
    try:
        job.check()
        job.state = "fetching"
        stored = [article for s in sources if isinstance(s, Stored) and (article := writer.article(s.article))]
        with tempfile.TemporaryDirectory() as folder:
            articles = [*stored, *_articles(job, [s for s in sources if not isinstance(s, Stored)], Path(folder))]
        job.total = max(len(articles), 1)
        job.length = sum(len(article.text) for article in articles)
        for article in articles:
            _read(job, writer.known(article), store)
        job.check()
        job.state = "done" if job.results or not job.failures else "failed"
    except (Cancelled, CancelledError):
        job.state = "cancelled"
    except Exception as error:
        log.exception("job %s", job.id)
        job.failures.append(str(error) if isinstance(error, IibunError) else f"{type(error).__name__}: {error}")
        job.state = "failed"
    finally:
        job.finished = job.finished or time.time()


def _articles(job: Job, sources: Sequence[Given], folder: Path) -> Iterator[Article]:
    """The articles of all sources; failures are added to the job."""
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
                # A folder for each file, since two uploads may have the same name.
                path = folder / str(number) / (Path(source.name).name or "file")
                path.parent.mkdir()
                path.write_bytes(source.content)
                for article in read(path, published=source.published, publisher=source.publisher, on_failure=failed):
                    yield _renamed(article, path)
        except IibunError as error:
            job.failures.append(_without(str(error), folder))


def _without(words: str, folder: Path) -> str:
    """A message without the path of the temporary folder of uploads."""
    return re.sub(re.escape(f"{folder}/") + r"(?:\d+/)?", "", words)


def _renamed(article: Article, path: Path) -> Article:
    """An article whose source is the uploaded file's name, without the temporary folder."""
    from dataclasses import replace

    return replace(article, source=(article.source or "").replace(str(path), path.name))


def _read(job: Job, article: Article, store: Store) -> None:
    """Extract one article and write it to the store."""
    from ingest.sections import SIZE

    job.check()
    try:
        report = _report(job, article)
    except IibunError as error:
        job.failures.append(str(error))
    else:
        job.check()
        job.state = "storing"
        with _writing[len(article.text) > SIZE]:
            job.results.append(keep(store, report, job.check))
    job.done += 1


def _report(job: Job, article: Article) -> Report:
    """What the job's readers say of an article.

    Raises:
        ExtractionError, NotRead: if it cannot be read.
    """
    if job.llm is None:
        return _extracted(job, article)

    def local(article: Article) -> Report:
        report = _extracted(job, article)
        job.state = "asking"
        return report

    before = job.read
    job.state = "asking"
    report = job.llm.read(article, local)
    job.read = before + len(article.text)
    return report


def _extracted(job: Job, article: Article) -> Report:
    """The report of our own reader, by sections if the article is long."""
    from ingest.batch import ExtractionError, whole
    from ingest.sections import sections

    parts = sections(article.text)
    found = []
    futures = _readers.read(job.id, [part.of(article) for part in parts])
    if job.cancelled:  # cancelled meanwhile: cancel also the pieces that were queued after that
        _readers.stop(job.id)
    job.state = "reading" if _readers.ready.is_set() else "loading"
    for part, future in zip(parts, futures, strict=True):
        while job.state == "loading" and not (future.done() or _readers.ready.wait(0.2)):
            pass
        job.state = "reading"
        found.append(future.result())
        job.read += len(part.extent)
    outcome = whole(article, parts, found)
    if outcome.report is None:
        raise ExtractionError(outcome.error or "")
    return outcome.report
