"""What a form says is told, kept and recorded: words that are not in the text, new names, two tabs, unsaved text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect


def open_article(window: Any, name: str = "電力と建屋") -> None:
    window.goto(f"/articles?q={name}")
    window.page.get_by_role("link", name=name).first.click()
    window.page.locator(".card").first.wait_for()
    window.settle()


def expand(page: Any, heading: str) -> None:
    """Open what is folded away, and wait until it moves no longer: a press would begin on one thing and end on another."""
    page.get_by_text(heading).click()
    page.locator("details[open]", has_text=heading).evaluate(
        """async (opened) => {
          await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
          await Promise.all(opened.getAnimations({ subtree: true }).map((moving) => moving.finished));
        }"""
    )


def form_of(page: Any, n: int) -> Any:
    """The form that corrects the n-th claim."""
    page.locator(".card .act.edit").nth(n).click()
    panel = page.locator(".panel")
    panel.get_by_label("見出し").wait_for()
    return panel


def save(dialog: Any, name: str = "保存") -> None:
    dialog.get_by_role("button", name=name, exact=True).click()


def type_name(dialog: Any, field: str, name: str) -> None:
    """Type a name that is not in the list."""
    box = dialog.get_by_role("combobox", name=field, exact=True)
    box.click()
    box.press_sequentially(name)
    assert dialog.page.get_by_text("Select all").count() == 0  # Streamlit's own offer, which makes no sense of names
    box.press("Enter")
    box.press("Tab")


def test_the_words_of_a_claim_are_changed_by_its_ends_and_an_answer_takes_nothing_away(
    visit: Callable[..., Any],
) -> None:
    """Dragged by mouse, moved by key, selected anew; what is typed meanwhile stays, whatever the server answers."""
    window = visit()
    open_article(window)
    page = window.page
    form = form_of(page, 3)
    words = form.locator("q").inner_text()
    start, end = (page.locator(f".handle.{name}") for name in ("start", "end"))
    start.focus()
    page.keyboard.press("ArrowRight")
    expect(form.locator("q")).to_have_text(words[1:])
    end.focus()
    page.keyboard.press("Shift+ArrowLeft")  # a word
    shorter = form.locator("q").inner_text()
    assert words[1:].startswith(shorter) and len(shorter) < len(words) - 1
    box = end.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 36, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    dragged = form.locator("q").inner_text()
    assert shorter.startswith(dragged) and 1 <= len(shorter) - len(dragged) <= 4
    form.get_by_label("見出し").fill("直しかけの見出し")
    page.get_by_role("radio", name="English").click()  # the page runs again, the form speaks another language
    form.get_by_label("Title").wait_for()
    expect(form.get_by_label("Title")).to_have_value("直しかけの見出し")
    expect(form.locator("q")).to_have_text(dragged)
    save(form, "Save")
    page.locator(".card.corrected", has_text="直しかけの見出し").wait_for()
    form = page.locator(".panel")
    page.locator(".card", has_text="直しかけの見出し").locator(".act.edit").click()
    expect(form.locator("q")).to_have_text(dragged)


def test_the_source_is_clicked_in_the_text_and_escape_leaves_one_thing_at_a_time(visit: Callable[..., Any]) -> None:
    window = visit()
    open_article(window)
    page = window.page
    form = form_of(page, 2)
    for name in form.get_by_role("group", name="発言者").locator(".name").all():
        name.get_by_role("button").click()
    form.get_by_role("group", name="発言者").get_by_role("button", name="本文から選ぶ").click()
    banner = page.locator(".picking")
    expect(banner).to_contain_text("発言者")
    mention = page.locator(".text .mention:not(.anaphor)").first
    mention.click()
    chip = form.get_by_role("group", name="発言者").locator(".name")
    expect(chip).to_have_count(1)
    expect(banner).to_contain_text(chip.inner_text().rstrip("×").strip())
    page.locator(".text .newline, .text p > span:not(.mention)").first.click()
    expect(chip).to_have_count(1)
    page.keyboard.press("Escape")
    expect(banner).to_have_count(0)
    expect(form).to_be_visible()
    said = chip.inner_text().rstrip("×").strip()
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    form = form_of(page, 2)  # closed, not lost
    expect(form.get_by_role("group", name="発言者").locator(".name")).to_have_count(1)
    save(form)
    page.locator(".card.corrected .who", has_text=said).first.wait_for()


def test_a_due_date_that_ends_before_it_starts_is_told_in_a_sentence(visit: Callable[..., Any]) -> None:
    window = visit()
    open_article(window)
    dialog = form_of(window.page, 4)
    dialog.get_by_label("期間の始まり").fill("2030-01-02")
    dialog.get_by_label("期限", exact=True).fill("2029-01-02")
    save(dialog)
    dialog.get_by_role("alert").filter(has_text=re.compile("2029")).wait_for()
    assert window.page.locator("[data-testid=stException]").count() == 0


def test_a_speaker_whom_the_machine_missed_is_typed_and_found_by_name(visit: Callable[..., Any]) -> None:
    window = visit()
    open_article(window)
    page = window.page
    dialog = form_of(page, 5)
    type_name(dialog, "発言者", "御影坂静流")
    save(dialog)
    dialog.get_by_text("「御影坂静流」は初めて出てくる名前です").wait_for()
    save(dialog)
    page.locator(".card.corrected .who", has_text="御影坂静流").wait_for()
    page.locator(".card.corrected .who", has_text="御影坂静流").click()
    page.get_by_role("heading", name="御影坂静流").wait_for()
    page.get_by_text("人物").first.wait_for()


def test_a_relation_is_added_with_a_new_name_corrected_and_refused(visit: Callable[..., Any]) -> None:
    window = visit()
    open_article(window)
    page = window.page
    sentence = page.locator(".text p").nth(2).inner_text().strip().split("。")[0] + "。"
    expand(page, "この記事が述べている関係")
    page.get_by_role("button", name="関係を追加").click()
    dialog = page.get_by_role("dialog")
    type_name(dialog, "主語", "御影坂商会")
    type_name(dialog, "相手", "霧ヶ峰重機")
    save(dialog)
    dialog.get_by_text("2つの名前と、その関係の種類が必要です").wait_for()
    type_name(dialog, "関係", "提携")
    save(dialog)
    dialog.get_by_text("両方の名前が出てくる文がありません").wait_for()
    dialog.get_by_role("textbox", name="そう述べている箇所").fill(sentence)
    save(dialog)
    dialog.get_by_text("「霧ヶ峰重機」は初めて出てくる名前です").wait_for()
    save(dialog)
    row = page.locator("[class*=st-key-relation-]", has_text="御影坂商会")
    row.get_by_role("button", name="訂正").click()
    dialog.get_by_label("期間").fill("3年")
    save(dialog)
    expect(row).to_contain_text("3年")
    row.get_by_role("button", name="却下").click()
    row.wait_for(state="detached")


def test_two_forms_of_one_claim_do_not_overwrite_each_other_without_a_word(visit: Callable[..., Any]) -> None:
    one, two = visit(), visit()
    forms = []
    for window, title in ((one, "先に保存した見出し"), (two, "後から保存した見出し")):
        open_article(window)
        form = form_of(window.page, 6)
        form.get_by_label("見出し").fill(title)
        forms.append(form)
    save(forms[0])
    one.page.locator(".card.corrected", has_text="先に保存した見出し").wait_for()
    save(forms[1])
    forms[1].get_by_text("ほかの人が先に判断しています").wait_for()
    expect(forms[1].locator("li")).to_contain_text("訂正")
    assert forms[1].get_by_label("見出し").input_value() == "後から保存した見出し"
    save(forms[1], "それでも保存する")
    two.page.locator(".card.corrected", has_text="後から保存した見出し").wait_for()
    two.goto("/inout?section=log")
    expect(two.page.locator("[class*=st-key-log-]", has_text="訂正")).not_to_have_count(1)  # both stay in the log


def test_text_of_a_form_that_is_not_saved_survives_back_and_is_gone_once_saved(visit: Callable[..., Any]) -> None:
    window = visit()
    open_article(window)
    page = window.page
    dialog = form_of(page, 7)
    dialog.get_by_label("見出し").fill("まだ保存していない見出し")
    page.go_back()
    page.wait_for_url("**/articles**")
    window.settle()
    page.go_forward()
    page.locator(".card").first.wait_for()
    dialog = form_of(page, 7)
    expect(dialog.get_by_label("見出し")).to_have_value("まだ保存していない見出し")
    save(dialog)
    page.locator(".card.corrected", has_text="まだ保存していない見出し").wait_for()
    dialog = form_of(page, 7)
    dialog.get_by_label("見出し").fill("もう一つの見出し")
    save(dialog)
    page.locator(".card.corrected", has_text="もう一つの見出し").wait_for()
    page.reload()
    expect(form_of(page, 7).get_by_label("見出し")).to_have_value("もう一つの見出し")


def test_pasted_text_survives_a_change_of_language_and_back(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_label("本文", exact=True).fill("書きかけの記事です。")
    page.get_by_label("見出し（任意）").fill("書きかけ")
    page.get_by_role("radio", name="English").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("書きかけの記事です。")
    page.get_by_role("link", name="People and organizations").click()
    page.wait_for_url("**/entities**")
    window.settle()
    page.go_back()
    expect(page.get_by_label("Text", exact=True)).to_have_value("書きかけの記事です。")
    expect(page.get_by_label("Headline (optional)")).to_have_value("書きかけ")


def test_parameters_that_come_after_the_page_are_no_place_to_go_back_to(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_role("link", name="人物・組織").click()
    page.wait_for_url("**/entities**")
    window.settle()
    page.evaluate("history.pushState({}, '', '/entities?lang=ja&late=1')")  # as a slow server's answer has it done
    page.go_back()
    page.wait_for_url("**/articles?add=1**")


def test_a_query_that_was_not_run_survives_back_and_a_change_of_language(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/query")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("# 書きかけ")
    page.get_by_role("radio", name="English").click()
    page.get_by_role("link", name="People and organizations").wait_for()
    expect(page.locator(".cm-content")).to_contain_text("# 書きかけ")
    page.get_by_role("link", name="People and organizations").click()
    page.wait_for_url("**/entities**")
    window.settle()
    page.go_back()
    expect(page.locator(".cm-content")).to_contain_text("# 書きかけ")
    window.goto("/query?q=ASK%20%7B%7D")
    expect(page.locator(".cm-content")).to_have_text("ASK {}")


def test_the_reading_position_survives_back_and_a_change_of_language(visit: Callable[..., Any]) -> None:
    window = visit(height=600)
    open_article(window)
    page = window.page
    box = page.locator("[data-testid=stMain]")
    at = "() => document.querySelector('[data-testid=stMain]').scrollTop"
    page.locator(".card .what").nth(2).click()
    page.wait_for_function("() => location.search.includes('claim=')")
    window.settle()
    box.evaluate(
        "(box) => new Promise((done) => { box.addEventListener('scrollend', done, {once: true}); box.scrollTo(0, 700); })"
    )
    before = page.evaluate(at)
    assert before > 300
    page.get_by_role("radio", name="English").click()
    page.get_by_role("button", name="Actions").wait_for()
    window.settle()
    assert abs(page.evaluate(at) - before) < 40
    before = page.evaluate(at)
    page.locator(".card .more").nth(2).click()
    page.wait_for_url(re.compile("/(claims|prediction)"))
    window.settle()
    page.go_back()
    page.locator(".card").first.wait_for()
    page.wait_for_function("() => window.iibunDrafts.returning() === false")
    window.settle()
    assert abs(page.evaluate(at) - before) < 5


def test_a_verdict_does_not_overwrite_one_of_another_tab_without_a_word_and_its_note_is_kept(
    visit: Callable[..., Any],
) -> None:
    windows = [visit(), visit()]
    windows[0].goto("/predictions")
    address = (
        windows[0].page.locator("main a[href*='/prediction?'], .ib a[href*='/prediction?']").first.get_attribute("href")
    )
    for window, verdict, note in zip(windows, ("外れた", "当たった"), ("先の理由", "後の理由"), strict=True):
        page = window.page
        window.goto(address)
        page.get_by_label("理由", exact=True).fill(note)
        page.reload()  # what was typed is still there
        expect(page.get_by_label("理由", exact=True)).to_have_value(note)
        window.settle()
        page.locator("[data-testid=stRadio] label", has_text=verdict).first.click()
        page.get_by_label("根拠のアドレス", exact=False).first.fill("https://example.org/news")
    one, two = (window.page for window in windows)
    one.get_by_role("button", name="判定する").click()
    one.get_by_role("button", name="判定を改める").wait_for()
    two.get_by_role("button", name="判定する").click()
    dialog = two.get_by_role("dialog")
    dialog.get_by_text("ほかの人が先に判断しています").wait_for()
    expect(dialog.locator("li")).to_contain_text("外れた")
    dialog.get_by_role("button", name="私の判断も記録する").click()
    two.get_by_role("button", name="判定を改める").wait_for()
    two.locator("[class*=st-key-log-]", has_text="後の理由").wait_for()
    two.locator("[class*=st-key-log-]", has_text="先の理由").wait_for()
