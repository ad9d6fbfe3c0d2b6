"""The reader that learns: units, windows and decoding, without its weights."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import parse
from ingest.reader import decoding
from ingest.reader.decoding import LABELS, Content, Mention
from ingest.reader.network import Contents, Encoded
from ingest.reader.units import FEATURES, Units, units_of
from ingest.reader.windows import Numbers, Run, Window, arrays, inputs_of, runs
from kg.model import MODALITIES, Article

TEXT = "A社の田中社長は3日、「日本国内の工場を2027年までに閉鎖する」と述べた。\n\n市場では驚きの声が広がる。"


class _Cutter:
    """A piece for each character, so that no file is needed."""

    def encode(self, sequence: str, *, add_special_tokens: bool) -> Any:
        n = len(sequence)
        return SimpleNamespace(ids=[1 + ord(c) % 7 for c in sequence], offsets=[(i, i + 1) for i in range(n)])


@pytest.fixture(scope="module")
def units(nlp: Any) -> Units:
    return units_of(parse(nlp, Article(TEXT)))


def numbers(u: Units) -> Numbers:
    values = {name: {x: i for i, x in enumerate(sorted(set(u.features[name])), 1)} for name in FEATURES}
    return Numbers(values, 8, 9, np.zeros(u.vector.shape[1], np.float32), np.ones(u.vector.shape[1], np.float32))


def test_units_are_the_text_without_its_spaces(units: Units) -> None:
    words = [units.text[a:b] for a, b in zip(units.starts, units.ends, strict=True)]
    assert "".join(words) == "".join(TEXT.split())
    assert "国内" in words, "a name that hides in a token is a unit of its own"
    first, last = units.span(TEXT.index("田中"), TEXT.index("は3日"))
    assert units.extent(first, last).of(TEXT) == "田中社長"


def test_what_is_known_of_units(units: Units) -> None:
    said, quoted = units.at(TEXT.index("述べ")), units.at(TEXT.index("閉鎖"))
    assert units.features["reports"][said].startswith("V") and units.features["reports"][quoted] == "O"
    assert units.features["particle"][units.at(TEXT.index("社長"))] == "は"
    assert units.marks[quoted, 0] == 1 and units.marks[said, 0] == 0, "depth of quotation"
    assert units.sentence[said] + 1 == units.sentence[units.at(TEXT.index("市場"))]
    assert np.flatnonzero(units.marks[:, 2]).tolist() == [0, units.at(TEXT.index("市場"))], "first of a line"


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(45, 90), st.integers(1, 45))
def test_each_unit_is_new_in_one_window_and_none_is_longer_than_allowed(
    sizes: list[int], most: int, fresh: int
) -> None:
    from ingest.reader.windows import _windows

    found = [Run(i, i + 1, [1] * n, []) for i, n in enumerate(sizes)]
    windows = _windows(found, most, fresh)
    assert [(w.first, w.stop) for w in windows] == [
        (0, windows[0].stop),
        *((a.stop, b.stop) for a, b in pairwise(windows)),
    ]
    assert windows[-1].stop == len(sizes)
    for w in windows:
        assert sum(len(r.ids) for r in w.runs) <= most and w.before == w.runs[0].first


def test_pieces_are_paired_with_the_units_that_they_share_characters_with(units: Units) -> None:
    for run in runs(units, _Cutter()):
        start = int(units.starts[run.first])
        for piece, unit in run.pairs:
            assert units.starts[unit] <= start + piece < units.ends[unit]
        assert {u for _, u in run.pairs} == set(range(run.first, run.stop))


def test_windows_as_arrays(units: Units) -> None:
    whole = inputs_of(units, _Cutter(), numbers(units), most=40, fresh=20)
    assert len(whole.windows) > 1
    b = arrays([(whole, w) for w in whole.windows], numbers(units))
    for r, w in enumerate(whole.windows):
        n = w.stop - w.before
        assert b["mask"][r].sum() == n and (b["ids"][r][b["there"][r]][[0, -1]] == [8, 9]).all()
        assert (b["head"][r, :n] < n).all() and (
            b["pieces"][r, :n] == units.ends[w.before : w.stop] - units.starts[w.before : w.stop]
        ).all()


def encoded(window: Window, names: np.ndarray, begin: np.ndarray) -> Encoded:
    n = window.stop - window.before
    zero = np.zeros((1, n), np.int64)
    return Encoded(
        window, np.zeros((1, n, 4), np.float32), names[None], begin, zero, zero, np.zeros((1, n, 5), np.int64)
    )


def test_a_name_has_a_first_and_a_last_unit() -> None:
    scores = np.full((4, len(LABELS)), -9.0, np.float32)
    first, inside, last, place = (LABELS.index(x) for x in ("B-Person", "I-Person", "E-Person", "S-Place"))
    scores[0, first] = scores[1, inside] = scores[2, place] = scores[3, 0] = 5.0
    scores[1, last] = 4.0  # likelier inside, but then the name would not end
    found, chances = decoding.names([encoded(Window(0, 0, 4, []), scores, np.zeros(4))], scores)
    assert [(a, b, kind) for a, b, kind, _ in found] == [(0, 1, "Person"), (2, 2, "Place")]
    assert chances.shape == (4, 5) and chances[3].max() < 0.01


@pytest.mark.parametrize(
    ("by_reader", "by_recogniser", "found"),
    [
        ({"O": 0.55, "S-Place": 0.45}, {"O": 0.02, "S-Place": 0.98}, "Place"),  # in doubt: the recogniser decides
        ({"O": 0.97, "S-Place": 0.03}, {"O": 0.02, "S-Place": 0.98}, None),  # sure of its own
        ({"S-Place": 0.97, "S-Person": 0.03}, {"S-Person": 1.0}, "Place"),
        ({"S-Place": 0.97, "S-Person": 0.03}, {}, "Place"),  # a recogniser that has nothing to say
    ],
)
def test_the_recogniser_decides_where_the_reader_is_in_doubt(
    by_reader: dict[str, float], by_recogniser: dict[str, float], found: str | None
) -> None:
    scores, recognised = (
        np.log([[chances.get(label, 1e-4 if chances else 1.0) for label in LABELS]]).astype(np.float32)
        for chances in (by_reader, by_recogniser)
    )
    named, _ = decoding.names([encoded(Window(0, 0, 1, []), scores, np.zeros(1))], recognised)
    assert [kind for _, _, kind, _ in named] == ([found] if found else [])


@given(
    st.lists(st.lists(st.floats(-5, 5, width=32), min_size=len(LABELS), max_size=len(LABELS)), min_size=1, max_size=12)
)
def test_any_scores_give_names_apart_from_each_other(rows: list[list[float]]) -> None:
    scores = np.array(rows, np.float32)
    found, _ = decoding.names([encoded(Window(0, 0, len(rows), []), scores, np.zeros(len(rows)))], scores[::-1])
    assert all(a[1] < b[0] for a, b in pairwise(found)) and all(0 <= p <= 1 for *_, p in found)


class _Network:
    """Tells of contents what a test says."""

    def __init__(self, source: list[list[float]], source_count: int = 0) -> None:
        self.thresholds = {"begin": 0.5}
        self.source, self.several_ = source, source_count

    def contents(self, h: Encoded, first: list[int]) -> Contents:
        n = len(first)
        size = h.vectors.shape[1]
        modality = np.eye(len(MODALITIES), dtype=np.float32)[[MODALITIES.index("intended")] * n]
        source_count = np.eye(3, dtype=np.float32)[[self.several_] * n]
        return Contents(
            np.array(first) + 1, np.full((n, 2), size), modality, np.zeros(n, np.float32), np.ones(n, np.float32), source_count,
            np.array(self.source, np.float32),
        )  # fmt: skip


def _contents(source: list[float], source_count: int = 0, mentions: tuple[Mention, ...] = ()) -> Content:
    begin = np.array([0, 0, 0, 0.9, 0, 0], np.float32)
    window = encoded(Window(0, 0, 6, []), np.zeros((6, len(LABELS)), np.float32), begin)
    (found,) = decoding.contents(_Network([source], source_count), [window], mentions)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("source", "source_count", "who", "unnamed"),
    [
        ([0.3, 0.4, 0, 0, 0, 0.2, 0.1], 0, (0,), None),  # two places of one entity count together
        ([0.1, 0.1, 0.6, 0, 0, 0.1, 0.1], 0, (), 2),  # a noun without a name
        ([0.1, 0.1, 0.1, 0, 0, 0.1, 0.6], 0, (), None),  # nobody
        ([0.3, 0.2, 0, 0, 0, 0.4, 0.1], 1, (0, 1), None),  # two speak together
    ],
)  # fmt: skip
def test_who_says_it(source: list[float], source_count: int, who: tuple[int, ...], unnamed: int | None) -> None:
    found = _contents(source, source_count, (Mention(0, 0, 0), Mention(1, 1, 0), Mention(5, 5, 1)))
    assert (found.sources, found.unnamed) == (who, unnamed)
    assert (found.first, found.last, found.modality, found.cue) == (3, 4, "intended", None)


def test_who_stands_joined_with_the_source_speaks_too() -> None:
    begin = np.array([0, 0, 0, 0.9, 0, 0], np.float32)
    window = encoded(Window(0, 0, 6, []), np.zeros((6, len(LABELS)), np.float32), begin)
    network = _Network([[0.1, 0.1, 0.6, 0, 0, 0.1, 0.1]])
    mentions = (Mention(0, 0, 0), Mention(1, 1, 1), Mention(2, 2, 2), Mention(5, 5, 3))
    (found,) = decoding.contents(network, [window], mentions, {2: 1, 1: 0})  # type: ignore[arg-type]
    assert found.sources == (0, 1, 2)


def test_of_contents_that_share_most_the_likeliest_is_kept() -> None:
    def content(first: int, last: int, p: float) -> Content:
        return Content(first, last, None, (), None, {}, "asserted", False, 0.0, p, {})

    kept = decoding._without_overlaps(
        [content(0, 9, 0.6), content(1, 9, 0.8), content(20, 22, 0.5), content(5, 30, 0.9)]
    )
    assert [(c.first, c.last) for c in kept] == [(1, 9), (5, 30), (20, 22)]
