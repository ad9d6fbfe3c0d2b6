"""How links are found in stories of our own, from claims as annotated, and from claims and facts as the extractor reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kg.model import Interval
from kg.tracking.comparison import compare
from kg.tracking.figures import FigureView
from kg.tracking.views import ClaimView
from kg.tracking.words import analyse
from tests import stories
from tests.paths import ROOT

#: Stories that the model has not learnt from, and those that it has.
SETS = {
    "left out": sorted(filter(stories.kept_apart, (ROOT / "benchmarks" / "stories").glob("s*.json"))),
    "learnt from": sorted(stories.FOLDER.glob("*.json")),
}
#: Least precision and recall of links of the right type, of any type, and of evidence.
FLOORS = {
    ("left out", "as annotated"): {"typed": (0.59, 0.42), "any type": (0.69, 0.49), "evidence": (0.67, 0.48)},
    ("left out", "as read"): {"typed": (0.38, 0.09), "any type": (0.68, 0.16), "evidence": (0.49, 0.22)},
    ("learnt from", "as annotated"): {"typed": (0.93, 0.94), "any type": (0.96, 0.96), "evidence": (0.93, 0.95)},
}


@pytest.mark.parametrize(("name", "how"), FLOORS)
def test_links_between_articles_of_a_story(name: str, how: str, nlp: Any) -> None:
    right, said, there = (dict.fromkeys(FLOORS[name, how], 0) for _ in range(3))
    for path in SETS[name]:
        story = stories.load(str(path))
        optional = {frozenset(x[-2:]) for x in story.get("optional", ())}
        at = {c["id"]: a["url"] for a in story["articles"] for c in a["claims"]}
        gold = {(a, b): kind for kind, a, b in story["links"] if at[a] != at[b] and frozenset((a, b)) not in optional}
        evidence = {tuple(x) for x in story["evidence"] if frozenset(x) not in optional}
        known = {v.iri: (v, ids) for v, ids in stories.known(story, nlp if how == "as read" else None)}
        found = stories.proposed([v for v, _ in known.values()])
        met = {(link.type, x, y) for link in found for x in known[link.later][1] for y in known[link.earlier][1]}
        for kind, *ends in met:
            pair = (ends[0], ends[1])
            if frozenset(pair) in optional:
                continue
            if kind == "evidence":
                said["evidence"] += 1
                right["evidence"] += pair in evidence
            else:
                for count, good in (("typed", gold.get(pair) == kind), ("any type", pair in gold)):
                    said[count] += 1
                    right[count] += good
        for count, all_ in (("typed", gold), ("any type", gold), ("evidence", evidence)):
            there[count] += len(all_)
    scored = {k: (right[k] / said[k], right[k] / there[k]) for k in right}
    print(name, how, {k: f"precision {p:.3f} recall {r:.3f} of {there[k]}" for k, (p, r) in scored.items()})
    for count, (precision, recall) in FLOORS[name, how].items():
        assert scored[count][0] >= precision and scored[count][1] >= recall, (count, scored)


def _claim(iri: str, text: str, day: date, source: str, **more: object) -> ClaimView:
    blanks = [f.text for f in more.get("figures", ())]  # type: ignore[attr-defined]
    return ClaimView(
        iri=iri, article=f"a{iri}", text=text, published=day, sources=frozenset([source]), about=frozenset(["青葉電機"]),
        agents=frozenset(["青葉電機"]), context=frozenset(["青葉電機", source]), words=analyse(text, blanks), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _cost(value: float, text: str, comparator: str = "=") -> FigureView:
    return FigureView("money", value, "JPY", comparator, measure="投資額", text=text)


FIRST, LATER = date(2026, 1, 5), date(2026, 3, 9)
COST = _claim("1", "新工場の投資額は200億円だ", FIRST, "青葉電機", figures=(_cost(2e10, "200億円"),))
LEAST = replace(COST, figures=(_cost(2e10, "200億円", ">="),))
OPENS = _claim(
    "1", "新工場を2027年4月に稼働させる", FIRST, "青葉電機", prediction=True, modality="intended",
    dates=(Interval(date(2027, 4, 1), date(2027, 4, 30)),), due=Interval(date(2027, 4, 1), date(2027, 4, 30)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "later", "kind", "reason"),
    [
        (COST, _claim("2", "新工場の投資額は300億円だ", LATER, "東雲証券", figures=(_cost(3e10, "300億円"),)), "contradicts", "値が違う（200億円→300億円）"),
        (COST, _claim("2", "新工場の投資額は300億円だ", LATER, "青葉電機", figures=(_cost(3e10, "300億円"),)), "revises", "発言者が同じ"),
        (COST, _claim("2", "新工場の投資額は200億円だ", LATER, "東雲証券", figures=(_cost(2e10, "200億円"),)), "supports", "数値が矛盾しない"),
        (LEAST, _claim("2", "新工場の投資額は200億円を下回る", LATER, "東雲証券", figures=(_cost(2e10, "200億円", "<"),)), "contradicts", "投資額の値について200億円を境に見方が逆"),
        (COST, _claim("2", "社員食堂の献立を見直した", LATER, "東雲証券"), None, ""),
    ],
)  # fmt: skip
def test_two_claims(earlier: ClaimView, later: ClaimView, kind: str | None, reason: str) -> None:
    found = compare(earlier, later)
    assert (found and found.type) == kind
    if found:
        assert reason in found.reason_ja and (found.later, found.earlier) == ("2", "1") and 0 < found.score <= 1


def test_evidence_bears_on_predictions_alone() -> None:
    fact = _claim("2", "新工場を2027年4月に稼働させた", date(2027, 4, 20), "青葉電機", dates=OPENS.dates)
    found = compare(OPENS, fact)
    assert found is not None and found.type == "evidence"
    other = compare(replace(OPENS, prediction=False), fact)
    assert other is None or other.type != "evidence"


def test_claims_of_one_article_are_not_linked() -> None:
    other = _claim("2", "新工場の投資額は300億円だ", FIRST, "東雲証券", figures=(_cost(3e10, "300億円"),))
    assert compare(COST, replace(other, article=COST.article)) is None
