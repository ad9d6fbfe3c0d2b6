"""Units: the tokens that the reader labels, each with the features that GiNZA and the lexicon give it.

A unit is a token of GiNZA, or a part of one if a name is inside it (日本国内 → 日本 + 国内). White space has no unit.
A span is given by its first and last unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.names import gazetteer
from ingest.recogniser import Recogniser, atoms, recogniser, shape
from kg import lexicon
from kg.model import Extent

if TYPE_CHECKING:
    from spacy.tokens import Doc

Ints = NDArray[np.int64]

#: The features of a unit: GiNZA's tag, dependency relation and entity, the class of a reporting word, lemma,
#: inflection, the shape of its characters, its type in the alias table, and the particles that end its bunsetsu.
FEATURES = ("tag", "dep", "ginza", "reports", "lemma", "inflection", "shape", "known", "particle")
#: How many values each mark has: depth of quotation, first of a sentence, first of a line, in a heading, first of
#: a token.
MARKS = (3, 2, 2, 2, 2)


@dataclass(frozen=True)
class Units:
    """The units of an article, one entry of each array for each unit.

    Attributes:
        text: the text.
        starts: where each unit begins in the text.
        ends: where it ends.
        token: the index of its token.
        head: the unit of its dependency head; the root has itself.
        sentence: the number of its sentence.
        features: for each of :data:`FEATURES` the values.
        marks: units by :data:`MARKS`.
        vector: GiNZA's contextual vectors (units by 256).
        recognised: the recogniser's logarithmic probabilities (units by :data:`ingest.recogniser.LABELS`).
    """

    text: str
    starts: Ints
    ends: Ints
    token: Ints
    head: Ints
    sentence: Ints
    features: Mapping[str, tuple[str, ...]]
    marks: Ints
    vector: NDArray[np.float16]
    recognised: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, char: int) -> int:
        """The unit that contains a character, or the last one before it."""
        return int(np.clip(np.searchsorted(self.starts, char, "right") - 1, 0, len(self) - 1))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """First and last unit of the characters ``[start, end)``."""
        first = self.at(start)
        return first, max(first, self.at(end - 1))

    def extent(self, first: int, last: int) -> Extent:
        """The characters of the units ``first`` to ``last``."""
        return Extent(int(self.starts[first]), int(self.ends[last]))


def units_of(doc: Doc, judge: Recogniser | None = None) -> Units:
    """The units of an article that GiNZA has parsed.

    Args:
        doc: a document with ``doc._.clean`` and GiNZA's annotations; those of our components are not needed.
        judge: the name recogniser; the one that ships by default.
    """
    text, clean = doc.text, doc._.clean
    every = atoms([t.text for t in doc], [t.tag_ for t in doc], [t.idx for t in doc], gazetteer())
    ginza = [(e.start, e.end, e.label_) for e in doc.ents]
    vector = np.asarray(doc.tensor, np.float32)
    recognised = (judge or recogniser()).logarithms(text, every, ginza, vector)
    there = [bool(a.text.strip()) for a in every]
    found = [a for a in every if a.text.strip()]
    first: dict[int, int] = {}
    for i, a in enumerate(found):
        first.setdefault(a.token, i)
    starts, ends, token = (np.array(column, np.int64) for column in _columns(found))
    sentence = np.searchsorted(np.array([s.start for s in clean.sentences], np.int64), starts, "right") - 1
    known = ["O"] * len(found)
    for begin, stop, kind, _ in gazetteer().matches(text, found):
        known[begin:stop] = [f"B{kind}", *[f"I{kind}"] * (stop - begin - 1)]
    words = {
        "tag": ["-".join(a.tag.split("-")[:3]) for a in found],
        "shape": [shape(a.text) for a in found],
        "known": known,
    }
    tokens = list(_of_tokens(doc))
    for k, name in enumerate(("dep", "ginza", "reports", "lemma", "inflection", "particle")):
        words[name] = [tokens[a.token][k] for a in found]
    return Units(
        text, starts, ends, token, _heads(doc, token, first), sentence,
        {name: tuple(words[name]) for name in FEATURES},
        _marks(doc, starts, sentence, token), vector.astype(np.float16)[token], recognised[there].astype(np.float16),
    )  # fmt: skip


def _columns(found: list) -> Iterator[list[int]]:  # type: ignore[type-arg]
    """Starts, ends and tokens of atoms."""
    for name in ("start", "end", "token"):
        yield [getattr(a, name) for a in found]


def _of_tokens(doc: Doc) -> Iterator[tuple[str, ...]]:
    """For each token: relation, GiNZA's entity, reporting class, lemma, inflection, particles of its bunsetsu."""
    entity = [f"{t.ent_iob_}{t.ent_type_}" if t.ent_type_ else "O" for t in doc]
    for t, label, particle in zip(doc, entity, _particles(doc), strict=True):
        inflection = t.morph.get("Inflection", []) or [""]
        yield t.dep_, label, _reports(t.text, t.lemma_, t.norm_), t.lemma_, inflection[0], particle


