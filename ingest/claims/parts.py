"""One cue over clauses that differ in modality says as many things: 〜の可能性があるが、〜する必要がある is two claims."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest import modality
from ingest.claims.candidates import TOLD
from ingest.claims.frame import Sentence, overlap

if TYPE_CHECKING:
    from ingest.claims.reader import Draft

_BUT = frozenset(["が", "ものの", "けれど", "けれども", "けど"])
_AHEAD = frozenset(["probable", "possible", "intended"])
_LEAST = 6  # characters: no clause is shorter
_FINAL = (  # how a clause that goes on ends, and how it would end if it did not
    (re.compile(r"あり$"), "ある"),
    (re.compile(r"おり$"), "いる"),
    (re.compile(r"(?<=[高強大])く$"), "い"),
    (re.compile(r"(?<=かね|しれ)ず$"), "ない"),
    (re.compile(r"(?:であ[りる]|で|だ|です)$"), ""),
)
_STATED = re.compile(r"(?:[てで](?:おり|いる|います|いた|いました)|であ[りる]|[ただ]|です|でした|ない|ません)$")
_OF_THE_PAST = re.compile(
    r"[ただ](?:可能性|恐れ|おそれ|懸念|危険性?|見通し|見込み|公算|だろう|でしょう|はず|かも)[^、。]*$"
)


def parts(drafts: Sequence[Draft]) -> list[Draft]:
    """The claims of a sentence, each whose clauses differ in modality taken apart at the first that does.

    The rules of annotation ask for it: one cue over several clauses is one claim unless they differ in modality or in
    being a prediction. Quotations stay whole, and so does what the narrator tells before he predicts.
    """
    out: list[Draft] = []
    left = list(drafts)[::-1]
    while left:
        d = left.pop()
        at = None if d.content.quote else _cut(d)
        if at is None:
            out.append(d)
            continue
        stop, start, value, ending = at
        first = replace(d, content=replace(d.content, end=stop), modality=value, polarity=_polarity(d, stop))
        first.prediction = float(value in _AHEAD and not _OF_THE_PAST.search(_text(d, d.content.start, stop)))
        rest = replace(d.content, token=d.candidate.sentence.token_at(start), start=start)
        last = replace(d, content=rest, modality=ending)
        out, left = ([o for o in kept if not _within(o, first)] for kept in (out, left))
        others = [*out, *left]
        left += [x for x in (last, first) if not any(overlap(x.span, o.span) >= _SAME for o in others)]
    return out


_SAME = 0.5


def _within(o: Draft, first: Draft) -> bool:
    """Whether a claim is no more than what the first clause says is possible: 減る in 減る可能性がある."""
    cue, (start, end) = o.candidate.cue, first.span
    return cue is not None and start <= o.span[0] and o.span[1] <= cue[0] and cue[1] <= end


def _text(d: Draft, start: int, stop: int) -> str:
    return d.candidate.sentence.source[start:stop]


def _polarity(d: Draft, stop: int) -> str:
    return modality.polarity_of(_plain(_text(d, d.content.start, stop)))


def _plain(clause: str) -> str:
    """A clause as it would end if the sentence ended with it.

    >>> _plain("遅れる可能性があり"), _plain("来月始める予定で")
    ('遅れる可能性がある', '来月始める予定')
    """
    for pattern, ending in _FINAL:
        if pattern.search(clause):
            return pattern.sub(ending, clause)
    return clause


def _cut(d: Draft) -> tuple[int, int, str, str] | None:
    """Where the first clause of another modality ends and the next begins, and both modalities; None if none differs."""
    told = d.candidate.kind in TOLD or d.source is None
    said = modality.modality_of(_text(d, *d.span))
    ending = d.modality if said is None or said == "questioned" else said
    for stop, start in _clauses(d.candidate.sentence, *d.span):
        clause = _text(d, d.content.start, stop)
        own = modality.modality_of(_plain(clause))
        if own is not None:
            if own not in (ending, "questioned") and ending != "asserted":
                return stop, start, own, ending
        elif not told and ending in _AHEAD and d.prediction >= 0.5 and _STATED.search(clause):
            return stop, start, "asserted", ending
    return None


def _clauses(s: Sentence, begin: int, end: int) -> list[tuple[int, int]]:
    """The ends of the clauses of ``[begin, end)`` outside brackets, and where the next one begins (characters)."""
    found = []
    for k in range(s.token_at(begin) + 1, len(s.tokens)):
        at = s.char(k)
        if at >= end - _LEAST:
            break
        if s.depth[k]:
            continue
        but = s.texts[k] in _BUT and s.tags[k].startswith("助詞-接続")
        if not but and (s.texts[k] not in ("、", "，") or s.texts[k - 1] in _BUT or not _goes_on(s, k - 1)):
            continue
        following = k + 1
        while following < len(s.tokens) and s.texts[following] in ("、", "，", " ", "　"):
            following += 1
        if at - begin >= _LEAST and end - s.char(following) >= _LEAST:
            found.append((at, s.char(following)))
    return found


def _goes_on(s: Sentence, k: int) -> bool:
    """Whether a clause ends with token ``k`` before a comma: …があり、 …しており、 …する予定で、."""
    if s.texts[k] == "で":
        return s.tags[k].startswith("助動詞")
    return any("連用形" in x for x in s.tokens[k].morph.get("Inflection", []))
