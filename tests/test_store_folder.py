"""One folder, many processes: nobody sees a lock, nothing acknowledged is lost, leftovers go."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

import kg.store
from benchmarks.bench_store_faults import KINDS, article, run
from kg.endpoint.workers import ask
from kg.salvage import salvage
from kg.store import Locked, StoreError, handle, transfer
from kg.store import folder as folder_module
from kg.store.folder import FolderStore
from kg.store.lock import FolderLock
from tests import store_servers as servers

_INGEST = """
import sys, kg.store
from benchmarks.bench_store_faults import article
with kg.store.open(sys.argv[1]) as store:
    for n in range(int(sys.argv[2]), int(sys.argv[3])):
        store.replace(*article(n, 1))
"""


def ingest(folder: Path, start: int, end: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _INGEST, str(folder), str(start), str(end)], cwd=servers.ROOT, stderr=subprocess.PIPE
    )


def whole(folder: Path, numbers: range) -> None:
    with kg.store.open(folder) as s:
        for n in numbers:
            graph, quads = article(n, 1)
            assert set(s.quads(graph)) == set(quads)


def test_two_ingests_and_a_reader_at_once(tmp_path: Path) -> None:
    writers = [ingest(tmp_path, 0, 40), ingest(tmp_path, 100, 140)]
    with kg.store.open(tmp_path) as s:
        while any(w.poll() is None for w in writers):
            for graph in s.graphs()[:3]:
                n = int(graph.rsplit(":", 1)[1])
                assert len(list(s.quads(graph))) == len(article(n, 1)[1]), "no half article is seen"
    for w in writers:
        assert w.wait() == 0, w.stderr.read().decode() if w.stderr else ""
    whole(tmp_path, range(40))
    whole(tmp_path, range(100, 140))


def test_commands_go_through_the_server_that_holds_the_folder(tmp_path: Path) -> None:
    with servers.ours(tmp_path) as url:
        secret = tmp_path / "server.json"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and json.loads(secret.read_text())["url"] == url
        writers = [ingest(tmp_path, 0, 15), ingest(tmp_path, 50, 65)]
        with kg.store.open(tmp_path) as s:
            while any(w.poll() is None for w in writers):
                assert s.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"] >= 0
            assert isinstance(s, FolderStore) and s.held is None
            before = s.version
            assert s.replace(*article(0, 1)) is False and s.version == before
            assert s.replace(*article(0, 2)) is True and s.version != before
            s.replace(*article(0, 1))
        assert [w.wait() for w in writers] == [0, 0]
        with pytest.raises(StoreError, match="already served"), kg.store.open(tmp_path) as s:
            s.hold()  # type: ignore[attr-defined]
    whole(tmp_path, [*range(15), *range(50, 65)])  # type: ignore[arg-type]


def test_a_server_that_was_killed_is_no_obstacle(tmp_path: Path) -> None:
    with servers.ours(tmp_path) as url, kg.store.open(tmp_path) as s:
        s.replace(*article(1, 1))
        httpx.get(url, params={"query": "ASK {}"})  # leaves a snapshot
        os.kill(int(json.loads((tmp_path / "server.json").read_text())["pid"]), 9)
        s.replace(*article(2, 1))
        assert len(s.graphs()) == 2 and s.held is not None  # type: ignore[attr-defined]
        s.select("ASK {}")
        assert not (tmp_path / "server.json").exists()
        assert not list((tmp_path / "snapshots").iterdir())


def test_what_is_meant_for_a_copy_never_reaches_the_server_of_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    with kg.store.open(copy) as s:
        s.replace(*article(1, 1))
    with servers.ours(original) as url:
        shutil.copy2(original / "server.json", copy)
        right = FolderLock(copy / "graph")  # as of a command that is about to open the copy
        monkeypatch.setattr(folder_module, "PATIENCE", 0.2)
        with pytest.raises(Locked, match="in use by another process"), kg.store.open(copy) as s:
            s.replace(*article(2, 1))
        right.end()
        assert httpx.get(f"{url}/graphs", params={"graph": article(2, 1)[0]}).status_code == 404
    with kg.store.open(copy) as s:
        assert s.graphs() == [article(1, 1)[0]] and not (copy / "server.json").exists()


@pytest.mark.parametrize("content", ["", "7", "{}", '{"url": 7, "token": [], "pid": "x"}', '{"url": "http://127.0.0.1:9/", "token": "x", "pid": 1, "folder": 7}'])  # fmt: skip
def test_a_server_file_that_says_nothing_is_no_obstacle(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kg.store.open(tmp_path) as s:
        s.replace(*article(1, 1))
    (tmp_path / "server.json").write_text(content)
    right = FolderLock(tmp_path / "graph")
    monkeypatch.setattr(folder_module, "PATIENCE", 0.2)
    with pytest.raises(Locked, match="in use by another process"):
        kg.store.open(tmp_path)
    right.end()
    with kg.store.open(tmp_path) as s:
        assert s.graphs() == [article(1, 1)[0]] and not (tmp_path / "server.json").exists()


def test_a_server_that_is_killed_during_a_load_takes_no_batch_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "BATCH", 5)
    graph, quads = article(1, 1)

    def read() -> Iterator[ox.Quad]:
        for n, quad in enumerate(quads):
            if n == 12:
                os.kill(int(json.loads((tmp_path / "server.json").read_text())["pid"]), 9)
            yield quad

    assert len(quads) > 20
    with servers.ours(tmp_path), kg.store.open(tmp_path) as s:
        transfer.bulk(s, read())
        assert s.held is not None and set(s.quads(graph)) == set(quads)  # type: ignore[attr-defined]


@pytest.mark.parametrize("what", ["moved", "replaced", "deleted"])
def test_a_folder_that_is_no_more_the_one_that_was_opened_is_left_alone(what: str, tmp_path: Path) -> None:
    folder, other = tmp_path / "store", tmp_path / "other"
    with kg.store.open(tmp_path / "another") as s:
        s.replace(*article(1, 1))
    with kg.store.open(folder) as s:
        s.hold()  # type: ignore[attr-defined]
        s.replace(*article(1, 1))
        s.held.raw.optimize()  # type: ignore[attr-defined]  # so that the two MANIFEST files differ
        folder.rename(other)
        if what == "replaced":
            (tmp_path / "another").rename(folder)
        elif what == "deleted":
            shutil.rmtree(other)
        there = set(tmp_path.rglob("*"))
        for use in (lambda: s.replace(*article(2, 1)), s.graphs, lambda: ask(s, "ASK {}"), lambda: s.delete("urn:x:g")):
            with pytest.raises(StoreError, match="was moved, replaced or deleted"):
                use()
        assert set(tmp_path.rglob("*")) == there
    if what == "replaced":
        with pytest.raises(StoreError, match="was moved, replaced or deleted"):
            kg.store.open(folder)
        folder.rename(tmp_path / "another")
    for left in {"moved": [other], "replaced": [tmp_path / "another", other], "deleted": []}[what]:
        with kg.store.open(left) as s:
            assert s.graphs() == [article(1, 1)[0]] and not s.faults()


_NOT_CLOSED = """
import pathlib, sys
from benchmarks.bench_store_faults import article
from kg.store.opening import Opened
folder = pathlib.Path(sys.argv[1])
opened = Opened(folder / "store" / "graph", read_only=False)
opened.store.extend(article(1, 1)[1])
opened.store.optimize()  # so that the two MANIFEST files differ
(folder / "store").rename(folder / "other")
(folder / "another").rename(folder / "store")
"""


@pytest.mark.parametrize("end", ["", "opened.store", "del opened"], ids=["ended", "failed", "freed"])
def test_a_folder_that_took_the_place_of_one_that_is_not_closed_is_left_alone(end: str, tmp_path: Path) -> None:
    with kg.store.open(tmp_path / "another") as s:
        s.replace(*article(1, 1))
    ended = subprocess.run(
        [sys.executable, "-c", _NOT_CLOSED + end, str(tmp_path)], cwd=servers.ROOT, capture_output=True, text=True
    )
    assert ("was moved, replaced or deleted" in ended.stderr) is (end == "opened.store"), ended.stderr
    with kg.store.open(tmp_path / "store") as s:
        assert s.graphs() == [article(1, 1)[0]] and not s.faults()


def test_a_held_folder_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.ours(tmp_path):
        (tmp_path / "server.json").unlink()  # as if it could not be found
        monkeypatch.setattr(folder_module, "PATIENCE", 0.2)
        with pytest.raises(Locked, match="in use by another process"):
            kg.store.open(tmp_path)


def test_what_cannot_be_a_store(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StoreError, match="is a file"):
        kg.store.open(file)
    (tmp_path / "loop").symlink_to("pool")
    (tmp_path / "pool").symlink_to("loop")
    for nowhere in (tmp_path / "loop", tmp_path / "loop" / "below", tmp_path / ("x" * 300), Path("~no-such-user/x")):
        for way in ({}, {"read_only": True}):
            with pytest.raises(StoreError, match=r"^(The|There is no) store .*\.$"):
                kg.store.open(nowhere, **way)
        with pytest.raises(StoreError):
            salvage(nowhere, tmp_path / "to")
    for elsewhere in ("ftp://x.example/", "s3://bucket/store"):
        with pytest.raises(StoreError, match="neither a folder nor an http"):
            kg.store.open(elsewhere)
    with pytest.raises(StoreError, match="Nothing answers"):
        kg.store.open("http://127.0.0.1:9/sparql")
    with pytest.raises(StoreError, match="IIBUN_STORE_USER"):
        kg.store.open("http://user:secret@127.0.0.1:9/sparql")


def test_read_only(tmp_path: Path) -> None:
    with kg.store.open(tmp_path) as s:
        s.replace(*article(1, 1))
    for more in ({"read_only": True}, {"create": False}):
        with pytest.raises(StoreError, match="There is no store in"):
            kg.store.open(tmp_path / "none", **more)
    assert not (tmp_path / "none").exists()
    with kg.store.open(tmp_path, read_only=True) as s:
        assert s.graphs()
        for write in (
            lambda: s.replace(*article(1, 2)),
            lambda: s.delete("urn:x"),
            lambda: s.update("CLEAR ALL"),
            lambda: s.insert([]),
        ):
            with pytest.raises(StoreError, match="reading only"):
                write()


def test_threads_share_one_folder(tmp_path: Path) -> None:
    failed: list[Exception] = []

    def work(k: int) -> None:
        try:
            with kg.store.open(tmp_path) as s:
                for n in range(k * 10, k * 10 + 5):
                    s.replace(*article(n, 1))
                    s.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed
    whole(tmp_path, [k * 10 + i for k in range(6) for i in range(5)])  # type: ignore[arg-type]


def test_a_folder_is_let_go_of_when_idle(tmp_path: Path) -> None:
    with kg.store.open(tmp_path) as s:
        s.replace(*article(1, 1))
        end = time.monotonic() + 5
        while s.held is not None and time.monotonic() < end:  # type: ignore[attr-defined]
            time.sleep(0.05)
        assert s.held is None  # type: ignore[attr-defined]
        assert s.graphs() == ["urn:x:article:1"]


def test_a_group_that_is_not_flushed_yet_is_kept_together_unless_somebody_waits(tmp_path: Path) -> None:
    with kg.store.open(tmp_path) as s:
        assert isinstance(s, FolderStore)
        s.replace(*article(1, 1), flush=False)
        time.sleep(3 * handle.IDLE)
        assert s.held is not None and s.held.unflushed
        other = ingest(tmp_path, 2, 3)
        assert other.wait(30) == 0
        assert not (tmp_path / "waiting").exists()
        s.replace(*article(3, 1), flush=False)
        assert s.held.unflushed
        s.flush()
        assert not s.held.unflushed
        s.replace(*article(4, 1), flush=False)
    whole(tmp_path, range(1, 5))


def test_a_writer_that_is_killed_within_a_group_leaves_whole_graphs(tmp_path: Path) -> None:
    code = (
        "import sys, time, kg.store\nfrom benchmarks.bench_store_faults import article\n"
        "with kg.store.open(sys.argv[1]) as s:\n"
        "    for n in range(1000):\n        s.replace(*article(n, 1), flush=False)\n        print(n, flush=True)"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=servers.ROOT, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    for _ in range(20):
        writer.stdout.readline()
    writer.kill()
    said = 20 + len(writer.stdout.read().splitlines())
    writer.wait()
    with kg.store.open(tmp_path) as s:
        assert len(s.graphs()) in (said, said + 1)  # the last may be there and not be told
    whole(tmp_path, range(said))


def test_killed_writers_lose_nothing(tmp_path: Path) -> None:
    found = run(len(KINDS), tmp_path / "store", seed=7)
    assert found["lost"] == found["half"] == found["leftovers"] == 0 and found["articles"] > 0
    assert all(found[f"kills: {kind}"] == 1 for kind in KINDS)


def test_copies_and_restores(tmp_path: Path) -> None:
    with kg.store.open(tmp_path / "a") as s:
        for n in range(5):
            s.replace(*article(n, 1))
        count = kg.store.backup(s, tmp_path / "copy")
        with pytest.raises(StoreError, match="exists already"):
            kg.store.backup(s, tmp_path / "copy")
        assert not list((tmp_path / "a" / "snapshots").iterdir())
    with kg.store.open(tmp_path / "b") as s:
        assert kg.store.restore(s, tmp_path / "copy") == count
    whole(tmp_path / "b", range(5))
    noted = tmp_path / "copy" / "backup.json"
    noted.write_text(noted.read_text().replace('"sum": "', '"sum": "0'))
    with kg.store.open(tmp_path / "d") as s:
        with pytest.raises(StoreError, match="is damaged"):
            kg.store.restore(s, tmp_path / "copy")
        assert s.graphs() == []
        (left := tmp_path / "e.99999999.part" / "graph").mkdir(parents=True)  # of a backup that was killed
        s.replace(*article(1, 1))
        kg.store.backup(s, tmp_path / "e")
    assert not left.exists() and (tmp_path / "e" / "backup.json").exists()
    broken = tmp_path / "broken.nq"
    broken.write_text("<urn:x:s> <urn:x:p> <urn:x:o> <urn:x:g> .\nnonsense\n")
    with kg.store.open(tmp_path / "c") as s:
        with pytest.raises(StoreError, match="not readable"):
            kg.store.restore(s, broken)
        assert s.graphs() == []


@pytest.mark.parametrize("what", ["cut short", "another sum", "a folder"])
def test_a_backup_that_is_refused_takes_nothing_that_others_wrote_meanwhile(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kg.store.open(tmp_path / "a") as s:
        s.replace(*article(1, 1))
        kg.store.backup(s, path := tmp_path / ("copy" if what == "a folder" else "a.nq"))
    changed = path / "backup.json" if what == "a folder" else path
    before, after = ('"sum": "', '"sum": "0') if what == "a folder" else ("sum ", "sum 0")
    text = changed.read_text().replace(before, after)
    changed.write_text(text[:-100] + "<" if what == "cut short" else text)
    with kg.store.open(tmp_path / "b") as s:
        bulk, theirs = transfer.bulk, list[str]()

        def and_theirs(store: kg.store.Store, quads: Iterable[ox.Quad]) -> None:
            try:
                bulk(store, quads)
            finally:  # another process writes as soon as the folder is free
                s.replace(*article(2, 1))
                theirs.append(article(2, 1)[0])

        monkeypatch.setattr(transfer, "bulk", and_theirs)
        with pytest.raises(StoreError, match=r"not readable|is damaged"):
            kg.store.restore(s, path)
        assert s.graphs() == theirs
