"""Tables over a store, and the notebook that shows them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kg.store
from kg.frames import Graph
from kg.rdf import article_iri, quads
from tests.kg_samples import report
from tests.paths import ROOT

NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


@pytest.fixture(scope="module")
def graph() -> Graph:
    store = kg.store.memory()
    for n in range(3):
        store.replace(article_iri(report(n).article), quads(report(n)))
    return Graph(store)


def test_claims_are_a_table(graph: Graph) -> None:
    table = graph.claims()
    assert len(table) == 6 and table["date"].dt.year.eq(2025).all()
    first = table[table["prediction"]].iloc[0]
    assert first["sources"] == ["青葉電機"] and len(first["sources_iris"]) == 1
    assert len(graph.claims(modality="intended")) == 3


def test_the_other_tables(graph: Graph) -> None:
    assert graph.predictions()["dueEnd"].dt.year.tolist() == [2027] * 3
    assert set(graph.entities()["label"]) == {"青葉電機", "水野恵子", "ベータ社"}
    assert len(graph.articles()) == 3 and len(graph.relations()) == 6
    assert graph.sparql("SELECT (COUNT(?c) AS ?n) { ?c a schema:Claim }")["n"].tolist() == [6]


def test_pages_are_joined(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.frames._PAGE", 2)
    assert len(graph.claims()["claim"].unique()) == 6


def test_an_empty_store_gives_empty_tables() -> None:
    empty = Graph(kg.store.memory())
    assert empty.claims().empty and "sources_iris" in empty.claims().columns and empty.entities().empty


def test_networkx(graph: Graph) -> None:
    found = graph.networkx()
    labels = {data.get("label") for _, data in found.nodes(data=True)}
    assert {"青葉電機", "ベータ社"} <= labels and found.number_of_edges() > 0


def test_the_notebook_runs_as_its_own_text_says(tmp_path: Path) -> None:
    """In a checkout with its ``.venv``, by the command that the text names, from the folder that it names."""
    for name in ("data", "ingest", "kg", "iibun"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "docs").mkdir()
    shutil.copy(NOTEBOOK, tmp_path / "docs")
    text = json.loads(NOTEBOOK.read_text("utf-8"))["cells"][0]["source"]
    (command,) = re.findall(r"`(\.venv/bin/[^`]+)`", "".join(text).replace("\n", " "))
    made = re.search(r"^notebook:.*\n\t@(.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert made and made[1].replace("$(BIN)", ".venv/bin") == command, "make notebook runs it so"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("IIBUN_")} | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        shlex.split(command), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = json.loads((tmp_path / "docs" / "notebook.ipynb").read_text("utf-8"))["cells"]
    outputs = [o for cell in cells if cell["cell_type"] == "code" for o in cell["outputs"]]
    assert len(outputs) > 8 and not any(o["output_type"] == "error" for o in outputs)
