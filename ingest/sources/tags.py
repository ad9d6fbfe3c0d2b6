"""What is looked for in markup before a tree of it is built, in time that grows with its length and not faster.

The trees that readers build take a time that grows with the square of the attributes of one tag.
"""

from __future__ import annotations

import re
from typing import Any

from ingest.sources.document import TooLarge

MAX_DEPTH = 400  #: levels of nested elements; later steps could not handle many more
MAX_ATTRIBUTES = 1_000  #: attributes of one tag; a page has some tens
#: Without ``huge_tree`` the parser leaves out what is deeper than 255 levels, and says nothing.
HTML_OPTIONS: dict[str, Any] = {"recover": True, "huge_tree": True}
#: An XML tag that has more. A value has no ``<``, so that no stretch is searched twice.
_LADEN = re.compile(
    rb"""<[^\s<>/!?]++(?:\s++[^\s=<>"']++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+')){%d}""" % (MAX_ATTRIBUTES + 1)
)
#: Most bytes that are searched for the end of a document type declaration.
MAX_PROLOG = 1_000_000
#: What precedes the root element: spaces, comments, processing instructions, and a document type declaration with what it
#: declares. Something that does not end goes on to the end, so that nothing is searched twice.
_PROLOG = re.compile(
    rb"""(?:\s|<\?(?:.*?\?>|.*)|<!--(?:.*?-->|.*)
    |<!doctype(?:[^\[>"']|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))*+
      (?:\[(?:<!--(?:.*?-->|.*)|<\?(?:.*?\?>|.*)|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\]"'])*+(?:\]\s*+|\Z))?+(?:>|\Z))*+""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def prolog(data: bytes) -> bytes:
    """What precedes the root element of XML or HTML.

    >>> prolog(b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b ']>'>]> <a>")
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b ']>'>]> "
    """
    match = _PROLOG.match(data)
    return match[0] if match else b""


class _Limits:
    """Counts, as the target of a parser, what a tree would hold."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._depth = 0

    def start(self, tag: str, attributes: Any) -> None:
        """A start tag."""
        if len(attributes) > MAX_ATTRIBUTES:
            raise _laden(self._name)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooLarge(f"{self._name} nests its elements more than {MAX_DEPTH} deep; it is not read.")

    def end(self, tag: str) -> None:
        """An end tag, or where one is missing."""
        self._depth -= 1

    def close(self) -> None:
        """The end of the document."""


def check_html(page: str, name: str) -> None:
    """Parse HTML without building a tree, to refuse what a tree should not be built of.

    Args:
        page: the markup.
        name: what the message calls it.

    Raises:
        TooLarge: if elements are nested too deeply, or a tag has too many attributes.
    """
    from lxml import etree

    etree.HTML(page, etree.HTMLParser(target=_Limits(name), **HTML_OPTIONS))


def check_xml(data: bytes, name: str) -> None:
    """Refuse XML of which a tag has too many attributes.

    Args:
        data: the XML, in any encoding that keeps ASCII, or in UTF-16.
        name: what the message calls it.

    Raises:
        TooLarge: if there is such a tag.
    """
    if _LADEN.search(data.replace(b"\x00", b"")):
        raise _laden(name)


def _laden(name: str) -> TooLarge:
    return TooLarge(f"{name} has a tag with more than {MAX_ATTRIBUTES:,} attributes; it is not read.")
