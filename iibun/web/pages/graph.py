"""Graph (グラフ): the network of entities around a search or an article, with filters, paths, a list and downloads.

:mod:`iibun.web.network` computes what is shown. The URL holds the centre, the expanded entities, the filters and the path.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from iibun.i18n import TYPE_CODES, date_format, date_text, label, t
from iibun.web import address, answers, cards, components, downloads, markdown, sitemap, tables
from iibun.web.centrality import central
from iibun.web.network import Edge, Filter, Network, Node, Part, Tie, graphml, network
from iibun.web.pages.article import target
from iibun.web.pages.edge_evidence import evidence
from iibun.web.pages.graph_controls import LIMITS, filters, period, predicate_label
from iibun.web.pieces import triple

EACH = 15  #: most neighbours that one expansion adds
FIRST = 40  #: most entities of the overview, unless the reader chooses another limit
CHOICES = 3000  #: most entities that the search box offers


def show() -> None:
    """Show the page."""
    st.title(t("graph.title"), anchor=False)
    net = whole()
    if not net.nodes:
        st.info(t("graph.empty"), icon=":material/info:")
        sitemap.page_link("articles", t("home.empty-add"), icon=":material/add:", add="1")
        return
    merged = tables.current().merged
    address.follow(merged)
    centre = _search(net)
    wanted, most = filters(net)
    since, until = period(net)
    opened = [centre, *_opened()] if centre else _opened()
    wanted = replace(wanted, kept=frozenset(opened))
    net = answers.remembered(("network", net, since, until), lambda: net.within(since, until))
    article = st.query_params.get("article")
    path: list[Edge] = []
    if opened:
        part = net.around(dict.fromkeys(opened), wanted, each=EACH, most=most)
        path = _path(net, centre, wanted)
        if path:
            part = _with(net, part, path)
    elif article:
        mentioned = [merged.get(m["entity"], m["entity"]) for m in answers.ask("article_mentions", article=article)]
        part = net.among(mentioned, wanted, most=most)
    else:
        first = FIRST if most == LIMITS[1] else most
        part = net.overview(wanted, most=first, edges=110 + 3 * max(0, first - FIRST) // 2)
    _say(net, part, centre, article, most, wanted)
    if not part.edges and not part.nodes:
        st.info(t("graph.nothing"), icon=":material/search_off:")
        return
    about = {"view": centre or article or "", "caption": _caption(net, centre, article, (since, until), wanted)}
    _picture(net, part, centre, path, (since, until), about)
    _beside(net, part)


def whole() -> Network:
    """The network of the whole store, cached until the store changes."""

    def make() -> Network:
        rows = answers.ask("table_judged_relations")
        return network(tables.current(), [triple(r) for r in rows if not r["refused"]])

    net: Network = answers.remembered(("network",), make)
    return net


def _search(net: Network) -> str | None:
    """Show the search box and return the chosen entity."""
    given = st.query_params.get("entity")
    options = _choices(net, given)
    if given and given not in net.nodes:
        st.warning(t("graph.unknown"), icon=":material/search_off:")
    left, right = st.columns([3, 2], vertical_alignment="bottom")

    types = {code: label("type", code) for code in TYPE_CODES}

    def name(iri: str) -> str:
        node = net.nodes[iri]
        return t("common.with-kind", name=node.label, kind=types.get(node.type, node.type))

    with left:
        if st.session_state.get("graph-entity") != given and given in net.nodes:
            st.session_state["graph-entity"] = given
        chosen = st.selectbox(
            t("graph.search"), options, index=None, key="graph-entity", format_func=name,
            placeholder=t("graph.search-hint"), on_change=_centre_chosen,
        )  # fmt: skip
    with right, st.container(horizontal=True, vertical_alignment="center"):
        if st.query_params.get("open") or chosen:
            st.button(t("graph.reset"), icon=":material/restart_alt:", on_click=_reset)
        if chosen:
            sitemap.page_link("entity", t("graph.entity-page"), icon=":material/person:", iri=chosen)
    return chosen


def _choices(net: Network, given: str | None) -> list[str]:
    """The entities that a search box offers: the most mentioned ones, and the one that the URL names."""

    def first() -> list[str]:
        return [n.iri for n in sorted(net.nodes.values(), key=lambda n: (-n.mentions, n.label))[:CHOICES]]

    options: list[str] = answers.remembered(("network-choices", net), first)
    return [*options, given] if given and given in net.nodes and given not in options else options


def _centre_chosen() -> None:
    chosen = st.session_state.get("graph-entity")
    for name in ("open", "to", "article"):
        st.query_params.pop(name, None)
    if chosen:
        st.query_params["entity"] = chosen
    else:
        st.query_params.pop("entity", None)


def _reset() -> None:
    st.session_state["graph-entity"] = None
    st.session_state.pop("graph-to", None)
    for name in ("open", "to", "entity", "article"):
        st.query_params.pop(name, None)


def _opened() -> list[str]:
    return [x for x in st.query_params.get("open", "").split(" ") if x]


def _path(net: Network, centre: str | None, wanted: Filter) -> list[Edge]:
    """Show the box for the end of a path, and return the edges of the path from the centre or ``from``."""
    start = st.query_params.get("from") or centre
    if not start or start not in net.nodes:
        return []
    given = st.query_params.get("to")
    options = _choices(net, given)
    if "graph-to" not in st.session_state and given in net.nodes:
        st.session_state["graph-to"] = given
    end = st.selectbox(
        t("graph.path", name=markdown.plain(net.nodes[start].label)), options, index=None, key="graph-to",
        format_func=lambda iri: net.nodes[iri].label, placeholder=t("graph.path-hint"),
    )  # fmt: skip
    if not end:
        st.query_params.pop("to", None)
        return []
    st.query_params["to"] = end
    found = net.path(start, end, replace(wanted, kept=wanted.kept | {start, end}))
    if found:
        steps, here = [net.nodes[start].label], start
        for e in found:
            arrow = "→" if e.subject == here else "←"
            here = e.other(here)
            steps.append(f"{arrow} {predicate_label(e.predicate)} {arrow} {net.nodes[here].label}")
        st.success(markdown.plain(" ".join(steps)), icon=":material/route:")
    elif end != start:
        st.warning(t("graph.no-path"), icon=":material/route:")
    return found


def _with(net: Network, part: Part, path: list[Edge]) -> Part:
    """A part of the network with the nodes and edges of a path added."""
    nodes = {n.iri: n for n in part.nodes}
    edges = {e.id: e for e in part.edges}
    for e in path:
        for iri in (e.subject, e.object):
            nodes.setdefault(iri, net.nodes[iri])
        edges[e.id] = e
    return Part(tuple(nodes.values()), tuple(edges.values()), part.left_out)


def _say(net: Network, part: Part, centre: str | None, article: str | None, most: int, wanted: Filter) -> None:
    """Show how much of the network is shown, and what a limit left out."""
    words = [t("graph.shown", nodes=len(part.nodes), edges=len(part.edges))]
    if not centre and article:
        words.append(t("graph.of-article"))
    elif not centre and not _opened():
        words.append(t("graph.overview"))
    if net.countries and not wanted.countries:
        words.append(t("graph.no-countries"))
    if part.left_out:
        most_left = sorted(part.left_out.items(), key=lambda x: -x[1])[:3]
        names = cards.join_words(f"{net.nodes[iri].label} (+{n})" for iri, n in most_left)
        words.append(t("graph.capped", each=EACH, most=most, names=names))
    st.caption(markdown.plain("　".join(words)))


def _caption(
    net: Network, centre: str | None, article: str | None, time: tuple[date | None, date | None], wanted: Filter
) -> dict[str, Any]:
    """What a saved picture says beside the graph: its title, and lines with the period, what is left out and the source."""
    articles = tables.current().articles
    if centre:
        title = t("graph.picture-around", name=net.nodes[centre].label)
    elif article and article in articles.index:
        title = t("graph.picture-article", title=articles.at[article, "title"] or "")
    else:
        title = t("graph.picture-overview")
    first, last = (given or known for given, known in zip(time, net.span or (None, None), strict=True))
    lines = [t("graph.picture-period", since=date_text(first), until=date_text(last))] if first and last else []
    if net.countries and not wanted.countries:
        lines.append(t("graph.no-countries"))
    if wanted.confirmed:
        lines.append(t("graph.picture-confirmed"))
    days = articles["published"]
    if any(time):
        inside = [d is not None and d == d and (time[0] or d) <= d <= (time[1] or d) for d in days]
        articles = articles[inside]
    outlets = [name for name in articles["publisher"].value_counts().index if name]
    names = cards.join_words(outlets[:3]) + (t("graph.and-more") if len(outlets) > 3 else "")
    lines.append(t("graph.source", n=len(articles)) + (t("graph.source-outlets", names=names) if names else ""))
    return {"title": title, "lines": lines}


@st.fragment
def _picture(
    net: Network, part: Part, centre: str | None, path: list[Edge], time: tuple[date | None, date | None],
    about: dict[str, Any],
) -> None:  # fmt: skip
    """Show the picture of the graph, and carry out what the reader does in it."""
    opened = {centre, *_opened()}
    ties = {tie.id: tie for tie in part.ties}
    nodes = [_node(net, n, n.iri in opened) for n in part.nodes]
    marked = [x for e in path for x in (Tie((e,)).id, e.subject, e.object)]
    asked = st.session_state.get("graph-evidence", {})
    if st.session_state.get("graph-evidence-time") != time:
        asked, st.session_state["graph-evidence-time"] = {}, time
        st.session_state.pop("graph-evidence", None)
    result = components.graph(
        nodes, [_line(tie) for tie in ties.values()], key="graph", path=marked, evidence=asked, **about
    )
    if result.open:
        sitemap.go(result.open["page"], **dict(result.open.get("params") or {}))
    if result.edge:
        chosen = ties.get(result.edge["id"])
        if chosen and chosen.id not in asked:
            most = 5 if len(chosen.edges) == 1 else 3
            st.session_state["graph-evidence"] = {chosen.id: [evidence(e, *time, most=most) for e in chosen.edges]}
            st.rerun(scope="fragment")
    if result.expand and result.expand["id"] in net.nodes:
        now = _opened()
        if result.expand["id"] not in now:
            st.query_params["open"] = " ".join([*now, result.expand["id"]])
        st.rerun()
    if result.centre and result.centre["id"] in net.nodes:
        for name in ("open", "to", "from", "article"):
            st.query_params.pop(name, None)
        st.query_params["entity"] = result.centre["id"]
        st.rerun()
    start = getattr(result, "from")
    if start and start["id"] in net.nodes:
        st.query_params["from"] = start["id"]
        if not centre:
            st.query_params["entity"] = start["id"]
        st.rerun()


def _line(tie: Tie) -> dict[str, Any]:
    """A line of the picture, as :func:`iibun.web.components.graph` takes it."""
    names = [predicate_label(p) for p in tie.predicates]
    return {
        "id": tie.id, "source": tie.source, "target": tie.target, "label": cards.join_words(names[:2]),
        "count": tie.count, "forward": tie.points_to(tie.target), "backward": tie.points_to(tie.source),
        "dashed": tie.spoken, "thin": tie.doubtful,
        "parts": [
            {"from": e.subject, "to": e.object, "label": predicate_label(e.predicate), "count": e.count, "confirmed": e.confirmed}
            for e in tie.edges
        ],
    }  # fmt: skip


def _node(net: Network, n: Node, centre: bool) -> dict[str, Any]:
    return {
        "id": n.iri, "label": n.label, "type": n.type, "degree": min(len(net.at.get(n.iri, ())), 60), "centre": centre,
        "note": t("graph.mentions", n=n.mentions), "target": target("entity", iri=n.iri),
    }  # fmt: skip


def _beside(net: Network, part: Part) -> None:
    """Show the edges as a table with a download, and the most central entities."""
    import pandas as pd

    listed, ranked = st.tabs([t("graph.list"), t("graph.central")], key="graph-tab", on_change="rerun")
    with listed:
        edges = sorted(part.edges, key=lambda e: (-e.count, net.nodes[e.subject].label))
        rows = [
            {
                "subject": sitemap.named(sitemap.href("entity", iri=e.subject), net.nodes[e.subject].label),
                "predicate": predicate_label(e.predicate),
                "object": sitemap.named(sitemap.href("entity", iri=e.object), net.nodes[e.object].label),
                "count": e.count,
                "last": e.last,
            }
            for e in edges
        ]
        name = st.column_config.LinkColumn
        st.dataframe(
            pd.DataFrame(rows, columns=["subject", "predicate", "object", "count", "last"]),
            hide_index=True,
            column_config={
                "subject": name(t("graph.subject"), display_text=r"#(.*)$"),
                "predicate": t("graph.predicate"),
                "object": name(t("graph.object"), display_text=r"#(.*)$"),
                "count": t("graph.count"),
                "last": st.column_config.DateColumn(t("graph.last"), format=date_format()),
            },
            placeholder="",
            alt=t("graph.list"),
        )
        columns = [t(f"graph.{name}") for name in ("subject", "predicate", "object", "count", "last")]
        cells = [
            (net.nodes[e.subject].label, predicate_label(e.predicate), net.nodes[e.object].label, e.count, e.last)
            for e in edges
        ]
        st.download_button(
            t("graph.csv"), downloads.ready(lambda: downloads.table_csv(columns, cells)), file_name="iibun-graph.csv", mime="text/csv", key="list-csv",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            t("graph.graphml"), downloads.ready(lambda: graphml(part)), file_name="iibun.graphml", mime="application/graphml+xml",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
    with ranked:
        if ranked.open:
            _ranking(part)


def _ranking(part: Part) -> None:
    import pandas as pd

    st.caption(t("graph.central-help"))
    ranked = central(part)
    rows = [
        {"name": n.label, "type": label("type", n.type), "ties": ties, "rank": rank, "community": group}
        for n, ties, rank, group in ranked
    ]
    top = max((rank for _, _, rank, _ in ranked), default=1.0)
    columns = [t(f"graph.{name}") for name in ("name", "types", "ties", "rank", "community")]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "name": t("graph.name"),
            "type": t("graph.types"),
            "ties": t("graph.ties"),
            "rank": st.column_config.ProgressColumn(t("graph.rank"), format="%.3f", max_value=top),
            "community": t("graph.community"),
        },
    )
    st.download_button(
        t("graph.csv"), downloads.ready(lambda: downloads.table_csv(columns, (r.values() for r in rows))),
        file_name="iibun-central.csv", mime="text/csv", key="central-csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
