"""The tools for agents, asked by the SDK's own client: quotations, pages, one sentence for what is wrong, and undo."""

from __future__ import annotations

import json
import re
from concurrent.futures import CancelledError, Future
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import pytest
from mcp import Client

import kg.store
from iibun import agents
from iibun.agents import lookups, query
from iibun.agents.server import Server, make
from iibun.cli.main import main, parser
from iibun.web import listing
from kg.rdf import article_iri, quads
from kg.store import Store
from kg.tracking import verdicts
from tests import agent_server
from tests.agent_server import AUTHOR, NEWS, answer, claim_of, quotations, refusal, results
from tests.kg_samples import report
from tests.pages_store import FIRST, SECOND, add_outcome, fill, reports
from tests.paths import ROOT
from tests.threads import in_thread

store, server = agent_server.store, agent_server.server

READING = ["search", "claims", "predictions", "entity", "article", "compare", "read", "sparql"]
WRITING = ["ingest", "judge", "verdict", "undo"]


@pytest.mark.parametrize("writes", [False, True])
def test_a_server_offers_what_it_may_do(store: Store, writes: bool) -> None:
    async def run() -> list[Any]:
        async with Client(make(lambda: store, author=AUTHOR, find=listing.keys, writes=writes)) as client:
            return (await client.list_tools()).tools

    tools = in_thread(run)
    assert [t.name for t in tools] == READING + WRITING * writes
    for tool in tools:
        assert tool.annotations.read_only_hint is (tool.name in READING)
        assert tool.description and "\n    " not in tool.description
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), f"{tool.name}: {name}"


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        ("200億円 三条望", "claims", "新工場の投資額は200億円だ"), ("sanjou", "entities", "三条望"), ("虚構タイムズ", "articles", "新工場に異論"),
        ("株価 指摘", "articles", "新工場に異論"),
    ],
)  # fmt: skip
def test_a_search_finds_as_the_page_does(server: Server, text: str, kind: str, first: str) -> None:
    """Words in any order, readings, outlets; articles also by the words of their text."""
    found = answer(server, "search", text=text, kind=kind)[kind][0]
    assert first in (found.get("title"), found.get("label"), found.get("headline"), found["quotation"]["text"])


#: Calls whose answers quote, each with the least number of quotations.
QUOTING: list[tuple[str, dict[str, Any], int]] = [
    ("search", {"text": "新工場"}, 5), ("search", {"text": "Aoba", "kind": "entities"}, 1), ("claims", {}, 5),
    ("predictions", {"on": "2026-06-01"}, 2), ("entity", {"name": "青葉電機"}, 4), ("article", {"article": NEWS + "1"}, 2),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "given", "least"), QUOTING, ids=[tool for tool, _, _ in QUOTING])
def test_quotations_stand_in_their_articles(
    store: Store, server: Server, tool: str, given: dict[str, Any], least: int
) -> None:
    texts = {article_iri(r.article): r.article.text for r in reports()}
    found = list(quotations(answer(server, tool, **given)))
    assert len(found) >= least
    for quoted in found:
        assert texts[quoted["article"]][quoted["start"] : quoted["end"]] == quoted["text"]


#: Calls with pages, each with the key of the items.
PAGED: list[tuple[str, dict[str, Any], str]] = [
    ("claims", {}, "claims"), ("predictions", {}, "predictions"), ("entity", {"name": "青葉電機"}, "mentions"),
    ("search", {"text": "新工場", "kind": "claims"}, "claims"), ("search", {"text": "電機", "kind": "articles"}, "articles"),
    ("sparql", {"query": "SELECT ?c { ?c a schema:Claim } ORDER BY ?c"}, "rows"),
    ("sparql", {"query": "CONSTRUCT WHERE { ?c a schema:Claim }"}, "rows"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "given", "items"), PAGED, ids=[f"{tool}-{items}" for tool, _, items in PAGED])
def test_pages_have_everything_once(server: Server, tool: str, given: dict[str, Any], items: str) -> None:
    whole = answer(server, tool, **given, limit=50)
    assert "next" not in whole and len(whole[items]) >= 2
    pages: list[Any] = []
    cursor = None
    while cursor is not None or not pages:
        page = answer(server, tool, **given, limit=1, cursor=cursor)
        assert len(page[items]) == 1
        pages += page[items]
        cursor = page.get("next")
    assert sorted(map(str, pages)) == sorted(map(str, whole[items]))


