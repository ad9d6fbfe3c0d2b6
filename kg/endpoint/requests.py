"""Interpret a request of the SPARQL 1.1 Protocol: operation, dataset and media types. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from kg.endpoint.evaluator import FORMATS, TRIPLES
from kg.store.sparql import Token, tokens

QUERY, UPDATE, FORM = "application/sparql-query", "application/sparql-update", "application/x-www-form-urlencoded"


class BadRequest(Exception):
    """A request is refused.

    Args:
        status: the HTTP status.
        sentence: what is wrong.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Operation:
    """A query or an update, with the dataset that the request's parameters choose.

    Attributes:
        kind: "query", "update", or "describe" for the service description.
        text: the SPARQL text.
        default, named: IRIs of the dataset's graphs; None if the request does not choose them.
    """

    kind: str
    text: str = ""
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None


def operation(method: str, query_string: bytes, content_type: str, body: bytes) -> Operation:
    """The operation of a request to the endpoint.

    Args:
        method: the HTTP method.
        query_string: the URL's query string.
        content_type: the Content-Type header.
        body: the body.

    Raises:
        BadRequest: if the request is not valid, with the status that the W3C's protocol tests expect.
    """
    in_url = _pairs(query_string, "URL")
    if method in ("GET", "HEAD"):
        if "update" in in_url:
            raise BadRequest(400, "An update is sent by POST.")
        if "query" not in in_url:
            if in_url:
                raise BadRequest(400, f"There is no 'query' parameter, but {', '.join(in_url)}.")
            return Operation("describe")
        return _query(_one(in_url, "query"), in_url)
    kind, _, more = content_type.partition(";")
    kind = kind.strip().lower()
    charset = more.partition("charset=")[2].strip(' "').lower()
    if charset and charset not in ("utf-8", "utf8"):
        raise BadRequest(415, f"The body must be UTF-8, not {charset}.")
    if kind == FORM:
        pairs = _pairs(body, "body")
        for key, values in in_url.items():
            pairs.setdefault(key, []).extend(values)
        if "query" in pairs and "update" in pairs:
            raise BadRequest(400, "Send either 'query' or 'update', not both.")
        if "update" in pairs:
            return _update(_one(pairs, "update"), pairs)
        if "query" in pairs:
            return _query(_one(pairs, "query"), pairs)
        raise BadRequest(400, "The form has neither 'query' nor 'update'.")
    if kind in (QUERY, UPDATE):
        if "query" in in_url or "update" in in_url:
            raise BadRequest(400, "The operation is in the body; it cannot be in the address as well.")
        text = _text(body, "body")
        return _query(text, in_url) if kind == QUERY else _update(text, in_url)
    raise BadRequest(415, f"Content-Type {kind or 'missing'} is not understood; use {QUERY}, {UPDATE} or {FORM}.")


def negotiate(accept: str | None) -> tuple[str | None, str | None]:
    """The media types for rows and for triples that a client prefers; None for a kind of which it accepts no type.

    >>> negotiate("text/csv, application/n-triples;q=0.5")
    ('text/csv', 'application/n-triples')
    """
    return choose(accept, list(FORMATS)), choose(
        accept, [t for t in TRIPLES if t not in ("application/n-quads", "application/trig")]
    )


_ALIASES = {
    "application/json": "application/sparql-results+json", "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml", "text/json": "application/sparql-results+json",
    "text/plain": "application/n-triples", "application/x-turtle": "text/turtle",
}  # fmt: skip


def choose(accept: str | None, offered: list[str]) -> str | None:
    """The offered media type that an ``Accept`` header prefers; of equals the first offered; None if it accepts none."""
    if not accept or not accept.strip():
        return offered[0]
    best, best_key = None, (0.0, 0, 0)
    for item in accept.split(","):
        name, *parameters = [p.strip() for p in item.split(";")]
        name, q = name.lower(), 1.0
        for p in parameters:
            if p.startswith("q="):
                try:
                    q = float(p[2:])
                except ValueError:
                    q = 0.0
        for place, offer in enumerate(offered):
            if name == offer or _ALIASES.get(name) == offer:
                exact = 2
            elif name == offer.split("/")[0] + "/*":
                exact = 1
            elif name == "*/*":
                exact = 0
            else:
                continue
            key = (q, exact, -place)
            if q > 0 and (best is None or key > best_key):
                best, best_key = offer, key
    return best


