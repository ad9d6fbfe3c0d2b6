"""Linking parts by a keyed shuffle gives what one machine gives: in one process, on a cluster, with a worker killed."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import kg.store
from iibun.batch import part_links, shuffle
from iibun.batch.cluster import _n_quads, load_parts
from iibun.batch.part_links import link_parts
from iibun.batch.shuffle import Exchange, write_whole
from iibun.cli.main import main
from kg.errors import IibunError
from kg.model import Report
from kg.rdf import article_iri, quads
from kg.tracking import links
from kg.vocab import LINKS_GRAPH
from tests import stories

distributed = pytest.importorskip("distributed")
NAMES = ("airline", "battery", "dam", "hospital", "rocket", "tram")


def everything() -> list[Report]:
    """The articles of all stories, in order of publication."""
    found = [report for name in NAMES for report in stories.reports(stories.load(name))]
    return sorted(found, key=lambda r: (str(r.article.published), article_iri(r.article)))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Parts of one to three articles each."""
    folder = tmp_path_factory.mktemp("parts")
    reports, found = everything(), []
    while reports:
        some, reports = reports[: 1 + len(found) % 3], reports[1 + len(found) % 3 :]
        found.append(f"{folder}/part-{len(found):03}.nq.gz")
        write_whole(found[-1], gzip.compress(b"".join(_n_quads(r, []) for r in some)))
    return found


@pytest.fixture(scope="module")
def alone(parts: list[str]) -> list[str]:
    """The quads of the links graphs as one machine writes them."""
    store = kg.store.memory()
    load_parts(store, parts)
    links.link_all(store)
    return link_graphs(store)


def link_graphs(store: Any) -> list[str]:
    return sorted(str(q) for q in store.quads() if q.graph_name.value.startswith(LINKS_GRAPH))


def written(folder: Path) -> list[str]:
    store = kg.store.memory()
    failed = load_parts(store, [str(folder)]).failed
    assert failed == []
    return link_graphs(store)


def test_one_process_gives_what_linking_a_store_gives(parts: list[str], alone: list[str], tmp_path: Path) -> None:
    assert len(everything()) >= 24 and sum("iib" in q or "Link" in q for q in alone) > 100
    for group in (1, 7):
        done = link_parts(parts, str(tmp_path), group=group)
        assert written(tmp_path) == alone
        assert done.links == sum("ns#linkType" in q for q in alone) > 50
        first = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
        link_parts(parts, str(tmp_path), group=group)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == first, "twice is once, nothing is left over"


def test_reading_articles_one_by_one_gives_nothing_else(alone: list[str]) -> None:
    """Each article alone meets fewer claims; the keys by which claims are found are the same."""
    store = kg.store.memory()
    for report in everything():
        store.replace(article_iri(report.article), quads(report))
        links.link_new(store, article_iri(report.article))
    found = link_graphs(store)
    assert set(found) <= set(alone) and len(found) > 0.98 * len(alone)
    assert [q for q in found if "linkKey" in q] == [q for q in alone if "linkKey" in q]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


@pytest.mark.parametrize("step", ["_claims", "_blocks", "_links"])
def test_a_worker_that_is_killed_in_the_middle_loses_nothing(
    cluster: Any, parts: list[str], alone: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    killed: list[int] = []

    def killing(work: Any, items: Any, address: str | None) -> list[Any]:
        def taken() -> Iterator[Any]:
            for n, item in enumerate(items):
                if n == 7 and work.func.__name__ == step:  # six pieces of work are on their way by then
                    killed.append(next(iter(cluster.workers.values())).pid)
                    os.kill(killed[0], signal.SIGKILL)
                yield item

        return shuffle.each(work, taken(), address)

    monkeypatch.setattr(part_links, "each", killing)
    link_parts(parts, str(tmp_path), cluster.scheduler_address, group=1)
    assert len(killed) == 1
    assert written(tmp_path) == alone
    assert not list(tmp_path.glob("work-*"))


def test_a_run_that_was_stopped_goes_on(parts: list[str], alone: list[str], tmp_path: Path, monkeypatch: Any) -> None:
    def stops(job: Any, bucket: int) -> None:
        if bucket == 3:
            raise KeyboardInterrupt
        whole(job, bucket)

    whole = part_links._pairs
    monkeypatch.setattr(part_links, "_pairs", stops)
    with pytest.raises(KeyboardInterrupt):
        link_parts(parts, str(tmp_path))
    assert not list(tmp_path.glob("links-*"))
    monkeypatch.undo()
    monkeypatch.setattr(part_links, "_opened", None)  # what was read is not read again
    link_parts(parts, str(tmp_path))
    assert written(tmp_path) == alone


def test_an_article_in_two_parts_counts_once_as_the_last_tells_it(tmp_path: Path) -> None:
    some = everything()[:6]
    shorter = [replace(r, claims=r.claims[:1]) for r in some[:2]]
    write_whole(f"{tmp_path}/in/part-1.nq", b"".join(_n_quads(r, []) for r in some))
    write_whole(f"{tmp_path}/in/part-2.nq", b"".join(_n_quads(r, []) for r in shorter))
    store = kg.store.memory()
    load_parts(store, [f"{tmp_path}/in"])
    links.link_all(store)
    named = [f"{tmp_path}/in/part-{n}.nq" for n in (2, 1)]
    for group in (1, 2):
        link_parts(named, f"{tmp_path}/out", group=group)
        assert written(tmp_path / "out") == link_graphs(store)


def test_a_broken_part_is_named_and_nothing_is_written(parts: list[str], tmp_path: Path) -> None:
    write_whole(f"{tmp_path}/in/broken.nq", b"<a> oops")
    with pytest.raises(IibunError, match=r"broken\.nq"):
        link_parts([*parts, f"{tmp_path}/in/broken.nq"], f"{tmp_path}/out")
    assert not list(tmp_path.glob("out/links-*"))


def test_what_is_sent_is_received_by_key(tmp_path: Path) -> None:
    exchange = Exchange(f"file://{tmp_path}/x", 4)
    assert list(exchange.receive(0)) == [] and not exchange.sent("a")
    for _ in range(2):  # twice is once
        exchange.send("a", ((f"k{n % 7}", n) for n in range(40)))
    exchange.send("b", [("k1", 99)])
    assert exchange.sent("a")
    found = {k: v for bucket in range(4) for k, v in exchange.groups(bucket).items()}
    assert found["k1"] == [1, 8, 15, 22, 29, 36, 99] and sum(map(len, found.values())) == 41


def test_the_command_links_parts_and_load_takes_the_links(
    parts: list[str], alone: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, store = str(Path(parts[0]).parent), str(tmp_path / "store")
    assert main(["link", folder, "--out", f"{tmp_path}/links"]) == 0
    assert "links between" in capsys.readouterr().out
    assert main(["load", folder, f"{tmp_path}/links", "--store", store, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["articles"] == len(everything())
    with kg.store.open(store) as opened:
        assert link_graphs(opened) == alone
    assert main(["link", f"{tmp_path}/none", "--out", f"{tmp_path}/links"]) == 1
    assert "there is no part" in capsys.readouterr().err
