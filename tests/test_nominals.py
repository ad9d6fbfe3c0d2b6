"""For whom a noun without a name may stand: by title, end of a name, short form, or a sentence with both."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ingest.nominals import antecedents, nominals
from ingest.nominals.antecedents import spelt_out
from ingest.nominals.candidates import core_of, is_self, shortens
from ingest.nominals.named import Names
from ingest.pipeline import load, parse
from ingest.reader.units import units_of
from kg import lexicon
from kg.model import Article, Entity, EntityType, Extent, Mention

CASES = [
    # text, names with their types, the noun (its last place in the text), whom it may stand for
    ("外務省のハーラン特使は帰国した。特使は語った。", {"ハーラン": "Person"}, "特使", {"ハーラン": "title"}),
    ("館長の三船葉子さんは黙った。館長は去った。", {"三船葉子": "Person"}, "館長", {"三船葉子": "title"}),
    ("患者の会「こだま」が集まった。患者の会は求めた。", {"こだま": "Organization"}, "患者の会", {"こだま": "title"}),
    ("北瀬町は反対した。町側は説明した。", {"北瀬町": "Place"}, "町側", {"北瀬町": "end"}),
    ("真瀬町教育委員会が開いた。町教委は決めた。", {"真瀬町教育委員会": "Organization"}, "町教委", {"真瀬町教育委員会": "short"}),
    ("青葉電機は声明を出した。声明は否定した。", {"青葉電機": "Organization"}, "声明", {"青葉電機": "beside"}),
    ("運輸相「遺憾だ」\n運輸相の桐島修氏が述べた。", {"桐島修": "Person"}, "運輸相", {"桐島修": "title"}),
    # nobody: another's title, another kind of body, a name that merely holds the characters
    ("ハーラン特使は帰国した。大使は語った。", {"ハーラン": "Person"}, "大使", {}),
    ("北瀬町は反対した。県側は説明した。", {"北瀬町": "Place"}, "県側", {}),
    ("真瀬町教育委員会が開いた。町議会は決めた。", {"真瀬町教育委員会": "Organization"}, "町議会", {}),
    ("青葉電機は発表した。\n声明は否定した。", {"青葉電機": "Organization"}, "声明", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "types", "noun", "wanted"), CASES)
def test_whom_a_noun_may_stand_for(text: str, types: dict[str, str], noun: str, wanted: dict[str, str]) -> None:
    mentions = [
        Mention(Extent(at, at + len(name)), name)
        for name in types
        for at in range(len(text))
        if text.startswith(name, at)
    ]
    names = Names([Entity(name, kind, name) for name, kind in types.items()], mentions)
    at = text.index(noun) if text.startswith(noun) and "\n" in text else text.rindex(noun)
    assert dict(names.stands_for(noun, at, text)) == wanted


@pytest.mark.parametrize(
    ("words", "core"),
    [("同特使", "特使"), ("町側", "町"), ("前会長", "会長"), ("側", "側"), ("市の側", "市"), ("遺族ら", "遺族")],
)
def test_what_points_is_left_out(words: str, core: str) -> None:
    assert core_of(words) == core


@pytest.mark.parametrize(
    ("words", "name", "wanted"),
    [
        ("安保理", "国連安全保障理事会", True),
        ("日銀", "日本銀行", True),
        ("日銀", "日本", False),
        ("県警", "県警", False),
    ],
)
def test_short_forms(words: str, name: str, wanted: bool) -> None:
    assert shortens(words, name) is wanted


def test_whoever_was_spoken_of() -> None:
    assert is_self("本人") and not is_self("特使")


def test_what_is_said_alone_is_not_a_whole_name() -> None:
    said = antecedents._alone()
    assert all(said.fullmatch(row["example"]) for row in lexicon.rows("alone"))
    assert not said.fullmatch("青海県警") and not said.fullmatch("監督")


@pytest.mark.parametrize("row", lexicon.rows("shortened"), ids=lambda r: r["short"] + r["long"])
def test_every_short_end_is_spelt_out(row: dict[str, str]) -> None:
    if row["of"] == "body":
        assert row["example"].endswith(row["short"]) and spelt_out(row["example"]).endswith(row["long"])
    else:
        assert row["short"].endswith("相") and row["long"].endswith("大臣")


def _rows(of: str) -> list[dict[str, str]]:
    return [row for row in lexicon.rows("antecedents") if row["of"] == of]


def _named(text: str, name: str) -> Names:
    mentions = [Mention(Extent(m.start(), m.end()), name) for m in re.finditer(name, text)]
    return Names([Entity(name, "Organization", name)], mentions)


@pytest.mark.parametrize("row", lexicon.rows("antecedents"), ids=lambda r: f"{r['of']} {r['text']}")
def test_every_noun_that_is_somebodys_is_in_its_example(row: dict[str, str]) -> None:
    assert row["example"].removesuffix("側").endswith(row["text"])


@pytest.mark.parametrize("row", [*_rows("paper"), *_rows("company")], ids=lambda r: r["text"])
def test_a_paper_is_its_issuers_and_a_side_the_companys(row: dict[str, str]) -> None:
    done = f"{row['text']}を出した" if row["of"] == "paper" else "値下げした"
    text, words = f"青葉電機は{done}。{row['example']}は否定した。", row["example"]
    assert antecedents.known_by(_named(text, "青葉電機"), words, text, text.rindex(words), {})[0] == "青葉電機"


@pytest.mark.parametrize("row", _rows("other"), ids=lambda r: r["text"])
def test_a_body_that_is_no_company(row: dict[str, str]) -> None:
    name = "青葉" + row["text"]
    text = f"{name}は決めた。会社側は説明した。"
    assert antecedents.known_by(_named(text, name), "会社側", text, text.index("会社側"), {})[0] is None


@pytest.mark.parametrize("row", _rows("body"), ids=lambda r: r["text"])
def test_a_body_may_be_said_without_the_middle_of_its_name(row: dict[str, str]) -> None:
    name, words = f"独立青葉管理{row['text']}", f"青葉{row['text']}"
    text = f"{name}は決めた。{words}は説明した。"
    assert antecedents.known_by(_named(text, name), words, text, text.rindex(words), {})[0] == (
        name if len(words) > 3 else None
    )


def test_the_company_of_an_article_is_no_other_body() -> None:
    text = "青葉省は決めた。青葉電機は従った。青葉電機は値下げした。会社側は説明した。"
    types = {"青葉省": "Organization", "青葉電機": "Organization"}
    mentions = [Mention(Extent(m.start(), m.end()), m[0]) for m in re.finditer("青葉(?:省|電機)", text)]
    names = Names([Entity(name, kind, name) for name, kind in types.items()], mentions)
    assert antecedents.known_by(names, "会社側", text, text.index("会社側"), {}) == ("青葉電機", "short-form")
    assert antecedents.known_by(names, "会社側", text, text.index("青葉電機"), {})[0] is None


@pytest.fixture(scope="module")
def ginza() -> Any:
    return load(components=False)


@pytest.mark.parametrize(
    ("text", "name", "kind", "words", "meant"),
    [
        # what is said alone for the body of that kind that was named before
        ("青海県警が男を逮捕した。県警は原因を調べるとした。", "青海県警", "Organization", "県警", True),
        ("火は青海高校で出た。同校は原因を調べるとした。", "青海高校", "Organization", "同校", True),
        ("青海市で火が出た。市は原因を調べるとした。", "青海市", "Place", "市", True),
        ("青海県警が男を逮捕した。市は原因を調べるとした。", "青海県警", "Organization", "市", False),
        # a title, for who bears it
        ("大槻健報道官が壇上に立った。報道官は否定した。", "大槻健", "Person", "報道官", True),
        ("大槻健学長が壇上に立った。学長は否定した。", "大槻健", "Person", "学長", True),
        ("大槻健学長が壇上に立った。理事長は否定した。", "大槻健", "Person", "理事長", False),
        # the same by an abbreviation, a side, a class that it was introduced with
        ("青海町教育委員会が開いた。町教委は決めた。", "青海町教育委員会", "Organization", "町教委", True),
        ("みどり物産が閉鎖を発表した。会社側は補償するとした。", "みどり物産", "Organization", "会社側", True),
        ("患者団体「こだま」が集まった。団体は反対している。", "こだま", "Organization", "団体", True),
        # whoever was spoken of, whose paper it is, who was called so
        ("大槻健さんが壇上に立った。本人は否定した。", "大槻健", "Person", "本人", True),
        ("大槻健さんが壇上に立った。日本人は驚いた。", "大槻健", "Person", "日本人", False),
        ("みどり物産は声明を出した。声明は反論している。", "みどり物産", "Organization", "声明", True),
        ("みどり物産は反論した。声明は別の会社のものだった。", "みどり物産", "Organization", "声明", False),
        # what is no subject, nor says anything
        ("青海市で火が出た。市の花を植えた。", "青海市", "Place", "市", False),
    ],
)
def test_who_is_meant_by_a_noun_that_may_speak(
    ginza: Any, text: str, name: str, kind: EntityType, words: str, meant: bool
) -> None:
    mentions = [Mention(Extent(m.start(), m.end()), "e1") for m in re.finditer(name, text)]
    units = units_of(parse(ginza, Article(text)))
    found = nominals(units, [Entity("e1", kind, name)], mentions)
    assert (words in {units.extent(n.first, n.last).of(text) for n in found}) is meant
