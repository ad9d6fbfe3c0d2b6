"""Describe the endpoint: as RDF (SPARQL 1.1 Service Description) and as a web page."""

from __future__ import annotations

import html
from collections.abc import Iterator

from pyoxigraph import NamedNode, Triple

from kg.rdf import integer, string
from kg.vocab import DCTERMS, FORMATS, RDF, SD, VOID

_RESULTS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
)


def service(address: str, graphs: int) -> Iterator[Triple]:
    """Yield the service description of an endpoint.

    Args:
        address: the endpoint's URL.
        graphs: the number of its named graphs.
    """
    me = NamedNode(address)
    dataset, default = NamedNode(address + "#dataset"), NamedNode(address + "#default-graph")
    yield Triple(me, RDF.type, SD.Service)
    yield Triple(me, SD.endpoint, me)
    yield Triple(me, DCTERMS.title, string("Iibun SPARQL endpoint"))
    for language in ("SPARQL10Query", "SPARQL11Query", "SPARQL11Update"):
        yield Triple(me, SD.supportedLanguage, SD[language])
    yield Triple(me, SD.feature, SD.UnionDefaultGraph)
    for format in _RESULTS:
        yield Triple(me, SD.resultFormat, FORMATS[format])
    for format in ("Turtle", "N-Triples", "RDF_XML", "JSON-LD"):
        yield Triple(me, SD.inputFormat, FORMATS[format])
    yield Triple(me, SD.defaultDataset, dataset)
    yield Triple(dataset, RDF.type, SD.Dataset)
    yield Triple(dataset, SD.defaultGraph, default)
    yield Triple(default, RDF.type, SD.Graph)
    yield Triple(
        default,
        DCTERMS.description,
        string("The RDF merge of all named graphs: a set, in which a triple of many graphs is one"),
    )
    yield Triple(dataset, VOID.documents, integer(graphs))


def page(address: str) -> str:
    """The HTML page that a browser gets at the endpoint's URL ``address``."""
    a = html.escape(address, quote=True)
    return f"""<!doctype html><html lang="ja"><meta charset="utf-8"><title>SPARQL – Iibun</title>
<meta name="viewport" content="width=device-width"><body style="font-family:system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem">
<h1>SPARQL</h1><p>これは SPARQL 1.1 のエンドポイントです。This is a SPARQL 1.1 endpoint: <code>{a}</code></p>
<ul><li><a href="/yasgui">/yasgui</a>: editor</li><li><a href="/">Iibun</a></li></ul>
<pre>curl -G {a} -H 'Accept: text/csv' --data-urlencode 'query=SELECT ?t {{ ?c a iib:Prediction ; schema:name ?t }}'</pre></body></html>"""
