"""Judgements on claims: accept, reject, edit, add, and undo. Each is appended to the log (:mod:`kg.tracking.log`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pyoxigraph import NamedNode

from kg import prepared
from kg.characters import one_line
from kg.document import Json
from kg.rdf import integer, string
from kg.store import Store
from kg.tracking import current, entered, identities, metadata
from kg.tracking.anchors import Anchor, anchor
from kg.tracking.claims import effective_claims
from kg.tracking.current import NOTHING, place, rebuild
from kg.tracking.log import Judgement, JudgementError, Term, WrongJudgement, append, entries, in_order
from kg.vocab import BASE, MODALITIES, POLARITIES

__all__ = ["ACTIONS", "CHANGES", "add", "check", "history", "judge", "orphans", "rebuild", "refresh", "undo"]

ACTIONS = {"accept": "Acceptance", "reject": "Rejection", "edit": "Correction"}
CHANGES = (
    "sources", "source_text", "about", "modality", "polarity", "title", "prediction", "due_start", "due_end", "start", "end",
)  # fmt: skip
_DUE = {"due_start", "due_end"}
_FIELDS = {
    "source_text": "correctedSourceText", "modality": "correctedModality", "polarity": "correctedPolarity",
    "title": "correctedTitle", "prediction": "correctedPrediction", "due_start": "correctedDueStart",
    "due_end": "correctedDueEnd",
}  # fmt: skip


def judge(
    store: Store, claim: str, action: str, *, author: str, reason: str = "", changes: Mapping[str, object] | None = None
) -> str:
    """Accept, reject or edit a claim; return the judgement's IRI.

    Args:
        store: an open store.
        claim: the claim's IRI.
        action: ``accept``, ``reject`` or ``edit``.
        author: who decides.
        reason: why, in words.
        changes: for ``edit``: any of :data:`CHANGES`. ``sources`` and ``about`` are lists of entity IRIs, ``start`` and ``end``
            offsets of the content in the article's text. ``None`` or an empty list removes a value.

    Raises:
        JudgementError: if there is no such claim, action or change, or a value is not one of the choices.

    Example:
        ``judge(store, claim, "edit", author="佐藤", changes={"modality": "probable"})``
    """
    if action not in ACTIONS:
        raise WrongJudgement(f"There is no action {action!r}; there are: {', '.join(ACTIONS)}.")
    if action == "edit" and not changes:
        raise WrongJudgement(f"An edit needs something to change; it may be: {', '.join(CHANGES)}.")
    if action != "edit" and changes:
        raise WrongJudgement(f"Only an edit changes anything; {action} takes no changes.")
    about, wanted = judged(store, claim), dict(changes or {})
    details = about + list(_details(wanted, _body(store, claim)))
    for now in effective_claims(store, claims=[claim], rejected=True) if _DUE & wanted.keys() else ():
        _check_due({"due_start": now.due_start, "due_end": now.due_end} | wanted)
    iri = append(store, ACTIONS[action], author=author, reason=reason, details=details)
    current.refresh(store, [claim])
    return iri


def add(
    store: Store,
    article: str,
    start: int,
    end: int,
    *,
    author: str,
    changes: Mapping[str, object] | None = None,
    reason: str = "",
) -> str:
    """Add a claim that extraction missed; return its IRI.

    Args:
        store: an open store.
        article: the article's IRI.
        start, end: offsets of the content in the article's text.
        author: who adds it.
        changes: the claim's values, as for :func:`judge`, without ``start`` and ``end``.
        reason: why, in words.

    Raises:
        JudgementError: if there is no such article or the extent is outside its text.
    """
    rows = prepared.rows(store, "text_of_article", article=article)
    if not rows:
        raise JudgementError(f"There is no article {article} in the store.")
    body = rows[0]["text"]
    if not 0 <= start < end <= len(body):
        raise JudgementError(f"Extent {start}–{end} is not within the article's text of {len(body)} characters.")
    wanted = dict(changes or {})
    wanted.pop("start", None), wanted.pop("end", None)
    then = anchor(body, start, end)
    name = hashlib.sha256(
        "\x1f".join((article, str(start), then.exact, author)).encode("utf-8", "surrogatepass")
    ).hexdigest()
    claim = f"{BASE}claim:{name[:32]}"
    details = [("judges", NamedNode(claim)), *anchor_details(article, then), *_details(wanted, body)]
    details += [
        ("correctedStart", integer(start)),
        ("correctedEnd", integer(end)),
        ("correctedText", string(then.exact)),
    ]
    append(store, "Addition", author=author, reason=reason, details=details)
    rebuild(store)
    return claim


def undo(store: Store, judgement: str, *, author: str, reason: str = "") -> str:
    """Undo a judgement of any kind; return the undo's IRI. Undoing an undo restores the judgement.

    Raises:
        JudgementError: if there is no such judgement, it is undone already, or it entered a name that a correction uses.
    """
    found = entries(store, judgements=[judgement])
    if not found:
        raise JudgementError(f"There is no judgement {judgement} in the store.")
    if found[0].undone:
        raise JudgementError(f"Judgement {judgement} is undone already; undo its undo to bring it back.")
    if found[0].kind == "Naming" and entered.used(store, found[0].subject):
        label = found[0].one("correctedLabel")
        raise JudgementError(f"The name {label} is what a correction says; undo that correction first.")
    iri = append(store, "Undo", author=author, reason=reason, details=[("undoes", NamedNode(judgement))])
    target = found[0]
    seen = {target.iri}  # in a forged log, undos may undo each other
    while (
        target.kind == "Undo" and (before := entries(store, judgements=[target.subject])) and before[0].iri not in seen
    ):
        target = before[0]
        seen.add(target.iri)
    if target.kind == "LinkDecision":
        current.refresh_links(store, [target.subject])
    elif target.kind == "ArticleCorrection":
        metadata.apply(store, [target.subject])
    elif target.kind == "Separation":
        identities.refresh(store, [target.subject, *target.details.get("apartFrom", ())])
    elif target.kind in ("Merge", "Split", "Addition", "Naming", "RelationDecision"):
        rebuild(store)
        identities.refresh(store, [target.subject, *target.details.get("merges", ())])
    else:
        current.refresh(store, [target.subject])
    return iri


def refresh(store: Store, article: str) -> None:
    """Check the judgements on an article (IRI) against its text, after it was read again or deleted."""
    if moved := current.refresh_article(store, article):
        identities.refresh(store, moved)


def history(
    store: Store, *, claim: str | None = None, entity: str | None = None, link: str | None = None, author: str | None = None,
    limit: int = 100, offset: int = 0,
) -> list[Judgement]:  # fmt: skip
    """Entries of the log, newest first, including undone entries and undos.

    Args:
        store: an open store.
        claim, entity, link: only entries about this one (an IRI), and their undos.
        author: only entries of this person.
        limit: most entries.
        offset: entries to skip.
    """
    from kg.tracking.log import KINDS

    subjects = [s for s in (claim, entity, link) if s]
    found = entries(store, subjects=subjects) if subjects else entries(store, kinds=KINDS)
    if subjects:
        undos, names = entries(store, kinds=["Undo"]), {j.iri for j in found}
        for u in undos:  # sorted oldest first, so an undo of an undo finds the latter in names
            if u.subject in names:
                names.add(u.iri)
                found.append(u)
    if author:
        found = [j for j in found if j.author == author]
    return in_order(found)[::-1][offset : offset + limit]


def orphans(store: Store) -> list[Judgement]:
    """The judgements in force that no longer apply, since the text that was judged has changed."""
    return [j for j in entries(store) if j.orphaned and not j.undone]


def judged(store: Store, claim: str) -> list[tuple[str, Term]]:
    """The details that tie a judgement to a claim and to its present text.

    Raises:
        JudgementError: if there is no such claim.
    """
    found = place(store, [claim]) or _added_place(store, claim)
    if claim not in found:
        raise JudgementError(f"There is no claim {claim} in the store.")
    here = found[claim]
    return [("judges", NamedNode(claim)), *anchor_details(here.article, anchor(here.body, here.start, here.end))]


def _added_place(store: Store, claim: str) -> dict[str, Any]:
    rows = prepared.rows(store, "place_of_added_claim", claim=claim)
    return {claim: current._Place(*(rows[0][k] for k in ("article", "start", "end", "body")))} if rows else {}


def _body(store: Store, claim: str) -> str:
    found = place(store, [claim]) or _added_place(store, claim)
    return found[claim].body


def anchor_details(article: str, then: Anchor) -> list[tuple[str, Term]]:
    """The details that tie a judgement to a place in an article (IRI)."""
    return [
        ("judgedArticle", NamedNode(article)), ("judgedText", string(then.exact)), ("judgedStart", integer(then.start)),
        ("judgedPrefix", string(then.prefix)), ("judgedSuffix", string(then.suffix)),
    ]  # fmt: skip


def check(changes: Mapping[str, object], body: str) -> None:
    """Check whether changes of a claim are valid.

    Args:
        changes: as for :func:`judge`.
        body: the article's text.

    Raises:
        JudgementError: if they are not; it says what is wrong.
    """
    for _ in _details(changes, body):
        pass


def _details(changes: Mapping[str, Any], body: str) -> Iterable[tuple[str, Term]]:
    for name, value in changes.items():
        if name not in CHANGES:
            raise WrongJudgement(f"A claim has no {name!r} to change; it may be: {', '.join(CHANGES)}.")
        if name == "modality" and value not in MODALITIES:
            raise WrongJudgement(f"There is no modality {value!r}; there are: {', '.join(MODALITIES)}.")
        if name == "polarity" and value not in POLARITIES:
            raise WrongJudgement(f"There is no polarity {value!r}; there are: {', '.join(POLARITIES)}.")
        if name in ("due_start", "due_end") and value is not None and not isinstance(value, date):
            raise WrongJudgement(f"{name} must be a date, not {value!r}.")
        if name in ("sources", "about"):
            field = "correctedSource" if name == "sources" else "correctedAbout"
            for iri in value or [NOTHING]:
                yield field, _entity(iri)
        elif name in _FIELDS:
            value = one_line(value) or None if isinstance(value, str) else value
            yield _FIELDS[name], NamedNode(NOTHING) if value is None else entered.term(value)
    if "start" in changes or "end" in changes:
        start, end = changes.get("start"), changes.get("end")
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(body)):
            raise JudgementError(
                f"start and end must be offsets within the text of {len(body)} characters, not {start}–{end}."
            )
        yield "correctedStart", integer(start)
        yield "correctedEnd", integer(end)
        yield "correctedText", string(body[start:end])
    _check_due(changes)


def _check_due(values: Mapping[str, Any]) -> None:
    due_start, due_end = values.get("due_start"), values.get("due_end")
    if due_start and due_end and due_start > due_end:
        raise WrongJudgement(f"The due date would end ({due_end}) before it starts ({due_start}).")


def _entity(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError:
        raise WrongJudgement(f"{iri!r} is not the IRI of an entity.") from None


def gold(store: Store, article: str) -> Json:
    """The extract document of an article with corrections applied (see :mod:`kg.tracking.gold`)."""
    from kg.tracking.gold import gold as document

    return document(store, article)
