"""Prepared queries: the SPARQL that our own code asks, one file each in ``data/queries/prepared``.

A file is written like that of a named query (:mod:`kg.queries`), but named queries are for people: they are listed, and have a
question in Japanese. Prepared queries are not listed.

The text of a file is parsed once for each set of parameters given. To ask it again, only the values' terms are put in. So it
takes no longer to ask about a thousand claims than it takes to write down their IRIs.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, cast

from pyoxigraph import Literal, NamedNode, Quad

from kg import data
from kg.queries import PAGING, Query, fold, parameters, parse
from kg.store import Row, Store, iri
from kg.store.base import prefixed
from kg.store.sparql import term, tokens


@cache
def names() -> tuple[str, ...]:
    """The names of all prepared queries, sorted."""
    return tuple(sorted(f.stem for f in data.path("queries/prepared").glob("*.rq")))


@cache
def load(name: str) -> Query:
    """The prepared query of that name.

    Raises:
        FileNotFoundError: if there is none.
    """
    return parse(name, data.text(f"queries/prepared/{name}.rq"), listed=False)


def rows(store: Store, name: str, /, **bindings: object) -> list[Row]:
    """The rows of a prepared query.

    Args:
        store: the store to query.
        name: the file's name without ``.rq``.
        **bindings: the query's parameters, with ``limit`` and ``offset`` if it takes them. None counts as not given; IRIs may
            be text.

    Returns:
        One dict per row.

    Raises:
        NotAnIri: if an IRI is wanted and the text is none.
        TypeError: if the query has no such parameter, or lacks one.

    Example:
        ``rows(store, "claims_of_article", article="urn:iibun:article:…")``
    """
    return store.rows(text(name, **bindings))


def holds(store: Store, name: str, /, **bindings: object) -> bool:
    """The answer to a prepared ``ASK``; arguments and errors as for :func:`rows`."""
    return bool(store.rows(text(name, **bindings))[0]["answer"])


def quads(store: Store, name: str, /, **bindings: object) -> list[Quad]:
    """The quads that a prepared query selects as ``?s ?p ?o ?g``, ready for ``store.edit``; otherwise as :func:`rows`."""
    found = store.query(text(name, **bindings))
    return [Quad(row["s"], row["p"], row["o"], row["g"]) for row in found]  # type: ignore[union-attr]


def text(name: str, /, **bindings: object) -> str:
    """The complete SPARQL text of a prepared query; arguments and errors as for :func:`rows`.

    >>> text("article_is_complete", article="urn:x:a").split(">\\t")[-1].strip()
    'ASK { GRAPH <urn:x:a> { <urn:x:a> a schema:NewsArticle } }'
    """
    wanted = {k: v for k, v in bindings.items() if v is not None}
    limit, offset = (cast("int | None", wanted.get(key)) for key in PAGING)
    pieces, places = _pieces(name, frozenset(wanted), limit, offset)
    kinds = _kinds(name)
    terms = {place: _term(wanted[place], kinds[place]) for place in set(places)}
    return pieces[0] + "".join(terms[place] + piece for place, piece in zip(places, pieces[1:], strict=True))


@cache
def _kinds(name: str) -> dict[str, str]:
    return parameters(load(name))


@lru_cache(maxsize=512)
def _pieces(
    name: str, wanted: frozenset[str], limit: int | None, offset: int | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The text of a query for the parameters given: its pieces, and the parameters between them."""
    if unknown := sorted(wanted - _kinds(name).keys()):
        raise TypeError(f"prepared query {name}: there is no parameter {unknown[0]}")
    pieces, places = [""], []
    for token in tokens(prefixed(fold(load(name).text, set(wanted), limit, offset))):
        if token.kind == "variable" and token.text[0] == "$":
            places.append(token.text[1:])
            pieces.append("")
        elif token.kind != "comment":
            pieces[-1] += token.text
    if missing := sorted(set(places) - wanted):
        raise TypeError(f"prepared query {name}: the parameter {missing[0]} is missing")
    return tuple(pieces), tuple(places)


def _term(value: Any, kind: str) -> str:
    """A value in SPARQL syntax."""
    if kind == "iri":
        return str(_node(value))
    if kind == "iris":
        return " ".join(str(_node(v)) for v in value)
    if kind == "strings":
        return " ".join(str(Literal(v)) for v in value)
    return term(value)


def _node(value: str | NamedNode) -> NamedNode:
    return value if isinstance(value, NamedNode) else iri(value)
