"""Strings: each page's keys exist in both languages, with the same placeholders, and none is left over."""

from __future__ import annotations

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
