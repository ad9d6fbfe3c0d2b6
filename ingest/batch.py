"""Many articles: worker processes on one machine, each with the model loaded once, memory bounded."""

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
MANY = 100_000  #: characters of an article from which on it is read by two processes if nobody says by how many
CHUNK = 6_000  #: characters that a worker gets at a time: coarse, so that passing them costs nothing beside reading
_AHEAD = 3  #: chunks waiting or in work per worker: what bounds memory

_NLP: Any = None  # the worker's own pipeline


class ExtractionError(IibunError):
    """An article that could be read, but not understood: the pipeline failed on it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article: its report, or why there is none."""

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

    With ``jobs`` above 1, spawned worker processes share the work; each loads the model once. A worker that dies
    takes nothing with it: its articles are read again, one at a time, and only one that kills its worker twice
    is given up. Memory holds a few chunks per worker, however many articles there are. A long article is read in
    sections (:mod:`ingest.sections`), which workers share.

    Args:
        articles: what to read; consumed only as fast as it is worked on.
        jobs: worker processes; 1 reads in this process. None is 1, and 2 for each article that is very long.
        on_failure: told of each article that could not be read; without it they are only logged.
        on_read: told how many characters were read, as they are: of a long article some thousand at a time.
        chunk: characters of text per task.

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
    """As :func:`extract_many`, with failures in their place among the reports."""
    if jobs is None:
        for article in articles:
            two = len(article.text) > MANY and (os.cpu_count() or 1) > 1
            yield from outcomes([article], 2 if two else 1, on_read=on_read, chunk=chunk)
        return
    cut: deque[tuple[Article, list[Section]]] = deque()  # articles whose sections are on their way

    def pieces() -> Iterator[Article]:
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
            for part, outcome in zip(parts, chain([first], read), strict=False):  # no outcome is taken in vain
                found.append(outcome)
                if on_read is not None:
                    on_read(len(part.extent))
            yield whole(article, parts, found)


def whole(article: Article, parts: Sequence[Section], found: Sequence[Outcome]) -> Outcome:
    """What became of an article, of what became of each of its sections: one that fails fails the article."""
    if failed := next((o for o in found if o.report is None), None):
        return Outcome(article, None, failed.error)
    return Outcome(article, joined(article, parts, [o.report for o in found if o.report is not None]))


def extract_chunk(articles: list[Article]) -> list[Outcome]:
    """The outcomes of a few articles in this process; a pipeline that raises fails its one article alone."""
    global _NLP
    from ingest import extract, load

    if _NLP is None:
        _NLP = load()
    found: list[Outcome] = []
    for article in articles:
        try:
            report = extract(article, _NLP)
        except Exception as error:  # whatever a component raises must not stop the other articles
            _LOG.debug("extraction failed", exc_info=True)
            reason = f"{_name(article)} could not be extracted: {type(error).__name__}: {str(error)[:160]}"
            found.append(Outcome(article, None, reason))
            continue
        found.append(Outcome(article, report))
    return found


def start_worker() -> None:
    """Set a worker up: one thread (more cost a fifth of the speed), the model, Ctrl-C left to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    _end_with_parent()
    global _NLP
    from ingest import load

    _NLP = load()


def _end_with_parent() -> None:
    """Let a worker end when the parent is killed; nobody else would tell it."""
    import threading

    parent = multiprocessing.parent_process()  # known from the start: it may be gone by now, and os.getppid() another's
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def chunks(articles: Iterable[Article], size: int) -> Iterator[list[Article]]:
    """Articles in coarse groups of about ``size`` characters, order kept."""
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
    os.environ["OMP_NUM_THREADS"] = "1"  # inherited by the spawned workers before numpy loads
    return ProcessPoolExecutor(
        max_workers=jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_worker,
    )


def _in_workers(groups: Iterator[list[Article]], jobs: int) -> Generator[Outcome, None, None]:
    pool = _pool(jobs)
    ended = False
    waiting: deque[tuple[list[Article], Future[list[Outcome]]]] = deque()
    try:
        exhausted = False
        while True:
            while not exhausted and len(waiting) < jobs * _AHEAD:
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
        for worker in workers:  # nobody wants what they read: else the interpreter would wait for it when it ends
            worker.kill()


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Have Ctrl-C wait for a moment; processes that are started meanwhile never hear it, from their first step on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _submitted(pool: ProcessPoolExecutor, group: list[Article]) -> Future[list[Outcome]]:
    """The reading of a group, failed already if a worker of the pool has died meanwhile."""
    try:
        with _ctrl_c_later():
            return pool.submit(extract_chunk, group)
    except BrokenProcessPool:
        return _failed()


def _one_by_one(group: list[Article], pool: ProcessPoolExecutor) -> Iterator[Outcome]:
    """Read the articles of a lost chunk each on its own, so that one that kills its worker is found out."""
    for article in group:
        for attempt in (1, 2):
            try:
                with _ctrl_c_later():
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
    return future.done() and not future.cancelled() and future.exception() is None


def _done(found: list[Outcome]) -> Future[list[Outcome]]:
    future: Future[list[Outcome]] = Future()
    future.set_result(found)
    return future


def _failed() -> Future[list[Outcome]]:
    future: Future[list[Outcome]] = Future()
    future.set_exception(BrokenProcessPool("the pool broke before this chunk was sent"))
    return future


def _name(article: Article) -> str:
    return article.source or article.url or article.title or article.key
