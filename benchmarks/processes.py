"""Memory and CPU time of processes (Linux)."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def memory(mark: str) -> int:
    """Resident megabytes of the processes behind an address or folder (Linux)."""
    return sum(map(_rss, served_by(mark)))


def served_by(mark: str) -> list[int]:
    """The processes whose command line has a mark (of an address: its port), and their children."""
    found = (mark.split(":")[2].split("/")[0] if mark.startswith("http") else mark).encode()
    seen = list(_processes())
    servers_ = {pid for pid, _, line in seen if found in line and pid != os.getpid()}
    return [pid for pid, parent, _ in seen if pid in servers_ or parent in servers_]


def own_cpu() -> float:
    """CPU seconds that this thread and ended children have used."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.thread_time() + children.ru_utime + children.ru_stime


def cpu_of(pids: list[int]) -> float:
    """CPU seconds that processes have used, by the kernel's clock of each thread."""
    used = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with suppress(OSError):
                used += int(task.read_text().split()[0])
    return used / 1e9


def _processes() -> Iterator[tuple[int, int, bytes]]:
    for p in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((p / "stat").read_text("utf-8", "replace").rsplit(")", 1)[1].split()[1])
            yield int(p.name), parent, (p / "cmdline").read_bytes()
        except OSError:
            continue


def _rss(pid: int) -> int:
    try:
        return int((Path("/proc") / str(pid) / "statm").read_text().split()[1]) * resource.getpagesize() >> 20
    except OSError:
        return 0
