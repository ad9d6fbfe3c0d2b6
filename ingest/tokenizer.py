"""Tokens sentence by sentence, with sentence starts that the parser keeps.

GiNZA splits sentences inside names and quotations. Here the text is cut first (:mod:`ingest.clean`), each
sentence goes through Sudachi by itself (its limit is 49,149 bytes, and aligning a long text is quadratic), and
the whole becomes one document whose sentence starts are set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from spacy.lang.ja import DetailedToken, JapaneseTokenizer, get_dtokens_and_spaces, resolve_pos
from spacy.tokens import Doc
from spacy.tokens.morphanalysis import MorphAnalysis

from ingest.clean import Clean, clean

_MOST = 4000  # characters that Sudachi gets at once


class SentenceTokenizer:
    """Wraps spaCy's Japanese tokenizer; the document's text is the cleaned text, equal in length to the source."""

    def __init__(self, inner: JapaneseTokenizer) -> None:
        self.inner = inner
        self.vocab = inner.vocab

    def __call__(self, text: str) -> Doc:
        cleaned = clean(text)
        tokens: list[DetailedToken] = []
        spaces: list[bool] = []
        starts: set[int] = set()
        for extent in cleaned.sentences:
            starts.add(len(tokens))
            for piece in _pieces(extent.of(cleaned.text)):
                more_tokens, more_spaces = self._tokenize(piece)
                tokens += more_tokens
                spaces += more_spaces
        return self._doc(cleaned, tokens, spaces, starts)

    def _tokenize(self, piece: str) -> tuple[list[DetailedToken], list[bool]]:
        if not piece.strip():
            return [DetailedToken(piece, "空白", "", piece, piece, None, None)], [False]
        try:
            found = self.inner._get_dtokens(self.inner.tokenizer.tokenize(piece))
            aligned: tuple[list[DetailedToken], list[bool]] = get_dtokens_and_spaces(found, piece)
            return aligned
        except ValueError:  # characters that the alignment can't follow: each run of one kind is a token
            parts = re.findall(r"\s+|[^\W\d_]+|\d+|.", piece, re.S)
            return (
                [DetailedToken(p, "空白" if p.isspace() else "補助記号-一般", "", p, p, None, None) for p in parts],
                [False] * len(parts),
            )

    def _doc(self, cleaned: Clean, tokens: list[Any], spaces: list[bool], starts: set[int]) -> Doc:
        words = [t.surface for t in tokens]
        doc = Doc(self.vocab, words=words, spaces=spaces, sent_starts=[i in starts for i in range(len(words))])
        following = None  # spaCy's bigram rules for parts of speech
        for i, (token, found) in enumerate(zip(doc, tokens, strict=True)):
            token.tag_ = found.tag
            if following:
                token.pos = following
                following = None
            else:
                token.pos, following = resolve_pos(
                    token.orth_, found.tag, tokens[i + 1].tag if i + 1 < len(tokens) else None
                )
            token.lemma_ = found.lemma or found.surface
            token.norm_ = found.norm
            morph = {"Inflection": found.inf} if found.inf else {}
            if found.reading:
                morph["Reading"] = re.sub("[=|]", "_", found.reading)
            token.morph = MorphAnalysis(self.vocab, morph)
        if self.inner.need_subtokens:
            doc.user_data["sub_tokens"] = [t.sub_tokens for t in tokens]
        doc._.clean = cleaned
        doc._.quotations = cleaned.quotations
        if doc.text != cleaned.text:
            raise ValueError("tokens do not cover the text")  # an error of ours: no offset could be trusted
        return doc

    def to_bytes(self, **_: Any) -> bytes:
        return b""

    def from_bytes(self, *_: Any, **__: Any) -> SentenceTokenizer:
        return self

    def to_disk(self, *_: Any, **__: Any) -> None: ...

    def from_disk(self, *_: Any, **__: Any) -> SentenceTokenizer:
        return self


def _pieces(sentence: str) -> Iterator[str]:
    """A sentence in pieces that Sudachi takes, cut after punctuation where there is any."""
    start = 0
    while len(sentence) - start > _MOST:
        cut = max(sentence.rfind(c, start + _MOST // 2, start + _MOST) for c in "。、 \n」") + 1 or start + _MOST
        yield sentence[start:cut]
        start = cut
    yield sentence[start:]
