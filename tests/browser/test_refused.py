"""What a reader typed is still in its form when it is refused: at once, after the reading, and after going to another page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_handing import fields
from tests.browser.test_work import READ

ENGLISH = "The minister said on Monday that the new line would open in 2031."  # has no Japanese, so it is not read


def test_a_text_that_is_refused_is_in_its_form_again(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    given = {"text": ENGLISH, "title": "新線の開業", "publisher": "港日報", "url": "https://news.example/line"}
    for key, value in zip(("text", "headline", "publisher", "url"), given.values(), strict=True):
        page.locator(f".st-key-draft-paste-{key}").locator("textarea, input").fill(value)
    page.locator(".st-key-paste-day [role=spinbutton][data-type=year]").first.click()
    page.keyboard.type("20251103")
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("alert").first.wait_for(timeout=READ)
    text = page.locator(".st-key-draft-paste-text textarea")
    expect(text).to_have_value(ENGLISH)
    assert fields(page) == given
    assert page.locator(".st-key-paste-day [data-type=year]").first.inner_text() == "2025"

    page.locator("[data-testid=stSidebarNav] a", has_text="グラフ").click()
    page.wait_for_url("**/graph**")
    page.go_back()
    expect(text).to_have_value(ENGLISH)
    assert fields(page) == given

    text.fill(f"{ENGLISH} Others disagree.")
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("alert").first.wait_for(timeout=READ)
    expect(text).to_have_value(f"{ENGLISH} Others disagree.")


@pytest.mark.parametrize(
    ("path", "field"),
    [("/", ".st-key-draft-home-text textarea"), ("/articles?add=1", ".st-key-draft-page-address input")],
)
def test_an_address_that_cannot_be_fetched_is_in_its_form_again(
    visit: Callable[..., Any], path: str, field: str
) -> None:
    window = visit(lang="en")
    page = window.page
    window.goto(path)
    if "articles" in path:
        page.get_by_role("tab").nth(2).click()
    box, address = page.locator(field), "http://127.0.0.1:9/nothing"
    box.fill(address)
    page.get_by_role("button", name="Read", exact=False).locator("visible=true").first.click()
    page.get_by_role("alert").first.wait_for(timeout=READ)
    expect(box).to_have_value(address)


def test_a_form_without_its_text_keeps_the_rest(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_label("見出し（任意）").fill("まだ本文のない見出し")
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("alert").first.wait_for()
    expect(page.get_by_label("見出し（任意）")).to_have_value("まだ本文のない見出し")


def test_a_text_that_was_read_leaves_an_empty_form(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_label("本文", exact=True).fill(ENGLISH)
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("alert").first.wait_for(timeout=READ)
    text = page.locator(".st-key-draft-paste-text textarea")
    expect(text).to_have_value(ENGLISH)
    text.fill("港電機の須磨直人社長は3日、2028年までに新工場を建設すると述べた。")
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("link", name="読む", exact=False).first.wait_for(timeout=READ)
    expect(text).to_have_value("")
    page.locator("[data-testid=stSidebarNav] a", has_text="グラフ").click()
    page.wait_for_url("**/graph**")
    page.go_back()
    expect(text).to_have_value("")
