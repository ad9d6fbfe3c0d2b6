"""The tool ``sparql``: a query of the agent's own, evaluated in the endpoint's worker processes within its limits."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import pyoxigraph as ox
from pydantic import Field

from iibun.agents.paging import Cursor, Limit, Page
from iibun.agents.quotations import given
from iibun.agents.threads import Threads
from kg.endpoint.limits import Limits
from kg.endpoint.workers import ask
from kg.store.base import prefixed
from kg.store.sparql import refuse
from kg.store.values import value

if TYPE_CHECKING:
    from kg.store import Store

#: Most characters of one value, and of all values on a page.
CELL, WHOLE = 2_000, 40_000


class Query:
    """The tool of this module.

    Args:
        store: gives the store, at each call.
        threads: where blocking work is done.
    """

    def __init__(self, store: Callable[[], Store], threads: Threads) -> None:
        self._store, self._threads = store, threads

    async def sparql(
        self,
        query: Annotated[str, Field(description="SPARQL 1.1: SELECT, ASK, CONSTRUCT or DESCRIBE.")],
        limit: Limit = 20,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        """Ask the graph in SPARQL where the other tools do not suffice. Read only, with limits of time, memory and rows.

        The prefixes iib, schema, oa, skos, prov, rdf, rdfs, xsd need no declaration; each article is a named graph, and a query
        sees all. Ask for the quotation too: SELECT ?title ?article ?start ?end ?exact { ?claim a schema:Claim ; schema:name
        ?title ; schema:appearance ?article ; iib:modality "probable" ; iib:content/oa:hasSelector ?p, ?q .
        ?p oa:start ?start ; oa:end ?end . ?q oa:exact ?exact }
        """
        page = Page.of("sparql", limit, cursor, query=query)
        running = _Running()
        try:
            return await self._threads.run(self._answered, query, page, running)
        except anyio.get_cancelled_exc_class():
            running.end()
            raise

    def _answered(self, query: str, page: Page, running: _Running) -> dict[str, Any]:
        text = prefixed(query)
        refuse(text)
        found = ask(self._store(), text, Limits.from_environment(), begun=running.begun)
        if isinstance(found, ox.QueryBoolean):
            return {"answer": bool(found)}
        if isinstance(found, ox.QuerySolutions):
            columns = [v.value for v in found.variables]
            rows = ([_cell(row[name]) for name in columns] for row in found)
        else:
            columns = ["subject", "predicate", "object"]
            rows = ([str(t.subject), str(t.predicate), _cut(str(t.object))] for t in found)
        shown, after = _page(islice(rows, page.offset, page.offset + page.reach), page.limit)
        return {
            "columns": columns,
            "rows": shown,
            **given(next=page.cursor(page.offset + len(shown)) if after else None),
        }


class _Running:
    """A query that another thread may end, even before it has begun."""

    def __init__(self) -> None:
        self._lock, self._ended = threading.Lock(), False
        self._future: Future[Any] | None = None

    def begun(self, future: Future[Any]) -> None:
        """Take the future of the answer."""
        with self._lock:
            self._future = future
            if self._ended:
                future.cancel()

    def end(self) -> None:
        """End the query: nobody waits for its answer any more."""
        with self._lock:
            self._ended = True
            if self._future is not None:
                self._future.cancel()


def _page(rows: Iterator[list[Any]], limit: int) -> tuple[list[list[Any]], bool]:
    """The rows that fit on a page, one at least, and whether others follow."""
    shown: list[list[Any]] = []
    size = 0
    for row in rows:
        size += sum(len(str(cell)) for cell in row)
        if len(shown) == limit or (shown and size > WHOLE):
            return shown, True
        shown.append(row)
    return shown, False


def _cell(term: Any) -> Any:
    """A term as JSON has it."""
    found = value(term)
    if isinstance(found, float) and not math.isfinite(found):
        return str(found)
    return _cut(found) if isinstance(found, str) else found


def _cut(text: str) -> str:
    """A text that is cut if it is long, and says so.

    >>> _cut("あ" * 3000)[1998:]
    'ああ… [2000 of 3000 characters]'
    """
    return text if len(text) <= CELL else f"{text[:CELL]}… [{CELL} of {len(text)} characters]"
