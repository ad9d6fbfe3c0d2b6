"""What fields and choices start from: bounds of dates, codes in the address, drafts that the browser keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from iibun.web import address


def between(first: date, last: date, given: date | None = None) -> dict[str, Any]:
    """The bounds of a date field, widened to include ``given``, since Streamlit fails for a value out of bounds."""
    return {"min_value": min(first, given or first), "max_value": max(last, given or last)}


def publication(given: date | None = None) -> dict[str, Any]:
    """The bounds of a field for a date of publication: from the first newspapers to the end of next year."""
    return between(date(1868, 1, 1), date(date.today().year + 1, 12, 31), given)


def given_codes(name: str, choices: Collection[str], *, key: str | None = None) -> None:
    """Set the initial state of a widget with several choices from a query parameter; call it before the widget.

    Streamlit's own ``bind`` puts labels into the URL, which depend on the language. Codes make a link work in both.

    Args:
        name: the query parameter.
        choices: the codes that exist; others are ignored.
        key: of the widget; ``name`` by default.
    """
    import streamlit as st

    key = key or name
    if key not in st.session_state and name in st.query_params:
        st.session_state[key] = [c for c in st.query_params[name].split(",") if c in choices]


def given_code(name: str, choices: Collection[Any], *, key: str | None = None) -> None:
    """As :func:`given_codes`, for a widget with a single choice."""
    import streamlit as st

    key = key or name
    if key not in st.session_state and name in st.query_params:
        found = next((c for c in choices if str(c) == st.query_params[name]), None)
        if found is not None:
            st.session_state[key] = found


def given_day(name: str, *, key: str) -> None:
    """Set the initial state of a field for a date of publication from a query parameter; call it before the widget.

    Args:
        name: the query parameter, an ISO date; others, and days out of bounds, are ignored.
        key: of the widget.
    """
    import streamlit as st

    day, bounds = address.day(name), publication()
    if day and key not in st.session_state and bounds["min_value"] <= day <= bounds["max_value"]:
        st.session_state[key] = day


def keep_param(name: str, value: Any) -> None:
    """Write a widget's value to the URL, or remove the parameter if it is empty; call it after the widget."""
    import streamlit as st

    text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)
    if text and st.query_params.get(name) != text:
        st.query_params[name] = text
    elif not text and name in st.query_params:
        del st.query_params[name]


def draft_key(name: str) -> str:
    """The prefix of the keys of a form's fields, by which the browser keeps their text until it is saved.

    It contains a digest of the name, since Streamlit makes a CSS class of a key and replaces some characters of an IRI.

    Args:
        name: identifies the form and what it is about: ``"merge-urn:iibun:entity:1"``.
    """
    return f"draft-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def forget_draft(key: str) -> None:
    """Let the browser forget the text of fields whose keys begin with ``key``, since it has been saved.

    ``iibun/web/static/drafts.js`` keeps the text of fields with a key ``draft-…`` when the reader leaves the page.
    """
    import streamlit as st

    st.session_state.setdefault("saved-drafts", []).append(key)


def held(*keys: str) -> dict[str, Any]:
    """What fields hold now, by their keys; those that are not shown are left out."""
    import streamlit as st

    return {key: st.session_state[key] for key in keys if key in st.session_state}


def clear(form: str, fields: Mapping[str, Any]) -> None:
    """Empty the fields of a form that was sent, in the next run.

    ``clear_on_submit`` would not tell the server, which then could not fill a field with what it believes to be there.

    Args:
        form: the form's name; before its first field it calls :func:`take_back`.
        fields: of :func:`held`.
    """
    import streamlit as st

    st.session_state.setdefault("refused-forms", {}).pop(form, None)
    empty = {key: "" if isinstance(value, str) else None for key, value in fields.items()}
    st.session_state.setdefault("refill-forms", {})[form] = empty


def refuse(form: str, fields: Mapping[str, Any]) -> None:
    """Fill a form that was cleared with what it held when it was sent, since that was refused, in the next run.

    Args:
        form: as for :func:`clear`.
        fields: of :func:`held`, before the form was cleared.
    """
    import streamlit as st

    st.session_state.setdefault("refused-forms", {})[form] = fields
    st.session_state.setdefault("refill-forms", {})[form] = fields


def take_back(form: str) -> None:
    """Empty or fill the fields of a form, as :func:`clear` and :func:`refuse` said; what was refused also after other pages.

    Args:
        form: as for :func:`clear`.
    """
    import streamlit as st

    now = st.session_state.get("refill-forms", {}).pop(form, {})
    for key, value in (st.session_state.get("refused-forms", {}).get(form, {}) | now).items():
        if key in now or key not in st.session_state:
            st.session_state[key] = value
