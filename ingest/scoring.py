"""Scoring: how well a report agrees with the gold annotation, and where it does not.

The ten measures are those of the annotation rules (`docs/quality.md`), micro-averaged over articles: mentions, linking
(B³, Bagga and Baldwin 1998), figures, relations, claims (character overlap of contents, one to one), attributed claims,
modality, polarity, predictions, due dates. Documents are plain dicts (``extract/1`` and ``gold/1``), so that any
annotation can be scored.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kg.predicates import SYMMETRIC

Document = Mapping[str, Any]
Item = Mapping[str, Any]

MEASURES = (
    "mentions", "linking", "figures", "relations", "claims", "attributed claims", "modality", "polarity",
    "predictions", "due dates",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts behind one measure.

    Attributes:
        right: how many of those found are right.
        found: how many were found.
        gold: how many are in the gold annotation.
        right_gold: how many of the gold ones are found, where that differs from ``right`` (B³).
    """

    right: float = 0.0
    found: int = 0
    gold: int = 0
    right_gold: float | None = None

    def __add__(self, other: Tally) -> Tally:
        """The sum of the counts, for micro-averages."""
        both = None
        if self.right_gold is not None or other.right_gold is not None:
            both = (self.right_gold or 0.0) + (other.right_gold or 0.0)
        return Tally(self.right + other.right, self.found + other.found, self.gold + other.gold, both)

    @property
    def precision(self) -> float:
        """The share of those found that are right; 0 if nothing was found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """The share of the gold ones that are found; 0 if there are none."""
        right = self.right if self.right_gold is None else self.right_gold
        return right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One disagreement with gold.

    Attributes:
        measure: the measure that it lowers.
        kind: missed, spurious, wrong type, wrong span, wrong source, wrong modality ….
        found: what was found, in words.
        gold: what should have been found.
        sentence: the sentence around it.
    """

    measure: str
    kind: str
    found: str
    gold: str
    sentence: str


def score(found: Document, gold: Document) -> dict[str, Tally]:
    """The measures of one article.

    Args:
        found: an extract document.
        gold: a gold document of the same text.

    >>> empty = dict(entities=[], mentions=[], figures=[], relations=[], claims=[])
    >>> score(empty, empty)["claims"].f1
    0.0
    """
    result: dict[str, Tally] = {}
    ours, theirs = _named(found), _named(gold)
    result["mentions"] = Tally(len(ours & theirs), len(ours), len(theirs))
    result["linking"] = _linking(found, gold)
    result["figures"] = Tally(len(_pair_figures(found, gold)), len(found["figures"]), len(gold["figures"]))
    same_entity = _entity_map(found, gold)
    ours_r = {_triple(r, lambda e: same_entity.get(e, "?" + e)) for r in found["relations"]}
    theirs_r = {_triple(r, str) for r in gold["relations"]}
    result["relations"] = Tally(len(ours_r & theirs_r), len(ours_r), len(theirs_r))
    pairs = pair_claims(found["claims"], gold["claims"])
    sizes = len(found["claims"]), len(gold["claims"])
    result["claims"] = Tally(len(pairs), *sizes)
    attributed = sum(_same_sources(o, g, same_entity) for o, g in pairs)
    result["attributed claims"] = Tally(attributed, *sizes)
    for key in ("modality", "polarity"):
        result[key] = Tally(sum(o.get(key) == g[key] for o, g in pairs), len(pairs), len(pairs))
    ours_p = [c for c in found["claims"] if c.get("prediction")]
    theirs_p = [c for c in gold["claims"] if c.get("prediction")]
    both = pair_claims(ours_p, theirs_p)
    result["predictions"] = Tally(len(both), len(ours_p), len(theirs_p))
    result["due dates"] = Tally(sum(_due_end(o) == _due_end(g) for o, g in both), len(both), len(both))
    return result


def total(scores: Iterable[Mapping[str, Tally]]) -> dict[str, Tally]:
    """The measures over several articles, micro-averaged."""
    result = {measure: Tally() for measure in MEASURES}
    for one in scores:
        for measure, tally in one.items():
            result[measure] = result[measure] + tally
    return result


def pair_claims(found: list[Item], gold: list[Item], floor: float = 0.5) -> list[tuple[Item, Item]]:
    """Pair claims one to one, best overlap of contents first.

    Args:
        found: the claims that were found.
        gold: those of the gold annotation.
        floor: least :func:`overlap` of a pair.
    """
    return _pairs(found, gold, lambda o, g: overlap(o["content"], g["content"]), floor)


