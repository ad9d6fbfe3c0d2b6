"""What Streamlit's theme options can't say: Japanese line breaking, calmer spacing, badges."""

from __future__ import annotations

import json

_CSS = """
.stApp { font-feature-settings: "palt" 0; text-spacing-trim: trim-start; line-break: strict; }
.stApp h1, .stApp h2, .stApp h3 { letter-spacing: .01em; word-break: auto-phrase; text-wrap: balance; }
.stMainBlockContainer { padding-top: 3.2rem; padding-bottom: 4rem; max-width: 1500px; }
[data-testid="stSidebarUserContent"] { padding-top: 1rem; }
.stApp p, .stApp li { line-height: 1.75; }
.stApp [data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
.stApp [data-testid="stTable"] td, .stApp table { font-variant-numeric: tabular-nums; }
@media (max-width: 640px) { .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; } }
"""


def apply(language: str) -> None:
    """Add our styles and tell the document its language (a session can switch it without a reload)."""
    import streamlit as st

    script = f"document.documentElement.lang = {json.dumps(language)};"
    st.html(f"<style>{_CSS}</style><script>{script}</script>", unsafe_allow_javascript=True)
