"""The result and the progress of a command that processes many articles."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from iibun.cli.second import Cost
from iibun.cli.terminal import steer
from iibun.i18n import telling

if TYPE_CHECKING:
    from iibun.archive.samples import Judged
    from iibun.archive.writer import Written
    from ingest.read import Failure


_KEPT = 1000  #: most skipped sources that are listed by name; all are counted
_SHOWN = 50  #: most failures that are printed as text


@dataclass(slots=True)
class Tally:
    """Counts and failures of a run, for its summary and its exit code."""

    fates: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    skipped: int = 0
    passed_over: list[Failure] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)  # article, what failed a check
    unread: list[tuple[str, str]] = field(default_factory=list)  # article, which passages are not in Japanese
    characters: int = 0
    cost: Cost = field(default_factory=Cost)  # of the language model
    samples: Judged | None = None  # what became of the sample verdicts, where they were asked for

    def add(self, written: Written) -> None:
        """Count an article that was written."""
        self.fates[written.fate] += 1
        self.left_out += ((written.article, line) for line in written.dropped)
        if written.unread:
            self.unread.append((written.article, written.unread))

    def fail(self, failure: Failure) -> None:
        """Count a source that failed or was skipped on purpose."""
        if not failure.skipped:
            self.failures.append(failure)
            return
        self.skipped += failure.count
        if len(self.passed_over) < _KEPT:
            self.passed_over.append(failure)

    def code(self) -> int:
        """The exit code: 1 if a source or the language model failed, or something was left out of an article, else 0."""
        return 1 if self.failures or self.left_out or self.cost.failures else 0

    def show(self, format: str, seconds: float) -> None:
        """Print the summary on standard output and, for text, the failures on standard error.

        Args:
            format: ``json``, or anything else for text.
            seconds: how long the run took.
        """
        if format == "json":
            document = {
                "articles": self.fates, "skipped": self.skipped, "failed": [_named(f) for f in self.failures],
                "passed_over": [_named(f) for f in self.passed_over],
                "left_out": [{"article": a, "what": what} for a, what in self.left_out],
                "unread": [{"article": a, "what": what} for a, what in self.unread], "seconds": round(seconds, 2),
            }  # fmt: skip
            if self.cost.articles:
                document["llm"] = vars(self.cost)
            if self.samples:
                lists = {"missing": self.samples.missing, "early": self.samples.early}
                document["verdicts"] = {"given": self.samples.given} | {k: [*map(asdict, v)] for k, v in lists.items()}
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
        telling.say(telling.t("tally", parts=parts, seconds=seconds, rate=rate))
        if self.samples:
            telling.say(telling.t("sample-verdicts", n=self.samples.given))
            for name, rows in (("missing", self.samples.missing), ("early", self.samples.early)):
                if rows:
                    telling.tell(telling.t(f"sample-verdicts-{name}", n=len(rows)))
        self.tell()

    def tell(self) -> None:
        """Print what was skipped, failed or left out on standard error, and what the language model took."""
        self.cost.tell()
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
    """A line on standard error with the progress of a run, its rate and the time left.

    Args:
        total: number of sources; None if it is not known.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._start = self._last = time.monotonic()
        self._tty = sys.stderr.isatty()
        self._shown = False
        self.begun = 0  # number of sources begun
        self.done = 0  # number of articles done
        self.expected = self.characters = 0  # characters of the articles to process, and of what is done of them

    def step(self, characters: int = 0) -> None:
        """Count an article as done; ``characters`` are those that were not given to :meth:`read` before."""
        self.done += 1
        self.read(characters)

    def read(self, characters: int) -> None:
        """Count characters as done, and print the line if it is time; may be called for each section of an article."""
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
        """How much is done, from 0 to 1: by sources, or for a single source by characters; None if it is not known."""
        if self._total == 1:  # one source (a feed, a table) may have any number of articles
            return self.characters / self.expected if self.expected and not self.done else None
        return min(1.0, self.begun / self._total) if self._total and self.begun else None

    def end(self) -> None:
        """Remove the line from the terminal."""
        if self._tty and self._shown:
            steer("\r\x1b[K")


def _span(seconds: float) -> str:
    """A duration in words."""
    if seconds < 90:
        return telling.t("span-s", of=seconds)
    return telling.t("span-min", of=seconds / 60) if seconds < 5400 else telling.t("span-h", of=seconds / 3600)
