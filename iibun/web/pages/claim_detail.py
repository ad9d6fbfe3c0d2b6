"""One claim: quoted in context, with its details, linked claims and judgements. Also parts that other pages use."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from typing import Any

import streamlit as st

from iibun.i18n import label, language, reasons, t
from iibun.i18n.errors import explain
from iibun.i18n.figures import figure_text
from iibun.web import cards, downloads, tables
from iibun.web.account import author
from iibun.web.answers import ask, remembered, store
from iibun.web.forms import forget_draft
from iibun.web.markdown import plain
from iibun.web.pages import decisions, speaker
from iibun.web.pages.history import entries
from iibun.web.sitemap import page_link
from kg.errors import IibunError


def show(iri: str) -> None:
    """Show the page of a claim; predictions have their own page, :mod:`iibun.web.pages.prediction`."""
    data = tables.current()
    row = find(data, iri)
    if row is None:
        return
    st.title(plain(row["title"] or cards.clip(row["text"], 60)), anchor=False)
    head(data, iri, row)
    quotation(iri, row)
    known(data, iri, row)
    review(iri, row)
    left, right = st.columns([3, 2], gap="large")
    with left:
        related(data, iri)
    with right:
        why(iri)
        log(iri)
    back("claims")


def find(data: tables.Tables, iri: str) -> dict[str, Any] | None:
    """The row of a claim; if there is none, shows a message and returns None."""
    if iri not in data.claims.index:
        cards.show(cards.empty(t("claims.gone"), cards.link("claims", t("home.all-claims"))))
        return None
    return data.claims.loc[iri].to_dict()


def back(page: str) -> None:
    """Show a link back to a list."""
    cards.show(f"<p>{cards.link(page, '← ' + t(f'common.page-{page}'))}</p>")


def head(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show a line with source, modality, state, review, article and date; a doubtful source can be corrected there."""
    parts = [cards.chip(label("modality", row["modality"]), row["modality"])]
    if row["polarity"] == "negated":
        parts.append(cards.chip(label("polarity", "negated"), "muted"))
    if row["prediction"]:
        parts.append(cards.state_chip(row))
    if cards.present(row["review"]):
        parts.append(cards.chip(label("review", row["review"]), "good" if row["review"] != "rejected" else "bad"))
    parts += [cards.article_link(data, row["article"]), cards.day(row["published"])]
    if row["article"] in data.articles.index:
        parts.append(cards.sample(data.articles.loc[row["article"]]))
    line, who = '<div class="ib-meta" style="font-size:.95rem">', cards.who(data, row)
    if not row["doubt"]:
        cards.show(line, who, *parts, "</div>")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"claim-head-{iri}"):
        cards.show(line, who, "</div>", width="content")
        speaker.popover(data, iri, row)
        cards.show(line, *parts, "</div>", width="content")


def quotation(iri: str, row: dict[str, Any], *, marked: Iterable[str] = ()) -> None:
    """Show the claim quoted in its context, with a link to the article; ``marked`` words of its content stand out."""
    extents = ask("claim_extents", claim=iri)
    body = ask("article_body", article=row["article"])
    if extents and body:
        text = body[0]["text"]
        more = [place for e in extents if e["role"] == "content" for place in _places(text, e, marked)]
        cards.show(quoted(text, [*extents, *more], row["modality"]))
    else:
        cards.show(f'<blockquote class="ib-quote">{cards.esc(row["text"])}</blockquote>')
    page_link("article", t("claims.read"), icon=":material/article:", iri=row["article"], claim=iri)


