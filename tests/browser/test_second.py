"""Where two readers disagree, in the reading view: such claims come first, each with what the other reader says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from playwright.sync_api import expect

import kg.store
from iibun.archive.deletion import delete
from kg.model import Dispute, SecondReading
from kg.rdf import article_iri, quads
from tests import pages_store


def test_disputed_claims_come_first_and_can_be_decided(server: Any, visit: Callable[..., Any]) -> None:
    report = pages_store.reports()[0]
    last = max(report.claims, key=lambda c: c.content)
    claims = tuple(
        replace(c, readers=("local",), disputes=(Dispute("llm", "claim"),)) if c is last else c for c in report.claims
    )
    second = SecondReading("gemma3:12b", "http://llm.example/v1/chat/completions", 1, 2.5, 900, 120)
    iri = article_iri(report.article)
    with kg.store.open(server.store) as store:
        store.replace(iri, quads(replace(report, claims=claims, second=second)))
    try:
        window = visit()
        window.goto(f"/article?iri={quote(iri)}")
        first = window.page.locator(".card").first
        expect(first.locator(".disputes")).to_have_text("言語モデル：主張としていない")
        expect(window.page.locator(".card .disputes")).to_have_count(1)
        first.locator(".act.accept").click()
        expect(window.page.locator(".card").first).to_have_class(re.compile("accepted"))
        window.page.get_by_text("言語モデルの読み取り").click()
        expect(window.page.get_by_text("質問 900 トークン")).to_be_visible()
    finally:
        with kg.store.open(server.store) as store:
            delete(store, iri)
