"""Names compared across articles: one normal form for label, alias and query."""

from __future__ import annotations

import re
import unicodedata

_CORPORATE = re.compile(
    r"^(株式会社|有限会社|合同会社|一般社団法人|一般財団法人|公益財団法人|公益社団法人|独立行政法人|国立研究開発法人|\(株\)|㈱)"
    r"|(株式会社|有限会社|合同会社|\(株\)|,?\s*\b(inc|corp|co|ltd|llc|plc|gmbh|ag|sa|nv|se)\b\.?)+$"
)
_JOINTS = re.compile(r"[\s・･·=＝‐‑‒–—―\-_'’`,.]+")


def normal_name(label: str) -> str:
    """The form under which two writings of one name are equal: NFKC, lower case, no legal form, no joints.

    Args:
        label: a name as written in a text or an alias table.

    Returns:
        The normal form; the folded label itself where nothing else would be left.

    >>> normal_name("株式会社マイクロ・ソフト")
    'マイクロソフト'
    >>> normal_name("Ｏｐｅｎ AI, Inc.")
    'openai'
    """
    folded = unicodedata.normalize("NFKC", label).strip().lower()
    bare = _CORPORATE.sub("", folded).strip()
    return _JOINTS.sub("", bare) or _JOINTS.sub("", folded) or folded
