"""A pool of worker processes that evaluate queries on snapshots, scheduled so that short queries stay fast.

A query runs in a *quick* or in a *slow* place. Their number is limited.

- A query that is not known to be long gets a quick place. Some quick places are reserved for queries that were short before.
- In a quick place it has a share of CPU time, which is smaller the more others wait. When the share is used up, the query moves
  to a slow place at low priority. If none is free, it is ended and starts again when one is.
- A query that was long before waits for a slow place from the start.

So many long queries delay each other, but not the short ones. Queries are recognised by their shape (:func:`shape`).

An event loop in a thread of the pool does the timing, so a waiting query needs no thread. A caller may stop waiting at any
moment, which ends its query. The workers are :mod:`kg.endpoint.evaluator`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from bisect import insort
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pyoxigraph as ox

from kg import environment
from kg.store import damage
from kg.store.base import Store
from kg.store.embedded import EmbeddedStore
from kg.store.folder import FolderStore
from kg.store.sparql import BadQuery, Refused, tokens

#: CPU seconds of a query in a quick place: if nobody waits, and at least. The last is a limit in wall-clock seconds.
QUICK, LEAST, LATE = 0.5, 0.05, 3.0
#: CPU seconds up to which a query of a known shape may use the reserved quick places.
SHORT = 0.1
#: Most seconds by which a new snapshot is delayed if the store is written to all the time.
INTERVAL = 0.1
#: An answer is cached if it took at least so many seconds; most bytes of one cached answer, and of all.
WORTH, ONE, ALL = 0.02, 1 << 20, 16 << 20
#: Number of query shapes whose cost is kept.
SHAPES = 4096
#: Functions whose result differs each time, so that the answer must not be cached. Escapes may hide such a name.
_CHANGING = re.compile(r"(?:NOW|RAND|UUID|BNODE)\s*[(#]|\\u", re.IGNORECASE)

_BUSY = "The server has been busy for too long; try again in a few seconds."
_CROWDED = "Too many queries are waiting; try again in a few seconds."
_MEMORY = "The query was ended: it needs more memory than a query may have."
_CLOSED = "The store has been closed; open it again."
_DEEP = "The query was ended: it is too long or nested too deeply."
#: Greatest share of time for verifying a store's files after queries have failed.
LOOKING = 0.05


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


@dataclass(slots=True)
class Answer:
    """The answer to a query: an HTTP status with a result, or with a sentence that says what went wrong."""

    status: int
    media_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    error: str = ""


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
        answers: cached answers by job, least recently used first.
        size: bytes of these answers.
    """

    path: Path
    version: str
    made: float
    took: float
    users: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    size: int = 0


