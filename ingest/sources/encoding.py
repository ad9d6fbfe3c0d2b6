"""Decoding: from bytes to text, UTF-8 first, then the other encodings of Japanese files."""

from __future__ import annotations

import codecs
import re

from ingest.language import KANA
from ingest.sources.document import NoJapanese, NotText, ReadError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_JAPANESE = ("cp932", "euc_jp")
# Other names of an encoding, and browsers' reading of latin-1.
_SAME = {"shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
         "ms_kanji": "cp932", "eucjp": "euc_jp", "x-euc-jp": "euc_jp", "iso-8859-1": "cp1252", "latin-1": "cp1252"}  # fmt: skip
# Characters that are common in Japanese text, and those that wrong decodings produce.
_COMMON = re.compile(r"[\u3040-\u309f\u30a1-\u30fc\u4e00-\u9fff、。「」・（）！？\x20-\x7e\r\n\t\u3000\uff01-\uff5e]")
_KANA = re.compile(f"[{KANA}]")
_RARE = re.compile(r"[\uff61-\uff9f\ue000-\uf8ff\x80-\x9f]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class WrongEncoding(ReadError):
    """The bytes are text in no known encoding."""


def decode(data: bytes, name: str, *, declared: str | None = None, lenient: bool = False) -> str:
    """Decode a text: UTF-8, UTF-16, UTF-32, Shift_JIS (CP932), EUC-JP, ISO-2022-JP or the declared encoding.

    UTF-8 is decoded as it is: a byte order mark stays as U+FEFF and CRLF stays, so that offsets count the
    characters of the file.

    Args:
        data: the bytes.
        name: what messages call them.
        declared: the encoding that a header or the document itself names; tried before guessing.
        lenient: replace undecodable bytes if at most one character in two hundred is affected (web pages).

    Raises:
        NotText: if the bytes are no text.
        NoJapanese: if they are text in an encoding of another script.
        WrongEncoding: if no encoding fits.

    >>> decode("言い分".encode("euc_jp"), "a.txt")
    '言い分'
    """
    marked = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), None)
    if marked:
        return _strict(data, marked, name)
    if b"\x1b$" in data or b"\x1b(" in data:
        for encoding in ("iso2022_jp_2", "iso2022_jp_ext"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    wide = _wide(data)
    if wide:
        return wide
    if b"\x00" in data or len(_CONTROL.findall(data[:65536])) > max(2, len(data[:65536]) // 100):
        raise NotText(f"{name} is a binary file, not text.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        broken_at = error.start
    if declared:
        known = _known(declared)
        if known and known not in ("utf-8", "cp1252"):
            try:
                return data.decode(known)
            except UnicodeDecodeError:
                pass
    guesses = [
        (score, text) for text in (_try(data, e) for e in _JAPANESE) if text and (score := plausible(text)) > 0.6
    ]
    guesses = [
        (score, text) for score, text in guesses if score > 0.72 or sum(c > "\x7f" for c in text) * 2 > len(text)
    ]
    if guesses:
        return max(guesses, key=lambda g: g[0])[1]
    if lenient:
        for encoding in ("utf-8", *_JAPANESE):
            text = data.decode(encoding, "replace")
            if text.count("\ufffd") * 200 <= len(text) and plausible(text) > 0.6:
                return text
    other = _other(data)
    if other is not None:
        raise NoJapanese(f"{name} seems to be text in {other}, and has no Japanese in it; Iibun reads Japanese only.")
    raise WrongEncoding(
        f"{name} is no text in UTF-8 (byte {broken_at} breaks it), UTF-16, Shift_JIS, EUC-JP or ISO-2022-JP."
    )


def plausible(text: str) -> float:
    """How much a decoded text looks like Japanese, up to 1; used to choose between encodings.

    The share of common characters and of kana among those beyond ASCII, less that of rare ones. A text in ASCII has 1.
    """
    sample = text[:20000]
    beyond = [c for c in sample if ord(c) > 127]
    if not beyond:
        return 1.0
    common = sum(1 for c in beyond if _COMMON.match(c)) / len(beyond)
    kana = len(_KANA.findall(sample)) / len(beyond)
    rare = len(_RARE.findall(sample)) / len(beyond)
    return common * 0.7 + min(kana, 0.3) - rare * 2


def _strict(data: bytes, encoding: str, name: str) -> str:
    """Decode text whose byte order mark names the encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise WrongEncoding(f"{name} says that it is {encoding.upper()}, but byte {error.start} breaks it.") from None


def _try(data: bytes, encoding: str) -> str | None:
    """Decode text, or return None if the encoding does not fit."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> str | None:
    """Decode UTF-16 without a byte order mark: the high byte of ASCII is 0x00, that of kana 0x30. None if it is not."""
    if len(data) < 4 or len(data) % 2:
        return None
    sample = data[:4096]
    for encoding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if sum(b in (0x00, 0x30) for b in high) * 3 > len(high):
            text = _try(data, encoding)
            if text and "\x00" not in text and plausible(text) > 0.7 and _KANA.search(text):
                return text
    return None


def _known(declared: str) -> str | None:
    """The codec of a declared encoding, or None if Python has none."""
    label = declared.strip().strip("'\"").lower()
    try:
        return codecs.lookup(_SAME.get(label, label)).name
    except (LookupError, ValueError):
        return None


def _other(data: bytes) -> str | None:
    """The encoding of a text in another script, so that the message can name it; None if it is unclear."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:20000]).best()
    return best.encoding if best is not None and best.chaos <= 0.2 and not _KANA.search(str(best)) else None
