"""Test manifests as plain records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from rdflib import RDF, RDFS, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
#: Where the files of the suite say that they are; relative IRIs in them are resolved against it.
BASE = "https://w3c.github.io/rdf-tests/"


@dataclass(frozen=True)
class Data:
    """Files of a dataset: for the default graph, and for named graphs by name."""

    default: tuple[Path, ...] = ()
    named: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class Exchange:
    """One request, and what its answer must be."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    status: str = ""  # "200", or "2xx 3xx"
    kind: str = ""  # boolean, tabular, RDF
    boolean: bool | None = None
    content: str | None = None
    expectation: str = ""
    location: str = ""  # the template variable that the answer's Location gives its value


@dataclass(frozen=True)
class Test:
    """One entry of a manifest."""

    __test__ = False

    group: str
    name: str
    kind: str  # the local name of its class
    action: Path | None = None
    data: Data = field(default_factory=Data)
    result: Path | None = None
    after: Data = field(default_factory=Data)
    lax: bool = False
    services: bool = False
    exchanges: tuple[Exchange, ...] = ()


def tests(folder: Path) -> Iterator[Test]:
    """The tests of all manifests under a folder, in the order of the manifests' names and entries.

    What several manifests list (of the Graph Store Protocol one lists all, two others a part each) is one test.
    """
    seen: set[tuple[str, Node]] = set()
    for file in sorted(folder.rglob("manifest*.ttl")):
        group = file.parent.name
        graph = Graph()
        graph.parse(data=file.read_text("utf-8"), format="turtle", publicID=url(file, folder))
        for manifest in graph.subjects(RDF.type, MF.Manifest):
            for entries in graph.objects(manifest, MF.entries):
                for entry in Collection(graph, entries):
                    if (group, entry) in seen or (entry, RDF.type, None) not in graph:
                        continue
                    seen.add((group, entry))
                    yield _test(graph, entry, group, file, folder)


def url(file: Path, folder: Path) -> str:
    """The address that a file of the suite stands for."""
    return BASE + file.relative_to(folder).as_posix()


def _test(graph: Graph, entry: Node, group: str, file: Path, folder: Path) -> Test:
    def path(node: Node | None) -> Path | None:
        return folder / str(node).removeprefix(BASE) if isinstance(node, URIRef) else None

    def data(node: Node | None, namespace: Namespace) -> Data:
        if node is None:
            return Data()
        default = tuple(p for o in graph.objects(node, namespace.data) if (p := path(o)))
        named = []
        for g in graph.objects(node, namespace.graphData):
            inner = path(graph.value(g, namespace.graph)) or path(graph.value(g, UT.data)) or path(g)
            label = graph.value(g, RDFS.label)
            if inner:
                named.append((str(label) if label else str(g), inner))
        return Data(default, tuple(sorted(named)))

    classes = [str(c) for c in graph.objects(entry, RDF.type)]
    kind = next((c.rsplit("#", 1)[1] for c in classes if "#" in c and "Test" in c), "")
    action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
    update = "Update" in kind
    where = QT if not update else UT
    request = action if isinstance(action, URIRef) else graph.value(action, UT.request if update else QT.query)
    setup = entry if kind == "ProtocolTest" else action
    return Test(
        group=group, name=str(entry).rsplit("#", 1)[-1].rsplit("/", 1)[-1], kind=kind,
        action=path(request), data=data(setup, UT if kind == "ProtocolTest" else where),
        result=None if update else path(result), after=data(result, UT) if update else Data(),
        lax=(entry, MF.resultCardinality, MF.LaxCardinality) in graph,
        services=bool(action is not None and graph.value(action, QT.serviceData)),
        exchanges=tuple(_exchanges(graph, action)) if (action, HT.requests, None) in graph else (),
    )  # fmt: skip


def _exchanges(graph: Graph, action: Node | None) -> Iterator[Exchange]:
    def text(node: Node | None, predicate: URIRef) -> str:
        found = graph.value(node, predicate) if node is not None else None
        return str(found) if found is not None else ""

    requests = graph.value(action, HT.requests)
    for r in Collection(graph, requests) if requests is not None else ():
        answer, body = graph.value(r, HT.resp), graph.value(r, HT.body)
        headers = graph.value(r, HT.headers)
        encoding = text(body, CNT.characterEncoding) or "utf-8"
        boolean = graph.value(answer, MF.expectedBoolean)
        expected = sorted(_status(str(s)) for s in graph.objects(answer, MF.expectedStatus))
        wanted = graph.value(answer, HT.body)
        yield Exchange(
            method=text(r, HT.methodName), path=text(r, HT.absolutePath),
            headers=tuple(
                (text(h, HT.fieldName), text(h, HT.fieldValue)) for h in (Collection(graph, headers) if headers else ())
            ),
            body=text(body, CNT.chars).encode(encoding) if body is not None else None,
            status=" ".join(expected) or text(answer, HT.statusCodeValue), kind=text(answer, MF.expectedFormat),
            boolean=bool(boolean.value) if isinstance(boolean, Literal) else None,
            content=text(wanted, CNT.chars) if wanted is not None else None, expectation=text(answer, MF.expectation),
            location=text(answer, MF.expectedLocation),
        )  # fmt: skip


_CODES = {s.phrase.replace(" ", "").replace("-", ""): str(s.value) for s in HTTPStatus}


def _status(iri: str) -> str:
    """``201`` of ``…#Created``, ``2xx`` of ``…#StatusCode2xx``."""
    name = iri.rsplit("#", 1)[-1].removeprefix("StatusCode")
    return _CODES.get(name, name)
