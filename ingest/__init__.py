"""Extraction: from a source to a report, with spaCy and GiNZA. The packages ``kg`` and ``iibun`` do not import spaCy.

>>> from ingest import extract, load, read
>>> nlp = load()  # doctest: +SKIP
>>> report = extract(next(read("article.txt")), nlp)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.read import read  # not lazily: a later import of the module would replace the function

if TYPE_CHECKING:
    from spacy.language import Language

    from kg.model import Article, Report

__all__ = ["extract", "load", "read"]

_nlp: Language | None = None


def load(*args: Any, **kwargs: Any) -> Language:
    """Load the pipeline; the arguments are those of :func:`ingest.pipeline.load`."""
    from ingest.pipeline import load

    return load(*args, **kwargs)


def extract(article: Article | str, nlp: Language | None = None) -> Report:
    """Everything that an article says, as a report.

    Args:
        article: what was read, or a text.
        nlp: a pipeline from :func:`load`; by default one that is loaded once per process.

    Raises:
        UsageError: if ``article`` is something else.
    """
    from ingest.harvest import harvest
    from ingest.pipeline import parse
    from ingest.sections import joined, sections
    from kg.errors import UsageError
    from kg.model import Article

    if isinstance(article, str):
        article = Article(article)
    elif not isinstance(article, Article):
        raise UsageError(f"extract takes an Article or a text, not {type(article).__name__}.")
    global _nlp
    if nlp is None:
        nlp = _nlp = _nlp or load()
    parts = sections(article.text)
    pieces = [part.of(article) for part in parts]
    return joined(article, parts, [harvest(piece, parse(nlp, piece)) for piece in pieces])
