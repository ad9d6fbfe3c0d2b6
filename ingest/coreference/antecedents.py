"""Antecedents: the most salient of the candidates of an anaphor, by the weights of :data:`WEIGHTS`."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.coreference.candidates import SUBJECTS, Candidate, Context
from ingest.coreference.fitting import fits, is_press
from kg.model import Entity, Extent, Mention

_LEAST = 0.35  # salience below which one candidate is no antecedent
_LIST = re.compile(
    r"(?:社|氏|さん)?(?:[（(][^）)]{0,20}[）)])?[、,・と及やびおよ／/ 並]{1,4}(?:米|英|独|仏|韓国の|米国の|中国の)?"
)

#: Weights of a mention's salience, found by search on the gold articles. The weight of its role, times the decay by
#: distance, is the base; the others are added where they apply.
WEIGHTS: dict[str, float] = {
    "decay": 0.72,  # factor per sentence between mention and anaphor
    "nearest": 0.5,  # the last mention before the anaphor
    "same sentence": -0.4,
    "sentence before": 0.1,
    "same paragraph": 0.3,
    "cited": -2.5,  # a newspaper that is cited there
    "press": -1.2,  # any other mention of a newspaper, for 同社 and the like
    "chain": -0.1,  # an anaphor of the same form
    "often": 0.35,  # times the logarithm of 1 + the number of mentions of the entity
    "second subject": -1.0,  # a subject of the same sentence, for 彼は or 彼が
    "quoted": -1.5,  # in a quotation, for an anaphor outside
    "talked about": -2.0,  # in a quotation of the same sentence, for a pronoun that says something
    "spoke": 0.8,  # subject of a verb of saying, for a pronoun that says something
    # roles, by the particle after the mention
    "topic": 3.0,
    "subject": 2.4,
    "object": 2.0,
    "owner": 2.0,
    "of": 1.1,
    "other": 1.3,
}


@dataclass(frozen=True, slots=True)
class Anaphor:
    """An anaphor in its context.

    Attributes:
        row: its row of ``anaphors.jsonl``.
        at: its first character.
        sentence: number of its sentence.
        paragraph: the line break before it; -1 if there is none.
        quote: the long quotation around it, if there is one.
        speaks: whether it is a pronoun outside quotations that says something.
    """

    row: Mapping[str, Any]
    at: int
    sentence: int
    paragraph: int
    quote: Extent | None
    speaks: bool

    @classmethod
    def of(cls, row: Mapping[str, Any], at: int, context: Context) -> Anaphor:
        """Return the anaphor of a row that begins at ``at``."""
        quote = context.quote_at(at)
        speaks = bool(row.get("pronoun")) and not quote and context.pronoun_says(at + len(row["text"]))
        return cls(row, at, context.sentence_at(at), context.text.rfind("\n", 0, at), quote, speaks)


def antecedents(
    anaphor: Anaphor, context: Context, around: Sequence[Candidate], counts: Counter[str]
) -> tuple[list[Entity], str]:
    """Return the antecedents of an anaphor and the reason; no entity if none is salient enough.

    Args:
        anaphor: the anaphor, not one for the text's author (:func:`author`).
        context: its article.
        around: mentions around it; those after it only tell who is cited or speaks.
        counts: mentions of each entity: all of its names, and the anaphors resolved so far.
    """
    row = anaphor.row
    options = _options(anaphor, context.text, around)
    if not options:
        return [], ""
    best: dict[str, float] = {}
    entity_of: dict[str, Entity] = {}
    nearest = max(options, key=lambda c: c.mention.extent.start)
    for c in options:
        entity_of[c.entity.id] = c.entity
        score = _salience(c, anaphor, context.text, nearest=c is nearest)
        best[c.entity.id] = max(best.get(c.entity.id, -9), score)
    for entity_id in best:
        best[entity_id] += WEIGHTS["often"] * math.log1p(counts[entity_id])
    order = sorted(best, key=lambda k: (-best[k], k))
    if row["count"] == 1:
        if best[order[0]] < _LEAST:
            return [], ""
        return [entity_of[order[0]]], f"stands out most ({best[order[0]]:.1f})"
    return _several(anaphor, options, [entity_of[k] for k in order], context.text)


def author(row: Mapping[str, Any], entities: Mapping[str, Entity], named: Sequence[Mention]) -> list[Entity]:
    """Return the antecedent of 当社 or 当館 outside quotations: the first fitting name, taken as the text's author.

    Args:
        row: of the anaphor.
        entities: the article's entities by id.
        named: its mentions that are names, in order.
    """
    return next(([entities[m.entity]] for m in named if fits(row, entities[m.entity])), [])


def _options(anaphor: Anaphor, text: str, around: Sequence[Candidate]) -> list[Candidate]:
    """Return the mentions before an anaphor to which it may refer."""
    row = anaphor.row
    papers = ("Organization", "Product") if row.get("kind") == "press" else ()
    options = [
        c for c in around
        if c.mention.extent.start < anaphor.at and (fits(row, c.entity) or (c.paper and c.entity.type in papers))
    ]  # fmt: skip
    if row.get("kind") in ("company", "any"):
        press = {c.entity.id for c in around if c.cited}
        options = [c for c in options if c.entity.id not in press]
    if anaphor.quote:  # 彼 in a quotation does not refer to its speaker
        speakers = _speakers_of(anaphor.quote, text, around)
        options = [c for c in options if c.entity.id not in speakers] or ([] if row.get("pronoun") else options)
    return options


def _salience(c: Candidate, anaphor: Anaphor, text: str, *, nearest: bool) -> float:
    """Return the salience of a candidate, without the part for how often its entity is mentioned."""
    row, w, at = anaphor.row, WEIGHTS, anaphor.at
    away = anaphor.sentence - c.sentence
    score = w[c.role] * w["decay"] ** min(away, 12)
    if nearest:
        score += w["nearest"]
    if away == 0:
        score += w["same sentence"]
    elif away == 1:
        score += w["sentence before"]
    if 0 <= anaphor.paragraph < c.mention.extent.start:
        score += w["same paragraph"]
    if c.cited:
        score += w["cited"]
    elif row.get("kind") in ("company", "any") and is_press(c.entity):
        score += w["press"]
    if c.quoted and not anaphor.quote:
        score += w["quoted"]
        if away == 0 and anaphor.speaks:
            score += w["talked about"]
    if anaphor.speaks and c.spoke:
        score += w["spoke"]
    if c.mention.anaphor and c.mention.extent.of(text) == row["text"]:
        score += w["chain"]
    subject = bool(row.get("pronoun")) and not anaphor.quote and text[at : at + 2] in ("彼は", "彼が")
    if subject and away == 0 and c.role in SUBJECTS:
        score += w["second subject"]  # two subjects of one sentence are different persons
    return score


def _speakers_of(quote: Extent, text: str, around: Sequence[Candidate]) -> set[str]:
    """Return the id of the likely speaker of a quotation: the last subject shortly before it, or the first after it."""
    before = [c for c in around if quote.start - 60 < c.mention.extent.end <= quote.start and c.role in SUBJECTS]
    before = [c for c in before if "。" not in text[c.mention.extent.end : quote.start]]
    after = [c for c in around if quote.end <= c.mention.extent.start <= quote.end + 25 and c.role in SUBJECTS]
    after = [c for c in after if "。" not in text[quote.end : c.mention.extent.start]]
    chosen = before[-1:] or after[:1]
    return {c.entity.id for c in chosen}


def _several(
    anaphor: Anaphor, options: Sequence[Candidate], ranked: Sequence[Entity], text: str
) -> tuple[list[Entity], str]:
    """Return the antecedents of a plural anaphor (両社, 3社, 彼ら) and the reason.

    Entities named side by side go first, else the most salient ones near by. 3社 and the like need a list.

    Args:
        anaphor: the anaphor.
        options: candidate mentions before it.
        ranked: their entities, the most salient first.
        text: the article's text.
    """
    want, sentence = anaphor.row["count"], anaphor.sentence
    for group in _lists(options, text):
        listed = {c.entity.id: c.entity for c in group}
        if len(listed) == want or (want == 0 and len(listed) > 1):
            if sentence - group[-1].sentence <= 4:
                return list(listed.values()), "named side by side"
    if anaphor.row.get("listed"):
        return [], ""
    close = {c.entity.id for c in options if sentence - c.sentence <= (3 if want else 2)}
    near = [e for e in ranked if e.id in close]
    least = want or 2
    return (near[:least], "stand out most") if len(near) >= least else ([], "")


def _lists(options: Sequence[Candidate], text: str) -> Iterator[list[Candidate]]:
    """Yield the lists of mentions joined by と, や or 、, the last list first."""
    group: list[Candidate] = []
    found = []
    for c in sorted(options, key=lambda c: c.mention.extent):
        if group and _LIST.fullmatch(text[group[-1].mention.extent.end : c.mention.extent.start]):
            group.append(c)
        else:
            if len(group) > 1:
                found.append(group)
            group = [c]
    if len(group) > 1:
        found.append(group)
    yield from reversed(found)
