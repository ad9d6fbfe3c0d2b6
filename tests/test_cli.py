"""The command line: what a user sees, also when something is wrong."""

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import kg.store
from iibun.cli.main import main, parser
from kg import queries
from tests.paths import ROOT

TEXT = "架空電機の山田太郎社長は3日、2030年までに売上高を27%増やす方針を明らかにした。\n"

WRONG = [
    # arguments (FOLDER stands for the test's), what the one sentence must name
    (["extract", "FOLDER/missing.txt"], "missing.txt"),
    (["extract", "FOLDER/empty.txt"], "empty"),
    (["extract", "FOLDER/binary.txt"], "binary.txt"),
    (["extract", "FOLDER/english.txt"], "Japanese"),
    (["ingest", "FOLDER/missing.txt", "--store", "FOLDER/store"], "missing.txt"),
    (
        ["restore", "FOLDER/missing.nq", "--store", "FOLDER/new"],
        "missing.nq': `iibun backup` writes a file ending in .nq",
    ),
    (["restore", "FOLDER/good.txt", "--store", "FOLDER/new"], "good.txt' is of no kind"),
    (["restore", "FOLDER/broken", "--store", "FOLDER/new"], "broken' holds no backup: `iibun backup` writes"),
    (["eval", "FOLDER"], "gold"),
    (["eval", "FOLDER/broken"], "a.gold.json' is no extract document: Expecting"),
    (
        ["eval", "FOLDER/other", "--run", "FOLDER/other"],
        "a.gold.json' is no extract document: it has no list of entities",
    ),
    (["eval", "FOLDER/half", "--run", "FOLDER/half"], "one of them lacks 'type'"),
    (["export", "FOLDER/no/such/folder/x.ttl", "--store", "FOLDER/store"], "x.ttl"),
    (["delete", "https://nowhere.example/1", "--store", "FOLDER/store"], "nowhere.example"),
    (["extract", "FOLDER/good.txt", "--out", "FOLDER/empty.txt"], "Can't write to"),
    (["extract", "FOLDER/good.txt", "--out", "FOLDER/empty.txt/out"], "Can't write to"),
    (["ingest", "", "--store", "FOLDER/store"], "An empty name is no source"),
    (["ingest", "FOLDER/good.txt", "--originals", "FOLDER/empty.txt", "--store", "FOLDER/store"], "kept as read in"),
    (["load", "FOLDER", "--store", "FOLDER/store"], "there is no part (.nq, .nq.gz) in"),
    (["link", "FOLDER", "--out", "FOLDER/links"], "there is no part (.nq, .nq.gz) in"),
    (["serve", "--host", "192.0.2.1", "--store", "FOLDER/store"], "try --host 127.0.0.1"),
]

