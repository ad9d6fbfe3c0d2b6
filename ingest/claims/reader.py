"""From candidates to claims: content, source, keep or drop, modality; sentence by sentence, in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from spacy.tokens import Doc

from ingest import modality
from ingest.claims import model
from ingest.claims.blocks import blocks
from ingest.claims.candidates import TOLD
from ingest.claims.cues import Candidate, candidates
from ingest.claims.features import (
    Context,
    Left,
    group,
    keep_features,
    left_features,
    lefts,
)
from ingest.claims.frame import Sentence, brackets, overlap, sentences
from ingest.claims.hearing import Hearing
from ingest.claims.names import Names, Speaker, speakers
from ingest.claims.neighbours import Key, ask_again
from ingest.claims.outlook import modality_features, prediction_features
from ingest.claims.parts import parts
from ingest.claims.pools import BACK, Pool, State, pool
from ingest.claims.rivals import judge_again
from kg.model import MODALITIES

_TOPICS = ("は", "も", "が", "によると", "では", "には")
_WITHIN = ("to-verb", "to-any", "quote-verb", "particle")  # reports that count inside a block quotation
_MOST = 80  # candidates of one sentence; more is no prose


@dataclass
class Draft:
    """A judged candidate: its content, who says it, how likely it is a claim."""

    candidate: Candidate
    content: Left
    source: Speaker | None
    keep: float = 0.0
    alone: float = 0.0  # the log-linear part of the first judgement, before its logistic function
    margin: float = 1.0
    source_margin: float = 1.0
    modality: str = "asserted"
    polarity: str = "affirmed"
    prediction: float = 0.0
    chances: Mapping[Key, float] = field(default_factory=dict)  # of each source, unless the construct names it
    places: Mapping[Key, Speaker | None] = field(default_factory=dict)  # where each source is likeliest named
    outer: Sequence[Speaker] = ()  # sources of によると in the same sentence
    features: dict[str, object] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """The probability that this is a claim and its content the right one."""
        w = model.confidence_weights()
        return round(confidence(w, numbers(self)) if w else self.keep * (0.35 + 0.65 * self.source_margin), 4)

    @property
    def span(self) -> tuple[int, int]:
        return self.content.start, self.content.end


def numbers(d: Draft) -> list[float]:
    """What the confidence of a claim is made from: how sure the keep, source and boundary models were."""
    keep = min(max(d.keep, 0.01), 0.99)
    return [math.log(keep / (1 - keep)), d.source_margin, d.margin]


def confidence(weights: Mapping[str, float], values: Sequence[float]) -> float:
    """The calibrated probability that a claim is one, with the right content."""
    keep, source, boundary = values
    return model.logistic(
        weights["bias"] + weights["keep"] * keep + weights["source"] * source + weights["boundary"] * boundary
    )


def shares(speakers: Sequence[Speaker | None], ps: Sequence[float]) -> dict[tuple[str, ...], float]:
    """How likely each source is, by its entities; nobody named is one answer."""
    total: dict[tuple[str, ...], float] = {}
    for sp, p in zip(speakers, ps, strict=True):
        key = tuple(sorted(sp.entities)) if sp else ()
        total[key] = total.get(key, 0.0) + p
    return total


def _strongest(speakers: Sequence[Speaker | None], ps: Sequence[float], key: tuple[str, ...]) -> Speaker | None:
    """Of the places that a source has, the likeliest."""
    options = [i for i, sp in enumerate(speakers) if (tuple(sorted(sp.entities)) if sp else ()) == key]
    return speakers[max(options, key=lambda i: ps[i])]


def context(
    s: Sentence, cs: Sequence[Candidate], here: Sequence[Speaker], dates: Sequence[tuple[int, int, bool]]
) -> Context:
    """What the features of one sentence's candidates share."""
    stops = {
        c.predicate.stop: c
        for c in cs
        if c.predicate and c.kind in ("to-verb", "to-suru", "koto-verb", "you-verb", "np-verb", "noun-tono", "noun-adn")
    }
    for c in cs:
        if c.kind in ("noun-adn", "noun-tono") and c.cue and not c.predicate:
            stops.setdefault(s.token_at(c.cue[1]), c)
    near = [d for d in dates if s.first_char <= d[0] < s.last_char]
    return Context(here, stops, near, [a for a, _, future in near if future])


