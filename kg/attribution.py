"""How sure the reader was of who says a claim, and who else it may be.

The graph has no property for this: the reader writes it among the reasons of a claim (``iib:reason``), short English phrases
that end in a probability. They are read here and nowhere else::

    source 三条望 0.62                 who says it, as the reader decided
    or 東雲証券 0.25                   who else may say it
    or nobody 0.10                     the article itself
    or somebody without a name 0.03

A claim of nobody has no phrase for its source; what the others leave is then the probability that nobody says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

#: From this probability on the reader counts as sure.
SURE: Final = 0.8
#: How the phrases about the source begin.
BEGINNINGS: Final = ("source ", "or ")
_PHRASE = re.compile(r"(source|or) (.+) ([01]\.\d+)", re.DOTALL)
Kind = Literal["named", "nobody", "unnamed"]
_UNNAMED: dict[str, Kind] = {"nobody": "nobody", "somebody without a name": "unnamed"}


@dataclass(frozen=True, slots=True)
class Other:
    """Who else may say a claim.

    Attributes:
        kind: an entity with a name, the article itself (nobody), or somebody whom the text does not name.
        name: the entity's name as the reader had it; empty for the others.
        share: the probability, in [0, 1].
    """

    kind: Kind
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """How sure the reader was of a claim's source.

    Attributes:
        share: the probability of the source, in [0, 1]; None if the reader gave none.
        others: who else it may be, the likeliest first.
    """

    share: float | None = None
    others: tuple[Other, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether a person should check who says it."""
        return self.share is not None and self.share < SURE

    @property
    def rest(self) -> float:
        """The probability that neither the source nor one of the others says it."""
        return max(0.0, 1.0 - (self.share or 0.0) - sum(other.share for other in self.others))


def attribution(reasons: Iterable[str]) -> Attribution:
    """How sure the reader was of a claim's source, from the reasons of the claim.

    Args:
        reasons: as the reader wrote them; those about something else are ignored.

    >>> attribution(["cue 述べた", "source 三条望 0.62", "or 東雲証券 0.25"])
    Attribution(share=0.62, others=(Other(kind='named', name='東雲証券', share=0.25),))
    >>> attribution(["or 東雲証券 0.25"]).share, attribution(["source 三条望 0.98"]).doubtful
    (0.75, False)
    """
    share = None
    others = []
    for word, name, number in (m.groups() for m in map(_PHRASE.fullmatch, reasons) if m):
        if word == "source":
            share = float(number)
        else:
            kind = _UNNAMED.get(name, "named")
            others.append(Other(kind, name if kind == "named" else "", float(number)))
    if share is None and others:
        share = round(max(0.0, 1.0 - sum(other.share for other in others)), 4)
    return Attribution(share, tuple(sorted(others, key=lambda other: -other.share)))


def doubt(reasons: Iterable[str]) -> Attribution | None:
    """The attribution of a claim if a person should check its source; else None.

    >>> doubt(["source 三条望 0.98"]) is None
    True
    """
    found = attribution(reasons)
    return found if found.doubtful else None
