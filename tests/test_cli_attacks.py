"""The command line as a stranger would try it: absurd arguments, odd terminals, full devices, closed pipes."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import kg.store
from iibun.cli.main import main, parser
from kg.rdf import article_iri, quads
from tests.kg_samples import report
from tests.paths import ROOT

#: What stands for ``@`` in each line: names that no file system takes, bytes that are no UTF-8, letters that steer terminals.
VALUES = {
    "300 letters": "x" * 300, "300 kana": "あ" * 300, "100,000 letters": "x" * 100_000, "bytes": "\udcff\udcfe.txt", "control": "a\x01\x1b[2Jb",
    "up": "../" * 2000 + "x", "empty": "", "device": "/dev/full",
}  # fmt: skip
#: Every argument of every command that takes a text; none may read an article, which would load the model.
LINES = (
    "search @", "search x --kind @", "search x --limit @", "query @", "query -e @", "query claims --bind @", "query claims --bind @=1", "query claims --bind modality=@", "query claims --bind since=@",
    "query claims --bind source=@", "query claims --bind limit=@", "query claims --format @", "query --list --store @", "export @ --format turtle --article urn:x:none",
    "export --format @", "export --format turtle --article @", "export @/x.ttl", "status --store @", "check --store @", "delete @", "forget --judgements @",
    "backup @", "backup @.nq", "restore @", "restore @.nq --store new", "links --claim @", "links --article @", "links --confirm @ --author a",
    "links --reject @ --author a", "links --type @", "links --limit @", "due --on @", "due --source @", "due --limit @", "due --state @", "verdict @ came-true --author a",
    "verdict urn:x:y @ --author a", "verdict urn:x:y came-true --evidence @ --author a", "verdict urn:x:y came-true --extent @ --author a",
    "verdict urn:x:y came-true --note @ --author a", "verdict urn:x:y came-true --author @", "verdict urn:x:y came-true --on @", "score --on @x", "score --by @",
    "judge @ accept --author a", "judge urn:x:y @", "judge urn:x:y edit --source @ --author a", "judge urn:x:y edit --due @", "judge urn:x:y edit --extent @",
    "judge urn:x:y edit --title @", "judge urn:x:y edit --about @", "judge urn:x:y estimate --probability @", "judge urn:x:y accept --reason @", "merge @ b", "split @ l --alias x",
    "salvage @ --to new", "split e @ --alias x", "split e l --mention @", "undo @x", "timeline @", "corrections --out @/x",
    "extract @x", "extract none.txt --out @/x", "extract none.txt --published @", "ingest @x", "ingest none.txt --url @", "ingest none.txt --title @",
    "ingest none.txt --originals @", "ingest none.txt --publisher @", "ingest none.txt --jobs @", "ingest none.txt --parts @", "reingest @x", "reingest --jobs @", "watch @ --once",
    "watch http://127.0.0.1:9/ --once --state @/x", "watch http://127.0.0.1:9/ --every @", "load @", "load @ --bulk", "load none.ttl --graph @", "link @ --out o",
    "link part.nq --out /dev/full/@", "publish @", "publish gold --title @", "publish gold --on @", "publish s --url @", "eval @", "eval gold --run @", "eval gold --against @ --run gold", "serve --host 192.0.2.1 --port 0 --store @", "serve --port @x", "mcp --store @/none", "@x", "--@", "query --@",
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stranger")
    with kg.store.open(folder / "store") as store:
        store.replace(article_iri(report(1).article), quads(report(1)))
    (folder / "gold").mkdir()
    whole = {part: [] for part in ("entities", "mentions", "figures", "relations", "claims")}
    (folder / "gold" / "a.gold.json").write_text(json.dumps(whole))
    (folder / "part.nq").write_text("")
    return folder


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("line", LINES)
def test_a_stranger_gets_a_sentence(
    line: str, kind: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if (kind == "empty" and "@/" in line) or (kind == "device" and "@." in line):
        pytest.skip("that would be a file outside of the folder")
    monkeypatch.chdir(place)
    monkeypatch.setenv("IIBUN_STORE", str(place / "store"))
    words = [word.replace("@", VALUES[kind]) for word in shlex.split(line)]
    try:
        code = main(words)
    except SystemExit as left:
        code = left.code  # type: ignore[assignment]
    said = capsys.readouterr()
    assert code in (0, 1, 2) and "failed that should not" not in said.err, said.err[-600:]
    assert "Traceback" not in said.err and len(said.err) < 3000, said.err[:600]
    assert code == 0 or said.err.strip()
    left = {p.name for p in place.iterdir()} - {"gold", "part.nq", "store"}
    for name in left:
        (place / name).unlink() if (place / name).is_file() else shutil.rmtree(place / name)
    assert not left or kind in ("control", "bytes") or line.startswith("backup"), (
        "what no file can be called is not made"
    )


def test_every_command_is_tried() -> None:
    assert {line.split()[0] for line in LINES} >= parser().commands.keys() - {"completion"}


def run(
    *words: str | bytes, place: Path, out: str | int | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    base = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHONUTF8", "PYTHONIOENCODING"))}
    command: list[str | bytes] = [sys.executable, "-m", "iibun", *words]
    device = Path(out).open("wb") if isinstance(out, str) else out or subprocess.PIPE  # noqa: SIM115
    return subprocess.run(
        command, stdout=device, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=place, timeout=120, check=False,
        env=base | {"PYTHONPATH": str(ROOT), "IIBUN_STORE": str(place / "store"), "IIBUN_LANG": "en"} | environment,
    )  # fmt: skip


@pytest.mark.parametrize("line", ["--help", "query --help", "--version", "query claims", "query --list", "status", "export --format turtle", "export /dev/full --format turtle"])  # fmt: skip
def test_a_full_device_is_told(line: str, place: Path) -> None:
    done = run(*line.split(), place=place, out="/dev/full")
    said = done.stderr.decode()
    assert done.returncode == 1 and said.count("\n") == 1 and "No space left on device" in said, said


@pytest.mark.parametrize("line", ["--help", "query claims", "export --format turtle"])
def test_a_reader_that_goes_is_no_error(line: str, place: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m iibun {line} | head -c 1; exit ${{PIPESTATUS[0]}}"
    env = os.environ | {"PYTHONPATH": str(ROOT), "IIBUN_STORE": str(place / "store")}
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=place, env=env, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"") and len(done.stdout) == 1


@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("load none.nq empty.nq", ("none.nq", "empty.nq holds no quads")),
        ("load empty.nq --format json", ()),
        ("delete urn:iibun:article:2 urn:x:none urn:iibun:article:3", ("urn:x:none",)),
        ("check --no-shapes", ("problems.",)),
    ],
)
def test_a_reader_that_goes_neither_ends_work_nor_hides_what_failed(
    line: str, said: tuple[str, ...], buffered: str, tmp_path: Path
) -> None:
    (tmp_path / "empty.nq").touch()
    with kg.store.open(tmp_path / "store") as store:
        for article in ("<urn:iibun:article:1>", "<urn:iibun:article:2>", "<urn:iibun:article:3>"):
            store.update(
                f"INSERT DATA {{ GRAPH {article} {{ {article} a schema:NewsArticle ; schema:datePublished 1 }} }}"
            )
    reader, writer = os.pipe()
    os.close(reader)
    done = run(*line.split(), place=tmp_path, out=writer, PYTHONUNBUFFERED=buffered)
    os.close(writer)
    assert done.returncode == 1 and all(what in done.stderr.decode() for what in said), done.stderr
    if line.startswith("delete"):
        with kg.store.open(tmp_path / "store") as store:
            assert store.graphs() == ["urn:iibun:article:1"]


def test_closed_output_is_no_error(place: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "IIBUN_STORE": str(place / "store")}
    command = f"{shlex.quote(sys.executable)} -m iibun query claims"
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        done = subprocess.run(["bash", "-c", f"{command} {closed}"], capture_output=True, cwd=place, env=env, timeout=120, check=False)  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b""), closed


@pytest.mark.parametrize(("line", "code", "said"), [("extract -", 1, "standard input is empty"), ("mcp", 0, "")])
def test_closed_input_is_empty_input(line: str, code: int, said: str, place: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "IIBUN_STORE": str(place / "store"), "IIBUN_LANG": "en"}
    command = f"{shlex.quote(sys.executable)} -m iibun {line} <&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=place, env=env, timeout=120, check=False)
    assert done.returncode == code and said in done.stderr.decode() and b"should not" not in done.stderr, done.stderr


#: Terminals that cannot show everything, or nothing of Japanese.
TERMINALS: Mapping[str, Mapping[str, str]] = {
    "cp932": {"PYTHONIOENCODING": "cp932"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1:strict"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("terminal", TERMINALS)
@pytest.mark.parametrize("line", ["query claims", "query --list", "due", "links", "timeline 青葉電機", "--help", "query clams", "delete あ—😀", "status --store あ—😀"])  # fmt: skip
def test_what_a_terminal_cannot_show_is_replaced(terminal: str, line: str, place: Path) -> None:
    for language in ("en", "ja"):
        done = run(*line.split(), place=place, **(TERMINALS[terminal] | {"IIBUN_LANG": language}))
        said = (done.stdout + done.stderr).decode("cp932", "replace")
        assert said and "Traceback" not in said and "UnicodeEncodeError" not in said and "should not" not in said, said
        assert done.returncode in (0, 1, 2)


def test_json_keeps_what_a_terminal_cannot_show(place: Path) -> None:
    said = [json.loads(run("due", "--format", "json", place=place, **env).stdout) for env in ({}, TERMINALS["ascii"])]
    assert said[0] == said[1] and "青葉電機" in str(said)


def test_bytes_that_are_no_utf_8_are_refused(place: Path) -> None:
    for words in (
        (b"query", b"\xff"),
        (b"timeline", b"\x82\xa0"),
        (b"\xff",),
        (b"due", b"--\xff"),
        (b"status", b"--store", b"\xff"),
    ):
        done = run(*words, place=place)
        assert done.returncode == 2 and b"Traceback" not in done.stderr, done.stderr


def test_a_variable_that_is_no_setting_is_told(place: Path) -> None:
    done = run("status", place=place, IIBUN_QUERY_SECOND="3")
    assert done.returncode == 0
    assert done.stderr == b"iibun status: IIBUN_QUERY_SECOND is no setting of Iibun, and does nothing. Did you mean IIBUN_QUERY_SECONDS?\n"  # fmt: skip


def test_debugging_shows_where(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("kg.store.open", wrong)
    assert main(["status"]) == 1
    assert capsys.readouterr().err == "iibun status: Something failed that should not (ZeroDivisionError: by nothing); IIBUN_DEBUG=1 shows where.\n"  # fmt: skip
    monkeypatch.setenv("IIBUN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["status"])
