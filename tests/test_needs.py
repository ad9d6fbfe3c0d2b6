"""`make quick` leaves out what loads models or starts processes, however deep in helpers that is."""

from __future__ import annotations

import multiprocessing
import subprocess
from collections.abc import Callable
from pkgutil import resolve_name

import pytest

from ingest import pipeline
from ingest.reader import network
from kg.endpoint.workers import Pool
from tests import gate, needs, store_servers


def _started() -> None:
    subprocess.run(["true"])


class _Helper:
    def work(self) -> None:
        _started()


class _Counting(Pool):
    """A pool of ours."""


def _plain() -> int:
    return store_servers.free_port()


CASES: list[tuple[Callable[[], object], set[str]]] = [
    (lambda: 1, set()),
    (_plain, set()),
    (lambda: _started(), {"processes"}),
    (lambda: _Helper().work(), {"processes"}),
    (lambda: [multiprocessing.Process() for _ in range(2)], {"processes"}),
    (lambda: store_servers.ours, {"processes"}),
    (lambda: _Counting, {"processes"}),
    (lambda: pipeline.load(), {"model"}),
    (lambda: network.network(), {"model"}),
    (lambda: gate.measure("own articles", []), {"model"}),
]


@pytest.mark.parametrize(("function", "marks"), CASES)
def test_what_a_test_needs_is_found(function: Callable[[], object], marks: set[str]) -> None:
    assert needs.of(function) == marks


@pytest.mark.parametrize("name", sorted(needs.STARTING | needs.LOADING))
def test_what_is_looked_for_is_there(name: str) -> None:
    assert resolve_name(name)
