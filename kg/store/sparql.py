"""Work on SPARQL text at the level of tokens: bind parameters, refuse dangerous requests.

A regular expression over the whole text would also match inside literals, comments and IRIs; tokens keep these apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.errors import IibunError, UsageError
from kg.vocab import XSD

Value = str | int | float | bool | date | datetime | NamedNode | Literal | tuple[NamedNode, ...]

#: Characters of names beside letters, digits and _. SPARQL's PN_CHARS includes 、 and ・.
_MORE = (
    r"\u00b7\u0300-\u036f\u200c\u200d\u203f\u2040\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
    r"\U00010000-\U000effff"
)
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<comment>\#[^\n\r]*)
  | (?P<iri><[^<>"{{}}|^`\\\x00-\x20]*>)
  | (?P<string>\"\"\"(?:[^"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
              |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
  | (?P<variable>[?$][\w{_MORE}]+)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<name>[\w{_MORE}.\-]*:(?:[\w{_MORE}.\-:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])*)
  | (?P<word>\w[\w\-]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
SHORT = 20_000  #: characters up to which a text's tokens are cached
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_NAME = re.compile(r"^(?:[^\W\d_](?:[\w\-.]*[\w\-])?)?:(?:[\w:](?:[\w\-:.]*[\w\-:])?)?\.?$")
_OUTSIDE = ("SERVICE", "LOAD", "DEFINE")
#: Virtuoso's own functions, some of which fetch from the network, by their schemes and namespaces (also in relative IRIs).
_OWN = re.compile(r"^(?:bif|sql):|openlinksw\.com/schemas/(?:bif|sql)|(?:^|/)(?:bif|sql)#", re.IGNORECASE)


_LIKE_OWN = ("bif", "sql", "b>", "bi>", "s>", "sq>")
#: Greatest nesting depth of a text: brackets, and "!" in a row. Oxigraph's parser and planner are recursive and crash the
#: process when the stack overflows; with an 8 MB stack that takes about 600 levels of some functions.
DEEPEST = 100
_ODD_CASES = ("ı", "i\u0307", "ſ")  #: lower-case letters that a case-insensitive match takes for i or s


class Failed(IibunError):
    """An update is valid but cannot be done, such as CREATE of a graph that exists."""


class Refused(UsageError):
    """A query or update asks for something that a store never does, or exceeds a limit."""


class BadQuery(UsageError):
    """A query or update is not valid SPARQL, or does not fit its bindings."""


class NotAnIri(BadQuery):
    """A text is not an IRI, but one is needed."""


class Token(NamedTuple):
    """A token: its text and its kind, the name of a group in ``_TOKEN`` (space, iri, string, variable, word …)."""

    kind: str
    text: str


def tokens(sparql: str) -> Iterable[Token]:
    """All tokens of a query or update, with spaces and comments, so that their texts add up to the whole."""
    return _remembered(sparql) if len(sparql) <= SHORT else _tokens(sparql)


def _tokens(sparql: str) -> Iterator[Token]:
    for m in _TOKEN.finditer(sparql):
        yield Token(m.lastgroup or "other", m.group())


@lru_cache(maxsize=64)
def _remembered(sparql: str) -> tuple[Token, ...]:
    """The tokens, cached: one text is tokenized several times on its way to the store."""
    return tuple(_tokens(sparql))


def bind(sparql: str, bindings: Mapping[str, Value | None]) -> str:
    """The text with each ``$name`` replaced by its term; ``?name`` is an ordinary variable and stays.

    Raises:
        BadQuery: if a binding is given for which the text has no ``$name``.

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
    """The names that occur as ``$name`` in the text, in order of first use."""
    return list(dict.fromkeys(t.text[1:] for t in tokens(sparql) if t.kind == "variable" and t.text[0] == "$"))


def term(value: Value) -> str:
    """A Python value in SPARQL syntax; text becomes a string literal, an IRI must be a ``NamedNode``.

    Raises:
        ValueError: if the value is of another type.
    """
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
        case tuple():  # for VALUES
            return " ".join(map(str, value))
    raise ValueError(f"Unexpected value to bind: {value!r}")


def iri(value: str) -> NamedNode:
    """A user's text as an IRI.

    Raises:
        NotAnIri: if it is none.
    """
    try:
        return NamedNode(value)
    except ValueError:
        raise NotAnIri(f"{value!r} is not an IRI; one looks like urn:iibun:entity:Q2283.") from None


def refuse(sparql: str) -> None:
    """Raise :class:`Refused` if a text reaches beyond the store or is nested too deeply.

    Example:
        ``refuse("SELECT * { SERVICE <https://example.org/sparql> { ?s ?p ?o } }")``
    """
    refuse_outside(sparql)
    refuse_deep(sparql)


