"""Predictions: the due date, the condition, and the criterion by which a prediction is judged.

The component ``iibun_predictions`` completes the :class:`~kg.model.Prediction` of the claims that
:mod:`ingest.claims` marked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from ingest import dates
from kg import lexicon
from kg.model import Claim, DateExpression, Extent, Interval, Prediction

if TYPE_CHECKING:
    from spacy.tokens import Doc

# A conditional clause.
_CONDITION = re.compile(
    r"[^、。「」]{2,60}?(?:すれば|れば|けば|せば|てば|めば|えば|ければ|なら|ならば|たら|だら|場合|限り|次第では?|前提に|前提として|条件に|条件として|ない限り)"
    r"(?:は|には|に|で)?(?=、)"
)
# The end of a content on efforts and discussions, which nobody could verify.
_VAGUE = re.compile(
    r"(さまざま|様々|努力|取り組|検討|議論|協議|考え|意欲|寄与|貢献|推進|強化|努め|対応|配慮|期待)[^、。]{0,8}$"
)
# Words of a time or of an intention, in the sentence of a content.
_LATER = re.compile(
    r"予定|見通し|見込|計画|方針|意向|目指|目標|今後|将来|近く|やがて|いずれ|来[年月週期春夏秋冬]|年内|年末|年度|今[春夏秋冬]|今年|以降|以内|までに"
    r"|\d\d ?年|\d ?月|\d ?日(?:に|から)|四半期|[へか]$"
)
# What may follow a content and belongs to its last clause.
_HEDGE_AFTER = re.compile(r"だろう|でしょう")


@cache
def _no_predictions() -> tuple[tuple[re.Pattern[str], bool, bool], ...]:
    """The rows of ``no_predictions.jsonl``: pattern, whether it holds in spite of :data:`_LATER`, and in headings alone."""
    rows = lexicon.rows("no_predictions")
    return tuple((re.compile(r["pattern"]), bool(r.get("later")), bool(r.get("heading"))) for r in rows)


def foretells(content: Extent, text: str) -> bool:
    """Whether a content may be a prediction: not if a row of ``no_predictions.jsonl`` fits it.

    Args:
        content: the content. Words of a time in its sentence are looked at too.
        text: the article's text.

    >>> foretells(Extent(0, 12), "買収の手続きを完了する。"), foretells(Extent(0, 9), "まず試すとよいだろう。")
    (True, False)
    """
    start = max(text.rfind(c, 0, content.start) for c in "\n。　") + 1  # a wide space parts a heading
    stop = re.compile(r"[。\n　]|\Z").search(text, content.end)
    assert stop is not None
    heading = text[stop.start() : stop.start() + 1] != "。"
    hedge = _HEDGE_AFTER.match(text, content.end)
    words = content.of(text) + (hedge[0] if hedge else "")
    later = bool(_LATER.search(text[start : stop.start()]))
    return not any(
        pattern.search(words)
        for pattern, always, headings in _no_predictions()
        if (always or not later) and (heading or not headings)
    )


def find_predictions(doc: Doc) -> list[Claim]:
    """The claims of a document, with due date, condition and criterion for those that are predictions.

    Args:
        doc: a document with ``doc._.claims`` and ``doc._.dates``.
    """
    published = doc._.article.published if doc._.article else None
    text = doc.text
    spans = [Extent(s.start_char, s.end_char) for s in doc.sents]
    out: list[Claim] = []
    i = 0
    for claim in doc._.claims:
        if claim.prediction is None:
            out.append(claim)
            continue
        while i > 0 and spans[i].start > claim.content.start:
            i -= 1
        while i + 1 < len(spans) and spans[i + 1].start <= claim.content.start:
            i += 1
        sentence = spans[i]
        if claim.content.end > sentence.end:
            sentence = Extent(sentence.start, claim.content.end)
        out.append(completed(claim, sentence, doc._.dates, published=published, text=text))
    return out


def completed(
    claim: Claim, sentence: Extent, expressions: Sequence[DateExpression], *, published: date | None, text: str
) -> Claim:
    """A claim as a prediction, with due date, condition and criterion.

    Args:
        claim: the prediction.
        sentence: the sentence, or sentences, around its content.
        expressions: the dates of the article.
        published: the article's day of publication.
        text: the article's text.
    """
    found = dates.due_of(claim.content, sentence, expressions, published=published, text=text)
    due, extent = found if found else (None, None)
    undated = extent is not None and _undated(expressions, extent)
    words = extent.of(text) if extent else None
    return replace(
        claim,
        reasons=(*claim.reasons, f"the article has no date, so {words} cannot be told") if undated else claim.reasons,
        prediction=Prediction(
            due=due,
            text=words,
            due_extent=extent,
            condition=_condition(text, claim.content),
            criterion=criterion(claim.content.of(text), due, words if undated else None),
            resolvable=undated or resolvable(claim, text, due),
            undated=undated,
        ),
    )


def _undated(expressions: Sequence[DateExpression], extent: Extent) -> bool:
    """Whether the words of a due date are relative to the day of publication, which is not known."""
    return any(e.extent == extent and dates.UNDATED in e.reasons for e in expressions)


def _condition(text: str, content: Extent) -> Extent | None:
    """The first conditional clause of a content that does not end it."""
    for m in _CONDITION.finditer(text, content.start, content.end):
        if m.end() < content.end - 2:
            return Extent(m.start(), m.end())
    return None


# The end of a prediction that says how sure it is; the criterion leaves it out.
_HEDGE = re.compile(
    r"(する|した|である|だ)?(だろう|でしょう|であろう|はずだ|はずです|かもしれない|かもしれません|可能性がある|可能性もある|可能性が高い|恐れがある|見通しだ|見通し|"
    r"見込みだ|見込み|予定だ|予定|計画だ|方針だ|つもりだ|と思う|と思います|と期待している|と考えている)$"
)


def criterion(content: str, due: Interval | None, undated: str | None = None) -> str:
    """One sentence that says what would have to be true by when.

    Args:
        content: the words of the prediction; the last sentence counts.
        due: the interval in which it is to be settled.
        undated: words that give the date, if they cannot be resolved because the article has no date.

    >>> criterion("新工場を建てるだろう", Interval(None, date(2026, 12, 31)))
    '2026年12月31日までに「新工場を建てる」が事実になっていれば的中。'
    """
    text = " ".join(content.split()).strip("。、")
    sentences = [x for x in re.split(r"。", text) if x]
    core = sentences[-1] if sentences else text
    m = _HEDGE.search(core)
    if m:
        core = core[: m.start(2)]
    if undated:
        when = f"記事の日付がないため「{undated}」の時期は決まらないが、その時期に"
    elif due is None or (due.end is None and due.start is None):
        when = "期限の記述がなく、いずれかの時点で"
    elif due.end is None and due.start is not None:
        when = f"{_day(due.start)}以降に"
    elif due.end is not None and (due.start is None or due.start == due.end):
        when = f"{_day(due.end)}までに" if due.start is None else f"{_day(due.end)}に"
    else:
        assert due.start is not None and due.end is not None
        when = f"{_day(due.start)}から{_day(due.end)}の間に"
    return f"{when}「{core}」が事実になっていれば的中。"


def _day(d: date) -> str:
    """A day as Japanese text writes it."""
    return f"{d.year}年{d.month}月{d.day}日"


def resolvable(claim: Claim, text: str, due: Interval | None) -> bool:
    """Whether a prediction can be settled: it has a date or a figure, or is not about vague efforts.

    Args:
        claim: the prediction.
        text: the article's text.
        due: its due date.
    """
    if (due is not None and (due.end or due.start)) or claim.figures:
        return True
    return not _VAGUE.search(claim.content.of(text))


def iibun_predictions(doc: Doc) -> Doc:
    """Set ``doc._.claims`` with their predictions filled in."""
    doc._.claims = find_predictions(doc)
    return doc
