"""The timeline of many predictions: a line for each year, with the number that is due in each month."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from iibun.i18n import language, t
from iibun.web import cards, outcomes, sitemap, timeline
from iibun.web.timeline import Thread

_CSS = """
.ib .ib-years { list-style: none; margin: .7rem 0 0; padding: 0; }
.ib .ib-years li { display: grid; grid-template-columns: 8.5rem 1fr; gap: .8rem; align-items: end; margin: 0; padding: .25rem 0; border-bottom: 1px solid var(--ib-line); }
.ib-years .months { display: grid; grid-template-columns: repeat(12, 1fr); gap: 3px; height: 46px; align-items: end; }
.ib-years a.month { display: flex; flex-direction: column; justify-content: end; height: 100%; } .ib-years a.month:hover { background: var(--ib-soft); }
.ib-years i { display: block; background: var(--m); min-height: 2px; } .ib-years i:first-child { border-radius: 3px 3px 0 0; }
.ib-years .names { display: grid; grid-template-columns: repeat(12, 1fr); gap: 3px; font-size: .72rem; color: var(--ib-muted); text-align: center; }
@media (max-width: 640px) { .ib .ib-years li { grid-template-columns: 5.2rem 1fr; } .ib-years .unit { display: none; } .ib-years .names { font-size: .66rem; } }
"""


def show(dated: list[Thread], rows: Mapping[str, Mapping[str, Any]], asked: Mapping[str, Any]) -> None:
    """Show a line for each year with a bar for each month; a click zooms to the year or the month.

    Args:
        dated: threads with a due date.
        rows: their claims, by IRI.
        asked: the filters in the URL, which links keep.
    """
    kinds = {s.iri: outcomes.of(rows[s.iri]) for thread in dated for s in thread}
    found = timeline.years(dated, kinds)
    most = max(sum(month.values()) for months in found.values() for month in months)
    ja = language() == "ja"
    names = [f"{m}月" if ja else f"{date(2000, m, 1):%b}" for m in range(1, 13)]
    head = "".join(
        f'<span>{m}<span class="unit">月</span></span>' if ja else f"<span>{name}</span>"
        for m, name in enumerate(names, 1)
    )
    items = [f'<li aria-hidden="true"><span></span><div class="names">{head}</div></li>']
    for year, months in found.items():
        total = sum(sum(m.values()) for m in months)
        words = t("timeline.year-n", year=year, n=f"{total:,}")
        name = cards.link("predictions", words, **asked, **{"from": f"{year:04}-01-01", "until": f"{year:04}-12-31"})
        bars = []
        for n, month in enumerate(months, 1):
            stack = "".join(
                f'<i style="--m:var(--ib-{outcomes.COLOURS[k]});height:{round(100 * month[k] / most, 1)}%"></i>' for k in outcomes.COLOURS if month[k]
            )  # fmt: skip
            if not stack:
                bars.append("<span></span>")
                continue
            target = {"from": f"{year:04}-{n:02}-01", "until": f"{year:04}-{n:02}-{monthrange(year, n)[1]}"}
            hint = cards.esc(
                f"{names[n - 1]}: "
                + cards.join_words(f"{outcomes.words(k)} {month[k]}" for k in outcomes.COLOURS if month[k])
            )
            href = cards.esc(sitemap.href("predictions", **asked, **target))
            bars.append(f'<a class="ib-go month" href="{href}" title="{hint}" aria-label="{hint}">{stack}</a>')
        items.append(f'<li><span class="ib-num">{name}</span><div class="months">{"".join(bars)}</div></li>')
    st.html(f'<div class="ib"><style>{_CSS}</style>{outcomes.legend(kinds.values(), marks=False)}<ul class="ib-years">{"".join(items)}</ul></div>')  # fmt: skip
    st.caption(t("timeline.years-note", n=f"{len(kinds):,}"))
