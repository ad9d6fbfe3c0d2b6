"""A server of tools for agents over a small store, asked by the SDK's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client

import kg.store
from iibun.agents.server import Server, make
from iibun.web import listing
from kg.store import Store
from kg.tracking.claims import effective_claims
from tests.pages_store import fill
from tests.threads import in_thread

AUTHOR = "青木 (MCP)"
NEWS = "https://news.example/"


@pytest.fixture
def store() -> Iterator[Store]:
    with kg.store.memory() as found:
        fill(found)
        yield found


@pytest.fixture
def server(store: Store) -> Server:
    return make(lambda: store, author=AUTHOR, find=listing.keys, writes=True)


def results(server: Server, *calls: tuple[str, dict[str, Any]], mode: str = "auto") -> list[Any]:
    """What the SDK's client gets for some calls of tools, one after the other."""

    async def run() -> list[Any]:
        async with Client(server, mode=mode) as client:
            return [await client.call_tool(name, given) for name, given in calls]

    return in_thread(run)


def answer(server: Server, tool: str, **given: Any) -> Any:
    """The answer of a tool, which must be the same as data and as text."""
    (found,) = results(server, (tool, given))
    assert not found.is_error, found.content
    assert json.loads(found.content[0].text) == found.structured_content
    return found.structured_content


def refusal(server: Server, tool: str, **given: Any) -> str:
    """The sentence with which a tool refuses a call."""
    (found,) = results(server, (tool, given))
    assert found.is_error and len(found.content) == 1
    return str(found.content[0].text)


def quotations(found: Any) -> Iterator[dict[str, Any]]:
    """All quotations in an answer."""
    if isinstance(found, dict):
        if {"article", "start", "end", "text"} <= found.keys():
            yield found
        for value in found.values():
            yield from quotations(value)
    elif isinstance(found, list):
        for value in found:
            yield from quotations(value)


def claim_of(store: Store, words: str) -> str:
    return next(c.iri for c in effective_claims(store, limit=None) if words in c.text)
