"""What of the network the graph page shows: filters and the time slider; the URL holds their state."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from iibun.i18n import TYPE_CODES, date_format, label, t
from iibun.web import address, answers, forms
from iibun.web.network import ABOUT, Filter, Network

LIMITS = (50, 100, 300, 1000, 3000)
SWITCHES = ("countries", "confirmed")  #: query parameters that are "1" or missing


def filters(net: Network) -> tuple[Filter, int]:
    """Show the filters; return the filter and the most entities to show, both from the URL.

    The widgets are made only when their expander is open, so the URL (``types``, ``predicates``, ``most``, ``countries``,
    ``confirmed``) holds the state.
    """
    used = answers.remembered(("network-predicates", net), lambda: sorted({e.predicate for e in net.edges}))
    box = st.expander(t("graph.filter"), icon=":material/tune:", key="graph-filter", on_change="rerun")
    if box.open:
        forms.given_codes("types", TYPE_CODES)
        forms.given_codes("predicates", used)
        forms.given_code("most", LIMITS)
        st.session_state.setdefault("most", LIMITS[1])
        for name in SWITCHES:
            st.session_state.setdefault(name, st.query_params.get(name) == "1")
        with box:
            types = st.pills(
                t("graph.types"),
                TYPE_CODES,
                selection_mode="multi",
                key="types",
                format_func=lambda x: label("type", x),
            )
            predicates = st.pills(
                t("graph.predicates"), used, selection_mode="multi", key="predicates", format_func=predicate_label
            )
            with st.container(horizontal=True, vertical_alignment="bottom"):
                most = st.selectbox(t("graph.limit"), LIMITS, key="most", width=220)
                st.toggle(t("graph.countries"), key="countries", help=t("graph.countries-help"))
                st.toggle(t("graph.confirmed"), key="confirmed", help=t("graph.confirmed-help"))
        forms.keep_param("types", types)
        forms.keep_param("predicates", predicates)
        forms.keep_param("most", most if most != LIMITS[1] else None)
        for name in SWITCHES:
            forms.keep_param(name, "1" if st.session_state[name] else None)
    types = [x for x in st.query_params.get("types", "").split(",") if x in TYPE_CODES]
    predicates = [x for x in st.query_params.get("predicates", "").split(",") if x in used]
    most = next((n for n in LIMITS if str(n) == st.query_params.get("most")), LIMITS[1])
    countries, confirmed = (st.query_params.get(name) == "1" for name in SWITCHES)
    return Filter(frozenset(types), frozenset(predicates), countries=countries, confirmed=confirmed), most


def period(net: Network) -> tuple[date | None, date | None]:
    """Show the slider for the period; return its ends from the URL (``since``, ``until``), None for an open end."""
    span: tuple[date, date] | None = answers.remembered(("network-span", net), lambda: net.span)
    since, until = address.day("since"), address.day("until")
    if span is None or span[0] == span[1]:
        return since, until
    first, last = span
    shown = (min(max(since or first, first), last), max(min(until or last, last), first))
    state = "graph-time"
    if st.session_state.get(f"{state}#set") != (since, until, span):
        st.session_state[state] = (min(shown), max(shown))
        st.session_state[f"{state}#set"] = (since, until, span)
    days = (last - first).days
    st.slider(
        t("graph.time"), first, last, key=state, format=date_format(), on_change=_time_chosen, args=(first, last),
        step=timedelta(days=30 if days > 1500 else 7 if days > 300 else 1), help=t("graph.time-help"),
    )  # fmt: skip
    return since, until


def _time_chosen(first: date, last: date) -> None:
    """Write the slider's ends to the URL; an end at the edge of the slider is an open end."""
    low, high = st.session_state["graph-time"]
    for name, value, edge in (("since", low, first), ("until", high, last)):
        if (value <= edge) if name == "since" else (value >= edge):
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value.isoformat()
    st.session_state["graph-time#set"] = (address.day("since"), address.day("until"), (first, last))


def predicate_label(predicate: str) -> str:
    """The label of a predicate, also of :data:`iibun.web.network.ABOUT`."""
    return t("graph.about") if predicate == ABOUT else label("predicate", predicate)
