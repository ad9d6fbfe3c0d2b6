"""MediaWiki dumps (Wikinews): each page of the main namespace is an article. The dump is streamed."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

from ingest.sources.document import Document, Found, Malformed, PassedOver, Refused, TooLarge, Yield
from ingest.sources.metadata import Metadata, found_date
from ingest.sources.packed import stream_of

_MAX_PAGE = 500_000  #: characters of one page's wikitext
_REDIRECT = re.compile(r"\s{0,10}#(?:redirect|転送|リダイレクト)", re.IGNORECASE)
_DATE = re.compile(
    r"(?:\{\{\s{0,5}(?:日付|date)\s{0,5}\||【|\[\[Category:)\s{0,5}(\d{4}年\s?\d{1,2}月\s?\d{1,2}日)", re.IGNORECASE
)
#: The heading of a section on sources or related pages, where the article ends.
_END = re.compile(
    r"^(={2,4})\s{0,5}(?:情報源|出典|関連記事|関連項目|関連ニュース|外部リンク|脚注|参考文献|ソース)\s{0,5}\1",
    re.MULTILINE,
)
_DROPPED = re.compile(
    r"\[\[(?:Category|カテゴリ|File|ファイル|画像|Image):[^\[\]\n]{0,500}\]\]|__[A-Z]{3,20}__", re.IGNORECASE
)
_INTERWIKI = re.compile(r"^\[\[[a-z-]{2,12}:[^\[\]\n]{1,300}\]\]\s{0,5}$", re.MULTILINE)
_DATELINE = re.compile(r"\{\{\s{0,5}(?:日付|date)\s{0,5}\|[^{}\n]{0,60}\}\}", re.IGNORECASE)


def read(document: Document) -> Yield:
    """The pages of a dump (.xml, .xml.bz2, .xml.gz), with title, date and address; the rest is counted.

    Raises:
        Malformed: if the dump is broken.
    """
    from lxml import etree

    others = 0
    with stream_of(document) as stream:
        try:
            base = publisher = ""
            for _, element in etree.iterparse(
                stream, events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
            ):
                tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
                if tag == "base":
                    base = (element.text or "").rsplit("/", 1)[0]
                elif tag == "sitename":
                    publisher = element.text or ""
                elif tag == "page":
                    found = _page(element, document, base, publisher)
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
                    if found is not None:
                        yield found
                    else:
                        others += 1
        except (etree.XMLSyntaxError, EOFError, OSError) as error:
            raise Malformed(
                f"{document.shown} is broken as a MediaWiki dump: {stream.cut or str(error)[:120]}."
            ) from None
    if others:
        rest = PassedOver(
            f"{document.shown} has pages that are redirects, empty or not of the main namespace: {others:,}."
        )
        yield Refused(document.name, rest, others)


def _page(page: object, document: Document, base: str, publisher: str) -> Found | Refused | None:
    """The article of one page, its refusal if it is too long, or None if it is none.

    None are redirects, empty pages and those of other namespaces.
    """

    def text_of(name: str) -> str | None:
        """The text of the first element of this name, in any XML namespace."""
        return next((e.text for e in page.iter(f"{{*}}{name}")), None)  # type: ignore[attr-defined]

    title, wikitext = text_of("title") or "", text_of("text") or ""
    if (text_of("ns") or "0") != "0" or _REDIRECT.match(wikitext) or not wikitext.strip():
        return None
    name = f"{document.name} › {title}"
    if len(wikitext) > _MAX_PAGE:
        return Refused(
            name, TooLarge(f"{title[:80]} has more than {_MAX_PAGE:,} characters of wikitext; it is not read.")
        )
    published: date | None = None
    dated = _DATE.search(wikitext)
    if dated:
        published = found_date(dated[1])
    url = f"{base}/{quote(title.replace(' ', '_'))}" if base.startswith("http") else None
    return Found(plain(wikitext), name, Metadata(title, url, published, publisher or None), "text/x-wiki")


def plain(wikitext: str) -> str:
    """Wikitext as plain text, without templates, link targets, files, categories, and sections on sources.

    >>> plain("{{日付|2024年5月1日}}\\n'''[[東京都|都]]'''は発表した。\\n== 情報源 ==\\n* 新聞")
    '都は発表した。'
    """
    import mwparserfromhell

    end = _END.search(wikitext)
    if end:
        wikitext = wikitext[: end.start()]
    wikitext = _DATELINE.sub("", _INTERWIKI.sub("", _DROPPED.sub("", wikitext)))
    code = mwparserfromhell.parse(wikitext, skip_style_tags=True)
    for table in code.filter_tags(matches=lambda node: str(node.tag) in ("table", "ref", "gallery"), recursive=False):
        try:
            code.remove(table)
        except ValueError:
            continue
    text = code.strip_code(normalize=True, collapse=True).replace("'''", "").replace("''", "")
    lines = (line.strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
