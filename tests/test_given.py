"""Values as people write them, and the settings that are read from the environment."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from iibun.i18n.errors import explained
from kg import environment, given
from kg.environment import SETTINGS, WrongSetting
from tests.paths import ROOT

READ: list[tuple[Callable[[str], Any], str, Any]] = [
    (given.whole, "0", 0), (given.whole, "007", 7), (given.number, ".5", 0.5), (given.number, "1e3", 1000.0),
    (given.yes_or_no, "Yes", True), (given.yes_or_no, "0", False),
]  # fmt: skip
REFUSED: list[tuple[Callable[[str], Any], list[str]]] = [
    (given.whole, ["-1", "", " 1", "1_000", "１", "1.0", "1" * 400]),
    (lambda t: given.whole(t, 1, 9), ["0", "10"]),
    (given.number, ["nan", "inf", "-1", "abc", "0x1", "1e999"]),
    (lambda t: given.number(t, above=True), ["0"]),
    (lambda t: given.number(t, most=1.0), ["1.1"]),
    (lambda t: given.number(t, float("-inf")), ["x"]),
    (given.day, ["2025-13-01", "20250101", "2025-W01-1", "0000-01-01", "２０２５-01-01"]),
    (given.yes_or_no, ["maybe"]),
    (lambda t: given.one_of(t, ("a", "b")), ["c", ""]),
    (environment.place, ["", " ", "ftp://x"]),
    (environment.address, ["x", "http://", "https://x y"]),
]


@pytest.mark.parametrize(("read", "text", "value"), READ)
def test_values_are_read(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(("read", "texts"), REFUSED)
def test_what_cannot_be_meant_is_refused_in_both_languages(read: Callable[[str], Any], texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ValueError) as told:
            read(text)
        sentence = given.refused(text, told.value, "x")
        assert sentence.startswith(f"x: {text!r} is ")
        assert re.search("[ぁ-ん]", explained(sentence, "ja")), sentence


#: Values that each setting must refuse.
WRONG = {
    "IIBUN_STORE": ["", "ftp://x"], "IIBUN_STORE_UPDATE": ["x"], "IIBUN_STORE_USER": ["a\nb"],
    "IIBUN_STORE_PASSWORD": ["a\nb", "a\udcff"], "IIBUN_STORE_TOKEN": ["a b", "あ"], "IIBUN_STORE_AUTH": ["digst"], "IIBUN_TOKEN": ["a\nb"],
    "IIBUN_READING": ["xyz"], "IIBUN_QUERY_SECONDS": ["abc", "-1", "0", "nan"], "IIBUN_QUERY_MEMORY_MB": ["0", "1.5"],
    "IIBUN_QUERY_ROWS": ["-1", "many"], "IIBUN_QUERY_MB": ["0"], "IIBUN_AUTHOR": ["a\x1bb", "\udcff"], "IIBUN_LANG": ["fr"], "IIBUN_DEBUG": ["please"],
    "IIBUN_ORIGINS": ["x.example"], "IIBUN_HOSTS": ["a b"], "IIBUN_PASSWORD": ["abc123"], "IIBUN_NO_LOGIN": ["maybe"], "IIBUN_STORE_MERGE": ["perhaps"],
    "IIBUN_LLM_URL": ["ftp://x", "localhost:11434"], "IIBUN_LLM_MODEL": ["a\x1bb"], "IIBUN_LLM_KEY": ["a\nb", "あ"],
    "IIBUN_LLM_SECONDS": ["0", "soon"], "IIBUN_LLM_CHARACTERS": ["10", "1e9"],
}  # fmt: skip


def test_every_setting_is_tried() -> None:
    assert WRONG.keys() == SETTINGS.keys()


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in WRONG.items() for t in texts])
def test_a_wrong_setting_is_one_sentence(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(WrongSetting) as told:
        environment.check()
    said = str(told.value)
    assert said.startswith(name) and (SETTINGS[name].secret or repr(text) in said)
    assert not SETTINGS[name].secret or text not in said, "a secret is not shown"
    assert all(choice in said for choice in SETTINGS[name].choices)
    assert re.search("[ぁ-ん]", explained(said, "ja")), said


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, setting in SETTINGS.items():
        monkeypatch.setenv(name, "")
        assert not setting.empty or environment.get(name) == setting.default


def test_what_is_near_is_asked() -> None:
    assert given.nearest("predicitons", ["claims", "predictions"]) == " Did you mean predictions?"
    assert not given.nearest("x" * 100_000, ["claims"]) and not given.nearest("zzz", ["claims"])


def test_every_variable_that_the_code_names_is_a_setting() -> None:
    """A variable that is read elsewhere is neither checked nor known to be one."""
    named: set[str] = set()
    for package in ("kg", "ingest", "iibun"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text("utf-8")
            named |= set(re.findall(r"\bIIBUN_[A-Z_]*[A-Z]\b", text))
            if path.name != "environment.py":
                assert not re.search(r"environ(\.get\(|\[)\"IIBUN_(?!STORE\"\] = )", text), (
                    f"{path}: use kg.environment"
                )
    assert named <= SETTINGS.keys()
