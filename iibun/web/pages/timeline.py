"""The timeline of the predictions page: threads of statement, revision and verdict over time, in lanes, with a brush.

:mod:`iibun.web.timeline` computes what is where; this draws it as HTML, and :mod:`iibun.web.pages.years` what is too much for
it. Query parameters: ``lane`` (source or topic),
``from`` and ``until`` (only what is due then).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import groupby, pairwise
from typing import Any

import streamlit as st

from iibun.i18n import date_text, language, t
from iibun.web import address, answers, cards, look, marking, outcomes, sitemap, speakers, tables, timeline
from iibun.web.pages import years
from iibun.web.pages.claims import page_number, page_picker
from iibun.web.timeline import Axis, Statement, Thread

TIMELINE_ROWS = 40  #: threads on one page
MANY = 120  #: with more predictions in dated threads than this, and no lanes, there is a line for each year instead
BRUSH_LEAST = 8  #: dated threads from which there is a brush
LANES = ("due", "source", "topic")

# Positions in time are percentages of the width. The ::after of a row's link covers the row, so that all of it is the link.
_CSS = """
.ib-timeline { position: relative; padding-top: 2.9rem; margin-top: .7rem; }
.ib-timeline ol { list-style: none; margin: 0; padding: 0; position: relative; }
.ib .ib-timeline li { position: relative; margin: 0; padding: 0; border-radius: 6px; break-inside: avoid; }
.ib-timeline li.thread { border-left: 2px solid var(--ib-accent); margin: 4px 0; background: color-mix(in srgb, var(--ib-accent) 5%, transparent); }
.ib-timeline .row { position: relative; height: 42px; border-radius: 6px; }
.ib-timeline .row:hover { background: color-mix(in srgb, var(--ib-accent) 8%, transparent); }
.ib-timeline a.what { display: block; font-size: .82rem; line-height: 1.45; padding: 3px 0 0 4px; color: var(--ib-text); overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.ib-timeline a.what::after { content: ""; position: absolute; inset: 0; }
.ib-timeline a.what:focus-visible { outline: none; } .ib-timeline .row:focus-within { outline: 2px solid var(--ib-accent); }
.ib-timeline .who { color: var(--ib-muted); } .ib-timeline .ib-chip { font-size: .72rem; line-height: 1.4; }
.ib .ib-timeline h2.lane { font-size: .92rem; margin: 0; padding: .6rem 0 .15rem; border-bottom: 1px solid var(--ib-line); position: relative; background: var(--ib-back, transparent); }
.ib-timeline h2.lane span { font-weight: 400; color: var(--ib-muted); }
.ib-timeline .line { position: absolute; top: 28px; height: 5px; border-radius: 3px; min-width: 2px; background: color-mix(in srgb, var(--m) 50%, transparent); }
.ib-timeline .line.said::before { content: ""; position: absolute; left: -1px; top: -3.5px; width: 2px; height: 12px; background: var(--m); }
.ib-timeline .line.dot::after { content: ""; position: absolute; right: -5px; top: -3px; width: 11px; height: 11px; border-radius: 50%; background: var(--m); }
.ib-timeline .line.backwards::after { background: transparent; box-shadow: inset 0 0 0 2px var(--m); }
.ib-timeline .line.endless { background: repeating-linear-gradient(90deg, color-mix(in srgb, var(--m) 45%, transparent) 0 5px, transparent 5px 10px); }
.ib-timeline .verdict { position: absolute; top: 25.5px; width: 9px; height: 9px; margin-left: -5px; transform: rotate(45deg); background: var(--m); box-shadow: 0 0 0 2px light-dark(#fdfdfb, #14181d); }
.ib-timeline .bin { position: absolute; top: 2.7rem; bottom: 0; background: repeating-linear-gradient(135deg, color-mix(in srgb, var(--ib-muted) 14%, transparent) 0 4px, transparent 4px 9px); pointer-events: none; }
.ib-timeline .bin span { position: absolute; bottom: 100%; font-size: .75rem; white-space: nowrap; color: var(--ib-muted); line-height: 1.3; } .ib-timeline .bin.after span { right: 0; }
.ib-timeline .far { position: absolute; top: 22px; right: 7.5%; font-size: .72rem; line-height: 1.5; color: var(--ib-text); background: light-dark(#fdfdfb, #14181d); padding: 0 3px; border-radius: 3px; } .ib-timeline .far.before { right: auto; left: 7.5%; }
.ib-timeline .tick, .ib-timeline .today { position: absolute; top: 1.5rem; bottom: 0; width: 0; border-left: 1px solid var(--ib-line); }
.ib-timeline .tick span, .ib-timeline .today span { position: absolute; bottom: 100%; transform: translateX(-50%); white-space: nowrap; font-size: .75rem; color: var(--ib-muted); }
.ib-timeline .today { top: 2.7rem; border-left: 1.5px dashed var(--ib-bad); pointer-events: none; }
.ib-timeline .today span { color: var(--ib-bad); font-weight: 700; line-height: 1.3; }
.ib-timeline .hidden { position: absolute; left: 0; top: 0; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 900px) { .ib-timeline .tick:not(.major) span { display: none; } }
@media (max-width: 640px) { .ib-timeline .tick:not(.long) span { display: none; } }
"""


def show(data: tables.Tables, frame: Any) -> None:
    """Show predictions as threads over time: a line from the day it was said to the due date, a diamond for the verdict."""
    every = threads(data, frame)
    zoom = zoomed()
    found = [thread for thread in every if timeline.within(thread, zoom)]
    dated = [thread for thread in found if not timeline.undated(thread)]
    by = _controls([thread for thread in every if not timeline.undated(thread)], frame, zoom)
    if not found:
        cards.show(cards.empty(t("timeline.none-then")))
        return
    rows = dict(zip(frame.index, frame.to_dict("records"), strict=True))
    if by == "due" and sum(map(len, dated)) > MANY and (zoom is None or zoom[0].year != zoom[1].year):
        years.show(dated, rows, _asked())
        found = [thread for thread in found if timeline.undated(thread)]
        if found:
            cards.show(cards.link("predictions", t("timeline.undated-n", n=f"{len(found):,}"), **_asked(), due="none"))
        return
    entries = laned(data, found, rows, by)
    count = (len(entries) + TIMELINE_ROWS - 1) // TIMELINE_ROWS
    here = 1
    if by == "due":  # begin with the page that contains today
        first = sum(max(s.due_shown or date.min for s in thread) < tables.today() for thread in dated)
        here = min(max(first - TIMELINE_ROWS // 4, 0) // TIMELINE_ROWS + 1, count)
    at = page_number(count, here)
    entries = entries[(at - 1) * TIMELINE_ROWS : at * TIMELINE_ROWS]
    present = {outcomes.of(rows[s.iri]) for _, thread in entries for s in thread}
    scale = timeline.axis([thread for _, thread in entries], tables.today(), zoom)
    key = ("timeline", data, language(), sitemap.href("prediction"), tables.today(), address.one("q"), by, scale, *(s.iri for _, thread in entries for s in thread))  # fmt: skip
    drawn = answers.remembered(key, lambda: timeline_rows(data, entries, rows, scale))
    st.html(f'<div class="ib"><style>{_CSS}</style>{outcomes.legend(present)}{drawn}</div>')
    page_picker(count, here)
    st.caption(_note(data, frame, found))


def zoomed() -> tuple[date, date] | None:
    """The range of due dates that the URL names; None if it names none."""
    low, high = address.day("from"), address.day("until")
    if low is None and high is None:
        return None
    low, high = low or date.min, high or date.max
    return min(low, high), max(low, high)


def threads(data: tables.Tables, frame: Any) -> list[Thread]:
    """The predictions of a frame as threads, by the due date of the last statement; those without one last."""
    from kg.tracking import verdicts

    settled = list(frame.index[frame["verdict"].notna()])
    given = answers.remembered(("last-verdicts", *settled), lambda: verdicts.last_verdicts(answers.store(), settled))

    def known(value: Any) -> date | None:
        return value if cards.present(value) else None

    statements = [
        Statement(iri, known(said), known(due), known(given[iri].one("decidedOn")) if iri in given else None)
        for iri, said, due in zip(frame.index, frame["published"], frame["due_end"], strict=True)
    ]
    found = timeline.threads(statements, revisions(data))
    return sorted(found, key=lambda thread: max((s.due_shown for s in thread if s.due_shown), default=date.max))


def revisions(data: tables.Tables) -> dict[tuple[str, str], bool]:
    """Pairs of a later and an earlier claim that it revises → whether somebody confirmed it; the surest first.

    What nobody has confirmed counts only between claims of one speaker: a revision by others is a contradiction.
    """
    sources = data.claims["sources"].to_dict()
    links = data.links[(data.links["type"] == "revises") & (data.links["state"] != "rejected")].copy()
    links["sure"] = links["state"] == "confirmed"
    links = links.sort_values(["sure", "score", "link"], ascending=[False, False, True])
    return {
        (later, earlier): bool(sure)
        for later, earlier, sure in zip(links["later"], links["earlier"], links["sure"], strict=True)
        if sure or set(sources.get(later, ())) & set(sources.get(earlier, ()))
    }


def laned(
    data: tables.Tables, found: list[Thread], rows: Mapping[str, Mapping[str, Any]], by: str
) -> list[tuple[str, Thread]]:
    """Each thread with the heading of its lane; what has no due date is in a lane of its own, at the end."""
    dated = [thread for thread in found if not timeline.undated(thread)]
    rest = [(t("timeline.undated"), thread) for thread in found if timeline.undated(thread)]
    if by == "due":
        return [*(("", thread) for thread in dated), *rest]

    def keys(thread: Thread) -> Iterable[str]:
        for s in thread:
            if by == "topic":
                yield from rows[s.iri]["topics"]
            elif rows[s.iri]["sources"]:
                yield from rows[s.iri]["sources"]
            elif not rows[s.iri]["source_text"]:
                yield speakers.NARRATOR

    def heading(key: str) -> str:
        if by == "topic":
            return key or t("record.none")
        return speakers.label(data, key) if key else t("record.unnamed")

    return [*((heading(key), th) for key, some in timeline.lanes(dated, keys) for th in some), *rest]


def _controls(dated: list[Thread], frame: Any, zoom: tuple[date, date] | None) -> str:
    """Show the choice of lanes and the brush, and return what the lanes are by."""
    with st.container(horizontal=True, vertical_alignment="center"):
        by = st.segmented_control(
            t("timeline.lanes"), LANES, required=True, label_visibility="collapsed",
            key=address.key("lane", valid=LANES, many=False, default="due"), format_func=lambda v: t(f"timeline.lane-{v}"),
            on_change=address.write, args=("lane",), kwargs={"default": "due"},
        )  # fmt: skip
        if zoom:
            low, high = (date_text(day) if date.min < day < date.max else "" for day in zoom)
            st.markdown(t("timeline.zoomed", low=low, high=high))
            st.button(t("timeline.whole"), icon=":material/zoom_out_map:", on_click=_zoom, args=(None,), key="zoom-out")
    if len(dated) >= BRUSH_LEAST:
        _brush(dated, frame)
    return str(by)


def _brush(dated: list[Thread], frame: Any) -> None:
    """Show the number of due dates for each month; who drags over it zooms to what is due then."""
    from iibun.web import charts

    key = f"brush-{st.session_state.get('brush-n', 0)}"  # a new widget has no brush

    def chosen() -> None:
        picked = st.session_state[key].get("selection", {}).get("brush", {}).get("month")
        _zoom(None if not picked else brushed(*picked), fresh=False)

    kinds = {iri: outcomes.of(row) for iri, row in zip(frame.index, frame[["state", "verdict"]].to_dict("records"), strict=True)}  # fmt: skip
    dues = tuple((s.due_shown, kinds[s.iri]) for thread in dated for s in thread if s.due_shown)
    low, high = timeline.bulk((day for day, _ in dues), tables.today())
    charts.show(
        ("brush", dues, low, high), lambda: brush_chart([d for d in dues if low <= d[0] <= high], low, high),
        width="stretch", alt=t("timeline.brush-alt"), on_select=chosen, selection_mode="brush", widget=key,
    )  # fmt: skip
    outside = sum(not low <= day <= high for day, _ in dues)
    st.caption(t("timeline.brush") + (" " + t("timeline.outside", n=outside) if outside else ""))


def brushed(first: float, last: float) -> tuple[date, date]:
    """The days of a brush over two moments in milliseconds."""
    low, high = sorted((first, last))
    return datetime.fromtimestamp(low / 1000, UTC).date(), datetime.fromtimestamp(high / 1000, UTC).date()


def _zoom(to: tuple[date, date] | None, *, fresh: bool = True) -> None:
    """Write a range to the URL, or remove it; ``fresh`` removes the brush as well."""
    for name in ("from", "until", "page"):
        st.query_params.pop(name, None)
    if to:
        st.query_params["from"], st.query_params["until"] = map(str, to)
    elif fresh:
        st.session_state["brush-n"] = st.session_state.get("brush-n", 0) + 1


def brush_chart(dues: list[tuple[date, str]], low: date, high: date) -> Any:
    """The bar chart of the brush: due dates for each month, by state."""
    import pandas as pd

    from iibun.web import charts
    from iibun.web.charts import alt

    palette = look.palette()
    rows = pd.DataFrame([{"month": pd.Timestamp(day.replace(day=1)), "kind": kind} for day, kind in dues])
    rows = rows.value_counts(["month", "kind"]).reset_index(name="n")
    names = {name: palette[colour] for name, colour in outcomes.COLOURS.items()}
    return (
        alt.Chart(rows)
        .mark_bar(size=8)
        .encode(
            x=alt.X("month:T", scale=alt.Scale(type="utc"), title=None, axis=alt.Axis(**charts.time_axis(low, high), grid=False, labelOverlap="greedy")),
            y=alt.Y("n:Q", title=None, axis=alt.Axis(tickMinStep=1, tickCount=3, format="d")),
            color=alt.Color("kind:N", legend=None, scale=alt.Scale(domain=list(names), range=list(names.values()))),
        )
        .add_params(alt.selection_interval(name="brush", encodings=["x"]))
        .properties(height=84)
        .configure_axis(aria=False)  # Vega's words for it are English; the lines below it are links that say the same
        .configure_view(strokeWidth=0)
    )  # fmt: skip


def _note(data: tables.Tables, frame: Any, found: list[Thread]) -> str:
    """What the marks mean, and how many predictions have no due date or one before they were said."""
    rest = frame.loc[frame["due_end"].isna(), ["due_undated", "due_start", "due_end"]]
    parts = [t("predictions.timeline-note")]
    if len(rest):
        parts.append(t("predictions.timeline-rest", n=len(rest)))
    if unknown := sum(map(cards.undated, rest.to_dict("records"))):
        parts.append(t("predictions.undated-n", n=unknown))
    if backwards := sum(s.backwards for thread in found for s in thread):
        parts.append(t("timeline.backwards-n", n=backwards))
    return " ".join(parts)


def timeline_rows(
    data: tables.Tables, entries: list[tuple[str, Thread]], rows: Mapping[str, Mapping[str, Any]], scale: Axis
) -> str:
    """The timeline as HTML: for each thread a row for each of its statements, which links to its page."""
    mark, pairs = marking.marker(data), revisions(data)
    parts = []
    for name, left, number in (("before", 0.0, scale.before), ("after", 100 - timeline.EDGE, scale.after)):
        if number:
            day = scale.low if name == "before" else scale.high
            words = cards.esc(t(f"timeline.{name}", date=date_text(day, short=True), n=number))
            parts.append(f'<div class="bin {name}" style="left:{left}%;width:{timeline.EDGE}%"><span>{words}</span></div>')  # fmt: skip
    for i, (day, words) in enumerate(ticks(scale.low, scale.high)):
        kind = " major long" if i % 4 == 0 else " major" if i % 2 == 0 else ""
        parts.append(
            f'<div class="tick{kind}" style="left:{scale.place(day)}%" aria-hidden="true"><span>{cards.esc(words)}</span></div>'
        )
    for lane, some in groupby(entries, key=lambda entry: entry[0]):
        members = [thread for _, thread in some]
        if lane:
            parts.append(f'<h2 class="lane">{cards.esc(lane)} <span class="ib-num">{len(members)}</span></h2>')
        parts.append("<ol>")
        for thread in members:
            known = (None, *(pairs.get((b.iri, a.iri), False) for a, b in pairwise(thread)))
            drawn = "".join(
                _row(data, rows[s.iri], s, scale, mark, revision=r) for s, r in zip(thread, known, strict=True)
            )
            parts.append(f'<li class="{"thread" if len(thread) > 1 else "one"}">{drawn}</li>')
        parts.append("</ol>")
    today = tables.today()
    if scale.low <= today <= scale.high:
        name = cards.esc(t("predictions.today"))
        parts.append(
            f'<div class="today" style="left:{scale.place(today)}%" aria-hidden="true"><span>{name}</span></div>'
        )
    label_ = cards.esc(t("predictions.timeline-alt", n=sum(len(thread) for _, thread in entries)))
    return f'<div class="ib-timeline" role="group" aria-label="{label_}">{"".join(parts)}</div>'


def _row(data: tables.Tables, row: Any, s: Statement, scale: Axis, mark: Any, *, revision: bool | None) -> str:
    """One statement of a thread as HTML: its words over its line, with the due date and the verdict.

    ``revision`` says whether it revises the one before it and somebody confirmed that; None for the first.
    """
    words, who = row["title"] or row["text"], speakers.words(data, row)
    when = [
        t("predictions.timeline-when", said=date_text(s.said) if s.said else t("timeline.unknown"),
          due=date_text(s.due) if s.due else t("predictions.due-none"), state=cards.state_words(row)),
    ]  # fmt: skip
    if s.settled:
        when.append(t("timeline.settled", date=date_text(s.settled)))
    if s.backwards:
        when.append(t("timeline.backwards"))
    said = cards.esc(" ".join(when))
    hint = cards.esc("\n".join((cards.clip(words, 200), who, *when)))
    name = f' <span class="who">— {mark(speakers.words(data, row, columns=36), name=True)}</span>'
    chips = (
        ""
        if revision is None
        else cards.chip(
            t("timeline.revised" if revision else "timeline.revised-proposed"), "warn" if revision else "muted"
        )
        + " "
    )
    parts = [
        f'<a class="ib-go what" href="{cards.esc(sitemap.href("prediction", iri=s.iri))}">{chips}{mark(cards.clip(words, 90))}{name}'
        f'<span class="hidden"> {said}</span></a>'
    ]
    due = s.due_shown
    if s.said or due:
        start = scale.place(s.said or due or scale.low)
        end = scale.place(due) if due else 100.0
        kind = ("said " if s.said else "") + ("dot" if due else "endless") + (" backwards" if s.backwards else "")
        parts.append(f'<div class="line {kind}" style="left:{start}%;width:{round(end - start, 2)}%"></div>')
    if due and not scale.low <= due <= scale.high:
        side = "before" if due < scale.low else "after"
        parts.append(f'<span class="far {side}" aria-hidden="true">{cards.esc(date_text(due, short=True))}</span>')
    if s.settled:
        parts.append(f'<i class="verdict" style="left:{scale.place(s.settled_shown or s.settled)}%"></i>')
    return f'<div class="row" style="--m:var(--ib-{outcomes.COLOURS[outcomes.of(row)]})" title="{hint}">{"".join(parts)}</div>'


def _asked() -> dict[str, Any]:
    """The filters in the URL, for links that keep them."""
    return {k: address.many(k) for k in st.query_params if k not in ("from", "until", "page", "lang", "due")}


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
