"""The network: lines that stand for several edges, countries, what is doubtful and what people confirmed."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from iibun.web.network import ABOUT, Edge, Filter, Network, Node, Part, network

DAY = date(2026, 1, 5)


def node(iri: str, *, country: bool = False) -> Node:
    return Node(iri, iri.upper(), "Place" if country else "Organization", 1, country)


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([Edge("a", "acquires", "b", 2)], [("a b", "a", 2, ["acquires"], True, False, False)]),
        (  # both directions and several kinds are one line, from the subject of the relation that is stated most
            [Edge("a", ABOUT, "b", 9), Edge("b", "uses", "a", 1), Edge("b", "acquires", "a", 3), Edge("a", "uses", "b", 1)],
            [("a b", "b", 14, ["acquires", "uses"], True, True, False)],
        ),
        ([Edge("b", ABOUT, "a", 1), Edge("a", ABOUT, "b", 4)], [("a b", "a", 5, [], True, True, True)]),
        ([Edge("a", "partnersWith", "b", 1)], [("a b", "a", 1, ["partnersWith"], False, False, False)]),
        (
            [Edge("a", "uses", "b", 1), Edge("c", "uses", "b", 1)],
            [("a b", "a", 1, ["uses"], True, False, False), ("b c", "c", 1, ["uses"], True, False, False)],
        ),
    ],
)  # fmt: skip
def test_parallel_edges_are_one_line_with_a_count(edges: list[Edge], expected: list[Any]) -> None:
    ties = Part((), tuple(edges)).ties
    assert [
        (t.id, t.source, t.count, t.predicates, t.points_to(t.target), t.points_to(t.source), t.spoken) for t in ties
    ] == expected
    assert sum(len(t.edges) for t in ties) == len(edges)


def test_a_line_is_doubtful_if_all_its_edges_are() -> None:
    edge = Edge("a", ABOUT, "b", 1, doubtful=True)
    assert Part((), (edge,)).ties[0].doubtful
    assert not Part((), (edge, Edge("b", "uses", "a", 1))).ties[0].doubtful


COUNTRIES = Network(
    {"a": node("a"), "b": node("b"), "jp": node("jp", country=True), "us": node("us", country=True)},
    [Edge("a", "locatedIn", "jp", 9), Edge("b", "locatedIn", "us", 9), Edge("a", "uses", "b", 1, confirmed=True)],
)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (Filter(), {"a", "b", "jp", "us"}),
        (Filter(countries=False), {"a", "b"}),
        (Filter(countries=False, kept=frozenset({"jp"})), {"a", "b", "jp"}),
        (Filter(confirmed=True), {"a", "b"}),
        (Filter(types=frozenset({"Place"}), countries=False), set()),
    ],
)
def test_countries_and_what_nobody_confirmed_can_be_left_out(wanted: Filter, shown: set[str]) -> None:
    assert {n.iri for n in COUNTRIES.overview(wanted).nodes} == shown


def test_no_path_leads_by_way_of_a_country_that_is_left_out() -> None:
    net = Network(COUNTRIES.nodes, [Edge("a", "locatedIn", "jp", 1), Edge("b", "locatedIn", "jp", 1)])
    assert len(net.path("a", "b")) == 2
    assert net.path("a", "b", Filter(countries=False)) == []


def test_a_period_keeps_doubt_and_confirmation() -> None:
    edge = Edge("a", ABOUT, "b", 3, {DAY: 3}, doubtful=True, confirmed=True)
    assert edge.within(DAY, None) == edge


def claims(*rows: tuple[str, str, float, str | None]) -> Any:
    import pandas as pd

    columns = {
        "sources": [(s,) for s, _, _, _ in rows], "about": [(o,) for _, o, _, _ in rows],
        "published": [DAY] * len(rows), "confidence": [c for _, _, c, _ in rows],
    }  # fmt: skip
    return pd.DataFrame(columns).assign(review=pd.Series([r for _, _, _, r in rows], dtype=object))


def test_the_network_of_tables() -> None:
    import pandas as pd

    entities = pd.DataFrame(
        {
            "label": ["三条望", "青葉電機", "米国", "米国屋"], "type": ["Person", "Organization", "Place", "Organization"],
            "names": [("三条望",), ("青葉電機",), ("アメリカ", "米国"), ("米国屋", "日本")], "mentions": [1, 2, 3, 1],
        },
        index=["p", "o", "us", "x"],
    )  # fmt: skip
    data: Any = SimpleNamespace(
        entities=entities, merged={"old": "o"}, articles=pd.DataFrame({"published": [DAY]}, index=["article"]),
        relations=[("article", "old", "locatedIn", "us", 2), ("article", "p", "founded", "o", 1)],
        claims=claims(
            ("p", "o", 0.3, None), ("p", "o", 0.5, None), ("p", "us", 0.2, "accepted"),
            ("p", "us", 0.2, None), ("o", "us", 0.2, None), ("o", "us", 0.9, None), ("o", "p", 0.9, "rejected"),
        ),
    )  # fmt: skip
    net = network(data, [("p", "founded", "old")])
    assert [n.iri for n in net.nodes.values() if n.country] == ["us"] and net.countries
    found = {e.id: (e.count, e.doubtful, e.confirmed) for e in net.edges}
    assert found == {
        "o locatedIn us": (2, False, False), "p founded o": (1, False, True),
        "p about o": (2, True, False), "p about us": (2, False, True), "o about us": (2, False, False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "shown", "said"),
    [
        ({}, (2, 1), True),
        ({"countries": "1"}, (4, 3), False),
        ({"confirmed": "1", "countries": "1"}, (2, 1), False),
        ({"entity": "jp"}, (2, 1), True),  # what was asked for is shown
    ],
)
def test_switches_of_the_page(
    monkeypatch: pytest.MonkeyPatch, params: dict[str, str], shown: tuple[int, int], said: bool
) -> None:
    pytest.importorskip("streamlit")
    import kg.store
    from iibun.i18n import translate
    from iibun.web import answers
    from iibun.web.pages import graph
    from tests.pages import run

    monkeypatch.setattr(graph, "whole", lambda: COUNTRIES)
    with kg.store.memory() as store:
        answers.use_store(store)
        captions = " ".join(c.value for c in run("graph", **params).caption)
        answers.use_store(None)
    assert translate("graph.shown", "ja", nodes=shown[0], edges=shown[1]) in captions
    assert (translate("graph.no-countries", "ja") in captions) == said


def test_the_panel_of_a_line_says_all_qualifiers_of_a_relation(monkeypatch: pytest.MonkeyPatch) -> None:
    from iibun.web.pages.edge_evidence import qualifiers
    from kg import queries
    from kg.vocab import QUALIFIERS

    assert set(QUALIFIERS.values()) <= set(queries.load("relation_evidence").columns)
    monkeypatch.setattr("iibun.i18n.language", lambda: "en")
    row = {"positionTitle": "社長", "share": "51%", "amount": None, "until": "", "exclusive": True, "product": "電池"}
    assert qualifiers(row) == ["社長", "share 51%", "exclusive", "product 電池"]
