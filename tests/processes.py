"""What runs on this machine, as Linux tells it: for tests that start processes and want none left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path


def children(pid: int, *, named: str = "") -> set[int]:
    """Processes below one that are no zombies, and whose command line holds ``named``."""
    below: dict[int, list[int]] = {}
    fits: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_text("utf-8", "replace").replace("\0", " ")
            except OSError:
                continue
            if state != "Z":
                below.setdefault(int(parent), []).append(int(entry.name))
                if named in command:
                    fits.add(int(entry.name))
    found = [pid]
    for one in found:
        found += below.get(one, [])
    return fits & set(found[1:])


def cpu(pid: int) -> float:
    """CPU seconds that a process has used; 0 if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something that another process does; fails if it does not."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
