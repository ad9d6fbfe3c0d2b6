"""How well links are proposed on the stories of ``tests/gold/stories``: from claims as annotated, and as the extractor reads them.

    .venv/bin/python benchmarks/bench_stories.py [STORY …] [--annotated] [--details] [--reports FILE] [--agreement]

STORY is a name there or a file (``benchmarks/stories/*.json``). For each story: recall and precision of links (restates,
supports, contradicts, revises), those of facts proposed as evidence, and how many links have an end that no annotated claim
matches (loose; counted neither as right nor as wrong). ``--annotated`` reads nothing and takes seconds; ``--reports`` keeps what
was read in a file, and takes it from there the next time. ``--agreement`` compares the two annotations of the stories that are kept
apart instead.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kg.model import Report
from kg.tracking.views import ClaimView
from tests import stories

BOTH = Path(__file__).parent / "stories"


Known = list[tuple[ClaimView, frozenset[str]]]


def score(story: dict[str, Any], claims: Known) -> dict[str, Any]:
    """Recall and precision of links and evidence against the annotation.

    Links whose ends are both annotated claims are counted; a fact is each of the claims that its sentence holds.
    """
    known = {v.iri: (v, ids) for v, ids in claims}
    found = stories.proposed([v for v, _ in known.values()])
    both = {(x.type, a, b) for x in found for a in known[x.later][1] for b in known[x.earlier][1]}
    got = stories.score({e for e in both if e[0] != "evidence"}, story)
    expected = {tuple(e) for e in story["evidence"]}
    optional = {tuple(x[1:]) for x in story.get("optional", ())}
    evidence = {e[1:] for e in both if e[0] == "evidence"} - optional
    return got | {
        "loose": sum(not (known[x.later][1] and known[x.earlier][1]) for x in found),
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


def show(title: str, names: list[str], claims: dict[str, Known], details: bool) -> None:
    """Print one line for each story, and the mean."""
    print(f"{title:24}recall  precision  evidence  more  loose")
    sums, right, whole, more = [0.0, 0.0], 0, 0, 0
    for name in names:
        got = score(stories.load(name), claims[name])
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


def agreement() -> None:
    """Print how far two annotators agree who have not seen each other's work (``benchmarks/stories/second.jsonl``).

    Pairs on which either has a doubt are left out.
    """
    counts = {name: [0, 0, 0] for name in ("right type", "any type", "evidence")}
    for line in (BOTH / "second.jsonl").read_text("utf-8").splitlines():
        second = json.loads(line)
        first = stories.load(str(BOTH / f"{second['story']}.json"))
        doubtful = {frozenset(x[-2:]) for s in (first, second) for x in s["optional"]}
        for name, key, part in (("right type", "links", 0), ("any type", "links", 1), ("evidence", "evidence", 0)):
            a, b = ({tuple(x[part:]) for x in s[key] if frozenset(x[-2:]) not in doubtful} for s in (first, second))
            counts[name] = [n + m for n, m in zip(counts[name], (len(a & b), len(a), len(b)), strict=True)]
    for name, (both, a, b) in counts.items():
        print(f"{name:12} F {2 * both / (a + b):.3f} of {a} and {b}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stories", nargs="*", metavar="STORY", help="a name in tests/gold/stories, or a file")
    parser.add_argument("--annotated", action="store_true")
    parser.add_argument("--details", action="store_true")
    parser.add_argument("--reports", type=Path)
    parser.add_argument("--agreement", action="store_true")
    args = parser.parse_args()
    if args.agreement:
        agreement()
        return
    names = args.stories or sorted(path.stem for path in stories.FOLDER.glob("*.json"))
    show("as annotated", names, {n: stories.known(stories.load(n)) for n in names}, args.details)
    if not args.annotated:
        found = read(names, args.reports)
        show("as read", names, {n: list(stories.matched(stories.load(n), found[n])) for n in names}, args.details)


if __name__ == "__main__":
    main()
