"""Judgements with a check that nobody else has decided meanwhile (optimistic locking).

Each decision names the last judgement on its subject that was shown to the reader. If there is a later one, by another
person or in another tab, nothing is recorded: both are shown, and the reader is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from iibun.i18n import date_text, label, t
from iibun.i18n.errors import explain
from iibun.web import account, answers, cards, markdown, page_errors
from kg.errors import IibunError


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision that was not recorded, since somebody else was faster.

    Args:
        thing: IRI of what it is about.
        seen: the last judgement on it that the reader had seen.
        last: the last judgement now.
        words: the decision in words.
        make: records it.
    """

    thing: str
    seen: str
    last: str
    words: str
    make: Callable[[], str]


def last(thing: str) -> str:
    """The IRI of the last judgement on a thing; empty if there is none."""
    from kg.tracking import log

    return answers.remembered(("last", thing), lambda: log.last(answers.store(), [thing])).get(thing, "")


def lasts(article: str) -> dict[str, str]:
    """The last judgement on each claim and relation of an article."""
    from kg.tracking import log

    return answers.remembered(("lasts", article), lambda: log.last(answers.store(), article=article))


def saw(thing: str, last: str) -> None:
    """Callback for a button's ``on_click``: note the last judgement shown with it. The rerun would see newer ones."""
    st.session_state["saw"] = {thing: last}


def seen(thing: str) -> str:
    """The last judgement on a thing that was shown with the clicked button (see :func:`saw`)."""
    shown: str | None = st.session_state.pop("saw", {}).get(thing)
    return last(thing) if shown is None else shown  # "" is a value: nobody had decided


def record(thing: str, seen: str, make: Callable[[], str]) -> str:
    """Record a judgement and return its IRI, unless somebody else has decided since.

    Args:
        thing: IRI of what it is about.
        seen: the last judgement on it that the reader had seen.
        make: records the judgement and returns its IRI.

    Raises:
        Overtaken: if there is a later judgement that is not of this session.
    """
    from kg.tracking import log

    store = answers.store()
    mine: set[str] = st.session_state.setdefault("mine", set())
    now = log.last(store, [thing]).get(thing, "")
    with log.deciding(store, thing, now if now in mine else seen):
        made = make()
        mine.update({made, log.last(store, [thing]).get(thing, made)})
    return made


def attempt(thing: str, seen: str, make: Callable[[], str], words: str) -> bool:
    """Record a judgement as :func:`record` does and return whether it was recorded.

    If somebody else was faster, the reader will be asked by :func:`ask`, with the decision in ``words``.
    """
    from kg.tracking.log import Overtaken

    try:
        record(thing, seen, make)
    except Overtaken as error:
        st.session_state.setdefault("overtaken", []).append(Waiting(thing, seen, error.last, words, make))
        return False
    return True


def attempt_and_tell(thing: str, seen: str, make: Callable[[], str], words: str) -> bool:
    """:func:`attempt`; an error is left in the session for :func:`say`."""
    try:
        return attempt(thing, seen, make, words)
    except IibunError as error:
        st.session_state["failed"] = explain(error)
        return False


def button(words: str, make: Callable[[], str], *, thing: str = "", last: str = "", **look: Any) -> None:
    """Show a button that records a judgement when it is clicked.

    It is recorded in a callback, before the page reruns, so that it counts even if the reader leaves the page at once.

    Args:
        words: label of the button, and the decision in words if somebody else was faster.
        make: records the judgement and returns its IRI.
        thing: IRI of what it is about; empty to record without the check.
        last: the last judgement on it that is shown.
        **look: for ``st.button``.
    """
    st.button(words, on_click=_clicked, args=(words, make, thing, last), **look)


def _clicked(words: str, make: Callable[[], str], thing: str, last: str) -> None:
    try:
        if not thing:
            make()
        elif not attempt(thing, last, make, words):
            return
    except IibunError as error:
        st.session_state["failed"] = explain(error)
    except Exception as error:
        page_errors.log.exception("button %s", words)
        st.session_state["failed"] = t("common.error-unknown", kind=type(error).__name__)
    else:
        st.session_state["said"] = t("claims.done")


