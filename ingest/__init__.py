"""From a source to a report: reading articles with GiNZA. The only place that imports spaCy.

>>> from ingest import extract, load, read
>>> nlp = load()  # doctest: +SKIP
>>> report = extract(next(read("article.txt")), nlp)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.read import read  # not lazily: importing the module later would put it in the function's place

if TYPE_CHECKING:
    from spacy.language import Language

    from kg.model import Article, Report

__all__ = ["extract", "load", "read"]

_nlp: Language | None = None


def load(*args: Any, **kwargs: Any) -> Language:
    """The pipeline; see :func:`ingest.pipeline.load`."""
    from ingest.pipeline import load

    return load(*args, **kwargs)


def extract(article: Article, nlp: Language | None = None) -> Report:
    """Everything that an article says, as a report.

    Args:
        article: what was read.
        nlp: a pipeline from :func:`load`; by default one that is loaded once per process.
    """
    from ingest.harvest import harvest
    from ingest.pipeline import parse
    from ingest.sections import joined, sections

    global _nlp
    if nlp is None:
        nlp = _nlp = _nlp or load()
    parts = sections(article.text)
    pieces = [part.of(article) for part in parts]
    return joined(article, parts, [harvest(piece, parse(nlp, piece)) for piece in pieces])
