"""Candidate pairs of mentions, scored by a log-linear model (``data/models/relations.json``).

Every pair of near mentions in a sentence, and each mention with the topic of the sentences before, is a candidate for
each predicate that its types allow. Features are the words between, before and after the two, what names they are,
and which patterns matched (:mod:`.features`); a pattern is strong evidence, but does not decide. ``python -m training.relations`` makes
the weights. Read :mod:`.outlines` first.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingest.reader.network import network
from ingest.relations.features import STATE, entity_features, pair_features, partner_features, place_features
from ingest.relations.outlines import Outline, Slot, Topics, titles
from ingest.relations.patterns import ARGUMENTS
from kg import data
from kg.model import Extent, Predicate, Relation
from kg.predicates import SYMMETRIC

if TYPE_CHECKING:
    from ingest.reader import EncodedArticle

REACH = 80  # most characters from one mention of a pair to the other
BETWEEN = 10  # most other mentions between the two
READER = 0.5  # weight of the reader's head for pairs; the log-linear model has the rest
Key = tuple[str, Predicate, str]  # subject, predicate, object
Places = list[tuple[int, Slot]]  # offsets in a sentence, each with the slot there


class Pair(NamedTuple):
    """A candidate: a predicate and the two mentions that it may join.

    ``way`` is the predicate with the order of the two (``>``: subject first, ``<``: object first; ``+``, ``-``: the
    subject or the object is a topic of the sentences before; ``.``: they are far apart) and two letters of each type.
    """

    subject: Slot
    object: Slot
    predicate: Predicate
    way: str
    features: tuple[str, ...]

    @property
    def mentions(self) -> tuple[Slot, Slot]:
        """The two mentions, the earlier one first."""
        one, other = sorted((self.subject, self.object), key=lambda slot: slot.start)
        return one, other

    @property
    def place(self) -> tuple[int, int]:
        """Where they begin."""
        one, other = self.mentions
        return one.start, other.start

    def column(self, predicates: Sequence[str]) -> int:
        """Its output of the reader's head for pairs: two for each predicate, subject first and object first."""
        return 2 * predicates.index(self.predicate) + (self.object.start < self.subject.start)


@cache
def model() -> tuple[Mapping[str, Mapping[str, float]], Mapping[str, float]]:
    """Return the weights by predicate or way and feature, and the thresholds by predicate."""
    loaded = json.loads(data.text("models/relations.json"))
    return loaded["weights"], loaded["thresholds"]


@cache
def table(way: str) -> Mapping[str, float]:
    """Return the weights of a way (see :class:`Pair`) by feature: the sums of its predicate's and its own."""
    weights, _ = model()
    predicate = re.split(r"[^A-Za-z]", way)[0]
    merged = dict(weights.get(predicate, {}))
    for feature, weight in weights.get(way, {}).items():
        merged[feature] = merged.get(feature, 0.0) + weight
    return merged


def key(subject: str, predicate: Predicate, object_: str) -> Key:
    """Return the key of a relation; if the predicate is symmetric, both orders have the same."""
    if predicate in SYMMETRIC and object_ < subject:
        return object_, predicate, subject
    return subject, predicate, object_


@cache
def _joins(one: str, other: str) -> tuple[Predicate, ...]:
    """Return the predicates that allow these types of subject and object."""
    return tuple(p for p, (domain, range_) in ARGUMENTS.items() if one in domain and other in range_)


def pairs(
    sentence: Outline,
    topics: Topics,
    counts: Mapping[str, int],
    seen: set[str],
    fired: Mapping[Key, Sequence[str]],
) -> Iterator[Pair]:
    """Yield the candidate pairs of a sentence.

    Args:
        sentence: its outline.
        topics: the topics of the sentences before.
        counts: how often the article mentions each entity, by id.
        seen: ids of the entities mentioned in the sentences before.
        fired: the rows that matched in this sentence, by the key of the relation that they propose.
    """
    text = sentence.text
    reporters = sentence.reporters
    places = [(i, sentence.slots[c]) for i, c in enumerate(text) if c in sentence.slots]
    around = {i: place_features(text, i, text[i] in reporters) for i, _ in places}
    roles = {i: _roles(entity_features(text[i], slot, counts, seen)) for i, slot in places}
    covered: set[Key] = set()
    for x, (i, one) in enumerate(places):
        for y in range(x + 1, min(len(places), x + BETWEEN + 2)):
            j, other = places[y]
            if j - i > REACH:
                break
            if one.entities == other.entities:
                continue
            shared: tuple[str, ...] | None = None
            for subject, object_, forward in ((one, other, True), (other, one, False)):
                for predicate in _joins(subject.type, object_.type):
                    if predicate in SYMMETRIC and not forward:
                        continue
                    if shared is None:
                        shared = pair_features(text, i, j, [text[p] for p, _ in places[x + 1 : y]], around)
                    rows = _rows_of(predicate, subject, object_, fired, covered)
                    s, o = (i, j) if forward else (j, i)
                    yield Pair(subject, object_, predicate, _way(predicate, subject, object_, ">" if forward else "<"),
                               shared + roles[s][0] + roles[o][1] + rows)  # fmt: skip
    yield from _carried(sentence, places, around, roles, topics, counts, seen, fired, covered)
    for k, distant in fired.items():  # proposed by a pattern, but no pair above
        if k not in covered:
            yield from _distant(k, distant, topics, places, counts, seen)


