"""Each page of lists and records runs, in both languages, filled and empty, and shows what it should."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from iibun.web import cards, downloads, predicted, tables
from kg.model import Article, Claim, Extent, Prediction, Report
from kg.rdf import article_iri, quads
from kg.tracking import judgements, merges, scores, verdicts
from tests import pages_store
from tests.streamlit_log import no_warning  # noqa: F401

pytest.importorskip("streamlit")
from streamlit.testing.v1 import AppTest

from tests import pages
from tests.pages import TODAY, claim_iri, html, run

store, filled = pages.store, pages.filled

PAGES = ("home", "claims", "predictions", "pairs", "settle", "entities", "record", "inout", "settings")


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_page_runs_empty(store: Any, name: str, lang: str) -> None:
    app = run(name, lang)
    assert not app.exception
    assert app.title


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_page_runs_filled_and_shows_markup_as_text(filled: Any, name: str, lang: str) -> None:
    app = run(name, lang)
    assert not app.exception
    assert "<img src=x" not in html(app)
    assert 'href="javascript:' not in html(app)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("claims", {"view": "table"}), ("claims", {"links": "opposing"}), ("claims", {"order": "confidence", "q": "工場"}),
        ("predictions", {"view": "board"}), ("predictions", {"view": "table", "state": "overdue"}), ("predictions", {"due": "year"}),
        ("entities", {"q": "aoba"}), ("entities", {"same": "1"}), ("record", {"by": "horizon"}), ("inout", {"section": "jobs"}), ("inout", {"section": "import"}),
        ("inout", {"section": "log"}), ("home", {"q": "あおば"}),
    ],
)  # fmt: skip
def test_states_of_an_address(filled: Any, name: str, params: dict[str, str]) -> None:
    app = run(name, **params)
    assert not app.exception
    assert not app.error


def test_claim_and_prediction_pages(filled: Any) -> None:
    data = tables.current()
    claim, due = claim_iri(data, "200億円"), claim_iri(data, "3月末")
    app = run("claims", iri=claim)
    assert not app.exception
    assert "<mark>新工場の投資額は200億円だ</mark>" in html(app)
    app = run("prediction", iri=due)
    assert not app.exception
    assert "93 日超過" in html(app)
    assert not run("prediction", iri="urn:iibun:claim:none").exception


def test_accept_and_undo(filled: Any) -> None:
    claim = claim_iri(tables.current(), "200億円")
    run("claims", iri=claim).button[0].click().run()
    assert tables.current().claims.loc[claim, "review"] == "accepted"
    entry = judgements.history(filled, claim=claim)[0]
    app = run("claims", iri=claim)
    app.button(key=f"undo-{entry.iri}").click().run()
    assert not cards.present(tables.current().claims.loc[claim, "review"])


def test_verdict_by_form(filled: Any) -> None:
    due = claim_iri(tables.current(), "3月末")

    def give(app: AppTest) -> AppTest:
        next(b for b in app.button if b.label == "判定する").click().run()
        assert not app.exception
        return app

    app = run("prediction", iri=due)
    app.radio[0].set_value("did-not")
    assert "判定には根拠が必要です" in give(app).error[0].value
    app.text_input[0].set_value("javascript:alert(1)")
    assert "http" in give(app).error[0].value
    assert tables.current().claims.loc[due, "state"] == "overdue"
    article = tables.current().articles.index[0]
    app.multiselect(key=f"proof-articles-{due}").set_value([article]).run()
    sentence = app.multiselect(key=f"proof-{due}").options[-1]
    app.multiselect(key=f"proof-{due}").select(sentence)
    app.text_input[0].set_value("https://ir.example/2026")
    app.text_area[0].set_value("期末の資料に載った")
    give(app)
    row = tables.current().claims.loc[due]
    assert (row["verdict"], row["state"]) == ("did-not", "settled")
    shown = html(run("prediction", iri=due))
    quoted = cards.esc(sentence.strip("「」 "))
    for part in ('<a href="https://ir.example/2026"', quoted, "2026年3月31日", "匿名", "期末の資料に載った"):
        assert part in shown, part
    assert scores.scores(filled, "all", on=TODAY)[0].late == 0  # the form began with the due date, not with today
    assert not list(run("prediction", iri=due).slider)  # an estimate after the verdict is not asked for
    assert "外れた" in html(run("record"))


def test_a_verdict_is_revised_from_its_own_day(filled: Any) -> None:
    due = claim_iri(tables.current(), "3月末")
    verdicts.verdict(filled, due, "came-true", author="佐伯", without="試験", on=date(2026, 4, 2))
    assert run("prediction", iri=due).date_input[0].value == date(2026, 4, 2)


def test_the_card_of_proposed_links_counts_the_claims_that_it_opens(filled: Any) -> None:
    shown = html(run("home"))
    count = re.search(r'href="[^"]*links=proposed[^"]*"[^>]*>\D*?(\d+)', shown)
    assert count and int(count[1]) > 0
    assert f"{count[1]} 件" in str([m.value for m in run("claims", links="proposed").markdown])


def test_a_verdict_without_evidence_says_why_on_its_page(filled: Any) -> None:
    due = claim_iri(tables.current(), "3月末")
    verdicts.verdict(filled, due, "unresolvable", author="佐伯", without="公表されなかった")
    for lang, words in (
        ("ja", "根拠なし。理由：公表されなかった"),
        ("en", "Without evidence, because: 公表されなかった"),
    ):
        assert words in html(run("prediction", lang, iri=due))


def test_a_readers_estimates_are_a_record_of_their_own(filled: Any) -> None:
    claim = claim_iri(tables.current(), "3月末")
    verdicts.estimate(filled, claim, 0.7, author="佐伯")
    verdicts.verdict(filled, claim, "came-true", author="佐伯", without="試験", on=TODAY)
    assert "0.090" not in html(run("record"))
    app = run("record", by="reader")
    assert "佐伯" in html(app) and "0.090 (1)" in html(app)
    app.selectbox(key="calibration-of").set_value("佐伯").run()
    assert not app.exception and "70%" in html(app)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_an_articles_metadata_is_corrected_by_form(filled: Any, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from iibun.batch import jobs

    asked: list[Any] = []
    monkeypatch.setattr(jobs, "submit", lambda sources, *_, **__: asked.extend(sources) or jobs.Job(0, "", "", 0.0))
    article = next(a for a, p in tables.current().articles["publisher"].items() if p == "架空新報")
    app = run("article", lang, iri=article)
    publisher = next(x for x in app.text_input if x.value == "架空新報")
    publisher.set_value("訂正新報")
    next(x for x in app.text_input if x.value == "青葉電機、新工場を稼働へ").set_value("訂正された見出し")
    app.date_input[0].set_value(date(2025, 12, 3))
    next(b for b in app.button if b.label in ("保存", "Save")).click().run()
    assert not app.exception
    row = tables.current().articles.loc[article]
    assert (row["publisher"], row["title"], row["published"]) == ("訂正新報", "訂正された見出し", date(2025, 12, 3))
    assert set(tables.current().claims.loc[lambda f: f["article"] == article, "published"]) == {date(2025, 12, 3)}
    assert asked == [jobs.Stored(article)]
    assert "訂正新報" in str(run("article", lang, iri=article).caption) + html(run("claims", lang))
    assert "訂正された見出し" in downloads.claims_csv(tables.current(), tables.current().claims).decode()
    app = run("article", lang, iri=article)
    assert {"ja": "前の日付のまま", "en": "former one"}[lang] in str([w.value for w in app.warning])
    asked.clear()
    next(b for b in app.button if b.key and b.key.startswith("undo-")).click().run()
    assert tables.current().articles.loc[article, "publisher"] == "架空新報"
    assert asked == [jobs.Stored(article)]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_prediction_says_that_its_article_has_no_date(store: Any, lang: str) -> None:
    from dataclasses import replace

    from kg.model import Prediction
    from kg.rdf import article_iri, quads

    first = pages_store.reports()[1]
    claim = replace(first.claims[1], prediction=Prediction(text="来年", undated=True))
    report = replace(first, article=replace(first.article, published=None), claims=(claim,))
    store.replace(article_iri(report.article), quads(report))
    (iri,) = tables.current().predictions.index
    app = run("prediction", lang, iri=iri)
    said = {
        "ja": "記事の日付がないため、「来年」がいつか分かりません",
        "en": "The article has no date, so “来年” cannot be dated",
    }[lang]
    assert said in app.warning[0].value.replace("\\", "")
    for name in ("prediction", "predictions"):
        shown = html(run(name, lang, **({"iri": iri} if name == "prediction" else {"view": "board"})))
        assert {"ja": "（記事の日付なし）", "en": "the article has no date"}[lang] in shown, name
        assert {"ja": "期限なし", "en": "No due date"}[lang] not in shown
    assert "来年" in str([w.value for w in run("article", lang, iri=article_iri(report.article)).warning])


def test_entity_page_each_section(filled: Any) -> None:
    data = tables.current()
    aoba = next(i for i, n in zip(data.entities.index, data.entities["label"], strict=True) if n == "青葉電機")
    for section in ("claims", "record", "figures", "relations", "names"):
        for one in data.entities.index:
            assert not run("entity", iri=one, section=section).exception, section
    assert "社長" in html(run("entity", iri=aoba, section="relations"))


def test_merged_entity_is_one(filled: Any) -> None:
    data = tables.current()
    by_name = {n: i for i, n in zip(data.entities.index, data.entities["label"], strict=True)}
    merges.merge(filled, [by_name["青葉電機"], by_name["東雲証券"]], into=by_name["青葉電機"], author="test")
    after = tables.current()
    assert by_name["東雲証券"] not in after.entities.index
    assert by_name["青葉電機"] in after.claims.loc[claim_iri(after, "300億円"), "sources"]
    assert not run("entity", iri=by_name["東雲証券"]).exception


def test_corrections_replace_what_was_read(filled: Any) -> None:
    claim = claim_iri(tables.current(), "300億円")
    judgements.judge(filled, claim, "edit", author="test", changes={"modality": "possible", "sources": []})
    row = tables.current().claims.loc[claim]
    assert (row["modality"], row["sources"], row["review"]) == ("possible", (), "corrected")


def test_downloads(filled: Any) -> None:
    import csv
    import io

    import rdflib

    data = tables.current()
    rows = list(csv.DictReader(io.StringIO(downloads.claims_csv(data, data.claims).decode("utf-8-sig"))))
    assert len(rows) == 5
    assert {r["source"] for r in rows} >= {"三条望", "東雲証券"}
    one = [claim_iri(data, "200億円")]
    graph = rdflib.Graph().parse(data=downloads.claims_rdf(one, "ttl"), format="turtle")
    assert (rdflib.URIRef(one[0]), rdflib.RDF.type, rdflib.URIRef("https://schema.org/Claim")) in graph
    assert len(rdflib.Graph().parse(data=downloads.claims_rdf(one, "jsonld"), format="json-ld")) == len(graph)


def test_a_download_of_many_claims_has_them_all(filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyoxigraph as ox

    monkeypatch.setattr(downloads, "PART", 2)
    claims = list(tables.current().claims.index)
    every = set(ox.parse(downloads.claims_rdf(claims, "ttl"), format=ox.RdfFormat.TURTLE))
    each = [set(ox.parse(downloads.claims_rdf([claim], "ttl"), format=ox.RdfFormat.TURTLE)) for claim in claims]
    assert len(each) == 5
    assert every == set().union(*each)


def test_export_and_import_again(filled: Any, tmp_path: Path) -> None:
    import kg.store
    from iibun.web import answers
    from iibun.web.pages import inout
    from kg.merging import MergeError

    judgements.judge(filled, claim_iri(tables.current(), "200億円"), "reject", author="test")
    content, before = inout.rdf("trig"), tables.current()
    with kg.store.open(tmp_path / "other") as other:
        answers.use_store(other)
        inout.load("x.trig", content)
        after = tables.current()
        assert list(after.claims.index) == list(before.claims.index)
        assert set(after.claims["review"].dropna()) == {"rejected"}
        with pytest.raises(MergeError):
            inout.load("x.trig", b"<a> <b")
        with pytest.raises(MergeError):
            inout.load("x.nq", b"<urn:a> <urn:b> <urn:c> .\n")
        answers.use_store(filled)


def test_formula_is_no_formula() -> None:
    assert downloads.cell("=HYPERLINK(1)").startswith("'")


def test_direction_controls_become_visible() -> None:
    assert "\u202e" not in cards.esc("a\u202eb")


def test_the_record_is_counted_over_the_tables_as_tracking_counts_it_over_the_store(filled: Any) -> None:
    from iibun.web.pages import record
    from kg.tracking import scores

    iri = tables.current().predictions.index
    verdicts.verdict(filled, iri[0], "came-true", author="佐伯", without="試験", on=date(2026, 3, 1))
    verdicts.estimate(filled, iri[1], 0.7, author="佐伯")
    rows = predicted.rows(filled, tables.current(), TODAY)
    for by in (*record.BY, "all"):
        assert scores.scores(filled, by, on=TODAY, rows=rows) == scores.scores(filled, by, on=TODAY), by
    assert scores.calibration(filled, on=TODAY, rows=rows) == scores.calibration(filled, on=TODAY)


@pytest.mark.parametrize("name", ["claims", "predictions", "entities"])
def test_a_page_of_a_long_list_is_in_the_address(filled: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    for module in ("claims", "timeline", "entities"):
        for size in ("PER_PAGE", "TIMELINE_ROWS"):
            monkeypatch.setattr(importlib.import_module(f"iibun.web.pages.{module}"), size, 1, raising=False)
    app = run(name, page="2")
    assert not app.exception
    assert app.query_params["page"] in ("2", ["2"])


def test_a_verdict_counts_whether_or_not_other_claims_are_reviewed(filled: Any) -> None:
    first, second = tables.current().predictions.index[:2]
    judgements.judge(filled, first, "accept", author="佐伯")
    verdicts.verdict(filled, second, "did-not", author="佐伯", without="試験")
    claims = tables.current().claims
    assert (claims.at[first, "review"], claims.at[second, "verdict"]) == ("accepted", "did-not")
    assert claims.at[second, "state"] == "settled"


def test_a_search_finds_what_people_made_of_it(filled: Any) -> None:
    """A corrected title, not the old one; a merged name under the one it was merged into; what is read aloud."""
    data = tables.current()

    def found(words: str, kind: str = "entity") -> list[str]:
        return [e.key for e in tables.current().search(words).of(kind)]

    claim = found("投資額は200億円", "claim")[0]
    judgements.judge(filled, claim, "edit", author="佐伯", changes={"title": "建屋への支出"})
    assert found("建屋への支出", "claim") == [claim]
    securities, electric = found("東雲証券")[0], found("青葉電機")[0]
    merges.merge(filled, [electric, securities], into=electric, author="佐伯")
    assert found("東雲証券") == [electric]
    judgements.judge(filled, claim, "reject", author="佐伯")
    assert found("建屋への支出", "claim") == []
    assert found("さんじょう") == found("sanjou") == found("sanjo") == found("三条望")
    assert electric in found("あおば")
    assert data is not tables.current()


def test_articles_by_what_is_left_to_review(filled: Any) -> None:
    from iibun.web.pages import articles

    def found(show: str) -> set[str]:
        return set(articles.matching(tables.current(), "", None, show, "newest").index)

    before = tables.current()
    every = set(before.articles.index)
    assert found("unreviewed") == every
    one = before.claims["article"].iloc[0]
    for claim in before.claims.index[before.claims["article"] == one]:
        judgements.judge(filled, claim, "accept", author="佐伯")
    assert found("reviewed") == {one}
    assert found("unreviewed") == every - {one}
    assert found("predictions") == set(before.predictions["article"])


@pytest.mark.parametrize(("lang", "between"), [("ja", "、"), ("en", ", ")])
def test_several_sources_are_joined_as_the_reader_writes(filled: Any, lang: str, between: str) -> None:
    data = tables.current()
    both = [data.entities.index[data.entities["label"] == label][0] for label in ("三条望", "東雲証券")]
    judgements.judge(filled, claim_iri(data, "200億円"), "edit", author="佐伯", changes={"sources": both})
    names = tables.current().who(tables.current().claims.loc[claim_iri(data, "200億円")]).split("、")
    assert set(names) == {"三条望", "東雲証券"}
    assert f"<td>{between.join(names)}</td>" in html(run("pairs", lang))


def test_predictions_without_a_date_are_all_listed(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have a lane of their own, a page at a time."""
    from iibun.web.pages import timeline

    monkeypatch.setattr(timeline, "TIMELINE_ROWS", 1)
    text = "青葉電機は値上げすると述べた。青葉電機は増産すると述べた。"
    claims = tuple(
        Claim(f"c{n}", Extent(at, at + len(words)), prediction=Prediction(None), title=words)
        for n, words in enumerate(("値上げする", "増産する")) for at in [text.index(words)]
    )  # fmt: skip
    made = Report(Article(text, "題"), claims=claims)
    store.replace(article_iri(made.article), quads(made))
    shown = [html(run("predictions", page=str(n))) for n in (1, 2)]
    assert [sum(words in page for words in ("値上げする", "増産する")) for page in shown] == [1, 1]
    assert ("値上げする" in shown[0]) != ("値上げする" in shown[1])


def test_links_from_before_a_merge_find_what_they_found(filled: Any) -> None:
    by_name = {label: iri for iri, label in tables.current().entities["label"].items()}
    gone, into = by_name["東雲証券"], by_name["青葉電機"]
    article = tables.current().claims.loc[claim_iri(tables.current(), "300億円"), "article"]
    merges.merge(filled, [into, gone], into=into, author="佐伯")
    for page in ("claims", "predictions"):
        shown = [[m.value for m in run(page, source=iri).markdown] for iri in (gone, into)]
        assert shown[0] == shown[1] and "**0 件**" not in shown[0]
    app = run("graph", entity=gone)
    assert not app.warning and app.selectbox(key="graph-entity").value == into
    assert not run("graph", article=article).exception
