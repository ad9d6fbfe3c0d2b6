"""Pathological text against every regular expression of the readers: time grows with length, not faster."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable

import pytest

MODULES = (
    "ingest.duplicates", "ingest.language", "ingest.read", "ingest.sources.document", "ingest.sources.encoding",
    "ingest.sources.html", "ingest.sources.lines", "ingest.sources.mail", "ingest.sources.mediawiki", "ingest.sources.feed", "ingest.sources.zipped",
    "ingest.sources.metadata", "ingest.sources.pdf", "ingest.sources.tags", "ingest.sources.text",
)  # fmt: skip
PATTERNS = [
    (f"{module}.{name}", value)
    for module in MODULES
    for name, value in vars(importlib.import_module(module)).items()
    if isinstance(value, re.Pattern)
]
HOSTILE = (
    "*",
    "_",
    "[",
    "(",
    "[[",
    "{{",
    "<",
    "<a ",
    "<!--",
    "<!doctype a [",
    "<!doctype a 'b",
    "<a a=''",
    " a='1'",
    "![",
    "=",
    "-",
    " ",
    "　",
    "0",
    "年",
    "「",
    "a",
    "あ",
    "。",
    "\n",
    "* ",
    "[a](",
    "> ",
    "'''",
)


def grows(run: Callable[[str], object], piece: str) -> str:
    """What is wrong where four times as much of a piece takes over ten times as long (of n squared: sixteen)."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        found = []
        for _ in range(3):
            start = time.process_time()  # other work on the machine leaves it alone
            run(text)
            found.append(time.process_time() - start)
        return min(found)

    once, more = seconds(5_000), seconds(20_000)
    return "" if more < max(once * 10, 0.3) else f"{piece!r}: {once:.3f} s, four times as much {more:.3f} s"


@pytest.mark.parametrize(("name", "pattern"), PATTERNS, ids=[p[0] for p in PATTERNS])
def test_time_is_linear(name: str, pattern: re.Pattern[str] | re.Pattern[bytes]) -> None:
    def run(text: str) -> None:
        for _ in pattern.finditer(text.encode() if isinstance(pattern.pattern, bytes) else text):  # type: ignore[arg-type]
            pass

    assert [wrong for piece in HOSTILE if (wrong := grows(run, piece))] == []


@pytest.mark.parametrize("piece", HOSTILE)
def test_readers_of_markup_are_linear(piece: str) -> None:
    from ingest.sources.lines import unwrapped
    from ingest.sources.text import plain

    def run(text: str) -> None:
        plain(text)
        unwrapped(text.splitlines())

    assert not grows(run, piece)
