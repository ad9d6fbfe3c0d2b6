"""The results of a search as plain data: for ``iibun search``, for feeds, and the keys for agents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from iibun.i18n import Language, translate
from iibun.web import tables
from iibun.web.marking import spans
from kg import feeds

if TYPE_CHECKING:
    from datetime import date

    from iibun.web.search import Results
    from kg.store import Store

#: What is searched, by the names that commands and agents use, with the kinds of the search.
KINDS: dict[str, tuple[str, ...]] = {
    "entities": ("entity",), "claims": ("claim",), "predictions": ("prediction",), "articles": ("article",),
}  # fmt: skip
#: The kinds that a feed has: what happened on a day.
FED = ("claims", "predictions", "articles")
#: The page of each kind of result.
_PAGES = {"entity": "entity", "claim": "claims", "prediction": "prediction", "article": "article"}


@dataclass(frozen=True, slots=True)
class Row:
    """A result.

    Args:
        kind: ``entity``, ``claim``, ``prediction`` or ``article``.
        iri: of the thing.
        text: its name, title or content.
        marks: the half-open ranges of the text that match.
        speaker: who said it.
        names: other names.
        published: the day of the article.
        article: IRI of the article.
        url: address of the article.
        publisher: outlet of the article.
    """

    kind: str
    iri: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    speaker: str = ""
    names: tuple[str, ...] = ()
    published: date | None = None
    article: str = ""
    url: str = ""
    publisher: str = ""

    def document(self) -> dict[str, Any]:
        """The row without what is empty, for ``json.dumps``."""
        names = (name for name in self.__slots__ if name != "published")
        day = {"published": self.published.isoformat()} if self.published else {}
        return {name: value for name in names if (value := getattr(self, name))} | day


def keys(store: Store, text: str, kinds: Sequence[str]) -> list[str]:
    """The IRIs of what a search of a store finds of some kinds, best first."""
    return [entry.key for entry in tables.of(store).search(text).of(*kinds)]


def rows(data: tables.Tables, found: Results, *kinds: str, limit: int | None = None) -> list[Row]:
    """The results of some kinds as rows, best first; all if ``limit`` is None."""
    return [_row(data, found, entry.kind, entry.key) for entry in found.of(*kinds)[:limit]]


def _row(data: tables.Tables, found: Results, kind: str, iri: str) -> Row:
    if kind == "entity":
        entity = data.entities.loc[iri]
        marks = spans(entity["label"], found.words, name=True)
        others = tuple(name for name in entity["names"] if name != entity["label"])
        return Row(kind, iri, entity["label"], tuple(marks), names=others)
    if kind == "article":
        article, where = data.articles.loc[iri], iri
        text, speaker = article["title"] or article["url"] or "", ""
    else:
        claim = data.claims.loc[iri]
        where, text, speaker = claim["article"], claim["title"] or claim["text"], data.who(claim)
        article = data.articles.loc[where] if where in data.articles.index else {}
    day = article.get("published")
    return Row(
        kind, iri, text, tuple(spans(text, found.words)), speaker, published=day if day == day else None, article=where,
        url=article.get("url") or "", publisher=article.get("publisher") or "",
    )  # fmt: skip


def feed(
    store: Store, query: str, *, kinds: Sequence[str] = FED, limit: int | None = None, lang: Language = "ja", host: str = ""
) -> bytes:  # fmt: skip
    """What a search finds now, except people and organizations, as an Atom feed, the latest first.

    Args:
        store: what is searched.
        query: as typed.
        kinds: of :data:`FED`.
        limit: most results of each kind; all if None.
        lang: of the title.
        host: scheme and host of the page, such as ``http://localhost:8501``; empty to link to the articles only.
    """
    data = tables.of(store)
    found, items = data.search(query), []
    for row in (row for kind in kinds for row in rows(data, found, *KINDS[kind], limit=limit)):
        page = f"{host}/{_PAGES[row.kind]}?{urlencode({'iri': row.iri})}" if host else row.url
        said = row.speaker or translate("claims.narrator", lang)
        title = row.text if row.kind == "article" else f"{said}：{row.text}" if lang == "ja" else f"{said}: {row.text}"
        kind = translate(f"home.kind-{row.kind}", lang)
        items.append(feeds.Item(row.iri, title, row.published, page, row.url, row.publisher, kind))
    title = translate("home.feed-title", lang, query=query)
    address = f"{host}/feed?{urlencode({'q': query})}" if host else f"urn:iibun:search:{quote(query)}"
    return feeds.feed(items, title=title, url=address)


async def serve(request: Any) -> Any:
    """``/feed?q=…``: :func:`feed` of the store that the pages show."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse, Response

    from iibun.i18n import requested_language
    from iibun.web import answers

    query = request.query_params.get("q", "").strip()
    lang = requested_language(request.url.query, request.headers.get("accept-language", ""))
    if not query:
        return PlainTextResponse(translate("home.feed-empty", lang) + "\n", 400)
    host = f"{request.url.scheme}://{request.url.netloc}"
    body = await run_in_threadpool(feed, answers.store(), query, lang=lang, host=host)
    return Response(body, media_type="application/atom+xml")
