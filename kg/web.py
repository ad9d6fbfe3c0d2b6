"""Decide which addresses may be shown as links; a person or an article may give any text as an address."""

from __future__ import annotations

from typing import TypeGuard
from urllib.parse import urlsplit


def is_web_address(address: str | None) -> TypeGuard[str]:
    """Whether an address may be shown as a link: ``http`` or ``https``, with a host.

    Everything else is shown as text: ``javascript:``, ``data:``, ``file:``, and addresses with spaces or control characters,
    which browsers interpret differently.

    Example:
        >>> is_web_address("https://ir.example/2026"), is_web_address("javascript:alert(1)"), is_web_address("https://")
        (True, False, False)
    """
    if not address or not address.isprintable() or any(c.isspace() or c in '<>"\\' for c in address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
