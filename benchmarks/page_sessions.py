"""Readers without a browser: what Streamlit's front end asks of the server, and how long the answers take.

A browser takes more of a machine than the server does, so ten browsers on the server's own cores say little of the
server. A session here opens the WebSocket that a browser's tab opens, sends the messages that it sends (go to an address, in the
same session or a new one; a word typed into a search) and reads what comes back until the script has ended.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import urllib.request
from collections import defaultdict
from typing import Any
from urllib.parse import quote, urlencode

Times = dict[str, list[float]]
#: Names that a search finds as they stand, entities and articles of the store.
NAMES = "SELECT ?x { { SELECT ?e { ?m iib:entity ?e } GROUP BY ?e ORDER BY DESC(COUNT(?m)) LIMIT 40 } ?e skos:prefLabel ?x } GROUP BY ?x"
ENTITIES = "SELECT ?x { ?m iib:entity ?x } GROUP BY ?x ORDER BY DESC(COUNT(?m)) LIMIT 40"
ARTICLES = "SELECT ?x { ?x a schema:NewsArticle } LIMIT 200"
ASKED = "SELECT ?m (COUNT(*) AS ?n) WHERE { ?c a iib:Prediction ; iib:modality ?m } GROUP BY ?m"


class Session:
    """One tab: a WebSocket to the server.

    Example:
        ``async with Session(url) as tab: seconds = await tab.visit("claims", modality="probable")``
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.received = 0  # bytes
        self._search: tuple[str, str] | None = None  # widget and fragment of the page's first text box

    async def __aenter__(self) -> Session:
        import websockets

        self._socket = await websockets.connect(
            self.url.replace("http", "ws", 1) + "/_stcore/stream", subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None, open_timeout=60, additional_headers={"Origin": self.url},
        )  # fmt: skip
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._socket.close()

    async def visit(self, page: str, /, **state: str) -> float:
        """Go to a page, with what its address says; the seconds until its script has ended."""
        return await self._run(page, urlencode(state))

    async def type(self, page: str, words: str) -> float:
        """Type some words into the first text box of the page that is open; the seconds until the answer is there."""
        if self._search is None:
            raise RuntimeError(f"{page} has no text box")
        return await self._run(page, urlencode({"q": words}), *self._search, words)

    async def _run(self, page: str, query: str, widget: str = "", fragment: str = "", value: str = "") -> float:
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        asked = BackMsg()
        run = asked.rerun_script
        run.query_string, run.page_name, run.fragment_id = query, page, fragment
        run.context_info.locale, run.context_info.timezone, run.context_info.url = "ja-JP", "Asia/Tokyo", self.url
        if widget:
            run.widget_states.widgets.add(id=widget, string_value=value)
        began = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        while True:
            data = await self._socket.recv()
            self.received += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "delta":
                element = message.delta.new_element
                shown = element.WhichOneof("type")
                if shown in ("exception", "alert"):
                    raise RuntimeError(f"{page}?{query}: {element}"[:300])
                if shown == "text_input" and self._search is None:
                    self._search = (element.text_input.id, message.delta.fragment_id)
            elif kind == "script_finished" and message.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            ):  # fmt: skip
                return time.perf_counter() - began


async def people(url: str, count: int, rounds: int, think: float) -> Times:
    """So many people at once, each of whom does everything ``rounds`` times, with a pause before each page.

    Args:
        url: the server's.
        count: how many.
        rounds: of each.
        think: seconds that a reader looks at a page, more or less.

    Returns:
        Milliseconds by step; ``failed`` has an entry for each round that failed.
    """
    times: Times = defaultdict(list)
    found = tuple(some(url, query) for query in (NAMES, ENTITIES, ARTICLES))

    async def person(number: int) -> None:
        rng = random.Random(number)
        await asyncio.sleep(think * number / count)
        for turn in range(rounds):
            try:
                await _round(url, rng, times, think, found, f"{number}-{turn}")
            except Exception as error:
                times["failed"].append(0)
                print(f"person {number}: {str(error)[:200] or type(error).__name__}", flush=True)

    await asyncio.gather(*(person(n) for n in range(count)))
    return times


async def _round(
    url: str, rng: random.Random, times: Times, think: float, found: tuple[list[str], ...], number: str
) -> None:
    """What a reader of ``bench_page`` does in one round: a new tab where that one goes to an address."""
    names, entities, articles = found

    async def pause() -> None:
        await asyncio.sleep(think * (0.5 + rng.random()))

    async def step(what: str, doing: Any) -> None:
        times[what].append(await doing * 1000)

    async with Session(url) as tab:
        await step("first content", tab.visit(""))
        await pause()
        await step("search", tab.type("", rng.choice(names)))
        await step("open entity", tab.visit("entity", iri=rng.choice(entities)))
    await pause()
    async with Session(url) as tab:
        await step("claims", tab.visit("claims"))
        chosen = {"modality": rng.choice(("asserted", "probable", "possible", "hoped", "intended"))}
        await step("filter claims", tab.visit("claims", **chosen))
        await step("page of claims", tab.visit("claims", **chosen, page="2"))
        await step("claims as a table", tab.visit("claims", **chosen, page="2", view="table"))
    await pause()
    async with Session(url) as tab:
        await step("articles", tab.visit("articles", page=str(rng.randrange(1, 9))))
        await step("open article", tab.visit("article", iri=rng.choice(articles)))
    await pause()
    for page in ("predictions", "record"):
        async with Session(url) as tab:
            await step(page, tab.visit(page))
        await pause()
    first, second = rng.sample(entities, 2)
    async with Session(url) as tab:
        await step("graph", tab.visit("graph"))
        await tab.visit("graph", entity=first)
        await step("expand graph", tab.visit("graph", entity=first, open=second))
        await step("time of graph", tab.visit("graph", entity=first, open=second, since="2025-03-01"))
    await pause()
    async with Session(url) as tab:
        await step("SPARQL", tab.visit("query", q=f"{ASKED} # {number}"))


def some(url: str, query: str) -> list[str]:
    """The values of ``?x`` in the rows of a query, from the endpoint."""
    request = urllib.request.Request(
        f"{url}/sparql?query={quote(query)}", headers={"Accept": "application/sparql-results+json"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return [row["x"]["value"] for row in json.load(answer)["results"]["bindings"]]
