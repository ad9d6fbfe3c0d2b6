"""Modality and polarity of a content, from the end of its predicate (rows in ``modality`` and ``polarity``)."""

from __future__ import annotations

import re
from functools import cache

from ingest import lexicon
from kg.model import Modality, Polarity

_TRIM = re.compile(r"[\s。、．，」』”\"）)！!]+$")
_WINDOW = 40  # characters: the longest ending that a row describes


@cache
def _table(name: str, key: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(row["pattern"]), row[key]) for row in lexicon.rows(name))


def _tail(content: str) -> str:
    return _TRIM.sub("", content[-_WINDOW:])


def modality_of(content: str) -> Modality | None:
    """The modality that the content's own ending says, or None for a plain statement.

    >>> modality_of("遅れるかもしれない"), modality_of("工場を閉鎖した")
    ('possible', None)
    """
    if content.rstrip().endswith(("？", "?")):
        return "questioned"
    tail = _tail(content)
    for pattern, value in _table("modality", "modality"):
        if pattern.search(tail):
            return value  # type: ignore[return-value]
    return None


def polarity_of(content: str) -> Polarity:
    """Whether the main predicate is negated.

    >>> polarity_of("問題はない"), polarity_of("待つしかない")
    ('negated', 'affirmed')
    """
    tail = _tail(content)
    for pattern, value in _table("polarity", "polarity"):
        if pattern.search(tail):
            return value  # type: ignore[return-value]
    return "affirmed"
