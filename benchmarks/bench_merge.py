"""What the kept merge costs, and gains: the same graphs with it, and with Oxigraph's union of graphs as it goes.

``python -m benchmarks.bench_merge --triples 300000`` prints disk, processor time of loading, writing, replacing and
deleting articles, and of every named query, as ratios of one run. Each named query's rows are compared with the other
store's, too; those of which the union gives more (or counts more) are named.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox

from benchmarks.bench_store_graph import generate, story
from kg import queries
from kg.rdf import article_iri, quads
from kg.store import EmbeddedStore
from kg.store.base import prefixed
from kg.store.sparql import bind, tokens


def cpu(do: Callable[[], object], times: int = 1) -> float:
    """The least processor time of several runs, in milliseconds."""
    best = float("inf")
    for _ in range(times):
        began = time.process_time()
        do()
        best = min(best, time.process_time() - began)
    return best * 1000


def disk(folder: Path) -> int:
    """Megabytes that a folder takes."""
    return int(subprocess.run(["du", "-sm", str(folder)], capture_output=True, text=True, check=True).stdout.split()[0])


def questions(store: ox.Store) -> Iterator[tuple[str, str]]:
    """Every named query that can be asked without asking about something, and about an article, a claim, entities."""
    some = {
        "article": "?x a schema:NewsArticle", "claim": "?x a schema:Claim", "entity": "?x skos:prefLabel ?l",
        "source": "?c iib:source ?x", "about": "?c a schema:Claim ; schema:about ?x", "subject": "?x iib:holdsPosition ?y",
    }  # fmt: skip
    given = {k: next(iter(store.query(prefixed(f"SELECT ?x {{ {v} }} LIMIT 1"))))["x"] for k, v in some.items()}  # type: ignore[arg-type,union-attr,index]
    given["claims"] = (given["claim"],)
    for name in queries.names():
        for wanted in ({}, *({b.name: given[b.name]} for b in queries.load(name).bindings if b.name in given)):
            try:
                text, terms = queries.text(name, **wanted)
            except queries.UnknownQuery:  # it needs claims
                continue
            whole = bind(prefixed(text), {k: v for k, v in terms.items() if f"${k}" in text})
            if not any(t.kind == "variable" and t.text[0] == "$" for t in tokens(whole)):
                yield f"{name} {' '.join(wanted)}".strip(), whole


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=300_000)
    parser.add_argument("--repeat", type=int, default=5, help="times that each query is asked; the least counts")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        print(f"{generate(args.triples, at / 'all.nq'):,} quads")
        union, merged = ox.Store(str(at / "union")), EmbeddedStore(at / "merged" / "graph")

        def parsed() -> Iterator[ox.Quad]:
            yield from ox.parse(path=str(at / "all.nq"), format=ox.RdfFormat.N_QUADS)

        show("load", cpu(lambda: union.bulk_extend(parsed())), cpu(lambda: merged.bulk(parsed())))
        union.optimize()
        merged.raw.optimize()
        show("disk, MB", disk(at / "union"), disk(at / "merged"))
        reports = [story(1_000_000 + n, 2000) for n in range(60)]
        new = [(article_iri(r.article), list(quads(r))) for r in reports]
        write = cpu(lambda: [union.extend(q) for _, q in new])
        show("write 60 articles", write, cpu(lambda: [merged.replace(a, q, flush=False) for a, q in new]))

        def again() -> None:
            for article, found in new:
                data = "\n".join(f"{q.subject} {q.predicate} {q.object} ." for q in found[:-3])
                union.update(f"DROP GRAPH <{article}> ; INSERT DATA {{ GRAPH <{article}> {{ {data} }} }}")

        show("replace them", cpu(again), cpu(lambda: [merged.replace(a, q[:-3], flush=False) for a, q in new]))
        drop = cpu(lambda: [(union.update(f"DROP GRAPH <{a}>"), union.flush()) for a, _ in new])
        show("delete them", drop, cpu(lambda: [merged.delete(a) for a, _ in new]))
        times: list[tuple[float, float, str]] = []
        wrong: list[str] = []
        for name, text in questions(merged.raw):
            one = cpu(lambda t=text: list(union.query(t, use_default_graph_as_union=True)), args.repeat)  # type: ignore[misc]
            two = cpu(lambda t=text: list(merged.raw.query(t)), args.repeat)  # type: ignore[misc]
            times.append((one, two, name))
            rows = [
                sorted(map(str, s))
                for s in (union.query(text, use_default_graph_as_union=True), merged.raw.query(text))
            ]  # type: ignore[arg-type]
            wrong += [name] if rows[0] != rows[1] else []
        show(f"{len(times)} named queries", sum(t[0] for t in times), sum(t[1] for t in times))
        slower = sorted(((two / one, name, one, two) for one, two, name in times if two > 0.5), reverse=True)
        for ratio, name, one, two in slower[:3]:
            print(f"  slowest beside the union: {name} {one:.1f} to {two:.1f} ms ({ratio:.2f})")
        print(f"  other rows by the union: {', '.join(wrong) or 'none'}")
        merged.close()


def show(what: str, union: float, merged: float) -> None:
    """One line of the table."""
    print(f"{what}: {union:,.0f} with the union, {merged:,.0f} with the merge ({merged / union:.2f})")


if __name__ == "__main__":
    main()
