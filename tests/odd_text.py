"""Hostile articles as a strategy, and what must hold of whatever is read from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from kg.model import Extent, Report

#: What stands between the words: marks that open, close, join, hide, break, combine.
MARKS = (
    "「", "」", "『", "』", "（", "）", "(", ")", "“", "”", "\"", "'", "。", "、", "，", "．", "！", "？", "!?", "…", "——", "・", "：", "／", "〜", "ー",
    "\n", "\r\n", "\r", "\t", " ", "　", "\u200b", "\u202e", "\u202c", "\ufeff", "\u2028", "\x00", "\x07", "\x85", "\ud800", "\udfff", "\u3099", "\u309a", "\u0301",
    "\ufe0f", "\U000e0100", "👩‍👩‍👧", "🇯🇵", "😀", "￥", "%", "％", "$", "■", "▲", "※", "＊", "→", "①", "〇", "々", "ゝ", "〆",
)  # fmt: skip
#: Words on which our components work.
WORDS = (
    "社長は", "同社は", "彼女は", "両社", "山田太郎氏", "田中", "マイクロソフト", "Microsoft", "OpenAI", "株式会社ミナト", "ﾏｲｸﾛｿﾌﾄ", "𠮷野家", "髙﨑", "GPT-5", "737 MAX",
    "国防高等研究計画局（DARPA）", "日本銀行", "東京都", "と述べた", "と発表した。", "によると", "との見方を示した", "方針だ", "計画を", "とみられる", "見通し", "〜としている", "ことを明らかにした",
    "求めた", "否定した", "ではなく", "だろうか", "かもしれない", "2030年までに", "来年末", "先週金曜日", "第3四半期", "令和8年", "２０２７　年度", "二〇三〇年", "数年以内", "3日", "13月45日",
    "1兆4000億ドル", "95億円弱", "約1,000万人", "二百億円", "2.4倍", "27%", "▲3.5ポイント", "99999999999999999999京円", "-5", "1,,000", "株式27%を取得", "提携し", "買収する", "CEOの",
    "is expected to", "the", "ｶﾞｷﾞ", "がぎ", "か゛", "ÅÄÖ", "한국어", "中文的", "русский", "עברית",
)  # fmt: skip
_runs = st.tuples(st.sampled_from([*MARKS, *WORDS, "あ", "ア", "漢", "A", "1", "１", "ｱ", "𩸽"]), st.integers(2, 60))
_characters = st.text(st.characters(), max_size=12)
#: Short articles in which any scripts and marks meet.
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(MARKS), st.sampled_from(MARKS), _characters,
        _runs.map(lambda run: run[0] * run[1]),
    ),
    min_size=1, max_size=40,
).map("".join).filter(bool)  # fmt: skip


def faults(report: Report, text: str) -> list[str]:
    """What does not hold of a report: extents outside the text or empty, names that nothing has, offsets in quads."""
    from kg.rdf import quads
    from kg.vocab import OA

    found = [
        f"{where}: {extent}" for where, extent in extents(report) if not 0 <= extent.start < extent.end <= len(text)
    ]
    if report.article.text != text:
        found.append("the text was changed")
    found += [f"dropped: {line}" for line in report.dropped if not line.startswith("not read")]
    known = {e.id for e in report.entities}
    used = {m.entity for m in report.mentions} | {
        s for c in report.claims for s in (*c.sources, *c.reporters, *c.about)
    }
    used |= {x for r in report.relations for x in (r.subject, r.object)} | {a for f in report.figures for a in f.about}
    found += [f"unknown entity {name}" for name in used - known]
    found += [f"claim {c.id}: confidence {c.confidence}" for c in report.claims if not 0 <= c.confidence <= 1]
    said = [w for c in report.claims for w in (*c.topics, *filter(None, [c.source_text]))]
    said += [w for e in report.entities for w in (e.label, *e.aliases)] + [
        f.measure for f in report.figures if f.measure
    ]
    found += [f"{words!r} names nothing" for words in said if not any(c.isalnum() for c in words)]
    values: dict[str, dict[str, str]] = {}
    for quad in quads(report):
        if quad.predicate in (OA.start, OA.end, OA.exact):
            name = quad.subject.value.rsplit("-", 1)[0]
            values.setdefault(name, {})[quad.predicate.value.rsplit("#", 1)[-1]] = quad.object.value
    for name, v in values.items():
        if set(v) == {"start", "end", "exact"} and written(text[int(v["start"]) : int(v["end"])]) != v["exact"]:
            found.append(f"{name}: {v['exact']!r} is not what stands there")
    return found


def written(text: str) -> str:
    """A text as the graph can hold it: what XML cannot is replaced, one character by one."""
    from kg.rdf import string

    value: str = string(text).value
    return value


def extents(value: Any, where: str = "report") -> Iterator[tuple[str, Extent]]:
    """Every extent within a report, with the names that lead to it."""
    if isinstance(value, Extent):
        yield where, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from extents(getattr(value, field.name), f"{where}.{field.name}")
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from extents(item, f"{where}[{n}]")
