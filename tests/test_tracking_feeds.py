"""What goes out is read back by readers that we did not write."""

import json
from dataclasses import replace
from datetime import date

import pytest

from kg import feeds, rdf, store
from kg.model import Interval
from kg.tracking.links import proposals
from kg.tracking.verdicts import verdict
from tests import stories
from tests.kg_samples import report
from tests.test_tracking_store import fill


@pytest.fixture(scope="module")
def settled():
    with store.memory() as s:
        ids = fill(s, stories.load("battery"))
        verdict(
            s,
            ids["4b"],
            "did-not",
            author="佐藤 花子",
            evidence=["https://ir.example/2026"],
            on=date(2026, 5, 13),
            note="2950億円 <だった>",
        )
        verdict(s, ids["5a"], "came-true", author="佐藤 花子", without="試験", on=date(2026, 5, 13))
        verdict(s, ids["5a"], "partly", author="佐藤 花子", without="試験", on=date(2026, 5, 14))
        verdict(s, ids["6a"], "ambiguous", author="鈴木", without="試験")  # a claim of fact
        yield s, ids


def test_claim_reviews_are_json_ld(settled):
    from pyld import jsonld

    s, ids = settled
    reviews = json.loads(json.dumps(feeds.claim_reviews(s), ensure_ascii=False))
    assert len(reviews) == 3

    def schema_org(url, options=None):
        return {
            "contentType": None,
            "contextUrl": None,
            "documentUrl": url,
            "document": {"@context": {"@vocab": "https://schema.org/"}},
        }

    (node,) = jsonld.expand(reviews[0], {"documentLoader": schema_org})
    assert node["@type"] == ["https://schema.org/ClaimReview"]
    assert node["https://schema.org/itemReviewed"][0]["@id"] == ids["4b"]
    quads = jsonld.to_rdf(reviews[0], {"documentLoader": schema_org})["@default"]
    assert any(
        q["predicate"]["value"] == "https://schema.org/ratingValue" and q["object"]["value"] == "1" for q in quads
    )
    by_claim = {r["itemReviewed"]["@id"]: r["reviewRating"] for r in reviews}
    assert by_claim[ids["5a"]]["ratingValue"] == 3 and "ratingValue" not in by_claim[ids["6a"]]


def test_due_dates_are_a_calendar_with_stable_uids(settled):
    from icalendar import Calendar

    s, ids = settled
    first, second = feeds.calendar(s), feeds.calendar(s)
    assert first == second
    events = Calendar.from_ical(first).walk("VEVENT")
    assert len(events) == 10 and len({str(e["UID"]) for e in events}) == 10
    event = next(e for e in events if ids["4b"] in str(e["DESCRIPTION"]))
    assert event.decoded("DTSTART") == date(2026, 3, 31) and "外れた" in str(event["DESCRIPTION"])


def test_the_feed_is_atom(settled):
    import feedparser

    s, _ids = settled
    parsed = feedparser.parse(feeds.atom(s, on=date(2027, 4, 1), url="https://iibun.example/feed.atom"))
    assert not parsed.bozo and parsed.version == "atom10"
    terms = [e.tags[0].term for e in parsed.entries]
    assert {"did-not", "partly", "ambiguous", "overdue", "due-soon"} == set(terms)
    assert len({e.id for e in parsed.entries}) == len(parsed.entries)
    assert any("2950億円 <だった>" in e.summary for e in parsed.entries)


def test_a_date_of_any_year_has_four_digits_in_the_feed():
    made = report(0)
    claim = made.claims[0]
    due = replace(claim, prediction=replace(claim.prediction, due=Interval(None, date(202, 7, 31))))
    with store.memory() as s:
        s.replace(rdf.article_iri(made.article), rdf.quads(replace(made, claims=(due,))))
        assert b"<updated>0202-07-31T12:00:00Z</updated>" in feeds.atom(s)


def test_settled_claims_are_nanopublications(settled):
    from nanopub import Nanopub
    from rdflib import Dataset

    s, _ids = settled
    everything = Dataset()
    everything.parse(data=feeds.nanopublications(s), format="trig")
    names = sorted({str(s_) for s_, _, o, _ in everything.quads() if str(o).endswith("#Nanopublication")})
    assert len(names) == 3
    for name in names:
        one = Dataset()
        for quad in everything.quads():
            if str(quad[3]).startswith(name + "#"):
                one.get_context(quad[3]).add(quad[:3])
        assert Nanopub(rdf=one).is_valid


def test_graph_of_links_is_read_by_networkx(settled):
    import networkx

    s, _ids = settled
    graph = networkx.DiGraph((x.later.claim, x.earlier.claim, {"type": x.type}) for x in proposals(s, limit=None))
    assert networkx.is_directed_acyclic_graph(graph) and graph.number_of_edges() == 14


def test_everything_people_decide_passes_the_shapes():
    import pyoxigraph
    import pyshacl
    import rdflib

    from kg import data
    from kg.tracking import add, decide, judge, merge, split, undo
    from kg.tracking.verdicts import estimate

    with store.memory() as s:
        story = stories.load("battery")
        ids = fill(s, story)
        verdict(s, ids["4b"], "partly", author="佐藤", evidence=["https://e.example/"])
        estimate(s, ids["5b"], 0.5, author="佐藤")
        edit = judge(
            s, ids["3a"], "edit", author="佐藤", changes={"modality": "possible", "due_end": None, "sources": []}
        )
        judge(s, ids["3b"], "reject", author="鈴木", reason="誤り")
        undo(s, edit, author="鈴木")
        judge(s, ids["3a"], "edit", author="佐藤", changes={"due_end": None, "sources": []})
        decide(s, proposals(s)[0].iri, "confirmed", author="田中")
        entities = [r["e"] for r in s.select("SELECT DISTINCT ?e { GRAPH ?g { ?m iib:entity ?e } } ORDER BY ?e")]
        merge(s, entities[:2], author="田中")
        split(s, entities[3], author="田中", label="別人", aliases=["高瀬亮", "三浦聡"])
        article = rdf.article_iri(stories.reports(story)[0].article)
        add(s, article, 0, 8, author="佐藤", changes={"prediction": True, "due_end": date(2027, 1, 1)})
        triples = (pyoxigraph.Triple(q.subject, q.predicate, q.object) for q in s.quads())
        graph = rdflib.Graph().parse(
            data=pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES), format="nt"
        )
    conforms, _, text = pyshacl.validate(graph, shacl_graph=data.text("shapes.ttl"))
    assert conforms, text
