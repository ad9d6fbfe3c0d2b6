"""The default graph is the merge of the named graphs, a set, whatever has been done to the store.

Checked against rdflib, which takes the union of graphs as a set of triples.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import kg.store
from kg.rdf import quads
from kg.store import EmbeddedStore, Store
from kg.store.dataset import chosen
from kg.store.merge import OWN
from kg.store.updates import writing
from kg.store.wrapping import wrapped
from tests.kg_samples import report
from tests.merge_reference import reference

N = ox.NamedNode

GRAPHS = [f"urn:x:g{n}" for n in range(3)]


def triples(values: str) -> list[tuple[str, str, str]]:
    return [("urn:x:s" + v, "urn:x:p", "urn:x:s" + w) for v, w in zip(values[::2], values[1::2], strict=False)]


def as_quads(found: list[tuple[str, str, str]], graph: str) -> list[ox.Quad]:
    return [ox.Quad(N(s), N(p), N(o), N(graph)) for s, p, o in found]


def merged(store: Store) -> set[ox.Triple]:
    return {q.triple for q in store.quads()}


def default(store: Store) -> Counter[str]:
    return Counter(str(ox.Triple(r["s"], r["p"], r["o"])) for r in store.query("SELECT ?s ?p ?o WHERE { ?s ?p ?o }"))


values = st.text("012", min_size=0, max_size=8)
graphs = st.sampled_from(GRAPHS)
operations = st.one_of(
    st.tuples(st.just("replace"), graphs, values),
    st.tuples(st.just("edit"), graphs, values, graphs, values),
    st.tuples(st.just("delete"), graphs, st.just("")),
    st.tuples(
        st.just("cut"), graphs,
        st.sampled_from([
            "VALUES ?s { <urn:x:s0> <urn:x:s1> } ?s ?p ?o", "{ VALUES ?s { <urn:x:s1> } ?s ?p ?o } UNION { VALUES ?o { <urn:x:s1> } ?s ?p ?o }",
            "?s ?p ?o", "VALUES ?p { rdf:type } ?s ?p ?o",
        ]),
        graphs, values,
    ),
    st.tuples(st.just("bulk"), graphs, values),
    st.tuples(st.just("default"), graphs, values),
    st.tuples(
        st.just("update"), graphs,
        st.sampled_from([
            "DELETE WHERE { GRAPH $g { ?s ?p <urn:x:s1> } }",
            "DELETE { GRAPH ?h { ?s ?p ?o } } WHERE { GRAPH ?h { ?s ?p ?o . ?s ?p <urn:x:s2> } }",
            "INSERT { GRAPH $g { ?o ?p ?s } } WHERE { GRAPH ?h { ?s ?p ?o } }",
            "COPY SILENT $g TO <urn:x:g0>", "MOVE SILENT $g TO <urn:x:g1>", "ADD SILENT $g TO DEFAULT", "DROP SILENT GRAPH $g",
            "CLEAR DEFAULT", "DROP NAMED", "COPY DEFAULT TO $g", "DELETE WHERE { ?s ?p ?o }", "CLEAR ALL",
            "WITH $g DELETE { ?s ?p ?o } INSERT { ?s ?p <urn:x:s0> } WHERE { ?s ?p ?o }",
            "INSERT DATA { <urn:x:s1> <urn:x:p> <urn:x:s2> . GRAPH $g { <urn:x:s1> <urn:x:p> <urn:x:s2> } }",
            "DROP GRAPH <urn:x:none> ; INSERT DATA { <urn:x:s1> <urn:x:p> <urn:x:s2> }",
        ]),
    ),
)  # fmt: skip


def carry_out(store: EmbeddedStore, operation: tuple[Any, ...]) -> None:
    kind, graph, what, *more = operation
    if kind == "replace":
        store.replace(graph, as_quads(triples(what), graph))
    elif kind == "edit":
        store.edit(remove=as_quads(triples(what), graph), add=as_quads(triples(more[1]), more[0]))
    elif kind == "delete":
        store.delete(graph)
    elif kind == "cut":
        added = as_quads(triples(more[1]), more[0])
        found = store.matching(f"BIND($g AS ?g) GRAPH $g {{ {what} }}", g=N(graph))
        left = set(store.quads()) - set(found) | set(added)
        store.cut(graph, what, add=added)
        assert set(store.quads()) == left
    elif kind == "bulk":
        store.bulk(as_quads(triples(what), graph))
    elif kind == "default":
        store.insert([ox.Quad(q.subject, q.predicate, q.object) for q in as_quads(triples(what), graph)])
    else:
        used = {"g": N(graph)} if "$g" in what else {}
        try:
            store.update(what, **used)
        except kg.store.BadQuery:
            raise
        except kg.store.sparql.Failed:
            pass  # nothing to drop: nothing has changed


@settings(max_examples=120, deadline=None)
@given(st.lists(operations, max_size=7))
def test_the_default_graph_is_the_merge_after_any_operations(todo: list[tuple[Any, ...]]) -> None:
    with kg.store.memory() as store:
        for operation in todo:
            carry_out(store, operation)
            assert default(store) == Counter(map(str, merged(store))), operation
            assert store.faults() == []


patterns = st.lists(
    st.tuples(st.sampled_from(["?a", "?b", "<urn:x:s1>"]), st.sampled_from(["?p", "<urn:x:p>", "<urn:x:p>+", "^<urn:x:p>"]),
              st.sampled_from(["?b", "?c", "<urn:x:s2>"]), st.booleans()),
    min_size=1, max_size=3,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(operations, max_size=5), patterns)
def test_basic_patterns_give_what_rdflib_gives(todo: list[tuple[Any, ...]], parts: list[tuple[Any, ...]]) -> None:
    where = " . ".join(f"GRAPH ?g {{ {s} {p} {o} }}" if in_graph else f"{s} {p} {o}" for s, p, o, in_graph in parts)
    query = f"SELECT * WHERE {{ {where} }}"
    assume("?" in where)  # rdflib leaves out a row that binds nothing
    assume(not any(in_graph and "+" in p for _, p, _, in_graph in parts))  # Oxigraph repeats rows, see below
    with kg.store.memory() as store:
        for operation in todo:
            carry_out(store, operation)
        ours = Counter(frozenset((k, str(v)) for k, v in row.items() if v is not None) for row in store.select(query))
        theirs = Counter(
            frozenset((str(k), str(v)) for k, v in row.asdict().items()) for row in reference(store).query(query)
        )
    assert ours == theirs


@pytest.mark.xfail(
    strict=True, reason="Oxigraph 0.5.13 repeats rows of a path between two nodes in GRAPH ?g, over circles"
)
def test_a_path_inside_a_graph_variable_is_found_once() -> None:
    with kg.store.memory() as store:
        store.replace(GRAPHS[0], as_quads(triples("0001"), GRAPHS[0]))
        rows = list(store.select("SELECT ?g { GRAPH ?g { <urn:x:s0> <urn:x:p>+ <urn:x:s1> } }"))
    assert len(rows) == 1


def test_a_query_that_chooses_its_graphs_sees_their_merge_too() -> None:
    shared = triples("0102")
    with kg.store.memory() as store:
        for g in GRAPHS:
            store.replace(g, as_quads([*shared, (g, "urn:x:p", g)], g))
        rows = store.select("PREFIX x: <urn:x:> SELECT ?s FROM x:g0 FROM <urn:x:g1> WHERE { ?s x:p ?o }")
        assert len(rows) == 2 + 2
        rows = store.select(
            "SELECT ?g ?s FROM <urn:x:g0> FROM <urn:x:g1> FROM NAMED <urn:x:g2> { GRAPH ?g { ?s ?p ?o } }"
        )
        assert {r["g"] for r in rows} == {"urn:x:g2"} and len(rows) == 3
        assert len(store.construct("CONSTRUCT { ?s ?p 1 } FROM <urn:x:g0> FROM <urn:x:g2> WHERE { ?s ?p ?o }")) == 3


@pytest.mark.parametrize(("text", "found"), [
    ("SELECT * FROM <a> FROM NAMED <b> { ?s ?p 'FROM <x>' }", (["http://h/a"], ["http://h/b"])),
    ("BASE <urn:y:> PREFIX p: <urn:x:> CONSTRUCT { ?s p:from ?o } FROM p:a FROM p:b WHERE { ?s ?p ?o }", (["urn:x:a", "urn:x:b"], [])),
    ("SELECT ?from { ?from ?p <urn:x:FROM> }", ([], [])),
])  # fmt: skip
def test_the_graphs_that_a_query_names(text: str, found: tuple[list[str], list[str]]) -> None:
    assert chosen(text, "http://h/q") == found


@pytest.mark.parametrize(("text", "graphs"), [
    ("INSERT DATA { GRAPH <urn:x:g> { <urn:x:s> <urn:x:p> 'GRAPH <urn:x:h>' } }", {"urn:x:g"}),
    ("PREFIX x: <urn:x:> WITH x:g DELETE { ?s ?p ?o } INSERT { ?s ?p 1 . GRAPH x:h { ?s ?p 2 } } WHERE { GRAPH ?g { ?s ?p ?o } }", {"urn:x:g", "urn:x:h"}),
    ("INSERT DATA { <urn:x:s> <urn:x:p> 1 } ; CLEAR GRAPH <urn:x:g>", {OWN, "urn:x:g"}),
    ("MOVE <urn:x:g> TO DEFAULT", {OWN, "urn:x:g"}),
    ("INSERT { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }", None),
    ("INSERT DATA { GRAPH x:undeclared { <urn:x:s> <urn:x:p> 1 } }", None),
    ("DROP ALL", None),
])  # fmt: skip
def test_the_graphs_that_an_update_writes_to(text: str, graphs: set[str] | None) -> None:
    assert writing(text).graphs == graphs


GLUED = "PREFIX x: <urn:x:> PREFIX GRAPHx: <urn:y:> PREFIX TOx: <urn:y:> PREFIX GRAPH: <urn:y:> PREFIX : <urn:x:> "


@pytest.mark.parametrize("text", [
    "INSERT DATA { x:a x:b x:c } # the end", "INSERT DATA { x:a x:b x:c {| x:q 1 |} . GRAPH x:g0 { x:a x:b x:d {| x:q 2 |} } }",
    'VERSION "1.2" INSERT DATA { x:a x:b x:c }', "VERSION '1.2' DROP ALL",
    # what Oxigraph takes for two words, or two for one
    "DELETE { GRAPHx:g0 { ?s ?p ?o } } WHERE { GRAPH x:g0 { ?s ?p ?o } }", "INSERT { GRAPH:g1 { ?s ?p 7 } } WHERE { GRAPH:g0 { ?s ?p ?o } }",
    "DROP GRAPHx:g0", "COPY x:g0 TOx:g1", "MOVE GRAPHx:g0 TO GRAPH:g1",
    "INSERT DATA { GRAPH :甲、乙 { x:a x:b 1 } }", "INSERT { GRAPH :g\u00b7a { x:a x:b 1 } } WHERE {}", "COPY :g0 TO :g0\u203fx",
    # the marks of what the default graph is
    "DROP GRAPH <urn:iibun:store:merged>", "MOVE <urn:iibun:store:merged> TO x:z", "MOVE SILENT x:none TO <urn:iibun:store:merged>",
    "COPY x:none TO <urn:iibun:store:merged>", "CREATE GRAPH <urn:iibun:store:to-merge>",
])  # fmt: skip
def test_an_update_that_is_written_oddly_keeps_the_merge(text: str) -> None:
    with kg.store.memory() as store:
        for g in (*GRAPHS, "urn:y:g0"):
            store.replace(g, as_quads(triples("0102"), g))
        before = merged(store)
        store.update(GLUED + text)
        assert store.merged and store.faults() == []
        assert default(store) == Counter(map(str, merged(store)))
        assert merged(store) != before or "store:" in text or "GRAPH" in text or "COPY" in text


@pytest.mark.parametrize(
    ("text", "quads"),
    [("", 0), ("# empty", 0), ("BASE <urn:x:>\n# otherwise empty", 0), ("PREFIX x: <urn:x:>", 0),
     ("INSERT DATA { <urn:x:a> <urn:x:b> 1 } ; # no more", 1), ("INSERT DATA { <urn:x:a> <urn:x:b> 1 } ; PREFIX x: <urn:x:>", 1)],
)  # fmt: skip
def test_an_update_may_declare_and_do_nothing_more(text: str, quads: int) -> None:
    with kg.store.memory() as store:
        store.update(text)
        assert len(list(store.quads())) == quads
        assert store.merged and store.faults() == []


@pytest.mark.parametrize(
    "text",
    ["INSERTDATA { <urn:x:a> <urn:x:b> 1 }", "DROPALL", "DROP SILENTALL", "DROPNAMED", "CLEARDEFAULT", "CLEAR SILENTNAMED",
     "DELETEWHERE { ?s ?p ?o }", "MOVEDEFAULT TO <urn:x:g1>", "INSERT DATA { GRAPH _:b { <urn:x:a> <urn:x:b> 1 } }"],
)  # fmt: skip
def test_an_update_whose_words_are_run_together_is_refused(text: str) -> None:
    """Oxigraph would carry it out, and nobody would know on which graphs."""
    with kg.store.memory() as store:
        store.replace(GRAPHS[0], as_quads(triples("0102"), GRAPHS[0]))
        for whole in (text, f"COPY <urn:x:g0> TO <urn:x:g1> ; {text}"):
            with pytest.raises(kg.store.BadQuery, match="not valid SPARQL"):
                store.update(whole)
        assert store.graphs() == GRAPHS[:1] and store.faults() == []


def test_the_marks_of_the_merge_outlive_those_who_delete_them() -> None:
    mark = kg.store.merge.IS_MERGE
    with kg.store.memory() as store:
        store.replace(mark.value, [ox.Quad(N("urn:x:a"), N("urn:x:b"), ox.BlankNode(), mark)])
        store.replace(mark.value, [])
        store.replace(mark.value, as_quads(triples("01"), mark.value))
        store.delete(mark.value)
        assert store.merged and store.graphs() == [] and store.faults() == []


def test_a_query_is_put_around_the_merge_where_a_server_has_no_such_default_graph() -> None:
    for query in (
        "SELECT ?o WHERE { <urn:x:s0> ?p ?o }", "ASK { GRAPH ?g { ?s ?p ?o } }", "CONSTRUCT WHERE { ?s ?p ?o }",
        "CONSTRUCT { ?o ?p ?s } WHERE { ?s ?p ?o OPTIONAL { GRAPH ?g { ?o ?p ?z } } } LIMIT 9",
        "SELECT ?g ?o WHERE { VALUES ?s { <urn:x:s0> } GRAPH ?g { ?s ?p ?o . ?o ?q ?g } }",
        "SELECT ?s (COUNT(*) AS ?n) { { SELECT DISTINCT ?s { ?s ?p ?o } } GRAPH <urn:x:g1> { ?s ?p ?z } } GROUP BY ?s",
    ):  # fmt: skip
        with kg.store.memory() as store:
            for n, g in enumerate(GRAPHS):
                store.replace(g, as_quads(triples("010211"[n:]), g))
            right = store.raw.query(query)
            raw = ox.Store()
            raw.extend(store.quads())
            raw.extend(ox.Quad(t.subject, t.predicate, t.object, N("urn:x:m")) for t in merged(store))
            assert sorted(
                map(str, list(raw.query(wrapped(query, "urn:x:m"))) if not query.startswith("ASK") else [])
            ) == sorted(map(str, list(right) if not query.startswith("ASK") else [])), query


def test_a_store_of_before_is_merged_when_it_is_opened(tmp_path: Path) -> None:
    old = ox.Store(str(tmp_path / "graph"))
    old.extend(q for n in range(3) for q in quads(report(n)))
    old.extend(ox.Quad(N("urn:x:a"), N("urn:x:b"), ox.Literal(str(n)), ox.DefaultGraph()) for n in range(2))
    before = {str(q.triple) for q in old}
    del old
    with EmbeddedStore(tmp_path / "graph", read_only=True) as s:
        assert set(default(s)) == before, "the union as it goes, where nothing may be written"
        assert len(list(s.quads(OWN))) == 2
    with kg.store.open(tmp_path) as s:
        assert set(default(s)) == before and max(default(s).values()) == 1
        assert len(list(s.quads(OWN))) == 2 and s.faults() == []


def test_a_load_that_was_killed_is_mended_when_the_store_is_opened(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "graph") as s:
        s.replace(GRAPHS[0], as_quads(triples("0102"), GRAPHS[0]))
        s._mark(kg.store.merge.TO_MERGE)  # what a load notes before it begins
        s.raw.extend(
            as_quads(triples("1112"), GRAPHS[1])
        )  # what arrived before it was killed: the one without the other
        s.raw.extend([ox.Quad(N("urn:x:s9"), N("urn:x:p"), N("urn:x:s9"), ox.DefaultGraph())])
    with EmbeddedStore(tmp_path / "graph") as s:
        assert s.faults() == [] and default(s) == Counter(map(str, merged(s)))
        assert GRAPHS[:2] == s.graphs()
