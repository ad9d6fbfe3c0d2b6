"""Fixtures that several tests share."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def nlp() -> Any:
    """The whole pipeline, loaded once."""
    from tests.gate import _nlp

    return _nlp()
