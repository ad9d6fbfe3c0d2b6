"""Parse RDF from outside, and refuse input that would crash the process, fill its memory, or be dropped in silence.

Oxigraph's parsers are recursive: some thousand levels of nested triples or JSON objects overflow the stack, which ends the whole
process and cannot be caught. So brackets are counted while the bytes pass to the parser, in bounded memory.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import IO, Any

import pyoxigraph as ox

from kg.store.base import StoreError

#: Greatest nesting depth that is read. Oxigraph 0.5.13 overflows above 1,000 levels; our own output has fewer than ten.
DEEPEST = 100
#: Stands in for the base that JSON-LD lacks. Without one, Oxigraph drops every statement with a relative IRI and says nothing.
_NO_BASE = "iibun-relative:"
#: Bytes that are checked and passed on at once.
_CHUNK = 1 << 16


class Unparsed(StoreError):
    """Data that is not parsed because it would crash the process or fill its memory."""


def parse(
    source: bytes | IO[bytes],
    format: ox.RdfFormat,
    name: str,
    *,
    base_iri: str | None = None,
    rename_blank_nodes: bool = False,
) -> Iterator[ox.Quad]:
    """Parse RDF that others wrote; yield its quads.

    Args:
        source: the bytes, or a binary stream.
        format: the RDF format.
        name: the subject of the error message ("The file", "The body").
        base_iri: the IRI against which relative IRIs are resolved.
        rename_blank_nodes: give blank nodes new names, so that they cannot coincide with others.

    Raises:
        Unparsed: while iterating, if triples or JSON-LD objects and lists are nested more than :data:`DEEPEST` levels deep, a
            value is longer than Oxigraph reads, or RDF/XML declares entities that could expand without end.
        SyntaxError: while iterating, if the data is not valid, or if an IRI is relative and there is no base.

    Example:
        >>> len(list(parse(b'<urn:a> <urn:b> "<<<<" .', ox.RdfFormat.N_TRIPLES, "The file")))
        1
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    look: _Nesting | _Entities
    if format == ox.RdfFormat.RDF_XML:
        look = _Entities(name)
    else:
        language = _JSON if format == ox.RdfFormat.JSON_LD else _TURTLE
        look = _Nesting(language, name, lines=format in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS))
    watched = io.BufferedReader(_Watched(stream, look), _CHUNK)
    alone = format == ox.RdfFormat.JSON_LD and base_iri is None
    base = _NO_BASE + "/" if alone else base_iri
    try:
        for quad in ox.parse(watched, format=format, base_iri=base, rename_blank_nodes=rename_blank_nodes):
            if alone:
                _refuse_relative(quad)
            yield quad
    except MemoryError:  # Oxigraph reads a value or a comment as a whole, up to 16 MiB
        raise Unparsed(f"{name} holds a value or a comment above 16 MB; it is not read.") from None


def _refuse_relative(quad: ox.Quad) -> None:
    for term in (*quad.triple, quad.graph_name):
        named = term.datatype if isinstance(term, ox.Literal) else term
        if isinstance(named, ox.NamedNode) and named.value.startswith(_NO_BASE):
            relative = named.value.removeprefix(_NO_BASE).removeprefix("/")
            raise SyntaxError(f"the IRI {relative!r} is relative, and the file gives no @base")


class _Watched(io.RawIOBase):
    """A stream whose bytes are checked before a reader gets them."""

    def __init__(self, stream: IO[bytes], look: _Nesting | _Entities) -> None:
        self._stream, self._look = stream, look

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._look.at(data)
        buffer[: len(data)] = data
        return len(data)


class _Language:
    """What opens and closes a level in a syntax, and where brackets do not count: strings, IRIs, comments."""

    def __init__(self, opens: bytes, closes: bytes, whole: bytes, inside: dict[bytes, bytes]) -> None:
        self.brackets = re.compile(b"(%b)|%b" % (opens, closes))
        self.whole = re.compile(b"(?:%b)*+" % whole, re.DOTALL)
        #: For a string, IRI or comment that continues in the next chunk: opening mark (longest first) → pattern of its content.
        self.inside = {begins: re.compile(rest, re.DOTALL) for begins, rest in inside.items()}
        self.ends = {begins: b">" if begins == b"<" else b"" if begins == b"#" else begins for begins in inside}


