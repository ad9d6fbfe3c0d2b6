"""A long article, part by part: a link opens the part of its claim, keys and links lead on, words are found anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kg.store
from kg.rdf import article_iri, claim_iris, quads
from tests.test_reading_parts import COPIES, made


def test_parts_of_a_long_article(visit: Callable[..., Any], server: Any) -> None:
    report = made()
    iri, iris = article_iri(report.article), claim_iris(report)
    with kg.store.open(server.store) as store:
        store.replace(iri, quads(report))
    ordered = [iris[c.id] for c in sorted(report.claims, key=lambda c: c.content)]
    window = visit()
    page = window.page
    window.goto(f"/article?iri={iri}&claim={ordered[-1]}")
    page.locator(f'.card.selected[data-id="{ordered[-1]}"]').wait_for()
    shown = page.locator(".card").count()
    assert 0 < shown < len(ordered)
    page.get_by_text(f"主張 {len(ordered):,}件中{shown:,}件").first.wait_for()
    assert page.locator(".toggle.claim .count").text_content() == str(len(ordered)), "counts are the whole article's"
    page.locator(".card").first.locator(".what").click()
    page.keyboard.press("k")
    before = ordered[len(ordered) - shown - 1]
    page.locator(f'.card.selected[data-id="{before}"]').wait_for()
    page.keyboard.press("j")
    page.locator(f'.card.selected[data-id="{ordered[len(ordered) - shown]}"]').wait_for()
    page.get_by_role("link", name="前の部分").first.click()
    page.locator(f'.card[data-id="{before}"]').wait_for()
    page.get_by_label("記事全体から探す").fill("水野恵子")
    page.keyboard.press("Enter")
    page.get_by_text(f"{COPIES} か所").wait_for()
    page.get_by_role("link", name="第1部").first.click()
    page.locator(f'.card[data-id="{ordered[0]}"]').wait_for()
