"""Recorded answers of a language model to our prompts, and the server that gives them as a real one would.

    python -m tests.recorded_llm prompts DIR    writes the prompt of each *own unseen* article into DIR
    python -m tests.recorded_llm record DIR     takes DIR/NAME.json as the answer to each prompt
    python -m tests.recorded_llm serve [PORT]   answers by HTTP; `IIBUN_LLM_URL=http://127.0.0.1:8099/v1`

An answer is found by the hash of its question, so that a changed prompt has no answer.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from ingest.read import read
from ingest.second.prompt import Message, messages
from tests.paths import ROOT

GOLD = ROOT / "tests/gold/unseen"
ANSWERS = ROOT / "tests/data/llm"
PORT = 8099
KIND = "a large language model, given the prompts"
DATE = "2026-12-02"
Reply = tuple[int, bytes]


def prompts() -> dict[str, list[Message]]:
    """The messages that ask about each article, by its name."""
    return {path.stem: messages(next(iter(read(path)))) for path in sorted(GOLD.glob("*.txt"))}


def digest(asked: list[Message]) -> str:
    """The hash of a question."""
    return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()


def answers() -> dict[str, str]:
    """The recorded answers, by the hash of their question."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(ANSWERS.glob("*.json"))]
    return {row["prompt"]: row["answer"] for row in found}


def completion(text: str, **usage: Any) -> bytes:
    """A chat completion that says a text."""
    message = {"role": "assistant", "content": text}
    return json.dumps(
        {"object": "chat.completion", "choices": [{"index": 0, "message": message}], "usage": usage}
    ).encode()


def recorded(body: dict[str, Any]) -> Reply:
    """The recorded reply to a request."""
    text = answers().get(digest(body["messages"]))
    if text is None:
        return 404, json.dumps({"error": {"message": "no recorded answer to this prompt"}}).encode()
    return 200, completion(text)


@contextmanager
def serving(reply: Callable[[dict[str, Any]], Reply], port: int = 0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server of chat completions; gives its base address and the requests that it got.

    Args:
        reply: status and body for the body of a request.
        port: of this machine; 0 for a free one.
    """
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append({"path": self.path, "headers": dict(self.headers), "body": body})
            status, content = reply(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(arguments: list[str]) -> int:
    """Run one of the commands above."""
    match arguments:
        case ["prompts", folder]:
            Path(folder).mkdir(parents=True, exist_ok=True)
            for name, asked in prompts().items():
                whole = "\n\n".join(f"[{m['role']}]\n{m['content']}" for m in asked)
                (Path(folder) / f"{name}.prompt.txt").write_text(whole + "\n", "utf-8")
        case ["record", folder]:
            for name, asked in prompts().items():
                path = Path(folder) / f"{name}.json"
                if path.exists():
                    row = {"model": KIND, "date": DATE, "prompt": digest(asked), "answer": path.read_text("utf-8")}
                    (ANSWERS / path.name).write_text(json.dumps(row, ensure_ascii=False, indent=1) + "\n", "utf-8")
        case ["serve", *port]:
            with serving(recorded, int(port[0]) if port else PORT) as (url, _):
                print(f"IIBUN_LLM_URL={url} IIBUN_LLM_MODEL=recorded; Ctrl-C ends it", flush=True)
                _wait()
        case _:
            print(__doc__)
            return 2
    return 0


def _wait() -> None:
    from threading import Event

    try:
        Event().wait()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
