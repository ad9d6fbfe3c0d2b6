"""The same article twice: from two addresses, syndicated, corrected."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"(?:utm_\w{1,30}|fbclid|gclid|dclid|yclid|msclkid|mc_[ce]id|igshid|cmpid|cid|ref|ref_src|ref_url|referrer|"
    r"_ga|s_cid|n_cid|spm|share|rss|from|sns|twclid|ocid|cx_\w{1,30}|iref)=.{0,2000}",
    re.IGNORECASE | re.DOTALL,
)
_PORTS = {"http": 80, "https": 443}


def canonical(url: str) -> str | None:
    """The address under which an article is known: scheme and host in lower case, no tracking parameters, no fragment.

    None if it is no http(s) address.

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
