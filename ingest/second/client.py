"""The client of an OpenAI-compatible server: one question, one answer, within limits of size and time.

Nothing but the named address is spoken to: redirects are not followed, and proxies of the environment are not used. The key goes
into a header and nowhere else; it is removed from what the server says.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from ingest.connection import transport
from ingest.second.prompt import Message
from kg.errors import IibunError

MAX_BYTES = 2_000_000  #: most bytes of an answer
AGAIN = frozenset({408, 429, 500, 502, 503, 504})  #: statuses after which the question is asked a second time


class NoAnswer(IibunError):
    """The server gave no usable answer.

    Attributes:
        status: the HTTP status, if there was one.
        again: whether asking again may help.
    """

    def __init__(self, message: str, *, status: int | None = None, again: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.again = again


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model wrote, and what it took."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass
class Server:
    """An OpenAI-compatible server.

    Attributes:
        url: the base address (``http://127.0.0.1:11434/v1``), or that of the chat completions itself.
        model: the model to ask.
        key: sent as a bearer token, if there is one.
        seconds: most seconds for one answer.
    """

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    seconds: float = 120.0
    _formatted: bool = field(default=True, repr=False)  # whether the server takes response_format

    @property
    def address(self) -> str:
        """Where questions are sent."""
        base = self.url.split("#")[0].split("?")[0].rstrip("/")
        return base if base.endswith("/chat/completions") else f"{base}/chat/completions"

    def ask(self, messages: Sequence[Message]) -> Answer:
        """The answer to a chat; asked a second time if the first attempt failed by accident.

        Raises:
            NoAnswer: if there is none.
        """
        try:
            return self._asked(messages)
        except NoAnswer as error:
            if self._formatted and error.status in (400, 422):  # an old server refuses response_format
                self._formatted = False
            elif not error.again:
                raise
        return self._asked(messages)

    def _asked(self, messages: Sequence[Message]) -> Answer:
        body: dict[str, Any] = {"model": self.model, "messages": list(messages), "temperature": 0, "stream": False}
        if self._formatted:
            body["response_format"] = {"type": "json_object"}
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        start = time.monotonic()
        deadline = start + self.seconds
        try:
            with (
                httpx.Client(transport=transport(lambda host, _: [host], deadline), timeout=self.seconds) as client,
                client.stream("POST", self.address, json=body, headers=headers) as response,
            ):
                content = self._body(response)
                status = response.status_code
        except (httpx.TimeoutException, TimeoutError):
            raise NoAnswer(f"{self.address} gave no answer within {self.seconds:g} seconds.", again=True) from None
        except httpx.UnsupportedProtocol:
            raise NoAnswer(f"{self.address} is no address of a server.") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            why = self._shown(str(error) or type(error).__name__)
            raise NoAnswer(f"{self.address} cannot be reached: {why}.", again=True) from None
        if status != 200:
            raise NoAnswer(
                f"{self.address} answered with status {status}{self._told(content)}.",
                status=status,
                again=status in AGAIN,
            )
        return self._answer(content, time.monotonic() - start)

    def _body(self, response: httpx.Response) -> bytes:
        """The bytes of an answer.

        Raises:
            NoAnswer: if they are too many, or compressed though that was not asked for.
        """
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise NoAnswer(f"{self.address} answered in a compressed form that was not asked for.")
        parts, size = [], 0
        for part in response.iter_raw():
            size += len(part)
            if size > MAX_BYTES:
                raise NoAnswer(f"{self.address} answered with more than {MAX_BYTES // 1_000_000} MB.")
            parts.append(part)
        return b"".join(parts)

    def _answer(self, content: bytes, seconds: float) -> Answer:
        """What a chat completion says.

        Raises:
            NoAnswer: if it is none.
        """
        try:
            document = json.loads(content)
            text = document["choices"][0]["message"]["content"]
        except (ValueError, RecursionError, LookupError, TypeError):
            text = None
        if not isinstance(text, str):
            raise NoAnswer(f"{self.address} answered with something that is no chat completion.")
        usage = document.get("usage")
        counts = usage if isinstance(usage, dict) else {}
        return Answer(text, _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens")), seconds)

    def _told(self, content: bytes) -> str:
        """What a server says of its error, in short."""
        try:
            document = json.loads(content)
            error = document.get("error", document)
            words = error.get("message") if isinstance(error, dict) else error
        except (ValueError, RecursionError, AttributeError):
            return ""
        return f": {self._shown(words)}" if isinstance(words, str) and words.strip() else ""

    def _shown(self, words: str) -> str:
        """Words of a server in one short line, without the key."""
        if self.key:
            words = words.replace(self.key, "…")
        return " ".join("".join(c if c.isprintable() else " " for c in words[:400]).split())[:160].rstrip(".。")


def _count(value: object) -> int:
    """A number of tokens; 0 if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value < 10**9 else 0  # neither of which nan is
