"""Folders that a script reads, checked before it reads or writes anything."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def holding(*patterns: str) -> Callable[[str], Path]:
    """An argparse type: a folder that holds a file of every pattern.

    A missing or empty folder would otherwise be read as a corpus of nothing, and what was learnt be written over.

    Args:
        patterns: globs below the folder, such as ``*.gold.json`` or ``gsd/train.bio``.

    Raises:
        argparse.ArgumentTypeError: (the folder) if there is no such folder or no file of a pattern, naming both.

    Example:
        ``parser.add_argument("gold", type=holding("*.gold.json", "*.txt"))``
    """

    def folder(name: str) -> Path:
        path = Path(name)
        if not path.is_dir():
            raise argparse.ArgumentTypeError(f"There is no folder {name}.")
        for pattern in patterns:
            if not any(path.glob(pattern)):
                raise argparse.ArgumentTypeError(f"There is no {pattern} in the folder {name}.")
        return path

    return folder
