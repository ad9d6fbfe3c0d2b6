"""What the endpoint refuses: requests that reach out or grow without end, and writing without the token."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests import protocol
from tests.protocol import TOKEN, A, Q, U, ask

url = protocol.url

LAUGHS = "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]>"
RDF = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='urn:x:a'><rdf:value>&a;</rdf:value></rdf:Description></rdf:RDF>"


@pytest.mark.parametrize(
    ("document", "status"),
    [(LAUGHS + RDF, 400), ('<!DOCTYPE r [<!ENTITY a "' + "x" * 500 + '">]>' + RDF, 400), ('<!DOCTYPE r [<!ENTITY a "urn:x:">]>' + RDF, 201)],
)  # fmt: skip
def test_entities_of_rdf_xml_that_grow_without_end_are_refused(url: str, document: str, status: int) -> None:
    headers = {**TOKEN, "Content-Type": "application/rdf+xml"}
    found = httpx.put(url + "/graphs", params={"graph": "urn:x:rdfxml"}, content=document, headers=headers)
    assert found.status_code == status and "Traceback" not in found.text


def test_writing_needs_the_token(url: str) -> None:
    text = "INSERT DATA { GRAPH <urn:g:no> { <urn:x:s> <urn:x:p> 1 } }"
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic dGVzdC10b2tlbg=="},
        {"Authorization": "test-token"},
    ):
        for r in (
            httpx.post(url, data={"update": text}, headers=headers),
            httpx.post(url, content=text, headers={**headers, "Content-Type": U}),
            httpx.put(url + "/graphs?graph=urn:g:no", content="<urn:x:s> <urn:x:p> 1 .", headers=headers),
            httpx.post(url + "/graphs?graph=urn:g:no", content="<urn:x:s> <urn:x:p> 1 .", headers=headers),
            httpx.delete(url + "/graphs", params={"graph": A}, headers=headers),
            httpx.post(url + "/graphs/quads", content="<urn:x:s> <urn:x:p> <urn:x:o> <urn:g:no> .", headers=headers),
            httpx.get(url + "/graphs/quads", headers=headers),
        ):
            assert r.status_code == 401 and "www-authenticate" in r.headers
    assert not ask(url, "ASK { GRAPH <urn:g:no> { ?s ?p ?o } }") and ask(url, f"ASK {{ <{A}> a ?t }}")


SERVICE = "http://127.0.0.1:1/"
ATTACKS = [
    f"SELECT * {{ SERVICE <{SERVICE}> {{ ?s ?p ?o }} }}",
    f"SELECT * {{ service <{SERVICE}> {{ ?s ?p ?o }} }}",
    f"SELECT * {{ SeRvIcE SILENT <{SERVICE}> {{ ?s ?p ?o }} }}",
    f"SELECT * {{ SERVICE<{SERVICE}>{{ ?s ?p ?o }} }}",
    f"SELECT * {{ SERVICESILENT<{SERVICE}>{{ ?s ?p ?o }} }}",
    f"SELECT * {{ SERVICE # comment\n <{SERVICE}> {{ ?s ?p ?o }} }}",
    f"PREFIX : <{SERVICE}> SELECT * {{ SERVICE:x {{ ?s ?p ?o }} }}",
    f"SELECT * {{ ?a ?b 1SERVICE<{SERVICE}>{{ ?s ?p ?o }} }}",
    f"SELECT * {{ ?a ?b trueSERVICE<{SERVICE}>{{ ?s ?p ?o }} }}",
    f"PREFIX a: <urn:a:> SELECT * {{ ?a ?b a:.SERVICE<{SERVICE}>{{ ?s ?p ?o }} }}",
    f"SELECT * {{ \\u0053ERVICE <{SERVICE}> {{ ?s ?p ?o }} }}",
    f"SELECT * {{ S\\U00000045RVICE <{SERVICE}> {{ ?s ?p ?o }} }}",
    f"SELECT * {{ VALUES ?u {{ <{SERVICE}> }} SERVICE ?u {{ ?s ?p ?o }} }}",
    f"ASK {{ {{ SELECT * {{ SERVICE <{SERVICE}> {{ ?s ?p ?o }} }} }} }}",
    f"SELECT * {{ FILTER EXISTS {{ SERVICE <{SERVICE}> {{ ?s ?p ?o }} }} }}",
    "SELECT * FROM <http://127.0.0.1:1/data.ttl> { ?s ?p ?o }",
    "SELECT * from named <http://127.0.0.1:1/data.ttl> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "SELECT * FR\\u004FM <http://127.0.0.1:1/> { ?s ?p ?o }",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("headers", [{}, TOKEN])
def test_no_query_reaches_out(url: str, attack: str, headers: dict[str, str]) -> None:
    r = httpx.post(url, data={"query": attack}, headers=headers)
    assert r.status_code == 400, r.text
    assert "refused" in r.text or "not valid" in r.text


@pytest.mark.parametrize(
    "attack",
    [
        f"LOAD <{SERVICE}>", f"load silent <{SERVICE}> INTO GRAPH <urn:g:l>", f"LOADSILENT<{SERVICE}>", f"LO\\u0041D <{SERVICE}>",
        f"LOAD # c\n <{SERVICE}>", f"CLEAR SILENT GRAPH <urn:g:l> ; LOAD <{SERVICE}>",
        f"INSERT {{ GRAPH <urn:g:l> {{ ?s ?p ?o }} }} WHERE {{ SERVICE <{SERVICE}> {{ ?s ?p ?o }} }}",
        "LOAD <file:///etc/passwd>",
    ],
)  # fmt: skip
def test_no_update_reaches_out(url: str, attack: str) -> None:
    r = httpx.post(url, data={"update": attack}, headers=TOKEN)
    assert r.status_code == 400 and ("refused" in r.text or "not valid" in r.text)


@pytest.mark.parametrize(
    "harmless",
    [
        "ASK { BIND('SERVICE <http://x/>' AS ?x) }", "ASK { } # SERVICE <http://x/> LOAD", 'ASK { BIND("""LOAD "SERVICE" """ AS ?x) }',
        "PREFIX x: <urn:x:SERVICE:> ASK { BIND(x:LOAD AS ?service) BIND(<urn:SERVICE> AS ?LOAD) }",
        "ASK { BIND('FROM <http://x/>' AS ?x) }", "ASK { BIND('x'@service AS ?x) }",
    ],
)  # fmt: skip
def test_the_words_themselves_are_harmless(url: str, harmless: str) -> None:
    assert ask(url, harmless)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }", 503),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?a ?f ?i", (413, 503)),
        ("SELECT (COUNT(*) AS ?n) { ?a (!<urn:none>|^!<urn:none>)* ?b . ?c (!<urn:none>|^!<urn:none>)* ?d . ?e (!<urn:none>|^!<urn:none>)* ?f . ?g (!<urn:none>|^!<urn:none>)* ?h }", 503),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", 413),
        ("SELECT (CONCAT(?x, ?x, ?x, ?x) AS ?y) { VALUES ?x { '" + "a" * 300_000 + "' } }", 413),
        ("SELECT (SUM(?x) AS ?y) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o BIND(SHA512(CONCAT(STR(?a), STR(?f), STR(?l))) AS ?h1) BIND(STRLEN(?h1) AS ?x) }", 503),
    ],
)  # fmt: skip
def test_what_passes_a_limit_is_ended(url: str, query: str, status: int | tuple[int, ...]) -> None:
    more = " ".join(f"<urn:x:s{i}> <urn:x:p> {i} ." for i in range(60))
    httpx.put(url + "/graphs?graph=urn:g:many", content=more, headers={**TOKEN, "Content-Type": "text/turtle"})
    r = httpx.post(url, data={"query": query}, timeout=30)
    assert r.status_code in (status if isinstance(status, tuple) else (status,)), r.text
    assert r.text.endswith("\n") and len(r.text) < 200
    assert ask(url, "ASK {}"), "the next query is answered"


def test_bodies_are_bounded(url: str) -> None:
    r = httpx.post(url, content=b"x" * (2 << 20), headers={"Content-Type": Q})
    assert r.status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    assert httpx.post(url, content=endless(), headers={"Content-Type": Q}).status_code == 413


def test_paths_do_not_leave_the_routes(url: str) -> None:
    for path in (
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/graphs/../../../etc/passwd",
        "/version/..%2f..%2fetc/passwd",
    ):
        r = httpx.get(url + path)
        assert r.status_code in (400, 404) and "root:" not in r.text
