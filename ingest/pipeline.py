"""The reading pipeline: GiNZA plus our own components, in the order of one visible list.

>>> nlp = load()  # doctest: +SKIP
>>> doc = parse(nlp, Article("A社は値上げすると発表した。"))  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, cast

import spacy
from spacy.lang.ja import JapaneseTokenizer
from spacy.tokens import Doc
from thinc.api import use_ops

from ingest.ginza import adapt
from ingest.tokenizer import SentenceTokenizer
from kg.errors import IibunError
from kg.model import Article

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = "ja_ginza"

#: The component's name and the module that registers its factory, in the order in which they run after GiNZA's own.
COMPONENTS: tuple[tuple[str, str], ...] = (
    ("iibun_context", "ingest.context"),
    ("iibun_entities", "ingest.entities"),
    ("iibun_coreference", "ingest.coreference"),
    ("iibun_figures", "ingest.figures"),
    ("iibun_dates", "ingest.dates"),
    ("iibun_relations", "ingest.relations"),
    ("iibun_claims", "ingest.claims"),
    ("iibun_predictions", "ingest.predictions"),
    ("iibun_speakers", "ingest.coreference"),
)

#: What the components leave on a document, each with the value it has before.
RESULTS = ("entities", "mentions", "figures", "dates", "relations", "claims")

for _name in RESULTS:
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=[])
if not Doc.has_extension("article"):
    Doc.set_extension("article", default=None)
if not Doc.has_extension("clean"):
    Doc.set_extension("clean", default=None)
if not Doc.has_extension("quotations"):
    Doc.set_extension("quotations", default=())


class ModelMissing(IibunError):
    """The spaCy model that was asked for is not installed."""


def load(model: str = MODEL, *, components: bool = True) -> Language:
    """GiNZA with sentence-wise tokenisation and, unless switched off, all our components.

    Args:
        model: the name of an installed GiNZA model (``ja_ginza``, ``ja_ginza_electra`` …).
        components: whether to add ours (benchmarks compare with the bare model).

    Raises:
        ModelMissing: if the model is not installed.
    """
    try:
        with use_ops("numpy", use_blis=False):  # numpy's BLAS takes a third of the time
            nlp = spacy.load(model)
    except OSError:
        raise ModelMissing(f"The model {model!r} is not installed; `pip install {model}` brings it.") from None
    nlp.tokenizer = SentenceTokenizer(cast(JapaneseTokenizer, nlp.tokenizer))
    # GiNZA's clause heads, which nothing here reads, take time by the cube of a sentence's length
    cast(Any, nlp.get_pipe("bunsetu_recognizer")).clause_marker_rules = []
    adapt(nlp)
    if components:
        for name, module in COMPONENTS:
            importlib.import_module(module)
            nlp.add_pipe(name)
    return nlp


def parse(nlp: Language, article: Article) -> Doc:
    """Read one article: ``doc.text`` has the length of ``article.text``, so their offsets agree."""
    return nlp(_prepared(nlp, article))


def _prepared(nlp: Language, article: Article) -> Doc:
    doc: Doc = nlp.make_doc(article.text) if len(article.text) <= nlp.max_length else _long(nlp, article.text)
    doc._.article = article
    return doc


def _long(nlp: Language, text: str) -> Doc:
    tokenizer: Any = nlp.tokenizer  # max_length guards models that need memory by length; ours read by sentence
    doc: Doc = tokenizer(text)
    return doc
