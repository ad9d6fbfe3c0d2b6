"""A long article is shown part by part: each claim is in one of them, offsets hold in each, counts are the whole's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

import kg.store
from iibun.web import answers, article_view
from iibun.web.pages import article as page
from ingest import sections
from kg import queries
from kg.model import Article, Extent, Report
from kg.rdf import article_iri, quads
from tests.kg_samples import TEXT, report
from tests.test_app_pages import run

COPIES = 260


def made() -> Report:
    """A report of an article of which each hundred characters have one of everything."""
    one = replace(report(0), article=Article(TEXT + "\n"))
    size = len(one.article.text)
    parts = [sections.Section(n * size, Extent(n * size, (n + 1) * size)) for n in range(COPIES)]
    return sections.joined(Article(one.article.text * COPIES, title="長い記事"), parts, [one] * COPIES)


@pytest.fixture(scope="module")
def long() -> Iterator[tuple[Any, str]]:
    with kg.store.memory() as store:
        store.replace(article_iri(made().article), quads(made()))
        yield store, article_iri(made().article)


def shown(store: Any, iri: str, part: int) -> article_view.Reading:
    return article_view.reading(lambda n, **b: queries.ask(store, n, **b), iri, part=part)


def test_parts_together_show_what_the_whole_would(long: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    store, iri = long
    first = shown(store, iri, 0)
    count = len(first.contents.parts)
    parts = [first, *(shown(store, iri, n) for n in range(1, count))]
    monkeypatch.setattr(sections, "SIZE", 10**9)
    whole = shown(store, iri, 0)
    assert count > 2 and len(whole.contents.parts) == 1
    assert [c for p in parts for c in p.cards] == list(whole.cards) and whole.cards
    for kind in ("mentions", "figures", "dates", "relations"):
        rows = [dict(r) for p in parts for r in getattr(p, kind)]
        assert rows == [dict(r) for r in getattr(whole, kind)] and rows, kind
    told = {k: v for k, v in whole.reasons.items() if ":entity:" not in k}  # those of entities are on their own pages
    assert {k: v for p in parts for k, v in p.reasons.items()} == told and told
    assert first.contents.counts == whole.contents.counts
    assert first.contents.counts["claim"] == len(whole.cards) == len(first.contents.outline)
    assert first.contents.counts["mention"] == len(whole.mentions)


def test_offsets_hold_in_each_part(long: tuple[Any, str]) -> None:
    store, iri = long
    for n in range(len(shown(store, iri, 0).contents.parts)):
        part = shown(store, iri, n)
        text = part.extent.of(part.text)
        spans = {s["id"]: page.moved(s, part.extent) for s in page.spans(part) if s["kind"] == "claim"}
        assert spans
        for card in part.cards:
            assert text[spans[card.iri]["start"] : spans[card.iri]["end"]] == card.text
            assert part.contents.part_with(card.iri) == n, "a link to a claim opens its part"
        ends = page.beyond(part)
        assert ("previous" in ends) is (n > 0) and ("next" in ends) is (n < len(part.contents.parts) - 1)
        assert all(int(to["params"]["part"]) - 1 in (n - 1, n + 1) for to in ends.values())


@pytest.mark.parametrize(("end", "words"), [(None, "2028/01/01以降"), (date(2028, 12, 31), "期限 2028/12/31")])
def test_a_card_says_from_when_or_by_when_a_prediction_is_due(
    long: tuple[Any, str], end: date | None, words: str
) -> None:
    card = shown(*long, 0).cards[0]
    card = replace(card, prediction=True, due_start=date(2028, 1, 1), due_end=end)
    assert page.card(card, long[1])["due"] == words


def test_the_page_opens_the_part_of_a_claim_and_finds_words_anywhere(long: tuple[Any, str]) -> None:
    store, iri = long
    outline = shown(store, iri, 0).contents
    answers.use_store(store)
    try:
        last = outline.outline[-1]
        app = run("article", iri=iri, claim=last.iri)
        assert not app.exception, app.exception
        words = " ".join(c.value for c in app.caption)
        count = len(outline.parts)
        assert f"第{count}部（全{count}部）" in words and f"主張 {len(outline.outline):,}件中" in words
        app.text_input(key=f"find-{iri}").set_value("水野恵子").run()
        assert f"{COPIES} か所" in " ".join(c.value for c in app.caption)
        assert not run("article", iri=iri, part="999").exception
        assert not run("article", iri=iri, part="x").exception
    finally:
        answers.use_store(None)
