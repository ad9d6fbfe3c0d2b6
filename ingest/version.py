"""The version of the extractor, which reports carry; an archive compares it to decide what to read again.

Raise a number in the commit that makes articles read differently; other changes leave it as it is.
``python -m tests.extractor`` checks whether the sample articles and our gold articles are read as before, and
``make test`` fails until it has been run on the current code.
"""

from __future__ import annotations

import importlib.metadata
from functools import cache

MODELS = 4  #: version of ``data/models``
ROWS = 3  #: version of ``data/lexicon`` and ``data/gazetteer.jsonl``
RULES = 8  #: version of the code
PROMPT = 1  #: version of what a language model is asked, and of how its answer is taken


@cache
def extractor() -> str:
    """Name and versions of the extractor, such as ``iibun 0.1.0 models 1 rows 1 rules 1``."""
    return f"iibun {importlib.metadata.version('iibun')} models {MODELS} rows {ROWS} rules {RULES}"


def with_llm(model: str, *, alone: bool = False) -> str:
    """The extractor where a language model read too, or alone.

    >>> with_llm("gemma3:12b").removeprefix(extractor())
    ' + llm gemma3:12b prompt 1'
    """
    own = f"iibun {importlib.metadata.version('iibun')} rows {ROWS} rules {RULES}" if alone else extractor()
    return f"{own} + llm {model} prompt {PROMPT}"


def covers(held: str | None, wanted: str) -> bool:
    """Whether what an extractor read need not be read again by another: it is the same, or the same with a language model.

    >>> covers(with_llm("gemma3:12b"), extractor()), covers(extractor(), with_llm("gemma3:12b"))
    (True, False)
    """
    return held is not None and (held == wanted or held.startswith(f"{wanted} + llm "))
