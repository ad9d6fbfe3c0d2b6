"""What a query may use: time, memory, rows."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from kg import environment


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use, and how many queries may run.

    Attributes:
        seconds: wall-clock time of a query, and of waiting for a place.
        memory: bytes of address space of a worker.
        rows: rows of the result (four times as many triples).
        bytes: size of the result.
        workers: number of quick places.
        slow: number of slow places.
        waiting: most queries that wait.
    """

    seconds: float = 30.0
    memory: int = field(default_factory=lambda: _memory())
    rows: int = 200_000
    bytes: int = 64 << 20
    workers: int = 6
    slow: int = 3
    waiting: int = 128

    @classmethod
    def from_environment(cls) -> Limits:
        """The limits of ``IIBUN_QUERY_SECONDS``, ``IIBUN_QUERY_MEMORY_MB``, ``IIBUN_QUERY_ROWS`` and ``IIBUN_QUERY_MB``."""
        megabytes = environment.get("IIBUN_QUERY_MEMORY_MB")
        return cls(
            seconds=environment.get("IIBUN_QUERY_SECONDS"),
            memory=megabytes << 20 if megabytes else _memory(),
            rows=environment.get("IIBUN_QUERY_ROWS"),
            bytes=environment.get("IIBUN_QUERY_MB") << 20,
        )

    def generous(self) -> Limits:
        """Limits for the operator's own queries: more time, memory and rows, and results of at least 512 MB."""
        return replace(
            self,
            seconds=4 * self.seconds,
            memory=2 * self.memory,
            rows=50 * self.rows,
            bytes=max(512 << 20, self.bytes),
        )


def _memory() -> int:
    """Default memory of a query: an eighth of the machine's, 512 MB at least and 2 GB at most."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 2 << 30
    return max(512 << 20, min(2 << 30, physical // 8))
