"""Reasons: what ingest writes is told in plain words of both languages, without its codes."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from iibun.i18n import LANGUAGES, Language, strings
from iibun.i18n.reasons import _PATTERNS, sentences
from ingest.dates import grammar
from kg.vocab import ENTITY_CLASSES

#: One of each kind, as ingest writes it.
WRITTEN = [
    "cue と述べた, row 述べる", "cue によると", "in quotation marks", "said by the article itself", "content 0.93", "or 青葉電機 0.21", "or nobody 0.12",
    "or somebody without a name 0.33",
    "source 三条望 0.98", "modality probable, prediction 0.73", "the article has no date, so 来年 cannot be told",
    "recogniser 0.98", "GiNZA Position_Vocation", "alias table グーグル (Organization)", "alias table: Product", "alias table only: 火星",
    "米 before an office", "before an office", "米 before a name", "米 before a common noun", "米 before 大手", "before 社長", "after 企業",
    "in quotation marks after a kind of Product", "after a kind of Event", "beside another, after a stroke", "the country of アドリ",
    "without the country エジプト", "the post before 市長", "without the post ローマ", "with the rest of its words",
    "with the body that it names", "part of 三条望", "a part of it is a firm by what follows", "short for a firm", "a firm by what follows",
    "by the kind of thing before it", "in brackets after 三条望", "article: 青葉 is Organization elsewhere", "article: 青葉 is named elsewhere",
    "article: short for 青葉電機", "alias of 青葉電機 in brackets", "short for 青葉電機", "another spelling of a person's name",
    "彼: stands out most (1.2)", "両社: stand out most", "両社: named side by side", "両社: as before", "当社: speaks for itself",
    "私: spoken by 三条望", "同 and the end of 監視委員会", "money", "percent", "count", "duration", "range", "implied-year", "implied-month",
    "implied-week", "forward", "until", "from", "before", "undated", "undated-past", "pair model 0.93",
    "same organization: 青葉電機", "same office: 社長", "its organization is named: 青葉電機", "both name: 青葉電機",
    "other office: 社長 / 会長", "one row of the alias table: 青葉電機", "same name but for its form: 青葉電機",
    "other legal form: 株式会社 / 有限会社", "called so elsewhere: 青葉", "in another script: ケストレル", "part of the name: 印西市",
    "the same person holds an office: 三条望", "with its prefecture: 千葉県印西市", "with its maker: 青葉", "share the name 三条",
    "several fit", "two of one article", "source 三条望, as its sentence or list names it", "read by 千早",
]  # fmt: skip


@pytest.mark.parametrize(
    "written", [*WRITTEN, *(rule for rule, _ in grammar.rules()), "year-range", "month-word-range"]
)
def test_no_code_is_left(written: str) -> None:
    (japanese,), (english,) = sentences([written], "ja"), sentences([written], "en")
    assert not re.findall("[A-Za-z]{3,}", japanese.replace("GiNZA", "")) and re.search("[ぁ-ん]", japanese)
    assert english != written and not re.search(r"\w-(?:verb|word|any|adn)|\brow\b|規則|rule", english)


def test_what_is_the_same_but_for_how_sure_it_is_is_told_once() -> None:
    many = [f"recogniser 0.{n}" for n in (99, 97, 93, 98, 99, 92, 96, 95, 94)] + ["GiNZA Person", "GiNZA N_Person"]
    assert sentences(many, "ja") == [
        "前後の文脈から名前と判断しました（確信度 92～99%）",
        "別の解析ソフト（GiNZA）も名前と判断しました",
    ]


def test_what_is_unknown_is_told_as_it_is() -> None:
    for lang in LANGUAGES:
        assert sentences(["人が書いた理由", "{0} is a reason"], lang) == ["人が書いた理由", "{0} is a reason"]
    assert sentences(["org-title-person"], "ja") == ["文の形から読み取りました（規則 org-title-person）"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_pattern_has_its_words_and_all_words_a_pattern(lang: Language) -> None:
    rows = {key: row[lang] for key, row in strings("reasons").items() if not key.startswith("day-")}
    assert set(rows) == {key for key, _ in _PATTERNS}
    for key, pattern in _PATTERNS:
        wanted = {field for _, field, _, _ in string.Formatter().parse(rows[key]) if field}
        assert wanted == set(re.compile(pattern).groupindex), key


def test_every_type_of_name_has_its_word() -> None:
    for kind in ENTITY_CLASSES:
        assert sentences([f"alias table: {kind}"], "en") == [f"The list of known names gives its type: {kind}"]


def test_what_ingest_writes_is_known() -> None:
    """A new f-string that is put among reasons needs a pattern here and its words in reasons.json."""
    source = "\n".join(
        p.read_text("utf-8") for p in sorted((Path(__file__).parents[1] / "ingest" / "entities").glob("*.py"))
    )
    added = re.findall(r'reasons\.append\((?:f?)"([^"]+)"\)', source)
    assert len(added) > 8
    for template in added:
        written = re.sub(r"{best}|{row\.type}", "Person", template)
        written = re.sub(r"{f\.confidence[^}]*}", "0.98", written)
        written = re.sub(r"{[^}]+}", "青葉", written)
        assert sentences([written], "ja") != [written], template
