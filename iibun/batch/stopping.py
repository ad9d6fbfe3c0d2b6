"""Ends a command soon after Ctrl-C, even during a long call into a library.

Python handles signals only between two instructions, so Ctrl-C would have to wait for the end of a call into the graph
store or a model. Here a thread also learns of the signal, and ends the process if the command has not ended a moment later.
That is safe for the data: what was reported as written is on disk, and a transaction is written whole or not at all.
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
#: The exit code after Ctrl-C.
STOPPED = 130

_told = threading.Lock()


def watch(command: str) -> None:
    """From now on, end this process within :data:`GRACE` after Ctrl-C. Call it once, in the main thread.

    Args:
        command: named in the message that the command was stopped.
    """
    heard, told = socket.socketpair()
    told.setblocking(False)

    def listen() -> None:
        with told:  # keeps the socket open as long as a signal may be written to it
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
    """Signal handler: raise ``KeyboardInterrupt``, and ignore further Ctrl-C, since the command is ending then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def tell(command: str) -> None:
    """Print the message that a command was stopped, unless it was printed before."""
    if _told.acquire(blocking=False):
        telling.tell(f"{f'iibun {command}'.strip()}: {telling.t('stopped')}")


def end_children() -> None:
    """End the worker processes that this process has started."""
    import multiprocessing

    for child in multiprocessing.active_children():
        child.kill()
