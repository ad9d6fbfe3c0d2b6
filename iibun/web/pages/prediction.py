"""One prediction: quoted in context, with criterion, condition, evidence, verdict and readers' estimates."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import date_text, label, language, t
from iibun.i18n.criteria import criterion_text
from iibun.web import address, cards, look, tables
from iibun.web.account import author, author_words
from iibun.web.answers import ask, remembered, store
from iibun.web.article_view import sentences
from iibun.web.forms import draft_key
from iibun.web.markdown import plain
from iibun.web.pages import claim_detail, decisions, metadata, predictions, proposed
from kg.vocab import VERDICTS


def show() -> None:
    """Show the page of the prediction that the URL names."""
    cards.begin()
    iri = address.one("iri")
    data = tables.current()
    row = claim_detail.find(data, iri)
    if row is None:
        return
    st.title(plain(row["title"] or cards.clip(row["text"], 60)), anchor=False)
    claim_detail.head(data, iri, row)
    if not row["prediction"]:
        st.info(t("predictions.not-one"))
    left, right = st.columns([3, 2], gap="large")
    with left:
        claim_detail.quotation(iri, row)
        claim_detail.known(data, iri, row, *settling(iri, row))
        claim_detail.review(iri, row)
        evidence(data, iri)
        claim_detail.related(data, iri)
    with right:
        when(row)
        verdict_form(data, iri, row)
        estimate_form(iri, row)
        claim_detail.log(iri)
        claim_detail.why(iri)
    claim_detail.back("predictions")


def settling(iri: str, row: dict[str, Any]) -> list[tuple[str, str]]:
    """Due date, criterion and condition, as pairs of term and HTML."""
    condition = ""
    spans = [e for e in ask("claim_extents", claim=iri) if e["role"] == "condition"]
    body = ask("article_body", article=row["article"]) if spans else []
    if body:
        condition = cards.esc(cards.join_words(body[0]["text"][e["start"] : e["end"]] for e in spans))
    criterion = cards.esc(criterion_text(row["criterion"] or ""))
    if row["resolvable"] is False:
        criterion += (" " if criterion else "") + cards.chip(t("predictions.not-resolvable"), "warn")
    return [
        (t("predictions.due"), cards.esc(predictions.due_words(row) or t("predictions.no-due"))),
        (t("predictions.criterion"), criterion),
        (t("predictions.condition"), condition),
    ]


def when(row: dict[str, Any]) -> None:
    """Show the verdict, or how long it is until the due date or since then."""
    if cards.present(row["verdict"]):
        colour = look.VERDICT_COLOURS.get(row["verdict"], "muted")
        words, under = label("verdict", row["verdict"]), t("predictions.state-settled")
    elif cards.present(row["due_end"]):
        left = (row["due_end"] - tables.today()).days
        words = t("predictions.days-left" if left >= 0 else "predictions.days-over", n=f"{abs(left):,}")
        under, colour = cards.due_text(row), look.STATE_COLOURS[row["state"] or "open"]
    else:
        words, under, colour = cards.due_text(row) or t("predictions.no-due"), "", "muted"
    said = t("predictions.said-on", date=date_text(row["published"])) if cards.present(row["published"]) else ""
    cards.show(
        f'<div class="ib-counts"><div style="--m:var(--ib-{colour})"><b>{cards.esc(words)}</b>'
        f"<span>{cards.esc(' · '.join(filter(None, (under, said))))}</span></div></div>"
    )
    if cards.undated(row) and not cards.present(row["verdict"]):
        metadata.tell_undated([row["due_text"]], row["article"])


def settling_day(iri: str, row: dict[str, Any]) -> date:
    """The initial day in the verdict form: that of the present verdict, else the due date if it is past, else today.

    A prediction that came true did so by its due date. With today as the initial day it would be counted as late.
    """
    if cards.present(row["verdict"]) and (found := last_verdict(iri)):
        day: date | None = found.one("decidedOn")
        if day:
            return min(day, tables.today())  # the field takes no later day; the clock may have been set back
    return min(row["due_end"], tables.today()) if cards.present(row["due_end"]) else tables.today()


def last_verdict(iri: str) -> Any:
    """The present verdict; None if there is none."""
    from kg.tracking import verdicts

    return remembered(("verdict", iri), lambda: verdicts.last_verdicts(store(), [iri]).get(iri))


def settled(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show the present verdict with evidence, author, day and note; nothing if there is none."""
    from kg.tracking import evidence as proof

    if not cards.present(row["verdict"]):
        return
    found = last_verdict(iri)
    if found is None:
        return
    given = remembered(("proof", found.iri), lambda: proof.shown(store(), found))
    without = found.one("withoutEvidence")
    if given:
        shown = '<ul class="ib-rows">' + "".join(f"<li>{proof_text(data, e)}</li>" for e in given) + "</ul>"
    else:
        shown = cards.esc(t("predictions.without-because", why=without) if without else t("predictions.without-older"))
    moment = found.time.astimezone() if found.time else None
    cards.show(
        cards.facts(
            [
                (t("predictions.evidence-of"), shown),
                (t("predictions.decided"), cards.day(found.one("decidedOn"))),
                (t("predictions.judge"), cards.esc(author_words(found.author))),
                (t("predictions.judged-at"), cards.esc(f"{date_text(moment)} {moment:%H:%M}") if moment else ""),
                (t("predictions.note"), cards.esc(found.reason) or cards.esc(t("predictions.no-note"))),
            ]
        )
    )


