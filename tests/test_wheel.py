"""The wheel holds every file that the installed packages read, and nothing else. It is not built: hatchling lists its files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.paths import ROOT

wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")

PACKAGES = ("kg", "ingest", "iibun")


@pytest.fixture(scope="module")
def files() -> set[str]:
    """The paths in the wheel, without its metadata."""
    return {Path(file.distribution_path).as_posix() for file in wheel.WheelBuilder(str(ROOT)).recurse_included_files()}


def present(folder: str) -> set[str]:
    """The files in a folder of the project, but for what Python and npm leave there and the user's own store."""
    left_out = {"__pycache__", "node_modules", "store"} if folder == "data" else {"__pycache__", "node_modules"}
    found = set()
    for where, folders, names in os.walk(ROOT / folder):
        folders[:] = [name for name in folders if name not in left_out]
        found |= {(Path(where) / name).relative_to(ROOT).as_posix() for name in names}
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_the_packages_is_in(package: str, files: set[str]) -> None:
    assert present(package) - files == set()
    assert f"{package}/py.typed" in files, "what imports it is checked against its types"


def test_every_data_file_is_in(files: set[str]) -> None:
    data = {name.replace("data/", "kg/_data/", 1) for name in present("data")}
    assert "kg/_data/models/reader/encoder.onnx" in data and "kg/_data/ontology.ttl" in data
    assert data - files == set(), "name new files of data/ in pyproject.toml"


def test_nothing_else_is_in(files: set[str]) -> None:
    assert {name.split("/")[0] for name in files} == set(PACKAGES)
    assert not [name for name in files if name.startswith("kg/_data/store")], "what the user has read is the user's"