def judge(
    found: Sequence[Sentence],
    names: Names,
    dates: Sequence[tuple[int, int, bool]],
    w: model.Models,
    heard: Hearing | None = None,
) -> Iterator[list[Draft]]:
    """The drafts of each sentence in order, every candidate judged; nothing is dropped yet but duplicates."""
    state = State()
    extra = blocks(found, names)
    for s in found:
        yield judge_sentence(s, names, dates, w, state, extra.get(s.index, []), heard=heard)


def judge_sentence(
    s: Sentence,
    names: Names,
    dates: Sequence[tuple[int, int, bool]],
    w: model.Models,
    state: State,
    extra: Sequence[tuple[Candidate, Speaker | None]] = (),
    teacher: Callable[[list[Draft]], None] | None = None,
    heard: Hearing | None = None,
) -> list[Draft]:
    """All candidates of a sentence as drafts, and what the sentence leaves for the next one."""
    here = speakers(s, names)
    given = {id(c): sp for c, sp in extra}
    cs = ([c for c, _ in extra] + candidates(s))[:_MOST]
    state.covered = max([state.covered, *(c.right for c, _ in extra if c.kind == "block")])
    if s.first_char < state.covered:  # inside a quotation of several sentences, which speaks for itself
        cs = [c for c, _ in extra] + [c for c in cs if id(c) not in given and c.kind in _WITHIN]
    pointed = {c.right for c in cs if c.kind == "quote-pointed"}
    cs = [c for c in cs if not (c.right in pointed and c.kind in ("quote-alone", "quote-after", "to-end"))]
    x = context(s, cs, here, dates)
    drafts: list[Draft] = []
    order = sorted(cs, key=lambda c: (c.cue[0] if c.cue else c.right, c.kind == "particle"))
    finals = any(
        c.predicate and c.predicate.form == "final" and c.kind in ("to-verb", "to-suru", "koto-verb", "you-verb", "ka-verb", "np-verb")
        for c in cs
    )  # fmt: skip
    finals = finals or any(c.kind in ("noun-adn", "noun-tono") and c.cue and s.last_char - c.cue[1] <= 8 for c in cs)
    for c in order:
        options = lefts(c)
        lf = left_features(c, options, x)
        chances = w["left"].choose(lf, heard.left(c, options) if heard and len(options) > 1 else ())
        best, sure = settle(options, chances)
        content = options[best]
        d = Draft(c, content, None, margin=sure)
        d.features["lefts"] = (options, lf)
        if c.kind in ("heading-to", "heading-noun"):
            source_p = [1.0]
        elif id(c) in given:
            d.source = given[id(c)]
            if d.source is None and state.last is not None and s.index - state.last_sentence <= BACK:
                d.source = state.last  # 次のように続けた。 without a subject: who spoke last
            source_p = [0.0]
        else:
            asked = alternatives(options, chances, best, here) if w["source"].weights else [(best, 1.0)]
            readings = []
            for i, chance in asked:
                pl = pool(c, options[i], here, state, drafts, names)
                sound = heard.source(c, options[i], pl.speakers) if heard else ()
                readings.append((chance, pl, w["source"].choose(pl.features, sound)))
            d.chances, d.places = together(readings)
            best_source = max(d.chances, key=lambda k: d.chances[k])
            d.source, d.source_margin = d.places[best_source], d.chances[best_source]
            _, d.features["pool"], source_p = readings[0]
            content = d.content = _without(c, content, options, chances, d.source)
        text = s.source[content.start : content.end]
        own = modality.modality_of(text) or "plain"
        covered = sum(1 for o in cs if o is not c and o.cue and content.start <= o.cue[0] and o.cue[1] <= s.last_char)
        kf = keep_features(
            c, content, x, margin=d.margin, source_none=1.0 if c.kind in TOLD else source_p[0], ncand=len(cs), inner_final=finals,
            covered=covered, text=text, modal=own,
        )  # fmt: skip
        told = heard.claim(c, content) if heard else {}
        d.features["keep"] = kf
        d.alone = model.score(w["keep"].weights, kf)
        d.keep = w["keep"].decide(kf, told.get("keep", ()))
        if c.kind == "vision" and "quoted" in c.notes and d.source is not None and d.source.entities:
            d.keep = max(
                d.keep, _QUOTED
            )  # 甲氏の答えは「…」だ: too rare to be learnt; six of six in the annotated articles
        mf = modality_features(c, content, text, d.source, names)
        d.features["modality"] = mf
        sc = w["modality"].sort(mf, told.get("modality", ()), MODALITIES)
        d.modality = (
            MODALITIES[max(range(len(sc)), key=lambda j: sc[j])]
            if w["modality"].weights
            else modality.settle(text, cue=c.row.get("modality"), verb=c.verb, kind=c.kind)
        )
        d.polarity = "negated" if c.verb == "deny" and c.kind == "koto-verb" else modality.polarity_of(text)
        pf = [f"m={d.modality}", *prediction_features(c, d.content, d.modality, mf, text, x)]
        d.features["prediction"] = pf
        d.prediction = w["prediction"].decide(pf, told.get("prediction", ()))
        drafts.append(d)
    outer = [
        d.source for d in drafts
        if d.candidate.kind == "particle" and "aside" not in d.candidate.notes and d.source is not None
    ]  # fmt: skip
    for d in drafts:
        d.outer = outer
    if "rival" in w:
        judge_again(drafts, w["rival"].weights)
    if teacher:
        teacher(drafts)
    _carry(s, here, select(drafts), state)
    return drafts


