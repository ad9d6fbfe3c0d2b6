"""Whether another process of this machine still runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def alive(pid: int) -> bool:
    """Whether a process with this number runs.

    >>> alive(os.getpid())
    True
    """
    if sys.platform == "win32":  # where signal 0 is Ctrl-C
        import ctypes

        synchronize, still_runs = 0x100000, 0x102
        kernel = ctypes.windll.kernel32
        process = kernel.OpenProcess(synchronize, False, pid)
        try:
            return bool(process) and kernel.WaitForSingleObject(process, 0) == still_runs
        finally:
            kernel.CloseHandle(process)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:  # a zombie (state Z on Linux) has ended
        return pid > 0 and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return pid > 0
