"""Relations: every pattern row by its example and counterexample, gold sentences, hedges and carried topics."""

import json
import re
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ingest import figures
from ingest.reader.windows import Window
from ingest.relations import find_relations, pairs, proposed, unrivalled
from ingest.relations.pairs import Judged
from ingest.relations.patterns import ARGUMENTS
from kg import lexicon
from kg.model import Entity, Extent, Mention
from kg.predicates import PREDICATES

TYPES = {
    "P": "Person",
    "O": "Organization",
    "D": "Product",
    "L": "Place",
    "E": "Event",
    "C": "Place",
    "K": "Place",
    "N": "Place",
}
MARK = re.compile(r"<([^:<>]+):([A-Z])>")
GOLD = [
    json.loads(line)
    for path in sorted((Path(__file__).parent / "gold" / "relations").glob("*.jsonl"))
    for line in path.read_text("utf-8").splitlines()
]
ROWS = lexicon.rows("relations")


def document(marked: str) -> SimpleNamespace:
    """A document of the shape that the component reads, from text with <name:T> marks; sentences end at 。"""
    text, mentions, entities, at = "", [], {}, 0
    for match in MARK.finditer(marked):
        text += marked[at : match.start()]
        name = match[1]
        entity = entities.setdefault(name, Entity(name, TYPES[match[2]], name))
        mentions.append(Mention(Extent(len(text), len(text) + len(name)), entity.id))
        text += name
        at = match.end()
    text += marked[at:]
    cuts = [0, *(m.end() for m in re.finditer("。", text))]
    cuts = cuts if cuts[-1] == len(text) else [*cuts, len(text)]
    return SimpleNamespace(
        text=text,
        sents=[SimpleNamespace(start_char=a, end_char=b) for a, b in pairwise(cuts)],
        _=SimpleNamespace(
            entities=list(entities.values()), mentions=mentions, figures=figures.find(text), encoded=None
        ),
    )


def by_row(marked: str, name: str) -> list:
    _, found = proposed(document(marked))
    return [r for relations in found for r in relations if r.reasons == (name,)]


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r["name"])
def test_example(row: dict) -> None:
    found = by_row(row["example"], row["name"])
    assert found
    assert {r.predicate for r in found} == {row["predicate"]}


@pytest.mark.parametrize("row", [r for r in ROWS if "counterexample" in r], ids=lambda r: r["name"])
def test_counterexample(row: dict) -> None:
    assert not by_row(row["counterexample"], row["name"])


@pytest.mark.parametrize("case", GOLD, ids=lambda c: c["text"])
def test_gold_case(case: dict) -> None:
    found = {(r.subject, r.predicate, r.object) for r in find_relations(document(case["text"]))}
    assert found == {tuple(r) for r in case["relations"]}


def test_each_predicate_has_patterns() -> None:
    assert {r["predicate"] for r in ROWS} == set(PREDICATES)


def test_arguments_agree_with_the_table() -> None:
    for case in GOLD:
        doc = document(case["text"])
        types = {e.id: e.type for e in doc._.entities}
        for r in find_relations(doc):
            domain, range_ = ARGUMENTS[r.predicate]
            assert types[r.subject] in domain
            assert types[r.object] in range_


@pytest.mark.parametrize(
    ("text", "predicate", "qualifiers"),
    [
        ("<山川工業:O>CEOの<山田:P>氏が会見した。", "holdsPosition", {"title": "CEO"}),
        ("<山川工業:O>は<川海電機:O>株の12%を握る。", "ownsStakeIn", {"share": "12%"}),
        ("<山川工業:O>は<川海電機:O>に100億円を出資した。", "investsIn", {"amount": "10000000000 JPY"}),
    ],
)
def test_qualifiers(text: str, predicate: str, qualifiers: dict) -> None:
    (relation,) = [r for r in find_relations(document(text)) if r.predicate == predicate]
    assert dict(relation.qualifiers) == qualifiers


@pytest.mark.parametrize(
    "text", ["<山川工業:O>は" * 800, "<甲:O>と" * 2_000, "の" * 50_000, "<甲:O>" + "長" * 30_000 + "<乙:P>"]
)
def test_long_sentences(text: str) -> None:
    doc = document(text)
    start = time.process_time()
    find_relations(doc)
    assert time.process_time() - start < 20


def test_model_is_deterministic() -> None:
    features = ("", "distance 1", "row", "row org-title-person")
    assert pairs.probability("holdsPosition>PeOr", features) == pairs.probability("holdsPosition>PeOr", features)
    assert 0 < pairs.probability("holdsPosition?XxYy", features) < 1  # a way that no article showed


