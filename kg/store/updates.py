"""Analyse SPARQL updates: find the graphs that they write to, and replace the default graph by a named one.

The default graph of an update is :data:`kg.store.merge.OWN`, what was written to the default graph before. It is not the merge
of all graphs: otherwise ``DELETE WHERE { ?s ?p ?o }`` would have to delete from every graph. Read :mod:`kg.store.merge` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from kg.store.merge import OWN
from kg.store.sparql import BadQuery, Token, tokens

_OWN = f"<{OWN}>"
_VERBS = ("INSERT", "DELETE", "WITH", "CLEAR", "DROP", "ADD", "MOVE", "COPY", "CREATE", "LOAD")
_MANAGED = ("SILENT", "GRAPH", "DEFAULT", "NAMED", "ALL", "TO")
#: Beginnings of names that Oxigraph may read as keyword and name: it takes ``GRAPHx:g`` for ``GRAPH x:g``.
_GLUED = ("SILENT", "GRAPH", "TO")


class Writing(NamedTuple):
    """An update as it is sent to Oxigraph.

    Attributes:
        declared: the declarations at its beginning. They are kept apart because other operations may be put before the text,
            and Oxigraph accepts declarations before a ``DROP`` only at the beginning of a request.
        text: the operations, with the default graph replaced by :data:`~kg.store.merge.OWN`.
        graphs: IRIs of the graphs that it may change; None if it may change any.
    """

    declared: str
    text: str
    graphs: frozenset[str] | None


def writing(sparql: str) -> Writing:
    """The update with its default graph named, and the graphs that it may change.

    >>> writing("INSERT DATA { <urn:s> <urn:p> 1 }").graphs
    frozenset({'urn:iibun:graph:default'})
    >>> writing("DROP ALL").graphs is None
    True

    Raises:
        BadQuery: if an operation begins with an unknown word, or keywords are written together (Oxigraph accepts ``DROPALL``).
    """
    out: list[str] = []
    graphs: set[str] | None = set()
    prologue, declared = "", None
    for operation in _operations(sparql):
        reading = _Operation(operation, prologue)
        reading.declarations(kept=declared is not None)
        prologue = reading.prologue
        declared = prologue if declared is None else declared
        reading.read()
        out.append("" if reading.idle else reading.text)
        graphs = None if graphs is None or reading.graphs is None else graphs | reading.graphs
    while out and not out[-1]:  # no operation after the last semicolon
        out.pop()
    return Writing(declared or "", ";".join(out), None if graphs is None else frozenset(graphs))


def resolve(term: str, prologue: str) -> str | None:
    """The IRI that a SPARQL term denotes; None if it cannot be resolved.

    Args:
        term: ``<…>`` or a prefixed name.
        prologue: the ``PREFIX`` and ``BASE`` declarations before it.
    """
    try:
        found = next(iter(ox.parse(f"{prologue}<urn:x> <urn:x> {term} .", format=ox.RdfFormat.TURTLE))).object
    except (SyntaxError, ValueError, StopIteration):
        return None
    return found.value if isinstance(found, ox.NamedNode) else None


def _operations(sparql: str) -> Iterator[list[Token]]:
    """The tokens of each operation: the text split at semicolons outside braces."""
    depth = 0
    now: list[Token] = []
    for token in tokens(sparql):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if token.text == ";" and depth == 0:
            yield now
            now = []
        else:
            now.append(token)
    yield now


class _Operation:
    """Reads one operation from left to right, collects the graphs that it writes to, and puts the default graph's name into it."""

    def __init__(self, found: list[Token], prologue: str) -> None:
        self._tokens = found
        self._at = 0
        self._out: list[str] = []
        self.prologue = prologue
        self.graphs: set[str] | None = set()
        self.idle = False  # whether it has declarations at most, but no operation

    @property
    def text(self) -> str:
        return "".join(self._out)

    def read(self) -> None:
        """Read the operation itself."""
        verb, after = self._word(0), self._word(1)
        self.idle = not verb
        if verb and verb not in _VERBS:
            raise BadQuery(
                f"The update is not valid SPARQL: {verb[:60]!r} begins no operation; one begins with {', '.join(_VERBS)}."
            )
        if verb in ("INSERT", "DELETE") and after in ("DATA", "WHERE"):
            self._quads(Token("iri", _OWN), wrapped=True)
        elif verb in ("INSERT", "DELETE", "WITH"):
            self._modify(verb)
        elif verb in ("CLEAR", "DROP", "ADD", "MOVE", "COPY"):
            self._manage(verb)
        self._take(len(self._tokens))

    def declarations(self, *, kept: bool) -> None:
        """Read ``PREFIX``, ``BASE`` and ``VERSION`` into the prologue; with ``kept``, copy them to the text, too."""
        while (word := self._word(0)) in ("PREFIX", "BASE", "VERSION"):
            end = self._next()
            for _ in range(2 if word == "PREFIX" else 1):
                end = self._next(end + 1)
            self.prologue += "".join(t.text for t in self._tokens[self._next() : end + 1]) + "\n"
            if kept:
                self._take(end + 1)
            self._at = end + 1

    # moving on

    def _next(self, start: int | None = None) -> int:
        """The index of the next token that is neither space nor comment; the end if there is none."""
        at = self._at if start is None else start
        while at < len(self._tokens) and self._tokens[at].kind in ("space", "comment"):
            at += 1
        return at

    def _word(self, ahead: int) -> str:
        """The next token in upper case, or the one ``ahead`` of it; "" at the end."""
        at = self._next()
        for _ in range(ahead):
            at = self._next(at + 1)
        return self._tokens[at].text.upper() if at < len(self._tokens) else ""

    def _take(self, to: int) -> None:
        """Copy the tokens up to the index ``to`` into the text."""
        self._out += [t.text for t in self._tokens[self._at : to]]
        self._at = max(self._at, to)

    def _writes(self, term: Token | None) -> None:
        """Add the graph that a term names to those that the operation writes to; any graph if it cannot be resolved."""
        known = term is not None and (term.kind == "iri" or (term.kind == "name" and not _glued(term)))
        found = resolve(term.text, self.prologue) if term is not None and known else None
        if found is None or self.graphs is None:
            self.graphs = None
        else:
            self.graphs.add(found)

    # the kinds of operations

    def _quads(self, default: Token, *, wrapped: bool = False) -> None:
        """Read a block of quads and collect its graphs.

        Args:
            default: the graph of triples outside any ``GRAPH``.
            wrapped: put ``GRAPH default { … }`` around such triples in the text.
        """
        start = next((i for i in range(self._at, len(self._tokens)) if self._tokens[i].text == "{"), len(self._tokens))
        self._take(start + 1)
        inside = False
        while (at := self._next()) < len(self._tokens):
            token = self._tokens[at]
            named = token.text.upper() == "GRAPH" and token.kind == "word"
            if inside and (named or token.text == "}"):
                self._out.append(" } ")
                inside = False
            if token.text == "}":
                self._take(at + 1)
                return
            if named:
                name = self._next(at + 1)
                self._writes(self._tokens[name] if name < len(self._tokens) else None)
                self._take(self._closing(name))
                continue
            if token.kind == "name" and _glued(token):
                self.graphs = None
            if not inside and token.text != ".":
                self._writes(default)
                inside = wrapped
                self._out.append(f" GRAPH {default.text} {{ " if wrapped else "")
            self._take(self._closing(at) if token.text == "{" else at + 1)  # "{" here is an annotation: {| … |}

    def _closing(self, start: int) -> int:
        """The index after the block that begins at or after ``start``."""
        depth = 0
        for i in range(start, len(self._tokens)):
            depth += {"{": 1, "}": -1}.get(self._tokens[i].text, 0)
            if self._tokens[i].text == "}" and depth == 0:
                return i + 1
        return len(self._tokens)

    def _modify(self, verb: str) -> None:
        graph = Token("iri", _OWN)
        self._take(self._next())
        if verb == "WITH":
            at = self._next(self._at + 1)
            graph = self._tokens[at] if at < len(self._tokens) else Token("other", "")
            self._take(at + 1)
        else:
            self._out.append(f"WITH {_OWN} ")
        while self._word(0) in ("DELETE", "INSERT") and self._word(1) == "{":
            self._quads(graph)

    def _manage(self, verb: str) -> None:
        self._take(self._next() + 1)
        first = True
        silent = False
        while (at := self._next()) < len(self._tokens):
            token, word = self._tokens[at], self._tokens[at].text.upper()
            if token.kind == "word" and word not in _MANAGED:
                raise BadQuery(f"The update is not valid SPARQL: {word[:60]!r} does not belong into a {verb}.")
            self._take(at)
            if word == "SILENT":
                silent = True
            elif word == "ALL":
                self.graphs = None
            elif word == "NAMED":  # all named graphs except OWN, which is the default graph
                self._out = [f"DELETE {{ GRAPH ?g {{ ?s ?p ?o }} }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(?g != {_OWN}) }}"]  # fmt: skip
                self.graphs = None
                self._at = len(self._tokens)
                return
            elif word == "DEFAULT" and token.kind == "word":
                if verb in ("CLEAR", "DROP"):
                    self._out.append("" if silent else "SILENT ")
                elif first:  # the default graph always exists, so OWN must exist as a source
                    self._out.insert(0, f"CREATE SILENT GRAPH {_OWN} ;\n")
                self._writes(Token("iri", _OWN))
                self._out.append(f"GRAPH {_OWN}")
                self._at = at + 1
                first = False
                continue
            elif token.kind in ("iri", "name"):
                self._writes(token)
                first = False
            self._take(at + 1)


def _glued(name: Token) -> bool:
    return name.text.upper().startswith(_GLUED)


def join(operations: Iterable[str]) -> str:
    """One request of several operations, without the empty ones."""
    return "\n;\n".join(o for o in operations if o.strip())  # ";" on its own line: an operation may end with a comment
