"""Linguistic knowledge as rows: ``data/lexicon/NAME.jsonl``, one JSON object a line."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from kg import data


@cache
def rows(name: str) -> tuple[dict[str, Any], ...]:
    """The rows of one table, in file order; blank lines and lines that start with ``#`` are skipped.

    Raises:
        ValueError: if a line is not a JSON object, naming file and line.
    """
    found: list[dict[str, Any]] = []
    for number, line in enumerate(data.text(f"lexicon/{name}.jsonl").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"lexicon/{name}.jsonl, line {number}: {error}") from None
        found.append(row)
    return tuple(found)


@cache
def texts(name: str) -> frozenset[str]:
    """The ``text`` of every row of one table.

    >>> "社長" in texts("titles")
    True
    """
    return frozenset(row["text"] for row in rows(name))
