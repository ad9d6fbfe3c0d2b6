"""How links are found in stories of our own, from claims as a perfect extractor would give them.

``benchmarks/bench_stories.py`` scores them as the extractor reads them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kg.model import Interval
from kg.tracking.candidates import candidates
from kg.tracking.comparison import Link, compare
from kg.tracking.figures import FigureView
from kg.tracking.views import ClaimView, from_report
from kg.tracking.words import analyse
from tests import stories
from tests.paths import ROOT

OWN = ROOT / "benchmarks" / "stories"
#: Stories that the model has not learnt from, and those that it has.
SETS = {
    "left out": sorted(str(p) for p in OWN.glob("s*.json") if int(p.stem[1:]) % 3 == 0),
    "learnt from": sorted(p.stem for p in stories.FOLDER.glob("*.json")),
}


def links(story: dict[str, Any]) -> list[Link]:
    found = [v for r in stories.reports(story) for v in from_report(r, lambda c: c.id, str(r.article.url))]
    return [link for a, b in candidates(found) if (link := compare(a, b))]


#: Least precision and recall of links of the right type, of any type, and of evidence.
FLOORS = {
    "left out": {"typed": (0.53, 0.4), "any type": (0.65, 0.49), "evidence": (0.6, 0.46)},
    "learnt from": {"typed": (0.9, 0.92), "any type": (0.92, 0.93), "evidence": (0.85, 0.9)},
}


@pytest.mark.parametrize("name", SETS)
def test_links_between_articles_of_a_story(name: str) -> None:
    right, said, there = (dict.fromkeys(FLOORS[name], 0) for _ in range(3))
    for path in SETS[name]:
        story = stories.load(path)
        optional = {frozenset(x[-2:]) for x in story.get("optional", ())}
        at = {c["id"]: a["url"] for a in story["articles"] for c in a["claims"]}
        gold = {(a, b): kind for kind, a, b in story["links"] if at[a] != at[b] and frozenset((a, b)) not in optional}
        evidence = {tuple(x) for x in story["evidence"] if frozenset(x) not in optional}
        for link in links(story):
            ends = (link.later, link.earlier)
            if frozenset(ends) in optional:
                continue
            if link.type == "evidence":
                said["evidence"] += 1
                right["evidence"] += ends in evidence
            else:
                for kind, good in (("typed", gold.get(ends) == link.type), ("any type", ends in gold)):
                    said[kind] += 1
                    right[kind] += good
        for kind, count in (("typed", len(gold)), ("any type", len(gold)), ("evidence", len(evidence))):
            there[kind] += count
    found = {k: (right[k] / said[k], right[k] / there[k]) for k in right}
    print(name, {k: f"precision {p:.3f} recall {r:.3f} of {there[k]}" for k, (p, r) in found.items()})
    for kind, (precision, recall) in FLOORS[name].items():
        assert found[kind][0] >= precision and found[kind][1] >= recall, (kind, found)


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
