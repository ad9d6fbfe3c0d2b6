"""What a transformer hears of an article, beside GiNZA's own vectors: a vector of each token in its context.

:mod:`ingest.transformer` computes it, of windows of some sentences each. Where its weights are not installed (the package that
brings them is required on Linux on x86-64 alone), the vectors are zeros, and the models of claims judge by the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from ingest.transformer import Rows, Transformer, transformer
from kg import data

WIDTH = 384  # numbers of a vector
WINDOW = 430  # characters that are read together, at most: about 240 pieces, half of what the model has positions for
SPREAD = 0.2  # of the numbers that are given: about that of GiNZA's vectors, whose extremes are as far
_FAR = 5.0  # how many standard deviations a number may be off the mean: a few go far beyond


_PART = re.compile(r"[^。\n]*(?:[。\n][」』）]*|$)")


def windows(text: str, size: int = WINDOW) -> Iterator[tuple[int, int]]:
    """A text in stretches of at most ``size`` characters that end where sentences do, as far as they can.

    >>> list(windows("雨だ。雪だ。晴れた。", 7))
    [(0, 6), (6, 10)]
    """
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


@cache
def _spread() -> tuple[Rows, Rows]:
    """Mean and standard deviation of each number, over articles (``benchmarks/spread.py``)."""
    with np.load(data.path("models/context.npz"), allow_pickle=False) as saved:
        return saved["mean"].astype(np.float32), saved["scale"].astype(np.float32)


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
    model = transformer()
    if model is None or not len(starts):
        return np.zeros((len(starts), WIDTH), np.float32)
    found, count = vectors(model, text, starts, ends)
    mean, scale = _spread()
    found = np.clip((found - mean) / scale, -_FAR, _FAR) * np.float32(SPREAD)
    found[count == 0] = 0
    return found


@Language.component("iibun_context", requires=["doc.tensor"], assigns=["doc.tensor"])
def iibun_context(doc: Doc) -> Doc:
    """Put what the model hears of each token beside GiNZA's vector of it."""
    tensor = np.asarray(doc.tensor, np.float32)
    if tensor.ndim == 2 and len(tensor) == len(doc):
        starts = [t.idx for t in doc]
        doc.tensor = np.concatenate([tensor, heard(doc.text, starts, [t.idx + len(t) for t in doc])], 1)
    return doc
