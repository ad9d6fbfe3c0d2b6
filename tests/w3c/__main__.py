"""``python -m tests.w3c FOLDER``: one line for each suite, then every miss with its reason."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
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


SUITES = ("query", "update", "syntax", "protocol", "graph store protocol", "service description")
REASONS = Path(__file__).parent / "reasons.jsonl"


@dataclass
class Tally:
    """What came of the tests of one suite."""

    passed: int = 0
    missed: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.passed + len(self.missed)


#: By system and suite, what came of it.
Found = dict[str, dict[str, Tally]]


def suite(test: Test) -> str:
    """Which of the suites a test belongs to."""
    names = {"ProtocolTest": "protocol", "GraphStoreProtocolTest": "graph store protocol", "ServiceDescriptionTest": "service description"}  # fmt: skip
    if test.kind in names:
        return names[test.kind]
    return "syntax" if "Syntax" in test.kind else "update" if "Update" in test.kind else "query"


def run_all(folder: Path, endpoint: Endpoint | None, *, groups: set[str] | None = None) -> Found:
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


@dataclass(frozen=True)
class Reason:
    """Why some tests are missed, and whose doing it is.

    ``Oxigraph``: it misses them in process too. ``policy``: we refuse what they ask for. ``suite``: they contradict
    the specification, a later copy or themselves. What is wrong begins with ``says``.
    """

    whose: str
    reason: str
    says: str
    tests: tuple[str, ...]

    def explains(self, test: str, wrong: str, inside: Collection[str]) -> bool:
        """Whether it is the reason why a test is missed as it is."""
        holds = {"Oxigraph": test in inside, "policy": wrong.startswith("refused"), "suite": True}
        return test in self.tests and holds[self.whose] and wrong.startswith(self.says)


def reasons(file: Path = REASONS) -> list[Reason]:
    """The reasons that we know."""
    rows = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    return [Reason(r["whose"], r["reason"], r.get("says", ""), tuple(r["tests"])) for r in rows]


@dataclass
class Misses:
    """What is missed, by reason; ``unexplained`` has what there is no reason for, with what is wrong."""

    explained: dict[Reason, list[str]] = field(default_factory=dict)
    unexplained: dict[str, str] = field(default_factory=dict)


def misses(found: Found, known: Sequence[Reason]) -> Misses:
    """The tests that the endpoint or Oxigraph in process misses, each with its reason.

    What the endpoint alone misses is never Oxigraph's doing.
    """
    inside = {test: wrong for tally in found["in process"].values() for test, wrong in tally.missed.items()}
    outside = {test: wrong for tally in found["endpoint"].values() for test, wrong in tally.missed.items()}
    all_ = Misses()
    for test, wrong in (inside | outside).items():
        reason = next((r for r in known if r.explains(test, wrong, inside)), None)
        if reason is None:
            all_.unexplained[test] = wrong
        else:
            all_.explained.setdefault(reason, []).append(test)
    return all_


def table(found: Found) -> list[tuple[str, str, str]]:
    """A row for each suite: its name, what the endpoint passes, and what Oxigraph in process does."""

    def told(tally: Tally | None) -> str:
        return f"{tally.passed} of {tally.total}" if tally and tally.total else ""

    names = sorted({*found["endpoint"], *found["in process"]}, key=SUITES.index)
    return [(n, told(found["endpoint"].get(n)), told(found["in process"].get(n))) for n in names]


def left_out(found: Found) -> list[str]:
    """What was left out, and why: a line for each group."""
    counts: Counter[str] = Counter()
    for tally in found["endpoint"].values():
        counts += tally.skipped
    return [f"{why}: {n} tests" for why, n in sorted(counts.items())]


def report(found: Found, missed: Misses) -> None:
    """Print counts and misses."""
    for name, endpoint, inside in table(found):
        print(f"{name:<22}{endpoint:>12}   in process {inside}")
    for line in left_out(found):
        print(f"left out: {line}")
    for reason, names in missed.explained.items():
        print(f"{reason.whose}: {reason.reason}: {', '.join(names)}")
    for test, wrong in missed.unexplained.items():
        print(f"unexplained: {test}: {wrong}")


_DOCUMENT = """# The W3C's test suites over our endpoint

Written by the command itself; don't edit it by hand.

```sh
python -m tests.w3c FOLDER --copy "WHICH COPY IT IS" --write docs/conformance.md
```

`FOLDER` is a checkout of https://github.com/w3c/rdf-tests, or a folder in it (`--group NAME` for one group of tests); the suite is not bundled. The command starts our own server over an empty store, runs query, update, syntax,
protocol, Graph Store Protocol and service description tests over HTTP (queries as anybody, writes with the token), and query, update and syntax beside it against Oxigraph in the same process. Each miss
has a reason in `tests/w3c/reasons.jsonl`, or the command exits with 1 and names it; Oxigraph is the reason only of what it misses in process too. `tests/test_w3c_runner.py` runs it on a tiny suite of our own.

## Result of {day}
pyoxigraph {version}. {copy}

| suite | our endpoint | Oxigraph in process |
|---|---|---|
{rows}

## Left out
{left}

## Missed
{missed}
"""


def document(found: Found, missed: Misses, copy: str, day: str) -> str:
    """``docs/conformance.md``."""
    parts = []
    for whose, title in (("Oxigraph", "Oxigraph"), ("policy", "Refused by policy"), ("suite", "The suite's own")):
        lines = [
            f"- {r.reason} ({len(names)}): {', '.join(f'`{n}`' for n in sorted(names))}."
            for r, names in sorted(missed.explained.items(), key=lambda item: -len(item[1]))
            if r.whose == whose
        ]
        if lines:
            parts.append(f"**{title}**\n\n" + "\n".join(lines))
    if missed.unexplained:
        lines = [f"- `{test}`: {' '.join(wrong.split())}" for test, wrong in missed.unexplained.items()]
        parts.append("**Unexplained**\n\n" + "\n".join(lines))
    return _DOCUMENT.format(
        day=day, version=version("pyoxigraph"), copy=copy, rows="\n".join(f"| {a} | {b} | {c} |" for a, b, c in table(found)),
        left="\n".join(f"- {line}" for line in left_out(found)) or "Nothing.", missed="\n\n".join(parts) or "Nothing.",
    )  # fmt: skip


def main() -> int:
    """Run the suites of a folder; exit code 1 if a test is missed for no reason that we know."""
    parser = argparse.ArgumentParser(prog="python -m tests.w3c", description="The W3C's SPARQL 1.1 suites over our endpoint.")  # fmt: skip
    parser.add_argument("folder", type=Path, help="a checkout of w3c/rdf-tests, or a folder in it (sparql/sparql11)")
    parser.add_argument("--group", action="append", help="keep to this folder of tests; may be repeated")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the result there, as Markdown")
    parser.add_argument(
        "--copy", default="", metavar="TEXT", help="which copy of the suite it is, for the written result"
    )
    args = parser.parse_args()
    folder = args.folder / "sparql" / "sparql11" if (args.folder / "sparql" / "sparql11").is_dir() else args.folder
    with ExitStack() as stack:
        store = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "store"
        at = stack.enter_context(servers.ours(store))
        found = run_all(folder, Endpoint(at, "test-token"), groups=set(args.group) if args.group else None)
    missed = misses(found, reasons())
    report(found, missed)
    if not sum(t.total for tallies in found.values() for t in tallies.values()):
        print(f"There are no tests under {folder}.")
        return 1
    if args.write:
        args.write.write_text(document(found, missed, args.copy, date.today().isoformat()), "utf-8")
    return 1 if missed.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
