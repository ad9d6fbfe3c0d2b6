"""Each row of ``data/lexicon`` has an example in which it acts and a look-alike in which it must not; the tests of what reads
a table run both. Here is counted how many rows lack one, so that these get fewer.
"""

from __future__ import annotations

import pytest

from kg import data, lexicon

#: How many rows of a table lack an example or a counterexample. A new row has both, unless nothing looks like it.
LACKING = {
    "alone": 72, "anaphors": 155, "antecedents": 82, "appositions": 648, "bodies": 20, "counters": 226,
    "countries": 201, "country_heads": 93, "currencies": 81, "dates": 220, "eras": 5,
    "first_person": 24, "given_names": 655, "measures": 250, "name_parts": 280, "nonames": 224,
    "particle_frames": 65, "press": 48, "relations_makers": 53, "relations_titles": 283,
    "reporting_nouns": 104, "reporting_verbs": 655, "shortened": 37, "speakers": 1183, "titles": 579, "units": 55,
}  # fmt: skip
TABLES = sorted(path.stem for path in data.path("lexicon").glob("*.jsonl"))


@pytest.mark.parametrize("name", [name for name in TABLES if name != "verdict_reasons"])  # its rows are texts to show
def test_no_more_rows_lack_an_example_or_a_look_alike(name: str) -> None:
    lacking = [row for row in lexicon.rows(name) if not (row.get("example") and row.get("counterexample"))]
    assert len(lacking) <= LACKING.get(name, 0), "add what is missing"
    assert len(lacking) == LACKING.get(name, 0), "lower the number in LACKING"


@pytest.mark.parametrize("name", TABLES)
def test_no_look_alike_is_the_example(name: str) -> None:
    assert not [row for row in lexicon.rows(name) if row.get("example", "") == row.get("counterexample")]
