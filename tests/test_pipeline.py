"""Real GiNZA with our components: offsets hold for any text."""

from typing import Any

import pytest

from ingest import extract
from ingest.pipeline import parse
from kg.model import Article
from tests.odd_text import faults

ODD = {
    "one character": "あ",
    "one digit": "7",
    "white space": " \n\t\r\n　",
    "unclosed quotation": "社長は「必ずやる。投資もすると述べた。次の文だ。",
    "closing marks alone": "」』）)”。」",
    "only Latin": "Microsoft announced that it will invest $80 billion in 2025. OK?",
    "only digits": "1234567890" * 20,
    "emoji and combining marks": "社長は👩‍💻「がんばる́」と述べた🎉。が\u3099",
    "astral kanji": "𠮷野家の𠮷田社長は「𩸽を出す」と述べた。",
    "half-width katakana": "ﾏｲｸﾛｿﾌﾄは値上げすると発表した。",
    "tabs and CRLF": "甲社は\t増産する\r\nと述べた。\r\n\r\n乙社も続く。\r\n",
    "one long sentence": "甲社は、" + "増産し、" * 3000 + "と述べた。",
    "many quotes": "「" * 500 + "はい" + "」" * 500 + "と述べた。",
    "bidi and zero width": "社長\u200bは\u202e「買う」\u202cと述べた。",
    "lone surrogate": "社長は\ud800「買う」と述べた。",
    "marks for names": "「'」は利益が3億円だと述べた。’は増産すると発表した。'によると、「・」は2027年に撤退する。「」は黒字だと青葉電機は説明した。ーは「やる」と語った。",
    "control characters": "社長は\x00「買う」\x07と述べた。",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_text_survives(nlp: Any, text: str) -> None:
    report = extract(Article(text), nlp)
    assert report.article.text == text
    assert faults(report, text) == []
    for extent in [m.extent for m in report.mentions] + [c.content for c in report.claims]:
        assert extent.of(text)


def test_sentence_starts_are_ours(nlp: Any) -> None:
    text = "ナデラ氏は「場所がない。温室を建てる場所がないのだ。」と述べた。次だ。"
    doc = parse(nlp, Article(text))
    assert [s.text for s in doc.sents] == [text[:-3], "次だ。"]


def test_reading_is_deterministic(nlp: Any) -> None:
    article = Article("甲社の山田太郎社長は、2030年までに売上高を27%増やす方針だと述べた。乙社は反対している。")
    assert extract(article, nlp) == extract(article, nlp)


def test_what_is_not_japanese_is_told(nlp: Any) -> None:
    report = extract(Article("彼は続けると述べた。\nThe rest of this article is in English only."), nlp)
    assert any("not read: 1 passage" in line for line in report.dropped)
