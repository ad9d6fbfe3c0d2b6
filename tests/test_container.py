"""Dockerfile and compose file hold what the how-to promises. No builder is needed to test that."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from iibun.web import guard
from kg import environment
from tests.paths import ROOT

BASE = "python:3.11-slim-bookworm"


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each with its arguments in one line."""
    lines = [x for x in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if not x.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (x.partition(" ") for x in joined.splitlines() if x.strip())]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(i for i, (word, _) in enumerate(found) if word == "FROM") :]


def compose() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return made


def test_the_base_is_pinned_and_from_no_named_registry() -> None:
    bases = [rest.split(" AS ")[0] for word, rest in instructions() if word == "FROM"]
    assert bases == [BASE, BASE], "a stage that builds, one that runs, both of the Python of CI"
    images = [service["image"] for service in compose()["services"].values()]
    for image in (*bases, *images):
        name, _, tag = image.partition(":")
        assert tag and tag != "latest", f"{image} is not pinned"
        assert "." not in name.split("/")[0], f"{image} names a registry's host"
    for file in ("Dockerfile", "compose.yaml", ".dockerignore"):
        hosts = re.findall(r"https?://([^\s/:\"]+)", (ROOT / file).read_text("utf-8"))
        assert set(hosts) <= {"sparql"}, f"{file} names {hosts}"


def test_it_runs_as_nobody_special() -> None:
    stage = dict(last_stage())
    assert stage["USER"] == "10001:10001"
    last = [word for word, _ in last_stage()]
    assert last.index("USER") < last.index("ENTRYPOINT") and "USER" not in last[last.index("USER") + 1 :]
    run = next(rest for word, rest in last_stage() if word == "RUN")
    assert "useradd --uid 10001" in run and "--owner=10001" in run and "/store" in run


def test_only_the_volume_and_the_temporary_folder_are_written() -> None:
    stage = dict(last_stage())
    assert json.loads(stage["VOLUME"]) == ["/store"]
    settings = dict(x.split("=", 1) for x in stage["ENV"].split())
    assert settings["IIBUN_STORE"].startswith("/store/") and settings["XDG_DATA_HOME"] == "/store"
    assert settings["HOME"] == "/tmp" and settings["PYTHONDONTWRITEBYTECODE"] == "1"
    for name, service in compose()["services"].items():
        assert service["read_only"] is True and service["tmpfs"] == ["/tmp"], name
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"], name
    assert compose()["services"]["iibun"]["user"] == stage["USER"]


def test_the_health_check_asks_a_route_that_needs_no_login() -> None:
    check = next(rest for word, rest in instructions() if word == "HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    path = re.search(r"'GET', '([^']+)'", command[-1])
    assert command[:2] == ["python", "-c"] and path
    compile(command[-1], "HEALTHCHECK", "exec")
    from starlette.testclient import TestClient
    from streamlit.web.server.starlette.starlette_routes import create_health_routes

    routes: Any = create_health_routes(SimpleNamespace(), "")  # type: ignore[arg-type]
    assert path[1] in [r.path for r in routes]
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    policy = replace(guard.Policy.from_environment("0.0.0.0"), password="longenough")
    app = Starlette(
        routes=[Route("/{rest:path}", lambda _: PlainTextResponse("in"))],
        middleware=[Middleware(guard.Guard, policy=policy, scripts=[])],
    )
    client = TestClient(app, base_url="http://127.0.0.1:8501", follow_redirects=False)
    assert client.get(path[1]).status_code == 200
    assert client.get("/").status_code == 401, "everything else asks for a login"


def test_what_is_copied_is_there_and_let_through() -> None:
    allowed = {x[1:] for x in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if x.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    names = {name for group in copied for name in group}
    assert names == allowed
    assert all((ROOT / name).exists() for name in names)
    packages = re.search(r"packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert packages and set(re.findall(r'"(\w+)"', packages[1])) <= names


def test_only_the_locked_is_installed() -> None:
    runs = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    assert "--require-hashes --no-deps --requirement requirements.lock" in runs[0]
    assert "--no-deps --no-build-isolation ." in runs[1]


def test_the_port_and_the_settings_are_ours() -> None:
    from iibun.cli.main import parser

    stage = dict(last_stage())
    args = parser().parse_args(json.loads(stage["CMD"]))
    assert args.host == "0.0.0.0" and str(args.port) == stage["EXPOSE"] and f", {args.port}," in stage["HEALTHCHECK"]
    own = compose()["services"]["iibun"]
    assert own["ports"] == [f"127.0.0.1:{args.port}:{args.port}"], "this machine alone"
    for name in own["environment"].keys() - {"TZ"}:
        assert name in environment.SETTINGS
    environment.SETTINGS["IIBUN_STORE"].read(own["environment"]["IIBUN_STORE"])
    assert own["environment"]["IIBUN_PASSWORD"].startswith("${IIBUN_PASSWORD:?")


def test_nobody_but_iibun_reaches_the_sparql_server() -> None:
    made = compose()
    server = made["services"]["sparql"]
    assert "ports" not in server and server["networks"] == ["graph"]
    assert made["networks"]["graph"] == {"internal": True}
    assert set(made["volumes"]) == {v.split(":")[0] for s in made["services"].values() for v in s["volumes"]}
    tested = re.search(r"^oxigraph==(\S+)", (ROOT / "requirements-dev.lock").read_text("utf-8"), re.M)
    assert tested and server["image"].endswith(f":{tested[1]}"), "the version that the tests of the store run with"


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml"])
def test_the_how_to_is_named(name: str) -> None:
    assert "docs/ja/container.md" in (ROOT / name).read_text("utf-8")
