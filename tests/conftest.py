"""Fixtures that several tests share."""

import os
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import settings

from tests import needs

# no timed assertions, and the same examples for every run of CI
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

TODAY = date(2028, 1, 15)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that `make quick` leaves out."""
    for item in items:
        if isinstance(item, pytest.Function):
            for mark in needs.marks(item):
                item.add_marker(mark)


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Give ``__main__`` back: Streamlit's AppTest puts its script there, which processes spawned later would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", autouse=True)
def _late_enough() -> Iterator[None]:
    """Verdicts are given on a day after all our stories, whatever the clock of this machine says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kg.tracking.verdicts.today", lambda: TODAY)
        yield


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands speak English, whatever the locale of this machine."""
    monkeypatch.setenv("IIBUN_LANG", "en")


@pytest.fixture(scope="session")
def nlp() -> Iterator[Any]:
    """The whole pipeline, loaded once; commands that a test runs in this process use it too."""
    import ingest
    from tests.gate import _nlp

    found, load = _nlp(), ingest.load
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest, "load", lambda *args, **more: load(*args, **more) if args or more else found)
        yield found


@pytest.fixture(autouse=True)
def _no_model_unasked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a test fail that reads articles without the mark `model`, for `make quick` would load the models."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("It loads the models: ask for the fixture nlp.")

    if request.node.get_closest_marker("model") is None:
        monkeypatch.setattr("ingest.load", refuse)
