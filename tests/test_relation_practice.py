"""The practice passages of the relation model keep their rules."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.relations import ARTICLES, PRACTICE, read, to_document
from ingest.relations.patterns import ARGUMENTS

ROWS = [json.loads(line) for path in (PRACTICE, ARTICLES) for line in path.read_text("utf-8").splitlines()]


def test_rows_are_marked_as_the_format_says() -> None:
    for row in ROWS:
        plain = re.sub(r"<[^:<>]+:[PODLE]>", "", row["text"])
        assert "<" not in plain and ">" not in plain, row["text"]
    assert len({row["text"] for row in ROWS}) == len(ROWS)


def test_relations_join_names_of_the_right_types() -> None:
    for article in read():
        types = {e["id"]: e["type"] for e in article.gold["entities"]}
        for r in article.gold["relations"]:
            domain, range_ = ARGUMENTS[r["predicate"]]
            assert types[r["subject"]] in domain and types[r["object"]] in range_, (article.text, r)


@pytest.mark.parametrize(
    ("row", "mentions", "evidence"),
    [
        (
            {
                "text": "<北浜電子:O>は増益。同社の<森:P>社長が話した。",
                "relations": [["森", "holdsPosition", "北浜電子"]],
                "same": {"同社": "北浜電子"},
            },
            [("北浜電子", False), ("北浜電子", True), ("森", False)],
            "同社の森社長が話した。",
        ),
        (
            {
                "text": "<北浜電子:O>と<KTD:O>。両社は合併した。",
                "relations": [["KTD", "partnersWith", "北浜電子"]],
                "same": {"両社": ["北浜電子", "KTD"]},
            },
            [("北浜電子", False), ("KTD", False), ("北浜電子", True), ("KTD", True)],
            "北浜電子とKTD。",
        ),
    ],
)
def test_other_forms_are_mentions_of_one_entity(row, mentions, evidence) -> None:
    article = to_document("x", row)
    assert [(m["entity"], m["anaphor"]) for m in article.gold["mentions"]] == mentions
    (relation,) = article.gold["relations"]
    assert article.text[relation["start"] : relation["end"]] == evidence
