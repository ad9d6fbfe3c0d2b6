"""Pages opened anew in a real browser: the CPU time of its main thread until their content is there.

    iibun serve & python benchmarks/page_cpu.py http://localhost:8501

Other work on the machine leaves that time nearly alone; the seconds on the clock, printed beside, it doesn't.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import page_sessions
from benchmarks.bench_page import ARGUMENTS, CHROMIUM

PAGES = {
    "home": ("/", ".ib-counts"),
    "predictions": ("/predictions", '.ib-timeline li a, [data-testid="stVegaLiteChart"] :is(canvas, svg)'),
    "record": ("/record", ".ib-table"),
    "graph": ("/graph", ".canvas[data-nodes]"),
    "SPARQL": (f"/query?q={quote(page_sessions.ASKED)}", '[data-testid="stDataFrame"] canvas'),
}
UNCOUNTED = 2  #: rounds that fill the browser's caches


async def measure(url: str, rounds: int, names: list[str]) -> None:
    """Print the medians."""
    from playwright.async_api import async_playwright

    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(locale="ja-JP", viewport={"width": 1440, "height": 1300})
        page = await context.new_page()
        page.set_default_timeout(120_000)
        tools = await context.new_cdp_session(page)
        await tools.send("Performance.enable", {"timeDomain": "threadTicks"})
        for turn in range(UNCOUNTED + rounds):
            for name in names:
                path, content = PAGES[name]
                began = time.perf_counter()
                await page.goto(url + path)
                await page.locator(content).first.wait_for()
                wall = (time.perf_counter() - began) * 1000
                told = {m["name"]: m["value"] for m in (await tools.send("Performance.getMetrics"))["metrics"]}
                await page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
                if turn >= UNCOUNTED:
                    found[name].append((told["TaskDuration"] * 1000, told["ScriptDuration"] * 1000, wall))
        await browser.close()
    print(f"{'medians, ms':<14}{'n':>4}{'CPU':>8}{'of it script':>14}{'on the clock':>14}")
    for name, rows in found.items():
        cpu, script, wall = (sorted(column)[len(column) // 2] for column in zip(*rows, strict=True))
        print(f"{name:<14}{len(rows):>4}{cpu:>8.0f}{script:>14.0f}{wall:>14.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a server that runs")
    parser.add_argument("--rounds", type=int, default=4, help="that count (default: 4)")
    parser.add_argument("--pages", nargs="+", choices=list(PAGES), default=list(PAGES))
    args = parser.parse_args()
    asyncio.run(measure(args.url.rstrip("/"), args.rounds, args.pages))


if __name__ == "__main__":
    main()
