"""The SPARQL 1.1 Protocol, as the W3C's 34 protocol tests describe it (in our own words), and what goes with it."""

from __future__ import annotations

import gzip
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from kg.endpoint.requests import choose, negotiate, with_dataset
from tests import protocol
from tests.protocol import TOKEN, A, B, C, F, Q, U, ask, boolean

url = protocol.url

BOTH = f"ASK {{ <{A}> a ?t . <{B}> a ?t }}"
NAMED = f"ASK {{ GRAPH ?g {{ <{A}> a ?t }} GRAPH ?h {{ <{B}> a ?t }} }}"


def test_query_in_each_way(url: str) -> None:
    assert boolean(httpx.get(url, params={"query": "ASK {}"}))
    assert boolean(httpx.post(url, data={"query": "ASK {}"}))
    assert boolean(httpx.post(url, content="ASK {}", headers={"Content-Type": Q}))
    assert boolean(httpx.get(url + "/", params={"query": "ASK {}"}))
    assert boolean(
        httpx.post(url, content=b"query=ASK%20%7B%7D", headers={"Content-Type": F}, params={"default-graph-uri": A})
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"remove": "_:a <urn:x:b> <urn:x:c> <urn:x:g> ."}', "[" * 100_000,
        '{"remove": "<urn:x:a> <urn:x:b> <<( _:a <urn:x:b> 1 )>> <urn:x:g> ."}', "[1]",
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_meant_is_a_bad_request(url: str, body: str) -> None:
    found = httpx.patch(url + "/graphs/quads", content=body, headers={**TOKEN, "Content-Type": "application/json"})
    assert found.status_code == 400 and found.text.strip().endswith(".")


def test_dataset_of_a_query(url: str) -> None:
    assert boolean(httpx.get(url, params={"query": BOTH, "default-graph-uri": [A, B]}))
    assert ask(url, BOTH, **{"default-graph-uri": [A, B]})
    assert not ask(url, BOTH, **{"default-graph-uri": [A]})
    assert ask(url, NAMED, **{"named-graph-uri": [A, B]})
    assert boolean(httpx.get(url, params={"query": NAMED, "named-graph-uri": [A, B]}))
    assert not ask(url, NAMED, **{"named-graph-uri": [A]})
    assert not ask(url, BOTH, **{"named-graph-uri": [A, B]})
    assert ask(
        url, f"ASK {{ <{C}> a ?t GRAPH ?g {{ <{A}> a ?t }} }}", **{"default-graph-uri": C, "named-graph-uri": [A, B]}
    )
    assert ask(url, f"ASK FROM <{C}> {{ GRAPH ?g {{ <{A}> a ?t }} }}", **{"named-graph-uri": A}), (
        "the protocol's dataset wins"
    )
    assert ask(url, f"ASK FROM <{A}> {{ <{A}> a ?t }}") and not ask(url, f"ASK FROM <{A}> {{ <{B}> a ?t }}")
    assert boolean(httpx.post(url, data={"query": BOTH, "default-graph-uri": [A, B]}))


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("SELECT (1 AS ?v) {}", None, "application/sparql-results+json"),
        ("SELECT (1 AS ?v) {}", "application/sparql-results+xml", "application/sparql-results+xml"),
        ("SELECT (1 AS ?v) {}", "text/csv", "text/csv"),
        ("SELECT (1 AS ?v) {}", "text/tab-separated-values", "text/tab-separated-values"),
        ("SELECT (1 AS ?v) {}", "application/json", "application/sparql-results+json"),
        (
            "SELECT (1 AS ?v) {}",
            "text/csv;q=0.1, application/sparql-results+xml;q=0.2",
            "application/sparql-results+xml",
        ),
        ("ASK {}", "application/sparql-results+xml", "application/sparql-results+xml"),
        ("ASK {}", "*/*", "application/sparql-results+json"),
        ("DESCRIBE <http://example.org/>", None, "text/turtle"),
        ("CONSTRUCT { <s> <p> 1 } WHERE {}", None, "text/turtle"),
        ("CONSTRUCT { <s> <p> 1 } WHERE {}", "application/rdf+xml", "application/rdf+xml"),
        ("CONSTRUCT { <s> <p> 1 } WHERE {}", "application/n-triples", "application/n-triples"),
        ("CONSTRUCT { <s> <p> 1 } WHERE {}", "application/ld+json", "application/ld+json"),
    ],
)
def test_content_types(url: str, query: str, accept: str | None, kind: str) -> None:
    r = httpx.post(
        url, content=query, headers={"Content-Type": Q, **({"Accept": accept} if accept else {"Accept": ""})}
    )
    assert r.status_code == 200 and r.headers["content-type"].split(";")[0] == kind
    if kind == "text/csv":
        assert r.text == "v\r\n1\r\n"


