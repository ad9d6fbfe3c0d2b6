"""HTML of claims, predictions and entities in lists; everything from the store is escaped here.

Links are ordinary links that can be copied or opened in a new tab. A plain click stays in the Streamlit session, by the
script that :func:`begin` puts on the page.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from iibun.i18n import date_text, label, language, number_text, t
from iibun.web import speakers
from iibun.web.sitemap import href
from kg.characters import visible
from kg.web import is_web_address

if TYPE_CHECKING:
    from iibun.web.tables import Tables


_LIGHT = {
    "asserted": "#2f6fc4", "probable": "#0f8a7a", "possible": "#7d57c9", "hoped": "#4a8a22", "intended": "#c26a12",
    "required": "#c43f45", "questioned": "#6d737c", "text": "#23262b", "line": "#dfdfd6", "soft": "#f3f3ee",
    "accent": "#1f5f8b", "link": "#1a5580", "good": "#217a45", "bad": "#b3373d", "warn": "#96570a", "muted": "#5a6069",
    "tag": "#ffffff",
}  # fmt: skip
_DARK = {
    "asserted": "#76aef0", "probable": "#4fc7b5", "possible": "#b79bf2", "hoped": "#94cf6b", "intended": "#f0a95c",
    "required": "#f38a8e", "questioned": "#a9afb8", "text": "#e4e6e8", "line": "#343b44", "soft": "#1f242a",
    "accent": "#7db8e0", "link": "#8fc4e8", "good": "#6fce95", "bad": "#f38a8e", "warn": "#f0b25c", "muted": "#a7aeb7",
    "tag": "#0f1a22",
}  # fmt: skip

#: Colour of each state of a prediction and of each verdict, by name in the palette.
STATE_COLOURS = {"overdue": "bad", "due-soon": "warn", "open": "accent", "settled": "muted"}
VERDICT_COLOURS = {
    "came-true": "good", "partly": "warn", "did-not": "bad", "ambiguous": "muted", "annulled": "muted",
    "unresolvable": "muted",
}  # fmt: skip

_CSS = """
.ib { color: var(--ib-text); line-height: 1.65; overflow-wrap: anywhere; }
.ib a { color: var(--ib-link); text-decoration: none; }
.ib a:hover { text-decoration: underline; }
.ib :focus-visible { outline: 2px solid var(--ib-accent); outline-offset: 2px; border-radius: 4px; }
.ib-list { display: flex; flex-direction: column; gap: .55rem; }
.ib-card { border: 1px solid var(--ib-line); border-left: 4px solid var(--m, var(--ib-line)); border-radius: 8px; padding: .6rem .85rem .55rem; }
.ib-card.rejected { opacity: .75; } .ib-card.rejected .ib-what { text-decoration: line-through; }
.ib-card.doubtful { border-left-style: dashed; }
.ib-what { font-size: 1.02rem; line-height: 1.6; margin: 0; }
.ib-what a { color: var(--ib-text); }
.ib-meta { position: relative; display: flex; flex-wrap: wrap; gap: .15rem .6rem; align-items: center; font-size: .84rem; color: var(--ib-muted); margin-top: .25rem; }
.ib-who { font-weight: 650; color: var(--ib-text); }
.ib-chip { border-radius: 999px; padding: 0 .55rem; font-size: .78rem; line-height: 1.6; white-space: nowrap; color: var(--ib-text);
  border: 1px solid color-mix(in srgb, var(--m, var(--ib-muted)) 55%, transparent); background: color-mix(in srgb, var(--m, var(--ib-muted)) 12%, transparent); }
