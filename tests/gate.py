"""The quality gate: extraction is measured on gold and may never fall below its floors.

``python -m tests.gate`` prints each set's table beside its floors; ``--raise`` lifts the floors to what was measured
(less a margin of 0.005, since another processor rounds differently). A floor is lowered by hand, in
``tests/gold/floors.json``, with its reason in ``docs/results/floors.md``. The floors hold for the gold they were set on: each
set has the number of its cases and a fingerprint, and a set whose gold changed must have its floors set anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.annotations import read
from ingest import extract, load
from ingest.scoring import Tally, pair_claims, score, total
from kg.document import to_document
from kg.model import Article
from tests.gold import loader
from tests.paths import ROOT, SHARED

PAGE = ROOT / "docs" / "results" / "quality.md"
FLOORS = ROOT / "tests" / "gold" / "floors.json"
#: Thirty articles of our own on technology and companies, and twenty texts of ``../shared/field`` by their offsets: as two read
#: them blind (``first``, ``second``), and as a third settled it.
FIELD = ROOT / "tests" / "gold" / "field"
MARGIN = 0.005
NAMED = ("mentions", "linking", "relations")
CLAIM_MEASURES = ("claims", "attributed claims", "modality", "polarity", "predictions")
#: What a set is annotated for, where it is not everything.
ANNOTATED = {
    "own sentences": (*CLAIM_MEASURES, "due dates"),  # single sentences: claims alone
    "own unseen": (*NAMED, *CLAIM_MEASURES),
    "own field": (*NAMED, *CLAIM_MEASURES, "due dates"),
    "field": (*NAMED, *CLAIM_MEASURES, "due dates"),
}
#: Of which sets there are two blind readings: where their texts are, and what the rows' files begin with.
TWICE = {"own field": (FIELD, "own-"), "field": (SHARED and SHARED / "field", "")}

Case = tuple[str, dict[str, Any], dict[str, Any]]  # text, metadata, gold


def sets() -> dict[str, list[Case]]:
    """The sets that are present: our own always, those beside the project where they are."""
    found = {
        "own sentences": [(d["text"], {"published": d["published"]}, d) for d in map(loader.document, loader.rows())],
        "own articles": list(_articles(ROOT / "tests" / "gold" / "articles")),
        "own unseen": list(_articles(ROOT / "tests" / "gold" / "unseen")),
        "own field": list(_articles(FIELD)),
    }
    if SHARED:
        found["gold"] = list(_articles(SHARED / "gold"))
        found["check"] = list(_articles(SHARED / "gold" / "check"))
        found["field"] = list(_rows(SHARED / "field", "real"))
    return found


def _articles(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.glob("*.gold.json")):
        stem = path.name.removesuffix(".gold.json")
        meta = path.with_name(f"{stem}.meta.json")
        yield (
            path.with_name(f"{stem}.txt").read_bytes().decode("utf-8"),
            json.loads(meta.read_text("utf-8")) if meta.exists() else {},
            json.loads(path.read_text("utf-8")),
        )


def _rows(texts: Path, name: str) -> Iterator[Case]:
    for article in read(texts, FIELD / f"{name}.jsonl"):
        yield article.text, {"published": article.gold["published"]}, article.gold


def agreement(name: str) -> dict[str, Tally]:
    """How far the two who read a set's articles blind agree: the second scored against the first."""
    texts, prefix = TWICE[name]
    assert texts is not None, "the set is there"
    second = {text: gold for text, _, gold in _rows(texts, f"{prefix}second")}
    whole = total(score(second[text], gold) for text, _, gold in _rows(texts, f"{prefix}first"))
    return {m: t for m, t in whole.items() if m in ANNOTATED[name]}


