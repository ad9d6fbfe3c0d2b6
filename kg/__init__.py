"""The claim graph: data model, RDF, stores, queries, exports and tracking. Read :mod:`kg.model` first.

This package imports neither spaCy nor Streamlit.

>>> import kg
>>> with kg.open("data/store") as graph:  # doctest: +SKIP
...     graph.predictions(open=True)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.frames import Graph

__all__ = ["open"]


def open(url: str | Path | None = None) -> Graph:
    """Return a store that answers in tables (pandas); see :func:`kg.frames.open`."""
    from kg.frames import open

    return open(url)
