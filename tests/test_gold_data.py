"""The gold of our own holds together: every span is where it says, every construct has both sides."""

from collections import Counter

import pytest

from tests.gold import loader

NO_CLAIM_ONLY = {"furniture", "idiom"}


def test_enough_sentences_and_a_third_without_claims() -> None:
    rows = loader.rows()
    assert len(rows) >= 150
    assert sum(not row["claims"] for row in rows) >= len(rows) / 3
    assert len({row["id"] for row in rows}) == len(rows)


def test_each_construct_has_a_positive_and_a_look_alike() -> None:
    seen = Counter((row["construct"], bool(row["claims"])) for row in loader.rows())
    for construct in {c for c, _ in seen} - NO_CLAIM_ONLY:
        assert seen[construct, True] and seen[construct, False], construct


@pytest.mark.parametrize("row", loader.rows(), ids=lambda row: row["id"])
def test_row_becomes_a_document(row: dict) -> None:
    gold = loader.document(row)
    for claim, written in zip(gold["claims"], row["claims"], strict=True):
        assert row["text"][claim["content"]["start"] : claim["content"]["end"]] == written["content"]
        if claim["cue"]:
            assert row["text"][claim["cue"]["start"] : claim["cue"]["end"]] == written["cue"]
        assert claim["source_text"] is None or claim["source_text"] in row["text"]


def test_articles_have_offsets_inside_their_text() -> None:
    golds = list(loader.articles())
    assert len(golds) == 7
    for gold in golds:
        text = gold["text"]
        by_entity = {e["id"]: e["label"] for e in gold["entities"]}
        named = {m["entity"] for m in gold["mentions"] if text[m["start"] : m["end"]] == by_entity[m["entity"]]}
        assert len(named) >= 0.8 * len(by_entity), gold["name"]
        for span in [*gold["mentions"], *gold["figures"], *(c["content"] for c in gold["claims"])]:
            assert 0 <= span["start"] < span["end"] <= len(text)
