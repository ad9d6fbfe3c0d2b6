"""The review goes on where something waits, and what the form of a claim sends is checked before it is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from iibun.web import answers, tables
from iibun.web.pages import flow
from kg.tracking import judgements
from tests import pages
from tests.pages import claim_iri

filled, store = pages.filled, pages.store


def _save(claim: str | None, form: dict[str, Any], *, seen: str = "", kind: str = "edit", author: str = "") -> Any:
    """The answer to a form."""

    def script(article, decision):  # type: ignore[no-untyped-def] # runs without what this file imports
        import streamlit as st

        from iibun.web.pages import article as page
        from iibun.web.pages import claim_form

        st.session_state["answer"] = claim_form.save(page.read(article), decision)

    data = tables.current()
    article = form.pop("article", None) or data.claims.loc[claim]["article"]
    decision = {"kind": kind, "id": claim, "seen": seen, "form": form}
    app = AppTest.from_function(script, args=(article, decision)).run()
    assert not app.exception, app.exception
    return app.session_state["answer"]


def _changed(claim: str) -> dict[str, Any]:
    found: dict[str, Any] = tables.current().claims.loc[claim].to_dict()
    return found


def test_the_review_goes_to_the_next_older_article_and_round_again(filled: Any) -> None:
    data = tables.current()
    days = data.articles["published"].sort_values(ascending=False)
    newest, middle, oldest = days.index
    assert flow.after(newest, data) == [middle, oldest]
    assert flow.after(middle, data) == [oldest, newest]
    assert flow.others(newest) == data.unreviewed[middle] + data.unreviewed[oldest]
    for claim in data.claims.index[data.claims["article"] == middle]:
        judgements.judge(filled, claim, "accept", author="佐藤")
    assert flow.after(newest, tables.current()) == [oldest]
    assert flow.after("urn:iibun:article:none", tables.current()) == [newest, oldest]


def test_an_undo_leads_to_its_claim_and_a_decision_on_what_is_shown_nowhere(filled: Any) -> None:
    from iibun.web import article_view

    data = tables.current()
    newest, middle, _ = data.articles["published"].sort_values(ascending=False).index
    shown = article_view.reading(answers.ask, newest)
    other = data.claims.index[data.claims["article"] == middle][0]
    undo = {"kind": "undo", "id": other, "article": middle, "own": True}
    assert flow.destination(shown, [undo]) == {"iri": middle, "claim": other}
    assert flow.destination(shown, [{"kind": "accept", "id": shown.cards[0].iri}]) is None
    assert flow.destination(shown, [undo | {"id": shown.cards[0].iri, "article": newest}]) is None


def test_a_form_changes_what_it_sends_and_nothing_else(filled: Any) -> None:
    claim = claim_iri(tables.current(), "3月末")
    before = _changed(claim)
    assert _save(claim, {"modality": "probable", "dueEnd": "2026-04-30"}) == {"saved": claim}
    after = _changed(claim)
    assert (after["modality"], str(after["due_end"]), after["review"]) == ("probable", "2026-04-30", "corrected")
    assert {k: after[k] for k in ("title", "sources", "about")} == {k: before[k] for k in ("title", "sources", "about")}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "変更がありません"),
        ({"dueEnd": "31.12.2026"}, "31.12.2026"),
        ({"dueStart": "2030-01-01"}, "2030"),  # after the end that is not changed
        ({"modality": "sure"}, "sure"),
        ({"start": 5, "end": 5}, "5"),
        ({"start": 0, "end": 10**6}, "1000000"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_sentence(filled: Any, form: dict[str, Any], said: str) -> None:
    claim = claim_iri(tables.current(), "3月末")
    answer = _save(claim, form)
    assert said in answer["error"] and "saved" not in answer
    assert not judgements.history(filled, claim=claim)


def test_a_new_name_is_asked_for_its_type_and_found_again(filled: Any) -> None:
    claim = claim_iri(tables.current(), "3月末")
    asked = _save(claim, {"sources": ["御影坂銀行"]})
    assert [(f["name"], f["guess"]) for f in asked["fresh"]] == [("御影坂銀行", "Organization")]
    assert not judgements.history(filled, claim=claim)
    assert _save(claim, {"sources": ["御影坂銀行"], "types": {"御影坂銀行": "Organization", "else": "Person"}})["saved"]
    assert [tables.current().label(e) for e in _changed(claim)["sources"]] == ["御影坂銀行"]


def test_a_claim_is_added_with_the_words_that_were_chosen(filled: Any) -> None:
    article = tables.current().articles.index[0]
    form = {"article": article, "start": 2, "end": 8, "title": "足された主張", "sources": [], "modality": "asserted"}
    new = _save(None, form, kind="add")["saved"]
    assert _changed(new)["title"] == "足された主張"


def test_what_others_decided_meanwhile_is_shown_first(filled: Any) -> None:
    claim = claim_iri(tables.current(), "3月末")
    theirs = judgements.judge(filled, claim, "reject", author="鈴木")
    answer = _save(claim, {"title": "別の見出し"})
    assert answer["last"] == theirs and "鈴木" in answer["overtaken"][0]
    assert _save(claim, {"title": "別の見出し"}, seen=theirs) == {"saved": claim}


def test_a_claim_that_is_gone_is_told(filled: Any) -> None:
    gone, article = "urn:iibun:claim:gone", tables.current().articles.index[0]
    assert gone in _save(gone, {"article": article, "title": "x"})["error"]
