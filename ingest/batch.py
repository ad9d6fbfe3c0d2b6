"""Many articles on one machine: worker processes share them, each loads the model once, and memory stays bounded."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ingest.read import Failure
from ingest.sections import Section, joined, sections
from kg.errors import IibunError
from kg.model import Article, Report

_LOG = logging.getLogger(__name__)
MANY = 100_000  #: characters of an article above which two processes read it, if ``jobs`` is not given
CHUNK = 6_000  #: characters of a worker's task, large enough that passing it costs little compared with reading
_TASKS_PER_WORKER = 3  #: tasks per worker that are submitted at a time; this bounds memory

_NLP: Any = None  # the pipeline of this process


class ExtractionError(IibunError):
    """The pipeline failed on an article whose text could be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one article: a report, or the reason why there is none.

    Attributes:
        article: the article.
        report: its report, or None.
        error: the reason, in one sentence.
    """

    article: Article
    report: Report | None
    error: str | None = None


def extract_many(
    articles: Iterable[Article],
    jobs: int | None = None,
    *,
    on_failure: Callable[[Failure], None] | None = None,
    on_read: Callable[[int], None] | None = None,
    chunk: int = CHUNK,
) -> Iterator[Report]:
    """The reports of many articles, in the order of the articles.

    With ``jobs`` above 1, spawned worker processes share the work; each loads the model once. If a worker dies, its
    articles are read again, one at a time, and an article that ends its worker twice is left out. Memory holds a few
    tasks per worker, however many articles there are. A long article is read in sections
    (:mod:`ingest.sections`), which workers share.

    Args:
        articles: what to read; they are taken only as fast as they are read.
        jobs: worker processes; 1 reads in this process. None means 1, and 2 for each article that is very long.
        on_failure: called for each article that could not be read; without it, failures are only logged.
        on_read: called with the number of characters after each article, or section of a long one.
        chunk: characters of a worker's task.

    Example:
        >>> from ingest.read import read
        >>> [len(report.claims) > 0 for report in extract_many(read("data/articles"))]  # doctest: +SKIP
        [True, True, True]
    """
    for outcome in outcomes(articles, jobs, on_read=on_read, chunk=chunk):
        if outcome.report is not None:
            yield outcome.report
        else:
            error = ExtractionError(outcome.error or "unknown")
            if on_failure is not None:
                on_failure(Failure(_name(outcome.article), error))
            else:
                _LOG.warning("%s", error)


def outcomes(
    articles: Iterable[Article],
    jobs: int | None = None,
    *,
    on_read: Callable[[int], None] | None = None,
    chunk: int = CHUNK,
) -> Iterator[Outcome]:
    """As :func:`extract_many`, but failures are yielded too, in their order."""
    if jobs is None:
        for article in articles:
            two = len(article.text) > MANY and (os.cpu_count() or 1) > 1
            yield from outcomes([article], 2 if two else 1, on_read=on_read, chunk=chunk)
        return
    cut: deque[tuple[Article, list[Section]]] = deque()  # articles whose sections are being read

    def pieces() -> Iterator[Article]:
        """The sections of all articles, as articles."""
        for article in articles:
            parts = sections(article.text)
            cut.append((article, parts))
            yield from (part.of(article) for part in parts)

    read = (
        _in_workers(chunks(pieces(), chunk), jobs)
        if jobs > 1
        else (outcome for piece in pieces() for outcome in extract_chunk([piece]))
    )
    with closing(read):
        while (first := next(read, None)) is not None:
            article, parts = cut.popleft()
            found = []
            # parts come first: zip must not take an outcome that belongs to the next article
            for part, outcome in zip(parts, chain([first], read), strict=False):
                found.append(outcome)
                if on_read is not None:
                    on_read(len(part.extent))
            yield whole(article, parts, found)


def whole(article: Article, parts: Sequence[Section], found: Sequence[Outcome]) -> Outcome:
    """The outcome of an article from those of its sections; it fails if one of them failed.

    Args:
        article: the article.
        parts: its sections.
        found: the outcome of each section.
    """
    if failed := next((o for o in found if o.report is None), None):
        return Outcome(article, None, failed.error)
    return Outcome(article, joined(article, parts, [o.report for o in found if o.report is not None]))


def extract_chunk(articles: list[Article]) -> list[Outcome]:
    """The outcomes of a few articles, read in this process; one that raises does not affect the others."""
    global _NLP
    from ingest import extract, load

    if _NLP is None:
        _NLP = load()
    found: list[Outcome] = []
    for article in articles:
        try:
            report = extract(article, _NLP)
        except Exception as error:  # any error of a component concerns this article only
            _LOG.debug("extraction failed", exc_info=True)
            reason = f"{_name(article)} could not be extracted: {type(error).__name__}: {str(error)[:160]}"
            found.append(Outcome(article, None, reason))
            continue
        found.append(Outcome(article, report))
    return found


def start_worker() -> None:
    """Prepare a worker process: one thread, since more are slower, and the model.

    It ignores Ctrl-C, which the parent handles.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    _end_with_parent()
    global _NLP
    from ingest import load

    _NLP = load()


