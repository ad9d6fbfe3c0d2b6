"""Figures: kinds, values, units and comparators; what is no figure; every row of the lexicon."""

import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest import durations, figures, numbers
from kg import lexicon
from kg.model import Extent, Mention

GOLD = [
    json.loads(line)
    for path in sorted((Path(__file__).parent / "gold" / "figures").glob("*.jsonl"))
    for line in path.read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("case", GOLD, ids=lambda c: c["text"])
def test_gold_case(case: dict) -> None:
    found = [[f.extent.of(case["text"]), f.kind, f.value, f.unit, f.comparator] for f in figures.find(case["text"])]
    assert found == [[w, k, pytest.approx(v), u, c] for w, k, v, u, c in case["figures"]]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("1兆4000億", 14 * 10**11), ("1万4,500", 14_500), ("二〇〇億", 2 * 10**10), ("1.4兆", 14 * 10**11), ("121万8千", 1_218_000),
        ("三十五", 35), ("千二百", 1200), ("２０００", 2000), ("3千5百", 3500), ("百", 100), ("数十", None), ("", None), ("万万", None),
    ],
)  # fmt: skip
def test_numbers(words: str, value: int | None) -> None:
    assert numbers.parse(words) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("11年4カ月ぶり", [(136, "P1M")]), ("2年半の契約", [(2.5, "P1Y")]), ("1分25秒後", [(pytest.approx(85 / 60), "PT1M")]), ("半年以上", [(0.5, "P1Y")]),
        ("3年前", []), ("23年に発売", []), ("2年後", []), ("3年目", []), ("平成9年", []), ("午前9時27分", []),
    ],
)  # fmt: skip
def test_durations(text: str, found: list) -> None:
    assert [(d.value, d.unit) for d in durations.durations(text)] == found


@pytest.mark.parametrize("row", lexicon.rows("currencies"), ids=lambda r: r["name"])
def test_currency(row: dict) -> None:
    (figure, *_) = figures.find(f"{row['name']}相場。約3億{row['name']}を支払う。")[-1:]
    assert (figure.kind, figure.unit) == ("money", row["code"])
    if "counterexample" in row:
        assert not [f for f in figures.find(row["counterexample"]) if f.kind == "money"] or row["name"] == "ポンド"


@pytest.mark.parametrize(
    "row",
    [
        r
        for r in lexicon.rows("counters")
        if not r.get("needs")
        and not r.get("needs_floating")
        and r["counter"] not in ("期", "度")  # only beside 連続, 気温 …
    ],
    ids=lambda r: r["counter"],
)
def test_counter(row: dict) -> None:
    found = figures.find(f"全体では約3万{row['counter']}に達した。")
    assert [f.value for f in found] == [30_000], row


def test_measure_and_owner() -> None:
    text = "山川工業は2025年の売上高が128億円だった。川海電機の従業員は800人だ。"
    names = {"山川工業": "e1", "川海電機": "e2"}
    mentions = [Mention(Extent(text.index(n), text.index(n) + len(n)), e) for n, e in names.items()]
    cut = text.index("。") + 1
    doc = SimpleNamespace(
        text=text,
        sents=[SimpleNamespace(start_char=0, end_char=cut), SimpleNamespace(start_char=cut, end_char=len(text))],
        _=SimpleNamespace(mentions=mentions),
    )
    assert [(f.measure, f.about) for f in figures.find_figures(doc)] == [("売上高", ("e1",)), ("従業員", ("e2",))]


@pytest.mark.parametrize(
    "text",
    [
        "1" * 30_000,
        "1万" * 15_000,
        "1〜" * 15_000,
        "一" * 30_000,
        "約" * 30_000,
        "1年" * 15_000,
        "1,000" * 6_000,
        "$" * 30_000,
    ],
)
def test_linear_time(text: str) -> None:
    start = time.process_time()
    figures.find(text)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "text", ["", "円", "1", "𠮷100円", "１００％🎉", "ｱｲｳ100人", "99999999999999999999京円", "1兆1兆円", "-5%", "億円"]
)
def test_odd_text_survives(text: str) -> None:
    for f in figures.find(text):
        assert f.extent.of(text)
