"""Altair charts, whose Vega-Lite specification is cached until the store changes.

Building the specification takes Altair longer than everything else on a page. So it is cached, and built without
Altair's validation against the schema. ``CHECK`` turns the validation on; a test draws every chart with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import altair as alt
import streamlit as st
from altair.utils import schemapi

from iibun.i18n import language
from iibun.web import answers, look

CHECK = False

__all__ = ["alt", "show", "time_axis"]

if not CHECK:
    schemapi.disable_debug_mode()

_lock = threading.Lock()  # Altair's theme and data transformer are global to the process


def show(key: tuple[Any, ...], make: Callable[[], Any], **options: Any) -> Any:
    """Show an Altair chart with ``st.vega_lite_chart`` and return what that returns.

    Args:
        key: cache key, hashable: the chart's name and whatever else decides what is drawn. Language and theme are added
            here.
        make: builds the chart; called only if it is not in the cache.
        **options: for ``st.vega_lite_chart``, but its ``key`` is called ``widget`` here.
    """
    spec = answers.remembered(("chart", language(), look.dark(), *key), lambda: described(make()))
    if "widget" in options:
        options["key"] = options.pop("widget")
    return st.vega_lite_chart(spec=spec, **options)


def described(chart: Any) -> dict[str, Any]:
    """A chart as a Vega-Lite specification whose data are frames under ``datasets``, not inline JSON."""
    import pandas as pd

    datasets: dict[str, Any] = {}

    def beside(data: Any, **_: Any) -> dict[str, str]:
        name = f"{int(pd.util.hash_pandas_object(data, index=False).sum()):016x}"  # one name for equal data
        datasets[name] = data
        return {"name": name}

    with _lock, alt.theme.enable("none"):
        alt.data_transformers.register("iibun", beside)
        with alt.data_transformers.enable("iibun"):
            spec: dict[str, Any] = chart.to_dict(validate=CHECK)
    return {**spec, "datasets": datasets}


def time_axis(first: date, last: date) -> dict[str, Any]:
    """Options for an Altair time axis: a label for each month, or for each year over a long time, none repeated."""
    months = max(1, (last - first).days // 30)
    if months > 60:
        step = max(1, months // 120)
        return {"format": "%Y年" if language() == "ja" else "%Y", "tickCount": {"interval": "year", "step": step}}
    step = next((s for s in (1, 2, 3, 6) if months <= 10 * s), 12)
    return {"format": "%Y年%-m月" if language() == "ja" else "%b %Y", "tickCount": {"interval": "month", "step": step}}
