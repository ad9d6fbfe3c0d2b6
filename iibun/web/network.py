"""The network of entities: relations between them, and who speaks about whom; made from the tables, without queries.

A line of the picture is a :class:`Tie`: all edges between two entities.

>>> nodes = {"a": Node("a", "A", "Person", 2), "b": Node("b", "B", "Place", 1)}
>>> net = Network(nodes, [Edge("a", "locatedIn", "b", 3, {date(2025, 1, 1): 1, date(2026, 1, 1): 2})])
>>> [e.predicate for e in net.path("b", "a")], net.within(date(2025, 6, 1), None).edges[0].count
(['locatedIn'], 2)
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from kg.characters import visible

if TYPE_CHECKING:
    from iibun.web.tables import Tables

ABOUT = "about"  #: predicate of an edge from a claim's source to what the claim is about; others are in kg.model
MUTUAL = frozenset({"partnersWith", "competesWith"})  #: predicates without a direction
DOUBT = 0.6  #: a claim whose confidence is below this is doubtful until a person decides on it


@dataclass(frozen=True, slots=True)
class Node:
    """An entity with name, type and number of mentions, and whether it is a country or a larger region."""

    iri: str
    label: str
    type: str
    mentions: int
    country: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation between two entities, with how often it is stated: in all, and by date of publication (if dated).

    ``doubtful``: each claim that states it is doubtful. ``confirmed``: a person accepted, corrected or added something that
    states it.
    """

    subject: str
    predicate: str
    object: str
    count: int
    days: Mapping[date, int] = field(default_factory=dict, hash=False)
    doubtful: bool = False
    confirmed: bool = False

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
        return replace(self, count=sum(days.values()), days=days) if days else None

    @property
    def id(self) -> str:
        """A key that no other edge of a network has."""
        return f"{self.subject} {self.predicate} {self.object}"

    def other(self, iri: str) -> str:
        """The entity at the other end than ``iri``."""
        return self.object if self.subject == iri else self.subject


@dataclass(frozen=True, slots=True)
class Filter:
    """Which edges to show.

    Attributes:
        types, predicates: entity types and predicates; an empty set admits all.
        countries: show countries, not only those in ``kept``.
        confirmed: only what a person has confirmed.
        kept: entities that are shown even if they are countries.

    >>> nodes = {"a": Node("a", "A", "Person", 2), "b": Node("b", "日本", "Place", 1, country=True)}
    >>> edge = Edge("a", "locatedIn", "b", 1)
    >>> [f.admits(edge, nodes) for f in (Filter(), Filter(countries=False), Filter(countries=False, kept=frozenset("b")))]
    [True, False, True]
    """

    types: frozenset[str] = frozenset()
    predicates: frozenset[str] = frozenset()
    countries: bool = True
    confirmed: bool = False
    kept: frozenset[str] = frozenset()

    def admits(self, edge: Edge, nodes: Mapping[str, Node]) -> bool:
        """Whether an edge and both its entities are to be shown."""
        if (self.predicates and edge.predicate not in self.predicates) or (self.confirmed and not edge.confirmed):
            return False
        ends = (nodes[edge.subject], nodes[edge.object])
        if not self.countries and any(n.country and n.iri not in self.kept for n in ends):
            return False
        return not self.types or all(n.type in self.types for n in ends)


EVERYTHING = Filter()


