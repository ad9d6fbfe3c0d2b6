"""The limits of linking that are not learnt: how figures and measures are compared, and how many claims."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of likeness in [0, 1], and of the number of comparisons.

    Attributes:
        measure: least likeness of the names of two measures (総事業費, 事業費).
        same_value: greatest relative difference of exact figures that count as equal (rounding).
        about_value: the same for 約 and 程度.
        block: number of claims that are kept for one blocking key, the most recent.
        near: number of claims of other articles with which a new claim is compared.
        partners: number of links from one claim to earlier ones, the best.
    """

    measure: float = 0.6
    same_value: float = 0.005
    about_value: float = 0.05
    block: int = 48
    partners: int = 24
    near: int = 40


DEFAULT = Thresholds()