@pytest.mark.parametrize(
    ("tool", "given", "items"),
    [
        ("claims", {}, "claims"), ("entity", {"name": "青葉電機"}, "mentions"), ("predictions", {}, "predictions"),
        ("search", {"text": "る"}, "claims"), ("search", {"text": "電機"}, "articles"),
    ],
)  # fmt: skip
def test_pages_of_articles_of_one_day_fit_together(tool: str, given: dict[str, Any], items: str) -> None:
    with kg.store.memory() as store:
        for n in range(12):
            store.replace(article_iri(report(n).article), quads(report(n)))
        server, pages, cursor = make(lambda: store, author=AUTHOR, find=listing.keys), [], None
        while cursor is not None or not pages:
            page = answer(server, tool, **given, limit=5, cursor=cursor)
            pages += page[items]
            cursor = page.get("next")
        assert len(pages) == len(set(map(str, pages))) >= 12


def test_an_article_comes_by_stretches(server: Server) -> None:
    text, claims, cursor = "", [], None
    while cursor is not None or not text:
        page = answer(server, "article", article=NEWS + "1?utm_source=feed", limit=15, cursor=cursor)
        assert page["text"]["start"] == len(text) and len(page["text"]["text"]) <= 15
        text += page["text"]["text"]
        claims += page["claims"]
        cursor = page.get("next")
    assert text == FIRST and len(claims) == 2
    assert (page["headline"], page["publisher"], page["published"]) == (
        "青葉電機、新工場を稼働へ",
        "架空新報",
        "2025-11-03",
    )


def test_a_cursor_is_for_its_own_question(server: Server) -> None:
    cursor = answer(server, "claims", limit=1)["next"]
    assert "another question" in refusal(server, "claims", modality="asserted", cursor=cursor)
    assert answer(server, "claims", limit=3, cursor=cursor)["claims"]  # another limit is the same question


#: Filters of claims, and what the contents of the claims that they find begin with, newest first.
FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"source": "三条望"}, ["2026年3月末", "新工場の投資額は200"]), ({"source": "東雲証券", "modality": "probable"}, ["株価は来年"]),
    ({"about": "Aoba Denki", "since": "2026-06-30"}, ["青葉電機の新工場は2027"]), ({"until": "2025-12-31", "text": "投資額"}, ["新工場の投資額は200"]),
    ({"article": NEWS + "3"}, ["青葉電機の新工場は2027"]), ({"state": "rejected"}, []), ({"topic": "設備投資"}, ["2027年までに新工場"]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "contents"), FILTERS, ids=str)
def test_claims_are_found_by_who_what_and_when(
    store: Store, server: Server, given: dict[str, Any], contents: list[str]
) -> None:
    if "topic" in given:
        store.replace(article_iri(report(1).article), quads(report(1)))
    found = answer(server, "claims", **given)
    texts = sorted(c["quotation"]["text"] for c in found["claims"])
    assert len(texts) == found["total"] == len(contents)
    assert all(text.startswith(words) for text, words in zip(texts, contents, strict=True))


def test_predictions_by_state(store: Store, server: Server) -> None:
    def states(state: str = "") -> list[str]:
        found = answer(server, "predictions", on="2026-12-15", state=state)["predictions"]
        return [p["state"] for p in found]

    assert states() == ["overdue", "open"] and states("overdue") == ["overdue"]
    assert states("due-soon") == states("settled") == []
    factory = claim_of(store, "3月末")
    verdicts.verdict(
        store, factory, "did-not", author="佐藤", evidence=["https://ir.example/1", claim_of(store, "300億円")], note="遅れた",
        on=date(2026, 6, 10),
    )  # fmt: skip
    (settled,) = answer(server, "predictions", state="settled", source="三条望")["predictions"]
    verdict = settled["verdict"]
    assert (verdict["code"], verdict["author"], verdict["note"], verdict["decided"]) == (
        "did-not",
        "佐藤",
        "遅れた",
        "2026-06-10",
    )
    page, sentence = verdict["evidence"]
    assert page == {"url": "https://ir.example/1"}
    assert SECOND[sentence["start"] : sentence["end"]] == sentence["text"] == "青葉電機の新工場の投資額は300億円だ"