def _end_with_parent() -> None:
    """Make a worker exit when its parent has died; it would otherwise wait for tasks forever."""
    import threading

    parent = multiprocessing.parent_process()  # not os.getppid(), which names another process if the parent has died
    if parent is None:
        return

    def watch() -> None:
        """Wait for the end of the parent, then exit at once."""
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def chunks(articles: Iterable[Article], size: int) -> Iterator[list[Article]]:
    """Group articles, in order, into tasks of about ``size`` characters."""
    group: list[Article] = []
    length = 0
    for article in articles:
        if group and length + len(article.text) > size:
            yield group
            group, length = [], 0
        group.append(article)
        length += len(article.text)
    if group:
        yield group


def _pool(jobs: int) -> ProcessPoolExecutor:
    """A pool of spawned worker processes."""
    os.environ["OMP_NUM_THREADS"] = "1"  # workers inherit it, and numpy reads it when it is loaded
    with _stops_blocked():  # it starts a process that counts shared locks
        return ProcessPoolExecutor(
            max_workers=jobs,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=start_worker,
        )


def _in_workers(groups: Iterator[list[Article]], jobs: int) -> Generator[Outcome, None, None]:
    """The outcomes of groups of articles, read by worker processes, in order.

    After a worker died, the group that it had is read one article at a time, and the groups that were not finished are
    submitted to a new pool.

    Args:
        groups: taken only as fast as they are read.
        jobs: worker processes.
    """
    pool = _pool(jobs)
    ended = False
    waiting: deque[tuple[list[Article], Future[list[Outcome]]]] = deque()
    try:
        exhausted = False
        while True:
            while not exhausted and len(waiting) < jobs * _TASKS_PER_WORKER:
                group = next(groups, None)
                if group is None:
                    exhausted = True
                    break
                waiting.append((group, _submitted(pool, group)))
            if not waiting:
                ended = True
                return
            group, future = waiting.popleft()
            try:
                yield from future.result()
            except BrokenProcessPool:
                _LOG.warning("a worker process died; its articles are read again")
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(jobs)
                finished = [(g, f.result() if _is_good(f) else None) for g, f in waiting]
                yield from _one_by_one(group, pool)
                if getattr(pool, "_broken", False):
                    pool.shutdown(wait=False, cancel_futures=True)
                    pool = _pool(jobs)
                waiting = deque((g, _done(o) if o is not None else _submitted(pool, g)) for g, o in finished)
    finally:
        workers = [] if ended else list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:  # the results are not needed any more, and the interpreter would wait for them at exit
            worker.kill()


@contextmanager
def _stops_blocked() -> Iterator[None]:
    """Block Ctrl-C and the end of the terminal (SIGHUP) for a moment.

    Processes that are started meanwhile inherit the block, so that only this process ends them.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _submitted(pool: ProcessPoolExecutor, group: list[Article]) -> Future[list[Outcome]]:
    """Submit a group; the future has failed already if a worker of the pool has died."""
    try:
        with _stops_blocked():
            return pool.submit(extract_chunk, group)
    except BrokenProcessPool:
        return _failed()


def _one_by_one(group: list[Article], pool: ProcessPoolExecutor) -> Iterator[Outcome]:
    """Read the articles of a lost group one at a time, to find the one that ends its worker."""
    for article in group:
        for attempt in (1, 2):
            try:
                with _stops_blocked():
                    future = pool.submit(extract_chunk, [article])
                yield from future.result()
                break
            except BrokenProcessPool:
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(1)
                if attempt == 2:
                    yield Outcome(
                        article,
                        None,
                        f"{_name(article)} ended its worker process twice; it was left out.",
                    )


def _is_good(future: Future[list[Outcome]]) -> bool:
    """Whether a future has a result."""
    return future.done() and not future.cancelled() and future.exception() is None


def _done(found: list[Outcome]) -> Future[list[Outcome]]:
    """A future that has this result."""
    future: Future[list[Outcome]] = Future()
    future.set_result(found)
    return future


def _failed() -> Future[list[Outcome]]:
    """A future that failed as one of a broken pool does."""
    future: Future[list[Outcome]] = Future()
    future.set_exception(BrokenProcessPool("the pool broke before this chunk was sent"))
    return future


def _name(article: Article) -> str:
    """What messages call an article."""
    return article.source or article.url or article.title or article.key
