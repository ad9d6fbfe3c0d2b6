"""A pool of worker processes over snapshots: lookups stay fast while long queries run, and nothing runs for ever.

A query that has used a second of CPU becomes *slow*: it goes on at low priority while one of a few slow places is
free, which leaves its place to the next query, and is ended at the deadline, or at once where there is no slow place.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.store.embedded import EmbeddedStore

#: Seconds of CPU after which a query counts as slow, and seconds by the clock after which it does in any case.
QUICK, LATE = 1.0, 3.0
#: Least seconds between two snapshots.
INTERVAL = 0.1
#: Seconds from which an answer is worth remembering as long as the store stays as it is, and bytes: of one, of all.
WORTH, ONE, ALL = 0.02, 1 << 20, 16 << 20
#: What gives something else each time; a name may also be written with escapes.
_CHANGING = re.compile(r"(?:NOW|RAND|UUID|BNODE)\s*[(#]|\\u", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one foreign query may use, and how many may run.

    ``seconds`` of wall-clock time, ``memory`` in bytes of address space (by default at most an eighth of the
    machine's), ``rows`` and ``bytes`` of the result,
    ``workers`` at once, ``slow`` more that have become long, ``waiting`` in the queue.
    """

    seconds: float = 30.0
    memory: int = field(default_factory=lambda: _memory())
    rows: int = 200_000
    bytes: int = 64 << 20
    workers: int = 6
    slow: int = 3
    waiting: int = 128


@dataclass(slots=True)
class Answer:
    """What came of a query: an HTTP status, and a result or a sentence."""

    status: int
    media_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    error: str = ""


@dataclass(slots=True)
class Snapshot:
    path: Path
    version: str
    made: float
    users: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)  # to what took long, of this state of the store
    size: int = 0


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    snapshot: Snapshot | None = None
    slow: bool = False
    buffer: bytearray = field(default_factory=bytearray)


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


