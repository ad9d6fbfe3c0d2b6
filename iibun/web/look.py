"""How our pages look: the colours of both themes, the style sheet of what :mod:`iibun.web.cards` makes, and the script of links."""

from __future__ import annotations

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

CSS = """
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
.ib-num { font-variant-numeric: tabular-nums; } .ib-day { white-space: nowrap; } .ib-zero { color: var(--ib-muted); }
.ib-counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: .6rem; margin: .25rem 0 .5rem; }
.ib-counts a, .ib-counts div { display: block; border: 1px solid var(--ib-line); border-radius: 10px; padding: .6rem .85rem; color: var(--ib-text); }
.ib-counts a:hover { border-color: var(--ib-accent); text-decoration: none; }
.ib-counts b { display: block; font-size: 1.6rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; color: var(--m, var(--ib-text)); }
.ib-counts span { font-size: .84rem; color: var(--ib-muted); }
.ib-holdings { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; align-items: baseline; border-top: 1px solid var(--ib-line); margin-top: 1.4rem; padding-top: .7rem; font-size: .88rem; color: var(--ib-muted); }
.ib-holdings b { font-variant-numeric: tabular-nums; margin-right: .3em; }
.ib-note { font-size: .92rem; color: var(--ib-muted); margin: 0; }
.ib ul.ib-rows { list-style: none; margin: 0; padding: 0; }
.ib ul.ib-rows li { padding: .42rem 0; border-bottom: 1px solid var(--ib-line); display: flex; gap: .15rem .7rem; flex-wrap: wrap; align-items: baseline; margin: 0; }
.ib ul.ib-rows li:last-child { border-bottom: 0; }
.ib-rows .main { flex: 1 1 16rem; min-width: 0; }
.ib-rows .under { display: block; }
.ib-rows .side { font-size: .84rem; color: var(--ib-muted); font-variant-numeric: tabular-nums; }
.ib-quote { border-left: 3px solid var(--m, var(--ib-accent)); padding: .2rem 0 .2rem 1rem; font-size: 1.06rem; line-height: 1.95; max-width: 46em; color: var(--ib-text); margin: .3rem 0; white-space: pre-wrap; unicode-bidi: isolate; }
.ib-quote .around { color: var(--ib-muted); }
.ib-quote mark { background: color-mix(in srgb, var(--m, var(--ib-accent)) 20%, transparent); color: inherit; padding: .1em 0; border-radius: 2px; }
.ib-quote .cue { box-shadow: inset 0 -3px 0 color-mix(in srgb, #e08a00 80%, transparent); }
.ib-quote .source { box-shadow: inset 0 0 0 1.5px color-mix(in srgb, currentColor 55%, transparent); border-radius: 2px; }
.ib-quote .differs { background: color-mix(in srgb, var(--ib-bad) 22%, transparent); font-weight: 700; }
.ib mark.ib-hit { background: color-mix(in srgb, var(--ib-warn) 24%, transparent); color: var(--ib-text); font-weight: 700; text-decoration: underline; text-underline-offset: .2em; padding: 0; }
.stApp:has(.ib-found) .st-key-desk { display: none; }
.ib-found h2 { font-size: 1.1rem; margin: 1rem 0 .2rem; padding: 0 0 .15rem; border-bottom: 2px solid var(--ib-line); }
.ib-found h3 { font-size: .95rem; margin: .5rem 0 0; padding: 0; } .ib-found :is(h2, h3) a:not(.ib-who) { font-size: .84rem; font-weight: 400; }
.ib h2.ib-small, .ib h3.ib-small { font-size: 1rem; margin: .2rem 0; }
.ib-quote .due { font-weight: 700; } .ib-quote .condition { text-decoration: underline wavy var(--ib-warn); text-underline-offset: .3em; }
.ib dl.ib-facts { padding: 0; display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.1rem; margin: .3rem 0; }
.ib-facts dt { color: var(--ib-muted); font-size: .88rem; } .ib-facts dd { margin: 0; min-width: 0; }
.ib-because { flex: 1 1 100%; }
.ib-empty { border: 1px dashed var(--ib-line); border-radius: 10px; padding: 1.1rem 1.2rem; color: var(--ib-muted); }
.ib-empty a { text-decoration: underline; }
[data-testid="stMultiSelect"] [data-tag], [data-testid="stMultiSelect"] [data-tag] * { color: var(--ib-tag) !important; }
.ib-board { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .9rem; align-items: start; }
.ib-board > section > h2 { font-size: .95rem; margin: 0 0 .5rem; padding: 0 0 .3rem; border-bottom: 2px solid var(--m); display: flex; justify-content: space-between; }
.ib-board .ib-card { padding: .5rem .7rem; } .ib-board .ib-what { font-size: .95rem; }
@media (max-width: 1100px) { .ib-board { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 640px) { .ib-board { grid-template-columns: 1fr; } .ib dl.ib-facts { grid-template-columns: 1fr; gap: 0; } .ib-facts dd { margin-bottom: .5rem; } }
.ib-table { width: 100%; border-collapse: collapse; font-size: .92rem; }
.ib-scroll { overflow-x: auto; }
.ib-table th { text-align: left; font-weight: 600; color: var(--ib-muted); font-size: .84rem; border-bottom: 1px solid var(--ib-line); padding: .35rem .6rem .35rem 0; white-space: nowrap; vertical-align: bottom; }
.ib-table td { border-bottom: 1px solid var(--ib-line); padding: .4rem .6rem .4rem 0; vertical-align: top; }
.ib-table td:not(.n):has(a) { min-width: 7rem; }
.ib-table td:first-child:not(.n) { min-width: 8.5rem; }
.ib-table .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .ib-table th.n { white-space: normal; overflow-wrap: normal; word-break: auto-phrase; }
.ib-table .n + :not(.n) { padding-left: .5rem; }
.ib-bar { position: relative; height: .8rem; min-width: 130px; background: var(--ib-soft); border-radius: 3px; margin-top: .4rem; }
.ib-bar i { position: absolute; top: .3rem; height: .2rem; background: color-mix(in srgb, var(--ib-accent) 45%, transparent); }
.ib-bar b { position: absolute; top: 0; width: 3px; height: .8rem; margin-left: -1px; background: var(--ib-accent); border-radius: 2px; }
@media (max-width: 1100px) { .ib-table th, .ib-table td { padding-right: .4rem; } .ib-table th { white-space: normal; word-break: auto-phrase; } .ib-bar { min-width: 68px; } .ib-table td:first-child:not(.n) { min-width: 7rem; } }
"""

# Streamlit would start a new session for a plain link. The script turns a plain click on one of our links into a change of
# the browser's history, for which Streamlit shows the page in the same session. Other clicks (new tab) are not touched.
LINKS = """
if (!window.iibunLinks) {
  window.iibunLinks = true;
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest(".ib-print")) window.print();
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


def dark() -> bool:
    """Whether the reader's theme is dark."""
    import streamlit as st

    return st.context.theme.type == "dark"


def palette(*, printed: bool = False) -> dict[str, str]:
    """Colours by name, for the reader's theme or for paper."""
    return _DARK if dark() and not printed else _LIGHT
