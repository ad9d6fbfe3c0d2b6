"""Duplicates and near-duplicates: the same article from two addresses, syndicated, or corrected."""

from __future__ import annotations

import base64
import re
import unicodedata
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from kg.model import Extent, Report

if TYPE_CHECKING:
    from datasketch import MinHash

# Parameters of an address that do not choose the page.
_TRACKING = re.compile(
    r"(?:utm_\w{1,30}|fbclid|gclid|dclid|yclid|msclkid|mc_[ce]id|igshid|cmpid|cid|ref|ref_src|ref_url|referrer|"
    r"_ga|s_cid|n_cid|spm|share|rss|from|sns|twclid|ocid|cx_\w{1,30}|iref)=.{0,2000}",
    re.IGNORECASE | re.DOTALL,
)
_PORTS = {"http": 80, "https": 443}


def canonical(url: str) -> str | None:
    """The canonical form of an address, by which an article is identified; None if it is not http(s).

    Scheme and host are in lower case, the default port, tracking parameters and the fragment are removed.

    >>> canonical("HTTPS://News.Example.JP:443/a/1?utm_source=x&id=3#top")
    'https://news.example.jp/a/1?id=3'
    """
    try:
        parts = urlsplit("".join(c for c in url.strip() if c.isprintable())[:2000])
        host, port = parts.hostname, parts.port
        scheme = parts.scheme.lower()
        if scheme not in _PORTS or not host:
            return None
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except (ValueError, UnicodeError):
        return None
    if not re.fullmatch(r"[a-z0-9._:\[\]-]{1,255}", host):
        return None
    netloc = f"[{host}]" if ":" in host else host.rstrip(".")
    if port and port != _PORTS[scheme]:
        netloc += f":{port}"
    safe = "%/:=&?~#+!$,;'@()*[]"
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.fullmatch(p))
    return urlunsplit((scheme, netloc, quote(parts.path, safe) or "/", quote(query, safe), ""))


PERMUTATIONS = 64  #: number of values in a MinHash
BANDS = (8, 8)  #: 8 bands of 8: a pair with Jaccard 0.8 is a candidate with probability 0.77, one with 0.5 with 0.03
NEAR = 0.7  #: Jaccard similarity from which on a text is a near-duplicate
_SHINGLE = 5  # letters of a shingle
_LETTERS = re.compile(r"\w+")
_SENTENCE = re.compile(r"[^。！？!?\r\n]{1,2000}[。！？!?]?")


def shingles(text: str) -> frozenset[str]:
    """All runs of five letters of a text, after NFKC and without spaces and punctuation.

    A text of at most five letters is one shingle.

    >>> sorted(shingles("ＡＩ、時代だ。"))
    ['AI時代だ']
    """
    letters = "".join(_LETTERS.findall(unicodedata.normalize("NFKC", text)))
    if len(letters) <= _SHINGLE:
        return frozenset([letters] if letters else [])
    return frozenset(letters[i : i + _SHINGLE] for i in range(len(letters) - _SHINGLE + 1))


def likeness(a: str, b: str) -> float:
    """The Jaccard similarity of two texts' shingles, in [0, 1]."""
    first, second = shingles(a), shingles(b)
    return len(first & second) / len(first | second) if first and second else 0.0


def signature(text: str) -> str:
    """The MinHash of a text (64 values of 32 bits) in Base64. The more alike two texts are, the more values they share.

    Source: Broder, "On the resemblance and containment of documents", 1997.
    """
    made = _minhash()
    made.update_batch([s.encode("utf-8", "replace") for s in shingles(text)])
    return base64.b64encode(made.hashvalues.astype("<u4").tobytes()).decode("ascii")


def _minhash(values: Any = None) -> MinHash:
    """A MinHash with these values, or an empty one."""
    from datasketch import MinHash

    return MinHash(num_perm=PERMUTATIONS, hashfunc=zlib.crc32, hashvalues=values, scheme="affine32")


class Index:
    """An index of signatures that finds near-duplicates (locality-sensitive hashing).

    >>> index = Index()
    >>> index.add("a", signature("同社は来年までに新しい工場を稼働させると発表した。" * 3))
    >>> index.near(signature("同社は来年までに新しい工場を稼働させると発表した。" * 4))
    ['a']
    """

    def __init__(self) -> None:
        from datasketch import MinHashLSH

        self._lsh = MinHashLSH(num_perm=PERMUTATIONS, params=BANDS)

    def add(self, key: str, signed: str) -> None:
        """Add a text's signature under a key; one that is there already is replaced."""
        if key in self._lsh:
            self._lsh.remove(key)
        self._lsh.insert(key, _from_base64(signed))

    def near(self, signed: str) -> list[str]:
        """The keys of texts that may be near-duplicates, sorted; :func:`likeness` has to confirm them."""
        return sorted(self._lsh.query(_from_base64(signed)))

    def __len__(self) -> int:
        return len(self._lsh.keys)


def bands(signed: str) -> list[str]:
    """The keys of a signature's bands; near-duplicates share at least one. A cluster groups texts by them."""
    raw = base64.b64decode(signed)
    size = BANDS[1] * 4
    return [f"{n}:{raw[n * size : (n + 1) * size].hex()}" for n in range(BANDS[0])]


def _from_base64(signed: str) -> MinHash:
    """The MinHash of a signature."""
    import numpy as np

    return _minhash(np.frombuffer(base64.b64decode(signed), dtype="<u4").astype(np.uint32))


def new_evidence(report: Report, original: str) -> Report:
    """The report of a near-duplicate without what the original has word for word, which is no second evidence.

    Claims, relations, figures and dates are kept if the sentence in which they begin is new. All mentions and entities
    stay.

    Args:
        report: of the near-duplicate.
        original: the text of the original.
    """
    seen = {_key(m[0]) for m in _SENTENCE.finditer(original)}
    text = report.article.text
    old = [Extent(m.start(), m.end()) for m in _SENTENCE.finditer(text) if _key(m[0]) in seen]

    def is_new(extent: Extent) -> bool:
        """Whether an extent begins in a new sentence."""
        return not any(o.start <= extent.start < o.end for o in old)

    kept = [i for i, f in enumerate(report.figures) if is_new(f.extent)]
    renumbered = {before: now for now, before in enumerate(kept)}
    claims = tuple(
        replace(c, figures=tuple(renumbered[i] for i in c.figures if i in renumbered))
        for c in report.claims
        if is_new(c.content)
    )
    return replace(
        report,
        claims=claims,
        relations=tuple(r for r in report.relations if is_new(r.extent)),
        figures=tuple(report.figures[i] for i in kept),
        dates=tuple(d for d in report.dates if is_new(d.extent)),
    )


def _key(sentence: str) -> str:
    """A sentence without spaces and punctuation, by which it is compared."""
    return "".join(_LETTERS.findall(unicodedata.normalize("NFKC", sentence)))
