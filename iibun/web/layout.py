"""Deterministic layout of a small graph: neighbours close together, labels without overlap.

Each connected component is laid out by stress majorization, so that distances follow the number of edges between nodes.
Then nodes whose labels overlap are moved apart, and the components are packed beside one another. This is done here
because a layout in the browser takes most of the time that a reader waits for the graph.

>>> at = places((("a", 60, 40), ("b", 60, 40), ("c", 60, 40)), (("a", "b"),))
>>> sorted(at), round(abs(at["a"][0] - at["b"][0]))
(['a', 'b', 'c'], 120)
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

SMALL = 300  #: most nodes for the careful layout
STEP = 120.0  #: distance between neighbours, in pixels
WIDER = 1.3  #: horizontal stretch of a component
SHAPE = 1.75  #: width of the picture over its height
GAP = 50.0  #: space between components, in pixels


def drawn(nodes: Sequence[Mapping[str, Any]], edges: Iterable[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """Positions by id for the graph component's nodes (``id, label, degree``) and edges (``source, target``)."""
    ties = tuple((e["source"], e["target"]) for e in edges)
    if len(nodes) > SMALL:
        return _roughly(tuple(n["id"] for n in nodes), ties)
    return places(tuple((n["id"], *_box(n["label"], n["degree"])) for n in nodes), ties)


def _box(label: str, degree: int) -> tuple[float, float]:
    """Width and height of a node with its label under it, as ``components/src/graph.js`` draws it."""
    round_ = 18 + 7 * math.log2(1 + degree)
    words = sum(14.0 if unicodedata.east_asian_width(c) in "WFA" else 8.0 for c in label[:16])
    return max(round_, words) + 14, round_ + 34


@lru_cache(maxsize=16)
def _roughly(names: tuple[str, ...], ties: tuple[tuple[str, str], ...]) -> dict[str, tuple[float, float]]:
    """Positions in a large graph: a spring layout that ignores the labels, which are too small to read."""
    import rustworkx as rx

    graph: Any = rx.PyGraph()
    at = dict(zip(names, graph.add_nodes_from(list(names)), strict=True))
    graph.add_edges_from_no_data([(at[a], at[b]) for a, b in ties])
    found = rx.spring_layout(graph, seed=7, num_iter=60, scale=90.0 * len(names) ** 0.5)
    return {name: (float(found[i][0]), float(found[i][1])) for name, i in at.items()}


@lru_cache(maxsize=200)
def places(
    boxes: tuple[tuple[str, float, float], ...], ties: tuple[tuple[str, str], ...]
) -> dict[str, tuple[float, float]]:
    """The centre of each node, in pixels.

    Args:
        boxes: id, width and height of each node with its label.
        ties: pairs of ids that an edge connects.

    Returns:
        (x, y) by id. The result is cached and shared: don't change it.
    """
    import numpy as np
    import rustworkx as rx

    index = {name: i for i, (name, _, _) in enumerate(boxes)}
    graph: Any = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(boxes)))
    graph.add_edges_from_no_data([(index[a], index[b]) for a, b in ties if a != b])
    steps = rx.distance_matrix(graph, null_value=0.0)
    size = np.array([[w, h] for _, w, h in boxes], dtype=float).reshape(-1, 2)
    at = np.zeros((len(boxes), 2))
    parts = sorted((sorted(part) for part in rx.connected_components(graph)), key=lambda p: (-len(p), p[0]))
    for part in parts:
        at[part] = _apart(_spread(steps[np.ix_(part, part)]), size[part])
    _packed(at, size, parts)
    return {name: (round(float(x), 1), round(float(y), 1)) for (name, _, _), (x, y) in zip(boxes, at, strict=True)}


