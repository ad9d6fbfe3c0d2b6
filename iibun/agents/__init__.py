"""Iibun as a server of the Model Context Protocol: tools by which a language model's agent asks a store.

- ``lookups``, ``query``: tools that read the store; ``texts``: tools that read and store a text; ``decisions``: tools that judge.
- ``paging``, ``quotations``: what their answers have in common.
- ``server``: all tools as one server, for standard input and output; ``endpoint``: the same at ``/mcp`` of ``iibun serve``.

The protocol itself is the SDK's, which is an extra (``pip install 'iibun[mcp]'``): only ``server`` and ``endpoint`` import it.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

from kg import environment
from kg.errors import IibunError

#: Path of the server that ``iibun serve`` has for agents.
PATH: Final = "/mcp"


class NotInstalled(IibunError):
    """The SDK is not installed, or is too old."""


def need() -> None:
    """Check that the SDK is installed.

    Raises:
        NotInstalled: if it is not; it says how to install it.
    """
    try:
        found = version("mcp")
    except PackageNotFoundError:
        raise NotInstalled(
            "Agents need the package mcp, which is not installed: `pip install 'iibun[mcp]'` brings it."
        ) from None
    if int(found.partition(".")[0]) < 2:
        raise NotInstalled(f"Agents need the package mcp 2, not {found}: `pip install 'iibun[mcp]'` brings it.")


def author() -> str:
    """Whose name the judgements of agents carry if nobody is named: the user's, and that it was through an agent."""
    return f"{environment.author()} (MCP)"
