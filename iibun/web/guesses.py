"""Wrong passwords and tokens, counted for each client, so that nobody can guess one by trying."""

from __future__ import annotations

import ipaddress
import time

from iibun.web.login import Scope
from kg.hosts import passed_on

#: Wrong passwords that one address may give in so many seconds; after that no password is checked until the time is over.
TRIES, WINDOW = 10, 600
#: Wrong passwords that all clients behind a proxy may give together. Their addresses come from a header that any client of
#: this machine can forge, so a limit for each of them would not be enough.
TOLD = 100


class Guesses:
    """The times of the last wrong passwords of each client."""

    def __init__(self) -> None:
        self._wrong: dict[str, list[float]] = {}

    def wait(self, scope: Scope) -> int:
        """The minutes that a client has to wait before its next try; 0 if it may try now."""
        now = time.monotonic()
        for who, tries in _guessers(scope):
            recent = [at for at in self._wrong.get(who, []) if at > now - WINDOW]
            if len(recent) >= tries:
                return int((recent[0] + WINDOW - now) // 60) + 1
        return 0

    def count(self, scope: Scope) -> None:
        """Count a wrong password."""
        now = time.monotonic()
        for who, tries in _guessers(scope):
            self._wrong[who] = [*(at for at in self._wrong.pop(who, []) if at > now - WINDOW), now][-tries:]
        while len(self._wrong) > 10_000:
            self._wrong.pop(next(iter(self._wrong)))

    def forget(self, scope: Scope) -> None:
        """Forget a client's wrong passwords: it gave the right one."""
        self._wrong.pop(_client(scope), None)


def _client(scope: Scope) -> str:
    """For whom wrong passwords are counted: an IPv4 address, or the /64 network of an IPv6 address."""
    given = str((scope.get("client") or ("",))[0])
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return given
    return str(address) if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))


def _guessers(scope: Scope) -> list[tuple[str, int]]:
    """For whom a wrong password of this client counts, each with the number allowed."""
    told = [("through a proxy", TOLD)] if passed_on(scope) else []
    return [(_client(scope), TRIES), *told]
