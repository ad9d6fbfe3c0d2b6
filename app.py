"""Entry point for hosts that need a script: ``streamlit run app.py`` and ``uvicorn app:app`` start the ``iibun serve`` app."""

import streamlit as st

from iibun.web import server

app = st.App(server.SCRIPT, **server.options())
