"""Text from the store in Streamlit's Markdown: shown as it is."""

from __future__ import annotations

import re

from kg.characters import one_line

_MARKUP = str.maketrans({c: "\\" + c for c in "\\`*_{}[]()#+-.!|~<>$:&"})
# Streamlit looks for these once the escapes are gone, and makes links, pictures and arrows of them: addresses, mail
# addresses, :names:, ASCII arrows and signs. A word joiner, which nobody sees, is put where a match begins here.
_FOUND = re.compile(
    r"(?:(?<=http:)|(?<=https:))(?=//)|(?<=www)(?=\.)|(?=@)|(?<=:)(?=[+\w-]+:|material/)|(?<=[<>~-])(?=[=>-])",
    re.I | re.A,
)


def plain(text: str) -> str:
    """Text of an article, a name or a value, escaped so that Streamlit's Markdown shows it as it is, without any link.

    What cannot be seen, and direction controls, which can make a text read as another, become visible.

    >>> plain("*見よ* http://a.example")
    '\\\\*見よ\\\\* http\\\\:\u2060//a\\\\.example'
    """
    return _FOUND.sub("\u2060", one_line(text)).translate(_MARKUP)
