"""The annotated articles for training, as units with labels; parsed once and cached."""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.annotations import AFTER_REAL, FIELD, fingerprint, read
from ingest.nominals import nominals
from ingest.reader.units import Ints, Units, units_of
from ingest.recogniser import LABEL, Recogniser
from kg import given
from kg.model import ENTITY_TYPES, MODALITIES, Entity, Extent, Mention

Document = Mapping[str, Any]
CONFIG = Path(__file__).with_name("config.toml")
TRAINED_ON = ("gold", "real", "field", "own")  #: the sets of articles for training; the others are held out
UNSEEN = Path("tests/gold/unseen")  #: our own held-out articles


class Annotated(NamedTuple):
    """An annotated article.

    Attributes:
        set: the set that it belongs to, as in :func:`articles`.
        name: its name.
        text: its text.
        gold: the annotation, a ``gold/1`` document.
        of_field: whether it comes from the folder ``field``.
    """

    set: str
    name: str
    text: str
    gold: Document
    of_field: bool = False


@dataclass
class Marked:
    """An annotation in units.

    Attributes:
        labels: for each unit the index of its label in :data:`ingest.recogniser.LABELS`.
        mentions: first unit, last unit and the entity's number of each mention.
        claims: for each claim ``content`` (first and last unit), ``cue`` (the same, or None), ``sources`` (entities),
            ``unnamed`` (the units of a source without a name, or None), ``modality`` (its index), ``negated``,
            ``prediction``.
        nominals: the last unit of each nominal anaphor and the number of its entity.
    """

    labels: Ints
    mentions: list[tuple[int, int, int]]
    claims: list[dict[str, Any]] = field(default_factory=list)
    nominals: list[tuple[int, int]] = field(default_factory=list)


class Sample(NamedTuple):
    """An article in units, with its annotation."""

    article: Annotated
    units: Units
    marked: Marked


def articles(data: Mapping[str, Any]) -> Iterator[Annotated]:
    """All annotated articles.

    The sets for training are ``gold``, ``real``, ``field`` and ``own``. The sets ``check``, ``unseen`` and ``held`` are
    held out.

    Args:
        data: the part ``data`` of the configuration.
    """
    gold = Path(data["gold"])
    for folder, name in ((gold, "gold"), (gold / "check", "check"), (UNSEEN, "unseen")):
        for path in sorted(folder.glob("*.gold.json")):
            stem = path.name.removesuffix(".gold.json")
            text = path.with_name(f"{stem}.txt").read_bytes().decode("utf-8")
            yield Annotated(name, stem, text, json.loads(path.read_text("utf-8")))
    for name, folder, rows in (("real", data["articles"], None), ("field", data["field"], FIELD)):
        found = read(Path(folder), rows) if rows else read(Path(folder))
        real = 0
        for a in found:
            if not (Path(folder) / f"{a.name}.txt").exists():
                yield Annotated("own", *a, of_field=rows is not None)
                continue
            real += 1
            yield Annotated("held" if real % data["held_out"] == 0 else name, *a, of_field=rows is not None)


def at_least_one(text: str) -> int:
    """An argparse type: a whole number from 1."""
    try:
        return given.whole(text, least=1)
    except ValueError as why:
        raise argparse.ArgumentTypeError(given.refused(text, why)) from None


def fewer(found: Sequence[Annotated], limit: int) -> list[Annotated]:
    """So many of the articles, evenly spread, or all if there are not more.

    >>> [a.name for a in fewer([Annotated("own", str(i), "", {}) for i in range(10)], 4)]
    ['0', '2', '5', '7']
    """
    count = min(limit, len(found))
    return [found[i * len(found) // count] for i in range(count)]


def learnt(a: Annotated) -> bool:
    """Whether the first name recogniser was trained on an article: on gold and ``articles.jsonl`` but ``AFTER_REAL``.

    It is surer of these than of any other, and a reader that got its scores of them would learn to trust it too much
    (stacked generalization, Wolpert 1992).
    """
    return not (a.of_field or a.set in ("check", "unseen") or a.name[0] in AFTER_REAL)


def samples(
    found: Iterable[Annotated], kept: Path, first: Recogniser, *, blank: Callable[[Annotated], bool]
) -> Iterator[Sample]:
    """The articles as units; parsed ones are cached in a folder.

    Args:
        found: the articles.
        kept: the folder of the cache, created if it does not exist.
        first: the name recogniser.
        blank: for which articles its scores are set to 0.
    """
    from ingest.pipeline import load, parse
    from kg.model import Article

    kept.mkdir(parents=True, exist_ok=True)
    nlp = None
    for a in found:
        path = kept / f"{a.set}-{a.name}-{fingerprint(a.text)[:8]}.pickle"
        if not path.exists():
            nlp = nlp or load(components=False)
            part = path.with_suffix(".part")
            units = units_of(parse(nlp, Article(a.text)), first)
            part.write_bytes(pickle.dumps(units))
            part.rename(path)
        units = pickle.loads(path.read_bytes())
        if blank(a):
            units.recognised[:] = 0
        yield Sample(a, units, marked(units, a.gold))


def marked(units: Units, gold: Document) -> Marked:
    """An annotation in units; a span that begins or ends inside a unit is widened to it."""
    number = {e["id"]: i for i, e in enumerate(gold["entities"])}
    types = [ENTITY_TYPES.index(e["type"]) for e in gold["entities"]]
    result = Marked(np.zeros(len(units), np.int64), [])
    for m in gold["mentions"]:
        first, last = units.span(m["start"], m["end"])
        entity = number[m["entity"]]
        result.mentions.append((first, last, entity))
        if not m.get("anaphor"):
            kind = ENTITY_TYPES[types[entity]]
            result.labels[first : last + 1] = LABEL[f"I-{kind}"]
            result.labels[first], result.labels[last] = LABEL[f"B-{kind}"], LABEL[f"E-{kind}"]
            if first == last:
                result.labels[first] = LABEL[f"S-{kind}"]
    for c in gold["claims"]:
        content, cue = c["content"], c.get("cue")
        words = None if c["sources"] else c.get("source_text")
        result.claims.append(
            {
                "content": units.span(content["start"], content["end"]),
                "cue": units.span(cue["start"], cue["end"]) if cue else None,
                "sources": [number[e] for e in c["sources"]],
                "unnamed": _nearest(units, words, content, cue) if words else None,
                "modality": MODALITIES.index(c["modality"]),
                "negated": c["polarity"] == "negated",
                "prediction": c["prediction"] is not None,
            }
        )
    entities = [Entity(e["id"], e["type"], e["label"], tuple(e.get("aliases", ()))) for e in gold["entities"]]
    mentions = [Mention(Extent(m["start"], m["end"]), m["entity"], bool(m.get("anaphor"))) for m in gold["mentions"]]
    result.nominals = [(n.last, number[n.entity]) for n in nominals(units, entities, mentions)]
    return result


def _nearest(
    units: Units, words: str, content: Mapping[str, int], cue: Mapping[str, int] | None
) -> tuple[int, int] | None:
    """The units of the words for a source without a name, or None if they do not occur.

    Of several occurrences one outside the content comes first, then the one nearest to the cue.
    """
    at, start = (cue or content)["start"], units.text.find(words)
    places = []
    while start >= 0:
        places.append((content["start"] <= start < content["end"], abs(start - at), start))
        start = units.text.find(words, start + 1)
    return units.span(min(places)[2], min(places)[2] + len(words)) if places else None
