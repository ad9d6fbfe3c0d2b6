"""Fixtures that several tests share."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest


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
