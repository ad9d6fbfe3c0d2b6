"""Web pages: the article's text without navigation, and the page's metadata."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from ingest.sources.document import Document, EmptySource, Found, Yield
from ingest.sources.encoding import decode
from ingest.sources.metadata import Metadata, found_date
from ingest.sources.tags import HTML_OPTIONS, check_html

MAX_HTML = 10_000_000  #: bytes of one page
_CHARSET = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s{0,5}=\s{0,5}["']?([\w-]{2,30})""", re.IGNORECASE
)
#: Types of JSON-LD objects that describe an article.
_TYPES = frozenset({"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting", "AnalysisNewsArticle", "WebPage"})
#: Where pages have their date, the most reliable place first.
_DATES = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@name='pubdate' or @name='publishdate' or @name='date' or @name='DC.date.issued' or @name='cXenseParse:recs:publishtime']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//*[@itemprop='datePublished']/@datetime",
    "//article//time[@pubdate or contains(@class,'publish') or contains(@class,'date')]/@datetime",
    "(//article//time | //main//time)[1]/@datetime",
)  # fmt: skip


def read(document: Document) -> Yield:
    """Read a page as one article, with title, date, publisher and canonical address where the page has them.

    Ruby readings are left out, so that 羽田 with ruby does not become 羽田はねだ.

    Raises:
        EmptySource: if the page has no article text.
        TooLarge: if it has more than 10 MB or nests its elements too deeply.
    """
    data = document.data(MAX_HTML)
    declared = document.charset or charset(data)
    page = decode(data, document.shown, declared=declared, lenient=True)
    text, metadata = extract(page, document.shown, document.metadata.url)
    if not text:
        raise EmptySource(f"{document.shown} has no article text in it.")
    yield Found(text, document.name, metadata, "text/html", data)


def charset(data: bytes) -> str | None:
    """The encoding that a page declares in its first 2,000 bytes, or None."""
    match = _CHARSET.search(data[:2000])
    return match[1].decode("ascii") if match else None


def extract(page: str, name: str, url: str | None = None) -> tuple[str, Metadata]:
    """The article text of a page and its metadata; the text is empty where nothing can be parsed.

    Args:
        page: the page's source.
        name: what messages call it.
        url: its address, against which relative ones are resolved.

    Raises:
        TooLarge: if the page nests its elements more than 400 deep, or a tag has too many attributes.
    """
    import lxml.html
    from lxml import etree

    if not page.strip():
        return "", Metadata()
    page = re.sub(r"^\s{0,100}<\?xml[^>]{0,200}\?>", "", page.replace("\x00", ""))
    try:
        check_html(page, name)
        tree = lxml.html.document_fromstring(page, parser=lxml.html.HTMLParser(**HTML_OPTIONS))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return "", Metadata()
    metadata = _metadata(tree, url)
    for element in list(tree.iter("rt", "rp", "script", "style", "noscript", "template", "iframe", "svg")):
        _remove(element)
    return _text(tree, metadata, url), metadata


def fragment_text(markup: str, name: str) -> str:
    """All text of a piece of HTML (a feed entry, a mail), one line for each block.

    Args:
        markup: the HTML.
        name: what messages call it.

    Raises:
        TooLarge: if it nests its elements more than 400 deep, or a tag has too many attributes.
    """
    import lxml.html
    from lxml import etree

    markup = markup.replace("\x00", "")
    if not markup.strip():
        return ""
    try:
        check_html(markup, name)
        tree = lxml.html.document_fromstring(markup, parser=lxml.html.HTMLParser(**HTML_OPTIONS))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    return "\n".join(_blocks(tree))


