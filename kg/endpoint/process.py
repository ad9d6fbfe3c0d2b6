"""A worker process that evaluates queries (:mod:`kg.endpoint.evaluator`), as the process that gives it work sees it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from kg.endpoint.jobs import Head, Job
from kg.endpoint.snapshots import Snapshot

#: Steps of priority between the page, short queries and long ones; five steps are a third of the time beside a busy process.
BEHIND = 5


@dataclass(slots=True, eq=False)
class Worker:
    """A running worker process; :func:`exchange` gives it work."""

    process: subprocess.Popen[bytes]
    memory: int
    reader: asyncio.StreamReader
    transport: asyncio.BaseTransport
    snapshot: Snapshot | None = None

    def cpu(self) -> float | None:
        """CPU seconds that the process has used; None if the system does not tell (only Linux does)."""
        return _cpu(self.process.pid)

    def behind(self) -> None:
        """Give the process a lower priority than this one: the page's own queries go first.

        Only once it is ready: a process that starts behind others would, on a busy machine, take most of a query's time for it.
        """
        _behind(self.process.pid, BEHIND)

    def lower(self) -> None:
        """Give the process a lower priority than those with short queries.

        Not the lowest: beside two readers that are busy a process with that gets one part in 140 of a processor.
        """
        _behind(self.process.pid, 2 * BEHIND)


def start(memory: int) -> subprocess.Popen[bytes]:
    """Start a worker process.

    Args:
        memory: bytes of address space that it may use.
    """
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
    return process


async def exchange(worker: Worker, job: Job) -> tuple[Head, bytes]:
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
    answer = await worker.reader.readline()
    if not answer:
        raise EOFError
    head = cast("Head", json.loads(answer))
    return head, await worker.reader.readexactly(head["bytes"]) if head.get("bytes") else b""


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
