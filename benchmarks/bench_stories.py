"""How well links are proposed on the stories of ``tests/gold/stories``: from claims as annotated, and as the extractor reads them.

    .venv/bin/python benchmarks/bench_stories.py [STORY …] [--annotated] [--details] [--reports FILE]

STORY is a name there or a file (``benchmarks/stories/*.json``). For each story: recall and precision of links (restates,
supports, contradicts, revises), those of facts proposed as evidence, and how many links have an end that no annotated claim
matches (loose; counted neither as right nor as wrong). ``--annotated`` reads nothing and takes seconds; ``--reports`` keeps what
was read in a file, and takes it from there the next time.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kg.model import Extent, Report
from kg.tracking import views
from kg.tracking.candidates import candidates
from kg.tracking.comparison import Link, compare
from tests import stories


def links(reports: Iterable[Report]) -> tuple[list[Link], dict[str, tuple[str, Extent]]]:
    """The links among the claims of some reports, and where each claim stands (article, content)."""
    found, places = [], {}
    for n, report in enumerate(reports):
        for v in views.from_report(report, lambda c: c.id, str(report.article.url)):
            v = replace(v, iri=f"{n} {v.iri}")
            found.append(v)
            places[v.iri] = (v.article, Extent(v.start, v.end))
    return [x for a, b in candidates(found) if (x := compare(a, b))], places


def score(story: dict[str, Any], reports: list[Report]) -> dict[str, Any]:
    """Recall and precision of links and evidence against the annotation."""
    found, places = links(reports)
    known = stories.gold_ids(story)
    ids = {iri: stories.nearest(extent, known[article]) for iri, (article, extent) in places.items()}
    ends = [(x.type, ids[x.later], ids[x.earlier]) for x in found]
    both = {(t, a, b) for t, a, b in ends if a and b}
    got = stories.score({e for e in both if e[0] != "evidence"}, story)
    expected = {tuple(e) for e in story["evidence"]}
    evidence = {e[1:] for e in both if e[0] == "evidence"}
    return got | {
        "loose": sum(None in e for e in ends),
        "evidence": expected, "evidence_right": expected & evidence, "evidence_wrong": sorted(evidence - expected),
    }  # fmt: skip


def read(names: list[str], kept: Path | None) -> dict[str, list[Report]]:
    """What the extractor reads of the stories' texts."""
    if kept and kept.exists():
        return pickle.loads(kept.read_bytes())  # our own file, written below
    import ingest

    nlp = ingest.load()
    found = {n: [ingest.extract(stories.article(a), nlp) for a in stories.load(n)["articles"]] for n in names}
    if kept:
        kept.write_bytes(pickle.dumps(found))
    return found


def show(title: str, names: list[str], reports: dict[str, list[Report]], details: bool) -> None:
    """Print one line for each story, and the mean."""
    print(f"{title:24}recall  precision  evidence  more  loose")
    sums, right, whole, more = [0.0, 0.0], 0, 0, 0
    for name in names:
        got = score(stories.load(name), reports[name])
        sums = [sums[0] + got["recall"], sums[1] + got["precision"]]
        right, whole, more = (
            right + len(got["evidence_right"]),
            whole + len(got["evidence"]),
            more + len(got["evidence_wrong"]),
        )
        print(
            f"{name:24}  {got['recall']:.2f}       {got['precision']:.2f}    {len(got['evidence_right'])} of {len(got['evidence'])}"
            f"  {len(got['evidence_wrong']):4}  {got['loose']:5}"
        )
        if details:
            for key in ("missing", "wrong", "evidence_wrong"):
                print(f"    {key}: {got[key]}")
    print(f"{'mean':24}  {sums[0] / len(names):.2f}       {sums[1] / len(names):.2f}    {right} of {whole}  {more:4}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stories", nargs="*", metavar="STORY", help="a name in tests/gold/stories, or a file")
    parser.add_argument("--annotated", action="store_true")
    parser.add_argument("--details", action="store_true")
    parser.add_argument("--reports", type=Path)
    args = parser.parse_args()
    names = args.stories or sorted(path.stem for path in stories.FOLDER.glob("*.json"))
    show("as annotated", names, {n: stories.reports(stories.load(n)) for n in names}, args.details)
    if not args.annotated:
        show("as read", names, read(names, args.reports), args.details)


if __name__ == "__main__":
    main()
