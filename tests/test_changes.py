"""Which graphs were written since a version, by whomever; and near copies of what others wrote meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import kg.store
from iibun.archive.writer import Writer
from iibun.batch import jobs
from kg.rdf import article_iri
from tests import store_servers as servers
from tests.paths import ROOT
from tests.test_ingestion import BODY, report

A, B = "urn:x:a", "urn:x:b"
OTHER = "架空電機は量子部門を分社化する。" + "株価は朝から値を下げた。" * 9


def quad(graph: str, value: str = "1") -> ox.Quad:
    node = ox.NamedNode(graph)
    return ox.Quad(node, ox.NamedNode("urn:x:p"), ox.Literal(value), node)


def elsewhere(code: str, folder: Path) -> None:
    """Run a few lines in another process, with ``store`` open."""
    lines = f"import sys, kg.store\nwith kg.store.open(sys.argv[1]) as store:\n    {code}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", lines, str(folder)], check=True, cwd=ROOT, env=environment, timeout=120)


@pytest.fixture(params=["memory", "folder", pytest.param("served", marks=pytest.mark.processes)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[kg.store.Store]:
    if request.param == "memory":
        yield kg.store.memory()
    elif request.param == "folder":
        with kg.store.open(tmp_path / "store") as opened:
            yield opened
    else:
        with servers.ours(tmp_path / "store"), kg.store.open(tmp_path / "store") as opened:
            yield opened


def test_what_was_written_is_told(store: kg.store.Store) -> None:
    start = store.version
    assert store.changed(start) == frozenset()
    store.replace(A, [quad(A)])
    first = store.version
    store.insert([quad(B)])
    assert (
        store.changed(start) == {A, B} and store.changed(first) == {B} and store.changed(store.version) == frozenset()
    )
    store.cut(A, "?s ?p ?o")
    store.delete(B)
    assert store.changed(first) == {A, B}
    store.update("INSERT DATA { GRAPH <urn:x:c> { <urn:s> <urn:p> 1 } }")
    assert store.changed(first) == {A, B, "urn:x:c"}
    store.update("DROP ALL")
    assert store.changed(first) is None, "it may be any"
    assert store.changed("none") is None


def test_a_folder_is_let_go_and_opened_again(tmp_path: Path) -> None:
    with kg.store.open(tmp_path) as store:
        store.replace(A, [quad(A)])
        before = store.version
        store._handle.release()  # type: ignore[attr-defined]
        store.replace(B, [quad(B)])
        assert store.changed(before) == {B}


def test_what_another_process_wrote_is_not_known(tmp_path: Path) -> None:
    with kg.store.open(tmp_path) as store:
        store.replace(A, [quad(A)])
        before = store.version
        store._handle.release()  # type: ignore[attr-defined]
        elsewhere("store.delete('urn:x:none')", tmp_path)
        assert store.changed(before) is None
        between = store.version
        store.replace(B, [quad(B)])
        assert store.changed(before) is None and store.changed(between) == {B}


class Counted:
    """A store that counts how often the signatures of all articles are read."""

    def __init__(self, store: kg.store.Store) -> None:
        self._store = store
        self.readings = 0

    def rows(self, sparql: str) -> Any:
        self.readings += "iib:minhash" in sparql and "VALUES" not in sparql
        return self._store.rows(sparql)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_writer_sees_what_others_write_meanwhile(store: kg.store.Store) -> None:
    counted: Any = Counted(store)
    writer, other = Writer(counted), Writer(store)
    assert writer.write(report(OTHER, url="https://a.example/0")).fate == "new"
    assert other.write(report()).fate == "new"
    near = writer.write(report(BODY + "以上。", url="https://b.example/9"))
    assert near.fate == "near-copy" and near.of == article_iri(report().article)
    store.delete(near.of)
    assert writer.write(report(BODY + "おわり。", url="https://c.example/9")).fate == "new", (
        "what it was near to is gone"
    )
    assert counted.readings == 1


def test_a_writer_sees_what_another_process_wrote(tmp_path: Path) -> None:
    with kg.store.open(tmp_path) as store:
        writer = Writer(store)
        writer.write(report(OTHER, url="https://a.example/0"))
        store._handle.release()  # type: ignore[attr-defined]
        elsewhere(
            "from iibun.archive.writer import Writer; from tests.test_ingestion import report; Writer(store).write(report())",
            tmp_path,
        )
        assert writer.write(report(BODY + "以上。", url="https://b.example/9")).fate == "near-copy"


def test_the_page_reads_the_signatures_once(tmp_path: Path) -> None:
    with kg.store.open(tmp_path) as opened:
        store: Any = Counted(opened)
        fates = [jobs.keep(store, report(BODY + "。" * n, url=f"https://{n}.example/")).fate for n in range(3)]
    jobs.stop()
    assert fates == ["new", "near-copy", "near-copy"] and store.readings == 1
