"""What a reader does with the page, from end to end, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ARTICLE = """鶴見重工、2027年度に水素船を就航へ

鶴見重工の高橋直樹社長は3日、2027年度までに水素を燃料とする貨物船を就航させると述べた。
投資額は約120億円を見込む。同社は「燃料の確保が最大の課題だ」と説明した。
北辰海運の佐伯美和会長は、運賃が2028年に2割下がる可能性があるとの見方を示した。
"""


def test_paste_read_predict_graph_download(visit: Callable[..., Any]) -> None:
    """Paste an article, see its claims, open the prediction, find its entity's graph, download Turtle."""
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_label("本文", exact=True).fill(ARTICLE)
    page.get_by_label("見出し（任意）").fill("鶴見重工、2027年度に水素船を就航へ")
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("link", name="読む").first.click(timeout=90_000)

    page.get_by_role("heading", name="鶴見重工、2027年度に水素船を就航へ").wait_for()
    page.locator(".text .claim").first.wait_for()
    assert page.locator(".card").count() >= 2

    page.get_by_role("link", name="予測を開く").first.click()
    page.wait_for_url("**/prediction?**")
    page.get_by_text("2027年度").first.wait_for()

    page.get_by_role("link", name="グラフ", exact=False).last.wait_for()
    page.goto(f"{window.url}/graph")
    window.settle()
    page.get_by_role("combobox", name="人物・組織などを探す").click()
    page.keyboard.type("鶴見重工")
    page.get_by_role("option", name="鶴見重工").first.click()
    page.wait_for_url("**entity=*")
    window.settle()
    # the graph of the page without an entity may have been drawn before: the attribute is waited for, not the canvas
    assert int(page.locator(".canvas[data-nodes]").get_attribute("data-nodes") or 0) >= 1

    window.goto("/articles?q=鶴見")
    page.get_by_role("link", name="鶴見重工").first.click()
    page.get_by_role("button", name="操作").click()
    with page.expect_download() as download:
        page.get_by_text("Turtle", exact=False).click()
    turtle = download.value.path().read_text("utf-8")
    assert "schema:NewsArticle" in turtle
    assert "iib:Prediction" in turtle


def _first_article(window: Any) -> None:
    window.goto("/articles")
    window.page.locator("[data-testid=stPageLink] a").first.click()
    window.page.locator(".card").first.wait_for()


def test_either_side_finds_the_other(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    _first_article(window)
    page.locator(".text .claim").nth(3).click()
    page.locator(".card.selected").wait_for()
    assert page.locator(".text .selected").count() >= 1
    page.locator(".card").nth(1).locator(".what").click()
    page.wait_for_function("() => location.search.includes('claim=')")


def test_review_by_keyboard_and_undo(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    _first_article(window)
    page.locator(".text").click(position={"x": 2, "y": 2})
    page.keyboard.press("j")
    page.locator(".card.selected").wait_for()
    page.keyboard.press("a")
    page.locator(".card.accepted").first.wait_for()
    page.locator(".card.accepted .act.undo").first.click()
    page.locator(".card.accepted").first.wait_for(state="detached")


def test_add_a_claim_by_selecting(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    _first_article(window)
    box = page.locator(".text p").nth(2).bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 16)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 16, steps=6)
    page.mouse.up()
    page.locator(".adder").click()
    page.locator(".panel").get_by_role("heading", name="主張を追加").wait_for()
    page.locator(".panel").get_by_role("button", name="保存").click()
    page.locator(".card.added").first.wait_for()


def test_graph_expands_and_says_so(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/graph")
    canvas = page.locator(".canvas[data-nodes]")
    canvas.wait_for()
    before = canvas.get_attribute("data-nodes")
    assert int(before or 0) > 2
    page.get_by_text("ダブルクリックで広げます").wait_for()


def test_sparql_runs_and_marks_errors(visit: Callable[..., Any]) -> None:
    window = visit(lang="en")
    page = window.page
    window.goto("/query")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.get_by_text("rows (").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbfclaim")
    window.goto("/query?q=SELECT%20*%20WHERE%20{%20?s%20?p%20}")
    page.locator(".message").wait_for()
    assert "line 1" in page.locator(".message").inner_text()


@pytest.mark.parametrize(
    "path",
    ["/", "/articles", "/claims", "/predictions", "/entities", "/graph", "/query", "/record", "/inout", "/settings"],
)
def test_pages_speak_english(visit: Callable[..., Any], path: str) -> None:
    window = visit(lang="en")
    window.goto(path)
    assert window.page.evaluate("document.documentElement.lang") == "en"
    assert window.page.locator("[data-testid=stAlertContentError]").count() == 0


def test_yasgui_asks_our_endpoint_alone(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    page.goto(f"{window.url}/yasgui")
    page.locator(".yasqe_queryButton").first.click()
    page.locator(".yasr_results table, .yasr table").first.wait_for()


def test_script_in_an_article_is_text(visit: Callable[..., Any]) -> None:
    """HTML, script and direction controls in an article and its headline are shown, never run."""
    window = visit()
    page = window.page
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    window.goto("/articles?add=1")
    page.get_by_label("本文", exact=True).fill(
        f"青葉電機の森川社長は「{evil}\u202e反転」を来年発売すると述べた。[リンク](javascript:alert(1))"
    )
    page.get_by_label("見出し（任意）").fill(f"見出し **{evil}** $x$ :material/home: [a](javascript:b)")
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("link", name="読む").first.click(timeout=90_000)
    page.locator(".text").wait_for()
    assert page.title() not in {"1", "2"}
    assert page.locator(".text img, .text script, h1 img").count() == 0
    assert "onerror" in page.locator("h1").first.inner_text()
    assert "\u202e" not in page.locator(".text").inner_text()
