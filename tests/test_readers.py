"""Reading in the background: whoever waits is served in turn, what is cancelled ends at once and leaves nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

import kg.store
from iibun.batch import jobs
from iibun.batch.readers import Readers
from ingest.batch import Outcome
from ingest.sections import SIZE
from kg.articles import sweep
from kg.model import Article, Report
from kg.rdf import article_iri
from tests.processes import until

LONG = "架空電機は新工場を建てると発表した。来年には動くという。\n" * 1500


def stand_in(connection: Connection) -> None:
    """Stands for a worker process: notes in the file that an article names what it reads; one word hangs it, one ends it."""
    connection.send(None)
    while True:
        article = connection.recv()
        if Path(article.source or "").is_absolute():  # that of a pasted article is the word "text"
            with Path(str(article.source)).open("a", encoding="utf-8") as file:
                file.write(article.title or "")
        if "倒" in article.text:
            raise SystemExit(1)
        if "止" in article.text:
            threading.Event().wait()
        connection.send(Outcome(article, Report(article)))


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Readers]:
    found = Readers(2, stand_in)
    monkeypatch.setattr(jobs, "_readers", found)
    yield found
    found.close()


def test_who_comes_later_with_little_waits_for_one_piece_of_the_others(tmp_path: Path) -> None:
    readers = Readers(1, stand_in)
    log = str(tmp_path / "log")
    long = readers.read("a", [Article("長い。", title="a", source=log)] * 8)
    short = readers.read("b", [Article("短い。", title="b", source=log)])
    for future in [*long, *short]:
        assert future.result(timeout=120).report
    readers.close()
    assert Path(log).read_text("utf-8").index("b") <= 1


def test_a_piece_that_ends_its_process_twice_is_left_out_and_the_next_is_read(readers: Readers) -> None:
    bad, good = readers.read("a", [Article("倒れる", title="悪"), Article("普通")])
    assert "悪 ended its worker process twice" in str(bad.result(timeout=120).error)
    assert good.result(timeout=120).report


def test_what_hangs_is_cancelled_alone_and_leaves_nothing(readers: Readers) -> None:
    with kg.store.memory() as store:
        stuck = jobs.submit([jobs.Pasted("止まる。" + LONG)], store, author="a")
        until(lambda: stuck.state == "reading" and readers._busy)
        other = jobs.submit([jobs.Pasted("別の人の記事。")], store, author="b")
        until(lambda: not other.running)
        assert other.state == "done" and stuck.running, "another person's long text keeps nobody waiting"
        stuck.cancel()
        until(lambda: not stuck.running)
        assert stuck.state == "cancelled" and not stuck.results and not stuck.failures
        assert store.graphs() == [article for r in other.results for article in [r.article]]
        again = jobs.submit([jobs.Pasted("その後の記事。")], store, author="a")
        until(lambda: not again.running)
        assert again.state == "done" and len(store.graphs()) == 2


def test_progress_moves_by_sections(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []
    whole = jobs.Job.__setattr__

    def noted(self: jobs.Job, name: str, value: object) -> None:
        whole(self, name, value)
        if name == "read":
            shares.append(self.share)

    monkeypatch.setattr(jobs.Job, "__setattr__", noted)
    with kg.store.memory() as store:
        job = jobs.submit([jobs.Pasted(LONG)], store, author="a")
        until(lambda: not job.running)
    assert job.state == "done" and job.share == 1.0 and job.read == job.length == len(LONG)
    assert len(shares) > len(LONG) / SIZE and shares == sorted(set(shares)) and shares[-1] < 1


@pytest.mark.parametrize("moment", range(0, 10, 2))
def test_cancelled_while_it_is_stored_an_article_is_not_there(moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.kg_samples import report

    for name in ("kg.articles", "kg.tracking.links"):
        monkeypatch.setattr(f"{name}.LARGE", 10)
        monkeypatch.setattr(f"{name}.CHUNK", 60)
    made = report(0)
    calls = iter(range(1000))

    def check() -> None:
        if next(calls) == moment:
            raise jobs.Cancelled

    with kg.store.memory() as store:
        with pytest.raises(jobs.Cancelled):
            jobs.keep(store, made, check)
        assert not store.select(
            "SELECT ?a { GRAPH ?g { { ?a a schema:NewsArticle } UNION { ?a schema:appearance ?x } } }"
        )
        sweep(store)
        assert not list(store.quads())
        assert jobs.keep(store, made).fate == "new" and article_iri(made.article) in store.graphs()


@pytest.mark.model
@pytest.mark.processes
def test_the_real_worker_is_ended_in_the_middle_of_a_long_text() -> None:
    with kg.store.memory() as store:
        job = jobs.submit([jobs.Pasted(LONG)], store, author="a")
        until(lambda: job.read or not job.running)
        assert job.running, job
        job.cancel()
        until(lambda: not job.running)
        assert job.state == "cancelled" and not list(store.quads())
        short = jobs.submit([jobs.Pasted("架空電機は新工場を建てると発表した。")], store, author="b")
        until(lambda: not short.running)
        assert short.state == "done" and short.results[0].claims == 1
    jobs.stop()


def test_a_server_that_takes_its_time_is_not_waited_for(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> Iterator[Article]:
        asked.set()
        go_on.wait(120)
        yield Article("遅れて届いた記事。")

    monkeypatch.setattr(jobs, "_articles", slow)
    with kg.store.memory() as store:
        job = jobs.submit([jobs.Address("https://example.org/slow")], store, author="a")
        assert asked.wait(120) and job.running
        job.cancel()
        assert not job.running and job.state == "cancelled"
        go_on.set()
        until(lambda: not any(t.name == f"job-{job.id}" for t in threading.enumerate()))
        assert job.state == "cancelled" and not store.graphs()
