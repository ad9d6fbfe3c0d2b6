"""Strings: each page's keys exist in both languages, with the same placeholders, and none is left over."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from iibun.i18n import LANGUAGES, MissingString, translate

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "iibun" / "i18n").glob("*.json"))
SOURCES = "\n".join(p.read_text("utf-8") for p in sorted((ROOT / "iibun").rglob("*.py")))
ASKED = sorted(set(re.findall(r"""\bt\(\s*["']([a-z_]+\.[\w-]+)["']""", SOURCES)))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_string_is_in_both_languages(path: Path) -> None:
    for key, texts in json.loads(path.read_text("utf-8")).items():
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
