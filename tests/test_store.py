"""One interface, four stores: embedded, through our own server, ``oxigraph serve``, Virtuoso."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg.store
from kg import check, queries
from kg.rdf import article_iri, quads
from kg.store import BadQuery, Refused, Store, StoreError
from kg.vocab import XSD
from tests import store_servers as servers
from tests.kg_samples import report

KINDS = [
    "embedded",
    pytest.param("ours", marks=pytest.mark.processes),
    pytest.param("oxigraph", marks=pytest.mark.processes),
    pytest.param("virtuoso", marks=pytest.mark.virtuoso),
]
N = ox.NamedNode


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with kg.store.open(folder) as s:
            yield s
    elif request.param == "ours":
        with servers.ours(folder), kg.store.open(folder) as s:
            yield s
    elif request.param == "oxigraph":
        if not servers.OXIGRAPH:
            pytest.skip("oxigraph is not installed")
        with servers.oxigraph(folder) as url, kg.store.open(url) as s:
            yield s
    else:
        if not servers.VIRTUOSO or not servers.ISQL:
            pytest.skip("virtuoso-opensource-7 is not installed")
        with servers.virtuoso(folder) as url, kg.store.open(url) as s:
            yield s


@pytest.fixture
def empty(store: Store) -> Store:
    for g in store.graphs():
        store.delete(g)
    assert store.graphs() == []
    return store


def put(store: Store, n: int = 0, **more: str) -> str:
    r = report(n, **more)
    iri = article_iri(r.article)
    store.replace(iri, quads(r))
    return iri


def as_set(store: Store, graph: str | None = None) -> set[str]:
    return {_same(str(q)) for q in store.quads(graph)}


def _same(quad: str) -> str:
    """Virtuoso gives a decimal without a fraction as an integer."""
    return re.sub(r'("\d+")\^\^<http://www.w3.org/2001/XMLSchema#(?:decimal|integer)>', r"\1", quad)


def test_what_is_written_is_read_again(empty: Store) -> None:
    r = report()
    iri = put(empty)
    assert empty.graphs() == [iri]
    assert as_set(empty, iri) == {_same(str(q)) for q in quads(r)}
    assert empty.contains(iri) and not empty.contains("urn:x:none")
    assert [p for p in check.check(empty) if "repeats" not in p.what] == []


def test_to_ingest_twice_is_to_ingest_once(empty: Store) -> None:
    put(empty)
    before = as_set(empty)
    put(empty)
    assert as_set(empty) == before


def test_a_replaced_article_leaves_nothing_of_the_former(empty: Store) -> None:
    iri = put(empty)
    other = [ox.Quad(N("urn:x:s"), N("urn:x:p"), ox.Literal("new"), N(iri))]
    empty.replace(iri, other)
    assert as_set(empty) == {str(q) for q in other}


def test_graphs_that_are_flushed_together(empty: Store) -> None:
    reports = [report(n) for n in range(3)]
    for r in reports:
        assert empty.replace(article_iri(r.article), quads(r), flush=False)
        assert empty.contains(article_iri(r.article)), "all see it before it is flushed"
    empty.replace(article_iri(reports[0].article), quads(reports[0]), flush=False)
    other = [ox.Quad(N("urn:x:s"), N("urn:x:p"), ox.Literal("new"), N("urn:x:g"))]
    last = article_iri(reports[2].article)
    assert empty.replace(last, other, flush=False)
    assert empty.replace("urn:x:none", [], flush=False) in (False, True)
    empty.flush()
    empty.flush()
    assert len(as_set(empty, last)) == 1 and len(empty.graphs()) == 3
    assert as_set(empty, article_iri(reports[1].article)) == {_same(str(q)) for q in quads(reports[1])}


def test_a_write_of_nothing_flushes_what_came_before(tmp_path: Path) -> None:
    """Who goes through our server has it flush so."""
    with kg.store.EmbeddedStore(tmp_path / "graph") as store:
        store.replace("urn:x:g", [ox.Quad(N("urn:x:s"), N("urn:x:p"), ox.Literal("new"), N("urn:x:g"))], flush=False)
        assert store.unflushed
        store.insert([])
        assert not store.unflushed


def test_a_deleted_article_leaves_nothing(empty: Store) -> None:
    iri, other = put(empty, 0), put(empty, 1)
    alone = as_set(empty, other)
    empty.delete(iri)
    assert as_set(empty) == alone
    empty.delete(iri)  # nothing there: nothing happens


def test_what_a_pattern_finds_in_a_graph_is_cut_and_nothing_else(empty: Store) -> None:
    iri, other = put(empty, 0), put(empty, 1)
    before, alone = as_set(empty, iri), as_set(empty, other)
    mark = ox.Quad(N(iri), N("urn:x:p"), ox.Literal("cut"), N("urn:x:marks"))
    empty.cut(iri, "VALUES ?p { skos:prefLabel rdf:type } ?s ?p ?o", add=[mark])
    gone = before - as_set(empty, iri)
    assert gone and gone == {q for q in before if "prefLabel>" in q or "#type>" in q}
    assert as_set(empty, other) == alone and as_set(empty, "urn:x:marks") == {str(mark)}
    asked = "SELECT (COUNT(*) AS ?n) { ?s skos:prefLabel ?name }"
    assert empty.select(asked)[0]["n"] == len({q.rsplit(" <", 1)[0] for q in alone if "prefLabel>" in q})


def test_values_come_as_python_values(empty: Store) -> None:
    g, s = N("urn:x:g"), N("urn:x:s")
    values = {
        "string": ox.Literal("「引用」\n\"x\" \\ ?a $b # 🈁"), "date": ox.Literal("2026-12-31", datatype=XSD.date),
        "time": ox.Literal("2026-12-31T01:02:03Z", datatype=XSD.dateTime), "integer": ox.Literal("14", datatype=XSD.integer),
        "decimal": ox.Literal("0.87", datatype=XSD.decimal), "boolean": ox.Literal("true", datatype=XSD.boolean), "iri": N("urn:x:o"),
    }  # fmt: skip
    empty.insert([ox.Quad(s, N(f"urn:x:{k}"), v, g) for k, v in values.items()])
    rows = empty.select("SELECT ?p ?o ?none WHERE { GRAPH ?g { $s ?p ?o } OPTIONAL { ?o <urn:x:nothing> ?none } }", s=s)
    found = {str(r["p"]).removeprefix("urn:x:"): r["o"] for r in rows}
    assert {r["none"] for r in rows} == {None}
    assert found == {
        "string": "「引用」\n\"x\" \\ ?a $b # 🈁", "date": date(2026, 12, 31), "time": datetime(2026, 12, 31, 1, 2, 3, tzinfo=UTC),
        "integer": 14, "decimal": 0.87, "boolean": True, "iri": "urn:x:o",
    }  # fmt: skip


def test_bindings_are_terms(empty: Store) -> None:
    nasty = '" } ; DROP ALL # \\" $o ?o'
    empty.insert([ox.Quad(N("urn:x:s"), N("urn:x:p"), ox.Literal(nasty), N("urn:x:g"))])
    assert empty.select("SELECT ?s WHERE { GRAPH ?g { ?s ?p $o } }", o=nasty) == [{"s": "urn:x:s"}]
    empty.update("INSERT DATA { GRAPH <urn:x:h> { <urn:x:t> <urn:x:p> $o } }", o=nasty)
    assert len(empty.select("SELECT ?s WHERE { GRAPH ?g { ?s ?p $o } }", o=nasty)) == 2


def test_a_query_sees_all_graphs_as_one(empty: Store) -> None:
    put(empty, 0)
    put(empty, 1)
    assert empty.select("SELECT (COUNT(DISTINCT ?a) AS ?n) WHERE { ?a a schema:NewsArticle }") == [{"n": 2}]
    assert len(empty.construct("CONSTRUCT { ?a schema:headline ?h } WHERE { ?a schema:headline ?h }")) == 2
    assert empty.select("ASK { ?a schema:headline ?h }") == [{"answer": True}]


def test_version_changes_with_a_write(empty: Store) -> None:
    before = empty.version
    put(empty)
    assert empty.version != before


OWN = "http://www.openlinksw.com/schemas/"
FETCHING = (
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }", "SELECT * { S\\u0045RVICE <URL> { ?s ?p ?o } }",
    'define get:soft "replace" SELECT * FROM <URL> { ?s ?p ?o }', "DEFINE input:grab-iri <URL> SELECT * { ?s ?p ?o }",
    '# define\n\\u0064efine get:soft "replace" SELECT * FROM <URL> { ?s ?p ?o }',
    "SELECT * FROM <URL> OPTION (get:soft 'replace') { ?s ?p ?o }",
    "SELECT (bif:http_get('URL') AS ?x) {}", "SELECT (BIF:http_get('URL') AS ?x) {}", "SELECT (<bif:http_get>('URL') AS ?x) {}",
    "PREFIX x: <bif:> SELECT (x:http_get('URL') AS ?x) {}", "PREFIX x: <b> SELECT (x:if:http_get('URL') AS ?x) {}",
    "PREFIX : <> SELECT (:bif:http_get('URL') AS ?x) {}", f"SELECT (<{OWN}bif#http_get>('URL') AS ?x) {{}}",
    f"PREFIX x: <{OWN}b> SELECT (x:if\\#http_get('URL') AS ?x) {{}}", f"BASE <{OWN}> SELECT (<bif#http_get>('URL') AS ?x) {{}}",
    "SELECT (sql:http_get('URL') AS ?x) {}", "SELECT (<b\\u0069f:http_get>('URL') AS ?x) {}",
)  # fmt: skip


def test_outside_is_refused(empty: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/data.ttl"
        for query in FETCHING:
            with pytest.raises(Refused):
                empty.select(query.replace("URL", url))
        for update in (f"LOAD <{url}>", f"INSERT {{ GRAPH <urn:x:g> {{ <urn:x:s> <urn:x:p> ?x }} }} WHERE {{ BIND(bif:http_get('{url}') AS ?x) }}"):  # fmt: skip
            with pytest.raises(Refused):
                empty.update(update)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_what_merely_looks_like_it_is_not_refused(empty: Store) -> None:
    for query in (
        "SELECT * { ?s ?p 'bif:http_get, define get:soft, OPTION' } # sql: define",
        "PREFIX x: <http://example.org/sql/> SELECT * { ?s x:bif ?option OPTIONAL { ?s x:define ?define } }",
    ):
        assert empty.select(query) == []


def test_a_broken_query_is_one_sentence(empty: Store) -> None:
    for query, said in (
        ("SELECT WHERE {", "line 1, column 8: WHERE cannot stand here."),
        ("SELECT *\n{ ?s schema:name ?n ?m }", "line 2, column 21: ?m cannot stand here."),
        ("SELECT * { ?s ?p ?o", "line 1, column 20: the query ends here, and a } is missing."),
        ("SELECT * { ?s nowhere:x ?o }", "line 1, column 15: the prefix is not declared."),
        ("SELECT * { ?s ?p 'open }", "line 1, column 18: the text that begins here has no end."),
        ("SELECT * {\u3000?s ?p ?o }", "line 1, column 11: this space (U+3000) is none to SPARQL; write an ordinary one."),
        (" ", "line 1, column 2: the query ends here, but is not complete."),
    ):  # fmt: skip
        with pytest.raises(BadQuery) as broken:
            empty.select(query)
        assert str(broken.value) == f"The query is not valid SPARQL at {said}"
    with pytest.raises(BadQuery, match=r"no parameter \$x"):
        empty.select("SELECT ?s { ?s ?p ?o }", x="1")


def test_named_queries_give_the_rows_of_the_embedded_store(empty: Store) -> None:
    with kg.store.memory() as reference:
        for n in (0, 1, 13):
            put(reference, n)
            article = put(empty, n)
        claim = str(queries.ask(reference, "claims", limit=1)[0]["claim"])
        entity = "urn:iibun:entity:Q99999901"
        cases: list[tuple[str, dict[str, object]]] = [
            ("claims", {}), ("claims", {"source": entity, "modality": "intended", "since": "2025-01-01", "limit": 3}),
            ("claims", {"text": "必ず", "confidence": 0.9}), ("claims_count", {"about": entity}), ("claim", {"claim": claim}),
            ("claim_extents", {"claim": claim}), ("predictions", {"dated": True}), ("predictions_count", {}), ("articles", {}),
            ("article", {"article": article}), ("article_claims", {"article": article}),
            ("article_mentions", {"article": article}), ("article_figures", {"article": article}),
            ("article_dates", {"article": article}), ("article_furniture", {"article": article}), ("entities", {}),
            ("entities", {"type": "Person"}), ("entity", {"entity": entity}), ("entity_names", {"entity": entity}),
            ("entity_mentions", {"entity": entity}), ("relations", {}), ("relations", {"entity": entity}),
            ("neighbours", {"entity": entity}), ("entity_figures", {"entity": entity}), ("counts", {}), ("entity_counts", {}),
            ("claims_by_source", {}), ("topics", {}), ("publishers", {}), ("search_entities", {"text": "青葉"}),
            ("search_claims", {"text": "需要"}), ("search_articles", {"text": "株式"}), ("dropped", {}),
            ("reasons", {"thing": claim}),
        ]  # fmt: skip
        wrong = []
        for name, bindings in cases:
            want = queries.ask(reference, name, **bindings)
            try:
                got = queries.ask(empty, name, **bindings)
            except Exception as error:
                wrong.append((name, bindings, repr(error)[:300]))
                continue
            if got != want:
                wrong.append((name, bindings, f"{got} instead of {want}"[:600]))
        assert not wrong, "\n".join(map(str, wrong))


def test_pages_of_a_list_hold_each_row_once(empty: Store) -> None:
    """Also where all are of one day, whose order is the store's own."""
    for n in range(9):
        put(empty, n)
    for name, key, bindings in (
        ("claims", "claim", {}), ("claims", "claim", {"modality": "intended"}), ("articles", "article", {}), ("predictions", "claim", {}),
        ("relations", "relation", {}), ("entity_mentions", "exact", {"entity": "urn:iibun:entity:Q99999901"}),
    ):  # fmt: skip
        whole = [row[key] for row in queries.ask(empty, name, limit=100, **bindings)]
        pages = [
            row[key]
            for at in range(0, len(whole), 4)
            for row in queries.ask(empty, name, limit=4, offset=at, **bindings)
        ]
        assert sorted(pages) == sorted(whole), name
        if key in ("claim", "article"):  # a page of the others is ordered by place within its articles
            assert pages == whole, name


def test_backup_and_restore(empty: Store, tmp_path: Path) -> None:
    put(empty, 0)
    put(empty, 1)
    before = as_set(empty)
    assert kg.store.backup(empty, tmp_path / "b.nq.gz") == len(before)
    for g in empty.graphs():
        empty.delete(g)
    assert kg.store.restore(empty, tmp_path / "b.nq.gz") == len(before)
    assert as_set(empty) == before
    with pytest.raises(StoreError, match="not empty"):
        kg.store.restore(empty, tmp_path / "b.nq.gz")


def test_a_file_without_quads_is_no_backup_but_that_of_an_empty_store_is(tmp_path: Path) -> None:
    store = kg.store.memory()
    assert kg.store.backup(store, tmp_path / "b.nq") == kg.store.restore(store, tmp_path / "b.nq") == 0
    (tmp_path / "b.nq").write_bytes(b"")  # a disk that was full when the file was copied
    with pytest.raises(StoreError, match="does not hold what was written"):
        kg.store.restore(store, tmp_path / "b.nq")
