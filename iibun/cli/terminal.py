"""Escapes control characters in everything that a command prints, so that no article or file name can steer the terminal."""

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
    """A text stream that writes control characters as ``\\uXXXX``; otherwise the same as the given stream."""

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
        """The binary stream; escaped on a terminal, unchanged into a file or pipe, which a program may read."""
        return _Bytes(self.stream) if self.stream.isatty() else self.stream.buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _Bytes(io.RawIOBase):
    """A binary stream that takes UTF-8 and writes it escaped to a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        text = self._decoder.decode(bytes(data)).replace("\r\n", "\n")  # CSV has these; \r would be escaped
        self._stream.write(escaped(text))
        return len(data)


def _ready(stream: TextIO | None, errors: str) -> TextIO:
    """A stream that replaces characters it cannot encode; the null device if standard output is closed (``>&-``)."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=errors)
    return stream


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Context manager: within it, standard output and error escape control characters, and none of the three is closed."""
    before = sys.stdin
    if before is None:  # `<&-`
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - open as long as the command runs
    out, err = _ready(sys.stdout, "replace"), _ready(sys.stderr, "backslashreplace")
    sys.stdout, sys.stderr = _Text(out), _Text(err)  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before, out, err


def steer(control: str) -> None:
    """Write a control sequence of our own, such as one that clears the line, to standard error."""
    stream = sys.stderr.stream if isinstance(sys.stderr, _Text) else sys.stderr
    stream.write(control)
    stream.flush()