.ib-doubt summary { border: 1px dashed var(--ib-warn); border-radius: 999px; padding: 0 .55rem; font-size: .78rem; line-height: 1.6; color: var(--ib-warn); white-space: nowrap; cursor: pointer; list-style: none; }
.ib-doubt summary::-webkit-details-marker { display: none; }
.ib-doubt > div { position: absolute; left: 0; z-index: 6; width: max-content; max-width: 100%; box-sizing: border-box; margin-top: .3rem; padding: .5rem .85rem; border: 1px solid var(--ib-line); border-radius: 8px; background: var(--ib-soft); color: var(--ib-text); box-shadow: 0 6px 24px #0003; }
.ib .ib-doubt ul { list-style: none; margin: .2rem 0 .4rem; padding: 0; } .ib .ib-doubt li { margin: 0; font-size: .86rem; display: flex; justify-content: space-between; gap: 1.2rem; }
.ib-num { font-variant-numeric: tabular-nums; } .ib-day { white-space: nowrap; }
.ib-counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: .6rem; margin: .25rem 0 .5rem; }
.ib-counts a, .ib-counts div { display: block; border: 1px solid var(--ib-line); border-radius: 10px; padding: .6rem .85rem; color: var(--ib-text); }
.ib-counts a:hover { border-color: var(--ib-accent); text-decoration: none; }
.ib-counts b { display: block; font-size: 1.6rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; color: var(--m, var(--ib-text)); }
.ib-counts span { font-size: .84rem; color: var(--ib-muted); }
.ib-holdings { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; align-items: baseline; border-top: 1px solid var(--ib-line); margin-top: 1.4rem; padding-top: .7rem; font-size: .88rem; color: var(--ib-muted); }
.ib-holdings b { font-variant-numeric: tabular-nums; margin-right: .3em; }
.ib-zero { color: var(--ib-muted); }
.ib-note { font-size: .92rem; color: var(--ib-muted); margin: 0; }
.ib ul.ib-rows { list-style: none; margin: 0; padding: 0; }
.ib ul.ib-rows li { padding: .42rem 0; border-bottom: 1px solid var(--ib-line); display: flex; gap: .15rem .7rem; flex-wrap: wrap; align-items: baseline; margin: 0; }
.ib ul.ib-rows li:last-child { border-bottom: 0; }
.ib-rows .main { flex: 1 1 16rem; min-width: 0; }
.ib-rows .side { font-size: .84rem; color: var(--ib-muted); white-space: nowrap; font-variant-numeric: tabular-nums; }
.ib-quote { border-left: 3px solid var(--m, var(--ib-accent)); padding: .2rem 0 .2rem 1rem; font-size: 1.06rem; line-height: 1.95; max-width: 46em; color: var(--ib-text); margin: .3rem 0; white-space: pre-wrap; unicode-bidi: isolate; }
.ib-quote .around { color: var(--ib-muted); }
.ib-quote mark { background: color-mix(in srgb, var(--m, var(--ib-accent)) 20%, transparent); color: inherit; padding: .1em 0; border-radius: 2px; }
.ib-quote .cue { box-shadow: inset 0 -3px 0 color-mix(in srgb, #e08a00 80%, transparent); }
.ib-quote .source { box-shadow: inset 0 0 0 1.5px color-mix(in srgb, currentColor 55%, transparent); border-radius: 2px; }
.ib-quote .differs { background: color-mix(in srgb, var(--ib-bad) 22%, transparent); font-weight: 700; }
.ib mark.ib-hit { background: color-mix(in srgb, var(--ib-warn) 24%, transparent); color: var(--ib-text); font-weight: 700; text-decoration: underline; text-underline-offset: .2em; padding: 0; }
.ib-found h2 { font-size: 1.1rem; margin: 1rem 0 .2rem; padding: 0 0 .15rem; border-bottom: 2px solid var(--ib-line); }
.ib-found h3 { font-size: .95rem; margin: .5rem 0 0; padding: 0; } .ib-found :is(h2, h3) a:not(.ib-who) { font-size: .84rem; font-weight: 400; }
.ib h2.ib-small, .ib h3.ib-small { font-size: 1rem; margin: .2rem 0; }
.ib-quote .due { font-weight: 700; } .ib-quote .condition { text-decoration: underline wavy var(--ib-warn); text-underline-offset: .3em; }
.ib dl.ib-facts { padding: 0; display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.1rem; margin: .3rem 0; }
.ib-facts dt { color: var(--ib-muted); font-size: .88rem; } .ib-facts dd { margin: 0; min-width: 0; }
.ib-empty { border: 1px dashed var(--ib-line); border-radius: 10px; padding: 1.1rem 1.2rem; color: var(--ib-muted); }
.ib-empty a { text-decoration: underline; }
[data-testid="stMultiSelect"] [data-tag], [data-testid="stMultiSelect"] [data-tag] * { color: var(--ib-tag) !important; }
.ib-board { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .9rem; align-items: start; }
.ib-board > section > h2 { font-size: .95rem; margin: 0 0 .5rem; padding: 0 0 .3rem; border-bottom: 2px solid var(--m); display: flex; justify-content: space-between; }
.ib-board .ib-card { padding: .5rem .7rem; } .ib-board .ib-what { font-size: .95rem; }
@media (max-width: 1000px) { .ib-board { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 640px) { .ib-board { grid-template-columns: 1fr; } .ib dl.ib-facts { grid-template-columns: 1fr; gap: 0; } .ib-facts dd { margin-bottom: .5rem; } .ib-rows .side { white-space: normal; } }
.ib-table { width: 100%; border-collapse: collapse; font-size: .92rem; }
.ib-scroll { overflow-x: auto; }
.ib-table th { text-align: left; font-weight: 600; color: var(--ib-muted); font-size: .84rem; border-bottom: 1px solid var(--ib-line); padding: .35rem .6rem .35rem 0; white-space: nowrap; }
.ib-table td { border-bottom: 1px solid var(--ib-line); padding: .4rem .6rem .4rem 0; vertical-align: top; }
.ib-table td:not(.n):has(a) { min-width: 7rem; }
.ib-table td:first-child:not(.n) { min-width: 8.5rem; }
.ib-table .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.ib-bar { position: relative; height: .8rem; min-width: 130px; background: var(--ib-soft); border-radius: 3px; margin-top: .4rem; }
.ib-bar i { position: absolute; top: .3rem; height: .2rem; background: color-mix(in srgb, var(--ib-accent) 45%, transparent); }
.ib-bar b { position: absolute; top: 0; width: 3px; height: .8rem; margin-left: -1px; background: var(--ib-accent); border-radius: 2px; }
"""

# Streamlit would start a new session for a plain link. The script turns a plain click on one of our links into a change of
# the browser's history, for which Streamlit shows the page in the same session. Other clicks (new tab) are not touched.
LINKS = """
if (!window.iibunLinks) {
  window.iibunLinks = true;
  document.addEventListener("click", (event) => {
    const a = event.target.closest && event.target.closest("a.ib-go");
    if (!a || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState({}, "", a.getAttribute("href"));
    window.dispatchEvent(new PopStateEvent("popstate"));
    const main = document.querySelector('[data-testid="stMain"]');
    if (main) main.scrollTo(0, 0);
  });
}
"""


def begin() -> None:
    """Put the styles of the cards and the script for links on the page; call once on each page with cards."""
    import streamlit as st

    colours = ";".join(f"--ib-{name}:{value}" for name, value in palette().items())
    st.html(f"<style>:root{{{colours}}}{_CSS}</style><script>{LINKS}</script>", unsafe_allow_javascript=True)


def dark() -> bool:
    """Whether the reader's theme is dark."""
    import streamlit as st

    return st.context.theme.type == "dark"


def palette() -> dict[str, str]:
    """Colours by name, for the reader's theme."""
    return _DARK if dark() else _LIGHT


def show(*parts: str, width: Literal["stretch", "content"] = "stretch") -> None:
    """Put HTML made by functions of this module on the page; ``width`` as for ``st.html``."""
    import streamlit as st

    st.html(f'<div class="ib">{"".join(parts)}</div>', width=width)


def esc(text: object) -> str:
    """A text escaped for HTML; direction controls, which can reorder what a reader sees, become visible."""
    return html.escape(visible("" if text is None else str(text)))


def clip(text: str, most: int = 160) -> str:
    """A text cut to at most so many characters, with an ellipsis if it was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def link(page: str, text: object, /, *, class_: str = "", **params: Any) -> str:
    """A link to one of our pages.

    ``page`` and ``text`` are positional only, so that ``params`` may hold query parameters of these names.
    """
    return anchor(page, esc(text), class_=class_, **params)


def anchor(page: str, body: str, /, *, class_: str = "", **params: Any) -> str:
    """:func:`link` around HTML made here."""
    return f'<a class="ib-go {esc(class_)}" href="{esc(href(page, **params))}">{body}</a>'


def outside(url: str | None, text: object) -> str:
    """A link to another site in a new tab; plain text unless the address is ``http`` or ``https``."""
    if not is_web_address(url):
        return esc(text)
    return f'<a href="{esc(url)}" target="_blank" rel="noopener noreferrer">{esc(text)}</a>'


def chip(text: object, colour: str = "") -> str:
    """A small label; ``colour`` is a name of the palette."""
    style = f' style="--m:var(--ib-{esc(colour)})"' if colour else ""
    return f'<span class="ib-chip"{style}>{esc(text)}</span>'


def empty(text: str, *links: str) -> str:
    """A box for an empty list: what to do next, with links."""
    return f'<div class="ib-empty">{esc(text)} {" · ".join(links)}</div>'


def count(number: int, text: str, page: str, *, colour: str = "", **params: Any) -> str:
    """A number with its label, as a link to the list of what it counts."""
    style = f' style="--m:var(--ib-{colour})"' if colour and number else ""
    target = esc(href(page, **params))
    return f'<a class="ib-go" href="{target}"{style}><b>{number:,}</b><span>{esc(text)}</span></a>'


def unmarked(text: object, *, name: bool = False) -> str:
    """:func:`esc`, as what marks nothing; see :func:`iibun.web.marking.marker`."""
    return esc(text)


def who(tables: Tables, row: Any, mark: Callable[..., str] = unmarked) -> str:
    """The sources of a claim as links; else the words of the text for an unnamed source, or "the article"."""
    if row["sources"]:
        names = (anchor("entity", mark(tables.label(e), name=True), class_="ib-who", iri=e) for e in row["sources"])
        return f"<span>{join_words(names)}</span>"
    if row["source_text"]:
        return f'<span class="ib-who" title="{esc(t("claims.unnamed-source"))}">{mark(row["source_text"])}</span>'
    return f"<span>{esc(t('claims.narrator'))}</span>"


def doubt(tables: Tables, iri: str, row: Any) -> str:
    """The mark of a doubtful source, which opens to who else it may be; empty if the source is not doubtful."""
    if not row["doubt"]:
        return ""
    found = [speakers.read(tables, row), *speakers.choices(row["doubt"], lambda name: None)]
    items = "".join(f'<li><span>{esc(c.words)}</span><span class="ib-num">{c.share}</span></li>' for c in found)
    return (
        f'<details class="ib-doubt"><summary aria-label="{esc(t("claims.doubt-open"))}">{esc(t("claims.doubt"))}</summary>'
        f"<div><strong>{esc(t('claims.doubt-heading'))}</strong><ul>{items}</ul>"
        f"{link('article', t('claims.correct'), iri=row['article'], claim=iri)}</div></details>"
    )


def due_text(row: Any) -> str:
    """When a prediction is due, in words (by or after a date); empty if it has no due date."""
    start, end = row["due_start"], row["due_end"]
    if not (present(start) or present(end)):
        return t("predictions.undated", words=row["due_text"]) if undated(row) else ""
    if present(end):
        return t("predictions.by", date=date_text(end))
    return t("predictions.after", date=date_text(start))


def undated(row: Any) -> bool:
    """Whether a prediction has no due date only because its article has no date to count from."""
    return bool(row["due_undated"]) and not present(row["due_end"]) and not present(row["due_start"])


#: How a figure's comparator is written before its value.
_SIGNS = {"~": "≈ ", ">=": "≥ ", "<=": "≤ ", "<": "< ", ">": "> "}


def value_text(value: float, comparator: str | None, unit: str | None = "") -> str:
    """A figure's value with its comparator and unit, such as ≥ 1,000 MW."""
    number = number_text(value, 0 if float(value).is_integer() else 2)
    return f"{_SIGNS.get(comparator or '=', '')}{number} {unit or ''}".strip()


def state_words(row: Any) -> str:
    """The state or verdict of a prediction in words; what is open and has no due date says that instead."""
    if present(row["verdict"]):
        return label("verdict", row["verdict"])
    if row["state"] == "open" and not present(row["due_end"]):
        return t("predictions.state-undated" if undated(row) else "predictions.due-none")
    return t(f"predictions.state-{row['state']}")


def state_chip(row: Any) -> str:
    """The state or verdict of a prediction as a chip."""
    if present(row["verdict"]):
        return chip(state_words(row), VERDICT_COLOURS.get(row["verdict"], "muted"))
    colour = STATE_COLOURS[row["state"]] if row["state"] != "open" or present(row["due_end"]) else "muted"
    return chip(state_words(row), colour)


def present(value: Any) -> bool:
    """Whether a cell holds a value (not None, not NaN)."""
    return value is not None and value == value


def links_note(row: Any) -> str:
    """Chips with the number of claims that agree with and that contradict a claim; empty if none."""
    parts = []
    if row["agreeing"]:
        parts.append(chip(t("claims.agreeing-n", n=row["agreeing"]), "good"))
    if row["opposing"]:
        parts.append(chip(t("claims.opposing-n", n=row["opposing"]), "bad"))
    return "".join(parts)


def claim(
    tables: Tables, iri: str, row: Any, *, article: bool = True, extra: str = "", mark: Callable[..., str] = unmarked
) -> str:  # fmt: skip
    """A claim as a card: content, source, modality, due date, review and article.

    Args:
        tables: for the labels of sources and articles.
        iri: of the claim.
        row: the claim's row of ``tables.claims``.
        article: whether to name the article.
        extra: HTML to add to the line under the content.
        mark: gives content and source as HTML (:func:`iibun.web.marking.marker`).
    """
    page = "prediction" if row["prediction"] else "claims"
    words = row["title"] if present(row["title"]) and row["title"] else clip(row["text"])
    parts = [who(tables, row, mark), doubt(tables, iri, row), chip(label("modality", row["modality"]), row["modality"])]
    if row["polarity"] == "negated":
        parts.append(chip(label("polarity", "negated"), "muted"))
    if row["prediction"]:
        if due := due_text(row):
            parts.append(f'<span class="ib-num">{esc(due)}</span>')
        parts.append(state_chip(row))
    parts.append(links_note(row))
    if present(row["review"]):
        parts.append(chip(label("review", row["review"]), "good" if row["review"] != "rejected" else "bad"))
    if article:
        parts.append(article_link(tables, row["article"], claim=iri))
    if present(row["published"]):
        parts.append(f'<span class="ib-num">{esc(date_text(row["published"], short=True))}</span>')
    return (
        f'<article class="ib-card {"doubtful" if row["doubt"] else esc(row["review"] or "")}" style="--m:var(--ib-{esc(row["modality"])})">'
        f'<p class="ib-what">{anchor(page, mark(words), iri=iri)}</p>'
        f'<div class="ib-meta">{"".join(filter(None, parts))}{extra}</div></article>'
    )


def said(tables: Tables, iri: str) -> str:
    """A claim in one line: content, source and date."""
    row = tables.claims.loc[iri]
    page = "prediction" if row["prediction"] else "claims"
    note = " · ".join(filter(None, (speakers.words(tables, row), date_text(row["published"], short=True))))
    return f"{link(page, clip(row['title'] or row['text'], 60), iri=iri)} <span class='side'>{esc(note)}</span>"


def claim_list(tables: Tables, frame: Any, **options: Any) -> str:
    """The claims of a frame as a list of cards; ``options`` are those of :func:`claim`."""
    cards = (claim(tables, iri, row, **options) for iri, row in zip(frame.index, frame.to_dict("records"), strict=True))
    return f'<div class="ib-list">{"".join(cards)}</div>'


def article_link(tables: Tables, iri: str, **params: Any) -> str:
    """A link to an article by its title, with its outlet; empty if the article is not in the tables."""
    if iri not in tables.articles.index:
        return ""
    row = tables.articles.loc[iri]
    title = clip(row["title"] or row["url"] or t("claims.untitled"), 30)
    publisher = f" ({esc(row['publisher'])})" if row["publisher"] else ""
    return f"<span>{link('article', title, iri=iri, **params)}{publisher}</span>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A description list of (term, HTML made here) pairs; pairs with an empty description are left out."""
    body = "".join(f"<dt>{esc(term)}</dt><dd>{value}</dd>" for term, value in pairs if value)
    return f'<dl class="ib-facts">{body}</dl>'


def day(value: date | None) -> str:
    """A date as HTML for a table cell; empty for None."""
    return f'<span class="ib-num">{esc(date_text(value))}</span>' if present(value) else ""


def table(head: Iterable[tuple[str, bool]], rows: Iterable[Iterable[str]]) -> str:
    """A small table.

    Args:
        head: for each column its heading and whether it holds numbers, which are aligned right.
        rows: cells as HTML made here.
    """
    columns = list(head)
    heads = "".join(f'<th scope="col"{_number(n)}>{esc(name)}</th>' for name, n in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{_number(n)}>{cell}</td>" for cell, (_, n) in zip(row, columns, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="ib-scroll" tabindex="0"><table class="ib-table"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _number(is_number: bool) -> str:
    return ' class="n"' if is_number else ""


def time_axis(first: date, last: date) -> dict[str, Any]:
    """Options for an Altair time axis: a label for each month, or for each year over a long time, none repeated."""
    months = max(1, (last - first).days // 30)
    if months > 60:
        step = max(1, months // 120)
        return {"format": "%Y年" if language() == "ja" else "%Y", "tickCount": {"interval": "year", "step": step}}
    step = next((s for s in (1, 2, 3, 6) if months <= 10 * s), 12)
    return {"format": "%Y年%-m月" if language() == "ja" else "%b %Y", "tickCount": {"interval": "month", "step": step}}


def large_numbers() -> str:
    """A Vega expression for the labels of an axis: 1.2兆, 3億, 5万 in Japanese, else 1.2T, 300M, 50k."""
    if language() != "ja":
        return "replace(format(datum.value, '~s'), 'G', 'B')"
    steps = "".join(
        f"abs(datum.value) >= {size} ? format(datum.value / {size}, '~g') + '{unit}' : "
        for unit, size in (("兆", "1e12"), ("億", "1e8"), ("万", "1e4"))
    )
    return f"{steps}format(datum.value, ',~g')"


def join_words(words: Iterable[str]) -> str:
    """Words joined by the separator of the reader's language (、 or a comma)."""
    return ("、" if language() == "ja" else ", ").join(words)
