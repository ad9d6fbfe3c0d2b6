"""Figures in the reader's language: ``≥ 480億円`` or ``≥ JPY 48 billion``.

The units of the data model are ISO 4217 codes, ``%``, ISO 8601 durations (``P1Y``) and counters as texts write them.
``units.json`` has their names in English, and in Japanese where they are not counters.
"""

from __future__ import annotations

from functools import cache

from iibun.i18n import has, language, t
from kg import lexicon

#: How a figure's comparator is written before its value.
_SIGNS = {"~": "≈ ", ">=": "≥ ", "<=": "≤ ", "<": "< ", ">": "> "}
_JAPANESE = (("京", 10**16), ("兆", 10**12), ("億", 10**8), ("万", 10**4), ("", 1))
_ENGLISH = ((" trillion", 10**12), (" billion", 10**9), (" million", 10**6))
_BRIEF = {
    "ja": (("兆", 1e12), ("億", 1e8), ("万", 1e4)),
    "en": (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)),
}


def figure_text(value: float, comparator: str | None, unit: str | None, *, brief: bool = False) -> str:
    """A figure as text: comparator, number and unit.

    Args:
        value: the number of units.
        comparator: as in the data model; None is ``=``.
        unit: as in the data model; None or empty if it is told elsewhere.
        brief: shorten the number to four digits.

    >>> from iibun.i18n import speaking
    >>> with speaking("ja"):
    ...     figure_text(4.8e10, ">=", "JPY"), figure_text(7, "=", "P1Y"), figure_text(12.5, "~", "%")
    ('≥ 480億円', '7年間', '≈ 12.5%')
    >>> with speaking("en"):
    ...     figure_text(4.8e10, ">=", "JPY"), figure_text(7, "=", "P1Y"), figure_text(3, "=", "社")
    ('≥ JPY 48 billion', '7 years', '3 companies')
    """
    number = brief_number(value) if brief else number_text(value)
    sign = _SIGNS.get(comparator or "=", "")
    if not unit:
        return f"{sign}{number}"
    if unit == "%":
        return f"{sign}{number}%"
    if language() == "ja":
        return f"{sign}{number}{unit_text(unit)}"
    if unit in _currencies():
        return f"{sign}{unit} {number}"
    one = f"units.{unit}-1"
    return f"{sign}{number} {t(one) if value == 1 and has(one) else unit_text(unit)}"


def number_text(value: float) -> str:
    """A number with thousands separators; a large one with 万, 億 and 兆 (1兆4000億), or million, billion, trillion.

    >>> from iibun.i18n import speaking
    >>> with speaking("en"):
    ...     number_text(1.4e12), number_text(14500), number_text(1234567), number_text(0.256)
    ('1.4 trillion', '14,500', '1,234,567', '0.26')
    """
    whole = float(value).is_integer()
    if language() == "ja" and abs(value) >= 10_000 and whole:
        rest, parts = abs(int(value)), []
        for unit, size in _JAPANESE:
            count, rest = divmod(rest, size)
            if count:
                parts.append(f"{count}{unit}")
        return ("-" if value < 0 else "") + "".join(parts)
    if language() != "ja":
        for unit, size in _ENGLISH:
            if abs(value) >= size and whole and int(value) % (size // 1000) == 0:
                return f"{value / size:,.10g}{unit}"
    return f"{int(value):,}" if whole else f"{value:,.2f}"


def brief_number(value: float) -> str:
    """A large number in few characters: 430億, 2.5万 in Japanese, else 43B, 25k."""
    steps = _BRIEF[language()]
    unit, size = next(((u, s) for u, s in steps if abs(value) >= max(s, 1e4)), ("", 1.0))
    return f"{value / size:,.4g}{unit}"


def axis_labels() -> str:
    """A Vega expression for the labels of an axis: as :func:`brief_number`."""
    steps = "".join(
        f"abs(datum.value) >= {max(size, 1e4):.0f} ? format(datum.value / {size:.0f}, ',~g') + '{unit}' : "
        for unit, size in _BRIEF[language()]
    )
    return f"{steps}format(datum.value, ',~g')"


def unit_text(unit: str) -> str:
    """The name of a unit: 円, 年間 or MW; in English a currency's code, and a counter without a name as texts write it."""
    if language() == "ja" and unit in _currencies():
        return _currencies()[unit]
    return t(f"units.{unit}") if has(f"units.{unit}") else unit


@cache
def _currencies() -> dict[str, str]:
    """The shortest Japanese name of each currency, by code."""
    found: dict[str, str] = {}
    for row in lexicon.rows("currencies"):
        name, code = row["name"], row["code"]
        if "factor" not in row and len(name) < len(found.get(code, name + " ")):
            found[code] = name
    return found
