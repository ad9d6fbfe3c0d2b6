"""Predictions (予測): a timeline (:mod:`iibun.web.pages.timeline`), a board by state and a table, with filters and a calendar download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from iibun.i18n import date_format, date_text, labels, t
from iibun.web import address, cards, downloads, look, marking, speakers, tables
from iibun.web.pages import home, timeline
from iibun.web.pages.claims import MOST_OPTIONS, confirmed_only, picked
from kg.characters import fitted

STATES = ("overdue", "due-soon", "open", "settled")
VIEWS = ("timeline", "board", "table")
BOARD_CARDS = 12
_STATE = ["state", "verdict", "due_start", "due_end", "due_undated"]


def show() -> None:
    """Show the page."""
    cards.begin()
    data = tables.current()
    address.follow(data.merged)
    st.title(t("common.page-predictions"), anchor=False)
    frame = data.by_due
    if not len(frame):
        cards.show(cards.empty(t("predictions.empty"), cards.link("articles", t("home.empty-add"))))
        return
    frame = _filters(data, frame)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('predictions.n', n=f'{len(frame):,}')}**")
        confirmed_only(frame)
        st.space("stretch")
        view = st.segmented_control(
            t("claims.view"), VIEWS, required=True, label_visibility="collapsed",
            key=address.key("view", valid=VIEWS, many=False, default="timeline"),
            format_func=lambda v: t(f"predictions.view-{v}"), on_change=address.write, args=("view",),
            kwargs={"default": "timeline"},
        )  # fmt: skip
        st.download_button(
            t("predictions.calendar"), downloads.ready(calendar), "iibun.ics", "text/calendar", icon=":material/calendar_add_on:",
            on_click="ignore", help=t("predictions.calendar-help"),
        )  # fmt: skip
        downloads.claims(data, len(frame), lambda: frame, name="predictions")
    if not len(frame):
        cards.show(cards.empty(t("claims.nothing")))
        return
    {"timeline": timeline.show, "board": board, "table": table}[str(view)](data, frame)


def calendar() -> bytes:
    """All due dates in iCalendar format."""
    from iibun.web.answers import store
    from kg import feeds

    return feeds.calendar(store())


def _filters(data: tables.Tables, frame: Any) -> Any:
    """Show the filters, and return the predictions that match."""
    st.text_input(
        t("common.search"), key="q", type="search", live="300ms", bind="query-params", icon=":material/search:",
        placeholder=t("predictions.search-placeholder"), label_visibility="collapsed",
    )  # fmt: skip
    asked = facets(data, frame)
    counts = Counter(chosen(frame, asked, but="state")["state"])  # counted with all filters but this one
    first, second, third = st.columns([5, 3, 2], vertical_alignment="bottom")
    with first:
        st.pills(
            t("predictions.state"), STATES, selection_mode="multi", key=address.key("state", valid=STATES), wrap=True,
            format_func=lambda s: f"{t(f'predictions.state-{s}')} {counts.get(s, 0):,}", on_change=address.write, args=("state",),
        )  # fmt: skip
    sources = Counter(e for values in speakers.of(chosen(frame, asked, but="source")) for e in values)
    options = [e for e, _ in sources.most_common(MOST_OPTIONS)]
    options += [e for e in address.many("source") if e not in sources]
    with second:
        st.multiselect(
            t("claims.source"), options, key=address.key("source", valid=options), on_change=address.write,
            args=("source",), format_func=lambda e: f"{speakers.label(data, e)} ({sources.get(e, 0):,})", placeholder=t("claims.any"),
        )  # fmt: skip
    with third:
        st.selectbox(
            t("predictions.due"), ["week", "month", "year", "none"], index=None, placeholder=t("claims.any"),
            key=address.key("due", valid=["week", "month", "year", "none"], many=False), on_change=address.write,
            args=("due",), format_func=lambda d: t(f"predictions.due-{d}"),
        )  # fmt: skip
    if address.one("counted"):
        rest = {k: address.many(k) for k in st.query_params if k not in ("counted", "page", "lang")}
        cards.show(cards.link("predictions", f"{t('predictions.counted')} ×", class_="ib-chip", **rest))
    return chosen(frame, asked)


def facets(data: tables.Tables, frame: Any) -> dict[str, Any]:
    """For each filter in the URL, the predictions that match it, as an array of booleans.

    Query parameters: q, state, source, due, counted (only predictions that count in the hit rate), confirmed (only what
    people have confirmed).
    """
    import numpy as np

    def each(tests: Iterable[bool]) -> Any:
        return np.fromiter(tests, dtype=bool, count=len(frame))

    found: dict[str, Any] = {}
    if query := address.one("q").strip():
        found["q"] = frame.index.isin([e.key for e in data.search(query).of("prediction")])
    if states := address.many("state"):
        found["state"] = frame["state"].isin(states).to_numpy()
    if wanted := set(address.many("source")):
        found["source"] = each(not wanted.isdisjoint(s) for s in speakers.of(frame))
    due = address.one("due")
    if due == "none":
        found["due"] = frame["due_end"].isna().to_numpy()
    elif due in ("week", "month", "year"):
        found["due"] = frame.index.isin(home.due_within(frame, {"week": 7, "month": 30, "year": 365}[due]).index)
    if address.one("confirmed"):
        found["confirmed"] = speakers.confirmed(frame)
    if address.one("counted"):
        found["counted"] = each(counted(frame))
    return found


def chosen(frame: Any, asked: Mapping[str, Any], but: str = "") -> Any:
    """The predictions that match all filters (of :func:`facets`) except ``but``."""
    import numpy as np

    masks = [mask for name, mask in asked.items() if name != but]
    return frame[np.logical_and.reduce(masks)] if masks else frame


def counted(frame: Any) -> Iterable[bool]:
    """For each prediction, whether it counts in a hit rate."""
    from kg.tracking import scores

    now = tables.today()
    for end, verdict in zip(frame["due_end"], frame["verdict"], strict=True):
        yield scores.in_rate(verdict, end if cards.present(end) else None, now)


def board(data: tables.Tables, frame: Any) -> None:
    """Show predictions as cards in four columns: overdue, due soon, open, settled."""
    columns = []
    for state in STATES:
        some = frame[frame["state"] == state]
        if state == "settled":
            some = some.iloc[::-1]
        shown = (
            cards.claim_list(data, some.head(BOARD_CARDS), mark=marking.marker(data))
            if len(some)
            else cards.empty(t("common.none"))
        )
        more = ""
        if len(some) > BOARD_CARDS:
            asked: dict[str, Any] = {
                k: address.many(k) for k in st.query_params if k not in ("state", "view", "page", "lang")
            }
            words = t("predictions.all-n", n=len(some))
            more = f"<p>{cards.link('predictions', words, **asked, state=state, view='table')}</p>"
        columns.append(
            f'<section style="--m:var(--ib-{look.STATE_COLOURS[state]})"><h2><span>{cards.esc(t(f"predictions.state-{state}"))}</span>'
            f'<span class="ib-num">{len(some):,}</span></h2>{shown}{more}</section>'
        )
    cards.show(f'<div class="ib-board">{"".join(columns)}</div>')


def table(data: tables.Tables, frame: Any) -> None:
    """Show predictions as a sortable table; a click on a row opens its page (in a long table, on its link)."""
    import pandas as pd

    from iibun.web.sitemap import go, hrefs

    now = tables.today()
    shown = pd.DataFrame(
        {
            "open": hrefs("prediction", frame.index),
            "what": [fitted(title or text, 52) for title, text in zip(frame["title"], frame["text"], strict=True)],
            "who": [
                speakers.words(data, row, columns=26)
                for row in frame[["sources", "source_text", "doubt"]].to_dict("records")
            ],
            "state": [cards.state_words(row) for row in frame[_STATE].to_dict("records")],
            "due": _days(frame["due_end"]),
            "days": pd.array([(d - now).days if cards.present(d) else None for d in frame["due_end"]], dtype="Int64"),
            "said": _days(frame["published"]),
            "modality": labels("modality", frame["modality"]),
            "probability": pd.to_numeric(frame["probability"], errors="coerce").to_numpy(),
        }
    )
    config: dict[str, Any] = {
        "what": st.column_config.TextColumn(t("claims.what"), width="large"),
        "who": st.column_config.TextColumn(t("claims.source"), width="medium"),
        "state": t("predictions.state"),
        "due": st.column_config.DateColumn(t("predictions.due"), format=date_format()),
        "days": st.column_config.NumberColumn(t("predictions.days"), width="small"),
        "said": st.column_config.DateColumn(t("predictions.said"), format=date_format()),
        "modality": t("claims.modality"),
        "probability": st.column_config.NumberColumn(t("predictions.probability"), format="percent"),
        "open": st.column_config.LinkColumn(t("claims.open"), display_text=":material/open_in_new:", width="small"),
    }
    if (row := picked(shown, config, "predictions")) is not None:
        go("prediction", iri=frame.index[row])


def _days(values: Any) -> Any:
    import pandas as pd

    return pd.to_datetime(pd.Series(list(values), dtype=object), errors="coerce").to_numpy()


def due_words(row: dict[str, Any]) -> str:
    """The due date as text: a period, or by or after a date; with the text's own expression in brackets."""
    start, end = row["due_start"], row["due_end"]
    if cards.undated(row):
        return cards.due_text(row)
    if cards.present(start) and cards.present(end) and start != end:
        words = f"{date_text(start)} – {date_text(end)}"
    else:
        words = cards.due_text(row)
    return (
        f"{words} ({row['due_text']})" if words and cards.present(row["due_text"]) else words or (row["due_text"] or "")
    )