def test_nothing_acceptable(url: str) -> None:
    assert httpx.get(url, params={"query": "ASK {}"}, headers={"Accept": "image/png"}).status_code == 406
    assert httpx.get(url, params={"query": "ASK {}"}, headers={"Accept": "text/turtle"}).status_code == 406


PREFIXES = "PREFIX x: <urn:x:> "


@pytest.mark.parametrize("form", [True, False])
def test_update_in_each_way(url: str, form: bool) -> None:
    text = "INSERT DATA { GRAPH <urn:g:w> { <urn:x:s> <urn:x:p> 1 } }"
    r = (
        httpx.post(url, data={"update": text}, headers=TOKEN)
        if form
        else httpx.post(url, content=text, headers={**TOKEN, "Content-Type": U})
    )
    assert r.status_code == 204
    assert ask(url, "ASK { GRAPH <urn:g:w> { <urn:x:s> <urn:x:p> 1 } }")
    assert httpx.post(url, data={"update": "DROP GRAPH <urn:g:w>"}, headers=TOKEN).status_code == 204
    assert not ask(url, "ASK { GRAPH <urn:g:w> { ?s ?p ?o } }")


def test_dataset_of_an_update(url: str) -> None:
    def run(where: str, **params: object) -> bool:
        text = f"{PREFIXES} DROP SILENT GRAPH <urn:g:t> ; INSERT {{ GRAPH <urn:g:t> {{ ?s a x:Seen }} }} WHERE {{ {where} }}"
        r = httpx.post(url, params=params, content=text, headers={**TOKEN, "Content-Type": U})  # type: ignore[arg-type]
        assert r.status_code == 204, r.text
        return ask(url, f"ASK {{ GRAPH <urn:g:t> {{ <{A}> a <urn:x:Seen> }} }}")

    assert run("?s a x:Document", **{"using-graph-uri": A})
    assert not run("?s a x:Document", **{"using-graph-uri": B})
    assert run("?s a x:Document", **{"using-graph-uri": [A, B]})
    assert run("GRAPH ?g { ?s a x:Document }", **{"using-named-graph-uri": [A, B]})
    assert not run("GRAPH ?g { ?s a x:Document }", **{"using-named-graph-uri": B})
    assert run(
        f"?c a x:Document GRAPH ?g {{ ?s a x:Document }} FILTER(?c = <{C}>)",
        **{"using-graph-uri": C, "using-named-graph-uri": A},
    )
    httpx.post(url, data={"update": "DROP GRAPH <urn:g:t>"}, headers=TOKEN)


def test_relative_iris_of_an_update_have_a_base(url: str) -> None:
    text = "INSERT DATA { GRAPH <urn:g:base> { <urn:x:s> <urn:x:p> <test> } }"
    assert httpx.post(url, content=text, headers={**TOKEN, "Content-Type": U}).status_code == 204
    r = httpx.get(
        url, params={"query": "SELECT ?o { GRAPH <urn:g:base> { ?s ?p ?o } }"}, headers={"Accept": "text/csv"}
    )
    assert r.text.split()[1].startswith("http://")
    httpx.post(url, data={"update": "DROP GRAPH <urn:g:base>"}, headers=TOKEN)


