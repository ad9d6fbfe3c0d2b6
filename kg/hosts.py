"""Host names and addresses: which host a request is for, and whether it comes from this machine."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Scope

#: Addresses that mean "listen on every interface" → the address at which this machine reaches such a server.
WILDCARDS: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")
#: Headers that a proxy adds. A request with one of them may come from another machine, whatever its address says.
_PASSED_ON = (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")


def host_name(authority: str) -> str | None:
    """The host in ``host:port``, normalized and without port and brackets; None if the text is no host.

    >>> host_name("LocalHost:8501"), host_name("[0::1]:8501"), host_name("a b")
    ('localhost', '::1', None)
    """
    match = _AUTHORITY.fullmatch(authority)
    return _one_form(match[1] or match[2]) or None if match else None


def in_address(host: str) -> str:
    """A host as it is written in a URL: an IPv6 address in brackets.

    >>> in_address("fd00::7"), in_address("localhost")
    ('[fd00::7]', 'localhost')
    """
    return f"[{host}]" if ":" in host else host


def _one_form(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().removesuffix(".")
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_loopback(host: str) -> bool:
    """Whether a name or address always means this machine; no name server is asked.

    >>> is_loopback("localhost"), is_loopback("127.9.9.9"), is_loopback("::1"), is_loopback("localhost.example.org")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(_one_form(host)).is_loopback
    except ValueError:
        return host == "localhost"


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a header in an ASGI scope; None if the header is missing or given more than once."""
    found: list[bytes] = [value for key, value in scope["headers"] if key.lower() == name]
    return found[0].decode("latin-1").strip() if len(found) == 1 else None


def requested(scope: Scope) -> str | None:
    """The host that a request is for; None if its ``Host`` header is missing, invalid or given more than once."""
    return host_name(header(scope, b"host") or "")


def served(scope: Scope) -> str:
    """The address of this server that a client has connected to; "" if it is no network address."""
    return _one_form(str((scope.get("server") or ("",))[0]))


def passed_on(scope: Scope) -> bool:
    """Whether a request has a header that says that a proxy has passed it on."""
    return any(key.lower() in _PASSED_ON for key, _ in scope["headers"])


def is_local(scope: Scope) -> bool:
    """Whether a request comes from this machine: it names a loopback host, came to one, and through no proxy."""
    host = requested(scope)
    return host is not None and is_loopback(host) and is_loopback(served(scope)) and not passed_on(scope)
