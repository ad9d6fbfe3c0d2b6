"""The second reader from the command line, through its real client: nothing is sent unless a server is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kg.store
from iibun.cli.main import main
from kg import check
from tests.recorded_llm import completion, serving
from tests.test_second import GOOD, TEXT


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, "utf-8")
    (tmp_path / "a.meta.json").write_text('{"published": "2025-11-03"}', "utf-8")
    return path


def reply(_: dict[str, Any]) -> tuple[int, bytes]:
    return 200, completion(json.dumps(GOOD), prompt_tokens=900, completion_tokens=120)


def name(monkeypatch: pytest.MonkeyPatch, url: str, **more: str) -> None:
    for key, value in {"URL": url, "MODEL": "m", "KEY": "sk-secret", **more}.items():
        monkeypatch.setenv(f"IIBUN_LLM_{key}", value)


def test_the_language_model_alone_needs_no_other_model(
    article: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(reply) as (url, _):
        name(monkeypatch, url)
        assert main(["extract", str(article), "--reader", "llm"]) == 0
        out, err = capsys.readouterr()
        assert f"Texts are sent to {url}/chat/completions (model m)." in err and "900 tokens asked" in err
        document = json.loads(out)
        assert [c["readers"] for c in document["claims"]] == [["llm"], ["llm"]] and document["second"]["model"] == "m"
        assert main(["extract", str(article), "--reader", "llm", "--format", "text"]) == 0
        assert "(read by the language model)" in capsys.readouterr().out


@pytest.mark.usefixtures("nlp")
def test_both_read_into_a_store_once(
    article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(tmp_path / "store")
    with serving(reply) as (url, got):
        name(monkeypatch, url)
        for readers, asked in (("both", 1), ("both", 1), ("local", 1), ("llm", 2)):
            assert main(["ingest", str(article), "--reader", readers, "--store", store]) == 0
            assert len(got) == asked, readers
        assert main(["reingest", "--reader", "both", "--store", store]) == 0
    with kg.store.open(store) as opened:
        assert check.check(opened) == []
        quads = "\n".join(map(str, opened.quads()))
    assert "#SecondReading" in quads and "#Dispute" in quads and "sk-secret" not in quads
    assert "sk-secret" not in capsys.readouterr().err


@pytest.mark.usefixtures("nlp")
def test_a_failed_server_is_told_and_loses_nothing(
    article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(lambda _: (404, b"")) as (url, _):
        name(monkeypatch, url)
        assert main(["extract", str(article), "--reader", "both"]) == 1
        document = json.loads(capsys.readouterr().out)
        assert main(["extract", str(article)]) == 0
        local = json.loads(capsys.readouterr().out)
    assert document.pop("second")["failures"] and document == local


@pytest.mark.parametrize(
    ("settings", "arguments", "told"),
    [
        ({}, ["extract", "a.txt", "--reader", "both"], "Set IIBUN_LLM_URL to the address"),
        ({"IIBUN_LLM_URL": "http://h/v1"}, ["extract", "a.txt", "--reader", "llm"], "Set IIBUN_LLM_MODEL to the name"),
        ({"IIBUN_LLM_URL": "ftp://h"}, ["extract", "a.txt"], "IIBUN_LLM_URL: 'ftp://h' is no web address"),
        ({"IIBUN_LLM_URL": "http://u:p@h"}, ["extract", "a.txt"], "IIBUN_LLM_URL holds a user name or a password"),
        ({"IIBUN_LLM_SECONDS": "0"}, ["extract", "a.txt"], "IIBUN_LLM_SECONDS: '0' is not a number above 0"),
        ({"IIBUN_LLM_CHARACTERS": "9"}, ["extract", "a.txt"], "IIBUN_LLM_CHARACTERS: '9' is not a whole number"),
        ({}, ["extract", "a.txt", "--reader", "all"], "'all' is none of local, llm, both"),
        ({}, ["ingest", "--samples", "--reader", "both"], "--samples does not go with --reader"),
        ({}, ["ingest", "a.txt", "--reader", "both", "--dask", "tcp://h:1"], "--reader both does not go with --dask"),
    ],
)
def test_bad_input_gets_one_sentence(
    settings: dict[str, str],
    arguments: list[str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    try:
        code = main(arguments)
    except SystemExit as left:
        code = left.code  # type: ignore[assignment]
    err = capsys.readouterr().err
    assert code == 2 and told in err and "Traceback" not in err