def since(thing: str, seen: str) -> Iterator[Any]:
    """The judgements on a thing after the one that was seen, oldest first."""
    from kg.tracking import judgements

    found = judgements.history(answers.store(), claim=thing)
    return (j for j in reversed(found) if j.iri > seen)


def entry_words(entry: Any) -> str:
    """A judgement in one line: kind, detail, author and time."""
    when = entry.time.astimezone() if entry.time else None
    parts = (
        t(f"claims.kind-{entry.kind}"), detail(entry), account.author_words(entry.author),
        f"{date_text(when, short=True)} {when:%H:%M}" if when else "",
    )  # fmt: skip
    return " · ".join(filter(None, parts))


def detail(entry: Any) -> str:
    """The content of a judgement in few words."""
    if code := entry.one("verdict"):
        return label("verdict", code)
    if (p := entry.one("probability")) is not None:
        return f"{float(p):.0%}"
    if decision := entry.one("decision"):
        return t(f"claims.{'relation' if entry.kind == 'RelationDecision' else 'link-state'}-{decision}")
    if entry.kind == "Naming":
        return str(entry.one("correctedLabel"))
    if entry.kind == "ArticleCorrection":
        from kg.tracking.metadata import said

        return correction_words(said(entry))
    return cards.clip(entry.text or "", 40)


def correction_words(changes: dict[str, Any]) -> str:
    """A correction in few words: each field with its new value."""
    names = {"published": "articles.published", "title": "article.headline", "publisher": "articles.publisher"}
    parts = []
    for name, value in changes.items():
        said = date_text(value) if isinstance(value, date) else value
        parts.append(f"{t(names[name])}: {said or t('common.none')}")
    return cards.join_words(parts)


def others(thing: str, seen: str) -> str:
    """The judgements that others made since, as HTML."""
    found = (" · ".join(filter(None, (entry_words(j), j.reason))) for j in since(thing, seen))
    items = "".join(f"<li>{cards.esc(words)}</li>" for words in found)
    return f'<ul class="ib-rows">{items}</ul>'


def say() -> None:
    """Show the messages that the last run left in the session: what was done, and what failed."""
    if said := st.session_state.pop("said", None):
        st.toast(said, icon=":material/check:")
    if failed := st.session_state.pop("failed", None):
        st.toast(markdown.plain(failed), icon=":material/error:")


def ask() -> None:
    """Open the dialog about decisions that were not recorded, if there are any."""
    if st.session_state.get("overtaken"):
        _ask()


def _leave() -> None:
    st.session_state.pop("overtaken", None)


@st.dialog(" ", width="medium")
def confirm(heading: str, consequence: str, go: str, act: Callable[[], None]) -> None:
    """Open a dialog that asks before something is done that has no undo.

    Args:
        heading: what it is.
        consequence: what is lost by it and what stays, in Markdown.
        go: label of the button that does it.
        act: does it; what it raises is told.
    """
    st.header(heading, anchor=False)
    st.write(consequence)
    with st.container(horizontal=True):
        if st.button(go, type="primary", key="without-undo"):
            try:
                act()
            except IibunError as error:
                st.session_state["failed"] = explain(error)
            st.rerun()
        if st.button(t("common.cancel")):
            st.rerun()


@st.dialog(" ", width="medium", on_dismiss=_leave)
def _ask() -> None:
    waiting: list[Waiting] = st.session_state.get("overtaken", [])
    st.header(t("claims.overtaken"), anchor=False)
    st.write(t("claims.overtaken-note"))
    for one in waiting:
        with st.container(border=True):
            cards.show(others(one.thing, one.seen))
            st.markdown(f"{t('claims.overtaken-mine')} **{markdown.plain(one.words)}**")
    with st.container(horizontal=True):
        if st.button(t("claims.overtaken-record"), type="primary"):
            _leave()
            made = [attempt_and_tell(one.thing, one.last, one.make, one.words) for one in waiting]
            if all(made):
                st.session_state["said"] = t("claims.done")
            st.rerun()
        if st.button(t("claims.overtaken-leave")):
            _leave()
            st.rerun()
