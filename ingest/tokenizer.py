"""Tokenisation sentence by sentence, with sentence starts that the parser keeps.

GiNZA splits sentences inside names and quotations. So the text is first cut into sentences (:mod:`ingest.clean`). Each
goes through Sudachi by itself: its limit is 49,149 bytes, and aligning a long text takes quadratic time. The result is
one document whose sentence starts are set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from spacy.lang.ja import DetailedToken, JapaneseTokenizer, get_dtokens_and_spaces, resolve_pos
from spacy.tokens import Doc
from spacy.tokens.morphanalysis import MorphAnalysis

import ingest.packing  # noqa: F401  # what is left on the document can then be packed
from ingest.clean import Clean, clean
from kg.model import Article

for _name in ("article", "clean"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)

_LONGEST = 4000  #: most characters that Sudachi gets at once


class SentenceTokenizer:
    """Wraps spaCy's Japanese tokenizer.

    The document's text is the cleaned text, which has the length of the source.
    """

    def __init__(self, inner: JapaneseTokenizer) -> None:
        """Args:
        inner: spaCy's tokenizer.
        """
        self.inner = inner
        self.vocab = inner.vocab

    def __call__(self, text: str) -> Doc:
        """Tokenise a text; sets ``doc._.clean``."""
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
        doc = self._doc(cleaned, tokens, spaces, starts)
        doc._.article = Article(text)  # the source text; who knows its date sets an article with it
        return doc

    def _tokenize(self, piece: str) -> tuple[list[DetailedToken], list[bool]]:
        """The tokens of a piece, and which of them a space follows."""
        if not piece.strip():
            return [DetailedToken(piece, "空白", "", piece, piece, None, None)], [False]
        try:
            found = self.inner._get_dtokens(self.inner.tokenizer.tokenize(piece))
            aligned: tuple[list[DetailedToken], list[bool]] = get_dtokens_and_spaces(found, piece)
            return aligned
        except ValueError:  # spaCy cannot align the tokens: each run of characters of one kind is a token
            parts = re.findall(r"\s+|[^\W\d_]+|\d+|.", piece, re.S)
            return (
                [DetailedToken(p, "空白" if p.isspace() else "補助記号-一般", "", p, p, None, None) for p in parts],
                [False] * len(parts),
            )

    def _doc(self, cleaned: Clean, tokens: list[Any], spaces: list[bool], starts: set[int]) -> Doc:
        """The document of the tokens, with tags, lemmas and readings, as spaCy's tokenizer sets them.

        Args:
            cleaned: the text.
            tokens: Sudachi's tokens.
            spaces: which of them a space follows.
            starts: the indexes of tokens that begin a sentence.

        Raises:
            ValueError: if the tokens do not add up to the text, so that offsets would be wrong.
        """
        words = [t.surface for t in tokens]
        doc = Doc(self.vocab, words=words, spaces=spaces, sent_starts=[i in starts for i in range(len(words))])
        following = None  # the part of speech that spaCy's bigram rules give the next token
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
        if doc.text != cleaned.text:
            raise ValueError("tokens do not cover the text")  # a programming error: all offsets would be wrong
        return doc

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing: it has no state to save."""
        return b""

    def from_bytes(self, *_: Any, **__: Any) -> SentenceTokenizer:
        """This tokenizer, since it has no state to load."""
        return self

    def to_disk(self, *_: Any, **__: Any) -> None: ...

    def from_disk(self, *_: Any, **__: Any) -> SentenceTokenizer:
        """This tokenizer, since it has no state to load."""
        return self


def _pieces(sentence: str) -> Iterator[str]:
    """A sentence in pieces of at most ``_LONGEST`` characters, cut after punctuation if there is any."""
    start = 0
    while len(sentence) - start > _LONGEST:
        cut = (
            max(sentence.rfind(c, start + _LONGEST // 2, start + _LONGEST) for c in "。、 \n」") + 1 or start + _LONGEST
        )
        yield sentence[start:cut]
        start = cut
    yield sentence[start:]
