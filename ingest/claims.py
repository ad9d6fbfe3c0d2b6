"""Claims: from the contents that the reader decoded to :class:`~kg.model.Claim`.

Adds what no network decides: reporters, topic, speech, entities and figures in the content, a title, and the reasons.
Read :mod:`ingest.reader.decoding` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from spacy.tokens import Doc

from ingest import frames
from ingest.nominals import nominals
from ingest.predictions import foretells
from ingest.reader import decoding
from ingest.reader.decoding import Content, Mention
from ingest.reader.network import network
from ingest.reader.units import Units
from kg import lexicon
from kg.model import Claim, Extent, Prediction, Speech

DOUBT = 0.1  #: probability from which on another possible source is named in the reasons
# Tags of the tokens that a noun phrase may have before its last one.
_PHRASE = re.compile(r"(?:名詞|接頭辞|接尾辞|形状詞|連体詞|助詞-連体|助詞-格助詞-の|補助記号-一般|記号)")


def mentions_of(doc: Doc, units: Units) -> tuple[list[Mention], list[str]]:
    """The mentions of an article in units, including nominal anaphors.

    Args:
        doc: a document with entities and mentions.
        units: its units.

    Returns:
        The mentions, with entities as numbers, and the id of the entity of each number.
    """
    ids = [e.id for e in doc._.entities]
    number = {e: i for i, e in enumerate(ids)}
    found = [(*units.span(m.extent.start, m.extent.end), m.entity) for m in doc._.mentions]
    found += nominals(units, doc._.entities, doc._.mentions)
    return [Mention(a, b, number[e]) for a, b, e in found if e in number], ids


# What stands between coordinated names of one type: a conjunction; 首相と; 首相とフランスの.
_JOINT = re.compile(
    "[・、=＝]|[一-龠々ァ-ヶー]{0,7}(?:と|や|及び|および|並びに|ならびに)(?:[^、。「」はがをにでと]{1,12}の)?"
)


def joined(doc: Doc, units: Units, mentions: Sequence[Mention]) -> dict[int, int]:
    """The coordinated mentions of an article, as in 「A社とB社は」.

    Args:
        doc: a document with entities.
        units: its units.
        mentions: of :func:`mentions_of`.

    Returns:
        For the last unit of a mention, that of the mention of the same type before it, if they are coordinated.
    """
    types = [e.type for e in doc._.entities]
    before: dict[str, Mention] = {}
    found: dict[int, int] = {}
    for m in sorted(mentions, key=lambda m: m.first):
        a = before.get(types[m.entity])
        if a and a.last < m.first and _JOINT.fullmatch(units.text[units.ends[a.last] : units.starts[m.first]].strip()):
            found[m.last] = a.last
        before[types[m.entity]] = m
    return found


def find(doc: Doc) -> list[Claim]:
    """The claims of a document in the order of the text.

    A claim that is a prediction gets an empty :class:`~kg.model.Prediction`, which :mod:`ingest.predictions` completes.
    A content is left out if it has no words, or if it has no source, no cue, and is no prediction.

    Args:
        doc: a document with ``doc._.encoded``, entities, mentions and figures.
    """
    units, windows = doc._.encoded
    mentions, ids = mentions_of(doc, units)
    labels = {e.id: e.label for e in doc._.entities}
    decoded = decoding.contents(network(), windows, mentions, joined(doc, units, mentions))
    least = network().thresholds["prediction"]
    found = [_claim(doc, units, c, ids, labels, least) for c in decoded]
    kept = [c for c in found if len(c.content) and (c.sources or c.source_text or c.cue or c.prediction)]
    return [replace(c, id=f"c{i}") for i, c in enumerate(kept, 1)]


def _claim(doc: Doc, units: Units, c: Content, ids: Sequence[str], labels: Mapping[str, str], least: float) -> Claim:
    """The claim for a decoded content, still without an id.

    Args:
        doc: the document.
        units: its units.
        c: the content.
        ids: the ids of the entities by their numbers in ``c``.
        labels: the labels of the entities by their ids.
        least: probability above which a claim is a prediction.
    """
    text = doc.text
    content = trimmed(units.extent(c.first, c.last), text)
    sources = tuple(ids[e] for e in c.sources)
    source = _phrase(doc, units, c.unnamed) if c.unnamed is not None else None
    told = False  # whether a rule names the source, so that the reader's probabilities are of others
    predicted = c.prediction > least and foretells(content, text)
    if (framed := frames.document(content, text)) and not _speaks_here(doc, content, sources, own=framed.own):
        sources, source, told = (), framed.extent, True
    elif not sources and source is None and predicted and (planner := frames.planner(doc, content)):
        sources, told = (planner,), True
    words = source.of(text) if source else None
    pairs = [q.outer for q in doc._.clean.quotations if q.kind == "quote"]
    quotes = tuple(q for q in pairs if content.contains(q) or (q.start + 1, q.end - 1) == (content.start, content.end))
    within = any((q.start + 1, q.end - 1) == (content.start, content.end) for q in pairs)
    nobody = not sources and words is None
    speech: Speech = (
        "narrated" if nobody and c.cue is None else "direct" if within else "mixed" if quotes else "indirect"
    )
    who = ", ".join(labels[s] for s in sources) or words or ""
    return Claim(
        id="", content=content, sources=sources, reporters=tuple(reporters(doc, content, sources)), topics=topics(doc, content),
        source_text=words if words and names_something(words) else None, source_extent=source,
        cue=units.extent(*c.cue) if c.cue else None, quotes=quotes, speech=speech, modality=c.modality,  # type: ignore[arg-type]
        polarity="negated" if c.negated else "affirmed",
        about=tuple(dict.fromkeys(m.entity for m in doc._.mentions if content.contains(m.extent))),
        figures=tuple(i for i, f in enumerate(doc._.figures) if content.contains(f.extent)),
        prediction=Prediction() if predicted else None, title=title(content.of(text)),
        confidence=c.confidence * (1.0 if told else c.probability["source"]),
        reasons=tuple(reasons(c, units, ids, labels, who, within, told=told)),
    )  # fmt: skip


def _sentence(doc: Doc, content: Extent) -> Extent | None:
    """The sentence in which a content begins."""
    return next((s for s in doc._.clean.sentences if s.start <= content.start < s.end), None)


def _speaks_here(doc: Doc, content: Extent, sources: Sequence[str], *, own: bool) -> bool:
    """Whether a source of a claim is named in its sentence beside the content; with ``own`` also whether all are organizations."""
    sentence = _sentence(doc, content) or content
    beside = (m.entity for m in doc._.mentions if sentence.contains(m.extent) and not content.contains(m.extent))
    if not set(sources).isdisjoint(beside):
        return True
    firms = {e.id for e in doc._.entities if e.type == "Organization"}
    return own and bool(sources) and firms.issuperset(sources)


@cache
def _frames() -> tuple[str, ...]:
    """The phrases by which a reporter is named, such as によると."""
    return tuple(row["phrase"] for row in lexicon.rows("particle_frames"))


def reporters(doc: Doc, content: Extent, sources: Sequence[str]) -> Iterator[str]:
    """The entities that pass on what the source said: the newspaper in 「A紙によると、社長は…と述べた」.

    Args:
        doc: a document with entities and mentions.
        content: of the claim.
        sources: of the claim; without any there is no reporter.

    Returns:
        The ids of the entities in the sentence before or after the content that are followed by such a phrase.
    """
    sentence = _sentence(doc, content)
    if not sources or sentence is None:
        return
    seen = set(sources)
    for m in doc._.mentions:
        if sentence.contains(m.extent) and not content.contains(m.extent) and m.entity not in seen:
            if doc.text.startswith(_frames(), m.extent.end):
                seen.add(m.entity)
                yield m.entity


def topics(doc: Doc, content: Extent) -> tuple[str, ...]:
    """The words before the first は of a content, if they are at most 40 characters; else none."""
    text = doc.text
    for t in doc.char_span(content.start, content.end, alignment_mode="expand") or ():
        if t.text == "は" and t.tag_.startswith("助詞-係助詞") and t.idx > content.start:
            words = text[content.start : t.idx].strip("「『 、")
            return (words,) if len(words) <= 40 and names_something(words) else ()
    return ()


def names_something(words: str) -> bool:
    """Whether words have a letter or a digit; punctuation alone is no source and no topic.

    >>> names_something("政府"), names_something("’")
    (True, False)
    """
    return any(c.isalnum() for c in words)


# Conjunctions that a title does not begin with.
_DROPPED = ("しかし", "また", "さらに", "一方", "ただ", "なお", "そのため", "このため")


def title(content: str, longest: int = 40) -> str:
    """A content in a few words: as it is if it fits, else its topic and last clauses, else its beginning with ….

    Brackets stay in pairs.

    Args:
        content: of a claim.
        longest: most characters.

    >>> title("「工場を閉鎖する」")
    '工場を閉鎖する'
    >>> title("青海重工は、資材の値上がりが続き、人手も足りないことから、工場の完成を来年3月に延期する")
    '青海重工は…人手も足りないことから、工場の完成を来年3月に延期する'
    """
    text = trimmed(Extent(0, len(content)), content).of(content)
    text = " ".join(text.split())
    for word in _DROPPED:
        if text.startswith(word):
            text = text[len(word) :].lstrip("、")
    if len(text) <= longest:
        return text
    last = [x for x in text.split("。") if x][-1]
    if len(last) <= longest and _paired(last):
        return last
    found = _TOPIC.match(last)
    rests = [last[m.end() :] for m in re.finditer("、", last)]
    for topic in ([found[0] + "…"] if found else []) + [""]:
        for rest in rests:
            if len(topic + rest) <= longest and len(rest) >= 12 and _paired(rest):
                return topic + rest
    return last[: longest - 1] + "…"


_TOPIC = re.compile("[^、。「」『』]{1,12}?は")


def _paired(text: str) -> bool:
    """Whether a text has as many closing as opening brackets of each kind."""
    return all(text.count(a) == text.count(b) for a, b in ("「」", "『』", "（）"))


def reasons(
    c: Content, units: Units, ids: Sequence[str], labels: Mapping[str, str], who: str, quoted: bool, *, told: bool
) -> Iterator[str]:
    """Why a claim was found, as short English phrases.

    They give the cue and its row in the lexicon, the probabilities of content and source, other possible sources,
    modality, and the probability of a prediction.

    Args:
        c: the content.
        units: the units of the article.
        ids: the ids of the entities by their numbers in ``c``.
        labels: the labels of the entities by their ids.
        who: the source in words; empty if there is none.
        quoted: whether the content is exactly what a pair of quotation marks encloses.
        told: whether a rule names the source (:mod:`ingest.frames`); the probabilities of sources are then left out.
    """
    if c.cue:
        words = units.extent(*c.cue).of(units.text)
        known = (u for u in range(c.cue[0], c.cue[1] + 1) if units.features["reports"][u] != "O")
        row = next((units.features["lemma"][u] for u in known), "")
        yield f"cue {words}, row {row}" if row else f"cue {words}"
    elif quoted:
        yield "in quotation marks"
    elif not who:
        yield "said by the article itself"
    yield f"content {c.confidence:.2f}"
    if told:
        yield f"source {who}, as its sentence or list names it"
    elif who:
        yield f"source {who} {c.probability['source']:.2f}"
    others = sorted(((p, e) for e, p in c.candidates.items() if e not in c.sources and p >= DOUBT), reverse=True)
    for p, e in others[: 0 if told else 3]:
        if e >= 0:
            yield f"or {labels[ids[e]]} {p:.2f}"
        elif who and (e == decoding.NOBODY or c.unnamed is None):
            yield f"or {'nobody' if e == decoding.NOBODY else 'somebody without a name'} {p:.2f}"
    yield f"modality {c.modality}, prediction {c.prediction:.2f}"


def trimmed(content: Extent, text: str) -> Extent:
    """A content without punctuation at its ends, and without the quotation marks around it.

    >>> trimmed(Extent(0, 5), "「雨だ。」").of("「雨だ。」")
    '雨だ'
    """
    start, end = content.start, content.end
    while start < end and text[start] in " 　、。":
        start += 1
    while start < end and text[end - 1] in " 　、。":
        end -= 1
    for a, b in ("「」", "『』", "“”"):
        if end - start > 2 and text[start] == a and text[end - 1] == b and b not in text[start + 1 : end - 1]:
            return trimmed(Extent(start + 1, end - 1), text)
    return Extent(start, end)


def _phrase(doc: Doc, units: Units, last: int) -> Extent:
    """The noun phrase that ends with a unit: nouns, and those that の joins to them."""
    token = int(units.token[last])
    first = token
    while (
        first > 0
        and not doc[first].is_sent_start
        and _PHRASE.match(doc[first - 1].tag_ if doc[first - 1].text != "の" else "助詞-連体")
    ):
        first -= 1
    while first < token and doc[first].text in "のや・、":
        first += 1
    return Extent(doc[first].idx, int(units.ends[last]))


def iibun_claims(doc: Doc) -> Doc:
    """Set ``doc._.claims``."""
    doc._.claims = find(doc)
    return doc