def settle(options: Sequence[Left], ps: Sequence[float]) -> tuple[int, float]:
    """Which content to take, and how likely it is to share at least half its characters with the right one.

    Not the likeliest boundary alone counts: one that several likely boundaries lie close to is seldom far off.
    """
    if len(options) == 1:
        return 0, 1.0
    spans = [((o.start, o.end), p) for o, p in zip(options, ps, strict=True)]
    likely = [x for x in spans if x[1] > 0.01]
    near = [sum(p for other, p in likely if overlap(span, other) >= _NEAR) for span, _ in spans]
    best = max(range(len(options)), key=lambda i: near[i] + _EXACT * ps[i])
    return best, min(near[best], 1.0)


def alternatives(
    options: Sequence[Left], ps: Sequence[float], best: int, here: Sequence[Speaker]
) -> list[tuple[int, float]]:
    """The best content, and the likeliest of those that hold other speakers, each with what its like have together.

    Whether A社は is the topic of what is said or says it is settled with the source.
    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for i, o in enumerate(options):
        groups.setdefault(tuple(sp.start for sp in here if o.start <= sp.start < o.end), []).append(i)
    found = []
    for alike in groups.values():
        first = best if best in alike else max(alike, key=lambda i: ps[i])
        found.append((first, sum(ps[i] for i in alike)))
    return sorted((x for x in found if x[0] == best or x[1] >= _LIKELY), key=lambda x: x[0] != best)


_QUOTED = 0.5  # how likely somebody's vision in quotation marks is a claim at least


_LIKELY = 0.15  # how likely other contents must be to be asked for their source


def together(
    readings: Sequence[tuple[float, Pool, list[float]]],
) -> tuple[dict[Key, float], dict[Key, Speaker | None]]:
    """How likely each source is, whichever of the contents is right, and of the places that it has the likeliest."""
    total: dict[tuple[str, ...], float] = {}
    for chance, pl, ps in readings:
        for key, p in shares(pl.speakers, ps).items():
            total[key] = total.get(key, 0.0) + chance * p
    _, pl, ps = readings[0]
    whole = sum(chance for chance, _, _ in readings)
    here = shares(pl.speakers, ps)
    return {k: total[k] / whole for k in here}, {k: _strongest(pl.speakers, ps, k) for k in here}


_NEAR = 0.52  # overlap from which on two contents are as good as the same
_EXACT = 0.6  # what the very boundary is worth beside one that is near


def _without(
    c: Candidate, content: Left, options: Sequence[Left], chances: Sequence[float], source: Speaker | None
) -> Left:
    """The content without its own source, where the boundary model left it in (A社は…する方針だ)."""
    if (
        source is None or source.sentence is not c.sentence or c.kind.startswith("particle") or content.quote
        or not content.start <= source.start <= content.start + 24 or source.end >= content.end or source.particle not in ("は", "も", "が", "では", "には")
    ):  # fmt: skip
        return content
    rest = [(p, o) for p, o in zip(chances, options, strict=True) if o.start > source.end and o.end - o.start >= 4]
    return max(rest, key=lambda x: x[0])[1] if rest else content


def _carry(s: Sentence, here: Sequence[Speaker], kept: Sequence[Draft], state: State) -> None:
    for sp in here:
        for e in sp.entities:
            state.named[e] = replace(sp, entities=(e,), particle="main")
        if sp.type in ("Person", "Organization") and sp.entities:
            state.known[sp.entities] = replace(sp, particle="main")
        if sp.particle in _TOPICS and (sp.entities or sp.type == "unnamed") and "mute" not in sp.notes:
            state.recent.append((s.index, sp))
    for d in kept:
        if d.source is not None and d.candidate.kind != "narrated":
            src = d.source
            carried = Speaker(
                src.start,
                src.end,
                src.entities,
                src.type,
                "claim",
                src.sentence,
                src.head,
                src.anaphor,
                {*src.notes, "by-" + group(d.candidate)},
            )
            state.recent.append((s.index, carried))
            state.last, state.last_sentence = src, s.index
            if src.entities:
                state.spoke[src.entities] = state.spoke.get(src.entities, 0) + 1
    state.before = s
    del state.recent[:-40]


THRESHOLD = 0.32


def select(drafts: Sequence[Draft], threshold: float = THRESHOLD) -> list[Draft]:
    """The claims of a sentence: likely enough, and none that says the same as a likelier one."""
    kept: list[Draft] = []
    reported = [o for d in drafts if d.keep >= threshold for o in drafts if _reports(o, d)]
    for d in sorted(drafts, key=lambda d: -d.keep):
        if any(d is o for o in reported):
            continue
        if d.keep < threshold or d.content.end - d.content.start < 2:
            continue
        if any(overlap(d.span, o.span) > 0.6 for o in kept):
            continue
        if d.candidate.kind == "particle" and any(_ends_with(d, o) for o in drafts):
            continue
        if d.candidate.kind in TOLD and any(
            o.candidate.kind != "narrated" and overlap(d.span, o.span) > 0.3 for o in kept
        ):
            continue
        kept.append(d)
    return sorted(parts(kept), key=lambda d: d.span)


_ATTITUDES = frozenset({"hope", "expect", "think"})


def _reports(outer: Draft, d: Draft) -> bool:
    """Whether a claim says no more than that its speaker hopes or expects ``d``: 〜と期待している + と述べた."""
    cue = d.candidate.cue
    return (
        cue is not None
        and d.candidate.verb in _ATTITUDES
        and d.candidate.kind == "to-verb"
        and outer.candidate.kind == "to-verb"
        and not outer.content.quote
        and outer.content.start <= d.content.start
        and cue[1] <= outer.content.end <= cue[1] + 3
        and overlap(outer.span, d.span) > 0.6
    )


def _ends_with(d: Draft, o: Draft) -> bool:
    """Whether the sentence that によると reports ends in a cue of its own, whose speaker then counts."""
    c = o.candidate
    return (
        c.cue is not None
        and o.keep >= 0.4
        and c.kind in ("to-verb", "to-suru", "koto-verb", "you-verb", "ka-verb", "np-verb", "to-any", "noun-tono")
        and o.source is not None
        and not (c.predicate and c.predicate.passive)
        and d.content.start <= c.cue[0]
        and c.cue[1] >= d.content.end - 2
    )


def read(text: str, doc: Doc, names: Names, dates: Sequence[tuple[int, int, bool]]) -> list[Draft]:
    """All claims of an article."""
    found, w = sentences(doc, brackets(text)), model.models()
    judged = judge(found, names, dates, w, model.hear(doc, names, found))
    claims = [d for drafts in judged for d in select(drafts)]
    if "neighbours" in w:
        ask_again(claims, names, w["neighbours"].weights)
    return claims
