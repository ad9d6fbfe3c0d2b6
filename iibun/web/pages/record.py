"""Record (実績): hit rates of predictions by source, topic, horizon and other groupings, and calibration.

Every rate is shown with its interval and the number of predictions behind it.
"""

from __future__ import annotations

from itertools import compress
from typing import Any

import streamlit as st

from iibun.i18n import label, t
from iibun.web import address, cards, look, predicted, speakers, tables
from iibun.web.answers import remembered, store
from iibun.web.pages.claims import confirmed_only, page_number, page_picker
from iibun.web.pages.home import sample_verdicts
from iibun.web.sitemap import href

PER_PAGE = 30
CHARTED = 25  #: most rates in the chart
BY = ("source", "organization", "topic", "modality", "horizon", "period", "reader")


def scores(by: str, *, confirmed: bool = False) -> list[Any]:
    """The scores of each group of predictions, cached until the store changes.

    Args:
        by: of :data:`BY`, or ``all``.
        confirmed: count only the predictions that people have confirmed.
    """
    from kg.tracking import scores as tracked

    now, rows = tables.today(), prediction_rows(confirmed=confirmed)
    return remembered(("scores", by, now, confirmed), lambda: tracked.scores(store(), by, on=now, rows=rows))


def prediction_rows(*, confirmed: bool = False) -> list[Any]:
    """The predictions with their state, as ``kg.tracking.scores`` takes them, cached until the store changes.

    Args:
        confirmed: only those that people have confirmed.
    """
    now = tables.today()
    every = remembered(("prediction-rows", now), lambda: predicted.rows(store(), tables.current(), now))
    if not confirmed:
        return every
    claims = tables.current().claims
    kept = set(claims.index[speakers.confirmed(claims)])
    return [row for row in every if row.claim.iri in kept]


def show() -> None:
    """Show the page."""
    cards.begin()
    st.title(t("common.page-record"), anchor=False)
    if not scores("all"):
        cards.show(cards.empty(t("predictions.empty"), cards.link("articles", t("home.empty-add"))))
        return
    confirmed = confirmed_only(tables.current().by_due)
    total = scores("all", confirmed=confirmed)
    if not total:
        cards.show(cards.empty(t("claims.nothing")))
        return
    overall(total[0])
    chosen = st.segmented_control(
        t("record.by"), BY, required=True, key=address.key("by", valid=BY, many=False, default="source"),
        format_func=lambda b: t(f"record.by-{b}"), on_change=address.write, args=("by",), kwargs={"default": "source"},
    )  # fmt: skip
    by = str(chosen)
    found = scores(by, confirmed=confirmed)
    settled = [s for s in found if s.rate is not None]
    if settled:
        from iibun.web import charts

        charts.show(
            ("rates", by, confirmed, *settled[:CHARTED]), lambda: rate_chart(settled[:CHARTED], by), width="stretch", alt=t("record.chart-alt")
        )  # fmt: skip
        if len(settled) > CHARTED:
            st.caption(t("record.chart-cut", n=CHARTED, of=f"{len(settled):,}"))
    elif total[0].n == 0:
        cards.show(
            cards.empty(t("record.none-settled"), cards.link("predictions", t("record.settle"), state="overdue"))
        )
    pages = (len(found) + PER_PAGE - 1) // PER_PAGE
    at = page_number(pages)
    cards.show(score_table(found, by, slice((at - 1) * PER_PAGE, at * PER_PAGE)))
    page_picker(pages)
    st.caption(t("record.note-reader" if by == "reader" else "record.note"))
    if samples := sample_verdicts():
        st.caption(t("record.samples", n=len(samples)))
    calibration(confirmed=confirmed)


def overall(score: Any) -> None:
    """Show the score of all predictions together."""
    parts = [
        cards.count(score.n, t("record.n"), "predictions", counted="1", **switch()),
        f"<div><b>{rate_text(score)}</b><span>{cards.esc(interval_text(score) or t('record.rate'))}</span></div>",
        cards.count(
            score.overdue, t("predictions.state-overdue"), "predictions", colour="bad", state="overdue", **switch()
        ),
        cards.count(score.open, t("record.open"), "predictions", state=["due-soon", "open"], **switch()),
    ]
    if score.brier is not None:
        brier = cards.esc(t("record.brier-n", n=score.rated))
        parts.append(f"<div><b>{score.brier:.3f}</b><span>{brier}</span></div>")
    cards.show('<div class="ib-counts">', *parts, "</div>")


def switch() -> dict[str, str]:
    """The parameters of links from this page that keep its switch: what it counts is what they open."""
    return {"confirmed": address.one("confirmed")}


