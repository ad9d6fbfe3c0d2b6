"""A long article in pieces that fit a language model, cut at paragraphs; offsets are kept."""

from __future__ import annotations

import re

from ingest.sections import Section
from kg.model import Extent

_CUTS = (re.compile(r"\n+"), re.compile(r"[。！？][」』）]*"), re.compile(r"[、 　]"))  # the best first


def pieces(text: str, most: int) -> list[Section]:
    """The pieces of a text, each of at most ``most`` characters; together they are the text.

    A piece ends with a paragraph; if a paragraph is too long, with a sentence, else at a comma or a space, else anywhere.

    >>> [p.extent.of("一つ。\\n二つ。三つ。") for p in pieces("一つ。\\n二つ。三つ。", 7)]
    ['一つ。\\n', '二つ。三つ。']
    """
    found, start = [], 0
    while len(text) - start > most:
        end = start + most
        for pattern in _CUTS:
            ends = [m.end() for m in pattern.finditer(text, start, end) if m.end() > start]
            if ends:
                end = ends[-1]
                break
        found.append(Section(start, Extent(start, end)))
        start = end
    return [*found, Section(start, Extent(start, len(text)))]
