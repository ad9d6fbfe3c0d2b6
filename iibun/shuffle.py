"""Across parts on a cluster: which articles are near copies, as a shuffle keyed by the bands of their signatures."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from itertools import combinations

from ingest.duplicates import NEAR, bands
from kg.vocab import IIB

Signed = tuple[str, str]  # an article's IRI and its signature
_LARGEST = 500  #: articles compared within one group; a band that more share is boilerplate


def near_copies(parts: list[str], address: str) -> list[tuple[str, str, float]]:
    """Pairs of articles in N-Quads parts that are near copies, with the estimated share of what they have in common.

    Every article is sent to the groups of its eight bands; within a group all pairs are compared. So the work grows
    with the articles and their copies, not with all pairs, and each group can be computed anywhere.

    Args:
        parts: addresses of parts that ``iibun ingest --dask … --parts`` wrote (files or fsspec URLs).
        address: of the Dask scheduler.

    Source: Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
    """
    import dask.bag
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        keyed = dask.bag.from_sequence(parts).map(_keyed).flatten()
        groups = keyed.groupby(_first, shuffle="tasks")
        found = client.compute(groups.map(_pairs).flatten().distinct()).result()
    return sorted(found)


def signatures(part: str) -> Iterator[Signed]:
    """The articles of a part, each with its signature."""
    import fsspec
    import pyoxigraph

    with fsspec.open(part, "rb", compression="infer") as stream:
        for quad in pyoxigraph.parse(stream, format=pyoxigraph.RdfFormat.N_QUADS):
            if quad.predicate == IIB.minhash:
                yield quad.subject.value, quad.object.value


def _keyed(part: str) -> list[tuple[str, Signed]]:
    return [(band, (iri, signed)) for iri, signed in signatures(part) for band in bands(signed)]


def _first(keyed: tuple[str, Signed]) -> str:
    return keyed[0]


def _pairs(group: tuple[str, Iterable[tuple[str, Signed]]]) -> list[tuple[str, str, float]]:
    members = sorted({signed for _, signed in group[1]})[:_LARGEST]
    found = []
    for (a, first), (b, second) in combinations(members, 2):
        alike = estimate(first, second)
        if a != b and alike >= NEAR:
            found.append((a, b, alike))
    return found


def estimate(first: str, second: str) -> float:
    """The share of equal values in two signatures, which estimates the texts' likeness (Jaccard)."""
    a, b = base64.b64decode(first), base64.b64decode(second)
    size = len(a) // 4
    return sum(a[n * 4 : n * 4 + 4] == b[n * 4 : n * 4 + 4] for n in range(size)) / size
