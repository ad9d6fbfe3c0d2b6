"""The second reader at work: an article is sent in pieces, the answers become one report, alone or joined with our own.

A piece that was not read loses nothing: what our own reader found there stays, and is not disputed. After three articles in a row
of which no piece was read, the server is not asked any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal

from ingest import batch, sections, version
from ingest.read import Failure
from ingest.second import agreement
from ingest.second.client import NoAnswer, Server
from ingest.second.pieces import pieces
from ingest.second.prompt import messages
from kg import environment
from kg.errors import IibunError, UsageError
from kg.model import Article, Extent, Report, SecondReading

Readers = Literal["local", "llm", "both"]
TRIES = 3  #: articles in a row that may fail wholly before the server is given up


class NotRead(IibunError):
    """The language model read nothing of an article."""


class Second:
    """A language model that reads articles.

    Args:
        server: the server that is asked.
        instead: whether it reads instead of our own reader, not beside it.
        characters: most characters that are sent at a time.
    """

    def __init__(self, server: Server, *, instead: bool = False, characters: int = 6000) -> None:
        self.server = server
        self.instead = instead
        self._characters = characters
        self._failed = 0  # articles in a row of which nothing was read

    @property
    def notice(self) -> str:
        """A sentence that says where texts are sent."""
        return f"Texts are sent to {self.server.address} (model {self.server.model})."

    @property
    def extractor(self) -> str:
        """The extractor that its reports name."""
        return version.with_llm(self.server.model, alone=self.instead)

    def read(self, article: Article, local: Callable[[Article], Report]) -> Report:
        """What the readers that were chosen say of an article.

        Args:
            article: what to read.
            local: our own reader; it is called only if it is to read too.

        Raises:
            NotRead: if the language model was to read alone, and did not.
        """
        return self.alone(article) if self.instead else self.both(local(article))

    def alone(self, article: Article) -> Report:
        """What the language model says of an article.

        Raises:
            NotRead: if a piece was not read: an article is read whole or not at all.
        """
        report, _ = self._read(article)
        if report.second and report.second.failures:
            raise NotRead(f"{_name(article)} was not read by the language model. {report.second.failures[0]}")
        return replace(report, extractor=version.with_llm(self.server.model, alone=True))

    def both(self, local: Report) -> Report:
        """What both readers say of an article.

        Args:
            local: the report of our own reader.
        """
        report, read = self._read(local.article)
        found = agreement.joined(local, report, read)
        whole = report.second is not None and not report.second.failures
        return replace(
            found, second=report.second, extractor=version.with_llm(self.server.model) if whole else local.extractor
        )

    def _read(self, article: Article) -> tuple[Report, list[Extent]]:
        """The language model's report, and which stretches of the text it read."""
        from ingest.second import answer  # loads spaCy, which a server does without

        parts = pieces(article.text, self._characters)
        found: list[Report] = []
        read: list[Extent] = []
        failures: list[str] = []
        dropped: list[str] = []
        asked = SecondReading(self.server.model, self.server.address, pieces=len(parts))
        for part in parts:
            piece = part.of(article)
            try:
                if self._failed >= TRIES:
                    raise NoAnswer(f"{self.server.address} was not asked, since it failed {TRIES} times in a row.")
                told = self.server.ask(messages(piece))
                asked = replace(
                    asked, seconds=asked.seconds + told.seconds,
                    prompt_tokens=asked.prompt_tokens + told.prompt_tokens,
                    completion_tokens=asked.completion_tokens + told.completion_tokens,
                )  # fmt: skip
                report = answer.report(told.text, piece, self.server.model)
                read.append(part.extent)
                dropped += report.dropped
                found.append(replace(report, dropped=()))
            except (NoAnswer, answer.Unusable) as error:
                failures.append(str(error))
                found.append(Report(piece))
        self._failed = 0 if read else self._failed + 1
        asked = replace(asked, failures=tuple(dict.fromkeys(failures)), dropped=tuple(dropped))
        return replace(sections.joined(article, parts, found), article=article, second=asked), read


def _name(article: Article) -> str:
    return article.source or article.url or article.title or article.key


def chosen(readers: Readers) -> Second | None:
    """The language model, if it is to read; None if our own reader reads alone.

    Raises:
        UsageError: if it is to read, and the environment names none.
    """
    if readers == "local":
        return None
    return Second(server(), instead=readers == "llm", characters=environment.get("IIBUN_LLM_CHARACTERS"))


def server() -> Server:
    """The server of the language model that the environment names.

    Raises:
        UsageError: if it names none.
    """
    url, model = environment.get("IIBUN_LLM_URL"), environment.get("IIBUN_LLM_MODEL")
    if not url:
        raise UsageError(
            "Set IIBUN_LLM_URL to the address of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1; "
            "nothing is sent without it."
        )
    if not model:
        raise UsageError("Set IIBUN_LLM_MODEL to the name of a model that the server of IIBUN_LLM_URL has.")
    return Server(url, model, environment.get("IIBUN_LLM_KEY"), environment.get("IIBUN_LLM_SECONDS"))


def read_many(
    articles: Iterable[Article],
    llm: Second | None,
    jobs: int | None = None,
    *,
    on_failure: Callable[[Failure], None],
    on_read: Callable[[int], None] = lambda _: None,
) -> Iterator[Report]:
    """The reports of many articles by the chosen readers, in the order of the articles.

    Args:
        articles: what to read.
        llm: the language model; None if it does not read.
        jobs: worker processes of our own reader, as in :func:`ingest.batch.extract_many`.
        on_failure: called for each article that could not be read.
        on_read: called with the number of characters after each article, or section of a long one.
    """
    if llm and llm.instead:
        for article in articles:
            try:
                yield llm.alone(article)
            except NotRead as error:
                on_failure(Failure(_name(article), error))
            on_read(len(article.text))
        return
    local = batch.extract_many(articles, jobs, on_failure=on_failure, on_read=on_read)
    yield from map(llm.both, local) if llm else local


def extractor(llm: Second | None) -> str:
    """The extractor that reports of the chosen readers name."""
    return llm.extractor if llm else version.extractor()
