"""RDF that comes from outside, read with care: what would end the process, or fill its memory, is refused first.

Oxigraph reads a triple in a triple, and a JSON object in an object, by calling itself: some thousand levels end the
whole process, which no ``except`` sees. So brackets are counted as the bytes pass to it, in bounded memory.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import IO, Any

import pyoxigraph as ox

from kg.store.base import StoreError

#: Levels of nesting that are read. Oxigraph 0.5.13 ends between 1,000 and 3,000 (contexts of JSON-LD), 3,000 and 10,000
#: (its objects), 10,000 and 50,000 (triples in triples); what we write has fewer than ten.
DEEPEST = 100
#: Bytes that are looked at, and handed on, at once.
_CHUNK = 1 << 16


class Unparsed(StoreError):
    """Data is not read, for it would end the process or fill its memory."""


def parse(source: bytes | IO[bytes], format: ox.RdfFormat, name: str, **options: Any) -> Iterator[ox.Quad]:
    """Read RDF that others wrote.

    Args:
        source: the bytes, or a stream of them.
        format: how it is written.
        name: what begins the sentence that tells why it is not read.
        options: those of ``pyoxigraph.parse``.

    Raises:
        Unparsed: if triples, or objects and lists of JSON-LD, are nested more than 100 levels deep, or entities of
            RDF/XML grow.
        SyntaxError: if it is not valid.

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
    return ox.parse(io.BufferedReader(_Watched(stream, look), _CHUNK), format=format, **options)


class _Watched(io.RawIOBase):
    """A stream whose bytes are looked at before anybody has them."""

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
    """What opens and closes a level, and where neither does: strings, IRIs, comments."""

    def __init__(self, opens: bytes, closes: bytes, whole: bytes, inside: dict[bytes, bytes]) -> None:
        self.brackets = re.compile(b"(%b)|%b" % (opens, closes))
        self.whole = re.compile(b"(?:%b)*+" % whole, re.DOTALL)
        #: What opens a text that is not whole in this chunk, the longest first: how far it goes, and what ends it.
        self.inside = {begins: re.compile(rest, re.DOTALL) for begins, rest in inside.items()}
        self.ends = {begins: b">" if begins == b"<" else b"" if begins == b"#" else begins for begins in inside}


#: Turtle and its kin. An IRI holds no space and a short string no end of line: where one would, Oxigraph stops.
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
    """How deep brackets are nested in what has passed."""

    def __init__(self, language: _Language, name: str, *, lines: bool) -> None:
        self._language, self._name = language, name
        self._lines = lines  # nothing goes on in the next line
        self._depth = 0
        self._inside = b""  # what began the text that goes on in the next chunk
        self._rest = b""  # a few bytes whose meaning the next ones tell

    def at(self, data: bytes) -> None:
        """Raises: Unparsed: if it is too deep."""
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


#: An entity that is more than a short name for a namespace: a few of them, each made of the one before, fill any memory.
_GROWING = re.compile(rb"""<!ENTITY[^"']{0,799}+(?:[^"']|"[^"&]{0,199}+(?!")|'[^'&]{0,199}+(?!'))""")
#: Bytes that tell whether one grows: more than a name and a value that may be.
_DECLARATION = 1024


class _Entities:
    """Whether RDF/XML declares entities that grow."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rest = b""

    def at(self, data: bytes) -> None:
        """Raises: Unparsed: if one does."""
        text = self._rest + data
        # the last bytes are looked at with the next ones, which tell whether a declaration ends
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
