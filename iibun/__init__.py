"""Who said what in Japanese news: the Python API. The page, the command line and reading on many machines are below it.

>>> import iibun
>>> report = iibun.extract("社長は来年、新工場を建てると述べた。")  # doctest: +SKIP
>>> iibun.to_pandas(report).claims[["sources", "text", "modality"]]  # doctest: +SKIP

``docs/python.md`` shows each function. What they need is imported when it is first used, so that ``import iibun`` is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest import extract, load
    from ingest.pipeline import parse
    from ingest.spans import to_displacy, to_report, to_spacy
    from kg.model import Article, Report
    from kg.views import to_networkx, to_pandas

__all__ = [
    "Article", "Report", "extract", "load", "parse", "to_displacy", "to_networkx", "to_pandas", "to_report", "to_spacy",
    "version",
]  # fmt: skip

_MODULES = {
    "Article": "kg.model", "Report": "kg.model", "extract": "ingest", "load": "ingest", "parse": "ingest.pipeline",
    "to_displacy": "ingest.spans", "to_networkx": "kg.views", "to_pandas": "kg.views", "to_report": "ingest.spans",
    "to_spacy": "ingest.spans",
}  # fmt: skip


def version() -> str:
    """The installed version of Iibun."""
    from importlib.metadata import version

    return version("iibun")


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'iibun' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
