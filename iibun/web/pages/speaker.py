"""The doubtful source of a claim: who else it may be, and a click that corrects it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import t
from iibun.web import account, answers, cards, speakers, tables
from iibun.web.markdown import plain
from iibun.web.pages import decisions, naming
from iibun.web.sitemap import page_link
from iibun.web.speakers import Choice
from kg.attribution import Attribution
from kg.names import normal_name


def choices(doubt: Attribution, article: str) -> list[Choice]:
    """The other possible sources of a doubtful claim, with their entities; ``article`` is where it stands."""
    here = answers.remembered(("named", article), lambda: _named(article))

    def entity_of(name: str) -> str | None:
        normal = normal_name(name)
        return here.get(normal) or answers.remembered(("written",), naming.everywhere).get(normal)

    return speakers.choices(doubt, entity_of)


def heading(found: Sequence[Choice]) -> str:
    """What stands above the possible sources: whether a click on one corrects the claim."""
    return t("claims.doubt-choose" if any(c.entity is not None for c in found) else "claims.doubt-heading")


def _named(article: str) -> dict[str, str]:
    """The entities that an article mentions, by their names in normal form."""
    rows = answers.ask("article_mentions", article=article)
    return {normal_name(r["label"]): r["entity"] for r in rows if r["label"]}


def correct(claim: str, entity: str, source_text: str | None) -> str:
    """Record that somebody else says a claim; return the judgement's IRI.

    Args:
        claim: its IRI.
        entity: of a :class:`~iibun.web.speakers.Choice`.
        source_text: the words for an unnamed source that the claim has now.
    """
    from kg.tracking import judgements

    changes = speakers.changes(entity, source_text)
    return judgements.judge(answers.store(), claim, "edit", author=account.author(), changes=changes)


def popover(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show the mark of a doubtful source; a click on it opens the other possible sources as buttons that correct it."""
    with st.popover(t("claims.doubt"), icon=":material/help:", type="tertiary", key=f"doubt-{iri}"):
        found = choices(row["doubt"], row["article"])
        st.markdown(f"**{heading(found)}**")
        last = decisions.last(iri)
        for n, choice in enumerate([speakers.read(data, row), *found]):
            words = f"{plain(cards.clip(choice.words, 32))}　{choice.share}"
            if choice.entity is None:
                st.markdown(words)
            else:
                make = partial(correct, iri, choice.entity, row["source_text"])
                decisions.button(words, make, thing=iri, last=last, key=f"doubt-{n}-{iri}", width="stretch")
        page_link("article", t("claims.correct"), icon=":material/edit:", iri=row["article"], claim=iri)
