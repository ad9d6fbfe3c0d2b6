"""Write a file or folder so that it appears whole or not at all."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kg.processes import alive


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A context in which a new file or folder beside ``path`` is written; at its end it takes the place of ``path``.

    After an error ``path`` is as before. Of a symbolic link, the file that it points to is written. Each process has its own new file, since two may write the same path at once. What a
    killed one has left is removed.

    Example:
        ``with replacing(path) as new: new.write_text(content, "utf-8")``
    """
    path = Path(os.path.realpath(path))
    for left in path.parent.glob(f"{glob.escape(path.name)}.*.part"):
        of = left.name.split(".")[-2]
        if of.isdecimal() and of.isascii() and not alive(int(of)):
            _remove(left)
    new = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield new
        new.replace(path)
    finally:
        _remove(new)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
