"""GiNZA adapted reads what GiNZA reads: names, vectors of long articles, everything that we extract."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from spacy.tokens import Doc, Span

from ingest import ginza
from ingest.ginza import Decoder
from ingest.pipeline import _prepared
from kg.model import Article
from tests.odd_text import TEXTS
from tests.paths import SAMPLES


def parsed(nlp: Any, text: str) -> Doc:
    """A document as it is before names are looked for."""
    doc = _prepared(nlp, Article(text))
    for name, pipe in nlp.pipeline:
        if name == "iibun_names":
            break
        doc = pipe(doc)
    return doc


def by_spacy(nlp: Any, text: str) -> tuple[list[tuple[int, int, str]], list[int]]:
    doc = nlp.get_pipe("ner")(parsed(nlp, text))
    return [(e.start, e.end, e.label_) for e in doc.ents], [t.ent_iob for t in doc]


def by_us(nlp: Any, text: str) -> tuple[list[tuple[int, int, str]], list[int]]:
    doc = nlp.get_pipe("iibun_names")(parsed(nlp, text))
    return [(e.start, e.end, e.label_) for e in doc.ents], [t.ent_iob for t in doc]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_names_of_articles(nlp: Any, path: Any) -> None:
    text = path.read_text("utf-8")
    assert by_us(nlp, text) == by_spacy(nlp, text)
    assert by_us(nlp, text)[0]


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
@given(text=TEXTS)
def test_names_of_odd_text(nlp: Any, text: str) -> None:
    assert by_us(nlp, text) == by_spacy(nlp, text)


def test_names_that_were_there_before_are_kept(nlp: Any) -> None:
    doc = parsed(nlp, "甲社は東京で増産すると発表した。")
    doc.set_ents([Span(doc, 0, 2, label="Company")], default="missing")
    assert ("Company", 0, 2) in [(e.label_, e.start, e.end) for e in nlp.get_pipe("iibun_names")(doc).ents]


def test_windows_give_the_vectors_of_the_whole(nlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    doc = _prepared(nlp, Article(SAMPLES[0].read_text("utf-8")))
    tok2vec = nlp.get_pipe("tok2vec")
    whole = tok2vec.predict([doc])[0]
    monkeypatch.setattr(ginza, "WINDOW", 50)
    assert len(doc) > 300
    assert np.allclose(tok2vec.predict([doc])[0], whole, atol=1e-4)
    assert [len(v) for v in tok2vec.predict([doc, nlp.make_doc(""), nlp.make_doc("あ")])] == [len(doc), 0, 1]


def test_a_recogniser_of_another_build_is_left_alone(nlp: Any) -> None:
    ner = nlp.get_pipe("ner")
    assert ginza._is_plain(ner) and isinstance(nlp.get_pipe("iibun_names"), Decoder)

    other = SimpleNamespace(cfg={"beam_width": 4}, model=ner.model)
    assert not ginza._is_plain(other)