def overlap(a: Item, b: Item) -> float:
    """Characters in both extents over characters in either.

    >>> overlap({"start": 0, "end": 4}, {"start": 2, "end": 6})
    0.3333333333333333
    """
    inside = min(a["end"], b["end"]) - max(a["start"], b["start"])
    return inside / (max(a["end"], b["end"]) - min(a["start"], b["start"])) if inside > 0 else 0.0


def faults(found: Document, gold: Document, text: str) -> list[Fault]:
    """Every disagreement of one article.

    Args:
        found: an extract document.
        gold: a gold document of the same text.
        text: the text.
    """
    return [
        *_mention_faults(found, gold, text),
        *_figure_faults(found, gold, text),
        *_relation_faults(found, gold, text),
        *_claim_faults(found, gold, text),
    ]


def _pairs(
    found: list[Item], gold: list[Item], similar: Callable[[Item, Item], float], floor: float
) -> list[tuple[Item, Item]]:
    """Pair items one to one, the most similar first, down to ``floor``."""
    ranked = sorted(((similar(o, g), i, j) for i, o in enumerate(found) for j, g in enumerate(gold)), reverse=True)
    used_o: set[int] = set()
    used_g: set[int] = set()
    result = []
    for value, i, j in ranked:
        if value >= floor and i not in used_o and j not in used_g:
            used_o.add(i)
            used_g.add(j)
            result.append((found[i], gold[j]))
    return result


def _named(document: Document) -> set[tuple[int, int, str]]:
    """The named mentions: start, end and type."""
    types = {e["id"]: e["type"] for e in document["entities"]}
    return {(m["start"], m["end"], types[m["entity"]]) for m in document["mentions"] if not m.get("anaphor")}


def _clusters(document: Document) -> dict[tuple[int, int], set[tuple[int, int]]]:
    """For each mention its cluster: the mentions of the same entity."""
    spans: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for m in document["mentions"]:
        spans[m["entity"]].add((m["start"], m["end"]))
    around: dict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
    for cluster in spans.values():
        for span in cluster:
            around[span] |= cluster
    return around


def _linking(found: Document, gold: Document) -> Tally:
    """B³ over the mentions that both documents have."""
    ours, theirs = _clusters(found), _clusters(gold)
    common = set(ours) & set(theirs)
    p = sum(len(ours[s] & theirs[s] & common) / len(ours[s] & common) for s in common)
    r = sum(len(ours[s] & theirs[s] & common) / len(theirs[s] & common) for s in common)
    return Tally(p, len(common), len(common), r)


def _pair_figures(found: Document, gold: Document) -> list[tuple[Item, Item]]:
    """Pair figures that overlap and have the same kind, unit and value."""

    def same(o: Item, g: Item) -> float:
        """1 if two figures are the same, else 0."""
        near = abs(o["value"] - g["value"]) <= 1e-6 * max(1.0, abs(g["value"]))
        return float(overlap(o, g) > 0 and o["kind"] == g["kind"] and o.get("unit") == g.get("unit") and near)

    return _pairs(found["figures"], gold["figures"], same, 1.0)


def _entity_map(found: Document, gold: Document) -> dict[str, str]:
    """For each entity found, the gold entity with which it shares most mentions."""
    at: dict[tuple[int, int], set[str]] = defaultdict(set)
    for m in gold["mentions"]:
        at[m["start"], m["end"]].add(m["entity"])
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for m in found["mentions"]:
        for entity in at.get((m["start"], m["end"]), ()):
            votes[m["entity"]][entity] += 1
    return {entity: count.most_common(1)[0][0] for entity, count in votes.items()}


def _triple(relation: Item, rename: Callable[[str], str]) -> tuple[str, str, str]:
    """Subject, predicate and object of a relation; those of a symmetric predicate in order."""
    subject, object = rename(relation["subject"]), rename(relation["object"])
    if relation["predicate"] in SYMMETRIC:
        subject, object = sorted((subject, object))
    return subject, relation["predicate"], object


def _same_sources(found: Item, gold: Item, same_entity: Mapping[str, str]) -> bool:
    """Whether two claims have the same entities as sources."""
    return {same_entity.get(e, "?" + e) for e in found["sources"]} == set(gold["sources"])


def _due_end(claim: Item) -> str | None:
    """The last day of a claim's due date, if it has one."""
    return ((claim["prediction"] or {}).get("due") or {}).get("end")


def _sentence(text: str, start: int) -> str:
    """The sentence or line around a character."""
    left = max(text.rfind("。", 0, start), text.rfind("\n", 0, start)) + 1
    ends = [i for i in (text.find("。", start), text.find("\n", start)) if i >= 0]
    return text[left : min(ends) + 1 if ends else len(text)].strip()