def rate_text(score: Any) -> str:
    """A hit rate as percent; a dash if there is none."""
    return "–" if score.rate is None else f"{score.rate:.0%}"


def interval_text(score: Any) -> str:
    """The 95 % interval and n as text; empty if there is no rate."""
    if score.rate is None:
        return ""
    return t("record.interval", low=f"{score.low:.0%}", high=f"{score.high:.0%}", n=score.n)


def name(score: Any, by: str) -> str:
    """The name of a group in the reader's language."""
    if by == "modality":
        return label("modality", score.key)
    if by == "horizon":
        return t(f"record.horizon-{score.key}")
    if by == "source" and score.key == "unnamed":
        return t("record.unnamed")
    if score.key in ("none", ""):
        return t("claims.narrator") if by == "source" else t("record.none")
    return str(score.label or score.key)


def group_link(score: Any, by: str) -> str:
    """The name of a group, as a link if there is a page about it."""
    words = cards.clip(name(score, by), 40)
    if by in ("source", "organization") and score.key.startswith(("urn:", "http")):
        return cards.link("entity", words, iri=score.key)
    if by == "source" and score.key == "none":
        return cards.link("claims", words, source=speakers.NARRATOR, kind="prediction", **switch())
    if by == "modality":
        return cards.link("claims", words, modality=score.key, kind="prediction", **switch())
    return cards.esc(words)


def score_table(found: list[Any], by: str, shown: slice = slice(None)) -> str:
    """An HTML table of groups with hit rate, interval (drawn as a bar) and counts, without columns that are empty.

    Args:
        found: all groups; a column is shown if any of them has a value in it.
        by: what they are grouped by, of :data:`BY`.
        shown: which of the groups get a row.
    """
    head = [
        (t(f"record.by-{by}"), False), (t("graph.count"), True), (t("record.rate"), True), (t("record.ci"), False),
        (label("verdict", "came-true"), True), (label("verdict", "partly"), True), (label("verdict", "did-not"), True),
        (t("record.not-counted"), True), (t("record.open"), True), (t("predictions.state-overdue"), True), (t("record.late"), True),
        (t("record.revised"), True), (t("record.brier"), True),
    ]  # fmt: skip
    values = [
        (
            1, s.n, s.rate is not None, s.rate is not None, s.hits, s.partly, s.n - s.hits - s.partly,
            s.ambiguous + s.annulled + s.unresolvable + s.early, s.open, s.overdue, s.late, s.revised, s.brier is not None,
        )
        for s in found
    ]  # fmt: skip
    kept = [any(column) for column in zip(*values, strict=True)]
    rows = []
    for s, value in list(zip(found, values, strict=True))[shown]:
        words = {0: group_link(s, by), 2: rate_text(s), 3: interval_bar(s), 9: overdue(s, by)}
        words[12] = "–" if s.brier is None else f"{s.brier:.3f} ({s.rated})"
        cells = (words.get(k) or cards.number(v) for k, v in enumerate(value))
        rows.append([*compress(cells, kept)])
    return cards.table(compress(head, kept), rows)


def interval_bar(score: Any) -> str:
    """The 95 % interval of a hit rate as a bar from 0 to 1, the rate as a mark on it; a dash if there is none."""
    if score.rate is None:
        return "–"
    left, width = f"{score.low * 100:.1f}%", f"{(score.high - score.low) * 100:.1f}%"
    return (
        f'<div class="ib-bar" role="img" aria-label="{cards.esc(interval_text(score))}"><i style="left:{left};width:{width}"></i>'
        f'<b style="left:{score.rate * 100:.1f}%"></b></div>'
    )


def overdue(score: Any, by: str) -> str:
    """The number of overdue predictions of a group, as a link if the predictions page has a filter for the group."""
    if score.overdue and by == "source" and not score.key.startswith("text:"):
        source = speakers.NARRATOR if score.key == "none" else score.key
        target = cards.esc(href("predictions", state="overdue", source=source, **switch()))
        return f'<a class="ib-go" href="{target}">{score.overdue}</a>'
    return cards.number(score.overdue)