def quoted(text: str, extents: Iterable[dict[str, Any]], modality: str, *, around: int = 140) -> str:
    """A claim quoted from its article with some context; content, cue, source, due date and condition are marked.

    Args:
        text: the article's text.
        extents: rows of ``claim_extents`` (role, start, end).
        modality: gives the colour.
        around: most characters of context before and after; cut at the nearest end of a sentence.

    Returns:
        A ``blockquote``; empty if there are no extents.
    """
    spans = [(row["role"], row["start"], row["end"]) for row in extents if row["role"] != "quote"]
    if not spans:
        return ""
    first, last = min(s for _, s, _ in spans), max(e for _, _, e in spans)
    start = max(text.rfind(mark, max(0, first - around), first) for mark in "。\n") + 1 or max(0, first - around)
    ends = [i + 1 for i in (text.find(mark, last, last + around) for mark in "。\n") if i >= 0]
    end = min(ends, default=min(len(text), last + around))
    edges = sorted({start, end, *(p for _, s, e in spans for p in (s, e))})
    out = ["…" if start else ""]
    for a, b in pairwise(edges):
        roles = {role for role, s, e in spans if s <= a and b <= e}
        piece = cards.esc(text[a:b])
        classes = " ".join(sorted(roles - {"content"}))
        if classes:
            piece = f'<span class="{classes}">{piece}</span>'
        out.append(
            f"<mark>{piece}</mark>"
            if "content" in roles
            else piece
            if roles
            else f'<span class="around">{piece}</span>'
        )
    out.append("…" if end < len(text) and text[end - 1] not in "。\n" else "")
    return f'<blockquote class="ib-quote" style="--m:var(--ib-{cards.esc(modality)})">{"".join(out)}</blockquote>'


def _places(text: str, content: dict[str, Any], words: Iterable[str]) -> Iterable[dict[str, Any]]:
    """Where words stand in a content, as extents with the role ``differs``."""
    for word in words:
        at = text.find(word, content["start"], content["end"])
        if at >= 0:
            yield {"role": "differs", "start": at, "end": at + len(word)}


def known(data: tables.Tables, iri: str, row: dict[str, Any], *extra: tuple[str, str]) -> None:
    """Show the details of a claim as a description list; ``extra`` pairs of term and HTML come first."""
    figures = (
        f'<span class="ib-num">{cards.esc(f["text"] or "")}</span> <span class="ib-num" style="color:var(--ib-muted)">'
        f"({cards.esc(figure(f))})</span>"
        for f in ask("claim_figures", claim=iri)
    )
    about = cards.join_words(cards.link("entity", data.label(e), iri=e) for e in row["about"])
    cards.show(
        cards.facts(
            [
                *extra,
                (t("claims.about"), about),
                (t("claims.topics"), cards.esc(cards.join_words(row["topics"]))),
                (t("claims.figures"), "<br>".join(figures)),
                (t("claims.speech"), cards.esc(label("speech", row["speech"])) if row["speech"] else ""),
                (t("claims.confidence"), cards.esc(f"{row['confidence']:.0%}")),
            ]
        )
    )


def figure(row: dict[str, Any]) -> str:
    """A figure as text: measure, comparator, number and unit."""
    value = figure_text(row["value"], row["comparator"], row["unit"])
    return f"{row['measure']}: {value}" if row["measure"] else value


def review(iri: str, row: dict[str, Any]) -> None:
    """Show buttons to accept or reject a claim, to correct it (in the article) and to download it."""
    from kg.tracking import judgements

    last = decisions.last(iri)
    with st.container(horizontal=True, vertical_alignment="center", key="claim-review"):
        for state, action, icon in (("accepted", "accept", "check"), ("rejected", "reject", "close")):
            if row["review"] != state:
                judge = partial(judgements.judge, store(), iri, action, author=author())
                decisions.button(t(f"claims.{action}"), judge, thing=iri, last=last, icon=f":material/{icon}:")
        page_link("article", t("claims.correct"), icon=":material/edit:", iri=row["article"], claim=iri)
        downloads.claims(tables.current(), 1, lambda: tables.current().claims.loc[[iri]], name="claim")


def act(what: Any, *args: Any, thing: str = "", words: str = "", draft: str = "", **options: Any) -> None:
    """Record the judgement of a form and rerun the page; an error is shown as one sentence.

    Args:
        what: makes the judgement, from ``args`` and ``options``.
        thing: IRI of what it is about. If given, the form's button must have ``on_click=decisions.saw``, and the reader is
            asked if somebody else has decided meanwhile.
        words: the judgement in words, for that question.
        draft: prefix of the keys of the form's fields, whose kept text is then forgotten.
    """
    try:
        if thing:
            seen = decisions.seen(thing)
            pressed = (what, args, options, seen)
            if st.session_state.get("pressed") == pressed:  # a double click
                st.rerun()
            if not decisions.attempt(thing, seen, lambda: what(*args, **options), words):
                st.rerun()
            st.session_state["pressed"] = pressed
        else:
            what(*args, **options)
    except IibunError as error:
        st.error(plain(explain(error)), icon=":material/error:")
        return
    if draft:
        forget_draft(draft)
    st.session_state["said"] = t("claims.done")
    st.rerun()


