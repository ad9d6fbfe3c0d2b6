"""The samples: articles that come with Iibun, with verdicts on their predictions, and how they are taken away again.

The articles are in ``data/articles``. What the reader finds in them is in ``data/samples/extracts``, so that nothing need be read
at the first start; ``python -m tests.samples`` writes it. The verdicts are rows of ``data/samples/verdicts.jsonl``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kg import data, prepared
from kg.model import Extent
from kg.rdf import article_iri, extent_iri

if TYPE_CHECKING:
    from kg.model import Article, Report
    from kg.store import Store
    from kg.tracking.claims import ClaimRow


@dataclass(frozen=True, slots=True)
class Row:
    """A sample verdict: a prediction, found by its words, and what became of it.

    Attributes:
        article: name of the prediction's article in ``data/articles``.
        words: the prediction's words, as they are in the article.
        verdict: the verdict's code.
        on: the day that settled it.
        evidence: name of the article that shows it.
        sentence: the sentence there.
        reason: why, in words.
    """

    article: str
    words: str
    verdict: str
    on: date
    evidence: str
    sentence: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the sample verdicts: how many were given, and the rows that were not.

    ``missing`` are those whose prediction or evidence the store does not have, ``early`` those of a day after today. Rows whose
    prediction had a verdict before are in neither.
    """

    given: int
    missing: tuple[Row, ...]
    early: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """How many sample articles and sample verdicts were taken away."""

    articles: int
    verdicts: int


def folder() -> Path:
    """The folder of the sample articles, relative to the working directory if it is in it."""
    path, here = data.path("articles"), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def articles() -> Iterator[tuple[str, Article]]:
    """The sample articles with their names, such as ``taidan``."""
    from ingest.read import read

    for path in sorted(folder().glob("*.txt")):
        yield path.stem, next(read(path))


def report(article: Article) -> Report | None:
    """What is shipped of an article, if the present extractor reads it so; None where it must be read.

    Args:
        article: a sample article. Another text or day than the shipped one must be read, too.
    """
    from ingest.version import extractor
    from kg.document import from_document

    path = data.root() / "samples" / "extracts" / f"{Path(article.source or '').stem}.json"
    if not path.is_file():
        return None
    found = from_document(json.loads(path.read_text("utf-8")))
    same = (found.extractor, found.article.text, found.article.published)
    return replace(found, article=article) if same == (extractor(), article.text, article.published) else None


@cache
def rows() -> tuple[Row, ...]:
    """The sample verdicts, in the order of the file."""
    return tuple(Row(**{**row, "on": date.fromisoformat(row["on"])}) for row in data.rows("samples/verdicts.jsonl"))


def judge(store: Store) -> Judged:
    """Give the sample verdicts on predictions that nobody has judged.

    Args:
        store: one that has the sample articles; those on articles that it does not have are missing.
    """
    from iibun.archive.held import Held
    from kg.tracking.claims import effective_claims
    from kg.tracking.log import entries
    from kg.tracking.samples import AUTHOR
    from kg.tracking.verdicts import today, verdict

    held = Held(store)
    names = {name: article_iri(article) for name, article in articles()}
    texts = {name: body["text"] for name, iri in names.items() if (body := held.body(iri))}
    predictions = {n: effective_claims(store, article=names[n], prediction=True, limit=None) for n in texts}
    done = {entry.subject for entry in entries(store, kinds=["Verdict"])}
    given, missing, early = 0, [], []
    for row in rows():
        place = _find(texts.get(row.evidence, ""), row.sentence)
        claim = _said(row.words, texts.get(row.article, ""), predictions.get(row.article, []))
        if claim is None or place is None:
            missing.append(row)
        elif row.on > today():
            early.append(row)
        elif claim not in done:
            verdict(
                store, claim, row.verdict, author=AUTHOR, evidence=[extent_iri(names[row.evidence], place)], on=row.on,
                note=row.reason, illustration=True,
            )  # fmt: skip
            done.add(claim)
            given += 1
    return Judged(given, tuple(missing), tuple(early))


def remove(store: Store, *, judgements: bool = False) -> Removed:
    """Delete the sample articles and the sample verdicts, and nothing else.

    Args:
        store: where they are.
        judgements: delete people's judgements on sample articles, too; otherwise they stay in the log.
    """
    from iibun.archive.deletion import delete
    from kg.tracking import samples

    verdicts = samples.remove(store)
    found = [str(row["article"]) for row in prepared.rows(store, "sample_articles")]
    for article in found:
        delete(store, article, judgements=judgements)
    return Removed(len(found), verdicts)


def _find(text: str, words: str) -> Extent | None:
    """Where words are in a text; None if they are not there."""
    at = text.find(words)
    return Extent(at, at + len(words)) if words and at >= 0 else None


def _said(words: str, text: str, predictions: list[ClaimRow]) -> str | None:
    """The prediction (IRI) that these words make; None if there is none.

    Words and content must have in common more than half of what they have together, so that two rows that are not about the
    same words never find the same prediction.
    """
    place = _find(text, words)
    if place is None:
        return None
    for claim in predictions:
        common = min(place.end, claim.end) - max(place.start, claim.start)
        together = max(place.end, claim.end) - min(place.start, claim.start)
        if common * 2 > together:
            return claim.iri
    return None
