"""Ctrl-C ends a command at once, even while a library is at work that does not look up.

Python tells a program of Ctrl-C between two of its own steps: a long step inside the graph store or a model would have
to end before. So a thread is told as well, and where the command has not ended a moment later, it ends the process. Nothing is lost by that: what was acknowledged is on disk, and a write is there as a whole or not at all.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time

from iibun.i18n import telling

#: Seconds that a command has to end by itself.
GRACE = 1.0
#: The exit code of what Ctrl-C has ended.
STOPPED = 130

_told = threading.Lock()


def watch(command: str) -> None:
    """From now on end this process at Ctrl-C, at the latest after :data:`GRACE`. Of the main thread, once.

    Args:
        command: whose name the sentence bears that tells it.
    """
    heard, told = socket.socketpair()
    told.setblocking(False)

    def listen() -> None:
        with told:  # which must live as long as somebody may write there
            while heard.recv(1)[0] != signal.SIGINT:
                pass
            time.sleep(GRACE)
            tell(command)
            end_children()
            os._exit(STOPPED)

    signal.signal(signal.SIGINT, interrupt)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=listen, name="ctrl-c", daemon=True).start()


def interrupt(*_: object) -> None:
    """Raise ``KeyboardInterrupt`` at Ctrl-C, once: if it comes again, the command is ending already."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def tell(command: str) -> None:
    """Say once that a command was stopped."""
    if _told.acquire(blocking=False):
        telling.tell(f"{f'iibun {command}'.strip()}: {telling.t('stopped')}")


def end_children() -> None:
    """End the worker processes that this process has started."""
    import multiprocessing

    for child in multiprocessing.active_children():
        child.kill()