def test_an_overdue_prediction_has_a_proposed_verdict_with_quotations(store: Store, server: Server) -> None:
    claim = add_outcome(store)
    (overdue,) = answer(server, "predictions", state="overdue", on="2026-12-15")["predictions"]
    proposed = overdue["proposed"]
    assert (proposed["code"], proposed["on"], "verdict" in overdue) == ("did-not", "2026-03-31", False)
    assert "間に合わなかった" in proposed["reason"]
    assert [(e["claim"], e["quotation"]["text"]) for e in proposed["evidence"]] == [(claim, "新工場を稼働させた")]


def test_what_contradicts_a_claim(store: Store, server: Server) -> None:
    found = answer(server, "compare", claim=claim_of(store, "300億円"))
    assert found["claim"]["source"] == "東雲証券"
    link = next(x for x in found["links"] if "200億円" in x["other"]["quotation"]["text"])
    assert link["type"] == "contradicts" and link["later"] == "claim" and link["state"] == "proposed" and link["reason"]
    assert answer(server, "compare", claim=claim_of(store, "300億円"), type="restates")["links"] == []


#: Wrong calls, and what the sentence says.
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("search", {"text": " "}, "is empty"), ("search", {"text": "新 " * 5_000}, "10,000 characters"), ("entity", {"name": ""}, "no entity ''"), ("search", {}, "text is missing."), ("search", {"text": "青葉", "kind": "enties"}, "Did you mean entities?"),
    ("clams", {}, "Did you mean claims?"), ("claims", {"who": "x"}, "has no argument 'who'; it has: source"), ("claims", {"surce": "x"}, "Did you mean source?"),
    ("claims", {"limit": 0}, "limit: '0'"), ("claims", {"limit": "ten"}, "limit: 'ten'"), ("claims", {"limit": 51}, "less than or equal to 50"),
    ("claims", {"modality": "sure"}, "none of asserted"), ("claims", {"since": "yesterday"}, "'yesterday' is not a date (YYYY-MM-DD)"),
    ("claims", {"source": "誰か"}, "no entity '誰か'"), ("claims", {"article": NEWS + "9"}, f"no article '{NEWS}9'"), ("claims", {"cursor": "2"}, "'2' is no cursor"),
    ("predictions", {"state": "late"}, "no state 'late'"), ("predictions", {"on": "2026-13-01"}, "on: '2026-13-01' is not a date"),
    ("compare", {"claim": "urn:x:none"}, "no claim urn:x:none"), ("compare", {"claim": "none"}, "'none' is not an IRI"),
    ("compare", {"claim": "urn:x:none", "type": "agrees"}, "no claim urn:x:none"), ("article", {"article": ""}, "no article ''"),
    ("sparql", {"query": "SELECT nonsense"}, "nonsense cannot stand here"), ("sparql", {"query": "SELECT * { SERVICE <http://x> { ?s ?p ?o } }"}, "SERVICE is refused"),
    ("sparql", {"query": "INSERT DATA { <urn:a> <urn:b> 1 }"}, "not valid"), ("sparql", {"query": "DROP ALL"}, "not valid"),
    ("read", {"text": "only English"}, "no Japanese"), ("read", {"text": "あ" * 100_001}, "100,001 characters"), ("read", {"text": "青葉", "published": "soon"}, "published: 'soon'"),
    ("ingest", {}, "Give the text of an article"), ("ingest", {"url": NEWS, "title": "題"}, "go with a text"), ("ingest", {"url": "http://127.0.0.1/x"}, "is not fetched"),
    ("ingest", {"url": "/etc/passwd"}, "is not fetched"), ("ingest", {"text": "青葉電機。", "url": "x"}, "no http(s) address"),
    ("judge", {"claim": "urn:x:none", "action": "accept"}, "no claim urn:x:none"), ("judge", {"claim": "urn:x:none", "action": "drop"}, "no action 'drop'"),
    ("verdict", {"claim": "urn:x:none", "code": "true"}, "no verdict 'true'"), ("undo", {"what": "urn:x:none"}, "no judgement urn:x:none"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "given", "said"), WRONG, ids=[f"{tool}-{said}" for tool, _, said in WRONG])
def test_what_is_wrong_is_one_sentence(
    store: Store, server: Server, tool: str, given: dict[str, Any], said: str
) -> None:
    before = store.version
    sentence = refusal(server, tool, **given)
    assert (
        said in sentence and "\n" not in sentence and "Traceback" not in sentence and "Error executing" not in sentence
    )
    assert sentence.endswith((".", "?", ")"))
    assert store.version == before


