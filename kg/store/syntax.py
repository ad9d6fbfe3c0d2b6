"""Explain syntax errors of SPARQL texts: what is wrong, and at which line and column. Read :mod:`kg.store.sparql` first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyoxigraph import Store

from kg.store.sparql import SHORT, BadQuery, Refused, Token, refuse, tokens

#: Tokens up to which a text is parsed again to explain an error; planning a longer one may take too long.
_PARSED = 500
#: Longer than any keyword.
_SPACE = " " * 30
#: The declarations that we put before a user's text. Each ends in a tab, so that they can be distinguished from the user's own.
_HEAD = re.compile(r"(?:(?:PREFIX \w+:|BASE) <[^>]*>\t)*")


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
    if len(sparql) <= SHORT:
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
