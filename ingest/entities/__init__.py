"""Named entities: corrects the names that the reader proposes and groups them into entities.

The reader (:mod:`ingest.reader`) sees a window of sentences at a time. The rules here see the whole article: a name
given in full is found again where it returns shortened, or as an alias in brackets, and a string keeps one type.
Then names of one thing are grouped into one entity. Each decision adds a line to ``reasons``.

:func:`names` shows the order of the steps: :mod:`.edges` (where a name begins and ends), :mod:`.additions` (names
that the reader missed), :mod:`.kinds` (types), :mod:`.recurrences` (the same name elsewhere). :mod:`.groups` makes
entities of them. Only this module depends on spaCy; the others take text and plain data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from spacy.tokens import Doc

from ingest.entities.additions import added
from ingest.entities.edges import compounded, extended, parts, posted, trimmed
from ingest.entities.forms import fullest, is_short_for, short_forms
from ingest.entities.groups import group, known
from ingest.entities.kinds import typed
from ingest.entities.name import Name
from ingest.entities.recurrences import pooled, returned
from ingest.entities.titles import titled
from ingest.names import gazetteer
from ingest.reader import decoding
from ingest.recogniser import atoms
from kg.model import Entity, Extent, Mention

__all__ = ["Name", "find", "group", "is_short_for", "names", "short_forms", "titled"]

_WIKIDATA = "http://www.wikidata.org/entity/"


def names(doc: Doc) -> list[Name]:
    """Find every name in the text, each with type, confidence and reasons.

    Args:
        doc: an article with GiNZA's annotations and ``doc._.encoded``, which :mod:`ingest.reader` sets.

    Returns:
        Names in order of the text.
    """
    if not len(doc):
        return []
    text, vocab = doc.text, doc.vocab
    encoded_article = doc._.encoded
    proposed, probabilities = decoding.names(encoded_article.windows, encoded_article.units.recognised)
    found = [
        Name(extent, kind, chance, extent.of(text), [f"recogniser {chance:.2f}"])
        for extent, kind, chance in (
            (encoded_article.units.extent(a, b), kind, chance) for a, b, kind, chance in proposed
        )
    ]
    units = atoms([t.text for t in doc], [t.tag_ for t in doc], [t.idx for t in doc], gazetteer())
    # The reader leaves out units that are only white space. Give them zeros, so that rows match ``units``.
    unit_probabilities = np.zeros((len(units), probabilities.shape[1]), np.float32)
    unit_probabilities[[i for i, u in enumerate(units) if u.text.strip()]] = probabilities
    tokens = [(t.idx, t.idx + len(t.text), t.text, t.tag_) for t in doc]
    single = {start for start, end, _, _ in tokens if end - start == 1}
    found = [part for n in found for part in parts(n, alone=n.extent.start in single)]
    found = [n for n in (trimmed(n, text) for n in found) if n]
    found = extended(found, text)
    found = compounded(found, text)
    found = added(found, text, units, tokens, lambda word: not vocab.has_vector(word))
    found = posted(typed(found, text), text)
    found = pooled(found, text, units, unit_probabilities)
    found += returned(found, text, units)
    found.sort(key=lambda n: n.extent)
    _add_reasons(found, text, {Extent(e.start_char, e.end_char): e.label_ for e in doc.ents})
    return found


def _add_reasons(found: Sequence[Name], text: str, ginza: Mapping[Extent, str]) -> None:
    """Add to the reasons of a name: GiNZA's label, its row in the alias table, the title after it.

    Args:
        found: the names; their ``reasons`` are changed in place.
        text: the article's text.
        ginza: GiNZA's entity labels by extent.
    """
    for n in found:
        if label := ginza.get(n.extent):
            n.reasons.append(f"GiNZA {label}")
        if row := gazetteer().get(n.text):
            n.reasons.append(f"alias table {row.label} ({row.type})")
        if n.type == "Person" and (title := titled(text, n.extent.end)):
            n.reasons.append(f"before {title}")


def find(doc: Doc) -> tuple[list[Entity], list[Mention]]:
    """Return the entities of a text and their named mentions, both in order of the text.

    Args:
        doc: as for :func:`names`. Anaphors are added later, by :mod:`ingest.coreference`.
    """
    return entities_of(names(doc), doc.text)


def entities_of(found: Sequence[Name], text: str) -> tuple[list[Entity], list[Mention]]:
    """Group names into entities, numbered in order of first mention, with one mention for each name.

    The type of an entity is the most frequent type of its names, and its label the fullest name. It gets a Wikidata
    address only if its names lead to one row of the alias table.

    Args:
        found: names in order of the text, as :func:`names` gives them.
        text: the article's text.

    Returns:
        The entities, and the mentions in order of the text.

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


def iibun_entities(doc: Doc) -> Doc:
    """Pipeline component: set ``doc._.entities`` and ``doc._.mentions`` (names only)."""
    doc._.entities, doc._.mentions = find(doc)
    return doc
