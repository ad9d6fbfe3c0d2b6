"""What waits for decisions, one thing after the other: the first that the reader has not put off, and what was just decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from iibun.i18n import t
from iibun.web import cards
from iibun.web.pages import history

LATER = "9"  #: the key that puts a thing off


def show(name: str, waiting: Sequence[str], one: Callable[[list[str]], None], elsewhere: str) -> None:
    """Show how many things wait, one of them, and the last decisions of this session.

    Args:
        name: of the queue, ``pairs`` or ``settle``: for its strings and its entries in the session.
        waiting: the IRIs of all that wait, the first first.
        one: shows one of those that the reader has not put off.
        elsewhere: a link to follow when nothing waits.
    """
    put_off = _put_off(name)
    left = [iri for iri in waiting if iri not in put_off]
    n = f"{len(waiting):,}"
    st.caption(t(f"{name}.left", n=n))
    if left:
        one(left)
    elif waiting:
        cards.show(cards.empty(t(f"{name}.all-later", n=n)))
        st.button(t(f"{name}.again"), on_click=put_off.clear, icon=":material/replay:")
    else:
        cards.show(cards.empty(t(f"{name}.none"), elsewhere))
    history.of_session(f"{name}-made")


def later(name: str, iri: str) -> None:
    """Show the button that puts a thing off."""
    st.button(t("pairs.later"), on_click=_put_off(name).append, args=(iri,), shortcut=LATER, type="tertiary")


def decided(name: str, judgements: Iterable[str]) -> None:
    """Remember judgements of this session, which :func:`show` lists."""
    st.session_state.setdefault(f"{name}-made", []).extend(judgements)


def _put_off(name: str) -> list[str]:
    kept: list[str] = st.session_state.setdefault(f"{name}-later", [])
    return kept
