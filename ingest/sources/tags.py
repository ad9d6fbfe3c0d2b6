"""Limits on markup that hold before a tree of it is built, in time that grows with its length and not faster.

The trees that readers build take a time that grows with the square of the attributes of one tag.
"""

from __future__ import annotations

import re
from typing import Any

from ingest.sources.document import TooLarge

MAX_ATTRIBUTES = 1_000  #: attributes of one tag; a page has some tens
#: An XML tag that has more. A value has no ``<``, so that no stretch is searched twice.
_LADEN = re.compile(
    rb"""<[^\s<>/!?]++(?:\s++[^\s=<>"']++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+')){%d}""" % (MAX_ATTRIBUTES + 1)
)


class _Limits:
    """Counts, as the target of a parser, what a tree would hold."""

    def __init__(self, name: str) -> None:
        self._name = name

    def start(self, tag: str, attributes: Any) -> None:
        """A start tag."""
        if len(attributes) > MAX_ATTRIBUTES:
            raise _laden(self._name)

    def close(self) -> None:
        """The end of the document."""


def check_html(page: str, name: str) -> None:
    """Parse HTML without building a tree, to refuse what a tree should not be built of.

    Args:
        page: the markup.
        name: what the message calls it.

    Raises:
        TooLarge: if a tag has too many attributes.
    """
    from lxml import etree

    etree.HTML(page, etree.HTMLParser(target=_Limits(name), recover=True))


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
