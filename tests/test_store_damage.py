"""Damage to a store's files is told in one sentence, never swallowed; what can be read is saved; nothing sound is called damaged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import kg.store
from benchmarks.bench_store_faults import article
from iibun.cli.main import main
from iibun.i18n.errors import explained
from kg import rdf
from kg.endpoint.workers import ask
from kg.salvage import salvage
from kg.store import StoreError, checksums, damage, rocksdb
from tests import kg_samples, store_servers

NUMBERS = range(12)
EVERYTHING = "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "store"
    with kg.store.open(folder) as s:
        for n in NUMBERS:
            s.replace(*article(n, 1))
        s.hold().raw.optimize()  # type: ignore[attr-defined]  # no merge takes away a file that a test has chosen
    return folder


@pytest.fixture
def sound(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "store"))


def contents(folder: Path) -> set[str]:
    with kg.store.open(folder) as s:
        return {str(q) for q in s.quads()}


def files(folder: Path, pattern: str) -> list[Path]:
    """Files of a store, the largest first; whoever has it open may merge small ones meanwhile."""
    sizes = {}
    for file in (folder / "graph").glob(pattern):
        with suppress(FileNotFoundError):
            sizes[file] = file.stat().st_size
    return sorted(sizes, key=lambda f: -sizes[f])


def largest(folder: Path) -> Path:
    """The largest file that the store's manifest names; others may be about to go."""
    graph = folder / "graph"
    manifest = graph / (graph / "CURRENT").read_text("ascii").strip()
    return graph / max(rocksdb.tables(manifest.read_bytes()).values(), key=lambda t: t.size).file


def flip(file: Path, at: int, *, quietly: bool = False) -> None:
    before = file.stat()
    data = bytearray(file.read_bytes())
    data[at] ^= 4
    file.write_bytes(data)
    if quietly:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


