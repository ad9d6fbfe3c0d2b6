"""The network of entities: relations between them, and who speaks about whom; made from the tables, without queries.

>>> nodes = {"a": Node("a", "A", "Person", 2), "b": Node("b", "B", "Place", 1)}
>>> net = Network(nodes, [Edge("a", "locatedIn", "b", 3, {date(2025, 1, 1): 1, date(2026, 1, 1): 2})])
>>> [e.predicate for e in net.path("b", "a")], net.within(date(2025, 6, 1), None).edges[0].count
(['locatedIn'], 2)
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from kg.characters import visible

if TYPE_CHECKING:
    from iibun.web.tables import Tables

ABOUT = "about"  #: predicate of an edge from a claim's source to what the claim is about; others are in kg.model


@dataclass(frozen=True, slots=True)
class Node:
    """An entity with name, type and number of mentions."""

    iri: str
    label: str
    type: str
    mentions: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation between two entities, with how often it is stated: in all, and by date of publication (if dated)."""

    subject: str
    predicate: str
    object: str
    count: int
    days: Mapping[date, int] = field(default_factory=dict, hash=False)

    @property
    def first(self) -> date | None:
        """The first day on which it is stated; None if none is known."""
        return min(self.days, default=None)

    @property
    def last(self) -> date | None:
        """The last day on which it is stated; None if none is known."""
        return max(self.days, default=None)

    def within(self, since: date | None, until: date | None) -> Edge | None:
        """The relation counted in articles from ``since`` to ``until`` (inclusive) only; None if none states it."""
        days = {d: n for d, n in self.days.items() if (not since or d >= since) and (not until or d <= until)}
        return Edge(self.subject, self.predicate, self.object, sum(days.values()), days) if days else None

    @property
    def id(self) -> str:
        """A key that no other edge of a network has."""
        return f"{self.subject} {self.predicate} {self.object}"

    def other(self, iri: str) -> str:
        """The entity at the other end than ``iri``."""
        return self.object if self.subject == iri else self.subject


@dataclass(frozen=True, slots=True)
class Filter:
    """Entity types and predicates to show; an empty set admits all."""

    types: frozenset[str] = frozenset()
    predicates: frozenset[str] = frozenset()

    def admits(self, edge: Edge, nodes: Mapping[str, Node]) -> bool:
        """Whether an edge has an admitted predicate and both its entities an admitted type."""
        if self.predicates and edge.predicate not in self.predicates:
            return False
        return not self.types or (nodes[edge.subject].type in self.types and nodes[edge.object].type in self.types)


EVERYTHING = Filter()


