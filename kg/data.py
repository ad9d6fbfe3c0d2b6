"""Find the project's data files: ``data/`` of a checkout, or the copy inside the installed package."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

#: A row of a file in JSON Lines: its keys are explained at the head of the file.
Row = dict[str, Any]
_HERE = Path(__file__).resolve().parent


@cache
def root() -> Path:
    """The folder that holds ``ontology.ttl``, ``queries/``, ``lexicon/`` and the rest."""
    inside = _HERE / "_data"  # the wheel ships data/ here
    return inside if inside.is_dir() else _HERE.parent / "data"


def path(name: str) -> Path:
    """The path of a data file or folder.

    Raises:
        FileNotFoundError: if there is no such file, naming it.
    """
    found = root() / name
    if not found.exists():
        raise FileNotFoundError(f"no data file {name!r} in {root()}")
    return found


def text(name: str) -> str:
    """The UTF-8 content of a data file."""
    return path(name).read_text("utf-8")


@cache
def rows(name: str) -> tuple[Row, ...]:
    """The rows of a data file in JSON Lines, in order. Blank lines and lines that start with ``#`` are skipped.

    Raises:
        ValueError: if a line is not valid JSON; the message names file and line.
    """
    found: list[Row] = []
    for number, line in enumerate(text(name).splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise ValueError(f"{name}, line {number}: {error}") from None
    return tuple(found)
