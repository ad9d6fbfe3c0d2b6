"""Every number that a page shows is the number of rows that it opens: on a hundred articles with repeated names."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

import kg.store
from iibun.web import address, tables
from kg import queries
from kg.store import Store
from kg.tracking import judgements, scores, verdicts
from kg.tracking import links as links_of
from kg.vocab import CURRENT_GRAPH
from tests import hundred

pytest.importorskip("streamlit")
from iibun.web.pages import pairs
from tests import counting
from tests.counting import NUMBER, links, listed, opened
from tests.pages import html, run

filled, data = counting.filled, counting.data


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "1"}])
@pytest.mark.parametrize("by", ["source", "organization", "topic", "modality", "horizon", "period", "reader"])
def test_links_of_the_record(by: str, confirmed: dict[str, str]) -> None:
    app = run("record", by=by, **confirmed)
    found = links(html(app))
    assert len(found) >= 3
    assert switched(app) == len(listed("predictions", {"confirmed": ["1"]}))
    assert {target: len(opened(target)) for target, _ in found} == dict(found)


@pytest.mark.parametrize("page", ["home", "entities"])
def test_links_with_a_number_open_so_many(page: str) -> None:
    found = links(html(run(page)))
    assert len(found) > 10
    assert {target: len(opened(target)) for target, _ in found} == dict(found)


def switched(app: Any) -> int:
    """How many rows the switch says that it leaves."""
    (switch,) = (s for s in app.toggle if s.key == "address-confirmed")
    return int(NUMBER.findall(switch.label)[-1].replace(",", ""))


def options(app: Any, name: str) -> dict[str, int]:
    """The options of a widget, with the number that each says."""
    widgets = [w for kind in ("button_group", "multiselect", "selectbox") for w in app.get(kind)]
    widget = next(w for w in widgets if w.key == f"address-{name}")
    words = [getattr(o, "content", o) for o in widget.options]
    return {w: int(m[-1].replace(",", "")) for w in words if (m := NUMBER.findall(w))}


FACETS = ("modality", "source", "about", "polarity", "review", "links", "article", "kind")


@pytest.mark.parametrize(
    "params",
    [{}, {"review": "rejected"}, {"modality": "probable"}, {"q": "葵"}, {"links": "opposing"}, {"confirmed": "1"}],
)
def test_each_option_of_a_facet_opens_so_many_claims(
    data: tables.Tables, params: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each facet, with the others as they are: chosen alone, an option lists as many claims as it says."""
    from iibun.web.pages import claims

    there = {k: [v] for k, v in params.items()}
    for facet in FACETS:
        said: dict[str, int] = {}

        def note(label: str, choices: list[str], said: dict[str, int] = said, **more: Any) -> list[str]:
            said |= {c: int(NUMBER.findall(more["format_func"](c))[-1].replace(",", "")) for c in choices}
            return []

        with monkeypatch.context() as patch:
            patch.setattr(address, "one", lambda name, default="": there.get(name, [default])[0])
            patch.setattr(address, "many", lambda name: there.get(name, []))
            patch.setattr(address, "key", lambda name, **_: name)
            for widget in ("pills", "multiselect", "selectbox"):
                patch.setattr(claims.st, widget, note)
            if facet == "modality":
                patch.setattr(claims.st, "text_input", lambda *_, **__: None)
                patch.setattr(claims.st, "expander", lambda *_, **__: type("Box", (), {"open": False}))
                patch.setattr(claims, "_active", lambda *_: "")
                patch.setattr(claims.cards, "show", lambda *_: None)
                claims._filters(data)
            else:
                claims._facet(data, data.claims, facet)
        assert said, facet
        listed_now = {choice: len(listed("claims", there | {facet: [choice]})) for choice in said}
        assert listed_now == said, facet


def test_a_claim_says_how_many_links_its_page_lists(data: tables.Tables, filled: Store) -> None:
    """Also while the claim at the other end is rejected."""
    some = next(x for x in links_of.proposals(filled, limit=None) if x.type in tables.AGREEING + tables.OPPOSING)
    rejection = judgements.judge(filled, some.earlier.claim, "reject", author="佐伯")
    try:
        now = tables.current()
        assert some.later.claim in now.claims.index
        for iri, row in now.claims.iterrows():
            if row["review"] != "rejected":
                found = Counter(x.type for x in links_of.proposals(filled, claim=str(iri), limit=None))
                assert row["agreeing"] == sum(found[kind] for kind in tables.AGREEING)
                assert row["opposing"] == sum(found[kind] for kind in tables.OPPOSING)
        assert some.iri not in set(pairs.waiting(now)["link"]), "nothing is left to decide on it"
    finally:
        judgements.undo(filled, rejection, author="佐伯")