@dataclass(frozen=True)
class Part:
    """A part of the network to show; ``left_out`` is the number of neighbours left out by a limit, by entity."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


class Network:
    """Nodes and edges, with the edges of each node in ``at``; edges to unknown nodes and loops are left out."""

    def __init__(self, nodes: Mapping[str, Node], edges: Iterable[Edge]) -> None:
        self.nodes = nodes
        self.edges = [e for e in edges if e.subject in nodes and e.object in nodes and e.subject != e.object]
        self.at: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            self.at[edge.subject].append(edge)
            self.at[edge.object].append(edge)

    def within(self, since: date | None, until: date | None) -> Network:
        """The network counted in articles from ``since`` to ``until`` only; undated ones are left out if either is given."""
        if not since and not until:
            return self
        return Network(self.nodes, (e for edge in self.edges if (e := edge.within(since, until))))

    @property
    def span(self) -> tuple[date, date] | None:
        """The first and the last day on which a relation is stated; None if no day is known."""
        days = [d for e in self.edges for d in (e.first, e.last) if d]
        return (min(days), max(days)) if days else None

    def neighbours(self, iri: str, wanted: Filter = EVERYTHING) -> list[tuple[str, int]]:
        """The neighbours of an entity, each with the sum of the counts of its edges, largest first."""
        ties: dict[str, int] = defaultdict(int)
        for edge in self.at.get(iri, ()):
            if wanted.admits(edge, self.nodes):
                ties[edge.other(iri)] += edge.count
        return sorted(ties.items(), key=lambda x: (-x[1], -self.nodes[x[0]].mentions, self.nodes[x[0]].label))

    def around(self, centres: Iterable[str], wanted: Filter = EVERYTHING, *, each: int = 15, most: int = 100) -> Part:
        """The neighbourhood of some entities.

        Args:
            centres: IRIs.
            wanted: which edges to follow and show.
            each: most neighbours of each centre.
            most: most entities in all.
        """
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

    def overview(self, wanted: Filter = EVERYTHING, *, most: int = 40, edges: int = 110) -> Part:
        """The entities with the most edges, and the strongest edges between them.

        Args:
            wanted: which edges to count and show.
            most: most entities.
            edges: most edges; at least half of the room is for relations, if there are that many.
        """
        degree: dict[str, int] = defaultdict(int)
        for edge in self.edges:
            if wanted.admits(edge, self.nodes):
                degree[edge.subject] += edge.count
                degree[edge.object] += edge.count
        first = sorted(degree, key=lambda iri: (-degree[iri], self.nodes[iri].label))[: 3 * most]
        part = self.among(first, wanted, most=most)
        if len(part.edges) <= edges:
            return part
        strongest = sorted(part.edges, key=lambda e: (-e.count, e.id))
        kept = [e for e in strongest if e.predicate != ABOUT][: edges // 2]
        kept += [e for e in strongest if e.predicate == ABOUT][: edges - len(kept)]
        tied = {e.subject for e in kept} | {e.object for e in kept}
        return Part(tuple(n for n in part.nodes if n.iri in tied), tuple(kept))

    def among(self, entities: Iterable[str], wanted: Filter = EVERYTHING, *, most: int = 100) -> Part:
        """The edges between these entities, and those entities that have one; at most ``most``, in the given order."""
        shown = dict.fromkeys(e for e in entities if e in self.nodes)
        part = self._part(shown, wanted, {})
        tied = {e.subject for e in part.edges} | {e.object for e in part.edges}
        part = self._part(dict.fromkeys([n.iri for n in part.nodes if n.iri in tied][:most]), wanted, {})
        tied = {e.subject for e in part.edges} | {e.object for e in part.edges}
        return Part(tuple(n for n in part.nodes if n.iri in tied), part.edges)

    def path(self, start: str, end: str, wanted: Filter = EVERYTHING) -> list[Edge]:
        """The edges of a shortest path, ignoring their direction; empty if there is none."""
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


def network(tables: Tables) -> Network:
    """The network of a store's tables; merged entities are one node.

    A relation counts once for each time that an article states it, an :data:`ABOUT` edge once for each claim that is not
    rejected.
    """
    into = tables.merged.get
    rows = zip(
        tables.entities.index,
        tables.entities["label"],
        tables.entities["type"],
        tables.entities["mentions"],
        strict=True,
    )
    nodes = {iri: Node(iri, label, kind or "", int(mentions)) for iri, label, kind, mentions in rows}
    counts: Counter[tuple[str, str, str]] = Counter()
    days: dict[tuple[str, str, str], Counter[date]] = defaultdict(Counter)
    published = tables.articles["published"].to_dict()

    def state(subject: str, predicate: str, object_: str, day: Any, n: int) -> None:
        key = (into(subject, subject), predicate, into(object_, object_))
        counts[key] += n
        if day is not None and day == day:  # not NaN
            days[key][day] += n

    for article, subject, predicate, object_, n in tables.relations:
        state(subject, predicate, object_, published.get(article), n)
    kept = tables.claims[tables.claims["review"] != "rejected"]
    for sources, about, day in zip(kept["sources"], kept["about"], kept["published"], strict=True):
        for source in sources:
            for thing in about:
                state(source, ABOUT, thing, day, 1)
    return Network(nodes, (Edge(*key, n, dict(days[key])) for key, n in counts.items()))


def graphml(part: Part) -> bytes:
    """A part of the network as GraphML, for Gephi, yEd or Cytoscape."""
    import io

    import networkx as nx

    graph = nx.MultiDiGraph()
    for n in part.nodes:
        graph.add_node(n.iri, label=visible(n.label), type=n.type, mentions=n.mentions)
    for e in part.edges:
        dates = {k: v.isoformat() for k, v in (("first", e.first), ("last", e.last)) if v}
        graph.add_edge(e.subject, e.object, predicate=e.predicate, count=e.count, **dates)
    out = io.BytesIO()
    nx.write_graphml(graph, out)
    return out.getvalue()


def central(part: Part, *, most: int = 20) -> list[tuple[Node, int, float, int]]:
    """The most central entities of a part, by PageRank.

    Returns:
        For each entity: node, number of neighbours, PageRank, and community by the Louvain method (numbered from 1, the
        largest first).
    """
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
    """PageRank by power iteration; networkx's function needs SciPy, which Iibun does not install."""
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
