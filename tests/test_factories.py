"""Our components in a spaCy pipeline of somebody else's: entry point, order, processes, saving."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import spacy

import iibun
from ingest.factories import COMPONENTS, WHOLE, OutOfOrder, needed
from ingest.ginza import NotGinza
from kg import data
from kg.model import Article
from tests.paths import ROOT

ARTICLE = Article(
    "青葉電機の森社長は12日、来年中に新工場を建てる方針だと述べた。\n"
    "同社は「値上げはしない」と発表した。市場では、売上高が3割増えるとの見方が出ている。",
    published=date(2026, 12, 12),
)
weights = pytest.mark.skipif(
    not (data.root() / "models" / "reader").is_dir(), reason="the reader's weights are not here"
)


@pytest.fixture(scope="module")
def whole() -> Any:
    """``ja_ginza`` with the component ``iibun``, as a user makes it."""
    nlp = spacy.load("ja_ginza")
    nlp.add_pipe("iibun")
    return nlp


def test_the_entry_point_makes_the_components_known(tmp_path: Path) -> None:
    """As after an installation: spaCy alone is imported, and finds our metadata."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (tmp_path / "iibun_way-1.dist-info").mkdir()
    lines = [f"{name} = {module}" for name, module in project["entry-points"]["spacy_factories"].items()]
    (tmp_path / "iibun_way-1.dist-info" / "entry_points.txt").write_text("\n".join(["[spacy_factories]", *lines]))
    (tmp_path / "iibun_way-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: iibun-way\nVersion: 1\n")
    code = (
        "import spacy, sys\nnlp = spacy.blank('ja')\n"
        f"print([n for n in {[r.name for r in (*COMPONENTS, WHOLE)]!r} if not nlp.has_factory(n)])\n"
        "print('ingest.claims' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    where = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | where, capture_output=True, text=True
    )
    assert done.stdout.split("\n")[:2] == ["[]", "False False"], done.stderr


def test_a_component_brings_what_it_needs() -> None:
    nlp = spacy.load("ja_ginza")
    before = nlp.pipe_names
    nlp.add_pipe("iibun_claims")
    assert nlp.pipe_names == [
        *before,
        "iibun_reader",
        "iibun_entities",
        "iibun_coreference",
        "iibun_figures",
        "iibun_claims",
    ]
    nlp.add_pipe("iibun")
    assert set(nlp.pipe_names) == {*before, *(r.name for r in COMPONENTS), "iibun"}
    assert not nlp.analyze_pipes(keys=["requires", "assigns"])["problems"]["iibun"]


def test_what_a_component_needs_comes_before_it() -> None:
    names = [r.name for r in COMPONENTS]
    for row in COMPONENTS:
        assert all(names.index(n.name) < names.index(row.name) for n in needed(row))


@pytest.mark.parametrize(
    ("nlp", "lacks"),
    [
        (lambda: spacy.blank("en"), "en_pipeline has no Japanese tokenizer, no tok2vec, no parser"),
        (lambda: spacy.blank("ja"), "ja_pipeline has no tok2vec, no parser, no ner, no bunsetu_recognizer"),
        (lambda: spacy.load("ja_ginza", disable=["ner"]), "ja_ginza has no ner,"),
    ],
    ids=["English", "no model", "without ner"],
)
def test_another_pipeline_is_one_sentence(nlp: Any, lacks: str) -> None:
    made = nlp()
    with pytest.raises(NotGinza, match=lacks) as told:
        made.add_pipe("iibun")
    assert 'spacy.load("ja_ginza")' in str(told.value) and "\n" not in str(told.value)
    assert not any(name.startswith("iibun") for name in made.pipe_names)


def test_a_component_that_lacks_one_says_which() -> None:
    nlp = spacy.load("ja_ginza")
    nlp.add_pipe("iibun_predictions")
    with (
        nlp.select_pipes(enable=["iibun_dates", "iibun_predictions"]),
        pytest.raises(OutOfOrder, match="iibun_predictions needs iibun_claims before it"),
    ):
        nlp("社長は述べた。")
    with (
        nlp.select_pipes(enable=["iibun_figures"]),
        pytest.raises(OutOfOrder, match="needs iibun_coreference before it"),
    ):
        nlp("社長は述べた。")
    with pytest.raises(OutOfOrder, match="document that Iibun's tokenizer made"):
        nlp.get_pipe("iibun_dates")(spacy.blank("ja")("来年"))


def test_dates_need_no_weights() -> None:
    nlp = spacy.load("ja_ginza")
    nlp.add_pipe("iibun_dates")
    doc = iibun.parse(nlp, Article("来年末までに建てる。", published=date(2026, 12, 1)))
    assert [d.interval.end for d in doc._.dates] == [date(2027, 12, 31)]
    assert iibun.to_report(doc).dates == tuple(doc._.dates)
    back = type(doc)(doc.vocab).from_bytes(doc.to_bytes())
    assert back._.dates == doc._.dates and back._.article == doc._.article and back._.clean == doc._.clean


@weights
def test_it_reads_what_extract_reads(whole: Any, nlp: Any) -> None:
    doc = iibun.parse(whole, ARTICLE)
    assert doc._.claims and doc.spans["claims"] and doc._.encoded is None
    mine, theirs = iibun.to_report(doc), iibun.extract(ARTICLE, nlp)
    assert [(c.content, c.cue, c.sources, c.modality, c.prediction) for c in mine.claims] == [
        (c.content, c.cue, c.sources, c.modality, c.prediction) for c in theirs.claims
    ]
    assert (mine.entities, mine.mentions, mine.figures, mine.dates) == (
        theirs.entities, theirs.mentions, theirs.figures, theirs.dates,
    )  # fmt: skip


@weights
def test_a_text_is_enough_and_keeps_its_characters(whole: Any) -> None:
    text = "Ａ社は「買う」と述べた。続きを読む"
    doc = whole(text)
    report = iibun.to_report(doc)
    assert report.article.text == text and len(doc.text) == len(text)


@weights
@pytest.mark.slow
def test_several_processes_give_what_one_gives(whole: Any) -> None:
    texts = [ARTICLE.text, "", "政府は増税を見送ると発表した。"]
    one = [iibun.to_report(doc) for doc in whole.pipe(texts)]
    two = [iibun.to_report(doc) for doc in whole.pipe(texts, n_process=2)]
    assert one == two and one[0].claims


@weights
def test_a_saved_pipeline_reads_as_before(whole: Any, tmp_path: Path) -> None:
    whole.to_disk(tmp_path / "news")
    again = spacy.load(tmp_path / "news")
    assert again.pipe_names == whole.pipe_names
    assert iibun.to_report(iibun.parse(again, ARTICLE)) == iibun.to_report(iibun.parse(whole, ARTICLE))
