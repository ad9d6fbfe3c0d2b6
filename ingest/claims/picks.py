"""What a plain rule would choose, content and source: the models learn how far to trust it, by construct."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.claims.cues import Candidate
from ingest.claims.features import Left
from ingest.claims.frame import Sentence
from ingest.claims.names import Speaker

_TOPIC = ("は", "も", "では", "には", "からは")
_LEAD = {"を", "が", "の", "に", "も", "と", "へ", "で", "は"}


def pick_source(
    c: Candidate,
    content: Left,
    options: Sequence[tuple[Speaker | None, int]],
    taken: Sequence[tuple[int, int]],
    coordinated: Speaker | None,
) -> tuple[int, str]:
    """Index into ``options`` (speaker, sentences back) of the rule's choice, and the name of the step that chose.

    The order is that of news prose: the source that the construct names; a subject between the complement and the verb;
    the topic before the content; a subject before it; the source of the claim that this one is coordinated with; who
    spoke last, or the topic of the sentences before.
    """
    s = c.sentence
    here = [(i, sp) for i, (sp, far) in enumerate(options) if sp is not None and far == 0]
    back = [(i, sp, far) for i, (sp, far) in enumerate(options) if sp is not None and far > 0]

    def free(sp: Speaker) -> bool:
        return not any(a <= sp.start and sp.end <= b for a, b in taken)

    if c.source_at:
        a, b = c.source_at
        at = [(i, sp) for i, sp in here if a - 1 <= sp.start and sp.end <= b + 1]
        direct = [x for x in at if x[1].end >= b - 14]
        back_there = s.source[a:b].strip()
        if back_there in ("それ", "これ", "同紙", "同記事", "同報道", "両紙", "各紙"):
            claims = [(i, sp, far) for i, sp, far in back if sp.particle in ("claim", "によると", "によれば")]
            if claims:
                return claims[0][0], "it"
            nearest = [(i, sp) for i, sp, far in back if far == 1 and sp.entities]
            if nearest:
                return nearest[0][0], "it-near"
        if re.search(r"ところ(では)?$", back_there) and at:  # A新聞が…伝えたところによると
            subjects = [x for x in at if x[1].particle in ("が", "は", "も")]
            if subjects:
                named = [x for x in subjects if x[1].entities]
                return (named or subjects)[0][0], "reported"
        direct = [x for x in direct if not (x[1].type == "Place" and "possessor" in x[1].notes)] or direct
        if direct:
            return max(direct, key=lambda x: (x[1].type == "Person", x[1].type != "unnamed", x[1].end))[0], "construct"
        if at:
            return at[-1][0], "construct-loose"
        return 0, "construct-none"
    cue = c.cue[0] if c.cue else c.right
    passive = bool(c.predicate and c.predicate.passive)
    if c.kind == "quote-after" or c.kind == "quote-verb":
        before = [(i, sp) for i, sp in here if sp.end <= content.start and content.start - sp.end <= 24]
        if before and c.kind == "quote-after":
            return before[-1][0], "before-quote"
        after = [(i, sp) for i, sp in here if sp.start >= content.end and sp.particle in ("は", "も", "が")]
        if after:
            return after[0][0], "after-quote"
    if c.marker >= 0:
        mark = s.char(c.marker)
        between = [(i, sp) for i, sp in here if mark <= sp.start < cue and sp.particle in ("は", "も", "が")]
        if between:
            return between[-1][0], "between"
    if c.predicate is not None and c.predicate.form == "adnominal" and c.cue:
        after = [
            (i, sp)
            for i, sp in here
            if 0 <= sp.start - c.cue[1] <= 3 or (0 < sp.start - c.cue[1] <= 8 and sp.type == "Person")
        ]
        if after:
            return after[-1][0] if after[-1][1].type == "Person" else after[0][0], "relative"
    if not passive:
        left = [(i, sp) for i, sp in here if sp.end <= content.start and free(sp)]
        topics = [x for x in left if x[1].particle in _TOPIC]
        strong = [x for x in topics if x[1].particle in ("は", "も") and "possessor" not in x[1].notes] or topics
        if strong:
            # the first topic, unless a clause ends between it and a later one (〜が、Bは…)
            chosen = strong[0]
            for x in strong[1:]:
                between_ends = [b for _, b in taken if chosen[1].end <= b <= x[1].start]
                if between_ends or any(
                    chosen[1].end <= s.char(p.head) < x[1].start and p.form in ("but", "renyo", "te", "bare", "final")
                    for p in s.predicates
                ):
                    chosen = x
            return chosen[0], "topic"
        subjects = [x for x in left if x[1].particle == "が"]
        if subjects:
            return subjects[-1][0], "subject"
        opening = [
            (i, sp)
            for i, sp in here
            if sp.particle in ("は", "も", "が")
            and sp.start <= content.start + 2
            and sp.end <= content.end
            and free(sp)
            and not content.quote
        ]
        if opening and c.kind.startswith(("noun", "np", "you", "koto", "ka", "particle-cut")):
            return opening[0][0], "opens"
    reporters = [(i, sp) for i, sp in here if sp.particle in ("によると", "によれば") and sp.end <= content.end]
    if passive or c.kind in ("hearsay", "moyou"):
        if reporters:
            return reporters[-1][0], "reporter"
        if passive:
            return 0, "passive"
        return 0, "hearsay"
    if coordinated is not None:
        for i, (sp, _) in enumerate(options):
            if sp is not None and sp.entities == coordinated.entities and sp.start == coordinated.start:
                return i, "coordinated"
        for i, (sp, _) in enumerate(options):
            if sp is not None and sp.entities == coordinated.entities and sp.entities:
                return i, "coordinated"
    if reporters:
        return reporters[-1][0], "reporter"
    if c.kind in ("noun-adn", "noun-no", "vision") and c.verb in ("expect", "possible"):
        return 0, "impersonal"
    claims = [(i, sp, far) for i, sp, far in back if sp.particle == "claim"]
    following = [(i, sp) for i, sp, far in back if sp.particle == "next"]
    if following and not (claims and claims[0][2] <= 1):
        return following[0][0], "next"
    tops = [(i, sp, far) for i, sp, far in back if sp.particle in ("は", "も")]
    if claims and (not tops or claims[0][2] <= tops[0][2]):
        return claims[0][0], "carried"
    if tops:
        return tops[0][0], "carried-topic"
    back = [x for x in back if x[1].particle != "next"]
    if back:
        return back[0][0], "carried-any"
    return 0, "nobody"


def pick_left(
    c: Candidate, options: Sequence[Left], speakers: Sequence[Speaker], stops: Sequence[int]
) -> tuple[int, str]:
    """Index of the content that a plain rule takes, and why."""
    s = c.sentence
    if len(options) == 1:
        return 0, "only"
    if c.kind == "particle":
        lead = next((i for i, o in enumerate(options) if o.start >= c.floor), 0)
        topic = any(sp.particle == "は" and c.source_at and sp.end <= c.source_at[0] for sp in speakers)
        return (0 if topic else lead), "after-phrase"
    quote = next((i for i, o in enumerate(options) if o.quote), None)
    low = s.first_char
    why = "sentence"
    for sp in speakers:
        if (
            sp.particle in ("は", "も", "では", "には", "によると", "によれば")
            and sp.end < c.right
            and sp.start <= low + 60
            and (
                sp.particle != "は"
                or not any(o.particle == "は" and o.start < sp.start for o in speakers if o.start >= low)
            )
        ):
            after = _after(s, sp)
            if low < after < c.right - 1:
                low, why = after, "topic"
    marker = c.marker if c.marker >= 0 else len(s.tokens)
    for stop in stops:
        if low < s.char(stop) < c.right - 1 and stop < marker:
            low, why = s.char(stop), "cue"
    if quote is not None:
        k = options[quote].token
        j = k - 1
        while j >= 0 and s.texts[j] in ("、", "，", " ", "　"):
            j -= 1
        if (
            j < 0
            or s.char(j) < low
            or s.texts[j] not in _LEAD
            or (j + 1 < k and s.texts[j] in ("は", "で", "に", "と"))
        ):
            return quote, "quote"
        if s.texts[j] in ("で", "に", "は") and low >= s.char(j):
            return quote, "quote"
    base = s.start
    best = next((i for i, o in enumerate(options) if o.start >= low and not o.quote), len(options) - 1)
    # the speaker's adjuncts: units that hang on the cue
    units = [o.token for o in options if not o.quote]
    cue = c.cue_token + base
    i = best
    while i + 1 < len(units):
        a, b = units[i], units[i + 1]
        heads = [s.tokens[j].head.i for j in range(a, b) if not a + base <= s.tokens[j].head.i < b + base]
        last = next((s.texts[j] for j in range(b - 1, a - 1, -1) if not s.tags[j].startswith("補助記号")), "")
        conj = s.tags[a].startswith("接続詞")
        if conj or (
            heads
            and all(h >= marker + base for h in heads)
            and heads[-1] >= cue
            and last in ("で", "に", "日", "、", "して", "し", "て", "後", "上")
        ):
            i += 1
            why += "+adjunct"
        else:
            break
    return min(i, len(options) - 1), why.split("+")[0] + ("+" if "+" in why else "")


def _after(s: Sentence, sp: Speaker) -> int:
    k = s.token_at(sp.end)
    n = len(s.tokens)
    text = s.source
    while k < n and (
        (s.depth[k] and text[s.char(k)] in "（(")
        or s.depth[k]
        or (s.tags[k].startswith(("名詞", "接尾辞")) and k - s.token_at(sp.end) < 6)
    ):
        k += 1
    while k < n and (s.tags[k].startswith("助詞") or s.texts[k] in ("、", "，", "よる", "よれ", "と", "ば", " ")):
        k += 1
    return s.char(k)
