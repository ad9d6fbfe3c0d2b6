"""What is read and where sentences are: offsets stay those of the source."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean
from kg import lexicon

SENTENCES = [
    # text, sentences (stripped)
    ("一つ目だ。二つ目だ。", ["一つ目だ。", "二つ目だ。"]),
    ("社長は「買う。必ずだ。」と述べた。次だ。", ["社長は「買う。必ずだ。」と述べた。", "次だ。"]),
    ("見出しの一行\n本文だ。", ["見出しの一行", "本文だ。"]),
    ("本当か？と聞いた。そうだ！と答えた。", ["本当か？と聞いた。", "そうだ！と答えた。"]),
    ("本当か？そうだ。", ["本当か？", "そうだ。"]),
    ("閉じない「引用だ。次の文だ。", ["閉じない「引用だ。", "次の文だ。"]),
    ("Yahoo!は増益だ。", ["Yahoo!は増益だ。"]),
    ("彼は言った。\n\n「始めよう。」", ["彼は言った。", "「始めよう。」"]),
    ("値は３．５％だ．次だ．", ["値は3．5%だ。", "次だ。"]),
    ("甲社，乙社が参加した。", ["甲社、乙社が参加した。"]),
    ("II. 新しい協定の中身 甲社と乙社は提携した。", ["II. 新しい協定の中身", "甲社と乙社は提携した。"]),
    ("終わった。 - 検索: 甲社の広告は成熟した。", ["終わった。", "- 検索:", "甲社の広告は成熟した。"]),
    ("山田 太郎氏は反対した。", ["山田 太郎氏は反対した。"]),
    ("甲社の API は 2030 年まで無料だ。", ["甲社の API は 2030 年まで無料だ。"]),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_sentences(text: str, expected: list[str]) -> None:
    cleaned = clean(text)
    assert [e.of(cleaned.text).strip() for e in cleaned.sentences] == expected


def test_headings_are_told_apart() -> None:
    text = "甲社が増産へ\n甲社は増産する。\nIII. 背景にある電力 電力が足りない。"
    cleaned = clean(text)
    assert [e.of(text).strip() for e in cleaned.headings] == ["甲社が増産へ", "III. 背景にある電力"]


@pytest.mark.parametrize("row", lexicon.rows("furniture"), ids=lambda r: r["example"])
def test_furniture_rows(row: dict[str, str]) -> None:
    story = "甲社は増産すると述べた。"
    for text in (f"{story}\n{row['example']}", f"{story}{row['example']}\n{story}"):
        read = clean(text).text
        assert len(read) == len(text)
        assert row["example"] not in read
        assert story in read
    assert not clean(f"{story}\n{row['counterexample']}").furniture
    re.compile(row["pattern"])


@given(
    st.text(
        alphabet=st.sampled_from(list('あ漢ア「」『』（）()"“”。！？?!\n\r\t 　Ａ1１％，．-・:：IV.𠮷😀ｶﾞé')),
        max_size=200,
    )
)
def test_offsets_survive_anything(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.text) == len(text)
    if text:
        assert cleaned.sentences[0].start == 0
        assert cleaned.sentences[-1].end == len(text)
    assert all(a.end == b.start for a, b in zip(cleaned.sentences, cleaned.sentences[1:], strict=False))
    for q in cleaned.quotations:
        assert q.outer.start + 1 == q.inner.start <= q.inner.end == q.outer.end - 1
