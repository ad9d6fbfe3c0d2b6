"""What Streamlit warns of while a test runs: a widget with two first values, a wrong argument, a deprecated one."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

#: Of the test's own frame, not of a page.
NOT_OURS = ("missing ScriptRunContext", "Session state does not function", "to view this Streamlit app")


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(autouse=True)
def no_warning(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which Streamlit logs a warning. Import it into a module of tests."""
    policies = pytest.importorskip("streamlit.elements.lib.policies")
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)  # it warns once in a process otherwise
    names = [n for n in logging.root.manager.loggerDict if n == "streamlit" or n.startswith("streamlit.")]
    kept = _Kept()
    for name in names:
        logging.getLogger(name).addHandler(kept)
    yield
    for name in names:
        logging.getLogger(name).removeHandler(kept)
    said = [line for line in kept.lines if not any(x in line for x in NOT_OURS)]
    assert not said, f"Streamlit warns: {said}"
