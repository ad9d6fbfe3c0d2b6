"""The worker process that evaluates queries on a snapshot: without network, with limited memory, and killable at any time.

It is started as ``python -m kg.endpoint.evaluator MEMORY_BYTES``. It prints an empty JSON object when it is ready. Then it reads jobs
from standard input, one JSON line each, and answers each with one JSON line. If that line has ``bytes``, as many bytes of the
result follow. When standard input ends, nobody waits for an answer any more, and the process exits at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from typing import IO, BinaryIO, cast

import pyoxigraph as ox

from kg.characters import XmlOut
from kg.endpoint.jobs import Head, Job
from kg.store.dataset import answer

FORMATS = {f.media_type.split(";")[0]: f for f in (
    ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML, ox.QueryResultsFormat.CSV, ox.QueryResultsFormat.TSV,
)}  # fmt: skip
TRIPLES = {f.media_type.split(";")[0]: f for f in (
    ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD, ox.RdfFormat.N3,
    ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG,
)}  # fmt: skip


class TooMuch(Exception):
    """A result exceeds its limit of rows or bytes."""


class Bounded:
    """A file for a serializer that collects its output and stops it at a limit.

    Args:
        kind: how rows are counted: csv, tsv, json, xml or lines.
        rows: most rows.
        size: most bytes.
    """

    def __init__(self, kind: str, rows: int, size: int) -> None:
        self._kind, self._rows, self._size = kind, rows, size
        self.parts: list[bytes] = []
        self.size = 0
        self._seen = 0
        self._tail = b""
        self._quoted = False

    def write(self, data: bytes) -> int:
        """Collect the bytes; return how many.

        Raises:
            TooMuch: if the result exceeds a limit.
        """
        data = bytes(data)
        self.size += len(data)
        if self.size > self._size:
            raise TooMuch(f"The result is larger than {self._size:,} bytes; narrow the query or use LIMIT and OFFSET.")
        self._seen += self._count(data)
        if self._seen > self._rows + 1:  # the count includes the header line or last separator
            raise TooMuch(f"The result has more than {self._rows:,} rows; narrow the query or use LIMIT and OFFSET.")
        self.parts.append(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: no data is buffered."""

    def _count(self, data: bytes) -> int:
        if self._kind == "csv":
            found = 0
            for i, part in enumerate(data.split(b'"')):
                if i:
                    self._quoted = not self._quoted
                if not self._quoted:
                    found += part.count(b"\n")
            return found
        mark = {"json": b'}},{"', "xml": b"<result>"}.get(self._kind, b"\n")
        whole = self._tail + data
        found = whole.count(mark)
        self._tail = whole[-(len(mark) - 1) :] if len(mark) > 1 else b""
        return found


def evaluate(store: ox.Store, job: Job) -> tuple[Head, list[bytes]]:
    """The answer to one query: a head (status, media type, size or error) and the bytes of the result.

    Args:
        store: the Oxigraph to query.
        job: see :meth:`kg.endpoint.workers.Pool.submit`, with the limits ``rows`` and ``bytes``.
    """
    try:
        found = answer(
            store,
            job["query"],
            base=job.get("base"),
            default=job.get("default"),
            named=job.get("named"),
        )
        if isinstance(found, ox.QueryTriples):
            kind = job["triples"]
            if kind is None:
                return {
                    "status": 406,
                    "error": "The query gives triples: accept text/turtle or application/n-triples.",
                }, []
            out = Bounded("lines", job["rows"] * 4, job["bytes"])
            from kg.vocab import PREFIXES

            ox.serialize(found, _fit(out, kind), format=TRIPLES[kind], prefixes=PREFIXES)
        else:
            kind = job["solutions"]
            if kind is None:
                return {
                    "status": 406,
                    "error": "The query gives rows: accept application/sparql-results+json or text/csv.",
                }, []
            if isinstance(found, ox.QueryBoolean) and kind in ("text/csv", "text/tab-separated-values"):
                data = b"true\n" if found else b"false\n"
                return {"status": 200, "type": kind, "bytes": len(data)}, [data]
            short = {"text/csv": "csv", "text/tab-separated-values": "tsv"}.get(kind, kind.rsplit("+", 1)[-1])
            out = Bounded(short, job["rows"], job["bytes"])
            found.serialize(_fit(out, kind), format=FORMATS[kind])
    except SyntaxError as error:
        from kg.store.syntax import not_valid

        return {"status": 400, "error": str(not_valid(error, job["query"]))}, []
    except (ValueError, RuntimeError) as error:  # Oxigraph raises RuntimeError for an unknown function, for example
        return {"status": 400, "error": f"The query cannot be answered: {str(error).rstrip('.')}."}, []
    except TooMuch as error:
        return {"status": 413, "error": str(error)}, []
    except MemoryError:
        return {"status": 503, "error": "The query needs more memory than a query may have."}, []
    except OSError as error:
        if (
            isinstance(error.__cause__ or error.__context__, TooMuch)
            or "larger than" in str(error)
            or "more than" in str(error)
        ):
            return {"status": 413, "error": str(error)}, []
        return {"status": 500, "error": f"The query failed: {error}."}, []
    return {"status": 200, "type": kind, "bytes": out.size}, out.parts


