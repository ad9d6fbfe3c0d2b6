"""Synonyms for searches: the rows of ``search_synonyms`` and ``synonyms`` in ``data/lexicon``.

>>> "アメリカ" in synonyms(fold("米国")), synonyms(fold("米国債"))
(True, ())
"""

from __future__ import annotations

from functools import cache

from iibun.web.spelling import fold
from kg.lexicon import rows


def synonyms(folded: str) -> tuple[str, ...]:
    """The folded forms of the words that mean the same as a word in its folded form."""
    return _rows().get(folded, ())


@cache
def _rows() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for name in ("search_synonyms", "synonyms"):
        for row in rows(name):
            # ⇅ marks what is compared and is no word
            words = [fold(str(w)) for w in row["words"] if not str(w).startswith("⇅")]
            for word in words:
                found.setdefault(word, {}).update(dict.fromkeys(w for w in words if w != word))
    return {word: tuple(others) for word, others in found.items()}
