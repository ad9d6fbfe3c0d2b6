"""Readings (yomi) of names, so that a search for あさくら or asakura finds 朝倉.

They come from Sudachi, the tokenizer of the articles. If it is not installed, names are found only as they are written.

>>> reading("朝倉ジュリア"), reading("OpenAI"), reading("カタカナ")
('アサクラジュリア', None, None)
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

_KANJI = re.compile("[一-龠々]")
_lock = threading.Lock()


def reading(name: str) -> str | None:
    """The reading of a name with kanji, in katakana; None for a name without kanji or if no reading is known."""
    found = parts(name)
    return "".join(kana for _, kana in found) if found else None


@cache
def parts(name: str) -> tuple[tuple[str, str], ...]:
    """The parts of a name with kanji, each with its reading in katakana; none where :func:`reading` gives None.

    >>> parts("朝倉ジュリア")
    (('朝倉', 'アサクラ'), ('ジュリア', 'ジュリア'))
    """
    if not _KANJI.search(name) or len(name) > 40:
        return ()
    tokenizer = _tokenizer()
    if tokenizer is None:
        return ()
    with _lock:  # a tokenizer is not thread-safe
        found = tuple((m.surface(), m.reading_form()) for m in tokenizer.tokenize(name))
    kana = "".join(read for _, read in found)
    return () if not kana or _KANJI.search(kana) else found


@cache
def _tokenizer() -> Any:
    try:
        from sudachipy import Dictionary
    except ImportError:
        return None
    return Dictionary().create()
