"""Pages of the web page as Streamlit's AppTest runs them, over a store of our own writing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from iibun.web import tables
from tests import pages_store
from tests.streamlit_log import no_warning  # noqa: F401

pytest.importorskip("streamlit")
from streamlit.testing.v1 import AppTest

TODAY = date(2026, 7, 2)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import kg.store
    from iibun.web import answers

    monkeypatch.setattr(tables, "today", lambda: TODAY)
    with kg.store.open(tmp_path / "store") as opened:
        answers.use_store(opened)
        yield opened
        answers.use_store(None)


@pytest.fixture
def filled(store: Any) -> Any:
    pages_store.fill(store)
    return store


def run(name: str, lang: str = "ja", **params: Any) -> AppTest:
    """A page as AppTest sees it; ``navigation.run`` without the navigation, which AppTest can't switch."""

    def script(name: str, lang: str) -> None:
        import importlib

        import streamlit as st

        from iibun.web import sitemap

        st.session_state["lang"] = lang
        st.session_state["_pages"] = {
            e.name: st.Page(lambda: None, url_path=e.name, title=e.name) for e in sitemap.PAGES
        }
        importlib.import_module(f"iibun.web.pages.{name}").show()

    app = AppTest.from_function(script, kwargs={"name": name, "lang": lang}, default_timeout=30)
    for key, value in params.items():
        app.query_params[key] = value
    return app.run()


def html(app: AppTest) -> str:
    return "\n".join(e.proto.body for e in app.get("html"))


def claim_iri(data: tables.Tables, words: str) -> str:
    return str(next(i for i, text in zip(data.claims.index, data.claims["text"], strict=True) if words in text))
