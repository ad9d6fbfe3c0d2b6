"""What our components leave on a document, as bytes: for ``nlp.pipe(texts, n_process=2)`` and ``doc.to_bytes()``.

spaCy packs a document with ``srsly``, which must be told how to pack our classes. The encoder's vectors are not packed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import srsly

from ingest.clean import Clean
from ingest.quotations import Quotation
from kg import model

_KEY = "__iibun__"
_CLASSES: Final[dict[str, type[Any]]] = {
    c.__name__: c
    for c in (
        model.Article, model.Claim, model.DateExpression, model.Entity, model.Extent, model.Figure, model.Interval,
        model.Mention, model.Prediction, model.Relation, Clean, Quotation,
    )
}  # fmt: skip
_LEFT_OUT = frozenset({"Units", "Encoded"})  # of ingest.reader, some megabytes an article

Chain = Callable[[Any], Any] | None


def packed(value: Any, chain: Chain = None) -> Any:
    """A value of ours in types that msgpack knows; other values as the next encoder packs them.

    >>> packed(model.Extent(0, 2))
    {'__iibun__': 'Extent', 'start': 0, 'end': 2}
    """
    name = type(value).__name__
    if _CLASSES.get(name) is type(value):
        return {_KEY: name} | {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, date):
        return {_KEY: "date", "iso": value.isoformat()}
    if isinstance(value, MappingProxyType):
        return dict(value)
    if name in _LEFT_OUT and type(value).__module__.startswith("ingest.reader"):
        return None
    return chain(value) if chain else value


def unpacked(value: Any, chain: Chain = None) -> Any:
    """The value that :func:`packed` made something of.

    >>> unpacked(packed(model.Extent(0, 2)))
    Extent(start=0, end=2)
    """
    if isinstance(value, dict) and _KEY in value:
        if value[_KEY] == "date":
            return date.fromisoformat(value["iso"])
        given = {k: tuple(v) if isinstance(v, list) else v for k, v in value.items() if k != _KEY}
        return _CLASSES[value[_KEY]](**given)
    return chain(value) if chain else value


srsly.msgpack_encoders.register("iibun", func=packed)
srsly.msgpack_decoders.register("iibun", func=unpacked)
