"""The numbers that linking decides by, in one table.

Set on the stories battery, tram, airline and dam of ``tests/gold/stories`` and tried on rocket and hospital, written afterwards;
``tests/test_tracking_stories.py`` prints what they reach.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of similarity in [0, 1], and of block sizes.

    Attributes:
        topic: content words in common that two claims need when figures or dates are compared.
        topic_same_value: the same where they give one telling value (1200億円を投じる, 投資額は1200億円).
        topic_alone: the same where nothing else (no figure, no date) ties them.
        words_alone: words in common that they need then.
        words_settling: the same for a fact that follows a prediction with a date.
        topic_without_head: the same where the predicates' words differ.
        ngrams: character bigrams in common that stand in for words where a claim has next to none.
        measure: likeness of the names of two measures (総事業費, 事業費).
        same_value: relative difference of exact figures that is still the same value (rounding).
        about_value: the same for 約 and 程度.
        series_days: facts without a stated period and this far apart are a series, not a contradiction.
        block: claims that one key may bring together; the most recent are kept.
        near: claims of other articles that one new claim is compared with.
        partners: links that one claim may have to earlier ones; the best are kept.
    """

    topic: float = 0.5
    topic_same_value: float = 0.3
    topic_alone: float = 0.6
    words_alone: float = 1.5
    words_settling: float = 1.0
    topic_without_head: float = 0.75
    ngrams: float = 0.5
    measure: float = 0.6
    same_value: float = 0.005
    about_value: float = 0.05
    series_days: int = 60
    block: int = 48
    partners: int = 24
    near: int = 40


DEFAULT = Thresholds()