def refuse_deep(sparql: str) -> None:
    """Raise :class:`Refused` if a text nests more than :data:`DEEPEST` levels.

    >>> refuse_deep("SELECT * " + "{" * 50 + "}" * 50)
    """
    for text in {sparql, unescape(sparql)}:
        if sum(map(text.count, ("{", "(", "[", "<<", "!"))) <= DEEPEST:  # a cheap test that most texts pass
            continue
        depth = nots = 0
        before = ""
        for token in tokens(text):
            if token.kind in ("space", "comment"):
                continue
            if token.kind == "other":
                if token.text in "{([" or (token.text == before == "<"):
                    depth += 1
                elif token.text in "})]" or (token.text == before == ">"):
                    depth = max(0, depth - 1)
            nots = nots + 1 if token.text == "!" else 0
            if depth + nots > DEEPEST:
                raise Refused(f"A text that nests more than {DEEPEST} levels deep is refused; write it flatter.")
            before = token.text


def refuse_outside(sparql: str) -> None:
    """Raise :class:`Refused` if a text would make a server fetch from elsewhere.

    That is ``SERVICE``, ``LOAD``, and Virtuoso's extensions ``DEFINE``, ``OPTION`` and its functions ``bif:`` and ``sql:``.
    Both the text as written and the text with its ``\\uXXXX`` escapes replaced are checked, since SPARQL replaces them first.
    """
    for text in {sparql, unescape(sparql)}:
        if not _suspicious(text):
            continue
        if own := next((name for name in _names(text) if _OWN.search(name)), None):
            raise Refused(f"<{own}> is refused: functions of a server's own may fetch from elsewhere.")
        for token in tokens(text):
            if token.kind not in ("word", "name"):
                continue
            upper = token.text.upper()
            if upper.endswith("OPTION") and token.kind == "word":
                raise Refused("OPTION is refused: it is not SPARQL, and may have a server fetch from elsewhere.")
            if token.kind == "name" and _NAME.match(token.text):
                upper = upper.split(":", 1)[0]  # ex:SERVICE is a harmless name, but its prefix is checked below
            # search within the word: Oxigraph's parser reads "1SERVICE<…>", "SERVICESILENT" and "SERVICE:x" as keywords
            for word in _OUTSIDE:
                if word in upper:
                    raise Refused(
                        f"{word} is refused: this store does not fetch anything from elsewhere "
                        f"(if {token.text!r} is meant as a name, use another prefix)."
                    )


def _suspicious(text: str) -> bool:
    """A cheap test before the tokens are checked: any text that :func:`refuse_outside` refuses passes it.

    The name of a Virtuoso function may be split between a prefix's IRI and a local name (``<b>`` and ``x:if:…``). So an IRI that
    ends in the beginning of such a name counts, too.
    """
    upper, lower = text.upper(), text.lower()
    return (
        any(word in upper for word in _OUTSIDE)
        or "OPTION" in upper.replace("OPTIONAL", "")
        or any(part in lower for part in (*_LIKE_OWN, *_ODD_CASES))
    )


def _names(sparql: str) -> Iterator[str]:
    """The IRIs of a text, and those to which its prefixed names expand."""
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
    """The IRIs of ``FROM``, ``FROM NAMED``, ``USING`` and ``USING NAMED`` that are written as ``<…>``."""
    found: list[str] = []
    for text in {sparql, unescape(sparql)}:
        if "FROM" not in (upper := text.upper()) and "USING" not in upper:
            continue
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
    """Whether a text has a ``FROM``, ``USING`` or ``WITH``."""
    text = unescape(sparql)
    if not any(word in text.upper() for word in ("FROM", "USING", "WITH")):
        return False
    return any(t.kind == "word" and t.text.upper() in ("FROM", "USING", "WITH") for t in tokens(text))


def form(sparql: str) -> str:
    """The form of a query: ``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``; ``""`` if none is found.

    >>> form("PREFIX select: <urn:x> # ASK\\nCONSTRUCT WHERE { ?s ?p ?o }")
    'CONSTRUCT'
    """
    for token in tokens(sparql):
        if token.kind == "word" and token.text.upper() in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
            return token.text.upper()
    return ""


def unescape(sparql: str) -> str:
    """The text with its ``\\uXXXX`` and ``\\UXXXXXXXX`` escapes replaced by characters."""

    def character(m: re.Match[str]) -> str:
        code = int(m.group(1) or m.group(2), 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ESCAPE.sub(character, sparql)


def _list(names: list[str]) -> str:
    return ", ".join("$" + n for n in names) or "none"
