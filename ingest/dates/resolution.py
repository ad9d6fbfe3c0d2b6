"""Resolution: from a match of :mod:`ingest.dates.grammar` to an interval.

Relative expressions count from the day of publication or from a date that the text named before. Where a year, month or
week is missing, the tense of what follows decides between the past and the future one.

Each rule of the grammar has a function in :mod:`.years`, :mod:`.months`, :mod:`.weeks` or :mod:`.periods`. It takes the
:class:`~ingest.dates.context.Context` and the match, and returns a :class:`~ingest.dates.context.Found`, or None where the
match is no date.
"""

from __future__ import annotations

import re

from ingest.dates import months, periods, weeks, years
from ingest.dates.context import Context, Found

#: The function of each rule of the grammar.
_RESOLVERS = {
    "numeric": years.numeric, "years": years.years, "year": years.year, "decade": years.decade,
    "century": years.century, "months": months.months, "month": months.month, "month-word": months.month_word,
    "day": months.day, "week-word": weeks.week_word, "weekday": weeks.weekday, "day-word": weeks.day_word,
    "season-word": periods.season_word, "season": periods.season, "quarter": years.quarter, "bound": periods.bound,
    "part": periods.part, "sport-season": periods.sport_season, "feast": periods.feast, "offset": periods.offset,
    "vague": periods.vague,
}  # fmt: skip


def resolve(context: Context, rule: str, match: re.Match[str]) -> Found | None:
    """Resolve one match.

    Args:
        context: of the text.
        rule: the name of the rule that matched.
        match: its match.

    Returns:
        The expression, or None where its parts make no date (13月, 2月30日).
    """
    try:
        return _RESOLVERS[rule](context, match)
    except (ValueError, OverflowError):  # a year or day that no calendar has
        return None
