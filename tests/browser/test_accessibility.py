"""axe-core on every page: nothing serious or critical, in both themes and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PATHS = (
    "/", "/articles", "/articles?add=1", "/claims", "/predictions", "/entities", "/record", "/graph", "/query",
    "/inout", "/settings",
)  # fmt: skip

#: Faults of Streamlit's own frame, which we can't mend; each with its reason.
NOT_OURS: dict[str, str] = {}


def faults(page: Any) -> list[str]:
    """Serious and critical findings, as one line each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for v in found
        if v["impact"] in {"serious", "critical"} and v["id"] not in NOT_OURS
        for node in v["nodes"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_no_serious_fault(visit: Callable[..., Any], path: str, dark: bool) -> None:
    window = visit(dark=dark)
    window.goto(path)
    window.page.wait_for_timeout(700)
    assert faults(window.page) == []


@pytest.mark.slow
@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 1440), (False, 390)])
def test_reading_view_has_no_serious_fault(visit: Callable[..., Any], dark: bool, width: int) -> None:
    window = visit(dark=dark, width=width)
    window.goto("/articles")
    window.page.locator("[data-testid=stPageLink] a").first.click()
    window.page.locator(".card").first.wait_for()
    window.page.wait_for_timeout(700)
    assert faults(window.page) == []
