"""The packages ship their types, and those of the graph say what they take and give."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = ("kg", "ingest", "iibun")
#: Public functions of ``kg`` whose values only the reader of a log or a row knows.
LEFT = {
    "kg/tracking/entered.py": {"term"},
    "kg/tracking/links.py": {"document"},
    "kg/tracking/log.py": {"one"},
    "kg/tracking/metadata.py": {"as_corrected", "beside", "corrections", "said", "states"},
}


@pytest.mark.parametrize("package", PACKAGES)
def test_types_are_shipped(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def public(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods of a module that others may call."""
    for node in ast.iter_child_nodes(tree):
        name = getattr(node, "name", "_")
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from public(node)


def annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    a = function.args
    for argument in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg):
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
    if function.returns is not None:
        yield function.returns


def vague(path: Path) -> set[str]:
    """The public functions of a module that take or give ``Any``."""
    return {
        function.name
        for function in public(ast.parse(path.read_text("utf-8")))
        if any(isinstance(n, ast.Name) and n.id == "Any" for a in annotations(function) for n in ast.walk(a))
    }


@pytest.mark.parametrize("path", sorted((ROOT / "kg").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_public_function_of_the_graph_takes_or_gives_anything(path: Path) -> None:
    assert vague(path) <= LEFT.get(path.relative_to(ROOT).as_posix(), set())
