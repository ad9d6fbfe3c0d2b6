"""Who has to log in by the settings of a server, and what it says of that when it starts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from iibun.web import guard
from kg import endpoint
from kg.errors import UsageError
from tests import store_servers
from tests.test_guard import PASSWORD


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("IIBUN_HOSTS", "https://news.example.org", "https://news.example.org"), ("IIBUN_HOSTS", "a, b:80", "b:80"),
        ("IIBUN_HOSTS", "*", r"\*"), ("IIBUN_PASSWORD", "short", "8 characters"), ("IIBUN_ORIGINS", "notes.example", "notes.example"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str, named: str) -> None:
    monkeypatch.setenv(name, value)
    said = guard.Policy.from_environment if name != "IIBUN_ORIGINS" else endpoint.Settings.from_environment
    with pytest.raises(UsageError, match=f"{name}.*{named}"):
        said()


@pytest.mark.parametrize(
    ("host", "password", "login", "said"),
    [
        ("127.0.0.1", "", True, None), ("0.0.0.0", "", True, r"Log in: http://localhost:\d+/login\?key=\S{32}"),
        ("::", "", True, r"Log in: http://localhost:"), ("0.0.0.0", "", False, "No login is asked for"),
        ("0.0.0.0", PASSWORD, True, None), ("127.0.0.1", PASSWORD, False, "No login is asked for"),
    ],
)  # fmt: skip
def test_the_server_says_how_one_gets_in(
    host: str, password: str, login: bool, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from streamlit import config

    from iibun.web import answers, connections, server

    served: list[Any] = []
    monkeypatch.setattr(connections, "serve", lambda app, **_: served.append(app))
    monkeypatch.setattr(config, "set_option", lambda *_: None)
    monkeypatch.setenv("IIBUN_PASSWORD", password)
    monkeypatch.setenv("IIBUN_STORE", str(tmp_path))
    try:
        server.serve(str(tmp_path), host, store_servers.free_port(), login=login)
    finally:
        if served:
            answers.store().close()
        answers.use_store(None)
    lines = capsys.readouterr().out.splitlines()[1:]
    assert len(served) == 1 and (re.match(said, lines[0]) if said else lines == [])


@pytest.mark.parametrize(
    ("host", "hosts", "password", "always"),
    [
        ("127.0.0.1", "", "", False), ("::1", "", "", False), ("localhost", "localhost", "", False), (None, "", "", False),
        ("0.0.0.0", "", "", True), ("::", "", "", True), ("192.168.1.20", "", "", True), ("news.example.org", "", "", True),
        ("127.0.0.1", "news.example.org", "", True), (None, "::1, fd00::7", "", True), ("127.0.0.1", "", "12345678", True),
    ],
)  # fmt: skip
def test_when_everybody_logs_in(monkeypatch: pytest.MonkeyPatch, host: str | None, hosts: str, password: str, always: bool) -> None:  # fmt: skip
    monkeypatch.setenv("IIBUN_HOSTS", hosts)
    monkeypatch.setenv("IIBUN_PASSWORD", password)
    assert guard.Policy.from_environment(host).always is always
    monkeypatch.setenv("IIBUN_NO_LOGIN", "1")
    assert guard.Policy.from_environment(host).login is False
