"""Corrections of an article's date, headline and outlet.

A correction is an entry of the log. The corrected value is written to the article's own graph, where pages, queries, linking
and exports find it. The value that was read is kept beside it (``iib:readPublished`` …) and comes back when the correction is
undone. Relative dates (来年) depend on the article's day, so an article with a corrected day is marked ``iib:outdated`` until
it is read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from pyoxigraph import NamedNode, Quad

from kg import prepared
from kg.rdf import boolean, day, string
from kg.store import Store
from kg.tracking.loading import claims_of
from kg.tracking.log import Judgement, JudgementError, Term, WrongJudgement, append, deciding, entries, settled
from kg.tracking.log import in_force as standing
from kg.vocab import DC, IIB, SCHEMA

FIELDS = ("published", "title", "publisher")
_NOW = {"published": SCHEMA.datePublished, "title": SCHEMA.headline, "publisher": DC.publisher}
_READ = {"published": IIB.readPublished, "title": IIB.readHeadline, "publisher": IIB.readPublisher}
_CORRECTED = {"published": "correctedPublished", "title": "correctedHeadline", "publisher": "correctedPublisher"}
NOTHING = IIB.nobody.value


def correct(store: Store, article: str, *, author: str, changes: Mapping[str, object], reason: str = "") -> str:
    """Correct an article's metadata; return the judgement's IRI. The caller must read the article again if it is outdated then.

    Args:
        store: an open store.
        article: the article's IRI.
        author: who decides.
        changes: any of :data:`FIELDS`: ``published`` (a date, or None if it is not known), ``title``, ``publisher`` (or None).
        reason: why, in words.

    Raises:
        JudgementError: if there is no such article or field, a value is of the wrong type, or nothing would change.

    Example:
        ``correct(store, article, author="佐藤", changes={"published": date(2025, 11, 3)})``
    """
    now = states(store, [article]).get(article)
    if now is None:
        raise JudgementError(f"There is no article {article} in the store.")
    wanted = {name: _checked(name, value) for name, value in changes.items()}
    if all(now[name] == value for name, value in wanted.items()):
        raise JudgementError("Nothing of the article's date, headline and outlet would change.")
    details: list[tuple[str, Term]] = [("judges", NamedNode(article)), ("judgedArticle", NamedNode(article))]
    details += [(_CORRECTED[name], _term(value)) for name, value in wanted.items()]
    with deciding(store, article):
        iri = append(store, "ArticleCorrection", author=author, reason=reason, details=details)
        apply(store, [article])
    return iri


def corrections(store: Store, articles: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """Article → its corrected fields with the values in force; None if a correction removed the value.

    Args:
        store: an open store.
        articles: IRIs; all articles if None.
    """
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    which = None if articles is None else sorted(set(articles))
    rows = prepared.rows(store, "articles_with_corrected_metadata", articles=which)
    if not rows:  # the usual case; reading the log would take longer than writing an article
        return {}
    subjects = [r["a"] for r in rows]
    for j in standing(entries(store, subjects=subjects, kinds=["ArticleCorrection"])):
        found[j.subject].update(said(j))
    return dict(found)


def said(judgement: Judgement) -> dict[str, Any]:
    """The fields that a correction changes, with their new values."""
    values = {name: judgement.one(detail, ...) for name, detail in _CORRECTED.items()}
    return {name: None if value == NOTHING else value for name, value in values.items() if value is not ...}


def states(store: Store, articles: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Article IRI → its present metadata.

    Besides :data:`FIELDS`, each dict has ``read``, the original values of the fields that were corrected, and ``outdated``,
    whether the article was read under another date.
    """
    wanted = sorted(set(articles))
    if not wanted:
        return {}
    names = {p.value: name for name, p in _NOW.items()} | {p.value: f"read {name}" for name, p in _READ.items()}
    found: dict[str, dict[str, Any]] = {}
    for r in prepared.rows(store, "metadata_of_articles", articles=wanted):
        state = found.setdefault(r["a"], {**dict.fromkeys(FIELDS), "read": {}, "outdated": False})
        name = names.get(r["p"], "")
        if name.startswith("read "):
            state["read"][name[5:]] = None if r["o"] == NOTHING else r["o"]
        elif name:
            state[name] = r["o"]
        elif r["p"] == IIB.outdated.value:
            state["outdated"] = bool(r["o"])
    return found


