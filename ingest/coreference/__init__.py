"""Anaphora resolution: antecedents of pronouns and of nouns with 同, 両 or a number (彼, 同社, 両社, 3社, 私).

The antecedent is the most salient entity of a fitting type before the anaphor: a topic rather than a subject, a
subject rather than others, near rather than far, frequent rather than rare. This is a small form of Lappin & Leass
1994, *An algorithm for pronominal anaphora resolution*. Newspapers that the article cites as sources are no
antecedents of 同社.

:mod:`.anaphors` finds the words, :mod:`.candidates` gives mentions their features, :mod:`.fitting` says which of them
an anaphor may refer to, and :mod:`.antecedents` chooses. First-person pronouns need claims; :mod:`.first_person` adds
them after claims are read. Both components add to ``doc._.mentions``. Read :mod:`ingest.entities` first.
"""

from __future__ import annotations

from collections import Counter

from spacy.tokens import Doc

from ingest.coreference.anaphors import edges_of, shortened, written
from ingest.coreference.antecedents import Anaphor, antecedents, author
from ingest.coreference.candidates import Candidate, Context
from kg.model import Entity, Mention

_REACH = 400  # mentions before and after an anaphor that are looked at


def find(doc: Doc) -> list[Mention]:
    """Find the anaphors of an article and their antecedents.

    Args:
        doc: an article with ``doc._.clean``, ``doc._.entities`` and ``doc._.mentions`` (names).

    Returns:
        Mentions in order of the text. A plural anaphor gives one for each of its entities; an anaphor without
        antecedent gives none.
    """
    text = doc.text
    entities = {e.id: e for e in doc._.entities}
    context = Context(text, [t.idx for t in doc if t.is_sent_start] or [0], doc._.clean.quotations)
    named = [m for m in doc._.mentions if not m.anaphor]
    taken = {i for m in named for i in range(m.extent.start, m.extent.end)}
    name_ends = {m.extent.end for m in named}
    edges = edges_of(doc)
    ahead = context.candidates(named, entities)
    past: list[Candidate] = []
    at = 0
    counts = Counter(m.entity for m in named)
    out: list[Mention] = []
    before: dict[str, list[Entity]] = {}
    for row, extent in written(text, edges, taken):
        if row.get("listed") and text[extent.start - 1] == "の" and extent.start - 1 in name_ends:
            continue  # A社とB社の2社: the names stand right before it
        while at < len(ahead) and ahead[at].mention.extent.start < extent.start:
            past.append(ahead[at])
            at += 1
        anaphor = Anaphor.of(row, extent.start, context)
        if row.get("own"):
            chosen, reason = [] if anaphor.quote else author(row, entities, named), "speaks for itself"
        else:
            around = [*past[-_REACH:], *ahead[at : at + _REACH]]
            chosen, reason = antecedents(anaphor, context, around, counts)
        word = row["text"]
        if row["count"] == 2 and "side by side" not in reason and word in before:
            chosen, reason = before[word], "as before"
        if chosen and row["count"] != 1:
            before[word] = chosen
        for entity in chosen:
            m = Mention(extent, entity.id, True, (f"{word}: {reason}",))
            out.append(m)
            past.append(context.candidate(m, entity))
            counts[entity.id] += 1
    return sorted([*out, *shortened(text, named, entities, taken, edges)], key=lambda m: m.extent)


def iibun_coreference(doc: Doc) -> Doc:
    """Pipeline component: add anaphors to ``doc._.mentions``."""
    doc._.mentions = sorted([*doc._.mentions, *find(doc)], key=lambda m: (m.extent, m.entity))
    return doc