USAGE = [
    (["undo", "", "--store", "FOLDER/store"], "'' is empty"),
    (["links", "--claim", "", "--store", "FOLDER/store"], "'' is empty"),
    (["links", "--article", " ", "--store", "FOLDER/store"], "' ' is empty"),
    (["links", "--confirm", "", "--store", "FOLDER/store"], "'' is empty"),
    (["links", "--reject", "", "--store", "FOLDER/store"], "'' is empty"),
    (["due", "--source", "", "--store", "FOLDER/store"], "'' is empty"),
    (["export", "--format", "", "--store", "FOLDER/store"], "'' is empty"),
    (["serve", "--host", "", "--port", "0", "--store", "FOLDER/store"], "'' is empty"),
    (["query", "FOLDER/other", "--store", "FOLDER/store"], "is a folder"),
    (["extract", "FOLDER/good.txt", "--published", "2025-13-40"], "2025-13-40"),
    (["extract", "FOLDER/good.txt", "--format", "papyrus"], "papyrus"),
    (["extract"], "SOURCE"),
    (["eval"], "GOLD_DIR"),
    (["ingest", "FOLDER/good.txt", "--jobs", "0"], "'0' is not a whole number from 1"),
    (["reingest", "not an iri", "--store", "FOLDER/store"], "'not an iri' is not an IRI"),
    (["ingest", "FOLDER/good.txt", "--jobs", "many"], "many"),
    (["ingest", "FOLDER/good.txt", "--published", "2025-W01-1"], "2025-W01-1"),
    (["ingest", "FOLDER/good.txt", "--parts", "FOLDER/parts"], "--dask"),
    (["ingest"], "give --samples"),
    (["ingest", "--samples", "FOLDER/good.txt"], "good.txt' is a source"),
    (["ingest", "--samples", "--published", "2025-11-03"], "--published"),
    (["delete", "--samples", "urn:x", "--store", "FOLDER/store"], "not both"),
    (["reingest", "--jobs", "-1"], "-1"),
    (["watch", "https://x.example/rss", "--every", "soon"], "soon"),
    (["watch", "https://x.example/rss", "--every", "9s"], "9s"),
    (["load"], "PART"),
    (["link", "FOLDER"], "--out"),
    (["query", "--store", "FOLDER/store"], "--list"),
    (["query", "no-such-query", "--store", "FOLDER/store"], "no-such-query"),
    (["query", "claims", "--bind", "nonsense", "--store", "FOLDER/store"], "nonsense"),
    (["query", "claims", "--bind", "nonsense=1", "--store", "FOLDER/store"], "nonsense"),
    (["query", "claims", "--format", "turtle", "--store", "FOLDER/store"], "turtle"),
    (["query", "claims", "--bind", "limit=many", "--store", "FOLDER/store"], "limit: 'many' is not a whole number"),
    (["query", "claims", "-e", "ASK {}", "--store", "FOLDER/store"], "not both"),
    (["query", "-e", " ", "--store", "FOLDER/store"], "empty"),
    (["query", "-e", "SELECT WHERE {", "--store", "FOLDER/store"], "at line 1, column 8: WHERE cannot stand here."),
    (["query", "-e", "SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }", "--store", "FOLDER/store"], "SERVICE"),
    (["judge", "urn:x", "edit", "--due-start", "x", "--due-end", "y"], "here. Did you mean --due?\n"),
    (["query", "FOLDER/binary.txt", "--store", "FOLDER/store"], "no text in UTF-8"),
    (["query", "missing.rq", "--store", "FOLDER/store"], "There is no file 'missing.rq'"),
    (["ingest", "FOLDER", "--url", "https://x.example/", "--store", "FOLDER/store"], "give one of them"),
    (["ingest", "FOLDER/good.txt", "FOLDER/good.txt", "--title", "x", "--store", "FOLDER/store"], "here are 2 files"),
    (["ingest", "FOLDER/good.txt", "--url", "not a url", "--store", "FOLDER/store"], "'not a url' is no web address"),
    (["ingest", "FOLDER/good.txt", "--store", ""], "'' is neither a folder nor an http(s) address"),
    (["status", "--store", "ftp://x.example/"], "neither a folder nor an http(s) address"),
    (["watch", "rss.xml", "--store", "FOLDER/store"], "'rss.xml' is no web address"),
    (["judge", "urn:x", "estimate", "--probability", "1", "--title", "x", "--store", "FOLDER/store"], "use edit"),
    (["judge", "urn:x", "edit", "--title", "x", "--probability", "1", "--store", "FOLDER/store"], "not with edit"),
    (["export", "FOLDER/x.ttl", "--format", "papyrus", "--store", "FOLDER/store"], "papyrus"),
    (["export", "FOLDER/x.papyrus", "--store", "FOLDER/store"], "x.papyrus"),
    (["status", "--format", "papyrus"], "papyrus"),
    (["check", "--format", "papyrus"], "papyrus"),
    (["delete"], "IRI|URL"),
    (["backup"], "PATH"),
    (["restore"], "PATH"),
    (["links", "--type", "praises"], "praises"),
    (["links", "--limit", "0"], "'0'"),
    (["links", "--confirm", "a", "--reject", "b"], "not both"),
    (["due", "--on", "tomorrow"], "tomorrow"),
    (["verdict", "urn:x", "perhaps"], "perhaps"),
    (["score", "--by", "mood"], "mood"),
    (["judge", "urn:x", "estimate", "--probability", "1.5"], "1.5"),
    (["judge", "urn:x", "edit", "--extent", "3", "--store", "FOLDER/store"], "--extent '3'"),
    (["judge", "urn:x", "edit", "--due", "soon", "--store", "FOLDER/store"], "--due 'soon'"),
    (["judge", "urn:x", "edit", "--due", "20260331", "--store", "FOLDER/store"], "--due '20260331'"),
    (["judge", "urn:x", "edit", "--extent", "１:２", "--store", "FOLDER/store"], "--extent '１:２'"),
    (["timeline"], "NAME|IRI"),
    (["query", "claims_description", "--store", "FOLDER/store"], "needs claims (iris)"),
    (["serve", "--port", "99999"], "99999"),
    (["no-such-command"], "no-such-command"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.txt").write_text(TEXT, "utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "english.txt").write_text("Nothing in this text is written in Japanese at all.\n", "utf-8")
    whole = {part: [] for part in ("entities", "mentions", "figures", "relations", "claims")}
    half = json.dumps({**whole, "entities": [{"id": "e1"}]})
    for name, gold in (("broken", "{"), ("other", "{}"), ("half", half)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(TEXT, "utf-8")
        (tmp_path / name / "a.gold.json").write_text(gold)
        (tmp_path / name / "a.json").write_text(json.dumps(whole))
    with kg.store.open(tmp_path / "store"):
        return tmp_path


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=lambda x: " ".join(x)[:60] if isinstance(x, list) else "")
def test_bad_input_is_one_sentence(
    folder: Path, arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([a.replace("FOLDER", str(folder)) for a in arguments]) == 1
    error = capsys.readouterr().err
    assert named.lower() in error.lower()
    assert "Traceback" not in error
    assert not list(folder.glob("**/*.part")) and not (folder / "new").exists()


@pytest.mark.parametrize(("arguments", "named"), USAGE, ids=lambda x: " ".join(x)[:60] if isinstance(x, list) else "")
def test_wrong_usage_ends_with_2(
    folder: Path, arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main([a.replace("FOLDER", str(folder)) for a in arguments])
    except SystemExit as left:
        code = left.code
    error = capsys.readouterr().err
    assert code == 2 and named in error and "Traceback" not in error, error
    assert sorted(p.name for p in folder.iterdir() if p.is_file()) == [
        "binary.txt", "empty.txt", "english.txt", "good.txt",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFO in its folders")
def test_a_query_may_have_a_byte_order_mark_or_come_through_a_pipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with kg.store.open(tmp_path / "store"):
        (tmp_path / "windows.rq").write_bytes(b"\xef\xbb\xbfASK { }")
        os.mkfifo(tmp_path / "pipe")
        writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("ASK { }",), daemon=True)
        writer.start()
        for name in ("windows.rq", "pipe"):
            assert main(["query", str(tmp_path / name), "--store", str(tmp_path / "store")]) == 0
            assert capsys.readouterr().out == "true\n"


def test_a_folder_with_nothing_to_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", str(tmp_path)]) == 0
    assert f"no file to read in {tmp_path}" in capsys.readouterr().err


def test_an_export_to_a_dash_goes_to_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    with kg.store.open(tmp_path / "store") as store:
        store.update("INSERT DATA { <urn:x:a> <urn:x:b> 1 }")
    assert main(["export", "-", "--format", "nquads", "--store", str(tmp_path / "store")]) == 0
    assert b"<urn:x:a>" in capfdbinary.readouterr().out
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such pipes")
def test_an_export_leaves_a_device_or_pipe_in_place(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    with kg.store.open(tmp_path / "store"):
        pass
    assert main(["export", str(pipe), "--format", "turtle", "--store", str(tmp_path / "store")]) == 0
    reader.join(timeout=60)
    assert read and pipe.is_fifo() and sorted(p.name for p in tmp_path.iterdir()) == ["pipe", "store"]


#: Commands that make a store where there is none.
FILLING = {"ingest", "load", "restore", "serve", "watch"}
#: How each other command is called that asks or changes what is in a store.
ASKING = (
    "reingest", "query counts", "query -e 'ASK {}'", "export", "status", "check", "delete urn:x:a", "forget urn:x:a", "backup FOLDER/b.nq",
    "links", "due", "verdict urn:x:c came-true", "score", "judge urn:x:c accept", "merge a b", "split e x --mention urn:x:m", "undo",
    "timeline e", "corrections", "search x", "mcp", "publish FOLDER/site",
)  # fmt: skip


@pytest.mark.parametrize("line", ASKING)
def test_a_store_that_is_not_there_is_told_and_not_made(
    folder: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "misspelt").mkdir()  # a folder that is no store
    before = sorted(folder.rglob("*"))
    for place in (folder / "misspelt", folder / "not there"):
        assert main([*shlex.split(line.replace("FOLDER", str(folder))), "--store", str(place)]) == 1
        said = capsys.readouterr()
        assert said.err == f"iibun {line.split()[0]}: There is no store in {place}; `iibun ingest` or `iibun load` makes one.\n"  # fmt: skip
        assert not said.out and sorted(folder.rglob("*")) == before


def test_every_command_with_a_store_is_of_those() -> None:
    choices = next(a for a in parser()._actions if a.dest == "command").choices
    with_store = {name for name, p in choices.items() if any(a.dest == "store" for a in p._actions)}  # type: ignore[union-attr]
    assert with_store == FILLING | {line.split()[0] for line in ASKING}


def test_the_store_of_the_environment_is_a_folder_or_a_web_address(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IIBUN_STORE", "ftp://x.example/store")
    monkeypatch.chdir(folder)
    for command in (["status"], ["load", "good.nq"], ["ingest", "good.txt"]):
        assert main(command) == 2
        said = "IIBUN_STORE: 'ftp://x.example/store' is neither a folder nor an http(s) address."
        assert said in capsys.readouterr().err and not (folder / "ftp:").exists()


COMMANDS = sorted(next(a for a in parser()._actions if a.dest == "command").choices)  # type: ignore[arg-type]


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_of_help_are_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    examples = re.findall(r"iibun (.*)", capsys.readouterr().out.partition("\nexample")[2])
    assert examples
    for example in examples:
        words = shlex.split(re.split(r" (?:\||&&|>>?) ", example)[0])
        args = parser().parse_args(words)
        if words[0] == "query" and args.query in queries.names():
            queries.text(args.query, **dict(b.split("=") for b in args.bind))


@pytest.mark.usefixtures("nlp")
@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "iso-2022-jp", "utf-16"])
def test_japanese_encodings_are_read(folder: Path, encoding: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "old.txt").write_bytes(TEXT.encode(encoding))
    assert main(["extract", str(folder / "old.txt")]) == 0
    assert json.loads(capsys.readouterr().out)["text"].strip() == TEXT.strip()


@pytest.mark.usefixtures("nlp")
def test_extract_out_writes_one_document_each(folder: Path) -> None:
    out = folder / "out"
    assert main(["extract", str(folder / "good.txt"), str(folder / "missing.txt"), "--out", str(out)]) == 1
    assert [p.name for p in out.iterdir()] == ["good.json"]
    document = json.loads((out / "good.json").read_text("utf-8"))
    assert document["schema"] == "extract/1"
    assert document["text"] == TEXT


@pytest.mark.usefixtures("nlp")
def test_ingesting_twice_is_ingesting_once_and_deleting_leaves_nothing(folder: Path) -> None:
    import kg.store

    store = folder / "store"
    for _ in range(2):
        assert main(["ingest", str(folder / "good.txt"), "--store", str(store), "--published", "2025-11-03"]) == 0
    with kg.store.open(store) as opened:
        once = sorted(map(str, opened.quads()))
        article = next(g for g in opened.graphs() if ":article:" in g)
    assert (
        main(["ingest", str(folder / "good.txt"), "--store", str(store), "--published", "2025-11-03", "--force"]) == 0
    )
    with kg.store.open(store) as opened:
        assert [q for q in sorted(map(str, opened.quads())) if "Activity" not in q] == [
            q for q in once if "Activity" not in q
        ]
    with kg.store.open(store) as opened:
        claim = opened.select("SELECT ?c { ?c a schema:Claim }")[0]["c"]
    assert main(["judge", claim, "accept", "--store", str(store), "--author", "A"]) == 0
    assert main(["delete", article, "--store", str(store)]) == 0
    with kg.store.open(store) as opened:
        left = [q for q in opened.quads() if ":ontology" not in str(q.graph_name)]
        assert (
            opened.select("SELECT ?p ?o { GRAPH <urn:iibun:graph:current> { $c ?p ?o } }", c=kg.store.iri(claim)) == []
        )
    assert {q.graph_name.value.rpartition(":")[2] for q in left} <= {"judgements", "current"}, "the log alone stays"


def test_dumps_of_any_format_are_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, quad = str(tmp_path / "store"), "<urn:x:s> <urn:x:p> 'o' <urn:x:g> ."
    (tmp_path / "a.nq").write_text(quad.replace("'", '"'))
    (tmp_path / "b.trig").write_text("<urn:x:g> { <urn:x:s> <urn:x:p> 'b' }")
    with gzip.open(tmp_path / "c.ttl.gz", "wt") as f:
        f.write("<urn:x:s> <urn:x:p> 'c' .")
    assert main(["load", "--bulk", str(tmp_path / "a.nq"), "--store", store]) == 0
    assert (
        main(["load", str(tmp_path / "b.trig"), str(tmp_path / "c.ttl.gz"), "--graph", "urn:x:h", "--store", store])
        == 0
    )
    assert "2 quads" in capsys.readouterr().out
    with kg.store.open(store) as s:
        assert s.graphs() == ["urn:x:g", "urn:x:h"] and len(list(s.quads("urn:x:g"))) == 1, "a graph is replaced whole"
    assert main(["load", "--bulk", str(tmp_path / "a.nq"), "--store", store]) == 0
    with kg.store.open(store) as s:
        assert len(list(s.quads("urn:x:g"))) == 2
    (tmp_path / "broken.ttl").write_text("<urn:x:s> <urn:x:p>")
    for line, said in (
        ([str(tmp_path / "broken.ttl")], "not valid Turtle"),
        ([str(tmp_path / "none.trig")], "there is no part"),
        ([str(tmp_path / "b.trig"), "--graph", "no iri"], "not an IRI"),
    ):
        assert main(["load", *line, "--store", store]) in (1, 2)
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(("option", "said"), [("--version", "iibun 0."), ("--help", "usage: iibun")])
def test_neither_version_nor_help_needs_a_model_or_the_store(option: str, said: str) -> None:
    code = (
        f"import sys; from iibun.cli.main import main\ntry: main([{option!r}])\nexcept SystemExit: pass\n"
        "heavy = {'spacy', 'streamlit', 'pandas', 'rdflib', 'trafilatura', 'numpy', 'pyoxigraph'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(said)
