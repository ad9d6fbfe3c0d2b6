"""The second reader on the pages: who is to read, where texts are sent, what it took, and where the readers disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import streamlit as st

from iibun.batch import jobs
from iibun.i18n import label, t
from iibun.i18n.errors import explain
from iibun.web import cards, markdown, sitemap
from iibun.web.article_view import Card, Reading
from iibun.web.pages import progress
from kg import environment
from kg.characters import visible

if TYPE_CHECKING:
    from ingest.second.reading import Readers

#: Dates and words of the article stand as they are; codes are worded.
_CODES = {"modality": "modality", "polarity": "polarity"}


def choice(key: str) -> Readers:
    """Show the choice of readers, with where texts are sent; our own reader if no language model is named.

    Args:
        key: of the widget.
    """
    if not configured():
        return "local"
    readers: tuple[Readers, ...] = ("local", "both", "llm")
    chosen = st.selectbox(
        t("second.reader"), readers, key=key, format_func=lambda r: t(f"second.readers-{r}")
    )  # fmt: skip
    st.caption(markdown.plain(_notice()))
    return chosen


def configured() -> bool:
    """Whether a language model is named."""
    return bool(environment.get("IIBUN_LLM_URL") and environment.get("IIBUN_LLM_MODEL"))


def _notice() -> str:
    from ingest.second.reading import server

    asked = server()
    return t("second.sends", address=asked.address, model=asked.model)


def show(article: Reading) -> None:
    """Show what the language model's reading took and what failed, and offer one if a language model is named."""
    found = article.second
    if found is None and not configured():
        return
    disputed = sum(bool(c.disputes) for c in article.cards)
    heading = t("second.heading", n=disputed) if found else t("second.heading-none")
    with st.expander(heading, icon=":material/group:", key="second-reading", expanded=bool(found and found.failures)):
        if found:
            told = {"model": found.model, "address": found.address, "pieces": found.pieces, "seconds": found.seconds}
            tokens = {"prompt": found.prompt_tokens, "completion": found.completion_tokens}
            st.markdown(markdown.plain(t("second.took", **told, **tokens)))
            for line in found.failures:
                st.error(markdown.plain(explain(line)), icon=":material/error:")
            if found.dropped:
                st.caption(t("second.dropped", n=len(found.dropped)))
                for line in found.dropped:
                    st.text(visible(explain(line)))
        if configured():
            st.markdown(markdown.plain(_notice()))
            if st.button(t("second.again" if found else "second.read"), icon=":material/group_add:", key="second-read"):
                progress.start(
                    [jobs.Stored(article.iri)], cards.clip(article.title, 30), open_article=True, readers="both"
                )
                sitemap.go("articles")


def in_order(found: Iterable[Card]) -> list[Card]:
    """Claims in the order of the text, but those on which the readers disagree first."""
    return sorted(found, key=lambda c: not c.disputes)


def readers(card: Card) -> str:
    """Who found a claim, in words; empty if only our own reader read."""
    return t("second.found-by", who=cards.join_words(t(f"second.by-{r}") for r in card.readers)) if card.readers else ""


def disputes(card: Card) -> Iterator[str]:
    """What the other reader says of a claim, each as a sentence."""
    for reader, aspect, says in card.disputes:
        words = says or t("second.nothing")
        if kind := _CODES.get(aspect):
            words = label(kind, says)
        elif aspect == "prediction":
            words = t("second.prediction-yes" if says else "second.prediction-no")
        yield t(f"second.dispute-{aspect}", who=t(f"second.by-{reader}"), says=words)
