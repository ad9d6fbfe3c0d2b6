"""Who reads: the name that judgements carry, and the login where there is one."""

from __future__ import annotations

from iibun.i18n import t
from iibun.web.markdown import plain


def author() -> str:
    """The name that this reader's judgements carry: who is logged in, else the name given in settings."""
    import streamlit as st

    try:
        if st.user.is_logged_in:
            return str(st.user.get("name") or st.user.get("email"))
    except AttributeError:  # no login is configured
        pass
    return st.session_state.get("author") or st.query_params.get("author") or "anonymous"


def show() -> None:
    """Log in or out, where the operator has set up a login (``[auth]`` in Streamlit's secrets); nothing otherwise."""
    import streamlit as st

    try:
        known = st.user.is_logged_in
    except AttributeError:  # no login is configured
        return
    if known:
        st.caption(t("common.logged-in", name=plain(author())))
        st.button(t("common.log-out"), icon=":material/logout:", on_click=st.logout, width="stretch")
    else:
        st.button(t("common.log-in"), icon=":material/login:", on_click=st.login, width="stretch")
