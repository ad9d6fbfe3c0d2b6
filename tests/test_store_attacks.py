"""What users type reaches the store as terms alone: through every named query, every command, and no static route."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

import kg.store
from iibun.cli.main import main, parser
from iibun.web.server import STATIC
from kg import queries
from kg.rdf import article_iri, claim_iris, quads
from kg.store import sparql
from kg.store.base import prefixed
from kg.store.sparql import Refused, bind, parameters, refuse_outside, tokens
from tests.kg_samples import report

NASTY = (
    '" } ; DROP ALL ; INSERT DATA { GRAPH <urn:x:pwned> { <urn:x:s> <urn:x:p> 1 } } #',
    "> } ; DROP ALL #", "urn:x:a> <urn:x:b> <urn:x:c", "'''", '"""', "\\", "\\u0022 } #", "$source ?claim", "\n} LIMIT 1 #", "\x00", "\ud800",
    "SERVICE <http://127.0.0.1:1/>", "{", "%22%20%7D",
)  # fmt: skip


#: Of these, texts are put together that a store must refuse, and others that look like them.
PIECES = (
    "SELECT * {", "}", " ", "\n", "# ", "?s ?p ?o", "SERVICE", "service", "LO", "AD", "load", "DEFINE", "de", "fine", "OPTION", "OPTIONAL",
    "AL", "ON", "OPTI", "PREFIX x:", "PREFIX :", "BASE", "<b>", "<bi>", "<BI>", "<>", "<s>", "<sq>", "<S>", "<urn:x:", ">", "x:", ":", "if:", "f:",
    "bif:", "BIF:", "b", "ql:", "l:", "sql:", "#", "\\#", "http_get", "('u')", "bıf:", "İ", "ſql:", "ſq", "\\u0062", "\\u0053", "\\u0053ERVICE",
    "\u0345", "1", "'", '"', "'''", "<http://www.openlinksw.com/schemas/", "/", "ﬁ", "ß", "_:", "@en", "FROM", "-", ".",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
@settings(max_examples=2000, deadline=None)
def test_what_is_refused_is_refused_also_by_the_look_that_saves_time(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparql, "_suspicious", lambda text: True)
        try:
            refuse_outside(text)
        except Refused:
            patch.undo()
            with pytest.raises(Refused):
                refuse_outside(text)


@pytest.mark.parametrize("name", queries.names())
def test_a_value_is_one_term_in_every_named_query(name: str) -> None:
    query = queries.load(name)
    for binding in query.bindings:
        if binding.kind not in ("string", "iri", "iris"):
            for value in NASTY:
                if binding.kind != "boolean":  # any text is a boolean: yes, or no
                    with pytest.raises(queries.UnknownQuery):
                        queries.text(name, **{binding.name: value})
            continue
        harmless = "x" if binding.kind == "string" else "urn:x:x"
        folded, terms = queries.text(name, **{binding.name: harmless})
        if binding.name not in parameters(folded):
            continue
        others = {p: queries.iri("urn:x:other") for p in parameters(folded) if p != binding.name}
        alike = set if binding.kind == "iris" else list  # of several there may be any number
        shape = alike(t.kind for t in tokens(bind(prefixed(folded), {**others, **terms})))
        for value in NASTY:
            try:
                folded, terms = queries.text(name, **{binding.name: value})
                whole = bind(prefixed(folded), {**others, **{k: v for k, v in terms.items() if k == binding.name}})
            except (kg.store.BadQuery, ValueError):
                continue  # not an IRI, or no text at all
            assert alike(t.kind for t in tokens(whole)) == shape, value


#: Commands that read files, fetch or serve: what they take as names are files and addresses.
_OTHER = {
    "ingest",
    "reingest",
    "watch",
    "load",
    "link",
    "extract",
    "eval",
    "backup",
    "restore",
    "serve",
    "corrections",
    "publish",
}


def command_lines(store: str, claim: str) -> Iterator[list[str]]:
    """Every command with something nasty in each place that takes free text."""
    top = parser()
    (commands,) = (a for a in top._actions if isinstance(a, argparse._SubParsersAction))
    for command, sub in commands.choices.items():
        if command in _OTHER:
            continue
        free = [
            a for a in sub._actions if a.nargs != 0 and not a.choices and a.dest not in ("store", "help", "out", "path")
        ]
        positional = [a for a in sub._actions if not a.option_strings and a.nargs not in ("?", "*")]
        for action in free:
            for value in NASTY:
                if "\ud800" in value:
                    continue  # no command line can hold it
                if action.dest == "bind":
                    value = f"text={value}"
                line = [command, "--store", store]
                if action.option_strings:
                    line.append(f"{action.option_strings[-1]}={value}")
                for p in positional:
                    line.append(value if p is action else str(next(iter(p.choices))) if p.choices else claim)
                if not action.option_strings and action not in positional:
                    line.append(value)
                if action.dest == "bind":
                    line.append("claims")
                yield line


def test_no_option_of_any_command_changes_what_was_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    r = report(0)
    graph, claim = article_iri(r.article), claim_iris(r)["c1"]
    folder = tmp_path / "store"
    with kg.store.open(folder) as s:
        s.replace(graph, quads(r))
        before = {str(q) for q in s.quads(graph)}
    seen = 0
    for line in command_lines(str(folder), claim):
        if line[0] in ("delete", "forget") and claim in line:
            continue
        try:
            code = main(line)
        except SystemExit as exit:  # argparse: wrong usage
            code = int(exit.code or 0)
        assert code in (0, 1, 2), line
        said = capsys.readouterr()
        assert "Traceback" not in said.err, line
        seen += 1
    with kg.store.open(folder) as s:
        assert {str(q) for q in s.quads(graph)} == before
        known = (graph, "urn:iibun:graph:")
        assert all(g.startswith(known) for g in s.graphs()), s.graphs()
        assert not s.select("ASK { GRAPH <urn:x:pwned> { ?s ?p ?o } }")[0]["answer"]
    assert seen > 100


def test_static_routes_give_nothing_else() -> None:
    app = Starlette(routes=[Mount("/assets", StaticFiles(directory=STATIC))])  # as iibun.web.server mounts it
    with TestClient(app, base_url="http://localhost") as client:
        assert client.get("/assets/logo.svg").status_code == 200
        for path in (
            "../server.py", "%2e%2e/server.py", "..%2fserver.py", "%2e%2e%2f%2e%2e%2fpyproject.toml", "....//server.py",
            "/etc/passwd", "%2fetc%2fpasswd", "yasgui/../../server.py", "..\\server.py", "logo.svg/..%2f..%2fserver.py", "%00",
        ):  # fmt: skip
            r = client.get("/assets/" + path)
            assert r.status_code in (400, 404) and "PageHead" not in r.text and "root:" not in r.text, path
