"""How linking grows: one new article against N claims, and all N claims at once.

    .venv/bin/python benchmarks/bench_tracking.py [--claims 750 7500 75000] [--folder STORE] [--format json]

Wall-clock seconds, and the processor's own beside them, which other work on the machine leaves alone. Claims are made from templates over the names of ``data/gazetteer.jsonl`` and the measures and verbs of news, ten to an
article over ten years, and written to a store in a temporary folder as ``kg.rdf`` writes any article.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.make_articles import PLACES, PLANS
from kg import data, rdf, store
from kg.model import Article, Claim, Entity, Extent, Figure, Interval, Mention, Prediction, Report
from kg.tracking import links

MEASURES = (
    "売上高",
    "営業利益",
    "純利益",
    "投資額",
    "従業員数",
    "利用者数",
    "販売台数",
    "出荷量",
    "研究開発費",
    "契約件数",
    "店舗数",
    "市場シェア",
)
THINGS = (
    "新工場",
    "物流拠点",
    "研究所",
    "配信サービス",
    "電気自動車",
    "人工衛星",
    "決済アプリ",
    "新薬",
    "半導体",
    "発電所",
    "路線",
    "店舗",
    "基地局",
    "データ拠点",
)
CUES = ("と述べた。", "と発表した。", "との見通しを示した。", "と説明した。", "と語った。")


def organizations() -> list[str]:
    """The organizations of our own gazetteer."""
    rows = data.rows("gazetteer.jsonl")
    return sorted({r["label"] for r in rows if r.get("type") == "Organization"})


def reports(claims: int, seed: int = 1) -> Iterator[Report]:
    """Articles of ten claims each."""
    rng, names = random.Random(seed), organizations()
    for n in range(claims // 10):
        yield article(rng, names, n)


def article(rng: random.Random, names: list[str], n: int) -> Report:
    """One article: an organization and two that speak of it, ten sentences."""
    published = date(2016, 1, 1) + timedelta(days=rng.randrange(3650))
    main, *others = rng.sample(names, 3)
    text, parts = "", []
    for _ in range(10):
        speaker = main if rng.random() < 0.6 else rng.choice(others)
        year = published.year + rng.randrange(1, 5)
        if rng.random() < 0.5:
            measure, value = rng.choice(MEASURES), rng.randrange(11, 9900)
            content, figure = f"{main}の{year}年の{measure}は{value}億円になる", (f"{value}億円", value * 1e8, measure)
        else:
            content, figure = f"{rng.choice(PLACES)}の{rng.choice(THINGS)}を{year}年に{rng.choice(PLANS)}", None
        start = len(text) + len(speaker) + 2
        text += f"{speaker}は「{content}」{rng.choice(CUES)}"
        parts.append((speaker, start, content, year, figure))
    ids = {name: f"e{i}" for i, name in enumerate([main, *others])}
    figures: list[Figure] = []
    claims = []
    for i, (speaker, start, content, year, figure) in enumerate(parts):
        numbers: tuple[int, ...] = ()
        if figure:
            at = start + content.index(figure[0])
            numbers = (len(figures),)
            figures.append(
                Figure(Extent(at, at + len(figure[0])), "money", figure[1], "JPY", "=", (ids[main],), figure[2])
            )
        due = start + content.index(f"{year}年")
        claims.append(
            Claim(
                f"c{i}", Extent(start, start + len(content)), (ids[speaker],), about=(ids[main],), figures=numbers, speech="direct",
                modality="probable", title=f"{speaker}：{content}",
                prediction=Prediction(Interval(date(year, 1, 1), date(year, 12, 31)), f"{year}年", Extent(due, due + 5), criterion=content),
            )
        )  # fmt: skip
    return Report(
        Article(text, url=f"https://bench.example/{n}", published=published, publisher="計測新聞"),
        tuple(Entity(id, "Organization", name) for name, id in ids.items()),
        tuple(Mention(Extent(text.index(name), text.index(name) + len(name)), id) for name, id in ids.items() if name in text),
        tuple(figures), claims=tuple(claims),
    )  # fmt: skip


def measure(claims: int, folder: Path) -> dict[str, float | int]:
    """Fill a store at a folder, link it all, then link ten new articles one by one."""
    with store.open(folder) as s:
        s.hold()  # type: ignore[attr-defined]  # as a server does
        started, quads = time.perf_counter(), []
        for report in reports(claims):
            quads += rdf.quads(report)
            if len(quads) > 300_000:
                s.insert(quads)
                quads.clear()
        s.insert(quads)
        loaded = time.perf_counter() - started
        started, busy = time.perf_counter(), time.process_time()
        found = links.link_all(s)
        linked, busy = time.perf_counter() - started, time.process_time() - busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "claims": claims, "links": found, "load_s": round(loaded, 1), "link_all_s": round(linked, 1),
        "link_all_cpu_s": round(busy, 1), "link_all_cpu_ms_per_claim": round(1000 * busy / claims, 2), "peak_mb": round(peak),
    } | new_ones(folder)  # fmt: skip


def new_ones(folder: Path) -> dict[str, float | int]:
    """Link ten new articles one by one in a store that was filled before, then list a hundred links."""
    with store.open(folder) as s:
        s.hold()  # type: ignore[attr-defined]
        seed = time.time_ns()  # new ones each time
        rng, names = random.Random(2), organizations()
        each, work = [], []
        for i in range(10):
            report = article(rng, names, seed + i)
            iri = rdf.article_iri(report.article)
            s.replace(iri, rdf.quads(report))
            started, cpu = time.perf_counter(), time.process_time()
            links.link_new(s, iri)
            each.append(time.perf_counter() - started)
            work.append(time.process_time() - cpu)
        started, cpu = time.perf_counter(), time.process_time()
        links.proposals(s, limit=100)
        listed, listing = time.perf_counter() - started, time.process_time() - cpu
    return {
        "link_new_s_median": round(median(each), 3), "link_new_s_max": round(max(each), 3),
        "link_new_cpu_s_median": round(median(work), 3), "link_new_cpu_s_max": round(max(work), 3),
        "list_100_s": round(listed, 3), "list_100_cpu_s": round(listing, 3),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, nargs="+", default=[750, 7500, 75000])
    parser.add_argument("--folder", type=Path, help="a store filled before: link new articles in it, and nothing else")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    args = parser.parse_args()
    rows = []
    for claims in args.claims if args.folder is None else [0]:  # growing, since the peak of memory never falls
        if args.folder is not None:
            rows.append(new_ones(args.folder))
        else:
            with tempfile.TemporaryDirectory(prefix="iibun-bench-") as folder:
                rows.append(measure(claims, Path(folder) / "store"))
        if args.format == "text":
            print("  ".join(f"{k}={v}" for k, v in rows[-1].items()), flush=True)
    if args.format == "json":
        print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
