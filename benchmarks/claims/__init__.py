"""Passages of our own with their claims marked; here their texts."""

from __future__ import annotations

import re
from pathlib import Path

_MARK = re.compile(r"‹[^;:‹›]*;[aphoirq];\+?:|›")


def passages(path: Path) -> list[str]:
    """The texts of a practice file, without the marks of their claims."""
    found: list[list[str]] = []
    for line in path.read_text("utf-8").splitlines(keepends=True):
        if line.startswith("@"):
            found.append([])
        elif not line.startswith("#") and found:
            found[-1].append(line)
    return [_MARK.sub("", "".join(lines).rstrip("\n")) for lines in found]
