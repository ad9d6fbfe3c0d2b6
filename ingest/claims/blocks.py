"""What somebody says over whole sentences without marks: after 「次のように述べた。」, in block quotations, in interviews."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.claims.complements import complements
from ingest.claims.cues import Candidate
from ingest.claims.frame import Bracket, Sentence
from ingest.claims.names import Names, Speaker, speakers

_ASK = re.compile(r"^\s*(――|──|——|--|―|─|Q[.:：．　 ]|Ｑ|問[:：　]|【Q】|Q\d*[.:：])")
_ANSWER = re.compile(r"^\s*(A[.:：．　 ]|Ａ|答[:：　]|【A】)")
_THUS = re.compile(
    r"(次のように|次の通り|以下のように|以下の通り|こう|このように|くぎを刺|釘を刺|述べ|語|話|説明|コメント|指摘|強調|主張|付け加え|記し|書い|答え)"
    r"[^。、]{0,14}[。：:]?$"
)


_POINTS_ON = re.compile(
    r"(次のように|次の通り|以下のように|以下の通り|こう|このように)[^。、]{0,20}(た|る)[。：:]?$"
    r"|(述べ|語|話し|説明し|コメントし|付け加え|答え)(っ|た|て|ている|た)+[。：:]?$"
)
_POINTS_BACK = re.compile(
    r"(こう|このように|そう)[^。、]{0,20}(た|る)。?$|(?P<cleft>(?:こう|そう)[^。、]{1,12}のは、?)[^。]{2,60}。?$"
)  # こう語った; こう語るのは甲社の乙社長だ


def _subjects(s: Sentence, names: Names) -> list[Speaker]:
    """Topics and subjects outside quotations, known speakers before other nouns."""
    here = [sp for sp in speakers(s, names) if sp.particle in ("は", "も", "が") and not s.depth[s.token_at(sp.start)]]
    here = [sp for sp in here if "tail-person" not in sp.notes]  # A社幹部は: not A社
    return [sp for sp in here if "unknown-noun" not in sp.notes] or here


_AFTER = re.compile(r"[^「」]?|[―—─…‥]{1,3}。?")  # what may stand behind a quotation that makes up a sentence


def _alone(s: Sentence) -> Bracket | None:
    """The quotation that makes up the whole sentence."""
    for b in s.outer_quotes:
        if b.start - s.first_char <= 1 and b.end - b.start > 5 and _AFTER.fullmatch(s.source, b.end, s.last_char):
            return b
    return None


def _clefted(s: Sentence, names: Names, at: int) -> list[Speaker]:
    """Who speaks by こう語るのは…だ: the last person named there, else the last that could speak."""
    found = [sp for sp in speakers(s, names) if sp.start >= at and (sp.entities or "known-noun" in sp.notes)]
    people = [sp for sp in found if sp.type == "Person"]
    return (people or found)[-1:]


_DASHES = re.compile(r"[―—─–-]+\s*")
_BEHIND = re.compile(r"(?:[（(][^（()）]{1,60}[)）]|[。\s])+$")  # what may stand behind who signs


def _signed(before: Sentence | None, s: Sentence, names: Names) -> Speaker | None:
    """Who signs the quotation before by a dash: 「…」 ――甲社の乙社長（懇親会で）."""
    dashes = _DASHES.match(s.text)
    if dashes is None or before is None or _alone(before) is None:
        return None
    start = s.first_char + dashes.end()
    if start == s.last_char and s.following is not None:
        s = s.following  # the dash was taken for a sentence
    end = s.last_char
    if m := _BEHIND.search(s.source, start, end):
        end = m.start()
    who = [sp for sp in speakers(s, names) if start <= sp.start < end and (sp.entities or "known-noun" in sp.notes)]
    people = [sp for sp in who if sp.type == "Person"] or who
    if not people or end - start > 40 or re.search("[はがをにでもへ、。？?]|から|まで", s.source[people[-1].end : end]):
        return None  # ――違約金は: a question
    return people[-1]


def interviews(found: Sequence[Sentence], names: Names) -> dict[int, Speaker]:
    """Sentences that answer a question, with the one who answers."""
    asks = [s for i, s in enumerate(found) if _ASK.match(s.text) and not _signed(found[i - 1] if i else None, s, names)]
    if len(asks) < 2:
        return {}
    first = asks[0].index
    people: dict[str, int] = {}
    for m in names.mentions:
        if names.types.get(m.entity) == "Person" and m.extent.start < asks[1].first_char:
            people.setdefault(m.entity, 0)
            people[m.entity] += 1
    if not people:
        return {}
    who = max(people, key=lambda e: people[e])
    mention = next(m for m in names.mentions if m.entity == who)
    questions = {s.paragraph for s in asks}
    out: dict[int, Speaker] = {}
    done = False
    for s in found:
        if s.index < first or s.paragraph in questions:
            continue
        if s.paragraph > max(questions) + 1:
            done = True
        if done:
            break
        out[s.index] = Speaker(mention.extent.start, mention.extent.end, (who,), "Person", "interview", s)
    return out


_LABEL = re.compile(r"^(?:[■●◆○]\s*)?([^\s。、「」:：（(]{2,20})(?:[（(][^）)]{1,20}[）)])?\s*[:：]\s*(?=\S)")


def labelled(found: Sequence[Sentence], names: Names) -> list[tuple[int, Speaker, int]]:
    """Sentences of paragraphs that a speaker's name and a colon open, with where the words start."""
    out: list[tuple[int, Speaker, int]] = []
    who: Speaker | None = None
    paragraph = -1
    for s in found:
        m = _LABEL.match(s.text)
        if m and s.paragraph != paragraph:
            named = [
                x for x in names.within(s.first_char, s.first_char + m.end(1)) if names.types.get(x.entity) == "Person"
            ]
            if named:
                x = named[0]
                who = Speaker(x.extent.start, x.extent.end, (x.entity,), "Person", "interview", s)
                paragraph = s.paragraph
                if s.first_char + m.end() < s.last_char:
                    out.append((s.index, who, s.first_char + m.end()))
                continue
        if who is not None and s.paragraph == paragraph:
            out.append((s.index, who, s.first_char))
        else:
            who = None
    return out if len({i for i, _, _ in out}) >= 2 else []


