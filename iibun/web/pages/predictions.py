"""Predictions (予測): a timeline, a board by state and a table, with filters and a calendar download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import streamlit as st

from iibun.i18n import date_text, label, labels, language, t
from iibun.web import address, answers, cards, downloads, look, marking, sitemap, speakers, tables
from iibun.web.pages import home
from iibun.web.pages.claims import MOST_OPTIONS, PER_PAGE, confirmed_only, page_number, page_picker, table_height
from kg.characters import fitted

STATES = ("overdue", "due-soon", "open", "settled")
VIEWS = ("timeline", "board", "table")
#: Rows on one page of the timeline.
TIMELINE_ROWS = 40
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
    {"timeline": timeline, "board": board, "table": table}[str(view)](data, frame)


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


def timeline(data: tables.Tables, frame: Any) -> None:
    """Show each prediction as a line from its publication to its due date, with a rule for today."""
    dated = frame[frame["due_end"].notna()]
    rest = frame.loc[frame["due_end"].isna(), ["due_undated", "due_start", "due_end"]]
    open_ = sum(map(cards.undated, rest.to_dict("records")))
    undated = f" {t('predictions.undated-n', n=open_)}" if open_ else ""
    if not len(dated):
        cards.show(cards.empty(t("predictions.none-dated") + undated))
        pages = (len(frame) + PER_PAGE - 1) // PER_PAGE
        at = page_number(pages)
        cards.show(cards.claim_list(data, frame.iloc[(at - 1) * PER_PAGE : at * PER_PAGE]))
        page_picker(pages)
        return
    count = (len(dated) + TIMELINE_ROWS - 1) // TIMELINE_ROWS
    first = sum(d < tables.today() for d in dated["due_end"])  # begin with the page that contains today
    here = min(max(first - TIMELINE_ROWS // 4, 0) // TIMELINE_ROWS + 1, count)
    at = page_number(count, here)
    dated = dated.iloc[(at - 1) * TIMELINE_ROWS : at * TIMELINE_ROWS]
    present = {_colour_key(row) for row in dated[["state", "verdict"]].to_dict("records")}
    legend = "".join(
        f'<span style="--m:var(--ib-{_palette_name(k)})" class="ib-chip">● {cards.esc(_key_words(k))}</span>'
        for k in _COLOURS
        if k in present
    )
    key = ("timeline", data, language(), sitemap.href("prediction"), tables.today(), address.one("q"), *dated.index)
    drawn = answers.remembered(key, lambda: timeline_rows(data, dated))
    st.html(f'<div class="ib"><style>{_CSS}</style><div class="ib-meta">{legend}</div>{drawn}</div>')
    page_picker(count, here)
    note = t("predictions.timeline-note")
    if len(rest):
        note += " " + t("predictions.timeline-rest", n=len(rest)) + undated
    st.caption(note)


#: States and verdicts that have a colour in the timeline, in the order of the legend, with the colour's name.
_COLOURS = {
    "overdue": "bad", "due-soon": "warn", "open": "accent", "came-true": "good", "partly": "warn", "did-not": "bad", "other": "muted",
}  # fmt: skip

# Positions in time are percentages of the width. The ::after of a row's link covers the row, so that all of it is the link.
_CSS = """
.ib-timeline { position: relative; padding-top: 2.9rem; margin-top: .7rem; }
.ib-timeline ol { list-style: none; margin: 0; padding: 0; position: relative; }
.ib .ib-timeline li { position: relative; height: 42px; margin: 0; padding: 0; border-radius: 6px; }
.ib-timeline li:hover { background: color-mix(in srgb, var(--ib-accent) 8%, transparent); }
.ib-timeline a { display: block; font-size: .82rem; line-height: 1.45; padding-top: 3px; color: var(--ib-text); overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.ib-timeline a::after { content: ""; position: absolute; inset: 0; }
.ib-timeline a:focus-visible { outline: none; } .ib-timeline li:focus-within { outline: 2px solid var(--ib-accent); }
.ib-timeline .who { color: var(--ib-muted); }
.ib-timeline .line { position: absolute; top: 28px; height: 5px; border-radius: 3px; min-width: 2px; background: color-mix(in srgb, var(--m) 50%, transparent); }
.ib-timeline .line::before { content: ""; position: absolute; left: -1px; top: -3.5px; width: 2px; height: 12px; background: var(--m); }
.ib-timeline .line::after { content: ""; position: absolute; right: -5px; top: -3px; width: 11px; height: 11px; border-radius: 50%; background: var(--m); }
.ib-timeline .tick, .ib-timeline .today { position: absolute; top: 1.5rem; bottom: 0; width: 0; border-left: 1px solid var(--ib-line); }
.ib-timeline .tick span, .ib-timeline .today span { position: absolute; bottom: 100%; transform: translateX(-50%); white-space: nowrap; font-size: .75rem; color: var(--ib-muted); }
.ib-timeline .today { top: 2.7rem; border-left: 1.5px dashed var(--ib-bad); pointer-events: none; }
.ib-timeline .today span { color: var(--ib-bad); font-weight: 700; line-height: 1.3; }
.ib-timeline .said { position: absolute; left: 0; top: 0; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 900px) { .ib-timeline .tick:not(.major) span { display: none; } }
@media (max-width: 640px) { .ib-timeline .tick:not(.long) span { display: none; } }
"""


def timeline_rows(data: tables.Tables, dated: Any) -> str:
    """The timeline as HTML: a row for each prediction of a frame, which links to its page."""
    rows = []
    for iri, row in zip(dated.index, dated.to_dict("records"), strict=True):
        due = min(row["due_end"], date(2200, 1, 1))
        said = min(row["published"], due) if cards.present(row["published"]) else due
        rows.append((iri, row, said, due))
    mark = marking.marker(data)
    today = tables.today()
    low, high = min(today, *(said for _, _, said, _ in rows)), max(today, *(due for *_, due in rows))
    days = max((high - low).days, 1)

    def place(day: date) -> float:
        return round(1.5 + 97 * (day - low).days / days, 2)

    parts = []
    for i, (day, words) in enumerate(ticks(low, high)):
        kind = " major long" if i % 4 == 0 else " major" if i % 2 == 0 else ""
        parts.append(
            f'<div class="tick{kind}" style="left:{place(day)}%" aria-hidden="true"><span>{cards.esc(words)}</span></div>'
        )
    parts.append("<ol>")
    for iri, row, said, due in rows:
        words, who = row["title"] or row["text"], speakers.words(data, row)
        when = t(
            "predictions.timeline-when",
            said=date_text(said),
            due=date_text(row["due_end"]),
            state=cards.state_words(row),
        )
        hint = "\n".join((cards.clip(words, 200), who, when))
        name = f' <span class="who">— {mark(speakers.words(data, row, columns=36), name=True)}</span>'
        parts.append(
            f'<li style="--m:var(--ib-{_COLOURS[_colour_key(row)]})" title="{cards.esc(hint)}">'
            f'<a class="ib-go" href="{cards.esc(sitemap.href("prediction", iri=iri))}">{mark(cards.clip(words, 90))}{name}'
            f'<span class="said"> {cards.esc(when)}</span></a>'
            f'<div class="line" style="left:{place(said)}%;width:{round(place(due) - place(said), 2)}%"></div></li>'
        )
    name = cards.esc(t("predictions.today"))
    parts.append(f'</ol><div class="today" style="left:{place(today)}%" aria-hidden="true"><span>{name}</span></div>')
    label_ = cards.esc(t("predictions.timeline-alt", n=len(rows)))
    return f'<div class="ib-timeline" role="group" aria-label="{label_}">{"".join(parts)}</div>'


def ticks(first: date, last: date) -> list[tuple[date, str]]:
    """The days that a time axis marks, about ten at most, with their labels: months or years."""
    months = max(1, (last - first).days // 30)
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000) if months <= 10 * s), 12_000)
    ja = language() == "ja"
    at = first.year * 12 + first.month - 1
    at += -at % step if first.day == 1 else step - at % step
    found = []
    while at < 12 * 10_000 and (day := date(at // 12, at % 12 + 1, 1)) <= last:
        words = str(day.year) + ("年" if ja else "")
        if step < 12:
            words = f"{words}{day.month}月" if ja else f"{day:%b} {words}"
        found.append((day, words))
        at += step
    return found or [(first, date_text(first)), (last, date_text(last))][: 1 + (last > first)]


def _colour_key(row: dict[str, Any]) -> str:
    if row["state"] != "settled":
        return str(row["state"])
    return row["verdict"] if row["verdict"] in ("came-true", "partly", "did-not") else "other"


def _palette_name(key: str) -> str:
    return {**look.STATE_COLOURS, **look.VERDICT_COLOURS, "other": "muted"}[key]


def _key_words(key: str) -> str:
    if key in look.VERDICT_COLOURS:
        return label("verdict", key)
    return t(f"predictions.state-{'settled' if key == 'other' else key}")


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
        "height": table_height(len(shown)),
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