@dataclass(frozen=True)
class Part:
    """A part of the network to show; ``left_out`` is the number of neighbours left out by a limit, by entity."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def ties(self) -> list[Tie]:
        """The edges as lines of the picture."""
        between: dict[frozenset[str], list[Edge]] = defaultdict(list)
        for e in self.edges:
            between[frozenset((e.subject, e.object))].append(e)
        return [
            Tie(tuple(sorted(some, key=lambda e: (e.predicate == ABOUT, -e.count, e.id)))) for some in between.values()
        ]


@dataclass(frozen=True, slots=True)
class Tie:
    """All edges between two entities, as one line from ``source`` to ``target``; relations come first, the most stated first.

    >>> one, other = Edge("a", ABOUT, "b", 5), Edge("b", "acquires", "a", 2)
    >>> (tie,) = Part((), (one, other)).ties
    >>> tie.source, tie.count, tie.points_to("a"), tie.points_to("b"), tie.spoken
    ('b', 7, True, True, False)
    """

    edges: tuple[Edge, ...]

    @property
    def source(self) -> str:
        """The subject of the first edge."""
        return self.edges[0].subject

    @property
    def target(self) -> str:
        """The object of the first edge."""
        return self.edges[0].object

    @property
    def id(self) -> str:
        """A key that stays when edges between the two are added."""
        return " ".join(sorted((self.source, self.target)))

    @property
    def count(self) -> int:
        """How often its edges are stated."""
        return sum(e.count for e in self.edges)

    @property
    def predicates(self) -> list[str]:
        """The predicates of its relations, without :data:`ABOUT`."""
        return list(dict.fromkeys(e.predicate for e in self.edges if e.predicate != ABOUT))

    @property
    def spoken(self) -> bool:
        """Whether it says only who speaks about whom."""
        return not self.predicates

    @property
    def doubtful(self) -> bool:
        """Whether all its edges are doubtful."""
        return all(e.doubtful for e in self.edges)

    def points_to(self, iri: str) -> bool:
        """Whether an edge with a direction leads to ``iri``."""
        return any(e.object == iri and e.predicate not in MUTUAL for e in self.edges)


class Network:
    """Nodes and edges, with the edges of each node in ``at``; edges to unknown nodes and loops are left out."""

    def __init__(self, nodes: Mapping[str, Node], edges: Iterable[Edge]) -> None:
        self.nodes = nodes
        self.countries = any(n.country for n in nodes.values())
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


@cache
def countries() -> frozenset[str]:
    """Names of countries and larger regions; of those of one letter, the ones that mean a country only (米).

    >>> [name in countries() for name in ("フランス", "米", "中", "東京")]
    [True, True, False, False]
    """
    from ingest import compounds

    return frozenset(name for name, short in compounds.countries().items() if not short) | compounds.letters()


def network(tables: Tables, stated: Collection[tuple[str, str, str]] = ()) -> Network:
    """The network of a store's tables; merged entities are one node.

    A relation counts once for each time that an article states it, an :data:`ABOUT` edge once for each claim that is not
    rejected.

    Args:
        tables: of the store.
        stated: subject, predicate and object of the relations that people stated.
    """
    into = tables.merged.get
    frame, named = tables.entities, countries()
    rows = zip(frame.index, frame["label"], frame["type"], frame["mentions"], frame["names"], strict=True)
    nodes = {
        iri: Node(iri, label, kind or "", int(mentions), kind == "Place" and not named.isdisjoint((label, *names)))
        for iri, label, kind, mentions, names in rows
    }
    counts: Counter[tuple[str, str, str]] = Counter()
    days: dict[tuple[str, str, str], Counter[date]] = defaultdict(Counter)
    published = tables.articles["published"].to_dict()

    def key(subject: str, predicate: str, object_: str) -> tuple[str, str, str]:
        return into(subject, subject), predicate, into(object_, object_)

    def state(stated: tuple[str, str, str], day: Any, n: int) -> None:
        counts[stated] += n
        if day is not None and day == day:  # not NaN
            days[stated][day] += n

    for article, subject, predicate, object_, n in tables.relations:
        state(key(subject, predicate, object_), published.get(article), n)
    confirmed = {key(*one) for one in stated}
    doubtful: set[tuple[str, str, str]] = set()
    sure: set[tuple[str, str, str]] = set()
    kept = tables.claims[tables.claims["review"] != "rejected"]
    columns = (kept[name] for name in ("sources", "about", "published", "review"))
    for sources, about, day, review, unsure in zip(*columns, _unsure(kept), strict=True):
        for edge in (key(source, ABOUT, thing) for source in sources for thing in about):
            state(edge, day, 1)
            (doubtful if unsure else sure).add(edge)
            if isinstance(review, str):
                confirmed.add(edge)
    doubtful -= sure
    return Network(nodes, (Edge(*k, n, dict(days[k]), k in doubtful, k in confirmed) for k, n in counts.items()))


def _unsure(claims: Any) -> list[bool]:
    """Of each claim of a frame, whether a person should check it: who says it (``doubt``), or what it says."""
    doubts = claims.get("doubt", [None] * len(claims))
    return [
        not isinstance(review, str) and (doubt is not None or sure < DOUBT)
        for doubt, sure, review in zip(doubts, claims["confidence"], claims["review"], strict=True)
    ]


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
