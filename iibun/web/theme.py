"""Styles and a script that Streamlit's theme options don't cover: Japanese line breaking, spacing, the page's language."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from iibun.i18n import strings

_STATIC = Path(__file__).parent / "static"
LOGO = _STATIC / "logo.svg"

_CSS = """
.stApp { font-feature-settings: "palt" 0; text-spacing-trim: trim-start; line-break: strict; }
.stApp h1, .stApp h2, .stApp h3 { letter-spacing: .01em; word-break: auto-phrase; text-wrap: balance; }
.stMainBlockContainer { padding-top: 3.6rem; padding-bottom: 4rem; padding-left: clamp(1rem, 3.5vw, 4rem); padding-right: clamp(1rem, 3.5vw, 4rem); max-width: 1500px; }
/* What only carries styles or marks takes no gap, so that titles stand at one height. */
[data-testid="stElementContainer"]:has(> .stHtml > :is(style:first-child, [hidden]:only-child)) { position: absolute; }
[data-testid="stSidebarUserContent"] { padding-top: 1rem; }
.stApp p, .stApp li { line-height: 1.75; }
.stApp [data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
.stApp [data-testid="stTable"] td, .stApp table { font-variant-numeric: tabular-nums; }
.stApp [data-testid="stCaptionContainer"] { opacity: 1; }
.stApp [data-testid^="stBaseButton-primary"] { color: light-dark(#ffffff, #0f1d28); }
[class*="st-key-without-undo"] [data-testid^="stBaseButton-primary"] { background: light-dark(#b3373d, #f38a8e); border-color: light-dark(#b3373d, #f38a8e); }
[class*="st-key-article-row"] [data-testid="stPageLink"] p { font-size: 1.05rem; font-weight: 600; white-space: normal; overflow: visible; }
[class*="st-key-article-row"] [data-testid="stPageLink"] a { padding: 0; min-height: 0; }
[class*="st-key-article-row"] [data-testid="stPageLink"] a:hover { background: none; text-decoration: underline; }
[class*="st-key-article-row"] [data-testid="stPageLink"] a > span:has([data-testid="stIconMaterial"]) { display: none; }
.stApp [data-testid="stCaptionContainer"], .stApp [data-testid="stCaptionContainer"] p { color: light-dark(#5a5f66, #b4bac1); }
.stApp code { overflow-wrap: anywhere; } .stApp p code { white-space: nowrap; }
.stApp input::placeholder, .stApp input:placeholder-shown { text-overflow: ellipsis; }
.stApp del { background: light-dark(#fbe3e1, #4a2524); text-decoration-color: light-dark(#a33, #f99); }
.stApp ins { background: light-dark(#e0f1e3, #1f3f28); text-decoration: none; }
/* Streamlit's own CSV of a table would run texts as formulas in a spreadsheet; our downloads do not (kg/characters.py). */
[data-testid="stElementToolbarButton"]:has([aria-label^="Download as CSV"], [aria-label^="CSV で保存"]) { display: none; }
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"], .stApp button, .stApp [data-testid="stPageLink"], .stApp [data-testid="stButtonGroup"] { display: none !important; }
  .stMainBlockContainer { padding: 0; max-width: none; } .ib-card, .ib-rows li, .ib-quote { break-inside: avoid; }
}
@media (max-width: 768px) { .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; padding-top: 4.4rem; } }
@media (max-width: 640px) { .stApp h1 { font-size: 1.55rem; } }
"""

# For screen readers: Streamlit has other elements between the navigation's lists and their items. It may draw them after this.
_NAVIGATION = """
window.iibunNavigation ??= (() => {
  const giveRoles = () => {
    for (const list of document.querySelectorAll('[data-testid="stSidebarNavItems"]')) {
      list.setAttribute("role", "presentation");
      for (const item of list.querySelectorAll("li")) item.parentElement.setAttribute("role", "list");
    }
  };
  giveRoles();
  const observer = new MutationObserver(giveRoles);
  observer.observe(document.body, { subtree: true, childList: true });
  return observer;
})();
"""


def apply(language: str) -> None:
    """Add our styles to the page and set the document's language, which a session can change without a reload."""
    import streamlit as st

    st.html(f"<style>{_CSS}</style><script>{script(language)}</script>", unsafe_allow_javascript=True)


@cache
def script(language: str) -> str:
    """A script that sets the document's language and translates Streamlit's own texts."""
    words = [] if language == "en" else [[row["en"], row[language]] for row in strings("frame").values()]
    source = "\n".join((_STATIC / name).read_text("utf-8") for name in ("drafts.js", "frame.js"))
    said = f"{source}\nwindow.iibunFrame({json.dumps(words, ensure_ascii=False)});"
    return f"document.documentElement.lang = {json.dumps(language)};{_NAVIGATION}{said}"
