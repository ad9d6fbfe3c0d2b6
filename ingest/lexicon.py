"""Word lists and patterns as data: ``data/lexicon/NAME.jsonl``, one JSON object a line.

The comment lines at the head of a file explain its keys. In all files ``example`` shows a row in use, and
``counterexample`` a look-alike to which it does not apply.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from kg import data


@cache
def rows(name: str) -> tuple[dict[str, Any], ...]:
    """Return the rows of a file, in order. Blank lines and lines that start with ``#`` are skipped.

    Args:
        name: the file's name without ``.jsonl``.

    Raises:
        ValueError: if a line is not valid JSON; the message names file and line.
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
    """Return the ``text`` of every row of a file.

    Args:
        name: the file's name without ``.jsonl``.

    >>> "社長" in texts("titles")
    True
    """
    return frozenset(row["text"] for row in rows(name))
