"""The answer to a query, and the answers that are cached for one state of a store."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

#: An answer is cached if it took at least so many seconds; most bytes of one cached answer, and of all.
WORTH, ONE, ALL = 0.02, 1 << 20, 16 << 20
#: Functions whose result differs each time, so that the answer must not be cached. Escapes may hide such a name.
_CHANGING = re.compile(r"(?:NOW|RAND|UUID|BNODE)\s*[(#]|\\u", re.IGNORECASE)


@dataclass(slots=True)
class Answer:
    """The answer to a query: an HTTP status with a result, or with a sentence that says what went wrong."""

    status: int
    media_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    error: str = ""


def is_cached(text: str, seconds: float) -> bool:
    """Whether the answer to a query is worth to be cached, and will be the same next time.

    Args:
        text: the query.
        seconds: that it took.

    >>> is_cached("SELECT (RAND() AS ?x) {}", 5.0), is_cached("SELECT ?s { ?s ?p ?o }", 5.0)
    (False, True)
    """
    return seconds >= WORTH and not _CHANGING.search(text)


class Answers:
    """A cache of answers by job, of :data:`ALL` bytes at most; the least recently used go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, Answer] = {}
        self.size = 0  # bytes of the answers and their jobs

    def __contains__(self, key: str) -> bool:
        return key in self._found

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: str) -> Answer | None:
        """The cached answer to a job, or None."""
        with self._lock:
            if (answer := self._found.pop(key, None)) is not None:
                self._found[key] = answer  # move it to the end: the most recently used
        return answer

    def put(self, key: str, answer: Answer) -> None:
        """Cache an answer, unless it is an error or too large."""
        size = len(answer.body) + len(key)
        if answer.status != 200 or size > ONE:
            return
        with self._lock:
            if key not in self._found:
                self.size += size
            self._found[key] = answer
            while self.size > ALL:
                oldest = next(iter(self._found))
                self.size -= len(oldest) + len(self._found.pop(oldest).body)
