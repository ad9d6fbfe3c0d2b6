"""Names in an article, and which of them are one thing.

``find`` asks the recogniser (:mod:`ingest.recogniser`) for names, then reads the article as a whole: a name seen
once in full is recognised when it returns short or in brackets as an alias, and one string has one type. Mentions
of one thing become one entity. Every decision leaves its reason.

``names`` lists the steps in order, each in the module of its noun: :mod:`.edges`, :mod:`.additions`, :mod:`.kinds`,
:mod:`.recurrences`; then :mod:`.groups`. spaCy is met here alone; the modules read text and plain data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from ingest.context import ginza_of, told_of
from ingest.entities.additions import added
from ingest.entities.edges import compounded, extended, parts, posted, trimmed
from ingest.entities.forms import fullest, is_short_for, short_forms
from ingest.entities.groups import group, known
from ingest.entities.kinds import typed
from ingest.entities.name import Name
from ingest.entities.recurrences import pooled, returned
from ingest.entities.titles import titled
from ingest.names import gazetteer
from ingest.recogniser import atoms, recogniser
from kg.model import Entity, Extent, Mention

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Name", "find", "group", "is_short_for", "names", "short_forms", "titled"]

_WIKIDATA = "http://www.wikidata.org/entity/"


def names(doc: Doc) -> list[Name]:
    """Every name in the text, by place, with type, confidence and reasons."""
    if not len(doc):
        return []
    text, vocab = doc.text, doc.vocab
    ginza = [(e.start, e.end, e.label_) for e in doc.ents]
    units = atoms([t.text for t in doc], [t.tag_ for t in doc], [t.idx for t in doc], gazetteer())
    tokens = [(t.idx, t.idx + len(t.text), t.text, t.tag_) for t in doc]
    proposed, masses = recogniser().find(text, units, ginza, *_vectors(doc))
    found = [
        Name(f.extent, f.type, f.confidence, f.extent.of(text), [f"recogniser {f.confidence:.2f}"]) for f in proposed
    ]
    single = {start for start, end, _, _ in tokens if end - start == 1}
    found = [part for n in found for part in parts(n, alone=n.extent.start in single)]
    found = [n for n in (trimmed(n, text) for n in found) if n]
    found = extended(found, text)
    found = compounded(found, text)
    found = added(found, text, units, tokens, lambda word: not vocab.has_vector(word))
    found = posted(typed(found, text), text)
    found = pooled(found, text, units, masses)
    found += returned(found, text, units)
    found.sort(key=lambda n: n.extent)
    _explain(found, text, {Extent(e.start_char, e.end_char): e.label_ for e in doc.ents})
    return found


def _vectors(doc: Doc) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """GiNZA's vectors of the tokens, zeros where they are another model's, and the transformer's, None where it heard nothing."""
    ginza, width = ginza_of(doc), recogniser().hidden.shape[0] // 3
    return (ginza, told_of(doc)) if ginza.shape[1] == width else (np.zeros((len(doc), width), np.float32), None)


def _explain(found: Sequence[Name], text: str, ginza: Mapping[Extent, str]) -> None:
    """Add what the other voices say of a name."""
    for n in found:
        if label := ginza.get(n.extent):
            n.reasons.append(f"GiNZA {label}")
        if row := gazetteer().get(n.text):
            n.reasons.append(f"alias table {row.label} ({row.type})")
        if n.type == "Person" and (title := titled(text, n.extent.end)):
            n.reasons.append(f"before {title}")


def find(doc: Doc) -> tuple[list[Entity], list[Mention]]:
    """Entities and their named mentions, both in order of the text."""
    return entities_of(names(doc), doc.text)


def entities_of(found: Sequence[Name], text: str) -> tuple[list[Entity], list[Mention]]:
    """The entities that names stand for, numbered in order of first mention, and a mention for each name.

    Args:
        found: names in order of the text, as :func:`names` gives them.
        text: the article's text.

    >>> name = Name(Extent(0, 2), "Place", 0.9, "東京")
    >>> [e.label for e in entities_of([name], "東京で")[0]]
    ['東京']
    """
    entities: list[Entity] = []
    mentions: list[Mention] = []
    for number, indexes in enumerate(group(found, text), 1):
        members = [found[i] for i in indexes]
        kind = Counter(n.type for n in members).most_common(1)[0][0]
        label = fullest(n.text for n in members)
        forms = list(dict.fromkeys(n.text for n in members))
        rows = {id(r): r for n in members if (r := known(n)) and n.text not in r.weak}
        row = next(iter(rows.values())) if len(rows) == 1 else None
        same_as = (_WIKIDATA + row.wikidata,) if row and row.wikidata else ()
        reasons = tuple(dict.fromkeys(r for n in members for r in n.reasons))[:12]
        aliases = tuple(f for f in forms if f != label)
        entities.append(Entity(f"e{number}", kind, label, aliases, same_as, reasons))
        mentions += [Mention(n.extent, f"e{number}", False, tuple(n.reasons)) for n in members]
    mentions.sort(key=lambda m: (m.extent, m.entity))
    return entities, mentions


if not Doc.has_extension("entities"):
    Doc.set_extension("entities", default=[])
if not Doc.has_extension("mentions"):
    Doc.set_extension("mentions", default=[])


@Language.component("iibun_entities", requires=["doc.ents", "doc.tensor"], assigns=["doc._.entities", "doc._.mentions"])
def iibun_entities(doc: Doc) -> Doc:
    """Set ``doc._.entities`` and ``doc._.mentions`` (names only)."""
    doc._.entities, doc._.mentions = find(doc)
    return doc
