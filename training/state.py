"""The saved state of training: which training it belongs to, so that no other one continues from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kg.errors import IibunError
from training.articles import Annotated


class OtherTraining(IibunError):
    """A saved state was made with another configuration or from other articles."""


def fingerprints(config: Mapping[str, Any], found: Iterable[Annotated]) -> tuple[str, str]:
    """What identifies the first and the second training: their configuration and the annotated articles.

    Thresholds are left out, since decoding alone uses them, and so are the folders of the articles. A change of the
    second training leaves the first one valid.

    Args:
        config: the whole configuration.
        found: the articles for training.
    """
    data = {k: x for k, x in config["data"].items() if k == "repeat"}
    first = {"data": data, **{k: config[k] for k in ("encoder", "training", "losses")}}
    articles = [[a.set, a.name, a.text, a.gold] for a in found]
    return _digest(first, articles), _digest(first, articles, config["second"])


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def check(path: Path, noted: str | None, fingerprint: str) -> None:
    """Refuse a saved state of another training.

    Args:
        path: its file, for the message.
        noted: the fingerprint in it, or None if it has none.
        fingerprint: that of this training.

    Raises:
        OtherTraining: if they differ.
    """
    if noted != fingerprint:
        raise OtherTraining(
            f"{path} is the state of another training ({noted or 'without a fingerprint'}, this one is {fingerprint}): "
            "its configuration or its articles differ. Delete the file to begin anew, or name another folder with --work."
        )


def load(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """The state in a file, or None if there is no such file.

    Raises:
        OtherTraining: if it is that of another training.
    """
    import torch  # here, so that the rest works without it

    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, weights_only=False)
    check(path, state.get("fingerprint"), fingerprint)
    return state


def save(path: Path, state: Mapping[str, Any], fingerprint: str) -> None:
    """Save a state, completely or not at all."""
    import torch

    part = path.with_suffix(".part")
    torch.save({**state, "fingerprint": fingerprint}, part)
    part.rename(path)
