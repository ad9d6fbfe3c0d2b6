"""A store on a read-only or full disk can be read, queried, checked, exported, backed up and served; writes are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

import kg.store
from iibun.cli.main import main
from kg import rdf
from kg.store import StoreError, reading
from tests import kg_samples, store_servers

ARTICLE = rdf.article_iri(kg_samples.report(1).article)


def fill(folder: Path) -> Path:
    with kg.store.open(folder) as s:
        for n in (1, 2):
            report = kg_samples.report(n)
            s.replace(rdf.article_iri(report.article), rdf.quads(report))
    return folder


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    """A small file system of its own; the test is skipped where none may be mounted."""
    place.mkdir(exist_ok=True)
    done = (
        subprocess.run(["mount", *options, str(place)], capture_output=True, check=False)
        if sys.platform == "linux"
        else None
    )
    if done is None or done.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.fixture(
    params=[
        pytest.param("read-only file system", marks=pytest.mark.processes),  # mounts
        pytest.param("full disk", marks=pytest.mark.processes),
        "no permission",
    ]
)
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, str]]:
    """A store that cannot be written, and why, in words."""
    if request.param == "read-only file system":
        fill(tmp_path / "real")
        with mounted(tmp_path / "place", "--bind", str(tmp_path / "real")) as place:
            again = subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], capture_output=True, check=False)
            if again.returncode:
                pytest.skip("no file system can be mounted read-only here")
            yield place, "its file system is read-only"
    elif request.param == "full disk":
        with mounted(tmp_path / "place", "-t", "tmpfs", "-o", "size=24m", "tmpfs") as place:
            folder = fill(place / "store")
            with (place / "filler").open("wb") as f:
                try:
                    while True:
                        f.write(bytes(1 << 16))
                        f.flush()
                except OSError:
                    pass
            yield folder, "its disk is full"
    else:
        folder = fill(tmp_path / "store")
        monkeypatch.setattr(
            os, "access", lambda path, mode: not str(path).startswith(str(folder))
        )  # root may do anything
        yield folder, "this user may not write to its folder"


def test_all_that_reads_works_and_what_writes_is_refused(
    store: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, why = store

    def iibun(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        return code, *capsys.readouterr()

    before = sorted((f.name, f.stat().st_size) for f in folder.rglob("*"))
    code, out, err = iibun("status", "--store", str(folder), "--format", "json")
    assert code == 0 and json.loads(out)["articles"] == 2, err
    code, out, err = iibun("query", "claims", "--store", str(folder))
    assert code == 0 and "青葉電機" in out, err
    code, _, err = iibun("check", "--no-shapes", "--store", str(folder))
    assert (code, "0 problems" in err) == (0, True), err
    assert iibun("export", str(tmp_path / "x.nq"), "--store", str(folder))[0] == 0
    for name in ("b.nq.gz", "copy"):
        code, _, err = iibun("backup", str(tmp_path / name), "--store", str(folder))
        assert code == 0, err
        assert iibun("restore", str(tmp_path / name), "--store", str(tmp_path / f"again-{name}"))[0] == 0
        with kg.store.open(tmp_path / f"again-{name}") as again, kg.store.open(folder, read_only=True) as here:
            assert set(again.quads()) == set(here.quads()) and len(here.graphs()) == 2
    for command in (["delete", ARTICLE], ["load", str(tmp_path / "x.nq")], ["load", "--bulk", str(tmp_path / "x.nq")]):
        code, _, err = iibun(*command, "--store", str(folder))
        assert code == 1 and err.count("\n") == 1 and ("can only be read" in err or "cannot be written" in err), err
    with kg.store.open(folder) as s:
        node = ox.NamedNode("urn:x:a")
        for write in (
            lambda: s.replace("urn:x:a", [ox.Quad(node, node, node, node)]),
            lambda: s.insert([ox.Quad(node, node, node, node)]),
            lambda: s.delete(ARTICLE),
            lambda: s.update("CLEAR ALL"),
        ):
            with pytest.raises(StoreError, match=f"can only be read: {why}; nothing was written"):
                write()
        assert len(s.graphs()) == 2
    assert sorted((f.name, f.stat().st_size) for f in folder.rglob("*")) == before, "nothing was left there"


def test_a_server_reads_and_refuses(store: tuple[Path, str]) -> None:
    folder, why = store
    if "user" in why:
        pytest.skip("in another process root may write")
    with store_servers.ours(folder) as url:
        asked = httpx.get(
            url, params={"query": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?g a <https://schema.org/NewsArticle> } }"}
        )
        assert asked.status_code == 200 and '"2"' in asked.text
        refused = httpx.post(url, data={"update": "CLEAR ALL"}, headers={"Authorization": "Bearer test-token"})
        assert refused.status_code >= 400 and "can only be read" in refused.text


def test_a_writer_elsewhere_is_no_obstacle_and_no_danger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not write sees a whole state, while somebody else writes."""
    folder = fill(tmp_path / "store")
    code = (
        "import sys, time, kg.store\nfrom benchmarks.bench_store_faults import article\n"
        "s = kg.store.open(sys.argv[1]); s.hold(); print('held', flush=True)\n"
        "for n in range(10000): s.replace(*article(n % 40, n))"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=store_servers.ROOT, stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None and writer.stdout.readline() == b"held\n"
        monkeypatch.setattr(reading, "unwritable", lambda graph: "this user may not write to its folder")
        for _ in range(5):
            with kg.store.open(folder, read_only=True) as s:
                assert ARTICLE in s.graphs()
                for graph in s.graphs():
                    if graph.startswith("urn:x:article:"):
                        assert len({q.predicate for q in s.quads(graph)}) == 1, "no half article is seen"
            time.sleep(0.05)
    finally:
        writer.kill()
        writer.wait()


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(tmp_path / "store")
    monkeypatch.setattr(reading, "unwritable", lambda graph: "its disk is full")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with kg.store.open(folder) as s:
        assert len(s.graphs()) == 2 and list((tmp_path / "tmp").iterdir())
    assert not list((tmp_path / "tmp").iterdir())


def test_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.testing.v1 import AppTest

    from iibun.web import answers
    from iibun.web.script import __file__ as script

    folder = fill(tmp_path / "store")
    monkeypatch.setattr(reading, "unwritable", lambda graph: "its disk is full")
    with kg.store.open(folder) as s:
        s.hold()  # type: ignore[attr-defined]
        answers.use_store(s)
        try:
            shown = AppTest.from_file(str(Path(script).parent / "page.py"), default_timeout=60).run()
            assert any("ディスクに空きがありません" in info.value for info in shown.info)
            assert not shown.exception and not shown.error
        finally:
            answers.use_store(None)
