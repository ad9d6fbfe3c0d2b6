"""Which server holds a folder: the file ``server.json`` with its address and token, readable by its user alone."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TypedDict

from kg.processes import alive
from kg.store.opening import place

_FILE = "server.json"


class _Server(TypedDict):
    url: str
    token: str
    pid: int
    folder: tuple[int, int] | None


def announce(folder: Path, url: str, token: str) -> None:
    """Write that this process serves a folder.

    Args:
        folder: the store's folder.
        url: address of the server's SPARQL endpoint.
        token: the token that allows writing.
    """
    part = folder / f"{_FILE}.{os.getpid()}"
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
        json.dump(_Server(url=url, token=token, pid=os.getpid(), folder=place(folder)), f)
    part.replace(folder / _FILE)


def withdraw(folder: Path) -> None:
    """Remove what this process has announced."""
    found = _read(folder)
    if found and found["pid"] == os.getpid():
        (folder / _FILE).unlink(missing_ok=True)


def elsewhere(folder: Path) -> tuple[str, str] | None:
    """The address and token of another process that serves a folder; None if there is none.

    The file in a copy of a served folder names the server of the original, which must not get what is meant for the copy.
    """
    found = _read(folder)
    if not found or found["pid"] == os.getpid() or found["folder"] != place(folder) or not alive(found["pid"]):
        return None
    return found["url"], found["token"]


def address(folder: Path) -> str | None:
    """The address of the server that holds a folder; None if there is none."""
    found = _read(folder)
    return found["url"] if found else None


def clear_leftovers(folder: Path, *, first: bool) -> None:
    """Remove the files that killed processes have left; the caller must have just opened the folder.

    Args:
        folder: the store's folder.
        first: whether this process opens the folder for the first time, so that none of the files is its own.
    """
    me = str(os.getpid())
    found = _read(folder)
    if first or found is None or str(found["pid"]) != me:
        (folder / _FILE).unlink(missing_ok=True)
    for stale in (*folder.glob(f"{_FILE}.*"), *folder.glob("version.*")):
        stale.unlink(missing_ok=True)
    for snapshot in (folder / "snapshots").glob("*-*"):
        of = snapshot.name.split("-")[0]
        if (first and of == me) or (of != me and not (of.isdigit() and alive(int(of)))):  # a query may still read it
            shutil.rmtree(snapshot, ignore_errors=True)


def _read(folder: Path) -> _Server | None:
    try:
        found = json.loads((folder / _FILE).read_text("utf-8"))
        device, inode = found["folder"]
        return _Server(url=str(found["url"]), token=str(found["token"]), pid=int(found["pid"]), folder=(device, inode))
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None
