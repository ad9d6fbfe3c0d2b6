"""The README is true: its queries answer alike on the command line and the endpoint, its commands exist."""

import csv
import io
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import kg.store
from iibun.cli.main import main, parser
from tests.paths import ROOT

README = (ROOT / "README.md").read_text("utf-8")
QUERIES = re.findall(r"```sparql\n(.*?)```", README, re.S)
COMMANDS = re.findall(r"^    iibun (.*?)(?:\s+#.*)?$", README, re.M)


@pytest.mark.usefixtures("nlp")
def test_command_line_and_endpoint_give_the_same_rows(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    from kg.endpoint import routes

    folder = tmp_path / "store"
    assert main(["ingest", "--samples", "--store", str(folder)]) == 0
    ours = []
    for sparql in QUERIES:
        capsysbinary.readouterr()
        assert main(["query", "-e", sparql, "--format", "csv", "--store", str(folder)]) == 0
        ours.append(list(csv.reader(io.StringIO(capsysbinary.readouterr().out.decode()))))
    for line in (c for c in COMMANDS if c.startswith("query ")):
        assert main([*line.split(), "--format", "csv", "--store", str(folder)]) == 0
        assert capsysbinary.readouterr().out.count(b"\n") > 1, "the samples answer every named query of the README"
    with (
        kg.store.open(folder) as store,
        TestClient(Starlette(routes=routes(store.hold())), base_url="http://localhost") as client,
    ):
        for sparql, rows in zip(QUERIES, ours, strict=True):
            answer = client.get("/sparql", params={"query": sparql}, headers={"Accept": "text/csv"})
            assert answer.status_code == 200, answer.text
            assert list(csv.reader(io.StringIO(answer.text))) == rows
            assert len(rows) > 1, "the samples answer every query of the README"


def test_commands_exist_and_have_an_example() -> None:
    assert len(COMMANDS) >= 10
    for line in COMMANDS:
        args = parser().parse_args(line.split())
        folder = getattr(args, "gold", None)
        named = [folder] if folder else [s for s in getattr(args, "sources", []) if s.startswith("data/")]
        assert all((ROOT / name).exists() for name in named), line
    choices = next(a for a in parser()._actions if a.dest == "command").choices
    for name, sub in choices.items():
        assert "example" in (sub.epilog or ""), f"iibun {name} --help has no example"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
