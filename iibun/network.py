"""The graph of entities: who stands in which relation to whom, and who speaks about whom. Pure, from the store's rows.

>>> net = network([{"entity": "a", "label": "A", "type": "x/Person", "mentions": 2},
...                {"entity": "b", "label": "B", "type": "x/Place", "mentions": 1}],
...               [{"subject": "a", "predicate": "ns#locatedIn", "object": "b", "count": 1, "first": None, "last": None}], [])
>>> [e.predicate for e in net.path("b", "a")]
['locatedIn']
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

ABOUT = "about"  #: the predicate of "speaks about", beside those of kg.model


@dataclass(frozen=True, slots=True)
class Node:
    """An entity: its IRI, name, type and how often it is mentioned."""

    iri: str
    label: str
    type: str
    mentions: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation between two entities, stated ``count`` times between two days."""

    subject: str
    predicate: str
    object: str
    count: int
    first: date | None
    last: date | None

    @property
    def id(self) -> str:
        return f"{self.subject} {self.predicate} {self.object}"

    def other(self, iri: str) -> str:
        return self.object if self.subject == iri else self.subject


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown: entity types, predicates (empty: all), and a time in which the relation is reported."""

    types: frozenset[str] = frozenset()
    predicates: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None

    def admits(self, edge: Edge, nodes: Mapping[str, Node]) -> bool:
        if self.predicates and edge.predicate not in self.predicates:
            return False
        if self.types and not (nodes[edge.subject].type in self.types and nodes[edge.object].type in self.types):
            return False
        if self.since and edge.last and edge.last < self.since:
            return False
        return not (self.until and edge.first and edge.first > self.until)


EVERYTHING = Filter()


@dataclass(frozen=True)
class Part:
    """A part of the network to show; ``left_out`` counts neighbours that a cap kept away, by entity."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


class Network:
    """Nodes and edges with an index of what touches what."""

    def __init__(self, nodes: Mapping[str, Node], edges: Iterable[Edge]) -> None:
        self.nodes = nodes
        self.edges = [e for e in edges if e.subject in nodes and e.object in nodes and e.subject != e.object]
        self.at: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            self.at[edge.subject].append(edge)
            self.at[edge.object].append(edge)

    def neighbours(self, iri: str, wanted: Filter = EVERYTHING) -> list[tuple[str, int]]:
        """The neighbours of an entity with how strongly they are tied, strongest first."""
        ties: dict[str, int] = defaultdict(int)
        for edge in self.at.get(iri, ()):
            if wanted.admits(edge, self.nodes):
                ties[edge.other(iri)] += edge.count
        return sorted(ties.items(), key=lambda x: (-x[1], -self.nodes[x[0]].mentions, self.nodes[x[0]].label))

    def around(self, centres: Iterable[str], wanted: Filter = EVERYTHING, *, each: int = 15, most: int = 100) -> Part:
        """The entities around ``centres``: at most ``each`` neighbours of each centre, ``most`` in all."""
        shown: dict[str, None] = {c: None for c in centres if c in self.nodes}
        left: dict[str, int] = {}
        for centre in list(shown):
            near = self.neighbours(centre, wanted)
            fresh = [iri for iri, _ in near if iri not in shown]
            room = max(0, min(each, most - len(shown)))
            shown |= dict.fromkeys(fresh[:room])
            if len(fresh) > room:
                left[centre] = len(fresh) - room
        return self._part(shown, wanted, left)

    def overview(self, wanted: Filter = EVERYTHING, *, most: int = 40) -> Part:
        """The entities with the most ties, and what ties them."""
        degree: dict[str, int] = defaultdict(int)
        for edge in self.edges:
            if wanted.admits(edge, self.nodes):
                degree[edge.subject] += edge.count
                degree[edge.object] += edge.count
        first = sorted(degree, key=lambda iri: (-degree[iri], self.nodes[iri].label))[: 3 * most]
        return self.among(first, wanted, most=most)

    def among(self, entities: Iterable[str], wanted: Filter = EVERYTHING, *, most: int = 100) -> Part:
        """Just these entities and what ties them, as far as they are tied."""
        shown = dict.fromkeys(e for e in entities if e in self.nodes)
        part = self._part(shown, wanted, {})
        tied = {e.subject for e in part.edges} | {e.object for e in part.edges}
        part = self._part(dict.fromkeys([n.iri for n in part.nodes if n.iri in tied][:most]), wanted, {})
        tied = {e.subject for e in part.edges} | {e.object for e in part.edges}
        return Part(tuple(n for n in part.nodes if n.iri in tied), part.edges)

    def path(self, start: str, end: str, wanted: Filter = EVERYTHING) -> list[Edge]:
        """The edges of a shortest path, whatever their direction; empty if there is none."""
        came: dict[str, Edge | None] = {start: None}
        queue = deque([start])
        while queue and end not in came:
            here = queue.popleft()
            for edge in self.at.get(here, ()):
                there = edge.other(here)
                if there not in came and wanted.admits(edge, self.nodes):
                    came[there] = edge
                    queue.append(there)
        found: list[Edge] = []
        here = end
        while step := came.get(here):
            found.append(step)
            here = step.other(here)
        return found[::-1]

    def _part(self, shown: Mapping[str, None], wanted: Filter, left: Mapping[str, int]) -> Part:
        edges: dict[str, Edge] = {}
        for iri in shown:
            for edge in self.at.get(iri, ()):
                if edge.subject in shown and edge.object in shown and wanted.admits(edge, self.nodes):
                    edges[edge.id] = edge
        return Part(tuple(self.nodes[i] for i in shown), tuple(edges.values()), left)


