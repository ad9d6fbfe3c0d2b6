"""The recorded answers are of the prompts that we send, and give the table that the documents show."""

from __future__ import annotations

import json
import re

import pytest

from iibun.cli.main import main
from tests import recorded_llm
from tests.paths import ROOT


def test_each_prompt_has_its_answer() -> None:
    """After a change of the prompt the answers are of another question: record them anew."""
    assert {recorded_llm.digest(asked) for asked in recorded_llm.prompts().values()} == set(recorded_llm.answers())


def test_what_the_answers_quote_is_in_the_articles() -> None:
    """As the results say; a model on a server is not so exact."""
    found = recorded_llm.answers()
    for name, asked in recorded_llm.prompts().items():
        answer, text = json.loads(found[recorded_llm.digest(asked)]), asked[-1]["content"]
        quoted = [n for e in answer["entities"] for n in e["names"]]
        quoted += [r.get(key, "") for r in answer["relations"] for key in ("words", "title")]
        quoted += [c.get(key) or "" for c in answer["claims"] for key in ("content", "cue", "source_words")]
        assert [words for words in quoted if words not in text] == [], name


def test_the_table_of_the_documents_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/results/language-model.md").read_text("utf-8")
    with recorded_llm.serving(recorded_llm.recorded) as (url, _):
        monkeypatch.setenv("IIBUN_LLM_URL", url)
        monkeypatch.setenv("IIBUN_LLM_MODEL", "recorded")
        assert main(["eval", str(recorded_llm.GOLD), "--reader", "llm"]) == 0
    printed = re.findall(r"^(\w[\w ]*?) +([\d.]+) +([\d.]+) +([\d.]+) +(\d+)$", capsys.readouterr().out, re.MULTILINE)
    shown = {name: (f1, f"{p}, {r}") for name, p, r, f1, _ in printed}
    for name in (
        "mentions",
        "linking",
        "relations",
        "claims",
        "attributed claims",
        "modality",
        "polarity",
        "predictions",
    ):
        row = re.search(rf"^\| {name} \|.*$", page, re.MULTILINE)
        assert row, name
        cells = [c.strip() for c in row[0].split("|")]
        f1, both = shown[name]
        assert (cells[3], cells[6] or both) == (f1, both), name
