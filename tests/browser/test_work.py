"""What analysts do beside reading, clicked through: bulk review, versions, links, merges, estimates, saved queries, jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

READ = 120_000  # milliseconds until an article is read, on a busy machine


def paste(window: Any, text: str, *, title: str = "", url: str = "") -> None:
    """Add an article by pasting it, and open it."""
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_label("本文", exact=True).fill(text)
    if title:
        page.get_by_label("見出し（任意）").fill(title)
    if url:
        page.get_by_label("記事のアドレス（任意）").fill(url)
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("link", name="読む", exact=False).first.click(timeout=READ)
    page.locator(".card").first.wait_for()


def take_back(page: Any) -> None:
    """In the log: undo what was decided last, and wait until that entry is struck out."""
    entries = page.locator("[class*=st-key-log-]")
    last = entries.filter(has=page.get_by_role("button", name="元に戻す")).first
    [key] = [name for name in (last.get_attribute("class") or "").split() if name.startswith("st-key-log-")]
    entry = page.locator(f"[class~='{key}']")
    entry.get_by_role("button", name="元に戻す").click()
    expect(entry.locator("s")).to_have_count(1)


def test_accept_in_bulk_and_take_it_back(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    paste(
        window, "鷲羽製鋼の久世亮社長は、2029年までに新しい高炉を稼働させると述べた。\n同社は「人手は足りている」と説明した。", title="鷲羽製鋼の高炉"
    )  # fmt: skip
    claims = page.locator(".card").count()
    page.get_by_role("button", name="操作").click()
    page.get_by_role("slider", name="確信度").focus()
    page.keyboard.press("Home")  # as low as it goes
    page.get_by_role("button", name="件を承認する").click()
    page.locator(".card.accepted").first.wait_for()
    accepted = page.locator(".card.accepted").count()
    assert 0 < accepted <= claims
    page.locator(".card.accepted .act.undo").first.click()
    page.locator(".card.accepted").nth(accepted - 1).wait_for(state="detached")
    window.goto("/inout?section=log")
    page.locator("[class*=st-key-log-] s").first.wait_for()


def test_compare_with_the_version_before(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    url = "https://example.org/oshima-port"
    first = "大島港湾は3日、新しい埠頭を2028年に開くと発表した。\n建設費は80億円を見込む。"
    paste(window, first, title="大島港湾の新埠頭", url=url)
    paste(window, first.replace("80億円", "95億円"), title="大島港湾の新埠頭", url=url)
    page.get_by_text("以前の版との違い（1）").click()
    page.locator("del", has_text="80億円").wait_for()
    page.locator("ins", has_text="95億円").wait_for()


def test_confirm_a_proposed_link_and_take_it_back(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/claims?q=25%25")
    page.locator(".ib-card a", has_text="25%を保有").first.click()
    page.wait_for_url("**iri=*")
    address = page.url
    box = page.locator("[class*=st-key-link-]").first
    box.get_by_role("button", name="関係あり").click()
    page.locator("[class*=st-key-link-] .ib-chip", has_text="確認済み").first.wait_for()
    window.goto("/inout?section=log")
    take_back(page)
    page.goto(address)
    page.get_by_role("button", name="関係あり").first.wait_for()


def test_merge_two_names_find_both_and_take_it_back(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/?q=青嶺リサーチ")
    page.locator("section[aria-live] a", has_text="青嶺リサーチ").first.click()
    page.wait_for_url("**/entity?iri=*")
    page.get_by_role("radio", name="名前・統合と分割").click()
    form = page.locator('[data-testid="stForm"]').first
    form.get_by_role("combobox").first.click()
    page.keyboard.type("汐見キャピタル")
    page.get_by_role("option", name="汐見キャピタル").first.click()
    page.keyboard.press("Escape")
    form.get_by_role("button", name="統合する").click()
    page.locator("[class*=st-key-log-]").first.wait_for()
    window.goto("/?q=汐見キャピタル")
    page.locator("section[aria-live] a", has_text="青嶺リサーチ").first.wait_for()
    window.goto("/inout?section=log")
    take_back(page)
    window.goto("/?q=汐見キャピタル")
    page.locator("section[aria-live] a", has_text="汐見キャピタル").first.wait_for()


def test_split_a_mention_off_and_take_it_back(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/?q=柏木")
    page.locator("section[aria-live] a", has_text="柏木").first.click()
    page.wait_for_url("**/entity?iri=*")
    page.get_by_role("radio", name="名前・統合と分割").click()
    form = page.locator('[data-testid="stForm"]').nth(1)
    form.get_by_role("combobox").first.click()
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    form.get_by_label("分けたものの名前").fill("別の柏木")
    form.get_by_role("button", name="分割する").click()
    page.locator("[class*=st-key-log-]", has_text="分割").first.wait_for()
    window.goto("/?q=別の柏木")
    page.locator("section[aria-live] a", has_text="別の柏木").first.wait_for()
    window.goto("/inout?section=log")
    page.locator("[class*=st-key-log-]", has_text="分割").first.wait_for()
    take_back(page)
    window.goto("/?q=別の柏木")
    page.get_by_text("に当てはまるものはありません").first.wait_for()


def test_a_corrected_title_is_found(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?q=検証")
    page.locator(".ib-what a").first.click()
    page.locator(".card .act.edit").first.click()
    dialog = page.locator(".panel")
    dialog.get_by_label("見出し").fill("ひときわ珍しい言い換え")
    dialog.get_by_role("button", name="保存").click()
    page.locator(".card.corrected", has_text="ひときわ珍しい言い換え").wait_for()
    window.goto("/?q=珍しい言い換え")
    page.locator("section[aria-live] a", has_text="ひときわ珍しい言い換え").first.wait_for()
    window.goto("/inout?section=log")
    take_back(page)


def test_an_estimate_of_ones_own(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/predictions?view=board")
    page.locator(".ib-board article a").first.click()
    page.wait_for_url("**/prediction?iri=*")
    page.get_by_text("自分の見積もり").click()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="保存", exact=True).click()
    page.locator("[class*=st-key-log-]", has_text="51%").first.wait_for()
    page.locator("[class*=st-key-log-]").get_by_role("button", name="元に戻す").first.click()
    page.locator("[class*=st-key-log-] s").first.wait_for()


def test_calendar_of_due_dates(visit: Callable[..., Any]) -> None:
    window = visit()
    window.goto("/predictions")
    with window.page.expect_download() as download:
        window.page.get_by_role("button", name="カレンダー").click()
    assert download.value.path().read_bytes().startswith(b"BEGIN:VCALENDAR")


@pytest.mark.parametrize(
    ("kind", "begins"), [("CSV", b"\xef\xbb\xbfclaim"), ("Turtle", b"@prefix"), ("JSON-LD", b"[{")]
)
def test_take_the_claims_that_are_shown(visit: Callable[..., Any], kind: str, begins: bytes) -> None:
    window = visit()
    page = window.page
    window.goto("/claims?modality=intended")
    page.get_by_role("button", name="ダウンロード").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    assert download.value.path().read_bytes().lstrip().startswith(begins)


def test_shortest_path_between_two(visit: Callable[..., Any]) -> None:
    window = visit(height=1300)
    page = window.page
    window.goto("/graph")
    for label, name in (("人物・組織などを探す", "サム・アルトマン"), ("最短経路", "サティア・ナデラ")):
        page.get_by_role("combobox", name=label).click()
        page.keyboard.type(name)
        page.get_by_role("option", name=name).first.click()
        page.wait_for_url("**entity=*")
    page.wait_for_url("**to=*")
    page.get_by_text("サム・アルトマン →", exact=False).first.wait_for()
    page.locator(".canvas[data-path='3']").or_(page.locator(".canvas[data-path='5']")).first.wait_for()


def test_keep_a_query_under_a_name(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/query?q=SELECT%20(COUNT(*)%20AS%20%3Fn)%20WHERE%20%7B%20%3Fa%20a%20schema%3ANewsArticle%20%7D")
    page.get_by_text("1 行（").wait_for()
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_label("名前").fill("記事を数える")
    page.get_by_role("button", name="保存", exact=True).last.click()
    page.get_by_text("保存しました").wait_for()
    window.goto("/query")
    page.get_by_role("combobox", name="例から始める").click()
    page.get_by_role("option", name="★ 記事を数える").click()
    page.get_by_text("1 行（").wait_for()
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("combobox", name="保存したクエリーを削除").click()
    page.get_by_role("option", name="記事を数える").click()
    remove = page.get_by_role("button", name="削除", exact=True)
    remove.click()
    remove.wait_for(state="hidden")  # only then is it gone: leaving the page at once may leave the click behind
    window.goto("/query")
    page.get_by_role("combobox", name="例から始める").click()
    page.get_by_role("option").first.wait_for()
    assert page.get_by_role("option", name="★ 記事を数える").count() == 0


def test_cancel_a_job(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_role("tab", name="ファイル").click()
    text = "潮路海運の真鍋香織社長は、{}年に航路を増やすと述べた。" * 60
    files = [
        {"name": f"c{n}.txt", "mimeType": "text/plain", "buffer": text.format(*[2030 + n] * 60).encode()}
        for n in range(20)
    ]
    page.locator("input[type=file]").first.set_input_files(files)  # type: ignore[arg-type]
    page.get_by_text("c19.txt").or_(page.get_by_text("c0.txt")).first.wait_for()
    page.locator("button:visible", has_text="読み取る").first.click()
    page.get_by_role("button", name="やめる").click()
    page.get_by_text("途中で中止しました").wait_for(timeout=READ)
    window.goto("/inout?section=jobs")
    page.get_by_text("中止").first.wait_for()


# while the page is loaded again, there is no .stApp
_DARK = """() => {
    const app = document.querySelector('.stApp');
    return app !== null && getComputedStyle(app).backgroundColor === 'rgb(21, 24, 28)';
}"""


def test_a_theme_stays_when_one_comes_back(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/settings")
    expect(page.get_by_role("radio", name="端末の設定")).to_be_checked()
    page.get_by_role("radio", name="ダーク").click()
    page.wait_for_function(_DARK)
    window.goto("/claims")
    page.wait_for_function(_DARK)
    window.goto("/settings")
    expect(page.get_by_role("radio", name="ダーク")).to_be_checked()
