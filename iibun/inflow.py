"""Writes reports into a store, counts them and links their claims, a group at a time."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kg.errors import IibunError
from kg.rdf import article_iri

if TYPE_CHECKING:
    from iibun.ingestion import Writer, Written
    from iibun.linker import Linker
    from iibun.tally import Progress, Tally
    from kg.model import Article, Report


class Inflow:
    """Takes reports one by one; each is counted and linked once it is on disk.

    A context manager. At its end, also after an error, waiting reports are flushed, counted and linked. After an
    interrupt they are not: the store flushes when it is closed, and the next run links what this one did not.

    Args:
        writer, linker, tally: what writes, links and counts.
        progress: advanced for each article that is on disk.

    Example:
        ``with Inflow(writer, linker, tally) as inflow: inflow.add(report)``
    """

    def __init__(self, writer: Writer, linker: Linker, tally: Tally, progress: Progress | None = None) -> None:
        self._writer, self._linker, self._tally, self._progress = writer, linker, tally, progress
        self._sizes: deque[int] = deque()  # lengths of the waiting articles, in characters

    def add(self, report: Report) -> None:
        """Write a report."""
        self._linker.expect(article_iri(report.article))
        done = self._writer.queue(report)
        self._sizes.append(len(report.article.text))
        self._done(done)

    def add_copy(self, article: Article, original: str, extractor: str) -> None:
        """Write an article whose text equals that of another: only its metadata and the link to ``original``."""
        self._linker.expect(article_iri(article))
        done = self._writer.queue_copy(article, original, extractor)
        self._sizes.append(0)  # nothing was extracted
        self._done(done)

    def _done(self, written: list[Written]) -> None:
        for one in written:
            self._tally.add(one)
            size = self._sizes.popleft()
            if self._progress:
                self._tally.characters += size
                self._progress.step()
        self._linker.add(*(one.article for one in written))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._done(self._writer.flush())
        elif isinstance(error, Exception):
            with suppress(IibunError):  # the error that ended the block is more useful
                self._done(self._writer.flush())
