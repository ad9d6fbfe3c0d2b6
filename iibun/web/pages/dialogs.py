"""Parts of the form of a relation: somebody else was faster, words are quoted, the form is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from iibun.i18n import t
from iibun.web import cards, forms
from iibun.web.pages import decisions
from kg.errors import IibunError


class NotInText(IibunError):
    """The article does not contain the quoted words."""


def closed() -> None:
    """Forget the state of the form that was open."""
    st.session_state.pop("form", None)


def tell_overtaken(state: dict[str, Any], thing: str, seen: str) -> None:
    """In a form that could not be saved because others decided meanwhile: show what they decided."""
    if "overtaken" in state:
        st.warning(f"{t('claims.overtaken')}　{t('article.overtaken-save')}", icon=":material/group:")
        cards.show(decisions.others(thing, seen))


def record(state: dict[str, Any], thing: str, seen: str, make: Callable[[], str]) -> None:
    """Record the judgement of a form; if somebody else was faster, rerun the form, which then says so."""
    from kg.tracking.log import Overtaken

    try:
        decisions.record(thing, state.get("overtaken", seen), make)
    except Overtaken as error:
        state["overtaken"] = error.last
        st.rerun(scope="fragment")


def done(draft: str, said: str) -> None:
    """Close a form that was saved: forget its draft, leave a message in the session and rerun the page."""
    closed()
    forms.forget_draft(draft)
    st.session_state["said"] = said
    st.rerun()


def ask_types(state: dict[str, Any], new: list[str], kinds: dict[str, str]) -> None:
    """If there are new names for which the form did not ask the type, rerun it so that it does."""
    if set(new) != set(kinds):
        state["new"] = new
        st.rerun(scope="fragment")


def quoted(text: str, words: str, near: int) -> tuple[int, int]:
    """Start and end of a quotation in the article, the occurrence nearest to an offset.

    Raises:
        NotInText: if the article does not contain it.
    """
    words = words.strip()
    at = _nearest(text, words, near)
    if at is None:
        raise NotInText(f"“{words[:40]}” does not stand in the article; quote its text as it is written.")
    return at, at + len(words)


def _nearest(text: str, words: str, near: int) -> int | None:
    """The offset at which ``words`` occur nearest to ``near``; None if they don't occur.

    >>> _nearest("あいあい", "あい", 3)
    2
    """
    if not words:
        return None
    places = [i for i in range(len(text)) if text.startswith(words, i)]
    return min(places, key=lambda i: abs(i - near), default=None)
