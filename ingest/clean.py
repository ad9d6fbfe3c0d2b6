"""Cleaning: the text that is analysed, without boilerplate, and its sentences.

The cleaned text has exactly the length of the source text, so that an offset into one is an offset into the other.
Boilerplate is replaced by spaces, full-width letters and digits become ASCII, ，and ．between words become 、and 。.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from ingest import quotations
from ingest.quotations import Quotation
from kg import lexicon
from kg.model import Extent

_WIDTH = {c: c - 0xFEE0 for c in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))} | {
    ord("％"): "%", ord("＄"): "$", ord("＆"): "&", ord("＋"): "+", ord("＃"): "#", ord("＠"): "@", ord("／"): "/",
    0x00A0: " ", 0x2003: " ", 0x2002: " ", 0x2009: " ", 0x202F: " ", 0xFEFF: " ", 0x200B: " ", ord("\t"): " ",
    ord("\r"): " ", 0x0B: " ", 0x0C: " ", 0x85: " ", 0x2028: "\n", 0x2029: "\n",
}  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which tokenizers reject
_COMMA = re.compile(r"(?<![0-9])，|，(?![0-9])")
_PERIOD = re.compile(r"(?<![0-9A-Za-z])．|．(?![0-9A-Za-z])")
_END = "。！？!?"
_CUTS = re.compile(f"[\n{_END}]")
_JA = r"[぀-ヿ㐀-鿿豈-﫿々〆ー」』）】、。]"
# The mark or number that begins a heading.
_HEADING_MARK = re.compile(
    r"\s*(?:(?:[IVX]{1,5}|[ivx]{1,4}|\d{1,2}|[①-⑳]|[A-H])[.．)）][ 　]|[■□◆◇●○▼▽▲★☆#]+[ 　]?|第[一二三四五六七八九十\d]{1,3}[章部節][ 　])"
)
_GAP = re.compile(rf"(?<={_JA})[ 　]+(?=[぀-ヿ㐀-鿿「『A-Z])")
_LABEL = re.compile(r"\s*[-‐‑–—・*•●○▪][ 　][^。、「」\n:：]{1,16}[:：][ 　]?")
_BULLET = re.compile(r"\s*[-‐–—*•●○▪・][ 　]+")
LONGEST = 2000  #: most characters of a sentence; GiNZA's parser takes time by the square of the length
_RULE = re.compile(r"[-=*＊―─━・…\s]{3,}")


@dataclass(frozen=True, slots=True)
class Clean:
    """A cleaned text.

    Attributes:
        text: the text to be analysed, of the same length as the source.
        sentences: they cover the text without gaps; white space belongs to the sentence before it.
        headings: the sentences that are titles, headings or labels.
        furniture: boilerplate, which was replaced by spaces.
        quotations: the pairs of quotation marks and brackets.
    """

    text: str
    sentences: tuple[Extent, ...]
    headings: tuple[Extent, ...]
    furniture: tuple[Extent, ...]
    quotations: tuple[Quotation, ...]


def clean(source: str) -> Clean:
    """Replace boilerplate by spaces, normalise widths, and find sentences, headings and quotations.

    Args:
        source: an article's text.

    >>> clean("Ａ社は「買う。必ずだ」と述べた。続きを読む").text
    'A社は「買う。必ずだ」と述べた。     '
    >>> [e.of("一つ目だ。二つ目だ。") for e in clean("一つ目だ。二つ目だ。").sentences]
    ['一つ目だ。', '二つ目だ。']
    """
    text = _SURROGATE.sub("\ufffd", source.translate(_WIDTH))
    text = _COMMA.sub("、", text)
    text = _PERIOD.sub("。", text)
    furniture = tuple(_furniture(text))
    for extent in furniture:
        text = text[: extent.start] + re.sub(r"[^\n]", " ", extent.of(text)) + text[extent.end :]
    pairs = tuple(quotations.find(text))
    sentences, headings = _sentences(text, pairs)
    return Clean(text, tuple(sentences), tuple(headings), furniture, pairs)


@cache
def _furniture_pattern() -> re.Pattern[str]:
    """The pattern of all rows of ``furniture.jsonl``."""
    return re.compile("|".join(f"(?:{row['pattern']})" for row in lexicon.rows("furniture")))


def _furniture(text: str) -> list[Extent]:
    """Lines, or the stretches between sentence ends, that are boilerplate as a whole."""
    found = []
    for piece in re.finditer(r"[^\n。]+。?", text):
        stretch = piece.group().strip(" 　")
        if stretch and len(stretch) <= 200 and _furniture_pattern().fullmatch(stretch):
            start = piece.start() + piece.group().index(stretch[0])
            found.append(Extent(start, start + len(stretch)))
    return found


def _sentences(text: str, pairs: tuple[Quotation, ...]) -> tuple[list[Extent], list[Extent]]:
    """The sentences of a text, and those of them that are headings.

    Line breaks and 。！？ end a sentence. Inside a quotation only a line break does, and only after a complete
    sentence.

    Args:
        text: the text, with boilerplate removed.
        pairs: its quotations.
    """
    inside = bytearray(len(text) + 1)
    for q in pairs:
        if q.depth == 0:
            inside[q.inner.start : q.inner.end] = b"\x01" * len(q.inner)
    cuts = {0, len(text)}
    end_of_line = len(text)
    for found in _CUTS.finditer(text):
        i, c = found.start(), found.group()
        if c == "\n" and not (inside[i] and _same_quote(text, i)):
            cuts.add(i + 1)
        elif c in _END and not inside[i]:
            j = i + 1
            while j < end_of_line and text[j] in "。！？!?":
                j += 1
            if c in "!?" and j < len(text) and (text[j] in "はがをにのもでや" or text[j].isascii()):
                if not text[j].isspace():  # the mark is part of a name: Yahoo!は, Who?Where
                    continue
            # 「〜か？」 と述べた and 〜だ！と叫んだ continue
            if c != "。" and j < len(text) and text[j] in "とっな、":
                continue
            cuts.add(j)
    headings: list[Extent] = []
    bounds: list[Extent] = []
    for start, end in _merge_space(text, sorted(cuts)):
        for part, heading in _parts(text, start, end, inside):
            bounds += _short(text, part)
            if heading:
                headings.append(part)
    return bounds, headings


def _short(text: str, sentence: Extent) -> list[Extent]:
    """A sentence in parts of at most :data:`LONGEST` characters, cut after 。, else 、, else a space, else anywhere."""
    pieces = []
    start = sentence.start
    while sentence.end - start > LONGEST:
        window = text[start + LONGEST // 2 : start + LONGEST]
        at = next((i for i in (window.rfind(mark) for mark in ("。", "、", " ")) if i >= 0), len(window) - 1)
        pieces.append(Extent(start, start + LONGEST // 2 + at + 1))
        start = pieces[-1].end
    return [*pieces, Extent(start, sentence.end)]


def _same_quote(text: str, newline: int) -> bool:
    """Whether a line break inside a quotation does not end a sentence: the line is broken in the middle of one."""
    return text[newline - 1 : newline] not in set("。！？\n") and text[newline + 1 : newline + 2] not in ("\n", "「")


def _merge_space(text: str, cuts: list[int]) -> list[tuple[int, int]]:
    """The stretches between neighbouring cuts, with white space moved to the stretch before it."""
    merged: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        if merged and not text[start:end].strip():
            merged[-1] = (merged[-1][0], end)
        else:
            lead = start + len(text[start:end]) - len(text[start:end].lstrip())
            if merged and lead > start:
                merged[-1] = (merged[-1][0], lead)
                start = lead
            merged.append((start, end))
    return merged


def _parts(text: str, start: int, end: int, inside: bytearray) -> list[tuple[Extent, bool]]:
    """A sentence, each part with whether it is a heading; a heading or label at its start is a part of its own.

    Args:
        text: the text.
        start: where the sentence begins.
        end: where it ends.
        inside: for each character whether it is in a quotation.
    """
    mark = _HEADING_MARK.match(text, start, end)
    if mark:
        for gap in _GAP.finditer(text, mark.end(), end):
            if not inside[gap.start()] and gap.start() - start >= 4:
                return [(Extent(start, gap.end()), True), (Extent(gap.end(), end), False)]
    label = _LABEL.match(text, start, end)
    if label and label.end() < end:
        return [(Extent(start, label.end()), True), (Extent(label.end(), end), False)]
    bullet = _BULLET.match(text, start, end)
    if bullet and bullet.end() < end:
        return [(Extent(start, bullet.end()), True), (Extent(bullet.end(), end), False)]
    body = text[start:end].strip()
    title = bool(body) and len(body) <= 80 and body[-1] not in "。！？!?」』)）" and text[end - 1 : end] == "\n"
    return [(Extent(start, end), title or bool(_RULE.fullmatch(body)))]
