"""Strings: each page's keys exist in both languages, with the same placeholders, and none is left over."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from iibun.i18n import LANGUAGES, MissingString, translate

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "iibun" / "i18n").glob("*.json"))
SOURCES = "\n".join(p.read_text("utf-8") for p in sorted((ROOT / "iibun").rglob("*.py")))
ASKED = sorted(set(re.findall(r"""\bt\(\s*["']([a-z_]+\.[\w-]+)["']""", SOURCES)))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object none of whose keys stands twice: the second would say its words where the first is meant."""
    assert len(pairs) == len({key for key, _ in pairs}), [
        key for key, n in Counter(k for k, _ in pairs).items() if n > 1
    ]
    return dict(pairs)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_string_is_in_both_languages(path: Path) -> None:
    rows = json.loads(path.read_text("utf-8"), object_pairs_hook=_once)
    for key, texts in rows.items():
        assert set(texts) == set(LANGUAGES), key
        fields = [set(re.findall(r"{(\w+)", texts[lang])) for lang in LANGUAGES]
        assert fields[0] == fields[1], f"{key}: {fields}"
        assert all(texts[lang].strip() or texts[lang] == "" for lang in LANGUAGES), key


@pytest.mark.parametrize("key", ASKED)
def test_every_key_that_a_page_asks_for_exists(key: str) -> None:
    for lang in LANGUAGES:
        page, _, name = key.partition(".")
        assert name in json.loads((ROOT / "iibun" / "i18n" / f"{page}.json").read_text("utf-8")), key
        assert lang in LANGUAGES


def test_a_missing_key_is_named() -> None:
    with pytest.raises(MissingString, match=r"nowhere\.key"):
        translate("nowhere.key", "ja")


def _texts() -> tuple[set[str], list[re.Pattern[str]]]:
    """The words in our code's strings, docstrings aside, and those with values as patterns with a group for each value."""
    words: set[str] = set()
    made: set[str] = set()
    for path in sorted(p for package in ("iibun", "kg", "ingest") for p in (ROOT / package).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                words.update(node.value.split())
                made.add(re.escape(node.value).replace(r"\{\}", "(.+)"))
            elif isinstance(node, ast.JoinedStr):
                made.add(
                    "".join(re.escape(str(v.value)) if isinstance(v, ast.Constant) else "(.+)" for v in node.values)
                )
    return words, [
        re.compile(text) for text in sorted(made) if re.match(r"[a-z]{2}[\w\\.-]*[.-]\(|\(\.\+\)\\\.[a-z]", text)
    ]


WORDS, MADE = _texts()
SCRIPTS = "\n".join(p.read_text("utf-8") for p in (ROOT / "iibun" / "web" / "components" / "src").glob("*.js"))
TEMPLATES = "\n".join(p.read_text("utf-8") for p in (ROOT / "iibun" / "publish" / "templates").glob("*.html"))
LABELLED = set(re.findall(r"""\blabels?\(["'](\w+)["'],""", SOURCES))


def _said(text: str) -> bool:
    """Whether our code has a text: as it stands, or as a string with values, and the values."""
    if text in WORDS or text.isdecimal():
        return True
    found = (pattern.fullmatch(text) for pattern in MADE)
    return any(m and all(len(part) < len(text) and _said(part) for part in m.groups()) for m in found)


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.stem not in ("errors", "help", "frame", "criteria", "units")], ids=lambda p: p.stem
)
def test_no_string_is_left_over(path: Path) -> None:
    """Those of errors, help, Streamlit's frame, criteria and units are found by what they say, and have tests of their own."""
    names = [name for name in json.loads(path.read_text("utf-8")) if not _said(f"{path.stem}.{name}")]
    if path.stem == "codes":
        names += [n for n in json.loads(path.read_text("utf-8")) if n.partition("-")[0] not in LABELLED]
    if path.stem == "publish":  # a template says them as they stand, or after what they have in common: "state-"
        parts = [[n, *(n[: m.end()] for m in re.finditer("-", n))] for n in names]
        names = [n for n, some in zip(names, parts, strict=True) if not any(f'"{part}"' in TEMPLATES for part in some)]
    if path.stem == "components":
        names += [n for n in json.loads(path.read_text("utf-8")) if not re.search(rf"\b{n}\b", SCRIPTS)]
    assert names == []
