"""What the suites run against: an endpoint over HTTP, or Oxigraph in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin

import httpx
import pyoxigraph as ox

from kg.store.merge import OWN
from kg.store.sparql import Refused, datasets, has_dataset, refuse
from tests.w3c.manifest import BASE, Data, url

_TYPES = {
    ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML, ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
}  # fmt: skip
#: The graph that stands for the default graph where a dataset is given by the protocol.
DEFAULT = "urn:w3c:default"


class Invalid(Exception):
    """The system says that a query or an update is not valid."""


class Refusing(Exception):
    """The system does not do this by policy (SERVICE, LOAD)."""


class Failed(Exception):
    """A query or an update is valid, and fails on the data."""


class System(Protocol):
    """A SPARQL 1.1 system with one dataset."""

    def clear(self) -> None: ...
    def query(self, text: str, data: Data, folder: Path, *, accept: str = "", base: str = "") -> Any: ...
    def update(self, text: str, data: Data, folder: Path, *, base: str = "") -> set[ox.Quad]: ...


def quads(data: Data, folder: Path, default: ox.NamedNode | ox.DefaultGraph) -> list[ox.Quad]:
    """The quads of a dataset's files, blank nodes of different files kept apart; those of TriG stay in their graphs."""
    found: list[ox.Quad] = []
    for graph, file in [*((default, f) for f in data.default), *((ox.NamedNode(n), f) for n, f in data.named)]:
        for q in ox.parse(
            path=str(file), format=_TYPES[file.suffix], base_iri=url(file, folder), rename_blank_nodes=True
        ):
            own = None if isinstance(q.graph_name, ox.DefaultGraph) else q.graph_name
            found.append(ox.Quad(q.subject, q.predicate, q.object, own or graph))
    return found


def with_from(text: str, data: Data, folder: Path, base: str) -> Data:
    """The dataset with the files that the query's own ``FROM`` names."""
    named = [urljoin(base, name) for name in datasets(text)]
    files = [(n, folder / n.removeprefix(BASE)) for n in named if n.startswith(BASE)]
    return Data(data.default, (*data.named, *((n, f) for n, f in files if f.is_file())))


class InProcess:
    """Oxigraph in this process."""

    def clear(self) -> None:
        """Nothing stays."""

    def query(self, text: str, data: Data, folder: Path, *, accept: str = "", base: str = "") -> Any:
        store = ox.Store()
        store.extend(quads(with_from(text, data, folder, base), folder, ox.DefaultGraph()))
        try:
            found = store.query(text, base_iri=base or None)
            if accept == "text/csv":
                return (found.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode()  # type: ignore[union-attr,arg-type]
            return list(found) if isinstance(found, ox.QueryTriples) else found
        except SyntaxError as error:
            raise Invalid(str(error)) from None
        except RuntimeError as error:
            raise Failed(str(error)) from None

    def update(self, text: str, data: Data, folder: Path, *, base: str = "") -> set[ox.Quad]:
        try:
            refuse(text)
        except Refused as error:  # Oxigraph would connect
            raise Refusing(str(error)) from None
        store = ox.Store()
        store.extend(quads(data, folder, ox.DefaultGraph()))
        try:
            store.update(text, base_iri=base or None)
        except SyntaxError as error:
            raise Invalid(str(error)) from None
        except RuntimeError as error:
            raise Failed(str(error)) from None
        return set(store)


class Endpoint:
    """An endpoint of ours over HTTP; queries as anybody, writes with the token."""

    def __init__(self, at: str, token: str) -> None:
        self.url = at
        self.http = httpx.Client(timeout=60, trust_env=False)
        self.head = {"Authorization": f"Bearer {token}"}

    def clear(self) -> None:
        self._update("DROP ALL")

    def load(self, found: list[ox.Quad]) -> None:
        """Add quads."""
        body = ox.serialize(found, format=ox.RdfFormat.N_QUADS)
        self.http.post(
            self.url + "/graphs/quads", content=body, headers={**self.head, "Content-Type": "application/n-quads"}
        ).raise_for_status()

    def query(self, text: str, data: Data, folder: Path, *, accept: str = "", base: str = "") -> Any:
        self.clear()
        own = has_dataset(text)  # FROM in the query, which the protocol's dataset would replace
        self.load(quads(with_from(text, data, folder, base), folder, ox.NamedNode(DEFAULT)))
        form: dict[str, Any] = {"query": f"BASE <{base}> {text}" if base else text}
        if not own:
            form |= {"default-graph-uri": [DEFAULT], "named-graph-uri": [n for n, _ in data.named]}
        types = accept or "application/sparql-results+json, application/n-triples"
        answer = self.http.post(self.url, data=form, headers={"Accept": types})
        _check(answer)
        kind = answer.headers["content-type"].split(";")[0]
        if accept == "text/csv":
            return answer.text
        if kind == "application/n-triples":
            return [q.triple for q in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)]
        return ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.from_media_type(kind))  # type: ignore[arg-type]

    def update(self, text: str, data: Data, folder: Path, *, base: str = "") -> set[ox.Quad]:
        self.clear()
        self.load(quads(data, folder, ox.DefaultGraph()))
        self._update(f"BASE <{base}> {text}" if base else text)
        answer = self.http.get(self.url + "/graphs/quads", headers=self.head)
        return set(map(_default, ox.parse(answer.raise_for_status().content, format=ox.RdfFormat.N_QUADS)))

    def _update(self, text: str) -> None:
        _check(self.http.post(self.url, data={"update": text}, headers=self.head))


def _default(quad: ox.Quad) -> ox.Quad:
    """A quad of the graph that stands for the default graph in our store, as one of the default graph."""
    own = quad.graph_name == ox.NamedNode(OWN)
    return ox.Quad(quad.subject, quad.predicate, quad.object, ox.DefaultGraph()) if own else quad


def _check(answer: httpx.Response) -> None:
    if answer.status_code in (400, 409):
        said = answer.text.strip()
        kind = (
            Refusing
            if "is refused" in said
            else Failed
            if "cannot be answered" in said or "not done" in said
            else Invalid
        )
        raise kind(said)
    if not answer.is_success:
        raise RuntimeError(f"{answer.status_code}: {answer.text.strip()[:200]}")
