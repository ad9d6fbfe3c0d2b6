"""Every export is read by a reader that is not ours, and the shapes accept it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import networkx as nx
import pyshacl
import pytest
import rdflib

import kg.store
from kg import check, export
from kg.errors import IibunError
from kg.export import FORMATS, UnknownFormat
from kg.rdf import article_iri, quads
from kg.store import Store
from tests.kg_samples import report


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with kg.store.memory() as s:
        for n in (0, 13):
            r = report(n)
            s.replace(article_iri(r.article), quads(r))
        yield s


def out(store: Store, name: str, **more: str) -> bytes:
    buffer = io.BytesIO()
    export.export(store, name, buffer, **more)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "parser"),
    [
        ("turtle", "turtle"),
        ("trig", "trig"),
        ("nquads", "nquads"),
        ("ntriples", "nt"),
        ("rdfxml", "xml"),
        ("jsonld", "json-ld"),
    ],
)
def test_rdflib_reads_it_and_the_shapes_accept_it(store: Store, name: str, parser: str) -> None:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=out(store, name), format=parser)
    triples = {(q.subject, q.predicate, q.object) for q in store.quads()}
    assert len(dataset) == len(triples)
    if name in ("trig", "nquads", "jsonld"):
        assert len([g for g in dataset.graphs() if len(g)]) == 2
    flat = rdflib.Graph()
    for s, p, o, _ in dataset.quads((None, None, None, None)):
        flat.add((s, p, o))
    assert not [x for t in flat for x in t if isinstance(x, rdflib.BNode)]
    ok, _, text = pyshacl.validate(flat, shacl_graph=check.shapes_graph(), inference="none")
    assert ok, text


def test_csv(store: Store) -> None:
    rows = list(csv.DictReader(io.StringIO(out(store, "csv").decode("utf-8"))))
    assert len(rows) == 4 and {r["sources"] for r in rows} == {"青葉電機", "水野恵子"}
    assert {r["dueEnd"] for r in rows} == {"", "2027-12-31"}


def test_graphml(store: Store) -> None:
    g = nx.read_graphml(io.BytesIO(out(store, "graphml")))
    kinds = {d["kind"] for _, _, d in g.edges(data=True)}
    assert {"holdsPosition", "ownsStakeIn", "source", "about"} <= kinds
    assert {d["kind"] for _, d in g.nodes(data=True)} >= {"Person", "Organization", "Claim", "Prediction"}


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_of_an_empty_store(name: str) -> None:
    with kg.store.memory() as s:
        assert isinstance(out(s, name), bytes)


def test_one_article(store: Store) -> None:
    g = article_iri(report(0).article)
    one = rdflib.Graph().parse(data=out(store, "ntriples", article=g), format="nt")
    assert len(one) == len(list(store.quads(g)))
    with pytest.raises(IibunError, match="no article"):
        out(store, "turtle", article="urn:x:none")


def test_formats_by_ending() -> None:
    for name, f in FORMATS.items():
        assert export.format_of("x" + f.suffix) == name
    with pytest.raises(UnknownFormat, match=r"\.ttl"):
        export.format_of("x.docx")
    with pytest.raises(UnknownFormat, match="turtle, trig"), kg.store.memory() as s:
        export.export(s, "docx", io.BytesIO())
