"""Fixtures that several tests share."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# no timed assertions, and the same examples for every run of CI
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Give ``__main__`` back: Streamlit's AppTest puts its script there, which processes spawned later would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def nlp() -> Any:
    """The whole pipeline, loaded once."""
    from tests.gate import _nlp

    return _nlp()
