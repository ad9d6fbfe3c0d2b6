"""One entity: its claims and those about it, its record, figures, relations and names."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import date_text, label, language, reasons, t
from iibun.i18n.figures import axis_labels, figure_text, unit_text
from iibun.web import address, cards, look, tables
from iibun.web.account import author
from iibun.web.answers import ask, remembered, store
from iibun.web.forms import draft_key
from iibun.web.markdown import plain
from iibun.web.pages import claim_detail, decisions, edge_evidence, entity_record
from iibun.web.sitemap import page_link

SHOWN = 8
OFFERED = 3000  #: most entities that are offered for a merge
RELATIONS = 200  #: most relations that are shown, the newest


def show() -> None:
    """Show the page of the entity that the URL names."""
    cards.begin()
    data = tables.current()
    iri = address.one("iri")
    iri = data.merged.get(iri, iri)
    if iri not in data.entities.index:
        cards.show(cards.empty(t("entities.gone"), cards.link("entities", t("entities.all"))))
        return
    row = data.entities.loc[iri].to_dict()
    st.title(plain(row["label"]), anchor=False)
    head(data, iri, row)
    sections = ["claims", "record", "figures", "relations", "names"]
    section = st.segmented_control(
        t("entities.section"), sections, required=True, label_visibility="collapsed",
        key=address.key("section", valid=sections, many=False, default="claims"),
        format_func=lambda s: t(f"entities.section-{s}"), on_change=address.write, args=("section",),
        kwargs={"default": "claims"},
    )  # fmt: skip
    {"claims": claims, "record": entity_record.show, "figures": figures, "relations": relations, "names": names}[
        str(section)
    ](data, iri, row)
    claim_detail.back("entities")


def head(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show type, aliases, Wikidata item and counts, with links to other pages about the entity."""
    parts = [cards.chip(label("type", row["type"]))]
    others = [n for n in row["names"] if n != row["label"]]
    if others:
        parts.append(f"<span>{cards.esc(t('entities.also', names=cards.join_words(others[:6])))}</span>")
    if row["wikidata"]:
        parts.append(cards.outside(row["wikidata"], row["wikidata"].rpartition("/")[2]))
    parts.append(
        f'<span class="ib-num">{cards.esc(t("entities.counts", mentions=row["mentions"], articles=row["articles"]))}</span>'
    )
    cards.show('<div class="ib-meta" style="font-size:.95rem">', *parts, "</div>")
    with st.container(horizontal=True, key="entity-links"):
        page_link("graph", t("entities.graph"), icon=":material/hub:", entity=iri)
        said, about = (f"{len(frame):,}" for frame in claims_of(data, iri))
        if said != "0":
            page_link("claims", t("entities.all-said", n=said), icon=":material/format_quote:", source=iri)
        if about != "0":
            page_link("claims", t("entities.all-about", n=about), icon=":material/info:", about=iri, others=iri)


