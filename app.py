"""Entry point for hosts that need a script: ``streamlit run app.py`` and ``uvicorn app:app`` start the ``iibun serve`` app."""

import streamlit as st

from iibun import server

app = st.App(server.SCRIPT, **server.options())
