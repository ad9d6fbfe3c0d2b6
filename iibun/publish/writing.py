"""Write a site into a folder: only what differs, and never over what somebody else put there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kg.errors import IibunError, UsageError

#: The file that lists what we wrote, so that the next time knows what is no longer part of the site.
LIST = ".iibun-site.json"


class NotWritten(IibunError):
    """The site cannot be written: the disk is full, or the folder may not be changed."""


class Written(NamedTuple):
    """Numbers of files: in the site, written now, unchanged, and removed since they are no longer part of it."""

    files: int
    changed: int
    same: int
    removed: int


def write(site: Mapping[str, bytes], folder: Path) -> Written:
    """Write the files of a site.

    Args:
        site: path within the site → content.
        folder: is made if it does not exist.

    Raises:
        UsageError: if the folder is a file, or holds something that is no site of ours.
        NotWritten: if it cannot be written; what was written is whole, and the next run goes on.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     write({"index.html": b"a"}, Path(place) / "site").changed, write({"index.html": b"a"}, Path(place) / "site").same
    (1, 1)
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file; name a folder.")
        former = _former(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # The list comes first and holds old and new: a run that is stopped leaves nothing that the next one does not know.
        _put(folder / LIST, _listed({*former, *site}))
        for name in {*former, *site}:  # of a run that was killed
            _new(folder / name).unlink(missing_ok=True)
        changed = sum(_put(folder / name, data) for name, data in sorted(site.items()))
        gone = sorted(former - site.keys())
        for name in gone:
            (folder / name).unlink(missing_ok=True)
        for parent in sorted({p for name in gone for p in Path(name).parents if p.name}, reverse=True):
            if (folder / parent).is_dir() and not any((folder / parent).iterdir()):
                (folder / parent).rmdir()
        _put(folder / LIST, _listed(set(site)))
    except OSError as error:
        raise NotWritten(f"Can't write to {folder}: {error.strerror}.") from None
    return Written(len(site), changed, len(site) - changed, len(gone))


def _former(folder: Path) -> set[str]:
    """The files that the last run wrote."""
    listed = folder / LIST
    if not listed.is_file():
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError(f"{folder} holds files that `iibun publish` did not write; name an empty or a new folder.")
        return set()
    try:
        found = json.loads(listed.read_text("utf-8"))
        names = set(found["files"])
    except (ValueError, KeyError, TypeError, OSError):
        raise UsageError(f"{listed} can't be read; delete the folder {folder}, or name another one.") from None
    # a list that somebody changed must not make us delete files elsewhere
    return {n for n in names if isinstance(n, str) and not Path(n).is_absolute() and ".." not in Path(n).parts}


def _listed(names: set[str]) -> bytes:
    return (json.dumps({"files": sorted(names)}, indent=1) + "\n").encode()


def _put(path: Path, data: bytes) -> bool:
    """Write a file if its content differs; return whether it did."""
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    new = _new(path)
    try:
        new.write_bytes(data)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    return True


def _new(path: Path) -> Path:
    """Where a file is written before it takes its place."""
    return path.with_name(path.name + ".new")
