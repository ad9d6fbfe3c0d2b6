"""SPARQL text at token level: bind parameters as terms, and see what a text would reach for.

Never a regular expression over the whole text: literals, comments and IRIs are tokens of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.errors import IibunError
from kg.vocab import XSD

Value = str | int | float | bool | date | datetime | NamedNode | Literal

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n\r]*)
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<string>\"\"\"(?:[^"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
              |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
  | (?P<variable>[?$]\w+)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<name>[\w.\-]*:(?:[\w.\-:]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*)
  | (?P<word>\w[\w\-]*)
  | (?P<space>\s+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SHORT = 20_000  #: characters up to which the tokens of a text are remembered
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_NAME = re.compile(r"^(?:[^\W\d_](?:[\w\-.]*[\w\-])?)?:(?:[\w:](?:[\w\-:.]*[\w\-:])?)?\.?$")
_OUTSIDE = ("SERVICE", "LOAD", "DEFINE")
#: Functions of Virtuoso's own, some of which fetch; by its schemes and by its namespaces, relative ones included.
_OWN = re.compile(r"^(?:bif|sql):|openlinksw\.com/schemas/(?:bif|sql)|(?:^|/)(?:bif|sql)#", re.IGNORECASE)


class Failed(IibunError):
    """An update is valid, but what it asks for cannot be done: the graph is there already, or is not."""


class Refused(IibunError):
    """A query or update asks for something that this store never does."""


class BadQuery(IibunError):
    """A query or update that is not valid SPARQL, or lacks a binding."""


def not_valid(error: Exception, sparql: str, what: str = "query") -> BadQuery:
    """Oxigraph's syntax error as one short sentence, with the place in what the user wrote.

    Args:
        error: the ``SyntaxError``.
        sparql: the text that was sent, with the declarations that we put before it.
    """
    m = re.match(r"(?:error )?at (\d+):(\d+):?\s*(.*)", str(error), re.DOTALL)
    if not m:
        return BadQuery(f"The {what} is not valid SPARQL: {_short(str(error))}.")
    line, column = int(m.group(1)), int(m.group(2))
    if line == 1:
        column = max(1, column - len(_HEAD.match(sparql).group()))  # type: ignore[union-attr]
    said = m.group(3)
    if "Prefix not found" in said:
        said = "the prefix is not declared"
    return BadQuery(f"The {what} is not valid SPARQL at line {line}, column {column}: {_short(said)}.")


def _short(text: str) -> str:
    """The first alternatives of a parser's message, without its character classes."""
    head, _, rest = " ".join(text.split()).partition("expected one of ")
    if not rest:
        return head.rstrip(". ")[:200]
    words = [w for w in re.split(r", (?=[\w\"\[])", rest) if not w.startswith("[")]
    return f"{head}expected {', '.join(words[:6]) or 'something else'}{' …' if len(words) > 6 else ''}"


#: What we put before a user's text ends in tabs, so that the user's own columns can be told.
_HEAD = re.compile(r"(?:(?:PREFIX \w+:|BASE) <[^>]*>\t)*")


class Token(NamedTuple):
    kind: str
    text: str


def tokens(sparql: str) -> Iterable[Token]:
    """The tokens of a query or update, white space and comments included; their texts join to the whole."""
    return _remembered(sparql) if len(sparql) <= _SHORT else _tokens(sparql)


def _tokens(sparql: str) -> Iterator[Token]:
    for m in _TOKEN.finditer(sparql):
        yield Token(m.lastgroup or "other", m.group())


@lru_cache(maxsize=64)
def _remembered(sparql: str) -> tuple[Token, ...]:
    """One text is looked at several times on its way to the store."""
    return tuple(_tokens(sparql))


def bind(sparql: str, bindings: Mapping[str, Value | None]) -> str:
    """Put terms in the place of ``$name``; ``?name`` is an ordinary variable and left alone.

    Raises:
        BadQuery: if a binding is given that the text has no ``$name`` for.

    >>> bind("SELECT ?s { ?s ?p $o }", {"o": "it's \\"here\\""})
    'SELECT ?s { ?s ?p  "it\\'s \\\\"here\\\\""  }'
    """
    given = {name: term(value) for name, value in bindings.items() if value is not None}
    used: set[str] = set()
    out: list[str] = []
    for token in tokens(sparql):
        name = token.text[1:]
        if token.kind == "variable" and token.text[0] == "$" and name in given:
            used.add(name)
            out.append(f" {given[name]} ")
        else:
            out.append(token.text)
    if unknown := sorted(given.keys() - used):
        raise BadQuery(f"The query has no parameter ${unknown[0]}; it has {_list(parameters(sparql))}.")
    return "".join(out)


def parameters(sparql: str) -> list[str]:
    """The names that stand as ``$name`` in the text, in order of first use."""
    return list(dict.fromkeys(t.text[1:] for t in tokens(sparql) if t.kind == "variable" and t.text[0] == "$"))


