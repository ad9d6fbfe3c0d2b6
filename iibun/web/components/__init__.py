"""Our three components (evidence viewer, graph, query editor): thin Python over bundles in ``iibun/web/static``.

The JS is under ``src``; ``npm ci && npm run build`` here makes the committed bundles. Each mount carries a loader of
one line that imports the bundle from our own server, so that the browser keeps it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from iibun.i18n import MODALITY_CODES, TYPE_CODES, label, language, t
from iibun.web import layout

_BUNDLES = Path(__file__).parents[1] / "static" / "components"

_LOADER = """
export default function (component) {
  let end = null, gone = false;
  import(new URL(%s, location.origin).href).then((module) => { if (!gone) end = module.default(component); });
  return () => { gone = true; end?.(); };
}
"""


@cache
def address(name: str) -> str:
    """The path of a component's bundle on our server; another version is at another."""
    version = hashlib.sha256((_BUNDLES / f"{name}.js").read_bytes()).hexdigest()[:12]
    return f"/assets/components/{name}.js?v={version}"


@cache
def _script(name: str) -> str:
    return _LOADER % json.dumps(address(name))


_mounts: dict[tuple[int, str], Any] = {}


def _mount(name: str) -> Any:
    """The mounting function, registered once for each Streamlit runtime of the process."""
    import streamlit as st
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager

    key = (id(get_bidi_component_manager()), name)
    if key not in _mounts:
        _mounts[key] = st.components.v2.component(f"iibun_{name}", js=_script(name))
    return _mounts[key]


def _nothing() -> None:
    pass


def evidence(
    text: str,
    spans: Sequence[Mapping[str, Any]],
    claims: Sequence[Mapping[str, Any]],
    *,
    key: str,
    selected: str | None = None,
    heard: int = 0,
    done: int = 0,
    counts: Mapping[str, int] | None = None,
    beyond: Mapping[str, Mapping[str, Any]] | None = None,
    editable: bool = True,
    track: bool = True,
) -> Any:
    """A text with nested highlights beside its claim cards.

    Args:
        text: the source text.
        spans: ``{kind, start, end}`` in code points, with ``id, code, prediction, rejected`` for claims, ``claim``
            for their parts (cue, source, due, condition, quote), ``code, label, type, target, detail`` for the rest.
        claims: cards in order of the text; ``last`` is the last judgement on each.
        key: of the widget.
        selected: the claim to show; counts only if the reader has chosen none since choice ``heard``.
        heard: the number of the last choice that Python has heard of; 0 at first.
        done: the number of the last decision that Python has carried out.
        counts: how much there is of each kind, if the text is a part of a longer one.
        beyond: where the keys for the ``previous`` and the ``next`` claim lead from the first and the last one.
        editable: offer review and addition.
        track: tell Python which claim is selected (for a deep link).

    Returns:
        A result with ``selected`` ({id, n}) and ``decisions`` (a list of {n, kind, id, seen}, the oldest first: those
        that the browser does not yet know to be done), both states that stay; and the triggers ``edit`` ({id, n}),
        ``add`` ({start, end}) and ``open`` ({page, params}).
    """
    words = (
        "claim", "mention", "figure", "date", "claims", "layers", "keys", "keysText", "add", "noClaims", "noSource",
        "negated", "prediction", "criterion", "accept", "edit", "reject", "undo", "openPrediction", "openClaim",
        "confidence", "why",
    )  # fmt: skip
    labels: dict[str, Any] = {w: t(f"components.{w}") for w in words}
    labels["modality"] = {m: label("modality", m) for m in MODALITY_CODES}
    labels["review"] = {s: label("review", s) for s in ("accepted", "corrected", "rejected", "added")}
    return _mount("evidence")(
        key=key,
        data={
            "text": text, "spans": list(spans), "claims": list(claims), "selected": selected, "heard": heard,
            "done": done, "counts": dict(counts or {}), "beyond": dict(beyond or {}), "editable": editable, "track": track, "labels": labels,
        },
        on_selected_change=_nothing,
        on_decisions_change=_nothing,
        on_edit_change=_nothing,
        on_add_change=_nothing,
        on_open_change=_nothing,
    )  # fmt: skip


def graph(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    *,
    key: str,
    height: int = 620,
    path: Sequence[str] = (),
    evidence: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    expandable: bool = True,
) -> Any:
    """A graph that can be expanded, searched along paths and saved as a picture.

    Args:
        nodes: ``{id, label, type, degree, target}``; where they are drawn is found here.
        edges: ``{id, source, target, label, count}``.
        key: of the widget.
        height: in pixels.
        path: ids of nodes and edges to show in front.
        evidence: edge id → ``[{text, article, target, detail}]``, as far as it was asked for.
        expandable: offer to expand, centre and start a path.

    Returns:
        A result with the triggers ``expand``, ``centre``, ``from``, ``edge`` ({id}) and ``open`` ({page, params}).
    """
    words = ("close", "expand", "centre", "pathFrom", "zoomIn", "zoomOut", "fit", "again", "png", "picture")
    labels: dict[str, Any] = {w: t(f"components.{w}") for w in words}
    labels["types"] = {k: label("type", k) for k in TYPE_CODES}
    at = layout.drawn(nodes, edges)
    return _mount("graph")(
        key=key,
        data={
            "nodes": [{**n, "x": at[n["id"]][0], "y": at[n["id"]][1]} for n in nodes], "edges": list(edges), "height": height, "path": list(path), "evidence": dict(evidence or {}),
            "expandable": expandable, "labels": labels, "language": language(),
        },
        on_expand_change=_nothing,
        on_centre_change=_nothing,
        on_from_change=_nothing,
        on_edge_change=_nothing,
        on_open_change=_nothing,
    )  # fmt: skip


def editor(
    value: str,
    *,
    key: str,
    asked: bool = False,
    terms: Sequence[Mapping[str, str]] = (),
    entities: Sequence[Mapping[str, str]] = (),
    error: Mapping[str, Any] | None = None,
    height: int = 300,
) -> Any:
    """A SPARQL editor with completion; Ctrl-Enter or its button runs.

    Args:
        value: the query to show.
        key: of the widget.
        asked: whether the reader asked for that query; the page's own does not take the place of what was typed.
        terms: ``{label, detail}``: prefixed names of our own terms.
        entities: ``{label, detail, iri}``.
        error: ``{line, column, message}`` of the last run.
        height: least height in pixels.

    Returns:
        A result with the trigger ``run`` ({text}).
    """
    labels = {w: t(f"components.{w}") for w in ("run", "hint", "editor")}
    return _mount("editor")(
        key=key,
        data={
            "value": value, "asked": asked, "terms": list(terms), "entities": list(entities), "error": error,
            "height": height, "labels": labels,
        },
        on_run_change=_nothing,
    )  # fmt: skip
