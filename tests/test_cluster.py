"""Reading on a Dask cluster of several processes, one of which is killed; into parts, and into a SPARQL server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kg.store
from iibun.batch.cluster import ToParts, ToStore, load_parts, part_name
from iibun.batch.shuffle import write_whole
from ingest.batch import chunks
from ingest.cluster import NoCluster, map_chunks
from kg.model import Article
from tests import store_servers as servers
from tests.test_batch import articles, run

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


@pytest.mark.usefixtures("nlp")
def test_a_worker_that_is_killed_while_it_reads_loses_nothing(cluster: Any, tmp_path: Path) -> None:
    """Real reading: as many parts as without the kill, with the same bytes."""
    groups = list(chunks(articles(18), 200))
    assert len(groups) >= 9
    done = 0
    for number, (_, result, error) in enumerate(
        map_chunks(groups, cluster.scheduler_address, ToParts(f"{tmp_path}/killed"))
    ):
        assert error is None and result is not None and result[1] == []
        done += result[0]
        if number == 1:  # six chunks are on their way at any time: both workers are reading
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    assert done == 18
    for group in groups:
        ToParts(f"{tmp_path}/whole")(group)
    killed, whole = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("killed", "whole"))
    assert killed == whole


def quick(group: list[Article]) -> None:
    """Work whose effect does not matter."""


def fails(group: list[Article]) -> None:
    raise ValueError(f"cannot read {group[0].source}")


def test_what_fails_is_told_and_the_others_go_on(cluster: Any) -> None:
    many = [Article("記事", source=f"a{n}") for n in range(3)]
    errors = [error for _, _, error in map_chunks(chunks(many, 1), cluster.scheduler_address, fails)]
    assert sorted(e or "" for e in errors) == [f"ValueError: cannot read a{n}" for n in range(3)]


def test_no_cluster_is_one_sentence() -> None:
    with pytest.raises(NoCluster, match="no Dask scheduler"):
        list(map_chunks([], "tcp://127.0.0.1:9", quick, patience=1))


@pytest.mark.usefixtures("nlp")
def test_parts_are_whole_named_by_content_and_load_twice_as_once(tmp_path: Path) -> None:
    group = articles(3)
    url = f"file://{tmp_path}/parts"
    done, failures, size = ToParts(url)(group)
    assert (done, failures) == (3, []) and size > 0
    ToParts(url)(group)
    assert [p.name for p in (tmp_path / "parts").iterdir()] == [part_name(group)]
    assert part_name(group) != part_name(articles(2))
    store = kg.store.memory()
    first = load_parts(store, [url])
    before = sorted(map(str, store.quads()))
    again = load_parts(store, [url])
    assert len(first.articles) == 3 and first == again and sorted(map(str, store.quads())) == before
    assert load_parts(store, [f"{tmp_path}/none.nq"]).failed == [f"there is no part {tmp_path}/none.nq"]
    write_whole(f"{url}/broken.nq", b"<a> oops")
    done = load_parts(store, [url])
    assert len(done.articles) == 3 and len(done.failed) == 1 and "broken.nq" in done.failed[0]


@pytest.mark.usefixtures("nlp")
def test_parts_go_to_any_fsspec_url() -> None:
    import fsspec

    ToParts("memory://bucket/parts")(articles(1))
    assert len(fsspec.filesystem("memory").ls("/bucket/parts")) == 1
    assert len(load_parts(kg.store.memory(), ["memory://bucket/parts"]).articles) == 1


def test_the_command_writes_on_a_cluster_what_it_writes_alone(cluster: Any, tmp_path: Path) -> None:
    from tests.test_batch import dump

    folder = tmp_path / "articles"
    folder.mkdir()
    for n, article in enumerate(articles(4)):
        (folder / f"{n}.txt").write_text(article.text, "utf-8")
    address = cluster.scheduler_address
    assert run("ingest", str(folder), "--store", str(tmp_path / "alone"), "--no-links").returncode == 0
    done = run("ingest", str(folder), "--store", str(tmp_path / "many"), "--no-links", "--dask", address)
    assert done.returncode == 0, done.stderr
    assert dump(tmp_path / "alone") == dump(tmp_path / "many")
    parts = str(tmp_path / "parts")
    done = run("ingest", str(folder), "--dask", address, "--parts", parts)
    assert done.returncode == 0 and "4 read" in done.stdout, done.stderr
    assert "4 unchanged" in run("ingest", str(folder), "--dask", address, "--parts", parts).stdout
    assert "Loaded: 4 articles" in run("load", parts, "--store", str(tmp_path / "loaded"), "--no-links").stdout
    refused = run("ingest", str(folder), "--dask", "tcp://127.0.0.1:9", "--store", str(tmp_path / "x"))
    assert refused.returncode == 1 and "no Dask scheduler" in refused.stderr and "Traceback" not in refused.stderr


@pytest.fixture(params=["oxigraph", pytest.param("virtuoso", marks=pytest.mark.virtuoso)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if not (servers.OXIGRAPH if request.param == "oxigraph" else servers.VIRTUOSO and servers.ISQL):
        pytest.skip(f"{request.param} is not installed")
    with getattr(servers, request.param)(tmp_path / request.param) as url:
        yield url


@pytest.mark.usefixtures("nlp")
def test_workers_write_into_a_sparql_server(cluster: Any, server: str) -> None:
    many = articles(4)
    reference = kg.store.memory()
    ToStore.write(reference, many)
    with kg.store.open(server) as store:
        for _ in range(2):  # twice is once
            results = list(map_chunks(chunks(many, 150), cluster.scheduler_address, ToStore(server)))
            assert sum(r[1][0] for r in results if r[1]) == 4 and all(r[2] is None for r in results)
            graphs = [g for g in store.graphs() if ":article:" in g]
            assert graphs == reference.graphs() and len(graphs) == 4
            assert [len(list(store.quads(g))) for g in graphs] == [len(list(reference.quads(g))) for g in graphs]
        assert store.select("SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a a schema:NewsArticle }")[0]["n"] == 4


def test_near_copies_are_found_across_parts_by_a_shuffle(cluster: Any, tmp_path: Path) -> None:
    from iibun.batch.cluster import _n_quads
    from iibun.batch.copies import near_copies
    from kg.model import Report
    from kg.rdf import article_iri
    from tests.test_ingestion import BODY

    texts = {"a": BODY, "b": BODY + "以上。", "c": "気象庁は5日、関東の梅雨入りを発表した。平年より3日早い。" * 4}
    names = {}
    for name, text in texts.items():
        report = Report(Article(text, url=f"https://{name}.example/"))
        names[name] = article_iri(report.article)
        write_whole(f"{tmp_path}/{name}.nq", _n_quads(report, []))
    pairs = near_copies([f"{tmp_path}/{name}.nq" for name in texts], f"{tmp_path}/work", cluster.scheduler_address)
    assert [sorted(p[:2]) for p in pairs] == [sorted((names["a"], names["b"]))] and pairs[0][2] > 0.7
