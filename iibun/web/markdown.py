"""Text from the store in Streamlit's Markdown: shown as it is."""

from __future__ import annotations

import re

from kg.characters import one_line

_MARKUP = str.maketrans({c: "\\" + c for c in "\\`*_{}[]()#+-.!|~<>$:&"})
# Streamlit replaces these after Markdown's escapes are resolved: URLs and mail addresses become links, :names: icons, and
# ASCII arrows symbols. An invisible word joiner at each match of this pattern prevents it.
_FOUND = re.compile(
    r"(?:(?<=http:)|(?<=https:))(?=//)|(?<=www)(?=\.)|(?=@)|(?<=:)(?=[+\w-]+:|material/)|(?<=[<>~-])(?=[=>-])",
    re.I | re.A,
)


def plain(text: str) -> str:
    """A text escaped so that Streamlit's Markdown shows it unchanged, without links.

    Use it for everything from an article or the store. Invisible characters and direction controls, which can reorder what
    a reader sees, become visible.

    >>> plain("*見よ* http://a.example")
    '\\\\*見よ\\\\* http\\\\:\u2060//a\\\\.example'
    """
    return _FOUND.sub("\u2060", one_line(text)).translate(_MARKUP)
