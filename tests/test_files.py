"""A file that a command writes appears whole or not at all, whoever else writes it."""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import kg.store
from iibun.cli.main import main
from kg import export
from kg.files import replacing
from kg.store import StoreError, transfer


def test_two_that_write_one_path_at_once_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "claims.ttl"
    with replacing(path) as ours, ours.open("w") as first:
        first.write("ours, the first half;")
        first.flush()
        with monkeypatch.context() as other:
            other.setattr(os, "getpid", lambda: 1)
            with replacing(path) as theirs:
                theirs.write_text("theirs")
        assert path.read_text() == "theirs"
        first.write(" and the second")
    assert path.read_text() == "ours, the first half; and the second" and list(tmp_path.iterdir()) == [path]


def test_what_a_killed_one_has_left_goes_and_what_is_of_others_stays(tmp_path: Path) -> None:
    of_others = [
        tmp_path / name for name in ("a.ttl.part", f"a.ttl.{os.getppid()}.part", "a.ttl.x.part", "b.ttl.99999999.part")
    ]
    for path in (*of_others, tmp_path / "a.ttl.99999999.part"):
        path.write_text("part")
    with replacing(tmp_path / "a.ttl") as new:
        new.write_text("whole")
    assert {*tmp_path.iterdir()} == {*of_others, tmp_path / "a.ttl"}


def _filled(folder: Path) -> Path:
    with kg.store.open(folder) as store:
        store.insert(
            [ox.Quad(ox.NamedNode("urn:x:s"), ox.NamedNode("urn:x:p"), ox.Literal(1), ox.NamedNode("urn:x:g"))]
        )
    return folder


def test_an_export_leaves_the_file_of_another_alone(tmp_path: Path) -> None:
    mine = tmp_path / "claims.ttl.part"
    mine.write_text("mine")
    assert main(["export", str(tmp_path / "claims.ttl"), "--store", str(_filled(tmp_path / "store"))]) == 0
    assert mine.read_text() == "mine"


def test_an_export_that_fails_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(store: kg.store.Store, format: str, out: Any, **_: Any) -> None:
        out.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(export, "export", full)
    (tmp_path / "claims.ttl").write_text("the last one")
    assert main(["export", str(tmp_path / "claims.ttl"), "--store", str(_filled(tmp_path / "store"))]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert (tmp_path / "claims.ttl").read_text() == "the last one" and not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("name", ["b.nq", "b.nq.gz", "b"])
def test_a_backup_leaves_that_of_another_process_alone(name: str, tmp_path: Path) -> None:
    other = tmp_path / f"{name}.part"
    other.mkdir()
    with kg.store.open(_filled(tmp_path / "store")) as store:
        assert kg.store.backup(store, tmp_path / name) == 1
    assert other.exists()
    with kg.store.open(tmp_path / "again") as store:
        assert kg.store.restore(store, tmp_path / name) == 1


def test_a_backup_that_does_not_fit_says_so_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise transfer.shutil.Error(
            [(f"a{n}", f"b{n}", f"[Errno 28] No space left on device: 'a{n}' -> 'b{n}'") for n in (1, 2)]
        )

    monkeypatch.setattr(transfer.shutil, "copytree", full)
    with kg.store.open(_filled(tmp_path / "store")) as store, pytest.raises(StoreError) as said:
        kg.store.backup(store, tmp_path / "b")
    assert str(said.value) == f"The backup {tmp_path / 'b'} cannot be written: No space left on device."
    assert {p.name for p in tmp_path.iterdir()} == {"store"}


@pytest.mark.parametrize("name", ["mine.nq", "mine.nq.gz"])
def test_a_backup_takes_the_place_of_an_older_one_and_of_nothing_else(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with kg.store.open(_filled(tmp_path / "store")) as store:
        for _ in range(2):
            assert kg.store.backup(store, path) == 1
        for content in (b'<urn:x:s> <urn:x:p> "mine" <urn:x:g> .\n', gzip.compress(b"mine"), b"\x1f\x8b\x08half"):
            path.write_bytes(content)
            with pytest.raises(StoreError, match="exists already and is no backup"):
                kg.store.backup(store, path)
            assert path.read_bytes() == content
        path.write_bytes(b"")
        assert kg.store.backup(store, path) == 1


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "claims.ttl").symlink_to(tmp_path / "disk" / "claims.ttl")
    with replacing(tmp_path / "claims.ttl") as new:
        new.write_text("whole")
    assert (tmp_path / "claims.ttl").is_symlink() and (tmp_path / "disk" / "claims.ttl").read_text() == "whole"