@pytest.mark.parametrize(
    "params",
    [{}, {"q": "葵"}, {"state": "overdue"}, {"due": "year"}, {"counted": "1"}, {"source": "most"}, {"confirmed": "1"}],
)
def test_each_option_of_a_facet_opens_so_many_predictions(data: tables.Tables, params: dict[str, str]) -> None:
    from iibun.i18n import t

    if "source" in params:
        params = {"source": str(data.entities.index[0])}
    app = run("predictions", **params)
    there = {k: [v] for k, v in params.items()}
    n = len(listed("predictions", there))
    assert any(m.value == f"**{n:,} 件**" for m in app.markdown)
    assert switched(app) == len(listed("predictions", there | {"confirmed": ["1"]}))
    states = options(app, "state")
    for state in ("overdue", "due-soon", "open", "settled"):
        words = next(w for w in states if w.startswith(t(f"predictions.state-{state}")))
        assert states[words] == len(listed("predictions", there | {"state": [state]})), state
    sources = options(app, "source")
    by_words = Counter(data.label(e) for e in data.entities.index)
    for iri in data.entities.index:
        words = [w for w in sources if w.rpartition(" (")[0] == data.label(iri)]
        if by_words[data.label(iri)] == 1 and words:
            assert sources[words[0]] == len(listed("predictions", there | {"source": [iri]}))


@pytest.mark.parametrize("params", [{}, {"modality": "intended"}, {"source": "narrator"}, {"confirmed": "1"}])
def test_the_switch_leaves_so_many_claims(data: tables.Tables, params: dict[str, str]) -> None:
    """All of them, and no others, are confirmed by a person."""
    app = run("claims", **params)
    there = {k: [v] for k, v in params.items()}
    kept = listed("claims", there | {"confirmed": ["1"]})
    assert switched(app) == len(kept)
    assert set(data.claims.loc[kept, "review"]) <= {"accepted", "corrected", "added"}
    app.toggle(key="address-confirmed").set_value("confirmed" not in params).run()
    shown = len(
        listed("claims", {k: v for k, v in there.items() if k != "confirmed"}) if "confirmed" in params else kept
    )
    assert any(m.value == f"**{shown:,} 件**" for m in app.markdown)


@pytest.mark.parametrize("query", ["葵", "水野 動かす", "億円", "青葉電機 止める", "aoba", "第7工場", "久世亮"])
def test_links_of_a_search_open_what_they_count(query: str) -> None:
    found = links(
        html(run("home", q=query))
        .partition('<section class="ib-found" aria-live="polite">')[2]
        .partition("</section>")[0]
    )
    assert found
    assert {target: len(opened(target)) for target, _ in found} == dict(found)


@pytest.mark.parametrize("query", ["", "葵", "水野"])
def test_types_of_the_entities(query: str) -> None:
    from iibun.i18n import label
    from kg.model import ENTITY_TYPES

    app = run("entities", **({"q": query} if query else {}))
    said = options(app, "type")
    for kind in ENTITY_TYPES:
        words = next(w for w in said if w.startswith(label("type", kind)))
        assert said[words] == len(listed("entities", {"q": [query], "type": [kind]})), kind
    n = len(listed("entities", {"q": [query]}))
    assert any(m.value == f"**{n:,} 件**" for m in app.markdown)


def test_rows_of_articles_say_what_they_hold(data: tables.Tables) -> None:
    for iri, row in data.articles.iterrows():
        of = {"article": [str(iri)]}
        assert row["claims"] == len(listed("claims", of))
        assert data.predicted.get(iri, 0) == len(listed("claims", of | {"kind": ["prediction"]}))
        assert data.unreviewed.get(iri, 0) == len(listed("claims", of | {"review": ["unreviewed"]}))


def test_groups_of_the_record_hold_what_they_say(data: tables.Tables, filled: Store) -> None:
    """As the page counts it, as ``iibun score`` does, and as the lists of predictions have it."""
    from iibun.web.pages import record

    every = scores.scores(filled, "all", on=hundred.TODAY)[0]
    assert every == scores.scores(filled, "all", on=hundred.TODAY, rows=record.prediction_rows())[0]
    assert every.n + every.early + every.ambiguous + every.annulled + every.unresolvable == len(
        listed("predictions", {"state": ["settled"]})
    )
    assert every.n == every.hits + every.partly + sum(
        data.predictions.loc[iri, "verdict"] == "did-not" for iri in listed("predictions", {"counted": ["1"]})
    )
    for by in ("modality", "horizon", "period"):
        groups = scores.scores(filled, by, on=hundred.TODAY, rows=record.prediction_rows())
        assert sum(s.n for s in groups) == every.n
        assert sum(s.open + s.overdue for s in groups) == every.open + every.overdue
    counted = data.claims.loc[listed("predictions", {"counted": ["1"]})]
    for s in record.scores("topic"):
        assert s.n == sum(s.key in topics for topics in counted["topics"]), s.label
    for s in record.scores("source"):
        if s.key.startswith("urn:"):
            assert s.overdue == len(listed("predictions", {"source": [s.key], "state": ["overdue"]})), s.label
            assert s.n == len(listed("predictions", {"source": [s.key], "counted": ["1"]})), s.label
    for state in verdicts.STATES:
        rows = verdicts.predictions(filled, on=hundred.TODAY, state=state, limit=None)
        assert sorted(r.claim.iri for r in rows) == sorted(listed("predictions", {"state": [state]})), state


