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


def open_store() -> Store:
    """The process's one store, opened at the first call (``IIBUN_STORE`` names it)."""
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
    """Make ``store`` the one that pages see (tests; the server on closing)."""
    global _store
    _store = store


@contextmanager
def owned_store() -> Iterator[Store]:
    """The store for as long as the server runs; closed at its end."""
    from iibun.archive import deletion
    from iibun.web import jobs

    opened = open_store()
    try:
        deletion.go_on(opened)
        yield opened
    finally:
        jobs.stop()
        use_store(None)
        opened.close()


def store() -> Store:
    """The store that this process serves."""
    return open_store()


def ask(name: str, **bindings: Any) -> list[dict[str, Any]]:
    """The rows of a named query (``data/queries/NAME.rq``), remembered until the store changes.

    The rows are shared between sessions: don't change them.
    """
    from kg import queries

    return _remembered(("ask", name, *sorted(bindings.items())), lambda: queries.ask(store(), name, **bindings))


def remembered(key: tuple[Any, ...], make: Any) -> Any:
    """``make()``, remembered under ``key`` (hashable) until the store changes. Shared: don't change the result.

    The key names all that the result is made of and that was there before ``make`` was called, as the tables: the store
    may have changed since they were read, and what is made of them is then no answer for those who ask anew.
    """
    return _remembered(("own", *key), make)


#: So many results are kept, those asked for last.
KEPT = 1000


class _Making:
    """A result that a thread is making, for which others who want the same wait."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: tuple[Any, ...] = ()  # the result, if there is one


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
            _memory[key] = _memory.pop(key)  # asked for last
            return _memory[key]
        others = _making.get(key)
        mine = _Making()
        if others is None:
            _making[key] = mine
    if others is not None:
        others.done.wait()
        return others.result[0] if others.result else make()  # who made it was stopped or failed
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