@dataclass(slots=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    memory: int
    reader: asyncio.StreamReader
    transport: asyncio.BaseTransport
    snapshot: Snapshot | None = None


class _Ended(Exception):
    """A query has used up its quick place, and no slow place is free."""


class _Crowded(Exception):
    """Too many queries wait already."""


def _memory() -> int:
    """Default memory of a query: an eighth of the machine's, 512 MB at least and 2 GB at most."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 2 << 30
    return max(512 << 20, min(2 << 30, physical // 8))


def _cpu(pid: int) -> float | None:
    """CPU seconds that a process has used; None if the system does not tell (only Linux does)."""
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime(~pid << 3 | 2)  # the kernel's identifier of a process's CPU clock
    except OSError:
        return None


def _behind(pid: int, steps: int) -> None:
    """Give a process a lower priority than this one, by so many steps, if the system supports it."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + steps))


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


@dataclass(slots=True, eq=False)
class _Waiting:
    """A query that waits for a place; the one with the least ``turn`` is the first."""

    turn: float
    lane: int
    got: asyncio.Future[None]

    def __lt__(self, other: _Waiting) -> bool:
        return self.turn < other.turn


#: Lanes of waiting queries, and for each the seconds by which its queries are put back in the queue.
_SHORT, _NEW, _SLOW, _HOPELESS = range(4)
_BEHIND = (0.0, 0.5, 0.0, 10.0)


class Places:
    """The free quick and slow places, and the queue of queries that wait for one. Used within one event loop only.

    Args:
        limits: the number of places, and how many queries may wait.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.quick, self.slow = limits.workers, limits.slow  # numbers of free places
        self._kept = min(2, limits.workers // 3)  # quick places reserved for the lane _SHORT
        self._left = min(1, limits.slow - 1)  # slow places that the lane _HOPELESS may not use
        self._queue: list[_Waiting] = []

    def lane(self, cost: float | None, seconds: float) -> int:
        """The lane in which a query waits.

        Args:
            cost: CPU seconds that its shape has needed; None if unknown.
            seconds: the query's time limit; one that is likely to exceed it has little hope.
        """
        if cost is None or SHORT <= cost < QUICK:
            return _NEW
        return _SHORT if cost < SHORT else _SLOW if cost < seconds / 2 else _HOPELESS

    @property
    def share(self) -> float:
        """CPU seconds that a query may use in a quick place, given the number that wait now."""
        waiting = sum(w.lane <= _NEW for w in self._queue)
        return max(LEAST, QUICK / (1 + waiting / self.limits.workers))

    async def take(self, lane: int) -> bool:
        """Wait for a place; return whether it is a slow one.

        Raises:
            _Crowded: if too many wait, to the one that would wait longest.
        """
        mine = _Waiting(time.monotonic() + _BEHIND[lane], lane, asyncio.get_running_loop().create_future())
        insort(self._queue, mine)
        self._next()
        if len(self._queue) > self.limits.waiting:
            last = max(self._queue, key=lambda w: (w.lane, w.turn))
            self._queue.remove(last)
            last.got.set_exception(_Crowded())
        try:
            await mine.got
        except asyncio.CancelledError:
            if mine in self._queue:
                self._queue.remove(mine)
            elif mine.got.done() and not mine.got.cancelled() and mine.got.exception() is None:
                self.leave(lane >= _SLOW)
            raise
        return lane >= _SLOW

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
                if one.lane >= _SLOW:
                    self.slow -= 1
                else:
                    self.quick -= 1

    def _free(self, lane: int) -> bool:
        return (self.slow if lane >= _SLOW else self.quick) > (0, self._kept, 0, self._left)[lane]


class Pool:
    """The worker processes for one store on disk.

    Args:
        store: the store, or anything else with its snapshots.
        limits: how many queries run and wait, and the default limits of a query.

    Example:
        ``Pool(store.hold(), Limits()).run({"query": "ASK {}", "solutions": "text/csv", "triples": None})``
    """

    _all: ClassVar[dict[EmbeddedStore, Pool]] = {}
    _guard: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def of(cls, store: EmbeddedStore) -> Pool:
        """The one pool of a store in this process; it is closed with the store."""
        with cls._guard:
            found = cls._all.get(store)
            if found is None:
                found = cls._all[store] = Pool(store, Limits.from_environment())
                store.when_closed(found.close)
            return found

    @classmethod
    def close_all(cls) -> None:
        """Close the pools of all stores, as when the server stops."""
        for pool in list(cls._all.values()):
            pool.close()

    def __init__(self, store: Source, limits: Limits) -> None:
        self._store, self._limits = store, limits
        self._lock = threading.Lock()  # for the cached answers and for closing
        self._free: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._costs = Costs()
        self._places = Places(limits)
        self._snapshot: Snapshot | None = None
        self._making: asyncio.Task[Snapshot] | None = None
        self._damaged: damage.Damaged | None = None
        self._look_again = 0.0  # monotonic time from which the store's files may be verified again
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="queries", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def submit(self, job: dict[str, Any], *, limits: Limits | None = None, fresh: bool = False) -> Future[Answer]:
        """Start to evaluate a query; return a future of its answer. Cancelling the future ends the query.

        Args:
            job: ``query``, ``solutions`` and ``triples`` (media types for rows and triples, or None), and optionally
                ``default``, ``named`` and ``base`` as for :func:`kg.store.dataset.answer`; or only ``update``, an update
                to try on an empty store.
            limits: of this query; the pool's if None. How many queries run and wait is always the pool's.
            fresh: evaluate it even if an answer is cached.
        """
        limits = limits or self._limits
        key = json.dumps([job, limits.rows, limits.bytes])
        known = None if fresh else self._known(key)
        if known is not None or self._closed:
            done: Future[Answer] = Future()
            done.set_result(known or Answer(503, error=_CLOSED))
            return done
        return asyncio.run_coroutine_threadsafe(self._answer(job, key, limits), self._loop)

    def run(self, job: dict[str, Any], *, limits: Limits | None = None, fresh: bool = False) -> Answer:
        """The answer to a query; arguments as for :meth:`submit`. An exception while waiting ends the query."""
        future = self.submit(job, limits=limits, fresh=fresh)
        try:
            return future.result()
        except CancelledError:  # the pool was closed
            return Answer(503, error=_CLOSED)
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End all queries and workers, and remove the snapshot."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with self._guard:
            for store in [store for store, pool in self._all.items() if pool is self]:
                del self._all[store]

        asyncio.run_coroutine_threadsafe(self._shut(), self._loop)
        self._thread.join(10)
        if self._snapshot is not None:
            shutil.rmtree(self._snapshot.path, ignore_errors=True)

    async def _shut(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        for worker in list(self._workers):
            self._end(worker)
        if tasks:
            await asyncio.wait(tasks, timeout=5)
        self._loop.call_later(0.01, self._loop.stop)  # the callers get their answers before

    # cached answers

    def _known(self, key: str) -> Answer | None:
        """The cached answer to a job, if the store has not changed since."""
        now = self._snapshot
        if now is None or key not in now.answers or now.version != self._store.version:
            return None
        with self._lock:
            if (answer := now.answers.pop(key, None)) is not None:
                now.answers[key] = answer  # move it to the end: the most recently used
        return answer

    def _remember(self, snapshot: Snapshot, key: str, answer: Answer) -> None:
        size = len(answer.body) + len(key)
        if answer.status != 200 or size > ONE:
            return
        with self._lock:
            if key not in snapshot.answers:
                snapshot.size += size
            snapshot.answers[key] = answer
            while snapshot.size > ALL:
                oldest = next(iter(snapshot.answers))
                snapshot.size -= len(oldest) + len(snapshot.answers.pop(oldest).body)

    # in the event loop

    async def _answer(self, job: dict[str, Any], key: str, limits: Limits) -> Answer:
        text = str(job.get("query", job.get("update")))
        kind = shape(text)
        while True:
            try:
                async with asyncio.timeout(limits.seconds):
                    slow = await self._places.take(self._places.lane(self._costs.of(kind), limits.seconds))
            except TimeoutError:
                return Answer(503, error=_BUSY)
            except _Crowded:
                return Answer(503, error=_CROWDED)
            place = _Place(self._places, slow)
            now: Snapshot | None = None
            try:
                if "query" in job:
                    now = await self._now()
                    now.users += 1
                worker = await self._take(now, limits.memory)
                self._reads(worker, now)
                began = time.monotonic()
                answer = await self._ask(worker, job, limits, place, kind)
                if now is not None and time.monotonic() - began >= WORTH and not _CHANGING.search(text):
                    self._remember(now, key, answer)
                if now is None or answer.status == 200 or (answer.status == 400 and not damage.is_told(answer.error)):
                    return answer
            except _Ended:
                continue
            except asyncio.CancelledError:
                if self._closed:
                    return Answer(503, error=_CLOSED)
                raise
            finally:
                place.leave()
                if now is not None:
                    self._unused(now)
            await self._sound()
            return answer

    async def _sound(self) -> None:
        """Verify the store's files after a query has failed, at most for the share :data:`LOOKING` of the time.

        Raises:
            Damaged: if a file is damaged; it names the file.
        """
        began = time.monotonic()
        if self._damaged is None and began >= self._look_again:
            self._look_again = float("inf")
            try:
                await asyncio.to_thread(self._store.verify)
            except damage.Damaged as error:
                self._damaged = error
            except OSError:  # the note or a file cannot be read at the moment
                pass
            finally:
                now = time.monotonic()
                self._look_again = now + (now - began) / LOOKING
        if self._damaged is not None:
            raise self._damaged

    async def _now(self) -> Snapshot:
        """A snapshot with everything that was written before the call; shared as long as the store does not change."""
        for again in (False, True):
            now = self._snapshot
            if now is not None and now.version == self._store.version:
                return now
            if self._making is None:
                self._making = self._loop.create_task(self._make())
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
        old = self._snapshot
        if old is not None:  # if the store is written to all the time, do not copy it all the time
            await asyncio.sleep(max(0.0, old.made + min(INTERVAL, 2 * old.took) - time.monotonic()))
        version, began = self._store.version, time.monotonic()
        path = await asyncio.to_thread(self._store.snapshot, "query")
        made = Snapshot(path, version, time.monotonic(), time.monotonic() - began)
        self._snapshot = made
        if old is not None and not old.users:
            self._remove(old)
        return made

    def _remove(self, snapshot: Snapshot) -> None:
        shutil.rmtree(snapshot.path, ignore_errors=True)

    def _unused(self, snapshot: Snapshot) -> None:
        """Count one user less; an old snapshot without users is removed."""
        snapshot.users -= 1
        if not snapshot.users and snapshot is not self._snapshot:
            self._remove(snapshot)

    async def _take(self, snapshot: Snapshot | None, memory: int) -> _Worker:
        while True:
            fit = [w for w in self._free if w.memory == memory]
            worker = next((w for w in fit if w.snapshot is snapshot), None) or next(iter(fit), None)
            if worker is None:
                return await self._new(memory)
            self._free.remove(worker)
            if worker.process.poll() is None:
                return worker
            self._end(worker)

    async def _new(self, memory: int) -> _Worker:
        process = await asyncio.to_thread(_worker_process, memory)
        reader = asyncio.StreamReader(1 << 20, self._loop)
        transport, _ = await self._loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader, loop=self._loop), process.stdout
        )
        worker = _Worker(process, memory, reader, transport)
        self._workers.add(worker)
        try:
            await reader.readline()  # wait until it is ready, so that its start does not count as CPU time of a query
        except BaseException:
            self._end(worker)
            raise
        return worker

    async def _spare(self, memory: int) -> None:
        """Start a worker in place of one that was ended, for the next query."""
        if not self._closed and not any(w.memory == memory for w in self._free):
            self._give(await self._new(memory))

    def _give(self, worker: _Worker) -> None:
        self._free.append(worker)
        if len(self._free) > self._limits.workers + 2:
            self._end(self._free.pop(0))

    def _end(self, worker: _Worker) -> None:
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        worker.process.kill()
        worker.transport.close()
        with contextlib.suppress(OSError):
            assert worker.process.stdin is not None
            worker.process.stdin.close()
        if worker.snapshot is not None:
            self._unused(worker.snapshot)
        if self._closed:
            worker.process.wait()
        else:  # a process with much memory takes a while to end
            self._loop.run_in_executor(None, worker.process.wait)

    def _reads(self, worker: _Worker, snapshot: Snapshot | None) -> None:
        """Record which snapshot a worker reads."""
        if snapshot is not None and worker.snapshot is not snapshot:
            old, worker.snapshot = worker.snapshot, snapshot
            snapshot.users += 1
            if old is not None:
                self._unused(old)

    async def _ask(self, worker: _Worker, job: dict[str, Any], limits: Limits, place: _Place, kind: str) -> Answer:
        process = worker.process
        used = _cpu(process.pid)
        started = time.monotonic()

        def spent() -> float:
            """CPU seconds of the query, or wall-clock seconds if these are not known."""
            now = _cpu(process.pid)
            return time.monotonic() - started if used is None or now is None else now - used

        reads = str(worker.snapshot.path) if worker.snapshot else ""
        whole = {**job, "snapshot": reads, "rows": limits.rows, "bytes": limits.bytes}
        reading = self._loop.create_task(_exchange(worker, whole))
        before = self._costs.of(kind) or 0.0  # a shape of known cost gets a share that is large enough
        well = False
        try:
            if place.slow:
                _behind(process.pid, 20)
            while not reading.done():
                passed = time.monotonic() - started
                if passed >= limits.seconds:
                    self._costs.ended(kind, limits.seconds)
                    return Answer(503, error=f"The query was ended after {limits.seconds:g} seconds; ask for less.")
                wait = limits.seconds - passed
                if not place.slow:
                    share = max(self._places.share, min(2 * before, QUICK))
                    left = min(share - spent(), LATE - passed)
                    if left <= 0:
                        self._costs.ended(kind, QUICK)
                        if not place.move():
                            raise _Ended
                        _behind(process.pid, 20)
                        continue
                    wait = min(wait, max(left, 0.01), 0.1)  # look again soon: the share shrinks if more queries wait
                await asyncio.wait({reading}, timeout=wait)
            try:
                head, body = reading.result()
            except (OSError, EOFError):
                self._costs.ended(kind, spent())
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(1)
                return Answer(503, error=_DEEP if process.returncode == -signal.SIGSEGV else _MEMORY)
            self._costs.done(kind, spent())
            well = not place.slow  # reuse the worker only if its priority was not lowered, which cannot be reversed
            if head["status"] != 200:
                return Answer(int(head["status"]), error=str(head["error"]))
            return Answer(200, str(head["type"]), body)
        finally:
            reading.cancel()
            if well and not self._closed:
                self._give(worker)
            else:
                self._end(worker)
                if not self._closed:
                    self._loop.create_task(self._spare(worker.memory))


class _Place:
    """The place of one running query, which may change from quick to slow."""

    def __init__(self, places: Places, slow: bool) -> None:
        self._places, self.slow = places, slow

    def move(self) -> bool:
        self.slow = self._places.move()
        return self.slow

    def leave(self) -> None:
        self._places.leave(self.slow)


async def _exchange(worker: _Worker, job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Send a job to a worker and read its answer: the head, and the bytes of the result."""
    stdin = worker.process.stdin
    assert stdin is not None

    def write(line: bytes) -> None:
        stdin.write(line)
        stdin.flush()

    line = json.dumps(job).encode() + b"\n"
    if len(line) < 4096:  # a pipe takes so much without blocking
        write(line)
    else:
        await asyncio.to_thread(write, line)
    head = json.loads(await worker.reader.readline() or b"null")
    if head is None:
        raise EOFError
    return head, await worker.reader.readexactly(int(head["bytes"])) if head.get("bytes") else b""


def _worker_process(memory: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "kg.endpoint.evaluator", str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parents[2],
        env={k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")},
        # Ctrl-C must not reach the workers. A new session would do that too, but Linux's scheduler treats sessions as equals.
        process_group=0,
    )
    _behind(process.pid, 5)  # the page's own queries go first
    return process


def ask(
    store: Store, sparql: str, limits: Limits | None = None
) -> ox.QuerySolutions | ox.QueryBoolean | Iterator[ox.Triple]:
    """The result of a query that a user wrote, within limits.

    A store on this machine is read by a worker process on a snapshot. The process can be ended at any time, unlike a thread that
    is busy in Oxigraph, and the folder is free meanwhile. A server has limits of its own.

    Args:
        store: the store to query.
        sparql: the whole text, with all declarations.
        limits: of the query; generous ones if None.

    Raises:
        BadQuery: if the query is not valid.
        Refused: if it exceeds a limit.

    Example:
        ``for row in ask(kg.store.open(), "SELECT ?s { ?s ?p ?o } LIMIT 3"): ...``
    """
    job = {
        "query": sparql, "solutions": "application/sparql-results+json", "triples": "application/n-triples",
        "default": None, "named": None, "base": None,
    }  # fmt: skip
    limits = limits or Limits.from_environment().generous()
    embedded = store.held if isinstance(store, FolderStore) and store.owned else store
    if isinstance(embedded, EmbeddedStore) and embedded.on_disk:
        answer = Pool.of(embedded).run(job, limits=limits)
    elif isinstance(store, FolderStore) and store.work(lambda s: isinstance(s, EmbeddedStore)):
        with contextlib.closing(Pool(store, limits)) as pool:
            answer = pool.run(job)
    else:
        found = store.query(sparql)
        return found if isinstance(found, (ox.QuerySolutions, ox.QueryBoolean)) else iter(found)
    if answer.status == 400:
        raise BadQuery(answer.error)
    if answer.status != 200:
        raise Refused(answer.error)
    if answer.media_type == "application/n-triples":
        return (q.triple for q in ox.parse(answer.body, format=ox.RdfFormat.N_TRIPLES))
    return ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.JSON)
