"""The timeline of predictions and the record of a person: brush, lanes, threads, and one printed sheet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.conftest import Server, started

LANGUAGES = pytest.mark.parametrize("lang", ["ja", "en"])
WORDS = {
    "ja": {"whole": "全期間に戻す", "speaker": "発言者別", "undated": "期限なし", "revised": "修正か", "record": "記録", "topics": "話題ごとの発言"},
    "en": {"whole": "Whole time", "speaker": "By speaker", "undated": "No due date", "revised": "revised?", "record": "Record", "topics": "by topic"},
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests alone: with what other tests add there would be a line for each year."""
    yield from started(tmp_path_factory)


@LANGUAGES
def test_a_brush_zooms_to_what_is_due_then_and_back(visit: Callable[..., Any], lang: str) -> None:
    window, words = visit(lang=lang), WORDS[lang]
    page = window.page
    window.goto("/predictions")
    rows = page.locator(".ib-timeline .row")
    rows.first.wait_for()
    every = rows.count()
    chart = page.locator("[data-testid=stVegaLiteChart]").locator("canvas, svg").first
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 25, steps=8)
    page.mouse.up()
    page.wait_for_url(re.compile("from=.*until="))
    page.get_by_role("button", name=words["whole"]).wait_for()
    page.wait_for_function("n => document.querySelectorAll('.ib-timeline .row').length < n", arg=every)
    address = page.url
    page.get_by_role("button", name=words["whole"]).click()
    page.wait_for_function("n => document.querySelectorAll('.ib-timeline .row').length === n", arg=every)
    assert "from=" not in page.url
    page.goto(address)  # a link shows the same
    page.get_by_role("button", name=words["whole"]).wait_for()


@LANGUAGES
def test_lanes_and_threads_are_links_in_order(visit: Callable[..., Any], lang: str) -> None:
    window, words = visit(lang=lang, width=390), WORDS[lang]
    page = window.page
    window.goto("/predictions")
    thread = page.locator(".ib-timeline li.thread").first
    thread.wait_for()
    assert words["revised"] not in thread.locator(".row").first.inner_text()
    assert words["revised"] in thread.locator(".row").nth(1).inner_text()
    page.get_by_text(words["speaker"], exact=True).click()
    page.wait_for_url("**lane=source**")
    page.locator("h2.lane", has_text="みなとデータ").first.wait_for()
    assert words["undated"] in page.locator("h2.lane").last.inner_text()
    thread.locator("a.what").nth(1).click()
    page.wait_for_url("**/prediction?iri=*")


@LANGUAGES
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_date_beyond_the_range_covers_no_title_on_a_phone(visit: Callable[..., Any], lang: str, side: str) -> None:
    window = visit(lang=lang, width=375)
    page = window.page
    window.goto("/predictions")
    page.locator(".ib-timeline .row").first.wait_for()
    covered = page.evaluate(
        """side => [...document.querySelectorAll(".ib-timeline .row")].filter((row) => {
          row.insertAdjacentHTML("beforeend", `<span class="far ${side}">31 Dec 2099</span>`);
          const [far, what] = [row.lastChild.getBoundingClientRect(), row.querySelector("a.what").getBoundingClientRect()];
          const beside = far.left >= row.getBoundingClientRect().left && far.right <= row.getBoundingClientRect().right;
          return !beside || far.top < what.bottom - 1 || far.bottom > row.getBoundingClientRect().bottom;
        }).length""",
        side,
    )
    assert covered == 0


@pytest.mark.parametrize(("lang", "dark"), [("ja", False), ("en", True)])
def test_a_persons_record_is_printed_on_one_sheet(visit: Callable[..., Any], lang: str, dark: bool) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    window, words = visit(lang=lang, dark=dark), WORDS[lang]
    page = window.page
    window.goto("/entities?q=みなとデータ")
    page.get_by_role("link", name="みなとデータ").first.click()
    page.get_by_text(words["record"], exact=True).click()
    page.locator(".ib-sheet").wait_for()
    page.locator(".ib-topics .dots a").first.wait_for()
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.locator("button.ib-print").click()
    assert page.evaluate("window.printed")
    paper = pdfium.PdfDocument(page.pdf(prefer_css_page_size=True))
    text = re.sub(r"\s", "", paper[0].get_textpage().get_text_bounded())
    assert len(paper) == 1
    assert "みなとデータ" in text and words["topics"].replace(" ", "") in text
    last = page.locator(".ib-sheet .ib-note").last.inner_text()
    assert re.sub(r"\s", "", last) in text, "the sheet is printed to its end"
    picture = paper[0].render(scale=0.5).to_pil().convert("L")
    assert sum(n for level, n in enumerate(picture.histogram()) if level > 200) > 0.8 * picture.width * picture.height
