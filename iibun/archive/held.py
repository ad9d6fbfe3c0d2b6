"""What a store holds of articles: their state, their texts, former texts, and who has the same text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyoxigraph import Quad

from ingest.version import covers
from kg import prepared
from kg.errors import IibunError
from kg.model import Article, Report
from kg.rdf import article_iri, headline, string
from kg.store.sparql import NotAnIri
from kg.tracking import metadata

if TYPE_CHECKING:
    from kg.store import Store


class NoArticle(IibunError):
    """The store does not have an article."""


@dataclass(frozen=True, slots=True)
class Version:
    """A former text of an article, kept when the article was corrected."""

    iri: str
    text_hash: str
    text: str
    title: str
    replaced: datetime


class Held:
    """The articles of a store.

    Args:
        store: where they are.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def state(self, article: Article) -> dict[str, Any] | None:
        """What the store knows of an article; None if it does not have it.

        Returns:
            ``hash``, ``extractor``, ``published``, ``title``, ``publisher``, ``url``, ``original`` and ``outdated``.
        """
        return self._held(article_iri(article))

    def _held(self, iri: str) -> dict[str, Any] | None:
        return next(iter(prepared.rows(self.store, "state_of_article", article=iri)), None)

    def known(self, article: Article) -> Article:
        """An article completed with the metadata that the store has, so that due dates are counted from the right date.

        Metadata that is not given stays as it was: pasting a text again without a date does not remove the date. A text
        without an address gets the address of the article with the same text, unless outlet or date differ. People's
        corrections take precedence over what is given.
        """
        if article.url is None and self.state(article) is None:
            article = self._of_known_address(article)
        iri = article_iri(article)
        held = self.state(article)
        if held is None:
            return article
        state = metadata.as_corrected(self._read(article, held), metadata.corrections(self.store, [iri]).get(iri, {}))
        if state["title"] == headline(replace(article, title=None)):
            state["title"] = article.title  # the store's title is only the text's first line, so there is none
        return replace(article, **{name: state[name] for name in metadata.FIELDS})

    def _of_known_address(self, article: Article) -> Article:
        """An article with the address of the one that has the same text, if outlet and date don't contradict that."""
        original = self.copy_of(article)
        held = self._held(original) if original else None
        if held is None or not held["url"]:
            return article
        same = all(
            given is None or held[name] in (None, given)
            for name, given in (("publisher", article.publisher), ("published", article.published))
        )
        return replace(article, url=held["url"]) if same else article

    def _read(self, article: Article, held: dict[str, Any]) -> dict[str, Any]:
        """An article's metadata before corrections, as :func:`kg.tracking.metadata.states` gives it.

        Given values replace those in the store; missing ones are taken from the store.
        """
        state = metadata.states(self.store, [article_iri(article)])[article_iri(article)]
        same = held["hash"] == article.text_hash  # a title that is the first line changes with the text
        for name in metadata.FIELDS:
            given = getattr(article, name)
            before = state["read"].get(name, state[name])
            if given is None:
                given = before if name != "title" or same else headline(article)
            elif given == state[name]:
                given = before  # equal to the store's value, which may be a correction; keep what was read
            state[name] = given
        return {**state, "read": {}, "outdated": False}

    def standing(self, report: Report) -> tuple[Report, list[Quad]]:
        """A report with its article's corrected metadata, and quads for the values before correction.

        The quads also say whether the article is outdated: extracted with another date than it has now.
        """
        iri, article = article_iri(report.article), report.article
        held = self.state(article)
        if held is None:
            read = {"published": article.published, "title": headline(article), "publisher": article.publisher}
            now: dict[str, Any] = {**read, "read": {}, "outdated": False}
        else:
            now = self._read(article, held)
        then = metadata.as_corrected(now, metadata.corrections(self.store, [iri]).get(iri, {}))
        then["outdated"] = then["published"] != article.published and bool(report.claims or report.dates)
        standing = replace(article, **{name: then[name] for name in metadata.FIELDS})
        return replace(report, article=standing), metadata.beside(iri, then)

    def is_done(self, article: Article, extractor: str) -> bool:
        """Whether the store has this text as read by this extractor, with the same date, title and outlet.

        A duplicate is done only while its original is in the store.

        Args:
            article: as returned by :meth:`known`.
            extractor: name and version, as :func:`ingest.version.extractor` gives them; what it read together with a
                language model is done, too.
        """
        held = self.state(article)
        return bool(
            held
            and held["hash"] == article.text_hash
            and covers(held["extractor"], extractor)
            and held["published"] == article.published
            and not held["outdated"]
            and (article.title is None or held["title"] == string(article.title).value)
            and (article.publisher is None or held["publisher"] == string(article.publisher).value)
            and (held["original"] is None or self._held(held["original"]))
        )

    def copy_of(self, article: Article) -> str | None:
        """The IRI of another article in the store with the same text; None if there is none."""
        held = prepared.rows(self.store, "article_with_same_text", hash=article.text_hash, own=article_iri(article))
        return held[0]["article"] if held else None

    def versions(self, article: str) -> list[Version]:
        """The former texts of an article, oldest first."""
        rows = prepared.rows(self.store, "versions_of_article", article=article)
        return [Version(r["version"], r["hash"], r["text"], r["title"], r["replaced"]) for r in rows]

    def article(self, iri: str) -> Article | None:
        """An article of the store, with what is needed to extract it again; None if there is none."""
        row = self.body(iri)
        if row is None:
            return None
        return Article(
            text=row["text"], title=row["title"], url=row["url"], published=row["published"],
            publisher=row["publisher"], source=row["source"], original=row["original"], media_type=row["format"],
            illustration=bool(row["illustration"]),
        )  # fmt: skip

    def body(self, iri: str) -> dict[str, Any] | None:
        """An article's text and what was given with it."""
        return next(iter(prepared.rows(self.store, "article_as_given", article=iri)), None)

    def articles(self) -> Iterator[str]:
        """The IRIs of all articles in the store, in order, a page at a time."""
        after = ""
        while rows := prepared.rows(self.store, "articles_after", after=after):
            yield from (row["article"] for row in rows)
            after = rows[-1]["article"]


def find(store: Store, name: str) -> str:
    """The IRI of the article that an IRI or a web address means.

    Args:
        store: where it is.
        name: its IRI, or its address, with or without what tracking adds to it.

    Raises:
        NoArticle: if the store does not have it.

    Example:
        ``find(store, "https://news.example/1?utm_source=feed")``
    """
    from ingest.duplicates import canonical

    held = Held(store)
    addresses = (article_iri(Article("", url=url)) for url in (canonical(name), name) if url)
    for iri in (name, *addresses):
        with suppress(ValueError, NotAnIri):  # the name may be no IRI
            if held.body(iri) is not None:
                return iri
    raise NoArticle(f"There is no article {name!r} in the store.")
