"""Predictions (予測): timeline from said to due, board by state, table; filters and calendar download."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import streamlit as st

from iibun import address, cards, downloads, tables
from iibun.i18n import date_text, label, labels, language, t
from iibun.pages import home
from iibun.pages.claims import MOST_OPTIONS, PER_PAGE, page_number, page_picker

STATES = ("overdue", "due-soon", "open", "settled")
VIEWS = ("timeline", "board", "table")
#: Rows of the timeline on one page; more can't be read.
TIMELINE_ROWS = 40
BOARD_CARDS = 12


def show() -> None:
    """The page."""
    cards.begin()
    data = tables.current()
    st.title(t("common.page-predictions"), anchor=False)
    frame = data.by_due
    if not len(frame):
        cards.show(cards.empty(t("predictions.empty"), cards.link("articles", t("home.empty-add"))))
        return
    frame = _filters(data, frame)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('predictions.n', n=f'{len(frame):,}')}**")
        st.space("stretch")
        view = st.segmented_control(
            t("claims.view"), VIEWS, required=True, label_visibility="collapsed",
            key=address.key("view", valid=VIEWS, many=False, default="timeline"),
            format_func=lambda v: t(f"predictions.view-{v}"), on_change=address.write, args=("view",),
            kwargs={"default": "timeline"},
        )  # fmt: skip
        st.download_button(
            t("predictions.calendar"), calendar, "iibun.ics", "text/calendar", icon=":material/calendar_add_on:",
            on_click="ignore", help=t("predictions.calendar-help"),
        )  # fmt: skip
        downloads.claims(data, len(frame), lambda: frame, name="predictions")
    if not len(frame):
        cards.show(cards.empty(t("claims.nothing")))
        return
    {"timeline": timeline, "board": board, "table": table}[str(view)](data, frame)


def calendar() -> bytes:
    """All due dates as iCalendar."""
    from iibun.pages import store
    from kg import feeds

    return feeds.calendar(store())


def _filters(data: tables.Tables, frame: Any) -> Any:
    st.text_input(
        t("common.search"), key="q", type="search", live="300ms", bind="query-params", icon=":material/search:",
        placeholder=t("predictions.search-placeholder"), label_visibility="collapsed",
    )  # fmt: skip
    frame = _matching(data, frame)
    counts = Counter(frame["state"])
    first, second, third = st.columns([5, 3, 2], vertical_alignment="bottom")
    with first:
        st.pills(
            t("predictions.state"), STATES, selection_mode="multi", key=address.key("state", valid=STATES), wrap=True,
            format_func=lambda s: f"{t(f'predictions.state-{s}')} {counts.get(s, 0):,}", on_change=address.write, args=("state",),
        )  # fmt: skip
    sources = Counter(e for values in frame["sources"] for e in values)
    options = [e for e, _ in sources.most_common(MOST_OPTIONS)]
    options += [e for e in address.many("source") if e not in sources]
    with second:
        st.multiselect(
            t("claims.source"), options, key=address.key("source", valid=options), on_change=address.write,
            args=("source",), format_func=lambda e: f"{data.label(e)} ({sources.get(e, 0):,})", placeholder=t("claims.any"),
        )  # fmt: skip
    with third:
        st.selectbox(
            t("predictions.due"), ["week", "month", "year", "none"], index=None, placeholder=t("claims.any"),
            key=address.key("due", valid=["week", "month", "year", "none"], many=False), on_change=address.write,
            args=("due",), format_func=lambda d: t(f"predictions.due-{d}"),
        )  # fmt: skip
    if states := address.many("state"):
        frame = frame[frame["state"].isin(states)]
    if wanted := set(address.many("source")):
        frame = frame[[not wanted.isdisjoint(s) for s in frame["sources"]]]
    due = address.one("due")
    if due == "none":
        frame = frame[frame["due_end"].isna()]
    elif due in ("week", "month", "year"):
        frame = home.due_within(frame, {"week": 7, "month": 30, "year": 365}[due])
    return frame


def _matching(data: tables.Tables, frame: Any) -> Any:
    query = address.one("q").strip()
    if not query:
        return frame
    found = {e.key for e in data.find(query, ["prediction"], len(data.claims))}
    named = {e.key for e in data.find(query, ["entity"], 50)}
    return frame[[i in found or not named.isdisjoint(s) for i, s in zip(frame.index, frame["sources"], strict=True)]]


def timeline(data: tables.Tables, frame: Any) -> None:
    """Each prediction as a line from the day it was said to the day it is due, with a rule for today."""
    from iibun import charts

    dated = frame[frame["due_end"].notna()]
    without = len(frame) - len(dated)
    if not len(dated):
        cards.show(cards.empty(t("predictions.none-dated")))
        cards.show(cards.claim_list(data, frame.head(PER_PAGE)))
        return
    pages = (len(dated) + TIMELINE_ROWS - 1) // TIMELINE_ROWS
    first = sum(d < tables.today() for d in dated["due_end"])  # the page that is shown first is the one with today
    here = min(max(first - TIMELINE_ROWS // 4, 0) // TIMELINE_ROWS + 1, pages)
    at = page_number(pages, here)
    dated = dated.iloc[(at - 1) * TIMELINE_ROWS : at * TIMELINE_ROWS]
    present = {_colour_key(row) for row in dated[["state", "verdict"]].to_dict("records")}
    legend = "".join(
        f'<span style="--m:var(--ib-{_palette_name(k)})" class="ib-chip">● {cards.esc(_key_words(k))}</span>'
        for k in _COLOURS
        if k in present
    )
    cards.show(f'<div class="ib-meta">{legend}</div>')
    event = charts.show(
        ("timeline", tables.today(), *dated.index), lambda: timeline_chart(data, dated), on_select="rerun",
        selection_mode="pick", widget="predictions-timeline", width="stretch", alt=t("predictions.timeline-alt", n=len(dated)),
    )  # fmt: skip
    picked = event.selection.get("pick") if event else None
    if picked:
        from iibun.pages import go

        st.session_state.pop("predictions-timeline", None)
        go("prediction", iri=picked[0]["iri"])
    page_picker(pages, here)
    note = t("predictions.timeline-note")
    if without:
        note += " " + t("predictions.without", n=without)
    st.caption(note)
    with st.expander(t("predictions.as-list"), key="timeline-list", expanded=False):
        cards.show(cards.claim_list(data, dated))


#: What a prediction's colour in the timeline says, in the order of the legend, and its name in the palette.
_COLOURS = {
    "overdue": "bad", "due-soon": "warn", "open": "accent", "came-true": "good", "partly": "warn", "did-not": "bad", "other": "muted",
}  # fmt: skip


def timeline_chart(data: tables.Tables, dated: Any) -> Any:
    """The chart of :func:`timeline`: a row for each prediction of a frame."""
    import pandas as pd

    from iibun.charts import alt

    rows = []
    for iri, row in zip(dated.index, dated.to_dict("records"), strict=True):
        said = row["published"] if cards.present(row["published"]) else row["due_end"]
        words = row["title"] or row["text"]
        rows.append(
            {
                "iri": iri, "what": row_words(words, data.who(row)), "words": cards.clip(words, 200), "who": data.who(row),
                "said": pd.Timestamp(said), "due": pd.Timestamp(min(row["due_end"], date(2200, 1, 1))),
                "state": _colour_key(row), "label": _state_words(row),
            }
        )  # fmt: skip
    chart_data = pd.DataFrame(rows)
    chart_data["row"] = [f"{i:03}" for i in range(len(chart_data))]
    palette = cards.palette()
    colours = [palette[name] for name in _COLOURS.values()]
    full = "%Y年%-m月%-d日" if language() == "ja" else "%-d %b %Y"
    y = alt.Y("row:N", title=None, sort=None, axis=None, scale=alt.Scale(paddingInner=0.1))
    x = alt.X(
        "said:T", title=None,
        axis=alt.Axis(
            **cards.time_axis(chart_data["said"].min().date(), chart_data["due"].max().date()), labelFontSize=12, gridColor=palette["line"], labelColor=palette["muted"], orient="top",
            labelSeparation=14, labelOverlap="greedy", offset=22,
        ),
    )  # fmt: skip
    tips = [
        alt.Tooltip("words:N", title=t("claims.what")), alt.Tooltip("who:N", title=t("claims.source")),
        alt.Tooltip("said:T", title=t("predictions.said"), format=full), alt.Tooltip("due:T", title=t("predictions.due"), format=full),
        alt.Tooltip("label:N", title=t("predictions.state")),
    ]  # fmt: skip
    colour = alt.Color("state:N", scale=alt.Scale(domain=list(_COLOURS), range=colours), legend=None)
    pick = alt.selection_point(fields=["iri"], name="pick", on="click", clear=False)
    base = alt.Chart(chart_data).encode(y=y, tooltip=tips, color=colour)
    bars = base.mark_bar(height=5, cornerRadius=3, opacity=0.5, yOffset=10, cursor="pointer").encode(x=x, x2="due:T")
    ends = (
        base.mark_point(size=90, filled=True, opacity=1, yOffset=10, cursor="pointer")
        .encode(x="due:T")
        .add_params(pick)
    )
    starts = base.mark_tick(thickness=2, height=12, yOffset=10, cursor="pointer").encode(x=x)
    words = base.mark_text(align="left", yOffset=-7, fontSize=13, clip=True, cursor="pointer").encode(
        x=alt.value(0), text="what:N", color=alt.value(palette["text"])
    )
    now = pd.DataFrame({"at": [pd.Timestamp(tables.today())], "name": [t("predictions.today")]})
    rule = alt.Chart(now).mark_rule(color=palette["bad"], strokeWidth=1.5, strokeDash=[5, 3]).encode(x="at:T")
    name = alt.Chart(now).mark_text(
        align="center", baseline="bottom", dy=-5, y=0, color=palette["bad"], fontSize=12, fontWeight="bold"
    ).encode(x="at:T", text="name:N")  # fmt: skip
    return (
        alt.layer(rule, name, bars, starts, ends, words)
        .properties(height=max(2, len(chart_data)) * 42)
        .configure_view(strokeWidth=0)
    )


def row_words(words: str, who: str) -> str:
    """A row's text in the timeline: what, and who said it."""
    return f"{cards.clip(words, 44)} — {cards.clip(who, 18)}" if who else cards.clip(words, 60)


