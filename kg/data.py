"""Find the project's data files: ``data/`` of a checkout, or the copy inside the installed package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

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
