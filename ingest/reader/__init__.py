"""The reader: a neural network that labels the names and claims of an article, one encoder with several heads.

The component ``iibun_reader`` encodes an article (:mod:`.network`) and sets ``doc._.encoded``. Later components
decode names and claims from it (:mod:`.decoding`). Read :mod:`.units` and :mod:`.windows` first: they make the
network's input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from spacy.tokens import Doc

from ingest.reader.network import Encoded, network
from ingest.reader.units import Units, units_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class EncodedArticle(NamedTuple):
    """An article as units, and its windows with their scores.

    Attributes:
        units: the units of the article.
        windows: the encoded windows in order; none if there are no units.
    """

    units: Units
    windows: Sequence[Encoded]


if not Doc.has_extension("encoded"):
    Doc.set_extension("encoded", default=None)


def iibun_reader(doc: Doc) -> Doc:
    """Set ``doc._.encoded`` to an :class:`EncodedArticle`."""
    units = units_of(doc)
    doc._.encoded = EncodedArticle(units, network().encode(units) if len(units) else [])
    return doc