def network(
    entities: Iterable[Mapping[str, Any]],
    relations: Iterable[Mapping[str, Any]],
    statements: Iterable[Mapping[str, Any]],
) -> Network:
    """The network that the rows of ``graph_entities``, ``graph_relations`` and ``graph_statements`` make."""
    nodes = {
        r["entity"]: Node(r["entity"], r["label"] or r["entity"], _local(r["type"] or ""), r["mentions"] or 0)
        for r in entities
    }
    edges = [
        Edge(r["subject"], _local(r["predicate"]), r["object"], r["count"], r["first"], r["last"]) for r in relations
    ]
    edges += [Edge(r["source"], ABOUT, r["about"], r["count"], r["first"], r["last"]) for r in statements]
    return Network(nodes, edges)


def load(ask: Callable[..., list[dict[str, Any]]]) -> Network:
    """The whole network of a store."""
    return network(ask("graph_entities"), ask("graph_relations"), ask("graph_statements"))


def placed(part: Part) -> dict[str, tuple[float, float]]:
    """Positions for a large part (the browser's own layout freezes above 300 nodes); empty for a small one."""
    if len(part.nodes) <= 300:
        return {}
    import rustworkx as rx

    graph = rx.PyGraph()
    at = {n.iri: graph.add_node(n.iri) for n in part.nodes}
    graph.add_edges_from_no_data([(at[e.subject], at[e.object]) for e in part.edges])
    side = 90.0 * len(part.nodes) ** 0.5
    places = rx.spring_layout(graph, seed=7, num_iter=60, scale=side)
    return {iri: (float(places[i][0]), float(places[i][1])) for iri, i in at.items()}


def graphml(part: Part) -> bytes:
    """A part as GraphML, for Gephi, yEd, Cytoscape."""
    import io

    import networkx as nx

    graph = nx.MultiDiGraph()
    for n in part.nodes:
        graph.add_node(n.iri, label=_clean(n.label), type=n.type, mentions=n.mentions)
    for e in part.edges:
        dates = {k: v.isoformat() for k, v in (("first", e.first), ("last", e.last)) if v}
        graph.add_edge(e.subject, e.object, predicate=e.predicate, count=e.count, **dates)
    out = io.BytesIO()
    nx.write_graphml(graph, out)
    return out.getvalue()


def central(part: Part, *, most: int = 20) -> list[tuple[Node, int, float, int]]:
    """The entities of a part by PageRank: node, number of ties, rank, community (numbered from 1, largest first)."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(n.iri for n in part.nodes)
    for e in part.edges:
        weight = graph.get_edge_data(e.subject, e.object, {"weight": 0})["weight"] + e.count
        graph.add_edge(e.subject, e.object, weight=weight)
    if not graph:
        return []
    rank = _pagerank(graph)
    groups = sorted(nx.community.louvain_communities(graph, seed=7), key=lambda g: (-len(g), min(g)))
    group = {iri: i for i, members in enumerate(groups, 1) for iri in members}
    by_iri = {n.iri: n for n in part.nodes}
    first = sorted(rank, key=lambda iri: -rank[iri])[:most]
    return [(by_iri[i], graph.degree(i), rank[i], group[i]) for i in first]


def _pagerank(graph: Any) -> dict[str, float]:
    """Power iteration; networkx's own wants SciPy."""
    n = len(graph)
    rank = dict.fromkeys(graph, 1 / n)
    weight = {v: sum(d["weight"] for d in graph[v].values()) for v in graph}
    for _ in range(60):
        loose = sum(rank[v] for v in graph if not weight[v])
        rank = {
            v: 0.15 / n + 0.85 * (loose / n + sum(rank[u] * d["weight"] / weight[u] for u, d in graph[v].items()))
            for v in graph
        }
    return rank


def _local(iri: str) -> str:
    return iri.replace("/", "#").rpartition("#")[2]


def _clean(text: str) -> str:
    return "".join(c for c in text if c >= " ")
