"""Work on SPARQL text at the level of tokens: bind parameters, refuse dangerous requests, explain syntax errors.

A regular expression over the whole text would also match inside literals, comments and IRIs; tokens keep these apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, Store

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
_SHORT = 20_000  #: characters up to which a text's tokens are cached
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_NAME = re.compile(r"^(?:[^\W\d_](?:[\w\-.]*[\w\-])?)?:(?:[\w:](?:[\w\-:.]*[\w\-:])?)?\.?$")
_OUTSIDE = ("SERVICE", "LOAD", "DEFINE")
#: Virtuoso's own functions, some of which fetch from the network, by their schemes and namespaces (also in relative IRIs).
_OWN = re.compile(r"^(?:bif|sql):|openlinksw\.com/schemas/(?:bif|sql)|(?:^|/)(?:bif|sql)#", re.IGNORECASE)


_LIKE_OWN = ("bif", "sql", "b>", "bi>", "s>", "sq>")
#: Greatest nesting depth of a text: brackets, and "!" in a row. Oxigraph's parser and planner are recursive and crash the
#: process when the stack overflows; with an 8 MB stack that takes about 600 levels of some functions.
DEEPEST = 100
#: Tokens up to which a text is parsed again to explain an error; planning a longer one may take too long.
_PARSED = 500
_ODD_CASES = ("ı", "i\u0307", "ſ")  #: lower-case letters that a case-insensitive match takes for i or s


class Failed(IibunError):
    """An update is valid but cannot be done, such as CREATE of a graph that exists."""


class Refused(UsageError):
    """A query or update asks for something that a store never does, or exceeds a limit."""


class BadQuery(UsageError):
    """A query or update is not valid SPARQL, or does not fit its bindings."""


class NotAnIri(BadQuery):
    """A text is not an IRI, but one is needed."""


def not_valid(error: Exception, sparql: str, what: str = "query") -> BadQuery:
    """An error that says in one sentence what is wrong with a text and at which line and column.

    Oxigraph's message gives the place up to which its parser has read. This may be some letters after the wrong word, since the
    parser tries whole keywords. So the text is parsed again with wide gaps between its words: then the place tells which
    word is meant.

    Args:
        error: Oxigraph's ``SyntaxError``.
        sparql: the text that was sent, including the declarations that we put before the user's text.
        what: ``query`` or ``update``.
    """
    head = _HEAD.match(sparql).end()  # type: ignore[union-attr]
    said = _meaning(str(error))
    place: int | None = None
    if len(sparql) <= _SHORT:
        if wrong := _odd(sparql):
            place, said = wrong
        else:
            apart, starts = _apart(sparql)
            again = _parse(apart, what)
            if (found := _place(again, apart)) is not None:
                place = [at for far, at in starts if far <= found][-1]
                said = _meaning(str(again)) or said
    if place is None and (place := _place(error, sparql)) is None:
        return BadQuery(f"The {what} is not valid SPARQL: {said or 'it cannot be read'}.")
    place = max(place, head)
    line = sparql.count("\n", 0, place) + 1
    column = place - max(sparql.rfind("\n", 0, place) + 1, head if line == 1 else 0) + 1
    return BadQuery(
        f"The {what} is not valid SPARQL at line {line}, column {column}: {said or _unexpected(sparql, place, what)}."
    )


def explained(sparql: str, what: str = "query") -> BadQuery | None:
    """The error for a query or update that Oxigraph cannot parse; None if it can, or if the text is too long to try."""
    error = _parse(sparql, what)
    return not_valid(error, sparql, what) if error else None


def _parse(sparql: str, what: str) -> SyntaxError | None:
    """Oxigraph's syntax error for a text, tried on an empty store; None for a valid text, and for a long one."""
    if sum(1 for _ in _offsets(sparql)) > _PARSED:
        return None
    try:
        refuse(sparql)
        if what == "query":
            Store().query(sparql)
        else:
            Store().update(sparql)
    except SyntaxError as error:
        return error
    except (ValueError, RuntimeError, OSError, Refused):
        pass  # the syntax is valid
    return None


