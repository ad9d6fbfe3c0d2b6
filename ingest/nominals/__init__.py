"""Nominal anaphors as possible speakers: nouns without a name that refer to a named entity (市は, 図書館によると).

Takes an article's units, entities and mentions, and yields the nouns where a source may stand, each with its
antecedent. Sources of claims are looked for among them too, in training as in use; a report does not list them.

:mod:`.classes` tells what a noun is, :mod:`.candidates` which entities it may refer to, :mod:`.antecedents` which one
it does, and :mod:`.named` looks entities up.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.nominals.antecedents import antecedent_of, known_by
from ingest.nominals.candidates import HEADLINE, core_of
from ingest.nominals.classes import is_role, noun_class
from ingest.nominals.named import Names
from ingest.reader.units import Units
from kg.model import Entity, Mention

_NOUNS = ("名詞", "接尾辞", "接頭辞")
_SOURCE_PARTICLE = re.compile(
    r"\s*(?:[（(][^（()）]{1,30}[）)])?(?:など|側|サイド|自身)*"
    r"(?:によると|によれば|では|には|からは|は|も|が|「|の(?:話|調べ|発表|説明|担当|コメント))"
)
_PREFERENCE = ("title", "end", "short")  # kinds of candidates, best first (ingest.nominals.candidates.RELATIONS)


class Nominal(NamedTuple):
    """A nominal anaphor: its first and last unit, and the id of its antecedent."""

    first: int
    last: int
    entity: str


def nominals(units: Units, entities: Sequence[Entity], mentions: Sequence[Mention]) -> Iterator[Nominal]:
    """Yield the nominal anaphors of an article that stand where a source may stand, in order.

    A run of nouns counts if it neither begins nor ends in a named mention, a particle such as は or によると follows,
    and an antecedent is found.

    Args:
        units: the units of the article.
        entities: its entities.
        mentions: their mentions, in any order.
    """
    names, text = Names(entities, mentions), units.text
    named = [False] * len(units)
    for m in mentions:
        first, last = units.span(m.extent.start, m.extent.end)
        named[first : last + 1] = [True] * (last + 1 - first)
    tags, sentence = units.features["tag"], units.sentence
    k = 0
    while k < len(units):
        first = k
        while k < len(units) and tags[k].startswith(_NOUNS) and sentence[k] == sentence[first]:
            k += 1
        last = k - 1
        k = max(k, first + 1)
        if last < first or named[first] or named[last]:
            continue
        start, end = int(units.starts[first]), int(units.ends[last])
        if _SOURCE_PARTICLE.match(text, end) and (entity := _antecedent(names, text[start:end], start, text)):
            yield Nominal(first, last, entity)


def _antecedent(names: Names, words: str, at: int, text: str) -> str | None:
    """Return the antecedent of a noun, or None.

    A title goes to the person last named with it, other nouns to a name that they are part of or shorten. Else it
    is, of the candidates of the best kind, the one last mentioned before the noun; in the headline also the first
    one after it.

    Args:
        names: the article's names.
        words: the noun.
        at: its first character in the text.
        text: the article's text.
    """
    core = core_of(words)
    kind = noun_class(core)
    person = kind in ("title", "person")
    if person and is_role(core) and (entity := antecedent_of(names, text, core, at)):
        return entity
    options = names.stands_for(words, at, text)
    if entity := known_by(names, words, text, at, options)[0]:
        return entity
    ranks = {
        e: _PREFERENCE.index(how)
        for e, how in options.items()
        if (how == "title" and person and names.types[e] == "Person")
        or (how == "end" and names.types[e] in ("Organization", "Place"))
        or (how == "short" and names.types[e] == "Organization" and kind in ("body", "group"))
    }
    best = {e for e, how in ranks.items() if how == min(ranks.values())}
    here = bisect.bisect_left(names.starts, at)
    before = (m.entity for m in reversed(names.mentions[:here]) if m.entity in best)
    after = (m.entity for m in names.mentions[here:] if m.entity in best) if at < HEADLINE else ()
    return next(before, None) or next(iter(after), None)
