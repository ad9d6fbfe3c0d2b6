"""What a transformer hears of an article, beside GiNZA's own vectors: a vector of each token in its context.

:mod:`ingest.transformer` computes it, of windows of some sentences each. Where its weights are not installed (the package that
brings them is required on Linux on x86-64 alone), the vectors are zeros, and the models of claims judge by the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from ingest.transformer import Rows, Transformer, Words, transformer

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


def cuts(
    words: Words, text: str, starts: Sequence[int], ends: Sequence[int]
) -> Iterator[tuple[list[int], list[tuple[int, int]]]]:
    """The pieces of a text that are read together, and which of them shares a character with which token.

    Args:
        words: the pieces that the transformer knows.
        text: an article.
        starts: the first character of each token, ascending.
        ends: the character after the last of each.

    Yields:
        The numbers of the pieces, and (place among them, token).
    """
    token = np.full(len(text) + 1, -1)
    for i, (a, b) in enumerate(zip(starts, ends, strict=True)):
        token[a:b] = i
    for start, end in windows(text):
        pieces, where = words.cut(text[start:end])
        for first in range(0, len(pieces), words.most):
            pairs = [
                (j, t)
                for j, (a, b) in enumerate(where[first : first + words.most])
                for t in dict.fromkeys(token[start + a : start + b].tolist())
                if t >= 0
            ]
            yield pieces[first : first + words.most], pairs


def heard(text: str, starts: Sequence[int], ends: Sequence[int], model: Transformer | None) -> Rows:
    """What a transformer hears of each token of a text: the mean of the vectors of its pieces; zeros without one.

    Args:
        text: an article.
        starts: the first character of each token, ascending.
        ends: the character after the last of each.
        model: the transformer, or None where it is not installed.

    Returns:
        Tokens by :data:`WIDTH`, each number with mean 0 and standard deviation :data:`SPREAD` over articles.
    """
    found, count = np.zeros((len(starts), WIDTH), np.float32), np.zeros(len(starts), np.float32)
    if model is None or not len(starts):
        return found
    for pieces, pairs in cuts(model.words, text, starts, ends):
        if pairs:
            rows = model.hear(pieces)
            at, to = np.array(pairs).T
            np.add.at(found, to, rows[at])
            np.add.at(count, to, 1)
    found /= np.maximum(count, 1)[:, None]
    return np.asarray(np.clip(found, -FAR, FAR) * np.float32(SPREAD), np.float32)


def beside(doc: Doc, ginza: Rows, model: Transformer | None) -> NDArray[Any]:
    """GiNZA's vectors of a document's tokens, and beside them what a transformer hears."""
    told = heard(doc.text, [t.idx for t in doc], [t.idx + len(t) for t in doc], model)
    return np.concatenate([ginza, told], 1)


def tensor_of(doc: Doc) -> Rows:
    """The tagger's vector of each token, and beside it what the transformer hears; no columns where the model has none."""
    tensor = np.asarray(doc.tensor, dtype=np.float32)
    return tensor if tensor.ndim == 2 and len(tensor) == len(doc) else np.zeros((len(doc), 0), np.float32)


def ginza_of(doc: Doc) -> Rows:
    """GiNZA's own part of the vectors of the tokens, without what the transformer hears."""
    return tensor_of(doc)[:, :-WIDTH]


def told_of(doc: Doc) -> Rows | None:
    """What the transformer hears of each token; None where it is not installed."""
    told = tensor_of(doc)[:, -WIDTH:]
    return told if told.any() else None


@Language.component("iibun_context", requires=["doc.tensor"], assigns=["doc.tensor"])
def iibun_context(doc: Doc) -> Doc:
    """Put what the model hears of each token beside GiNZA's vector of it."""
    tensor = np.asarray(doc.tensor, np.float32)
    if tensor.ndim == 2 and len(tensor) == len(doc):
        doc.tensor = beside(doc, tensor, transformer())
    return doc
