"""The second reader on the command line: chosen by ``--reader``; it says where texts are sent before the first one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iibun.i18n import telling

if TYPE_CHECKING:
    from ingest.second.reading import Readers, Second
    from kg.model import SecondReading


def chosen(readers: Readers, command: str) -> Second | None:
    """The language model if it is to read, announced on standard error; None if it is not.

    Args:
        readers: of ``--reader``.
        command: the name of the command, for the message.

    Raises:
        UsageError: if it is to read and the environment does not name it.
    """
    from ingest.second import reading

    found = reading.chosen(readers)
    if found:
        telling.tell(f"{command}: {telling.explain(found.notice)}")
    return found


class Cost:
    """What the language model took for all articles, for the summary of a command."""

    def __init__(self) -> None:
        self.articles = self.prompt_tokens = self.completion_tokens = 0
        self.seconds = 0.0
        self.failures: list[str] = []

    def add(self, reading: SecondReading | None) -> None:
        """Count one article."""
        if reading is None:
            return
        self.articles += 1
        self.prompt_tokens += reading.prompt_tokens
        self.completion_tokens += reading.completion_tokens
        self.seconds += reading.seconds
        self.failures += reading.failures

    def tell(self) -> None:
        """Print it on standard error, with the failures; nothing if no article was sent."""
        if not self.articles:
            return
        said = {"prompt": self.prompt_tokens, "completion": self.completion_tokens, "seconds": self.seconds}
        telling.tell(telling.t("llm-cost", n=self.articles, failed=len(self.failures), **said))
        for line in list(dict.fromkeys(self.failures))[:20]:
            telling.tell(f"  {telling.t('failed', why=telling.explain(line))}")
