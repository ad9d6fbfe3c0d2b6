"""A pool of worker processes over snapshots: lookups stay fast while long queries run, and nothing runs for ever.

Queries wait in two lanes. Who is not known to be long gets one of the *quick* places, some of which only what was quick
before may have. One that has used its share of CPU there, the smaller the more others wait, moves on to a *slow* place at
low priority; where none is free it is ended, and begins again when one is. What was long before waits for a slow place
at once. So a loop of hostile queries hinders others like it, and nobody else.

An event loop in a thread of the pool keeps everybody's time, so that to wait costs no thread, and whoever waits for an
answer may stop at any moment, which ends the query.
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

#: Seconds of CPU that a query has in a quick place: where nobody waits, and at least; by the clock in any case.
QUICK, LEAST, LATE = 0.5, 0.05, 3.0
#: Seconds of CPU up to which a query that was asked before may have a place that is kept for such.
SHORT = 0.1
#: Most seconds between two snapshots that one waits for.
INTERVAL = 0.1
#: Seconds from which an answer is worth remembering as long as the store stays as it is, and bytes: of one, of all.
WORTH, ONE, ALL = 0.02, 1 << 20, 16 << 20
#: Shapes of queries whose cost is remembered.
SHAPES = 4096
#: What gives something else each time; a name may also be written with escapes.
_CHANGING = re.compile(r"(?:NOW|RAND|UUID|BNODE)\s*[(#]|\\u", re.IGNORECASE)

_BUSY = "The server has been busy for too long; try again in a few seconds."
_CROWDED = "Too many queries are waiting; try again in a few seconds."
_MEMORY = "The query was ended: it needs more memory than a query may have."
_CLOSED = "The store has been closed; open it again."
_DEEP = "The query was ended: it is too long or nested too deeply."
#: Most of the time that may go into reading a store's files to see whether they are why queries fail.
LOOKING = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use, and how many may run.

    ``seconds`` of wall-clock time (and so many to wait before), ``memory`` in bytes of address space (by default at
    most an eighth of the machine's), ``rows`` and ``bytes`` of the result,
    ``workers`` at once, ``slow`` more that have become long, ``waiting`` in the queue.
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
        """From ``IIBUN_QUERY_SECONDS``, ``IIBUN_QUERY_MEMORY_MB``, ``IIBUN_QUERY_ROWS`` and ``IIBUN_QUERY_MB``."""
        megabytes = environment.get("IIBUN_QUERY_MEMORY_MB")
        return cls(
            seconds=environment.get("IIBUN_QUERY_SECONDS"),
            memory=megabytes << 20 if megabytes else _memory(),
            rows=environment.get("IIBUN_QUERY_ROWS"),
            bytes=environment.get("IIBUN_QUERY_MB") << 20,
        )

    def generous(self) -> Limits:
        """What the operator's own queries may use: four times the time, twice the memory, results up to 512 MB."""
        return replace(
            self,
            seconds=4 * self.seconds,
            memory=2 * self.memory,
            rows=50 * self.rows,
            bytes=max(512 << 20, self.bytes),
        )


@dataclass(slots=True)
class Answer:
    """What came of a query: an HTTP status, and a result or a sentence."""

    status: int
    media_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    error: str = ""


class Source(Protocol):
    """What a pool reads: a store on disk that gives snapshots."""

    @property
    def version(self) -> str: ...

    def snapshot(self, name: str) -> Path: ...

    def verify(self) -> None: ...


@dataclass(slots=True)
class Snapshot:
    path: Path
    version: str
    made: float
    took: float
    users: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)  # to what took long, of this state of the store
    size: int = 0


@dataclass(slots=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    memory: int
    reader: asyncio.StreamReader
    transport: asyncio.BaseTransport
    snapshot: Snapshot | None = None


class _Ended(Exception):
    """A query was ended in its quick place, and there is no slow one for it now."""


class _Crowded(Exception):
    """There is no room to wait."""


def _memory() -> int:
    """An eighth of the machine's memory, 2 GB at most: a few queries at their limit leave room for the page."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 2 << 30
    return max(512 << 20, min(2 << 30, physical // 8))


def _cpu(pid: int) -> float | None:
    """CPU seconds that a process has used, where the system tells (Linux)."""
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime(~pid << 3 | 2)  # the kernel's name for the clock of a process
    except OSError:
        return None


def _behind(pid: int, steps: int) -> None:
    """Have a process stand behind this one where both want to run, where the system can do it."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + steps))


@lru_cache(maxsize=512)
def shape(sparql: str) -> str:
    """What queries have in common that differ in their values, names of variables and spaces alone.

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
    """CPU seconds that queries of a shape have needed, as far as is remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, float] = OrderedDict()

    def of(self, shape: str) -> float | None:
        return self._known.get(shape)

    def done(self, shape: str, seconds: float) -> None:
        """It came to its end: that is the cost, but what was very long before is believed step by step."""
        self._put(shape, max(seconds, self._known.get(shape, 0.0) / 4))

    def ended(self, shape: str, seconds: float) -> None:
        """It was ended before: it costs more than that."""
        self._put(shape, max(seconds, self._known.get(shape, 0.0)))

    def _put(self, shape: str, seconds: float) -> None:
        self._known[shape] = seconds
        self._known.move_to_end(shape)
        if len(self._known) > SHAPES:
            self._known.popitem(last=False)