@pytest.mark.parametrize(
    ("method", "query", "kind", "body", "status"),
    [
        ("PUT", "query=ASK%20%7B%7D", "", "", 405),
        ("DELETE", "query=ASK%20%7B%7D", "", "", 405),
        ("GET", "query=ASK%20%7B%7D&query=SELECT%20*%20%7B%7D", "", "", 400),
        ("POST", "", "text/plain", "ASK {}", 415),
        ("POST", "", "", "query=ASK%20%7B%7D", 415),
        ("POST", "", "", "ASK {}", 415),
        ("POST", "", Q + "; charset=UTF-16", "ASK {}", 415),
        ("POST", "", Q, b"ASK { ?s ?p '\xff' }", 400),
        ("GET", "query=ASK%20%7B", "", "", 400),
        ("GET", "query=ASK%20%7B%FF%7D", "", "", 400),
        ("GET", "update=CLEAR%20ALL", "", "", 400),
        ("POST", "", F, "update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", 400),
        ("POST", "", "text/plain", "CLEAR NAMED", 415),
        ("POST", "", "", "update=CLEAR%20NAMED", 415),
        ("POST", "", U + "; charset=UTF-16", "CLEAR NAMED", 415),
        ("POST", "", U, "CLEAR XYZ", 400),
        ("POST", "using-named-graph-uri=http%3A%2F%2Fexample.org%2Fa", F, "update=" + quote(f"INSERT {{ GRAPH <urn:g:z> {{ ?s ?p ?o }} }} USING <{A}> WHERE {{ ?s ?p ?o }}"), 400),
        ("POST", "", F, "query=ASK%20%7B%7D&update=CLEAR%20ALL", 400),
        ("POST", "", F, "nothing=1", 400),
        ("GET", "querry=ASK%20%7B%7D", "", "", 400),
        ("POST", "query=ASK%20%7B%7D", Q, "ASK {}", 400),
    ],
)  # fmt: skip
def test_bad_requests(url: str, method: str, query: str, kind: str, body: str | bytes, status: int) -> None:
    headers = {**TOKEN, **({"Content-Type": kind} if kind else {})}
    r = httpx.request(method, url + ("?" + query if query else ""), content=body, headers=headers)
    assert r.status_code == status, r.text
    if status != 405:
        assert r.headers["content-type"].startswith("text/plain") and r.text.count("\n") == 1, "one sentence"
        assert "Traceback" not in r.text


def test_percent_signs_are_decoded_once(url: str) -> None:
    r = httpx.get(url + "?query=" + quote("SELECT ('%25E8%25A8%2580 言' AS ?v) {}"), headers={"Accept": "text/csv"})
    assert r.text == "v\r\n%25E8%25A8%2580 言\r\n"


def test_service_description(url: str) -> None:
    for accept in ("text/turtle", "application/rdf+xml", "application/n-triples", "*/*"):
        r = httpx.get(url, headers={"Accept": accept})
        assert r.status_code == 200
        kind = r.headers["content-type"].split(";")[0]
        triples = {str(t.triple) for t in ox.parse(r.content, format=ox.RdfFormat.from_media_type(kind))}
        sd = "http://www.w3.org/ns/sparql-service-description#"
        assert any(f"<{sd}Service>" in t for t in triples)
        assert any(f"<{sd}endpoint> <{url}>" in t for t in triples)
        assert any(f"<{sd}UnionDefaultGraph>" in t for t in triples)
    assert "/yasgui" in httpx.get(url, headers={"Accept": "text/html"}).text


