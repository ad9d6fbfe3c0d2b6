"""What fields and choices start from: bounds of dates, codes in the address, drafts that the browser keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Any


def between(first: date, last: date, given: date | None = None) -> dict[str, Any]:
    """The bounds of a field for a date, wide enough for the one that is given: Streamlit shows no field for another."""
    return {"min_value": min(first, given or first), "max_value": max(last, given or last)}


def publication(given: date | None = None) -> dict[str, Any]:
    """The bounds of a field for the day of a publication: from the first newspapers to next year."""
    return between(date(1868, 1, 1), date(date.today().year + 1, 12, 31), given)


def given_codes(name: str, choices: Collection[str], *, key: str | None = None) -> None:
    """Before a choice widget of key ``name``: start it from the query parameter, if that holds codes that exist.

    Streamlit's own ``bind`` writes labels, which differ by language; a link should open the same in both.
    """
    import streamlit as st

    key = key or name
    if key not in st.session_state and name in st.query_params:
        st.session_state[key] = [c for c in st.query_params[name].split(",") if c in choices]


def given_code(name: str, choices: Collection[Any], *, key: str | None = None) -> None:
    """As :func:`given_codes`, for a widget with one choice."""
    import streamlit as st

    key = key or name
    if key not in st.session_state and name in st.query_params:
        found = next((c for c in choices if str(c) == st.query_params[name]), None)
        if found is not None:
            st.session_state[key] = found


def keep_param(name: str, value: Any) -> None:
    """After a widget: keep its value in the address, or take it out if it is empty."""
    import streamlit as st

    text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)
    if text and st.query_params.get(name) != text:
        st.query_params[name] = text
    elif not text and name in st.query_params:
        del st.query_params[name]


def draft_key(name: str) -> str:
    """What the keys of a form's fields begin with, so that the browser keeps their text until it is saved.

    A digest of the name, since an IRI holds characters that Streamlit replaces in the class that it makes of a key.

    Args:
        name: which form, of what: ``"merge-urn:iibun:entity:1"``.
    """
    return f"draft-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def forget_draft(key: str) -> None:
    """Tell the browser that the text of fields whose keys begin so has been saved.

    What is typed into a field of a key ``draft-…`` is kept by the reader's browser (``iibun/web/static/drafts.js``) when the
    page is left, until this is called.
    """
    import streamlit as st

    st.session_state.setdefault("saved-drafts", []).append(key)
