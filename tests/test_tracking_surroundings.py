"""A claim of a long article is weighed by what is named near it; of an ordinary article, by all of it."""

from __future__ import annotations

import random

import pytest

from kg import rdf, store
from kg.model import Article, Claim, Entity, Extent, Mention, Report
from kg.tracking import views
from kg.tracking.candidates import keys
from kg.tracking.loading import load
from kg.tracking.surroundings import WHOLE, near

PARAGRAPH = "第{n}電機の幹部は{n}日、蓄電池の生産を北浜工場で始めると発表した。" + "説明が続く。" * 40 + "\n"


def report(count: int) -> Report:
    """Paragraphs with a company and a claim of its own each."""
    text, entities, mentions, claims = "", [], [], []
    for n in range(count):
        start, more = len(text), PARAGRAPH.format(n=n)
        name = Extent(start, start + more.index("の幹部"))
        content = Extent(start + more.index("蓄電池"), start + more.index("と発表"))
        text += more
        entities.append(Entity(f"e{n}", "Organization", name.of(text)))
        mentions.append(Mention(name, f"e{n}"))
        claims.append(Claim(f"c{n}", content, sources=(f"e{n}",)))
    return Report(Article(text), tuple(entities), tuple(mentions), claims=tuple(claims))


@pytest.mark.parametrize("count", [20, 160])
def test_what_is_near_a_claim_is_the_same_from_the_graph_and_from_the_report(count: int) -> None:
    made = report(count)
    iris = rdf.claim_iris(made)
    with store.memory() as s:
        s.replace(rdf.article_iri(made.article), rdf.quads(made))
        stored = {v.iri: v for v in load(s, iris.values())}
    told = {v.iri: v for v in views.from_report(made, lambda c: iris[c.id], rdf.article_iri(made.article))}
    assert {k: v.context for k, v in stored.items()} == {k: v.context for k, v in told.items()}
    first, last = (told[iris[f"c{n}"]] for n in (0, count - 1))
    whole = len(made.article.text) <= WHOLE
    assert (next(iter(first.sources)) in last.context) is whole
    assert next(iter(last.sources)) in last.context


def test_keys_that_claims_are_found_by_grow_with_the_text_not_its_square() -> None:
    def size(count: int) -> int:
        made = report(count)
        iris = rdf.claim_iris(made)
        told = views.from_report(made, lambda c: iris[c.id], rdf.article_iri(made.article))
        return sum(len(keys(v)) for v in told)

    assert size(400) <= 2.2 * size(200)


@pytest.mark.parametrize("size", [0, 1, WHOLE, WHOLE + 1, 100_000])
def test_each_place_of_a_text_has_its_surroundings_on_both_sides(size: int) -> None:
    for at in range(0, size, 997):
        stretch = near(size, at)
        assert stretch.start <= max(0, at - 6000) and min(size, at + 6000) <= stretch.end
        assert len(stretch) <= max(WHOLE, 18_000)


def test_names_that_begin_or_end_one_another_are_one_whatever_the_number() -> None:
    from kg.tracking.parties import ties

    def one(x: str, y: str) -> bool:
        short, long = sorted((x, y), key=len)
        return len(short) > 1 and (long.startswith(short) or (len(short) > 2 and long.endswith(short)))

    draw = random.Random(7)
    for _ in range(300):
        xs, ys = (
            frozenset("".join(draw.choices("北浜市", k=draw.randint(0, 5))) for _ in range(draw.randint(0, 6)))
            for _ in range(2)
        )
        assert ties(xs, ys) == {x for x in xs if x in ys or any(one(x, y) for y in ys)}
