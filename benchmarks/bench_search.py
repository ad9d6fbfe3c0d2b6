"""Searches of a store by words, against a plain scan of the same texts for the same words.

    python -m benchmarks.bench_search --triples 1000000

Fills a store in memory with made-up articles (benchmarks/make_articles.py), reads its tables, builds the index, and searches.
Prints for each query the milliseconds of CPU time (median and worst of the rounds) and what a plain scan takes in the same
run: of each entry, whether its folded texts have the words. The scan finds less: no speakers, readings, synonyms or typos.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import kg.store
from benchmarks import make_articles
from iibun.web import tables
from iibun.web.search import Entry, Index, search
from iibun.web.spelling import fold
from kg.rdf import quads

QUADS_AN_ARTICLE = 722
#: Queries of each kind; the names are those of make_articles.
QUERIES = {
    "one word, frequent": "売上高", "two words, seldom": "那覇市 人工衛星", "one letter": "の", "three words": "札幌市 半導体 稼働",
    "speaker and word": "柏木 売上高", "speaker in kana": "さんじょう 新薬", "romaji": "kashiwagi", "synonyms": "EV",
    "synonyms, many": "投資額", "outlet and word": "東都経済 人工衛星", "nothing": "存在しない言葉", "one wrong letter": "マイクロソウト",
    "wrong letter, Latin": "microsft",
}  # fmt: skip


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of CPU time of each round, which other work on the machine lengthens little."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1000)
    return found


def scan(texts: list[tuple[Entry, str]], query: str) -> list[Entry]:
    """The entries whose texts have all words, by looking at each."""
    words = [fold(word) for word in query.split()]
    return [entry for entry, text in texts if all(word in text for word in words)]


def filled(triples: int) -> kg.store.Store:
    """A store in memory with made-up articles of so many triples, on which nobody has decided."""
    store = kg.store.memory()
    for report in make_articles.reports(triples // QUADS_AN_ARTICLE):
        store.insert(quads(report))
    return store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="a store that make_articles.py has filled (default: one in memory)")
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    with kg.store.open(args.folder, read_only=True) if args.folder else filled(args.triples) as store:
        began = time.process_time()
        data = tables.of(store)
        read = time.process_time() - began
    began = time.process_time()
    index: Index = data.base.index
    built = time.process_time() - began
    index.near(search("microsft", [(index, frozenset())]).words[0])  # builds the list of words for wrong letters
    texts = [(entry, fold("\x01".join((entry.label, *entry.others)))) for entry in index.entries]
    size = sum(len(text) for _, text in texts)
    gc.freeze()
    print(f"{len(data.articles):,} articles, {len(data.claims):,} claims, {len(index):,} entries, {size:,} characters")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"tables read in {read:.1f} s, index built in {built:.1f} s, {peak:,} MB at most")
    print(f"\n{'query':<22}{'found':>8}{'p50 ms':>9}{'worst':>9}{'scan ms':>9}{'ratio':>7}")
    for name, query in QUERIES.items():
        found = len(search(query, [(index, frozenset())]).entries)
        ours = timed(lambda q=query: search(q, [(index, frozenset())]), args.rounds)  # type: ignore[misc]
        plain = timed(lambda q=query: scan(texts, q), args.rounds)  # type: ignore[misc]
        ratio = statistics.median(ours) / statistics.median(plain)
        print(
            f"{name:<22}{found:>8,}{statistics.median(ours):>9.1f}{max(ours):>9.1f}"
            f"{statistics.median(plain):>9.1f}{ratio:>7.2f}"
        )


if __name__ == "__main__":
    main()
