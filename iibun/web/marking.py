"""Where a text matches a search: the offsets to mark, an excerpt around the first, and both as HTML.

>>> from iibun.web.search import words
>>> spans("サティア・ナデラ氏", words("nadera")), html("電力が足りない", words("電力"))
([(5, 8)], '<mark class="ib-hit">電力</mark>が足りない')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

from iibun.web import address
from iibun.web.cards import esc, unmarked
from iibun.web.pronunciation import parts
from iibun.web.search import Word, fits
from iibun.web.spelling import Place, places, sound_places

#: A half-open range of characters.
Span = tuple[int, int]


def spans(text: str, asked: Iterable[Word], *, name: bool = False) -> list[Span]:
    """The ranges of a text that match the words of a search, in order and apart.

    Args:
        text: as it is shown.
        asked: the words, as :class:`iibun.web.search.Results` gives them.
        name: whether the text is a name, whose reading may match, too.
    """
    found: list[Span] = []
    if asked := list(asked):
        folded = places(text)
        heard = sound_places(folded)
        for word in asked:
            hits = [*_written(folded, word)] or [*_heard(heard, text, word, name)]
            found += hits or (_read(text, word) if name else [])
    apart: list[Span] = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _written(folded: list[Place], word: Word) -> Iterator[Span]:
    yield from _all(folded, word.folded)
    for form in (*word.others, *word.near):
        yield from _all(folded, form, alone=form in word.others)


def _heard(heard: list[Place], text: str, word: Word, name: bool) -> Iterator[Span]:
    """As the search does: in sentences, sounds count only in katakana."""
    for form in (*word.sounds, *word.near_sounds):
        for start, end in _all(heard, form):
            if name or not any("ぁ" <= c <= "ゖ" for c in text[start:end]):
                yield start, end


def _read(name: str, word: Word) -> list[Span]:
    """The parts of a name whose reading matches."""
    at, read = 0, list[Place]()
    for surface, kana in parts(name):
        read += ((c, at, at + len(surface)) for c, _, _ in places(kana))
        at += len(surface)
    heard = sound_places(read)
    return [
        *_all(read, word.folded), *(s for form in (*word.sounds, *word.near_sounds) for s in _all(heard, form)),
    ]  # fmt: skip


def _all(form: list[Place], wanted: str, *, alone: bool = False) -> Iterator[Span]:
    """The ranges of the original in which a word stands in a form of it."""
    text = "".join(c for c, _, _ in form)
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        before, after = ord(text[at - 1]) if at else 0, ord(text[end]) if end < len(text) else 0
        if fits(wanted, before, after, alone=alone):
            yield form[at][1], form[end - 1][2]
        at = text.find(wanted, at + 1)


def excerpt(text: str, marked: list[Span], most: int) -> tuple[str, list[Span]]:
    """At most so many characters of a text, with an ellipsis where it is cut, and the ranges in what is left.

    The first range is within, so that a reader sees why the text was found.

    >>> excerpt("あ" * 30 + "電力", [(30, 32)], 10)
    ('…あああああああ電力', [(8, 10)])
    """
    if len(text) <= most:
        return text, marked
    first, last = marked[0] if marked else (0, 0)
    start, room = 0, most - 2  # between two ellipses
    if last > most - 1:
        start = max(first - room // 3, last - room) if last - first <= room else first
        start = min(start, len(text) - most + 1)
    head = "…" if start else ""
    end = start + most - len(head)
    end = len(text) if end >= len(text) else end - 1
    shift = len(head) - start
    cut = [(max(a, start) + shift, min(b, end) + shift) for a, b in marked if a < end and b > start]
    return head + text[start:end] + ("…" if end < len(text) else ""), cut


def html(text: str, asked: Iterable[Word], *, name: bool = False, most: int = 0) -> str:
    """A text as HTML with its matches in ``<mark>``; cut to at most so many characters (0: not cut)."""
    marked = spans(text, asked, name=name)
    if most:
        text, marked = excerpt(text, marked, most)
    return "".join(
        f'<mark class="ib-hit">{esc(piece)}</mark>' if hit else esc(piece) for piece, hit in _pieces(text, marked)
    )


def marker(data: Any) -> Callable[..., str]:
    """A function that gives a text as HTML, with the matches of the search in the address (``q``) if there is one.

    Its argument ``name`` says whether the text is a name, as for :func:`spans`.

    Args:
        data: the tables that are searched.
    """
    query = address.one("q").strip()
    return partial(html, asked=data.search(query).words) if query else unmarked


def _pieces(text: str, marked: list[Span]) -> Iterator[tuple[str, bool]]:
    """A text in pieces, each with whether it is marked."""
    edges = sorted({0, len(text), *(at for span in marked for at in span)})
    starts = {start for start, _ in marked}
    yield from ((text[a:b], a in starts) for a, b in pairwise(edges))