@dataclass(slots=True, eq=False)
class _Waiting:
    """One that waits for a place; who has the least ``turn`` is the first."""

    turn: float
    lane: int
    got: asyncio.Future[None]

    def __lt__(self, other: _Waiting) -> bool:
        return self.turn < other.turn


#: Lanes, and seconds by which one of a lane stands behind one of the first that came at the same time.
_SHORT, _NEW, _SLOW, _HOPELESS = range(4)
_BEHIND = (0.0, 0.5, 0.0, 10.0)


class Places:
    """The quick and the slow places, and who waits for one. Of one event loop, and safe in it alone.

    Args:
        limits: how many of each there are, and how many may wait.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.quick, self.slow = limits.workers, limits.slow  # free
        self._kept = min(2, limits.workers // 3)  # for what was quick before
        self._left = min(1, limits.slow - 1)  # for what is not hopeless
        self._queue: list[_Waiting] = []

    def lane(self, cost: float | None, seconds: float) -> int:
        """Where a query of a known or unknown cost waits."""
        if cost is None or SHORT <= cost < QUICK:
            return _NEW
        return _SHORT if cost < SHORT else _SLOW if cost < seconds / 2 else _HOPELESS

    @property
    def share(self) -> float:
        """Seconds of CPU that a query has in a quick place just now."""
        waiting = sum(w.lane <= _NEW for w in self._queue)
        return max(LEAST, QUICK / (1 + waiting / self.limits.workers))

    async def take(self, lane: int) -> bool:
        """Wait for a place; whether it is a slow one.

        Raises:
            _Crowded: if too many wait, for whom it would take longest.
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
        """Go from a quick place to a slow one, if one is free."""
        if not self.slow:
            return False
        self.slow -= 1
        self.leave(False)
        return True

    def _next(self) -> None:
        while one := next((w for w in self._queue if self._free(w.lane)), None):
            self._queue.remove(one)
            if not one.got.done():  # else it does not wait any more
                one.got.set_result(None)
                if one.lane >= _SLOW:
                    self.slow -= 1
                else:
                    self.quick -= 1

    def _free(self, lane: int) -> bool:
        return (self.slow if lane >= _SLOW else self.quick) > (0, self._kept, 0, self._left)[lane]


