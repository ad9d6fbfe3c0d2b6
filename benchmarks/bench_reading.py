"""The README's table of speed: bare GiNZA, ours in 1 and 2 processes, Dask with 2 workers; memory; growth with size.

Run: make bench            (under ten minutes on two quiet cores; --quick for two)
     python benchmarks/bench_reading.py --grow 100,1000,10000      (a quarter of an hour more)

Bare GiNZA is `spacy.load("ja_ginza")` as it is shipped. Articles are our own (data/articles, tests/gold), their numbers
varied so that no two are alike. Bare GiNZA and ours read each article in turn, so that their ratio holds on a busy machine;
one and two processes take turns in three rounds, of which the middle ratio counts. The model is loaded before the clock
starts; growth measures the whole command, model included. One BLAS thread a process throughout.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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


def in_turn(texts: list[str]) -> dict[str, float]:
    """Seconds and CPU seconds that bare GiNZA and we take for the same articles, by part."""
    import spacy

    from ingest.harvest import harvest
    from ingest.pipeline import _prepared, load
    from kg.model import Article

    bare, ours = spacy.load("ja_ginza"), load()
    spent: dict[str, float] = {}

    def timed(part: str, work: Any, *given: Any) -> Any:
        start, used = time.perf_counter(), time.process_time()
        done = work(*given)
        for clock, took in (("wall", time.perf_counter() - start), ("cpu", time.process_time() - used)):
            spent[f"{part} {clock}"] = spent.get(f"{part} {clock}", 0.0) + took
        return done

    def read(article: Article) -> None:
        doc = timed("ginza", _prepared, ours, article)
        for name, pipe in ours.pipeline:
            claims = name in ("iibun_context", "iibun_claims", "iibun_predictions", "iibun_speakers")
            own = name.startswith("iibun_") and name != "iibun_names"
            doc = timed("claims" if claims else "components" if own else "ginza", pipe, doc)
        timed("components", harvest, article, doc)

    for text in texts[:3]:  # what is loaded and compiled at first use
        bare(text)
        read(Article(text))
    spent.clear()
    for text in texts:
        timed("bare", bare, text)
        timed("ours", read, Article(text))
    return spent


def alone(texts: list[str], model: str) -> dict[str, float]:
    """Seconds and CPU seconds that bare GiNZA or ours takes in a process of its own."""
    if model == "bare":
        import spacy

        read: Any = spacy.load("ja_ginza")
    else:
        from ingest import extract, load
        from kg.model import Article

        nlp = load()

        def read(text: str) -> Any:
            return extract(Article(text), nlp)

    for text in texts[:3]:
        read(text)
    start, used = time.perf_counter(), time.process_time()
    for text in texts:
        read(text)
    return {"wall": time.perf_counter() - start, "cpu": time.process_time() - used}


def processes(texts: list[str], jobs: int) -> dict[str, float]:
    """Seconds, and CPU seconds of all processes, that so many take for the articles."""
    from ingest import batch
    from kg.model import Article

    groups = list(batch.chunks((Article(t, source=str(n)) for n, t in enumerate(texts)), batch.CHUNK))
    warm = list(batch.chunks([Article(t + "。") for t in corpus(16)], batch.CHUNK // 3))
    pool = batch._pool(jobs) if jobs > 1 else None
    run: Any = pool.map if pool else map
    list(run(batch.extract_chunk, warm))
    start, used = time.perf_counter(), cpu()
    done = sum(len(outcomes) for outcomes in run(batch.extract_chunk, groups))
    assert done == len(texts)
    found = {"wall": time.perf_counter() - start, "cpu": cpu() - used, "memory": peak()}
    if pool:
        pool.shutdown()
    return found


def dask(texts: list[str]) -> dict[str, float]:
    """The same on a Dask cluster of two processes, into N-Quads parts."""
    from distributed import LocalCluster

    from iibun.batch.cluster import ToParts
    from ingest.batch import CHUNK, chunks
    from ingest.cluster import map_chunks
    from kg.model import Article

    articles = [Article(t, source=str(n)) for n, t in enumerate(texts)]
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        tempfile.TemporaryDirectory() as parts,
    ):
        address = cluster.scheduler_address
        list(map_chunks(chunks(articles[:8], 2000), address, ToParts(f"{parts}/warm")))
        start, used = time.perf_counter(), cpu()
        results = list(map_chunks(chunks(articles, CHUNK), address, ToParts(parts)))
        assert sum(r[1][0] for r in results if r[1]) == len(articles)
        return {"wall": time.perf_counter() - start, "cpu": cpu() - used, "memory": peak()}


def memory(texts: list[str], model: str) -> dict[str, float]:
    """Peak memory of a process that reads with bare GiNZA or with ours."""
    if model == "bare":
        import spacy

        nlp = spacy.load("ja_ginza")
        for text in texts[:50]:
            nlp(text)
    else:
        from ingest import extract, load
        from kg.model import Article

        nlp = load()
        for text in texts[:50]:
            extract(Article(text), nlp)
    return {"memory": peak()}


def _tree() -> list[int]:
    """This process and all below it."""
    found = [os.getpid()]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def cpu() -> float:
    """CPU seconds that this process and those below it have used."""
    ticks = 0
    for pid in _tree():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak() -> float:
    """The highest peak memory of this process and those below it, in MB."""
    lines = [line for pid in _tree() for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return max(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def child(row: str, count: int) -> None:
    """Measure one row in this process and print it as JSON."""
    texts = corpus(count)
    name, _, detail = row.partition("-")
    found = {"turn": lambda: in_turn(texts), "jobs": lambda: processes(texts, int(detail)), "dask": lambda: dask(texts),
             "memory": lambda: memory(texts, detail), "alone": lambda: alone(texts, detail)}[name]()  # fmt: skip
    print(json.dumps(found | {"characters": sum(map(len, texts))}))


class Failed(Exception):
    """A row that could not be measured."""


def measure(row: str, count: int) -> dict[str, float]:
    """One row, measured in a fresh process."""
    done = subprocess.run([sys.executable, __file__, "--child", row, "--articles", str(count)], cwd=ROOT, capture_output=True,
                          text=True, check=False, env=_environment())  # fmt: skip
    if done.returncode:
        raise Failed(f"{row} failed: {done.stderr[-1500:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def table(count: int) -> None:
    """The rows of the README, and the ratios that the issues name."""
    turn = measure("turn", count)
    rounds = [(measure("jobs-1", count), measure("jobs-2", count)) for _ in range(3)]
    one, two = sorted(rounds, key=lambda r: r[0]["wall"] / r[1]["wall"])[1]
    cluster = measure("dask", count)
    size = turn["characters"]
    rows = [
        ("bare GiNZA, 1 process", turn["bare wall"], turn["bare cpu"], measure("memory-bare", count)["memory"]),
        ("Iibun, 1 process", turn["ours wall"], turn["ours cpu"], measure("memory-ours", count)["memory"]),
        ("Iibun, 2 processes", two["wall"], two["cpu"], two["memory"]),
        ("Iibun on Dask, 2 workers, N-Quads parts", cluster["wall"], cluster["cpu"], cluster["memory"]),
    ]
    print(
        "\n| what | characters a second | of bare GiNZA | characters a CPU second | peak memory of a process |\n|---|---:|---:|---:|---:|"
    )
    for name, wall, used, most in rows:
        print(f"| {name} | {size / wall:,.0f} | {turn['bare wall'] / wall:.2f} | {size / used:,.0f} | {most:,.0f} MB |")
    print("\n| ratio | by the clock | by CPU time | wanted |\n|---|---:|---:|---:|")

    def ratio(name: str, of: str, to: str, wanted: str, *, less: float = 0.0) -> None:
        values = [
            sum(turn[f"{p} {clock}"] for p in of.split("+")) / turn[f"{to} {clock}"] - less for clock in ("wall", "cpu")
        ]
        print(f"| {name} | {values[0]:.2f} | {values[1]:.2f} | {wanted} |")

    ratio("characters a second, ours to bare GiNZA", "bare", "ours", "at least 0.8")
    ratio("time, ours with claims to bare GiNZA", "ours", "bare", "at most 1.25")
    ratio("time, components without claims to bare GiNZA", "components", "bare", "at most 0.15")
    ratio("the same to GiNZA as we run it", "components", "ginza", "")
    ratio("time, all components to GiNZA as we run it", "components+claims", "ginza", "")
    ratio("speed, GiNZA as we run it to bare GiNZA", "bare", "ginza", "")
    apart = [(measure("alone-ours", count), measure("alone-bare", count)) for _ in range(3)]
    each = ", ".join(f"{a['wall'] / b['wall']:.2f}" for a, b in apart)
    clocks = [statistics.median(a[k] / b[k] for a, b in apart) for k in ("wall", "cpu")]
    print(
        f"| time, ours with claims to bare GiNZA, each in a process of its own (three rounds: {each}) | {clocks[0]:.2f} | {clocks[1]:.2f} | at most 1.25 |"
    )
    middle = one["wall"] / two["wall"]
    used = statistics.median(2 * a["cpu"] / b["cpu"] for a, b in rounds)
    each = ", ".join(f"{a['wall'] / b['wall']:.2f}" for a, b in rounds)
    print(
        f"| speed, two processes to one (three rounds: {each}) | {middle:.2f} | {used:.2f} | at least 1.8 |", flush=True
    )


def grow(sizes: list[int], jobs: int, length: int) -> None:
    """Time `iibun ingest` from files to a store for growing numbers of articles, links left out."""
    print(
        f"\n| articles of {length} characters, {jobs} processes | seconds | characters a second | peak memory of a process |\n|---:|---:|---:|---:|"
    )
    for count in sizes:
        with tempfile.TemporaryDirectory() as name:
            rows = Path(name, "articles.jsonl")
            texts = corpus(count, length)
            with rows.open("w", encoding="utf-8") as out:
                for n, text in enumerate(texts):
                    out.write(json.dumps({"text": text, "url": f"https://a.example/{n}"}, ensure_ascii=False) + "\n")
            start = time.perf_counter()
            process = subprocess.Popen([sys.executable, "-m", "iibun", "ingest", str(rows), "--store", f"{name}/store", "--jobs", str(jobs), "--no-links"],
                                       cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=_environment())  # fmt: skip
            assert process.stderr
            said = process.stderr.read()
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            if status:
                raise Failed(f"ingest of {count} articles failed: {said[-1500:]}")
            rate = sum(map(len, texts)) / seconds
            print(f"| {count:,} | {seconds:.1f} | {rate:,.0f} | {used.ru_maxrss / 1024:,.0f} MB |", flush=True)


def main() -> int:
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
        return 0
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start", flush=True)
    try:
        if not options.only_grow:
            table(60 if options.quick else options.articles)
        if options.grow and not options.quick:
            grow([int(n) for n in options.grow.split(",")], options.jobs, options.length)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
