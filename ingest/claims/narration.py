"""What the narrator announces or expects: headlines, and clauses without a cue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.claims.candidates import Candidate, verb_rows
from ingest.claims.frame import Predicate, Sentence
from ingest.claims.phrases import heard

_HEADING_END = re.compile(r"(へ|も|か|に|見通し|予定|方針|計画|意向|見込み|を検討|決定|発表)$")

_DASH = re.compile(r"\s?[-‐–—―－]\s?(?=[^-‐–—―－]{6,}$)")


def headings(s: Sentence) -> Iterator[Candidate]:
    """A headline that announces: 「A、Bへ」, 「〜」とC氏, A「…」."""
    if not s.heading:
        return
    text = s.text
    if re.search(r"(予定|計画|方針|見通し|見込み|意向|延期|下旬|上旬|中旬|月|年|日)$", text) and not s.depth[-1]:
        yield Candidate(
            s,
            "heading-to",
            s.last_char,
            None,
            {"class": "plan", "modality": "intended"},
            floor=s.first_char,
            notes={"end-noun"},
        )
    elif s.tags[-1].startswith("名詞-普通名詞-サ変") and not s.depth[-1]:
        # 〜、7月から有料化; 〜、日曜日にデビュー
        yield Candidate(
            s, "heading-noun", s.last_char, None, {"class": "plan", "noun": s.tokens[-1].lemma_}, floor=s.first_char
        )  # fmt: skip
    m = _DASH.search(text)
    if m and m.start() >= 6 and not s.depth[s.token_at(s.first_char + m.start())]:
        # 日輪鉄道、来春から全線で値上げへ-通勤定期も対象
        yield Candidate(
            s, "heading-to", s.first_char + m.start(), None, {"class": "plan", "modality": "intended"}, floor=s.first_char,
            notes={"dash"} | ({"end-へ"} if text[m.start() - 1] == "へ" else set()),
        )  # fmt: skip
    m = re.search(r"(へ|も|か)$", text)
    if m and not s.depth[-1]:
        end = s.last_char
        yield Candidate(
            s,
            "heading-to",
            end,
            None,
            {"class": "plan", "modality": "intended"},
            floor=s.first_char,
            notes={"end-" + m.group()},
        )
    m = re.search(r"[=＝]\s*([^=＝]{2,14})$", text)
    if m:
        yield Candidate(
            s,
            "heading-source",
            s.first_char + m.start(),
            None,
            {"class": "say"},
            left=s.first_char,
            source_at=(s.first_char + m.start(1), s.last_char),
        )
    m = re.search(r"\s[-‐–—―ー]\s+([^-–—]{2,16})$", text)
    if m:
        yield Candidate(
            s,
            "heading-source",
            s.first_char + m.start(),
            None,
            {"class": "say"},
            left=s.first_char,
            source_at=(s.first_char + m.start(1), s.last_char),
        )
    for b in s.outer_quotes:
        if b.inner_end - b.inner_start >= 6:
            yield Candidate(s, "heading-quote", b.inner_end, None, {"class": "say"}, left=b.inner_start, quote=b)


_ADDRESS = re.compile(
    r"(?:[くて]ださい|[くて]下さい|ありがとうございます|お願い(?:いた)?します|申し上げます)$"
)  # to the reader
_DATED = re.compile(r"[』」]、(?:\d{4}年)?\d{1,2}月\d{1,2}日(?:号|付)?$")  # a reference: 『海原日報』、2025年6月3日


_HABIT = re.compile(
    r"毎[年月週日朝晩夕]|\d(?:分|時間|日|週間|か月|カ月|年)(?:おき|ごと)に|例年|普段|ふだん|日ごろ|いつも"
)
_AHEAD = re.compile(
    r"来[年月週春夏秋冬期]|今後|将来|以降|新たに|から毎|見通し|見込み|予定|計画|方針|だろう|可能性|20\d\d年|[0-9０-９]年度"
)


_HEDGE = re.compile(r"(?:可能性|恐れ|おそれ|懸念|危険性?|見通し|見込み|公算|余地)[がもは]$")


def _hedged(s: Sentence, p: Predicate) -> bool:
    """Whether a clause says how likely it is: 〜する可能性があり、."""
    return bool(_HEDGE.search(s.source, s.first_char, s.char(p.head)))


def narrated(s: Sentence) -> Iterator[Candidate]:
    """The narrator's own predictions: every clause that ends without a cue in the non-past."""
    if s.heading:
        return
    end = s.last_char
    text = s.source
    while end > s.first_char and text[end - 1] in "。．！!":
        end -= 1
    if end - s.first_char < 8 or (s.depth[-1] and text[end - 1 : end] in "」』"):
        return
    last = None
    for p in s.predicates:
        if s.char(p.stop) >= end - 8:
            last = p
    if last is not None and not s.depth[last.head] and any(r["class"] == "say" for r in verb_rows(s, last)):
        return  # 栗栖さんは次のように語る
    tail = text[max(s.first_char, end - 14) : end]
    if _ADDRESS.search(tail) or _DATED.search(text, s.first_char, end):
        return
    if _HABIT.search(text, s.first_char, end) and not _AHEAD.search(text, s.first_char, end):
        return  # 列車は10分おきに走る
    if re.search(r"(た|だった|ました|でした|ている|ていた|ています|ておりません|ている最中)$", tail) and not re.search(
        r"(見通し|見込み|予定|だろう|可能性|計画|方針)", tail
    ):
        return
    if any(heard(s, k) for k in range(max(0, len(s.tokens) - 5), len(s.tokens))):
        return  # 次は来春だそうです: somebody told the narrator
    if re.search(r"(た|だ|ている)ことに(なる|なります)$", tail):
        return  # 2年で3割減ったことになる: a sum, no forecast
    notes = set()
    if re.search(r"(だろう|でしょう|であろう)$", tail):
        notes.add("darou")
    elif re.search(r"(可能性|恐れ|おそれ|懸念)[がもは]", tail) or re.search(
        r"(かもしれ|かねな|あり得|ありう|うる$)", tail
    ):
        notes.add("possible")
    elif re.search(r"(見通し|見込み|公算|必至|不可避|確実)(だ|である|です|となっ|$)", tail):
        notes.add("expect")
    elif re.search(r"(予定|計画|方針|構え|考え|つもり|意向|狙い)(だ|である|です|$)", tail):
        notes.add("plan")
    elif re.search(r"(ことに(なる|なっている|する|している|なった|した))$", tail):
        notes.add("kotoni")
    else:
        notes.add("plain")
    yield Candidate(s, "narrated", end, None, {"class": "narrated"}, floor=s.first_char, predicate=last, notes=notes)
    for p in s.predicates:
        if (
            p.form in ("but", "renyo")
            and not p.past
            and s.char(p.stop) < end - 8
            and (p.form == "but" or p.passive or p.negated or p.lemma.endswith("する") or _hedged(s, p))
            and s.char(p.stop) - s.first_char > 10
        ):
            yield Candidate(
                s, "clause", s.char(p.stop), None, {"class": "narrated"}, floor=s.first_char, predicate=p, marker=p.stop,
                notes={"form-" + p.form},
            )  # fmt: skip
