"""Links between the claims of N-Quads parts, as keyed shuffles: the links that one machine would propose, at any size.

Nothing holds more than one bucket: claims are sent to each of their blocking keys, those that meet there to the later
of two, then both claims to one place, where they are compared. ``docs/scale.md`` tells the steps and what they cost.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from iibun.shuffle import Exchange, each, write_whole
from kg.tracking.thresholds import DEFAULT, Thresholds

if TYPE_CHECKING:
    from kg.store import Store
    from kg.tracking.views import ClaimView

PREFIX = "links-"  #: what the names of parts that hold links begin with
_GROUP = 100  #: parts that a worker reads at a time, some 600 articles
_FEWEST, _MOST = 8, 4096  #: buckets; a step holds one of them in memory
_EXTRA = "urn:iibun:graph:elsewhere"  # what other parts say of a part's entities; never written

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
    each(partial(_facts, job), groups, address)
    each(partial(_answers, job), everywhere, address)
    each(partial(_organizations, job), everywhere, address)
    each(partial(_claims, job), groups, address)
    for step in (_blocks, _pairs, _met, _links):
        each(partial(step, job), everywhere, address)
    written = each(partial(_write, job), everywhere, address)
    _tidy(job, {name for name, _, _ in written if name})
    return Linked(sum(w[1] for w in written), sum(w[2] for w in written), sum(bool(w[0]) for w in written))


def _facts(job: _Job, group: Group) -> None:
    """What parts say of entities, by entity: names and positions, and which parts name it; articles by part."""
    from kg.vocab import IIB, RDF, SKOS

    name, parts = group
    exchange = job.exchange("facts")
    if exchange.sent(name):
        return
    store, held = _opened(parts)
    found: set[tuple[str, tuple[Any, ...]]] = {(a, ("part", p, name)) for a, p in held.items()}
    raw = store.raw
    for label in raw.quads_for_pattern(None, SKOS.prefLabel, None):
        for kind in raw.quads_for_pattern(label.subject, RDF.type, None, label.graph_name):
            found.add((label.subject.value, ("name", str(label.object), kind.object.value)))
            found.add((label.subject.value, ("in", name)))
    for held_by in raw.quads_for_pattern(None, RDF.predicate, IIB.holdsPosition):
        relation = held_by.subject
        for person in raw.quads_for_pattern(relation, RDF.subject, None):
            for organization in raw.quads_for_pattern(relation, RDF.object, None):
                for title in raw.quads_for_pattern(relation, IIB.positionTitle, None):
                    found.add((person.object.value, ("holds", organization.object.value, str(title.object))))
    exchange.send(name, sorted(found))


def _answers(job: _Job, bucket: int) -> None:
    """To each group of parts: what is said elsewhere of the entities that it names, and articles it must leave."""
    name, asks = f"{bucket:08}", job.exchange("asks")
    if asks.sent(name):
        return
    answers: list[tuple[str, Any]] = []
    asked: set[tuple[str, str]] = set()
    for key, facts in job.exchange("facts").groups(bucket).items():
        groups = sorted(f[1] for f in facts if f[0] == "in")
        names, holds = _sorted(facts, "name"), _sorted(facts, "holds")
        answers += [(g, ("name", key, names)) for g in groups if names]
        answers += [(g, ("holds", key, holds)) for g in groups if holds]
        asked |= {(organization, g) for organization, _ in holds for g in groups}
        if holders := _sorted(facts, "part"):
            last = holders[-1][1]
            answers += [(g, ("leave", key, [])) for g in sorted({g for _, g in holders} - {last})]
    job.exchange("answers").send(name, answers)
    asks.send(name, sorted(asked))


def _organizations(job: _Job, bucket: int) -> None:
    """To each group of parts: the names of organizations for which its people speak elsewhere."""
    name, more = f"{bucket:08}", job.exchange("more")
    if more.sent(name):
        return
    asked = job.exchange("asks").groups(bucket)
    answers: list[tuple[str, Any]] = []
    for key, facts in job.exchange("facts").groups(bucket).items():
        if key in asked:
            answers += [(g, ("name", key, _sorted(facts, "name"))) for g in sorted(set(asked[key]))]
    more.send(name, answers)


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
    import pyoxigraph as ox

    from kg.tracking.loading import load
    from kg.vocab import IIB, RDF, SKOS

    store, _ = _opened(parts)
    graph = ox.NamedNode(_EXTRA)
    extra: list[ox.Quad] = []
    for exchange in (job.exchange("answers"), job.exchange("more")):
        for key, (what, subject, rows) in exchange.receive(exchange.bucket(name)):
            if key != name:
                continue
            if what == "leave":
                store.delete(subject)
            node = ox.NamedNode(subject)
            for n, (first, second) in enumerate(rows):
                if what == "name":
                    extra.append(ox.Quad(node, SKOS.prefLabel, _literal(first), graph))
                    extra.append(ox.Quad(node, RDF.type, ox.NamedNode(second), graph))
                else:
                    relation = ox.NamedNode(f"{subject}/position/{n}")
                    extra.append(ox.Quad(relation, RDF.subject, node, graph))
                    extra.append(ox.Quad(relation, RDF.predicate, IIB.holdsPosition, graph))
                    extra.append(ox.Quad(relation, RDF.object, ox.NamedNode(first), graph))
                    extra.append(ox.Quad(relation, IIB.positionTitle, _literal(second), graph))
    store.insert(extra)
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
    from iibun.cluster import NoPart, load_parts

    store: Store = kg.store.memory()
    held: dict[str, str] = {}
    for part in parts:
        loaded, failed = load_parts(store, [part])
        if failed:
            raise NoPart(failed[0])
        held |= dict.fromkeys(loaded, part)
    return store, held


def _sorted(facts: list[Any], kind: str) -> list[tuple[Any, Any]]:
    return sorted({(f[1], f[2]) for f in facts if f[0] == kind})


def _literal(term: str) -> Any:
    """A literal of its N-Triples form."""
    import pyoxigraph as ox

    line = next(iter(ox.parse(f"<urn:s> <urn:p> {term} .", format=ox.RdfFormat.N_TRIPLES)))
    return line.object
