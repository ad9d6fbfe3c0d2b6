"""Following feeds: conditional requests, a record of what was read, and longer waits after failures."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ingest.fetch import Fetcher, Unreachable
from ingest.read import Failure, read, read_text
from ingest.sources.document import NoJapanese, ReadError, cut_short
from ingest.sources.feed import Entry, entries, is_whole
from kg.errors import IibunError
from kg.files import replacing
from kg.model import Article

MAX_WAIT = 24 * 3600.0  #: most seconds between two requests of a feed that keeps failing
_REMEMBERED = 5000  #: entries of a feed that are remembered; twice as many as it has if that is more
_TRIES = 3  #: times that an entry that fails is tried, once in each round


class WrongState(IibunError):
    """The file with the state cannot be used."""


@dataclass(slots=True)
class FeedState:
    """What is known of one feed.

    Attributes:
        etag: the ``ETag`` of the last answer, for a conditional request.
        modified: its ``Last-Modified``.
        seen: hashes of the entries that were read, the oldest first.
        tries: how often an entry has failed.
        failures: how often in a row the feed has failed.
        due: when it is requested next, in seconds since 1970.
        gone: whether the server said that it no longer exists.
    """

    etag: str | None = None
    modified: str | None = None
    seen: list[str] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    due: float = 0.0
    gone: bool = False


class State:
    """The state of all feeds, in one JSON file.

    Attributes:
        path: the file; None keeps the state in memory only.
        feeds: the state of each feed by its address.
    """

    def __init__(self, path: Path | None, feeds: dict[str, FeedState] | None = None) -> None:
        """Args:
        path: the file, or None.
        feeds: the states of feeds.
        """
        self.path = path
        self.feeds = feeds or {}

    @classmethod
    def load(cls, path: Path | None) -> State:
        """The state in a file; an empty one if the file does not exist.

        Raises:
            WrongState: if the file has something else.
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
        """Write the state, completely or not at all."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"feeds": {u: asdict(f) for u, f in self.feeds.items()}}, ensure_ascii=False)
        with replacing(self.path) as new:
            new.write_text(content, "utf-8")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new article.

    Attributes:
        article: the article.
        done: to be called when the article is in the store, so that it is not read again.
    """

    article: Article
    done: Callable[[], None]


class Watcher:
    """Requests feeds when they are due and yields their new articles.

    Args:
        feeds: web addresses.
        state: what was read before.
        fetcher: how pages are fetched.
        every: seconds between two requests of one feed.
        originals: a folder in which pages are kept as read.
        clock, sleep: replaced in tests.
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
        """The new articles of all feeds as they come; it ends only with ``once``, or when all feeds are gone.

        Args:
            once: request each feed once, due or not, and end.
            on_failure: called for each feed and entry that cannot be read.
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
        """Request one feed, yield its new articles, the oldest first, and set when it is due next.

        Args:
            url: the feed's address.
            known: its state, which is updated.
            on_failure: as of :meth:`articles`.
        """
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
                """Record that the entry was read."""
                if key not in seen:
                    seen.add(key)
                    known.seen.append(key)
                    del known.seen[:-most]
                known.tries.pop(key, None)

            def done(remember: Callable[[], None] = remember) -> None:
                """Record that the entry is in the store."""
                remember()
                self._state.save()

            try:
                articles = self._read(entry, on_failure)
                for article in articles[:-1]:
                    yield Arrival(article, lambda: None)
                yield Arrival(articles[-1], done)  # the last one is stored after the others
                complete = complete and key in seen
            except IibunError as error:
                tries = known.tries[key] = known.tries.get(key, 0) + 1
                on_failure(Failure(entry.link or url, error, skipped=isinstance(error, NoJapanese)))
                if tries >= _TRIES or isinstance(error, NoJapanese):
                    remember()  # saved once at the end of the round, since a feed may have many of them
                else:
                    complete = False
        if page.status != 304:
            # If something is missing or has to be tried again, the next answer must not be "not modified".
            known.etag, known.modified = (page.etag, page.modified) if complete else (None, None)
        known.failures = 0
        known.due = self._clock() + self._every
        self._state.save()

    def _read(self, entry: Entry, on_failure: Callable[[Failure], None]) -> list[Article]:
        """The articles of an entry: those at its link, or else the text in the feed.

        The text in the feed is used if there is no link, or if the feed has the full text and either programs may not
        read the link or it gives much less.

        Raises:
            IibunError: if neither can be read.
        """
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
        if entry.error:
            raise entry.error
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
        """Set when a feed that failed is due.

        The wait doubles with each failure up to :data:`MAX_WAIT`. It is at least what the server asks for, up to seven
        times that.
        """
        known.failures += 1
        wait = min(self._every * 2 ** min(known.failures, 10), MAX_WAIT)
        if isinstance(error, Unreachable):
            known.gone = error.status == 410
            wait = max(wait, min(error.retry_after or 0.0, 7 * MAX_WAIT))
        known.due = self._clock() + wait
