"""What a page shows is what the store holds: nothing older is remembered, and no click is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from iibun.web import tables
from iibun.web.pieces import Pieces
from kg import queries
from kg.rdf import article_iri, quads
from kg.store import StoreError
from kg.tracking import current, judgements, merges
from tests import pages_store
from tests.kg_samples import report

pytest.importorskip("streamlit")
from tests.pages import html, run


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import kg.store
    from iibun.web import answers

    monkeypatch.setattr(tables, "today", lambda: date(2026, 7, 2))
    with kg.store.open(tmp_path / "store") as opened:
        answers.use_store(opened)
        pages_store.fill(opened)
        yield opened
        answers.use_store(None)


def write(store: Any, n: int) -> None:
    made = report(n)
    store.replace(article_iri(made.article), quads(made))


def entity(name: str) -> str:
    found = tables.current().entities
    return str(found.index[found["label"] == name][0])


@pytest.mark.parametrize(
    ("page", "params", "between"),
    [
        ("home", {}, "iibun.web.pages.searching.show"),
        ("entity", {"iri": "青葉電機"}, "iibun.web.pages.entity.head"),
        ("graph", {}, "iibun.web.pages.graph._search"),
    ],
)
def test_what_is_made_of_older_tables_is_nobody_elses(
    store: Any, monkeypatch: pytest.MonkeyPatch, page: str, params: dict[str, str], between: str
) -> None:
    """Somebody writes while a page runs: after it has read the store, and before it makes what it shows of that."""
    params = {k: entity(v) for k, v in params.items()}
    module, _, name = between.rpartition(".")
    former = getattr(__import__(module, fromlist=[name]), name)

    def meanwhile(*args: Any) -> Any:
        write(store, 1)
        return former(*args)

    with monkeypatch.context() as patch:
        patch.setattr(between, meanwhile)
        run(page, **params)
    after = html(run(page, **params))
    with monkeypatch.context() as patch:
        from iibun.web import answers

        patch.setattr(answers, "_memory", {})  # as a server that starts now shows it
        anew = html(run(page, **params))
    assert after == anew


def test_a_decision_made_while_the_current_graph_is_derived_is_not_lost(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process appends to the log, and derives, after this one has read the log and before it writes."""
    first, second = entity("青葉電機"), entity("東雲証券")
    made = merges.merge(store, [first, second], author="佐藤")
    read, undone = current.entries, []

    def entries(*args: Any, **options: Any) -> Any:
        found = read(*args, **options)
        if not undone:
            undone.append(None)
            undone[0] = judgements.undo(store, made, author="鈴木")
        return found

    monkeypatch.setattr(current, "entries", entries)
    current.rebuild(store)
    assert undone and current.merged(store) == {}
    assert second in tables.current().entities.index
    assert [e.key for e in tables.current().search("東雲証券").of("entity")] == [second]


@pytest.mark.parametrize("derive", [current.refresh, current.refresh_links])
def test_one_state_is_derived_again_too(store: Any, monkeypatch: pytest.MonkeyPatch, derive: Any) -> None:
    claim = str(tables.current().claims.index[0])
    thing = claim if derive is current.refresh else str(tables.current().links["link"].iloc[0])
    read, done = current.entries, []

    def entries(*args: Any, **options: Any) -> Any:
        found = read(*args, **options)
        if not done:
            done.append(True)
            if derive is current.refresh:
                judgements.judge(store, claim, "accept", author="鈴木")
            else:
                from kg.tracking import links

                links.decide(store, thing, "confirmed", author="鈴木")
        return found

    monkeypatch.setattr(current, "entries", entries)
    derive(store, [thing])
    found = tables.current()
    if derive is current.refresh:
        assert found.claims.loc[claim, "review"] == "accepted"
    else:
        assert found.links.set_index("link").loc[thing, "state"] == "confirmed"


def test_a_click_counts_though_its_reader_leaves_at_once(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving a page stops its script, wherever that has come to."""
    import streamlit as st

    from iibun.web.pages import inout

    merges.merge(store, [entity("青葉電機"), entity("東雲証券")], author="佐藤")
    entry = judgements.history(store)[0]
    app = run("inout", section="log")
    monkeypatch.setattr(inout, "log", st.stop)
    app.button(key=f"undo-{entry.iri}").click().run()
    assert current.merged(store) == {}
    assert judgements.history(store)[0].kind == "Undo"


def test_a_click_that_can_not_be_done_says_why(store: Any) -> None:
    merges.merge(store, [entity("青葉電機"), entity("東雲証券")], author="佐藤")
    entry = judgements.history(store)[0]
    app = run("inout", section="log")
    judgements.undo(store, entry.iri, author="鈴木")  # in another tab
    app.button(key=f"undo-{entry.iri}").click().run()
    assert "取り消し" in app.session_state["failed"] and not app.exception


def test_a_state_has_its_name_before_it_is_on_the_disk(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is seen at once, so what was remembered before is not asked for again, whatever the disk says."""
    held = store.hold()
    before, tables_before = store.version, tables.current()

    def full() -> None:
        raise StoreError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(held, "_flush", full)
        with pytest.raises(StoreError):
            write(store, 1)
    assert store.version != before
    assert len(tables.current().articles) == len(tables_before.articles) + 1


def test_a_state_has_its_name_where_no_file_can_be_written(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store.hold()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    before = len(tables.current().articles)
    for n in (1, 2):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_text", full)
            write(store, n)
        assert len(tables.current().articles) == before + n


def test_an_article_that_came_and_went_while_the_store_was_read_leaves_nothing(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iibun.web.pieces.FEW", 0)
    pieces = Pieces()
    rows = queries.ask(store, "table_articles")
    write(store, 1)  # after the list of articles was read, before what is in them is
    pieces.refresh(lambda name, **bindings: queries.ask(store, name, **bindings), rows)
    assert set(pieces.by_article) == {row["article"] for row in rows}
