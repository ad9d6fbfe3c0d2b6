"""Shim for hosts that want a script: ``streamlit run app.py`` or ``uvicorn app:app`` start what ``iibun serve`` starts."""

import streamlit as st

from iibun.web import server

app = st.App(server.SCRIPT, **server.options())
