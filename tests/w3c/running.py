"""Evaluates tests of queries, updates and syntax against a system."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox

from tests.w3c.comparison import Row, canonical, lines_of_csv, same, solutions
from tests.w3c.manifest import Data, Test, url
from tests.w3c.systems import Failed, Invalid, Refusing, System, quads

_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_RESULTS = {
    ".srx": ox.QueryResultsFormat.XML, ".srj": ox.QueryResultsFormat.JSON, ".tsv": ox.QueryResultsFormat.TSV,
}  # fmt: skip


def run(test: Test, system: System, folder: Path) -> str:
    """What is wrong, or ""; "refused: …" where policy forbids what the test asks for."""
    assert test.action is not None
    text = test.action.read_bytes().decode("utf-8")
    base = url(test.action, folder)
    try:
        if "Syntax" in test.kind:
            return _syntax(test, system, text, folder, base)
        if "Update" in test.kind:
            found = {_quad(q) for q in system.update(text, test.data, folder, base=base)}
            wanted = {_quad(q) for q in quads(test.after, folder, ox.DefaultGraph())}
            return "" if same(found, wanted) else f"{len(found)} quads, not the {len(wanted)} wanted"
        return _query(test, system, text, folder, base)
    except Invalid as error:
        return f"not valid: {error}"[:300]
    except Refusing as error:
        return f"refused: {error}"[:300]
    except Failed as error:
        return f"failed: {error}"[:300]


def _syntax(test: Test, system: System, text: str, folder: Path, base: str) -> str:
    good = "Positive" in test.kind
    try:
        if "Update" in test.kind:
            system.update(text, Data(), folder, base=base)
        else:
            system.query(text, Data(), folder, base=base)
    except Invalid as error:
        return f"not valid: {error}"[:300] if good else ""
    except Refusing:
        if good:
            raise
        return ""
    except Failed as error:  # it was understood, and failed on empty data (DROP of what is not there)
        return "" if good else f"taken as valid ({error})"
    return "" if good else "taken as valid"


def _query(test: Test, system: System, text: str, folder: Path, base: str) -> str:
    if test.result is None:
        return "no result file"
    if test.result.suffix == ".csv":
        csv = system.query(text, test.data, folder, accept="text/csv", base=base)
        return (
            "" if lines_of_csv(csv) == lines_of_csv(test.result.read_text("utf-8")) else f"other lines: {csv!r}"[:300]
        )
    found = system.query(text, test.data, folder, base=base)
    wanted = _wanted(test.result, folder, rows=not isinstance(found, list))
    if isinstance(found, list):
        triples: list[Row] = [(t.subject, t.predicate, t.object) for t in set(found)]
        return "" if same(triples, wanted) else f"{len(triples)} triples, not the {len(wanted)} wanted"  # type: ignore[arg-type]
    if isinstance(found, ox.QueryBoolean):
        return "" if wanted is bool(found) else f"{bool(found)}"
    names, rows = solutions(found)
    if not isinstance(wanted, tuple):
        return "rows instead of a boolean"
    if test.lax:
        return "" if set(map(str, rows)) == set(map(str, wanted[1])) else "other rows"
    if set(names) != set(wanted[0]):  # a result file need not name what is never bound
        all_ = sorted({*names, *wanted[0]})
        rows = [tuple(dict(zip(names, r, strict=True)).get(n) for n in all_) for r in rows]
        wanted = (tuple(all_), [tuple(dict(zip(wanted[0], r, strict=True)).get(n) for n in all_) for r in wanted[1]])
    if same(rows, wanted[1]):
        return ""
    if same(map(canonical, rows), map(canonical, wanted[1])):
        return "the same values in other lexical forms"
    return f"{len(rows)} rows: {rows[:3]} instead of {wanted[1][:3]}"[:300]


def _wanted(file: Path, folder: Path, *, rows: bool) -> bool | list[Row] | tuple[tuple[str, ...], list[Row]]:
    if file.suffix in _RESULTS:
        found = ox.parse_query_results(file.read_bytes(), format=_RESULTS[file.suffix])
        return bool(found) if isinstance(found, ox.QueryBoolean) else solutions(found)
    triples = [(q.subject, q.predicate, q.object) for q in quads(Data((file,)), folder, ox.DefaultGraph())]
    if not rows:
        return triples  # type: ignore[return-value]
    return _result_set(triples)


def _result_set(triples: Sequence[Row]) -> bool | tuple[tuple[str, ...], list[Row]]:
    """A result written in the DAWG's vocabulary for result sets."""

    def objects(s: object, name: str) -> list[object]:
        return [o for a, p, o in triples if a == s and getattr(p, "value", "") == _RS + name]

    (top,) = {s for s, p, o in triples if getattr(o, "value", "") == _RS + "ResultSet"}
    if boolean := objects(top, "boolean"):
        return getattr(boolean[0], "value", "") == "true"
    names = tuple(sorted(getattr(v, "value", "") for v in objects(top, "resultVariable")))
    found: list[Row] = []
    for solution in objects(top, "solution"):
        row = {
            getattr(objects(b, "variable")[0], "value", ""): objects(b, "value")[0]
            for b in objects(solution, "binding")
        }
        found.append(tuple(row.get(n) for n in names))
    return names, found


def _quad(q: ox.Quad) -> Row:
    return q.subject, q.predicate, q.object, q.graph_name
