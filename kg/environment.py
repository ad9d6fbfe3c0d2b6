"""Settings from the environment: all that there are, what each may be, and the one place that reads them.

An empty value is as good as none, but for ``IIBUN_STORE``: where things are written must not depend on a variable that
somebody forgot to fill.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from kg import given
from kg.errors import UsageError
from kg.hosts import host_name, in_address
from kg.web import is_web_address

#: Characters of the shortest password that is one.
SHORTEST: Final = 8


class WrongSetting(UsageError):
    """A variable of the environment has a value that cannot be meant."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: how its text becomes a value (ValueError tells what it is not), and what holds without it."""

    read: Callable[[str], Any]
    default: Any = None
    secret: bool = False  # never shown, not even in an error
    empty: bool = True  # whether an empty value is as good as none
    choices: tuple[str, ...] = ()


def place(text: str) -> str:
    """A store's place: a folder, or a web address."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", text)
    if not text.strip() or (scheme and scheme[1].lower() not in ("http", "https")):
        raise ValueError("neither a folder nor an http(s) address")
    return text


def address(text: str) -> str:
    """A web address."""
    if not is_web_address(text):
        raise ValueError("no web address; one begins with https://")
    return text


def _words(text: str) -> str:
    if not text.isprintable():
        raise ValueError("no text in UTF-8 of one line")
    return text


def _token(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("no token; one is printable ASCII without spaces")
    return text


def _origins(text: str) -> frozenset[str]:
    found = {part.strip().rstrip("/").lower() for part in text.split(",")} - {""}
    for origin in sorted(found - {"*"}):
        if not re.fullmatch(r"https?://[^\s/@?#]+", origin):
            raise WrongSetting(
                f"IIBUN_ORIGINS holds {origin!r}, which is no origin: write https://NAME, commas between, or *."
            )
    return frozenset(found)


def _hosts(text: str) -> frozenset[str]:
    found = set()
    for part in filter(None, map(str.strip, text.split(","))):
        name = host_name(in_address(part))
        if name is None or part.count(":") == 1:
            raise WrongSetting(f"IIBUN_HOSTS holds {part!r}, which is no name: write names or addresses, no port.")
        found.add(name)
    return frozenset(found)


def _password(text: str) -> str:
    if len(text) < SHORTEST:
        raise WrongSetting(f"IIBUN_PASSWORD is too short: a password has at least {SHORTEST} characters.")
    return text


def _one_of(*choices: str, default: str | None = None) -> Setting:
    return Setting(lambda text: given.one_of(text.lower(), choices), default=default, choices=choices)


#: Every setting, by the name of its variable.
SETTINGS: Final[Mapping[str, Setting]] = {
    "IIBUN_STORE": Setting(place, empty=False),
    "IIBUN_STORE_UPDATE": Setting(address),
    "IIBUN_STORE_USER": Setting(_words),
    "IIBUN_STORE_PASSWORD": Setting(_words, default="", secret=True),
    "IIBUN_STORE_TOKEN": Setting(_token, secret=True),
    "IIBUN_STORE_AUTH": _one_of("basic", "digest", default="basic"),
    "IIBUN_STORE_MERGE": _one_of("default", "named", "none"),
    "IIBUN_TOKEN": Setting(_token, secret=True),
    "IIBUN_READING": _one_of("auto", "open", "token", default="auto"),
    "IIBUN_ORIGINS": Setting(_origins, default=frozenset()),
    "IIBUN_HOSTS": Setting(_hosts, default=frozenset()),
    "IIBUN_PASSWORD": Setting(_password, default="", secret=True),
    "IIBUN_NO_LOGIN": Setting(given.yes_or_no, default=False),
    "IIBUN_QUERY_SECONDS": Setting(partial(given.number, above=True), default=30.0),
    "IIBUN_QUERY_MEMORY_MB": Setting(partial(given.whole, least=1)),
    "IIBUN_QUERY_ROWS": Setting(partial(given.whole, least=1), default=200_000),
    "IIBUN_QUERY_MB": Setting(partial(given.whole, least=1), default=64),
    "IIBUN_AUTHOR": Setting(_words),
    "IIBUN_LANG": _one_of("ja", "en"),
    "IIBUN_DEBUG": Setting(given.yes_or_no, default=False),
}


def get(name: str) -> Any:
    """The value of a setting, or its default.

    Raises:
        WrongSetting: if the variable has a value that cannot be meant.

    Example:
        ``environment.get("IIBUN_QUERY_SECONDS")`` gives ``30.0`` where nothing else is said.
    """
    setting, text = SETTINGS[name], os.environ.get(name)
    if text is None or (not text and setting.empty):
        return setting.default
    try:
        return setting.read(text)
    except ValueError as error:
        near = given.nearest(text, setting.choices)
        raise WrongSetting(given.refused(None if setting.secret else text, error, name), near=near) from None


def check() -> None:
    """Read every setting.

    Raises:
        WrongSetting: for the first that is wrong.
    """
    for name in SETTINGS:
        get(name)


def unknown() -> list[str]:
    """Variables that look like settings of ours and are none: somebody set them in vain."""
    return sorted(name for name in os.environ if name.startswith("IIBUN_") and name not in SETTINGS)
