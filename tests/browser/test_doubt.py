"""A doubtful source in the reading view: it is marked, opens to the others, and a click on one corrects it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from playwright.sync_api import expect

import kg.store
from iibun.archive.deletion import delete
from kg.rdf import article_iri, quads
from tests import pages_store


def test_a_click_on_another_source_corrects_the_claim(server: Any, visit: Callable[..., Any]) -> None:
    report = pages_store.reports()[0]
    reasons = ("source 三条望 0.62", "or 青葉電機 0.25", "or somebody without a name 0.05")
    claims = tuple(replace(c, reasons=reasons) if "200億円" in (c.title or "") else c for c in report.claims)
    iri = article_iri(report.article)
    with kg.store.open(server.store) as store:
        store.replace(iri, quads(replace(report, claims=claims)))
    try:
        window = visit()
        window.goto(f"/article?iri={quote(iri)}")
        card = window.page.locator(".card", has_text="200億円")
        expect(window.page.locator(".card.doubtful")).to_have_count(1)
        card.get_by_text("要確認", exact=True).click()
        expect(card.get_by_text("名前のない人", exact=True)).to_be_visible()
        card.get_by_role("button", name="青葉電機 25%").click()
        corrected = window.page.locator(".card.corrected", has_text="200億円")
        expect(corrected.locator(".who")).to_have_text("青葉電機")
        expect(corrected.locator(".doubt")).to_have_count(0)
        corrected.locator(".act.undo").click()
        expect(window.page.locator(".card.doubtful .who")).to_have_text("三条望")
    finally:
        with kg.store.open(server.store) as store:
            delete(store, iri)
