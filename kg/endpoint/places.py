"""The places in which queries run, and the queue for them: short queries stay fast, however many long ones there are.

A query runs in a *quick* or in a *slow* place. Their number is limited.

- A query that is not known to be long gets a quick place. Some quick places are reserved for queries that were short before.
- In a quick place it has a share of CPU time, which is smaller the more others wait. When the share is used up, the query moves
  to a slow place at low priority. If none is free, it is ended and starts again when one is.
- A query that was long before waits for a slow place from the start.

So many long queries delay each other, but not the short ones. Queries are recognised by their shape (:func:`shape`).
"""

from __future__ import annotations

import asyncio
import time
from bisect import insort
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from kg.endpoint.limits import Limits
from kg.store.sparql import tokens

#: CPU seconds of a query in a quick place: if nobody waits, and at least. The last is a limit in wall-clock seconds.
QUICK, LEAST, LATE = 0.5, 0.05, 3.0
#: CPU seconds up to which a query of a known shape may use the reserved quick places.
SHORT = 0.1
#: Number of query shapes whose cost is kept.
SHAPES = 4096


class Crowded(Exception):
    """Too many queries wait already."""


@lru_cache(maxsize=512)
def shape(sparql: str) -> str:
    """The same text for all queries that differ only in IRIs, values, variable names and spaces.

    >>> shape("SELECT ?a { ?a <urn:x:p> 1 }") == shape("SELECT ?b {?b  <urn:x:q>  23}")
    True
    """
    if len(sparql) > 20_000:
        return f"{len(sparql).bit_length()} {hash(sparql[:1000])}"
    variables: dict[str, str] = {}
    out = []
    for token in tokens(sparql):
        match token.kind:
            case "space" | "comment":
                continue
            case "variable":
                out.append(variables.setdefault(token.text[1:], f"?{len(variables)}"))
            case "iri" | "name" | "string":
                out.append(token.kind[0])
            case _:
                out.append("0" if token.text[0].isdigit() else token.text.upper())
    return " ".join(out)


class Costs:
    """Remembers the CPU seconds that queries of a shape have needed."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, float] = OrderedDict()

    def of(self, shape: str) -> float | None:
        """The known cost of a shape, or None."""
        return self._known.get(shape)

    def done(self, shape: str, seconds: float) -> None:
        """Record the cost of a completed query; a known cost falls only step by step, to a quarter each time."""
        self._put(shape, max(seconds, self._known.get(shape, 0.0) / 4))

    def ended(self, shape: str, seconds: float) -> None:
        """Record that a query was ended after so many seconds, so that it costs at least these."""
        self._put(shape, max(seconds, self._known.get(shape, 0.0)))

    def _put(self, shape: str, seconds: float) -> None:
        self._known[shape] = seconds
        self._known.move_to_end(shape)
        if len(self._known) > SHAPES:
            self._known.popitem(last=False)


class Lane(IntEnum):
    """Where a query waits, by what is known of its shape."""

    SHORT = 0
    NEW = 1
    SLOW = 2
    HOPELESS = 3


#: The seconds by which the queries of each lane are put back in the queue.
_BEHIND = {Lane.SHORT: 0.0, Lane.NEW: 0.5, Lane.SLOW: 0.0, Lane.HOPELESS: 10.0}


@dataclass(slots=True, eq=False)
class _Waiting:
    """A query that waits for a place; the one with the least ``turn`` is the first."""

    turn: float
    lane: Lane
    got: asyncio.Future[None]

    def __lt__(self, other: _Waiting) -> bool:
        return self.turn < other.turn


class Places:
    """The free quick and slow places, and the queue of queries that wait for one. Used within one event loop only.

    Args:
        limits: the number of places, and how many queries may wait.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.quick, self.slow = limits.workers, limits.slow  # numbers of free places
        self._kept = min(2, limits.workers // 3)  # quick places reserved for Lane.SHORT
        self._left = min(1, limits.slow - 1)  # slow places that Lane.HOPELESS may not use
        self._queue: list[_Waiting] = []

    def lane(self, cost: float | None, seconds: float) -> Lane:
        """The lane in which a query waits.

        Args:
            cost: CPU seconds that its shape has needed; None if unknown.
            seconds: the query's time limit; one that is likely to exceed it has little hope.
        """
        if cost is None or SHORT <= cost < QUICK:
            return Lane.NEW
        return Lane.SHORT if cost < SHORT else Lane.SLOW if cost < seconds / 2 else Lane.HOPELESS

    @property
    def share(self) -> float:
        """CPU seconds that a query may use in a quick place, given the number that wait now."""
        waiting = sum(w.lane <= Lane.NEW for w in self._queue)
        return max(LEAST, QUICK / (1 + waiting / self.limits.workers))

    async def take(self, lane: Lane) -> bool:
        """Wait for a place; return whether it is a slow one.

        Raises:
            Crowded: if too many wait, to the one that would wait longest.
        """
        mine = _Waiting(time.monotonic() + _BEHIND[lane], lane, asyncio.get_running_loop().create_future())
        insort(self._queue, mine)
        self._next()
        if len(self._queue) > self.limits.waiting:
            last = max(self._queue, key=lambda w: (w.lane, w.turn))
            self._queue.remove(last)
            last.got.set_exception(Crowded())
        try:
            await mine.got
        except asyncio.CancelledError:
            if mine in self._queue:
                self._queue.remove(mine)
            elif mine.got.done() and not mine.got.cancelled() and mine.got.exception() is None:
                self.leave(lane >= Lane.SLOW)
            raise
        return lane >= Lane.SLOW

    def leave(self, slow: bool) -> None:
        """Give a place back."""
        if slow:
            self.slow += 1
        else:
            self.quick += 1
        self._next()

    def move(self) -> bool:
        """Exchange a quick place for a slow one; return whether one was free."""
        if not self.slow:
            return False
        self.slow -= 1
        self.leave(False)
        return True

    def _next(self) -> None:
        while one := next((w for w in self._queue if self._free(w.lane)), None):
            self._queue.remove(one)
            if not one.got.done():  # if it is done, the query was cancelled while it waited
                one.got.set_result(None)
                if one.lane >= Lane.SLOW:
                    self.slow -= 1
                else:
                    self.quick -= 1

    def _free(self, lane: Lane) -> bool:
        return (self.slow if lane >= Lane.SLOW else self.quick) > (0, self._kept, 0, self._left)[lane]


class Place:
    """The place of one running query, which may change from quick to slow."""

    def __init__(self, places: Places, slow: bool) -> None:
        self._places, self.slow = places, slow

    def move(self) -> bool:
        self.slow = self._places.move()
        return self.slow

    def leave(self) -> None:
        self._places.leave(self.slow)