def _remove(element: Any) -> None:
    """Remove an element, but keep the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _text(tree: Any, metadata: Metadata, url: str | None) -> str:
    """The article text as trafilatura finds it, without the title at its start.

    On a small page, where trafilatura often finds nothing, it is all the text if that is longer.
    """
    import copy

    import trafilatura

    plain = "\n".join(_blocks(tree)) if len(tree) else ""
    found = trafilatura.bare_extraction(
        copy.deepcopy(tree),
        url=url,
        include_comments=False,
        include_tables=True,
        with_metadata=False,
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    text = (getattr(found, "text", None) or "").strip()
    if len(text) < 60 and len(plain) < 2000:  # too small to have navigation
        text = plain if len(plain) > len(text) else text
    title = metadata.title
    if title and text.startswith(f"{title}\n"):
        text = text[len(title) :].lstrip()
    return text


_BLOCK = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "tr",
        "table",
        "dd",
        "dt",
        "dl",
        "figure",
        "figcaption",
        "pre",
        "main",
        "body",
        "br",
        "hr",
        "td",
        "th",
    ]
)


def _blocks(tree: Any) -> Iterator[str]:
    """The text of a tree, one line for each block element; without scripts, styles and ruby readings."""
    from lxml import etree

    line: list[str] = []

    def flush() -> Iterator[str]:
        """Yield the collected line, if it has words, and begin a new one."""
        words = re.sub(r"[ \t\r\n]+", " ", "".join(line)).strip()
        line.clear()
        if words:
            yield words

    skip = 0
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if not skip:
                line.append(element.tail or "")
            continue
        hidden = element.tag in ("head", "script", "style", "rt", "rp")
        if event == "start":
            if hidden:
                skip += 1
            if element.tag in _BLOCK:
                yield from flush()
            if not skip:
                line.append(element.text or "")
        else:
            if element.tag in _BLOCK:
                yield from flush()
            if hidden:
                skip -= 1
            if not skip:
                line.append(element.tail or "")
    yield from flush()


def _metadata(tree: Any, url: str | None) -> Metadata:
    """Title, address, date and publisher of a page, from JSON-LD, meta elements and headings."""

    def first(*paths: str) -> str | None:
        """The first value of the XPath expressions that is not empty, at most 2,000 characters."""
        for path in paths:
            for value in tree.xpath(path):
                if str(value).strip():
                    return str(value).strip()[:2000]
        return None

    linked = _linked_data(tree)
    address = first("//link[@rel='canonical']/@href", "//meta[@property='og:url']/@content")
    if address:
        try:
            address = urljoin(url or "", address)
        except ValueError:
            address = None
    if address and url and not _same_site(address, url):  # a page must not take over another site's address
        address = None
    published = found_date(linked.get("datePublished"))
    for path in _DATES:
        published = published or found_date(first(path))
    publisher = linked.get("publisher")
    title = first("//meta[@property='og:title']/@content")
    if not title:
        headline = linked.get("headline")
        heading = tree.xpath("//h1")
        title = (
            (headline if isinstance(headline, str) else None)
            or (heading[0].text_content().strip() if len(heading) == 1 else None)
            or first("//title/text()")
        )
    name = publisher.get("name") if isinstance(publisher, dict) else publisher
    return Metadata(
        title=title or None,
        url=address if address and address.startswith("http") else url,
        published=published,
        publisher=(name if isinstance(name, str) else None) or first("//meta[@property='og:site_name']/@content"),
    )


def _same_site(a: str, b: str) -> bool:
    """Whether two addresses have the same registrable domain (or host)."""
    from tld import get_fld

    first, second = (get_fld(x, fail_silently=True) or urlsplit(x).hostname for x in (a, b))
    return bool(first == second)


def _linked_data(tree: Any) -> dict[str, Any]:
    """The JSON-LD object that describes the article; empty if there is none with a date."""
    for script in tree.xpath("//script[@type='application/ld+json']")[:20]:
        try:
            content = json.loads((script.text or "")[:500_000])
        except (ValueError, RecursionError):
            continue
        waiting = [content]
        for _ in range(200):
            if not waiting:
                break
            item = waiting.pop(0)
            if isinstance(item, list):
                waiting.extend(item[:100])
            elif isinstance(item, dict):
                types = item.get("@type")
                if (
                    set(types) if isinstance(types, list) and all(isinstance(t, str) for t in types) else {str(types)}
                ) & _TYPES:
                    if item.get("datePublished"):
                        return item
                waiting.extend(v for k, v in item.items() if k in ("@graph", "mainEntity", "mainEntityOfPage"))
    return {}