def _odd(sparql: str) -> tuple[int, str] | None:
    """Offset and description of an error that the tokens show: an unclosed quotation mark, or a space unknown to SPARQL."""
    at = 0
    for token in tokens(sparql):
        if token.kind == "other" and token.text in "\"'":
            return at, "the text that begins here has no end"
        if token.kind == "space" and (found := re.search(r"[^ \t\r\n]", token.text)):
            return (
                at + found.start(),
                f"this space (U+{ord(found.group()):04X}) is none to SPARQL; write an ordinary one",
            )
        at += len(token.text)
    return None


def _place(error: SyntaxError | Exception | None, sparql: str) -> int | None:
    """The offset that Oxigraph's message gives as line and column; None if it gives none."""
    m = re.match(r"(?:error )?at (\d+):(\d+)", str(error or ""))
    if not m:
        return None
    lines = sparql.split("\n")[: int(m.group(1)) - 1]
    return sum(len(x) + 1 for x in lines) + int(m.group(2)) - 1


def _meaning(text: str) -> str:
    """The explanation in a parser's message; "" if it only lists the tokens it expected."""
    if "Prefix not found" in text:
        return "the prefix is not declared"
    listed = " ".join(text.split()).partition("expected ")[2].removeprefix("one of ")
    for part in re.split(r", (?=[\w\"\[<])", re.sub(r"\[[^\]]*\]|\"(?:[^\"\\\\]|\\\\.)*\"", "", listed)):
        if re.match(r"[A-Z]\w* \w+ ", part):
            said = part.rstrip("., ")
            return said[0].lower() + said[1:] if said[1:2].islower() else said
    return ""


def _unexpected(sparql: str, place: int, what: str) -> str:
    """A description of the unexpected token at ``place``, or of what is missing at the end."""
    found = next((t for at, t in _offsets(sparql) if at >= place), "")
    if re.fullmatch(r"[^\W\d_][\w.\-]*:.*", found) and found.split(":")[0] + ":" not in sparql[:place].split():
        return "the prefix is not declared"
    if found:
        return f"{found if len(found) <= 30 else found[:30] + '…'} cannot stand here"
    depth = {"{": 0, "(": 0, "[": 0}
    for _, t in _offsets(sparql):
        if t in depth:
            depth[t] += 1
        elif t in ("}", ")", "]"):
            depth[{"}": "{", ")": "(", "]": "["}[t]] -= 1
    if missing := next((close for open_, close in (("(", ")"), ("[", "]"), ("{", "}")) if depth[open_] > 0), ""):
        return f"the {what} ends here, and a {missing} is missing"
    return f"the {what} ends here, but is not complete"


def _offsets(sparql: str) -> Iterator[tuple[int, str]]:
    """Offset and text of each token that is neither space nor comment."""
    at = 0
    for token in tokens(sparql):
        if token.kind not in ("space", "comment"):
            yield at, token.text
        at += len(token.text)


def _apart(sparql: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with wide gaps between its words, and for each word its offset there and in the original."""
    out: list[str] = []
    starts: list[tuple[int, int]] = []
    far = at = 0
    before = Token("space", " ")
    for token in tokens(sparql):
        near = before.kind not in ("space", "comment")
        if token.kind not in ("space", "comment"):
            loose = ("{", "}", ")", ";", ",")
            if near and (token.text in loose or before.text in (*loose, "(")) and "|" not in (token.text, before.text):
                near = False
            if not near:
                out.append(_SPACE)
                far += len(_SPACE)
                starts.append((far, at))
            out.append(token.text)
            far += len(token.text)
        at += len(token.text)
        before = token
    starts.append((far + len(_SPACE), at))
    return "".join(out) + _SPACE * 2, starts


#: Longer than any keyword.
_SPACE = " " * 30

#: The declarations that we put before a user's text. Each ends in a tab, so that they can be distinguished from the user's own.
_HEAD = re.compile(r"(?:(?:PREFIX \w+:|BASE) <[^>]*>\t)*")


class Token(NamedTuple):
    """A token: its text and its kind, the name of a group in ``_TOKEN`` (space, iri, string, variable, word …)."""

    kind: str
    text: str


def tokens(sparql: str) -> Iterable[Token]:
    """All tokens of a query or update, with spaces and comments, so that their texts add up to the whole."""
    return _remembered(sparql) if len(sparql) <= _SHORT else _tokens(sparql)


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
