"""Every row of the modality and polarity tables, and how endings and cues combine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingest import lexicon, modality, pipeline
from ingest.claims.frame import brackets, sentences
from ingest.claims.names import Names
from ingest.claims.outcome import outcome
from kg.model import Article

if TYPE_CHECKING:
    from spacy.language import Language


@pytest.mark.parametrize("row", lexicon.rows("modality"), ids=lambda r: r["example"])
def test_a_modality_row_reads_its_example(row: dict[str, str]) -> None:
    assert modality.modality_of(row["example"]) == row["modality"]
    if "counterexample" in row:
        assert modality.modality_of(row["counterexample"]) != row["modality"]


@pytest.mark.parametrize("row", lexicon.rows("polarity"), ids=lambda r: r["example"])
def test_a_polarity_row_reads_its_example(row: dict[str, str]) -> None:
    assert modality.polarity_of(row["example"]) == row["polarity"]
    if row.get("counterexample"):
        assert modality.polarity_of(row["counterexample"]) != row["polarity"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("ふらつきは消えたそうです", None),
        ("値段は高いそうだ", None),
        ("人は来ないそうだ", None),
        ("雨が降りそうだ", "probable"),
        ("問題はなさそうです", "probable"),
    ],
)
def test_hearsay_is_no_likelihood(content: str, expected: str | None) -> None:
    assert modality.modality_of(content) == expected


@pytest.mark.parametrize(
    ("content", "cue", "verb", "kind", "expected"),
    [
        ("賃金を上げる", "required", "demand", "you-verb", "required"),
        ("工場を閉鎖する", None, "announce", "koto-verb", "intended"),
        ("需要は戻る", "probable", "expect", "to-verb", "probable"),
        ("責任を取るのか", "questioned", "ask", "ka-verb", "questioned"),
        ("工場を閉鎖した", None, "say", "to-verb", "asserted"),
        ("値上げはしない", None, "say", "to-verb", "intended"),
    ],
)
def test_the_cue_decides_where_the_ending_is_plain(
    content: str, cue: str | None, verb: str, kind: str, expected: str
) -> None:
    assert modality.settle(content, cue=cue, verb=verb, kind=kind) == expected


def test_a_passive_verb_of_thought_is_a_guess() -> None:
    assert modality.settle("群れは南下した", cue=None, verb="think", kind="to-verb", passive=True) == "probable"


@pytest.mark.parametrize(
    ("content", "kind", "form", "of"),
    [
        ("工場を建てる", "act", "plain", "none"),
        ("新しい規則は商売を妨げる", "state", "plain", "thing"),
        ("社長は工場を閉鎖しない", "act", "plainneg", "agent"),
        ("新型車が発売される", "act", "plainpas", "thing"),
        ("一方的に武装解除することはない", "act", "plainneg", "none"),
        ("心から感謝します", "perform", "plain", "none"),
        ("受注が減った", "change", "past", "thing"),
        ("価格を見直している", "act", "prog", "none"),
    ],
)
def test_the_main_predicate_of_a_content(nlp: Language, content: str, kind: str, form: str, of: str) -> None:
    doc = pipeline.parse(nlp, Article(content + "。", title=None))
    sentence = sentences(doc, brackets(doc.text))[0]
    found = outcome(sentence, 0, len(content), Names(doc._.entities, doc._.mentions))
    assert (found.kind, found.form, found.of) == (kind, form, of)


def test_predicates_have_one_class_each() -> None:
    rows = lexicon.rows("predicates")
    assert {r["class"] for r in rows} == {"state", "change", "mental", "perform", "act"}
    assert len({r["verb"] for r in rows}) == len(rows)