def _spread(steps: Any) -> Any:
    """Positions (n × 2) of a connected component by stress majorization.

    Args:
        steps: number of edges between each two nodes (n × n).
    """
    import numpy as np

    n = len(steps)
    if n == 1:
        return np.zeros((1, 2))
    if n == 2:
        return np.array([[0.0, 0.0], [STEP, 0.0]])
    wanted = STEP * steps
    turn = np.arange(n) * np.pi * (3 - 5**0.5)  # start on a spiral: nodes at the same place could never be separated
    at = STEP * np.sqrt(np.arange(n) + 0.5)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    weight = 1 / np.maximum(wanted, 1) ** 2
    np.fill_diagonal(weight, 0)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    inverse = np.linalg.inv(laplacian + 1 / n) - 1 / n
    pull = weight * wanted
    for _ in range(90):
        apart = np.hypot(*(at[:, None, i] - at[None, :, i] for i in (0, 1)))
        np.fill_diagonal(apart, 1)
        b = -pull / np.maximum(apart, 1e-9)
        np.fill_diagonal(b, 0)
        np.fill_diagonal(b, -b.sum(axis=1))
        new = inverse @ (b @ at)
        moved, at = np.abs(new - at).max(), new
        if moved < 0.5:
            break
    _, axes = np.linalg.eigh(np.cov((at - at.mean(axis=0)).T))
    at = at @ axes[:, ::-1]  # the longest axis horizontally
    return at * [WIDER, 1.0]


def _apart(at: Any, size: Any) -> Any:
    """Positions without overlaps: scaled up where too much overlaps, then pairs moved apart along the shorter axis."""
    import numpy as np

    first, second = np.triu_indices(len(at), 1)
    room = (size[first] + size[second]) / 2
    for turn in range(70):
        away = at[first] - at[second]
        over = room - np.abs(away)
        hit = (over > 0.5).all(axis=1).nonzero()[0]
        if not len(hit):
            break
        if turn < 20 and len(hit) > len(at) / 4:
            at = at * 1.08
            continue
        over, away = over[hit], away[hit]
        over[np.arange(len(hit)), over.argmax(axis=1)] = 0  # move along the axis with the smaller overlap
        push = over * np.where(away < 0, -0.5, 0.5)
        at = at.copy()
        np.add.at(at, first[hit], push)
        np.add.at(at, second[hit], -push)
    return at


def _packed(at: Any, size: Any, parts: Sequence[Sequence[int]]) -> None:
    """Pack the components beside one another, in place, so that the whole fits a picture of :data:`SHAPE` well."""
    low = [(at[p] - size[p] / 2).min(axis=0) for p in parts]
    extents = [tuple((at[p] + size[p] / 2).max(axis=0) - b + GAP) for p, b in zip(parts, low, strict=True)]
    least = max((w for w, _ in extents), default=0.0)
    tried = [_rooms(extents, least * share) for share in (1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4)]
    _, corners = min(tried, key=lambda x: x[0])
    for part, b, corner in zip(parts, low, corners, strict=True):
        at[part] += corner - b


def _rooms(extents: Sequence[tuple[float, float]], wide: float) -> tuple[float, list[tuple[float, float]]]:
    """Pack rectangles into a strip: the first one, then the others by height.

    Args:
        extents: width and height of each rectangle.
        wide: width of the strip.

    Returns:
        The height of the smallest picture of :data:`SHAPE` that holds them, and the corner of each rectangle.
    """
    free = [(0.0, 0.0, wide + 1, math.inf)]  # free spaces as left, top, width, height; the lowest last
    corners: dict[int, tuple[float, float]] = {}
    for i in sorted(range(len(extents)), key=lambda i: (i > 0, -extents[i][1])):
        w, h = extents[i]
        room = next(j for j in range(len(free) - 1, -1, -1) if w <= free[j][2] and h <= free[j][3])
        x, y, across, down = free.pop(room)
        corners[i] = (x, y)
        free += [r for r in ((x, y + h, across, down - h), (x + w, y, across - w, h)) if r[2] > 1 and r[3] > 1]
        free.sort(key=lambda r: -r[3])
    right = max((corners[i][0] + w for i, (w, _) in enumerate(extents)), default=0.0)
    bottom = max((corners[i][1] + h for i, (_, h) in enumerate(extents)), default=0.0)
    return max(right / SHAPE, bottom), [corners[i] for i in range(len(extents))]
