"""The runner of the W3C's suites, on a tiny suite of our own in the same format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests import store_servers as servers
from tests.w3c.__main__ import Tally, report, run_all
from tests.w3c.comparison import same
from tests.w3c.systems import Endpoint

SUITE = Path(__file__).parent / "data" / "w3c"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Tally]]]:
    with servers.ours(tmp_path_factory.mktemp("w3c") / "store") as at:
        yield run_all(SUITE, Endpoint(at, "test-token"))


def test_our_own_suite_over_the_endpoint_and_in_process(found: dict[str, dict[str, Tally]]) -> None:
    passed = {name: {which: t.passed for which, t in suites.items()} for name, suites in found.items()}
    assert passed["endpoint"] == {
        "query": 3, "syntax": 3, "update": 1, "service description": 1, "protocol": 1, "graph store protocol": 6,
    }, {t: w for tally in found["endpoint"].values() for t, w in tally.missed.items()}  # fmt: skip
    assert passed["in process"] == {"query": 3, "syntax": 3, "update": 1}


def test_what_is_wrong_is_told(found: dict[str, dict[str, Tally]], capsys: pytest.CaptureFixture[str]) -> None:
    assert {t for tally in found["endpoint"].values() for t in tally.missed} == {"query/wrong", "update/load"}
    report(found)
    said = capsys.readouterr().out
    assert "miss: query/wrong (in process too): 1 rows" in said and "LOAD is refused" in said


def test_blank_nodes_match_one_to_one() -> None:
    a, b, c, d = (ox.BlankNode() for _ in range(4))
    x = ox.NamedNode("urn:x:x")
    assert same([(a, b), (b, x)], [(d, x), (c, d)])
    assert not same([(a, b), (b, x)], [(c, d), (c, x)])
    assert not same([(x,), (x,)], [(x,)])
    assert same([], [])
