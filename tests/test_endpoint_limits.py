"""No query of anybody's ends the server, goes on for nobody, or keeps the quick ones waiting."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

import kg.store
from iibun.cli.main import main
from iibun.web import asking
from kg.endpoint import workers
from kg.endpoint.answers import Answer
from kg.endpoint.limits import Limits
from kg.endpoint.places import Costs, Lane, Places, shape
from kg.endpoint.process import BEHIND
from kg.endpoint.workers import Pool
from kg.rdf import article_iri, quads
from kg.store import Refused
from kg.store.sparql import DEEPEST, refuse_deep
from tests import store_servers as servers
from tests.kg_samples import report
from tests.processes import children, cpu, until
from tests.test_stopping import ENDLESS

TOKEN = {"Authorization": "Bearer test-token"}
N = 1500
#: Texts that end a process which reads them, or keep it busy for ever.
DEEP = {
    "groups": "SELECT * " + "{" * N + "?s ?p ?o" + "}" * N,
    "brackets": "SELECT * { FILTER" + "(" * N + "1" + ")" * N + " }",
    "functions": "SELECT (" + "IF(1," * N + "1" + ",1)" * N + " AS ?x) {}",
    "exists": "SELECT * {" + "FILTER EXISTS {" * N + "}" * N + "}",
    "blank nodes": "SELECT * {" + "[ <urn:x:p> " * N + "1" + "]" * N + "}",
    "quoted triples": "SELECT * {" + "<< ?s ?p " * N + "1" + " >>" * N + " ?p 1}",
    "annotations": "SELECT * {?s ?p ?o " + "{| ?p ?o " * N + "|}" * N + "}",
    "not": "SELECT * { FILTER(" + "!" * N + "true) }",
    "a path": "SELECT * { ?s " + "^(" * N + "<urn:x:p>" + ")" * N + " ?o }",
    "escapes": "SELECT * { FILTER" + "\\u0028" * N + "1" + "\\u0029" * N + " }",
    "comments between": "SELECT * " + "{#}\n" * N + "}" * N,
}
#: Not deep to look at, but to Oxigraph.
LONG = {
    "sum": "SELECT * { ?s ?p ?o FILTER(1" + "+1" * 30_000 + ">1) }",
    "unions": "SELECT * {" + " UNION ".join(["{?s ?p ?o}"] * 20_000) + "}",
    "joins": "SELECT * {" + " ".join(f"?s ?p{n} ?o{n} ." for n in range(300)) + "}",
}
UPDATES = {
    "groups": "INSERT { <urn:x:a> <urn:x:b> 1 } WHERE " + "{" * N + "?s ?p ?o" + "}" * N,
    "blank nodes": "INSERT DATA {" + "[ <urn:x:p> " * N + "1" + "]" * N + "}",
    "unions": "INSERT { <urn:x:a> <urn:x:b> 1 } WHERE {" + " UNION ".join(["{?s ?p ?o}"] * 20_000) + "}",
    "joins": "INSERT { <urn:x:a> <urn:x:b> 1 } WHERE {" + " ".join(f"?s ?p{n} ?o{n} ." for n in range(300)) + "}",
    "with a prefix": "INSERT { x:a x:b 1 } WHERE { ?s a schema:Claim FILTER(1" + "+1" * 30_000 + ">1) }",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("limits")
    with kg.store.open(found) as store:
        made = report(0)
        store.replace(article_iri(made.article), quads(made))
    return found


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with servers.ours(folder, IIBUN_QUERY_SECONDS="2") as at:
        yield at


def alive(url: str) -> bool:
    return bool(httpx.post(url, data={"query": "ASK { ?s ?p ?o }"}).json()["boolean"])


@pytest.mark.parametrize("headers", [{}, TOKEN], ids=["anybody", "with the token"])
@pytest.mark.parametrize("query", [*DEEP.values(), *LONG.values()], ids=[*DEEP, *LONG])
def test_no_query_ends_the_server(url: str, query: str, headers: dict[str, str]) -> None:
    r = httpx.post(url, data={"query": query}, headers=headers, timeout=60)
    assert r.status_code == 503 if query in LONG.values() else 400, r.text
    assert r.text.startswith(("A text that nests", "The query was ended")) and r.text.count("\n") == 1
    assert alive(url)


@pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
def test_no_update_ends_the_server(url: str, update: str) -> None:
    r = httpx.post(url, data={"update": update}, headers=TOKEN, timeout=60)
    assert r.status_code in (400, 503), r.text
    assert r.text.startswith(("A text that nests", "The update was ended", "The update is not valid"))
    r = httpx.post(url, data={"update": "INSERT { GRAPH <urn:x:g> { ?s a <urn:x:T> } } WHERE { ?s a schema:Nothing }"}, headers=TOKEN)  # fmt: skip
    assert r.status_code == 204 and alive(url)


@pytest.mark.parametrize("query", DEEP.values(), ids=DEEP)
def test_no_query_ends_a_command_or_a_page(folder: Path, query: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "-e", query, "--store", str(folder)]) == 2
    assert capsys.readouterr().err.startswith("iibun query: A text that nests more than 100 levels")
    with kg.store.open(folder) as store:
        answer = asking.run(store, query)
    assert isinstance(answer, asking.Mistake) and "nests" in answer.message


def test_what_people_write_is_flat_enough() -> None:
    for text in (
        "SELECT * " + "{" * DEEPEST + "}" * DEEPEST,
        "INSERT DATA { " + "<urn:x:a> <urn:x:b> (1 2) , [ <urn:x:c> '((((' ] ." * 200 + "}",
        "SELECT * { VALUES (?a ?b) {" + "(1 2)" * 500 + "} FILTER(?a != 1 && !(?b = 1)) }",
    ):
        refuse_deep(text)
    with pytest.raises(Refused):
        refuse_deep("SELECT * " + "{" * (DEEPEST + 1))


# who waits for nobody


@pytest.mark.parametrize("headers", [{}, TOKEN], ids=["anybody", "with the token"])
def test_a_client_that_hangs_up_ends_its_query(headers: dict[str, str], tmp_path: Path) -> None:
    def busy() -> set[int]:
        return {pid for pid in children(os.getpid(), named="kg.endpoint.evaluator") if cpu(pid) > 0.4}

    with servers.ours(tmp_path, IIBUN_QUERY_SECONDS="300") as url:
        body = urlencode({"query": ENDLESS})
        connection = http.client.HTTPConnection(url.split("/")[2])
        connection.request("POST", "/sparql", body, {"Content-Type": "application/x-www-form-urlencoded", **headers})
        until(busy)
        connection.close()
        until(lambda: not busy())
        assert alive(url) is False, "the store is empty, and the server answers"


@pytest.fixture
def pool(folder: Path, tmp_path: Path) -> Iterator[Pool]:
    with kg.store.open(tmp_path / "store") as store:
        made = report(0)
        store.replace(article_iri(made.article), quads(made))
        found = Pool(store.hold(), Limits(seconds=300.0, workers=3, slow=1, waiting=6))  # type: ignore[attr-defined]
        yield found
        found.close()


def job(query: str) -> dict[str, object]:
    return {"query": query, "solutions": "application/sparql-results+json", "triples": None}


def submitted(pool: Pool, count: int) -> list[Future[Answer]]:
    """Endless queries, each of a shape of its own."""
    return [pool.submit(job(ENDLESS.replace("?n)", f"?n)(1+{'1+' * n}1 AS ?m)"))) for n in range(count)]


def test_a_query_that_nobody_wants_leaves_its_place_or_its_turn(pool: Pool) -> None:
    endless = submitted(pool, 5)
    for future in endless:
        future.cancel()
    assert pool.run(job("ASK {}")).status == 200
    until(lambda: pool._places.quick == 3 and pool._places.slow == 1 and not pool._places._queue)


def test_quick_queries_are_answered_while_endless_ones_wait_and_run(pool: Pool) -> None:
    good = job("ASK { ?s a <urn:x:first> }")
    assert pool.run(good).status == 200
    endless = submitted(pool, 5)
    until(lambda: not pool._places.slow)  # one has become slow; the others try again and again, and wait
    for n in range(20):
        answer = pool.run(job(f"ASK {{ ?s a <urn:x:{n}> }}"))
        assert json.loads(answer.body)["boolean"] is False
    assert not any(future.done() for future in endless)


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="the system has no priorities")
def test_a_query_that_is_late_on_a_busy_machine_keeps_its_priority(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one that uses the processor for long is put behind the short ones; the others would starve."""

    def priority(pid: int) -> int:
        return os.getpriority(os.PRIO_PROCESS, pid) - os.getpriority(os.PRIO_PROCESS, 0)

    last = 19 - os.getpriority(os.PRIO_PROCESS, 0)
    monkeypatch.setattr(workers, "LATE", 0.1)
    assert pool.run(job("ASK {}")).status == 200
    (worker,) = (one.process.pid for one in pool._free)
    os.kill(worker, signal.SIGSTOP)  # as a machine on which others run
    late = pool.submit(job("SELECT ?s { ?s a <urn:x:T> }"))
    until(lambda: not pool._places.slow)
    assert priority(worker) == min(BEHIND, last)
    os.kill(worker, signal.SIGCONT)
    assert late.result(60).status == 200
    assert worker in {one.process.pid for one in pool._free}, "it serves others"
    assert pool._places.lane(pool._costs.of(shape("SELECT ?s { ?s a <urn:x:T> }")), 30.0) < Lane.SLOW
    endless = pool.submit(job(ENDLESS))
    until(lambda: priority(worker) == min(2 * BEHIND, last) and not pool._places.slow)
    endless.cancel()


