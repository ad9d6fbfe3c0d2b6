"""What the records of each configuration hold, and the head of the card that says so to ``datasets``.

A specification is a type's name, a dict (a struct), or a list of one specification. Every field may be null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Spec = str | dict[str, Any] | list[Any]

_EXTENT: Spec = {"start": "int32", "end": "int32"}
_MENTION: Spec = {"start": "int32", "end": "int32", "entity": "int32", "anaphor": "bool"}
_RELATION: dict[str, Any] = {
    "subject": "int32",
    "predicate": "string",
    "object": "int32",
    "start": "int32",
    "end": "int32",
}
_KIND: dict[str, Any] = {"modality": "string", "polarity": "string", "prediction": "bool"}
_DUE: dict[str, Any] = {"due_start": "string", "due_end": "string"}
_FIGURE: Spec = {
    "start": "int32", "end": "int32", "kind": "string", "value": "float64", "unit": "string", "comparator": "string",
    "measure": "string",
}  # fmt: skip
_ANNOTATED: dict[str, Any] = {
    "id": "string",
    "set": "string",
    "annotated": ["string"],
    "published": "string",
    "entities": [{"type": "string", "label": _EXTENT}],
    "mentions": [_MENTION],
    "relations": [{**_RELATION, "qualifiers": [{"key": "string", "place": _EXTENT, "holds": "bool"}]}],
    "claims": [
        {"content": _EXTENT, "cue": _EXTENT, "sources": ["int32"], "unnamed_source": _EXTENT, "quotes": [_EXTENT]}
        | _KIND
        | {"due": _EXTENT}
        | _DUE
    ],
}

#: Configuration → the fields of its records.
FEATURES: Mapping[str, dict[str, Spec]] = {
    "articles": {**_ANNOTATED, "text": "string", "labels": ["string"], "figures": [_FIGURE]},
    "offsets": {**_ANNOTATED, "sha256": "string", "source": "string", "source_license": "string", "source_id": "string"},
    "sentences": {
        "id": "string", "construct": "string", "text": "string", "published": "string",
        "claims": [{"content": _EXTENT, "cue": _EXTENT, "sources": ["string"], "unnamed_source": "string"} | _KIND | _DUE],
    },
    "relations": {
        "id": "string", "text": "string", "entities": [{"type": "string", "label": "string"}], "mentions": [_MENTION],
        "relations": [_RELATION],
    },
    "stories": {
        "id": "string", "set": "string", "title": "string",
        "articles": [dict.fromkeys(("name", "url", "published", "publisher", "title", "text"), "string")],
        "claims": [{"id": "string", "article": "int32", "source": "string", "content": _EXTENT} | _KIND | _DUE],
        "links": [{"type": "string", "later": "string", "earlier": "string", "optional": "bool"}],
        "evidence": [{"claim": "string", "prediction": "string"}],
    },
}  # fmt: skip

_TYPES: Mapping[str, tuple[type, ...]] = {"string": (str,), "int32": (int,), "float64": (float,), "bool": (bool,)}


def faults(value: Any, spec: Spec, at: str = "record") -> Iterable[str]:
    """What in a value is not as specified, each in words.

    >>> list(faults({"id": 1}, {"id": "string"}))
    ['record.id is 1, no string']
    """
    if value is None:
        return
    if isinstance(spec, str):
        if not isinstance(value, _TYPES[spec]) or (spec == "int32" and isinstance(value, bool)):
            yield f"{at} is {value!r}, no {spec}"
    elif isinstance(spec, list):
        for n, item in enumerate(value):
            yield from faults(item, spec[0], f"{at}[{n}]")
    elif set(value) != set(spec):
        yield f"{at} has the fields {', '.join(value)}, not {', '.join(spec)}"
    else:
        for name, inner in spec.items():
            yield from faults(value[name], inner, f"{at}.{name}")


def head(files: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The card's head: metadata, where each split of each configuration is, and the types of the fields.

    Args:
        files: configuration and split of each file, in the order of the card; the first configuration is the default.
    """
    splits: dict[str, list[str]] = {}
    for config, split in files:
        splits.setdefault(config, []).append(split)
    return {
        "pretty_name": "Iibun: claims and predictions in Japanese news",
        "language": ["ja"],
        "license": "apache-2.0",
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "task_categories": ["token-classification", "text-classification"],
        "task_ids": ["named-entity-recognition", "coreference-resolution"],
        "size_categories": ["1K<n<10K"],
        "tags": ["claims", "attribution", "quotations", "predictions", "relations", "news"],
        "configs": [
            {
                "config_name": config,
                **({"default": True} if n == 0 else {}),
                "data_files": [{"split": s, "path": f"{config}/{s}.jsonl"} for s in found],
            }
            for n, (config, found) in enumerate(splits.items())
        ],
        "dataset_info": [
            {"config_name": config, "features": [_field(name, spec) for name, spec in FEATURES[config].items()]}
            for config in splits
        ],
    }


def _field(name: str, spec: Spec) -> dict[str, Any]:
    if isinstance(spec, str):
        return {"name": name, "dtype": spec}
    if isinstance(spec, dict):
        return {"name": name, "struct": [_field(*item) for item in spec.items()]}
    (inner,) = spec
    if isinstance(inner, str):
        return {"name": name, "sequence": inner}
    return {"name": name, "list": [_field(*item) for item in inner.items()]}
