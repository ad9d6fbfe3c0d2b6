"""Every query file parses, says what it gives, and answers."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest

import kg.store
from iibun.cli.main import main
from kg import queries
from kg.errors import UsageError
from kg.queries import UnknownQuery
from kg.rdf import article_iri, claim_iris, quads
from kg.store import Store
from kg.store.base import prefixed
from kg.store.sparql import bind, parameters
from kg.tracking.merges import merge, split
from tests.kg_samples import report

ENTITY = "urn:iibun:entity:Q99999901"
DUMMY = {
    "iri": ox.NamedNode("urn:x:y"), "iris": (ox.NamedNode("urn:x:y"), ox.NamedNode("urn:x:z")), "string": "x", "date": ox.Literal("2026-01-01", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")),
    "integer": 1, "decimal": 0.5, "boolean": True, "predicate": ox.NamedNode("urn:iibun:ns#acquires"),
    "modality": "hoped", "polarity": "affirmed", "verdict": "partly", "type": "Person", "state": "accepted",
}  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with kg.store.memory() as s:
        for n in range(3):
            r = report(n)
            s.replace(article_iri(r.article), quads(r))
        yield s


@pytest.mark.parametrize("name", queries.names())
def test_each_query_parses_with_and_without_each_parameter(name: str, store: Store) -> None:
    q = queries.load(name)
    kinds = {b.name: DUMMY[b.kind] for b in q.bindings}
    needed = set(parameters(queries.fold(q.text, set())))
    assert needed <= kinds.keys(), f"parameters that the header lacks: {needed - kinds.keys()}"
    for extra in [set(), *({b} for b in kinds), set(kinds)]:
        folded = queries.fold(q.text, needed | extra)
        found = store.query(bind(prefixed(folded), {k: kinds[k] for k in parameters(folded)}))
        if isinstance(found, ox.QuerySolutions):
            assert {v.value for v in found.variables} == set(q.columns)


def test_unused_parameters_of_a_header_are_none() -> None:
    for name in queries.names():
        q = queries.load(name)
        text = queries.fold(q.text, {b.name for b in q.bindings})
        unless = {b.name for b in q.bindings if f"unless {b.name}" in q.text or f"if {b.name}" in q.text}
        assert {b.name for b in q.bindings} <= set(parameters(text)) | unless, name


def test_filters_filter(store: Store) -> None:
    assert len(queries.ask(store, "claims")) == 6
    assert len(queries.ask(store, "claims", source=ENTITY)) == 3
    assert len(queries.ask(store, "claims", modality="intended", polarity="affirmed", topic="設備投資")) == 3
    assert len(queries.ask(store, "claims", text="必ず")) == 3 and not queries.ask(store, "claims", text="ない言葉")
    assert len(queries.ask(store, "claims", limit=2)) == 2
    pages = [r["claim"] for o in range(0, 6, 2) for r in queries.ask(store, "claims", limit=2, offset=o)]
    assert len(set(pages)) == 6
    assert queries.ask(store, "claims_count", source=ENTITY) == [{"n": 3}]
    assert not queries.ask(store, "claims", since="2026-01-01")
    row = queries.ask(store, "claims", source=ENTITY, limit=1)[0]
    assert row["sources"] == [{"iri": ENTITY, "label": "青葉電機"}] and row["prediction"] is True


def overlay(store: Store, text: str) -> None:
    store.update(f"INSERT DATA {{ GRAPH <urn:iibun:graph:current> {{ {text} }} }}")


def test_queries_follow_what_people_decide() -> None:
    with kg.store.memory() as s:
        r = report()
        s.replace(article_iri(r.article), quads(r))
        iris = claim_iris(r)
        before = {name: queries.ask(s, name) for name in ("claims", "predictions", "claims_by_source", "entities")}
        person = next(e["entity"] for e in queries.ask(s, "entities", type="Person"))
        overlay(s, f"<{iris['c2']}> iib:reviewState 'rejected'")
        assert [c["claim"] for c in queries.ask(s, "claims")] == [iris["c1"]]
        assert [c["claim"] for c in queries.ask(s, "claims", state="rejected")] == [iris["c2"]]
        overlay(
            s,
            f"<{iris['c1']}> iib:correctedModality 'probable' ; iib:correctedSource <{person}> ; iib:reviewState 'corrected'",
        )
        row = queries.ask(s, "claim", claim=iris["c1"])[0]
        assert row["modality"] == "probable" and [x["label"] for x in row["sources"]] == ["水野恵子"]
        assert (
            queries.ask(s, "claims", modality="intended") == []
            and len(queries.ask(s, "claims", modality="probable")) == 1
        )
        assert queries.ask(s, "claims", source=ENTITY) == [] and len(queries.ask(s, "claims", source=person)) == 1
        overlay(s, f"<{person}> iib:mergedInto <{ENTITY}>")
        assert [e["entity"] for e in queries.ask(s, "entities") if e["type"] == "Person"] == []
        assert {n["name"] for n in queries.ask(s, "entity_names", entity=ENTITY)} >= {"水野恵子", "青葉電機"}
        overlay(s, f"<{iris['c1']}> iib:currentVerdict 'came-true'")
        assert (
            queries.ask(s, "predictions", open=True) == []
            and len(queries.ask(s, "predictions", verdict="came-true")) == 1
        )
        s.delete("urn:iibun:graph:current")
        assert {name: queries.ask(s, name) for name in before} == before


def test_values_are_terms_and_never_text(store: Store) -> None:
    for nasty in ('" } UNION { ?a ?b ?c } #', "\\", "'''", "\n} LIMIT 1 #", "$text", "?claim", "\u0000"):
        for name in ("claims", "search_entities", "search_claims", "search_articles", "entities", "articles"):
            assert queries.ask(store, name, text=nasty) == []
    for nasty in ("urn:x> . ?s ?p ?o", "not an iri", "urn:x:{}", ""):
        if nasty:
            with pytest.raises(kg.store.BadQuery, match="is not an IRI"):
                queries.ask(store, "claims", source=nasty)
    assert len(queries.ask(store, "claims", source="")) == 6, "empty is not given"


def test_wrong_names_are_told_with_the_choices(store: Store) -> None:
    with pytest.raises(UnknownQuery, match="Choose from: article"):
        queries.ask(store, "clams")
    with pytest.raises(UnknownQuery, match=r"no parameter 'sauce'\. Choose from: source"):
        queries.ask(store, "claims", sauce="x")
    with pytest.raises(UnknownQuery, match="is not a date"):
        queries.ask(store, "claims", since="tomorrow")


def test_values_that_a_query_needs_are_named(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnknownQuery, match=r"^Query 'relation_evidence' needs object \(iri\);"):
        queries.ask(store, "relation_evidence", subject=ENTITY)
    with pytest.raises(UnknownQuery, match=r"needs claims \(iris\);"):
        queries.construct(store, "claims_description", claims="", triples=True)
    assert main(["query", "relation_evidence"]) == 2
    needed = "needs subject (iri), object (iri); `iibun query --list` says what each means.\n"
    assert capsys.readouterr().err == f"iibun query: Query 'relation_evidence' {needed}"


#: Values that cannot be meant, and what is said of them.
WRONG_VALUES = [
    ("claims", {"modality": "nonsense"}, "modality: 'nonsense' is none of asserted, probable, possible, hoped, intended, required, questioned."),
    ("claims", {"modality": "probabel"}, "questioned. Did you mean probable?"),
    ("claims", {"polarity": "yes"}, "polarity: 'yes' is none of affirmed, negated."),
    ("claims", {"state": "reject"}, "state: 'reject' is none of accepted, corrected, added, rejected. Did you mean rejected?"),
    ("claims", {"verdict": "came true"}, "unresolvable. Did you mean came-true?"),
    ("entities", {"type": "person"}, "none of Person, Organization, Product, Place, Event. Did you mean Person?"),
    ("relations", {"predicate": "urn:iibun:ns#aquires"}, "Did you mean acquires?"),
    ("claims", {"limit": "-1"}, "limit: '-1' is not a whole number from 0."),
    ("claims", {"offset": "-5"}, "offset: '-5' is not a whole number from 0."),
    ("claims", {"limit": "１０"}, "is not a whole number from 0."),
    ("claims", {"limit": "1" * 40}, "is not a whole number from 0."),
    ("counts", {"limit": "1"}, "Query 'counts' has no parameter 'limit'. Choose from: none."),
    ("claims", {"confidence": "nan"}, "confidence: 'nan' is not a finite number."),
    ("predictions", {"open": "maybe"}, "open: 'maybe' is neither true nor false."),
    ("claims", {"since": "20250101"}, "since: '20250101' is not a date (YYYY-MM-DD)."),
    ("claims", {"since": "2025-02-30"}, "since: '2025-02-30' is not a date (YYYY-MM-DD)."),
    ("claims", {"source": "not an iri"}, "source: 'not an iri' is not an IRI"),
    ("claims", {"modaltiy": "hoped"}, "Did you mean modality?"),
    ("clams", {}, "Did you mean claims?"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bindings", "said"), WRONG_VALUES, ids=lambda x: str(x)[:40])
def test_values_that_cannot_be_meant_are_refused(name: str, bindings: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as told:
        queries.text(name, **bindings)
    assert said in str(told.value)


def test_values_are_read(store: Store) -> None:
    for word in (
        "ownsStakeIn",
        "iib:ownsStakeIn",
        "urn:iibun:ns#ownsStakeIn",
        ox.NamedNode("urn:iibun:ns#ownsStakeIn"),
    ):
        assert queries.text("relations", predicate=word)[1] == {"predicate": ox.NamedNode("urn:iibun:ns#ownsStakeIn")}
    assert queries.text("predictions", open="no")[1] == {"open": False}
    assert queries.ask(store, "claims", limit="0") == []


def test_the_benchmark_asks_what_the_pages_ask() -> None:
    """What a page asks is measured: a query that is slow at ten million triples is one that nobody timed."""
    import re
    from pathlib import Path

    import iibun

    pytest.importorskip("resource", reason="the benchmark measures with what the system lacks")
    from benchmarks.bench_store import PAGES
    from iibun.web.pages.sparql import examples

    sources = [f.read_text("utf-8") for f in Path(iibun.__file__).parent.rglob("*.py")]
    asked = {name for text in sources for name in re.findall(r'\bask\(\s*"(\w+)"', text)}
    whole = {name for name in asked if name.startswith("table_")}  # read once, and then what changed
    assert "article_claims" in asked
    assert {name for name, _ in PAGES} == (asked - whole) | set(examples())


def test_mentions_that_were_split_off_are_counted_and_listed_once_wherever_they_were_merged() -> None:
    with kg.store.memory() as s:
        for n in range(2):
            s.replace(article_iri(report(n).article), quads(report(n)))
        named = {row["label"]: row["entity"] for row in queries.ask(s, "entities")}
        beta, aoba = named["ベータ社"], named["青葉電機"]
        one, *_ = s.select("SELECT ?m { GRAPH ?g { ?m iib:entity $e } } ORDER BY ?m", e=ox.NamedNode(beta))
        other = split(s, beta, author="佐藤", label="別のベータ社", mentions=[one["m"]])
        for step in ("split", "merged away from it", "merged again"):
            if step == "merged away from it":
                merge(s, [aoba, beta], author="佐藤")
            elif step == "merged again":
                merge(s, [aoba, other], author="佐藤")
            counted = {row["entity"]: row["mentions"] for row in queries.ask(s, "entities")}
            assert counted == {e: queries.ask(s, "entity", entity=e)[0]["mentions"] for e in counted}, step
            assert counted == {e: len(queries.ask(s, "entity_mentions", entity=e)) for e in counted}, step
            assert sum(counted.values()) == 8, step
