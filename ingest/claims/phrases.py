"""Xによると、…; 〜という。 〜とのことだ。 発表した決算は…."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ingest import lexicon
from ingest.claims.candidates import Candidate, right_of
from ingest.claims.frame import Sentence


@cache
def _particles() -> re.Pattern[str]:
    phrases = sorted((row["phrase"] for row in lexicon.rows("particle_frames")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases)))


_TOLD = re.compile(r"(?<=[うくすつぬむるいただん」])と(?:いう|のこと(?:だ|です|である)?)$")


def particles(s: Sentence) -> Iterator[Candidate]:
    """Xによると、…: what follows to the end of the sentence (or of its first clauses)."""
    text = s.text
    matches = [m for m in _particles().finditer(text) if not s.depth[s.token_at(s.first_char + m.start())]]
    for i, m in enumerate(matches):
        if m.start() == 0:
            continue
        a, b = s.first_char + m.start(), s.first_char + m.end()
        if b < s.last_char and s.char(s.token_at(b)) != b:
            continue  # 大沼によるとっさの判断
        begin = b
        while begin < s.last_char and s.source[begin] in "、，, 　":
            begin += 1
        end = s.last_char
        notes = set()
        if i + 1 < len(matches):
            # the next source takes over at the clause that holds it
            nxt = s.token_at(s.first_char + matches[i + 1].start())
            for p in reversed(s.predicates):
                if p.stop <= nxt and p.form in ("but", "te", "renyo", "other", "reason", "bare"):
                    end = s.char(p.stop)
                    notes.add("cut-by-next")
                    break
            inner = s.first_char + matches[i + 1].start()
            if not notes and not any(begin <= s.char(p.head) < inner for p in s.predicates):
                notes.add("chain")  # A紙によると、B署の調べでは…: B署 is who is committed
        while end > begin and s.source[end - 1] in "。、，．":
            end -= 1
        if told := _TOLD.search(s.source, begin, end):
            end = told.start()  # よると…したという: twice told
        if end - begin < 4:
            continue
        row = next(r for r in lexicon.rows("particle_frames") if r["phrase"] == m.group())
        seen_cut = False
        for p in s.predicates:
            # 〜しており、同庁は…方針だ: the first clause alone
            if (
                s.char(p.head) > begin
                and s.char(p.stop) < end - 8
                and not seen_cut
                and (
                    p.form == "but"
                    or (p.form in ("renyo", "te") and p.stop < len(s.tokens) and s.texts[p.stop] in ("、", "，"))
                )
            ):
                right = s.char(p.stop)
                if right - begin >= 10:
                    seen_cut = p.form == "but"
                    yield Candidate(
                        s, "particle-cut", right, (a, b), {"class": "particle", **row}, floor=begin, marker=p.stop,
                        source_at=(_noun_start(s, s.token_at(a)), a), notes={"form-" + p.form}, predicate=None,
                    )  # fmt: skip
        yield Candidate(
            s, "particle", end, (a, b), {"class": "particle", **row}, floor=begin, marker=s.token_at(a),
            source_at=(_noun_start(s, s.token_at(a)), a), notes=notes,
        )  # fmt: skip


def asides(s: Sentence) -> Iterator[Candidate]:
    """(Xによると…): what the words in round brackets report, apart from the sentence around them."""
    for b in s.quotes:
        if b.mark not in "（(" or b.depth:
            continue
        found = _particles().search(s.source, b.inner_start + 1, b.inner_end)
        if found is None:
            continue
        begin, end = found.end(), b.inner_end
        while begin < end and s.source[begin] in "、，, 　":
            begin += 1
        while end > begin and s.source[end - 1] in "。、，．":
            end -= 1
        if end - begin >= 4 and "。" not in s.source[begin:end]:
            row = next(r for r in lexicon.rows("particle_frames") if r["phrase"] == found.group())
            yield Candidate(
                s, "particle", end, found.span(), {"class": "particle", **row}, left=begin, floor=begin,
                marker=s.token_at(found.start()), source_at=(b.inner_start, found.start()), notes={"aside"},
            )  # fmt: skip


def _noun_start(s: Sentence, k: int) -> int:
    """Start of the noun phrase that ends before token ``k`` (with modifiers, back to a topic or a comma after a clause)."""
    j = k - 1
    while j >= 0:
        t, tag = s.texts[j], s.tags[j]
        if s.depth[j]:
            j -= 1
            continue
        if tag.startswith("接続詞") or (t in ("は", "が", "も", "を") and tag.startswith("助詞")):
            return s.char(j + 1)
        if t in ("、", "，") and j and s.tags[j - 1].startswith(("助詞-接続", "助動詞", "動詞", "接続詞", "副詞")):
            return s.char(j + 1)
        j -= 1
    return s.first_char


def hearsay(s: Sentence) -> Iterator[Candidate]:
    """〜という。 〜とのことだ。 〜そうだ。 〜とされる, 〜とみられる, 〜と予想される."""
    predicates = s.predicates
    n = len(s.tokens)
    for p in predicates:
        k = p.head
        if not k:
            continue
        if (
            p.lemma in ("いう", "言う")
            and s.texts[k - 1] == "と"
            and p.form in ("final",)
            and not p.past
            and not p.passive
        ):
            right = right_of(s, k - 1)
            yield Candidate(
                s,
                "hearsay",
                right,
                (s.char(k - 1), s.char(p.stop)),
                {"class": "say", "verb": "という"},
                predicate=p,
                marker=k - 1,
            )
    yield from _reported(s)
    m = re.search(r"と(のこと|いうこと|の由)(だ|です|である)?。?$", s.text)
    if m and not s.depth[s.token_at(s.first_char + m.start())]:
        a = s.first_char + m.start()
        yield Candidate(s, "hearsay", a, (a, s.last_char), {"class": "say", "verb": "とのこと"}, marker=s.token_at(a))
    m = re.search(r"(模様|もよう|様子)(?:だ|です|である|。|$)|(模様|もよう)(?=で|だが)", s.text)
    if m and (m.end() >= len(s.text) - 2 or m.group(2)) and n > 3:
        k = s.token_at(s.first_char + m.start())
        if not s.depth[k] and k:
            yield Candidate(
                s, "moyou", s.end_char(k - 1), (s.char(k), s.end_char(k)),
                {"class": "expect", "verb": "模様", "modality": "probable"}, marker=k,
            )  # fmt: skip


def heard(s: Sentence, k: int) -> bool:
    """Whether token ``k`` is the そう of hearsay (消えたそうです), not that of likelihood (消えそうです)."""
    return s.texts[k] == "そう" and s.tags[k] == "名詞-助動詞語幹"


def _reported(s: Sentence) -> Iterator[Candidate]:
    """〜そうだ after a finite form: what the narrator was told."""
    for k in range(3, len(s.tokens)):
        if not s.depth[k] and heard(s, k):
            stop = k + 1
            while stop < len(s.tokens) and s.tags[stop].startswith("助動詞"):
                stop += 1
            yield Candidate(
                s,
                "hearsay",
                s.end_char(k - 1),
                (s.char(k), s.end_char(stop - 1)),
                {"class": "say", "verb": "そうだ"},
                marker=k,
            )


_KOTONI = ("なる", "成る", "する", "決まる", "決める", "決定する", "変更する", "内定する", "落ち着く")


def decisions(s: Sentence) -> Iterator[Candidate]:
    """〜ことになった, 〜ことにしている: what was decided, without a word of deciding."""
    for p in s.predicates:
        k = p.head
        if (
            p.lemma in _KOTONI
            and k >= 3
            and s.texts[k - 1] in ("に", "と")
            and s.texts[k - 2] in ("こと", "事")
            and s.tags[k - 3].startswith(("動詞", "助動詞"))
            and p.form in ("final", "but", "renyo", "te", "other")
        ):
            yield Candidate(
                s, "kotoni", s.end_char(k - 3), (s.char(k - 2), s.char(p.stop)),
                {"class": "plan", "verb": "ことに" + p.lemma, "modality": "intended"}, predicate=p, marker=k - 2,
                notes={"past" if p.past else "now"},
            )  # fmt: skip


_RESULTS = re.compile(
    r"(発表|公表|公開)した[^。、]*?(決算|業績|結果|統計|調査|報告書|実績|データ|数値)[^。、]{0,14}は、?"
)


_REVISED = re.compile(r"(予想|見通し|目標|計画|株価|想定|為替レート)")


_REVISE = {"下方修正する", "上方修正する", "修正する", "引き上げる", "引き下げる", "見直す", "据え置く", "引上げる"}


def results(s: Sentence) -> Iterator[Candidate]:
    """発表した決算は、…だった; 予想を…に下方修正した."""
    m = _RESULTS.search(s.text)
    if m and not s.depth[s.token_at(s.first_char + m.end() - 1)]:
        end = s.last_char
        while end > s.first_char and s.source[end - 1] in "。、":
            end -= 1
        a = s.first_char + m.start()
        yield Candidate(
            s, "results", end, (a, a + 4), {"class": "announce", "verb": "発表した…は"}, floor=s.first_char + m.end(),
            left=s.first_char + m.end(),
        )  # fmt: skip
    for p in s.predicates:
        if p.lemma in _REVISE and p.form in ("final", "renyo", "but", "te"):
            before = s.source[max(s.first_char, s.char(p.head) - 90) : s.char(p.head)]
            if _REVISED.search(before):
                yield Candidate(
                    s, "revision", s.char(p.head), (s.char(p.head), s.char(p.stop)),
                    {"class": "expect", "verb": p.lemma, "modality": "probable"}, predicate=p, marker=p.head,
                )  # fmt: skip