def _colour_key(row: dict[str, Any]) -> str:
    if row["state"] != "settled":
        return str(row["state"])
    return row["verdict"] if row["verdict"] in ("came-true", "partly", "did-not") else "other"


def _palette_name(key: str) -> str:
    return {**cards.STATE_COLOURS, **cards.VERDICT_COLOURS, "other": "muted"}[key]


def _key_words(key: str) -> str:
    if key in cards.VERDICT_COLOURS:
        return label("verdict", key)
    return t(f"predictions.state-{'settled' if key == 'other' else key}")


def _state_words(row: dict[str, Any]) -> str:
    return label("verdict", row["verdict"]) if cards.present(row["verdict"]) else t(f"predictions.state-{row['state']}")


def board(data: tables.Tables, frame: Any) -> None:
    """Columns of cards: overdue, due soon, open, settled."""
    columns = []
    for state in STATES:
        some = frame[frame["state"] == state]
        if state == "settled":
            some = some.iloc[::-1]
        shown = cards.claim_list(data, some.head(BOARD_CARDS)) if len(some) else cards.empty(t("common.none"))
        more = ""
        if len(some) > BOARD_CARDS:
            more = f"<p>{cards.link('predictions', t('predictions.all-n', n=len(some)), state=state, view='table')}</p>"
        columns.append(
            f'<section style="--m:var(--ib-{cards.STATE_COLOURS[state]})"><h3><span>{cards.esc(t(f"predictions.state-{state}"))}</span>'
            f'<span class="ib-num">{len(some):,}</span></h3>{shown}{more}</section>'
        )
    cards.show(f'<div class="ib-board">{"".join(columns)}</div>')


