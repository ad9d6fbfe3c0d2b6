"""Claims as spaCy shows and keeps them: spans of content, cue and source.

``to_displacy`` makes a view of a report, ``to_spacy`` a ``DocBin`` of reports, ``to_report`` the report of a document. The
component ``iibun`` sets the same span groups on the documents of a pipeline (:mod:`ingest.factories`).
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import spacy
from spacy.lang.ja import JapaneseTokenizer
from spacy.tokens import Doc, DocBin, Span
from spacy.util import filter_spans

from ingest.factories import RAN
from ingest.ginza import NotGinza
from ingest.harvest import harvest
from ingest.tokenizer import SentenceTokenizer
from kg import given
from kg.document import to_document
from kg.errors import IibunError, UsageError
from kg.model import Claim, Extent, Mention, Report

if TYPE_CHECKING:
    from spacy.language import Language

Role = Literal["content", "cue", "source"]

#: The background of each role in a view; black text on it has a contrast of at least 14 to 1.
COLORS: Final[dict[Role, str]] = {"content": "#cfe3f7", "cue": "#fde3a7", "source": "#cdebd0"}
spacy.registry.displacy_colors.register("iibun", func=dict(COLORS))

#: The span groups of a document: all roles (``kb_id_`` is the claim's id); contents labelled with their modality; contents
#: of predictions; mentions labelled with the type of their entity (``kb_id_`` is its id).
GROUPS = ("claims", "modality", "predictions", "mentions")
_ATTRIBUTES = ("TAG", "POS", "LEMMA", "NORM", "MORPH", "SENT_START", "ENT_IOB", "ENT_TYPE")
_WORDS = re.compile(r"[一-龠々]+|[ァ-ヶー]+|[ぁ-ん]+|[0-9A-Za-z.,%]+|\s+|.", re.S)
_INSIDE = 40  # a mention inside the content is taken for the source if no other is this much nearer


class Stretch(NamedTuple):
    """A part of a claim in the text."""

    extent: Extent
    role: Role
    claim: Claim


def to_report(doc: Doc) -> Report:
    """The report of a document that a pipeline with our components has read.

    Raises:
        IibunError: if none of our components has read it.

    Example:
        ``iibun.to_report(nlp("社長は増産すると述べた。")).claims``
    """
    if not doc.user_data.get(RAN) or doc._.article is None:
        raise IibunError(
            "None of Iibun's components has read this document; "
            'add them with nlp.add_pipe("iibun"), then call nlp(text).'
        )
    return harvest(doc._.article, doc)


def iibun(doc: Doc) -> Doc:
    """Set the span groups :data:`GROUPS`, and let go of the encoder's vectors."""
    _set_groups(doc, to_report(doc))
    doc._.encoded = None  # some megabytes an article
    return doc


def to_displacy(report: Report, claims: Iterable[str] | None = None) -> dict[str, Any]:
    """A view of the claims of a report for displaCy's manual mode, of style ``ent`` or ``span``.

    Both styles have a colour for each of content, cue and source, and show the claim's id beside them. In style ``ent``, the
    inner one of two that overlap is shown. The source is the mention of it that is nearest to the claim.

    Args:
        report: what was read.
        claims: ids of the claims to show; all by default.

    Raises:
        UsageError: if there is no such claim.

    Example:
        ``displacy.render(iibun.to_displacy(report), style="ent", manual=True)``
    """
    text = report.article.text
    wanted = None if claims is None else set(claims)
    known = [c.id for c in report.claims]
    if unknown := sorted((wanted or set()) - set(known)):
        raise UsageError(f"The report has no claim {unknown[0]!r}; it has {', '.join(known) or 'none'}.")
    found = [s for s in stretches(report) if wanted is None or s.claim.id in wanted]
    cuts = sorted({0, len(text), *(m.start() for m in _WORDS.finditer(text)), *_edges(found)})
    spans = [
        {**_shown(s.role, s.claim, s.extent)}
        | {"start_token": bisect_left(cuts, s.extent.start), "end_token": bisect_left(cuts, s.extent.end)}
        for s in found
    ]
    return {
        "text": text,
        "title": report.article.title and html.escape(report.article.title),  # displaCy does not escape it
        "ents": list(_flat(found)),
        "spans": spans,
        "tokens": [text[a:b] for a, b in pairwise(cuts)],
        "settings": {"lang": "ja", "direction": "ltr"},
    }


