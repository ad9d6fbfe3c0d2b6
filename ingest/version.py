"""The version of the extractor, which reports carry; an archive compares it to decide what to read again.

Raise a number in the commit that makes articles read differently; other changes leave it as it is.
``python -m tests.extractor`` checks whether the sample articles and our gold articles are read as before, and
``make test`` fails until it has been run on the current code.
"""

from __future__ import annotations

import importlib.metadata
from functools import cache

MODELS = 3  #: version of ``data/models``
ROWS = 2  #: version of ``data/lexicon`` and ``data/gazetteer.jsonl``
RULES = 5  #: version of the code


@cache
def extractor() -> str:
    """Name and versions of the extractor, such as ``iibun 0.1.0 models 1 rows 1 rules 1``."""
    return f"iibun {importlib.metadata.version('iibun')} models {MODELS} rows {ROWS} rules {RULES}"