_TOLD = re.compile(
    r"(?:明らかにし|発表し|公表し|伝え|報じ|報道し|語っ|述べ|話し|認め|確認し|説明し|証言し)(?:た|ている|ていた|ました)。?$"
)


def _told_of(before: Sentence, s: Sentence) -> tuple[int, int] | None:
    """Where a sentence says no more than who told what the sentence before says: 「A社が8日に明らかにした。」"""
    m = _TOLD.search(s.text)
    if m is None or len(s.text) > 70 or s.outer_quotes or before.heading or s.paragraph != before.paragraph:
        return None
    if next(complements(s), None) or not re.search(r"[^、](?:が|は)", s.text[: m.start()]):
        return None
    return s.first_char + m.start(), s.first_char + m.end()


def blocks(found: Sequence[Sentence], names: Names) -> dict[int, list[tuple[Candidate, Speaker | None]]]:
    """Candidates that whole sentences or paragraphs make, by the index of their first sentence."""
    out: dict[int, list[tuple[Candidate, Speaker | None]]] = {}
    for index, who in interviews(found, names).items():
        s = found[index]
        end = s.last_char
        while end > s.first_char and s.source[end - 1] in "。！":
            end -= 1
        c = Candidate(s, "interview", end, None, {"class": "say"}, floor=s.first_char)
        out.setdefault(index, []).append((c, who))
    for index, who, start in labelled(found, names):
        s = found[index]
        if index in out:
            continue
        end = s.last_char
        while end > start and s.source[end - 1] in "。！":
            end -= 1
        if end - start >= 4:
            c = Candidate(s, "interview", end, None, {"class": "say"}, floor=start)
            out.setdefault(index, []).append((c, who))
    answered = set(out)
    for i, s in enumerate(found):
        alone = _alone(s)
        if alone is None or i in answered:
            continue
        before = found[i - 1] if i else None
        after = found[i + 1] if i + 1 < len(found) else None
        if after is not None and (signs := _signed(s, after, names)):
            c = Candidate(
                s, "quote-pointed", alone.inner_end, None, {"class": "say"}, left=alone.inner_start, quote=alone
            )
            out.setdefault(i, []).append((c, signs))
            continue
        if before is not None and _POINTS_ON.search(before.text) and not before.heading:
            lead, where = before, _POINTS_ON
        elif after is not None and _POINTS_BACK.search(after.text):
            lead, where = after, _POINTS_BACK
        else:
            continue
        m = where.search(lead.text)
        assert m is not None
        here = _subjects(lead, names)
        if m.groupdict().get("cleft"):
            here = _clefted(lead, names, lead.first_char + m.end("cleft")) or here
        c = Candidate(
            s, "quote-pointed", alone.inner_end, (lead.first_char + m.start(), lead.first_char + m.end()), {"class": "say"},
            left=alone.inner_start, quote=alone,
        )  # fmt: skip
        speaker = here[0] if here else None
        if len(here) > 1 and not here[0].entities and here[-1].entities and "compound" not in here[0].notes:
            speaker = here[-1]
        out.setdefault(i, []).append((c, speaker))
    for before, s in pairwise(found):
        if told := _told_of(before, s):
            here = _subjects(s, names)
            end = before.last_char
            while end > before.first_char and s.source[end - 1] in "。！":
                end -= 1
            c = Candidate(before, "told-after", end, told, {"class": "announce"}, floor=before.first_char)
            out.setdefault(before.index, []).append((c, here[0] if here else None))
    i = 0
    while i + 1 < len(found):
        s = found[i]
        nxt = found[i + 1]
        if (
            i not in answered
            and s.last_of_paragraph
            and not s.heading
            and nxt.paragraph > s.paragraph
            and not nxt.heading
            and _THUS.search(s.text)
            and not nxt.text.startswith(("「", "『", "“"))
            and not any(b.end >= s.last_char - 8 for b in s.outer_quotes)
            and not (i and _alone(found[i - 1]) and _POINTS_BACK.search(s.text))
        ):
            tail = re.search(r"(次のように|以下のように|こう)[^。]*。?$|刺す。?$|こう.{0,6}。$", s.text)
            if tail:
                group = [f for f in found[i + 1 :] if f.paragraph == nxt.paragraph]
                end = group[-1].last_char
                text = s.source
                while end > nxt.first_char and text[end - 1] in "。！":
                    end -= 1
                c = Candidate(
                    nxt, "block", end, (s.first_char + tail.start(), s.last_char), {"class": "say"}, left=nxt.first_char
                )
                here = _subjects(s, names)
                out.setdefault(nxt.index, []).append((c, here[0] if here else None))
        i += 1
    return out
