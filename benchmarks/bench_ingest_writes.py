"""Articles written one by one against in groups that are flushed together: time, disk, files, and how they grow.

    python -m benchmarks.bench_ingest_writes --articles 3000 --groups 1,32

A few articles (as of bench_reading) are read once by the pipeline; of each, copies are made whose text and address are
their own (a quarter of the characters is exchanged, so that none is near another). Each row writes the same copies into
a new folder, in a process of its own, as `iibun ingest --no-links` does: near copies are looked for. Making a copy is
part of the time, since the writer of a real run unpacks reports too. The first row is what the others are compared with.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import kg.store
from benchmarks.bench_reading import corpus
from iibun.archive.writer import Writer
from kg.model import Article, Report

_OTHERS = "".join(map(chr, range(0x4E00, 0x6E00)))


def read(path: Path, count: int) -> None:
    """So many reports, pickled one by one."""
    from ingest import extract, load

    nlp = load()
    made = [
        pickle.dumps(extract(Article(text, source=str(n), url=f"https://a.example/{n}"), nlp))
        for n, text in enumerate(corpus(count))
    ]
    path.write_bytes(pickle.dumps(made))


def copy(packed: bytes, n: int) -> Report:
    """A report of an article like that one, with a text and an address of its own."""
    report: Report = pickle.loads(packed)
    chance = random.Random(n)
    text = "".join(
        chance.choice(_OTHERS) if c > "\u3040" and chance.random() < 0.25 else c for c in report.article.text
    )
    return replace(report, article=replace(report.article, text=text, url=f"https://a.example/{n}"))


def child(reports: Path, folder: Path, count: int, group: int) -> None:
    """Write the copies and print what it took as JSON."""
    packed: list[bytes] = pickle.loads(reports.read_bytes())
    marks: list[tuple[float, float]] = []
    share = max(1, count // 6)
    with kg.store.open(folder) as store:
        writer = Writer(store, group=group)
        start, used, here = time.perf_counter(), time.process_time(), time.thread_time()
        for n in range(count):
            if n in (0, share, count - share):
                marks.append((time.perf_counter(), time.process_time()))
            report = copy(packed[n % len(packed)], n)
            if group > 1:
                writer.queue(report)
            else:
                writer.write(report)
        writer.flush()
        marks.append((time.perf_counter(), time.process_time()))
        here = time.thread_time() - here
    first, last = (tuple(b - a for a, b in zip(marks[i], marks[i + 1], strict=True)) for i in (0, 2))
    files = [p for p in folder.rglob("*") if p.is_file()]
    found = {
        "seconds": marks[-1][0] - start, "cpu": time.process_time() - used, "here": here,
        "growth": last[1] / first[1], "disk": sum(p.stat().st_size for p in files) / 1e6,
        "files": sum(p.suffix == ".sst" for p in files),
        "made": max((int(p.stem) for p in files if p.suffix == ".sst"), default=0),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=3000)
    parser.add_argument("--read", type=int, default=24, help="articles that are read by the pipeline")
    parser.add_argument(
        "--groups",
        default="1,32",
        help="articles that are flushed together, a row each; 1,32,1,32 shows how much rows differ by themselves",
    )
    parser.add_argument("--reports", type=Path, help="where the articles that were read are kept for the next run")
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "GROUP"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.reports, Path(args.child[0]), args.articles, int(args.child[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        reports = args.reports or Path(name, "reports")
        if not reports.exists():
            read(reports, args.read)
        print(f"{args.articles:,} articles; load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores\n")
        print(
            "| flushed together | seconds | of the first | CPU s (of them the writing thread) | of the first | CPU, last sixth to first "
            "| disk | files of indexes (made in all) | memory |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
        )
        base: dict[str, float] = {}
        for row, group in enumerate(args.groups.split(",")):
            command = [sys.executable, "-m", "benchmarks.bench_ingest_writes", "--articles", str(args.articles), "--reports", str(reports)]  # fmt: skip
            done = subprocess.run(
                [*command, "--child", f"{name}/{row}", group], stdout=subprocess.PIPE, check=True, text=True
            )
            found: dict[str, float] = json.loads(done.stdout)
            base = base or found
            print(
                f"| {group} | {found['seconds']:.0f} | {found['seconds'] / base['seconds']:.2f} | {found['cpu']:.0f} ({found['here']:.0f}) "
                f"| {found['cpu'] / base['cpu']:.2f} | {found['growth']:.2f} | {found['disk']:.0f} MB | {found['files']:.0f} ({found['made']:,.0f}) "
                f"| {found['memory']:.0f} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main()
