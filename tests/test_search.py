"""Search over names and sentences in any script."""

import time

import pytest

from iibun.web.search import Entry, Index, fold, katakana

INDEX = Index(
    [
        Entry("entity", "ms", "マイクロソフト", ("Microsoft", "米マイクロソフト"), weight=9),
        Entry("entity", "nadella", "サティア・ナデラ", ("Satya Nadella",)),
        Entry("entity", "oai", "OpenAI", ("オープンAI",)),
        Entry("claim", "c1", "マイクロソフトは株式の27%を保有する"),
        Entry("claim", "c2", "電力が足りない"),
    ]
)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("まいくろそふと", "ms"), ("ＭＩＣＲＯＳＯＦＴ", "ms"), ("サティアナデラ", "nadella"), ("nadera", "nadella"),
        ("satya", "nadella"), ("おーぷんai", "oai"), ("電力", "c2"), ("マイクロソフト 27%", "c1"),
    ],
)  # fmt: skip
def test_variants_find_it(query: str, first: str) -> None:
    assert INDEX.find(query)[0].key == first


@pytest.mark.parametrize("query", ["", "  ", "存在しない", "\x00", "マイクロソフト 存在しない"])
def test_nothing_is_found(query: str) -> None:
    assert INDEX.find(query) == []


def test_whole_name_comes_before_part_and_kinds_narrow() -> None:
    assert [e.key for e in INDEX.find("マイクロソフト")] == ["ms", "c1"]
    assert [e.key for e in INDEX.find("マイクロソフト", kinds=["claim"])] == ["c1"]
    assert len(INDEX.find("マイクロソフト", limit=1)) == 1


@pytest.mark.parametrize(
    ("latin", "kana"),
    [
        ("nadera", "ナデラ"),
        ("kekka", "ケッカ"),
        ("shinbun", "シンブン"),
        ("jidousha", "ジドウシャ"),
        ("xyz", None),
        ("ab", None),
    ],
)
def test_katakana(latin: str, kana: str | None) -> None:
    assert katakana(latin) == kana


def test_fold_keeps_meaning() -> None:
    assert fold("ＡＢＣ・ｱｲｳ") == "abcアイウ"


def test_fast_over_a_hundred_thousand() -> None:
    index = Index(
        Entry("claim", str(i), f"第{i}工場は来年度に生産能力を{i}%高めるとの見通しを示した") for i in range(100_000)
    )
    start = time.perf_counter()
    assert index.find("第99999工場")[0].key == "99999"
    index.find("工場")
    assert time.perf_counter() - start < 1.0