def term(value: Value) -> str:
    """A Python value as a SPARQL term: text becomes a string literal, an IRI must be a ``NamedNode``."""
    match value:
        case NamedNode() | Literal():
            return str(value)
        case bool():
            return str(Literal("true" if value else "false", datatype=XSD.boolean))
        case int():
            return str(Literal(str(value), datatype=XSD.integer))
        case float():
            return str(Literal(repr(value), datatype=XSD.double))
        case datetime():
            return str(Literal(value.isoformat(), datatype=XSD.dateTime))
        case date():
            return str(Literal(value.isoformat(), datatype=XSD.date))
        case str():
            return str(Literal(value))
    raise ValueError(f"Unexpected value to bind: {value!r}")


def iri(value: str) -> NamedNode:
    """A user's text as an IRI.

    Raises:
        BadQuery: if it is none, naming it.
    """
    try:
        return NamedNode(value)
    except ValueError:
        raise BadQuery(f"{value!r} is not an IRI; one looks like urn:iibun:entity:Q2283.") from None


def refuse_outside(sparql: str) -> None:
    """Raise :class:`Refused` if the text would make a store reach beyond itself: ``SERVICE``, ``LOAD``, and what
    Virtuoso has beyond SPARQL (``DEFINE``, ``OPTION``, its functions ``bif:`` and ``sql:``).

    The text is looked at as written and with its ``\\uXXXX`` escapes undone, since SPARQL undoes them first.
    """
    for text in {sparql, unescape(sparql)}:
        if own := next((name for name in _names(text) if _OWN.search(name)), None):
            raise Refused(f"<{own}> is refused: functions of a server's own may fetch from elsewhere.")
        for token in tokens(text):
            if token.kind not in ("word", "name"):
                continue
            upper = token.text.upper()
            if upper.endswith("OPTION") and token.kind == "word":
                raise Refused("OPTION is refused: it is not SPARQL, and may have a server fetch from elsewhere.")
            if token.kind == "name" and _NAME.match(token.text):
                upper = upper.split(":", 1)[0]  # ex:SERVICE is a name; a prefix is looked at, see below
            # anywhere in the word: Oxigraph's parser reads "1SERVICE<…>", "SERVICESILENT" and "SERVICE:x" as keywords
            for word in _OUTSIDE:
                if word in upper:
                    raise Refused(
                        f"{word} is refused: this store does not fetch anything from elsewhere "
                        f"(if {token.text!r} is meant as a name, use another prefix)."
                    )


def _names(sparql: str) -> Iterator[str]:
    """The IRIs of a text as it writes them, and those that its prefixed names stand for."""
    declared: dict[str, set[str]] = {}
    before = ["", ""]
    for token in tokens(sparql):
        if token.kind in ("space", "comment"):
            continue
        if token.kind == "iri":
            yield token.text[1:-1]
            if before[0].upper() == "PREFIX":
                declared.setdefault(before[1], set()).add(token.text[1:-1])
        elif token.kind == "name":
            prefix, _, rest = token.text.partition(":")
            for start in declared.get(prefix + ":", {prefix + ":"}):
                yield start + rest.replace("\\", "")
        before = [before[1], token.text]


def datasets(sparql: str) -> list[str]:
    """IRIs in ``FROM``, ``FROM NAMED``, ``USING`` and ``USING NAMED`` that are written as ``<…>``."""
    found: list[str] = []
    for text in {sparql, unescape(sparql)}:
        previous = ["", ""]
        for token in tokens(text):
            if token.kind in ("space", "comment"):
                continue
            if token.kind == "iri" and (
                previous[1] in ("FROM", "USING") or (previous[1] == "NAMED" and previous[0] in ("FROM", "USING"))
            ):
                found.append(token.text[1:-1])
            previous = [previous[1], token.text.upper() if token.kind == "word" else ""]
    return list(dict.fromkeys(found))


def has_dataset(sparql: str) -> bool:
    """Whether a text has any ``FROM``, ``USING`` or ``WITH`` of its own."""
    return any(t.kind == "word" and t.text.upper() in ("FROM", "USING", "WITH") for t in tokens(unescape(sparql)))


def form(sparql: str) -> str:
    """``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``; ``""`` if none is found.

    >>> form("PREFIX select: <urn:x> # ASK\\nCONSTRUCT WHERE { ?s ?p ?o }")
    'CONSTRUCT'
    """
    for token in tokens(sparql):
        if token.kind == "word" and token.text.upper() in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
            return token.text.upper()
    return ""


def unescape(sparql: str) -> str:
    def character(m: re.Match[str]) -> str:
        code = int(m.group(1) or m.group(2), 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ESCAPE.sub(character, sparql)


def _list(names: list[str]) -> str:
    return ", ".join("$" + n for n in names) or "none"