def rate_chart(found: list[Any], by: str) -> Any:
    """A chart of hit rates as points with their intervals and n."""
    import pandas as pd

    from iibun.web.charts import alt

    palette = look.palette()
    rows = pd.DataFrame(
        [
            {
                "row": f"{i:03}",
                "name": cards.clip(name(s, by), 24),
                "rate": s.rate,
                "low": s.low,
                "high": s.high,
                "interval": f"{s.low:.0%}–{s.high:.0%}",
                "count": s.n,
                "n": t("record.count", n=s.n),
            }
            for i, s in enumerate(found)
        ]
    )
    import json

    names = json.dumps(dict(zip(rows["row"], rows["name"], strict=True)), ensure_ascii=False).replace("<", "\\u003c")
    y = alt.Y(
        "row:N", title=None, sort=None,
        axis=alt.Axis(labelExpr=f"{names}[datum.value]", labelOverlap=False, labelLimit=300, labelFlush=False, labelFontSize=13, ticks=False, domain=False),
    )  # fmt: skip
    tips = [
        alt.Tooltip("name:N", title=t(f"record.by-{by}")), alt.Tooltip("rate:Q", format=".0%", title=t("record.rate")),
        alt.Tooltip("interval:N", title=t("record.ci")), alt.Tooltip("count:Q", title=t("graph.count")),
    ]  # fmt: skip
    axis = alt.X(
        "low:Q",
        title=t("record.rate"),
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], gridColor=palette["line"]),
    )
    base = alt.Chart(rows).encode(y=y, tooltip=tips)
    chart = alt.layer(
        base.mark_rule(strokeWidth=5, opacity=0.35, color=palette["accent"]).encode(x=axis, x2="high:Q"),
        base.mark_point(filled=True, size=95, opacity=1, color=palette["accent"]).encode(x="rate:Q"),
        base.mark_text(align="left", dx=8, dy=-9, color=palette["muted"], fontSize=11).encode(x="rate:Q", text="n:N"),
    )
    return chart.properties(height=len(rows) * 30 + 60).configure_view(strokeWidth=0)


def calibration(*, confirmed: bool) -> None:
    """Show the calibration of probabilities, stated in texts or estimated by a reader, as a chart and a table.

    Args:
        confirmed: count only the predictions that people have confirmed.
    """
    from kg.tracking import scores as tracked

    st.header(t("record.calibration"), anchor=False)
    guesses = remembered(("estimates",), lambda: tracked.estimates(store()))
    readers = sorted({reader for of in guesses.values() for reader in of})
    reader = st.selectbox(
        t("record.whose"), readers, index=None, placeholder=t("record.stated"), width=320, key="calibration-of",
        disabled=not readers,
    )  # fmt: skip
    now, rows = tables.today(), prediction_rows(confirmed=confirmed)
    bins = remembered(
        ("calibration", now, reader, confirmed),
        lambda: tracked.calibration(store(), on=now, rows=rows, reader=reader),
    )
    if not bins:
        cards.show(cards.empty(t("record.no-calibration")))
        return
    from iibun.web import charts

    left, right = st.columns([2, 3], gap="large")
    with left:
        charts.show(
            ("calibration", *bins),
            lambda: calibration_chart(bins),
            width="stretch",
            alt=t("record.calibration"),
        )
    with right:
        head = [
            (t("record.said-p"), True),
            (t("graph.count"), True),
            (t("record.mean"), True),
            (t("record.happened"), True),
        ]
        cards.show(
            cards.table(
                head, ([f"{b.low:.0%} – {b.high:.0%}", str(b.n), f"{b.mean:.0%}", f"{b.rate:.0%}"] for b in bins)
            )
        )


def calibration_chart(bins: list[Any]) -> Any:
    """A calibration chart: the mean probability of each bin against how often the predictions came true."""
    import pandas as pd

    from iibun.web.charts import alt

    palette = look.palette()
    rows = pd.DataFrame([{"mean": b.mean, "rate": b.rate, "n": b.n, "words": t("record.count", n=b.n)} for b in bins])
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("mean:Q", title=t("record.said-p"), scale=scale, axis=alt.Axis(format="%", gridColor=palette["line"]))
    y = alt.Y("rate:Q", title=t("record.happened"), scale=scale, axis=alt.Axis(format="%", gridColor=palette["line"]))
    line = alt.Chart(pd.DataFrame({"mean": [0, 1], "rate": [0, 1]})).mark_line(
        strokeDash=[4, 4], color=palette["muted"]
    )
    points = alt.Chart(rows).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("mean:Q", format=".0%", title=t("record.mean")),
            alt.Tooltip("rate:Q", format=".0%", title=t("record.happened")),
            alt.Tooltip("n:Q", title=t("graph.count")),
        ],
    )
    chart = alt.layer(
        line.encode(x=x, y=y), points.mark_point(filled=True, size=120, opacity=1, color=palette["accent"]),
        points.mark_text(dy=-14, color=palette["muted"], fontSize=11).encode(text="words:N"),
    )  # fmt: skip
    return chart.properties(height=320).configure_view(strokeWidth=0)
