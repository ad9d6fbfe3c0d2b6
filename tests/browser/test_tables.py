"""Journeys over home, claims, predictions, entities, record and in-and-out, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

PATHS = (
    "/", "/?q=AI", "/claims", "/claims?view=table&links=opposing", "/predictions", "/predictions?view=board", "/entities", "/record",
    "/inout", "/inout?section=import", "/settings",
)  # fmt: skip
WORDS = {
    "ja": {
        "search": "検索", "said": "発言した主張", "accept": "承認", "undo": "元に戻す", "verdict": "判定する", "revise": "判定を改める", "outcome": "外れた",
        "without": "根拠がない場合はその理由", "board": "ボード", "rate": "的中率", "turtle": "Turtle", "log": "判断の記録", "table": "表",
    },
    "en": {
        "search": "Search", "said": "Claims made", "accept": "Accept", "undo": "Undo", "verdict": "Give verdict", "revise": "Revise verdict",
        "without": "Without evidence, because …", "outcome": "did not come true", "board": "Board", "rate": "hit rate", "turtle": "Turtle", "log": "Judgements", "table": "Table",
    },
}  # fmt: skip

LANGUAGES = pytest.mark.parametrize("lang", ["ja", "en"])


@LANGUAGES
def test_search_as_one_types_finds_a_person_in_latin_letters(visit: Callable[..., Any], lang: str) -> None:
    window, words = visit(lang=lang), WORDS[lang]
    page = window.page
    window.goto("/")
    page.get_by_label(words["search"], exact=True).press_sequentially("nadera")
    page.locator("section[aria-live] a", has_text="サティア・ナデラ").first.click()
    page.wait_for_url("**/entity?iri=*")
    page.get_by_role("heading", name="サティア・ナデラ").wait_for()
    page.get_by_role("heading", name=words["said"]).wait_for()
    page.go_back()
    page.wait_for_url("**/?q=nadera**")


@LANGUAGES
def test_find_a_contradiction_accept_the_claim_and_take_it_back(visit: Callable[..., Any], lang: str) -> None:
    window, words = visit(lang=lang), WORDS[lang]
    page = window.page
    window.goto("/claims?q=25%25")
    page.locator(".ib-card a", has_text="25%").first.click()
    page.wait_for_url("**iri=*")
    page.locator("blockquote mark", has_text="25%").first.wait_for()
    page.locator(".ib-card", has_text="27%").first.wait_for()  # the other side
    page.get_by_role("button", name=words["accept"], exact=True).click()
    page.locator("[class*=st-key-log-]").get_by_role("button", name=words["undo"]).first.click()
    page.locator("[class*=st-key-log-] s").first.wait_for()
    page.get_by_role("button", name=words["accept"], exact=True).wait_for()


@LANGUAGES
def test_give_a_verdict_and_see_the_record(visit: Callable[..., Any], lang: str) -> None:
    window, words = visit(lang=lang), WORDS[lang]
    page = window.page
    window.goto("/predictions?q=データセンター")
    page.locator(".ib-timeline li a").first.click()
    page.wait_for_url("**/prediction?iri=*")
    page.go_back()
    page.locator(".ib-timeline .today").wait_for()
    page.get_by_text(words["board"], exact=True).click()
    page.wait_for_url("**view=board**")
    page.locator(".ib-board section").first.locator("article a").first.click()
    page.wait_for_url("**/prediction?iri=*")
    page.get_by_text(words["outcome"], exact=True).first.click()
    page.get_by_role("textbox", name=words["without"]).fill("試験")
    page.get_by_role("button", name=words["verdict"]).click()
    page.get_by_role("button", name=words["revise"]).wait_for()
    page.locator(".ib-facts", has_text="試験").wait_for()
    window.goto("/record")
    page.get_by_text(words["rate"]).first.wait_for()
    assert page.locator(".ib-counts b").first.inner_text() != "0"
    # as it was, for the tests that follow
    window.goto("/inout?section=log")
    page.locator("[class*=st-key-log-]").get_by_role("button", name=words["undo"]).first.click()
    page.locator("[class*=st-key-log-] s").first.wait_for()


@LANGUAGES
def test_take_the_store_out(visit: Callable[..., Any], lang: str) -> None:
    window = visit(lang=lang)
    window.goto("/inout")
    with window.page.expect_download() as download:
        window.page.get_by_role("button", name="Turtle").click()
    assert "schema:Claim" in download.value.path().read_text("utf-8")


def test_filters_are_in_the_address(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/claims?modality=probable&view=list")
    shown = page.locator(".ib-card .ib-chip", has_text="見込み").count()
    assert shown == page.locator(".ib-card").count() > 0
    page.get_by_role("button", name="意向").first.click()
    page.wait_for_url("**modality=intended**")


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_wider_than_a_phone(visit: Callable[..., Any], path: str) -> None:
    window = visit(width=390)
    window.goto(path)
    page = window.page
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 392


@LANGUAGES
@pytest.mark.parametrize("path", ["/claims?view=table", "/graph"])
def test_the_only_downloads_of_a_table_are_ours(visit: Callable[..., Any], lang: str, path: str) -> None:
    window = visit(lang=lang)
    page = window.page
    window.goto(path)
    page.get_by_test_id("stDataFrame").first.hover()
    tools = page.get_by_test_id("stElementToolbarButton")
    tools.first.wait_for()
    assert tools.get_by_role("button", name=re.compile("検索|Search")).count() > 0
    assert tools.get_by_role("button", name=re.compile("CSV")).count() == 0
