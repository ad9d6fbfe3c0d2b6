"""A document before it is read: its bytes, a name for messages, and what its envelope says of it.

Also what readers yield (:class:`Found`, :class:`Refused`) and the errors that they raise.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ingest.sources.metadata import NO_METADATA, Metadata
from kg import characters
from kg.characters import escaped
from kg.errors import IibunError

MAX_BYTES = 20_000_000  #: bytes of a file that holds one article
MAX_CHARACTERS = 1_000_000  #: characters of one article's text
MAX_UNPACKED = 1_000_000_000  #: bytes of all archives within one source together, unpacked


class ReadError(IibunError):
    """A source that cannot be read. The message is one line that names the source and the reason."""

    def __init__(self, message: str) -> None:
        """Args:
        message: one sentence; characters that are unsafe to show are escaped.
        """
        super().__init__(printable(message, 600))


class MissingSource(ReadError):
    """The file, folder or page does not exist."""


class EmptySource(ReadError):
    """The source has no text."""


class NotText(ReadError):
    """The source is of a kind without text that can be read."""


class WrongAddress(ReadError):
    """The address given for an article is not one that a page may link to."""


class NoJapanese(ReadError):
    """The source has text, but none in Japanese."""


class TooLarge(ReadError):
    """The source is larger than an article may be, or unpacks to more."""


class Malformed(ReadError):
    """The source is not of the format that its name or its first bytes say."""


class Truncated(ReadError):
    """The source ends too early; what is there was read."""


class PassedOver(ReadError):
    """Parts of a source that are not articles (pictures, redirects): counted and reported, but no failure."""


def printable(name: str, limit: int = 300) -> str:
    """A name that is safe to show in a message.

    Control characters and those that change the direction of writing are written as escapes.

    Args:
        name: any text.
        limit: characters beyond which the middle is left out.

    >>> printable("a\\u202egpj.txt")
    'a\\\\u202egpj.txt'
    """
    shown = escaped(name).replace("\n", "\\u000a").replace("\t", "\\u0009")
    return shown if len(shown) <= limit else f"{shown[: limit * 2 // 3]}…{shown[-limit // 4 :]}"


def one_line(text: str | None) -> str | None:
    """A title or name on one line without invisible characters, at most 500 characters; None if nothing is left."""
    kept = characters.one_line(
        characters.UNSEEN.sub(lambda m: "" if m[0] in characters.DIRECTIONS else " ", text or "")
    )
    return (kept if len(kept) <= 500 else f"{kept[:499]}…") or None


@dataclass(slots=True)
class Allowance:
    """How many bytes the archives within one source may still unpack to."""

    left: int = MAX_UNPACKED


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes to be read, from a file (``path``) or in memory (``content``).

    Attributes:
        name: what messages call it.
        path: the file that has the bytes.
        content: the bytes, if they are in memory.
        media_type: what an HTTP header, a mail part or a WARC record says of its type.
        charset: the same of its encoding.
        metadata: what the envelope says of the article.
        kind: forces a reader, a key of ``ingest.sources.KINDS``.
        depth: in how many other documents it is packed.
        allowance: shared by all documents of one source.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    media_type: str | None = None
    charset: str | None = None
    metadata: Metadata = NO_METADATA
    kind: str | None = None
    depth: int = 0
    allowance: Allowance = field(default_factory=Allowance, compare=False, repr=False)

    @property
    def shown(self) -> str:
        """The name as messages show it."""
        return printable(self.name)

    def open(self) -> BinaryIO:
        """Open a new stream over the bytes; the caller closes it."""
        if self.content is not None:
            return io.BytesIO(self.content)
        assert self.path is not None, "a document has a path or content"
        return self.path.open("rb")

    def head(self, size: int = 4096) -> bytes:
        """The first ``size`` bytes."""
        with self.open() as stream:
            return stream.read(size)

    def data(self, limit: int = MAX_BYTES) -> bytes:
        """All bytes.

        Args:
            limit: the most that is accepted, in bytes.

        Raises:
            TooLarge: if there are more.
            EmptySource: if there are none.
        """
        with self.open() as stream:
            found = stream.read(limit + 1)
        if len(found) > limit:
            raise TooLarge(f"{self.shown} is larger than {limit // 1_000_000} MB, the most for one article; split it.")
        if not found:
            raise EmptySource(f"{self.shown} is empty.")
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """A text that a reader found, before it is checked.

    Attributes:
        text: the text.
        name: what messages call it.
        metadata: what the source says of the article.
        media_type: of the source.
        original: the bytes that it was taken from.
    """

    text: str
    name: str
    metadata: Metadata = NO_METADATA
    media_type: str = "text/plain"
    original: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """One or more entries of a collection that cannot be read, while others can.

    Attributes:
        name: the entry, or the collection if there are several.
        error: why, in one sentence.
        count: how many entries it is about.
    """

    name: str
    error: ReadError
    count: int = 1


def passed_over(name: str, others: list[str]) -> Refused:
    """The refusal of files in a folder, archive or mail whose kind is not read.

    Args:
        name: of the folder, archive or mail.
        others: the names of the files; the message has the first five.
    """
    shown = ", ".join(printable(other, 60) for other in others[:5]) + (", …" if len(others) > 5 else "")
    error = PassedOver(f"{printable(name)} holds files of kinds that are not read ({len(others):,}): {shown}.")
    return Refused(name, error, len(others))


def cut_short(name: str) -> Refused:
    """The refusal of the missing end of a source that was read as far as it goes."""
    return Refused(name, Truncated(f"{printable(name)} ends before it is whole; what is there is read."))


#: What a reader yields: texts, documents inside the document (which go to their own reader), refused entries.
Yield = Iterator["Found | Document | Refused"]
