"""Claims: who said what. Candidates by construct (`cues`), judged by small trained models (`reader`).

The component ``iibun_claims`` sets ``doc._.claims``. The lexicons ``reporting_verbs``, ``reporting_nouns``,
``particle_frames``, ``light_verbs``, ``modality`` and ``polarity`` say which words report; ``data/models/claims.json`` and
``claims.npz`` say how much each circumstance counts (`model`; made by ``benchmarks/train_claims.py``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from spacy.language import Language

from ingest.claims import reader
from ingest.claims.candidates import TOLD
from ingest.claims.frame import Bracket
from ingest.claims.names import Names
from ingest.claims.reader import Draft
from kg.model import Claim, DateExpression, Extent, Prediction, Speech

if TYPE_CHECKING:
    from spacy.tokens import Doc

PREDICTS = (
    0.35  # from this probability on a claim is a prediction: best F1 in cross-validation lies between 0.3 and 0.4
)


def find_claims(doc: Doc) -> list[Claim]:
    """The claims of a document, in the order of the text.

    Needs ``doc._.entities``, ``doc._.mentions``, ``doc._.figures`` and ``doc._.dates``. A claim that is a prediction has an
    empty :class:`~kg.model.Prediction`, which ``ingest.predictions`` fills.
    """
    names = Names(doc._.entities, doc._.mentions)
    dates = when(doc._.dates, doc._.article.published if doc._.article else None)
    found: list[Claim] = []
    for draft in reader.read(doc.text, doc, names, dates):
        claim = _claim(doc, draft, names, f"c{len(found) + 1}")
        if draft.candidate.kind not in TOLD or claim.prediction is not None:
            found.append(claim)  # what the narrator tells is a claim where it is a prediction
    return found


def when(expressions: Sequence[DateExpression], published: date | None) -> list[tuple[int, int, bool]]:
    """Each date's characters, and whether it lies ahead of publication."""
    return [
        (
            e.extent.start,
            e.extent.end,
            e.deadline or published is None or e.interval.end is None or e.interval.end > published,
        )
        for e in expressions
    ]


def _claim(doc: Doc, d: Draft, names: Names, identifier: str) -> Claim:
    c = d.candidate
    s = c.sentence
    content = Extent(*d.span)
    source = d.source
    entities = source.entities if source else ()
    inside = names.within(content.start, content.end)
    about = tuple(dict.fromkeys(m.entity for m in inside))
    quotes = _quotes(s.quotes, d)
    text = s.source[content.start : content.end]
    state = d.modality == "intended" and is_state(text)
    source_extent = None
    source_text = None
    if source is not None and source.start < source.end:
        source_extent = Extent(source.start, source.end)
        if not entities and names_something(s.source[source.start : source.end]):
            source_text = s.source[source.start : source.end]
    return Claim(
        id=identifier,
        content=content,
        sources=entities,
        source_text=source_text,
        source_extent=source_extent,
        reporters=_reporters(d, names, entities),
        cue=Extent(*c.cue) if c.cue and c.cue[0] < c.cue[1] else None,
        quotes=quotes,
        speech=_speech(d, quotes, content),
        modality="asserted" if state else d.modality,  # type: ignore[arg-type]
        polarity=d.polarity,  # type: ignore[arg-type]
        about=about,
        topics=_topics(d),
        figures=tuple(i for i, f in enumerate(doc._.figures) if content.contains(f.extent)),
        prediction=Prediction() if d.prediction >= PREDICTS and not state else None,
        title=title(text),
        confidence=d.confidence,
        reasons=_reasons(d, source_text or ", ".join(names.labels.get(e, e) for e in entities)),
    )


def names_something(words: str) -> bool:
    """Whether there is a letter or a digit in some words: a lone mark is nobody, and no topic.

    >>> names_something("政府"), names_something("’")
    (True, False)
    """
    return any(c.isalnum() for c in words)


