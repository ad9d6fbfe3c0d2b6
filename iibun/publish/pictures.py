"""Timeline and graph of a published site as SVG, so that they show without a script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from iibun.publish.content import Content, Said
from iibun.web import layout, network

LANES = 12  #: sources with a lane of their own in the timeline
WIDTH = 900  #: units of the timeline's width, with its names
NAMES = 170  #: units for the names of lanes
LANE = 34  #: units of a lane's height
NODES = 40  #: entities in the graph
SHOWN = 940  #: pixels of the graph's width on a wide screen


class Dot(NamedTuple):
    """A prediction in the timeline: where its due date is, and where it was said (None if unknown)."""

    claim: Said
    x: float
    said: float | None
    y: float


class Lane(NamedTuple):
    """A source of the timeline with its predictions."""

    name: str
    y: float
    dots: tuple[Dot, ...]


class Timeline(NamedTuple):
    """The timeline: lanes, the years with their places, today's place, predictions outside of it, and its height."""

    lanes: tuple[Lane, ...]
    years: tuple[tuple[int, float], ...]
    today: float
    beyond: int
    undated: int
    height: float


def timeline(content: Content) -> Timeline:
    """The predictions with a due date by source, from the first that was said to the due date that nine of ten do not pass."""
    dated = [c for c in content.predictions() if c.due_end]
    undated = sum(c.prediction for c in content.claims) - len(dated)
    if not dated:
        return Timeline((), (), 0, 0, undated, 0)
    ends = sorted(date.fromisoformat(c.due_end) for c in dated)
    said = [date.fromisoformat(c.published) for c in dated if c.published]
    first = min([*said, ends[0], content.on])
    last = max(ends[int(0.9 * (len(ends) - 1))], content.on, first.replace(year=first.year + 1, day=1))
    within = [c for c in dated if date.fromisoformat(c.due_end) <= last]

    def place(day: date) -> float:
        share = (day - first).days / (last - first).days
        return round(NAMES + share * (WIDTH - NAMES - 20), 1)

    by_source: dict[str, list[Said]] = defaultdict(list)
    for claim in within:
        by_source[claim.source].append(claim)
    most = sorted(by_source, key=lambda s: (not s, -len(by_source[s]), s))[:LANES]
    lanes = []
    for n, name in enumerate(most):
        y = 30 + LANE * n
        dots = tuple(
            Dot(c, place(date.fromisoformat(c.due_end)), place(date.fromisoformat(c.published)) if c.published else None, y + 4 * (i % 3 - 1))
            for i, c in enumerate(by_source[name])
        )  # fmt: skip
        lanes.append(Lane(name, y, dots))
    shown = sum(len(lane.dots) for lane in lanes)
    years = tuple((year, place(date(year, 1, 1))) for year in range(first.year + 1, last.year + 1))
    return Timeline(tuple(lanes), years, place(content.on), len(dated) - shown, undated, 30 + LANE * len(lanes))


class Graph(NamedTuple):
    """The graph: nodes (id, name, type, x, y, size), lines (x, y, x, y, label, dashed), and its view box."""

    nodes: tuple[tuple[str, str, str, float, float, float], ...]
    lines: tuple[tuple[float, float, float, float, tuple[str, ...], bool], ...]
    box: tuple[float, float, float, float]

    @property
    def letter(self) -> float:
        """The size of letters, in units of the view box, so that names can be read at the width of a page."""
        return round(max(12.0, 13 * self.box[2] / SHOWN), 1)


def graph(content: Content) -> Graph:
    """The entities with the most relations, without countries, and how they are related."""
    net = network.network(content.data)
    part = net.overview(network.Filter(countries=False), most=NODES)
    nodes: Sequence[dict[str, Any]] = [
        {"id": n.iri, "label": n.label, "degree": min(len(net.at.get(n.iri, ())), 60)} for n in part.nodes
    ]
    ties = part.ties
    at = layout.drawn(nodes, [{"source": t.source, "target": t.target} for t in ties])
    if not at:
        return Graph((), (), (0, 0, 0, 0))
    types = {n.iri: n.type for n in part.nodes}
    drawn = tuple(
        (n["id"].rpartition(":")[2], n["label"], types[n["id"]], *at[n["id"]], round(5 + 2.2 * n["degree"] ** 0.5, 1)) for n in nodes
    )  # fmt: skip
    lines = tuple((*at[t.source], *at[t.target], tuple(t.predicates), t.spoken) for t in ties)
    xs, ys = zip(*at.values(), strict=True)
    return Graph(
        drawn, lines, (min(xs) - 70, min(ys) - 30, max(xs) - min(xs) + 140, max(ys) - min(ys) + 80)
    )  # fmt: skip