@pytest.mark.parametrize(
    ("first", "odds", "found"),
    [
        (0, {}, {("山川工業", "acquires", "川海電機")}),  # the head has no opinion: the pair model decides
        (0, {("acquires", 0): -30}, set()),
        (0, {("acquires", 1): 30}, {("山川工業", "acquires", "川海電機"), ("川海電機", "acquires", "山川工業")}),
        (0, {("suppliesTo", 1): 30}, {("山川工業", "acquires", "川海電機"), ("川海電機", "suppliesTo", "山川工業")}),
        (5, {("acquires", 0): -30}, {("山川工業", "acquires", "川海電機")}),  # the first mention is not in the window
    ],
)
def test_the_readers_head_and_the_pair_model_decide_together(
    monkeypatch: pytest.MonkeyPatch, first: int, odds: dict, found: set
) -> None:
    doc = document("<山川工業:O>は<川海電機:O>を買収した。")
    seen = []

    def relations(part: SimpleNamespace, places: np.ndarray) -> np.ndarray:
        seen.extend(map(tuple, places.tolist()))
        row = np.zeros(2 * len(PREDICATES))
        for (predicate, later), x in odds.items():
            row[2 * list(PREDICATES).index(predicate) + later] = x
        return np.tile(row, (len(places), 1))

    monkeypatch.setattr(pairs, "network", lambda: SimpleNamespace(relations=relations, predicates=list(PREDICATES)))
    units = SimpleNamespace(span=lambda start, end: (start, end - 1))  # a unit for each character
    doc._.encoded = SimpleNamespace(
        units=units, windows=[SimpleNamespace(window=Window(first, first, len(doc.text), ()))]
    )
    judged = {j.key for j in pairs.judged(*proposed(doc), doc._.encoded)}
    assert judged == found
    assert seen == ([] if first else [(0, 3, 5, 8)])


def test_a_predicate_that_the_model_has_not_learnt_yields_no_relation(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> set[str]:
        return {r.predicate for r in find_relations(document("<山川工業:O>は<川海電機:O>を買収した。"))}

    types = frozenset({"Organization"})
    pairs._joins.cache_clear()
    monkeypatch.setitem(ARGUMENTS, "sues", (types, types))
    try:
        assert found() == {"acquires"}
    finally:
        pairs._joins.cache_clear()


def test_no_mentions_no_relations() -> None:
    assert find_relations(document("雨が降った。")) == []


def test_a_title_without_an_organization_belongs_to_the_one_that_the_article_is_about() -> None:
    text = "<山川工業:O>は増益だった。<山川工業:O>の工場は忙しい。" + "雨が降った。" * 6 + "<山川工業:O>株も上がった。"
    _, proposals = proposed(document(text + "天気は晴れた。" * 6 + "<山田:P>社長は笑った。"))
    (found,) = proposals[-1]
    assert (found.object, found.reasons) == ("山川工業", ("bare-title-main",))


def test_a_much_less_likely_employer_gives_way() -> None:
    found = [Judged(p, ("甲", "holdsPosition", o), Extent(0, 1)) for o, p in (("A社", 0.9), ("B社", 0.5), ("C社", 0.8))]
    assert [j.key[2] for j in unrivalled(found)] == ["A社", "C社"]


def test_a_product_that_a_pattern_gives_its_maker_goes_to_nobody_near() -> None:
    found = [Judged(p, (o, "develops", "X1"), Extent(0, 1)) for o, p in (("A社", 0.9), ("B社", 0.8))]
    assert [j.key[0] for j in unrivalled(found, {("A社", "develops", "X1")})] == ["A社"]
    assert [j.key[0] for j in unrivalled(found)] == ["A社", "B社"]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (("A社", "subsidiaryOf", "B社"), ("B社", "subsidiaryOf", "A社"), [1]),
        (("A社", "acquires", "B社"), ("A社", "subsidiaryOf", "B社"), [1]),
        (("A社", "acquires", "B社"), ("B社", "subsidiaryOf", "A社"), [0, 1]),
        (("A社", "suppliesTo", "B社"), ("B社", "suppliesTo", "A社"), [0, 1]),
    ],
)
def test_of_two_relations_that_contradict_each_other_a_pattern_s_stays(first: tuple, second: tuple, kept: list) -> None:
    found = [Judged(0.9, first, Extent(0, 1)), Judged(0.6, second, Extent(0, 1))]
    assert [j.key for j in unrivalled(found, {second})] == [found[i].key for i in kept]


def positions(text: str) -> set[tuple[str, str]]:
    return {(r.subject, r.object) for r in find_relations(document(text)) if r.predicate == "holdsPosition"}


def test_translations_put_spaces_around_names() -> None:
    text = "<川海電機:O> の <岸本健:P> 最高経営責任者は述べた。"
    (relation,) = find_relations(document(text))
    assert (relation.object, dict(relation.qualifiers)) == ("川海電機", {"title": "最高経営責任者"})


def test_a_minister_is_no_minister_of_the_company_named_last() -> None:
    before = "<川海電機:O>の<岸本健:P>代表は異例だと評した。"
    assert ("松本剛", "川海電機") not in positions(before + "<松本剛:P>総務相は目的ではないと語った。")
    assert ("松本剛", "川海電機") in positions(before + "<川海電機:O>の<松本剛:P>社長は目的ではないと語った。")


def test_a_title_alone_is_none_of_who_only_obtained_a_document() -> None:
    text = "<川海電機:O>は研究所を設けた。<川海電機:O>は株を買う。<甲報:O>が入手した社内の文書はこれだ。<岸本健:P>CEOはそう書いている。"
    _, proposals = proposed(document(text))
    assert [r.object for r in proposals[-1]] == ["川海電機"]


def test_of_names_in_a_list_none_makes_the_other() -> None:
    listed = "<川海電機:O>や<クラウド1:D>と連携し、映像を世界に配信する。"
    assert not [r for r in find_relations(document(listed)) if r.predicate == "develops"]
    told = "<川海電機:O>の「<クラウド1:D>」と連携し、映像を世界に配信する。"
    assert [r for r in find_relations(document(told)) if r.predicate == "develops"]
