"""Snapshots of a store that queries read: one is shared until the store changes, and removed when nobody reads it."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kg.endpoint.answers import Answers

#: Most seconds by which a new snapshot is delayed if the store is written to all the time.
INTERVAL = 0.1


class Source(Protocol):
    """What a pool needs of a store on disk: its version, snapshots, and a check of its files (see EmbeddedStore)."""

    @property
    def version(self) -> str: ...

    def snapshot(self, name: str) -> Path: ...

    def verify(self) -> None: ...


@dataclass(slots=True)
class Snapshot:
    """A snapshot of a store, with the answers that are cached for this state of it.

    Attributes:
        path: folder of the copy.
        version: the store's version when it was made.
        made, took: monotonic time at which it was finished, and the seconds that it took.
        users: number of queries and workers that use it.
        answers: cached answers by job.
    """

    path: Path
    version: str
    made: float
    took: float
    users: int = 0
    answers: Answers = field(default_factory=Answers)


class Snapshots:
    """The newest snapshot of a store, and older ones as long as they are used. Used within one event loop only.

    Args:
        store: what is copied.
    """

    def __init__(self, store: Source) -> None:
        self._store = store
        self._making: asyncio.Task[Snapshot] | None = None
        self.newest: Snapshot | None = None

    @property
    def current(self) -> Snapshot | None:
        """The newest snapshot, if the store has not changed since; may be asked in any thread."""
        now = self.newest
        return now if now is not None and now.version == self._store.version else None

    async def take(self) -> Snapshot:
        """A snapshot with everything that was written before the call; the caller gives it back with :meth:`leave`."""
        made = await self._now()
        made.users += 1
        return made

    def leave(self, snapshot: Snapshot) -> None:
        """Count one user less; an old snapshot without users is removed."""
        snapshot.users -= 1
        if not snapshot.users and snapshot is not self.newest:
            _remove(snapshot)

    def clear(self) -> None:
        """Remove the newest snapshot."""
        if self.newest is not None:
            _remove(self.newest)

    async def _now(self) -> Snapshot:
        for again in (False, True):
            if (now := self.current) is not None:
                return now
            if self._making is None:
                self._making = asyncio.get_running_loop().create_task(self._make())
                self._making.add_done_callback(self._made)
                again = True
            made = await asyncio.shield(self._making)
            if again:  # in the first round it may have been started before this call
                return made
        raise AssertionError

    def _made(self, task: asyncio.Task[Snapshot]) -> None:
        self._making = None
        if not task.cancelled():
            task.exception()  # mark it as retrieved; those that await the task get it, too

    async def _make(self) -> Snapshot:
        old = self.newest
        if old is not None:  # if the store is written to all the time, do not copy it all the time
            await asyncio.sleep(max(0.0, old.made + min(INTERVAL, 2 * old.took) - time.monotonic()))
        version, began = self._store.version, time.monotonic()
        path = await asyncio.to_thread(self._store.snapshot, "query")
        made = Snapshot(path, version, time.monotonic(), time.monotonic() - began)
        self.newest = made
        if old is not None and not old.users:
            _remove(old)
        return made


def _remove(snapshot: Snapshot) -> None:
    shutil.rmtree(snapshot.path, ignore_errors=True)
