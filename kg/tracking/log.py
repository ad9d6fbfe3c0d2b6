"""The log of judgements. It is only appended to; an undo is an entry too, so that it can be undone.

Entries are ordered by their IRIs, which begin with a time stamp (*tick*): microseconds since 1970, but always greater than those
of all entries in the log. So a later decision comes later even if a clock was set back, and two machines that have the same
entries have them in the same order. The time by the clock is kept in ``time``.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg import prepared
from kg.errors import IibunError, UsageError
from kg.rdf import string
from kg.store import Store
from kg.vocab import BASE, IIB, JUDGEMENTS_GRAPH, PROV, RDF, RDFS, SCHEMA, XSD

KINDS = (
    "Acceptance",
    "Rejection",
    "Correction",
    "ArticleCorrection",
    "Addition",
    "Merge",
    "Split",
    "Separation",
    "Naming",
    "RelationDecision",
    "LinkDecision",
    "Verdict",
    "Estimate",
    "Undo",
)
LOG = NamedNode(JUDGEMENTS_GRAPH)

Term = NamedNode | Literal


class JudgementError(IibunError):
    """A judgement cannot be made: what it refers to does not exist, or is in the wrong state."""


class WrongJudgement(JudgementError, UsageError):
    """A judgement is wrong in itself, whatever the store has: an unknown code, a verdict dated in the future."""


class Overtaken(JudgementError):
    """Somebody else has made a judgement on the same thing meanwhile; ``last`` is the IRI of the last judgement on it."""

    def __init__(self, message: str, last: str = "") -> None:
        super().__init__(message)
        self.last = last


@dataclass(frozen=True, slots=True)
class Judgement:
    """One entry of the log.

    Attributes:
        iri: its IRI.
        kind: one of :data:`KINDS`.
        subject: IRI of what is judged: a claim, link, entity, relation or article; for an undo, the judgement.
        author: who decided.
        time: when, by the clock.
        reason: why, in words.
        details: local name of a property (``correctedModality``) → its values.
        undone: whether an undo in force names it.
        orphaned: whether the text that was judged has changed, so that it no longer applies.
    """

    iri: str
    kind: str
    subject: str
    author: str
    time: datetime
    reason: str = ""
    details: dict[str, list[Any]] = field(default_factory=dict)
    undone: bool = False
    orphaned: bool = False

    def one(self, name: str, otherwise: Any = None) -> Any:
        """The first value of a detail; ``otherwise`` if there is none."""
        return self.details[name][0] if self.details.get(name) else otherwise

    @property
    def text(self) -> str:
        """The content when it was judged."""
        return str(self.one("judgedText", ""))


_deciding = threading.RLock()


def clock() -> int:
    """The time by this machine's clock, in nanoseconds since 1970."""
    return time.time_ns()


@contextmanager
def settled() -> Iterator[None]:
    """A context in which no other thread of this process appends to the log or derives anything from it.

    Otherwise a thread that has read the log before a new entry could overwrite what was derived with that entry.
    """
    with _deciding:
        yield


def settle(store: Store, derive: Callable[[], None]) -> None:
    """Derive something from the log within :func:`settled`; repeat it as long as other processes append entries meanwhile.

    Args:
        store: an open store.
        derive: reads the log and writes what follows from it.

    Example:
        ``settle(store, lambda: _rebuild(store))``
    """
    with settled():
        seen = None
        while seen != (seen := _reach(store)):
            derive()


_TICK = re.compile(re.escape(f"{BASE}judgement:") + "([0-9a-f]{1,14})")
#: Entries of another log may be at most so far in the future, about a hundred years: this machine's clock may have been set back.
_AHEAD = 3_155_760_000_000_000


def too_late(iri: str) -> bool:
    """Whether an entry of another log is of so far a future that no store would take what is decided after it.

    >>> too_late("urn:iibun:judgement:00066000000000" + "0" * 16), too_late("urn:iibun:judgement:efff")
    (False, True)
    """
    last = clock() // 1000 + _AHEAD
    return iri > f"{BASE}judgement:{last:014x}" or _after(iri) > last


def _after(iri: str) -> int:
    """The least tick of an entry that comes after the one with this IRI."""
    last = _TICK.match(iri)
    return int(last[1].ljust(14, "f"), 16) + 1 if last else 0


