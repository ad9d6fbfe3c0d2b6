"""``iibun ingest --dask``: extraction on a Dask cluster, whose workers write N-Quads parts or into a SPARQL server.

``ToParts``, ``ToStore`` and ``ToQuads`` are what a worker does with a chunk of articles. The functions at the end find
and load the parts.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iibun.batch.shuffle import write_whole
from ingest.batch import extract_chunk
from kg.errors import IibunError
from kg.model import Article

if TYPE_CHECKING:
    from kg.merging import Merged, Source
    from kg.store import Store


class NoPart(IibunError):
    """A part does not exist or is not valid N-Quads."""


@dataclass(frozen=True, slots=True)
class ToParts:
    """Work for a cluster: extract a chunk of articles and write one N-Quads part to a folder or fsspec URL.

    The part's name follows from its articles and the extractor, and the part appears whole or not at all. So a chunk
    that is processed twice writes the same part twice. Returns (articles, failures, bytes).
    """

    url: str

    def __call__(self, articles: list[Article]) -> tuple[int, list[str], int]:
        outcomes = extract_chunk(articles)
        failures = [o.error for o in outcomes if o.error]
        read, left = len(outcomes) - len(failures), list[str]()
        content = gzip.compress(b"".join(_n_quads(o.report, left) for o in outcomes if o.report), 6, mtime=0)
        write_whole(f"{self.url.rstrip('/')}/{part_name(articles)}", content)
        return read, [*failures, *left], len(content)


@dataclass(frozen=True, slots=True)
class ToStore:
    """Work for a cluster: extract a chunk of articles and replace their graphs in a SPARQL server.

    Replacing a graph is one request and can be repeated. Returns (articles, failures, quads).
    """

    url: str

    def __call__(self, articles: list[Article]) -> tuple[int, list[str], int]:
        import kg.store

        with kg.store.open(self.url) as store:
            return self.write(store, articles)

    @staticmethod
    def write(store: Store, articles: list[Article]) -> tuple[int, list[str], int]:
        """Extract articles and replace their graphs in an open store; returns as the call does."""
        from iibun.archive.held import Held
        from kg.rdf import article_iri, quads

        held = Held(store)
        outcomes = extract_chunk(articles)
        failures = [o.error for o in outcomes if o.error]
        read = len(outcomes) - len(failures)
        written = 0
        for outcome in outcomes:
            if outcome.report:
                report, beside = held.standing(outcome.report)
                graph = [*quads(report), *beside]
                store.replace(article_iri(outcome.article), [*graph, *_signed(outcome.article)])
                written += len(graph)
                failures += _left_out(outcome.article, graph)
        return read, failures, written


class ToQuads:
    """Work for a cluster: extract a chunk of articles for one writer elsewhere. Returns (reports, failures)."""

    def __call__(self, articles: list[Article]) -> tuple[list[Any], list[str]]:
        outcomes = extract_chunk(articles)
        return [o.report for o in outcomes if o.report], [o.error for o in outcomes if o.error]


def part_name(articles: list[Article]) -> str:
    """The file name of the part for these articles; changes with their texts, dates and the extractor."""
    from ingest.version import extractor

    digest = hashlib.sha256(extractor().encode())
    for article in articles:
        digest.update(f"{article.key} {article.text_hash} {article.published}\n".encode())
    return f"part-{digest.hexdigest()[:32]}.nq.gz"


def _left_out(article: Article, graph: list[Any]) -> list[str]:
    """Messages about what failed a check and is not in the article's graph."""
    from iibun.archive.writer import dropped
    from kg.rdf import article_iri

    return [f"left out: {line} (of {article_iri(article)})" for line in dropped(article, graph)]


def _n_quads(report: Any, left: list[str]) -> bytes:
    """A report as N-Quads; messages about what was left out are added to ``left``."""
    import pyoxigraph

    from kg.rdf import quads

    out = io.BytesIO()
    graph = list(quads(report))
    left += _left_out(report.article, graph)
    pyoxigraph.serialize([*graph, *_signed(report.article)], out, format=pyoxigraph.RdfFormat.N_QUADS)
    return out.getvalue()


def _signed(article: Article) -> list[Any]:
    """The quad that holds the article's MinHash signature, by which near-duplicates are found."""
    from pyoxigraph import NamedNode, Quad

    from ingest.duplicates import signature
    from kg.rdf import article_iri, string
    from kg.vocab import IIB

    node = NamedNode(article_iri(article))
    return [Quad(node, IIB.minhash, string(signature(article.text)), node)]


def names(url: str) -> Iterator[str]:
    """The names of the files in a folder or fsspec URL; none where it is not there."""
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(url)
    try:
        yield from (str(name).rsplit("/", 1)[-1] for name in filesystem.ls(path, detail=False))
    except FileNotFoundError:
        return


def load_parts(store: Store, urls: list[str], **options: Any) -> Merged:
    """Merge parts, or any dump of quads, into a store.

    Args:
        store: where to load.
        urls: files, folders of parts and fsspec URLs.
        **options: of :func:`kg.merging.merge`.

    Returns:
        What was merged; sources that cannot be found or read are in its ``failed``.
    """
    from kg.merging import merge

    failed: list[str] = []
    sources = [_source(name) for name in part_names(urls, failed)]
    merged = merge(store, sources, **options)
    merged.failed[:0] = failed
    return merged


def _source(url: str) -> Source:
    import fsspec

    from kg.merging import Source

    if Path(url).is_file():
        return Source.file(Path(url))
    return Source(url, lambda: fsspec.open(url, "rb", compression="infer").open())


def part_names(urls: list[str], failed: list[str]) -> Iterator[str]:
    """The parts at these addresses, those in folders included; messages about missing ones are added to ``failed``."""
    import fsspec

    for url in urls:
        if Path(url).is_file():  # also if its name looks like a URL
            yield url
            continue
        filesystem, path = fsspec.core.url_to_fs(url)
        if filesystem.isdir(path):
            names = sorted(str(n) for n in filesystem.ls(path, detail=False))
            parts = [filesystem.unstrip_protocol(n) for n in names if n.endswith((".nq", ".nq.gz"))]
            if not parts:
                failed.append(f"there is no part (.nq, .nq.gz) in {url}")
            yield from parts
        elif filesystem.exists(path):
            yield url
        else:
            failed.append(f"there is no part {url}")


__all__ = ["NoPart", "ToParts", "ToQuads", "ToStore", "load_parts", "names", "part_name", "part_names"]