def test_where_too_many_wait_the_longest_one_is_refused(pool: Pool) -> None:
    assert pool.run(job("ASK { ?s a <urn:x:first> }")).status == 200
    endless = submitted(pool, 30)
    until(lambda: sum(future.done() for future in endless) >= 20)
    refused = [future.result() for future in endless if future.done()]
    assert {(a.status, a.error) for a in refused} == {(503, workers._CROWDED)}
    assert pool.run(job("ASK { ?s a <urn:x:other> }")).status == 200


def test_lanes_and_costs() -> None:
    places, costs = Places(Limits()), Costs()
    names = ["short", "new", "slow", "hopeless"]
    kind = shape("SELECT ?a { ?a <urn:x:p> 1 }")
    assert kind == shape("select ?b {?b  <urn:x:q>  23} # other values")
    assert kind != shape("SELECT ?b { ?c <urn:x:q> 23 }")
    told = []
    for do, seconds in (
        (costs.done, 0.01), (costs.ended, 0.05), (costs.done, 0.01), (costs.ended, 30.0),
        (costs.done, 0.01), (costs.done, 0.01), (costs.done, 0.01), (costs.done, 0.01),
    ):  # fmt: skip
        do(kind, seconds)
        told.append(names[places.lane(costs.of(kind), 30.0)])
    assert told == ["short", "short", "short", "hopeless", "slow", "slow", "new", "new"]
    assert names[places.lane(costs.of("unknown"), 30.0)] == "new"


def test_places_are_kept_for_the_short_and_for_those_with_hope() -> None:
    async def taken(lanes: list[Lane]) -> list[bool]:
        places = Places(Limits(workers=6, slow=3))
        waiting = [asyncio.ensure_future(places.take(lane)) for lane in lanes]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return [w.done() for w in waiting]

    short, new, slow, hopeless = Lane
    assert asyncio.run(taken([new] * 5 + [short] * 3)) == [True] * 4 + [False] + [True] * 2 + [False]
    assert asyncio.run(taken([hopeless] * 3 + [slow] * 2)) == [True, True, False, True, False]
