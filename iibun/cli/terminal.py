"""The edge of everything that a command prints: nothing of an article, a name or a file can steer the terminal."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from kg.characters import escaped


class _Text:
    """A text stream on which control characters come out as ``\\uXXXX``; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write(escaped(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> Any:
        """The bytes below: as they are into a file or pipe, where a program reads them; escaped on a terminal."""
        return _Bytes(self.stream) if self.stream.isatty() else self.stream.buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _Bytes(io.RawIOBase):
    """UTF-8 that goes to a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        text = self._decoder.decode(bytes(data)).replace("\r\n", "\n")  # as CSV ends its lines
        self._stream.write(escaped(text))
        return len(data)


def _ready(stream: TextIO | None, errors: str) -> TextIO:
    """A stream that cannot raise for want of a character; none at all (``>&-``) is as good as the null device."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=errors)
    return stream


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Within this block, standard output and error are safe to print anything to."""
    out, err = _ready(sys.stdout, "replace"), _ready(sys.stderr, "backslashreplace")
    sys.stdout, sys.stderr = _Text(out), _Text(err)  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


def steer(control: str) -> None:
    """Write a control sequence of our own (a line that is drawn anew) to standard error."""
    stream = sys.stderr.stream if isinstance(sys.stderr, _Text) else sys.stderr
    stream.write(control)
    stream.flush()
