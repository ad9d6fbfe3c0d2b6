"""The predictions of the tables as :mod:`kg.tracking.scores` takes them.

``kg.tracking.verdicts.predictions`` gives the same rows, but reads every claim from the store again.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from iibun.web.cards import present
from kg.tracking import verdicts
from kg.tracking.claims import ClaimRow

if TYPE_CHECKING:
    from iibun.web.tables import Tables
    from kg.store import Store


def rows(store: Store, data: Tables, on: date) -> list[verdicts.PredictionRow]:
    """The predictions that are not rejected.

    Args:
        store: the store of the tables, for the verdicts in force.
        data: the tables.
        on: the day that counts as today.
    """
    frame = data.predictions
    frame = frame[frame["review"] != "rejected"]
    given = verdicts.last_verdicts(store, list(frame.index[frame["verdict"].notna()]))
    found = []
    for iri, c in zip(frame.index, frame.to_dict("records"), strict=True):
        end = c["due_end"] if present(c["due_end"]) else None
        claim = ClaimRow(
            iri, c["article"], c["text"], c["title"] or "", published=c["published"] if present(c["published"]) else None,
            sources=c["sources"], source=data.who(c) or None, modality=c["modality"], prediction=True, due_end=end, verdict=c["verdict"],
        )  # fmt: skip
        verdict = given.get(iri)
        found.append(
            verdicts.PredictionRow(
                claim, verdicts.state_of(end, c["verdict"], on), (end - on).days if end else None,
                c["verdict"] if verdict else None, decided=verdict.one("decidedOn") if verdict else None,
            )
        )  # fmt: skip
    return found
