"""What a query gave is remembered as long as the store stays as it is, and not a write longer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import kg.store
from kg import queries
from kg.endpoint import answers
from kg.endpoint.answers import Answer
from kg.endpoint.limits import Limits
from kg.endpoint.workers import Pool
from kg.rdf import article_iri, quads
from kg.store import Store
from kg.store.base import prefixed
from tests import store_servers as servers
from tests.kg_samples import report

COUNTS = prefixed(queries.text("counts")[0])


class Counting(Pool):
    """Counts what reaches a worker."""

    asked = 0

    async def _ask(self, worker: Any, job: dict[str, Any], *more: Any) -> Answer:
        self.asked += 1
        return await super()._ask(worker, job, *more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with kg.store.open(tmp_path / "store") as s:
        yield s


@pytest.fixture
def pool(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    monkeypatch.setattr(answers, "WORTH", 0.0)
    found = Counting(store.hold(), Limits())  # type: ignore[attr-defined]
    yield found
    found.close()


def ask(pool: Pool, query: str, **more: Any) -> Any:
    job = {"query": query, "solutions": "application/sparql-results+json", "triples": None}
    answer = pool.run(job, **more)
    return json.loads(answer.body)["results"]["bindings"] if answer.status == 200 else answer.status


def articles(pool: Pool) -> int:
    return int(ask(pool, COUNTS)[0]["articles"]["value"])


def test_counts_are_right_after_every_kind_of_write_and_counted_once_between(store: Store, pool: Counting) -> None:
    def put(n: int) -> str:
        r = report(n)
        store.replace(article_iri(r.article), quads(r))
        return str(article_iri(r.article))

    def counted(n: int) -> None:
        before = pool.asked
        assert [articles(pool) for _ in range(3)] == [n, n, n]
        assert pool.asked == before + 1

    counted(0)
    first = put(0)
    counted(1)
    second = put(1)
    counted(2)
    store.update("DELETE { GRAPH ?g { ?a a schema:NewsArticle } } WHERE { GRAPH ?g { $a a schema:NewsArticle . ?a a schema:NewsArticle FILTER(?a = $a) } }", a=kg.store.iri(second))  # fmt: skip
    counted(1)
    store.delete(first)
    counted(0)
    store.insert(quads(report(2)))
    counted(1)


def test_what_differs_each_time_or_is_an_error_is_not_remembered(pool: Counting) -> None:
    for query in (
        "SELECT (RAND() AS ?x) {}", "SELECT (rand ( ) AS ?x) {}", "SELECT (STRUUID() AS ?x) {}", "SELECT (UUID() AS ?x) {}",
        "SELECT (NOW # then\n() AS ?x) {}", "SELECT (R\\u0041ND() AS ?x) {}", "SELECT ?x { BIND(BNODE() AS ?x) }", "SELECT ?x {",
    ):  # fmt: skip
        before = pool.asked
        ask(pool, query)
        ask(pool, query)
        assert pool.asked == before + 2, query
    assert len({json.dumps(ask(pool, "SELECT (RAND() AS ?x) {}")) for _ in range(4)}) == 4


def test_who_wants_it_fresh_gets_it_fresh_and_other_forms_are_other_answers(pool: Counting) -> None:
    query = "SELECT (1 AS ?x) {}"
    ask(pool, query)
    ask(pool, query, fresh=True)
    assert pool.asked == 2
    assert pool.run({"query": query, "solutions": "text/csv", "triples": None}).body == b"x\r\n1\r\n"
    assert pool.asked == 3


def test_no_more_is_remembered_than_there_is_room_for(pool: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "ALL", 3000)
    for n in range(40):
        ask(pool, f"SELECT ({n} AS ?x) {{}}")
        ask(pool, "SELECT (0 AS ?x) {}")
    assert pool.asked == 40, "what is asked again and again stays"
    now = pool._snapshots.newest
    assert now is not None
    assert 1 < len(now.answers) < 40 and now.answers.size <= 3000
    assert now.answers.size == sum(len(key) + len(a.body) for key, a in now.answers._found.items())


def test_the_endpoint_counts_what_another_process_wrote(tmp_path: Path) -> None:
    with servers.ours(tmp_path) as url, kg.store.open(tmp_path) as other:  # goes through the server
        for n in range(3):
            for _ in range(2):
                r = httpx.get(url, params={"query": COUNTS}, headers={"Accept": "application/sparql-results+json"})
                assert int(r.json()["results"]["bindings"][0]["articles"]["value"]) == n
            made = report(n)
            other.replace(article_iri(made.article), quads(made))
