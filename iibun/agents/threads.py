"""Threads of the tools' own, so that agents cannot use up those that the pages need."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

#: Most calls of tools that run at the same time; others wait.
MOST: Final = 16


class Threads:
    """The threads of one server.

    Example:
        ``await Threads().run(lookups.claims, topic="AI")``
    """

    def __init__(self) -> None:
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, do: Callable[..., T], *args: Any, **more: Any) -> T:
        """Call a blocking function in a thread and return its result; who stops waiting leaves it to end by itself."""
        if self._limiter is None:  # it belongs to the event loop
            self._limiter = anyio.CapacityLimiter(MOST)
        call = partial(do, *args, **more)
        return await anyio.to_thread.run_sync(call, limiter=self._limiter, abandon_on_cancel=True)