def with_dataset(update: str, default: tuple[str, ...], named: tuple[str, ...]) -> str:
    """The update with ``USING`` clauses for the graphs of the parameters using-graph-uri and using-named-graph-uri."""
    using = " ".join([f"USING <{g}>" for g in default] + [f"USING NAMED <{g}>" for g in named])
    parts = list(tokens(update))
    out: list[str] = []
    depth, before = 0, ""
    i = 0
    while i < len(parts):
        token = parts[i]
        upper = token.text.upper()
        if token.kind == "other" and token.text == "{":
            depth += 1
        elif token.kind == "other" and token.text == "}":
            depth -= 1
        if token.kind == "word" and upper == "WHERE" and depth == 0:
            if before == "DELETE":  # DELETE WHERE { p } is DELETE { p } WHERE { p }
                pattern, i = _block(parts, i + 1)
                out.append(f"{pattern} {using} WHERE {pattern}")
                before = "}"
                continue
            out.append(f"{using} ")
        out.append(token.text)
        if token.kind not in ("space", "comment"):
            before = upper
        i += 1
    return "".join(out)


def forgiving(update: str) -> str:
    """The update with ``CLEAR GRAPH`` and ``DROP GRAPH`` made silent, so that a missing graph is no error.

    The store keeps no empty graphs, so such a graph is empty already (SPARQL 1.1 Update, 3.1.3).

    >>> forgiving("CLEAR GRAPH <urn:x:g> ; DROP SILENT GRAPH <urn:x:h>")
    'CLEAR SILENT GRAPH <urn:x:g> ; DROP SILENT GRAPH <urn:x:h>'
    """
    out: list[str] = []
    depth, before = 0, ""
    for token in tokens(update):
        if token.kind == "other":
            depth += (token.text == "{") - (token.text == "}")
        if token.kind == "word" and depth == 0 and before in ("CLEAR", "DROP") and token.text.upper() == "GRAPH":
            out.append("SILENT ")
        if token.kind not in ("space", "comment"):
            before = token.text.upper() if token.kind == "word" else ""
        out.append(token.text)
    return "".join(out)


def _block(parts: Sequence[Token], i: int) -> tuple[str, int]:
    depth, text = 0, list[str]()
    while i < len(parts):
        text.append(parts[i].text)
        if parts[i].kind == "other" and parts[i].text in "{}":
            depth += 1 if parts[i].text == "{" else -1
            if depth == 0:
                return "".join(text), i + 1
        i += 1
    return "".join(text), i


def _query(text: str, pairs: dict[str, list[str]]) -> Operation:
    return Operation("query", text, *_dataset(pairs, "default-graph-uri", "named-graph-uri"))


def _update(text: str, pairs: dict[str, list[str]]) -> Operation:
    return Operation("update", text, *_dataset(pairs, "using-graph-uri", "using-named-graph-uri"))


def _dataset(
    pairs: dict[str, list[str]], default: str, named: str
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    if default not in pairs and named not in pairs:
        return None, None
    return tuple(pairs.get(default, ())), tuple(pairs.get(named, ()))


def _one(pairs: dict[str, list[str]], name: str) -> str:
    if len(pairs[name]) != 1:
        raise BadRequest(400, f"There are {len(pairs[name])} '{name}' parameters; send one.")
    if not pairs[name][0].strip():
        raise BadRequest(400, f"The '{name}' parameter is empty.")
    return pairs[name][0]


def _pairs(data: bytes, where: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        for key, value in parse_qsl(
            data.decode("ascii" if where == "URL" else "utf-8"), keep_blank_values=True, errors="strict"
        ):
            found.setdefault(key, []).append(value)
    except (UnicodeDecodeError, ValueError):
        raise BadRequest(400, f"The {where} is not valid UTF-8 in form encoding.") from None
    return found


def _text(body: bytes, where: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(400, f"The {where} is not valid UTF-8.") from None
