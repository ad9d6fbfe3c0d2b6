"""A graph of claims with the real vocabulary, of any size, from templates: what the store's benchmark asks."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pyoxigraph as ox

from kg.model import Article, Claim, Entity, Extent, Figure, Interval, Mention, Prediction, Relation, Report
from kg.rdf import quads


def story(n: int, people: int) -> Report:
    """An article of about 1,300 quads: ten claims, four of them predictions."""
    rng = random.Random(n)
    text, entities, mentions, claims, figures, relations = "", [], [], [], [], []

    def say(words: str) -> Extent:
        nonlocal text
        start = len(text)
        text += words
        return Extent(start, len(text))

    for k in range(10):
        number = int(people * rng.random() ** 3)
        company = Entity(f"e{2 * k}", "Organization", f"架空企業{number}", (f"企業{number}",))
        person = Entity(f"e{2 * k + 1}", "Person", f"架空太郎{number + k}")
        entities += [company, person]
        c = say(company.label)
        mentions.append(Mention(c, company.id))
        say("の")
        p = say(person.label)
        mentions.append(Mention(p, person.id))
        say("社長は、")
        year = 2026 + rng.randrange(6)
        due = say(f"{year}年までに")
        money = rng.randrange(1, 900)
        f = say(f"{money}億円")
        body = say("を投資し、新しい工場を稼働させる")
        cue = say("と述べた")
        say("。\n")
        figures.append(Figure(f, "money", money * 1e8, "JPY", "=", (company.id,), "投資額"))
        relations.append(Relation(person.id, "holdsPosition", company.id, Extent(c.start, cue.end), {"title": "社長"}))
        prediction = (
            Prediction(
                Interval(None, date(year, 12, 31)), f"{year}年までに", due, criterion=f"{year}年末までに稼働する"
            )
            if k % 5 < 2
            else None
        )
        claims.append(
            Claim(
                f"c{k}", Extent(due.start, body.end), sources=(person.id,), cue=cue, about=(company.id,), figures=(k,),
                modality=rng.choice(("asserted", "probable", "intended", "hoped")), topics=(f"話題{number % 50}",),
                prediction=prediction, title=f"{company.label}は{year}年までに{money}億円を投資する", confidence=round(rng.random(), 2),
            )
        )  # fmt: skip
    unique: dict[str, Entity] = {}
    same = {e.id: unique.setdefault(f"{e.type} {e.label}", e).id for e in entities}
    return Report(
        Article(text, title=f"記事{n}", url=f"https://example.com/{n}", published=date(2024, 1, 1) + timedelta(n % 700), publisher=f"媒体{n % 20}"),
        entities=tuple(unique.values()),
        mentions=tuple(Mention(m.extent, same[m.entity]) for m in mentions),
        figures=tuple(Figure(f.extent, f.kind, f.value, f.unit, f.comparator, tuple(same[a] for a in f.about), f.measure) for f in figures),
        relations=tuple(Relation(same[r.subject], r.predicate, same[r.object], r.extent, r.qualifiers) for r in relations),
        claims=tuple(
            Claim(c.id, c.content, tuple(same[s] for s in c.sources), None, None, (), c.cue, (), "indirect", c.modality, "affirmed",
                  tuple(same[a] for a in c.about), c.topics, c.figures, c.prediction, c.title, c.confidence)
            for c in claims
        ),
        extractor="bench",
    )  # fmt: skip


def generate(triples: int, path: Path) -> int:
    """Write about so many quads as N-Quads; the number written."""
    written = n = 0
    with path.open("wb") as out:
        while written < triples:
            found = list(quads(story(n, max(100, triples // 5000))))
            ox.serialize(found, out, format=ox.RdfFormat.N_QUADS)
            written += len(found)
            n += 1
    return written
