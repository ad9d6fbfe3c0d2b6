"""How often proposed verdicts are right on the stories of ``benchmarks/stories``, and how many of the verdicts are proposed.

    .venv/bin/python -m benchmarks.bench_verdicts [--left-out | --store STORE] [--read] [--details]

The expected verdicts are ``benchmarks/stories/verdicts.jsonl``. The claims are as annotated, the links as the link model
proposes them; ``--links annotated`` takes the annotated links, so that only the rules are measured, and ``--read`` the claims and
facts that the extractor reads. Without ``--left-out`` the
stories from which rules may be written are measured, with it those that are kept apart. ``--store`` compares with the verdicts
in a store, such as the samples (``iibun ingest --samples``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ingest
from kg.tracking.proposed import Proposal, propose
from kg.tracking.views import ClaimView
from tests import stories
from tests.paths import ROOT

FOLDER = ROOT / "benchmarks" / "stories"


@dataclass(frozen=True, slots=True)
class Case:
    """A prediction of a story, its proposal, and the expected verdict (None if it is not settled)."""

    story: str
    prediction: ClaimView
    proposal: Proposal
    expected: str | None

    @property
    def right(self) -> bool:
        """Whether the proposed verdict is the expected one."""
        return self.proposal.verdict == self.expected


def cases(left_out: bool, links: str = "proposed", nlp: Any = None) -> Iterator[Case]:
    """Yield the predictions of the stories with what is proposed; those on which readers may differ are left out.

    Args:
        left_out: those of the stories that are kept apart, or those of the others.
        links: "proposed" by the link model, or "annotated".
        nlp: what ``ingest.load`` returns, to read the articles; the claims are as annotated without it.
    """
    for line in (FOLDER / "verdicts.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        path = FOLDER / f"{row.pop('story')}.json"
        if stories.kept_apart(path) != left_out:
            continue
        optional = set(row.pop("optional", ()))
        expected = {claim: verdict for verdict, claims in row.items() for claim in claims}
        story = stories.load(str(path))
        known = stories.known(story, nlp)
        views = {v.iri: v for v, _ in known}
        of = _annotated(story, views) if links == "annotated" else _proposed(views)
        met: set[str] = set()
        for view, ids in known:
            if view.prediction and ids and not ids & optional:
                met |= ids
                yield Case(path.stem, view, propose(view, of.get(view.iri, [])), expected.get(min(ids)))
        for claim in sorted(expected.keys() - met):  # not read
            yield Case(path.stem, ClaimView(claim, "", ""), Proposal(claim, None, "", ""), expected[claim])


def _proposed(views: dict[str, ClaimView]) -> dict[str, list[tuple[str, ClaimView, float]]]:
    found = stories.proposed(list(views.values()))
    of: dict[str, list[tuple[str, ClaimView, float]]] = {}
    for x in sorted(found, key=lambda x: (x.type != "evidence", -x.score)):
        of.setdefault(x.earlier, []).append((x.type, views[x.later], x.score))
    return of


def _annotated(story: dict[str, Any], views: dict[str, ClaimView]) -> dict[str, list[tuple[str, ClaimView, float]]]:
    of: dict[str, list[tuple[str, ClaimView, float]]] = {}
    for kind, later, earlier in [*(("evidence", *x) for x in story["evidence"]), *story["links"]]:
        of.setdefault(earlier, []).append((kind, views[later], 1.0))
    return of


def judged(store: str) -> Iterator[Case]:
    """Yield the predictions of a store that have a verdict with what would be proposed.

    Args:
        store: a folder.
    """
    import kg.store
    from kg.tracking.loading import load
    from kg.tracking.proposed import proposed_verdicts
    from kg.tracking.verdicts import predictions

    with kg.store.open(store, create=False) as opened:
        known = {p.claim.iri: p.verdict for p in predictions(opened, state="settled", limit=None)}
        found = proposed_verdicts(opened, list(known))
        for view in load(opened, known):
            if view.iri in found:
                yield Case("store", view, found[view.iri], known[view.iri])


def counts(found: Iterable[Case]) -> tuple[int, int, int]:
    """How many proposals are right, how many there are, and how many verdicts are expected."""
    found = list(found)
    said = [c for c in found if c.proposal.verdict]
    return sum(c.right for c in said), len(said), sum(c.expected is not None for c in found)


def main() -> None:
    """Print precision and coverage, and with ``--details`` every case that is wrong or missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--left-out", action="store_true", help="the stories that are kept apart")
    parser.add_argument("--store", metavar="STORE", help="compare with the verdicts in a store instead")
    parser.add_argument("--links", choices=("proposed", "annotated"), default="proposed")
    parser.add_argument("--read", action="store_true", help="claims and facts as the extractor reads them")
    parser.add_argument("--stories", nargs="*", help="only these stories")
    parser.add_argument("--details", action="store_true", help="list what is wrong and what is missing")
    args = parser.parse_args()
    found = list(
        judged(args.store) if args.store else cases(args.left_out, args.links, ingest.load() if args.read else None)
    )
    if args.stories:
        found = [c for c in found if c.story in args.stories]
    right, said, there = counts(found)
    if args.details:
        for c in found:
            if c.proposal.verdict != c.expected:
                kind = "wrong" if c.proposal.verdict else "missing"
                p = c.prediction
                print(f"{kind} {c.story} {p.iri} {c.expected} {p.text} | {c.proposal.verdict} {c.proposal.reason_ja}")
    print(f"precision {right / max(said, 1):.3f} of {said}, coverage {right / max(there, 1):.3f} of {there}")


if __name__ == "__main__":
    main()
