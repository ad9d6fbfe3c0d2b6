"""The thresholds of linking.

They were chosen on the stories battery, tram, airline and dam of ``tests/gold/stories``, and tested on rocket and hospital, which
were written later. ``tests/test_tracking_stories.py`` prints the scores.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of similarity (in [0, 1] unless stated otherwise), and of the number of comparisons.

    Attributes:
        topic: least topic similarity (:func:`kg.tracking.comparison.topic`) of two claims whose figures or dates are compared.
        topic_same_value: the same if both give a value that is rare enough (1200億円を投じる, 投資額は1200億円).
        topic_alone: the same if there are no figures, dates or positions to compare.
        words_alone: least weight of common words then, in words.
        words_settling: the same for a fact that follows a prediction with a date.
        topic_without_head: least topic similarity if the predicates have no word in common.
        measure: least similarity of the names of two measures (総事業費, 事業費).
        same_value: greatest relative difference of exact figures that count as equal (rounding).
        about_value: the same for 約 and 程度.
        series_days: facts without a stated period that were published more days apart are a series, not a contradiction.
        block: number of claims that are kept for one blocking key, the most recent.
        near: number of claims of other articles with which a new claim is compared.
        partners: number of links from one claim to earlier ones, the best.
    """

    topic: float = 0.5
    topic_same_value: float = 0.3
    topic_alone: float = 0.6
    words_alone: float = 1.5
    words_settling: float = 1.0
    topic_without_head: float = 0.75
    measure: float = 0.6
    same_value: float = 0.005
    about_value: float = 0.05
    series_days: int = 60
    block: int = 48
    partners: int = 24
    near: int = 40


DEFAULT = Thresholds()
