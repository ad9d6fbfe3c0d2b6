"""What GiNZA's vectors say of the tokens that matter to a claim's modality, as numbers for its networks (``net``).

A token is 128 numbers: 64 of the tagger's own vector, which hears the tokens around it (``doc.tensor``), and 64 of the
word's (``token.vector``: what it means), both by principal components that ``benchmarks/train_claims.py`` computes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ORTH
from spacy.tokens import Doc

from ingest.claims.candidates import Candidate
from ingest.claims.features import Left
from ingest.claims.frame import Sentence

Rows = NDArray[np.float32]
_EMPTY = ("助詞", "補助記号", "空白", "助動詞")


def words_of(doc: Doc) -> Rows:
    """The word vector of each token, zeros where the word has none."""
    table = doc.vocab.vectors
    found = np.asarray(table.find(keys=doc.to_array(ORTH))) if len(doc) and table.size else np.zeros(0, int)
    out = np.zeros((len(doc), table.shape[1]), np.float32)
    if len(found):
        out[found >= 0] = table.data[found[found >= 0]]
    return out


class Vectors:
    """The rows of an article's tokens; :meth:`at` puts those of several tokens side by side."""

    def __init__(self, tensor: Rows, words: Rows, basis: Sequence[tuple[Rows, Rows]]) -> None:
        """``basis`` is (mean, components) of the tensor and of the words."""
        parts = [(rows - mean) @ axes for rows, (mean, axes) in zip((tensor, words), basis, strict=True)]
        parts[1][~words.any(1)] = 0
        self.rows: Rows = np.concatenate(parts, axis=1)

    def at(self, tokens: Sequence[int]) -> Rows:
        """The rows of tokens of the article."""
        return self.rows[np.asarray(tokens, int)].ravel()

    def content(self, c: Candidate, content: Left) -> Rows:
        """The rows of the tokens that tell of a content, side by side: its predicate, last token and first noun, the cue
        and where the cue hangs."""
        s = c.sentence
        first, last = content.token, s.token_at(max(content.end - 1, content.start))
        after = min((u for u in s.starts if u > first), default=last + 1)
        places = (
            main_word(s, first, last + 1),
            min(last, len(s.tokens) - 1),
            main_word(s, first, min(after, last + 1)),
            _cue(c),
        )
        return self.at([*(s.start + k for k in places), s.tokens[_cue(c)].head.i])


def _cue(c: Candidate) -> int:
    return min(c.cue_token, len(c.sentence.tokens) - 1)


def main_word(s: Sentence, start: int, stop: int) -> int:
    """The last token in ``[start, stop)`` that is more than a particle, an auxiliary or a mark."""
    for j in range(min(stop, len(s.tags)) - 1, start - 1, -1):
        if not s.tags[j].startswith(_EMPTY):
            return j
    return min(start, len(s.tags) - 1)
