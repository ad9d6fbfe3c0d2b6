"""What a job of the server reads: a pasted text, an uploaded file, an address, or an article of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text that a reader pasted, with the metadata that they entered."""

    text: str
    title: str | None = None
    published: date | None = None
    publisher: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that a reader uploaded; the ending of its name decides how it is read."""

    name: str
    content: bytes
    published: date | None = None
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a web page or feed."""

    url: str
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """An article of the store to be read again: its date was corrected, or a language model is to read it too."""

    article: str


Given = Pasted | Uploaded | Address
Source = Given | Stored