def proof_text(data: tables.Tables, e: Any) -> str:
    """One piece of evidence as HTML: a link to another site, or a sentence with a link to its article."""
    if e.text is None:
        return cards.article_link(data, e.address) or cards.outside(e.address, e.address)
    where = cards.article_link(data, e.article) if e.article else ""
    return f"「{cards.esc(e.text)}」 {where or cards.esc(t('predictions.article-gone'))}"


def proofs(data: tables.Tables, iri: str) -> dict[str, str]:
    """The evidence to choose from: later claims and facts that may bear on the prediction, and sentences of chosen articles.

    Also shows the field to choose articles.

    Returns:
        IRI of a claim or an extent → its text.
    """
    from kg.rdf import extent_iri

    found = proposed.bearing(iri)
    options = {link.later.claim: f"「{cards.clip(link.later.text, 80)}」 {link.later.headline or ''}" for link in found}
    options |= {x.view.iri: f"「{cards.clip(x.view.text, 80)}」 {x.headline or ''}" for x in proposed.facts(iri)}
    articles = st.multiselect(
        t("predictions.evidence-article"), list(data.articles.index[:2000]), placeholder=t("claims.pick"),
        help=t("predictions.evidence-article-help"), key=f"proof-articles-{iri}",
        format_func=lambda a: cards.clip(f"{data.articles.loc[a, 'title'] or ''} ({date_text(data.articles.loc[a, 'published'], short=True)})", 60),
    )  # fmt: skip
    for article in articles:
        body = ask("article_body", article=article)
        text = body[0]["text"] if body else ""
        for sentence in remembered(("sentences", article), partial(sentences, text)):
            options[extent_iri(article, sentence)] = f"「{cards.clip(sentence.of(text), 100)}」"
    return options


