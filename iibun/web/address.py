"""A page's state in its URL: filters and choices are query parameters, as codes that don't depend on the language.

A widget made with :func:`key` takes its initial value from the URL, follows it when a link or the back button changes
it, and writes its value back (:func:`write` as its ``on_change``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any


def key(name: str, *, valid: Iterable[str] | None = None, many: bool = True, default: Any = None) -> str:
    """The session key of the widget for query parameter ``name``; sets its session state from the URL first.

    Args:
        name: the query parameter.
        valid: values that the widget offers; others in the URL are ignored. None accepts any.
        many: True for a list of values, False for a single value (or ``default``).
        default: the state when the URL does not have the parameter.
    """
    import streamlit as st

    state = _key(name)
    there = st.query_params.get_all(name)
    allowed = set(valid) if valid is not None else None
    held = st.session_state.get(state, default)
    # Another page may use the same parameter name with other values. Its value is still in the session if the reader
    # left that page before it was drawn completely.
    strange = not many and allowed is not None and held != default and held not in allowed
    if state not in st.session_state or strange or st.session_state.get(f"{state}#url") != there:
        values = [v for v in there if allowed is None or v in allowed]
        st.session_state[state] = (values or list(default or [])) if many else (values[0] if values else default)
        st.session_state[f"{state}#url"] = there
    return state


def write(name: str, *, default: Any = None, to_text: Callable[[Any], str] = str) -> None:
    """Write the widget's value to the URL (nothing if it is the default) and go back to the first page of results.

    Meant as the ``on_change`` callback of a widget made with :func:`key`.

    Args:
        name: the query parameter.
        default: the value for which the parameter is left out.
        to_text: turns a value into the text that the URL holds.
    """
    import streamlit as st

    chosen = st.session_state.get(_key(name))
    values = list(chosen) if isinstance(chosen, list | tuple) else [] if chosen in (None, "", default) else [chosen]
    texts = [to_text(v) for v in values]
    if texts:
        st.query_params[name] = texts
    elif name in st.query_params:
        del st.query_params[name]
    st.session_state[f"{_key(name)}#url"] = texts
    if name != "page" and "page" in st.query_params:
        del st.query_params["page"]


def one(name: str, default: str = "") -> str:
    """The value of a query parameter (the last one if it is repeated), or ``default``."""
    import streamlit as st

    return st.query_params.get(name, default)


def many(name: str) -> list[str]:
    """All values of a query parameter."""
    import streamlit as st

    return st.query_params.get_all(name)


def follow(merged: Mapping[str, str]) -> None:
    """Have the URL name the present entities, so that a link from before a merge still finds what it found.

    Args:
        merged: entities by those that were merged into them.
    """
    import streamlit as st

    for name in list(st.query_params):
        was = st.query_params.get_all(name)
        now = list(dict.fromkeys(" ".join(merged.get(iri, iri) for iri in value.split(" ")) for value in was))
        if now != was:
            st.query_params[name] = now


def day(name: str) -> date | None:
    """A query parameter as a date; None if it is missing or not an ISO date."""
    try:
        return date.fromisoformat(one(name))
    except ValueError:
        return None


def number(name: str) -> int | None:
    """A query parameter as a number of at most nine digits; None if it is missing or none."""
    text = one(name)
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _key(name: str) -> str:
    return f"address-{name}"
