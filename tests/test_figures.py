"""Figures: kinds, values, units and comparators; what is no figure; every row of the lexicon."""

import json
import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest import durations, figures, numbers
from ingest.figures.counts import SPELLINGS
from kg import lexicon
from kg.model import Extent, Mention

GOLD = [
    json.loads(line)
    for path in sorted((Path(__file__).parent / "gold" / "figures").glob("*.jsonl"))
    for line in path.read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("case", GOLD, ids=lambda c: c["text"])
def test_gold_case(case: dict) -> None:
    figs = figures.find(case["text"])
    found = [[f.extent.of(case["text"]), f.kind, f.value, f.unit, f.comparator] for f in figs]
    assert found == [[w, k, pytest.approx(v), u, c] for w, k, v, u, c in case["figures"]]
    assert all(f.reasons in ((f.kind,), ("range",)) for f in figs)


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


def units(text: str) -> set[str]:
    """The units of the amounts and counts in a text."""
    return {f.unit for f in figures.find(text) if f.kind in ("money", "count")}


WEIGHT = pytest.mark.xfail(strict=True, reason="a pound of weight is read as money")


@pytest.mark.parametrize(
    "row",
    [pytest.param(r, id=r["name"], marks=WEIGHT if r["name"] == "ポンド" else ()) for r in lexicon.rows("currencies")],
)
def test_currency(row: dict) -> None:
    assert row["code"] in units(row["example"])
    assert row["code"] not in units(row.get("counterexample", ""))
    assert row["code"] in units(f"{row['name']}相場。約3億{row['name']}を支払う。")


@pytest.mark.parametrize("row", lexicon.rows("counters"), ids=lambda r: r["counter"])
def test_counter(row: dict) -> None:
    unit = SPELLINGS.get(row["counter"], row["counter"])
    assert unit in units(row["example"])
    assert unit not in units(row.get("counterexample", ""))


def measured(marked: str) -> list[tuple[str | None, tuple[str, ...]]]:
    """What the figures of a text measure, and the names, marked by [], that they are about."""
    text, mentions = "", []
    for i, piece in enumerate(re.split(r"[\[\]]", marked)):
        if i % 2:
            mentions.append(Mention(Extent(len(text), len(text) + len(piece)), piece))
        text += piece
    ends = [m.end() for m in re.finditer("。", text)] or [len(text)]
    sents = [SimpleNamespace(start_char=a, end_char=b) for a, b in pairwise([0, *ends])]
    doc = SimpleNamespace(text=text, sents=sents, _=SimpleNamespace(mentions=mentions))
    return [(f.measure, f.about) for f in figures.find_figures(doc)]


@pytest.mark.parametrize("row", lexicon.rows("measures"), ids=lambda r: r["measure"])
def test_measure(row: dict) -> None:
    assert measured(row["example"])[0][0] == row["measure"]


def first(text: str) -> str | None:
    """What the first figure of a text measures."""
    return measured(text)[0][0]


#: What a kind of word does to a text.
ACTS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(
        ("time", "nothing", "speaker", "person", "body", "bound", "degree", "stating"),
        lambda text: first(text) is None,
    ),
    **dict.fromkeys(
        ("lasting", "modifier", "period", "people", "bodies"),
        lambda text: first(text) is not None,
    ),
    **dict.fromkeys(("estimate", "qualifier"), lambda text: first(text) == "応募"),
    "generic": lambda text: first(text) == "企業の割合",
    "taken": lambda text: first(text) == "会員",
    "rate": lambda text: measured(text)[-1][0] is not None,
}


@pytest.mark.parametrize("row", lexicon.rows("measure_words"), ids=lambda r: r["kind"])
def test_each_kind_of_word(row: dict) -> None:
    acts = ACTS[row["kind"]]
    assert acts(row["example"]) and not acts(row["counterexample"])


YAMA, KAWA = ("山川工業",), ("川海電機",)


