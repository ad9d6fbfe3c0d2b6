"""Every sentence that kg, ingest, the page and the commands raise is said in Japanese too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from iibun.i18n import strings
from iibun.i18n.errors import explained

ROOT = Path(__file__).parents[1]
TREES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8"))
    for package in ("kg", "ingest", "iibun")
    for path in sorted((ROOT / package).rglob("*.py"))
}


def error_classes() -> set[str]:
    """The names of ``IibunError`` and all classes below it."""
    found = {"IibunError"}
    below = [n for tree in TREES.values() for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    while more := {n.name for n in below if any(_name(base) in found for base in n.bases)} - found:
        found |= more
    return found


def sentences() -> Iterator[tuple[str, str]]:
    """Where an error is made, and its sentence with ``{0}`` … for its values."""
    classes = error_classes()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in classes and len(node.args) == 1:
                if (template := _template(node.args[0])) is not None:
                    yield f"{path}:{node.lineno}", template


def _name(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _template(node: ast.expr) -> str | None:
    """The sentence of a string or f-string; None for one that is made elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        at = iter(range(100))
        return "".join(str(v.value) if isinstance(v, ast.Constant) else f"{{{next(at)}}}" for v in node.values)
    return None


SENTENCES = sorted({template: place for place, template in sentences()}.items())


def test_sentences_are_found() -> None:
    assert len(SENTENCES) > 100


@pytest.mark.parametrize(("sentence", "place"), SENTENCES, ids=[place for _, place in SENTENCES])
def test_every_sentence_has_its_japanese(sentence: str, place: str) -> None:
    """A new or changed sentence needs a row in iibun/i18n/errors.json: its template in English, and in Japanese."""
    filled = re.sub(r"{\d+}", "7", sentence).replace("The 7 is not valid", "The query is not valid")
    said = explained(filled, "ja")
    assert said != filled, f"{place}: add a row to iibun/i18n/errors.json for {sentence!r}"
    assert re.search("[ぁ-ん]", said)


def test_templates_differ_and_keep_their_values() -> None:
    rows = strings("errors")
    assert len({row["en"] for row in rows.values()}) == len(rows)
    for row in rows.values():
        assert sorted(set(re.findall(r"{\d}", row["en"]))) == sorted(re.findall(r"{\d}", row["ja"]))


def test_values_are_kept_and_sentences_within_sentences_are_told_too() -> None:
    said = explained("There is no verdict 'maybe'; there are: came-true, partly.", "ja")
    assert said == "判定 'maybe' はありません。あるのは came-true, partly です。"
    within = explained("The query is not valid SPARQL at line 2, column 5: the prefix is not declared.", "ja")
    assert within == "2 行 5 文字目が SPARQL として正しくありません（宣言されていない接頭辞です）。"
    assert explained("{0} is empty {oops}", "ja") == "{0} is empty {oops}"
    assert explained("It says {x}.", "en") == "It says {x}."