def claims(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show the claims of the entity and about it, and their number over time."""
    said, about = claims_of(data, iri)
    over_time(data, iri, said, about)
    every = (("said", said, {"source": iri}), ("about", about, {"about": iri, "others": iri}))
    filled = [part for part in every if len(part[1])]
    if not filled:
        cards.show(cards.empty(t("entities.no-claims"), cards.link("graph", t("entities.graph"), entity=iri)))
        return
    for column, (name, frame, params) in zip(st.columns(len(filled), gap="large"), filled, strict=True):
        with column:
            st.header(t(f"entities.heading-{name}", n=f"{len(frame):,}"), anchor=False)
            cards.show(cards.claim_list(data, frame.head(SHOWN)))
            if len(frame) > SHOWN:
                cards.show(cards.link("claims", t("common.more"), **params))


def claims_of(data: tables.Tables, iri: str) -> tuple[Any, Any]:
    """What :func:`said_and_about` finds, remembered."""
    found: tuple[Any, Any] = remembered(("entity-claims", data, iri), lambda: said_and_about(data, iri))
    return found


def said_and_about(data: tables.Tables, iri: str) -> tuple[Any, Any]:
    """The claims of an entity, and the claims of others about it; without rejected ones."""
    claims = data.claims
    kept = [review != "rejected" for review in claims["review"]]
    by = [iri in sources for sources in claims["sources"]]
    on = [iri in about for about in claims["about"]]
    said = claims[[k and b for k, b in zip(kept, by, strict=True)]]
    return said, claims[[k and o and not b for k, o, b in zip(kept, on, by, strict=True)]]


def over_time(data: tables.Tables, iri: str, said: Any, about: Any) -> None:
    """Show the numbers of claims by and about an entity for each month; nothing if all are of the same month."""
    from iibun.web import charts

    days = [day for frame in (said, about) for day in frame["published"] if cards.present(day)]
    if len({(day.year, day.month) for day in days}) < 2:
        return
    charts.show(
        ("over-time", data, iri), lambda: months_chart(said, about), width="stretch", alt=t("entities.over-time-alt")
    )


def months_chart(said: Any, about: Any) -> Any:
    """The bar chart of :func:`over_time`."""
    import pandas as pd

    from iibun.web import charts
    from iibun.web.charts import alt

    rows = [
        {"month": pd.Timestamp(day).to_period("M").to_timestamp(), "what": t(f"entities.{name}")}
        for name, frame in (("said", said), ("by-others", about))
        for day in frame["published"]
        if cards.present(day)
    ]
    months = {r["month"] for r in rows}
    frame = pd.DataFrame(rows).value_counts().reset_index(name="n")
    palette = look.palette()
    colours = {t("entities.said"): palette["accent"], t("entities.by-others"): palette["intended"]}
    drawn = {name: colour for name, colour in colours.items() if name in set(frame["what"])}
    when = "%Y年%-m月" if language() == "ja" else "%b %Y"
    return (
        alt.Chart(frame)
        .mark_bar(cornerRadius=2, size=14)
        .encode(
            x=alt.X("month:T", title=None, axis=alt.Axis(**charts.time_axis(min(months).date(), max(months).date()), grid=False, labelOverlap="greedy")),
            y=alt.Y("n:Q", title=None, axis=alt.Axis(tickMinStep=1, format="d")),
            color=alt.Color(
                "what:N", title=None, legend=alt.Legend(orient="top", labelLimit=0),
                scale=alt.Scale(domain=[*drawn], range=[*drawn.values()]),
            ),
            tooltip=[alt.Tooltip("month:T", format=when, title=t("entities.month")), alt.Tooltip("what:N", title=""), alt.Tooltip("n:Q", title=t("graph.count"))],
        )
        .properties(height=190)
        .configure_view(strokeWidth=0)
    )  # fmt: skip


def figures(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show figures over time: a small chart and a table for each measure and unit."""
    from iibun.web import charts
    from kg.tracking import observations

    series = remembered(("observations", iri), lambda: observations.observations(store(), entity=iri))
    if not series:
        cards.show(cards.empty(t("entities.no-figures")))
        return
    for one in sorted(series, key=lambda s: -len(s.points)):
        st.header(plain(f"{one.measure or t('entities.no-measure')} ({unit_text(one.unit)})"), anchor=False)
        if sum(1 for p in one.points if p.end or p.start or p.published) > 1:
            charts.show(
                ("figures", one, iri), partial(figure_chart, one), width="stretch",
                alt=t("entities.figures-alt"),
            )  # fmt: skip
        rows = [
            [
                cards.esc(figure_text(p.value, p.comparator, None)), cards.chip(t("entities.forecast"), "probable") if p.forecast else "",
                f'<span class="ib-num ib-day">{cards.esc(span(p.start, p.end) or date_text(p.published, short=True))}</span>', cards.esc(p.source or ""),
                cards.link("claims", cards.clip(p.text or "", 60), iri=p.claim) if p.claim else cards.esc(p.text or ""),
                cards.article_link(data, p.article),
                cards.chip(t("entities.differs"), "bad") if p.differs else "",
            ]
            for p in one.points
        ]  # fmt: skip
        head = [
            (t("entities.value"), True), ("", False), (t("entities.when"), False), (t("claims.source"), False),
            (t("claims.what"), False), (t("claims.article"), False), ("", False),
        ]  # fmt: skip
        cards.show(cards.table(head, rows))


def span(start: Any, end: Any) -> str:
    """A period as text: one date, or two with a dash."""
    if start and end and start != end:
        return f"{date_text(start, short=True)} – {date_text(end, short=True)}"
    return date_text(end or start, short=True)


def figure_chart(one: Any) -> Any:
    """A curve of a series over time; forecasts are hollow, values that differ from another source's have a red outline."""
    import pandas as pd

    from iibun.web import charts
    from iibun.web.charts import alt

    rows = [
        {
            "at": pd.Timestamp(p.end or p.start or p.published), "value": p.value, "figure": figure_text(p.value, p.comparator, one.unit), "who": p.source or "", "text": cards.clip(p.text or "", 120),
            "kind": "forecast" if p.forecast else "stated", "differs": bool(p.differs),
        }
        for p in one.points
        if p.end or p.start or p.published
    ]  # fmt: skip
    palette = look.palette()
    when = "%Y年%-m月" if language() == "ja" else "%b %Y"
    days = [row["at"].date() for row in rows]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("at:T", title=None, axis=alt.Axis(**charts.time_axis(min(days), max(days)), grid=False, labelOverlap="greedy")),
        y=alt.Y("value:Q", title=unit_text(one.unit), scale=alt.Scale(zero=False, padding=12), axis=alt.Axis(labelExpr=axis_labels())),
        tooltip=[
            alt.Tooltip("figure:N", title=t("entities.value")), alt.Tooltip("who:N", title=t("claims.source")), alt.Tooltip("text:N", title=t("claims.what")),
            alt.Tooltip("at:T", format=when, title=t("entities.when")),
        ],
    )  # fmt: skip
    points = base.mark_point(size=110, strokeWidth=2).encode(
        fill=alt.condition("datum.kind == 'forecast'", alt.value("transparent"), alt.value(palette["accent"])),
        stroke=alt.condition("datum.differs", alt.value(palette["bad"]), alt.value(palette["accent"])),
    )
    stated = base.transform_filter("datum.kind == 'stated' && !datum.differs").mark_line(
        strokeWidth=1.5, opacity=0.6, color=palette["accent"]
    )
    return alt.layer(stated, points).properties(height=180).configure_view(strokeWidth=0)


