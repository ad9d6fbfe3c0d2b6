"""The quality gate as tests: each set that is present, against its floors."""

import pytest

from tests import gate


@pytest.mark.parametrize("name", ["own sentences", "own articles", "own unseen", "own field", "gold", "check", "field"])
def test_quality_does_not_fall(name: str) -> None:
    cases = gate.sets().get(name)
    if cases is None:
        pytest.skip("the shared gold is not here")
    committed = gate.floors()[name]
    assert committed["fingerprint"] == gate.fingerprint(cases), (
        f"the gold of {name!r} changed: set its floors anew (python -m tests.gate --raise)"
    )
    measured = gate.measure(name, cases)
    print(gate.table(name, cases, measured))
    assert not gate.below(name, measured)
