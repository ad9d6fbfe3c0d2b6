"""Our three Streamlit components (evidence viewer, graph, query editor): Python wrappers of bundles in ``iibun/web/static``.

The JavaScript is under ``src``; ``npm ci && npm run build`` in this folder makes the bundles, which are committed. A
component is mounted with a short loader that imports its bundle from our server, so that the browser can cache it.
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
    """The URL path of a component's bundle, with a hash of its content so that the browser fetches a new version."""
    version = hashlib.sha256((_BUNDLES / f"{name}.js").read_bytes()).hexdigest()[:12]
    return f"/assets/components/{name}.js?v={version}"


@cache
def _script(name: str) -> str:
    return _LOADER % json.dumps(address(name))


_mounts: dict[tuple[int, str], Any] = {}


def _mount(name: str) -> Any:
    """The function that mounts a component; registered once for each Streamlit runtime (tests have several)."""
    import streamlit as st
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager

    key = (id(get_bidi_component_manager()), name)
    if key not in _mounts:
        _mounts[key] = st.components.v2.component(f"iibun_{name}", js=_script(name))
    return _mounts[key]


def _nothing() -> None:
    """A callback that does nothing: Streamlit gives the result an attribute only for states and triggers with a callback."""


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
    article: str = "",
    visit: int = 0,
    elsewhere: int | None = 0,
    names: Sequence[Sequence[str]] = (),
    answer: Mapping[str, Any] | None = None,
    editable: bool = True,
    track: bool = True,
) -> Any:
    """Show the evidence viewer: a text with nested highlights beside the cards of its claims.

    Args:
        text: the source text.
        spans: ``{kind, start, end}`` in code points, with ``id, code, prediction, rejected`` for claims, ``claim``
            for their parts (cue, source, due, condition, quote), ``code, label, type, target, detail`` for the rest.
        claims: cards, those on which readers disagree first, else in order of the text; ``last`` is the last judgement
            on each, ``readers`` says who found it, ``disputes`` what another reader says.
        key: of the widget.
        selected: id of the claim to show; ignored if the reader has selected another since selection ``heard``.
        heard: the number of the last selection that Python has received; 0 at first.
        done: the number of the last decision that Python has carried out.
        counts: how many spans there are of each kind, if the text is a part of a longer one.
        beyond: page and parameters that ``previous`` on the first claim and ``next`` on the last claim lead to.
        article: what the text is, by which the browser remembers where it decided.
        visit: number of the visit of the page, so that the browser knows a component that was built again; 0: unknown.
        elsewhere: how many claims wait for a decision in other parts and articles; None if that is not known.
        names: (name, IRI) to complete in the form of a claim.
        answer: what became of a correction that was sent: ``{n, saved}`` or ``{n, error, overtaken, last, fresh}``.
        editable: offer to review claims and to add one.
        track: report the selected claim to Python (for the URL).

    Returns:
        A result with three lasting states and a trigger. States: ``selected`` ({id, n}); ``form`` ({open}: whether a
        claim is being corrected or added); ``decisions``, a list of {n, kind, id, seen} that the browser does not know
        to be done yet, the oldest first, where ``kind`` is accept, reject, undo, edit, add, speaker or onward (to what
        waits elsewhere). One that corrects a source has its ``speaker``, an undo of the reader's own last decision has
        ``own`` and ``article``, an edit and an addition have ``form``. Trigger: ``open`` ({page, params}).
    """
    words = (
        "claim", "mention", "figure", "date", "claims", "layers", "keys", "keysText", "add", "noClaims", "noSource",
        "negated", "prediction", "criterion", "accept", "edit", "reject", "undo", "openPrediction", "openClaim",
        "confidence", "why", "flow", "left", "elsewhere", "allDecided", "nextOpen", "nextArticle", "undoLast",
        "nothingToUndo", "previousClaim", "nextClaim",
    )  # fmt: skip
    labels: dict[str, Any] = {w: t(f"components.{w}") for w in words}
    labels |= {"doubt": t("claims.doubt"), "doubtOpen": t("claims.doubt-open")}
    labels["form"] = _form_labels()
    labels["modality"] = {m: label("modality", m) for m in MODALITY_CODES}
    labels["review"] = {s: label("review", s) for s in ("accepted", "corrected", "rejected", "added")}
    return _mount("evidence")(
        key=key,
        data={
            "text": text, "spans": list(spans), "claims": list(claims), "selected": selected, "heard": heard,
            "done": done, "counts": dict(counts or {}), "beyond": dict(beyond or {}), "editable": editable, "track": track, "labels": labels,
            "article": article, "visit": visit, "elsewhere": elsewhere, "names": [list(n) for n in names], "answer": dict(answer or {}),
        },
        on_selected_change=_nothing,
        on_decisions_change=_nothing,
        on_form_change=_nothing,
        on_open_change=_nothing,
    )  # fmt: skip


