"""Writes reports into a store and links their claims, one report alone or a group at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kg.errors import IibunError
from kg.rdf import article_iri

if TYPE_CHECKING:
    from iibun.archive.linker import Linker
    from iibun.archive.writer import Writer, Written
    from kg.model import Article, Report
    from kg.tracking.comparison import Link


class Cancelled(Exception):
    """The job was cancelled."""


def write_and_link(
    writer: Writer, report: Report, check: Callable[[], None] = lambda: None
) -> tuple[Written, list[Link]]:
    """Write one report and link its claims to those of other articles, whole or not at all.

    Args:
        writer: of the store.
        report: what was read.
        check: raises :class:`Cancelled` to give up; then an article that is new is not there afterwards.

    Returns:
        What became of it, and its links.
    """
    from iibun.archive.deletion import clear, delete
    from kg.tracking import judgements, links

    store: Any = writer.store  # tracking's protocol is wider than the store's bindings
    written: Written | None = None
    try:
        written = writer.write(report, check)
        # an article that was there before must not be deleted on cancel
        given_up = (lambda: None) if written.fate in ("updated", "unchanged") else check
        found = [] if written.fate == "copy" else links.link_new(store, written.article, check=given_up)
    except Cancelled:
        if written is not None:
            delete(store, written.article)
        clear(store)
        raise
    if written.fate == "updated":
        judgements.refresh(store, written.article)
    return written, found


class Inflow:
    """Takes reports one by one; each is counted and linked once it is on disk.

    A context manager. At its end, also after an error, waiting reports are flushed, counted and linked. After an
    interrupt they are not: the store flushes when it is closed, and the next run links what this one did not.

    Args:
        writer, linker: what writes and links.
        done: called for each article that is on disk, with the number of characters that were extracted.

    Example:
        ``with Inflow(writer, linker, done) as inflow: inflow.add(report)``
    """

    def __init__(self, writer: Writer, linker: Linker, done: Callable[[Written, int], None]) -> None:
        self._writer, self._linker, self._tell = writer, linker, done
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
            self._tell(one, self._sizes.popleft())
        self._linker.add(*(one.article for one in written))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._done(self._writer.flush())
        elif isinstance(error, Exception):
            with suppress(IibunError):  # the error that ended the block is more useful
                self._done(self._writer.flush())
