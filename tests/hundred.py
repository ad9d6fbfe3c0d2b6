"""A store of a hundred articles whose names repeat, and much that people decided about them; our own writing.

Several articles of a day, some without a date, copies, names of a person that an organization has, too; claims
rejected, corrected, added and settled; names merged, split and entered; links and relations decided on.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from iibun.archive.writer import Writer
from kg.model import Article, Claim, Entity, Extent, Figure, Interval, Mention, Prediction, Relation, Report
from kg.tracking import additions, judgements, links, merges, metadata, verdicts

if TYPE_CHECKING:
    from kg.store import Store

TODAY = date(2026, 7, 2)
COMPANIES = ("青葉電機", "東雲証券", "鷲羽製鋼", "汐見キャピタル", "大島港湾", "葵")
PEOPLE = ("三条望", "久世亮", "水野恵子", "柏木誠", "葵", "青葉電機")  # two of them are organizations as well
MODALITIES = ("asserted", "probable", "intended", "hoped", "possible")


def article(n: int) -> Report:
    """One article: five claims, two of them predictions, by and about names that other articles have as well."""
    rng = random.Random(n)
    text, claims, mentions, figures, relations = "", [], [], [], []
    entities: dict[tuple[str, str], Entity] = {}

    def say(words: str) -> Extent:
        nonlocal text
        start = len(text)
        text += words
        return Extent(start, len(text))

    def name(kind: str, label: str) -> str:
        found = entities.setdefault((kind, label), Entity(f"e{len(entities)}", kind, label))  # type: ignore[arg-type]
        mentions.append(Mention(say(label), found.id))
        return found.id

    for k in range(5):
        company = name("Organization", rng.choice(COMPANIES))
        say("の")
        start = len(text)
        person = name("Person", rng.choice(PEOPLE))
        say("社長は、")
        year, money = 2025 + rng.randrange(4), rng.randrange(1, 900)
        begin = len(text)
        due = say(f"{year}年までに")
        figure = say(f"{money}億円")
        body = say(f"を第{n}工場に投じ、{k}号機を{'止める' if rng.random() < 0.3 else '動かす'}")
        cue = say("と述べた")
        say("。\n")
        figures.append(Figure(figure, "money", money * 1e8, "JPY", "=", (company,), "投資額"))
        if k < 2:
            relations.append(Relation(person, "holdsPosition", company, Extent(start, cue.end), {"title": "社長"}))
        dated = Interval(None, date(year, rng.randrange(1, 13), 28)) if rng.random() < 0.8 else None
        claims.append(
            Claim(
                f"c{k}", Extent(begin, body.end), (person, company) if k == 4 else () if k == 3 and n % 4 == 0 else (person,),
                cue=cue, modality=rng.choice(MODALITIES), polarity="negated" if rng.random() < 0.2 else "affirmed",  # type: ignore[arg-type]
                about=(company,) if k != 2 else (company, person), topics=(f"話題{rng.randrange(7)}",), figures=(k,),
                prediction=Prediction(dated, f"{year}年までに", due) if k % 3 == 0 else None,
                title=f"{year}年までに{money}億円を投じる", confidence=round(rng.uniform(0.3, 1), 2),
            )
        )  # fmt: skip
    published = None if n % 17 == 5 else TODAY - timedelta(days=40 + n // 4)
    return Report(
        Article(text, title=f"記事{n % 60}", url=f"https://example.com/{n}", published=published, publisher=f"媒体{n % 6}" if n % 9 else None),
        entities=tuple(entities.values()), mentions=tuple(mentions), figures=tuple(figures), relations=tuple(relations),
        claims=tuple(claims), extractor="test",
    )  # fmt: skip


def fill(store: Store) -> None:
    """Write the articles, link them, and decide."""
    writer = Writer(store)
    iris = []
    for n in range(94):
        iris += [w.article for w in writer.queue(article(n))]
    for n in range(3):  # the same text elsewhere
        former = article(n * 7)
        copied = Article(former.article.text, url=f"https://example.net/{n}", published=TODAY, publisher="媒体9")
        iris += [w.article for w in writer.queue_copy(copied, iris[n * 7], "test")] if len(iris) > n * 7 else []
    for n in range(94, 97):
        iris += [w.article for w in writer.queue(article(n))]
    iris += [w.article for w in writer.flush()]
    links.link_all(store)
    decide(store, list(dict.fromkeys(iris)))


def decide(store: Store, articles: list[str]) -> None:
    """What people decided."""
    rng = random.Random(0)
    rows = store.select(
        """SELECT ?c ?a ?b ?p WHERE { GRAPH ?a { ?c a schema:Claim ; schema:appearance ?a . ?a schema:articleBody ?b
        OPTIONAL { ?c a iib:Prediction BIND(true AS ?p) } } } ORDER BY ?c"""
    )
    rng.shuffle(rows)
    claims = [r["c"] for r in rows]
    predictions = [r["c"] for r in rows if r["p"]]
    by_name = {
        (r["t"].rpartition("/")[2], r["l"]): r["e"]
        for r in store.select(
            """SELECT DISTINCT ?e ?t ?l WHERE { VALUES ?t { schema:Person schema:Organization }
            GRAPH ?g { ?e a ?t ; skos:prefLabel ?l } }"""
        )
    }
    some: dict[str, Any] = {"author": "佐藤"}
    for claim in claims[:12]:
        judgements.judge(store, claim, "reject", **some)
    for claim in claims[12:24]:
        judgements.judge(store, claim, "accept", **some)
    changes: tuple[dict[str, Any], ...] = (
        {"sources": [by_name["Organization", "東雲証券"]]}, {"sources": []}, {"about": [by_name["Person", "柏木誠"]]},
        {"about": []}, {"modality": "required"}, {"polarity": "negated"}, {"prediction": True, "due_end": TODAY},
        {"title": "改めた題"}, {"sources": [by_name["Organization", "汐見キャピタル"]]}, {"about": [by_name["Organization", "汐見キャピタル"]]}, {"sources": [by_name["Organization", "大島港湾"], by_name["Person", "久世亮"]]},
    )  # fmt: skip
    for claim, change in zip(claims[24:], changes * 2, strict=False):
        judgements.judge(store, claim, "edit", changes=change, **some)
    for claim, change in zip(predictions[:4], ({"prediction": False}, {"due_end": None}, {"due_end": TODAY}, {"due_end": TODAY + timedelta(3)}), strict=True):  # fmt: skip
        judgements.judge(store, claim, "edit", changes=change, **some)
    codes = ("came-true", "partly", "did-not", "ambiguous", "annulled", "unresolvable")
    for claim, code in zip(predictions[4:], codes * 5, strict=False):
        verdicts.estimate(store, claim, 0.7, author="鈴木")
        verdicts.verdict(store, claim, code, without="試し", on=TODAY - timedelta(rng.randrange(300)), **some)
    for row in rows[60:64]:
        sources = [by_name["Person", "三条望"]]
        judgements.add(store, row["a"], 3, 12, changes={"sources": sources, "prediction": row is rows[60]}, **some)
    judgements.judge(store, judgements.add(store, rows[65]["a"], 5, 15, **some), "reject", **some)
    entered = additions.name(store, "億円", "Organization", author="佐藤", article=rows[70]["a"])
    judgements.judge(store, rows[70]["c"], "edit", changes={"sources": [entered]}, **some)
    merges.merge(store, [by_name["Organization", "葵"], by_name["Person", "葵"]], **some)
    merges.merge(store, [by_name["Organization", "東雲証券"], by_name["Organization", "汐見キャピタル"]], **some)
    moved = store.select(
        "SELECT ?m WHERE { GRAPH ?g { ?m iib:entity $e } } ORDER BY ?m LIMIT 7",
        e=NamedNode(by_name["Person", "水野恵子"]),
    )
    merges.split(store, by_name["Person", "水野恵子"], label="別の水野", mentions=[r["m"] for r in moved], **some)
    found = [x.iri for x in links.proposals(store, limit=12)]
    for n, link in enumerate(found):
        links.decide(store, link, "confirmed" if n % 2 else "rejected", **some)
    relation = store.select("SELECT ?r WHERE { GRAPH ?g { ?r a iib:Relation } } ORDER BY ?r LIMIT 1")[0]["r"]
    additions.refuse(store, relation, **some)
    metadata.correct(store, articles[0], changes={"published": TODAY, "publisher": "媒体9"}, **some)
