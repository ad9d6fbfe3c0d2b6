"""Dates side by side: our reader and ja-timex on tests/data/dates.jsonl.

    python benchmarks/bench_dates.py [--other PYTHON] [--misses]

``--other`` names the interpreter of an environment that has ja-timex (``python -m venv X && X/bin/pip install
ja-timex``); it is no dependency of ours. ja-timex gives one point (``to_datetime``) and a TIMEX3 value, no interval, so
it is credited with an expression if its extent overlaps the expression and its point lies inside the interval,
whichever of its values lead there; ours must give both dates exactly. Vague expressions count where nothing is dated.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "tests" / "data" / "dates.jsonl"

OTHER = """
import json, sys
import pendulum
from ja_timex import TimexParser
out = []
for line in sys.stdin:
    row = json.loads(line)
    found = []
    try:
        parser = TimexParser(reference=pendulum.parse(row["published"]))
        for t in parser.parse(row["text"]):
            try:
                point = t.to_datetime()
            except Exception:
                point = None
            found.append([t.span[0], t.span[1], point.date().isoformat() if point else None, t.type, t.value])
    except Exception as error:
        found = []
    out.append(found)
print(json.dumps(out))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", help="python of an environment with ja-timex")
    parser.add_argument("--misses", action="store_true", help="list what each gets wrong")
    a = parser.parse_args()
    rows = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]
    dated = [r for r in rows if r["expression"] is not None]
    silent = [r for r in rows if r["expression"] is None]

    from ingest import dates

    start = time.perf_counter()
    ours = [dates.find(r["text"], published=date.fromisoformat(r["published"])) for r in rows]
    print(f"{len(dated)} expressions, {len(silent)} texts without a date")
    right = {i for i, (r, found) in enumerate(zip(rows, ours, strict=True)) if _is_right(r, found)}
    _show("iibun", rows, right, time.perf_counter() - start, a.misses)
    if not a.other:
        return
    start = time.perf_counter()
    text = "\n".join(json.dumps(r) for r in rows)
    done = subprocess.run([a.other, "-c", OTHER], input=text, capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout)
    right = {i for i, (r, found) in enumerate(zip(rows, theirs, strict=True)) if _other_right(r, found)}
    _show("ja-timex", rows, right, time.perf_counter() - start, a.misses)


def _is_right(row: dict, found: list) -> bool:
    if row["expression"] is None:
        return not found
    for e in found:
        iso = [d.isoformat() if d else None for d in (e.interval.start, e.interval.end)]
        if e.extent.of(row["text"]) == row["expression"] and iso == [row["earliest"], row["latest"]]:
            return True
    return False


def _other_right(row: dict, found: list) -> bool:
    dated = [f for f in found if f[2]]
    if row["expression"] is None:
        return not [f for f in dated if f[3] == "DATE"]
    start = row["text"].index(row["expression"])
    end = start + len(row["expression"])
    if row["earliest"] is None and row["latest"] is None:
        return not dated
    for s, e, point, *_ in dated:
        if s < end and start < e and (row["earliest"] or "0") <= point <= (row["latest"] or "9"):
            return True
    return False


def _show(name: str, rows: list[dict], right: set[int], seconds: float, misses: bool) -> None:
    dated = [i for i, r in enumerate(rows) if r["expression"] is not None]
    silent = [i for i, r in enumerate(rows) if r["expression"] is None]
    print(
        f"{name:<9} right {sum(i in right for i in dated)}/{len(dated)}, rightly silent {sum(i in right for i in silent)}/{len(silent)}, {seconds:.2f} s"
    )
    if misses:
        for i, r in enumerate(rows):
            if i not in right:
                print(f"   {r['text']}  {r['expression']} {r.get('earliest')}..{r.get('latest')}", file=sys.stdout)


if __name__ == "__main__":
    main()
