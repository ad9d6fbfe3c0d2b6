"""The command line in Japanese: where the locale is, everything that commands say is."""

from __future__ import annotations

import ast
import contextlib
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg.store
from iibun.cli.main import main, parser
from iibun.cli.parser import texts
from iibun.i18n import strings, telling
from iibun.i18n.errors import explained
from kg import check, export, queries
from kg.rdf import article_iri, quads
from kg.tracking.evidence import faults
from kg.vocab import IIB, JUDGEMENTS_GRAPH, OA, SKOS
from tests.kg_samples import report
from tests.paths import ROOT

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
#: Variables of the environment, and the language that they mean.
LOCALES = [
    ({"LANG": "ja_JP.UTF-8"}, "ja"), ({"LANG": "ja"}, "ja"), ({"LC_MESSAGES": "ja_JP.UTF-8", "LANG": "C"}, "ja"), ({}, "en"),
    ({"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, "en"), ({"LC_ALL": "", "LANG": "ja_JP.eucJP"}, "ja"), ({"LANG": "de_DE.UTF-8"}, "en"),
    ({"LANG": "ja_JP.UTF-8", "IIBUN_LANG": "en"}, "en"), ({"LANG": "en_US.UTF-8", "IIBUN_LANG": "ja"}, "ja"),
    ({"LANG": "ja_JP.UTF-8", "IIBUN_LANG": "fr"}, "ja"),
]  # fmt: skip


@pytest.mark.parametrize(("environment", "language"), LOCALES, ids=str)
def test_the_locale_chooses(environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "IIBUN_LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert telling.language() == language


def test_every_text_of_help_is_in_japanese() -> None:
    """A new or changed text needs a row in iibun/i18n/help.json."""
    known = {row["en"] for row in strings("help").values()}
    meanings = {b.meaning for name in queries.names() for b in queries.load(name).bindings}
    wanted = {*texts(parser()), *(f.says for f in export.FORMATS.values()), *meanings}
    missing = sorted(wanted - known)
    assert not missing, "add these to iibun/i18n/help.json"
    for text in wanted:
        said = explained(text, "ja", "help")
        assert JAPANESE.search(said), text
        assert set(re.findall(r"%\(\w+\)s|--[a-z-]+|IIBUN_[A-Z]+", text)) <= set(
            re.findall(r"%\(\w+\)s|--[a-z-]+|IIBUN_[A-Z]+", said)
        ), said


def test_no_row_of_help_is_left_over() -> None:
    meanings = {b.meaning for name in queries.names() for b in queries.load(name).bindings}
    wanted = {*texts(parser()), *(f.says for f in export.FORMATS.values()), *meanings}
    rows = {key: row["en"] for key, row in strings("help").items() if not key.endswith("-heading")}
    assert not [key for key, en in rows.items() if en not in wanted]


#: The modules whose words a terminal shows.
SPEAKING = [
    *sorted((ROOT / "iibun" / "cli").rglob("*.py")),
    *(
        ROOT / "iibun" / name
        for name in ("archive/inflow.py", "archive/linker.py", "batch/cluster.py", "web/server.py")
    ),
]


def printed(path: Path) -> Iterator[tuple[int, str]]:
    """The literal words that a module prints."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("print", "tell"):
            for argument in node.args:
                parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
                for part in parts:
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield node.lineno, part.value


@pytest.mark.parametrize("path", SPEAKING, ids=lambda p: p.stem)
def test_what_is_printed_is_a_string_of_both_languages(path: Path) -> None:
    found = [
        (line, text)
        for line, text in printed(path)
        if re.search("[A-Za-z]{3}", re.sub(r"iibun( \w+)?: |iibun |--bind", "", text))
    ]
    assert not found, "use telling.t() and a row in iibun/i18n/commands.json"


#: Commands, and what is said in Japanese.
SAID = [
    ("--help", "ストアに問い合わせる"), ("query --help", "使い方："), ("verdict --help", "引数"), ("query claims", "（2 行）"), ("query --list", "どんな主張があるか"),
    ("query clams", "というクエリーはありません"), ("query clams", "もしかして：claims"), ("query claims --bind modality=x", "どれでもありません"), ("query", "クエリーの名前"),
    ("status", "バージョン"), ("check --no-shapes", "検査しました"), ("export --formats", "主張（1行に1件）"), ("due", "予測 1 件"), ("links", "つながり 0 件"), ("score", "件的中"),
    ("undo", "判断 0 件"), ("merge", "候補 0 件"), ("timeline 青葉電機", "出来事"), ("corrections", "訂正された記事 0 件"), ("delete urn:x:none", "はありません"),
    ("judge urn:x:y estimate", "estimate には --probability が必要です"), ("extract none.txt", "ファイルもフォルダーも見つかりません"), ("load none.nq", "パート none.nq がありません"),
    ("restore none.nq --store new", "バックアップ"), ("eval none", "NAME.gold.json がありません"), ("nonsense", "というコマンドはありません"), ("due --limit 0", "引数 --limit"),
    ("due --nonsense", "ここでは"), ("due --limit", "値を1つ書いてください"), ("verdict", "引数が足りません"), ("reingest x", "IRI ではありません"), ("export x.none", "書き出し形式"),
    ("backup copy.nq", "検証しました"),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("japanese")
    with kg.store.open(folder / "store") as store:
        store.replace(article_iri(report(1).article), quads(report(1)))
    return folder


@pytest.mark.parametrize(("line", "said"), SAID, ids=[line for line, _ in SAID])
def test_commands_speak_japanese(
    line: str, said: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("IIBUN_LANG", "ja")
    monkeypatch.setenv("IIBUN_STORE", str(place / "store"))
    with contextlib.suppress(SystemExit):
        main(shlex.split(line))
    shown = capsys.readouterr()
    assert said in shown.out + shown.err
    assert all(JAPANESE.search(sentence) for sentence in shown.err.splitlines() if sentence.startswith("iibun")), (
        shown.err
    )


def said(quad: ox.Quad, value: object) -> ox.Quad:
    """A quad that has another literal in place of its own."""
    literal = ox.Literal(value) if isinstance(quad.object, ox.Literal) else quad.object  # type: ignore[arg-type]
    return ox.Quad(quad.subject, quad.predicate, literal, quad.graph_name)


#: What becomes of each quad of an article, so that the store's check finds something.
DAMAGE: dict[str, Callable[[ox.Quad], list[ox.Quad]]] = {
    "nothing has a name": lambda q: [] if q.predicate == SKOS.prefLabel else [q],
    "everything is said twice": lambda q: [q, ox.Quad(q.subject, q.predicate, ox.Literal("x"), q.graph_name)],
    "texts are empty": lambda q: [said(q, "")],
    "texts are numbers": lambda q: [said(q, 99_999_999)],
    "quotes are others": lambda q: [said(q, "別") if q.predicate == OA.exact else q],
    "nodes are blank": lambda q: [ox.Quad(ox.BlankNode(), q.predicate, q.object, q.graph_name)],
}


def damaged(how: str) -> list[ox.Quad]:
    return [q for quad in quads(report(1)) for q in DAMAGE[how](quad)]


@pytest.mark.parametrize("how", DAMAGE)
def test_what_is_wrong_with_an_article_is_told_in_japanese(how: str) -> None:
    found = [*check.offsets("urn:x:g", damaged(how)), *check.against_shapes("urn:x:g", damaged(how))]
    assert found and not [p.what for p in found if explained(str(p), "ja") == str(p)]


def test_what_is_wrong_with_verdicts_and_the_merge_is_told_in_japanese() -> None:
    a, b, at = ox.NamedNode("urn:x:a"), ox.NamedNode("urn:x:b"), ox.NamedNode("urn:x:p")
    log = ox.NamedNode(JUDGEMENTS_GRAPH)
    verdicts = [
        ox.Quad(a, IIB.verdict, ox.Literal("x"), log), ox.Quad(b, IIB.evidence, ox.Literal("javascript:x"), log),
    ]  # fmt: skip
    found = [check.Problem(JUDGEMENTS_GRAPH, verdict, what) for verdict, what in faults(verdicts)]
    with kg.store.memory() as store:
        store.replace("urn:x:g", [ox.Quad(a, at, ox.Literal("x"), ox.NamedNode("urn:x:g"))])
        store.raw.remove(ox.Quad(a, at, ox.Literal("x"), ox.DefaultGraph()))
        store.raw.add(ox.Quad(a, at, ox.Literal("y"), ox.DefaultGraph()))
        found += check.check(store)
    assert len({p.what for p in found}) == 5
    assert not [str(p) for p in found if explained(str(p), "ja") == str(p)]


def test_check_prints_its_problems_in_japanese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with kg.store.open(tmp_path / "store") as store:
        store.replace(article_iri(report(1).article), damaged("texts are empty"))
    monkeypatch.setenv("IIBUN_LANG", "ja")
    assert main(["check", "--no-shapes", "--store", str(tmp_path / "store")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(JAPANESE.search(line) for line in lines)