def _mention_faults(found: Document, gold: Document, text: str) -> Iterable[Fault]:
    """The faults of mentions; an overlapping one is a wrong type or span, not one missed and one spurious."""
    ours, theirs = _named(found), _named(gold)
    rest = set(theirs - ours)
    for start, end, kind in sorted(ours - theirs):
        match = next((g for g in sorted(rest) if g[0] < end and start < g[1]), None)
        words = f"{text[start:end]} ({kind})"
        if match is None:
            yield Fault("mentions", "spurious", words, "", _sentence(text, start))
            continue
        rest.discard(match)
        what = "wrong type" if match[:2] == (start, end) else "wrong span"
        yield Fault("mentions", what, words, f"{text[match[0] : match[1]]} ({match[2]})", _sentence(text, start))
    for start, end, kind in sorted(rest):
        yield Fault("mentions", "missed", "", f"{text[start:end]} ({kind})", _sentence(text, start))


def _figure_faults(found: Document, gold: Document, text: str) -> Iterable[Fault]:
    """The faults of figures."""
    pairs = _pair_figures(found, gold)
    ours, theirs = {id(o) for o, _ in pairs}, {id(g) for _, g in pairs}
    for what, items, paired in (("spurious", found["figures"], ours), ("missed", gold["figures"], theirs)):
        for f in items:
            if id(f) not in paired:
                words = f"{text[f['start'] : f['end']]} = {f['value']:g} {f['unit']}"
                here = _sentence(text, f["start"])
                yield Fault("figures", what, *((words, "") if what == "spurious" else ("", words)), here)


def _relation_faults(found: Document, gold: Document, text: str) -> Iterable[Fault]:
    """The faults of relations."""
    same_entity = _entity_map(found, gold)
    ours = {_triple(r, lambda e: same_entity.get(e, "?" + e)): r for r in found["relations"]}
    theirs = {_triple(r, str): r for r in gold["relations"]}
    for what, document, keys, items in (
        ("spurious", found, ours.keys() - theirs.keys(), ours),
        ("missed", gold, theirs.keys() - ours.keys(), theirs),
    ):
        labels = {e["id"]: e["label"] for e in document["entities"]}
        for key in sorted(keys):
            r = items[key]
            words = f"{labels[r['subject']]} –{r['predicate']}→ {labels[r['object']]}"
            here = text[r["start"] : r["end"]].strip()
            yield Fault("relations", what, *((words, "") if what == "spurious" else ("", words)), here)


def _claim_faults(found: Document, gold: Document, text: str) -> Iterable[Fault]:
    """The faults of claims, and of the attributes of those that are paired."""
    same_entity = _entity_map(found, gold)
    names_o = {e["id"]: e["label"] for e in found["entities"]}
    names_g = {e["id"]: e["label"] for e in gold["entities"]}

    def words(c: Item) -> str:
        return text[c["content"]["start"] : c["content"]["end"]]

    pairs = pair_claims(found["claims"], gold["claims"])
    ours, theirs = {id(o) for o, _ in pairs}, {id(g) for _, g in pairs}
    for c in found["claims"]:
        if id(c) not in ours:
            near = max(gold["claims"], key=lambda g: overlap(c["content"], g["content"]), default=None)
            wrong = near is not None and overlap(c["content"], near["content"]) > 0 and id(near) not in theirs
            here = _sentence(text, c["content"]["start"])
            yield Fault(
                "claims",
                "wrong span" if wrong else "spurious",
                words(c),
                words(near) if wrong and near is not None else "",
                here,
            )
    for c in gold["claims"]:
        if id(c) not in theirs:
            yield Fault("claims", "missed", "", words(c), _sentence(text, c["content"]["start"]))
    for o, g in pairs:
        here = _sentence(text, g["content"]["start"])
        if not _same_sources(o, g, same_entity):
            who_o = "、".join(names_o[e] for e in o["sources"]) or o.get("source_text") or "–"
            who_g = "、".join(names_g[e] for e in g["sources"]) or g.get("source_text") or "–"
            yield Fault("attributed claims", "wrong source", who_o, who_g, here)
        for key in ("modality", "polarity"):
            if o.get(key) != g[key]:
                yield Fault(key, f"wrong {key}", f"{o.get(key)}: {words(o)}", g[key], here)
        if bool(o.get("prediction")) != bool(g["prediction"]):
            what = "spurious" if o.get("prediction") else "missed"
            yield Fault("predictions", what, words(o), words(g), here)
        elif o.get("prediction") and _due_end(o) != _due_end(g):
            yield Fault("due dates", "wrong date", str(_due_end(o)), str(_due_end(g)), here)
