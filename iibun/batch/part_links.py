"""Proposes links between the claims of N-Quads parts by keyed shuffles, on one machine or a cluster.

The links are those that :mod:`kg.tracking.links` proposes, but no process holds more than one bucket in memory. Claims are
grouped by their blocking keys. For each pair in a group, the later claim gets the IRI of the earlier one, chooses those
with which it is compared, and then gets these claims. ``docs/scale.md`` describes the steps.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from iibun.batch.shuffle import Exchange, each, write_whole
from kg.tracking.thresholds import DEFAULT, Thresholds

if TYPE_CHECKING:
    from kg.store import Store
    from kg.tracking.views import ClaimView

PREFIX = "links-"  #: beginning of the names of parts that hold links
_GROUP = 100  #: parts that a worker reads at a time
_FEWEST, _MOST = 8, 4096  #: least and most buckets; a step holds one of them in memory

Group = tuple[str, tuple[str, ...]]  # the name of a group of parts, and the parts


@dataclass(frozen=True, slots=True)
class Linked:
    """How many claims were compared, links proposed and parts written."""

    claims: int
    links: int
    parts: int


@dataclass(frozen=True, slots=True)
class _Job:
    work: str
    out: str
    buckets: int
    limits: Thresholds

    def exchange(self, name: str) -> Exchange:
        return Exchange(f"{self.work}/{name}", self.buckets)


def link_parts(
    parts: Sequence[str],
    out: str,
    address: str | None = None,
    *,
    work: str | None = None,
    limits: Thresholds = DEFAULT,
    group: int = _GROUP,
) -> Linked:
    """Compare the claims of all parts and write the proposed links as parts of their own.

    Each article's links graph is whole in one part. A second run writes the same parts; a run that was stopped continues
    where it was. If two parts hold the same article, the last part by name counts, as when parts are loaded.

    Args:
        parts: files or fsspec URLs of parts that ``iibun ingest --dask … --parts`` wrote; parts of links are ignored.
        out: the folder or fsspec URL for the parts of links; those of a former run are replaced.
        address: of a Dask scheduler; without it, everything is computed in this process.
        work: the folder or fsspec URL for temporary files, within ``out`` by default; all workers must reach it.
        limits: thresholds of the comparison.
        group: how many parts are read at a time.

    Raises:
        LostStep: if parts cannot be read or work failed on every worker; nothing is written then.

    Source: blocking as in Christen, "Data Matching", chapter 4; the shuffle as in Dean and Ghemawat, "MapReduce".
    """
    named = sorted(p for p in parts if not p.rsplit("/", 1)[-1].startswith(PREFIX))
    out = out.rstrip("/")
    digest = hashlib.sha256("\n".join([repr(limits), str(group), *named]).encode()).hexdigest()[:16]
    groups = [(f"{n:08}", tuple(named[n : n + group])) for n in range(0, len(named), group)]
    buckets = max(_FEWEST, min(_MOST, len(groups)))
    job = _Job(f"{(work or out).rstrip('/')}/work-{digest}", out, buckets, limits)
    everywhere = range(buckets)
    each(partial(_articles, job), groups, address)
    each(partial(_again, job), everywhere, address)
    each(partial(_claims, job), groups, address)
    for step in (_blocks, _pairs, _met, _links):
        each(partial(step, job), everywhere, address)
    written = each(partial(_write, job), everywhere, address)
    _tidy(job, {name for name, _, _ in written if name})
    return Linked(sum(w[1] for w in written), sum(w[2] for w in written), sum(bool(w[0]) for w in written))


def _articles(job: _Job, group: Group) -> None:
    """Step 1, of each group of parts: send which articles its parts hold, keyed by article."""
    name, parts = group
    exchange = job.exchange("articles")
    if not exchange.sent(name):
        _, held = _opened(parts)
        exchange.send(name, ((article, (part, name)) for article, part in sorted(held.items())))


def _again(job: _Job, bucket: int) -> None:
    """Step 2, of each bucket: send to each group of parts the articles to ignore, since a later part holds them too."""
    name, again = f"{bucket:08}", job.exchange("again")
    if again.sent(name):
        return
    found = job.exchange("articles").groups(bucket)
    again.send(name, ((g, article) for article, holders in found.items() for _, g in sorted(holders)[:-1]))


def _claims(job: _Job, group: Group) -> None:
    """Step 3, of each group of parts: send its claims, keyed by blocking key, by IRI and by article."""
    from kg.tracking.candidates import keys, place

    name, parts = group
    views = job.exchange("views")
    if views.sent(name):
        return
    found = _views(job, name, parts)
    job.exchange("keys").send(name, ((key, place(v)) for v in found for key in keys(v)))
    job.exchange("graphs").send(f"claims-{name}", ((v.article, ("keys", v.iri, keys(v))) for v in found))
    views.send(name, ((v.iri, v) for v in found))


def _views(job: _Job, name: str, parts: Sequence[str]) -> list[ClaimView]:
    """The claims of a group of parts, without articles that a later part holds."""
    from kg import prepared
    from kg.tracking.loading import load

    store, _ = _opened(parts)
    again = job.exchange("again")
    for key, article in again.receive(again.bucket(name)):
        if key == name:
            store.delete(article)
    return list(load(store, {row["claim"] for row in prepared.rows(store, "all_claims")}))


def _blocks(job: _Job, bucket: int) -> None:
    """Step 4, of each bucket: send to each claim the claims before it with the same blocking key."""
    name, blocks = f"{bucket:08}", job.exchange("blocks")
    if blocks.sent(name):
        return

    def before() -> Iterator[tuple[str, Any]]:
        for key, places in job.exchange("keys").groups(bucket).items():
            claims = [p[-1] for p in sorted(places)]
            for n in range(1, len(claims)):
                yield claims[n], (key, claims[max(0, n - job.limits.block) : n])

    blocks.send(name, before())


def _pairs(job: _Job, bucket: int) -> None:
    """Step 5, of each bucket: for each claim choose those with which it is compared, and send a request to each."""
    from kg.tracking.candidates import chosen

    name, pairs = f"{bucket:08}", job.exchange("pairs")
    if pairs.sent(name):
        return
    met = job.exchange("blocks").groups(bucket)
    pairs.send(
        name,
        ((other, claim) for claim, found in met.items() for other in chosen((b for _, b in sorted(found)), job.limits)),
    )


def _met(job: _Job, bucket: int) -> None:
    """Step 6, of each bucket: send each claim to those that requested it."""
    name, met = f"{bucket:08}", job.exchange("met")
    if met.sent(name):
        return
    asked = job.exchange("pairs").groups(bucket)
    met.send(name, ((later, v) for iri, v in job.exchange("views").receive(bucket) for later in asked.get(iri, ())))


def _links(job: _Job, bucket: int) -> None:
    """Step 7, of each bucket: compare claims and send the links, keyed by the article of the later claim."""
    from kg.tracking.links import propose

    name, graphs = f"links-{bucket:08}", job.exchange("graphs")
    if graphs.sent(name):
        return
    own: dict[str, ClaimView] = dict(job.exchange("views").receive(bucket))
    found = propose(((own[later], v) for later, v in job.exchange("met").receive(bucket)), job.limits)
    graphs.send(name, ((own[x.later].article, ("link", x)) for x in found))


def _write(job: _Job, bucket: int) -> tuple[str, int, int]:
    """Step 8, of each bucket: write the links graphs of its articles as one part.

    Returns:
        The part's name and the numbers of claims and links in it; no name if there are none.
    """
    import pyoxigraph as ox

    from kg.tracking.links import links_quads

    out, claims, links = io.BytesIO(), 0, 0
    for article, records in sorted(job.exchange("graphs").groups(bucket).items()):
        keys = sorted(r[1:] for r in records if r[0] == "keys")
        found = sorted((r[1] for r in records if r[0] == "link"), key=lambda x: (-x.score, x.later, x.earlier, x.type))
        quads = sorted(links_quads(article, found, keys), key=str)
        ox.serialize(quads, out, format=ox.RdfFormat.N_QUADS)
        claims, links = claims + len(keys), links + len(found)
    if not claims:
        return "", 0, 0
    name = f"{PREFIX}{bucket:05}-of-{job.buckets:05}.nq.gz"
    write_whole(f"{job.out}/{name}", gzip.compress(out.getvalue(), 6, mtime=0))
    return name, claims, links


def _tidy(job: _Job, written: set[str]) -> None:
    """Remove temporary files and parts of a former run."""
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(job.out)
    for name in filesystem.ls(path, detail=False) if filesystem.exists(path) else ():
        last = str(name).rstrip("/").rsplit("/", 1)[-1]
        if last.startswith(PREFIX) and last not in written:
            filesystem.rm(name)
    filesystem, path = fsspec.core.url_to_fs(job.work)
    if filesystem.exists(path):
        filesystem.rm(path, recursive=True)


def _opened(parts: Sequence[str]) -> tuple[Any, dict[str, str]]:
    """A store in memory with the graphs of some parts, and for each article the part that it is from."""
    import kg.store
    from iibun.batch.cluster import NoPart, load_parts

    store: Store = kg.store.memory()
    held: dict[str, str] = {}
    for part in parts:
        loaded = load_parts(store, [part])
        if loaded.failed:
            raise NoPart(loaded.failed[0])
        held |= dict.fromkeys(loaded.articles, part)
    return store, held
