"""An article without a date: pasted, told, dated, read again; pasted once more, and nothing is wiped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.test_work import READ, paste

TEXT = "架空製鋼の日下部玲社長は、来年、室戸に新しい圧延工場を稼働させると述べた。投資額は420億円を見込む。"


def test_a_date_that_is_added_tells_what_next_year_is(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    paste(window, TEXT, title="圧延工場を新設")
    page.get_by_text("記事の日付がないため、「来年」がいつか分かりません。").first.wait_for()
    page.get_by_text("日付不明").first.wait_for()
    page.locator("[data-testid=stDateInput] [role=spinbutton][data-type=year]").first.click()
    page.keyboard.type("20251103")
    page.get_by_role("button", name="保存").first.click()
    page.get_by_text("2026/12/31").first.wait_for(timeout=READ)
    page.get_by_text("2025年11月3日").first.wait_for()
    paste(window, TEXT)
    page.get_by_role("heading", name="圧延工場を新設").wait_for()
    page.get_by_text("2025年11月3日").first.wait_for()
    assert not page.get_by_text("いつか分かりません").count()
