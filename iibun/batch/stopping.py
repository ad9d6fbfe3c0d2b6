"""Ends a command soon after Ctrl-C, SIGTERM or SIGHUP, even during a long call into a library.

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
#: The signals that stop a command; Windows has no SIGHUP.
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_told = threading.Lock()


class Stopped(KeyboardInterrupt):
    """A command was stopped by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = _code(number)  #: the command's exit code


def _code(number: int) -> int:
    """The exit code of a command that a signal stopped, as shells have it: 130 after Ctrl-C."""
    return 128 + number


def watch(command: str) -> None:
    """From now on, end this process within :data:`GRACE` after one of the signals. Call it once, in the main thread.

    Args:
        command: named in the message that the command was stopped.
    """
    # `nohup` starts a command with SIGHUP ignored, which is to remain so.
    heeded = [number for number in _SIGNALS if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN]
    heard, told = socket.socketpair()
    told.setblocking(False)

    def listen() -> None:
        # The main thread takes them, which blocks them while it starts processes.
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, heeded)
        with told:  # keeps the socket open as long as a signal may be written to it
            while (number := heard.recv(1)[0]) not in heeded:
                pass
            time.sleep(GRACE)
            tell(command)
            end_children()
            os._exit(_code(number))

    for number in heeded:
        signal.signal(number, interrupt)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=listen, name="signals", daemon=True).start()


def interrupt(number: int, _: object) -> None:
    """Signal handler: raise :class:`Stopped`, and ignore further signals, since the command is ending then."""
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(number)


def tell(command: str) -> None:
    """Print the message that a command was stopped, unless it was printed before."""
    if _told.acquire(blocking=False):
        telling.tell(f"{f'iibun {command}'.strip()}: {telling.t('stopped')}")


def end_children() -> None:
    """End the worker processes that this process has started."""
    import multiprocessing

    for child in multiprocessing.active_children():
        child.kill()
