"""Review of an article's claims and relations: accept, reject, undo, and forms to edit and add; the article's menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from iibun.i18n import MODALITY_CODES, label, t
from iibun.i18n.errors import explain
from iibun.web import account, answers, cards, forms, page_errors, sitemap
from iibun.web.article_view import Card, Reading, sentence_with
from iibun.web.pages import decisions, naming
from kg.errors import IibunError
from kg.tracking.log import JudgementError
from kg.vocab import PREDICATES

#: Kinds of judgements that decide the review state of a claim, and that the key for undo takes back.
REVIEWS = ("Acceptance", "Rejection", "Correction", "Addition")


class NothingToUndo(IibunError):
    """There is no judgement to undo."""


def decide(article: Reading, wanted: list[dict[str, Any]]) -> None:
    """Carry out the decisions of the evidence viewer, in order, and leave a message about them in the session.

    Args:
        article: the article.
        wanted: decisions as {kind, id, seen}: ``accept``, ``reject`` or ``undo``, a claim's IRI, and the last judgement on
            it that was shown.
    """
    made = [d["kind"] for d in wanted if _decide(article, d["kind"], d["id"], d["seen"])]
    if len(made) == 1:
        st.session_state["said"] = t(f"article.done-{made[0]}")
    elif made:
        st.session_state["said"] = t("article.done-many", n=len(made))


def _decide(article: Reading, kind: str, claim: str, seen: str) -> bool:
    from kg.tracking import judgements

    card = next((c for c in article.contents.outline if c.iri == claim), None)
    if card is None or kind not in {"accept", "reject", "undo"}:
        return False

    def make() -> str:
        if kind != "undo":
            return judgements.judge(_log(), claim, kind, author=account.author())
        found = judgements.history(_log(), claim=claim)
        undone = next((j for j in found if not j.undone and j.kind in REVIEWS), None)
        if undone is None:
            raise NothingToUndo(f"Nobody has decided on “{card.title[:40]}”; there is nothing to undo.")
        return judgements.undo(_log(), undone.iri, author=account.author())

    words = f"{t(f'components.{kind}')}　{card.title}"
    try:
        return decisions.attempt(claim, seen, make, words)
    except IibunError as error:
        st.session_state["failed"] = explain(error)
        return False


def edit(article: Reading, claim: str) -> None:
    """Open the form to correct a claim."""
    if card := next((c for c in article.cards if c.iri == claim), None):
        st.session_state["form"] = {}
        _edit(article, card)


def add(article: Reading, start: int, end: int) -> None:
    """Open the form to add a claim whose content is at these offsets."""
    if 0 <= start < end <= len(article.text):
        st.session_state["form"] = {}
        _add(article, start, end)


def menu(article: Reading) -> None:
    """Show the article's menu: accept claims in bulk, download, delete."""
    turn = st.session_state.get("menu-turn", 0)  # a new key makes a new popover, so the menu closes after use
    with st.popover(t("article.menu"), icon=":material/more_horiz:", key=f"article-menu-{turn}"):
        waiting = [c for c in article.contents.outline if c.review == "unreviewed" and c.confidence is not None]
        st.markdown(f"**{t('article.bulk')}**")
        least = st.slider(
            t("components.confidence"), 0.5, 1.0, 0.9, 0.05, help=t("article.bulk-help"), key="bulk-confidence"
        )
        chosen = [c for c in waiting if (c.confidence or 0) >= least]
        if st.button(
            t("article.bulk-go", n=len(chosen)), disabled=not chosen, icon=":material/done_all:", key="bulk-go"
        ):
            made = [_decide(article, "accept", c.iri, c.last) for c in chosen]
            st.session_state["said"] = t("article.bulk-done", n=sum(made))
            st.session_state["menu-turn"] = turn + 1
            st.rerun()
        st.divider()
        st.download_button(
            t("article.turtle"), lambda: turtle(article.iri), file_name=f"{article.iri.rpartition(':')[2][:12]}.ttl",
            mime="text/turtle", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        if st.button(t("article.delete"), icon=":material/delete:"):
            _delete(article.iri)


def _log() -> Any:
    """The store, untyped, since the protocol of ``kg.tracking`` is wider than the bindings of ``Store``."""
    return answers.store()


def turtle(article: str) -> bytes:
    """An article's graph as Turtle."""
    import pyoxigraph as ox

    from kg.vocab import PREFIXES

    triples = (q.triple for q in answers.store().quads(article))
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""


@st.dialog(" ", width="medium")
def _delete(article: str) -> None:
    st.header(t("article.delete"), anchor=False)
    st.write(t("article.delete-sure"))
    with st.container(horizontal=True):
        if st.button(t("article.delete-go"), type="primary"):
            from iibun.archive.deletion import clear, delete

            delete(answers.store(), article)
            clear(answers.store())
            st.session_state["said"] = t("article.deleted")
            sitemap.go("articles")
        if st.button(t("common.cancel")):
            st.rerun()


def _closed() -> None:
    st.session_state.pop("form", None)


@st.dialog(" ", width="large", on_dismiss=_closed)
def _edit(article: Reading, card: Card) -> None:
    """Show the form to correct a claim; ``card`` is the claim as it was when the form was opened."""
    from kg.tracking import judgements

    state = st.session_state.setdefault("form", {})
    with page_errors.shown("claim form"):
        st.header(t("article.edit-title"), anchor=False)
        _tell_overtaken(state, card.iri, card.last)
        given = _form(article, card, card.start, card.end, state)
        if given is None:
            return
        if not given.changes:
            st.info(t("article.edited-nothing"))
            return

        def make() -> str:
            return judgements.judge(
                _log(), card.iri, "edit", author=account.author(), reason=given.reason, changes=given.entered()
            )

        _record(state, card.iri, card.last, make)
        _done(forms.draft_key(card.iri), t("article.done-edit"))


@st.dialog(" ", width="large", on_dismiss=_closed)
def _add(article: Reading, start: int, end: int) -> None:
    """Show the form to add a claim."""
    from kg.tracking import judgements

    state = st.session_state.setdefault("form", {})
    with page_errors.shown("claim form"):
        st.header(t("article.add-title"), anchor=False)
        given = _form(article, None, start, end, state)
        if given is None:
            return
        new = judgements.add(
            _log(), article.iri, start, end, author=account.author(), changes=given.entered(), reason=given.reason
        )
        choice = st.session_state.get(f"choice-{article.iri}", {})
        st.session_state[f"choice-{article.iri}"] = {"id": new, "n": choice.get("n", 0)}  # select the new claim
        _done(forms.draft_key(f"{article.iri}-{start}-{end}"), t("article.done-add"))


def _tell_overtaken(state: dict[str, Any], thing: str, seen: str) -> None:
    """In a form that could not be saved because others decided meanwhile: show what they decided."""
    if "overtaken" in state:
        st.warning(f"{t('claims.overtaken')}　{t('article.overtaken-save')}", icon=":material/group:")
        cards.show(decisions.others(thing, seen))


def _record(state: dict[str, Any], thing: str, seen: str, make: Callable[[], str]) -> None:
    """Record the judgement of a form; if somebody else was faster, rerun the form, which then says so."""
    from kg.tracking.log import Overtaken

    try:
        decisions.record(thing, state.get("overtaken", seen), make)
    except Overtaken as error:
        state["overtaken"] = error.last
        st.rerun(scope="fragment")


def _done(draft: str, said: str) -> None:
    """Close a form that was saved: forget its draft, leave a message in the session and rerun the page."""
    _closed()
    forms.forget_draft(draft)
    st.session_state["said"] = said
    st.rerun()


@dataclass(frozen=True)
class Given:
    """The content of a claim's form.

    Args:
        changes: the changed fields, with names as chosen or typed.
        reason: why.
        enter: records new names and returns a function from names to entities.
    """

    changes: dict[str, Any]
    reason: str
    enter: Callable[[], Callable[[str], str]]

    def entered(self) -> dict[str, Any]:
        """The changes with IRIs in place of names; records new names in the log."""
        entity = self.enter()
        return {
            k: list(dict.fromkeys(map(entity, v))) if k in {"sources", "about"} else v for k, v in self.changes.items()
        }


def _form(article: Reading, card: Card | None, start: int, end: int, state: dict[str, Any]) -> Given | None:
    """Show the form of a claim.

    Args:
        article: the article.
        card: the claim to correct; None to add one.
        start: offset of the content.
        end: its end.
        state: of the form between reruns.

    Returns:
        What was entered, once the form is sent and no type of a new name must be asked for; else None.

    Raises:
        IibunError: if something entered is not valid.
    """
    from kg.tracking import judgements

    known, key = naming.names(article), forms.draft_key(card.iri if card else f"{article.iri}-{start}-{end}")
    before: dict[str, Any] = {
        "title": card.title if card else article.text[start:end],
        "sources": [s.iri for s in card.sources] if card else [],
        "source_text": (card.source_text if card else "") or "",
        "about": [a.iri for a in card.about] if card else [],
        "modality": card.modality if card else "asserted",
        "polarity": "negated" if card and card.negated else "affirmed",
        "prediction": bool(card and card.prediction),
        "due_start": card.due_start if card else None,
        "due_end": card.due_end if card else None,
        "content": article.text[start:end],
    }
    with st.form(f"{key}-form", border=False):
        content = st.text_area(
            t("article.field-content"), before["content"], height=90, disabled=card is None, key=f"{key}-content",
            help=t("article.field-content-help"),
        )  # fmt: skip
        title = st.text_input(t("article.field-name"), before["title"], key=f"{key}-title")
        left, right = st.columns(2)
        with left:
            sources = naming.choose_many(t("article.field-sources"), known, before["sources"], f"{key}-sources")
            source_text = st.text_input(t("article.field-source-text"), before["source_text"], key=f"{key}-source-text")
            about = naming.choose_many(t("article.field-about"), known, before["about"], f"{key}-about")
        with right:
            modality = st.selectbox(
                t("article.field-modality"), MODALITY_CODES, MODALITY_CODES.index(before["modality"]),
                format_func=lambda m: label("modality", m), key=f"{key}-modality",
            )  # fmt: skip
            negated = st.checkbox(t("article.field-negated"), before["polarity"] == "negated", key=f"{key}-negated")
            prediction = st.checkbox(t("article.field-prediction"), before["prediction"], key=f"{key}-prediction")
            due_start = _day(t("article.field-due-start"), before["due_start"], f"{key}-due-start")
            due_end = _day(t("article.field-due-end"), before["due_end"], f"{key}-due-end")
        reason = st.text_input(t("article.field-reason"), key=f"{key}-reason")
        kinds = naming.types(state.get("new", ()), key)
        sent = st.form_submit_button(
            t("article.save-anyway" if "overtaken" in state else "common.save"), type="primary"
        )
    if not sent:
        return None
    after = {
        "title": title, "sources": sources, "source_text": source_text, "about": about, "modality": modality,
        "polarity": "negated" if negated else "affirmed", "prediction": prediction,
        "due_start": due_start, "due_end": due_end,
    }  # fmt: skip
    changes = {k: v for k, v in after.items() if card is None or v != before[k]}
    if card is not None and content.strip() != before["content"]:
        start, end = _quoted(article.text, content, start)
        changes |= {"start": start, "end": end}
    judgements.check({k: v for k, v in changes.items() if k not in {"sources", "about"}}, article.text)
    _ask_types(state, naming.unknown(known, (*sources, *about)), kinds)
    return Given(changes, reason, lambda: naming.enter(article, known, kinds))


def _ask_types(state: dict[str, Any], new: list[str], kinds: dict[str, str]) -> None:
    """If there are new names for which the form did not ask the type, rerun it so that it does."""
    if set(new) != set(kinds):
        state["new"] = new
        st.rerun(scope="fragment")


def _quoted(text: str, words: str, near: int) -> tuple[int, int]:
    """Start and end of a quotation in the article, the occurrence nearest to an offset.

    Raises:
        NotInText: if the article does not contain it.
    """
    words = words.strip()
    at = _nearest(text, words, near)
    if at is None:
        raise NotInText(f"“{words[:40]}” does not stand in the article; quote its text as it is written.")
    return at, at + len(words)


def relation(article: Reading, row: Mapping[str, Any] | None) -> None:
    """Open the form of a relation; ``row`` is the relation to correct, None to add one."""
    st.session_state["form"] = {"seen": decisions.seen(row["relation"])} if row else {}
    _relation(article, row)


@st.dialog(" ", width="large", on_dismiss=_closed)
def _relation(article: Reading, row: Mapping[str, Any] | None) -> None:
    """Show the form of a relation and record it."""
    from kg.tracking import additions

    state = st.session_state.setdefault("form", {})
    known, key = naming.names(article), forms.draft_key(row["relation"] if row else f"{article.iri}-relation")
    old = row or {}
    with page_errors.shown("relation form"):
        st.header(t("article.relation-edit" if row else "article.relation-add"), anchor=False)
        if row:
            _tell_overtaken(state, row["relation"], state["seen"])
        with st.form(f"{key}-form", border=False):
            left, middle, right = st.columns(3)
            with left:
                subject = naming.choose_one(t("article.relation-subject"), known, old.get("subject"), f"{key}-subject")
            codes = sorted(PREDICATES)
            stated = str(old.get("predicate", "")).rpartition("#")[2]
            predicate = middle.selectbox(
                t("article.relation-predicate"), codes, codes.index(stated) if stated in codes else None,
                format_func=lambda p: label("predicate", p), placeholder=t("article.choose"), key=f"{key}-predicate",
            )  # fmt: skip
            with right:
                object_ = naming.choose_one(t("article.relation-object"), known, old.get("object"), f"{key}-object")
            sentence = st.text_area(
                t("article.relation-sentence"), old.get("exact") or "", height=90, key=f"{key}-sentence",
                help=t("article.relation-sentence-help"),
            )  # fmt: skip
            boxes = st.columns(len(DETAILS))
            said = {
                name: box.text_input(t(f"article.relation-{name}"), old.get(column) or "", key=f"{key}-{name}")
                for box, (name, column) in zip(boxes, DETAILS.items(), strict=True)
            }
            reason = st.text_input(t("article.field-reason"), key=f"{key}-reason")
            kinds = naming.types(state.get("new", ()), key)
            sent = st.form_submit_button(
                t("article.save-anyway" if "overtaken" in state else "common.save"), type="primary"
            )
        if not sent:
            return
        if not (subject and predicate and object_):
            raise Incomplete("A relation needs both names and what one is to the other; choose or type them.")
        if subject == object_:
            raise JudgementError("A relation is between two different names.")
        if sentence.strip():
            start, end = _quoted(article.text, sentence, old.get("start") or 0)
        elif (found := sentence_with(article.text, known.words(subject), known.words(object_))) is not None:
            start, end = found.start, found.end
        else:
            raise Incomplete("No sentence of the article has both names; quote the words that state the relation.")
        _ask_types(state, naming.unknown(known, (subject, object_)), kinds)
        qualifiers: dict[str, str | bool] = {k: v.strip() for k, v in said.items() if v.strip()}
        if old.get("exclusive") and predicate == stated:
            qualifiers["exclusive"] = True

        def make() -> str:
            entity = naming.enter(article, known, kinds)
            return additions.relate(
                _log(), article.iri, entity(subject), predicate, entity(object_), start, end, author=account.author(),
                qualifiers=qualifiers, replaces=row["relation"] if row else None, reason=reason,
            )  # fmt: skip

        if row:
            _record(state, row["relation"], state["seen"], make)
        else:
            make()
        _done(key, t("article.done-relation"))


#: Qualifiers of a relation that are text: their name in the log → column of ``article_relations``.
DETAILS = {
    "title": "positionTitle", "share": "share", "amount": "amount", "duration": "duration", "until": "until", "product": "product",
}  # fmt: skip


class Incomplete(IibunError):
    """A required field of a form is empty."""


class NotInText(IibunError):
    """The article does not contain the quoted words."""


def _nearest(text: str, words: str, near: int) -> int | None:
    """The offset at which ``words`` occur nearest to ``near``; None if they don't occur.

    >>> _nearest("あいあい", "あい", 3)
    2
    """
    if not words:
        return None
    places = [i for i in range(len(text)) if text.startswith(words, i)]
    return min(places, key=lambda i: abs(i - near), default=None)


def _day(name: str, value: date | None, key: str) -> date | None:
    """Show a field for a date."""
    bounds = forms.between(date(1900, 1, 1), date(2200, 12, 31), value)
    chosen = st.date_input(name, value, format="YYYY/MM/DD", key=key, **bounds)
    return chosen if isinstance(chosen, date) else None
