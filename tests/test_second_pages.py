"""The second reader on the pages: said where texts go before they are sent, disagreements first, what it took."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from iibun.batch import jobs
from iibun.web import answers, article_view
from iibun.web.pages import article as page
from iibun.web.pages import second
from ingest.second import agreement
from ingest.second.reading import chosen
from kg.model import Extent, Report, SecondReading
from kg.rdf import article_iri, quads
from tests import pages
from tests.pages import run
from tests.recorded_llm import completion, serving
from tests.test_second import GOOD, LOCAL, TEXT, taken
from tests.test_second_commands import name

store = pages.store

TOOK = SecondReading("m", "http://h/v1/chat/completions", 1, 2.5, 900, 120, ("http://h was slow.",), ("a name: 鈴木",))


def bare(words: str) -> str:
    """Markdown without what keeps it from being markup."""
    return words.replace("\\", "").replace("\u2060", "")


@pytest.fixture
def read_by_both(store: Any) -> str:
    report = agreement.joined(LOCAL, taken(), [Extent(0, len(TEXT))])
    report = replace(report, second=TOOK)
    iri = article_iri(report.article)
    store.replace(iri, quads(report))
    return iri


def test_claims_on_which_the_readers_disagree_come_first(read_by_both: str) -> None:
    reading = article_view.reading(answers.ask, read_by_both)
    assert reading.second == article_view.Second("m", TOOK.address, 1, 2.5, 900, 120, TOOK.failures, TOOK.dropped)
    same = replace(reading.cards[0], disputes=())
    others = reading.cards[1:]
    assert second.in_order([same, *others]) == [*others, same]
    shown = [page.card(c, read_by_both) for c in reading.cards]
    assert [c["readers"] for c in shown] == ["読み手：Iibun、言語モデル", "読み手：言語モデル", "読み手：Iibun"]
    assert [c["disputes"] for c in shown] == [
        ["言語モデル：予測", "言語モデル：発言者は 山田花子"], ["Iibun：主張としていない"], ["言語モデル：主張としていない"],
    ]  # fmt: skip


@pytest.mark.parametrize(("lang", "told"), [("ja", "質問 900 トークン"), ("en", "900 tokens asked")])
def test_the_page_says_what_the_reading_took(read_by_both: str, lang: str, told: str) -> None:
    app = run("article", lang, iri=read_by_both)
    assert not app.exception
    words = "\n".join(m.value for m in app.markdown)
    assert told in words and TOOK.address in bare(words)
    assert [bare(e.value) for e in app.error] == ["http://h was slow."]
    assert not [b for b in app.button if b.key == "second-read"], "nothing can be sent without a named server"


@pytest.mark.parametrize("name_of_page", ["home", "articles", "article"])
def test_where_texts_go_is_said_before_they_are_sent(
    read_by_both: str, name_of_page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def words() -> str:
        app = run(name_of_page, "en", iri=read_by_both) if name_of_page == "article" else run(name_of_page, "en")
        assert not app.exception
        return bare("\n".join(e.value for e in (*app.caption, *app.markdown)))

    assert "the text is sent to" not in words()
    name(monkeypatch, "http://llm.example/v1")
    assert "the text is sent to http://llm.example/v1/chat/completions (model m)." in words()
    assert "sk-secret" not in words()


def test_a_job_reads_with_the_language_model(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_extracted", lambda job, article: Report(article))
    with serving(lambda _: (200, completion(json.dumps(GOOD), prompt_tokens=9))) as (url, _):
        name(monkeypatch, url)
        for readers in ("both", "llm"):
            job = jobs.Job(1, "a", "", 0.0, total=1, llm=chosen(readers))  # type: ignore[arg-type]
            jobs._run(job, [jobs.Pasted(TEXT)], store)
            assert job.state == "done" and job.results[0].second and job.results[0].second.prompt_tokens == 9
            assert job.results[0].claims == 2
    job = jobs.Job(1, "a", "", 0.0, total=1, llm=chosen("llm"))
    jobs._run(job, [jobs.Pasted(TEXT)], store)
    assert job.state == "failed" and "was not read by the language model" in job.failures[0]