@pytest.mark.parametrize(
    ("marked", "found"),
    [
        ("[山川工業]は2025年の売上高が128億円だった。[川海電機]の従業員は800人だ。", [("売上高", YAMA), ("従業員", KAWA)]),
        ("[山川工業]は2000億円の資金を集めた。", [("資金", YAMA)]),
        ("[山川工業]は5割以上の株式を持つ。", [("株式", YAMA)]),
        ("[山川工業]は部品3万個を納めた。", [("部品", YAMA)]),
        ("[山川工業]は[川海電機]で3%増えた。", [(None, YAMA)]),
        ("[山川工業]によると3%増えた。", [(None, YAMA)]),
        ("[山川工業]が話した。昨年は3%増え、[川海電機]も増えた。", [(None, ())]),
        ("[山川工業]の売上高は3年間で100億円増えた。", [(None, YAMA), ("売上高", YAMA)]),
        ("[川海電機]は[山川工業]の売上高が3億円だと話した。", [("売上高", YAMA)]),
        ("[川海電機]は[山川工業]株式5割を持つ。", [("株式", YAMA)]),
        ("[山川工業]が[川海電機]と3%を持つ。", [(None, YAMA)]),
        ("[山川工業]も[川海電機]と3%を持つ。", [(None, YAMA)]),
        ("[山川工業]は5割の住民を雇う。", [("住民", YAMA)]),
        ("売上高を発表した。3%増えた。", [(None, ())]),
        ("[山川工業]は売上高が減り、2000億円の資金を集めた。", [("資金", YAMA)]),
        ("[山川工業]は売上高3億円営業利益1億円だった。", [("売上高", YAMA), ("営業利益", YAMA)]),
        ("[山川工業]は売上高が[川海電機]も上回る3億円だ。", [("売上高", YAMA)]),
        ("[山川工業]が売上高は[川海電機]も上回る3億円と示した。", [("売上高", YAMA)]),
        ("[山川工業]、売上高は[川海電機]も上回る3億円。", [("売上高", YAMA)]),
        ("売上高は[山川工業]3億円、[川海電機]2億円だ。", [("売上高", YAMA), ("売上高", KAWA)]),
        ("何も増えない。[川海電機]は[山川工業]の部品3万個を納めた。", [("部品", YAMA)]),
        ("[川海電機]が話した。[山川工業]も話した。[川海電機]は3%増え、[山川工業]は2%増えた。", [(None, KAWA), (None, YAMA)]),
        ("何も増えない。", []),
    ],
)  # fmt: skip
def test_measure_and_owner(marked: str, found: list) -> None:
    assert measured(marked) == found


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        # labels
        ("電力の受電容量：60メガワット。", ["受電容量"]),
        ("・入場料の見込み: 3000円。", ["入場料"]),
        ("■純資産額 293億円\n◆観覧車は40人乗り", ["純資産額", "観覧車"]),
        ("橋の重さ約40トン、灯台の高さ22メートル。", ["重さ", "高さ"]),
        ("募集枠（大人）は60人だ。", ["募集枠"]),
        # marked nouns; what is said of them may be far
        ("買い付け総額は最大で9億円だ。", ["買い付け総額"]),
        ("応募の目標を500件から700件に改めた。", ["応募", "応募"]),
        ("利用する企業の割合は26%だった。", ["企業の割合"]),
        ("GPU の総数を3万基に増やす。", ["GPU の総数"]),
        ("運賃は通常の7割だ。", ["運賃"]),
        ("所要時間は11時間だ。橋は3年で開通する。", ["所要時間", None]),
        ("床面積を3割減らして76億円に抑える。", ["床面積", None]),
        ("目標額を上回る3億円を集めた。", [None]),
        ("客足が伸びれば3億円を配る。", [None]),
        # nouns that end as speakers and times do
        ("橋は全長300メートルだ。", ["全長"]),
        ("売上は3億円だ。", ["売上"]),
        ("国債の発行は3億円だ。", ["発行"]),
        ("入院は300人だ。", ["入院"]),
        ("部品の納期は2年だ。", ["納期"]),
        ("死者は3人、けが人は20人に上る。", ["死者", "けが人"]),
        ("自社株買いは3億円だ。", ["自社株買い"]),
        # quotations
        ("社長は建設費について「230億円になる」と話した。", ["建設費"]),
        ("建設費は「230億円になる」と社長が話した。", ["建設費"]),
        ("社長は「受注残は230億円になる」と話した。", ["受注残"]),
        # people and bodies are measured only where they are counted
        ("参加者は300人だ。社長は300人を雇う。", ["参加者", "参加者"]),
        ("社長は300人を雇う。", [None]),
        ("政府は300人を雇う。", [None]),
        ("関係者は3億円を見込む。", [None]),
        # what the figure modifies, and verbs
        ("市は30億円の積立金を使う。", ["積立金"]),
        ("市は45人を採用する。", ["採用"]),
        ("市は45人を予定する。", [None]),
        ("稼働率は8割で、従業員の3割が辞めた。", ["稼働率", "従業員"]),
        # taken over
        ("来館者は年3万人だった。昨年は2万人だった。", ["来館者", "来館者"]),
        ("来館者は年3万人だった。宿泊は別だ。昨年は2万人だった。", ["来館者", None]),
        ("入館料は3000円だ。市は反対した。3000円は高いと市長は述べた。", ["入館料", "入館料"]),
        ("客室の稼働率は8割だった。昨年は6割だった。", ["稼働率", "稼働率"]),
        ("荷物は3割減った。昨年は2割減った。", ["荷物", None]),
    ],
)  # fmt: skip
def test_measure_of_a_text(text: str, measures: list) -> None:
    assert [m for m, _ in measured(text)] == measures


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
