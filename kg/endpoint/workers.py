"""A pool of worker processes that evaluate queries on snapshots.

A query waits for a place (:mod:`kg.endpoint.places`) and reads a snapshot (:mod:`kg.endpoint.snapshots`) in a process
(:mod:`kg.endpoint.process`). An event loop in a thread of the pool does the timing, so a waiting query needs no thread. A caller
may stop waiting at any moment, which ends its query.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from typing import ClassVar

import pyoxigraph as ox

from kg.endpoint.answers import Answer, is_cached
from kg.endpoint.jobs import Job
from kg.endpoint.limits import Limits
from kg.endpoint.places import LATE, QUICK, Costs, Crowded, Place, Places, shape
from kg.endpoint.process import Worker, exchange, start
from kg.endpoint.snapshots import Snapshot, Snapshots, Source
from kg.store import damage
from kg.store.base import Store
from kg.store.embedded import EmbeddedStore
from kg.store.folder import FolderStore
from kg.store.sparql import BadQuery, Refused

_BUSY = "The server has been busy for too long; try again in a few seconds."
_CROWDED = "Too many queries are waiting; try again in a few seconds."
_MEMORY = "The query was ended: it needs more memory than a query may have."
_CLOSED = "The store has been closed; open it again."
_DEEP = "The query was ended: it is too long or nested too deeply."
#: Greatest share of time for verifying a store's files after queries have failed.
LOOKING = 0.05


class _Ended(Exception):
    """A query has used up its quick place, and no slow place is free."""


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
        self._closing = threading.Lock()
        self._free: list[Worker] = []
        self._workers: set[Worker] = set()
        self._costs = Costs()
        self._places = Places(limits)
        self._snapshots = Snapshots(store)
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

    def submit(self, job: Job, *, limits: Limits | None = None, fresh: bool = False) -> Future[Answer]:
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
        now = None if fresh else self._snapshots.current
        known = None if now is None else now.answers.get(key)
        if known is not None or self._closed:
            done: Future[Answer] = Future()
            done.set_result(known or Answer(503, error=_CLOSED))
            return done
        return asyncio.run_coroutine_threadsafe(self._answer(job, key, limits), self._loop)

    def run(
        self, job: Job, *, limits: Limits | None = None, fresh: bool = False,
        begun: Callable[[Future[Answer]], None] = lambda _: None,
    ) -> Answer:  # fmt: skip
        """The answer to a query; arguments as for :meth:`submit`. An exception while waiting ends the query.

        ``begun`` is called with the future of the answer, so that another thread can end the query.
        """
        future = self.submit(job, limits=limits, fresh=fresh)
        begun(future)
        try:
            return future.result()
        except CancelledError:  # by another thread, or since the pool was closed
            return Answer(503, error=_CLOSED)
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End all queries and workers, and remove the snapshot."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        with self._guard:
            for store in [store for store, pool in self._all.items() if pool is self]:
                del self._all[store]

        asyncio.run_coroutine_threadsafe(self._shut(), self._loop)
        self._thread.join(10)
        self._snapshots.clear()

    async def _shut(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        for worker in list(self._workers):
            self._end(worker)
        if tasks:
            await asyncio.wait(tasks, timeout=5)
        self._loop.call_later(0.01, self._loop.stop)  # the callers get their answers before

    async def _answer(self, job: Job, key: str, limits: Limits) -> Answer:
        text = str(job.get("query", job.get("update")))
        kind = shape(text)
        while True:
            try:
                async with asyncio.timeout(limits.seconds):
                    slow = await self._places.take(self._places.lane(self._costs.of(kind), limits.seconds))
            except TimeoutError:
                return Answer(503, error=_BUSY)
            except Crowded:
                return Answer(503, error=_CROWDED)
            place = Place(self._places, slow)
            now: Snapshot | None = None
            try:
                if "query" in job:
                    now = await self._snapshots.take()
                worker = await self._take(now, limits.memory)
                self._reads(worker, now)
                began = time.monotonic()
                answer = await self._ask(worker, job, limits, place, kind)
                if now is not None and is_cached(text, time.monotonic() - began):
                    now.answers.put(key, answer)
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
                    self._snapshots.leave(now)
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

    async def _take(self, snapshot: Snapshot | None, memory: int) -> Worker:
        while True:
            fit = [w for w in self._free if w.memory == memory]
            worker = next((w for w in fit if w.snapshot is snapshot), None) or next(iter(fit), None)
            if worker is None:
                return await self._new(memory)
            self._free.remove(worker)
            if worker.process.poll() is None:
                return worker
            self._end(worker)

    async def _new(self, memory: int) -> Worker:
        process = await asyncio.to_thread(start, memory)
        reader = asyncio.StreamReader(1 << 20, self._loop)
        transport, _ = await self._loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader, loop=self._loop), process.stdout
        )
        worker = Worker(process, memory, reader, transport)
        self._workers.add(worker)
        try:
            await reader.readline()  # wait until it is ready, so that its start does not count as CPU time of a query
        except BaseException:
            self._end(worker)
            raise
        worker.behind()
        return worker

    async def _spare(self, memory: int) -> None:
        """Start a worker in place of one that was ended, for the next query."""
        if not self._closed and not any(w.memory == memory for w in self._free):
            self._give(await self._new(memory))

    def _give(self, worker: Worker) -> None:
        self._free.append(worker)
        if len(self._free) > self._limits.workers + 2:
            self._end(self._free.pop(0))

    def _end(self, worker: Worker) -> None:
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        worker.process.kill()
        worker.transport.close()
        with contextlib.suppress(OSError):
            assert worker.process.stdin is not None
            worker.process.stdin.close()
        if worker.snapshot is not None:
            self._snapshots.leave(worker.snapshot)
        if self._closed:
            worker.process.wait()
        else:  # a process with much memory takes a while to end
            self._loop.run_in_executor(None, worker.process.wait)

    def _reads(self, worker: Worker, snapshot: Snapshot | None) -> None:
        """Record which snapshot a worker reads."""
        if snapshot is not None and worker.snapshot is not snapshot:
            old, worker.snapshot = worker.snapshot, snapshot
            snapshot.users += 1
            if old is not None:
                self._snapshots.leave(old)

    async def _ask(self, worker: Worker, job: Job, limits: Limits, place: Place, kind: str) -> Answer:
        process = worker.process
        used = worker.cpu()
        started = time.monotonic()

        def spent() -> float:
            """CPU seconds of the query, or wall-clock seconds if these are not known."""
            now = worker.cpu()
            return time.monotonic() - started if used is None or now is None else now - used

        reads = str(worker.snapshot.path) if worker.snapshot else ""
        whole: Job = {**job, "snapshot": reads, "rows": limits.rows, "bytes": limits.bytes}
        reading = self._loop.create_task(exchange(worker, whole))
        before = self._costs.of(kind) or 0.0  # a shape of known cost gets a share that is large enough
        low = place.slow  # its priority cannot be raised again, so that the worker then serves no other query
        well = False
        try:
            if low:
                worker.lower()
            while not reading.done():
                passed = time.monotonic() - started
                if passed >= limits.seconds:
                    self._costs.ended(kind, limits.seconds)
                    return Answer(503, error=f"The query was ended after {limits.seconds:g} seconds; ask for less.")
                wait = limits.seconds - passed
                if not low:
                    share, cpu = max(self._places.share, min(2 * before, QUICK)), spent()
                    heavy = cpu >= share
                    if not place.slow and (heavy or passed >= LATE):
                        moved = place.move()
                        # one that is late with little CPU time waits for a busy machine, which is no cost of its own
                        self._costs.ended(kind, cpu if moved and not heavy else QUICK)
                        if not moved:
                            raise _Ended
                    if heavy:
                        worker.lower()
                        low = True
                        continue
                    wait = min(wait, max(share - cpu, 0.01), 0.1)  # the share shrinks if more queries wait
                await asyncio.wait({reading}, timeout=wait)
            try:
                head, body = reading.result()
            except (OSError, EOFError):
                self._costs.ended(kind, spent())
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(1)
                return Answer(503, error=_DEEP if process.returncode == -signal.SIGSEGV else _MEMORY)
            self._costs.done(kind, spent())
            well = not low
            if head["status"] != 200:
                return Answer(head["status"], error=head["error"])
            return Answer(200, head["type"], body)
        finally:
            reading.cancel()
            if well and not self._closed:
                self._give(worker)
            else:
                self._end(worker)
                if not self._closed:
                    self._loop.create_task(self._spare(worker.memory))


def ask(
    store: Store, sparql: str, limits: Limits | None = None, *, begun: Callable[[Future[Answer]], None] = lambda _: None
) -> ox.QuerySolutions | ox.QueryBoolean | Iterator[ox.Triple]:  # fmt: skip
    """The result of a query that a user wrote, within limits.

    A store on this machine is read by a worker process on a snapshot. The process can be ended at any time, unlike a thread that
    is busy in Oxigraph, and the folder is free meanwhile. A server has limits of its own.

    Args:
        store: the store to query.
        sparql: the whole text, with all declarations.
        limits: of the query; generous ones if None.
        begun: called, on this machine, with the future of the answer; cancelling it ends the query.

    Raises:
        BadQuery: if the query is not valid.
        Refused: if it exceeds a limit.

    Example:
        ``for row in ask(kg.store.open(), "SELECT ?s { ?s ?p ?o } LIMIT 3"): ...``
    """
    job: Job = {
        "query": sparql, "solutions": "application/sparql-results+json", "triples": "application/n-triples",
        "default": None, "named": None, "base": None,
    }  # fmt: skip
    limits = limits or Limits.from_environment().generous()
    embedded = store.held if isinstance(store, FolderStore) and store.owned else store
    if isinstance(embedded, EmbeddedStore) and embedded.on_disk:
        answer = Pool.of(embedded).run(job, limits=limits, begun=begun)
    elif isinstance(store, FolderStore) and store.work(lambda s: isinstance(s, EmbeddedStore)):
        with contextlib.closing(Pool(store, limits)) as pool:
            answer = pool.run(job, begun=begun)
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
