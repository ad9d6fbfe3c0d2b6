"""What each kind of output does with characters that are not for showing; the stored text keeps them all.

Offsets refer to the stored text, never to what is shown.
"""

from __future__ import annotations

import re
import unicodedata
from typing import IO, Any

#: Between the brackets of a pattern: C0 and C1 but tab and line feeds; line and paragraph separators; direction controls,
#: which can make a text read as another; half characters; what Unicode says is no character.
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_LINES = r"\u2028\u2029"
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_HALVES = r"\ud800-\udfff"
_NONE = r"\ufdd0-\ufdef\ufffe\uffff"

UNSEEN = re.compile(f"[{_CONTROLS}\r{_LINES}{DIRECTIONS}{_HALVES}{_NONE}]")
# What has no width is no text before a sign, either: some programs drop it.
_FORMULA = re.compile(r"[\s\"'`“”‘’\u00ad\u200b-\u200d\u2060\ufeff]*(.)", re.DOTALL)
# Bytes of UTF-8: C0, DEL, C1, and what is no character; the first byte of each is never within another character.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xef\xb7[\x90-\xaf]|\xef\xbf[\xbe\xbf]")


def visible(text: str) -> str:
    """Text for people: what cannot be seen, or misleads the eye, becomes U+FFFD; lines stay lines.

    >>> visible("a\\x1b[2J\\u202eb\\r\\nc")
    'a�[2J�b\\nc'
    """
    return UNSEEN.sub(lambda m: "\n" if m[0] in "\r\u2028\u2029" else "\ufffd", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """As :func:`visible`, on one line with single spaces.

    >>> one_line(" 題名\\n\\x1b[31m ")
    '題名 �[31m'
    """
    return re.sub("[ \t\n]+", " ", visible(text)).strip()


def escaped(text: str) -> str:
    """Text for a terminal: what would steer it is written as ``\\\\uXXXX``, which within JSON is the very same value.

    >>> print(escaped("a\\x1b[2J\\n\\u202eb"))
    a\\u001b[2J
    \\u202eb
    """
    return UNSEEN.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def cell(value: Any) -> str:
    """A value as a cell of a CSV for spreadsheets: never a formula, in full-width signs or after blanks and quotes neither.

    Args:
        value: a text, number or boolean; None and NaN are empty; entities as ``{"label": …}`` in a list by their names.

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
    """A binary file for XML in UTF-8 that writes on to another: characters that XML 1.0 forbids or discourages become
    U+FFFD, one for one, and a carriage return a reference, so that offsets into the texts hold after parsing.

    Example:
        ``ox.serialize(triples, XmlOut(out), format=ox.RdfFormat.RDF_XML)``
    """

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._rest = b""  # the beginning of a character whose end is yet to come

    def write(self, data: bytes) -> int:
        whole = self._rest + bytes(data)
        keep = next((n for n in (1, 2) if whole[-n : -n + 1 or None] in (b"\xc2", b"\xef")), 0)
        self._rest = whole[len(whole) - keep :]
        self._out.write(xml(whole[: len(whole) - keep]))
        return len(data)

    def flush(self) -> None:
        self._out.flush()


def xml(data: bytes) -> bytes:
    """XML in UTF-8 without the characters that it should not carry; see :class:`XmlOut`.

    >>> xml(b"<a>x\\x1b\\r\\n</a>")
    b'<a>x\\xef\\xbf\\xbd&#13;\\n</a>'
    """
    return _NOT_XML.sub(b"\xef\xbf\xbd", data).replace(b"\r", b"&#13;")
