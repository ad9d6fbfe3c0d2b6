"""Five jobs that a stranger does, each from the home page, in at most the steps that are written down here.

A step is one press or one field filled; looking costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

import kg.store
from iibun.archive.deletion import delete
from kg.model import Article, Claim, Entity, Extent, Interval, Mention, Prediction, Report
from kg.rdf import article_iri, quads
from kg.tracking import links
from tests import pages_store
from tests.browser.test_work import READ

#: The jobs with their steps, in the order in which they are done.
JOBS = {
    "read and correct one's own article": (
        "paste the text", "press 読み取る", "press 訂正 on a claim", "change its title", "press 保存",
    ),
    "settle what is due": ("press 1件ずつ判定する", "give the address of evidence", "press the verdict"),
    "find who contradicted whom on a figure": ("search for the figure", "open the claim"),
    "publish a person's record": ("search for the person", "open the person", "press 記録", "press 1枚に印刷"),
    "ask a question in SPARQL from an example": ("press SPARQL", "press a question", "press CSV"),
}  # fmt: skip

OWN = "館山電機の安房直人社長は2日、2028年までに半導体の新工場を建設すると述べた。投資額は約120億円を見込む。"
PROMISE = "鋸南製鋼は、2024年末までに新しい高炉を稼働させると発表した。"
CLAIM = "2024年末までに新しい高炉を稼働させる"


class Stranger:
    """Somebody at the home page who does a job step by step."""

    def __init__(self, window: Any, job: str) -> None:
        self.window, self.page, self.left = window, window.page, list(JOBS[job])
        window.goto("/")

    def press(self, step: str, thing: Any) -> None:
        """One press."""
        self._next(step)
        thing.click(timeout=READ)

    def fill(self, step: str, field: Any, words: str) -> None:
        """One field."""
        self._next(step)
        field.fill(words)

    def _next(self, step: str) -> None:
        assert self.left, f"more steps than are written down: {step}"
        assert step == self.left.pop(0)

    def done(self) -> None:
        """All steps that are written down were needed."""
        assert not self.left


@pytest.fixture
def stranger(visit: Callable[..., Any]) -> Iterator[Callable[[str], Stranger]]:
    """Begin a job: ``stranger("settle what is due")``."""
    begun: list[Stranger] = []

    def begin(job: str) -> Stranger:
        begun.append(Stranger(visit(), job))
        return begun[-1]

    yield begin
    for one in begun:
        one.done()


@pytest.fixture
def articles(server: Any) -> Iterator[None]:
    """Two articles with figures that contradict each other, and one with a prediction that is long overdue."""
    firm = Entity("e1", "Organization", "鋸南製鋼", (), (), ("test",))
    at = PROMISE.index(CLAIM)
    due = Prediction(
        Interval(None, date(2024, 12, 31)), "2024年末までに", criterion=f"「{CLAIM}」が事実になっていれば的中。"
    )
    promised = Report(
        Article(PROMISE, "鋸南製鋼、新しい高炉", "https://news.example/kyonan", date(2024, 1, 9), "架空新報"), entities=(firm,),
        mentions=(Mention(Extent(0, 4), "e1"),),
        claims=(Claim("c1", Extent(at, at + len(CLAIM)), ("e1",), modality="intended", about=("e1",), prediction=due, title=CLAIM, confidence=0.9),),
    )  # fmt: skip
    contrary = [replace(r, article=replace(r.article, illustration=False)) for r in pages_store.reports()[:2]]
    written = []
    with kg.store.open(server.store) as store:
        for report in (promised, *contrary):
            written.append(article_iri(report.article))
            store.replace(written[-1], quads(report))
            links.link_new(store, written[-1])
    yield
    with kg.store.open(server.store) as store:
        for iri in written:
            delete(store, iri, judgements=True)


def test_read_and_correct_ones_own_article(stranger: Callable[[str], Stranger]) -> None:
    job = stranger("read and correct one's own article")
    page = job.page
    job.fill("paste the text", page.get_by_label("読み取る記事"), OWN)
    job.press("press 読み取る", page.get_by_role("button", name="読み取る"))
    job.press("press 訂正 on a claim", page.locator(".card .act.edit").first)
    panel = page.locator(".panel")
    job.fill("change its title", panel.get_by_label("見出し"), "館山電機が新工場")
    job.press("press 保存", panel.get_by_role("button", name="保存", exact=True))
    expect(page.locator(".card.corrected")).to_contain_text("館山電機が新工場")


def test_settle_what_is_due(articles: None, stranger: Callable[[str], Stranger]) -> None:
    job = stranger("settle what is due")
    page = job.page
    job.press("press 1件ずつ判定する", page.get_by_role("link", name="1件ずつ判定する"))
    expect(page.get_by_role("heading", name=CLAIM)).to_be_visible()  # what has been due longest comes first
    expect(page.get_by_text(f"「{CLAIM}」が事実になっていれば的中。")).to_be_visible()
    job.fill("give the address of evidence", page.get_by_label("根拠のアドレス"), "https://news.example/late")
    job.press("press the verdict", page.get_by_role("button", name="外れた"))
    expect(page.get_by_role("heading", name=CLAIM)).to_have_count(0)
    job.window.goto("/predictions?q=鋸南製鋼&view=board")
    expect(page.locator(".ib-card .ib-chip", has_text="外れた")).to_have_count(1)


def test_find_who_contradicted_whom_on_a_figure(articles: None, stranger: Callable[[str], Stranger]) -> None:
    job = stranger("find who contradicted whom on a figure")
    page = job.page
    job.fill("search for the figure", page.get_by_role("searchbox"), "新工場 投資額")
    job.press("open the claim", page.locator(".ib-found a", has_text="200億円").first)
    expect(page.get_by_role("heading", name="食い違う主張")).to_be_visible()
    expect(page.locator(".ib-card", has_text="300億円").get_by_role("link", name="東雲証券")).to_be_visible()


def test_publish_a_persons_record(stranger: Callable[[str], Stranger]) -> None:
    """On paper or as PDF; ``iibun publish`` writes the records of all as a site (``test_published.py``)."""
    job = stranger("publish a person's record")
    page = job.page
    job.fill("search for the person", page.get_by_role("searchbox"), "氷室玲奈")
    job.press("open the person", page.locator(".ib-found").get_by_role("link", name="氷室玲奈").first)
    job.press("press 記録", page.get_by_role("radio", name="記録"))
    sheet = page.locator(".ib-sheet")
    expect(sheet.get_by_role("heading", name="話題ごとの発言")).to_be_visible()
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    job.press("press 1枚に印刷", sheet.get_by_role("button", name="1枚に印刷"))
    assert page.evaluate("window.printed")


def test_ask_a_question_in_sparql_from_an_example(stranger: Callable[[str], Stranger]) -> None:
    job = stranger("ask a question in SPARQL from an example")
    page = job.page
    job.press("press SPARQL", page.get_by_role("link", name="SPARQL"))
    job.press("press a question", page.locator(".ib-rows a", has_text="主張や予測が多いのは誰か"))
    page.get_by_text("行（").first.wait_for()
    with page.expect_download() as download:
        job.press("press CSV", page.get_by_role("button", name="CSV", exact=True))
    assert len(download.value.path().read_text("utf-8-sig").splitlines()) > 3
