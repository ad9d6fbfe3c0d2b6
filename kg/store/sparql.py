"""SPARQL text at token level: bind parameters as terms, and see what a text would reach for.

Never a regular expression over the whole text: literals, comments and IRIs are tokens of their own.
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

#: What names hold beside letters, digits and _: PN_CHARS of SPARQL has 、 and ・, too.
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
_SHORT = 20_000  #: characters up to which the tokens of a text are remembered
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_NAME = re.compile(r"^(?:[^\W\d_](?:[\w\-.]*[\w\-])?)?:(?:[\w:](?:[\w\-:.]*[\w\-:])?)?\.?$")
_OUTSIDE = ("SERVICE", "LOAD", "DEFINE")
#: Functions of Virtuoso's own, some of which fetch; by its schemes and by its namespaces, relative ones included.
_OWN = re.compile(r"^(?:bif|sql):|openlinksw\.com/schemas/(?:bif|sql)|(?:^|/)(?:bif|sql)#", re.IGNORECASE)


_LIKE_OWN = ("bif", "sql", "b>", "bi>", "s>", "sq>")
#: Levels that a text may nest: brackets, and !!!!. Oxigraph's parser and planner take a step down the
#: stack for each, and end their process where it is used up: at 600 levels of some functions, on 8 MB.
DEEPEST = 100
#: Tokens up to which what is wrong with a text is looked for by parsing it, which takes long for longer ones.
_PARSED = 500
_ODD_CASES = ("ı", "i\u0307", "ſ")  #: letters that are an i or s where case is ignored, in lower case


class Failed(IibunError):
    """An update is valid, but what it asks for cannot be done: the graph is there already, or is not."""


class Refused(UsageError):
    """A query or update asks for something that this store never does."""


class BadQuery(UsageError):
    """A query or update that is not valid SPARQL, or lacks a binding."""


class NotAnIri(BadQuery):
    """A text given where an IRI is wanted."""


def not_valid(error: Exception, sparql: str, what: str = "query") -> BadQuery:
    """Oxigraph's syntax error as one short sentence, with the place in what the user wrote.

    Oxigraph tells how far its parser has read, which may be some letters beyond what it could not read (it tries
    keywords whole), and the last of what it tried there. So the text is read again with its words far apart, where the
    place tells which of them it is.

    Args:
        error: the ``SyntaxError``.
        sparql: the text that was sent, with the declarations that we put before it.
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
    """Why a query or update is no SPARQL, in our words; None if it is, to Oxigraph."""
    error = _parse(sparql, what)
    return not_valid(error, sparql, what) if error else None


def _parse(sparql: str, what: str) -> SyntaxError | None:
    """What Oxigraph says against a text; nothing is asked or changed. A long text is let be: to plan it may take for ever."""
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
        pass  # it can be read
    return None


def _odd(sparql: str) -> tuple[int, str] | None:
    """What our tokens show at once: a quotation mark without its fellow, a space that is none to SPARQL; where, and what."""
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
    """The offset that a message names."""
    m = re.match(r"(?:error )?at (\d+):(\d+)", str(error or ""))
    if not m:
        return None
    lines = sparql.split("\n")[: int(m.group(1)) - 1]
    return sum(len(x) + 1 for x in lines) + int(m.group(2)) - 1


def _meaning(text: str) -> str:
    """What the parser says about the meaning; nothing if it only lists what might stand there."""
    if "Prefix not found" in text:
        return "the prefix is not declared"
    listed = " ".join(text.split()).partition("expected ")[2].removeprefix("one of ")
    for part in re.split(r", (?=[\w\"\[<])", re.sub(r"\[[^\]]*\]|\"(?:[^\"\\\\]|\\\\.)*\"", "", listed)):
        if re.match(r"[A-Z]\w* \w+ ", part):
            said = part.rstrip("., ")
            return said[0].lower() + said[1:] if said[1:2].islower() else said
    return ""


def _unexpected(sparql: str, place: int, what: str) -> str:
    """What stands at a place where it cannot, or what is missing at the end."""
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
    """What is no space and no comment, with its place."""
    at = 0
    for token in tokens(sparql):
        if token.kind not in ("space", "comment"):
            yield at, token.text
        at += len(token.text)


def _apart(sparql: str) -> tuple[str, list[tuple[int, int]]]:
    """A text with its words far apart, and the place of each word there and here."""
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
        case tuple():  # for VALUES
            return " ".join(map(str, value))
    raise ValueError(f"Unexpected value to bind: {value!r}")


def iri(value: str) -> NamedNode:
    """A user's text as an IRI.

    Raises:
        NotAnIri: if it is none, naming it.
    """
    try:
        return NamedNode(value)
    except ValueError:
        raise NotAnIri(f"{value!r} is not an IRI; one looks like urn:iibun:entity:Q2283.") from None


def refuse(sparql: str) -> None:
    """Raise :class:`Refused` if a text is one that this store never evaluates, whoever sends it.

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
        if sum(map(text.count, ("{", "(", "[", "<<", "!"))) <= DEEPEST:  # most texts, without a look at their tokens
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
    """Raise :class:`Refused` if the text would make a store reach beyond itself: ``SERVICE``, ``LOAD``, and what
    Virtuoso has beyond SPARQL (``DEFINE``, ``OPTION``, its functions ``bif:`` and ``sql:``).

    The text is looked at as written and with its ``\\uXXXX`` escapes undone, since SPARQL undoes them first.
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
                upper = upper.split(":", 1)[0]  # ex:SERVICE is a name; a prefix is looked at, see below
            # anywhere in the word: Oxigraph's parser reads "1SERVICE<…>", "SERVICESILENT" and "SERVICE:x" as keywords
            for word in _OUTSIDE:
                if word in upper:
                    raise Refused(
                        f"{word} is refused: this store does not fetch anything from elsewhere "
                        f"(if {token.text!r} is meant as a name, use another prefix)."
                    )


def _suspicious(text: str) -> bool:
    """Whether it is worth looking at the tokens: what :func:`refuse_outside` refuses holds one of these letters in a row.

    A name of Virtuoso's own may begin in a prefix's IRI (``<b>`` and ``x:if:…``), so an IRI that ends like one counts.
    """
    upper, lower = text.upper(), text.lower()
    return (
        any(word in upper for word in _OUTSIDE)
        or "OPTION" in upper.replace("OPTIONAL", "")
        or any(part in lower for part in (*_LIKE_OWN, *_ODD_CASES))
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
    """Whether a text has any ``FROM``, ``USING`` or ``WITH`` of its own."""
    text = unescape(sparql)
    if not any(word in text.upper() for word in ("FROM", "USING", "WITH")):
        return False
    return any(t.kind == "word" and t.text.upper() in ("FROM", "USING", "WITH") for t in tokens(text))


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
