"""The pages' logic without a browser: every page over the samples' graph, an empty store, and hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from iibun.web import address, answers, article_view, asking, cards, layout, markdown, network, sitemap, tables
from iibun.web.script import __file__ as script_package
from kg import queries
from kg import store as stores
from kg.model import Article, Claim, Entity, Extent, Figure, Interval, Mention, Prediction, Relation, Report
from kg.rdf import article_iri, quads
from kg.tracking.verdicts import verdict
from tests.streamlit_log import no_warning  # noqa: F401

SCRIPT = str(Path(script_package).parent / "page.py")
EVIL = "<script>alert(1)</script>[x](javascript:alert(1)) $a$ :material/home: \u202e"
TEXT = f"青葉電機の森川社長は、2027年までに新工場を稼働させると述べた。{EVIL}青葉電機は北辰海運に出資する。"


def report() -> Report:
    def at(words: str, nth: int = 0) -> Extent:
        start = -1
        for _ in range(nth + 1):
            start = TEXT.index(words, start + 1)
        return Extent(start, start + len(words))

    return Report(
        article=Article(TEXT, title=EVIL, published=date(2025, 11, 3), publisher=EVIL),
        entities=(
            Entity("e1", "Organization", "青葉電機"), Entity("e2", "Person", "森川<b>"), Entity("e3", "Organization", "北辰海運"),
        ),
        mentions=(
            Mention(at("青葉電機"), "e1"), Mention(at("森川"), "e2"), Mention(at("青葉電機", 1), "e1"), Mention(at("北辰海運"), "e3"),
        ),
        figures=(Figure(at("2027年"), "count", 2027, "年"),),
        relations=(Relation("e1", "investsIn", "e3", at("青葉電機は北辰海運に出資する。")),),
        claims=(
            Claim(
                "c1", at("2027年までに新工場を稼働させる"), sources=("e2",), cue=at("と述べた"), modality="intended",
                about=("e1",), prediction=Prediction(due=Interval(None, date(2027, 12, 31)), text="2027年までに", criterion="稼働したか"),
                title=EVIL, confidence=0.8, reasons=("cue と述べた",),
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def store() -> Iterator[Any]:
    opened = stores.memory()
    r = report()
    opened.replace(article_iri(r.article), quads(r))
    answers.use_store(opened)
    yield opened
    answers.use_store(None)


@pytest.fixture
def empty() -> Iterator[Any]:
    answers.use_store(stores.memory())
    yield
    answers.use_store(None)


def run(page: str, *, state: dict[str, Any] | None = None, **params: str) -> Any:
    from streamlit.testing.v1 import AppTest

    def script(name: str) -> None:
        import importlib

        import streamlit as st

        from iibun.web.navigation import _page
        from iibun.web.sitemap import PAGES

        st.session_state["_pages"] = {e.name: _page(e, default=e.name == "home") for e in PAGES}
        st.navigation(list(st.session_state["_pages"].values()), position="hidden")
        importlib.import_module(f"iibun.web.pages.{name}").show()

    app = AppTest.from_function(script, args=(page,), default_timeout=30)
    for key, value in params.items():
        app.query_params[key] = value
    for key, value in (state or {}).items():
        app.session_state[key] = value
    return app.run()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("page", [p.name for p in sitemap.PAGES if p.section])
def test_every_page_shows_with_an_article(store: Any, page: str, lang: str) -> None:
    app = run(page, lang=lang)
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]


@pytest.mark.parametrize("page", [p.name for p in sitemap.PAGES if p.section])
def test_every_page_shows_an_empty_store(empty: None, page: str) -> None:
    app = run(page)
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]


@pytest.mark.parametrize("page", [p.name for p in sitemap.PAGES if p.section])
def test_an_address_with_choices_that_there_are_not(store: Any, page: str) -> None:
    names = [
        "order", "view", "type", "types", "show", "section", "by", "due", "kind", "source", "modality", "most", "to", "text",
    ]  # fmt: skip
    app = run(page, **dict.fromkeys(names, "newest of all"))
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 12, "0", "²", "٣", "-1"])
@pytest.mark.parametrize(("page", "name"), [("claims", "page"), ("inout", "at"), ("article", "part")])
def test_a_number_in_an_address_may_be_any(store: Any, page: str, name: str, number: str) -> None:
    more = (
        {"iri": article_iri(report().article)} if page == "article" else {"section": "log"} if page == "inout" else {}
    )
    app = run(page, state=None, **more) if name == "page" else run(page, **more, **{name: number})
    if name == "page":
        app.query_params["page"] = number
        app.run()
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]


def test_a_link_to_predictions_shows_no_other_claims(store: Any) -> None:
    assert "kind=prediction" in cards.link("claims", "5", modality="intended", kind="prediction")
    app = run("claims", kind="prediction", polarity="affirmed", text="x")
    assert not app.exception, app.exception
    shown = "".join(e.proto.body for e in app.get("html"))
    assert "kind=prediction&amp;text=x" in shown, "what takes off the other filter keeps it"


def test_reading_view_shows_the_article(store: Any) -> None:
    app = run("article", iri=article_iri(report().article))
    assert not app.exception, app.exception


def test_the_outcome_of_an_upload_tells_all_that_was_left_out(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from iibun.batch import jobs

    job = jobs.Job(1, "青木", "記事.zip", 0.0, state="done", total=30, done=30, finished=1.0)
    job.failures += [f"記事.zip!/{n}.txt is protected by a password." for n in range(25)]
    job.skipped, job.passed_over = 7, ["記事.zip holds files of kinds that are not read (7): a.png."]
    job.results.append(jobs.Result("urn:a", "題", 1, 0, 1, 0, 0, "new", dropped=("claim: outside",)))
    monkeypatch.setattr(jobs, "job", lambda id: job)
    monkeypatch.setattr(jobs, "jobs", lambda: [job])
    app = run("articles")
    assert len(app.error) == 25 and "パスワード" in app.error[0].value
    assert any("（7）" in e.label for e in app.expander) and any("（1）" in e.label for e in app.expander)
    assert any("記事.zip には読まない種類のファイルが 7 件" in x.value for x in app.text)
    app = run("inout", section="jobs")
    assert len(app.warning) == 21 and "5" in app.warning[-1].value  # those beyond the first twenty are counted
    assert any("（7）" in e.label for e in app.expander)


def test_a_view_of_the_page_before_is_none_of_this_one(store: Any) -> None:
    """Who goes on before a page is shown whole takes along what was chosen there."""
    app = run("predictions", state={address._key("view"): "list", f"{address._key('view')}#url": []})
    assert not app.exception and not app.error, app.exception


def test_a_form_that_is_sent_twice_at_once_counts_once() -> None:
    from streamlit.testing.v1 import AppTest

    def script() -> None:
        import streamlit as st

        from iibun.web.pages import claim_detail, decisions

        made = st.session_state.setdefault("made", [])
        if st.button("send", on_click=decisions.saw, args=("urn:x:c", "")):  # shown when nobody had decided
            claim_detail.act(made.append, st.session_state.get("said-now", "did"), thing="urn:x:c", words="w")

    with stores.memory() as opened:
        answers.use_store(opened)
        app = AppTest.from_function(script).run()
        for _ in range(2):
            app.button[0].click().run()
        assert not app.exception and app.session_state["made"] == ["did"]
        app.session_state["said-now"] = "did not"
        app.button[0].click().run()
        assert app.session_state["made"] == ["did", "did not"], "something else is no second press"
        answers.use_store(None)


def test_reading_gathers_everything(store: Any) -> None:
    found = article_view.reading(lambda n, **b: queries.ask(store, n, **b), article_iri(report().article))
    (card,) = found.cards
    assert found.text[card.start : card.end] == "2027年までに新工場を稼働させる"
    assert card.prediction
    assert card.due_end == date(2027, 12, 31)
    assert [s.label for s in card.sources] == ["森川<b>"]
    assert ("cue", *_place("と述べた")) in card.parts
    assert card.reasons == ("cue と述べた",)
    assert len(found.mentions) == 4
    assert [r["predicate"].rpartition("#")[2] for r in found.relations] == ["investsIn"]


def test_reading_names_what_is_missing(store: Any) -> None:
    with pytest.raises(article_view.NoArticle, match="urn:x"):
        article_view.reading(lambda n, **b: queries.ask(store, n, **b), "urn:x")


def _place(words: str) -> tuple[int, int]:
    start = TEXT.index(words)
    return start, start + len(words)


def test_network_from_the_store(store: Any) -> None:
    net = network.network(tables.tables(lambda n, **b: queries.ask(store, n, **b)))
    by_name = {n.label: n.iri for n in net.nodes.values()}
    assert {e.predicate for e in net.edges} == {"investsIn", network.ABOUT}
    path = net.path(by_name["森川<b>"], by_name["北辰海運"])
    assert [e.predicate for e in path] == [network.ABOUT, "investsIn"]
    part = net.around([by_name["青葉電機"]], each=1)
    assert part.left_out == {by_name["青葉電機"]: 1}
    assert b"graphml" in network.graphml(net.overview())
    assert not net.around([by_name["青葉電機"]], network.Filter(types=frozenset({"Place"}))).edges
    assert net.span == (date(2025, 11, 3), date(2025, 11, 3))
    assert not net.within(date(2026, 1, 1), None).edges
    assert len(net.within(date(2025, 1, 1), date(2025, 12, 31)).edges) == len(net.edges)


def test_a_time_keeps_what_its_articles_state_and_counts_it() -> None:
    nodes = {n: network.Node(n, n, "Organization", 1) for n in "abc"}
    days = {date(2024, 5, 1): 2, date(2026, 5, 1): 1}
    net = network.Network(nodes, [network.Edge("a", "uses", "b", 4, days), network.Edge("b", "uses", "c", 1)])
    now = net.within(date(2026, 1, 1), None)
    assert [(e.id, e.count, e.first) for e in now.edges] == [("a uses b", 1, date(2026, 5, 1))]
    assert net.within(None, date(2025, 1, 1)).edges[0].count == 2
    assert net.within(None, None) is net


@pytest.mark.parametrize("count", [1, 2, 3, 40, 120, 1000])
def test_where_nodes_are_drawn(count: int) -> None:
    """Each has a place, the same each time; up to 300 no name covers another."""
    nodes = [{"id": str(i), "label": f"株式会社{i}", "degree": i % 9} for i in range(count)]
    edges = [{"source": str(i), "target": str((i * 7) % max(1, count - 3))} for i in range(0, count, 2)]
    at = layout.drawn(nodes, edges)
    assert set(at) == {n["id"] for n in nodes}
    layout.places.cache_clear()
    layout._roughly.cache_clear()
    assert layout.drawn(nodes, edges) == at
    if count <= layout.SMALL:
        spots = list(at.values())
        assert not [
            1 for i, a in enumerate(spots) for b in spots[:i] if abs(a[0] - b[0]) < 60 and abs(a[1] - b[1]) < 30
        ]


def test_a_query_is_answered_as_rows_or_triples(store: Any) -> None:
    rows = asking.run(store, "SELECT ?c ?due { ?c a iib:Prediction ; iib:dueEnd ?due }")
    assert isinstance(rows, asking.Rows)
    assert rows.rows[0][1] is not None
    assert rows.rows[0][1].value == "2027-12-31"
    assert rows.csv().decode("utf-8-sig").splitlines()[0] == "c,due"
    assert b'"vars"' in rows.json()
    triples = asking.run(store, "CONSTRUCT { ?s iib:investsIn ?o } { ?s iib:investsIn ?o }")
    assert isinstance(triples, asking.Triples)
    nodes, edges, left = asking.as_graph(triples, {})
    assert (len(nodes), len(edges), left) == (2, 1, 0)
    answer = asking.run(store, "ASK { ?c a iib:Prediction }")
    assert isinstance(answer, asking.Rows)
    assert answer.rows[0][0] == asking.Cell("literal", "true", "http://www.w3.org/2001/XMLSchema#boolean")


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("SELECT * WHERE { ?s ?p }", 1),
        ("SELECT *\nWHERE { ?s ?p ?o }\nLIMIT x", 3),
        ("", None),
        ("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", None),
    ],
)
def test_a_wrong_query_is_one_sentence_with_its_place(store: Any, query: str, line: int | None) -> None:
    answer = asking.run(store, query)
    assert isinstance(answer, asking.Mistake)
    assert answer.line == line
    assert "Traceback" not in answer.message


def test_links_keep_to_our_pages() -> None:
    assert sitemap.href("sparql", q="a b") == "/query?q=a+b"
    assert sitemap.href("home") == "/"
    assert sitemap.iri_href("urn:iibun:entity:Q2283") == "/entity?iri=urn%3Aiibun%3Aentity%3AQ2283"
    assert sitemap.iri_href("https://schema.org/Claim") is None


@pytest.mark.parametrize("text", [EVIL, "**a**", "[a](b)", "$x$", ":red[x]", "# a", "1. a", "a_b_c", "`c`", "~~d~~"])
def test_plain_text_carries_no_markup(text: str) -> None:
    shown = markdown.plain(text)
    assert "](" not in shown
    assert not shown.startswith(("#", "-", "*"))
    for mark in "*_`$[]<>":
        assert mark not in shown.replace(f"\\{mark}", "")


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1600, 1, 1), date(3000, 1, 1), date(9999, 12, 31)])
def test_a_date_of_any_year_can_be_corrected(day: date) -> None:
    """What an article says may be far from what a form offers."""
    with stores.memory() as made:
        made.replace(
            article_iri(report().article), quads(replace(report(), article=replace(report().article, published=day)))
        )
        answers.use_store(made)
        app = run("article", iri=article_iri(report().article))
        assert not app.exception, app.exception
        assert day in [d.value for d in app.date_input]
        answers.use_store(None)


def test_an_old_day_can_be_given(empty: None) -> None:
    app = run("articles")
    assert {d.min.year for d in app.date_input} == {1868}


def test_a_verdict_of_a_day_to_come_can_be_revised(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that was ahead when the verdict was given, and was set back."""
    claim = queries.ask(store, "predictions")[0]["claim"]
    verdict(store, claim, "came-true", author="x", without="x")
    monkeypatch.setattr(tables, "today", lambda: date(2020, 1, 5))
    app = run("prediction", iri=claim)
    assert not app.exception, app.exception
    assert [d.value for d in app.date_input] == [date(2020, 1, 5)]
