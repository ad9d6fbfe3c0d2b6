"""Worker processes of the server that extract articles; jobs share them, and a job can be stopped at once.

There are at most two. The second process, which takes memory and time for another copy of the model, is started when much
text waits or when one job waits for another, and ends when it has been idle for a while. The next piece is taken from the
job with the fewest pieces in work, then from the one whose last turn is longest ago. So a short article waits for one
section of a long article, not for all of it.

>>> readers = Readers()  # doctest: +SKIP
>>> [f.result() for f in readers.read("aoki", [Article("…")])]  # doctest: +SKIP
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from itertools import count
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.batch import Outcome
    from kg.model import Article

MUCH = 40_000  #: number of waiting characters above which a second process is started
IDLE = 180.0  #: seconds after which a second process without work ends

Serve = Callable[[Connection], None]


def serve(connection: Connection) -> None:
    """The main function of a process: load the model, then extract each article received, until it is killed."""
    from ingest.batch import extract_chunk, start_worker

    start_worker()
    connection.send(None)  # ready
    while True:
        try:
            article = connection.recv()
        except EOFError:
            return
        connection.send(extract_chunk([article])[0])


class _Process:
    """A worker process and the connection to it."""

    def __init__(self, do: Serve) -> None:
        os.environ["OMP_NUM_THREADS"] = "1"  # numpy reads it when the new process imports it
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=do, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._loaded = False

    def load(self) -> None:
        """Wait until the model is loaded."""
        if not self._loaded:
            self._ours.recv()
            self._loaded = True

    def read(self, article: Article) -> Outcome:
        """Extract one piece of an article.

        Raises:
            EOFError, OSError: if the process ends meanwhile.
        """
        self._ours.send(article)
        outcome: Outcome = self._ours.recv()
        return outcome

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def close(self) -> None:
        """End the process, wait for its end and close the connection."""
        self._process.kill()
        self._process.join()
        self._ours.close()


class _Piece:
    """A piece of an article to be extracted, its owner, and the future of its outcome."""

    def __init__(self, owner: Hashable, article: Article) -> None:
        self.owner, self.article = owner, article
        self.future: Future[Outcome] = Future()


class Readers:
    """A pool of worker processes that owners (jobs) share fairly.

    Args:
        most: most processes.
        do: the main function of a process (tests replace it).
    """

    def __init__(self, most: int = min(2, os.cpu_count() or 1), do: Serve = serve) -> None:
        self._most, self._do = most, do
        self._change = threading.Condition()
        self._waiting: dict[Hashable, deque[_Piece]] = {}
        self._served: dict[Hashable, int] = {}  # number of each owner's last turn
        self._turns = count(1)
        self._busy: dict[_Piece, _Process | None] = {}
        self._stopped: set[_Piece] = set()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self.ready = threading.Event()  #: set once a process has loaded the model

    def read(self, owner: Hashable, pieces: Sequence[Article]) -> list[Future[Outcome]]:
        """Queue pieces of articles for extraction; returns at once.

        Args:
            owner: for whom; :meth:`stop` takes the same value.
            pieces: articles, or sections of a long article.

        Returns:
            A future for each piece. They may be completed in any order.
        """
        made = [_Piece(owner, piece) for piece in pieces]
        with self._change:
            self._waiting.setdefault(owner, deque()).extend(made)
            for number in range(len(self._threads), self._most):
                thread = threading.Thread(target=self._work, args=(number,), name=f"reader-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._change.notify_all()
        return [piece.future for piece in made]

    def stop(self, owner: Hashable) -> None:
        """Cancel the pieces of an owner: waiting ones are dropped, processes that work on one are killed."""
        with self._change:
            dropped = self._waiting.pop(owner, deque())
            reading = [piece for piece in self._busy if piece.owner == owner]
            self._stopped.update(reading)
            processes = [p for p in map(self._busy.get, reading) if p is not None]
        for process in processes:
            process.kill()
        for piece in [*dropped, *reading]:
            piece.future.cancel()

    def close(self) -> None:
        """End all processes and cancel all pieces."""
        with self._change:
            self._closed = True
            owners = {*self._waiting, *(piece.owner for piece in self._busy)}
            self._change.notify_all()
        for owner in owners:
            self.stop(owner)

    def _work(self, number: int) -> None:
        """The main function of the thread that runs one process: hand it pieces, restart it if it dies."""
        process: _Process | None = None
        try:
            while not self._closed:
                piece = self._next(extra=number > 0 and process is None, patience=IDLE if number and process else None)
                if piece is not None:
                    process = self._done(piece, process)
                elif process is not None and number:
                    process.close()
                    process = None
                if process is None and number == 0 and not self._closed:
                    process = self._started()  # the first process always has the model loaded, also after it was killed
        finally:
            if process is not None:
                process.close()

    def _started(self) -> _Process | None:
        """A new process that has loaded the model; None if it died."""
        process = _Process(self._do)
        try:
            process.load()
        except (EOFError, OSError):
            process.close()
            return None
        self.ready.set()
        return process

    def _next(self, *, extra: bool, patience: float | None) -> _Piece | None:
        """Wait for the next piece to extract; None after the timeout or when the pool closes.

        Args:
            extra: wait until there is enough work for a second process.
            patience: timeout in seconds; None waits without limit.
        """

        def wanted() -> bool:
            if not extra or self._closed:
                return bool(self._waiting) or self._closed
            served = {piece.owner for piece in self._busy}
            behind = served and not served.issuperset(self._waiting)  # an owner waits while only others are served
            return bool(behind) or sum(len(p.article.text) for q in self._waiting.values() for p in q) > MUCH

        with self._change:
            if not self._change.wait_for(wanted, patience) or self._closed:
                return None
            reading = Counter(piece.owner for piece in self._busy)
            owner = min(self._waiting, key=lambda o: (reading[o], self._served.get(o, 0)))
            self._served[owner] = next(self._turns)
            piece = self._waiting[owner].popleft()
            if not self._waiting[owner]:
                del self._waiting[owner]
            self._busy[piece] = None
            return piece

    def _done(self, piece: _Piece, process: _Process | None) -> _Process | None:
        """Extract a piece and complete its future; try a second time if the process dies without being stopped.

        Returns:
            The process to use for the next piece; None if it has ended.
        """
        from ingest.batch import Outcome

        outcome: Outcome | None = None
        for _ in range(2):
            try:
                process = process or _Process(self._do)
                with self._change:
                    if piece in self._stopped or self._closed:
                        break
                    self._busy[piece] = process
                process.load()
                self.ready.set()
                outcome = process.read(piece.article)
                break
            except (EOFError, OSError):
                if process is not None:
                    process.close()
                process = None
                if piece in self._stopped:
                    break
        with self._change:
            del self._busy[piece]
            stopped = piece in self._stopped
            self._stopped.discard(piece)
        if not stopped and not self._closed and not piece.future.cancelled():
            name = piece.article.source or piece.article.title or "The article"
            piece.future.set_result(
                outcome or Outcome(piece.article, None, f"{name} ended its worker process twice; it was left out.")
            )
        return process
