"""Pairs and predictions are decided one by one: what is shown, what each answer records, and that it can be taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from iibun.batch import jobs
from iibun.i18n import t
from iibun.web import tables
from iibun.web.pages import home, pairs
from kg.rdf import entity_iri
from kg.tracking import identities, judgements, links, verdicts
from tests import pages, pages_store
from tests import test_identities as articles
from tests.pages import claim_iri, html, run

filled, store = pages.filled, pages.store


def _waiting() -> list[dict[str, Any]]:
    return pairs.waiting(tables.current()).to_dict("records")


@pytest.mark.parametrize(
    ("answer", "kept"),
    [("contradicts", "contradicts"), ("agrees", "supports"), ("revises", "revises"), ("unrelated", None)],
)
def test_an_answer_decides_the_pair_and_the_next_follows(filled: Any, answer: str, kept: str | None) -> None:
    first, *rest = _waiting()
    assert first["type"] == "contradicts"  # 200 against 300, said by another
    app = run("pairs")
    app.button(key=f"pair-{answer}-{first['link']}").click().run()
    assert not app.exception
    both = {
        k.type: k.state for k in links.proposals(filled, claim=first["later"]) if k.earlier.claim == first["earlier"]
    }
    assert both == ({kept: "confirmed"} if kept else {})
    assert [w["link"] for w in _waiting()] == [w["link"] for w in rest]


def test_a_pair_shows_both_sentences_and_in_what_they_differ(filled: Any) -> None:
    shown = html(run("pairs"))
    assert '<mark>新工場の投資額は<span class="differs">200億円</span>だ</mark>' in shown.replace("</mark><mark>", "")
    assert "<td>200億円</td><td>300億円</td>" in shown


def test_what_was_put_off_comes_back(filled: Any) -> None:
    count = len(_waiting())
    app = run("pairs")
    for _ in range(count):
        next(b for b in app.button if b.label == "後回し").click()
        app.run()
    assert f"残りの {count} 組は後回しにしました。" in html(app)
    next(b for b in app.button if b.label == "後回しにした組を見る").click()
    assert any(b.label == "食い違う" for b in app.run().button)


def test_links_of_a_rejected_claim_neither_wait_nor_count(filled: Any) -> None:
    first = _waiting()[0]
    other = tables.current().claims.loc[first["earlier"]]
    judgements.judge(filled, first["later"], "reject", author="佐伯")
    data = tables.current()
    assert first["later"] not in {w[end] for w in _waiting() for end in ("later", "earlier")}
    assert first["later"] not in data.proposed and first["earlier"] in data.claims.index
    now = data.claims.loc[first["earlier"]]
    assert now["opposing"] < other["opposing"]
    there = [k for k in links.proposals(filled, claim=first["earlier"]) if k.type in tables.OPPOSING]
    assert now["opposing"] == len(there)


def test_a_verdict_by_one_button_with_the_evidence_that_is_ticked(filled: Any) -> None:
    pages_store.add_outcome(filled)
    due = claim_iri(tables.current(), "3月末")
    app = run("settle")
    assert [c.value for c in app.checkbox] == [True]  # what bears on it most is chosen
    app.button(key=f"settle-did-not-{due}").click().run()
    given = verdicts.last_verdicts(filled, [due])[due]
    assert given.one("verdict") == "did-not" and given.details.get("evidenceExtent")
    assert "判定を待つ予測はありません" in html(app)
    app.button(key=f"undo-{given.iri}").click().run()
    assert not verdicts.last_verdicts(filled, [due])


def test_the_proposed_verdict_is_taken_with_its_evidence_and_reason(filled: Any) -> None:
    started = pages_store.add_outcome(filled)
    due = claim_iri(tables.current(), "3月末")
    app = run("settle")
    assert "外れた" in app.info[0].value and "間に合わなかった" in app.info[0].value and "3 キー" in app.info[0].value
    assert not verdicts.last_verdicts(filled, [due])  # only proposed
    assert [b.label for b in app.button if b.proto.type == "primary"] == ["外れた"]
    assert app.checkbox(key=f"settle-proof-{due}-{started}").value
    app.button(key=f"settle-did-not-{due}").click().run()
    given = verdicts.last_verdicts(filled, [due])[due]
    assert "間に合わなかった" in given.reason and given.one("decidedOn") == date(2026, 3, 31)


def test_another_verdict_than_the_proposed_one_has_no_reason_put_in_its_mouth(filled: Any) -> None:
    pages_store.add_outcome(filled)
    due = claim_iri(tables.current(), "3月末")
    run("settle").button(key=f"settle-partly-{due}").click().run()
    given = verdicts.last_verdicts(filled, [due])[due]
    assert (given.one("verdict"), given.reason) == ("partly", "")


def test_the_page_of_a_prediction_offers_the_proposed_verdict(filled: Any) -> None:
    pages_store.add_outcome(filled)
    due = claim_iri(tables.current(), "3月末")
    app = run("prediction", "en", iri=due)
    assert "Proposed verdict: did not come true" in app.info[0].value.replace("\\", "")
    app.button(key=f"accept-{due}").click().run()
    assert verdicts.last_verdicts(filled, [due])[due].one("verdict") == "did-not"
    assert not app.info  # a settled prediction needs no proposal


def test_without_evidence_there_is_no_verdict(filled: Any) -> None:
    pages_store.add_outcome(filled)
    due = claim_iri(tables.current(), "3月末")
    app = run("settle")
    app.checkbox[0].uncheck().run()
    app.button(key=f"settle-came-true-{due}").click().run()
    assert not verdicts.last_verdicts(filled, [due])
    assert "根拠" in app.session_state["failed"]


def test_a_reason_why_there_is_no_evidence_is_not_dropped_beside_some(filled: Any) -> None:
    pages_store.add_outcome(filled)
    due = claim_iri(tables.current(), "3月末")
    app = run("settle")
    assert app.checkbox[0].value, "the best sentence is ticked at first"
    reason = next(x for x in app.text_input if x.label == t("predictions.without"))
    reason.set_value("電話で確かめた").run()
    app.button(key=f"settle-did-not-{due}").click().run()
    assert not verdicts.last_verdicts(filled, [due])
    assert "どちらか一方だけ" in app.session_state["failed"]
    app.checkbox[0].uncheck().run()
    app.button(key=f"settle-did-not-{due}").click().run()
    assert verdicts.last_verdicts(filled, [due])[due].one("withoutEvidence") == "電話で確かめた"


@pytest.mark.parametrize(
    ("words", "kind"),
    [(" https://example.org/a ", jobs.Address), ("首相は https://example.org/a と述べた。", jobs.Pasted), ("ftp://example.org", jobs.Pasted), (" ", type(None))],
)  # fmt: skip
def test_what_is_pasted_is_an_address_only_if_it_is_nothing_else(words: str, kind: type) -> None:
    found = home.source_of(words, date(2026, 1, 2))
    assert type(found) is kind
    assert found is None or found.published == date(2026, 1, 2)


def test_the_page_of_a_person_shows_what_became_of_the_claims(filled: Any) -> None:
    data = tables.current()
    due, other = claim_iri(data, "3月末"), claim_iri(data, "300億円")
    person = data.claims.loc[due, "sources"][0]
    assert "他者との食い違い（1）" in html(run("entity", iri=person, section="record"))
    verdicts.verdict(filled, due, "did-not", author="t", evidence=[other])
    shown = html(run("entity", iri=person, section="record"))
    assert "外れた予測（1）" in shown and "「青葉電機の新工場の投資額は300億円だ」" in shown.replace(
        "、東雲証券は、", ""
    )


def test_the_page_says_why_and_keeps_two_apart(filled: Any) -> None:
    articles.filled(filled, [*articles.MANY[:3], articles.MANY[6], articles.MANY[8]])
    app = run("entities", same="1")
    assert "ただし法人の種類が違います（" in html(app)
    next(b for b in app.button if b.label == "別のもの").click().run()
    assert not app.exception and len(identities.decisions(filled).apart) == 1
    whole = entity_iri(articles.PRESIDENT.entities[0], articles.PRESIDENT.article)
    app = run("entity", iri=whole, section="names")
    assert "姓が同じで、所属も同じ「青葉電機」です" in html(app)
    before = len(identities.in_store(filled))
    next(b for b in app.button if b.label == "別のもの").click().run()
    assert not app.exception and len(identities.in_store(filled)) == before - 1
