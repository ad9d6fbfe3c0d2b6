"""Reports as quads: names that keep, offsets that hold, nothing that is no RDF 1.1."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pyoxigraph as ox
import pytest
import rdflib

import kg.store
from kg import check, data, vocab
from kg.model import Article, Claim, Entity, Extent, Figure, Interval, Mention, Prediction, Relation, Report
from kg.rdf import article_iri, claim_iris, entity_iri, number, quads
from kg.vocab import IIB, RDF, SCHEMA
from tests.kg_samples import TEXT, at, report
from tests.paths import ROOT


def texts(r: Report) -> set[str]:
    return {str(q) for q in quads(r)}


def test_vocabulary_and_ontology_have_the_same_terms() -> None:
    declared = set(re.findall(r"^iib:(\w+) a ", data.text("ontology.ttl"), re.MULTILINE))
    assert declared == vocab.CLASSES | vocab.PROPERTIES | vocab.INDIVIDUALS
    graph = rdflib.Graph().parse(data=data.text("ontology.ttl"), format="turtle")
    for term in declared:
        labels = {label.language for label in graph.objects(rdflib.URIRef(IIB.iri + term), rdflib.RDFS.label)}
        assert labels == {"en", "ja"}, term


def test_codes_are_labelled_in_the_ontology() -> None:
    codes = set(re.findall(r'skos:notation "([^"]+)"', data.text("ontology.ttl")))
    for group in (
        vocab.MODALITIES,
        vocab.POLARITIES,
        vocab.SPEECH,
        vocab.LINK_TYPES,
        vocab.VERDICTS,
        vocab.REVIEW_STATES,
    ):
        assert set(group) <= codes


def test_a_wrong_term_fails_at_once() -> None:
    with pytest.raises(AttributeError, match="no term 'modalty'"):
        _ = IIB.modalty


def test_no_iri_string_outside_the_vocabulary() -> None:
    modules = [*ROOT.glob("kg/rdf/*.py"), *(ROOT / "kg" / f"{name}.py" for name in ("export", "check", "queries"))]
    for path in modules:
        code = re.sub(r'""".*?"""', "", path.read_text("utf-8"), flags=re.DOTALL)
        assert "https://schema.org" not in code and "urn:iibun:ns" not in code, path


def test_everything_is_in_the_articles_graph_and_named() -> None:
    r = report()
    for q in quads(r):
        assert q.graph_name == ox.NamedNode(article_iri(r.article))
        assert isinstance(q.subject, ox.NamedNode) and isinstance(q.object, (ox.NamedNode, ox.Literal))


def test_two_machines_mint_the_same_names() -> None:
    assert texts(report()) == texts(report())
    assert list(map(str, quads(report()))) == list(map(str, quads(report())))


def test_offsets_and_shapes_hold() -> None:
    with kg.store.memory() as s:
        for n in (0, 13):
            r = report(n)
            s.replace(article_iri(r.article), quads(r))
        assert check.check(s) == []
        bare = Report(Article("本文だけ。"))
        s.replace(article_iri(bare.article), quads(bare))
        assert check.check(s) == []


def test_claims_keep_their_names_when_something_else_changes() -> None:
    before = claim_iris(report())
    edited = TEXT.replace("青葉電機は、", "大手の青葉電機は、")
    assert claim_iris(report(text=edited)) == before


def test_a_claim_whose_words_change_gets_another_name() -> None:
    edited = TEXT.replace("2027年までに新工場", "2027年までに新しい工場")
    other = report(text=edited.replace("新しい工場", "新工場"))
    r = report()
    changed = replace(r, article=replace(r.article, text=edited), claims=(replace(r.claims[0], content=Extent(6, 24)),))
    assert claim_iris(changed)["c1"] != claim_iris(r)["c1"] == claim_iris(other)["c1"]


def test_look_alikes_are_told_apart_and_never_swapped() -> None:
    text = "甲は「上がる」と述べた。乙は「上がる」と述べた。"
    first, second = at("上がる", text), at("上がる", text, 1)

    def named(text: str, *extents: Extent) -> list[str]:
        r = Report(
            Article(text, url="https://example.com/x"), claims=tuple(Claim(f"c{i}", e) for i, e in enumerate(extents))
        )
        return list(claim_iris(r).values())

    both = named(text, first, second)
    assert len(set(both)) == 2
    alone = "乙は「上がる」と述べた。"
    assert named(alone, at("上がる", alone))[0] not in both


def test_claims_that_share_their_words_have_two_names() -> None:
    e = at("需要", TEXT)
    r = replace(
        report(),
        claims=(Claim("c1", e, sources=("e1",)), Claim("c2", e, sources=("e2",)), Claim("c3", e, sources=("e2",))),
    )
    assert len(set(claim_iris(r).values())) == 3


def test_entities_across_articles() -> None:
    a, b = Article("あ", url="https://example.com/a"), Article("い", url="https://example.com/b")
    known = Entity("e1", "Organization", "Microsoft", same_as=("http://www.wikidata.org/entity/Q2283",))
    assert entity_iri(known, a) == "urn:iibun:entity:Q2283"
    assert entity_iri(Entity("e1", "Organization", "ﾏｲｸﾛ ｿﾌﾄ"), a) == entity_iri(
        Entity("e9", "Organization", "マイクロソフト"), b
    )
    assert entity_iri(Entity("e1", "Product", "マイクロソフト"), a) != entity_iri(
        Entity("e1", "Organization", "マイクロソフト"), a
    )
    assert entity_iri(Entity("e1", "Person", "田中"), a) != entity_iri(Entity("e1", "Person", "田中"), b), (
        "a surname is nobody"
    )
    assert entity_iri(Entity("e1", "Person", "水野恵子"), a) == entity_iri(Entity("e1", "Person", "水野恵子"), b)


def test_two_entities_of_one_article_stay_two() -> None:
    r = Report(Article("東京と東京。"), entities=(Entity("e1", "Place", "東京"), Entity("e2", "Place", "東京")))
    assert len({q.subject for q in quads(r) if q.object == SCHEMA.Place}) == 2


def test_what_fails_a_check_is_listed_and_not_written() -> None:
    r = Report(
        Article("短い文。"), entities=(Entity("e1", "Person", "甲野太郎", same_as=("not an iri",)),),
        mentions=(Mention(Extent(0, 99), "e1"), Mention(Extent(0, 2), "e9"), Mention(Extent(2, 2), "e1")),
        figures=(Figure(Extent(0, 1), "count", float("nan"), "人"), Figure(Extent(0, 1), "count", float("inf"), "人")),
        relations=(Relation("e1", "uses", "e9", Extent(0, 2)), Relation("e1", "uses", "e1", Extent(-1, 2))),
        claims=(Claim("c1", Extent(3, 9)), Claim("c2", Extent(0, 2), sources=("e9",), figures=(7,), cue=Extent(9, 12))),
        dropped=("found elsewhere",),
    )  # fmt: skip
    with kg.store.memory() as s:
        g = article_iri(r.article)
        s.replace(g, quads(r))
        dropped = {q.object.value for q in s.quads(g) if q.predicate == IIB.dropped}
        assert len(dropped) == 13 and "found elsewhere" in dropped
        assert not [q for q in s.quads(g) if q.object == IIB.Mention]
        assert [q for q in s.quads(g) if q.object == SCHEMA.Claim] and check.check(s) == []


def test_hostile_text_round_trips() -> None:
    nasty = "<script>\"'\\\n\r\t\u202e\u0000\ud800 {} ?x $y 言𠮟🈁 \ufeff"
    r = Report(
        Article(nasty, title=nasty, url="https://example.com/?q=<>\"", publisher=nasty),
        entities=(Entity("e1", "Person", nasty, (nasty,), (nasty,)),), mentions=(Mention(Extent(0, 8), "e1"),),
        claims=(Claim("c1", Extent(0, len(nasty)), title=nasty, source_text=nasty),),
    )  # fmt: skip
    with kg.store.memory() as s:
        g = article_iri(r.article)
        s.replace(g, quads(r))
        assert check.offsets(g, list(s.quads(g))) is not None and not list(check.offsets(g, s.quads(g)))
        clean = nasty.replace("\u0000", "\ufffd").replace("\ud800", "\ufffd")
        assert s.select("SELECT ?t { ?a schema:articleBody ?t }") == [{"t": clean}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.4e12, "1400000000000"),
        (0.5, "0.5"),
        (27, "27"),
        (-3.25, "-3.25"),
        (1e-7, "0.0000001"),
        (0.1 + 0.2, "0.3"),
        (9e17, "9" + "0" * 17),
    ],
)
def test_numbers_are_canonical(value: float, text: str) -> None:
    assert number(value).value == text
    with kg.store.memory() as s:
        q = ox.Quad(ox.NamedNode("urn:x:s"), ox.NamedNode("urn:x:p"), number(value), ox.NamedNode("urn:x:g"))
        s.insert([q])
        assert list(s.quads()) == [q]


def test_literals_are_canonical() -> None:
    """What a store returns is what was written, so that replacing the same is no change."""
    r = report()
    with kg.store.memory() as s:
        g = article_iri(r.article)
        assert s.replace(g, quads(r)) is True
        assert set(s.quads(g)) == set(quads(r))
        assert s.replace(g, quads(r)) is False


def test_predictions_have_plain_dates() -> None:
    found = {(q.predicate, q.object.value) for q in quads(report()) if isinstance(q.object, ox.Literal)}
    assert (IIB.dueEnd, "2027-12-31") in found and not [p for p, _ in found if p == IIB.dueStart]
    both = replace(
        report(), claims=(Claim("c", at("需要"), prediction=Prediction(Interval(date(2026, 1, 1), date(2026, 3, 31)))),)
    )
    assert (IIB.dueStart, "2026-01-01") in {(q.predicate, q.object.value) for q in quads(both)}
    assert [q for q in quads(both) if q.object == IIB.Prediction and q.predicate == RDF.type]
