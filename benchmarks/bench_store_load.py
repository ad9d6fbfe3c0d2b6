"""32 clients, a tenth of whose queries are hostile, and 24 who send nothing else: do good ones and the page's notice?

    python -m benchmarks.bench_store_load --folder FOLDER      (a store; bench_store leaves one in FOLDER/ours)

Starts our server over the store and measures in turn: nobody else, 32 clients that ask as people do, 32 clients
of whose queries a tenth would run for ever, give huge results, or eat memory, and 8 good ones beside 24 that send such
queries one after another, each time in other words. Beside each a page asks its named
queries, one after another, in the server's own process, as pages do. Prints what was answered, how fast (p50, p95),
what became of each kind of hostile query, and the most memory that server and workers had together.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

import httpx

import kg.store
from benchmarks.bench_store import JSON, lookup, samples
from benchmarks.bench_store_graph import generate
from benchmarks.processes import memory
from kg.merging import Source, merge
from tests.store_servers import ROOT, free_port, wait_for

_SERVE = """
import sys, uvicorn, kg.endpoint, kg.store
from kg import queries
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route
store = kg.store.open(sys.argv[1]); store.hold()
async def page(request):
    given = dict(request.query_params)
    return JSONResponse(len(await run_in_threadpool(queries.ask, store, given.pop("name"), **given)))
routes = [*kg.endpoint.routes(store), Route("/page", page)]
uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
"""
#: What a page asks: name, and parameters whose values are taken from the store.
PAGE = (
    ("claims", ()), ("claims", ("source",)), ("claim", ("claim",)), ("predictions", ("source",)), ("articles", ()),
    ("article_claims", ("article",)), ("article_mentions", ("article",)), ("entity", ("entity",)), ("relations", ("entity",)), ("counts", ()),
)  # fmt: skip
HOSTILE = {
    "endless join": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "huge result": "SELECT * { ?a ?b ?c . ?d ?e ?f }",
    "memory, by sorting": "SELECT * { ?a ?b ?c . ?d ?b ?f } ORDER BY ?f ?c ?d",
    "memory, by grouping": "SELECT ?a ?d (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?b ?f } GROUP BY ?a ?d",
    "memory, by a path": "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x:none>|^!<urn:x:none>)* ?b }",
    "endless hashing": "SELECT (MAX(SHA512(CONCAT(STR(?a), STR(?f)))) AS ?n) { ?a ?b ?c . ?d ?e ?f }",
    "federation": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?a ?b ?c } }",
}


def disguised(query: str, rng: random.Random) -> str:
    """A query with as much meaning and other words, so that nothing can be known of it before."""
    more = [rng.choice((f"BIND({n} AS ?z{n})", "OPTIONAL {}", f"FILTER({n} = {n})")) for n in range(8)]
    return query.replace("{", "{ " + " ".join(more) + " ", 1)


class Load:
    """What clients and the page saw in one pass."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.good: list[float] = []
        self.page: list[float] = []
        self.fates: dict[str, Counter[int]] = defaultdict(Counter)
        self.most = 0
        self._lock = threading.Lock()
        self._end = 0.0

    def run(self, count: int, seconds: float, hostile: float, loops: int, values: dict[str, list[object]]) -> None:
        self._end = time.monotonic() + seconds
        threads = [threading.Thread(target=self._client, args=(k, hostile)) for k in range(count)]
        threads += [threading.Thread(target=self._client, args=(1000 + k, 1.0)) for k in range(loops)]
        threads += [threading.Thread(target=self._page, args=(values,)), threading.Thread(target=self._watch)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()

    def _client(self, k: int, hostile: float) -> None:
        rng = random.Random(k)
        with httpx.Client(timeout=200) as http:
            while time.monotonic() < self._end:
                kind = rng.choice(list(HOSTILE)) if rng.random() < hostile else ""
                query = HOSTILE.get(kind) or lookup(rng)
                if hostile == 1:
                    query = disguised(query, rng)
                began = time.perf_counter()
                answer = http.post(self.url, data={"query": query}, headers=JSON)
                with self._lock:
                    self.fates[kind or "good"][answer.status_code] += 1
                    if not kind and answer.status_code == 200:
                        self.good.append((time.perf_counter() - began) * 1000)

    def _page(self, values: dict[str, list[object]]) -> None:
        at = self.url.replace("/sparql", "/page")
        with httpx.Client(timeout=200) as http:
            n = 0
            while time.monotonic() < self._end:
                name, parameters = PAGE[n % len(PAGE)]
                given = {p: str(values[p][n // len(PAGE) % len(values[p])]) for p in parameters}
                began = time.perf_counter()
                answer = http.get(at, params={"name": name, **given})
                self.fates["page"][answer.status_code] += 1
                self.page.append((time.perf_counter() - began) * 1000)
                n += 1

    def _watch(self) -> None:
        while time.monotonic() < self._end:
            self.most = max(self.most, memory(self.url))
            time.sleep(0.5)

    def show(self, title: str, seconds: float) -> None:
        print(f"\n{title} (load {os.getloadavg()[0]:.0f})")
        for who, times in (("clients", sorted(self.good)), ("page", sorted(self.page))):
            if times:
                p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
                print(f"  {who}: {len(times) / seconds:.0f} a second, p50 {p50:.1f} ms, p95 {p95:.1f} ms")
        for kind, statuses in sorted(self.fates.items()):
            print(f"  {kind}: " + ", ".join(f"{n} × {status}" for status, n in sorted(statuses.items())))
        print(f"  server and workers: at most {self.most} MB resident", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, help="a store (default: 100,000 triples made for this)")
    parser.add_argument("--seconds", type=float, default=60, help="of each pass")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--loops", type=int, default=24, help="clients that send hostile queries alone")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = args.folder or Path(work, "store")
        if not args.folder:
            generate(100_000, Path(work, "dump.nq"))
        with kg.store.open(folder) as store:
            if not args.folder:
                merge(store, [Source.file(Path(work, "dump.nq"))], bulk=True)
            values = samples(store)
            print(f"{store.select('SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }')[0]['n']:,} quads")
        port = free_port()
        url = f"http://127.0.0.1:{port}/sparql"
        server = subprocess.Popen([sys.executable, "-c", _SERVE, str(folder), str(port)], cwd=ROOT)
        try:
            wait_for(url + "/version", server)
            failed = 0
            for title, count, hostile, loops in (
                ("nobody else", 0, 0.0, 0),
                (f"{args.clients} clients", args.clients, 0.0, 0),
                (f"{args.clients} clients, a tenth of the queries hostile", args.clients, 0.1, 0),
                (f"8 clients, and {args.loops} hostile ones", 8, 0.0, args.loops),
            ):
                load = Load(url)
                load.run(count, args.seconds, hostile, loops, values)
                load.show(title, args.seconds)
                failed += sum(n for who in ("good", "page") for s, n in load.fates[who].items() if s != 200)
                failed += sum(load.fates[kind][200] for kind in HOSTILE)
            print(f"\n{failed} good queries unanswered or hostile ones answered")
        finally:
            server.terminate()
            server.wait(60)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
