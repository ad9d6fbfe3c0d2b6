"""The annotated stories of ``benchmarks/stories`` are what their README says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import stories
from tests.paths import ROOT


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks" / "stories").glob("*.json")), ids=lambda p: p.stem)
def test_links_of_a_story_join_claims_that_are_there(path: Path) -> None:
    story = stories.load(str(path))
    claims = {c["id"]: (n, c) for n, a in enumerate(story["articles"]) for c in a["claims"]}
    assert sum(len(a["claims"]) for a in story["articles"]) == len(claims), "each claim has an id of its own"
    assert len(stories.reports(story)) == len(story["articles"]), "contents, figures and dates stand in the texts"
    pairs = [*(x[1:] for x in [*story["links"], *story["optional"]]), *story["evidence"]]
    assert [p for p in pairs if claims[p[0]][0] <= claims[p[1]][0]] == [], (
        "a link goes from a later article to an earlier one"
    )
    assert [e for e in story["evidence"] if claims[e[1]][1].get("prediction") is None] == [], (
        "evidence bears on predictions"
    )
    assert all(o[0] in story["entities"] and o[6] in claims for o in story.get("observations", ()))