_STATE = re.compile(
    r"(?:(?:保有|所有|占有|在籍|所属|位置|存在|共存|矛盾|該当|相当|依存|関係|由来|意味|一致)する|[をが](?:持つ|占める|有する|含む)|属する|異なる|違う|似る|当たる|分かれる)$"
)
_AHEAD = re.compile(r"年|月|日|[来今]?[週期]|今後|将来|いずれ|やがて|近く|次第|まもなく|新た")


def is_state(content: str) -> bool:
    """Whether a content in the plain form tells how things are, not what is meant to happen.

    >>> is_state("A社はB社の株式の27%を保有する"), is_state("A社は2030年までに株式を保有する")
    (True, False)
    """
    return bool(_STATE.search(content)) and not _AHEAD.search(content)


def _quotes(brackets_here: list[Bracket], d: Draft) -> tuple[Extent, ...]:
    start, end = d.span
    return tuple(
        Extent(b.start, b.end)
        for b in brackets_here
        if b.is_quote
        and b.inner_start <= b.inner_end
        and ((start <= b.start and b.end <= end) or (b.inner_start, b.inner_end) == (start, end))
    )


def _speech(d: Draft, quotes: tuple[Extent, ...], content: Extent) -> Speech:
    if d.candidate.kind in TOLD and d.source is None:
        return "narrated"
    if d.content.quote or d.candidate.kind in ("block", "interview"):
        return "direct"
    return "mixed" if quotes else "indirect"


def _reporters(d: Draft, names: Names, entities: tuple[str, ...]) -> tuple[str, ...]:
    """Who reports the source: the newspaper of 「紙によると…社長は〜と述べた」."""
    c = d.candidate
    if c.kind == "particle" or not entities:
        return ()
    out = [e for sp in d.outer for e in sp.entities if e not in entities]
    return tuple(dict.fromkeys(out))


def _topics(d: Draft) -> tuple[str, ...]:
    """The words of the content's topic: what stands before its first は."""
    s = d.candidate.sentence
    a, b = s.token_at(d.content.start), s.token_at(max(d.content.start, d.content.end - 1))
    for k in range(a, min(b, len(s.tokens))):
        if s.texts[k] == "は" and s.tags[k].startswith("助詞-係") and k > a:
            words = s.source[d.content.start : s.char(k)].strip("「『 、")
            return (words,) if len(words) <= 40 and names_something(words) else ()
    return ()


_DROPPED = ("しかし", "また", "さらに", "一方", "ただ", "なお", "そのため", "このため")


def title(content: str, longest: int = 40) -> str:
    """A content in at most 40 characters: its last clauses if they fit, else cut with ….

    >>> title("工場を閉鎖する")
    '工場を閉鎖する'
    """
    text = " ".join(content.split()).strip("「」『』、。")
    for word in _DROPPED:
        if text.startswith(word):
            text = text[len(word) :].lstrip("、")
    if len(text) <= longest:
        return text
    sentences = [x for x in text.split("。") if x]
    last = sentences[-1] if sentences else text
    if len(last) <= longest:
        return last
    clauses = last.split("、")
    for i in range(1, len(clauses)):
        rest = "、".join(clauses[i:])
        if len(rest) <= longest:
            return rest if len(rest) >= 12 else last[: longest - 1] + "…"
    return last[: longest - 1] + "…"


def _reasons(d: Draft, who: str) -> tuple[str, ...]:
    c = d.candidate
    word = f"{c.row.get('before', '')}{c.row.get('verb') or c.row.get('noun') or c.row.get('phrase') or ''}"
    out = [f"construct {c.kind}" + (f", row {word}" if word else ""), f"keep {d.keep:.2f}, boundary {d.margin:.2f}"]
    if who:
        out.append(f"source {who} {d.source_margin:.2f}")
    out.append(f"modality {d.modality}, prediction {d.prediction:.2f}")
    return tuple(out)


@Language.component("iibun_claims", assigns=["doc._.claims"])
def claims(doc: Doc) -> Doc:
    """Set ``doc._.claims``."""
    doc._.claims = find_claims(doc)
    return doc