def to_spacy(reports: Report | Iterable[Report], *, nlp: Language | None = None) -> DocBin:
    """Reports as spaCy documents with the span groups :data:`GROUPS`, names as ``doc.ents``, and sentence starts.

    The text of a document has the length of the article's; furniture is blanked and full-width letters are ASCII. A span
    covers the tokens in which it lies; ``doc.user_data["iibun"]`` is the extract document, with the text and the exact offsets.

    Args:
        reports: a report, or several.
        nlp: a pipeline with whose tokens to do it; by default those of ``ja_ginza``.

    Raises:
        UsageError: if ``reports`` holds something else.
        NotGinza: if ``nlp`` is not Japanese.

    Example:
        ``iibun.to_spacy(reports).to_disk("claims.spacy")``
    """
    nlp = nlp or spacy.blank("ja", config={"nlp": {"tokenizer": {"split_mode": "C"}}})
    tokenizer: Any = nlp.tokenizer
    if isinstance(tokenizer, JapaneseTokenizer):
        tokenizer = SentenceTokenizer(tokenizer)
    elif not isinstance(tokenizer, SentenceTokenizer):
        raise NotGinza(
            f"The pipeline {nlp.lang}_{nlp.meta['name']} is not Japanese; leave nlp out, or give a Japanese one."
        )
    kept = DocBin(attrs=_ATTRIBUTES, store_user_data=True)
    for report in given.reports(reports, "to_spacy"):
        doc = tokenizer(report.article.text)
        doc.user_data.clear()  # what the tokenizer leaves there needs our classes to be read again
        doc.user_data["iibun"] = to_document(report)
        _set_groups(doc, report)
        doc.set_ents(filter_spans([s for s in doc.spans["mentions"] if s.id_ != "anaphor"]), default="outside")
        kept.add(doc)
    return kept


def stretches(report: Report) -> Iterator[Stretch]:
    """Content, cue and sources of each claim, claim by claim."""
    mentions: dict[str, list[Mention]] = {}
    for m in report.mentions:
        mentions.setdefault(m.entity, []).append(m)
    for claim in report.claims:
        yield Stretch(claim.content, "content", claim)
        if claim.cue:
            yield Stretch(claim.cue, "cue", claim)
        for extent in source_extents(claim, mentions):
            yield Stretch(extent, "source", claim)


def source_extents(claim: Claim, mentions: Mapping[str, Sequence[Mention]]) -> Iterator[Extent]:
    """Where the sources of a claim are named: for each the mention that is nearest, outside the content if it can be.

    Args:
        claim: the claim.
        mentions: entity id → its mentions.

    >>> near, far = Mention(Extent(30, 33), "e1"), Mention(Extent(0, 3), "e1")
    >>> list(source_extents(Claim("c1", Extent(34, 40), sources=("e1",)), {"e1": [far, near]}))
    [Extent(start=30, end=33)]
    """
    if claim.source_extent:
        yield claim.source_extent
    places = [claim.content, *([claim.cue] if claim.cue else [])]

    def distance(mention: Mention) -> int:
        if claim.content.contains(mention.extent):
            return _INSIDE
        return min(max(p.start - mention.extent.end, mention.extent.start - p.end, 0) for p in places)

    for source in claim.sources:
        if own := mentions.get(source):
            yield min(own, key=distance).extent


def _set_groups(doc: Doc, report: Report) -> None:
    groups: dict[str, list[Span | None]] = {name: [] for name in GROUPS}

    def span(extent: Extent, label: str, kb: str, own: str) -> Span | None:
        found: Span | None = doc.char_span(
            extent.start, extent.end, label=label, kb_id=kb, span_id=own, alignment_mode="expand"
        )
        return found

    for extent, role, claim in stretches(report):
        groups["claims"].append(span(extent, role, claim.id, claim.id))
    for claim in report.claims:
        groups["modality"].append(span(claim.content, claim.modality, claim.id, claim.id))
        if claim.prediction:
            groups["predictions"].append(span(claim.content, "prediction", claim.id, claim.id))
    types = {e.id: e.type for e in report.entities}
    for m in report.mentions:
        groups["mentions"].append(span(m.extent, types[m.entity], m.entity, "anaphor" if m.anaphor else "name"))
    for name, spans in groups.items():
        doc.spans[name] = [s for s in spans if s is not None]


def _edges(found: Iterable[Stretch]) -> Iterator[int]:
    for s in found:
        yield from (s.extent.start, s.extent.end)


def _flat(found: Sequence[Stretch]) -> Iterator[dict[str, Any]]:
    """The stretches without overlaps: of each place the shortest one that covers it."""
    waiting = sorted(found, key=lambda s: s.extent.start, reverse=True)
    over: list[Stretch] = []
    last: tuple[Stretch, int, int] | None = None
    for start, end in pairwise(sorted(set(_edges(found)))):
        while waiting and waiting[-1].extent.start <= start:
            over.append(waiting.pop())
        over = [s for s in over if s.extent.end > start]
        inner = min(over, key=lambda s: (len(s.extent), s.role == "content", s.claim.id), default=None)
        if last and inner is last[0]:
            last = (last[0], last[1], end)
            continue
        if last:
            yield _shown(last[0].role, last[0].claim, Extent(last[1], last[2]))
        last = (inner, start, end) if inner else None
    if last:
        yield _shown(last[0].role, last[0].claim, Extent(last[1], last[2]))


def _shown(role: Role, claim: Claim, extent: Extent) -> dict[str, Any]:
    return {"start": extent.start, "end": extent.end, "label": role, "kb_id": claim.id, "kb_url": "#"}
