"""Which graphs a process wrote, from one version of a store to the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

#: Writes that are remembered; whoever looks more seldom reads everything again.
KEPT = 10_000


class Changes:
    """The last writes of this process to one store.

    >>> changes = Changes()
    >>> changes.note("1", "2", ["urn:x:a"])
    >>> changes.note("2", "3", ["urn:x:b"])
    >>> sorted(changes.since("1", "3") or ())
    ['urn:x:a', 'urn:x:b']
    >>> changes.note("another process's", "5", ["urn:x:c"])
    >>> changes.since("1", "5") is None
    True
    """

    def __init__(self) -> None:
        self._writes: deque[tuple[str, str, frozenset[str] | None]] = deque(maxlen=KEPT)

    def note(self, before: str, after: str, graphs: Iterable[str] | None) -> None:
        """Remember a write: the versions before and after it, and the graphs; None if they are not known."""
        self._writes.append((before, after, None if graphs is None else frozenset(graphs)))

    def since(self, version: str, now: str) -> frozenset[str] | None:
        """The graphs that were written from a version until now; None where that is not known: it may be any."""
        found: set[str] = set()
        for before, after, graphs in reversed(list(self._writes)):
            if now == version:
                break
            if after != now or graphs is None:
                return None
            found |= graphs
            now = before
        return frozenset(found) if now == version else None
