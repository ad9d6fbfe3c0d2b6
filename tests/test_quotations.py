"""Quotation marks and brackets, nested and unclosed."""

import pytest

from ingest.quotations import find

CASES = [
    ("「一」と『二』", [("一", 0), ("二", 0)]),
    ("「外『内』外」", [("外『内』外", 0), ("内", 1)]),
    ("「開いたまま", []),
    ("閉じた」だけ", []),
    ("「誤り『内」続き", [("誤り『内", 0)]),
    ('彼は"hello"と言った', [("hello", 0)]),
    ("“English”と“日本語”", [("English", 0), ("日本語", 0)]),
    ("It’s a “don’t”", [("don’t", 0)]),
    ("「段落をまたぐ\n\n引用」", []),
    ("「行をまたぐ\n引用」", [("行をまたぐ\n引用", 0)]),
    ("（括弧「中」）", [("括弧「中」", 0), ("中", 1)]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_find(text: str, expected: list[tuple[str, int]]) -> None:
    assert [(q.inner.of(text), q.depth) for q in find(text)] == expected


def test_thousands_of_unclosed_marks_stay_linear() -> None:
    assert find("「" * 50_000) == []
    assert len(find("「」" * 20_000)) == 20_000
