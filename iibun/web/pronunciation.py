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


@cache
def reading(name: str) -> str | None:
    """The reading of a name with kanji, in katakana; None for a name without kanji or if no reading is known."""
    if not _KANJI.search(name) or len(name) > 40:
        return None
    tokenizer = _tokenizer()
    if tokenizer is None:
        return None
    with _lock:  # a tokenizer is not thread-safe
        kana = "".join(m.reading_form() for m in tokenizer.tokenize(name))
    return None if not kana or _KANJI.search(kana) else kana


@cache
def _tokenizer() -> Any:
    try:
        from sudachipy import Dictionary
    except ImportError:
        return None
    return Dictionary().create()