def test_calibration_counts_the_predictions_that_have_a_probability(data: tables.Tables, filled: Store) -> None:
    from iibun.web.pages import record

    bins = scores.calibration(filled, on=hundred.TODAY, rows=record.prediction_rows(), reader="鈴木")
    assert bins and sum(b.n for b in bins) == len(listed("predictions", {"counted": ["1"]}))


def test_status_and_the_queries_that_count(
    data: tables.Tables, filled: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from iibun.cli.main import main

    with monkeypatch.context() as patch:
        patch.setattr(kg.store, "open", lambda *_, **__: _Kept(filled))
        assert main(["status", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    asked = queries.ask(filled, "counts")[0]
    assert {k: said[k] for k in asked} == asked
    assert (asked["articles"], asked["claims"], asked["predictions"]) == (
        len(listed("articles", {})), len(listed("claims", {})), len(listed("predictions", {})),
    )  # fmt: skip
    assert (
        asked["claims"]
        == len(queries.ask(filled, "claims", limit=10_000))
        == queries.ask(filled, "claims_count")[0]["n"]
    )
    assert asked["predictions"] == len(queries.ask(filled, "predictions", limit=10_000))
    assert asked["predictions"] == queries.ask(filled, "predictions_count")[0]["n"]
    assert asked["mentions"] == data.entities["mentions"].sum()
    assert asked["relations"] == sum(n for *_, n in data.relations)
    assert asked["verdicts"] == int(data.claims["verdict"].notna().sum())
    kinds = {r["type"]: r["n"] for r in queries.ask(filled, "entity_counts")}
    assert kinds == dict(Counter(data.entities["type"]))
    for r in queries.ask(filled, "publishers"):
        assert r["articles"] == len(listed("articles", {"publisher": [r["publisher"]]}))
        assert r["articles"] == len(queries.ask(filled, "articles", publisher=r["publisher"], limit=1000))
    for r in queries.ask(filled, "topics"):
        assert r["n"] == queries.ask(filled, "claims_count", topic=r["topic"])[0]["n"], r
    for r in queries.ask(filled, "claims_by_source", limit=1000):
        assert r["claims"] == len(listed("claims", {"source": [r["source"]]})), r
        assert r["predictions"] == len(listed("predictions", {"source": [r["source"]]})), r
    for r in queries.ask(filled, "entities", limit=1000):
        assert r["mentions"] == data.entities.loc[r["entity"], "mentions"], r
    for r in queries.ask(filled, "articles", limit=1000):
        assert r["claims"] == data.articles.loc[r["article"], "claims"], r
        assert r["predictions"] == data.predicted.get(r["article"], 0), r
    assert len(queries.ask(filled, "articles", limit=1000)) == asked["articles"]


class _Kept:
    """A store that outlives the command that opens it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __enter__(self) -> Store:
        return self.store

    def __exit__(self, *_: object) -> None:
        return None


def test_what_an_article_holds_is_what_its_page_shows(data: tables.Tables, filled: Store) -> None:
    from iibun.web.article_view import contents, reading

    def ask(name: str, **bindings: Any) -> list[dict[str, Any]]:
        return queries.ask(filled, name, **bindings)

    for iri in data.articles.index:
        known = contents(ask, iri, {})
        shown = reading(ask, iri, {}, known=known)
        claims = listed("claims", {"article": [iri]}) + listed("claims", {"article": [iri], "review": ["rejected"]})
        assert sorted(p.iri for p in known.outline) == sorted(claims) == sorted(c.iri for c in shown.cards)
        assert known.counts.get("claim", 0) == len(shown.cards)
        assert known.counts.get("relation", 0) == len(shown.relations)
        assert known.counts.get("mention", 0) == sum(
            r["mentions"] for g in (iri, CURRENT_GRAPH) for r in ask("table_mentions", graph=g) if g == iri
        ) + sum(r["mentions"] for r in ask("table_judged_mentions") if r["article"] == iri and not r["was"])


def test_the_network_draws_what_it_says(data: tables.Tables) -> None:
    from iibun.web.network import Filter, network

    net = network(data)
    assert all(node.mentions == data.entities.loc[iri, "mentions"] for iri, node in net.nodes.items())
    drawn = net.overview(Filter(countries=False), most=40)
    words = [int(n.replace(",", "")) for c in run("graph").caption for n in NUMBER.findall(c.value)]
    assert words[:2] == [len(drawn.nodes), len(drawn.edges)]
