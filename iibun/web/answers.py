"""The store that the pages show, and its answers, remembered until it changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.store import Store

_store: Store | None = None
_lock = threading.Lock()


def store() -> Store:
    """The one store of this process, which ``IIBUN_STORE`` names; opened at the first call."""
    global _store
    with _lock:
        if _store is None:
            import kg.store
            from kg.store.folder import FolderStore

            opened = kg.store.open()
            if isinstance(opened, FolderStore):
                opened.hold()
            _store = opened
        return _store


def use_store(store: Store | None) -> None:
    """Set the store of the pages; for tests, and with None when the server closes."""
    global _store
    _store = store


@contextmanager
def owned_store() -> Iterator[Store]:
    """Context manager: the store while the server runs; at its end, jobs are cancelled and the store is closed."""
    from iibun.archive import deletion
    from iibun.batch import jobs

    opened = store()
    try:
        deletion.go_on(opened)
        yield opened
    finally:
        jobs.stop()
        use_store(None)
        opened.close()


def ask(name: str, **bindings: Any) -> list[dict[str, Any]]:
    """The rows of a named query (``data/queries/NAME.rq``), cached until the store changes.

    The rows are shared between sessions: don't change them.
    """
    from kg import queries

    return _remembered(("ask", name, *sorted(bindings.items())), lambda: queries.ask(store(), name, **bindings))


def remembered(key: tuple[Any, ...], make: Any) -> Any:
    """The result of ``make()``, cached under ``key`` until the store changes. It is shared: don't change it.

    Args:
        key: hashable. It must contain everything that ``make`` uses and that was computed before the call, such as the
            tables: they may be older than the store, and a result made from them must not be given to a caller that
            already has newer ones.
        make: computes the result. One thread calls it while others that want the same result wait.
    """
    return _remembered(("own", *key), make)


#: Size of the cache; the least recently used results are dropped.
KEPT = 1000


class _Making:
    """A result that one thread is computing; other threads that want it wait."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: tuple[Any, ...] = ()  # the result as its one item; empty if computing it failed


_memory: dict[tuple[Any, ...], Any] = {}
_making: dict[tuple[Any, ...], _Making] = {}
_memory_version: Any = None
_lock_memory = threading.Lock()


def _remembered(key: tuple[Any, ...], make: Any) -> Any:
    global _memory_version
    version = (id(store()), store().version)
    with _lock_memory:
        if version != _memory_version:
            _memory.clear()
            _making.clear()
            _memory_version = version
        if key in _memory:
            _memory[key] = _memory.pop(key)  # move to the end: most recently used
            return _memory[key]
        others = _making.get(key)
        mine = _Making()
        if others is None:
            _making[key] = mine
    if others is not None:
        others.done.wait()
        return others.result[0] if others.result else make()  # the other thread failed or its session was stopped
    try:
        result = make()
        mine.result = (result,)
    finally:
        with _lock_memory:
            if _making.get(key) is mine:
                del _making[key]
                if mine.result and version == _memory_version:
                    while len(_memory) >= KEPT:
                        _memory.pop(next(iter(_memory)))
                    _memory[key] = mine.result[0]
        mine.done.set()
    return result
