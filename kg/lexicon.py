"""Word lists and patterns as data: ``data/lexicon/NAME.jsonl``, one JSON object a line.

The comment lines at the head of a file explain its keys. In all files ``example`` shows a row in use, and
``counterexample`` a look-alike to which it does not apply.
"""

from __future__ import annotations

from functools import cache

from kg import data


def rows(name: str) -> tuple[data.Row, ...]:
    """Return the rows of a word list, in order.

    Args:
        name: the file's name without ``.jsonl``.
    """
    return data.rows(f"lexicon/{name}.jsonl")


@cache
def texts(name: str) -> frozenset[str]:
    """Return the ``text`` of every row of a word list.

    Args:
        name: the file's name without ``.jsonl``.

    >>> "社長" in texts("titles")
    True
    """
    return frozenset(row["text"] for row in rows(name))
