"""Searches of a store: on the home page, by command, by feed; saved ones and what is new in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import feedparser
import pytest

from iibun.web import listing, saved, saved_searches, tables
from kg.tracking import judgements, merges
from tests import pages_store

pytest.importorskip("streamlit")
from tests.pages import html, run


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import kg.store
    from iibun.web import answers

    monkeypatch.setattr(tables, "today", lambda: date(2026, 7, 2))
    with kg.store.open(tmp_path / "store") as opened:
        pages_store.fill(opened)
        answers.use_store(opened)
        yield opened
        answers.use_store(None)


#: A query and kind, and the words of the results in their order.
FOUND: list[tuple[str, str, list[str]]] = [
    ("新工場 三条望", "claim", ["新工場の投資額は200億円だ"]), ("三条望　稼働", "prediction", ["2026年3月末までに新工場を稼働させる"]),
    ("sanjou 200億円", "claim", ["新工場の投資額は200億円だ"]), ("東雲証券", "claim", ["青葉電機の新工場の投資額は300億円だ"]),
    ("虚構タイムズ", "article", ["新工場に異論"]), ("操業 青葉", "claim", ["青葉電機の新工場は2027年まで稼働しない"]), ("news.example/2", "article", ["新工場に異論"]),
    ("aoba denki", "entity", ["青葉電機"]), ("dennki", "entity", ["青葉電機"]), ("00億円", "claim", []),
]  # fmt: skip


@pytest.mark.parametrize(("query", "kind", "texts"), FOUND, ids=[query for query, _, _ in FOUND])
def test_a_store_is_searched(store: Any, query: str, kind: str, texts: list[str]) -> None:
    data = tables.of(store)
    assert [row.text for row in listing.rows(data, data.search(query), kind)] == texts


def test_the_tables_are_read_again_only_after_a_change(store: Any) -> None:
    first = tables.of(store)
    assert tables.of(store) is first
    judgements.judge(store, str(first.claims.index[0]), "reject", author="佐伯")
    assert tables.of(store) is not first


def test_what_a_merged_speaker_said_is_found_by_the_name_that_stays(store: Any) -> None:
    data = tables.of(store)
    (securities,), (electric,) = (listing.keys(store, name, ("entity",)) for name in ("東雲証券", "青葉電機"))
    said = listing.keys(store, "東雲証券 300億円", ("claim",))
    merges.merge(store, [electric, securities], into=electric, author="佐伯")
    assert said and listing.keys(store, "アオバ電機 300億円", ("claim",)) == said
    assert listing.keys(store, "東雲証券 300億円", ("claim",)) == said
    assert data is not tables.of(store)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_results_are_grouped_by_kind_and_speaker_and_marked(store: Any, lang: str) -> None:
    shown = html(run("home", lang, q="新工場 投資額"))
    section = re.search('<section class="ib-found" aria-live="polite">.*</section>', shown, re.DOTALL)
    assert section
    heads = re.findall(r"<h3[^>]*>(.*?)</h3>", section[0], re.DOTALL)
    assert len(heads) == 2 and any("三条望" in head for head in heads) and any("東雲証券" in head for head in heads)
    assert '<mark class="ib-hit">新工場</mark>の<mark class="ib-hit">投資額</mark>は200億円だ' in section[0]
    assert section[0].index("三条望") < section[0].index("200億円だ")


def test_markup_in_a_result_is_text(store: Any) -> None:
    shown = html(run("home", q="太字"))
    assert "<img" not in shown and "&lt;img" in shown and '<mark class="ib-hit">太字</mark>' in shown


@pytest.mark.parametrize(
    ("page", "marked"),
    [("claims", "新工場"), ("predictions", "新工場"), ("entities", "青葉"), ("articles", "異論"), ("articles", "虚構")],
)
def test_lists_mark_what_matches(store: Any, page: str, marked: str) -> None:
    assert f'<mark class="ib-hit">{marked}</mark>' in html(run(page, q=marked))


def test_claims_are_in_the_order_of_the_search_unless_another_is_chosen(store: Any) -> None:
    best = html(run("claims", q="新工場 三条望"))
    assert "200億円だ" in best or "<mark" in best
    by_day = html(run("claims", q="新工場", order="oldest"))
    assert by_day.index("青葉電機、新工場を稼働へ") < by_day.index("新工場に異論")


def test_a_guess_is_told(store: Any) -> None:
    assert "denki" in html(run("home", q="denkl")) and "1文字違い" in html(run("home", q="denkl"))


def test_a_saved_search_tells_what_is_new_once(store: Any) -> None:
    data = tables.current()
    keys = [e.key for e in data.search("新工場").entries]
    saved_searches.save(store, "工場", "新工場", keys[1:])
    (search,) = saved_searches.searches(store)
    assert search.fresh(keys) == {keys[0]}
    assert "★ 工場 <b>新着 1件</b>" in html(run("home"))
    opened = html(run("home", q="新工場", saved="工場"))
    assert opened.count(">新着</span>") == 1
    assert "新着 1件" not in html(run("home"))
    assert not saved_searches.searches(store)[0].fresh(keys)
    saved_searches.remove(store, "工場")
    assert saved_searches.searches(store) == []


def test_a_saved_search_of_another_query_stays_as_it_is(store: Any) -> None:
    saved_searches.save(store, "工場", "新工場", [])
    run("home", q="投資額", saved="工場")
    assert saved_searches.searches(store)[0].seen == frozenset()


def test_a_broken_file_of_searches_is_not_replaced(store: Any) -> None:
    file = saved.path(store, "searches")
    file.write_text('{"工場": "新工場",}', "utf-8")
    assert saved_searches.searches(store) == []
    with pytest.raises(saved.NotSaved, match=r"searches\.json"):
        saved_searches.save(store, "株価", "株価", [])
    file.write_text('{"工場": 3, "株価": {"query": "株価", "seen": null}}', "utf-8")
    assert [s.name for s in saved_searches.searches(store)] == ["株価"]


def test_a_feed_has_what_is_found_the_latest_first(store: Any) -> None:
    feed = feedparser.parse(listing.feed(store, "新工場", host="http://localhost:8501"))
    assert not feed.bozo and feed.feed.title == "言い分：「新工場」の検索"
    days = [entry.updated for entry in feed.entries]
    assert len(days) >= 5 and days == sorted(days, reverse=True)
    assert all(entry.link.startswith("http://localhost:8501/") for entry in feed.entries)
    assert {entry.id for entry in feed.entries} == set(
        listing.keys(store, "新工場", ("claim", "prediction", "article"))
    )
    assert listing.feed(store, "新工場") == listing.feed(store, "新工場")


def test_the_feed_is_served(store: Any) -> None:
    from starlette.applications import Starlette
    from starlette.routing import Route
    from starlette.testclient import TestClient

    client = TestClient(Starlette(routes=[Route("/feed", listing.serve)]))
    answer = client.get("/feed", params={"q": "新工場", "lang": "en"})
    assert answer.headers["content-type"].startswith("application/atom+xml") and "Iibun: search" in answer.text
    assert client.get("/feed").status_code == 400


def test_the_command_prints_what_the_page_finds(
    store: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from iibun.cli.main import main

    monkeypatch.setenv("IIBUN_LANG", "en")
    folder = str(store.folder)
    assert main(["search", "三条望", "新工場", "--store", folder]) == 0
    said = capsys.readouterr().out
    assert "Claims: 1" in said and said.index("三条望") < said.index("新工場の投資額は200億円だ")
    assert main(["search", "新工場", "--kind", "claims", "--limit", "1", "--format", "json", "--store", folder]) == 0
    found = json.loads(capsys.readouterr().out)["claims"]
    data = tables.of(store)
    assert found["n"] == len(data.search("新工場").of("claim")) > len(found["found"]) == 1
    row = found["found"][0]
    assert [row["text"][a:b] for a, b in row["marks"]] == ["新工場"]
    assert main(["search", "dennkl", "--store", folder]) == 0
    assert main(["search", " ", "--store", folder]) == 2


@pytest.mark.parametrize(
    ("asked", "most"), [((), 99), (("--kind", "articles"), 99), (("--kind", "claims", "--limit", "1"), 1), (("--limit", "1"), 3)]
)  # fmt: skip
def test_a_printed_feed_has_the_kinds_and_the_number_asked_for(
    store: Any, capsysbinary: Any, asked: tuple[str, ...], most: int
) -> None:
    from iibun.cli.main import main

    assert main(["search", "新工場", "--feed", *asked, "--store", str(store.folder)]) == 0
    feed = feedparser.parse(capsysbinary.readouterr().out)
    data = tables.of(store)
    wanted = [k for name in listing.FED if name in asked or "--kind" not in asked for k in listing.KINDS[name]]
    found = {e.key for e in data.search("新工場").of(*wanted)}
    assert {entry.id for entry in feed.entries} <= found and len(feed.entries) == min(most, len(found)) > 0


def test_a_feed_of_names_is_refused_in_one_sentence(store: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from iibun.cli.main import main

    assert main(["search", "三条望", "--feed", "--kind", "entities", "--store", str(store.folder)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "claims, predictions, articles" in said.err and said.err.count("\n") == 1


def test_a_search_is_saved_and_removed_on_the_page(store: Any) -> None:
    app = run("home", q="新工場")
    app.text_input(key="save-search-name-新工場").set_value("工場の話")
    next(b for b in app.button if b.label == "保存").click().run()
    (search,) = saved_searches.searches(store)
    assert (search.name, search.query) == ("工場の話", "新工場") and "★ 工場の話" in html(app)
    assert not search.fresh(listing.keys(store, "新工場", ("entity", "claim", "prediction", "article")))
    app.selectbox(key="remove-search").set_value("工場の話").run()
    app.button(key="remove-search-go").click().run()
    assert not app.exception and saved_searches.searches(store) == []