def test_a_failure_of_ours_is_one_sentence(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(lookups.queries, "ask", broken)
    assert refusal(server, "claims").startswith("Something failed that should not (RuntimeError: broken)")


def test_older_clients_are_answered_alike(server: Server) -> None:
    calls = [("claims", {"limit": 1}), ("claims", {"who": "x"})]
    new, old = results(server, *calls), results(server, *calls, mode="legacy")
    assert [(r.is_error, r.content) for r in new] == [(r.is_error, r.content) for r in old]


def test_the_example_of_a_query_answers(server: Server, store: Store) -> None:
    """The query in the description of ``sparql``."""
    from iibun.agents.query import Query

    said = (Query.sparql.__doc__ or "").split("too: ", 1)[1]
    found = answer(server, "sparql", query=said)
    assert found["columns"] == ["title", "article", "start", "end", "exact"]
    assert [row[4] for row in found["rows"]] == ["株価は来年上がるだろう"]


def test_long_values_are_cut_and_full_pages_end(server: Server) -> None:
    long = answer(server, "sparql", query='SELECT (CONCAT("あ", STR(?t)) AS ?x) { ?a schema:articleBody ?t } LIMIT 1')
    assert long["rows"][0][0].startswith("あ")
    number = 'SELECT ("' + "あ" * 3000 + '" AS ?x) ?c { ?c a schema:Claim }'
    assert "[2000 of 3000 characters]" in answer(server, "sparql", query=number, limit=1)["rows"][0][0]


def test_queries_have_the_limits_of_the_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IIBUN_QUERY_SECONDS", "1")
    monkeypatch.setenv("IIBUN_QUERY_ROWS", "3")
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . FILTER(?c != ?f && ?i != ?l) }"
    with kg.store.open(tmp_path / "store") as folder:
        fill(folder)
        server = make(lambda: folder, author=AUTHOR, find=listing.keys)
        assert "after 1 seconds" in refusal(server, "sparql", query=slow)
        assert "more than 3 rows" in refusal(server, "sparql", query="SELECT * { ?s ?p ?o }")
        assert answer(server, "sparql", query="ASK { ?c a schema:Claim }") == {"answer": True}
        folder.hold()  # as a server does, which has one pool for all
        assert "after 1 seconds" in refusal(server, "sparql", query=slow)
        assert len(answer(server, "claims")["claims"]) == 5


def test_a_query_that_nobody_waits_for_any_more_is_ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    running: Future[Any] = Future()
    began = Event()

    def slow(*_: Any, begun: Any) -> Any:
        begun(running)
        began.set()
        return running.result()

    monkeypatch.setattr(query, "ask", slow)

    async def run() -> None:
        async with Client(server) as client, anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "sparql", {"query": "ASK {}"})
            await anyio.to_thread.run_sync(began.wait)
            group.cancel_scope.cancel()

    in_thread(run)
    with pytest.raises(CancelledError):
        running.result(timeout=30)


#: The documents that show how agents are configured.
DOCUMENTS = [ROOT / "docs" / "agents.md", ROOT / "docs" / "ja" / "agents.md"]


@pytest.mark.parametrize("page", DOCUMENTS, ids=["en", "ja"])
def test_the_documents_configure_what_there_is(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not [tool for tool in READING + WRITING if f"`{tool}`" not in text]
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    servers = [block.get("servers", block.get("mcpServers"))["iibun"] for block in blocks]
    assert len(servers) == 3
    for command in [s["args"] for s in servers if "args" in s]:
        assert parser().parse_args(command).store.endswith("data/store")
    for line in re.findall(r"^    claude mcp add iibun -- \S*/iibun (.*)$", text, re.MULTILINE):
        assert parser().parse_args(line.split()).command == "mcp"
    assert [s["url"].endswith(agents.PATH) for s in servers if "url" in s] == [True]


def test_without_the_sdk_a_sentence_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def missing(name: str) -> str:
        raise agents.PackageNotFoundError(name)

    monkeypatch.setattr(agents, "version", missing)
    assert main(["mcp", "--store", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert not said.out and said.err.count("\n") == 1 and "pip install 'iibun[mcp]'" in said.err
    monkeypatch.setattr(agents, "version", lambda _: "1.27.0")
    assert main(["mcp", "--store", str(tmp_path)]) == 1
    assert "mcp 2, not 1.27.0" in capsys.readouterr().err
