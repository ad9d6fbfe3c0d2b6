"""What claims are compared by, one part at a time: values, sources, names, periods and what a value settles."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ingest.figures import find as found_in
from kg.model import Extent, Interval
from kg.tracking import figures, measured, parties, periods, scores, views
from kg.tracking.figures import FigureView
from kg.tracking.views import ClaimView
from kg.tracking.words import analyse


def value(words: str) -> FigureView:
    """A figure written as a comparator, a value and, after a dash, its end: >100, ~100, 100-200."""
    sign = words.rstrip("0123456789.-")
    low, _, high = words[len(sign) :].partition("-")
    return FigureView("count", float(low), "人", sign or "=", high=float(high) if high else None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("100", "100", "same"), (">100", ">=100", "same"), ("<100", "<=100", "same"), ("100-200", "100-200", "same"),
        ("100", "150", "apart"), (">100", "100", "apart"), ("<100", "100", "apart"), 
        (">100", "<100", "apart"), (">=100", "<100", "apart"), (">100", "<=100", "apart"), (">=100", "<=100", "overlap"),
        (">100", "150", "within"), ("<100", "150", "apart"), (">100", ">200", "within"), (">100", "<200", "overlap"),
        ("100-200", "150", "within"), ("100-200", "150-250", "overlap"), ("100-200", "100-150", "within"),
        ("100-200", "120-180", "within"), ("100-200", "300-400", "apart"), ("~100", "104", "within"), ("~100", "120", "apart"),
        (">100", "100-200", "overlap"),
    ],
)  # fmt: skip
def test_how_two_values_compare(one: str, other: str, relation: str) -> None:
    assert figures.relation(value(one), value(other)) == figures.relation(value(other), value(one)) == relation
    assert figures.agree(value(one), value(other)) == (relation != "apart")


@pytest.mark.parametrize(
    ("text", "seen", "denied"),
    [
        ("費用は300億円だ", ["=300億円"], False), ("費用は300億円を超える", [">300億円"], False),
        ("費用は300億円を超えない", ["<=300億円"], True), ("費用は300億円に届かない", ["<300億円"], True),
        ("費用は約300億円だ", ["~300億円"], False), ("費用は少なくとも300億円を超える", [">300億円"], False),
        ("費用は300億円以上だ", [">=300億円"], False),
        ("費用は100億〜300億円だ", ["=100億〜300億円..30000000000"], False),
        ("費用は90億円台だ", ["=90億円..10000000000.0"], False), ("伸びは2%台だ", ["=2%..3.0"], False),
        ("伸びは2%台前半だ", ["=2%..2.5"], False), ("伸びは2%台後半だ", ["=2%..3.0"], False),
        ("費用は100億円で、売り上げは300億円だ", ["=100億円", "=300億円"], False),
        ("生産は2.5倍になる", ["=2.5倍"], False), ("生産は2倍を超える", [">2倍"], False),
        ("生産は2倍を超えない", ["<=2倍"], True), ("株価は1万円を割らない", [">=1万円"], True), ("震度6の地震だ", ["=震度6"], False),
        ("座席は1500席を超える", [">1500席"], False),
    ],
)  # fmt: skip
def test_the_figures_of_a_content(text: str, seen: list[str], denied: bool) -> None:
    its = [(f, frozenset[str](), f.extent.of(text)) for f in found_in(text)]
    found, bound = figures.views(its, text, 0, frozenset())
    assert [f"{f.comparator}{f.text}" + (f"..{f.high}" if f.high else "") for f in found] == seen
    assert bound is denied


def test_the_later_half_of_a_range_begins_in_its_middle() -> None:
    text = "伸びは2%台後半だ"
    its = [(f, frozenset[str](), f.extent.of(text)) for f in found_in(text)]
    ((found,), _) = figures.views(its, text, 0, frozenset())
    assert (found.value, found.high) == (2.5, 3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("座席は1,500席になる", 1500), ("座席は2万席になる", 2e4), ("部品は2億個になる", 2e8), ("生産は2.5倍になる", 2.5),
        ("震度6の地震だ", 6),
    ],
)  # fmt: skip
def test_the_value_of_a_figure_that_is_not_extracted(text: str, value: float) -> None:
    ((found,), _) = figures.views([], text, 0, frozenset())
    assert found.value == value


def test_a_figure_is_of_whom_it_is_about_and_of_no_source() -> None:
    text = "費用は300億円だ"
    (view,), _ = figures.views(
        [(found_in(text)[0], frozenset(["県", "青葉電機"]), "300億円")], text, 0, frozenset(["県"])
    )
    assert view.about == frozenset(["青葉電機"])


@pytest.mark.parametrize(
    ("one", "other", "moved"),
    [
        (">=300", ">100", True), ("<300", "<=100", True), (">300", ">300", False), ("300", "100", False),
        ("~300", "~100", False), (">300", "<100", False),
    ],
)  # fmt: skip
def test_a_bound_that_moved(one: str, other: str, moved: bool) -> None:
    assert figures.moved(value(one), value(other)) is moved


def test_the_least_and_the_greatest_value() -> None:
    assert figures.bounds(value(">100")) == (100, math.inf)
    assert figures.bounds(value("<100")) == figures.bounds(value("<=100")) == (-math.inf, 100)


@pytest.mark.parametrize(
    ("actual", "predicted", "aim", "met"),
    [
        ("101", ">100", "value", 1), ("100", ">100", "value", -1), ("100", ">=100", "value", 1), (">100", ">100", "value", 1),
        ("<100", ">=100", "value", -1), ("99", "<100", "value", 1), ("100", "<100", "value", -1), ("100", "<=100", "value", 1),
        ("101", "<=100", "value", -1), ("150", "100-200", "value", 1), ("95", "100-200", "value", 0), ("80", "100-200", "value", -1),
        ("106", "~100", "value", 1), ("110", "~100", "value", 0), ("114", "~100", "value", -1), ("94", "~100", "value", 1),
        ("101", "100", "value", 1), ("104", "100", "value", 0), ("150", "100", "value", 0), ("95", "100", "value", 0), ("90", "100", "value", -1),
        ("100", "100", "at_least", 1), ("150", "100", "at_least", 1), ("99", "100", "at_least", 0), ("90", "100", "at_least", -1),
        ("100", "100", "at_most", 1), ("90", "100", "at_most", 1), ("70", "100", "at_most", 0), ("103", "100", "at_most", 0), ("110", "100", "at_most", -1),
        ("101", "100", "intended", 1), ("150", "100", "intended", 0), ("99", "100", "intended", 1), ("90", "100", "intended", -1),
    ],
)  # fmt: skip
def test_whether_a_value_meets_a_prediction(actual: str, predicted: str, aim: str, met: int) -> None:
    assert measured.met(value(actual), value(predicted), aim) == met


def claim(article: str = "a", **more: Any) -> ClaimView:
    """A claim of an article; sets of names are written as one text."""
    sets = {
        k: frozenset(v.split()) for k, v in more.items() if isinstance(v, str) and k not in ("modality", "publisher")
    }
    return ClaimView(
        **{"iri": article, "article": article, "text": "増える", "published": date(2026, 1, 5), **more, **sets}
    )


MINATO = "ミナト電池"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (claim(sources="大槻誠"), claim("b", sources="大槻誠"), True),
        (claim(sources="大槻誠"), claim("b", sources="原田恵"), False),
        (claim(sources=MINATO), claim("b", sources=f"電池大手の{MINATO}"), True),
        (claim(sources="大槻誠", side=MINATO), claim("b", sources=MINATO), True),
        (claim(sources="大槻誠", side=MINATO), claim("b", sources="原田恵", side=MINATO), False),
        # without a source: the publisher's, or the company's whose plan it is
        (claim(), claim(), True),
        (claim(), claim("b"), False),
        (claim(publisher="東都新聞"), claim("b", publisher="東都新聞"), True),
        (claim(publisher="東都新聞"), claim("b", publisher="山並日報"), False),
        (claim(publisher="東都新聞", inferred="県"), claim("b", publisher="東都新聞"), False),
        (claim(inferred="県"), claim("b", inferred="県"), True),
        (claim(modality="intended", agents=MINATO), claim("b", modality="intended", agents=MINATO), True),
        (claim(modality="intended", agents=MINATO), claim("b", modality="probable", agents=MINATO), False),
        (claim(modality="probable", agents=MINATO), claim("b", modality="probable", agents=MINATO), False),
        (claim(modality="intended", agents=MINATO), claim("b", modality="intended", agents="青葉電機"), False),
        # one with a source
        (claim(inferred="県"), claim("b", sources="県"), True),
        (claim(inferred=MINATO), claim("b", sources="大槻誠", side=MINATO), True),
        (claim(modality="intended", agents=MINATO), claim("b", sources=MINATO), True),
        (claim(modality="intended", agents=MINATO), claim("b", sources="県"), False),
        (claim(modality="probable", agents=MINATO), claim("b", sources=MINATO), False),
        (claim(modality="intended", context=MINATO), claim("b", sources=MINATO, modality="intended"), True),
        (claim(modality="intended", context=MINATO), claim("b", sources=MINATO, modality="probable"), False),
        (claim(modality="intended", context="県"), claim("b", sources=MINATO, modality="intended"), False),
    ],
)  # fmt: skip
def test_whether_two_claims_are_of_one_source(one: ClaimView, other: ClaimView, same: bool) -> None:
    assert parties.same_source(one, other) is parties.same_source(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "tied"),
    [
        ("北浜市", "北浜市議会", True), ("みどり会", "医療法人みどり会", True), ("北浜市", "北浜市", True),
        ("市会", "北浜市会", False), ("北", "北浜市", False), ("北浜市", "南浜市", False),
    ],
)  # fmt: skip
def test_names_that_count_as_one(one: str, other: str, tied: bool) -> None:
    assert bool(parties.ties(frozenset([one]), frozenset([other]))) is tied
    assert bool(parties.ties(frozenset([other]), frozenset([one]))) is tied


def test_a_claim_without_a_source_is_of_the_one_before_unless_an_unnamed_one_stands_between() -> None:
    city, none = frozenset(["県"]), frozenset[str]()
    said = [(30, "after an unnamed one", none, False), (0, "before any", none, False), (5, "its own", city, False), (10, "next", none, False), (20, "unnamed", none, True)]  # fmt: skip
    assert views.inferences(said) == {"next": city}


def _predicted(text: str, modality: str) -> ClaimView:
    its = [(f, frozenset[str](), f.extent.of(text)) for f in found_in(text)]
    found, _ = figures.views(its, text, 0, frozenset())
    return replace(claim(), text=text, figures=found, modality=modality, words=analyse(text, [f.text for f in found]))


@pytest.mark.parametrize(
    ("text", "modality", "aims"),
    [
        ("病床を310床から400床に増やす", "intended", {"400床": "at_least"}),
        ("売上高は17%増の42億円になる", "probable", {"42億円": "value"}),
        ("売上高は2.5倍の500億円になる", "probable", {"500億円": "value"}),
        ("生産は2.5倍になる", "hoped", {"2.5倍": "intended"}),
        ("売上高の見通しを500億円に引き下げた", "intended", {"500億円": "value"}),
        ("契約を3年間続ける", "intended", {}),
    ],
)
def test_what_figures_are_predicted_and_how_they_are_meant(text: str, modality: str, aims: dict[str, str]) -> None:
    prediction = _predicted(text, modality)
    assert {f.text: measured.aim(prediction, f) for f in measured.predicted(prediction)} == aims


YEAR = Interval(date(2025, 4, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("end", "same"), [(date(2026, 3, 31), True), (date(2027, 3, 31), True), (date(2027, 4, 1), False), (date(2024, 1, 1), False), (None, True)]
)  # fmt: skip
def test_a_deadline_and_a_year_can_be_one_period(end: date | None, same: bool) -> None:
    assert periods.same_period(Interval(None, end), YEAR) is same


@pytest.mark.parametrize(
    ("source", "who"),
    [("大野市長", "大野真紀"), ("大野さん", None), ("谷口知事", "谷口洋介"), ("大阪府", None), ("森社長", None), ("原田社長", None), (None, None)],
)  # fmt: skip
def test_a_surname_and_a_title_name_a_person(source: str | None, who: str | None) -> None:
    people = ["大野真紀", "谷口洋介", "原田恵", "原田真", "森"]
    assert views.called(source, {p: p for p in people}) == (frozenset([who]) if who else frozenset())


def test_words_of_a_source_of_its_own() -> None:
    assert (
        views.own_words("関係者")
        and not views.own_words("同社")
        and not views.own_words("")
        and not views.own_words(None)
    )


def test_the_sentence_around_an_extent() -> None:
    text = "一つ目。二つ目の文\n三つ目"
    assert [views.sentence(text, Extent(at, at + 2)) for at in (0, 5, 11)] == ["一つ目", "二つ目の文", "三つ目"]


@pytest.mark.parametrize(
    ("verdict", "due", "counted"),
    [
        ("came-true", date(2026, 3, 31), True), ("came-true", date(2026, 4, 1), False), ("did-not", None, True),
        ("annulled", date(2026, 3, 31), False), (None, date(2026, 3, 31), False),
    ],
)  # fmt: skip
def test_what_counts_in_a_rate(verdict: str | None, due: date | None, counted: bool) -> None:
    assert scores.in_rate(verdict, due, date(2026, 3, 31)) is counted