def apply(store: Store, articles: Iterable[str] | None = None) -> None:
    """Write the corrections in force to the articles' graphs.

    Args:
        store: an open store.
        articles: IRIs; all articles that were ever corrected if None.
    """
    with settled():
        _apply(store, None if articles is None else sorted(set(articles)))


def pending(store: Store) -> list[str]:
    """The IRIs of the articles whose graphs do not have the corrections in force."""
    return [article for article, now, corrected in _wanted(store, None) if as_corrected(now, corrected) != now]


def _apply(store: Store, asked: list[str] | None) -> None:
    for article, now, corrected in _wanted(store, asked):
        _rewrite(store, article, now, corrected)


def _wanted(store: Store, asked: list[str] | None) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield articles with their state and corrections: those asked for, or all that were ever corrected."""
    if asked is None:
        marked = prepared.rows(store, "articles_with_read_metadata")
        asked = sorted({r["a"] for r in marked} | set(corrections(store)))
    if not asked:
        return
    wanted = corrections(store, asked)
    for article, now in states(store, asked).items():
        yield article, now, wanted.get(article, {})


def _rewrite(store: Store, article: str, now: dict[str, Any], corrected: Mapping[str, Any]) -> None:
    then = as_corrected(now, corrected)
    if then == now:
        return
    claims = claims_of(store, article)
    before, after = set(_quads(article, now, claims)), set(_quads(article, then, claims))
    store.edit(remove=before - after, add=after - before)


def as_corrected(now: Mapping[str, Any], corrected: Mapping[str, Any]) -> dict[str, Any]:
    """The state of an article with corrections applied; a field without a correction has the value that was read.

    Args:
        now: the present state, as :func:`states` returns it.
        corrected: the corrected fields, as :func:`corrections` returns them.
    """
    read = {name: now["read"].get(name, now[name]) for name in FIELDS}
    then = {name: corrected.get(name, read[name]) for name in FIELDS}
    moved = then["published"] != now["published"]
    return {**then, "read": {name: read[name] for name in corrected}, "outdated": now["outdated"] or moved}


def beside(article: str, state: Mapping[str, Any]) -> list[Quad]:
    """The quads of an article's graph for the values that were read, and for ``iib:outdated``.

    Args:
        article: the article's IRI.
        state: its state, as :func:`states` returns it.
    """
    node = NamedNode(article)
    found = [Quad(node, _READ[name], _term(value), node) for name, value in state["read"].items()]
    return found + [Quad(node, IIB.outdated, boolean(True), node)] * state["outdated"]


def _quads(article: str, state: Mapping[str, Any], claims: Iterable[str]) -> list[Quad]:
    node = NamedNode(article)
    found = [Quad(node, _NOW[name], _term(state[name]), node) for name in FIELDS if state[name] is not None]
    if state["published"] is not None:
        found += [Quad(NamedNode(c), SCHEMA.datePublished, day(state["published"]), node) for c in claims]
    return found + beside(article, state)


def outdated(store: Store) -> list[str]:
    """The IRIs of the articles that were read under another date than their present one."""
    return [r["a"] for r in prepared.rows(store, "outdated_articles")]


def _checked(name: str, value: Any) -> Any:
    if name not in FIELDS:
        raise WrongJudgement(f"An article has no {name!r} to correct; it may be: {', '.join(FIELDS)}.")
    if name == "published":
        if value is not None and not isinstance(value, date):
            raise WrongJudgement(f"{name} must be a date, not {value!r}.")
        return value
    text = " ".join(str(value or "").split())
    if name == "title" and not text:
        raise WrongJudgement("An article has a headline: it cannot be empty.")
    return text or None


def _term(value: Any) -> Term:
    if value is None:
        return NamedNode(NOTHING)
    return day(value) if isinstance(value, date) else string(str(value))
