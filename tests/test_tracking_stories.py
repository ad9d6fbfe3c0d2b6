"""Linking on stories of our own, from claims as a perfect extractor would give them."""

import pytest

from kg.tracking import views
from kg.tracking.candidates import candidates
from kg.tracking.comparison import compare
from tests import stories

NAMES = ("battery", "tram", "airline", "dam", "rocket", "hospital", "drug", "quake", "coalition")


def links(story):
    found = []
    for report in stories.reports(story):
        found += views.from_report(report, lambda c: c.id, report.article.url)
    return [link for a, b in candidates(found) if (link := compare(a, b))]


@pytest.mark.parametrize("name", NAMES)
def test_links_of_a_story(name):
    story = stories.load(name)
    proposed = links(story)
    got = stories.score({(x.type, x.later, x.earlier) for x in proposed if x.type != "evidence"}, story)
    print(name, got)
    assert got["recall"] >= 0.9 and got["precision"] >= 0.9, got


@pytest.mark.parametrize("name", NAMES)
def test_facts_are_proposed_as_evidence(name):
    story = stories.load(name)
    found = {(x.later, x.earlier) for x in links(story) if x.type == "evidence"}
    assert {tuple(e) for e in story["evidence"]} <= found
