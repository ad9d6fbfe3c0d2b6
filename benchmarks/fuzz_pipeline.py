"""Feed hostile articles to the whole pipeline: GiNZA, all our components, harvest, the document, the quads.

Articles are made of words that our components work on and of marks, scripts and characters that break them
(tests/odd_text.py). A fault is a crash, an offset that does not hold, a name that nothing has, or over 5 seconds of CPU
(waiting ends the run after 60); one article in twenty is read twice and must give the same.

Run: python benchmarks/fuzz_pipeline.py [--inputs 3000] [--jobs 2] [--seed 1]
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import sys
import time
import traceback
from typing import Any

LIMIT = 5.0  #: CPU seconds that one article may take


def shard(arguments: tuple[int, int]) -> tuple[int, int, int, list[str], float]:
    """Read one share: articles, characters, claims, faults, the slowest in seconds."""
    number, count = arguments
    from datetime import date

    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

    from ingest import extract, load
    from kg.document import to_document
    from kg.model import Article, Report
    from tests.odd_text import TEXTS, faults

    nlp: Any = load()
    read = characters = claims = 0
    slowest = 0.0
    listed: list[str] = []
    seen: set[str] = set()

    @seed(number)
    @settings(
        max_examples=count * 2, phases=[Phase.generate], database=None, deadline=None, verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(text=TEXTS)
    def attempt(text: str) -> None:
        nonlocal read, characters, claims, slowest
        if read >= count or text in seen:
            return
        seen.add(text)
        start = time.process_time()
        faulthandler.dump_traceback_later(60, exit=True)
        try:
            article = Article(text, published=date(2025, 11, 3) if len(text) % 2 else None)
            report: Report = extract(article, nlp)
            took = time.process_time() - start
            to_document(report, explain=True)
            wrong = faults(report, text)
            if read % 20 == 0 and extract(article, nlp) != report:
                wrong.append("read twice, it gives two reports")
            if took > LIMIT:
                wrong.append(f"{took:.1f} CPU seconds for {len(text)} characters")
            claims += len(report.claims)
            slowest = max(slowest, took)
        except Exception:  # whatever escapes is a fault to be told, with what it takes to make it again
            wrong = [traceback.format_exc(limit=-4)]
        faulthandler.cancel_dump_traceback_later()
        read += 1
        characters += len(text)
        listed.extend(f"{text!r}: {w}" for w in wrong)

    attempt()
    return read, characters, claims, listed, slowest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shares = max(options.jobs, options.inputs // 500)
    work = [(options.seed * 1000 + n, -(-options.inputs // shares)) for n in range(shares)]
    start = time.monotonic()
    read = characters = claims = 0
    faults: list[str] = []
    slowest = 0.0
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for r, c, n, wrong, took in pool.imap_unordered(shard, work):
            read, characters, claims, slowest = read + r, characters + c, claims + n, max(slowest, took)
            faults += wrong
            print(f"\r{read:,} articles, {len(faults)} faults", end="", file=sys.stderr)
    print(file=sys.stderr)
    print(
        f"{read:,} hostile articles of {characters / max(1, read):.0f} characters through the whole pipeline, {claims:,} claims, "
        f"{len(faults)} faults, slowest {slowest:.1f} CPU s ({time.monotonic() - start:.0f} s in all)"
    )
    print(*faults[:20], sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
