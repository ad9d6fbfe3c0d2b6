"""Keys and clicks hit what is shown, however slow the server is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.held import Held


def open_article(visit: Callable[..., Any]) -> tuple[Any, Held]:
    """The article with the most claims, and the line to its server."""
    window = visit()
    line = Held(window.page)
    window.goto("/articles?order=claims")
    window.page.locator("[data-testid=stPageLink] a").first.click()
    window.page.locator(".card").nth(9).wait_for()
    window.settle()
    return window, line


def chosen(page: Any) -> str | None:
    """The claim whose card is marked, which the text must mark as well."""
    ids = page.locator(".card.selected").evaluate_all("found => found.map((card) => card.dataset.id)")
    assert len(ids) <= 1
    if ids and (piece := page.locator(f'.text [data-claim="{ids[0]}"]')).count():
        assert "selected" in (piece.first.get_attribute("class") or "")
    return ids[0] if ids else None


def all_ids(page: Any, which: str = ".card") -> list[str]:
    return page.locator(which).evaluate_all("found => found.map((card) => card.dataset.id)")


def until_idle(window: Any, line: Held) -> None:
    line.release()
    window.settle()


def test_a_click_marks_what_was_clicked_and_no_answer_changes_it(visit: Callable[..., Any]) -> None:
    """Each click marks its claim at once; the server's answers to clicks before it come later and change nothing."""
    window, line = open_article(visit)
    page = window.page
    ids = all_ids(page)
    line.hold()
    for n in (1, 4, 2, 7):
        page.locator(".card .what").nth(n).click()
        assert chosen(page) == ids[n]
    line.wait()
    while line.let_pass(1):
        assert chosen(page) == ids[7]
    until_idle(window, line)
    page.wait_for_function("(id) => new URLSearchParams(location.search).get('claim') === id", arg=ids[7])
    window.settle()
    assert chosen(page) == ids[7]


def test_each_later_choice_is_marked_on_a_quick_server_too(visit: Callable[..., Any]) -> None:
    window, _ = open_article(visit)
    page = window.page
    ids = all_ids(page)
    for n in (0, 5, 3, 8, 1):
        page.locator(".card .what").nth(n).click()
        page.wait_for_function("(id) => new URLSearchParams(location.search).get('claim') === id", arg=ids[n])
        window.settle()
        assert chosen(page) == ids[n]


def test_ten_presses_of_j_end_at_the_tenth_claim_and_x_rejects_it(visit: Callable[..., Any]) -> None:
    window, line = open_article(visit)
    page = window.page
    ids, waiting = all_ids(page), all_ids(page, ".card.unreviewed")
    line.hold()
    page.locator(".text").focus()
    for n in range(10):
        page.keyboard.press("j")
        assert chosen(page) == ids[n]
        line.let_pass(1)  # one answer for each key: those that come are always of an earlier choice
    page.keyboard.press("x")
    until_idle(window, line)
    rejected = page.locator(".card.rejected")
    rejected.first.wait_for()
    assert rejected.evaluate_all("found => found.map((card) => card.dataset.id)") == [ids[9]]
    assert chosen(page) == next(i for i in ids[10:] if i in waiting)  # the next one that nobody has decided on
    page.keyboard.press("u")
    assert chosen(page) == ids[9]
    rejected.first.wait_for(state="detached")


def test_decisions_made_while_the_server_is_behind_all_count_each_for_its_claim(visit: Callable[..., Any]) -> None:
    """Accept, reject, accept: three decisions before the server has answered the first."""
    window, line = open_article(visit)
    page = window.page
    ids = all_ids(page, ".card.unreviewed")  # other tests may have decided on others
    line.hold()
    page.locator(".text").focus()
    for key in ("n", "a", "x", "a"):
        page.keyboard.press(key)
    assert chosen(page) == ids[3]
    expect(page.locator(".card.waiting")).to_have_count(3)
    until_idle(window, line)
    for n, state in ((0, "accepted"), (1, "rejected"), (2, "accepted")):
        page.locator(f'.card.{state}[data-id="{ids[n]}"]').wait_for()
    expect(page.locator(".card.waiting")).to_have_count(0)
    assert chosen(page) == ids[3]
    for n in (0, 1, 2):  # back to how it was for other tests; one after another, on a server that answers
        page.locator(f'.card[data-id="{ids[n]}"] .act.undo').click()
        page.locator(f'.card.unreviewed[data-id="{ids[n]}"]').wait_for()


def test_a_key_after_a_stale_answer_acts_on_the_claim_that_is_marked(visit: Callable[..., Any]) -> None:
    window, line = open_article(visit)
    page = window.page
    ids = all_ids(page)
    page.locator(".card .what").nth(3).click()
    page.wait_for_function("() => location.search.includes('claim=')")
    window.settle()
    line.hold()
    page.locator(".card .what").nth(5).click()
    page.locator(".card .what").nth(6).click()
    line.wait()
    line.let_pass()
    page.keyboard.press("a")
    until_idle(window, line)
    page.locator(f'.card.accepted[data-id="{ids[6]}"]').wait_for()
    assert page.locator(".card.accepted").count() == 1
    page.keyboard.press("u")
    page.locator(".card.accepted").first.wait_for(state="detached")


def test_two_tabs_do_not_overwrite_each_other_without_a_word(visit: Callable[..., Any]) -> None:
    """What one tab rejected is not accepted by another that did not know; both are shown, the reader is asked."""
    (one, _), (two, _) = open_article(visit), open_article(visit)
    ids = all_ids(one.page)
    card = f'.card[data-id="{ids[8]}"]'
    one.page.locator(f"{card} .act.reject").click()
    one.page.locator(f".rejected{card}").wait_for()
    two.page.locator(f"{card} .act.accept").click()
    dialog = two.page.get_by_role("dialog")
    dialog.get_by_text("ほかの人が先に判断しています").wait_for()
    expect(dialog.locator("li")).to_contain_text("却下")
    expect(dialog).to_contain_text("承認")
    dialog.get_by_role("button", name="そのままにする").click()
    two.page.locator(f".rejected{card}").wait_for()
    one.page.locator(f"{card} .act.undo").click()
    one.page.locator(f".unreviewed{card}").wait_for()
    two.page.locator(f"{card} .act.accept").click()
    dialog.get_by_role("button", name="私の判断も記録する").click()
    two.page.locator(f".accepted{card}").wait_for()
    two.page.locator(f"{card} .act.undo").click()
    two.page.locator(f".unreviewed{card}").wait_for()