@cache
def _classes(table: str, column: str) -> Mapping[str, str]:
    """The class of each word in a table of the lexicon; of rows for one word, the one with the longest ``before``."""
    found: dict[str, str] = {}
    for row in sorted(lexicon.rows(table), key=lambda r: -len(r.get("before", ""))):
        found.setdefault(row[column], row.get("class", ""))
    return found


def _reports(text: str, lemma: str, norm: str) -> str:
    """The class of a reporting verb (``V…``) or noun (``N…``); ``O`` for other words."""
    verbs, nouns = _classes("reporting_verbs", "verb"), _classes("reporting_nouns", "noun")
    verb = verbs.get(lemma, verbs.get(norm))
    if verb is not None:
        return f"V{verb}"
    return f"N{nouns[text]}" if text in nouns else "O"


def _particles(doc: Doc) -> list[str]:
    """For each token the particles that end its bunsetsu, the first two at most.

    A bunsetsu is approximated: it ends with the particles that follow content words.
    """
    found = [""] * len(doc)
    tail: list[str] = []
    inside = False
    for t in reversed(list(doc)):
        if t.is_sent_end or t.tag_.startswith("補助記号"):
            tail, inside = [], False
        if t.tag_.startswith("助詞"):
            tail, inside = [t.text, *([] if inside else tail)], False
        elif not t.tag_.startswith("補助記号"):
            inside = True
        found[t.i] = "".join(tail[:2])
    return found


def _heads(doc: Doc, token: Ints, first: Mapping[int, int]) -> Ints:
    """For each unit its dependency head: the first unit of the nearest token above that has units, else itself."""
    found = np.arange(len(token))
    for i, t in enumerate(token.tolist()):
        above = doc[t].head
        while above.i not in first and above.head.i != above.i:
            above = above.head
        found[i] = first.get(above.i, i)
    return found


def _marks(doc: Doc, starts: Ints, sentence: Ints, token: Ints) -> Ints:
    """The marks of each unit: units by :data:`MARKS`."""
    clean, text = doc._.clean, doc.text
    depth = np.zeros(len(text) + 1, np.int64)
    for q in clean.quotations:
        depth[q.inner.start : q.inner.end] += 1
    heading, line = np.zeros(len(text) + 1, np.int64), np.zeros(len(text) + 1, np.int64)
    for h in clean.headings:
        heading[h.start : h.end] = 1
    line[1:] = np.cumsum(np.frombuffer(text.encode("utf-32-le"), np.uint32) == ord("\n"))
    new = [np.diff(column, prepend=-1) != 0 for column in (sentence, line[starts], token)]
    return np.stack([np.minimum(depth[starts], MARKS[0] - 1), new[0], new[1], heading[starts], new[2]], 1).astype(
        np.int64
    )
