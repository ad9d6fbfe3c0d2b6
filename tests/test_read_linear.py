"""Pathological text against every regular expression of the readers: time grows with length, not faster."""

from __future__ import annotations

import importlib
import re
import time

import pytest

MODULES = (
    "ingest.duplicates", "ingest.language", "ingest.read", "ingest.sources.document", "ingest.sources.encoding",
    "ingest.sources.html", "ingest.sources.lines", "ingest.sources.mail", "ingest.sources.mediawiki", "ingest.sources.feed", "ingest.sources.zipped",
    "ingest.sources.metadata", "ingest.sources.pdf", "ingest.sources.text",
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


@pytest.mark.parametrize(("name", "pattern"), PATTERNS, ids=[p[0] for p in PATTERNS])
def test_time_is_linear(name: str, pattern: re.Pattern[str] | re.Pattern[bytes]) -> None:
    def seconds(text: str) -> float:
        subject = text.encode() if isinstance(pattern.pattern, bytes) else text
        start = time.process_time()  # other work on the machine leaves it alone
        for _ in pattern.finditer(subject):  # type: ignore[arg-type]
            pass
        return time.process_time() - start

    for piece in HOSTILE:
        short, long = piece * (20_000 // len(piece)), piece * (40_000 // len(piece))
        once = min(seconds(short) for _ in range(2))
        twice = min(seconds(long) for _ in range(2))
        assert twice < max(once * 3, 0.5), f"{name} on {piece!r}: {once:.3f} s, doubled {twice:.3f} s"
        assert twice < 5, f"{name} on {piece!r}: {twice:.1f} s"


@pytest.mark.parametrize("piece", HOSTILE)
def test_readers_of_markup_are_linear(piece: str) -> None:
    from ingest.sources.lines import unwrapped
    from ingest.sources.text import plain

    def seconds(text: str) -> float:
        start = time.perf_counter()
        plain(text)
        unwrapped(text.splitlines())
        return time.perf_counter() - start

    once, twice = seconds(piece * (10_000 // len(piece))), seconds(piece * (20_000 // len(piece)))
    assert twice < max(once * 3.5, 0.2)
