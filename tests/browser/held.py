"""A slow server, at will: what the page and its server say to each other is held until a test lets it pass."""

from __future__ import annotations

from typing import Any


class Held:
    """The line between a page and its server. Make it before the page is opened."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.holding = False
        self._answers: list[tuple[Any, Any]] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, browser: Any) -> None:
        server = browser.connect_to_server()
        browser.on_message(server.send)
        server.on_message(lambda message: self._answer(browser, message))

    def _answer(self, browser: Any, message: Any) -> None:
        if self.holding:
            self._answers.append((browser, message))
        else:
            browser.send(message)

    def hold(self) -> None:
        """From now on the server's answers wait."""
        self.holding = True

    def wait(self, answers: int = 1) -> None:
        """Until so many answers of the server wait."""
        while len(self._answers) < answers:
            self.page.wait_for_timeout(20)

    def let_pass(self, answers: int | None = None) -> int:
        """Give the page so many answers (all, if None) in their order; how many it got."""
        given = self._answers[:answers]
        del self._answers[: len(given)]
        for browser, message in given:
            browser.send(message)
        return len(given)

    def release(self) -> None:
        """From now on nothing waits."""
        self.holding = False
        self.let_pass()