def _rows_of(
    predicate: Predicate, subject: Slot, object_: Slot, fired: Mapping[Key, Sequence[str]], covered: set[Key]
) -> tuple[str, ...]:
    rows: list[str] = []
    for s in subject.entities:
        for o in object_.entities:
            k = key(s, predicate, o)
            if k in fired:
                covered.add(k)
                rows += fired[k]
    if not rows:
        return ()
    return ("row", *dict.fromkeys(f"row {r}" for r in rows), f"rows {min(len(set(rows)), 3)}")


def _way(predicate: Predicate, subject: Slot, object_: Slot, direction: str) -> str:
    return f"{predicate}{direction}{subject.type[:2]}{object_.type[:2]}"


def _roles(found: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the features of an entity as those of a subject, and as those of an object."""
    return tuple([f"s {f}" for f in found]), tuple([f"o {f}" for f in found])


def _carried(
    sentence: Outline,
    places: Places,
    around: Mapping[int, tuple[str, ...]],
    roles: Mapping[int, tuple[tuple[str, ...], tuple[str, ...]]],
    topics: Topics,
    counts: Mapping[str, int],
    seen: set[str],
    fired: Mapping[Key, Sequence[str]],
    covered: set[Key],
) -> Iterator[Pair]:
    """Yield the topics of the sentences before, paired with the first eight mentions of this one."""
    here = {e for _, s in places for e in s.entities}
    beside: list[tuple[str, ...]] = []
    for type_ in ("Organization", "Person", "Event", "Product", "Place"):
        topic, how = topics.latest((type_,), 3), "topic"
        if topic is None and type_ in ("Organization", "Event"):
            topic, how = topics.mentioned((type_,), 4), "mentioned"
        if topic is None or any(e in here for e in topic.entities):
            continue
        own = _roles(entity_features("", topic, counts, seen))
        for n, (i, slot) in enumerate(places[:8]):
            if n == len(beside):
                beside.append(partner_features(sentence.text, n, i, around, places[0][0]))
            shared = ("carried", f"carried {how}", *beside[n])
            for subject, object_, direction in ((topic, slot, "+"), (slot, topic, "-")):
                for predicate in _joins(subject.type, object_.type):
                    rows = _rows_of(predicate, subject, object_, fired, covered)
                    s, o = (own, roles[i]) if direction == "+" else (roles[i], own)
                    yield Pair(subject, object_, predicate, _way(predicate, subject, object_, direction),
                               shared + s[0] + o[1] + rows)  # fmt: skip


def _distant(
    k: Key, rows: Sequence[str], topics: Topics, places: Places, counts: Mapping[str, int], seen: set[str]
) -> Iterator[Pair]:
    by_id = {e: s for _, s in places for e in s.entities}
    ends = [slot for e in (k[0], k[2]) if (slot := by_id.get(e) or topics.slot(e)) is not None]
    if len(ends) < 2:
        return
    subject, object_ = (s._replace(entities=(e,)) for s, e in zip(ends, (k[0], k[2]), strict=True))
    roles = (
        _roles(entity_features("", subject, counts, seen))[0] + _roles(entity_features("", object_, counts, seen))[1]
    )
    features = ("row", *(f"row {r}" for r in dict.fromkeys(rows)), "distant", *roles)
    yield Pair(subject, object_, k[1], _way(k[1], subject, object_, "."), features)


def probability(way: str, features: Sequence[str], read: float | None = None) -> float:
    """Return the probability of a pair.

    The log-linear model and the reader's head are pooled: their logarithmic odds are averaged (logarithmic opinion
    pool, Genest and Zidek 1986). The weight of the empty feature is the bias.

    Args:
        way: its way.
        features: its features.
        read: the logarithmic odds by the reader's head, or None without one.
    """
    get = table(way).get
    x = get("", 0.0) + sum(map(get, features, repeat(0.0)))
    if read is not None:
        x = (1 - READER) * x + READER * read
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, x))))


# Two names joined by a conjunction are alike before what the sentence tells of both: neither makes or owns the other.
_DIRECTED = frozenset({"develops", "acquires", "subsidiaryOf", "suppliesTo", "uses", "availableOn", "investsIn"})
_LISTED = frozenset(
    f"between {words}" for words in ("や", "と", "および", "及び", "または", " や ", " と ", " および ")
)


@cache
def _office() -> re.Pattern[str]:
    return re.compile(rf" ?[一-龠ァ-ヶー・]{{0,8}}?(?:{titles()[1]})")


def _ministers(sentence: Outline) -> list[Slot]:
    """Return the persons of a sentence that an office of a state follows: 松本総務相. Bodies have 議長 and 長官 too."""
    found = (
        (sentence.slots[c], _office().match(sentence.text, i + 1))
        for i, c in enumerate(sentence.text)
        if c in sentence.slots
    )
    return [s for s, m in found if s.type == "Person" and m and not re.search(r"議長|長官|大使|特使|主席|総書記", m[0])]


def _contradicted(pair: Pair, sentence: Outline) -> bool:
    """Whether no pattern proposes a pair, and its sentence speaks against it: a list, or a minister beside a company."""
    if "row" in pair.features:
        return False
    if pair.predicate == "holdsPosition":
        firm = pair.object.type == "Organization" and not STATE.search(pair.object.words)
        return firm and pair.subject in _ministers(sentence)
    return pair.predicate in _DIRECTED and not _LISTED.isdisjoint(pair.features)


class Judged(NamedTuple):
    """A relation whose probability reaches the threshold, with its sentence."""

    probability: float
    key: Key
    extent: Extent


def judged(
    sentences: Sequence[Outline], proposals: Sequence[Sequence[Relation]], encoded: EncodedArticle | None = None
) -> Iterator[Judged]:
    """Yield the relations of an article whose probability reaches the threshold of their predicate.

    A predicate that the model has not learnt yields none.

    Args:
        sentences: the outlines of the article's sentences, in order.
        proposals: for each sentence the relations that patterns propose.
        encoded: the article after the reader; without it the log-linear model decides alone.
    """
    weights, thresholds = model()
    candidates = [
        (sentence, pair)
        for sentence, found in candidates_of(sentences, proposals)
        for pair in found
        if pair.predicate in weights
    ]
    read = by_reader(encoded, [pair for _, pair in candidates]) if encoded else repeat(None)
    for (sentence, pair), odds in zip(candidates, read, strict=False):
        p = probability(pair.way, pair.features, odds)
        if p >= thresholds.get(pair.predicate, thresholds["*"]) and not _contradicted(pair, sentence):
            for s in pair.subject.entities:
                for o in pair.object.entities:
                    if s != o:
                        yield Judged(p, key(s, pair.predicate, o), sentence.extent)


def by_reader(encoded: EncodedArticle, found: Sequence[Pair]) -> list[float | None]:
    """The logarithmic odds that the reader's head gives to each pair.

    A pair is scored in the window in which its later mention is new. It has no odds if the earlier one is not there, or if the
    head does not know the predicate.

    Args:
        encoded: the article after the reader.
        found: the pairs.
    """
    units, reader = encoded.units, network()
    places = {pair.place: pair for pair in found}
    spans = {
        k: tuple(u for slot in pair.mentions for u in units.span(slot.start, slot.end)) for k, pair in places.items()
    }
    scores: dict[tuple[int, int], list[float]] = {}
    for part in encoded.windows:
        w = part.window
        inside = {k: at for k, at in spans.items() if w.before <= at[0] and w.first <= at[2] and at[3] < w.stop}
        if inside:
            rows = reader.relations(part, np.array(list(inside.values())) - w.before)
            scores |= zip(inside, rows.tolist(), strict=True)
    return [
        scores[p.place][p.column(reader.predicates)] if p.place in scores and p.predicate in reader.predicates else None
        for p in found
    ]


def candidates_of(
    sentences: Sequence[Outline], proposals: Sequence[Sequence[Relation]]
) -> Iterator[tuple[Outline, list[Pair]]]:
    """Yield each sentence with its candidate pairs; arguments as for :func:`judged`. Training uses it too."""
    counts = Counter(e for o in sentences for slot in o.slots.values() for e in slot.entities)
    topics = Topics(counts)
    seen: set[str] = set()
    for sentence, found in zip(sentences, proposals, strict=True):
        fired: dict[Key, list[str]] = {}
        for r in found:
            fired.setdefault(key(r.subject, r.predicate, r.object), []).extend(r.reasons)
        yield sentence, list(pairs(sentence, topics, counts, seen, fired)) if sentence.slots else []
        topics.follow(sentence)
        seen.update(e for slot in sentence.slots.values() for e in slot.entities)
