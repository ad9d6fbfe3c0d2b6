"""Names made of names: bodies of a state, squads, parts of a police force; every row of their table."""

from __future__ import annotations

from typing import Any

import pytest

from ingest import compounds, shapes
from kg import lexicon
from kg.model import EntityType


@pytest.mark.parametrize(
    ("text", "name", "kind", "whole"),
    [
        ("日本代表は", "日本", "Place", "日本代表"),
        ("日本代表者は", "日本", "Place", None),
        ("ロシア政府は", "ロシア", "Place", "ロシア政府"),
        ("ロシア軍が", "ロシア", "Place", "ロシア軍"),
        ("ロシア軍事会社が", "ロシア", "Place", None),
        ("警視庁公安部は", "警視庁", "Organization", "警視庁公安部"),
        ("警視庁公安部長は", "警視庁", "Organization", None),
    ],
)
def test_bodies(text: str, name: str, kind: str, whole: str | None) -> None:
    end = compounds.body(text, 0, len(name), kind, country=kind == "Place")  # type: ignore[arg-type]
    assert (text[:end] if end else None) == whole


@pytest.mark.parametrize("row", lexicon.rows("bodies"), ids=lambda r: f"{r['of']} {r['example']}")
def test_every_body_follows_its_owner(row: dict[str, Any]) -> None:
    assert _has_body(row["of"], row["example"])
    assert "counterexample" not in row or not _has_body(row["of"], row["counterexample"])


def _has_body(of: str, marked: str) -> bool:
    """Whether the words behind the mark are a body of the name before it, to the last of them."""
    owner, _, body = marked.partition("|")
    if of == "letter":
        return owner in compounds.letters() and compounds.office(owner + body)
    text, country = f"{owner}{body}は", owner in compounds.countries()
    assert country == (of == "country")
    kind: EntityType = "Place" if country else "Organization"
    return compounds.body(text, 0, len(owner), kind, country=country) == len(owner + body)


def test_titles_in_brackets() -> None:
    texts = ("特急・『みなかぜ』が", "彼は『つるはし』を", "会見で『買う』と述べた", "市内で開かれる行事『みなと祭』に")
    found = {text[a:b]: k for text in texts for a, b, k, _ in shapes.titles_in_brackets(text)}
    assert found == {"みなかぜ": "Product", "みなと祭": "Event"}


@pytest.mark.parametrize(
    ("word", "kind", "parts"),
    [
        ("米連邦準備理事会", "Organization", ["米", "連邦準備理事会"]),
        ("独銀", "Place", ["独"]),
        ("ノーステラ株", "Organization", ["ノーステラ"]),
        ("南都高裁判決", "Organization", ["南都高裁"]),
        ("小惑星ベルナ", "Organization", ["ベルナ"]),
        ("投資会社ブラックフェン", "Organization", ["ブラックフェン"]),
        ("東京エレクトロン", "Organization", ["東京エレクトロン"]),
    ],
)
def test_words_around_a_name_are_no_part_of_it(word: str, kind: EntityType, parts: list[str]) -> None:
    assert [word[a:b] for a, b, _, _ in shapes.pieces(word, kind, known=False)] == parts
