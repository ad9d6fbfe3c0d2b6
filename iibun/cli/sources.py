"""The sources that a command line names: their articles, and how many files they are."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from iibun.cli import options

if TYPE_CHECKING:
    from iibun.cli.tally import Progress
    from ingest.read import Failure
    from ingest.sources.document import Refused
    from kg.model import Article


def articles(
    args: argparse.Namespace, on_failure: Callable[[Failure], None], progress: Progress | None = None
) -> Iterator[Article]:
    """The articles of all sources on the command line.

    Args:
        args: of ``iibun ingest``.
        on_failure: called for each source that failed or was skipped, instead of raising.
        progress: counts the sources begun.
    """
    from ingest.fetch import Fetcher
    from ingest.read import Failure, read
    from ingest.sources.document import PassedOver, Refused

    fetcher = Fetcher(private=args.allow_private)
    for source in args.sources:
        for name in _files(source) or [source]:
            if progress:
                progress.begun += 1
            if isinstance(name, Refused):
                on_failure(Failure(name.name, name.error, isinstance(name.error, PassedOver), name.count))
                continue
            yield from read(
                name,
                published=args.published,
                publisher=args.publisher,
                title=args.title,
                url=args.url,
                originals=args.originals or options.originals_of(args.store),
                on_failure=on_failure,
                fetcher=fetcher,
            )


def _files(source: str) -> list[Path | Refused]:
    """The files of a folder, with those that were refused; empty if the source is not a folder."""
    from ingest.read import files

    try:
        folder = Path(source)
        return list(files(folder)) if source and folder.is_dir() else []
    except (OSError, ValueError):
        return []


def count(sources: list[str]) -> int:
    """The number of files and addresses, with the files in folders."""
    return sum(sum(isinstance(f, Path) for f in _files(source)) or 1 for source in sources)
