"""Make GiNZA's own components faster, and bound their memory for long articles, without changing their results.

It does three things, and ``tests/test_ginza.py`` compares each with spaCy:

- Matrices are multiplied by numpy's BLAS, which is several times faster than the one that spaCy uses.
- The layers before the parser read long articles in windows; a token's vector depends on eight tokens on each side.
- Names are decoded for all tokens at once, instead of scoring each of GiNZA's 758 moves for each token.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from spacy.attrs import IS_SPACE, SENT_START
from spacy.lang.ja import JapaneseTokenizer
from spacy.language import Language
from spacy.tokens import Doc, Span

from ingest.tokenizer import SentenceTokenizer
from kg.errors import IibunError

WINDOW = 2_000  #: tokens that are read at once; an article of 1,000 characters has about 550
_BLOCK = 1_000  #: tokens whose moves are scored at once

Name = tuple[int, int, str]  #: first token, token after the last, label

#: The components of GiNZA that ours need; ``iibun_names`` may stand for ``ner``.
NEEDED = ("tok2vec", "parser", "ner", "bunsetu_recognizer")


class NotGinza(IibunError):
    """A pipeline lacks what our components read."""


def prepare(nlp: Language) -> None:
    """Give a GiNZA pipeline the tokenizer that our components need, unless it has it.

    GiNZA's own components stay as they are; :func:`ingest.pipeline.load` also makes them faster.

    Args:
        nlp: what ``spacy.load("ja_ginza")`` returned.

    Raises:
        NotGinza: if the pipeline is not Japanese, or lacks a component of :data:`NEEDED` or has it disabled.
    """
    enabled = {*nlp.pipe_names, *(["ner"] if "iibun_names" in nlp.pipe_names else [])}
    missing = [name for name in NEEDED if name not in enabled]
    if not isinstance(nlp.tokenizer, JapaneseTokenizer | SentenceTokenizer):
        missing.insert(0, "Japanese tokenizer")
    if missing:
        raise NotGinza(
            f"The pipeline {nlp.lang}_{nlp.meta['name']} has no {', no '.join(missing)}, which Iibun's components need; "
            'begin with spacy.load("ja_ginza") and leave its components enabled.'
        )
    if isinstance(nlp.tokenizer, JapaneseTokenizer):
        nlp.tokenizer = SentenceTokenizer(nlp.tokenizer)


def adapt(nlp: Language) -> None:
    """Make a GiNZA pipeline faster, in place; components whose structure is not the expected one are left as they are.

    Args:
        nlp: the pipeline.
    """
    if "tok2vec" in nlp.pipe_names:
        tok2vec: Any = nlp.get_pipe("tok2vec")
        if reach := _context_size(tok2vec.model):
            tok2vec.predict = partial(_in_windows, tok2vec.model, reach)
    if "ner" in nlp.pipe_names:
        ner: Any = nlp.get_pipe("ner")
        if _is_plain(ner):
            nlp.add_pipe("iibun_names", after="ner")
            nlp.disable_pipe("ner")


def _context_size(model: Any) -> int | None:
    """On how many tokens on each side a vector depends; None if the layers do not show it."""
    windows = [m.attrs["window_size"] for m in model.walk() if "window_size" in m.attrs]
    seen = {m.name.split(">>", 1)[0] for m in model.walk()}
    return sum(windows) if windows and not any("lstm" in n or "transformer" in n for n in seen) else None


def _in_windows(model: Any, reach: int, docs: Iterable[Doc]) -> list[Any]:
    """What ``model.predict`` gives for each document; long ones are read in windows.

    Args:
        model: the model of ``tok2vec``.
        reach: on how many tokens on each side a vector depends.
        docs: the documents.
    """
    found: list[Any] = []
    for doc in docs:
        if len(doc) <= WINDOW + 2 * reach:
            found += model.predict([doc]) if len(doc) else [model.ops.alloc((0, model.get_dim("nO")))]
            continue
        rows = []
        for start in range(0, len(doc), WINDOW):
            first, end = max(0, start - reach), min(len(doc), start + WINDOW + reach)
            vectors = model.predict([doc[first:end].as_doc()])[0]
            rows.append(vectors[start - first : start - first + min(WINDOW, len(doc) - start)])
        found.append(np.concatenate(rows))
    return found


def _is_plain(ner: Any) -> bool:
    """Whether a recogniser has the structure that :class:`Decoder` supports.

    It decodes greedily, has a maxout layer, and three features of the state.
    """
    model = ner.model
    lower = model.get_ref("lower") if "lower" in model.ref_names else None
    return bool(
        ner.cfg.get("beam_width", 1) == 1
        and lower is not None
        and model.attrs.get("has_upper")
        and not model.attrs.get("unseen_classes")
        and lower.get_dim("nF") == 3
        and (lower.get_dim("nP") or 1) >= 2
        and isinstance(lower.get_param("b"), np.ndarray)
    )


class Decoder:
    """Decodes names as spaCy's greedy transition system does: for each token the best move that is allowed.

    Outside a name the state depends on the token alone, so all tokens are scored at once. Inside a name of one label
    only two moves are left: to continue, or to end with this token.

    Args:
        ner: the trained component.

    Source: spaCy 3.8, ``pipeline/_parser_internals/ner.pyx`` (which moves are valid), ``ml/parser_model.pyx``.
    """

    def __init__(self, ner: Any) -> None:
        self._ner = ner
        names = [ner.moves.get_class_name(n) for n in range(ner.moves.n_moves)]
        kind = [name.partition("-") for name in names]
        self._labels = [label for _, _, label in kind]
        self._kinds = [move for move, _, _ in kind]
        self._go = {label: n for n, (move, _, label) in enumerate(kind) if move == "I"}
        self._end = {label: n for n, (move, _, label) in enumerate(kind) if move == "L"}
        self._out = names.index("O")
        alone = [n for n, (move, _, label) in enumerate(kind) if move == "O" or (move == "U" and label)]
        begin = [n for n, (move, _, label) in enumerate(kind) if move == "B" and label]
        self._alone = np.array(alone)  # allowed moves where a name cannot continue after this token
        self._any = np.array(sorted(alone + begin))

    def __call__(self, doc: Doc) -> Doc:
        """Set the names of a document."""
        if doc.has_annotation("ENT_IOB"):  # names that are already set restrict the moves, so spaCy decodes
            done: Doc = self._ner(doc)
            return done
        names = self.names(doc) if len(doc) else []
        doc.set_ents([Span(doc, start, end, label=label) for start, end, label in names], default="outside")
        return doc

    def names(self, doc: Doc) -> list[Name]:
        """The names of a document that has none yet."""
        model = self._ner.model
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        features = lower.predict(model.get_ref("tok2vec").predict([doc]))
        bias, weights, offset = lower.get_param("b"), upper.get_param("W"), upper.get_param("b")
        space = doc.to_array([IS_SPACE]).astype(bool).ravel()
        starts = doc.to_array([SENT_START]).astype(np.int64).ravel() == 1
        goes_on = np.append(~starts[1:], False)  # the next token is of the same sentence
        best = self._best(features, bias, weights, offset, space, goes_on)
        found: list[Name] = []
        at, size = 0, len(doc)
        while at < size:
            move = best[at]
            kind, label = self._kinds[move], self._labels[move]
            start = at
            at += 1
            if kind == "U":
                found.append((start, at, label))
            elif kind == "B":
                go, end = self._go[label], self._end[label]
                rows, offsets = weights[[go, end]], offset[[go, end]]
                while goes_on[at]:
                    state = features[at + 1, 0] + features[start + 1, 1] + features[at, 2] + bias
                    on, off = rows @ state.max(axis=-1).ravel() + offsets
                    if on < off or (on == off and end < go):
                        break
                    at += 1
                at += 1
                found.append((start, at, label))
        return found

    def _best(self, features: Any, bias: Any, weights: Any, offset: Any, space: Any, goes_on: Any) -> list[int]:
        """For each token the best move if it is outside a name.

        Args:
            features: the scores of each token for each feature of the state; row 0 is for no token.
            bias: of the lower layer.
            weights: of the upper layer.
            offset: the bias of the upper layer.
            space: which tokens are white space.
            goes_on: after which tokens the sentence continues.
        """
        size = len(space)
        best = np.empty(size, dtype=np.int64)
        pad = features[0]
        for first in range(0, size, _BLOCK):
            rows = slice(first, min(size, first + _BLOCK))
            state = features[rows.start + 1 : rows.stop + 1, 0] + pad[1] + pad[2] + bias
            scores = state.max(axis=-1).reshape(rows.stop - rows.start, -1) @ weights.T + offset
            anything = self._any[scores[:, self._any].argmax(axis=1)]
            alone = self._alone[scores[:, self._alone].argmax(axis=1)]
            best[rows] = np.where(goes_on[rows], anything, alone)
        best[space] = self._out
        found: list[int] = best.tolist()
        return found


@Language.factory("iibun_names", assigns=["doc.ents", "token.ent_iob", "token.ent_type"], requires=["doc.tensor"])
def iibun_names(nlp: Language, name: str) -> Decoder:
    """GiNZA's recogniser with our decoder."""
    return Decoder(nlp.get_pipe("ner"))
