"""The timeline and the charts of the pages: what they show, where they lead, and that words stay text."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from iibun.web import cards, tables
from iibun.web.pages import sparql
from kg.tracking import verdicts
from tests import pages_store
from tests.streamlit_log import no_warning  # noqa: F401

pytest.importorskip("streamlit")
from streamlit.testing.v1 import AppTest

from tests import pages
from tests.pages import TODAY, html, run

store, filled = pages.store, pages.filled


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_timeline_says_how_many_have_no_due_date(filled: Any, lang: str) -> None:
    from dataclasses import replace

    from kg.model import Prediction
    from kg.rdf import article_iri, quads

    first = pages_store.reports()[1]
    claim = replace(first.claims[1], prediction=Prediction(criterion="株価が上がるか"))
    filled.replace(article_iri(first.article), quads(replace(first, claims=(claim,))))
    frame = tables.current().predictions
    n = int(frame["due_end"].isna().sum())
    said = {"ja": f"ほかに期限の決まっていない予測が {n} 件あります。", "en": f"{n} more have no due date."}[lang]
    assert n and said in str([c.value for c in run("predictions", lang).caption])


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_timeline_is_a_list_of_links_that_say_when(filled: Any, lang: str) -> None:
    from iibun.web.sitemap import href

    shown = html(run("predictions", lang))
    dated = tables.current().predictions
    dated = dated[dated["due_end"].notna()]
    assert shown.count('<div class="row"') == len(dated) > 1
    for iri in dated.index:
        assert f'href="{cards.esc(href("prediction", iri=iri))}' in shown
    assert 'class="today"' in shown and "2026" in shown
    assert not app_charts(run("predictions", lang))
    assert {"ja": "の発言、期限 ", "en": ", due "}[lang] in shown


def app_charts(app: AppTest) -> list[Any]:
    return list(app.get("vega_lite_chart"))


def test_a_timeline_shows_hostile_words_as_text(filled: Any) -> None:
    from iibun.web.pages import timeline
    from iibun.web.timeline import axis

    data = tables.current()
    dated = data.predictions[data.predictions["due_end"].notna()].copy()
    dated["title"] = words = '"><img src=x onerror=alert(1)>\u202e' + "長" * 100_000
    found = timeline.threads(data, dated)
    rows = dict(zip(dated.index, dated.to_dict("records"), strict=True))
    drawn = timeline.timeline_rows(data, [(words[:50], thread) for thread in found], rows, axis(found, TODAY))
    assert "<img" not in drawn and "\u202e" not in drawn and len(drawn) < 5_000 * len(dated)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_of_many_predictions_each_month_is_a_link_to_what_is_due_then(filled: Any, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from iibun.web.pages import timeline

    monkeypatch.setattr(timeline, "MANY", 0)
    months = re.findall(r'"ib-go month" href="[^"]*from=([\d-]+)&amp;until=([\d-]+)[^"]*" title="([^"]+)"', html(run("predictions", lang)))  # fmt: skip
    dues = [day for day in tables.current().by_due["due_end"] if cards.present(day)]
    counts = {
        (first, last): sum(map(int, re.findall(r" (\d+)", words.partition(":")[2]))) for first, last, words in months
    }
    assert counts and sum(counts.values()) == len(dues)
    for (first, last), n in counts.items():
        assert sum(first <= str(day) <= last for day in dues) == n
        assert html(run("predictions", lang, **{"from": first, "until": last})).count('class="row"') >= n


@pytest.mark.parametrize(
    ("first", "last", "count", "words"),
    [
        (date(2026, 1, 1), date(2026, 5, 2), 5, "2026年1月"), (date(2026, 1, 2), date(2026, 12, 31), 5, "2026年3月"),
        (date(2020, 6, 21), date(2027, 1, 1), 7, "2021年"), (date(2026, 3, 2), date(2026, 3, 9), 2, "2026年3月2日"),
        (date(2026, 3, 2), date(2026, 3, 2), 1, "2026年3月2日"), (date(1, 1, 1), date(9999, 12, 31), 9, "1000年"),
    ],
)  # fmt: skip
def test_the_days_that_a_time_axis_names(first: date, last: date, count: int, words: str) -> None:
    from iibun.web.pages import timeline

    found = timeline.ticks(first, last)
    assert all(first <= day <= last for day, _ in found)
    assert len(found) == count and found[0][1] == words


def test_every_chart_fits_the_schema(filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from altair.utils import schemapi

    from iibun.web import charts

    monkeypatch.setattr(charts, "CHECK", True)
    monkeypatch.setattr(schemapi, "DEBUG_MODE", True)
    data = tables.current()
    for claim, p in zip(data.predictions.index[:2], (0.2, 0.8), strict=True):
        verdicts.estimate(filled, claim, p, author="佐伯")
        verdicts.verdict(filled, claim, "came-true", author="佐伯", without="試験", on=TODAY)
    app = run("record")
    assert not app.exception
    assert app.get("vega_lite_chart")
    for entity in data.entities.index:
        assert not run("entity", iri=entity, section="figures").exception


@pytest.mark.parametrize(
    ("texts", "times"),
    [
        (["2025-11-03", "2025-11-04T10:00:00"], True),
        (["0001-01-01", "9999-12-31"], True),
        (["2025-02-30"], False),
        (["2025-11-03x"], False),
        (["2025-11-03", "2025-11-03T09:00:00+09:00"], False),
        (["2025-11-03", None], False),
    ],
)
def test_a_chart_takes_for_times_what_are_times(texts: list[str | None], times: bool) -> None:
    import pandas as pd

    assert (sparql.moments(pd.Series(texts)) is not None) == times