def verdict_form(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show the form to give a verdict or to revise the present one, and record it."""
    from kg.tracking import verdicts

    st.header(t("predictions.verdict-heading"), anchor=False)
    settled(data, iri, row)
    early = cards.present(row["due_end"]) and row["due_end"] > tables.today() and not cards.present(row["verdict"])
    if early:
        st.caption(t("predictions.early"))
    found = None if cards.present(row["verdict"]) else proposed.find(iri)
    bearing = [*proposed.bearing(iri), *proposed.facts(iri)] if found else ()
    if found and (found.verdict or (bearing and row["state"] == "overdue")):
        proposed.show(found)
        proposed.accept(iri, found)
    options = proofs(data, iri)
    draft = draft_key(f"verdict-{iri}")
    with st.form(f"verdict-{iri}", border=True):
        code = st.radio(
            t("predictions.verdict"), VERDICTS, index=None, key=f"verdict-code-{iri}", format_func=lambda v: label("verdict", v),
            captions=[t(f"predictions.verdict-{v}") for v in VERDICTS],
        )  # fmt: skip
        on = st.date_input(
            t("predictions.decided"), settling_day(iri, row), format="YYYY/MM/DD", max_value=tables.today(),
            key=f"verdict-day-{iri}",
        )  # fmt: skip
        chosen = st.multiselect(
            t("predictions.evidence-sentence"), list(options), placeholder=t("claims.pick"), key=f"proof-{iri}",
            format_func=lambda x: options.get(x, x), help=t("predictions.evidence-sentence-help"),
        )  # fmt: skip
        url = st.text_input(t("predictions.evidence-url"), placeholder="https://", key=f"{draft}-url")
        without = st.text_input(t("predictions.without"), help=t("predictions.without-help"), key=f"{draft}-without")
        note = st.text_area(t("predictions.note"), height=80, key=f"{draft}-note")
        sent = st.form_submit_button(
            t("predictions.revise" if cards.present(row["verdict"]) else "predictions.give"),
            type="primary",
            icon=":material/gavel:",
            on_click=decisions.saw,
            args=(iri, decisions.last(iri)),
            key=f"verdict-send-{iri}",
        )
    if not sent:
        return
    if code is None:
        st.warning(t("predictions.choose"))
        return
    claim_detail.act(
        verdicts.verdict,
        store(),
        iri,
        code,
        author=author(),
        evidence=[*chosen, *url.split()],
        without=without,
        on=on if isinstance(on, date) else None,
        note=note,
        thing=iri,
        words=label("verdict", code),
        draft=draft,
    )


def estimate_form(iri: str, row: dict[str, Any]) -> None:
    """Show the form for a reader's own probability; closed once there is a verdict."""
    from kg.tracking import scores, verdicts

    given = remembered(("estimates",), lambda: scores.estimates(store())).get(iri, {})
    with st.expander(t("predictions.estimate"), icon=":material/percent:"):
        for reader, p in sorted(given.items()):
            st.markdown(f"{plain(reader)}: **{p:.0%}**")
        if cards.present(row["verdict"]):
            st.caption(t("predictions.estimate-closed"))
            return
        st.caption(t("predictions.estimate-note"))
        with st.form(f"estimate-{iri}", border=False):
            now = round(given.get(author(), 0.5) * 100)
            p = st.slider(t("predictions.probability"), 0, 100, now, format="%d%%")
            if st.form_submit_button(t("common.save"), on_click=decisions.saw, args=(iri, decisions.last(iri))):
                claim_detail.act(
                    verdicts.estimate, store(), iri, p / 100, author=author(), thing=iri, words=f"{p}%"
                )  # fmt: skip


def evidence(data: tables.Tables, iri: str) -> None:
    """Show what may bear on the prediction: later claims, with buttons to confirm or reject each, and facts."""
    found, told = proposed.bearing(iri), proposed.facts(iri)
    st.header(t("predictions.evidence"), anchor=False)
    if not found and not told:
        cards.show(cards.empty(t("predictions.no-evidence")))
    for link in found:
        claim_detail.link_card(data, iri, link)
    for fact in told:
        reason = fact.reason_ja if language() == "ja" else fact.reason
        because = cards.esc(t("claims.link-because", score=f"{fact.score:.2f}", reason=reason))
        where = f"{cards.article_link(data, fact.view.article)} {cards.day(fact.view.published)}"
        cards.show(
            f'<article class="ib-card"><p class="ib-what">{cards.esc(fact.view.text)}</p><div class="ib-meta">'
            f'<span>{where}</span><span class="ib-because">{because}</span></div></article>'
        )
