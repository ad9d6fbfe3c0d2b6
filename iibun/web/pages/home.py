"""Home (ホーム): search over everything, what needs attention, and what is new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from iibun.i18n import date_text, label, language, t
from iibun.web import cards, tables
from iibun.web.answers import remembered
from iibun.web.sitemap import href

KINDS = ("entity", "prediction", "claim", "article")
SHOWN = 6


def show() -> None:
    """Show the page."""
    cards.begin()
    st.title(t("common.name"), anchor=False)
    st.caption(t("common.tagline"))
    data = tables.current()
    if not len(data.articles):
        cards.show(cards.empty(t("home.empty"), cards.link("articles", t("home.empty-add"))))
        return
    _search()
    # The HTML depends on the language; and on href, since links carry a language that the reader has chosen.
    parts = remembered(
        ("home", data, language(), href("home"), tables.today()),
        lambda: {part.__name__: part(data) for part in (counts, due, proposals, latest, new_claims)},
    )
    cards.show(parts["counts"])
    left, right = st.columns([1, 1], gap="large")
    with left:
        _section("due", parts)
        _section("proposals", parts)
    with right:
        _section("latest", parts)
        _section("new_claims", parts)


#: The parts that have a heading, with its string.
_HEADINGS = {
    "due": "home.due-heading", "proposals": "home.proposals-heading", "latest": "home.latest", "new_claims": "home.new-claims",
}  # fmt: skip


def _section(name: str, parts: dict[str, str]) -> None:
    """Show a part under its heading; nothing if it is empty."""
    if parts[name]:
        st.header(t(_HEADINGS[name]), anchor=False)
        cards.show(parts[name])


@st.fragment
def _search() -> None:
    """Show the search field with its results; a fragment, so that typing does not rerun the page."""
    query = st.text_input(
        t("home.search"), key="q", type="search", live="250ms", bind="query-params", icon=":material/search:",
        placeholder=t("home.search-placeholder"), label_visibility="collapsed",
    )  # fmt: skip
    if query and query.strip():
        data = tables.current()
        cards.show(results(data, query))


def results(data: tables.Tables, query: str) -> str:
    """The results of a search by kind, as HTML."""
    parts = []
    for kind in KINDS:
        found = data.find(query, [kind], SHOWN + 1)
        if not found:
            continue
        rows = "".join(_row(data, kind, entry.key, entry.label) for entry in found[:SHOWN])
        more = _more(kind, query) if len(found) > SHOWN else ""
        parts.append(
            f'<h2 style="font-size:.95rem">{cards.esc(t(f"home.kind-{kind}"))}</h2><ul class="ib-rows">{rows}{more}</ul>'
        )
    if not parts:
        return cards.empty(t("home.nothing", query=query))
    return f'<section aria-live="polite">{"".join(parts)}</section>'


def _row(data: tables.Tables, kind: str, iri: str, words: str) -> str:
    if kind == "entity":
        row = data.entities.loc[iri]
        others = [n for n in row["names"] if n != words][:3]
        side = t("home.entity-side", said=row["said"], about=row["about"])
        note = f"{label('type', row['type'])}" + (f" · {cards.join_words(others)}" if others else "")
        main = f"{cards.link('entity', words, iri=iri)} <span class='side'>{cards.esc(note)}</span>"
    elif kind == "article":
        row = data.articles.loc[iri]
        side = " ".join(filter(None, (row["publisher"], date_text(row["published"], short=True))))
        main = cards.link("article", words, iri=iri)
    else:
        row = data.claims.loc[iri]
        main = cards.link("prediction" if kind == "prediction" else "claims", cards.clip(words, 90), iri=iri)
        due = cards.due_text(row) if kind == "prediction" else date_text(row["published"], short=True)
        side = " · ".join(filter(None, (data.who(row), due)))
    return f'<li><span class="main">{main}</span><span class="side">{cards.esc(side)}</span></li>'


def _more(kind: str, query: str) -> str:
    page = {"entity": "entities", "article": "articles", "prediction": "predictions", "claim": "claims"}[kind]
    return f'<li><a class="ib-go" href="{cards.esc(href(page, q=query))}">{cards.esc(t("home.more"))}</a></li>'


def counts(data: tables.Tables) -> str:
    """The numbers of things in the store and of things that need attention, as links in HTML."""
    from iibun.web.pages import entities

    kept = data.claims[data.claims["review"] != "rejected"]
    predictions = kept[kept["prediction"]]
    week = due_within(predictions, 7)
    proposals = int(kept.index.isin(data.proposed).sum())
    parts = (
        '<div class="ib-counts">',
        cards.count(len(week), t("home.due-week"), "predictions", colour="warn", due="week"),
        cards.count(
            int((predictions["state"] == "overdue").sum()), t("home.overdue"), "predictions", colour="bad", state="overdue"
        ),
        cards.count(proposals, t("home.proposals"), "claims", colour="accent", links="proposed"),
        cards.count(int(kept["review"].isna().sum()), t("home.unreviewed"), "claims", review="unreviewed"),
        "</div><div class='ib-counts'>",
        cards.count(len(data.articles), t("home.articles"), "articles"),
        cards.count(len(kept), t("home.claims"), "claims"),
        cards.count(len(predictions), t("home.predictions"), "predictions"),
        cards.count(len(entities.of_types(data.entities, entities.TYPES)), t("home.entities"), "entities"),
        "</div>",
    )  # fmt: skip
    return "".join(parts)


def due_within(predictions: Any, days: int) -> Any:
    """The predictions without a verdict that are due from today to so many days later."""
    now = tables.today()
    last = now + timedelta(days=days)
    return predictions[
        [
            verdict is None and end is not None and end == end and now <= end <= last
            for end, verdict in zip(predictions["due_end"], predictions["verdict"], strict=True)
        ]
    ]


def due(data: tables.Tables) -> str:
    """The last predictions that became overdue and the next that are due soon, as HTML; if there are none, the next ones."""
    predictions = data.by_due
    overdue, soon = predictions[predictions["state"] == "overdue"], predictions[predictions["state"] == "due-soon"]
    later = predictions[(predictions["state"] == "open") & predictions["due_end"].notna()].head(5)
    body = cards.claim_list(data, overdue.tail(4).iloc[::-1]) if len(overdue) else ""
    body += cards.claim_list(data, soon.head(4)) if len(soon) else ""
    if not body:
        body = cards.claim_list(data, later) if len(later) else cards.empty(t("home.nothing-due"))
    return f'<div class="ib-list">{body}</div>{cards.link("predictions", t("home.all-predictions"))}'


def proposals(data: tables.Tables) -> str:
    """The proposed links with the highest scores, as HTML; contradictions and revisions first."""
    waiting = data.links[(data.links["state"] == "proposed") & data.links["later"].isin(data.claims.index)]
    waiting = waiting[waiting["earlier"].isin(data.claims.index)]
    if not len(waiting):
        return ""
    first = waiting.assign(_k=~waiting["type"].isin(tables.OPPOSING))
    first = first.sort_values(["_k", "score"], ascending=[True, False], kind="stable").head(4)
    rows = []
    for link in first.to_dict("records"):
        kind = cards.chip(t(f"claims.link-{link['type']}"), "bad" if link["type"] in tables.OPPOSING else "good")
        both = "<br>".join(_said(data, link[end]) for end in ("later", "earlier"))
        rows.append(f'<li><span class="main">{both}</span><span class="side">{kind}</span></li>')
    every = cards.link("claims", t("home.all-proposals"), links="proposed")
    return f'<ul class="ib-rows">{"".join(rows)}</ul>{every}'


def _said(data: tables.Tables, iri: str) -> str:
    """A claim in one line of HTML: content, source and date."""
    row = data.claims.loc[iri]
    page = "prediction" if row["prediction"] else "claims"
    note = " · ".join(filter(None, (data.who(row), date_text(row["published"], short=True))))
    return f"{cards.link(page, cards.clip(row['title'] or row['text'], 60), iri=iri)} <span class='side'>{cards.esc(note)}</span>"


def latest(data: tables.Tables) -> str:
    """The newest articles, as HTML."""
    recent = data.articles.assign(_d=data.articles["published"].map(lambda d: d.toordinal() if cards.present(d) else 0))
    rows = []
    for iri, row in recent.sort_values("_d", ascending=False).head(5).iterrows():
        side = " · ".join(filter(None, (row["publisher"], date_text(row["published"], short=True))))
        note = f" {cards.chip(t('common.illustration'))}" if row["illustration"] else ""
        title = cards.link("article", cards.clip(row["title"] or row["url"] or t("claims.untitled"), 70), iri=iri)
        n = cards.link("claims", t("home.n-claims", n=row["claims"]), article=iri)
        rows.append(
            f'<li><span class="main">{title}{note}<br><span class="side">{cards.esc(side)}</span></span>'
            f'<span class="side">{n}</span></li>'
        )
    return f'<ul class="ib-rows">{"".join(rows)}</ul>'


def new_claims(data: tables.Tables) -> str:
    """The newest claims that are not predictions, as HTML."""
    kept = data.claims[(data.claims["review"] != "rejected") & ~data.claims["prediction"]]
    return cards.claim_list(data, kept.head(6), article=False) + cards.link("claims", t("home.all-claims"))
