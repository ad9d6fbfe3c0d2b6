"""How time and memory grow with one article's length: 2,000, 20,000, 200,000 characters, each in a fresh process.

Run: python benchmarks/bench_long.py [--lengths 2000,20000,200000]
The text is our own (benchmarks/bench_reading.py), as paragraphs, and once more as one line without a break.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def child(length: int, joined: bool) -> None:
    from benchmarks.bench_reading import corpus
    from ingest import extract, load
    from kg.model import Article
    from tests.odd_text import faults

    text = corpus(1, length)[0][:length]
    text = text.replace("\n", "") if joined else text
    nlp = load()
    extract(Article(text[:500]), nlp)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    report = extract(Article(text), nlp)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"length": len(text), "seconds": seconds, "before": before, "peak": peak, "claims": len(report.claims), "faults": faults(report, text)}))  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", default="2000,20000,200000")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--joined", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.joined)
        return 0
    print(
        "| one article | CPU seconds | characters a CPU second | memory above the model's | claims |\n|---|---:|---:|---:|---:|"
    )
    wrong = []
    for length in map(int, options.lengths.split(",")):
        for joined in (False, True):
            command = [sys.executable, __file__, "--child", str(length), *(["--joined"] if joined else [])]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                                  env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)})  # fmt: skip
            if done.returncode:
                sys.exit(done.stderr[-2000:])
            f = json.loads(done.stdout.strip().splitlines()[-1])
            name = f"{f['length']:,} characters, {'one line' if joined else 'paragraphs'}"
            print(f"| {name} | {f['seconds']:.1f} | {f['length'] / f['seconds']:,.0f} | {f['peak'] - f['before']:,.0f} MB | {f['claims']:,} |", flush=True)  # fmt: skip
            wrong += f["faults"]
    print(*wrong[:20], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