def test_head_gzip_etag_cors(url: str) -> None:
    query = {"query": "SELECT ?s { ?s ?p ?o }"}
    assert httpx.head(url, params=query).status_code == 200
    big = {"query": "SELECT (CONCAT('a', STR(?x)) AS ?y) { VALUES ?x { " + " ".join(map(str, range(400))) + " } }"}
    with httpx.Client() as client, client.stream("GET", url, params=big, headers={"Accept-Encoding": "gzip"}) as r:
        assert r.headers["content-encoding"] == "gzip"
        assert b"a399" in gzip.decompress(b"".join(r.iter_raw()))
    small = httpx.get(url, params=query, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers and len(small.content) < 8192, "no gain for what fits into one go"
    first = httpx.get(url, params=query)
    again = httpx.get(url, params=query, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.headers["etag"] == first.headers["etag"]
    httpx.post(url, data={"update": "INSERT DATA { GRAPH <urn:g:e> { <urn:x:s> <urn:x:p> 2 } }"}, headers=TOKEN)
    changed = httpx.get(url, params=query, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200 and changed.headers["etag"] != first.headers["etag"]
    httpx.post(url, data={"update": "DROP GRAPH <urn:g:e>"}, headers=TOKEN)
    for method in ("GET", "OPTIONS"):
        r = httpx.request(method, url, params=query, headers={"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "GET"})  # fmt: skip
        assert r.is_success and not [h for h in r.headers if h.startswith("access-control")], "no origin is named"


def test_what_is_remembered_of_a_text_says_the_same_again(url: str) -> None:
    inside, outside = "urn:g:seen", "http://example.org/never/seen"
    httpx.post(url, data={"update": f"INSERT DATA {{ GRAPH <{inside}> {{ <urn:x:s> <urn:x:p> 7 }} }}"}, headers=TOKEN)
    for _ in range(3):
        r = httpx.get(url, params={"query": f"SELECT ?o FROM <{inside}> {{ ?s <urn:x:p> ?o }}"})
        assert [row["o"]["value"] for row in r.json()["results"]["bindings"]] == ["7"]
        r = httpx.get(url, params={"query": f"SELECT ?o FROM <{outside}> {{ ?s ?p ?o }}"})
        assert r.status_code == 400 and "refused" in r.text
        r = httpx.get(url, params={"query": f"SELECT * {{ SERVICE <{outside}> {{ ?s ?p ?o }} }}"})
        assert r.status_code == 400 and "refused" in r.text
    httpx.post(url, data={"update": f"INSERT DATA {{ GRAPH <{outside}> {{ <urn:x:s> <urn:x:p> 8 }} }}"}, headers=TOKEN)
    r = httpx.get(url, params={"query": f"SELECT ?o FROM <{outside}> {{ ?s ?p ?o }}"})
    assert [row["o"]["value"] for row in r.json()["results"]["bindings"]] == ["8"]
    for graph in (inside, outside):
        httpx.post(url, data={"update": f"DROP GRAPH <{graph}>"}, headers=TOKEN)


def test_graph_store_protocol(url: str) -> None:
    at, turtle = url + "/graphs", {**TOKEN, "Content-Type": "text/turtle"}
    for target in ({"url": at, "params": {"graph": "http://example.org/person/1"}}, {"url": at + "/person/1.ttl"}):

        def send(method: str, target: dict[str, object] = target, **more: object) -> httpx.Response:
            return httpx.request(method, **target, **more)  # type: ignore[arg-type]

        assert send("GET").status_code == 404 and send("HEAD").status_code == 404
        assert send("DELETE", headers=TOKEN).status_code == 404
        assert send("PUT", content="<#p> <urn:x:name> 'Ann' .", headers=turtle).status_code == 201
        assert send("PUT", content="<#p> <urn:x:name> '言' .", headers=turtle).status_code == 204
        got = send("GET", headers={"Accept": "text/turtle"})
        assert got.status_code == 200 and "言" in got.text and "Ann" not in got.text
        assert send("HEAD").status_code == 200
        assert send("POST", content="<#p> <urn:x:age> 3 .", headers=turtle).status_code == 204
        assert "言" in (both := send("GET").text) and "age" in both
        multi = {
            "files": {
                "a": ("a.ttl", b"<#p> <urn:x:one> 1 .", "text/turtle"),
                "b": ("b.rdf", b"<#p> <urn:x:two> 2 .", "text/turtle"),
            }
        }
        assert send("POST", headers=TOKEN, **multi).status_code == 204
        assert "one" in (all_ := send("GET").text) and "two" in all_
        assert send("PUT", content="<broken", headers=turtle).status_code == 400
        assert send("PUT", content="x", headers={**TOKEN, "Content-Type": "text/html"}).status_code == 415
        assert "one" in send("GET").text, "a broken PUT changes nothing"
        assert send("GET", headers={"Accept": "image/png"}).status_code == 406
        assert send("PATCH", headers=TOKEN, content="x").status_code == 405
        assert send("PUT", content="", headers=turtle).status_code == 204, "an empty graph"
        send("PUT", content="<#p> <urn:x:name> 'Ann' .", headers=turtle)
        assert send("DELETE", headers=TOKEN).status_code == 204
        assert send("GET").status_code == 404
    made = httpx.post(at, content="<#p> <urn:x:name> 'new' .", headers=turtle)
    assert made.status_code == 201
    assert "new" in httpx.get(made.headers["location"]).text
    assert httpx.delete(made.headers["location"], headers=TOKEN).status_code == 204
    assert httpx.get(at).status_code == 400
    assert httpx.get(at, params={"graph": "not an iri"}).status_code == 400
    assert httpx.get(at, params={"graph": [A, B]}).status_code == 400
    assert httpx.get(at, params={"graph": "relative/path"}).status_code == 400
    assert httpx.get(at + "?default").status_code == 200


def test_the_default_graph_is_what_was_put_there(url: str) -> None:
    at, turtle = url + "/graphs?default", {**TOKEN, "Content-Type": "text/turtle"}
    assert httpx.get(at).text.strip() == "" or "urn:x:Document" not in httpx.get(at).text
    for text in ("[] <urn:x:name> 'one' .", "[] <urn:x:name> 'two' ."):
        assert httpx.put(at, content=text, headers=turtle).status_code == 204
    got = list(ox.parse(httpx.get(at, headers={"Accept": "text/turtle"}).content, format=ox.RdfFormat.TURTLE))
    assert [q.object.value for q in got] == ["two"]  # type: ignore[union-attr]
    assert httpx.delete(at, headers=TOKEN).status_code == 204
    assert not list(ox.parse(httpx.get(at, headers={"Accept": "text/turtle"}).content, format=ox.RdfFormat.TURTLE))


def test_what_fails_on_the_data_is_a_sentence(url: str) -> None:
    for text, status in (
        ("CLEAR GRAPH <urn:x:none> ; DROP GRAPH <urn:x:none>", 204),
        (f"CREATE GRAPH <{A}>", 409),
        ("MOVE GRAPH <urn:x:none> TO <urn:x:other>", 409),
    ):
        r = httpx.post(url, data={"update": text}, headers=TOKEN)
        assert r.status_code == status, r.text
        assert status == 204 or r.text.startswith("The update was not done")
    r = httpx.get(url, params={"query": "SELECT (<urn:x:function>(1) AS ?x) {}"})
    assert r.status_code == 400 and "cannot be answered" in r.text
    assert httpx.get(url, params={"query": "CONSTRUCT FROM <file> WHERE { ?s ?p ?o }"}).status_code == 200


def test_negotiation() -> None:
    assert negotiate(None) == ("application/sparql-results+json", "text/turtle")
    assert negotiate("text/html;q=0.9, */*;q=0.1") == ("application/sparql-results+json", "text/turtle")
    assert choose("text/csv;q=0", ["text/csv"]) is None
    assert choose("text/*", ["application/json", "text/csv"]) == "text/csv"


def test_using_is_put_before_where() -> None:
    text = "DELETE { ?s ?p 'WHERE' } INSERT { } WHERE { ?s ?p ?o } ; DELETE WHERE { ?s ?p ?o } # WHERE"
    assert with_dataset(text, ("urn:a",), ("urn:b",)) == (
        "DELETE { ?s ?p 'WHERE' } INSERT { } USING <urn:a> USING NAMED <urn:b> WHERE { ?s ?p ?o } ; "
        "DELETE  { ?s ?p ?o } USING <urn:a> USING NAMED <urn:b> WHERE  { ?s ?p ?o } # WHERE"
    )