def relations(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show the entity's relations by predicate, each with the sentence that states it."""
    ids = data.family(iri)
    found = [r for one in ids for r in ask("entity_relations", entity=one, limit=RELATIONS)]
    if not found:
        cards.show(cards.empty(t("entities.no-relations")))
        return
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in found:
        groups[r["predicate"]].append(r)
    if len(found) >= RELATIONS:
        st.caption(t("entities.relations-newest", n=f"{len(found):,}"))
    for predicate, some in sorted(groups.items(), key=lambda g: -len(g[1])):
        st.header(label("predicate", predicate), anchor=False)
        items = []
        for r in some:
            other = data.merged.get(r["other"], r["other"])
            me, it = cards.esc(row["label"]), cards.link("entity", data.label(other), iri=other)
            pair = f"{me} → {it}" if r["direction"] == "to" else f"{it} → {me}"
            chips = "".join(map(cards.chip, edge_evidence.qualifiers(r)))
            items.append(
                f'<li><span class="main">{pair} {chips}<br><span class="ib-meta">{cards.esc(cards.clip(r["sentence"], 220))}</span></span>'
                f'<span class="side">{cards.article_link(data, r["article"])}</span></li>'
            )
        cards.show(f'<ul class="ib-rows">{"".join(items)}</ul>')


def names(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show how the entity is written, why these mentions were grouped, the forms to merge and split, and the log."""
    ids = data.family(iri)
    rows = [
        [
            cards.esc(r["written"]) + (" " + cards.chip(t("entities.anaphor")) if r["anaphor"] else ""),
            f"{r['count']:,}", f"{r['articles']:,}", cards.esc("".join(reasons.sentences([r["reason"]] if r["reason"] else []))),
        ]
        for one in ids
        for r in ask("entity_written", entity=one)
    ]  # fmt: skip
    st.header(t("entities.written"), anchor=False)
    cards.show(
        cards.table(
            [
                (t("entities.name"), False),
                (t("entities.mentions"), True),
                (t("entities.articles"), True),
                (t("entities.why"), False),
            ],
            rows,
        )
    )
    found = reasons.sentences(r["reason"] for one in ids for r in ask("entity_reasons", entity=one))
    if found:
        st.markdown(f"**{t('entities.why-one')}**")
        cards.show('<ul class="ib-rows">', *(f"<li>{cards.esc(r)}</li>" for r in found), "</ul>")
    taken_for_one(iri)
    left, right = st.columns(2, gap="large")
    with left:
        merge_form(data, iri, row)
    with right:
        split_form(data, iri, ids)
    claim_detail.log(entity=iri)


def taken_for_one(iri: str) -> None:
    """Show the names of other articles that were taken for this entity, why, and a button to keep each apart."""
    from kg.tracking import identities, merges

    found = remembered(("identities", iri), lambda: [i for i in identities.of_entity(store(), iri) if i.same_as == iri])
    if not found:
        return
    st.markdown(f"**{t('entities.taken-for-one')}**")
    for i in found:
        written = [r["written"] for r in ask("entity_written", entity=i.entity)]
        with st.container(horizontal=True, vertical_alignment="center", key=f"one-{i.entity}"):
            why = "".join(f"<li>{cards.esc(s)}</li>" for s in reasons.sentences(i.reasons))
            cards.show(f'{cards.esc(cards.join_words(list(dict.fromkeys(written))))}<ul class="ib-meta">{why}</ul>')
            decisions.button(
                t("entities.apart"), partial(merges.separate, store(), iri, i.entity, author=author()),
                key=f"apart-{i.entity}", type="tertiary", icon=":material/call_split:",
            )  # fmt: skip


def merge_form(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show the form to merge other entities into this one."""
    from kg.tracking import merges

    st.header(t("entities.merge-heading"), anchor=False)
    options = [e for e in data.entities.index[data.entities["type"] == row["type"]] if e != iri]
    if len(options) > OFFERED:
        st.caption(t("entities.offered", n=f"{OFFERED:,}", of=f"{len(options):,}"))
        options = options[:OFFERED]
    draft = draft_key(f"merge-{iri}")
    with st.form(f"merge-{iri}"):
        others = st.multiselect(
            t("entities.merge-others"), options, format_func=data.label, placeholder=t("claims.pick")
        )
        reason = st.text_input(t("entities.reason"), key=f"{draft}-reason")
        sent = st.form_submit_button(t("entities.merge"), icon=":material/merge:")
    if sent and others:
        claim_detail.act(merges.merge, store(), [iri, *others], into=iri, author=author(), reason=reason, draft=draft)
    elif sent:
        st.warning(t("entities.choose"))


def split_form(data: tables.Tables, iri: str, ids: list[str]) -> None:
    """Show the form to move some mentions to a new entity."""
    from kg.tracking import merges

    st.header(t("entities.split-heading"), anchor=False)
    mentions = {r["mention"]: r for one in ids for r in ask("entity_mention_list", entity=one)}

    def words(mention: str) -> str:
        r = mentions[mention]
        return f"{r['written']}: …{r['before'][-12:]}{r['written']}{r['after'][:14]}…".replace("\n", " ")

    draft = draft_key(f"split-{iri}")
    with st.form(f"split-{iri}"):
        chosen = st.multiselect(
            t("entities.split-mentions"), list(mentions), format_func=words, placeholder=t("claims.pick")
        )
        name = st.text_input(t("entities.split-name"), key=f"{draft}-name")
        reason = st.text_input(t("entities.reason"), key=f"{draft}-reason")
        sent = st.form_submit_button(t("entities.split"), icon=":material/call_split:")
    if sent and chosen and name.strip():
        claim_detail.act(
            merges.split,
            store(),
            iri,
            mentions=chosen,
            label=name.strip(),
            author=author(),
            reason=reason,
            draft=draft,
        )
    elif sent:
        st.warning(t("entities.split-choose"))
