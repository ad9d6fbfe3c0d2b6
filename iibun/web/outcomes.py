"""What became of a prediction, as a word with a colour: its state until it is settled, then its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iibun.i18n import label, t
from iibun.web import cards
from iibun.web.look import STATE_COLOURS, VERDICT_COLOURS

#: The outcomes that have a colour of their own, and "other", in the order of a legend, with the colour's name.
COLOURS = {k: c for k, c in (STATE_COLOURS | VERDICT_COLOURS).items() if c != "muted"} | {"other": "muted"}


def of(row: Mapping[str, Any]) -> str:
    """The outcome of a prediction, one of :data:`COLOURS`.

    >>> of({"state": "overdue", "verdict": None}), of({"state": "settled", "verdict": "annulled"})
    ('overdue', 'other')
    """
    key = row["verdict"] if row["state"] == "settled" else row["state"]
    return key if key in COLOURS else "other"


def words(outcome: str) -> str:
    """An outcome in the reader's language."""
    if outcome in VERDICT_COLOURS:
        return label("verdict", outcome)
    return t(f"predictions.state-{'settled' if outcome == 'other' else outcome}")


def legend(present: Iterable[str], *, marks: bool = True) -> str:
    """The outcomes that are present as chips, and with ``marks`` the diamond of a verdict, as HTML."""
    kinds = set(present)
    chips = [f'<span style="--m:var(--ib-{COLOURS[k]})" class="ib-chip">● {cards.esc(words(k))}</span>' for k in COLOURS if k in kinds]  # fmt: skip
    if marks and kinds - STATE_COLOURS.keys():
        chips.append(cards.chip(f"◆ {t('timeline.verdict-mark')}", "muted"))
    return f'<div class="ib-meta">{"".join(chips)}</div>'
