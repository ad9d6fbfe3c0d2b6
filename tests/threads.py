"""Asynchronous functions run in a thread of their own: the browser's library keeps a loop running in that of the tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio


def in_thread(function: Callable[..., Awaitable[Any]], *given: Any) -> Any:
    """What an asynchronous function returns."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, function, *given).result()
