"""Records what the form of a claim sends: a correction, or a claim that was missed.

The form itself is in the browser (``components/src/correction.js``), which shows the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import streamlit as st

from iibun.i18n import t
from iibun.i18n.errors import explain
from iibun.web import account, answers, page_errors
from iibun.web.article_view import Card, Reading
from iibun.web.pages import decisions, naming
from kg.errors import IibunError

#: Fields of the form that are text or a choice: their name in the browser → in a judgement.
_WORDS = {"title": "title", "sourceText": "source_text", "modality": "modality"}
_DAYS = {"dueStart": "due_start", "dueEnd": "due_end"}
NAMES = ("sources", "about")


class NotADate(IibunError):
    """A field for a date has something else."""


class NoClaim(IibunError):
    """The article has no such claim."""


def save(article: Reading, decision: Mapping[str, Any]) -> dict[str, Any]:
    """Record what a form sends and return the answer that the form shows.

    Args:
        article: what is shown.
        decision: ``{kind, id, seen, form}``: ``edit`` and the claim, or ``add``; the last judgement that the reader saw;
            the fields that were changed, with names as IRIs or as typed, and ``types`` of new names.

    Returns:
        ``saved``: IRI of the claim; or ``error``: a sentence; or ``fresh``: new names whose type must be given; or
        ``overtaken``: what others decided meanwhile, with the ``last`` judgement, to be seen before it is sent again.
    """
    from kg.tracking.log import Overtaken

    try:
        return _save(article, decision)
    except Overtaken as error:
        since = decisions.since(decision["id"], decision["seen"])
        lines = [" · ".join(filter(None, (decisions.entry_words(j), j.reason))) for j in since]
        return {"overtaken": lines, "last": error.last}
    except IibunError as error:
        return {"error": explain(error)}
    except Exception as error:
        page_errors.log.exception("claim form")
        return {"error": t("common.error-unknown", kind=type(error).__name__)}


def _save(article: Reading, decision: Mapping[str, Any]) -> dict[str, Any]:
    form, adding = decision["form"], decision["kind"] == "add"
    card = None if adding else next((c for c in article.cards if c.iri == decision["id"]), None)
    if card is None and not adding:
        raise NoClaim(
            f"The article has no claim {decision['id']!r} any more; it was read again, or the claim was removed."
        )
    changes = changed(form, article.extent.start)
    if not changes:
        return {"error": t("article.edited-nothing")}
    _check(changes, card, article.text)
    known = naming.names(article)
    new = naming.unknown(known, (name for field in NAMES for name in changes.get(field, ())))
    types = {name: kind for name, kind in dict(form.get("types") or {}).items() if name in new}
    if set(types) != set(new):
        return {"fresh": [{"name": n, "words": t("article.new-name", name=n), "guess": naming.guess(n)} for n in new]}

    def entered() -> dict[str, Any]:
        entity = naming.enter(article, known, types)
        return changes | {f: list(dict.fromkeys(map(entity, changes[f]))) for f in NAMES if f in changes}

    reason = str(form.get("reason") or "")
    if card is None:
        return {"saved": _add(article, entered, reason)}
    _edit(card.iri, decision["seen"], entered, reason)
    return {"saved": card.iri}


def _edit(claim: str, seen: str, entered: Callable[[], dict[str, Any]], reason: str) -> None:
    from kg.tracking import judgements

    def make() -> str:
        return judgements.judge(
            answers.store(), claim, "edit", author=account.author(), reason=reason, changes=entered()
        )

    decisions.record(claim, seen, make)


def _add(article: Reading, entered: Callable[[], dict[str, Any]], reason: str) -> str:
    from kg.tracking import judgements, log

    changes = entered()
    start, end = changes.pop("start"), changes.pop("end")
    claim = judgements.add(
        answers.store(), article.iri, start, end, author=account.author(), changes=changes, reason=reason
    )
    st.session_state.setdefault("mine", set()).update(log.last(answers.store(), [claim]).values())
    return claim


def changed(form: Mapping[str, Any], base: int = 0) -> dict[str, Any]:
    """The fields that a form sends, with names and values as :func:`kg.tracking.judgements.judge` takes them.

    Args:
        form: fields by their names in the browser.
        base: offset at which the text of the browser begins.

    Raises:
        NotADate: if a field for a date has something else.

    >>> changed({"title": "値上げ", "negated": True, "dueEnd": "", "start": 3, "end": 9}, 100)
    {'title': '値上げ', 'polarity': 'negated', 'due_end': None, 'start': 103, 'end': 109}
    """
    found: dict[str, Any] = {_WORDS[f]: str(form[f] or "") for f in _WORDS if f in form}
    found |= {f: [str(name) for name in form[f] or ()] for f in NAMES if f in form}
    if "negated" in form:
        found["polarity"] = "negated" if form["negated"] else "affirmed"
    if "prediction" in form:
        found["prediction"] = bool(form["prediction"])
    found |= {_DAYS[f]: _day(form[f]) for f in _DAYS if f in form}
    return found | {f: int(form[f]) + base for f in ("start", "end") if f in form}


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        raise NotADate(f"{str(value)[:40]!r} is not a date (YYYY-MM-DD).") from None


def _check(changes: Mapping[str, Any], card: Card | None, text: str) -> None:
    """Check values before anything is recorded; a changed end of a due date against the other end as it is."""
    from kg.tracking import judgements

    values = {k: v for k, v in changes.items() if k not in NAMES}
    if card is not None and {"due_start", "due_end"} & values.keys():
        values = {"due_start": card.due_start, "due_end": card.due_end} | values
    judgements.check(values, text)
