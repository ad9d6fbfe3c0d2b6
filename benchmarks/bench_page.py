"""The page in a real browser: from a click to what it brings about, alone and with ten people at once.

    python benchmarks/bench_page.py --triples 1000000

Fills a store with made-up articles (benchmarks/make_articles.py), serves it, and drives Debian's Chromium. Prints for
each interaction the milliseconds from the action to its outcome on the screen (p50, p95) and those that the server's
process computed meanwhile (which other work on the machine leaves alone). Then so many people at once, who wait a while
between two actions as readers do: first as sessions without browsers (page_sessions.py), which is the server's share of
what they wait for, then with a browser each, on the same cores as the server, then with a runaway SPARQL query and a
job that reads articles beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import kg.store
from benchmarks import make_articles, page_sessions

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUADS_AN_ARTICLE = 722
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
STEPS = (
    "first content", "search", "open entity", "claims", "filter claims", "page of claims", "claims as a table", "articles",
    "open article", "predictions", "graph", "expand graph", "time of graph", "record", "SPARQL",
)  # fmt: skip

Times = dict[str, list[float]]


@contextmanager
def served(store: Path) -> Iterator[tuple[str, int]]:
    """Our server over a store, as its address and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = os.environ | {"IIBUN_STORE": str(store), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "iibun", "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        while True:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit("the server ended") from None
                time.sleep(0.1)
        print(f"listening after {time.perf_counter() - began:.1f} s", flush=True)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


def computed(pid: int | None) -> float:
    """Milliseconds that a process has computed so far, all its threads together (Linux); 0 elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


class Reader:
    """One person at a browser of their own; ``times`` collects milliseconds by step."""

    def __init__(self, page: Any, url: str, times: Times, seed: int, pid: int | None = None) -> None:
        self.page, self.url, self.times, self.rng, self.pid = page, url, times, random.Random(seed), pid
        self.names = page_sessions.some(url, page_sessions.NAMES)

    @asynccontextmanager
    async def timed(self, step: str) -> AsyncIterator[None]:
        began, busy = time.perf_counter(), computed(self.pid)
        yield
        self.times[step].append((time.perf_counter() - began) * 1000)
        self.times[f"{step} cpu"].append(computed(self.pid) - busy)

    async def see(self, selector: str, **options: Any) -> Any:
        """Wait for something to be seen: asked for every 10 ms (Playwright's own waiting asks seldom: its times lay half a second apart)."""
        found = self.page.locator(selector, **options).first
        began = time.perf_counter()
        while not await found.is_visible():
            if time.perf_counter() - began > 60:
                raise TimeoutError(f"{selector} is not to be seen")
            await asyncio.sleep(0.01)
        return found

    async def settled(self) -> None:
        await self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')

    async def open(self, step: str, path: str, selector: str) -> None:
        """Go to an address, as by a link from elsewhere: a new session."""
        async with self.timed(step):
            await self.page.goto(self.url + path)
            await self.see(selector)
        await self.settled()

    async def round(self, think: float = 0.0) -> None:
        """Everything once."""
        for step in (self.home, self.entity, self.claims, self.article, self.others, self.graph, self.ask):
            await step()
            if think:
                await asyncio.sleep(think * (0.5 + self.rng.random()))

    async def home(self) -> None:
        await self.open("first content", "/", ".ib-counts")
        name = self.rng.choice(self.names)
        box = self.page.get_by_role("searchbox").or_(self.page.get_by_role("textbox")).first
        async with self.timed("search"):
            await box.fill(name)
            await self.see("section[aria-live] a", has_text=name)
        await self.settled()

    async def entity(self) -> None:
        async with self.timed("open entity"):
            await self.page.locator("section[aria-live] a").first.click()
            await self.see("[class*=st-key-entity-links]")
        await self.settled()

    async def claims(self) -> None:
        await self.page.goto(f"{self.url}/claims")
        await self.see(".ib-card")
        await self.settled()
        before = await self.page.locator("p strong").first.inner_text()
        pill = self.page.locator('.stMain [data-testid="stButtonGroup"] button').nth(self.rng.randrange(1, 6))
        async with self.timed("filter claims"):
            await pill.click()
            await self.page.wait_for_function(
                "before => document.querySelector('.stMain p strong')?.innerText !== before", arg=before
            )
        await self.settled()
        first = await self.page.locator(".ib-card").first.inner_text()
        async with self.timed("page of claims"):
            await self.page.get_by_role("button", name="2ページ", exact=True).click()
            await self.page.wait_for_function(
                "first => { const card = document.querySelector('.ib-card'); return card && card.innerText !== first }",
                arg=first,
            )
        await self.settled()
        async with self.timed("claims as a table"):
            await self.page.get_by_role("radio", name="表").click()
            await self.see('[data-testid="stDataFrame"] canvas')
        await self.settled()

    async def article(self) -> None:
        await self.page.goto(f"{self.url}/articles?page={self.rng.randrange(1, 9)}")
        link = await self.see('[data-testid="stPageLink"] a')
        await self.settled()
        async with self.timed("open article"):
            await link.click()
            await self.see(".text .claim")
        await self.settled()

    async def others(self) -> None:
        await self.open("predictions", "/predictions", ".ib-timeline li a")
        await self.open("record", "/record", ".ib-table")

    async def graph(self) -> None:
        await self.open("graph", "/graph", ".canvas[data-nodes]")
        spot = await self.page.locator(".canvas").evaluate(
            """canvas => { const cy = canvas._cyreg.cy, box = canvas.getBoundingClientRect();
               const at = cy.nodes().max((n) => n.degree()).ele.id(); return at; }"""
        )
        await self.page.goto(f"{self.url}/graph?entity={quote(spot)}")
        canvas = await self.see(".canvas[data-nodes]")
        await self.settled()
        await self.page.wait_for_timeout(700)  # the layout moves its nodes for half a second
        await canvas.scroll_into_view_if_needed()
        at = await canvas.evaluate(
            """canvas => { const cy = canvas._cyreg.cy, box = canvas.getBoundingClientRect();
               const inside = (p) => p.x > 20 && p.y > 60 && p.x < box.width - 20 && p.y < box.height - 20;
               const node = cy.nodes().filter((n) => !n.hasClass("centre") && inside(n.renderedPosition()))[0];
               const p = node.renderedPosition(); return { x: box.x + p.x, y: box.y + p.y, nodes: canvas.dataset.nodes }; }"""
        )
        async with self.timed("expand graph"):
            await self.page.mouse.dblclick(at["x"], at["y"])
            await self.page.wait_for_function("() => location.search.includes('open=')")
            await self.see(f".canvas[data-nodes]:not([data-nodes='{at['nodes']}'])")
        await self.settled()
        slider = self.page.get_by_role("slider").first
        await slider.focus()
        async with self.timed("time of graph"):
            await self.page.keyboard.press("PageUp")
            await self.page.wait_for_function("() => location.search.includes('since=')")
            await self.settled()
        await self.settled()

    async def ask(self) -> None:
        query = "SELECT ?m (COUNT(*) AS ?n) WHERE { ?c a iib:Prediction ; iib:modality ?m } GROUP BY ?m"
        await self.open(
            "SPARQL", f"/query?q={quote(query)}&r={self.rng.random()}", '[data-testid="stDataFrame"] canvas'
        )


async def measure(
    url: str, people: int, rounds: int, think: float, *, pid: int | None = None, busy: bool = False
) -> Times:
    """The times of so many people, each in a browser context of their own, all at once."""
    from playwright.async_api import async_playwright

    times: Times = defaultdict(list)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

        async def page_of() -> Any:
            context = await browser.new_context(locale="ja-JP", viewport={"width": 1440, "height": 1300})
            page = await context.new_page()
            page.set_default_timeout(60_000)
            return page

        async def person(number: int) -> None:
            reader = Reader(await page_of(), url, times, number, pid)
            await asyncio.sleep(think * number / people)
            for _ in range(rounds):
                try:
                    await reader.round(think)
                except Exception as error:
                    times["failed"].append(0)
                    print(f"person {number}: {str(error).splitlines()[0]}", flush=True)

        others = [asyncio.create_task(_long_work(await page_of(), url))] if busy else []
        await asyncio.gather(*(person(n) for n in range(people)))
        for task in others:
            task.cancel()
        await browser.close()
    return times


async def _long_work(page: Any, url: str) -> None:
    """A query that never ends by itself, again and again, after an article has been given to the reading job."""
    words = "架空電力の三条望社長は、2031年までに新工場を稼働させると述べた。投資額は200億円を見込む。\n"
    await page.goto(f"{url}/articles?add=1")
    await page.get_by_label("本文", exact=True).fill(words * 300)
    await page.get_by_role("button", name="読み取る").first.click()
    while True:
        await page.goto(f"{url}/query?q={quote(RUNAWAY)}")
        await asyncio.sleep(25)


def tell(title: str, times: Times) -> None:
    """Print a table of the times."""
    print(f"\n{title:<34}{'n':>5}{'p50 ms':>9}{'p95 ms':>9}{'server ms':>11}")
    every: list[float] = []
    for step in STEPS:
        if values := sorted(times[step]):
            every += values
            cpu = sorted(times[f"{step} cpu"])
            # with several people the server computes for others meanwhile
            shown = f"{_at(cpu, 0.5):>11.0f}" if any(cpu) and "people" not in title else ""
            print(f"{step:<34}{len(values):>5}{_at(values, 0.5):>9.0f}{_at(values, 0.95):>9.0f}{shown}")
    every.sort()
    if every:
        print(f"{'all':<34}{len(every):>5}{_at(every, 0.5):>9.0f}{_at(every, 0.95):>9.0f}")
    print(f"failed rounds: {len(times['failed'])}; load of the machine: {os.getloadavg()[0]:.1f}", flush=True)


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument(
        "--folder", type=Path, help="a store that make_articles.py has filled (default: fill a new one)"
    )
    parser.add_argument("--rounds", type=int, default=10, help="of one person alone (default: 10)")
    parser.add_argument("--sessions", type=int, default=10, help="people at once without browsers (0: leave it out)")
    parser.add_argument("--people", type=int, default=10, help="at once, with browsers (default: 10; 0: leave it out)")
    parser.add_argument("--think", type=float, default=4.0, help="seconds between two pages of a reader (default: 4)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = args.folder or Path(folder) / "store"
        if not where.exists():
            with kg.store.open(where) as store:
                store.hold()  # type: ignore[attr-defined]
                print(f"{make_articles.fill(store, args.triples // QUADS_AN_ARTICLE):,} quads", flush=True)
        with served(where) as (url, pid):
            began = time.perf_counter()
            asyncio.run(measure(url, 1, 1, 0))  # once before it counts: the tables are read, the browser's cache filled
            print(f"first round, with the reading of the store: {time.perf_counter() - began:.0f} s", flush=True)
            if args.rounds:
                tell("one person", asyncio.run(measure(url, 1, args.rounds, 0, pid=pid)))
            if args.sessions:
                busy = computed(pid)
                times = asyncio.run(page_sessions.people(url, args.sessions, 3, args.think))
                busy = computed(pid) - busy
                tell(f"{args.sessions} people without browsers", times)
                steps = sum(len(times[step]) for step in STEPS)
                print(f"the server computed {busy / max(steps, 1):.0f} ms for each of {steps} steps", flush=True)
            if args.people:
                rounds = max(1, args.rounds // 4)
                tell(f"{args.people} people at once", asyncio.run(measure(url, args.people, rounds, args.think)))
                beside = asyncio.run(measure(url, args.people, rounds, args.think, busy=True))
                tell(f"{args.people} people, long work beside", beside)


if __name__ == "__main__":
    main()
