"""The README's table of speed: bare GiNZA, ours in 1 and 2 processes, Dask with 2 workers; memory; growth with size.

Run: make bench            (about ten minutes on two cores; --quick for two)
     python benchmarks/bench_reading.py --grow 100,1000,10000

Articles are our own (data/articles, tests/gold), their numbers varied so that no two are alike. Each row is run in a
fresh process, the model loaded before the clock starts; the ingest rows measure the whole command, model included.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def corpus(count: int, size: int = 900) -> list[str]:
    """``count`` texts of about ``size`` characters, each different: our articles' paragraphs, shuffled, renumbered."""
    import random
    import re

    chance = random.Random(7)
    found = [p.read_text("utf-8") for p in sorted((ROOT / "data" / "articles").glob("*.txt"))]
    found += [p.read_text("utf-8") for p in sorted((ROOT / "tests" / "gold").rglob("*.txt"))]
    paragraphs = [line.strip() for text in found for line in text.splitlines() if len(line.strip()) > 30]
    made = []
    for _ in range(count):
        lines: list[str] = []
        while sum(map(len, lines)) < size:
            paragraph = chance.choice(paragraphs)
            lines.append(re.sub(r"[2-9]", lambda m: str(chance.randint(2, 9)), paragraph))
        made.append("\n".join(lines))
    return made


def child(row: str, count: int) -> None:
    """Measure one row in this process and print it as JSON."""
    from ingest.batch import extract_many
    from ingest.pipeline import load, parse
    from kg.model import Article

    texts = corpus(count)
    used, peaks = 0.0, list[float]()
    articles = [Article(t, source=str(n)) for n, t in enumerate(texts)]
    size = sum(map(len, texts))
    if row == "bare":
        nlp = load(components=False)
        parse(nlp, articles[0])
        start, used = time.perf_counter(), time.process_time()
        for article in articles:
            parse(nlp, article)
        seconds, used = time.perf_counter() - start, time.process_time() - used
    elif row.startswith("ours"):
        jobs = int(row[-1])
        warm = [Article(t + "。", source="warm") for t in corpus(jobs * 8)]
        reports = extract_many([*warm, *articles], jobs)
        for _ in warm:
            next(reports)
        start, used = time.perf_counter(), time.process_time()
        done = sum(1 for _ in itertools.islice(reports, count))
        seconds, used = time.perf_counter() - start, time.process_time() - used
        assert done == count
        peaks = children()
    else:
        seconds, peaks = dask(articles)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    single = row in ("bare", "ours-1")
    print(json.dumps({"rate": size / seconds, "cpu": size / used if single else None, "memory": max([own, *peaks])}))


def children() -> list[float]:
    """The peak memory of each process below this one that still runs, in MB."""
    peaks, waiting = [], [os.getpid()]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            for pid in task.read_text().split():
                waiting.append(int(pid))
                status = Path(f"/proc/{pid}/status").read_text()
                peaks += [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return peaks


def dask(articles: list[object]) -> tuple[float, list[float]]:
    from distributed import LocalCluster

    from iibun.cluster import ToParts
    from ingest.batch import CHUNK, chunks
    from ingest.cluster import map_chunks

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        tempfile.TemporaryDirectory() as parts,
    ):
        list(map_chunks(chunks(articles[:8], 2000), cluster.scheduler_address, ToParts(f"{parts}/warm")))  # type: ignore[arg-type]
        start = time.perf_counter()
        results = list(map_chunks(chunks(articles, CHUNK), cluster.scheduler_address, ToParts(parts)))  # type: ignore[arg-type]
        seconds = time.perf_counter() - start
        assert sum(r[1][0] for r in results if r[1]) == len(articles)
        return seconds, children()


def measure(row: str, count: int) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, "--child", row, "--articles", str(count)], cwd=ROOT, capture_output=True,
                          text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)})  # fmt: skip
    if done.returncode:
        sys.exit(f"{row} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def grow(sizes: list[int], jobs: int, length: int) -> None:
    """Time `iibun ingest` from files to a store for growing numbers of articles, links left out."""
    print(
        f"\n| articles of {length} characters | seconds | characters a second | peak memory of a process |\n|---:|---:|---:|---:|"
    )
    for count in sizes:
        with tempfile.TemporaryDirectory() as name:
            rows = Path(name, "articles.jsonl")
            texts = corpus(count, length)
            rows.write_text(
                "".join(
                    json.dumps({"text": t, "url": f"https://a.example/{n}"}, ensure_ascii=False) + "\n"
                    for n, t in enumerate(texts)
                ),
                "utf-8",
            )
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "iibun", "ingest", str(rows), "--store", f"{name}/store", "--jobs", str(jobs), "--no-links"],
                           cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
            seconds = time.perf_counter() - start
            memory = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
            print(
                f"| {count:,} | {seconds:.1f} | {sum(map(len, texts)) / seconds:,.0f} | {memory:,.0f} MB |", flush=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="60 articles, no growth")
    parser.add_argument("--grow", default="100,1000", help="numbers of articles for the growth table; empty for none")
    parser.add_argument("--length", type=int, default=900, help="characters of an article in the growth table")
    parser.add_argument("--jobs", type=int, default=2, help="processes in the growth table")
    parser.add_argument("--only-grow", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.articles)
        return
    count = 60 if options.quick else options.articles
    if not options.only_grow:
        print(
            "| what | characters a second | of bare GiNZA | characters per CPU second | peak memory of a process |\n|---|---:|---:|---:|---:|"
        )
        bare = 0.0
        for row, name in (("bare", "bare GiNZA, 1 process"), ("ours-1", "Iibun, 1 process"), ("ours-2", "Iibun, 2 processes"), ("dask", "Iibun on Dask, 2 workers, N-Quads parts")):  # fmt: skip
            found = measure(row, count)
            bare = bare or found["rate"]
            cpu = f"{found['cpu']:,.0f}" if found["cpu"] else ""
            print(
                f"| {name} | {found['rate']:,.0f} | {found['rate'] / bare:.2f} | {cpu} | {found['memory']:,.0f} MB |",
                flush=True,
            )
    if options.grow and not options.quick:
        grow([int(n) for n in options.grow.split(",")], options.jobs, options.length)


if __name__ == "__main__":
    main()
