"""People and organizations (人物・組織): a list of entities with the numbers of claims by and about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import label, reasons, t
from iibun.web import address, cards, marking, tables
from iibun.web.pages.claims import page_number, page_picker
from kg.model import ENTITY_TYPES

PER_PAGE = 40
TYPES = ("Person", "Organization")  #: types shown by default
ORDERS = ("said", "about", "mentions", "name")


def show() -> None:
    """Show the page."""
    cards.begin()
    data = tables.current()
    st.title(t("common.page-entities"), anchor=False)
    if not len(data.entities):
        cards.show(cards.empty(t("entities.empty"), cards.link("articles", t("home.empty-add"))))
        return
    st.text_input(
        t("common.search"), key="q", type="search", live="250ms", bind="query-params", icon=":material/search:",
        placeholder=t("entities.search-placeholder"), label_visibility="collapsed",
    )  # fmt: skip
    frame = matching(data)
    counts = Counter(frame["type"])
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    with left:
        st.pills(
            t("entities.type"), ENTITY_TYPES, selection_mode="multi", label_visibility="collapsed", wrap=True,
            key=address.key("type", valid=ENTITY_TYPES, default=TYPES),
            format_func=lambda x: f"{label('type', x)} {counts.get(x, 0):,}", on_change=address.write, args=("type",),
        )  # fmt: skip
    with right:
        order = st.selectbox(
            t("claims.order"), ORDERS, key=address.key("order", valid=ORDERS, many=False, default="said"),
            format_func=lambda o: t(f"entities.order-{o}"), on_change=address.write, args=("order",),
            kwargs={"default": "said"}, label_visibility="collapsed",
        )  # fmt: skip
    types = st.session_state[address.key("type", valid=ENTITY_TYPES, default=TYPES)]
    frame = of_types(frame, types)
    if not address.one("q").strip():
        frame = ordered(frame, order)
    if address.one("same"):
        same_names(data)
    else:
        cards.show(cards.link("entities", t("entities.look-for-same"), same="1"))
    st.markdown(f"**{t('entities.n', n=f'{len(frame):,}')}**")
    if not len(frame):
        cards.show(cards.empty(t("claims.nothing")))
        return
    pages = (len(frame) + PER_PAGE - 1) // PER_PAGE
    at = page_number(pages)
    cards.show(entity_table(frame.iloc[(at - 1) * PER_PAGE : at * PER_PAGE], marking.marker(data)))
    page_picker(pages)


def matching(data: tables.Tables) -> Any:
    """The entities that match the search in the URL, best first; all if there is no search."""
    query = address.one("q").strip()
    return data.entities.loc[[e.key for e in data.search(query).of("entity")]] if query else data.entities


def of_types(frame: Any, types: Collection[str]) -> Any:
    """The entities of some types; all if no type is given."""
    return frame[frame["type"].isin(types)] if types else frame


def ordered(frame: Any, order: str) -> Any:
    """Entities in an order of :data:`ORDERS`."""
    if order == "name":
        return frame.sort_values("label", kind="stable")
    return frame.sort_values([order, "mentions"], ascending=False, kind="stable")


def entity_table(frame: Any, mark: Callable[..., str] = cards.unmarked) -> str:
    """Entities as an HTML table, with numbers of claims as links.

    Args:
        frame: the entities.
        mark: gives a name as HTML, with what a search matched.
    """
    rows = []
    for iri, row in zip(frame.index, frame.to_dict("records"), strict=True):
        others = sorted(
            (n for n in row["names"] if n != row["label"]), key=lambda n: mark(n, name=True) == cards.esc(n)
        )[:4]
        alias = (
            f'<br><span class="ib-meta">{cards.join_words(mark(n, name=True) for n in others)}</span>' if others else ""
        )
        said = cards.link("claims", f"{row['said']:,}", source=iri) if row["said"] else cards.number(0)
        about = cards.link("claims", f"{row['about']:,}", about=iri) if row["about"] else cards.number(0)
        rows.append(
            [
                cards.anchor("entity", mark(row["label"], name=True), iri=iri) + alias, cards.chip(label("type", row["type"])), said, about,
                f"{row['mentions']:,}", f"{row['articles']:,}",
            ]
        )  # fmt: skip
    head = [
        (t("entities.name"), False), (t("entities.type"), False), (t("entities.said"), True), (t("entities.about"), True),
        (t("entities.mentions"), True), (t("entities.articles"), True),
    ]  # fmt: skip
    return cards.table(head, rows)


def same_names(data: tables.Tables) -> None:
    """Show entities that may be one with the reasons, each with a button to merge them and one to keep them apart."""
    from iibun.web.account import author
    from iibun.web.answers import remembered, store
    from iibun.web.pages import decisions
    from kg.tracking import merges

    found = remembered(("same-name",), lambda: merges.same_name(store(), limit=20))
    if not found:
        cards.show(cards.empty(t("entities.none-same")))
        return
    with st.expander(t("entities.same-name", n=len(found)), icon=":material/merge:", expanded=True, key="same-names"):
        for proposal in found:
            both = "-".join(proposal.entities)
            with st.container(horizontal=True, vertical_alignment="center", key=f"same-{both}"):
                why = "".join(f"<li>{cards.esc(s)}</li>" for s in reasons.sentences(proposal.reasons))
                cards.show(
                    f"{cards.esc(proposal.name)}: "
                    + " ＝ ".join(
                        cards.link("entity", words, iri=iri)
                        for iri, words in zip(proposal.entities, proposal.labels, strict=True)
                    )
                    + f'<ul class="ib-meta">{why}</ul>'
                )
                decisions.button(
                    t("entities.merge"),
                    partial(merges.merge, store(), list(proposal.entities), author=author(), reason=proposal.name),
                    key=f"merge-{both}", type="tertiary", icon=":material/merge:",
                )  # fmt: skip
                if len(proposal.entities) == 2:
                    decisions.button(
                        t("entities.apart"), partial(merges.separate, store(), *proposal.entities, author=author()),
                        key=f"apart-{both}", type="tertiary", icon=":material/call_split:",
                    )  # fmt: skip