class Pool:
    """Worker processes for one store that this process holds."""

    def __init__(self, store: EmbeddedStore, limits: Limits) -> None:
        self._store, self._limits = store, limits
        self._lock = threading.Lock()
        self._free: list[_Worker] = []
        self._places = threading.Semaphore(limits.workers)
        self._slow = threading.Semaphore(limits.slow)
        self._waiting = 0
        self._snapshot: Snapshot | None = None
        self._snapshot_lock = threading.Lock()
        self._closed = False
        store.when_closed(self.close)

    def run(self, job: dict[str, Any], *, fresh: bool = False) -> Answer:
        """Evaluate a query within the limits. Blocks; call it from a thread.

        Args:
            job: ``query``, ``solutions`` and ``triples`` (media types or None), optionally ``default``, ``named``,
                ``has_dataset``, ``union``, ``base``.
            fresh: evaluate it even if what it gives of this state of the store is remembered.
        """
        limits = self._limits
        key = json.dumps(job)
        if not fresh and (known := self._known(key)) is not None:
            return known
        with self._lock:
            if self._waiting >= limits.waiting:
                return Answer(503, error="Too many queries are waiting; try again in a few seconds.")
            self._waiting += 1
        try:
            got = self._places.acquire(timeout=limits.seconds)
        finally:
            with self._lock:
                self._waiting -= 1
        if not got:
            return Answer(503, error="The server has been busy for too long; try again in a few seconds.")
        worker: _Worker | None = None
        try:
            now = self.snapshot()
            worker = self._take(now)
            began = time.monotonic()
            answer = self._ask(worker, {**job, "rows": limits.rows, "bytes": limits.bytes})
            if time.monotonic() - began >= WORTH and not _CHANGING.search(str(job.get("query"))):
                self._remember(now, key, answer)
            return answer
        finally:
            if worker is None or not worker.slow:
                self._places.release()

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

    def snapshot(self) -> Snapshot:
        """A consistent copy that holds all that has been written when this is called; shared while nothing changes."""
        with self._snapshot_lock:
            now = self._snapshot
            if now is not None and now.version == self._store.version:
                return now
            if now is not None and (rest := now.made + INTERVAL - time.monotonic()) > 0:
                time.sleep(rest)
            version = self._store.version
            made = Snapshot(self._store.snapshot("query"), version, time.monotonic())
            with self._lock:
                self._snapshot = made
                if now is not None and not now.users:
                    shutil.rmtree(now.path, ignore_errors=True)
            return made

    def close(self) -> None:
        """End all workers and remove the snapshots."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
            snapshot, self._snapshot = self._snapshot, None
        for worker in free:
            self._end(worker)
        if snapshot is not None:
            shutil.rmtree(snapshot.path, ignore_errors=True)

    def _take(self, snapshot: Snapshot) -> _Worker:
        with self._lock:
            best = next((w for w in self._free if w.snapshot is snapshot), None) or next(iter(self._free), None)
            if best is not None:
                self._free.remove(best)
        if best is None or best.process.poll() is not None:
            best = self._start()
        self._move(best, snapshot)
        return best

    def _start(self) -> _Worker:
        process = subprocess.Popen(
            [sys.executable, "-m", "kg.endpoint.worker", str(self._limits.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
            env={k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")},
            start_new_session=True,
        )
        _behind(process.pid, 5)  # the page's own queries go first
        return _Worker(process)

    def _move(self, worker: _Worker, snapshot: Snapshot | None) -> None:
        """Note which snapshot a worker reads; one that nobody reads any more is removed."""
        with self._lock:
            old = worker.snapshot
            if old is snapshot:
                return
            worker.snapshot = snapshot
            if snapshot is not None:
                snapshot.users += 1
            if old is not None:
                old.users -= 1
                if not old.users and old is not self._snapshot:
                    shutil.rmtree(old.path, ignore_errors=True)

    def _ask(self, worker: _Worker, job: dict[str, Any]) -> Answer:
        assert worker.snapshot is not None
        limits = self._limits
        process = worker.process
        assert process.stdin is not None and process.stdout is not None
        started, used = time.monotonic(), _cpu(process.pid)
        try:
            process.stdin.write(json.dumps({**job, "snapshot": str(worker.snapshot.path)}).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            self._end(worker)
            return Answer(503, error="The query process has ended; try again.")
        slow = False
        try:
            out = process.stdout.fileno()
            buffer = bytearray()
            head: dict[str, Any] | None = None
            need = 0
            while True:
                if head is None and (end := buffer.find(b"\n")) >= 0:
                    head = json.loads(bytes(buffer[:end]))
                    del buffer[: end + 1]
                    need = int(head.get("bytes", 0))
                if head is not None and len(buffer) >= need:
                    break
                passed = time.monotonic() - started
                now = _cpu(process.pid)
                quick = QUICK - passed if now is None or used is None else min(LATE - passed, QUICK - (now - used))
                if not slow and quick <= 0:
                    if not self._slow.acquire(blocking=False):
                        self._end(worker)
                        return Answer(
                            503, error="The server is busy with other long queries; try again later, or ask for less."
                        )
                    slow = worker.slow = True
                    self._places.release()  # it stands in a slow place now
                    _behind(process.pid, 15)
                if passed >= limits.seconds:
                    self._end(worker)
                    return Answer(503, error=f"The query was ended after {limits.seconds:g} seconds; ask for less.")
                wait = limits.seconds - passed if slow else min(max(quick, 0.01), limits.seconds - passed)
                if not select.select([out], [], [], wait)[0]:
                    continue
                data = os.read(out, 1 << 20)
                if not data:
                    self._end(worker)
                    return Answer(503, error="The query was ended: it needs more memory than a query may have.")
                buffer += data
            if slow:  # its priority cannot be raised again by an ordinary user
                self._end(worker)
            else:
                self._give(worker)
            if head["status"] != 200:
                return Answer(int(head["status"]), error=str(head["error"]))
            return Answer(200, str(head["type"]), bytes(buffer[:need]))
        finally:
            if slow:
                self._slow.release()

    def _give(self, worker: _Worker) -> None:
        with self._lock:
            if not self._closed:
                self._free.append(worker)
                return
        self._end(worker)

    def _end(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.wait()
        for pipe in (worker.process.stdin, worker.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._move(worker, None)
