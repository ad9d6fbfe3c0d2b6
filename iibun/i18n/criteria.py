"""The criterion of a prediction in the reader's language.

:func:`ingest.predictions.criterion` writes it in Japanese around the words of the article. Its forms are the rows of
``criteria.json``: what matches one is told in the other language, with the article's words as they stand. A criterion that
somebody wrote has no such form, and is shown as it is.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from iibun.i18n import Language, date_text, language, speaking, strings, translate

_DAY = re.compile(r"(\d+)年(\d+)月(\d+)日")
_GROUPS = {"start": r"\d+年\d+月\d+日", "end": r"\d+年\d+月\d+日", "words": ".+?", "core": ".+"}


def criterion_text(written: str, lang: Language | None = None) -> str:
    """A criterion in a language.

    Args:
        written: as ``iib:criterion`` has it; it may have been cut, and then ends in ….
        lang: the language; that of the page if not given.

    >>> criterion_text("2026年12月31日までに「新工場を建てる」が事実になっていれば的中。", "en")
    'Came true if “新工場を建てる” is a fact by 31 Dec 2026.'
    >>> criterion_text("2026年12月31日までに「新工場を…", "en")
    'Came true if “新工場を…” is a fact by 31 Dec 2026.'
    >>> criterion_text("株価が上がるか", "en")
    '株価が上がるか'
    """
    spoken = lang or language()
    if spoken == "ja":
        return written
    for key, whole, cut in _forms():
        if match := whole.fullmatch(written) or cut.fullmatch(written):
            with speaking(spoken):
                values = {
                    name: _told(value) if name in ("start", "end") else value
                    for name, value in match.groupdict().items()
                }
            return translate(f"criteria.{key}", spoken, **values)
    return written


def _told(day: str) -> str:
    """A day of a criterion as the page writes it; as it stands if there is no such day."""
    match = _DAY.fullmatch(day)
    try:
        return date_text(date(*map(int, match.groups()))) if match else day
    except ValueError:
        return day


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """Key and patterns of each form: for a whole criterion, and for one that was cut within the words of the article."""
    found = []
    for key, texts in strings("criteria").items():
        head, core, tail = re.sub(
            r"\\{(\w+)\\}", lambda m: f"(?P<{m[1]}>{_GROUPS[m[1]]})", re.escape(texts["ja"])
        ).partition("(?P<core>.+)")
        found.append((key, re.compile(head + core + tail), re.compile(f"{head}(?P<core>.+…)")))
    return tuple(found)
