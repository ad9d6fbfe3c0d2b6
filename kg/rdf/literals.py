"""Literals in canonical form, so that every store returns what was written."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal

from pyoxigraph import Literal

from kg.vocab import XSD


def string(value: str) -> Literal:
    """A plain literal; lone surrogates and U+0000, which RDF syntaxes cannot represent, become U+FFFD."""
    return Literal(re.sub("[\ud800-\udfff\u0000]", "\ufffd", value))


def integer(value: int) -> Literal:
    """An ``xsd:integer``."""
    return Literal(str(value), datatype=XSD.integer)


def boolean(value: bool) -> Literal:
    """An ``xsd:boolean``, written ``true`` or ``false``."""
    return Literal("true" if value else "false", datatype=XSD.boolean)


def day(value: date) -> Literal:
    """An ``xsd:date``."""
    return Literal(value.isoformat(), datatype=XSD.date)


def number(value: float) -> Literal:
    """An ``xsd:integer`` or ``xsd:decimal`` in canonical form; an ``xsd:double`` beyond 64 bits.

    Raises:
        ValueError: if the value is infinite or NaN.

    >>> number(1.4e12).value, number(0.5).value
    ('1400000000000', '0.5')
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    if abs(value) >= 2**63:
        return Literal(str(int(value)), datatype=XSD.double)
    if float(value).is_integer():
        return integer(int(value))
    return Literal(
        format(Decimal(repr(float(value))).quantize(Decimal("1e-12")).normalize(), "f"), datatype=XSD.decimal
    )


def decimal(value: float) -> Literal:
    """A probability as ``xsd:decimal`` in canonical form, with at most four decimals."""
    text = format(Decimal(repr(round(float(value), 4))).normalize(), "f")
    return Literal(text, datatype=XSD.decimal)
