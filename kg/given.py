"""Parse values that people type: on a command line, in a setting, or as a query's parameter.

Each parser returns the value or raises ValueError. The error's text completes the sentence "'x' is …" (:func:`refused`).
:func:`reports` checks what a program hands over.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from kg.errors import UsageError
from kg.model import Report

#: The largest whole number that any of our interfaces takes.
MOST: Final = 10**12


def whole(text: str, least: int = 0, most: int = MOST) -> int:
    """The whole number that a text writes in ASCII digits, within ``least`` and ``most``.

    >>> whole("20"), whole("0")
    (20, 0)
    """
    if not re.fullmatch(r"-?[0-9]{1,18}", text) or not least <= int(text) <= most:
        until = "" if most == MOST else f" to {most}"
        raise ValueError(f"not a whole number from {least}{until}")
    return int(text)


def number(text: str, least: float = 0.0, most: float = math.inf, *, above: bool = False) -> float:
    """The finite number that a text writes, within ``least`` and ``most``; with ``above`` it must exceed ``least``."""
    found = float(text) if re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", text) else math.nan
    if not (least <= found <= most and math.isfinite(found)) or (above and found == least):
        raise ValueError(
            f"not a number above {least:g}" if above
            else f"not a number between {least:g} and {most:g}" if math.isfinite(most)
            else "not a finite number" if math.isinf(least)
            else f"not a number from {least:g}"
        )  # fmt: skip
    return found


def day(text: str) -> date:
    """The day that a text writes as ``YYYY-MM-DD``."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("not a date (YYYY-MM-DD)")


def yes_or_no(text: str) -> bool:
    """True for "true", "yes" and "1", False for "false", "no" and "0", in any case."""
    if (found := text.lower()) in ("true", "yes", "1", "false", "no", "0"):
        return found in ("true", "yes", "1")
    raise ValueError("neither true nor false")


def one_of(text: str, choices: Iterable[str]) -> str:
    """The text itself, if it is one of the choices."""
    known = tuple(choices)
    if text in known:
        return text
    raise ValueError(f"none of {', '.join(known)}")


def refused(text: str | None, why: ValueError, what: str = "") -> str:
    """The sentence that says why a value is refused.

    Args:
        text: the value; None for a secret, which is not shown.
        why: the parser's error.
        what: the name of the option or parameter.

    >>> refused("abc", ValueError("not a whole number from 1"), "limit")
    "limit: 'abc' is not a whole number from 1."
    """
    shown = "the value" if text is None else repr(text)
    return f"{what}: {shown} is {why}." if what else f"{shown} is {why}."


def nearest(word: str, choices: Iterable[str]) -> str:
    """A question to append to a sentence if an unknown word is close to one of the choices; else "".

    >>> nearest("predicitons", ["claims", "predictions"])
    ' Did you mean predictions?'
    """
    known = {c.lower(): c for c in choices}
    found = difflib.get_close_matches(word[:60].lower(), known, n=1)
    return f" Did you mean {known[found[0]]}?" if found else ""


def reports(value: Report | Iterable[Report], what: str) -> Iterator[Report]:
    """Each of one or several reports.

    Args:
        value: a report, or several.
        what: the name of the function that takes them.

    Raises:
        UsageError: if there is something else, naming it.
    """
    if isinstance(value, Report):
        yield value
        return
    several = not isinstance(value, str | bytes) and not hasattr(value, "user_data") and isinstance(value, Iterable)
    for item in value if several else (value,):
        if not isinstance(item, Report):
            raise UsageError(
                f"{what} takes reports, not {type(item).__name__}; iibun.extract(text) and iibun.to_report(doc) make them."
            )
        yield item
