"""Translates the English messages of errors in kg and ingest.

kg and ingest make a message from a template and know nothing of the page's languages. ``errors.json`` has these templates
(``{0}`` for each value, in order) with their Japanese translations. A message without a template is shown in English;
``tests/test_app_errors.py`` finds errors without one. For the reasons that are kept in the graph, see :mod:`iibun.i18n.reasons`.

>>> explained("There is no claim 'x' in the store.", "ja")
"主張 'x' はストアにありません。記事が読み直されたか、削除されています。"
"""

from __future__ import annotations

import re
from functools import cache

from iibun.i18n import Language, language, strings


def explain(error: Exception | str) -> str:
    """An error's message in the reader's language."""
    return explained(str(error), language())


def explained(message: str, lang: Language, table: str = "errors") -> str:
    """A message in a given language; values within it that are messages themselves are translated too.

    Args:
        message: in English.
        lang: the language.
        table: ``errors`` or ``help``.
    """
    if lang == "en" or not message:
        return message
    for pattern, template in _patterns(lang, table):
        if match := pattern.fullmatch(message):
            return template.format(*(explained(value, lang, table) for value in match.groups()))
    return message


@cache
def _patterns(lang: Language, table: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Templates as regular expressions with their translations; the longest first, since it is the most specific."""
    rows = [(row["en"], row[lang]) for row in strings(table).values()]
    rows.sort(key=lambda row: -len(re.sub(r"{\d}", "", row[0])))
    return tuple((re.compile(re.sub(r"\\{\d\\}", "(.+?)", re.escape(en)), re.DOTALL), told) for en, told in rows)
