"""What a run over many articles did, and how far it is."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iibun.cli.terminal import steer
from iibun.i18n import telling

if TYPE_CHECKING:
    from iibun.archive.writer import Written
    from ingest.read import Failure


_KEPT = 1000  #: of what was passed over, listed by name; all are counted
_SHOWN = 50  #: failures that a text shows


@dataclass(slots=True)
class Tally:
    """What a run did, for its last lines and its exit code: 1 if anything failed or was left out that was to be read."""

    fates: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    skipped: int = 0
    passed_over: list[Failure] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)  # article, what of it
    unread: list[tuple[str, str]] = field(default_factory=list)  # article, which passages are in no Japanese
    characters: int = 0

    def add(self, written: Written) -> None:
        self.fates[written.fate] += 1
        self.left_out += ((written.article, line) for line in written.dropped)
        if written.unread:
            self.unread.append((written.article, written.unread))

    def fail(self, failure: Failure) -> None:
        if not failure.skipped:
            self.failures.append(failure)
            return
        self.skipped += failure.count
        if len(self.passed_over) < _KEPT:
            self.passed_over.append(failure)

    def code(self) -> int:
        return 1 if self.failures or self.left_out else 0

    def show(self, format: str, seconds: float) -> None:
        """Print the result on standard output and what was not read on standard error."""
        if format == "json":
            document = {
                "articles": self.fates, "skipped": self.skipped, "failed": [_named(f) for f in self.failures],
                "passed_over": [_named(f) for f in self.passed_over],
                "left_out": [{"article": a, "what": what} for a, what in self.left_out],
                "unread": [{"article": a, "what": what} for a, what in self.unread], "seconds": round(seconds, 2),
            }  # fmt: skip
            telling.show_json(document)
            return
        counts = {f"fate-{k}": self.fates[k] for k in ("new", "updated", "unchanged", "copy", "near-copy")}
        counts |= {
            "tally-passed-over": self.skipped,
            "tally-unread": len(self.unread),
            "tally-failed": len(self.failures),
        }
        parts = telling.t("comma").join(telling.t(key, n=n) for key, n in counts.items() if n) or telling.t("none")
        rate = telling.t("tally-rate", rate=self.characters / seconds) if self.characters and seconds > 1 else ""
        print(telling.t("tally", parts=parts, seconds=seconds, rate=rate))
        self.tell()

    def tell(self) -> None:
        """Print what was not read, and what failed, on standard error."""
        _list("passed-over", [str(f.error) for f in self.passed_over], 5)
        _list("failed", [str(f.error) for f in self.failures], _SHOWN)
        _list(
            "left-out", [telling.t("of-article", what=what, article=article) for article, what in self.left_out], _SHOWN
        )


def _named(failure: Failure) -> dict[str, Any]:
    return {"name": failure.name, "error": str(failure.error)} | ({"count": failure.count} if failure.count > 1 else {})


def _list(what: str, lines: list[str], most: int) -> None:
    for line in lines[:most]:
        telling.tell(f"  {telling.t(what, why=telling.explain(line))}")
    if len(lines) > most:
        telling.tell(f"  {telling.t(what, why=telling.t('more', n=len(lines) - most))}")


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
        what, done = ("articles", self.done) if self.done else ("characters", self.characters)
        line = telling.t(f"progress-{what}", done=done) + telling.t("tally-rate", rate=self.characters / seconds)
        if share := self.share():
            line += telling.t("progress-left", share=share, span=_span(seconds / share - seconds))
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
        return telling.t("span-s", of=seconds)
    return telling.t("span-min", of=seconds / 60) if seconds < 5400 else telling.t("span-h", of=seconds / 3600)
