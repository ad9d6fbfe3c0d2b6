"""Ours, embedded and through the endpoint, beside raw pyoxigraph, rdflib, ``oxigraph serve`` and Virtuoso, in one run.

    python -m benchmarks.bench_store --triples 1000000

Builds a graph of claims with the real vocabulary from templates and prints load rates, latencies of named queries
(p50, p95; by the clock, and as CPU time, which other work on the machine lengthens little), throughput of the endpoint
with 1, 8 and 32 clients, memory and disk. What hostile queries do beside it: ``bench_store_load``.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox

import kg.store
from benchmarks.bench_store_graph import generate, story
from benchmarks.processes import cpu_of, memory, own_cpu, served_by
from kg import queries
from kg.merging import Source, merge
from kg.rdf import article_iri
from kg.store.base import prefixed
from kg.store.sparql import bind
from tests import store_servers as servers

#: What the pages ask (``answers.ask``, and the examples of the SPARQL page), then what only commands and notebooks ask.
PAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("article", ("article",)), ("article_body", ("article",)), ("article_claims", ("article",)), ("article_claim_figures", ("article",)),
    ("article_dates", ("article",)), ("article_extents", ("article",)), ("article_figures", ("article",)), ("article_furniture", ("article",)),
    ("article_counts", ("article",)), ("article_outline", ("article",)), ("article_places", ("article",)),
    ("article_mentions", ("article",)), ("article_reasons", ("article",)), ("article_relations", ("article",)),
    ("article_second_reading", ("article",)), ("article_second_refused", ("article",)), ("article_readers", ("article",)),
    ("article_disputes", ("article",)),
    ("claim_extents", ("claim",)), ("claim_figures", ("claim",)), ("claim_reasons", ("claim",)),
    ("entity_mention_list", ("entity",)), ("entity_reasons", ("entity",)), ("entity_relations", ("entity",)), ("entity_written", ("entity",)),
    ("relation_evidence", ("subject", "object")),
    ("articles", ()), ("claims", ()), ("claims_by_source", ()), ("counts", ()), ("dropped", ()), ("entities", ()), ("entity_counts", ()),
    ("extractors", ()), ("predictions", ()), ("publishers", ()), ("relations", ()), ("topics", ()),
)  # fmt: skip
NAMED: tuple[tuple[str, tuple[str, ...]], ...] = (
    *PAGES,
    ("claims", ("source",)), ("claims", ("modality",)), ("claims", ("source", "since")), ("claims_count", ("source",)), ("claim", ("claim",)),
    ("predictions", ("dated", "open")), ("predictions", ("source",)), ("entity", ("entity",)), ("entity_names", ("entity",)),
    ("entity_mentions", ("entity",)), ("relations", ("entity",)), ("neighbours", ("entity",)), ("entity_figures", ("entity",)),
    ("search_entities", ("text",)), ("search_claims", ("text",)), ("statement_evidence", ("source", "about")),
)  # fmt: skip
Ask = Callable[[str, dict[str, object]], object]
#: Milliseconds: p50 and p95 by the clock, p95 of CPU time.
Times = dict[str, tuple[float, float, float]]
Values = dict[str, list[object]]  # of each parameter
#: Seconds after which a query in rdflib is given up.
GIVEN_UP = 5


def samples(store: kg.store.Store, n: int = 12) -> Values:
    """Values for the parameters of the named queries, frequent and rare ones."""
    rng = random.Random(5)
    claims = queries.ask(store, "claims", limit=n)
    people = [r["source"] for r in queries.ask(store, "claims_by_source", limit=400)]
    found = [article_iri(story(rng.randrange(50), 100).article) for _ in range(n)]
    entities = [r["entity"] for r in queries.ask(store, "entities", limit=400)]
    ends = [(r["subject"], r["object"]) for r in queries.ask(store, "relations", limit=n)]
    return {
        "claim": [r["claim"] for r in claims], "source": people[:3] + people[-3:], "article": list(found),
        "entity": entities[:3] + entities[-3:], "modality": ["probable", "hoped"], "since": ["2025-06-01"], "dated": [True], "open": [True],
        "subject": [s for s, _ in ends], "object": [o for _, o in ends], "about": [o for _, o in ends], "text": ["企業7", "900億円", "ない言葉"],
    }  # fmt: skip


def measure(
    columns: dict[str, Ask],
    values: Values,
    repeat: int = 9,
    servers_: dict[str, str] | None = None,
    only: set[str] | None = None,
) -> dict[str, Times]:
    """Milliseconds of each named query in each column; the columns take turns, so that all see the same machine.

    A query that fails in a column has no times there, and why is printed. CPU time is this thread's and its children's, or of the
    processes behind a column of ``servers_``, which names what their command lines have in common.
    """
    found: dict[str, Times] = {c: {} for c in columns}
    for name, parameters in NAMED:
        if only and name not in only:
            continue
        key = " ".join((name, *parameters))
        times: dict[str, list[tuple[float, float]]] = {c: [] for c in columns}
        for i in range(-1, repeat):  # the first time is for warming up
            given = {p: values[p][i % len(values[p])] for p in parameters}
            for column, do in columns.items():
                if column not in times:
                    continue
                mark = (servers_ or {}).get(column)
                pids = served_by(mark) if mark else []
                used = cpu_of(pids) if mark else own_cpu()
                began = time.perf_counter()
                try:
                    do(name, given)
                except (AssertionError, httpx.HTTPError, TimeoutError) as error:
                    print(f"{column}: {key}: {str(error)[:160] or type(error).__name__}", flush=True)
                    del times[column]
                    continue
                took = time.perf_counter() - began
                used = (cpu_of(pids) if mark else own_cpu()) - used
                if i >= 0:
                    times[column].append((took * 1000, used * 1000))
        for column, took_ in times.items():
            wall, cpu = (sorted(t[k] for t in took_) for k in (0, 1))
            last = min(len(wall) - 1, int(len(wall) * 0.95))
            found[column][key] = (wall[len(wall) // 2], wall[last], cpu[last])
    return found


def again(http: httpx.Client, url: str, name: str, times: int = 40) -> tuple[float, float]:
    """Milliseconds by the clock (p50, p95) of a query whose answer the endpoint remembers."""
    whole = prefixed(queries.text(name)[0])
    took = []
    for i in range(-1, times):
        began = time.perf_counter()
        assert http.post(url, data={"query": whole}, headers=REMEMBERED).status_code == 200
        if i >= 0:
            took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return took[times // 2], took[int(times * 0.95)]


def clients(url: str, count: int, seconds: float) -> dict[str, float]:
    """So many clients at once: answers a second, milliseconds (p50, p95), and what failed."""
    good: list[float] = []
    failed = 0
    lock = threading.Lock()
    began = time.monotonic()

    def work(k: int) -> None:
        nonlocal failed
        rng = random.Random(k)
        with httpx.Client(timeout=120) as http:
            while time.monotonic() < began + seconds:
                asked = time.perf_counter()
                status = http.post(url, data={"query": lookup(rng)}, headers=JSON).status_code
                with lock:
                    if status == 200:
                        good.append((time.perf_counter() - asked) * 1000)
                    else:
                        failed += 1

    threads = [threading.Thread(target=work, args=(k,)) for k in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    took = time.monotonic() - began
    good.sort()
    return {
        "per_second": round(len(good) / took, 1), "p50_ms": round(good[len(good) // 2], 1),
        "p95_ms": round(good[int(len(good) * 0.95)], 1), "failed": failed,
    }  # fmt: skip


REMEMBERED = {"Accept": "application/sparql-results+json"}
#: Each query is evaluated anew: ours is told not to give what it remembers.
JSON = REMEMBERED | {"Cache-Control": "no-cache"}


def lookup(rng: random.Random) -> str:
    """A query as people ask: a page of claims, at some place."""
    return prefixed(f"SELECT ?t {{ ?c iib:modality 'probable' ; schema:name ?t }} LIMIT 20 OFFSET {rng.randrange(500)}")


def size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) >> 20


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def timed(label: str, triples: int, do: Callable[[], object]) -> None:
    began = time.perf_counter()
    do()
    took = time.perf_counter() - began
    print(f"load {label:<24}{triples / took:>12,.0f} triples/s {took:>8.1f} s", flush=True)


def endpoint_ask(http: httpx.Client, url: str) -> Ask:
    def do(name: str, given: dict[str, object]) -> object:
        text, terms = queries.text(name, **given)
        whole = bind(prefixed(text), {k: v for k, v in terms.items() if f"${k}" in text})
        params = {"union-default-graph": "true"} if url.endswith("/query") else {}
        r = http.post(url, params=params, data={"query": whole}, headers=JSON)
        assert r.status_code == 200, f"{name}: {r.status_code} {r.text[:200]}"
        return r.content

    return do


def ask_ours(store: kg.store.Store, name: str, given: dict[str, object]) -> object:
    return queries.ask(store, name, **given)


def raw_ask(store: ox.Store) -> Ask:
    def do(name: str, given: dict[str, object]) -> object:
        text, terms = queries.text(name, **given)
        whole = bind(prefixed(text), {k: v for k, v in terms.items() if f"${k}" in text})
        return store.query(whole, use_default_graph_as_union=True).serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr,arg-type]

    return do


def rdflib_ask(data: Any) -> Ask:
    """rdflib in a child process of each query, which is ended after some seconds."""

    def do(name: str, given: dict[str, object]) -> object:
        text, terms = queries.text(name, **given)
        whole = bind(prefixed(text), {k: v for k, v in terms.items() if f"${k}" in text})
        child = os.fork()
        if not child:
            try:
                list(data.query(whole))
                os._exit(0)
            except Exception:
                os._exit(1)
        end = time.monotonic() + GIVEN_UP
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                assert status == 0, "fails"
                return None
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                raise TimeoutError(f"given up after {GIVEN_UP} s")
            time.sleep(0.001)

    return do


def load_ours(dump: Path, count: int, raw_folder: Path, ours: Path, *, copied: bool) -> None:
    """Load a dump into raw pyoxigraph and into a folder of ours, where they are not there yet, and print the rates."""
    if not raw_folder.exists():
        raw = ox.Store(str(raw_folder))
        timed("raw pyoxigraph", count, lambda: raw.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS))
        raw.optimize()
        del raw
    if not ours.exists() and copied:
        ours.mkdir()
        ox.Store(str(raw_folder)).backup(str(ours / "graph"))
    if not ours.exists():
        with kg.store.open(ours) as s:
            timed("ours (folder)", count, lambda: merge(s, [Source.file(dump)], bulk=True))
    print(f"disk: raw {size(raw_folder)} MB, ours {size(ours)} MB; memory {peak()} MB", flush=True)


def oxigraph(work: Path, dump: Path, count: int, values: Values, only: set[str]) -> dict[str, Times]:
    """Load a dump into ``oxigraph serve`` and measure it."""
    if not (work / "ox").exists():
        command = [servers.OXIGRAPH, "load", "--location", str(work / "ox"), "--file", str(dump)]
        timed("oxigraph load", count, lambda: subprocess.run(command, check=True, capture_output=True))
    with servers.oxigraph(work / "ox") as url, httpx.Client(timeout=200) as http:
        times = measure({"oxigraph serve": endpoint_ask(http, url)}, values, 3, {"oxigraph serve": url}, only)
        print(f"oxigraph serve: {memory(url)} MB resident, disk {size(work / 'ox')} MB", flush=True)
    return times


def virtuoso(work: Path, dump: Path, count: int, values: Values, only: set[str]) -> dict[str, Times]:
    """Load a dump into Virtuoso and measure it."""
    folder = work / "virtuoso"
    with servers.virtuoso(folder) as url, httpx.Client(timeout=200) as http:
        if not (folder / dump.name).exists():
            os.link(dump, folder / dump.name)
        load = f"exec=log_enable(2); ld_dir('{folder}', '{dump.name}', 'urn:x:g'); rdf_loader_run(); checkpoint;"
        lines = (folder / "virtuoso.ini").read_text().splitlines()
        port = next(line.split(":")[-1] for line in lines if line.startswith("ServerPort"))
        command = [str(servers.ISQL), f"127.0.0.1:{port}", "dba", "dba", load]
        timed("virtuoso (rdf_loader)", count, lambda: subprocess.run(command, check=True, capture_output=True))
        times = measure({"virtuoso": endpoint_ask(http, url)}, values, 3, {"virtuoso": str(folder)}, only)
        print(f"virtuoso: {memory(str(folder))} MB resident, disk {size(folder)} MB", flush=True)
    return times


def rdflib_in_memory(dump: Path, count: int, values: Values, only: set[str]) -> dict[str, Times]:
    """Load a dump into rdflib and measure it."""
    import rdflib

    data = rdflib.Dataset(default_union=True)
    timed("rdflib in memory", count, lambda: data.parse(str(dump), format="nquads"))
    print(f"memory with rdflib: {peak()} MB", flush=True)
    gc.freeze()
    return measure({"rdflib": rdflib_ask(data)}, values, 1, None, only)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--seconds", type=float, default=8, help="of each throughput measurement")
    parser.add_argument("--repeat", type=int, default=9, help="times that each named query is asked")
    parser.add_argument("--only", default="", help="only these named queries, separated by commas")
    parser.add_argument("--without", default="", help="leave out, separated by commas: rdflib, oxigraph, virtuoso")
    parser.add_argument(
        "--copy", action="store_true", help="ours is a copy of raw pyoxigraph's files, to save the time of a load"
    )
    args = parser.parse_args()
    without = set(args.without.split(","))
    only = set(filter(None, args.only.split(",")))
    if unknown := only - {name for name, _ in NAMED}:
        parser.error(
            f"--only: there is no {', '.join(sorted(unknown))} among {', '.join(dict.fromkeys(n for n, _ in NAMED))}"
        )
    with ExitStack() as stack:
        work = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        work.mkdir(parents=True, exist_ok=True)
        dump = work / f"bench-{args.triples}.nq"
        if not dump.exists():
            generate(args.triples, dump)
        count = sum(1 for _ in dump.open("rb"))
        print(
            f"{count:,} quads, {dump.stat().st_size >> 20} MB of N-Quads; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; memory {peak()} MB before",
            flush=True,
        )

        raw_folder, ours = work / "raw", work / "ours"
        load_ours(dump, count, raw_folder, ours, copied=args.copy)
        raw = ox.Store.read_only(str(raw_folder))
        copy = work / f"embedded-{os.getpid()}"
        copy.mkdir()
        stack.callback(shutil.rmtree, copy, ignore_errors=True)
        ox.Store(str(raw_folder)).backup(str(copy / "graph"))  # hard links: no disk
        columns: dict[str, Times] = {}
        with kg.store.open(copy) as s, servers.ours(ours) as url, httpx.Client(timeout=200) as http:
            values = samples(s)
            s.hold()  # type: ignore[attr-defined]
            asks: dict[str, Ask] = {
                "raw": raw_ask(raw),
                "embedded": partial(ask_ours, s),
                "endpoint": endpoint_ask(http, url),
            }
            columns |= measure(asks, values, args.repeat, {"endpoint": url}, only)
            for name in ("counts", "claims", "predictions", "entities", "relations", "claims_by_source"):
                print(
                    f"{name}, asked again while nothing is written: p50 %.1f ms, p95 %.1f ms" % again(http, url, name)
                )
            for n in (1, 8, 32):
                print(f"endpoint, {n:>2} clients: {clients(url, n, args.seconds)}", flush=True)
            print(f"server and workers: {memory(url)} MB resident", flush=True)
        if servers.OXIGRAPH and "oxigraph" not in without:
            columns |= oxigraph(work, dump, count, values, only)
        if servers.VIRTUOSO and "virtuoso" not in without:
            columns |= virtuoso(work, dump, count, values, only)
        if "rdflib" not in without:
            columns |= rdflib_in_memory(dump, count, values, only)
        show(columns)


def show(columns: dict[str, Times]) -> None:
    """The latencies as a Markdown table, and which pass what was wanted."""
    print(f"\n| ms: p50 / p95 (CPU p95) | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for key in columns["raw"]:
        cells = ("{:.1f} / {:.1f} ({:.1f})".format(*columns[c][key]) if key in columns[c] else "–" for c in columns)
        print(f"| {key} | {' | '.join(cells)} |")
    worst = [k for k, (p50, _, _) in columns["endpoint"].items() if p50 > 1.3 * columns["raw"][k][0] + 2]
    print(f"\nthrough the endpoint slower than 1.3 × raw + 2 ms (p50): {', '.join(worst) or 'none'}")
    for column in ("raw", "embedded", "endpoint"):
        for k, clock in ((1, "by the clock"), (2, "of CPU")):
            slow = [key for key, times in columns[column].items() if times[k] > 100]
            print(f"p95 over 100 ms {clock}, {column}: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
