"""Links between the claims of N-Quads parts, as keyed shuffles: the links that one machine would propose, at any size.

Nothing holds more than one bucket: claims are sent to each of their blocking keys, those that meet there to the later
of two, then both claims to one place, where they are compared. ``docs/scale.md`` tells the steps, and
``docs/results/scale.md`` what they cost.
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

PREFIX = "links-"  #: what the names of parts that hold links begin with
_GROUP = 100  #: parts that a worker reads at a time, some 600 articles
_FEWEST, _MOST = 8, 4096  #: buckets; a step holds one of them in memory

Group = tuple[str, tuple[str, ...]]  # a name, and the parts of that name


@dataclass(frozen=True, slots=True)
class Linked:
    """What a run did: claims compared, links proposed, parts written."""

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

    Each article's links graph is whole in one part. Run again, it writes the same parts; a run that was stopped is
    taken up where it was. Where two parts hold one article, the last by name counts, as when they are loaded.

    Args:
        parts: addresses of parts that ``iibun ingest --dask … --parts`` wrote; those of links among them are left out.
        out: the folder or fsspec URL of the links' parts; those of a former run are replaced.
        address: of a Dask scheduler; without it, this process does all.
        work: the folder or fsspec URL of what is on its way, within ``out`` by default; all workers must reach it.
        group: how many parts are read at a time.

    Raises:
        LostStep: naming parts that cannot be read, or work that no worker could do; nothing is written then.

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
    """Which articles are in which parts, by article."""
    name, parts = group
    exchange = job.exchange("articles")
    if not exchange.sent(name):
        _, held = _opened(parts)
        exchange.send(name, ((article, (part, name)) for article, part in sorted(held.items())))


def _again(job: _Job, bucket: int) -> None:
    """To each group of parts: the articles that it must leave, since a later part holds them too."""
    name, again = f"{bucket:08}", job.exchange("again")
    if again.sent(name):
        return
    found = job.exchange("articles").groups(bucket)
    again.send(name, ((g, article) for article, holders in found.items() for _, g in sorted(holders)[:-1]))


def _claims(job: _Job, group: Group) -> None:
    """The claims of parts, under each of their keys; whole, under their names; what finds them, by article."""
    from kg.tracking.candidates import keys, place
    from kg.tracking.links import link_keys

    name, parts = group
    views = job.exchange("views")
    if views.sent(name):
        return
    found = _views(job, name, parts)
    job.exchange("keys").send(name, ((key, place(v)) for v in found for key in sorted(keys(v))))
    job.exchange("graphs").send(f"claims-{name}", ((v.article, ("keys", v.iri, link_keys(v))) for v in found))
    views.send(name, ((v.iri, v) for v in found))


def _views(job: _Job, name: str, parts: Sequence[str]) -> list[ClaimView]:
    from kg.tracking.loading import load

    store, _ = _opened(parts)
    again = job.exchange("again")
    for key, article in again.receive(again.bucket(name)):
        if key == name:
            store.delete(article)
    claims = store.select("SELECT ?claim { GRAPH ?g { ?claim a schema:Claim ; schema:appearance ?article } }")
    return list(load(store, {row["claim"] for row in claims}))


def _blocks(job: _Job, bucket: int) -> None:
    """Of the claims that share a key, each gets those before it."""
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
    """Each claim chooses with which it is compared, and asks for them."""
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
    """Claims go to those that asked for them."""
    name, met = f"{bucket:08}", job.exchange("met")
    if met.sent(name):
        return
    asked = job.exchange("pairs").groups(bucket)
    met.send(name, ((later, v) for iri, v in job.exchange("views").receive(bucket) for later in asked.get(iri, ())))


def _links(job: _Job, bucket: int) -> None:
    """Claims are compared; the links go to the article of the later claim."""
    from kg.tracking.links import propose

    name, graphs = f"links-{bucket:08}", job.exchange("graphs")
    if graphs.sent(name):
        return
    own: dict[str, ClaimView] = dict(job.exchange("views").receive(bucket))
    found = propose(((own[later], v) for later, v in job.exchange("met").receive(bucket)), job.limits)
    graphs.send(name, ((own[x.later].article, ("link", x)) for x in found))


def _write(job: _Job, bucket: int) -> tuple[str, int, int]:
    """The links graphs of some articles as one part: its name, claims and links."""
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
    """Remove what was on its way, and the parts of a former run."""
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
    """The graphs of some parts in a store in memory, and which part each is from."""
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
