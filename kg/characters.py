"""Replace or escape control and other unprintable characters on output: page, terminal, CSV, XML.

The stored text keeps all characters, and offsets always refer to the stored text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate
from typing import IO

# Character classes, written for the inside of brackets in a pattern: C0 and C1 controls except tab and line feeds; line and
# paragraph separators; direction controls, which can make a text look like another; surrogates; noncharacters.
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_LINES = r"\u2028\u2029"
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_HALVES = r"\ud800-\udfff"
_NONE = r"\ufdd0-\ufdef\ufffe\uffff"

UNSEEN = re.compile(f"[{_CONTROLS}\r{_LINES}{DIRECTIONS}{_HALVES}{_NONE}]")
# Zero-width characters before the sign are skipped too, since some spreadsheet programs drop them.
_FORMULA = re.compile(r"[\s\"'`“”‘’\u00ad\u200b-\u200d\u2060\ufeff]*(.)", re.DOTALL)
# UTF-8 bytes of C0, DEL, C1 and noncharacters. Matching bytes is safe: none of the first bytes occurs inside another character.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xef\xb7[\x90-\xaf]|\xef\xbf[\xbe\xbf]")


def visible(text: str) -> str:
    """The text with invisible and misleading characters replaced by U+FFFD; line breaks of any kind become ``\\n``.

    >>> visible("a\\x1b[2J\\u202eb\\r\\nc")
    'a�[2J�b\\nc'
    """
    return UNSEEN.sub(lambda m: "\n" if m[0] in "\r\u2028\u2029" else "\ufffd", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The text as :func:`visible` gives it, on one line with single spaces.

    >>> one_line(" 題名\\n\\x1b[31m ")
    '題名 �[31m'
    """
    return re.sub("[ \t\n]+", " ", visible(text)).strip()


def quoted(text: str, most: int) -> str:
    """A text on one line, cut to at most so many characters, with an ellipsis if it was cut.

    >>> quoted("値上げ\\nする", 200), quoted("値上げする", 4)
    ('値上げ する', '値上げ…')
    """
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1] + "…"


def fitted(text: str, columns: int) -> str:
    """A text cut to a width in columns, with an ellipsis if it was cut; Japanese characters take two columns.

    >>> fitted("青葉電機の社長", 10), fitted("青葉電機", 8)
    ('青葉電機…', '青葉電機')
    """
    if 2 * len(text) <= columns:  # long tables have many
        return text
    ends = list(accumulate(map(_width, text)))
    if ends[-1] <= columns:
        return text
    return text[: bisect_right(ends, columns - 2)] + "…"


def width(text: str) -> int:
    """The width of a text in columns as a page shows it; Japanese characters take two."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def escaped(text: str) -> str:
    """The text for a terminal, with control characters as ``\\\\uXXXX``; inside a JSON string the value stays the same.

    >>> print(escaped("a\\x1b[2J\\n\\u202eb"))
    a\\u001b[2J
    \\u202eb
    """
    return UNSEEN.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def cell(value: object) -> str:
    """A value as a CSV cell that no spreadsheet program takes for a formula.

    A text that begins with ``=``, ``+``, ``-`` or ``@`` gets a quotation mark in front, also where the sign is full-width or
    follows blanks or quotes.

    Args:
        value: text, number or boolean; a list of entities (``{"label": …}``) is joined by their labels; None and NaN give "".

    >>> [cell(x) for x in ("=1+1", " ＝1", '"@SUM', -0.5, True, None, [{"label": "青葉電機"}])]
    ["'=1+1", "' ＝1", '\\'"@SUM', '-0.5', 'true', '', '青葉電機']
    """
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    text = visible("; ".join(v["label"] for v in value) if isinstance(value, list) else str(value))
    first = _FORMULA.match(text)
    guarded = text[:1] in ("\t", "\n") or (first and unicodedata.normalize("NFKC", first[1])[:1] in "=+-@")
    return f"'{text}" if guarded else text


class XmlOut:
    """A binary file that writes UTF-8 XML on to another file, without the characters that XML 1.0 forbids or discourages.

    Each such character becomes one U+FFFD, and a carriage return becomes a character reference. Offsets into the texts
    therefore still hold after parsing.

    Example:
        ``ox.serialize(triples, XmlOut(out), format=ox.RdfFormat.RDF_XML)``
    """

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._rest = b""  # the first bytes of a character whose last bytes have not been written yet

    def write(self, data: bytes) -> int:
        """Write the cleaned bytes on; return the length of ``data``."""
        whole = self._rest + bytes(data)
        keep = next((n for n in (1, 2) if whole[-n : -n + 1 or None] in (b"\xc2", b"\xef")), 0)
        self._rest = whole[len(whole) - keep :]
        self._out.write(xml(whole[: len(whole) - keep]))
        return len(data)

    def flush(self) -> None:
        """Flush the file below."""
        self._out.flush()


def xml(data: bytes) -> bytes:
    """The UTF-8 XML with forbidden characters replaced, as :class:`XmlOut` does.

    >>> xml(b"<a>x\\x1b\\r\\n</a>")
    b'<a>x\\xef\\xbf\\xbd&#13;\\n</a>'
    """
    return _NOT_XML.sub(b"\xef\xbf\xbd", data).replace(b"\r", b"&#13;")
