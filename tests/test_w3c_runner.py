"""The runner of the W3C's suites, on a tiny suite of our own in the same format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests import store_servers as servers
from tests.w3c.__main__ import Found, Reason, Tally, document, misses, reasons, report, run_all
from tests.w3c.comparison import canonical, same
from tests.w3c.systems import Endpoint

SUITE = Path(__file__).parent / "data" / "w3c"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    with servers.ours(tmp_path_factory.mktemp("w3c") / "store") as at:
        yield run_all(SUITE, Endpoint(at, "test-token"))


def test_our_own_suite_over_the_endpoint_and_in_process(found: Found) -> None:
    passed = {name: {which: t.passed for which, t in suites.items()} for name, suites in found.items()}
    assert passed["endpoint"] == {
        "query": 3, "syntax": 3, "update": 1, "service description": 1, "protocol": 1, "graph store protocol": 8,
    }, {t: w for tally in found["endpoint"].values() for t, w in tally.missed.items()}  # fmt: skip
    assert passed["in process"] == {"query": 3, "syntax": 3, "update": 1}


KNOWN = [
    Reason("Oxigraph", "it is wrong", "1 rows", ("query/wrong",)), Reason("policy", "LOAD is refused", "refused", ("update/load",)),
]  # fmt: skip


def test_each_miss_has_its_reason_or_is_told(found: Found, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missed = misses(found, KNOWN)
    assert missed.unexplained == {} and missed.explained == {KNOWN[0]: ["query/wrong"], KNOWN[1]: ["update/load"]}
    told = misses(found, [])
    assert set(told.unexplained) == {"query/wrong", "update/load"}
    report(found, told)
    said = capsys.readouterr().out
    assert "unexplained: query/wrong: 1 rows" in said and "unexplained: update/load: refused: LOAD is refused" in said
    text = document(found, missed, "A copy of our own.", "2026-12-01")
    assert "A copy of our own." in text and "it is wrong (1): `query/wrong`." in text and "Unexplained" not in text
    assert "| query | 3 of 4 | 3 of 4 |" in text and "| protocol | 1 of 1 |  |" in text
    assert "- `update/load`: refused" in document(found, told, "", "2026-12-01")


@pytest.mark.parametrize(
    ("reason", "says", "inside"),
    [
        ("Oxigraph", "1 rows", {}),  # the endpoint's own fault
        ("Oxigraph", "0 rows", {"query/wrong": "1 rows"}),  # fails in another way than before
        ("policy", "", {"query/wrong": "1 rows"}),
    ],
)  # fmt: skip
def test_a_reason_explains_only_what_it_is_the_reason_of(reason: str, says: str, inside: dict[str, str]) -> None:
    missed = {
        "endpoint": {"query": Tally(missed={"query/wrong": "1 rows"})},
        "in process": {"query": Tally(missed=inside)},
    }
    assert set(misses(missed, [Reason(reason, "", says, ("query/wrong",))]).unexplained) == {"query/wrong"}


def test_the_reasons_are_told_once_each() -> None:
    tests = [test for reason in reasons() for test in reason.tests]
    assert len(tests) == len(set(tests)) and all(r.whose in ("Oxigraph", "policy", "suite") for r in reasons())


def test_other_lexical_forms_of_the_same_values() -> None:
    def rows(*literals: tuple[str, str]) -> list[tuple[ox.Literal, ...]]:
        return [(ox.Literal(v, datatype=ox.NamedNode(f"http://www.w3.org/2001/XMLSchema#{k}")),) for v, k in literals]

    forms = rows(("1.0", "decimal"), ("3.0E4", "double"), ("0", "boolean"), ("-3", "negativeInteger"), ("x", "integer"))
    others = rows(("1", "decimal"), ("30000", "double"), ("false", "boolean"), ("-3", "integer"), ("x", "integer"))
    assert not same(forms, others) and same(map(canonical, forms), map(canonical, others))
    for a, b in (
        (("1", "decimal"), ("1", "integer")),
        (("1", "integer"), ("2", "integer")),
        (("x", "integer"), ("y", "integer")),
    ):
        assert not same(map(canonical, rows(a)), map(canonical, rows(b)))


def test_blank_nodes_match_one_to_one() -> None:
    a, b, c, d = (ox.BlankNode() for _ in range(4))
    x = ox.NamedNode("urn:x:x")
    assert same([(a, b), (b, x)], [(d, x), (c, d)])
    assert not same([(a, b), (b, x)], [(c, d), (c, x)])
    assert not same([(x,), (x,)], [(x,)])
    assert same([], [])
