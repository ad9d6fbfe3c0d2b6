"""Messages of the commands, in the language of the terminal: by ``IIBUN_LANG``, or else by the locale."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import sys
import unicodedata
from typing import Any

from iibun.i18n import Language, has, translate
from iibun.i18n.errors import explained
from kg import environment
from kg.errors import UsageError

#: Error codes of writing to a stream that is full, broken or closed.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
#: A word of a message that is shortened: messages quote arguments, which may have any length.
_LONG = re.compile(r"\S{161,}")


def language() -> Language:
    """The language of messages: ``IIBUN_LANG``, else Japanese if the locale is and the streams can encode it, else English."""
    with contextlib.suppress(UsageError):  # a wrong value is reported where settings are checked
        if chosen := environment.get("IIBUN_LANG"):
            return chosen  # type: ignore[no-any-return]
    locale = next((v for v in map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG")) if v), "")
    return "ja" if locale.lower().startswith("ja") and _shows(sys.stdout) and _shows(sys.stderr) else "en"


def _shows(stream: Any) -> bool:
    """Whether a stream can encode Japanese."""
    try:
        return bool("言い分".encode(getattr(stream, "encoding", None) or "utf-8"))
    except (UnicodeEncodeError, LookupError):
        return False


def t(key: str, **values: Any) -> str:
    """A string of ``iibun/i18n/commands.json`` with its values; if ``n`` is 1, that of ``key-1`` if there is one."""
    if values.get("n") == 1 and has(f"commands.{key}-1"):
        key += "-1"
    return translate(f"commands.{key}", language(), **values)


def padded(text: str, width: int) -> str:
    """A text padded with spaces to a width in terminal columns."""
    return text + " " * (width - wide(text))


def wide(text: str) -> int:
    """The width of a text in terminal columns; a full-width character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def explain(error: Exception | str) -> str:
    """An error's message in the language of the terminal, with overlong words shortened."""
    return explained(short(str(error)), language())


def helped(text: str) -> str:
    """A help text in the language of the terminal."""
    return explained(text, language(), "help")


def short(message: str) -> str:
    """A message with overlong words shortened in the middle.

    >>> len(short("x" * 100_000))
    141
    """
    return _LONG.sub(lambda m: f"{m[0][:100]}…{m[0][-40:]}", message)


def tell(message: str) -> None:
    """Print a message on standard error; does nothing if that is closed."""
    with contextlib.suppress(OSError, ValueError):
        print(message, file=sys.stderr, flush=True)


def say(message: str) -> None:
    """Print a result on standard output; if its reader has gone, go on: work is finished, and what failed is told."""
    with contextlib.suppress(BrokenPipeError):
        print(message, flush=True)


def system(error: OSError) -> str:
    """A sentence for an error of the operating system."""
    why = error.strerror or str(error) or type(error).__name__
    if error.filename is None:  # an error of a stream; those of opening a file have its name
        return f"The output cannot be written: {why}." if error.errno in _FULL else f"The system refuses it: {why}."
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else str(error.filename)
    return f"{name!r} cannot be used: {why}."


def unforeseen(error: Exception) -> str:
    """A sentence for an unexpected error."""
    if isinstance(error, RecursionError):
        return "What was given is nested too deeply."
    if isinstance(error, MemoryError):
        return "There is not enough memory."
    return f"Something failed that should not ({type(error).__name__}: {error}); IIBUN_DEBUG=1 shows where."


def debugging() -> bool:
    """Whether ``IIBUN_DEBUG`` asks for tracebacks."""
    with contextlib.suppress(UsageError):
        return bool(environment.get("IIBUN_DEBUG"))
    return False


def show_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON, as :func:`say` does."""
    say(as_json(value, indent=indent))


def as_json(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON; non-ASCII characters are escaped unless standard output is UTF-8."""
    plain = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8")
    return json.dumps(value, ensure_ascii=plain, indent=indent, default=str)
