"""Who reads: the name that judgements carry, and the login where there is one."""

from __future__ import annotations

from iibun.i18n import t
from iibun.web.markdown import plain
from kg.tracking.samples import AUTHOR

#: The strings of authors that are not names of people.
AUTHORS = {"anonymous": "common.anonymous", AUTHOR: "common.sample-author"}


def author() -> str:
    """The author of this reader's judgements: the name of the login, else the name given in the settings."""
    import streamlit as st

    try:
        if st.user.is_logged_in:
            return str(st.user.get("name") or st.user.get("email"))
    except AttributeError:  # no login is configured in Streamlit
        pass
    return st.session_state.get("author") or st.query_params.get("author") or "anonymous"


def author_words(name: str) -> str:
    """The name under which somebody decided, as the page says it: no name, and samples, are told in the reader's language."""
    return t(AUTHORS[name]) if name in AUTHORS else name


def show() -> None:
    """Show a button to log in or out, if the operator has configured a login (``[auth]`` in Streamlit's secrets)."""
    import streamlit as st

    try:
        known = st.user.is_logged_in
    except AttributeError:  # no login is configured in Streamlit
        return
    if known:
        st.caption(t("common.logged-in", name=plain(author())))
        st.button(t("common.log-out"), icon=":material/logout:", on_click=st.logout, width="stretch")
    else:
        st.button(t("common.log-in"), icon=":material/login:", on_click=st.login, width="stretch")
