"""What goes to a worker process and what comes back, as JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class Job(TypedDict, total=False):
    """A query to evaluate, or an update to try on an empty store.

    Attributes:
        query: the text of a query, with all declarations.
        update: the text of an update, in place of a query.
        solutions, triples: the media types for rows and for triples; None if the client takes none.
        default, named: the graphs of the dataset; those of the text if None.
        base: the IRI against which relative IRIs are resolved.
        snapshot: the folder of the store to read.
        rows, bytes: the limits of the result.
    """

    query: str
    update: str
    solutions: str | None
    triples: str | None
    default: Sequence[str] | None
    named: Sequence[str] | None
    base: str | None
    snapshot: str
    rows: int
    bytes: int


class Head(TypedDict, total=False):
    """The first line of an answer; empty when the process is ready.

    Attributes:
        status: as in HTTP.
        type: the media type of the result.
        bytes: of the result, which follow.
        error: a sentence that says what went wrong.
    """

    status: int
    type: str
    bytes: int
    error: str