def related(data: tables.Tables, iri: str) -> None:
    """Show the links of a claim by type, with buttons to confirm or reject each."""
    st.header(t("claims.related"), anchor=False)
    found = [link for link in links_of(iri) if link.state != "rejected"]
    if not found:
        cards.show(cards.empty(t("claims.no-related")))
        return
    for kind in ("contradicts", "revises", "supports", "restates"):
        some = [link for link in found if link.type == kind]
        if not some:
            continue
        with st.container(gap="xsmall"):
            cards.show(f'<h3 class="ib-small">{cards.esc(t(f"claims.link-{kind}"))}</h3>')
            for link in some:
                link_card(data, iri, link)


def links_of(claim: str, *, type: str | None = None) -> list[Any]:
    """The links of a claim, cached until the store changes."""
    from kg.tracking import links

    return remembered(("links", claim, type), lambda: links.proposals(store(), claim=claim, type=type, limit=None))


def link_card(data: tables.Tables, iri: str, link: Any) -> None:
    """Show the other claim of a link with the reason, and buttons to confirm or reject it if nobody has decided."""
    from kg.tracking import links

    other = link.earlier if link.later.claim == iri else link.later
    with st.container(border=False, gap=None, key=f"link-{link.iri}"):
        reason = link.reason_ja if language() == "ja" else link.reason
        if link.state == "proposed":
            extra = cards.esc(t("claims.link-because", score=f"{link.score:.2f}", reason=reason))
        else:
            extra = f"{cards.chip(t(f'claims.link-state-{link.state}'), 'good')} {cards.esc(reason)}"
        extra = f'<span class="ib-because">{extra}</span>'
        if other.claim in data.claims.index:
            cards.show(cards.claim(data, other.claim, data.claims.loc[other.claim].to_dict(), extra=extra))
        else:
            cards.show(f'<div class="ib-card">{cards.esc(other.text)}<div class="ib-meta">{extra}</div></div>')
        if link.state != "proposed":
            return
        with st.container(horizontal=True, gap="small"):
            for decision, word, icon in (("confirmed", "confirm", "check"), ("rejected", "reject", "close")):
                decisions.button(
                    t(f"claims.link-{word}"), partial(links.decide, store(), link.iri, decision, author=author()),
                    thing=link.iri, last=decisions.last(link.iri), key=f"{word}-{link.iri}", icon=f":material/{icon}:",
                    type="tertiary",
                )  # fmt: skip


def why(iri: str) -> None:
    """Show the reasons for which the claim was extracted, and its IRI."""
    found = reasons.sentences(row["reason"] for row in ask("claim_reasons", claim=iri))
    if found:
        with st.expander(t("claims.why"), icon=":material/lightbulb:"):
            cards.show('<ul class="ib-rows">', *(f"<li>{cards.esc(r)}</li>" for r in found), "</ul>")
            st.caption(t("claims.iri"))
            st.code(iri, language=None, wrap_lines=True)


def log(*claims: str, entity: str | None = None) -> None:
    """Show the judgements on some claims or an entity, newest first, with buttons to undo them."""

    found = remembered(("history", claims, entity), lambda: history(claims, entity))
    st.header(t("claims.log"), anchor=False)
    if not found:
        st.caption(t("claims.no-log"))
        return
    entries(found)


def history(claims: Iterable[str], entity: str | None) -> list[Any]:
    """The judgements on some claims and on an entity."""
    from kg.tracking import judgements

    found = [j for claim in claims for j in judgements.history(store(), claim=claim)]
    return found + (judgements.history(store(), entity=entity) if entity else [])
