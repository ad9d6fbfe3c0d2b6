"""All settings that come from environment variables, with their allowed values; no other module reads them.

An empty variable counts as unset. The exception is ``IIBUN_STORE``: an empty value there is probably a mistake, and data must
not be written to a place that nobody meant.
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, overload

from kg import given
from kg.errors import UsageError
from kg.hosts import host_name, in_address
from kg.web import is_web_address

#: Least number of characters of a password.
SHORTEST: Final = 8


class WrongSetting(UsageError):
    """An environment variable has a value that is not allowed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable.

    ``read`` turns its text into a value, or raises ValueError with what the text is not. ``default`` is the value without it.
    """

    read: Callable[[str], object]
    default: object = None
    secret: bool = False  # never shown, not even in an error message
    empty: bool = True  # an empty value counts as unset
    choices: tuple[str, ...] = ()


def place(text: str) -> str:
    """The text itself, if it can name a store: a folder or an http(s) address.

    Raises:
        ValueError: if it can name neither.
    """
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", text)
    if not text.strip() or (scheme and scheme[1].lower() not in ("http", "https")):
        raise ValueError("neither a folder nor an http(s) address")
    return text


def address(text: str) -> str:
    """The text itself, if it is an http(s) address.

    Raises:
        ValueError: if it is not.
    """
    if not is_web_address(text):
        raise ValueError("no web address; one begins with https://")
    return text


def _server(text: str) -> str:
    if "@" in address(text).split("//")[1].split("/")[0]:
        raise WrongSetting(
            "IIBUN_LLM_URL holds a user name or a password; give what the server asks for as IIBUN_LLM_KEY."
        )
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
    "IIBUN_LLM_URL": Setting(_server),
    "IIBUN_LLM_MODEL": Setting(_words),
    "IIBUN_LLM_KEY": Setting(_token, secret=True),
    "IIBUN_LLM_SECONDS": Setting(partial(given.number, above=True, most=3600.0), default=120.0),
    "IIBUN_LLM_CHARACTERS": Setting(partial(given.whole, least=200, most=100_000), default=6000),
    "IIBUN_LANG": _one_of("ja", "en"),
    "IIBUN_DEBUG": Setting(given.yes_or_no, default=False),
}


@overload
def get(name: Literal["IIBUN_STORE_PASSWORD", "IIBUN_STORE_AUTH", "IIBUN_READING", "IIBUN_PASSWORD"]) -> str: ...
@overload
def get(name: Literal["IIBUN_ORIGINS", "IIBUN_HOSTS"]) -> frozenset[str]: ...
@overload
def get(name: Literal["IIBUN_NO_LOGIN", "IIBUN_DEBUG"]) -> bool: ...
@overload
def get(name: Literal["IIBUN_QUERY_SECONDS", "IIBUN_LLM_SECONDS"]) -> float: ...
@overload
def get(name: Literal["IIBUN_QUERY_ROWS", "IIBUN_QUERY_MB", "IIBUN_LLM_CHARACTERS"]) -> int: ...
@overload
def get(name: Literal["IIBUN_QUERY_MEMORY_MB"]) -> int | None: ...
@overload
def get(name: Literal["IIBUN_STORE_MERGE"]) -> Literal["default", "named", "none"] | None: ...
@overload
def get(name: Literal["IIBUN_LANG"]) -> Literal["ja", "en"] | None: ...
@overload
def get(
    name: Literal[
        "IIBUN_STORE",
        "IIBUN_STORE_UPDATE",
        "IIBUN_STORE_USER",
        "IIBUN_STORE_TOKEN",
        "IIBUN_TOKEN",
        "IIBUN_AUTHOR",
        "IIBUN_LLM_URL",
        "IIBUN_LLM_MODEL",
        "IIBUN_LLM_KEY",
    ],
) -> str | None: ...
@overload
def get(name: str) -> object: ...
def get(name: str) -> object:
    """The value of a setting, or its default.

    Raises:
        KeyError: if there is no setting of this name.
        WrongSetting: if the variable has a value that is not allowed.

    Example:
        ``environment.get("IIBUN_QUERY_SECONDS")`` gives ``30.0`` if the variable is not set.
    """
    setting, text = SETTINGS[name], os.environ.get(name)
    if text is None or (not text and setting.empty):
        return setting.default
    try:
        return setting.read(text)
    except ValueError as error:
        near = given.nearest(text, setting.choices)
        raise WrongSetting(given.refused(None if setting.secret else text, error, name), near=near) from None


def author() -> str:
    """Who decides where nobody is named: ``IIBUN_AUTHOR``, else the login name."""
    if named := get("IIBUN_AUTHOR"):
        return str(named)
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def check() -> None:
    """Read every setting, to find a wrong one at start.

    Raises:
        WrongSetting: for the first that is wrong.
    """
    for name in SETTINGS:
        get(name)


def unknown() -> list[str]:
    """The environment variables that begin with ``IIBUN_`` but are no settings: probably misspelt."""
    return sorted(name for name in os.environ if name.startswith("IIBUN_") and name not in SETTINGS)