def _fit(out: Bounded, kind: str) -> IO[bytes]:
    """A file for a serializer: ``write`` and ``flush`` are all that Oxigraph calls."""
    file = cast("IO[bytes]", out)
    return cast("IO[bytes]", XmlOut(file)) if "xml" in kind else file


def rehearse(update: str) -> tuple[Head, list[bytes]]:
    """Try an update on an empty store with a small stack; if parser or planner crash, this process dies instead of the server."""

    def attempt() -> None:
        with contextlib.suppress(SyntaxError, ValueError, RuntimeError, OSError):  # the real update reports errors
            ox.Store().update(update)

    threading.stack_size(2 << 20)  # a quarter of the server's stack, to be on the safe side
    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return {"status": 200, "type": "", "bytes": 0}, []


def confine(memory: int) -> None:
    """Limit this process's memory and take away its network, as far as the system supports it.

    Args:
        memory: bytes of address space.
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    except (ImportError, ValueError, OSError):
        pass
    no_network()
    no_sockets()


def no_network() -> bool:
    """Enter an empty network namespace (Linux); return whether the system allowed it."""
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        clone_newuser, clone_newnet = 0x10000000, 0x40000000
        return bool(libc.unshare(clone_newnet) == 0 or libc.unshare(clone_newuser | clone_newnet) == 0)
    except (OSError, AttributeError):
        return False


#: Architecture → the kernel's number for it, and the numbers of the system calls socket, connect and io_uring_setup.
_CALLS = {"x86_64": (0xC000003E, (41, 42, 425)), "aarch64": (0xC00000B7, (198, 203, 425))}


def no_sockets() -> bool:
    """Make the kernel refuse sockets to this process (Linux); return whether it does. It needs no privilege.

    The filter is a BPF program (see ``seccomp(2)``) that answers each call of :data:`_CALLS` with EPERM.
    """
    import platform
    import struct

    if sys.platform != "linux" or platform.machine() not in _CALLS:
        return False
    import ctypes

    arch, calls = _CALLS[platform.machine()]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06  # BPF: load a word, jump if equal, jump if at least, return
    left = len(calls)
    program = [(load, 0, 0, 4), (equal, 0, left + 3, arch), (load, 0, 0, 0), (at_least, left + 1, 0, 0x40000000)]
    program += [(equal, left - i, 0, n) for i, n in enumerate(calls)]
    program += [(give, 0, 0, 0x7FFF0000), (give, 0, 0, 0x00050001)]  # allow, EPERM
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code)))
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        no_new_privileges, seccomp, filter = 38, 22, 2
        zero = ctypes.c_ulong(0)
        if libc.prctl(no_new_privileges, ctypes.c_ulong(1), zero, zero, zero) != 0:
            return False
        done = libc.prctl(seccomp, ctypes.c_ulong(filter), ctypes.c_void_p(ctypes.addressof(head)), zero, zero)
        return bool(done == 0)
    except (OSError, AttributeError):
        return False


def _listen(jobs: BinaryIO, to: queue.SimpleQueue[bytes]) -> None:
    for line in jobs:
        to.put(line)
    os._exit(0)


def main() -> None:
    """Answer jobs until standard input ends."""
    confine(int(sys.argv[1]))
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()
    answers: BinaryIO = sys.stdout.buffer
    answers.write(b"{}\n")
    answers.flush()
    path, store = "", None
    while True:
        job: Job = json.loads(jobs.get())
        try:
            if "update" in job:
                head, parts = rehearse(job["update"])
            else:
                if job["snapshot"] != path or store is None:
                    store = None
                    store = ox.Store.read_only(job["snapshot"])
                    path = job["snapshot"]
                head, parts = evaluate(store, job)
        except OSError as error:
            head, parts = {"status": 500, "error": f"The snapshot cannot be read: {error}."}, []
        answers.write(json.dumps(head).encode() + b"\n")
        for part in parts:
            answers.write(part)
        answers.flush()


if __name__ == "__main__":
    main()