def table(data: tables.Tables, frame: Any) -> None:
    """The predictions as a sortable table; a selected row opens its page."""
    import pandas as pd

    from iibun.pages import go, hrefs

    now = tables.today()
    shown = pd.DataFrame(
        {
            "open": hrefs("prediction", frame.index),
            "what": [title or text for title, text in zip(frame["title"], frame["text"], strict=True)],
            "who": [data.who(row) for row in frame[["sources", "source_text"]].to_dict("records")],
            "state": [_state_words(row) for row in frame[["state", "verdict"]].to_dict("records")],
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
        "due": st.column_config.DateColumn(t("predictions.due"), format="YYYY/MM/DD"),
        "days": st.column_config.NumberColumn(t("predictions.days"), width="small"),
        "said": st.column_config.DateColumn(t("predictions.said"), format="YYYY/MM/DD"),
        "modality": t("claims.modality"),
        "probability": st.column_config.NumberColumn(t("predictions.probability"), format="percent"),
        "open": st.column_config.LinkColumn(t("claims.open"), display_text=":material/open_in_new:", width="small"),
    }
    options: dict[str, Any] = {
        "column_config": config,
        "hide_index": True,
        "height": 620,
        "placeholder": "",
        "alt": t("common.page-predictions"),
    }
    if len(shown) > 3_000:
        st.dataframe(shown, lazy=True, **options)
        return
    picked = st.dataframe(shown, on_select="rerun", selection_mode="single-cell", key="predictions-table", **options)
    st.caption(t("claims.table-pick"))
    if cells := picked.selection.cells:
        go("prediction", iri=frame.index[cells[0][0]])


def _days(values: Any) -> Any:
    import pandas as pd

    return pd.to_datetime(pd.Series(list(values), dtype=object), errors="coerce").to_numpy()


def soon(days: int = 30) -> date:
    """The last day that counts as soon."""
    return tables.today() + timedelta(days=days)


def due_words(row: dict[str, Any]) -> str:
    """From–to or by when, with the words of the text."""
    start, end = row["due_start"], row["due_end"]
    if cards.present(start) and cards.present(end) and start != end:
        words = f"{date_text(start)} – {date_text(end)}"
    else:
        words = cards.due_text(row)
    return (
        f"{words} ({row['due_text']})" if words and cards.present(row["due_text"]) else words or (row["due_text"] or "")
    )
