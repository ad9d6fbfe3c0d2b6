"""Charts: each is described once for one state of the store, not at every look at its page.

Altair takes longer to describe a chart than all else on its page; so its description is remembered, and made without
Altair's checks against the schema. ``CHECK`` turns them on; a test draws every chart so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import altair as alt
import streamlit as st
from altair.utils import schemapi

CHECK = False

__all__ = ["alt", "show"]

if not CHECK:
    schemapi.disable_debug_mode()

_lock = threading.Lock()  # Altair's settings are the whole process's


def show(key: tuple[Any, ...], make: Callable[[], Any], **options: Any) -> Any:
    """Show the Altair chart that ``make()`` gives, as ``st.vega_lite_chart`` does, and give what that gives.

    Args:
        key: what tells the chart from every other of one state of the store (hashable): its name, and what is drawn. The
            language and the theme are told apart here.
        make: builds the chart; called at the first look only.
        **options: for ``st.vega_lite_chart``; ``key`` is not among them, ``widget`` is its name here.
    """
    from iibun.i18n import language
    from iibun.web import answers, cards

    spec = answers.remembered(("chart", language(), cards.dark(), *key), lambda: described(make()))
    if "widget" in options:
        options["key"] = options.pop("widget")
    return st.vega_lite_chart(spec=spec, **options)


def described(chart: Any) -> dict[str, Any]:
    """A chart as Vega-Lite, with its data beside it as frames."""
    import pandas as pd

    datasets: dict[str, Any] = {}

    def beside(data: Any, **_: Any) -> dict[str, str]:
        name = f"{int(pd.util.hash_pandas_object(data, index=False).sum()):016x}"  # other data, another name
        datasets[name] = data
        return {"name": name}

    with _lock, alt.theme.enable("none"):
        alt.data_transformers.register("iibun", beside)
        with alt.data_transformers.enable("iibun"):
            spec: dict[str, Any] = chart.to_dict(validate=CHECK)
    return {**spec, "datasets": datasets}
