"""Timeline and graph of a published site as SVG, so that they show without a script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from iibun.i18n import telling
from iibun.publish.content import Content, Said
from iibun.web import components, layout, network
from iibun.web.timeline import Axis, Statement, bulk, lanes, within
from kg.rdf import local_name

LANES = 12  #: sources with a lane of their own in the timeline
WIDTH = 900  #: units of the timeline's width, with its names
NAMES = 170  #: units for the names of lanes
LANE = 34  #: units of a lane's height
YEARS = 12  #: years from which only some are marked
NODES = 40  #: entities in the graph
LETTERS = 16  #: letters of a name in the graph
SHOWN = 940  #: pixels of the graph's width on a wide screen


_KINDS = json.loads((Path(components.__file__).parent / "kinds.json").read_text("utf-8"))


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
    """The timeline: lanes, the years with their places, today's place, predictions outside of it, and its size."""

    lanes: tuple[Lane, ...]
    years: tuple[tuple[int, float], ...]
    today: float
    beyond: int
    undated: int
    height: float
    width: float = WIDTH


def timeline(content: Content) -> Timeline:
    """The predictions with a due date by source; what is far off most dates is only counted."""
    every = content.predictions()
    dated = {c.iri: c for c in every if c.due_end}
    undated = len(every) - len(dated)
    if not dated:
        return Timeline((), (), 0, 0, undated, 0)
    threads = [
        (Statement(c.iri, date.fromisoformat(c.published) if c.published else None, date.fromisoformat(c.due_end)),)
        for c in dated.values()
    ]
    low, high = bulk((day for (s,) in threads for day in s.days), content.on)
    axis = Axis(low, high)

    def place(day: date) -> float:
        return round(NAMES + axis.place(day) / 100 * (WIDTH - NAMES), 1)

    found = []
    shown = [thread for thread in threads if within(thread, (low, high))]
    for n, (name, some) in enumerate(lanes(shown, lambda thread: [dated[thread[0].iri].source])[:LANES]):
        y = 30 + LANE * n
        dots = tuple(
            Dot(dated[s.iri], place(s.due_shown or low), place(s.said) if s.said else None, y + 4 * (i % 3 - 1))
            for i, (s,) in enumerate(some)
        )
        found.append(Lane(name, y, dots))
    beyond = len(dated) - sum(len(lane.dots) for lane in found)
    step = 1 + (high.year - low.year) // YEARS
    years = tuple((year, place(date(year, 1, 1))) for year in range(low.year + 1, high.year + 1, step))
    return Timeline(tuple(found), years, place(content.on), beyond, undated, 30 + LANE * len(found))


class Graph(NamedTuple):
    """The graph: nodes (id, name, type, x, y, size), lines (x, y, x, y, label, dashed), and its view box."""

    nodes: tuple[tuple[str, str, str, float, float, float], ...]
    lines: tuple[tuple[float, float, float, float, tuple[str, ...], bool], ...]
    box: tuple[float, float, float, float]

    @property
    def types(self) -> list[str]:
        """The types of the nodes, in the order of a legend; one that has no shape of its own is the last."""
        shown = {type if type in _KINDS["light"] else "other" for _, _, type, *_ in self.nodes}
        return [type for type in _KINDS["light"] if type in shown]

    @property
    def colours(self) -> dict[str, tuple[str, str]]:
        """Type → its colours in the light and in the dark theme."""
        return {type: (colour, _KINDS["dark"][type]) for type, colour in _KINDS["light"].items()}

    @staticmethod
    def corners(type: str, x: float, y: float, size: float) -> str:
        """The corners of a node of a type, as SVG has them; empty if it is a circle."""
        return " ".join(f"{x + size * i:.1f},{y + size * j:.1f}" for i, j in _KINDS["corners"].get(type, ()))

    @property
    def letter(self) -> float:
        """The size of letters, in units of the view box, so that names can be read at the width of a page."""
        return round(max(12.0, 13 * self.box[2] / SHOWN), 1)

    @property
    def names(self) -> dict[str, tuple[str, float, float]]:
        """The names that fit, by id: the words and where their middle and their line are; the largest nodes come first.

        A name stands below its node, above it, or right or left of it. What fits nowhere is told by the node alone.
        """
        height = 1.15 * self.letter
        taken = [(x, y, 1.6 * size, 1.6 * size) for _, _, _, x, y, size in self.nodes]
        found = {}
        for id_, name, _, x, y, size in sorted(self.nodes, key=lambda node: -node[5]):
            words = name if len(name) <= LETTERS else name[: LETTERS - 1] + "…"
            wide = self.letter * telling.wide(words) / 2
            up, beside = size + 0.6 * self.letter, size + wide / 2 + 0.3 * self.letter
            for dx, dy in ((0, up), (0, -up), (beside, 0), (-beside, 0)):
                place = (x + dx, y + dy, wide, height)
                inside = self.box[0] <= place[0] - wide / 2 and place[0] + wide / 2 <= self.box[0] + self.box[2]
                if inside and not any(map(partial(_overlap, place), taken)):
                    taken.append(place)
                    found[id_] = (words, round(x + dx, 1), round(y + dy + 0.35 * self.letter, 1))
                    break
        return found


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two boxes (middle x, middle y, width, height) overlap."""
    return all(abs(one[i] - other[i]) < (one[i + 2] + other[i + 2]) / 2 for i in (0, 1))


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
        (local_name(n["id"]), n["label"], types[n["id"]], *at[n["id"]], round(5 + 2.2 * n["degree"] ** 0.5, 1)) for n in nodes
    )  # fmt: skip
    lines = tuple((*at[t.source], *at[t.target], tuple(t.predicates), t.spoken) for t in ties)
    xs, ys = zip(*at.values(), strict=True)
    letter = max(13.0, 15 * (max(xs) - min(xs)) / SHOWN)  # about as large as Graph.letter will be
    over = (letter * len(n["label"]) / 2 - min(at[n["id"]][0] - min(xs), max(xs) - at[n["id"]][0]) for n in nodes)
    side = max(70.0, *over)  # so that no name is cut off at an edge
    return Graph(
        drawn, lines, (min(xs) - side, min(ys) - 30, max(xs) - min(xs) + 2 * side, max(ys) - min(ys) + 80)
    )  # fmt: skip
