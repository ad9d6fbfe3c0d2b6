"""Tests of the protocols: what is sent, and what must come back."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pyoxigraph as ox

from tests.w3c.comparison import same, solutions
from tests.w3c.manifest import Exchange, Test
from tests.w3c.systems import Endpoint, quads

_PREFIXES = {"foaf": "http://xmlns.com/foaf/0.1/", "v": "http://www.w3.org/2006/vcard/ns#"}
#: Where the suite of the Graph Store Protocol has its endpoint.
_OWN, _GSP = "http://www.example", "/gsp"
_SD = "http://www.w3.org/ns/sparql-service-description#"


class Session:
    """The tests of one endpoint in their order; the Graph Store tests build on each other."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.end = endpoint
        self.parts = urlsplit(endpoint.url)
        self.variables: dict[str, str] = {}
        self.begun = False

    def run(self, test: Test, folder: Path) -> str:
        """What is wrong, or ""."""
        if test.kind == "ServiceDescriptionTest":
            return self._describe(test)
        if test.kind == "GraphStoreProtocolTest":
            alone = any(e.path.startswith(_GSP) for e in test.exchanges)  # those of http-rdf-update build on each other
            if alone or not self.begun:
                self.end.clear()
                self.begun = True
        else:
            self.end.clear()
            if test.data.named:
                self.end.load(quads(test.data, folder, ox.DefaultGraph()))
        for exchange in test.exchanges:
            answer = self._send(exchange)
            if wrong := self._wrong(exchange, answer):
                return f"{exchange.method} {exchange.path[:60]}: {wrong}"
        return "" if test.exchanges else "the manifest has no requests"

    def _filled(self, text: str) -> str:
        """What a manifest writes with its own addresses, with ours."""
        graphs = self.parts.path + "/graphs"
        text = text.replace("graph=$GRAPHSTORE$", f"graph={self.end.url}/graphs")  # a graph's name is absolute
        text = text.replace("$HOST$", self.parts.netloc).replace("$GRAPHSTORE$", graphs)
        for own in (_OWN + _GSP, quote(_OWN + _GSP, safe="")):
            text = text.replace(
                own, quote(self.end.url + "/graphs", safe="") if "%" in own else self.end.url + "/graphs"
            )
        for name, value in self.variables.items():
            text = text.replace(name, value)
        return graphs + text.removeprefix(_GSP) if text.startswith(_GSP) else text

    def _send(self, e: Exchange) -> httpx.Response:
        path = self._filled(e.path)
        if path.startswith("/sparql/") and not path.startswith("/sparql/graphs"):  # the manifest's own address
            path = self.parts.path + path.removeprefix("/sparql")
        headers = {k: self._filled(v) for k, v in e.headers if k.lower() not in ("host", "location")}
        if e.method in ("PUT", "POST", "DELETE"):
            headers |= self.end.head
        ours = re.compile(rb"\$\w+\$|" + re.escape((_OWN + _GSP).encode()))
        body = e.body and ours.sub(lambda m: self._filled(m.group().decode()).encode(), e.body)
        address = f"{self.parts.scheme}://{self.parts.netloc}{path}"
        answer = self.end.http.request(e.method, address, headers=headers, content=body)
        if "location" in answer.headers:
            self.variables["$NEWPATH$"] = urlsplit(answer.headers["location"]).path
            if e.location:
                self.variables[e.location] = quote(answer.headers["location"], safe="")
        return answer

    def _wrong(self, e: Exchange, answer: httpx.Response) -> str:
        got = str(answer.status_code)
        if not any(got == w or (w.endswith("xx") and w[0] == got[0]) for w in e.status.split()):
            return f"{got} instead of {e.status}: {answer.text[:120]!r}"
        if e.location and "location" not in answer.headers:
            return "no Location"
        kind = answer.headers.get("content-type", "").split(";")[0]
        try:
            if e.kind in ("boolean", "tabular"):
                found = ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.from_media_type(kind))  # type: ignore[arg-type]
                if isinstance(found, ox.QueryBoolean) != (e.kind == "boolean"):
                    return f"{kind} is not {e.kind}"
                if e.boolean is not None and bool(found) != e.boolean:
                    return f"{bool(found)} instead of {e.boolean}"
                if e.expectation and isinstance(found, ox.QuerySolutions):  # one row with an IRI that is not relative
                    rows = solutions(found)[1]
                    if len(rows) != 1 or ":" not in getattr(rows[0][0], "value", ""):
                        return f"{rows} instead of {e.expectation}"
            elif e.kind == "RDF" or e.content is not None:
                triples = list(ox.parse(answer.content, format=ox.RdfFormat.from_media_type(kind)))  # type: ignore[arg-type]
                if e.content is not None:
                    text = "".join(f"@prefix {p}: <{i}> .\n" for p, i in _PREFIXES.items()) + self._filled(e.content)
                    wanted = ox.parse(text, format=ox.RdfFormat.TURTLE)
                    if not same({_row(q) for q in triples}, {_row(q) for q in wanted}):
                        return f"other triples: {answer.text[:300]!r}"
        except (SyntaxError, ValueError) as error:
            return f"{kind} does not parse: {error}"
        return ""

    def _describe(self, test: Test) -> str:
        answer = self.end.http.get(self.end.url, headers={"Accept": "text/turtle, application/rdf+xml"})
        kind = ox.RdfFormat.from_media_type(answer.headers.get("content-type", "").split(";")[0])
        if not answer.is_success or kind is None:
            return f"{answer.status_code} {answer.headers.get('content-type')}"
        triples = [q.triple for q in ox.parse(answer.content, format=kind, base_iri=self.end.url)]
        services = {t.subject for t in triples if str(t.object) == f"<{_SD}Service>"}
        endpoints = {str(t.object) for t in triples if t.predicate.value == _SD + "endpoint" and t.subject in services}
        if test.name == "has-endpoint-triple" and f"<{self.end.url}>" not in endpoints:
            return f"sd:endpoint is {endpoints}"
        if test.name == "conforms-to-schema":
            unknown = {t.predicate.value for t in triples if t.predicate.value.startswith(_SD)} - {_SD + n for n in _PROPERTIES}  # fmt: skip
            literal = [t for t in triples if t.predicate.value.startswith(_SD) and isinstance(t.object, ox.Literal)]
            if not services or unknown or literal:
                return f"services {services}, unknown {unknown}, literals {literal}"
        return "" if triples else "no triples"


_PROPERTIES = (
    "endpoint", "feature", "defaultEntailmentRegime", "supportedEntailmentProfile", "entailmentRegime", "extensionFunction",
    "extensionAggregate", "languageExtension", "supportedLanguage", "propertyFeature", "defaultDataset", "availableGraphs",
    "resultFormat", "inputFormat", "defaultGraph", "namedGraph", "name", "graph",
)  # fmt: skip


def _row(q: ox.Quad) -> tuple[object, ...]:
    return q.subject, q.predicate, q.object
