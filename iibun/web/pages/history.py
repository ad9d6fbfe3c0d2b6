"""What people decided, as a list in which each entry can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import streamlit as st

from iibun.batch import jobs
from iibun.i18n import t
from iibun.web import account, answers, cards
from iibun.web.pages import decisions

UNDONE = 10  #: most judgements that :func:`of_session` shows


def entries(found: Iterable[Any]) -> None:
    """Show entries of the log, each with a button to undo it."""
    for entry in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"log-{entry.iri}"):
            text = cards.esc(decisions.entry_words(entry))
            if entry.reason:
                text += f"<br>{cards.esc(entry.reason)}"
            struck = f"<s>{text}</s>" if entry.undone else text
            cards.show(f'<span style="font-size:.9rem">{struck}</span>')
            if not entry.undone and entry.kind != "Undo":
                decisions.button(
                    t("common.undo"), partial(undo, entry), key=f"undo-{entry.iri}", icon=":material/undo:",
                    type="tertiary",
                )  # fmt: skip


def of_session(name: str) -> None:
    """Show the last judgements of this session, newest first, each with a button to undo it; nothing if there are none.

    Args:
        name: the entry of the session's state that holds their IRIs.
    """
    from kg.tracking import log

    made = st.session_state.get(name, [])[-UNDONE:]
    if made:
        found = log.entries(answers.store(), judgements=made)
        with st.expander(t("claims.just-decided", n=len(made)), icon=":material/history:"):
            entries(reversed(found))


def undo(entry: Any) -> str:
    """Undo a judgement and return the IRI of the undo; an article whose date changes by it is extracted again."""
    from kg.tracking import judgements

    made = judgements.undo(answers.store(), entry.iri, author=account.author())
    if entry.kind == "ArticleCorrection":
        read_again(entry.subject)
    return made


def read_again(article: str) -> None:
    """Start a job that extracts an article again, if its date is not the one with which it was extracted."""
    from kg.tracking import metadata

    if metadata.states(answers.store(), [article]).get(article, {}).get("outdated"):
        sources = [jobs.Stored(article)]
        job = jobs.submit(sources, answers.store(), author=account.author(), label=t("article.read-again"))
        st.session_state.setdefault("read-again", {})[article] = job.id