DAMAGE = {
    "a bit of a table": ("*.sst", lambda f: flip(f, f.stat().st_size // 3)),
    "a bit that leaves no trace": ("*.sst", lambda f: flip(f, 50, quietly=True)),
    "a table cut short": ("*.sst", lambda f: os.truncate(f, f.stat().st_size // 2)),
    "a table gone": ("*.sst", Path.unlink),
    "a bit of the MANIFEST": ("MANIFEST-*", lambda f: flip(f, f.stat().st_size // 2)),
    "the MANIFEST cut short": ("MANIFEST-*", lambda f: os.truncate(f, f.stat().st_size // 2)),
    "the MANIFEST's beginning left": ("MANIFEST-*", lambda f: os.truncate(f, 300)),
    "the MANIFEST gone": ("MANIFEST-*", Path.unlink),
    "CURRENT empty": ("CURRENT", lambda f: os.truncate(f, 0)),
    "CURRENT gone": ("CURRENT", Path.unlink),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_told_and_what_can_be_read_is_saved(
    what: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = contents(sound)
    pattern, harm = DAMAGE[what]
    file = files(sound, pattern)[0]
    harm(file)
    for command in (["status"], ["check", "--no-shapes"], ["export", str(tmp_path / "x.nq")], ["query", "counts"]):
        assert main([*command, "--store", str(sound)]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and file.name in said and "iibun salvage" in said
    before = {f.name: f.stat().st_mtime_ns for f in (sound / "graph").iterdir()}
    assert main(["salvage", str(sound), "--to", str(tmp_path / "saved"), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [file.name] and told["lost"] == {} and told["graphs"] == len(NUMBERS)
    assert contents(tmp_path / "saved") == whole, "each quad is in several tables"
    assert {f.name: f.stat().st_mtime_ns for f in (sound / "graph").iterdir()} == before, (
        "the damaged store is left alone"
    )


@pytest.mark.parametrize("indexes", [("gspo", "posg"), ("id2str",)])
def test_what_is_lost_is_listed(indexes: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "store"
    articles = [rdf.article_iri(kg_samples.report(n).article) for n in (1, 2)]
    with kg.store.open(folder) as s:
        for n in (1, 2):
            s.replace(articles[n - 1], rdf.quads(kg_samples.report(n)))
    manifest = files(folder, "MANIFEST-*")[0].read_bytes()
    gone = [t.file for t in rocksdb.tables(manifest).values() if t.index in indexes]
    for file in gone:
        (folder / "graph" / file).unlink()
    assert main(["salvage", str(folder), "--to", str(tmp_path / "saved")]) == 1
    said = capsys.readouterr().err
    assert all(f"damaged: {file}" in said for file in gone)
    if indexes == ("id2str",):
        assert "names of graphs cannot be read" in said
    else:
        assert all(f"lost: {article} (0 of its quads could be read" in said for article in articles)


def test_the_log_of_a_killed_process_is_told_if_damaged(tmp_path: Path) -> None:
    code = (
        "import os, sys, kg.store\nfrom benchmarks.bench_store_faults import article\ns = kg.store.open(sys.argv[1])\n"
        "for n in range(20): s.replace(*article(n, 1), flush=False)\nos.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "store")], cwd=store_servers.ROOT)
    shutil.copytree(tmp_path / "store", tmp_path / "copy")
    with kg.store.open(tmp_path / "copy") as s:
        assert len(s.graphs()) == 20, "what a killed process left is no damage"
    log = files(tmp_path / "store", "*.log")[0]
    flip(log, log.stat().st_size // 3)
    with pytest.raises(damage.Damaged, match=f"{log.name} has a damaged record"):
        kg.store.open(tmp_path / "store")
    done = salvage(tmp_path / "store", tmp_path / "saved")
    assert list(done.lost) == [log.name] and 0 < done.graphs < 20 and not done.problems


@pytest.mark.parametrize(
    "what", ["copied", "without note", "note damaged", "older state", "graph replaced", "IDENTITY gone"]
)
def test_what_is_sound_is_not_called_damaged(what: str, sound: Path, tmp_path: Path) -> None:
    whole = contents(sound)
    note = sound / checksums.NOTE
    match what:
        case "copied":
            shutil.copytree(sound, tmp_path / "copy", copy_function=shutil.copyfile)
            sound = tmp_path / "copy"
        case "without note":
            note.unlink()
        case "note damaged":
            flip(note, 100)
        case "older state":
            shutil.copytree(sound / "graph", tmp_path / "older")
            with kg.store.open(sound) as s:
                s.replace(*article(99, 1))
            shutil.rmtree(sound / "graph")
            shutil.copytree(tmp_path / "older", sound / "graph")
        case "graph replaced":
            with kg.store.open(tmp_path / "other") as s:
                s.replace(*article(50, 1))
            shutil.rmtree(sound / "graph")
            shutil.copytree(tmp_path / "other" / "graph", sound / "graph")
            whole = contents(tmp_path / "other")
        case "IDENTITY gone":
            (sound / "graph" / "IDENTITY").unlink()
    assert contents(sound) == whole
    note_now = checksums.read(sound / "graph")
    assert note_now is not None and note_now.files
    assert contents(sound) == whole


def test_a_store_whose_maker_was_killed_is_made_by_the_next(tmp_path: Path) -> None:
    """Oxigraph makes the parts of a store one after another, each noted in the MANIFEST."""
    graph = tmp_path / "store" / "graph"
    kg.store.open(tmp_path / "whole").close()
    made = (files(tmp_path / "whole", "MANIFEST-*")[0]).read_bytes()
    lengths = [7 + len(record) for record in rocksdb.records(made)]
    begun = [made[: sum(lengths[:n])] for n in range(5, len(lengths))]  # CURRENT names it after its fifth record
    bare = [part for part in begun if not rocksdb.tables(part)]
    assert len(bare) > 5
    for part in bare[::4]:
        graph.mkdir(parents=True)
        (graph / "MANIFEST-000005").write_bytes(part)
        (graph / "CURRENT").write_text("MANIFEST-000005\n")
        (graph / "000004.log").touch()
        with kg.store.open(tmp_path / "store") as s:
            s.replace(*article(1, 1))
        assert contents(tmp_path / "store")
        shutil.rmtree(tmp_path / "store")


def test_a_query_that_meets_rot_in_a_large_store_ends_with_the_sentence(sound: Path) -> None:
    """A query over a damaged block may go on for ever; the files are verified meanwhile."""
    contents(sound)  # the files of a copy are noted anew
    tables = rocksdb.tables(files(sound, "MANIFEST-*")[0].read_bytes()).values()
    file = sound / "graph" / max((t for t in tables if t.index == "spog"), key=lambda t: t.size).file
    flip(file, 50, quietly=True)
    code = (
        "import sys, time, kg.store\nfrom kg.store import damage\ndamage.SMALL, damage.LONG = 0, 0.2\n"
        "with kg.store.open(sys.argv[1], read_only=True) as s:\n    s.work(lambda inner: time.sleep(60))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(sound)], cwd=store_servers.ROOT, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 1 and file.name in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("what", ["the MANIFEST's beginning left", "a bit of the MANIFEST", "a table cut short"])
def test_what_is_damaged_while_a_server_has_it_is_not_noted_as_sound(what: str, sound: Path, tmp_path: Path) -> None:
    whole = contents(sound)
    pattern, harm = DAMAGE[what]
    with kg.store.open(sound) as s:
        s.hold()  # type: ignore[attr-defined]
        file, noted = files(sound, pattern)[0], checksums.read(sound / "graph")
        harm(file)
    now = checksums.read(sound / "graph")
    assert noted and now and now.content().startswith(noted.content())
    assert now.files.get(file.name) == noted.files.get(file.name)
    with pytest.raises(damage.Damaged, match=file.name):
        kg.store.open(sound)
    salvage(sound, tmp_path / "saved")
    assert contents(tmp_path / "saved") == whole


@pytest.mark.parametrize("what", [w for w in DAMAGE if "CURRENT" not in w and "trace" not in w])
def test_a_query_through_a_server_says_what_is_damaged(what: str, sound: Path) -> None:
    pattern, harm = DAMAGE[what]
    with kg.store.open(sound) as s:
        held = s.hold()  # type: ignore[attr-defined]
        file = files(sound, pattern)[0]
        harm(file)
        said = ""
        try:
            rows = {str(row) for row in ask(s, EVERYTHING)}  # type: ignore[union-attr]
        except damage.Damaged as error:
            said = str(error)
        if said:
            assert file.name in said and "iibun salvage" in said
        else:  # what it has in memory is whole
            assert rows == {str(row) for row in held.query(EVERYTHING)}


def test_a_file_that_goes_while_a_server_has_the_store_is_missed(sound: Path) -> None:
    with kg.store.open(sound) as s:
        held = s.hold()  # type: ignore[attr-defined]
        held.verify()
        file = largest(sound)
        file.unlink()
        with pytest.raises(damage.Damaged, match=f"{file.name} is missing"):
            held.verify()


def test_check_reads_all_files_of_a_large_store(
    sound: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(damage, "SMALL", 0)
    assert main(["check", "--no-shapes", "--store", str(sound)]) == 0
    file = largest(sound)
    flip(file, 50, quietly=True)
    assert main(["check", "--no-shapes", "--store", str(sound)]) == 1
    assert file.name in capsys.readouterr().err


@pytest.mark.parametrize("name", ["b.nq", "b.nq.gz", "copy"])
def test_a_damaged_backup_is_told(name: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup = tmp_path / name
    assert main(["backup", str(backup), "--store", str(sound)]) == 0
    assert main(["restore", str(backup), "--store", str(tmp_path / "again")]) == 0
    assert contents(tmp_path / "again") == contents(sound)
    capsys.readouterr()
    if name == "b.nq":  # still N-Quads, but others
        lines = backup.read_bytes().splitlines(keepends=True)
        backup.write_bytes(b"".join(lines[:5] + lines[6:]))
    elif name == "b.nq.gz":
        flip(backup, backup.stat().st_size // 2)
    else:
        flip(max((backup / "graph").glob("*.sst"), key=lambda f: f.stat().st_size), 50, quietly=True)
    assert main(["restore", str(backup), "--store", str(tmp_path / "other")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(backup) in said
    with kg.store.open(tmp_path / "other") as s:
        assert s.graphs() == []


def test_odd_small_files_are_no_obstacle(sound: Path) -> None:
    whole = contents(sound)
    (sound / "version").write_bytes(b"\xff\xfe\x00")
    (sound / "server.json").write_text('{"url": 7, "token": [], "pid": "x"}')
    assert contents(sound) == whole
    with kg.store.open(sound) as s:
        assert s.version


def test_salvage_refuses_what_it_should_not_touch(sound: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store in"):
        salvage(tmp_path / "none", tmp_path / "new")
    with pytest.raises(StoreError, match="is not empty"):
        salvage(sound, sound)
    with store_servers.ours(sound), pytest.raises(StoreError, match="in use by another process"):
        salvage(sound, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_sentence_is_told_in_japanese() -> None:
    said = explained(str(damage.damaged(Path("/a/store/graph"), "000012.sst", "has 3 bytes instead of 5")), "ja")
    assert "000012.sst：5 バイトのはずが 3 バイトです" in said and "iibun salvage /a/store" in said
