"""How time and memory grow with one article's length: reading, storing, linking, opening its page, deleting.

Run: python benchmarks/bench_long.py [--lengths 85000,170000,340000] [--joined] [--processes 2]
Each length is read in a fresh process, in CPU seconds, which other work on the machine changes little; a row under each tells
how many times the row before it took (twice the length: at most about 2.2 is wanted). ``--processes 2`` reads the longest once
more in two processes and tells seconds by the clock. The text is our own (benchmarks/bench_reading.py), as paragraphs or, with
``--joined``, as one line without a break.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("read", "store", "link", "open", "delete", "clear")


def body(length: int, joined: bool) -> str:
    from benchmarks.bench_reading import corpus

    text = corpus(1, length)[0]
    return (text.replace("\n", "") if joined else text)[:length]


def child(length: int, joined: bool) -> None:
    import kg.store
    from iibun.archive.writer import Writer
    from iibun.web.article_view import contents, reading
    from ingest import extract, load
    from kg import queries
    from kg.articles import forget, sweep
    from kg.model import Article
    from kg.tracking import links
    from tests.odd_text import faults

    seconds: dict[str, float] = {}

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        start = time.process_time()
        yield
        seconds[stage] = time.process_time() - start

    text = body(length, joined)
    nlp = load()
    extract(Article(text[:500]), nlp)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with timed("read"):
        report = extract(Article(text), nlp)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as folder, kg.store.open(folder) as store:
        Writer(store).write(extract(Article("架空電機は新工場を建てると発表した。"), nlp), lambda: None)
        with timed("store"):
            iri = Writer(store).write(report, lambda: None).article
        with timed("link"):
            links.link_new(store, iri, check=lambda: None)
        with timed("open"):
            known = contents(lambda n, **b: queries.ask(store, n, **b), iri)
            reading(lambda n, **b: queries.ask(store, n, **b), iri, part=len(known.parts) // 2, known=known)
        with timed("delete"):
            forget(store, iri, clear=False)
        with timed("clear"):
            sweep(store)
    print(json.dumps({"length": len(text), "seconds": seconds, "memory": peak - before, "claims": len(report.claims), "faults": faults(report, text)}))  # fmt: skip


def by_the_clock(length: int, joined: bool, processes: int) -> None:
    from ingest.batch import extract_many
    from kg.model import Article

    start = time.monotonic()
    (report,) = extract_many([Article(body(length, joined))], processes)
    print(f"{length:,} characters in {processes} processes: {time.monotonic() - start:.0f} seconds by the clock, with the loading of the model; {len(report.claims):,} claims")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", default="85000,170000,340000")
    parser.add_argument("--joined", action="store_true", help="one line without a break")
    parser.add_argument("--processes", type=int, help="read the longest once more in so many processes")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.joined)
        return 0
    lengths = [int(x) for x in options.lengths.split(",") if x]
    print(
        f"| one article | {' | '.join(STAGES)} | memory above the model's | claims |\n|---|{'---:|' * (len(STAGES) + 2)}"
    )
    wrong: list[str] = []
    last: dict[str, float] = {}
    for length in lengths:
        command = [sys.executable, __file__, "--child", str(length), *(["--joined"] if options.joined else [])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                              env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)})  # fmt: skip
        if done.returncode:
            sys.exit(done.stderr[-2000:])
        f = json.loads(done.stdout.strip().splitlines()[-1])
        took = f["seconds"]
        print(f"| {f['length']:,} characters | {' | '.join(f'{took[s]:.1f}' for s in STAGES)} | {f['memory']:,.0f} MB | {f['claims']:,} |", flush=True)  # fmt: skip
        if last:
            print(f"| times the row above | {' | '.join(f'{took[s] / last[s]:.1f}' for s in STAGES)} | | |", flush=True)
        last = took
        wrong += f["faults"]
    print(*wrong[:20], sep="\n")
    if options.processes:
        by_the_clock(max(lengths), options.joined, options.processes)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