def _new_iri(store: Store, now: int) -> str:
    """The IRI of a new entry that comes after all in the log: its tick, and random digits to make it unique."""
    tick = max(now // 1000, _after(_reach(store)[1]))
    return f"{BASE}judgement:{tick:014x}{os.urandom(8).hex()}"


def _reach(store: Store) -> tuple[int, str]:
    """The number of entries and the IRI of the last one, "" if there is none."""
    rows = prepared.rows(store, "reach_of_log")
    return (int(rows[0]["n"] or 0), str(rows[0]["last"] or "")) if rows else (0, "")


def append(
    store: Store, kind: str, *, author: str, details: Iterable[tuple[str, Term]], reason: str = "",
    more: Iterable[tuple[NamedNode, Term]] = (), quads: Iterable[Quad] = (),
) -> str:  # fmt: skip
    """Append one entry to the log; return its IRI.

    Args:
        store: an open store.
        kind: one of :data:`KINDS`.
        author: name of the person who decides; must not be blank.
        details: pairs of the local name of one of our properties and a term.
        reason: why, in words.
        more: pairs of a property of another vocabulary and a term.
        quads: quads to write to the log in the same transaction.

    Raises:
        JudgementError: if the author is blank, or there is no such kind.
    """
    if not author or not author.strip():
        raise WrongJudgement("A judgement needs an author: give a name.")
    if kind not in KINDS:
        raise WrongJudgement(f"There is no judgement {kind!r}; there are: {', '.join(KINDS)}.")

    with _deciding:  # no other thread may append between reading the last tick and writing the next
        return _append(store, kind, author.strip(), details, reason, more, quads)


def _append(
    store: Store, kind: str, name: str, details: Iterable[tuple[str, Term]], reason: str,
    more: Iterable[tuple[NamedNode, Term]], quads: Iterable[Quad],
) -> str:  # fmt: skip
    import hashlib

    now = clock()
    iri = _new_iri(store, now)
    node = NamedNode(iri)
    person = NamedNode(f"{BASE}agent:{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}")
    moment = datetime.fromtimestamp(now / 1e9, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    written = [
        Quad(node, RDF.type, IIB.Judgement, LOG),
        Quad(node, RDF.type, IIB[kind], LOG),
        Quad(node, PROV.wasAttributedTo, person, LOG),
        Quad(person, RDF.type, PROV.Person, LOG),
        Quad(person, SCHEMA.name, string(name), LOG),
        Quad(node, PROV.generatedAtTime, Literal(moment, datatype=XSD.dateTime), LOG),
    ]
    if reason:
        written.append(Quad(node, RDFS.comment, string(reason), LOG))
    written += [Quad(node, IIB[name_], term, LOG) for name_, term in details]
    written += [Quad(node, p, term, LOG) for p, term in more]
    store.insert([*written, *quads])
    return iri


def entries(
    store: Store, *, subjects: Iterable[str] | None = None, kinds: Iterable[str] | None = None,
    article: str | None = None, judgements: Iterable[str] | None = None,
) -> list[Judgement]:  # fmt: skip
    """Entries of the log, oldest first; undos only if ``kinds`` or ``judgements`` ask for them.

    Args:
        store: an open store.
        subjects: only entries about these claims, links, entities, relations or articles (IRIs).
        kinds: only entries of these kinds.
        article: only entries about claims of this article (IRI).
        judgements: only these entries (IRIs).
    """
    rows = prepared.rows(
        store, "entries_of_log", article=article,
        subjects=None if subjects is None else sorted(set(subjects)),
        judgements=None if judgements is None else sorted(set(judgements)),
        kinds=None if kinds is None else [IIB[k] for k in kinds],
    )  # fmt: skip
    people = _people(store)
    undone = undone_entries(store)
    properties: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        properties[row["j"]][row["p"].replace("#", "/").rsplit("/", 1)[-1]].append(row["o"])
    orphaned = _orphaned(store)
    found = []
    for iri, details in properties.items():
        kind = next((k for t in details.pop("type") if (k := t.rsplit("#", 1)[-1]) in KINDS), "Judgement")
        person = details.pop("wasAttributedTo", [""])[0]
        when = details.pop("generatedAtTime", [datetime.min])[0]
        comment = details.pop("comment", [""])[0]
        subject = (details.get("judges") or details.get("undoes") or details.get("into") or [""])[0]
        for values in details.values():
            values.sort(key=str)
        found.append(
            Judgement(
                iri,
                kind,
                subject,
                people.get(person, person),
                when,
                comment,
                dict(details),
                iri in undone,
                iri in orphaned,
            )
        )
    wanted = kinds is not None or judgements is not None
    return in_order(j for j in found if wanted or j.kind != "Undo")


def in_order(found: Iterable[Judgement]) -> list[Judgement]:
    """Entries in the order in which they were made: by IRI, but each after the entry that it revises.

    Older versions made IRIs by the clock alone, which may have been set back; hence the second condition.
    """
    by_name = {j.iri: j for j in sorted(found, key=lambda j: j.iri)}

    def former(iri: str) -> str | None:
        return next((x for x in by_name[iri].details.get("wasRevisionOf", ()) if x in by_name), None)

    places: dict[str, str] = {}  # entry → the one in whose place it is, its own or a greater one
    moved: dict[str, list[str]] = defaultdict(list)  # entry → those that come after it though their IRIs are smaller
    for iri in by_name:
        chain: list[str] = []
        at: str | None = iri
        while at is not None and at not in places:
            places[at] = at  # for now; this ends a circle of revisions, too
            chain.append(at)
            at = former(at)
        for entry in reversed(chain):
            before = former(entry)
            if before is not None and places[before] > entry:
                places[entry] = places[before]
                moved[before].append(entry)
    order, left = [], [iri for iri in reversed(by_name) if places[iri] == iri]
    while left:
        order.append(by_name[iri := left.pop()])
        left += sorted(moved[iri], reverse=True)
    return order


@contextmanager
def deciding(store: Store, thing: str, seen: str | None = None) -> Iterator[None]:
    """A context for a judgement on a thing, in which no other thread of this process makes a judgement.

    Args:
        store: an open store.
        thing: IRI of what is judged.
        seen: IRI of the last entry about it that the user has seen, "" for none; None to skip the check.

    Raises:
        Overtaken: if the last entry about the thing is not ``seen``.

    Example:
        ``with deciding(store, claim, seen): judge(store, claim, "accept", author="佐藤")``
    """
    with _deciding:
        if seen is not None and (now := last(store, [thing]).get(thing, "")) != seen:
            raise Overtaken(f"Somebody has decided on {thing} since you saw it; nothing was recorded.", now)
        yield


def last(store: Store, things: Iterable[str] | None = None, *, article: str | None = None) -> dict[str, str]:
    """Thing → the last entry about it, undos included (IRIs); things without an entry are missing.

    Args:
        store: an open store.
        things: IRIs of what was judged; None for all that was judged in ``article``.
        article: an article's IRI.
    """
    if things is not None:
        rows = prepared.rows(store, "judgements_on", things=sorted(set(things)))
    else:
        rows = prepared.rows(store, "judgements_on", article=article or "")
    found: dict[str, str] = {}
    while rows:  # each round finds the undos of the entries of the round before
        about = {r["j"]: r["s"] for r in rows}
        for judgement, thing in about.items():
            found[thing] = max(found.get(thing, ""), judgement)
        undos = prepared.rows(store, "undos", judgements=sorted(about))
        rows = [{"j": r["u"], "s": about[r["j"]]} for r in undos]
    return found


def undone_entries(store: Store) -> frozenset[str]:
    """The IRIs of the entries that are undone by an undo in force; an undo that is undone itself has no effect."""
    undos: dict[str, list[str]] = defaultdict(list)
    for row in prepared.rows(store, "undos"):
        undos[row["j"]].append(row["u"])
    try:  # an undo must come before the entry that it undoes; the graph of undos gives this order without any clock
        order = [*TopologicalSorter(undos).static_order()]
    except CycleError:  # two entries that undo each other, in a forged log
        order = sorted({*undos, *(u for found in undos.values() for u in found)}, reverse=True)
    undone: set[str] = set()
    for entry in order:
        if any(u not in undone for u in undos.get(entry, ())):
            undone.add(entry)
    return frozenset(undone)


def in_force(found: Iterable[Judgement]) -> list[Judgement]:
    """The entries that are not undone, without the undos themselves, in the given order."""
    return [j for j in found if not j.undone and j.kind != "Undo"]


def _people(store: Store) -> dict[str, str]:
    return {r["a"]: r["n"] for r in prepared.rows(store, "authors")}


def _orphaned(store: Store) -> set[str]:
    return {r["j"] for r in prepared.rows(store, "orphaned")}
