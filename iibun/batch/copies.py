"""Finds near-duplicate articles across N-Quads parts: a shuffle keyed by the bands of MinHash signatures (LSH)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from iibun.batch.shuffle import Exchange, each
from ingest.duplicates import NEAR, bands
from kg.vocab import IIB

Signed = tuple[str, str]  # an article's IRI and its MinHash signature
_LARGEST = 500  #: most articles compared within one group; a band that more of them share comes from boilerplate


def near_copies(parts: list[str], work: str, address: str | None = None) -> list[tuple[str, str, float]]:
    """Pairs of near-duplicate articles in N-Quads parts, as (IRI, IRI, estimated Jaccard similarity), sorted.

    Every article is sent to the groups of its bands; within a group all pairs are compared. So the work grows with the
    number of articles and duplicates, not with the number of pairs, and each group can be computed by any worker.

    Args:
        parts: files or fsspec URLs of parts that ``iibun ingest --dask … --parts`` wrote.
        work: an empty folder or fsspec URL that all workers can reach, for the shuffle.
        address: of the Dask scheduler; without it, everything is computed in this process.

    Source: Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
    """
    exchange = Exchange(f"{work.rstrip('/')}/bands", max(1, min(4096, len(parts) // 100)))
    each(_Sign(exchange), enumerate(parts), address)
    found = each(_Meet(exchange), range(exchange.buckets), address)
    return sorted({pair for pairs in found for pair in pairs})


def signatures(part: str) -> Iterator[Signed]:
    """The articles of a part, each with its MinHash signature (base64)."""
    import fsspec
    from pyoxigraph import Literal, RdfFormat, Triple

    from kg.store.parsing import parse

    with fsspec.open(part, "rb", compression="infer") as stream:
        for quad in parse(stream, RdfFormat.N_QUADS, part):
            if (
                quad.predicate == IIB.minhash
                and not isinstance(quad.subject, Triple)
                and isinstance(quad.object, Literal)
            ):
                yield quad.subject.value, quad.object.value


@dataclass(frozen=True, slots=True)
class _Sign:
    """Work for a part: send each of its articles to the groups of its bands."""

    exchange: Exchange

    def __call__(self, numbered: tuple[int, str]) -> None:
        number, part = numbered
        records = ((band, (iri, signed)) for iri, signed in signatures(part) for band in bands(signed))
        self.exchange.send(f"{number:08}", records)


@dataclass(frozen=True, slots=True)
class _Meet:
    """Work for a bucket: compare the articles of each group and return the near-duplicates."""

    exchange: Exchange

    def __call__(self, bucket: int) -> list[tuple[str, str, float]]:
        found = []
        for group in self.exchange.groups(bucket).values():
            for (a, first), (b, second) in combinations(sorted(set(group))[:_LARGEST], 2):
                alike = estimate(first, second)
                if a != b and alike >= NEAR:
                    found.append((a, b, alike))
        return found


def estimate(first: str, second: str) -> float:
    """The share of equal values in two base64 MinHash signatures, which estimates the texts' Jaccard similarity."""
    a, b = base64.b64decode(first), base64.b64decode(second)
    size = len(a) // 4
    return sum(a[n * 4 : n * 4 + 4] == b[n * 4 : n * 4 + 4] for n in range(size)) / size
