"""``python -m tests.w3c FOLDER``: one line per suite, then every miss with its reason."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests import store_servers as servers
from tests.w3c.http_tests import Session
from tests.w3c.manifest import Test, tests
from tests.w3c.running import run
from tests.w3c.systems import Endpoint, InProcess

HTTP = ("ProtocolTest", "GraphStoreProtocolTest", "ServiceDescriptionTest")
#: Groups that are of another specification than ours.
OTHER = {
    "entailment": "no entailment regimes are offered",
    "service": "federation is refused by policy",
    "service-identity": "federation is refused by policy",
}


@dataclass
class Tally:
    """What came of the tests of one suite."""

    passed: int = 0
    missed: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.passed + len(self.missed)


def suite(test: Test) -> str:
    """Which of the suites a test belongs to."""
    names = {"ProtocolTest": "protocol", "GraphStoreProtocolTest": "graph store protocol", "ServiceDescriptionTest": "service description"}  # fmt: skip
    if test.kind in names:
        return names[test.kind]
    return "syntax" if "Syntax" in test.kind else "update" if "Update" in test.kind else "query"


def run_all(folder: Path, endpoint: Endpoint | None, *, groups: set[str] | None = None) -> dict[str, dict[str, Tally]]:
    """All tests under a folder, over the endpoint and in process.

    Args:
        folder: of the test suite.
        endpoint: what to test; None for Oxigraph in this process alone.
        groups: names of folders to keep to.

    Returns:
        By system and suite, what came of it.
    """
    found: dict[str, dict[str, Tally]] = {"endpoint": {}, "in process": {}}
    session = Session(endpoint) if endpoint else None
    inside = InProcess()
    for test in tests(folder):
        if groups and test.group not in groups:
            continue
        for name, system in (("endpoint", endpoint), ("in process", inside)):
            if system is None or (test.kind in HTTP and name == "in process"):
                continue
            tally = found[name].setdefault(suite(test), Tally())
            if test.group in OTHER:
                tally.skipped[f"{test.group}: {OTHER[test.group]}"] += 1
                continue
            try:
                if test.kind in HTTP:
                    assert session is not None
                    wrong = session.run(test, folder)
                else:
                    wrong = run(test, system, folder)
            except Exception as error:  # a test that cannot be run is a miss, not the end
                wrong = f"{type(error).__name__}: {error}"[:300]
            if wrong:
                tally.missed[f"{test.group}/{test.name}"] = wrong
            else:
                tally.passed += 1
    return found


def report(found: dict[str, dict[str, Tally]]) -> None:
    """Print counts and misses."""
    for name, suites in found.items():
        for which, tally in suites.items():
            skipped = sum(tally.skipped.values())
            print(f"{name:<12}{which:<24}{tally.passed:>4} of {tally.total}" + (f", {skipped} left out" if skipped else ""))  # fmt: skip
    for reason in sorted({r for suites in found.values() for t in suites.values() for r in t.skipped}):
        print(f"left out: {reason}")
    inside = {k: w for t in found["in process"].values() for k, w in t.missed.items()}
    for tally in found["endpoint"].values():
        for test, wrong in tally.missed.items():
            print(f"miss: {test}{' (in process too)' if test in inside else ''}: {wrong}")
    outside = {k for t in found["endpoint"].values() for k in t.missed}
    for test, wrong in inside.items():
        if test not in outside:
            print(f"miss in process only: {test}: {wrong}")


def main() -> int:
    """Run the suites of a folder; exit code 1 if the endpoint misses what Oxigraph in process does not (policy aside)."""
    parser = argparse.ArgumentParser(prog="python -m tests.w3c", description="The W3C's SPARQL 1.1 suites over our endpoint.")  # fmt: skip
    parser.add_argument("folder", type=Path, help="a checkout of w3c/rdf-tests, or a folder in it (sparql/sparql11)")
    parser.add_argument("--group", action="append", help="keep to this folder of tests; may be repeated")
    args = parser.parse_args()
    folder = args.folder / "sparql" / "sparql11" if (args.folder / "sparql" / "sparql11").is_dir() else args.folder
    with ExitStack() as stack:
        store = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "store"
        at = stack.enter_context(servers.ours(store))
        found = run_all(folder, Endpoint(at, "test-token"), groups=set(args.group) if args.group else None)
    report(found)
    inside = {k for t in found["in process"].values() for k in t.missed}
    ours = {
        k for which, t in found["endpoint"].items() if which in ("query", "update", "syntax")
        for k, wrong in t.missed.items() if not wrong.startswith("refused")
    }  # fmt: skip
    return 1 if ours - inside else 0


if __name__ == "__main__":
    sys.exit(main())
