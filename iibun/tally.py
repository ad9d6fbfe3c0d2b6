"""What a run over many articles did, and how far it is."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iibun.terminal import steer

if TYPE_CHECKING:
    from iibun.ingestion import Written
    from ingest.read import Failure


@dataclass(slots=True)
class Tally:
    """What a run did, for its last lines and its exit code."""

    fates: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    skipped: int = 0
    characters: int = 0

    def add(self, written: Written) -> None:
        self.fates[written.fate] = self.fates.get(written.fate, 0) + 1

    def fail(self, failure: Failure) -> None:
        if failure.skipped:
            self.skipped += 1
        else:
            self.failures.append(failure)

    def code(self) -> int:
        return 1 if self.failures else 0

    def show(self, format: str, seconds: float) -> None:
        """Print the result on standard output and the failures on standard error."""
        if format == "json":
            listed = [{"name": f.name, "error": str(f.error)} for f in self.failures]
            document = {"articles": self.fates, "skipped": self.skipped, "failed": listed, "seconds": round(seconds, 2)}
            print(json.dumps(document, ensure_ascii=False))
            return
        words = {"new": "read", "updated": "read again", "unchanged": "unchanged", "copy": "the same as others",
                 "near-copy": "nearly the same as others"}  # fmt: skip
        parts = [f"{self.fates[k]} {words[k]}" for k in words if k in self.fates]
        if self.skipped:
            parts.append(f"{self.skipped} passed over (no Japanese or no text)")
        if self.failures:
            parts.append(f"{len(self.failures)} failed")
        rate = f", {self.characters / seconds:,.0f} characters a second" if self.characters and seconds > 1 else ""
        print(f"Articles: {', '.join(parts) or 'none'} ({seconds:.1f} s{rate}).")
        for failure in self.failures[:50]:
            print(f"  failed: {failure.error}", file=sys.stderr)
        if len(self.failures) > 50:
            print(f"  and {len(self.failures) - 50} more; --format json lists all.", file=sys.stderr)


class Progress:
    """One line on standard error that tells how far a run is, its rate and the time left."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._start = self._last = time.monotonic()
        self._tty = sys.stderr.isatty()
        self._shown = False
        self.begun = 0  # sources
        self.done = 0  # articles
        self.expected = self.characters = 0  # of the articles to be read, and of what was read of them

    def step(self, characters: int = 0) -> None:
        """One article more is done; ``characters`` are those that :meth:`read` was not told of."""
        self.done += 1
        self.read(characters)

    def read(self, characters: int) -> None:
        """So many characters more were read, of a long article some thousand at a time."""
        self.characters += characters
        now = time.monotonic()
        if now - self._last < (0.5 if self._tty else 10.0):
            return
        self._last = now
        seconds = now - self._start
        rate = f"{self.characters / seconds:,.0f} characters a second"
        line = f"{self.done:,} articles, {rate}" if self.done else f"{self.characters:,} characters read, {rate}"
        if share := self.share():
            line += f", {share:.0%}, about {_span(seconds / share - seconds)} left"
        if self._tty:
            steer("\r\x1b[K")
        print(line, end="" if self._tty else "\n", file=sys.stderr, flush=True)
        self._shown = True

    def share(self) -> float | None:
        """How much of the whole is done, from 0 to 1: of several sources, or of the one article; None if nobody knows."""
        if self._total == 1:  # a feed or table may have any number of articles
            return self.characters / self.expected if self.expected and not self.done else None
        return min(1.0, self.begun / self._total) if self._total and self.begun else None

    def end(self) -> None:
        if self._tty and self._shown:
            steer("\r\x1b[K")


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
