"""Following feeds: ask politely, remember what was read, wait longer after failures."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ingest.fetch import Fetcher, Unreachable
from ingest.read import Failure, read, read_text
from ingest.sources.document import NoJapanese, ReadError, cut_short
from ingest.sources.feed import Entry, entries, is_whole
from kg.errors import IibunError
from kg.model import Article

MAX_WAIT = 24 * 3600.0  #: seconds between two tries of a feed that keeps failing
_REMEMBERED = 5000  #: entries of a feed at least; twice as many as it has where it has more
_TRIES = 3  #: times that an entry that fails is tried, once in each round


class WrongState(IibunError):
    """The file that remembers what was read cannot be used."""


@dataclass(slots=True)
class FeedState:
    """What is known of one feed: versions for conditional requests, entries read, failures, when it is due."""

    etag: str | None = None
    modified: str | None = None
    seen: list[str] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    due: float = 0.0
    gone: bool = False


class State:
    """What was read of all feeds, in one JSON file that is replaced whole."""

    def __init__(self, path: Path | None, feeds: dict[str, FeedState] | None = None) -> None:
        self.path = path
        self.feeds = feeds or {}

    @classmethod
    def load(cls, path: Path | None) -> State:
        """The state in a file; empty where there is none.

        Raises:
            WrongState: if the file is not one of ours.
        """
        if path is None or not path.exists():
            return cls(path)
        try:
            content = json.loads(path.read_text("utf-8"))
            return cls(path, {url: FeedState(**known) for url, known in content["feeds"].items()})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise WrongState(
                f"{path} does not hold what `iibun watch` remembers; move it away or give --state."
            ) from None

    def save(self) -> None:
        """Write the state, whole or not at all."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        part.write_text(
            json.dumps({"feeds": {u: asdict(f) for u, f in self.feeds.items()}}, ensure_ascii=False), "utf-8"
        )
        part.replace(self.path)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new article; call ``done`` when it is safe in the store, so that it is not read again."""

    article: Article
    done: Callable[[], None]


class Watcher:
    """Asks feeds when they are due and yields their new articles.

    Args:
        feeds: web addresses.
        state: what was read before.
        fetcher: how pages are fetched.
        every: seconds between two requests of one feed.
        originals: a folder in which pages are kept as read.
        clock, sleep: time, for tests.
    """

    def __init__(
        self,
        feeds: list[str],
        state: State,
        fetcher: Fetcher,
        *,
        every: float = 1800.0,
        originals: Path | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._feeds = list(dict.fromkeys(feeds))
        self._state = state
        self._fetcher = fetcher
        self._every = every
        self._originals = originals
        self._clock = clock
        self._sleep = sleep

    def articles(self, *, once: bool = False, on_failure: Callable[[Failure], None]) -> Iterator[Arrival]:
        """The new articles of all feeds, as they come; for ever, unless ``once``.

        Args:
            once: ask each feed once, due or not, and end.
            on_failure: told of each feed and entry that cannot be read.
        """
        while True:
            for url in self._feeds:
                known = self._state.feeds.setdefault(url, FeedState())
                if once or (self._clock() >= known.due and not known.gone):
                    yield from self._round(url, known, on_failure)
            if once:
                return
            waiting = [f.due for u, f in self._state.feeds.items() if u in self._feeds and not f.gone]
            if not waiting:
                return
            self._sleep(max(1.0, min(min(waiting) - self._clock(), 3600.0)))

    def _round(self, url: str, known: FeedState, on_failure: Callable[[Failure], None]) -> Iterator[Arrival]:
        try:
            page = self._fetcher.get(url, etag=known.etag, modified=known.modified)
            found = list(entries(page.content, url)) if page.status != 304 else []
            complete = page.status == 304 or is_whole(page.content)
        except ReadError as error:
            on_failure(Failure(url, error))
            self._back_off(known, error)
            self._state.save()
            return
        if not complete:
            on_failure(Failure(url, cut_short(url).error))
        most = max(_REMEMBERED, 2 * len(found))
        seen = set(known.seen)
        for entry in reversed(found):  # oldest first
            key = hashlib.sha256(entry.id.encode("utf-8", "replace")).hexdigest()[:24]
            if key in seen:
                continue

            def remember(key: str = key) -> None:
                if key not in seen:
                    seen.add(key)
                    known.seen.append(key)
                    del known.seen[:-most]
                known.tries.pop(key, None)

            def done(remember: Callable[[], None] = remember) -> None:
                remember()
                self._state.save()

            try:
                articles = self._read(entry, on_failure)
                for article in articles[:-1]:
                    yield Arrival(article, lambda: None)
                yield Arrival(articles[-1], done)  # which is written after the others
                complete = complete and key in seen
            except IibunError as error:
                tries = known.tries[key] = known.tries.get(key, 0) + 1
                on_failure(Failure(entry.link or url, error, skipped=isinstance(error, NoJapanese)))
                if tries >= _TRIES or isinstance(error, NoJapanese):
                    remember()  # saved with the round: a feed may have any number of them
                else:
                    complete = False
        if page.status != 304:
            # What is missing, or has to be tried again, must be seen again, so the feed may not answer "not modified".
            known.etag, known.modified = (page.etag, page.modified) if complete else (None, None)
        known.failures = 0
        known.due = self._clock() + self._every
        self._state.save()

    def _read(self, entry: Entry, on_failure: Callable[[Failure], None]) -> list[Article]:
        """What an entry links to, one article if it is a page; or the text that the feed holds where none is to be had."""
        if entry.link and entry.link.startswith(("http://", "https://")):
            if not self._fetcher.allowed(entry.link):
                if not entry.full:
                    raise ReadError(f"{entry.link} may not be read by programs (robots.txt).")
            else:
                failed: list[Failure] = []
                found = list(
                    read(
                        entry.link,
                        published=entry.metadata.published,
                        publisher=entry.metadata.publisher,
                        originals=self._originals,
                        fetcher=self._fetcher,
                        on_failure=failed.append,
                    )
                )
                if failed and not found:
                    raise next((f.error for f in failed if not f.skipped), failed[0].error)
                for failure in failed:
                    on_failure(failure)
                if found and (not entry.full or len(found[0].text) >= len(entry.text) * 0.5):
                    return found
        m = entry.metadata
        article = read_text(
            entry.text,
            published=m.published,
            title=m.title,
            url=m.url,
            publisher=m.publisher,
            source=entry.link or entry.id,
        )
        return [article]

    def _back_off(self, known: FeedState, error: ReadError) -> None:
        known.failures += 1
        wait = min(self._every * 2 ** min(known.failures, 10), MAX_WAIT)
        if isinstance(error, Unreachable):
            known.gone = error.status == 410
            wait = max(wait, min(error.retry_after or 0.0, 7 * MAX_WAIT))
        known.due = self._clock() + wait
