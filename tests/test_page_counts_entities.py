"""Every number that the pages of entities show is the number of rows that it opens."""

from __future__ import annotations

import re

import pytest

from iibun.web import tables
from kg import queries
from kg.store import Store
from kg.tracking import scores
from tests import hundred

pytest.importorskip("streamlit")
from tests import counting
from tests.counting import NUMBER, listed, opened
from tests.pages import html, run

filled, data = counting.filled, counting.data


def test_every_entity_says_how_much_it_opens(data: tables.Tables, filled: Store) -> None:
    """In the tables, on its page, and as the queries ``entity``, ``entities``, ``entity_mentions`` have it."""
    for iri, row in data.entities.iterrows():
        of = str(iri)
        asked = queries.ask(filled, "entity", entity=of)[0]
        mentions = queries.ask(filled, "entity_mentions", entity=of, limit=100_000)
        said, about = (listed("claims", {name: [of]}) for name in ("source", "about"))
        here = {
            "said": len(said), "about": len(about), "mentions": len(mentions), "articles": len({m["article"] for m in mentions}),
        }  # fmt: skip
        assert {name: row[name] for name in here} == here, row["label"]
        assert {
            "said": asked["saidBy"], "about": asked["saidAbout"], "mentions": asked["mentions"], "articles": asked["articles"],
        } == here, row["label"]  # fmt: skip
        for name, query in (("source", "claims"), ("about", "claims")):
            found = [r["claim"] for r in queries.ask(filled, query, **{name: of}, limit=10_000)]
            assert sorted(found) == sorted(said if name == "source" else about), (row["label"], name)
            assert queries.ask(filled, f"{query}_count", **{name: of})[0]["n"] == len(found)


def test_the_page_of_an_entity(data: tables.Tables, filled: Store) -> None:
    """Its headings, its links and what it is written as, of those about which people decided something and of others."""
    from iibun.web.pages import entity

    merged = [*dict.fromkeys(data.merged.values())]
    split = [str(i) for i in data.entities.index[data.entities["label"].isin(["別の水野", "水野恵子", "億円"])]]
    for iri in [*merged, *split, *data.entities.index[:3]]:
        row = data.entities.loc[iri]
        said, about = entity.said_and_about(data, iri)
        assert [*said.index] == listed("claims", {"source": [iri]})
        assert [*about.index] == listed("claims", {"about": [iri], "others": [iri]})
        app = run("entity", iri=iri)
        headings = [int(NUMBER.findall(h.value)[-1].replace(",", "")) for h in app.header if "（" in h.value]
        filled_lists = [len(some) for some in (said, about) if len(some)]  # an empty list has no heading
        assert headings[: len(filled_lists)] == filled_lists, row["label"]
        protos = [link.proto for link in app.get("page_link")]
        links = [opened(f"{p.page}?{p.query_string}") for p in protos if p.page == "claims"]
        assert [*map(len, links)] == filled_lists, "a link says and opens what its list holds"
        shown = {
            target: len(opened(target)) for target in re.findall(r'href="(/claims\?[^"]*)"[^>]*>もっと見る', html(app))
        }
        assert set(shown.values()) <= {len(said), len(about)}
        written = [
            r
            for one in [iri, *(e for e, into in data.merged.items() if into == iri)]
            for r in queries.ask(filled, "entity_written", entity=one)
        ]
        assert sum(r["count"] for r in written) == row["mentions"], row["label"]
        series = scores.scores(filled, "source", on=hundred.TODAY)
        mine = [s for s in series if s.key == iri]
        if mine:
            assert mine[0].overdue == len(listed("predictions", {"source": [iri], "state": ["overdue"]}))
            assert mine[0].open == len(listed("predictions", {"source": [iri], "state": ["open", "due-soon"]}))
            assert mine[0].n == len(listed("predictions", {"source": [iri], "counted": ["1"]}))