class Pool:
    """Worker processes for one store that this process holds.

    Example:
        ``Pool(store.hold(), Limits()).run({"query": "ASK {}", "solutions": "text/csv", "triples": None})``
    """

    _all: ClassVar[dict[EmbeddedStore, Pool]] = {}
    _guard: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def of(cls, store: EmbeddedStore) -> Pool:
        """The one pool of a store, which all fronts of a process share; it ends with the store."""
        with cls._guard:
            found = cls._all.get(store)
            if found is None:
                found = cls._all[store] = Pool(store, Limits.from_environment())
                store.when_closed(found.close)
            return found

    @classmethod
    def close_all(cls) -> None:
        """End the queries of all stores (the server is closing)."""
        for pool in list(cls._all.values()):
            pool.close()

    def __init__(self, store: Source, limits: Limits) -> None:
        self._store, self._limits = store, limits
        self._lock = threading.Lock()  # of the answers that are remembered
        self._free: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._costs = Costs()
        self._places = Places(limits)
        self._snapshot: Snapshot | None = None
        self._making: asyncio.Task[Snapshot] | None = None
        self._damaged: damage.Damaged | None = None
        self._look_again = 0.0  # when the store's files may be looked at again
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="queries", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def submit(self, job: dict[str, Any], *, limits: Limits | None = None, fresh: bool = False) -> Future[Answer]:
        """Have a query evaluated; who cancels the future ends it.

        Args:
            job: ``query``, ``solutions`` and ``triples`` (media types or None), optionally ``default``, ``named``,
                ``base``; or ``update`` alone, an update to be tried on an empty store.
            limits: of this query, if not the pool's (how many run and wait is the pool's).
            fresh: evaluate it even if what it gives of this state of the store is remembered.
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
        """As :meth:`submit`, and wait for the answer; whatever ends the waiting ends the query."""
        future = self.submit(job, limits=limits, fresh=fresh)
        try:
            return future.result()
        except CancelledError:  # by nobody but us
            return Answer(503, error=_CLOSED)
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End all queries and workers and remove the snapshots."""
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
        self._loop.call_later(0.01, self._loop.stop)  # when those who wait have been told

    # what was answered before

    def _known(self, key: str) -> Answer | None:
        """What was answered before, if the store is still as it was then."""
        now = self._snapshot
        if now is None or key not in now.answers or now.version != self._store.version:
            return None
        with self._lock:
            if (answer := now.answers.pop(key, None)) is not None:
                now.answers[key] = answer  # what is asked for again is the last to go
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
        """See whether it may be the store's files at which a query has failed, now and then.

        Raises:
            Damaged: naming the file.
        """
        began = time.monotonic()
        if self._damaged is None and began >= self._look_again:
            self._look_again = float("inf")
            try:
                await asyncio.to_thread(self._store.verify)
            except damage.Damaged as error:
                self._damaged = error
            except OSError:  # no note, or no file, can be read just now
                pass
            finally:
                now = time.monotonic()
                self._look_again = now + (now - began) / LOOKING
        if self._damaged is not None:
            raise self._damaged

    async def _now(self) -> Snapshot:
        """A consistent copy that holds all that has been written when this is called; shared while nothing changes."""
        for again in (False, True):
            now = self._snapshot
            if now is not None and now.version == self._store.version:
                return now
            if self._making is None:
                self._making = self._loop.create_task(self._make())
                self._making.add_done_callback(self._made)
                again = True
            made = await asyncio.shield(self._making)
            if again:  # else it may have been begun before this was called
                return made
        raise AssertionError

    def _made(self, task: asyncio.Task[Snapshot]) -> None:
        self._making = None
        if not task.cancelled():
            task.exception()  # who waits is told

    async def _make(self) -> Snapshot:
        old = self._snapshot
        if old is not None:  # not all the time where something is written all the time
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
        """One user less; a snapshot that nobody reads any more is removed."""
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
            await reader.readline()  # it is ready: what it uses from now on it uses for a query
        except BaseException:
            self._end(worker)
            raise
        return worker

    async def _spare(self, memory: int) -> None:
        """Have a worker ready for the next query in place of one that was ended."""
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
        else:  # to take much memory down takes a while
            self._loop.run_in_executor(None, worker.process.wait)

    def _reads(self, worker: _Worker, snapshot: Snapshot | None) -> None:
        """Note which snapshot a worker reads."""
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
            """Seconds of CPU, or by the clock where that is not known."""
            now = _cpu(process.pid)
            return time.monotonic() - started if used is None or now is None else now - used

        reads = str(worker.snapshot.path) if worker.snapshot else ""
        whole = {**job, "snapshot": reads, "rows": limits.rows, "bytes": limits.bytes}
        reading = self._loop.create_task(_exchange(worker, whole))
        before = self._costs.of(kind) or 0.0  # who came to an end before has the time for it again
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
                    wait = min(wait, max(left, 0.01), 0.1)  # others may come, who make the share smaller
                await asyncio.wait({reading}, timeout=wait)
            try:
                head, body = reading.result()
            except (OSError, EOFError):
                self._costs.ended(kind, spent())
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(1)
                return Answer(503, error=_DEEP if process.returncode == -signal.SIGSEGV else _MEMORY)
            self._costs.done(kind, spent())
            well = not place.slow  # its priority cannot be raised again by an ordinary user
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
    """A place that a query has: it may move, and is left once."""

    def __init__(self, places: Places, slow: bool) -> None:
        self._places, self.slow = places, slow

    def move(self) -> bool:
        self.slow = self._places.move()
        return self.slow

    def leave(self) -> None:
        self._places.leave(self.slow)


async def _exchange(worker: _Worker, job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Give a worker a job, and read its answer: the head, and the bytes of the result."""
    stdin = worker.process.stdin
    assert stdin is not None

    def write(line: bytes) -> None:
        stdin.write(line)
        stdin.flush()

    line = json.dumps(job).encode() + b"\n"
    if len(line) < 4096:  # which a pipe takes at once
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
        # Ctrl-C is for us to pass on. Not a session of its own: to Linux, sessions are equals whatever their priority.
        process_group=0,
    )
    _behind(process.pid, 5)  # the page's own queries go first
    return process


def ask(
    store: Store, sparql: str, limits: Limits | None = None
) -> ox.QuerySolutions | ox.QueryBoolean | Iterator[ox.Triple]:
    """What a person's own query gives, within limits.

    A store on this machine is read by a worker process on a snapshot, which can be ended at any time: a thread that
    Oxigraph keeps busy could not. The folder is not in use meanwhile. A server has limits of its own.

    Args:
        store: what to ask.
        sparql: the whole text, with all declarations.
        limits: of the query; by default generous ones.

    Raises:
        BadQuery: if it is not valid.
        Refused: if it passes a limit.

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
