"""Reading a source (a file, a folder, a web address, standard input) as articles."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.language import is_japanese
from ingest.sources import Document, Found, Refused, has_known_suffix, is_hidden_or_side, kind_of, reader
from ingest.sources.document import (
    MAX_CHARACTERS,
    EmptySource,
    Malformed,
    MissingSource,
    NoJapanese,
    NotText,
    PassedOver,
    ReadError,
    TooLarge,
    WrongAddress,
    one_line,
    passed_over,
    printable,
)  # fmt: skip
from ingest.sources.metadata import Metadata, beside, exact_date
from kg.errors import IibunError
from kg.files import replacing
from kg.model import Article
from kg.web import is_web_address

if TYPE_CHECKING:
    from ingest.fetch import Fetcher

_LOG = logging.getLogger(__name__)
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{1,20}):(?://|(?=data|mailto|javascript))")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MAX_DEPTH = 3  #: levels of documents within documents


@dataclass(frozen=True, slots=True)
class Failure:
    """A source, or ``count`` entries of one, that could not be read.

    ``skipped`` are those that were not meant to be read (no Japanese, pictures), which is no failure.
    """

    name: str
    error: IibunError
    skipped: bool = False
    count: int = 1

    def __str__(self) -> str:
        return str(self.error)


def read(
    source: str | Path,
    *,
    published: date | str | None = None,
    title: str | None = None,
    url: str | None = None,
    publisher: str | None = None,
    originals: Path | None = None,
    on_failure: Callable[[Failure], None] | None = None,
    fetcher: Fetcher | None = None,
) -> Iterator[Article]:
    """The articles in a source.

    Metadata given here take precedence over ``NAME.meta.json`` beside the file, and those over what the source says of
    itself. In a collection (feed, archive, rows) each entry's own date and publisher come first.

    Args:
        source: a file, a folder (read with all that is in it), an ``http(s)`` address, or ``-`` for standard input.
        published: the day of publication, a date or ``YYYY-MM-DD``; relative dates in the text count from it.
        title: the headline.
        url: the article's address, which identifies it in the store.
        publisher: the outlet.
        originals: a folder in which pages and files are kept as read, named by their SHA-256.
        on_failure: called for each source or entry that cannot be read or is skipped; reading goes on with the others.
            Without it, the first failure is raised, and what is skipped is only logged.
        fetcher: how web addresses are fetched; by default a :class:`ingest.fetch.Fetcher`, which checks them.

    Raises:
        ReadError: if the source is missing, empty, binary, without Japanese, too large or malformed.
        WrongAddress: if ``url`` is no http(s) address.
        WrongDate: if ``published`` is no date.

    Example:
        >>> [article.title for article in read("data/articles/taidan.txt")]  # doctest: +SKIP
        ['計算資源1.4兆ドルは「弾薬」…']
    """
    day = exact_date(published) if published is not None else None
    given = Metadata(title=title, url=_address(url), published=day, publisher=publisher)
    return _read(str(source), _documents(str(source), fetcher), given, originals, on_failure)


def read_address(
    url: str,
    *,
    published: date | str | None = None,
    on_failure: Callable[[Failure], None] | None = None,
    fetcher: Fetcher | None = None,
) -> Iterator[Article]:
    """The articles at a web address from an untrusted source; it never reads a file of this machine.

    Args:
        url: an ``http(s)`` address.
        published, on_failure, fetcher: as of :func:`read`.

    Raises:
        Forbidden: if it is no ``http(s)`` address, or one of the local network.
        ReadError, WrongDate: as :func:`read`.

    Example:
        >>> [article.title for article in read_address("https://news.example/1")]  # doctest: +SKIP
        ['新工場を稼働へ']
    """
    day = exact_date(published) if published is not None else None
    return _read(url, _fetched(url, fetcher), Metadata(published=day), None, on_failure)


def _fetched(url: str, fetcher: Fetcher | None) -> Iterator[Document]:
    """The page at an address, as the only document."""
    from ingest.fetch import Fetcher

    yield (fetcher or Fetcher()).document(url)


def _read(
    source: str,
    documents: Iterator[Document | Refused],
    given: Metadata,
    originals: Path | None,
    on_failure: Callable[[Failure], None] | None,
) -> Iterator[Article]:
    """The articles in some documents; an error is raised, or reported if there is ``on_failure``."""
    try:
        for document in documents:
            if isinstance(document, Refused):
                _report(document, document.error, on_failure)
            else:
                yield from _articles(document, given, originals, on_failure)
    except IibunError as error:
        if on_failure is None:
            raise
        on_failure(Failure(printable(source), error))


def read_text(
    text: str,
    *,
    published: date | str | None = None,
    title: str | None = None,
    url: str | None = None,
    publisher: str | None = None,
    source: str | None = None,
) -> Article:
    """The article of a text in memory, such as one pasted into the page; ``source`` says where it is from, if anywhere.

    The other arguments are those of :func:`read`.

    Raises:
        EmptySource, NoJapanese, TooLarge, WrongAddress, WrongDate: as :func:`read`.
    """
    day = exact_date(published, name="published") if published else None
    found = Found(text, source or "The text", Metadata(title, _address(url), day, publisher))
    return replace(_article(found, Metadata(), None, collection=False), source=source and printable(source))


def _address(url: str | None) -> str | None:
    """An address that a user gives for an article, or None if it is empty; it must be safe to show as a link."""
    if url is None or not url.strip():
        return None
    if not is_web_address(url.strip()):
        raise WrongAddress(f"{printable(url.strip()[:200])} is no http(s) address, and cannot be that of an article.")
    return url.strip()


def _documents(source: str, fetcher: Fetcher | None) -> Iterator[Document | Refused]:
    """The documents of a source: those of a folder, else one."""
    if source == "-":
        with tempfile.NamedTemporaryFile(prefix="iibun-") as kept:  # on disk, since standard input may be large
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.flush()
            yield Document("standard input", path=Path(kept.name))
        return
    if not source:  # pathlib would take it for the current folder
        raise MissingSource("An empty name is no source; give a file, a folder, a web address or -.")
    scheme = _SCHEME.match(source)
    if scheme and not Path(source).exists():
        if scheme[1].lower() not in ("http", "https"):
            raise MissingSource(f"{printable(source)} is no address that is read: use http or https, or a file's path.")
        yield from _fetched(source, fetcher)
        return
    path = Path(source)
    try:
        if path.is_dir():
            for file in files(path):
                yield file if isinstance(file, Refused) else Document(str(file), path=file)
            return
        if not path.exists():
            raise MissingSource(f"There is no file or folder {printable(source)}.")
        if not path.is_file():
            raise NotText(f"{printable(source)} is a device or pipe, not a file; use - for standard input.")
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MissingSource(f"{printable(source)} cannot be opened: {reason}.") from None
    yield Document(source, path=path)


def files(folder: Path) -> Iterator[Path | Refused]:
    """The files below a folder that may hold articles, in order of their names; then refusals for the rest.

    Hidden and side files are ignored; links to folders, unreadable folders and files of other kinds are refused.
    """
    others: list[str] = []
    unread: list[Refused] = []

    def closed(error: OSError) -> None:
        """Note a folder that cannot be opened."""
        name = str(error.filename)
        unread.append(Refused(name, MissingSource(f"{printable(name)} cannot be opened: {error.strerror}.")))

    for parent, folders, names in os.walk(folder, onerror=closed):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for linked in (str(Path(parent, f)) for f in folders if Path(parent, f).is_symlink()):
            unread.append(
                Refused(linked, PassedOver(f"{printable(linked)} is a link to a folder; it is not followed."))
            )
        for name in sorted(names):
            if not is_hidden_or_side(name):
                if has_known_suffix(name):
                    yield Path(parent, name)
                else:
                    others.append(name)
    if others:
        unread.append(passed_over(str(folder), others))
    yield from unread


def _report(
    item: Found | Document | Refused,
    error: ReadError,
    on_failure: Callable[[Failure], None] | None,
    *,
    collection: bool = False,
) -> None:
    """Report why an item gives no article; without ``on_failure``, raise a failure and log what is skipped.

    Entries of a ``collection`` that are empty or not in Japanese are skipped, not failures.
    """
    skipped = isinstance(error, PassedOver) or (collection and isinstance(error, (NoJapanese, EmptySource)))
    if on_failure is not None:
        count = item.count if isinstance(item, Refused) else 1
        on_failure(Failure(printable(item.name), error, skipped, count))
    elif not skipped:
        raise error
    else:
        _LOG.info("passed over: %s", error)


def _articles(
    document: Document, given: Metadata, originals: Path | None, on_failure: Callable[[Failure], None] | None
) -> Iterator[Article]:
    """The articles in one document; its failures go to ``on_failure`` if there is one. ``given`` comes first."""
    try:
        side = beside(document.path) if document.path else Metadata()
        reported = 0

        def report(failure: Failure) -> None:
            """Pass a failure on, and note that the document had something to read."""
            nonlocal reported
            reported += not failure.skipped
            if on_failure is not None:
                on_failure(failure)

        for article in _walk(document, given.over(side), originals, report if on_failure else None):
            reported += 1
            yield article
        if not reported:
            raise EmptySource(f"{document.shown} has no article in Japanese in it.")
    except IibunError as error:
        if on_failure is None:
            raise
        on_failure(Failure(document.shown, error))
    except OSError as error:
        failed = ReadError(f"{document.shown} cannot be read: {error.strerror or type(error).__name__}.")
        if on_failure is None:
            raise failed from None
        on_failure(Failure(document.shown, failed))


def _walk(
    document: Document,
    given: Metadata,
    originals: Path | None,
    on_failure: Callable[[Failure], None] | None,
    *,
    inside: bool = False,
) -> Iterator[Article]:
    """The articles in a document and in the documents inside it; ``inside``: it is an entry of a collection."""
    kind = kind_of(document)
    collection = inside or kind in ("feed", "rows", "warc", "mediawiki", "zip")
    shared = Metadata(publisher=given.publisher, published=given.published)
    for item in _guarded(document, kind):
        try:
            if isinstance(item, Refused):
                raise item.error
            if isinstance(item, Document):
                if document.depth >= _MAX_DEPTH:
                    raise Malformed(f"{item.shown} is packed more than {_MAX_DEPTH} levels deep.")
                inner = replace(item, depth=document.depth + 1, allowance=document.allowance)
                alone = kind == "packed" or item.kind == "docx"
                under = given if alone else shared  # a title or address belongs to one article only
                yield from _walk(inner, under, originals, on_failure, inside=collection)
            else:
                known = replace(item, metadata=item.metadata.over(document.metadata))
                under = shared if collection else given
                yield _article(known, under, originals, collection=collection)
        except ReadError as error:
            _report(item, error, on_failure, collection=collection)


def _guarded(document: Document, kind: str) -> Iterator[Found | Document | Refused]:
    """What a reader yields; any exception of a parser library becomes an error in one sentence."""
    try:
        yield from reader(kind)(document)
    except (IibunError, OSError, GeneratorExit):
        raise
    except (MemoryError, RecursionError):
        raise TooLarge(f"{document.shown} is nested or packed too deeply to be read as {kind}.") from None
    except Exception as error:
        _LOG.debug("reader %s failed on %s", kind, document.shown, exc_info=True)
        raise Malformed(
            f"{document.shown} cannot be read as {kind}: {printable(str(error))[:160] or type(error).__name__}."
        ) from None


def _article(found: Found, given: Metadata, originals: Path | None, *, collection: bool) -> Article:
    """The article of a text; in a ``collection`` its own metadata come before those that are ``given``.

    Raises:
        ReadError: if it is empty, too long, binary or without Japanese.
    """
    text, name = found.text, printable(found.name)
    if not text.strip("\ufeff \t\r\n\u3000"):
        raise EmptySource(f"{name} has no text in it.")
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(f"{name} has {len(text):,} characters; an article may have {MAX_CHARACTERS:,}. Split it.")
    if not is_japanese(text):
        raise NoJapanese(f"{name} has no Japanese in it; Iibun reads Japanese only.")
    if "\x00" in text:
        raise NotText(f"{name} is a binary file, not text.")
    text = _SURROGATES.sub("\ufffd", text)
    metadata = found.metadata.over(given) if collection else given.over(found.metadata)
    from ingest.duplicates import canonical

    return Article(
        text=text,
        title=one_line(metadata.title),
        url=canonical(metadata.url) if metadata.url else None,
        published=metadata.published,
        publisher=one_line(metadata.publisher),
        source=name,
        original=_keep(found.original, originals, name) if originals and found.original else None,
        media_type=found.media_type,
        illustration=bool(metadata.illustration),
    )


def _keep(original: bytes, folder: Path, name: str) -> str:
    """Write the bytes to a file named by their SHA-256, completely or not at all, and return the digest."""
    digest = hashlib.sha256(original).hexdigest()
    target = folder / digest[:2] / digest
    try:
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target) as new:
                new.write_bytes(original)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ReadError(f"{name} cannot be kept as read in {printable(str(folder))}: {reason}.") from None
    return digest
