"""The reading pipeline: GiNZA plus our own components, which :mod:`ingest.factories` lists.

>>> nlp = load()  # doctest: +SKIP
>>> doc = parse(nlp, Article("A社は値上げすると発表した。"))  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import spacy
from spacy.tokens import Doc
from thinc.api import use_ops

from ingest.factories import COMPONENTS
from ingest.ginza import adapt, prepare
from kg.errors import IibunError
from kg.model import Article

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = "ja_ginza"


class ModelMissing(IibunError):
    """The spaCy model is not installed."""


def load(model: str = MODEL, *, components: bool = True) -> Language:
    """GiNZA with tokenisation by sentence and, by default, all our components.

    Args:
        model: the name of an installed GiNZA model (``ja_ginza``, ``ja_ginza_electra`` …).
        components: whether to add our components; benchmarks also use the bare model.

    Raises:
        ModelMissing: if the model is not installed.
        NotGinza: if it is no GiNZA model.
    """
    try:
        with use_ops("numpy", use_blis=False):  # numpy's BLAS takes a third of the time
            nlp = spacy.load(model)
    except OSError:
        raise ModelMissing(f"The model {model!r} is not installed; `pip install {model}` brings it.") from None
    prepare(nlp)
    # GiNZA's clause heads are not used, and take time by the cube of a sentence's length
    cast(Any, nlp.get_pipe("bunsetu_recognizer")).clause_marker_rules = []
    adapt(nlp)
    if components:
        for row in COMPONENTS:
            nlp.add_pipe(row.name)
    return nlp


def parse(nlp: Language, article: Article) -> Doc:
    """Run the pipeline on an article; offsets into ``doc.text`` are offsets into ``article.text``.

    Args:
        nlp: the pipeline of :func:`load`.
        article: the article.
    """
    return nlp(_prepared(nlp, article))


def _prepared(nlp: Language, article: Article) -> Doc:
    """The tokenised document of an article, with ``doc._.article``."""
    doc: Doc = nlp.make_doc(article.text) if len(article.text) <= nlp.max_length else _long(nlp, article.text)
    doc._.article = article
    return doc


def _long(nlp: Language, text: str) -> Doc:
    """Tokenise a text above ``nlp.max_length``."""
    tokenizer: Any = nlp.tokenizer  # the limit is for models whose memory grows with the text; ours is bounded
    doc: Doc = tokenizer(text)
    return doc
