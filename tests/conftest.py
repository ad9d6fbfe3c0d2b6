"""Fixtures that several tests share."""

import os
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import settings

# no timed assertions, and the same examples for every run of CI
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

TODAY = date(2028, 1, 15)


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
def nlp() -> Any:
    """The whole pipeline, loaded once."""
    from tests.gate import _nlp

    return _nlp()
