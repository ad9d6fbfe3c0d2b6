"""Who says a claim: the narrator among the sources, the other possible sources of a doubtful claim, what people confirmed.

The probabilities come from :mod:`kg.attribution`. The pages show a claim as doubtful only while nobody has decided on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iibun.i18n import join_words, t
from kg.attribution import Attribution, Other
from kg.characters import fitted, width

if TYPE_CHECKING:
    from iibun.web.tables import Tables

#: Stands for the narrator where sources are chosen or counted: a claim of nobody is the article's own.
NARRATOR = "narrator"
#: Review states of claims that a person has confirmed.
CONFIRMED = ("accepted", "corrected", "added")
#: Probabilities below this are not worth a line.
LEAST = 0.01


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible source of a doubtful claim.

    Attributes:
        words: its name in the reader's language.
        share: its probability as text, such as 25%.
        entity: its IRI; empty for the narrator; None if the claim can't be corrected to it in one click.
    """

    words: str
    share: str
    entity: str | None


def name(other: Other) -> str:
    """A possible source in the reader's language."""
    if other.kind == "named":
        return other.name
    return t("claims.narrator" if other.kind == "nobody" else "claims.unnamed")


def read(tables: Tables, row: Any) -> Choice:
    """The source of a doubtful claim as it was read."""
    words = t("claims.doubt-read", who=who(tables, row))
    return Choice(words, f"{row['doubt'].share:.0%}", None)


def choices(doubtful: Attribution, entity_of: Callable[[str], str | None]) -> list[Choice]:
    """The other possible sources of a doubtful claim, the likeliest first, and what is left for anybody else.

    Args:
        doubtful: of the claim.
        entity_of: gives the IRI of an entity by its name in the article; None if there is none.
    """
    found = [
        Choice(
            name(o), f"{o.share:.0%}", {"named": entity_of(o.name), "nobody": NARRATOR, "unnamed": None}[o.kind]
        )
        for o in doubtful.others
    ]  # fmt: skip
    if doubtful.rest >= LEAST:
        found.append(Choice(t("claims.others-rest"), f"{doubtful.rest:.0%}", None))
    return found


def changes(entity: str, source_text: str | None) -> dict[str, Any]:
    """The changes of the judgement that corrects a claim's source to a :class:`Choice` (as for ``judgements.judge``).

    Args:
        entity: of the choice.
        source_text: the words of the text for an unnamed source, if that is what the claim has now.
    """
    new: dict[str, Any] = {"sources": [] if entity == NARRATOR else [entity]}
    return new | ({"source_text": None} if source_text else {})


def of(frame: Any) -> list[tuple[str, ...]]:
    """Of each claim of a frame its sources, or :data:`NARRATOR`; empty for an unnamed source."""
    rows = zip(frame["sources"], frame["source_text"], strict=True)
    return [sources or (() if words else (NARRATOR,)) for sources, words in rows]


def label(tables: Tables, source: str) -> str:
    """The name of an entity or of :data:`NARRATOR`, for filters and counts."""
    return t("claims.narrator") if source == NARRATOR else tables.label(source)


def who(tables: Tables, row: Any) -> str:
    """The names of a claim's sources, or else the words of the text for the source, or the narrator."""
    return join_words(map(tables.label, row["sources"])) or row["source_text"] or t("claims.narrator")


def words(tables: Tables, row: Any, *, columns: int = 1_000) -> str:
    """A claim's sources as plain text, for lists: the narrator if there is none, and whether they are doubtful.

    Args:
        tables: for the names.
        row: of the claim.
        columns: the most that there is room for (as for ``kg.characters.fitted``); the mark of doubt is not cut.
    """
    said = who(tables, row)
    if not row["doubt"]:
        return fitted(said, columns)
    return t("claims.doubtful-who", who=fitted(said, columns - width(t("claims.doubtful-who", who=""))))


def confirmed(frame: Any) -> Any:
    """For each claim of a frame, whether a person has confirmed it, as an array of booleans."""
    return frame["review"].isin(CONFIRMED).to_numpy()