def fingerprint(cases: list[Case]) -> str:
    """16 hex digits that change when any text or gold of a set changes."""
    whole = json.dumps(cases, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


@cache
def _nlp() -> Any:
    return load()


def _read(cases: list[Case]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each case read: what was found, and its gold."""
    from datetime import date

    for text, meta, gold in cases:
        published = meta.get("published")
        article = Article(
            text, title=meta.get("title"), url=meta.get("url"), publisher=meta.get("publisher"),
            published=date.fromisoformat(published) if published else None,
        )  # fmt: skip
        yield to_document(extract(article, _nlp())), gold


def measure(name: str, cases: list[Case]) -> dict[str, Tally]:
    """The measures of one set."""
    whole = total(score(found, gold) for found, gold in _read(cases))
    return {m: t for m, t in whole.items() if m in ANNOTATED.get(name, whole)}


def reliability(cases: list[Case]) -> str:
    """What a confidence is worth: of the claims in each band, how many are claims of the gold."""
    bands: dict[int, list[bool]] = {}
    for found, gold in _read(cases):
        right = {id(o) for o, _ in pair_claims(found["claims"], gold["claims"])}
        for claim in found["claims"]:
            bands.setdefault(min(int(claim["confidence"] * 5), 4), []).append(id(claim) in right)
    lines = ["| confidence | claims | right |", "|---|---|---|"]
    for band in sorted(bands, reverse=True):
        hits = bands[band]
        lines.append(f"| {band / 5:.1f}–{(band + 1) / 5:.1f} | {len(hits)} | {sum(hits) / len(hits):.2f} |")
    return "\n".join(lines)


def floors() -> dict[str, Any]:
    """The floors as committed: ``{set: {cases, fingerprint, floors: {measure: F1}}}``."""
    return json.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}


def below(name: str, measured: dict[str, Tally]) -> list[str]:
    """What fell below its floor, one sentence each."""
    limits = floors().get(name, {}).get("floors", {})
    return [
        f"{name}: {m} is {measured[m].f1:.4f}, its floor is {limits[m]:.4f}"
        for m in limits
        if measured[m].f1 < limits[m]
    ]


def table(name: str, cases: list[Case], measured: dict[str, Tally]) -> str:
    """One set's measures beside their floors."""
    limits = floors().get(name, {}).get("floors", {})
    lines = [f"{name}: {len(cases)} cases, fingerprint {fingerprint(cases)}"]
    lines.append(f"  {'score':<20}{'P':>7}{'R':>7}{'F1':>7}{'floor':>7}{'gold':>7}")
    for m, t in measured.items():
        floor = f"{limits[m]:>7.3f}" if m in limits else f"{'–':>7}"
        lines.append(f"  {m:<20}{t.precision:>7.3f}{t.recall:>7.3f}{t.f1:>7.3f}{floor}{t.gold:>7}")
    return "\n".join(lines)


def write_page(measured: dict[str, tuple[list[Case], dict[str, Tally]]]) -> None:
    """Put the tables between the markers of ``docs/results/quality.md``, and those of sets unseen into the README."""
    blocks = []
    for name, (cases, tallies) in measured.items():
        rows = [f"**{name}**: {len(cases)} cases, fingerprint `{fingerprint(cases)}`", ""]
        rows += ["| score | precision | recall | F1 | in the gold |", "|---|---|---|---|---|"]
        rows += [f"| {m} | {t.precision:.3f} | {t.recall:.3f} | {t.f1:.3f} | {t.gold} |" for m, t in tallies.items()]
        blocks.append("\n".join(rows))
    _between(PAGE, "tables", "\n\n".join(blocks))
    trusted = "check" if "check" in measured else "own sentences"
    _between(PAGE, "confidence", f"On *{trusted}*:\n\n{reliability(measured[trusted][0])}")
    if "check" in measured:
        columns = list(measured["check"][1])
        rows = [f"| set | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
        for name in (n for n in ("check", "own field", "field") if n in measured):
            found = measured[name][1]
            told = (f"{found[m].f1:.2f}" if m in found else "–" for m in columns)
            rows.append(f"| {name} | {' | '.join(told)} |")
        _between(ROOT / "README.md", "quality", "\n".join(rows))


def _between(path: Path, name: str, text: str) -> None:
    before, _, rest = path.read_text("utf-8").partition(f"<!-- {name} -->\n")
    _, _, after = rest.partition(f"<!-- end of {name} -->")
    path.write_text(f"{before}<!-- {name} -->\n{text}\n<!-- end of {name} -->{after}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors to what is measured now")
    parser.add_argument("--page", action="store_true", help="write the tables into docs/results/quality.md")
    parser.add_argument("--only", metavar="SET", help="one set alone")
    args = parser.parse_args()
    committed = floors()
    fallen: list[str] = []
    done: dict[str, tuple[list[Case], dict[str, Tally]]] = {}
    present = sets()
    for name in committed.keys() - present.keys():
        print(f"{name}: its gold is not here; it is not measured")
    for name, cases in present.items():
        if args.only and name != args.only:
            continue
        measured = measure(name, cases)
        done[name] = cases, measured
        print(table(name, cases, measured))
        if name in TWICE:
            print("  two readers agree:", " ".join(f"{m} {t.f1:.3f}" for m, t in agreement(name).items()))
        fallen += below(name, measured)
        if args.lift:
            same = committed.get(name, {}).get("fingerprint") == fingerprint(cases)
            former = committed.get(name, {}).get("floors", {}) if same else {}
            committed[name] = {
                "cases": len(cases),
                "fingerprint": fingerprint(cases),
                "floors": {m: max(former.get(m, 0.0), max(0.0, round(t.f1 - MARGIN, 4))) for m, t in measured.items()},
            }
    if args.page:
        write_page(done)
    if args.lift:
        FLOORS.write_text(json.dumps(committed, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for sentence in fallen:
        print(sentence, file=sys.stderr)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
