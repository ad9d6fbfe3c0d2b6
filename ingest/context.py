"""What a transformer hears of an article, beside GiNZA's own vectors: a vector of each token in its context.

:mod:`ingest.transformer` computes it, of windows of some sentences each. Where its weights are not installed (the package that
brings them is required on Linux on x86-64 alone), the vectors are zeros, and the models of claims judge by the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from ingest.transformer import Rows, Transformer, learnt, transformer

WIDTH = 384  # numbers of a vector
WINDOW = 800  # characters that are read together, at most: about 450 pieces; the model has positions for 510
_MORE = 80  # characters that even windows may be longer than their share, to end with a sentence
SPREAD = 0.2  # of the numbers that are given: about that of GiNZA's vectors, whose extremes are as far
FAR = 5.0  # how many standard deviations a number may be off the mean: a few go far beyond


_PART = re.compile(r"[^。\n]*(?:[。\n][」』）]*|$)")


def windows(text: str, size: int = WINDOW) -> Iterator[tuple[int, int]]:
    """A text in stretches of at most ``size`` characters, about even, that end where sentences do, as far as they can.

    >>> list(windows("雨だ。雪だ。晴れた。", 7))
    [(0, 6), (6, 10)]
    """
    size = min(size, len(text) // max(-(-len(text) // size), 1) + _MORE)
    start = end = 0
    for m in _PART.finditer(text):
        if end > start and m.end() - start > size:
            yield start, end
            start = end
        end = m.end()
        while end - start > size:
            yield start, start + size
            start += size
    if end > start:
        yield start, end


def vectors(model: Transformer, text: str, starts: Sequence[int], ends: Sequence[int]) -> tuple[Rows, Rows]:
    """The mean of the vectors of the pieces that share a character with each token, and how many they are.

    Args:
        model: the transformer.
        text: an article.
        starts: the first character of each token, ascending.
        ends: the character after the last of each.
    """
    found, count = np.zeros((len(starts), WIDTH), np.float32), np.zeros(len(starts), np.float32)
    token = np.full(len(text) + 1, -1)
    for i, (a, b) in enumerate(zip(starts, ends, strict=True)):
        token[a:b] = i
    for start, end in windows(text):
        pieces, where = model.file.pieces.cut(text[start:end])
        for first in range(0, len(pieces), model.file.longest - 2):
            rows = model.hear(pieces[first : first + model.file.longest - 2])
            pairs = [
                (j, t)
                for j, (a, b) in enumerate(where[first : first + len(rows)])
                for t in dict.fromkeys(token[start + a : start + b].tolist())
                if t >= 0
            ]
            if pairs:
                at, to = np.array(pairs).T
                np.add.at(found, to, rows[at])
                np.add.at(count, to, 1)
    return np.asarray(found / np.maximum(count, 1)[:, None], np.float32), count


def heard(text: str, starts: Sequence[int], ends: Sequence[int]) -> Rows:
    """What the transformer hears of each token of a text; zeros where it is not installed.

    Args:
        text: an article.
        starts: the first character of each token, ascending.
        ends: the character after the last of each.

    Returns:
        Tokens by :data:`WIDTH`, each number with mean 0 and standard deviation :data:`SPREAD` over articles.
    """
    return heard_by(transformer(), learnt(), text, starts, ends)


def heard_by(
    model: Transformer | None, centre: Mapping[str, Rows], text: str, starts: Sequence[int], ends: Sequence[int]
) -> Rows:
    """What a transformer hears; ``centre`` has ``mean`` and ``scale`` of its numbers."""
    if model is None or not len(starts):
        return np.zeros((len(starts), WIDTH), np.float32)
    found, count = vectors(model, text, starts, ends)
    found = np.clip((found - centre["mean"]) / centre["scale"], -FAR, FAR) * np.float32(SPREAD)
    found[count == 0] = 0
    return found


def beside(doc: Doc, model: Transformer | None, centre: Mapping[str, Rows], width: int = WIDTH) -> Rows:
    """GiNZA's vectors of a document's tokens (all but the last ``width`` numbers of its own), and beside them what a transformer hears."""
    tensor = np.asarray(doc.tensor, np.float32)
    starts = [t.idx for t in doc]
    told = heard_by(model, centre, doc.text, starts, [t.idx + len(t) for t in doc])
    return np.concatenate([tensor[:, : tensor.shape[1] - width], told], 1)


@Language.component("iibun_context", requires=["doc.tensor"], assigns=["doc.tensor"])
def iibun_context(doc: Doc) -> Doc:
    """Put what the model hears of each token beside GiNZA's vector of it."""
    tensor = np.asarray(doc.tensor, np.float32)
    if tensor.ndim == 2 and len(tensor) == len(doc):
        starts = [t.idx for t in doc]
        doc.tensor = np.concatenate([tensor, heard(doc.text, starts, [t.idx + len(t) for t in doc])], 1)
    return doc
