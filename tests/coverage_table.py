"""Coverage by package: ``make coverage`` runs the tests and then this, which prints a table of what they covered."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path, PurePath
from typing import Any

import coverage

from tests.paths import ROOT


def packages(files: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Of each package the statements and branches that are covered, and all that there are.

    Args:
        files: the part ``files`` of coverage's report in JSON.

    >>> one = {"summary": {"covered_lines": 3, "covered_branches": 1, "num_statements": 4, "num_branches": 2}}
    >>> packages({"kg/store/base.py": one, "kg/store/folder.py": one, "kg/model.py": one})
    {'kg': (4, 6), 'kg.store': (8, 12)}
    """
    found: dict[str, tuple[int, int]] = {}
    for name, file in files.items():
        package, counts = ".".join(PurePath(name.replace("\\", "/")).parent.parts), file["summary"]
        covered, whole = found.get(package, (0, 0))
        found[package] = (
            covered + counts["covered_lines"] + counts["covered_branches"],
            whole + counts["num_statements"] + counts["num_branches"],
        )
    return dict(sorted(found.items()))


def measured() -> dict[str, Any]:
    """The files of the last run, from the data that its processes have left."""
    run = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"))
    run.load()
    run.combine(keep=False) if list(ROOT.glob(".coverage.*")) else None
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        run.json_report(outfile=str(report))
        files: dict[str, Any] = json.loads(report.read_text("utf-8"))["files"]
    return files


def main() -> None:
    rows = packages(measured())
    rows["all"] = (sum(covered for covered, _ in rows.values()), sum(whole for _, whole in rows.values()))
    print(f"{'package':<24}{'covered':>9}{'of':>9}{'%':>7}")
    for package, (covered, whole) in rows.items():
        print(f"{package:<24}{covered:>9,}{whole:>9,}{100 * covered / max(whole, 1):>7.1f}")


if __name__ == "__main__":
    main()
