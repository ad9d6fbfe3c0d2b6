"""Saved queries, and the files of what is saved: JSON in the store's folder, or for a store without folder in the user's."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import environment
from kg.errors import IibunError

if TYPE_CHECKING:
    from kg.store import Store

_lock = threading.Lock()


class NotSaved(IibunError):
    """There is no saved query of that name, or the file cannot be read or written."""


def names(store: Store) -> list[str]:
    """The names of the saved queries, sorted; empty if the file cannot be read (saving then reports the error)."""
    try:
        return sorted(read(path(store)))
    except NotSaved:
        return []


def load(store: Store, name: str) -> str:
    """The text of a saved query.

    Raises:
        NotSaved: if there is none of that name.
    """
    found = read(path(store))
    if name not in found:
        raise NotSaved(f"There is no saved query {name!r}; there are: {', '.join(sorted(found)) or 'none'}.")
    return str(found[name])


def save(store: Store, name: str, text: str) -> None:
    """Save a query under a name; replaces a query of that name.

    Raises:
        NotSaved: if the file cannot be read or written.
    """
    change(store, "queries", lambda found: found | {name: text})


def remove(store: Store, name: str) -> None:
    """Delete a saved query; does nothing if there is none of that name.

    Raises:
        NotSaved: if the file cannot be read or written.
    """
    change(store, "queries", lambda found: {k: v for k, v in found.items() if k != name})


def change(store: Store, what: str, to: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change a file of what is saved.

    Args:
        store: whose file it is.
        what: its kind, as for :func:`path`.
        to: gives the new content for the old.

    Raises:
        NotSaved: if the file cannot be read or written.
    """
    with _lock:
        where = path(store, what)
        _write(where, to(read(where)))


def path(store: Store, what: str = "queries") -> Path:
    """The file of what is saved of a kind: ``queries`` or ``searches``."""
    folder = getattr(store, "folder", None)
    if isinstance(folder, Path):
        return folder / f"{what}.json"
    where = environment.get("IIBUN_STORE") or "memory"
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "iibun" / f"{what}-{hashlib.sha256(where.encode()).hexdigest()[:12]}.json"


def read(path: Path) -> dict[str, Any]:
    """What a file holds, by name; nothing if there is no file.

    Raises:
        NotSaved: if the file has other content, since the next save would overwrite it.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotSaved(f"{path} holds no saved queries or searches, or cannot be read; mend it or move it away.")
    return {str(k): v for k, v in found.items()}


def _write(path: Path, queries: dict[str, Any]) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(queries, ensure_ascii=False, indent=1), "utf-8")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise NotSaved(f"Nothing can be saved in {path}: {error.strerror}.") from None
