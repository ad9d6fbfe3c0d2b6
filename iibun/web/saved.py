"""Saved queries: a JSON file in the store's folder; for a store without folder, in the user's data folder."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

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
        return sorted(_read(_path(store)))
    except NotSaved:
        return []


def load(store: Store, name: str) -> str:
    """The text of a saved query.

    Raises:
        NotSaved: if there is none of that name.
    """
    found = _read(_path(store))
    if name not in found:
        raise NotSaved(f"There is no saved query {name!r}; there are: {', '.join(sorted(found)) or 'none'}.")
    return found[name]


def save(store: Store, name: str, text: str) -> None:
    """Save a query under a name; replaces a query of that name.

    Raises:
        NotSaved: if the file cannot be read or written.
    """
    with _lock:
        path = _path(store)
        _write(path, _read(path) | {name: text})


def remove(store: Store, name: str) -> None:
    """Delete a saved query; does nothing if there is none of that name.

    Raises:
        NotSaved: if the file cannot be read or written.
    """
    with _lock:
        path = _path(store)
        _write(path, {k: v for k, v in _read(path).items() if k != name})


def _path(store: Store) -> Path:
    folder = getattr(store, "folder", None)
    if isinstance(folder, Path):
        return folder / "queries.json"
    where = environment.get("IIBUN_STORE") or "memory"
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "iibun" / f"queries-{hashlib.sha256(where.encode()).hexdigest()[:12]}.json"


def _read(path: Path) -> dict[str, str]:
    """The queries in a file, by name; none if there is no file.

    A file with other content raises :class:`NotSaved`, since the next save would overwrite it.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotSaved(f"{path} does not hold saved queries, or cannot be read; mend it or move it away.")
    return {str(k): str(v) for k, v in found.items()}


def _write(path: Path, queries: dict[str, str]) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(queries, ensure_ascii=False, indent=1), "utf-8")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise NotSaved(f"Queries cannot be saved in {path}: {error.strerror}.") from None
