"""The most central entities of a part of the network, and the groups that they form.

>>> from iibun.web.network import Edge, Node, Part
>>> nodes = tuple(Node(x, x.upper(), "Person", 1) for x in "abc")
>>> [(node.label, ties, group) for node, ties, _, group in central(Part(nodes, (Edge("a", "uses", "b", 1),)))]
[('A', 1, 1), ('B', 1, 1), ('C', 0, 2)]
"""

from __future__ import annotations

from typing import Any

from iibun.web.network import Node, Part


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
