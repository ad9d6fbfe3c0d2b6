"""Every prepared query parses, says what it gives, and is asked; no other SPARQL stands in our code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import kg.store
from kg import prepared, queries
from kg.rdf import article_iri, quads
from kg.store import Store
from kg.store.sparql import NotAnIri, parameters, tokens
from tests.kg_samples import report
from tests.test_store_attacks import NASTY

ROOT = Path(__file__).resolve().parents[1]
DUMMY: dict[str, Any] = {
    "iri": "urn:x:y", "iris": ["urn:x:y", "urn:x:z"], "string": "x", "strings": ["x", "y"], "date": date(2026, 1, 1),
    "integer": 1, "boolean": True,
}  # fmt: skip
#: SPARQL in Python: examples for people, and the part of a store's interface that takes patterns.
EXCEPTIONS = {"iibun/cli/commands/query.py", "kg/articles.py", "kg/tracking/samples.py"}
SPARQL = re.compile(
    r"\b(SELECT|CONSTRUCT|ASK|DESCRIBE|INSERT|DELETE)\b[^{]*\{|\b(GRAPH|OPTIONAL|VALUES|FILTER)\b\s*[?$<({]", re.DOTALL
)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with kg.store.memory() as s:
        for n in range(3):
            r = report(n)
            s.replace(article_iri(r.article), quads(r))
        yield s


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Our modules, those of the store and the endpoint apart: they put texts together."""
    for folder in ("kg", "iibun"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(("kg/store/", "kg/endpoint/")):
                yield name, ast.parse(path.read_text("utf-8"))


def calls() -> Iterator[tuple[str, str, set[str | None]]]:
    """Each place that asks a prepared query: the module, the query's name, and the names of the values given."""
    for module, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if getattr(node.func.value, "id", "") == "prepared":
                of = node.args[0 if node.func.attr in ("load", "text") else 1]
                assert isinstance(of, ast.Constant), f"{module}:{node.lineno}: the query's name is computed"
                yield f"{module}:{node.lineno}", of.value, {k.arg for k in node.keywords}


def needed(query: queries.Query) -> set[str]:
    return set(parameters(queries.fold(query.text, set())))


@pytest.mark.parametrize("name", prepared.names())
def test_each_query_parses_with_and_without_each_parameter(name: str, store: Store) -> None:
    q = prepared.load(name)
    kinds = {k: DUMMY[kind] for k, kind in queries.parameters(q).items()}
    assert needed(q) <= kinds.keys(), f"parameters that the header lacks: {needed(q) - kinds.keys()}"
    for extra in [set(), *({k} for k in kinds), set(kinds)]:
        found = store.query(prepared.text(name, **{k: kinds[k] for k in needed(q) | extra}))
        if isinstance(found, ox.QuerySolutions):
            assert [v.value for v in found.variables] == list(q.columns)


def test_no_parameter_of_a_header_is_left_over() -> None:
    for name in prepared.names():
        q = prepared.load(name)
        text = queries.fold(q.text, {b.name for b in q.bindings})
        controls = set(re.findall(r"\w+", " ".join(re.findall(r"# (?:if|unless) ([\w ]+)", q.text))))
        assert {b.name for b in q.bindings} <= {*parameters(text), *needed(q), *controls}, name


def test_every_query_is_asked_with_parameters_that_it_has() -> None:
    asked = set()
    for where, name, given in calls():
        assert name in prepared.names(), f"{where}: there is no {name}"
        assert given - {None} <= queries.parameters(prepared.load(name)).keys(), where  # None: **values
        asked.add(name)
    assert set(prepared.names()) == asked


def strings(tree: ast.Module) -> Iterator[str]:
    """The texts of a module, with ``?x`` for what is formatted into them; docstrings apart."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else "?x" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node.value


def test_sparql_stands_in_files() -> None:
    assert {module for module, tree in sources() if any(map(SPARQL.search, strings(tree)))} == EXCEPTIONS


def test_a_value_is_one_term() -> None:
    for name in prepared.names():
        q = prepared.load(name)
        harmless = {b.name: DUMMY[b.kind] for b in q.bindings}
        for b in q.bindings:
            if b.kind not in ("iri", "iris", "string", "strings"):
                continue
            several = b.kind.endswith("s")
            shape = [
                t.kind
                for t in tokens(prepared.text(name, **{**harmless, b.name: ["urn:x:x"] if several else "urn:x:x"}))
            ]
            for value in NASTY:
                try:
                    whole = prepared.text(name, **{**harmless, b.name: [value] if several else value})
                except (NotAnIri, ValueError):
                    continue  # not an IRI, or no text at all
                assert [t.kind for t in tokens(whole)] == shape, (name, b.name, value)


def test_prepared_queries_are_not_listed() -> None:
    assert not set(prepared.names()) & set(queries.names())
    with pytest.raises(queries.UnknownQuery):
        queries.load("prepared/claims_of_article")


def test_wrong_values_are_named() -> None:
    with pytest.raises(NotAnIri, match="'not an iri' is not an IRI"):
        prepared.text("claims_there", claims=["urn:x:a", "not an iri"])
    with pytest.raises(TypeError, match="claims is missing"):
        prepared.text("claims_there")
    with pytest.raises(TypeError, match="no parameter clams"):
        prepared.text("claims_there", claims=[], clams=[])


def test_of_no_claims_nothing_is_said(store: Store) -> None:
    everything = prepared.rows(store, "all_claims")
    assert len(everything) == 6
    assert len(prepared.rows(store, "claims_there", claims={r["claim"] for r in everything})) == 6
    assert prepared.rows(store, "claims_there", claims=[]) == []


def test_limit_and_offset_are_left_out_if_not_given(store: Store) -> None:
    every = [r["claim"] for r in prepared.rows(store, "effective_claims")]
    assert len(every) == 6
    assert [r["claim"] for r in prepared.rows(store, "effective_claims", limit=2, offset=3)] == every[3:5]
    assert [r["claim"] for r in prepared.rows(store, "effective_claims", offset=4)] == every[4:]
    assert prepared.rows(store, "effective_claims", limit=0) == []
