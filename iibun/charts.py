"""Charts, drawn without Altair's checks: to check each against the schema costs more than all else on its page.

``CHECK`` turns them on; a test draws every chart so.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import altair as alt
import streamlit as st
from altair.utils import schemapi

CHECK = False

__all__ = ["alt", "show"]

if not CHECK:
    schemapi.disable_debug_mode()


def show(chart: Any, **options: Any) -> Any:
    """``st.altair_chart``, with the chart's description as it stands."""
    if not CHECK:
        object.__setattr__(chart, "to_dict", partial(type(chart).to_dict, chart, validate=False))
    return st.altair_chart(chart, **options)