#: Turtle and its relatives. IRIs contain no spaces and short strings no line ends; Oxigraph rejects such a text anyway.
_TURTLE = _Language(
    rb"<<", rb">>",
    rb"""[^<>"'#\\]++|<[^<>\s]*+>|"(?:[^"\\\r\n]++|\\.)++"|'(?:[^'\\\r\n]++|\\.)++'|""(?=[^"])|''(?=[^'])|\\.|>(?=[^>])""",
    {
        b'"""': rb'(?:[^"\\]++|\\.|"{1,2}(?=[^"]))*+', b"'''": rb"(?:[^'\\]++|\\.|'{1,2}(?=[^']))*+",
        b'"': rb'(?:[^"\\\r\n]++|\\.)*+', b"'": rb"(?:[^'\\\r\n]++|\\.)*+",
        b"<": rb"[^<>\s]*+", b"#": rb"[^\r\n]*+",
    },
)  # fmt: skip
_JSON = _Language(
    rb"[\[{]", rb"[\]}]", rb"""[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+\"""", {b'"': rb'(?:[^"\\]++|\\.)*+'}
)  # fmt: skip


class _Nesting:
    """Counts how deep brackets are nested in the bytes that have passed."""

    def __init__(self, language: _Language, name: str, *, lines: bool) -> None:
        self._language, self._name = language, name
        self._lines = lines  # the format has one statement per line, so each line starts afresh
        self._depth = 0
        self._inside = b""  # opening mark of a string, IRI or comment that continues in the next chunk
        self._rest = b""  # the last few bytes, which can only be understood with the next ones

    def at(self, data: bytes) -> None:
        """Count the brackets of the next bytes (b"" at the end).

        Raises:
            Unparsed: if they are nested too deeply.
        """
        language, text, at = self._language, self._rest + data, 0
        if self._lines and b"<<" not in text and (end := text.rfind(b"\n")) >= 0:
            text, self._inside, self._depth = text[end:], b"", 0
        while True:
            if self._inside:
                at = language.inside[self._inside].match(text, at).end()  # type: ignore[union-attr]
                if len(text) - at < 3 and data:
                    break
                ends = language.ends[self._inside]
                at += len(ends) if text.startswith(ends, at) else 0
                self._inside = b""
            at = language.whole.match(text, at).end()  # type: ignore[union-attr]
            if (len(text) - at < 3 and data) or at == len(text):
                break
            if bracket := language.brackets.match(text, at):
                self._depth = self._depth + 1 if bracket[1] else max(0, self._depth - 1)
                if self._depth > DEEPEST:
                    raise Unparsed(f"{self._name} is nested more than {DEEPEST} levels deep; it is not read.")
                at = bracket.end()
            elif begins := next((b for b in language.inside if text.startswith(b, at)), b""):
                self._inside, at = begins, at + len(begins)
            else:
                at += 1
        self._rest = text[at:]


#: An entity declaration that is more than a short name for a namespace. Entities made of each other can expand without end.
_GROWING = re.compile(rb"""<!ENTITY[^"']{0,799}+(?:[^"']|"[^"&]{0,199}+(?!")|'[^'&]{0,199}+(?!'))""")
#: Bytes needed to decide whether an entity is harmless: more than the longest name and value that are allowed.
_DECLARATION = 1024


class _Entities:
    """Looks for entities of RDF/XML that could expand without end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rest = b""

    def at(self, data: bytes) -> None:
        """Check the next bytes (b"" at the end).

        Raises:
            Unparsed: if they declare such an entity.
        """
        text = self._rest + data
        # keep the last bytes for the next call: a declaration may continue there
        end = len(text) - _DECLARATION if data else len(text)
        for begins in re.finditer(b"<!ENTITY", text):
            if begins.start() >= end:
                break
            if _GROWING.match(text, begins.start()):
                raise Unparsed(
                    f"{self._name} is RDF/XML whose entities are long, or made of other entities; it is not read: it "
                    "could grow without end."
                )
        self._rest = text[max(0, end) :]