def _form_labels() -> dict[str, Any]:
    """The words of the form in which a claim is corrected or added."""
    of_form = {
        "editTitle": "edit-title", "addTitle": "add-title", "content": "field-content", "contentHelp": "field-content-help",
        "title": "field-name", "sources": "field-sources", "sourceText": "field-source-text", "about": "field-about",
        "modality": "field-modality", "negated": "field-negated", "prediction": "field-prediction",
        "dueStart": "field-due-start", "dueEnd": "field-due-end", "reason": "field-reason", "typeName": "type-name",
        "pick": "pick", "picking": "picking", "pickedName": "picked-name", "noName": "no-name-here", "remove": "remove-name",
        "restore": "restore", "take": "take-words", "overtakenSave": "overtaken-save", "saveAnyway": "save-anyway",
    }  # fmt: skip
    labels: dict[str, Any] = {name: t(f"article.{key}") for name, key in of_form.items()}
    labels |= {"save": t("common.save"), "close": t("components.close"), "overtaken": t("claims.overtaken")}
    labels["ends"] = {"start": t("article.end-start"), "end": t("article.end-end")}
    labels["types"] = {k: label("type", k) for k in TYPE_CODES}
    return labels


def graph(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    *,
    key: str,
    height: int = 620,
    path: Sequence[str] = (),
    evidence: Mapping[str, Sequence[Any]] | None = None,
    expandable: bool = True,
    view: str | None = None,
    caption: Mapping[str, Any] | None = None,
) -> Any:
    """Show a graph whose nodes can be expanded, that shows a path, and that can be saved as a picture (PNG, SVG).

    Names are as large on the screen at every zoom, and shown where they fit. Lines go around nodes. The wheel zooms only
    after a click into the graph.

    Args:
        nodes: ``{id, label, type, degree, target, centre, note}``; their positions are computed here
            (:mod:`iibun.web.layout`).
        edges: ``{id, source, target, label, count}``, and if wanted ``forward, backward`` (arrows; forward alone by
            default), ``dashed``, ``thin`` (doubtful), and ``parts``: ``{from, to, label, count, confirmed}`` for each relation
            that the line stands for.
        key: of the widget.
        height: in pixels.
        path: ids of nodes and edges to highlight.
        evidence: edge id → for each of its parts ``[{text, article, target, detail}]``, for edges that were asked about.
        expandable: offer to expand a node, to centre the graph on it and to start a path from it, and ask for evidence.
        view: what the graph is about. As long as it stays, nodes keep their places when others come or go, also when
            the reader returns; None: places are not kept.
        caption: ``title`` and ``lines`` that a saved picture says.

    Returns:
        A result with the triggers ``expand``, ``centre``, ``from``, ``edge`` ({id}) and ``open`` ({page, params}).
    """
    words = (
        "close", "expand", "centre", "pathFrom", "zoomIn", "zoomOut", "fit", "again", "png", "svg", "picture", "made",
        "clickToZoom", "tapToMove", "confirmedMark", "legend", "legendRelation", "legendAbout", "legendDoubt", "legendWidth",
        "legendSize", "legendCentre", "legendOther", "legendNames",
    )  # fmt: skip
    labels: dict[str, Any] = {w: t(f"components.{w}") for w in words}
    labels["types"] = {k: label("type", k) for k in TYPE_CODES}
    at = layout.drawn(nodes, edges)
    return _mount("graph")(
        key=key,
        data={
            "nodes": [{**n, "x": at[n["id"]][0], "y": at[n["id"]][1]} for n in nodes], "edges": list(edges), "height": height, "path": list(path), "evidence": dict(evidence or {}),
            "expandable": expandable, "view": view, "caption": dict(caption) if caption else None, "labels": labels, "language": language(),
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
    """Show a SPARQL editor with completion; Ctrl-Enter or its button runs the query.

    Args:
        value: the query to show.
        key: of the widget.
        asked: whether the reader chose this query (an example, a link). Otherwise it does not replace a typed text.
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
