"""What one article costs, step by step: the figures from which docs/results/scale.md reckons a hundred million.

    python -m benchmarks.bench_scale --articles 120

Reads articles of 1,000 characters (our own, shuffled), writes them as a cluster would and into a folder, links them by
shuffle, and prints CPU time, bytes and quads of each step. CPU time, since other work on the machine lengthens it little.
"""

from __future__ import annotations

import argparse
import base64
import os
import random
import resource
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import kg.store
from benchmarks.bench_reading import corpus
from iibun.archive.writer import Writer
from iibun.batch.cluster import ToParts, load_parts
from iibun.batch.copies import near_copies
from iibun.batch.part_links import link_parts
from ingest import extract, load, read
from ingest.duplicates import Index, signature
from kg.model import Article
from kg.rdf import quads

T = TypeVar("T")
SIZE = 1000
#: What holds the place of something in a text; the rest says what the text says.
PLACES = ("SpecificResource", "TextPositionSelector", "TextQuoteSelector")


def spent(do: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of some work, and what it gives."""
    began = time.process_time()
    done = do()
    return time.process_time() - began, done


def said(what: str, value: str) -> None:
    print(f"| {what} | {value} |", flush=True)


def shares(reports: list[list[object]]) -> Counter[str]:
    """Quads by what their subject is: a place in the text, a mention, or what is said."""
    from kg.vocab import RDF

    found: Counter[str] = Counter()
    for graph in reports:
        kind: dict[object, str] = {}
        for q in graph:
            if q.predicate == RDF.type:  # type: ignore[attr-defined]
                name = q.object.value.replace("#", "/").rpartition("/")[2]  # type: ignore[attr-defined]
                if kind.get(q.subject) not in PLACES:  # type: ignore[attr-defined]
                    kind[q.subject] = name  # type: ignore[attr-defined]
        for q in graph:
            name = kind.get(q.subject, "")  # type: ignore[attr-defined]
            found["places" if name in PLACES else "mentions" if name == "Mention" else "the rest"] += 1
    return found


def web_page(text: str, links: int = 300, script: int = 45_000) -> str:
    """A page as large as they are on average: an article among links and scripts."""
    around = "".join(
        f'<li><a href="/a/{n}" class="item item--{n % 7}">記事の一覧の項目{n}</a></li>' for n in range(links)
    )
    body = "".join(f"<p>{line}</p>" for line in text.splitlines())
    return (
        f"<!doctype html><html lang=ja><head><meta charset=utf-8><title>記事</title><script>{'x = 1;' * (script // 6)}</script></head>"
        f"<body><nav><ul>{around}</ul></nav><article><h1>記事</h1>{body}</article></body></html>"
    )


def index_size(count: int = 3000) -> float:
    """Bytes of memory of an article in the index of near copies, none of them copies."""
    chance = random.Random(1)
    tracemalloc.start()
    index = Index()
    for n in range(count):
        index.add(f"urn:iibun:article:{n:064}", base64.b64encode(chance.randbytes(256)).decode())
    found = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return found / count


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=120)
    args = parser.parse_args()
    count = args.articles
    texts = corpus(count, SIZE)
    articles = [Article(t, source=str(n), url=f"https://a.example/{n}") for n, t in enumerate(texts)]
    characters = sum(map(len, texts))
    print(f"{count} articles, {characters:,} characters; load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores\n")
    print("| step | of one article, or as said |\n|---|---|")
    nlp = load()
    extract(articles[0], nlp)
    extracting, reports = spent(lambda: [extract(a, nlp) for a in articles])
    said(
        "extract", f"{extracting / count * 1000:.0f} ms of CPU, {characters / extracting:,.0f} characters a CPU second"
    )
    said("memory of a process that reads", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")
    graphs = [list(quads(r)) for r in reports]
    total = sum(map(len, graphs))
    said("quads", f"{total / count:,.0f}, {total / characters:.2f} a character")
    by = shares(graphs)  # type: ignore[arg-type]
    said("quads that hold places in the text / mentions / what is said", " / ".join(f"{by[k] / total:.0%}" for k in ("places", "mentions", "the rest")))  # fmt: skip
    said("claims", f"{sum(len(r.claims) for r in reports) / count:.1f}")
    samples = [extract(a, nlp) for a in read("data/articles")]
    letters = sum(len(r.article.text) for r in samples)
    said("claims of the samples in 1,000 characters", f"{sum(len(r.claims) for r in samples) / letters * 1000:.1f}")

    with tempfile.TemporaryDirectory() as name:
        page = Path(name, "page.html")
        page.write_text(web_page(texts[0]), "utf-8")
        list(read(page))
        took, _ = spent(lambda: [list(read(page)) for _ in range(20)])
        said(f"read a web page of {page.stat().st_size / 1000:.0f} KB", f"{took / 20 * 1000:.0f} ms of CPU")

    signature(texts[0])
    signing, signatures = spent(lambda: [signature(t) for t in texts])
    index = Index()
    comparing, _ = spent(lambda: [(index.add(str(n), s), list(index.near(s))) for n, s in enumerate(signatures)])
    said("sign / find near copies", f"{signing / count * 1000:.2f} / {comparing / count * 1000:.2f} ms of CPU")
    said("index of near copies", f"{index_size() / 1000:.1f} KB of memory")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        groups = [articles[n : n + 6] for n in range(0, count, 6)]
        ToParts(f"{folder}/warm")(articles[:1])
        writing, _ = spent(lambda: [ToParts(f"{folder}/parts")(g) for g in groups])
        size = sum(p.stat().st_size for p in (folder / "parts").iterdir())
        said("part, packed", f"{size / count / 1000:.1f} KB, {size / characters:.1f} bytes a character")
        said("write a part, beside extracting", f"{max(0.0, writing - extracting) / count * 1000:.0f} ms of CPU")
        with kg.store.open(folder / "store") as store:
            writer = Writer(store)
            took, _ = spent(lambda: [writer.write(r) for r in reports])
            said("write into a folder, the one writer", f"{took / count * 1000:.0f} ms of CPU")
            took, _ = spent(lambda: [writer.is_done(r.article, r.extractor) for r in reports])
            said("skip one that is in the store", f"{took / count * 1000:.1f} ms of CPU")
        with kg.store.open(folder / "loaded") as store:
            took, _ = spent(lambda: load_parts(store, [f"{folder}/parts"]))
            said("load from parts, graph by graph", f"{took / count * 1000:.0f} ms of CPU")
        parts = [str(p) for p in sorted((folder / "parts").iterdir())]
        took, pairs = spent(lambda: near_copies(parts, f"{folder}/work"))
        said("near copies by shuffle", f"{took / count * 1000:.1f} ms of CPU ({len(pairs)} pairs)")
        took, linked = spent(lambda: link_parts(parts, f"{folder}/links"))
        said("links by shuffle", f"{took / count * 1000:.0f} ms of CPU ({linked.claims} claims, {linked.links} links)")


if __name__ == "__main__":
    main()
