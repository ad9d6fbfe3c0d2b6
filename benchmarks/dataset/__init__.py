"""The annotated texts as a data set that others can load: JSON Lines and a card.

``python -m benchmarks.dataset FOLDER`` writes it. A *configuration* is a kind of record: whole articles with their texts, offsets
of articles whose texts are not ours, passages, stories. :mod:`.features` says what a record holds, ``card.md`` is the card.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import relations
from benchmarks.annotations import FIELD, OWN, ROWS, to_gold, to_row
from tests import stories as told
from tests.gold import loader as cases

Record = dict[str, Any]

GOLD = Path(cases.HERE)
STORIES = Path(__file__).resolve().parent.parent / "stories"

#: First letters of the names of articles that are not ours → where they are from, and the licence of their texts.
SOURCES: Mapping[str, tuple[str, str]] = {
    "fc": ("Chrome developers' blog (ja)", "CC BY-SA 4.0"),
    "fr": ("React blog (ja)", "CC BY 4.0"),
    "fw": ("Wikinews (ja)", "CC BY 2.5"),
    "n": ("NTREX-128 (Japanese), newstest2019", "CC BY-SA 4.0"),
    "w": ("Wikinews (ja)", "CC BY 2.5"),
}

_LAYERS = ("entities", "mentions", "relations", "claims")


class Part(NamedTuple):
    """The records of one split of a configuration."""

    config: str
    split: str
    records: list[Record]


def parts(ids: Mapping[str, str] | None = None) -> Iterator[Part]:
    """Every split of every configuration, in a fixed order.

    Args:
        ids: name of an article that is not ours → its id at its source.
    """
    rows = {path: _lines(path) for path in (ROWS, FIELD)}
    own = [(r, path) for path, found in rows.items() for r in found if _own(r["article"])]
    trained = [_own_article(r, "field annotations" if p == FIELD else "annotations", p == FIELD) for r, p in own]
    trained += [_gold(path, "own articles") for path in _golds("articles")]
    yield Part("articles", "train", trained)
    tested = [
        _gold(path, name)
        for name, folder in (("own field", "field"), ("own unseen", "unseen"))
        for path in _golds(folder)
    ]
    yield Part("articles", "test", tested)
    others = [(r, path) for path, found in rows.items() for r in found if not _own(r["article"])]
    yield Part(
        "offsets", "train", [_offsets(r, "field annotations" if p == FIELD else "annotations", ids) for r, p in others]
    )
    yield Part("offsets", "test", [_offsets(r, "field", ids) for r in _lines(GOLD / "field" / "real.jsonl")])
    yield Part("sentences", "test", [_sentence(row) for row in cases.rows()])
    yield Part("relations", "train", [_passage(*found) for found in relations.read()])
    paths = [(p, "stories", int(p.stem[1:]) % 3 == 0) for p in sorted(STORIES.glob("*.json"))]
    paths += [(p, "gold stories", False) for p in sorted(told.FOLDER.glob("*.json"))]
    for split, measured in (("train", False), ("test", True)):
        yield Part("stories", split, [_story(p, name) for p, name, m in paths if m is measured])


def _lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _own(name: str) -> bool:
    return (OWN / f"{name}.txt").exists()


def _golds(folder: str) -> list[Path]:
    return sorted((GOLD / folder).glob("*.gold.json"))


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _own_article(row: Record, set_: str, of_field: bool) -> Record:
    text = _text(OWN / f"{row['article']}.txt")
    return _annotated(row, set_, of_field) | _words(text, [e["label"] for e in to_gold(row, text)["entities"]])


def _gold(path: Path, set_: str) -> Record:
    name = path.name.removesuffix(".gold.json")
    text, gold = _text(path.with_name(f"{name}.txt")), json.loads(path.read_text("utf-8"))
    record = _annotated(to_row(name, text, gold), set_, set_ != "own unseen")
    record |= _words(text, [e["label"] for e in gold["entities"]])
    if set_ == "own articles":
        keys = ("start", "end", "kind", "unit", "comparator", "measure")
        record["annotated"].append("figures")
        record["figures"] = [{k: f.get(k) for k in keys} | {"value": float(f["value"])} for f in gold["figures"]]
    return record


def _words(text: str, labels: Sequence[str]) -> Record:
    return {"text": text, "labels": list(labels), "figures": []}


def _offsets(row: Record, set_: str, ids: Mapping[str, str] | None) -> Record:
    name = row["article"]
    source, licence = next(SOURCES[start] for start in (name[:2], name[:1]) if start in SOURCES)
    return _annotated(row, set_, set_ != "annotations") | {
        "sha256": row["sha256"], "source": source, "source_license": licence, "source_id": (ids or {}).get(name),
    }  # fmt: skip


def _annotated(row: Record, set_: str, dated: bool) -> Record:
    """A line of ``benchmarks/annotations`` with names for what its lists hold; no words. ``dated``: due dates are annotated."""
    return {
        "id": row["article"],
        "set": set_,
        "annotated": [*_LAYERS, *(["due"] if dated else [])],
        "published": row["published"],
        "entities": [{"type": kind, "label": _extent(label)} for kind, label in row["entities"]],
        "mentions": [
            {"start": start, "end": end, "entity": entity, "anaphor": bool(anaphor)}
            for start, end, entity, anaphor in row["mentions"]
        ],
        "relations": [
            {"subject": s, "predicate": p, "object": o, "start": start, "end": end, "qualifiers": _qualifiers(details)}
            for s, p, o, start, end, details in row["relations"]
        ],
        "claims": [
            {
                "content": _extent(c["content"]),
                "cue": _extent(c["cue"]),
                "sources": c["sources"],
                "unnamed_source": _extent(c.get("unnamed")),
                "quotes": [_extent(q) for q in c.get("quotes", ())],
                "modality": c["modality"],
                "polarity": c["polarity"],
                "prediction": c["prediction"],
                "due": _extent(c.get("due")),
                "due_start": (c.get("until") or {}).get("start") if dated else None,
                "due_end": (c.get("until") or {}).get("end") if dated else None,
            }
            for c in row["claims"]
        ],
    }


def _qualifiers(details: Record) -> list[Record]:
    return [
        {"key": key, "place": _extent(value) if isinstance(value, list) else None, "holds": value is True}
        for key, value in details.items()
    ]


def _extent(place: Sequence[int] | None) -> Record | None:
    return {"start": place[0], "end": place[1]} if place else None


def _sentence(row: Record) -> Record:
    found = cases.document(row)
    return {
        "id": row["id"],
        "construct": row["construct"],
        "text": row["text"],
        "published": row["published"],
        "claims": [
            {
                "content": given["content"],
                "cue": given["cue"],
                "sources": claim["sources"],
                "unnamed_source": claim["source_text"],
                "modality": claim["modality"],
                "polarity": claim["polarity"],
                "prediction": claim["prediction"] is not None,
                "due_start": (claim["prediction"] or {}).get("due_start"),
                "due_end": (claim["prediction"] or {}).get("due_end"),
            }
            for claim, given in zip(row["claims"], found["claims"], strict=True)
        ],
    }


def _passage(name: str, text: str, gold: Record) -> Record:
    number = {e["id"]: i for i, e in enumerate(gold["entities"])}
    return {
        "id": name,
        "text": text,
        "entities": [{"type": e["type"], "label": e["label"]} for e in gold["entities"]],
        "mentions": [m | {"entity": number[m["entity"]]} for m in gold["mentions"]],
        "relations": [
            {"subject": number[r["subject"]], "predicate": r["predicate"], "object": number[r["object"]]}
            | {"start": r["start"], "end": r["end"]}
            for r in gold["relations"]
        ],
    }


def _story(path: Path, set_: str) -> Record:
    story = told.load(str(path))
    optional = [[*link, True] for link in story.get("optional", ()) if link[0] != "evidence"]
    return {
        "id": path.stem,
        "set": set_,
        "title": story["title"],
        "articles": [
            {k: a.get(k) for k in ("name", "url", "published", "publisher", "title", "text")} for a in story["articles"]
        ],
        "claims": [_told(c, n, a["text"]) for n, a in enumerate(story["articles"]) for c in a["claims"]],
        "links": [
            {"type": kind, "later": later, "earlier": earlier, "optional": left}
            for kind, later, earlier, left in [*([*link, False] for link in story["links"]), *optional]
        ],
        "evidence": [{"claim": claim, "prediction": earlier} for claim, earlier in story.get("evidence", ())],
    }


def _told(claim: Record, article: int, text: str) -> Record:
    start = text.index(claim["content"])
    prediction = claim.get("prediction")
    due = (prediction or {}).get("due") or (None, None)
    return {
        "id": claim["id"],
        "article": article,
        "source": claim.get("source"),
        "content": {"start": start, "end": start + len(claim["content"])},
        "modality": claim.get("modality", "asserted"),
        "polarity": claim.get("polarity", "affirmed"),
        "prediction": prediction is not None,
        "due_start": due[0],
        "due_end": due[1],
    }


def ids_of(path: Path) -> dict[str, str]:
    """Name → id of the articles that an ``INDEX.tsv`` lists.

    Raises:
        ValueError: if it has no columns ``name`` and ``id``.
    """
    header, *lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    if not {"name", "id"} <= set(header):
        raise ValueError(f"{path} has the columns {', '.join(header)}, but not name and id")
    name, id_ = header.index("name"), header.index("id")
    return {line[name]: line[id_] for line in lines if line}
