"""Every row of the modality and polarity tables, and how endings and cues combine."""

from __future__ import annotations

import pytest

from ingest import lexicon, modality


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
