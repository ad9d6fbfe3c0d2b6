"""Home (ホーム): what Iibun is, an article to paste, search, what needs attention today, and what is new."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

from iibun.batch import jobs
from iibun.i18n import date_text, language, t
from iibun.i18n.errors import explain
from iibun.web import cards, forms, tables
from iibun.web.answers import remembered, store
from iibun.web.pages import decisions, pairs, progress, searching, second
from iibun.web.sitemap import href
from kg.errors import IibunError
from kg.web import is_web_address


def show() -> None:
    """Show the page."""
    cards.begin()
    st.title(t("common.name"), anchor=False)
    st.markdown(t("home.what"))
    data = tables.current()
    _paste()
    progress.show()
    if not len(data.articles):
        cards.show(cards.empty(t("home.empty"), cards.link("articles", t("home.empty-add"), add="1")))
        _offer_samples()
        return
    searching.show()
    # The HTML depends on the language; and on href, since links carry a language that the reader has chosen.
    parts = remembered(
        ("home", data, language(), href("home"), tables.today()),
        lambda: {part.__name__: part(data) for part in (example, today, due, proposals, latest, new_claims, holdings)},
    )
    with st.container(key="desk"):  # hidden by the style sheet while there are results of a search
        cards.show(parts["example"])
        st.header(t("home.today"), anchor=False)
        cards.show(parts["today"])
        left, right = st.columns([1, 1], gap="large")
        with left:
            _section("due", parts)
            _section("proposals", parts)
        with right:
            _section("latest", parts)
            _section("new_claims", parts)
        cards.show(parts["holdings"])
        _samples(data)


#: The parts that have a heading, with its string.
_HEADINGS = {
    "due": "home.due-heading", "proposals": "home.proposals-heading", "latest": "home.latest", "new_claims": "home.new-claims",
}  # fmt: skip


def _section(name: str, parts: dict[str, str]) -> None:
    """Show a part under its heading; nothing if it is empty."""
    if parts[name]:
        st.header(t(_HEADINGS[name]), anchor=False)
        cards.show(parts[name])


def _paste() -> None:
    """Show the form for one article, as text or by its address; it leads to the article once it has been read."""
    with st.form("home-paste"):
        forms.take_back("home-paste")
        words = st.text_area(
            t("home.paste"),
            key="draft-home-text",
            height=88,
            placeholder=t("home.paste-hint"),
            label_visibility="collapsed",
        )
        day, read = st.columns([1, 1], vertical_alignment="bottom")
        with day:
            published = st.date_input(
                t("articles.published"), None, format="YYYY/MM/DD", help=t("articles.published-help"), key="home-day",
                **forms.publication(),
            )  # fmt: skip
        readers = second.choice("home-readers")
        with read:
            pressed = st.form_submit_button(t("articles.read"), type="primary", icon=":material/auto_stories:")
    if not pressed:
        return
    fields = forms.held("draft-home-text", "home-day")
    if source := source_of(words, published if isinstance(published, date) else None):
        forms.forget_draft("draft-home")
        progress.start(
            [source],
            cards.clip(words.strip(), 30),
            form="home-paste",
            fields=fields,
            open_article=True,
            readers=readers,
        )
    else:
        st.warning(t("home.paste-nothing"))


def source_of(words: str, published: date | None) -> jobs.Pasted | jobs.Address | None:
    """What a pasted text is: an address if it is one and nothing else, else an article; None if it is empty."""
    words = words.strip()
    if not words:
        return None
    if len(words.split()) == 1 and is_web_address(words):
        return jobs.Address(words, published)
    return jobs.Pasted(words, published=published)


def example(data: tables.Tables) -> str:
    """A link to the sample article with the most claims, as HTML; empty without samples."""
    samples = data.articles[data.articles["illustration"]]
    if not len(samples):
        return ""
    row = samples.loc[samples["claims"].astype(int).idxmax()]
    title = cards.link("article", cards.clip(row["title"] or t("claims.untitled"), 60), iri=row.name)
    return f'<p class="ib-note">{cards.esc(t("home.example"))} {title}</p>'


def _samples(data: tables.Tables) -> None:
    """Say that there are samples, with a button that removes them; nothing if there are none."""
    n = int(data.articles["illustration"].sum())
    if not n:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="samples"):
        st.caption(t("home.samples", n=n, verdicts=len(sample_verdicts())))
        if st.button(t("home.samples-remove"), icon=":material/delete:", type="tertiary"):
            decisions.confirm(
                t("home.samples-remove"), t("home.samples-sure"), t("home.samples-go"), _remove_samples
            )  # fmt: skip


def sample_verdicts() -> list[str]:
    """The claims (IRIs) whose verdict in force is a sample."""
    from kg.tracking import samples

    return remembered(("sample-verdicts",), lambda: samples.in_force(store()))


def _offer_samples() -> None:
    """Show a button that loads the samples, as ``make run`` does, if they need not be read first."""
    from iibun.archive import samples

    shipped = [samples.report(article) for _, article in samples.articles()]
    if not all(shipped) or not st.button(t("home.samples-add"), icon=":material/science:"):
        return
    from iibun.batch.jobs import keep

    try:
        with st.spinner(t("home.samples-adding")):
            for report in filter(None, shipped):
                keep(store(), report)
            samples.judge(store())
    except IibunError as error:
        st.session_state["failed"] = explain(error)
    st.rerun()


def _remove_samples() -> None:
    from iibun.archive.deletion import clear
    from iibun.archive.samples import remove

    remove(store())
    clear(store())
    st.session_state["said"] = t("home.samples-removed")


def today(data: tables.Tables) -> str:
    """The numbers of things that need attention, as links in HTML."""
    kept = data.claims[data.claims["review"] != "rejected"]
    predictions = kept[kept["prediction"]]
    return "".join(
        (
            '<div class="ib-counts">',
            cards.count(
                int((predictions["state"] == "overdue").sum()), t("home.overdue"), "predictions", colour="bad", state="overdue"
            ),
            cards.count(len(due_within(predictions, 7)), t("home.due-week"), "predictions", colour="warn", due="week"),
            cards.count(
                int(kept.index.isin(data.proposed).sum()), t("home.proposals"), "claims", colour="accent", links="proposed"
            ),
            cards.count(int(kept["review"].isna().sum()), t("home.unreviewed"), "claims", review="unreviewed"),
            "</div>",
        )
    )  # fmt: skip


def holdings(data: tables.Tables) -> str:
    """The numbers of things in the store, as links in one line of HTML."""
    from iibun.web.pages import entities

    kept = data.claims[data.claims["review"] != "rejected"]
    parts = (
        cards.count(len(data.articles), t("home.articles"), "articles"),
        cards.count(len(kept), t("home.claims"), "claims"),
        cards.count(int(kept["prediction"].sum()), t("home.predictions"), "predictions"),
        cards.count(len(entities.of_types(data.entities, entities.TYPES)), t("home.entities"), "entities"),
    )
    return f'<div class="ib-holdings"><span>{cards.esc(t("home.holdings"))}</span>{"".join(parts)}</div>'


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
    body = cards.claim_rows(data, overdue.tail(4).iloc[::-1]) if len(overdue) else ""
    body += cards.claim_rows(data, soon.head(4)) if len(soon) else ""
    if not body:
        body = cards.claim_rows(data, later) if len(later) else cards.empty(t("home.nothing-due"))
    settle = cards.link("settle", t("home.settle")) if len(overdue) else ""
    return f'{body}<p class="ib-meta">{settle} {cards.link("predictions", t("home.all-predictions"))}</p>'


def proposals(data: tables.Tables) -> str:
    """The proposed links with the highest scores, as HTML; contradictions and revisions first."""
    waiting = pairs.waiting(data)
    if not len(waiting):
        return ""
    rows = []
    for link in waiting.head(4).to_dict("records"):
        kind = cards.chip(t(f"claims.link-{link['type']}"), "bad" if link["type"] in tables.OPPOSING else "good")
        both = "".join(cards.said(data, link[end]) for end in ("later", "earlier"))
        rows.append(f'<li><span class="main">{both}</span><span class="side">{kind}</span></li>')
    every = cards.link("claims", t("home.all-proposals"), links="proposed")
    return f'<ul class="ib-rows">{"".join(rows)}</ul><p class="ib-meta">{cards.link("pairs", t("home.check-pairs"))} {every}</p>'


def latest(data: tables.Tables) -> str:
    """The newest articles, as HTML."""
    recent = data.articles.assign(_d=data.articles["published"].map(lambda d: d.toordinal() if cards.present(d) else 0))
    rows = []
    for iri, row in recent.sort_values("_d", ascending=False).head(5).iterrows():
        side = " · ".join(filter(None, (row["publisher"], date_text(row["published"]))))
        title = cards.link("article", cards.clip(row["title"] or row["url"] or t("claims.untitled"), 70), iri=iri)
        n = cards.link("claims", t("home.n-claims", n=row["claims"]), article=iri)
        rows.append(
            f'<li><span class="main">{title} <span class="side under">{cards.esc(side)} {cards.sample(row)}</span></span>'
            f'<span class="side">{n}</span></li>'
        )
    return f'<ul class="ib-rows">{"".join(rows)}</ul>'


def new_claims(data: tables.Tables) -> str:
    """The newest claims that are not predictions, as HTML."""
    kept = data.claims[(data.claims["review"] != "rejected") & ~data.claims["prediction"]]
    every = cards.link("claims", t("home.all-claims"))
    return f'{cards.claim_rows(data, kept.head(6))}<p class="ib-meta">{every}</p>'
