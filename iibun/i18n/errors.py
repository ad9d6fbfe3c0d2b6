"""What kg and ingest say in English when something went wrong, in the reader's language.

They make the sentence of an :class:`kg.errors.IibunError` from a template. ``errors.json`` holds those templates (``{0}``
for each value, in order) with what they are in Japanese, so that kg and ingest hold no words of the page;
``tests/test_app_errors.py`` finds an error that has none. What has none is shown as it is.

>>> explained("There is no claim 'x' in the store.", "ja")
"主張 'x' はストアにありません。記事が読み直されたか、削除されています。"
"""

from __future__ import annotations

import re
from functools import cache

from iibun.i18n import Language, language, strings


def explain(error: Exception | str) -> str:
    """What went wrong, in the language of the page."""
    return explained(str(error), language())


def explained(message: str, lang: Language, table: str = "errors") -> str:
    """A sentence in a language of one's choice; values that are sentences themselves are translated too."""
    if lang == "en" or not message:
        return message
    for pattern, template in _patterns(lang, table):
        if match := pattern.fullmatch(message):
            return template.format(*(explained(value, lang, table) for value in match.groups()))
    return message


@cache
def _patterns(lang: Language, table: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Templates as patterns, those with the most words first, so that the closest one is taken."""
    rows = [(row["en"], row[lang]) for row in strings(table).values()]
    rows.sort(key=lambda row: -len(re.sub(r"{\d}", "", row[0])))
    return tuple((re.compile(re.sub(r"\\{\d\\}", "(.+?)", re.escape(en)), re.DOTALL), told) for en, told in rows)
