"""Ours, embedded and through the endpoint, beside raw pyoxigraph, rdflib, ``oxigraph serve`` and Virtuoso, in one run.

    python benchmarks/bench_store.py --triples 1000000

Builds a graph of claims with the real vocabulary from templates and prints load rates, latencies of named queries
(p50, p95), throughput of the endpoint with 1, 8 and 32 clients (a tenth of the queries runaway in a second pass),
memory and disk.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import httpx
import pyoxigraph as ox

import kg.store
from kg import queries
from kg.model import Article, Claim, Entity, Extent, Figure, Interval, Mention, Prediction, Relation, Report
from kg.rdf import article_iri, quads
from kg.store.base import prefixed
from kg.store.sparql import bind
from tests import store_servers as servers

NAMED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("claims", ()), ("claims", ("source",)), ("claims", ("modality",)), ("claims", ("source", "since")), ("claims_count", ("source",)),
    ("claim", ("claim",)), ("claim_extents", ("claim",)), ("predictions", ("dated", "open")), ("predictions", ("source",)),
    ("articles", ()), ("article", ("article",)), ("article_claims", ("article",)), ("article_mentions", ("article",)),
    ("article_figures", ("article",)), ("article_extents", ("article",)), ("entity", ("entity",)), ("entity_names", ("entity",)),
    ("entity_mentions", ("entity",)), ("relations", ("entity",)), ("neighbours", ("entity",)), ("entity_figures", ("entity",)),
    ("search_entities", ("text",)), ("search_claims", ("text",)), ("counts", ()), ("entities", ()), ("claims_by_source", ()), ("topics", ()),
)  # fmt: skip
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def story(n: int, people: int) -> Report:
    """An article of about 1,300 quads: ten claims, four of them predictions."""
    rng = random.Random(n)
    text, entities, mentions, claims, figures, relations = "", [], [], [], [], []

    def say(words: str) -> Extent:
        nonlocal text
        start = len(text)
        text += words
        return Extent(start, len(text))

    for k in range(10):
        number = int(people * rng.random() ** 3)
        company = Entity(f"e{2 * k}", "Organization", f"架空企業{number}", (f"企業{number}",))
        person = Entity(f"e{2 * k + 1}", "Person", f"架空太郎{number + k}")
        entities += [company, person]
        c = say(company.label)
        mentions.append(Mention(c, company.id))
        say("の")
        p = say(person.label)
        mentions.append(Mention(p, person.id))
        say("社長は、")
        year = 2026 + rng.randrange(6)
        due = say(f"{year}年までに")
        money = rng.randrange(1, 900)
        f = say(f"{money}億円")
        body = say("を投資し、新しい工場を稼働させる")
        cue = say("と述べた")
        say("。\n")
        figures.append(Figure(f, "money", money * 1e8, "JPY", "=", (company.id,), "投資額"))
        relations.append(Relation(person.id, "holdsPosition", company.id, Extent(c.start, cue.end), {"title": "社長"}))
        prediction = (
            Prediction(
                Interval(None, date(year, 12, 31)), f"{year}年までに", due, criterion=f"{year}年末までに稼働する"
            )
            if k % 5 < 2
            else None
        )
        claims.append(
            Claim(
                f"c{k}", Extent(due.start, body.end), sources=(person.id,), cue=cue, about=(company.id,), figures=(k,),
                modality=rng.choice(("asserted", "probable", "intended", "hoped")), topics=(f"話題{number % 50}",),
                prediction=prediction, title=f"{company.label}は{year}年までに{money}億円を投資する", confidence=round(rng.random(), 2),
            )
        )  # fmt: skip
    unique: dict[str, Entity] = {}
    same = {e.id: unique.setdefault(f"{e.type} {e.label}", e).id for e in entities}
    return Report(
        Article(text, title=f"記事{n}", url=f"https://example.com/{n}", published=date(2024, 1, 1) + timedelta(n % 700), publisher=f"媒体{n % 20}"),
        entities=tuple(unique.values()),
        mentions=tuple(Mention(m.extent, same[m.entity]) for m in mentions),
        figures=tuple(Figure(f.extent, f.kind, f.value, f.unit, f.comparator, tuple(same[a] for a in f.about), f.measure) for f in figures),
        relations=tuple(Relation(same[r.subject], r.predicate, same[r.object], r.extent, r.qualifiers) for r in relations),
        claims=tuple(
            Claim(c.id, c.content, tuple(same[s] for s in c.sources), None, None, (), c.cue, (), "indirect", c.modality, "affirmed",
                  tuple(same[a] for a in c.about), c.topics, c.figures, c.prediction, c.title, c.confidence)
            for c in claims
        ),
        extractor="bench",
    )  # fmt: skip


def generate(triples: int, path: Path) -> int:
    """Write about so many quads as N-Quads; the number written."""
    written = n = 0
    with path.open("wb") as out:
        while written < triples:
            found = list(quads(story(n, max(100, triples // 5000))))
            ox.serialize(found, out, format=ox.RdfFormat.N_QUADS)
            written += len(found)
            n += 1
    return written


def samples(store: kg.store.Store, n: int = 12) -> dict[str, list[object]]:
    """Values for the parameters of the named queries, frequent and rare ones."""
    rng = random.Random(5)
    claims = queries.ask(store, "claims", limit=n)
    people = [r["source"] for r in queries.ask(store, "claims_by_source", limit=400)]
    found = [article_iri(story(rng.randrange(50), 100).article) for _ in range(n)]
    entities = [r["entity"] for r in queries.ask(store, "entities", limit=400)]
    return {
        "claim": [r["claim"] for r in claims], "source": people[:3] + people[-3:], "article": list(found),
        "entity": entities[:3] + entities[-3:], "modality": ["probable", "hoped"], "since": ["2025-06-01"], "dated": [True], "open": [True],
        "text": ["企業7", "900億円", "ない言葉"],
    }  # fmt: skip


def measure(
    do: Callable[[str, dict[str, object]], object], values: dict[str, list[object]], repeat: int = 5
) -> dict[str, tuple[float, float]]:
    """Milliseconds (p50, p95) of each named query."""
    found = {}
    for name, parameters in NAMED:
        times = []
        for i in range(max(repeat, max((len(values[p]) for p in parameters), default=1))):
            given = {p: values[p][i % len(values[p])] for p in parameters}
            began = time.perf_counter()
            do(name, given)
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        found[" ".join((name, *parameters))] = (
            times[len(times) // 2],
            times[min(len(times) - 1, int(len(times) * 0.95))],
        )
    return found


def clients(url: str, count: int, seconds: float, runaway: float = 0.0) -> dict[str, float]:
    """So many clients at once: answers a second and milliseconds (p50, p95) of the good queries, and what failed."""
    good: list[float] = []
    failed = ended = 0
    lock = threading.Lock()
    stop = time.monotonic() + seconds

    def work(k: int) -> None:
        nonlocal failed, ended
        rng = random.Random(k)
        with httpx.Client(timeout=120) as http:
            while time.monotonic() < stop:
                bad = rng.random() < runaway
                text = (
                    RUNAWAY
                    if bad
                    else prefixed(
                        f"SELECT ?t {{ ?c iib:modality 'probable' ; schema:name ?t }} LIMIT 20 OFFSET {rng.randrange(500)}"
                    )
                )
                began = time.perf_counter()
                status = http.post(
                    url, data={"query": text}, headers={"Accept": "application/sparql-results+json"}
                ).status_code
                took = (time.perf_counter() - began) * 1000
                with lock:
                    if bad:
                        ended += status == 503
                    elif status == 200:
                        good.append(took)
                    else:
                        failed += 1

    threads = [threading.Thread(target=work, args=(k,)) for k in range(count)]
    began = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    good.sort()
    took = time.monotonic() - began
    return {
        "per_second": round(len(good) / took, 1), "p50_ms": round(good[len(good) // 2], 1), "p95_ms": round(good[int(len(good) * 0.95)], 1),
        "failed": failed, "runaway_ended": ended,
    }  # fmt: skip


def size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) >> 20


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def timed(label: str, triples: int, do: Callable[[], object]) -> None:
    began = time.perf_counter()
    do()
    took = time.perf_counter() - began
    print(f"load {label:<24}{triples / took:>12,.0f} triples/s {took:>8.1f} s", flush=True)


def endpoint_ask(http: httpx.Client, url: str) -> Callable[[str, dict[str, object]], object]:
    def do(name: str, given: dict[str, object]) -> object:
        text, terms = queries.text(name, **given)
        whole = bind(prefixed(text), {k: v for k, v in terms.items() if f"${k}" in text})
        params = {"union-default-graph": "true"} if url.endswith("/query") else {}
        r = http.post(url, params=params, data={"query": whole}, headers={"Accept": "application/sparql-results+json"})
        assert r.status_code == 200, f"{name}: {r.status_code} {r.text[:200]}"
        return r.content

    return do


def raw_ask(store: ox.Store) -> Callable[[str, dict[str, object]], object]:
    def do(name: str, given: dict[str, object]) -> object:
        text, terms = queries.text(name, **given)
        whole = bind(prefixed(text), {k: v for k, v in terms.items() if f"${k}" in text})
        return store.query(whole, use_default_graph_as_union=True).serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr]

    return do


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--seconds", type=float, default=8, help="of each throughput measurement")
    parser.add_argument("--without", default="", help="leave out, separated by commas: rdflib, oxigraph, virtuoso")
    args = parser.parse_args()
    without = set(args.without.split(","))
    with ExitStack() as stack:
        work = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        work.mkdir(parents=True, exist_ok=True)
        dump = work / f"bench-{args.triples}.nq"
        if not dump.exists():
            generate(args.triples, dump)
        count = sum(1 for _ in dump.open("rb"))
        print(
            f"{count:,} quads, {dump.stat().st_size >> 20} MB of N-Quads; {os.cpu_count()} cores; memory {peak()} MB before",
            flush=True,
        )

        raw_folder, ours = work / "raw", work / "ours"
        if not raw_folder.exists():
            raw = ox.Store(str(raw_folder))
            timed("raw pyoxigraph", count, lambda: raw.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS))
            raw.optimize()
            del raw
        if not ours.exists():
            with kg.store.open(ours) as s:
                timed("ours (folder)", count, lambda: kg.store.load(s, dump))
        print(f"disk: raw {size(raw_folder)} MB, ours {size(ours)} MB; memory {peak()} MB", flush=True)

        raw = ox.Store.read_only(str(raw_folder))
        with kg.store.open(ours) as s:
            values = samples(s)
            columns = {
                "raw": measure(raw_ask(raw), values),
                "embedded": measure(lambda n, g: queries.ask(s, n, **g), values),
            }
        with servers.ours(ours) as url, httpx.Client(timeout=200) as http:
            columns["endpoint"] = measure(endpoint_ask(http, url), values)
            for n in (1, 8, 32):
                print(f"endpoint, {n:>2} clients: {clients(url, n, args.seconds)}", flush=True)
            print(f"endpoint, 32 clients, a tenth runaway: {clients(url, 32, args.seconds * 3, 0.1)}", flush=True)
            print(f"server and workers: {_memory(url)} MB resident", flush=True)
        if servers.OXIGRAPH and "oxigraph" not in without:
            timed(
                "oxigraph load",
                count,
                lambda: subprocess.run(
                    [servers.OXIGRAPH, "load", "--location", str(work / "ox"), "--file", str(dump)],
                    check=True,
                    capture_output=True,
                ),
            )  # type: ignore[list-item]
            with servers.oxigraph(work / "ox") as url, httpx.Client(timeout=200) as http:
                columns["oxigraph serve"] = measure(endpoint_ask(http, url), values, 3)
        if servers.VIRTUOSO and "virtuoso" not in without:
            with servers.virtuoso(work / "virtuoso") as url, httpx.Client(timeout=200) as http:
                load = f"exec=log_enable(2); ld_dir('{work}', '{dump.name}', 'urn:x:g'); rdf_loader_run(); checkpoint;"
                port = next(
                    line.split(":")[-1]
                    for line in (work / "virtuoso" / "virtuoso.ini").read_text().splitlines()
                    if line.startswith("ServerPort")
                )
                timed(
                    "virtuoso (rdf_loader)",
                    count,
                    lambda: subprocess.run(
                        [str(servers.ISQL), f"127.0.0.1:{port}", "dba", "dba", load], check=True, capture_output=True
                    ),
                )
                try:
                    columns["virtuoso"] = measure(endpoint_ask(http, url), values, 3)
                except AssertionError as error:
                    print(f"virtuoso: {error}", flush=True)
        if "rdflib" not in without:
            import rdflib

            data = rdflib.Dataset(default_union=True)
            timed("rdflib in memory", count, lambda: data.parse(str(dump), format="nquads"))
            print(f"memory with rdflib: {peak()} MB", flush=True)

        print(f"\n{'named query (ms: p50 / p95)':<32}" + "".join(f"{c:>22}" for c in columns))
        for key in columns["raw"]:
            cells = "".join(
                f"{columns[c][key][0]:>12.1f} /{columns[c][key][1]:>8.1f}" if key in columns[c] else f"{'–':>22}"
                for c in columns
            )
            print(f"{key:<32}{cells}")
        worst = [k for k, (p50, _) in columns["endpoint"].items() if p50 > 1.3 * columns["raw"][k][0] + 2]
        print(f"through the endpoint slower than 1.3 × raw + 2 ms (p50): {', '.join(worst) or 'none'}")
        slow = [k for k, (_, p95) in columns["endpoint"].items() if p95 > 100]
        print(f"p95 over 100 ms: {', '.join(slow) or 'none'}")


def _memory(url: str) -> int:
    """Resident megabytes of the processes that serve ``url``, by their command lines (Linux)."""
    port = url.split(":")[2].split("/")[0]
    servers_ = [p for p in _processes() if port.encode() in p[1]]
    total = 0
    for pid, _ in servers_:
        total += _rss(pid) + sum(_rss(child) for child, line in _processes() if b"kg.endpoint.worker" in line)
    return total


def _processes() -> Iterator[tuple[int, bytes]]:
    for p in Path("/proc").glob("[0-9]*"):
        try:
            yield int(p.name), (p / "cmdline").read_bytes()
        except OSError:
            continue


def _rss(pid: int) -> int:
    try:
        return int((Path("/proc") / str(pid) / "statm").read_text().split()[1]) * resource.getpagesize() >> 20
    except OSError:
        return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
