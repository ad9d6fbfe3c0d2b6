"""One prediction: its words in place, criterion, condition, what bears on it, the verdict and who gave it."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from iibun import address, cards, tables
from iibun.i18n import date_text, label, t
from iibun.pages import ask, author, claim_detail, plain, predictions, remembered, store
from kg.vocab import VERDICTS


def show() -> None:
    """The page."""
    cards.begin()
    iri = address.one("iri")
    data = tables.current()
    row = claim_detail.find(data, iri)
    if row is None:
        return
    st.title(plain(row["title"] or cards.clip(row["text"], 60)), anchor=False)
    claim_detail.head(data, row)
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
    """Due date, criterion and condition, as terms and descriptions."""
    condition = ""
    spans = [e for e in ask("claim_extents", claim=iri) if e["role"] == "condition"]
    body = ask("article_body", article=row["article"]) if spans else []
    if body:
        condition = cards.esc(cards.join_words(body[0]["text"][e["start"] : e["end"]] for e in spans))
    criterion = cards.esc(row["criterion"] or "")
    if row["resolvable"] is False:
        criterion += (" " if criterion else "") + cards.chip(t("predictions.not-resolvable"), "warn")
    return [
        (t("predictions.due"), cards.esc(predictions.due_words(row) or t("predictions.no-due"))),
        (t("predictions.criterion"), criterion),
        (t("predictions.condition"), condition),
    ]


def when(row: dict[str, Any]) -> None:
    """How long is left, or how long ago it fell due, and the verdict in force."""
    if cards.present(row["verdict"]):
        colour = cards.VERDICT_COLOURS.get(row["verdict"], "muted")
        words, under = label("verdict", row["verdict"]), t("predictions.state-settled")
    elif cards.present(row["due_end"]):
        left = (row["due_end"] - tables.today()).days
        words = t("predictions.days-left" if left >= 0 else "predictions.days-over", n=f"{abs(left):,}")
        under, colour = cards.due_text(row), cards.STATE_COLOURS[row["state"] or "open"]
    else:
        words, under, colour = t("predictions.no-due"), "", "muted"
    said = t("predictions.said-on", date=date_text(row["published"])) if cards.present(row["published"]) else ""
    cards.show(
        f'<div class="ib-counts"><div style="--m:var(--ib-{colour})"><b>{cards.esc(words)}</b>'
        f"<span>{cards.esc(' · '.join(filter(None, (under, said))))}</span></div></div>"
    )


def verdict_form(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Give a verdict, or revise the one in force."""
    from kg.tracking import verdicts

    st.subheader(t("predictions.verdict-heading"), anchor=False)
    early = cards.present(row["due_end"]) and row["due_end"] > tables.today() and not cards.present(row["verdict"])
    if early:
        st.caption(t("predictions.early"))
    with st.form(f"verdict-{iri}", border=True):
        code = st.radio(
            t("predictions.verdict"), VERDICTS, index=None, format_func=lambda v: label("verdict", v),
            captions=[t(f"predictions.verdict-{v}") for v in VERDICTS],
        )  # fmt: skip
        on = st.date_input(t("predictions.decided"), tables.today(), format="YYYY/MM/DD", max_value=tables.today())
        articles = list(data.articles.index[:2000])
        chosen = st.multiselect(
            t("predictions.evidence-article"), articles, placeholder=t("claims.pick"),
            format_func=lambda a: cards.clip(f"{data.articles.loc[a, 'title'] or ''} ({date_text(data.articles.loc[a, 'published'], short=True)})", 60),
        )  # fmt: skip
        url = st.text_input(t("predictions.evidence-url"), placeholder="https://")
        note = st.text_area(t("predictions.note"), height=80)
        sent = st.form_submit_button(
            t("predictions.revise" if cards.present(row["verdict"]) else "predictions.give"),
            type="primary",
            icon=":material/gavel:",
        )
    if not sent:
        return
    if code is None:
        st.warning(t("predictions.choose"))
        return
    proof = [*chosen, *([url.strip()] if url.strip() else [])]
    claim_detail.act(
        verdicts.verdict,
        store(),
        iri,
        code,
        author=author(),
        evidence=proof,
        on=on if isinstance(on, date) else None,
        note=note,
    )


def estimate_form(iri: str, row: dict[str, Any]) -> None:
    """A reader's own probability, scored when the verdict is there."""
    from kg.tracking import verdicts

    with st.expander(t("predictions.estimate"), icon=":material/percent:"):
        st.caption(t("predictions.estimate-note"))
        now = float(row["probability"]) if cards.present(row["probability"]) else 0.5
        with st.form(f"estimate-{iri}", border=False):
            p = st.slider(t("predictions.probability"), 0, 100, round(now * 100), format="%d%%")
            if st.form_submit_button(t("common.save")):
                claim_detail.act(verdicts.estimate, store(), iri, p / 100, author=author())


def evidence(data: tables.Tables, iri: str) -> None:
    """Later statements that bear on the prediction, proposed by the machine; people decide."""
    from kg.tracking import verdicts

    found = remembered(("evidence", iri), lambda: verdicts.evidence_for(store(), iri))
    st.subheader(t("predictions.evidence"), anchor=False)
    if not found:
        cards.show(cards.empty(t("predictions.no-evidence")))
        return
    for link in found:
        claim_detail.link_card(data, iri, link)
