"""Linking on stories of our own, from claims as a perfect extractor would give them.

``benchmarks/bench_stories.py`` scores them as the extractor reads them.
"""

import pytest

from kg.tracking import views
from kg.tracking.candidates import candidates
from kg.tracking.comparison import compare
from tests import stories

NAMES = sorted(path.stem for path in stories.FOLDER.glob("*.json"))


def links(story):
    found = []
    for report in stories.reports(story):
        found += views.from_report(report, lambda c: c.id, report.article.url)
    return [link for a, b in candidates(found) if (link := compare(a, b))]


@pytest.mark.parametrize("name", NAMES)
def test_links_of_a_story(name):
    story = stories.load(name)
    assert len(story["articles"]) >= 6
    proposed = links(story)
    got = stories.score({(x.type, x.later, x.earlier) for x in proposed if x.type != "evidence"}, story)
    print(name, got)
    assert got["recall"] >= 0.9 and got["precision"] >= 0.85, got


@pytest.mark.parametrize("name", NAMES)
def test_facts_are_proposed_as_evidence(name):
    story = stories.load(name)
    found = {(x.later, x.earlier) for x in links(story) if x.type == "evidence"}
    expected = {tuple(e) for e in story["evidence"]}
    print(name, sorted(expected - found), sorted(found - expected))
    assert len(expected & found) >= 0.8 * len(expected)
    forecasts = {c["id"] for a in story["articles"] for c in a["claims"] if c.get("prediction") is not None}
    assert {earlier for _, earlier in expected & found} <= forecasts
