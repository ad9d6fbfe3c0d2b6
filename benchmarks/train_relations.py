"""Train the pair model of ``ingest/relations/pairs.py`` on gold articles, and print its cross-validated score.

    python benchmarks/train_relations.py GOLD_DIR [--write] [--evaluate OTHER_GOLD_DIR]

Features come from gold mentions; five folds by article choose the thresholds; ``--write`` trains on all articles and
writes ``data/models/relations.json``. Deterministic: no random numbers, articles in order of name.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from ingest import figures
from ingest.clean import clean
from ingest.relations import proposed
from ingest.relations.pairs import candidates_of
from kg.model import PREDICATES, SYMMETRIC, Entity, Extent, Mention

ROOT = Path(__file__).resolve().parent.parent
FOLDS = 5


class Example(NamedTuple):
    article: int
    keys: tuple[tuple[str, str, str], ...]
    features: tuple[str, ...]
    label: int  # 1 stated here, 0 not, -1 true but stated elsewhere


def key(s: str, p: str, o: str) -> tuple[str, str, str]:
    return (min(s, o), p, max(s, o)) if p in SYMMETRIC else (s, p, o)


def document(text: str, gold: dict) -> SimpleNamespace:
    """What the relation component reads, from gold mentions."""
    read = clean(text)
    return SimpleNamespace(
        text=read.text,
        sents=[SimpleNamespace(start_char=s.start, end_char=s.end) for s in read.sentences],
        _=SimpleNamespace(
            entities=[Entity(e["id"], e["type"], e["label"]) for e in gold["entities"]],
            mentions=[Mention(Extent(m["start"], m["end"]), m["entity"], m["anaphor"]) for m in gold["mentions"]],
            figures=figures.find(read.text),
        ),
    )


def load(folder: Path) -> tuple[list[Example], list[set[tuple[str, str, str]]], list[set[tuple[str, str, str]]]]:
    """The pairs of all articles, the gold relations of each, and what the patterns state in each."""
    examples: list[Example] = []
    golds: list[set[tuple[str, str, str]]] = []
    stated: list[set[tuple[str, str, str]]] = []
    for number, path in enumerate(sorted(folder.glob("*.gold.json"))):
        gold = json.loads(path.read_text("utf-8"))
        text = path.with_name(path.name.replace(".gold.json", ".txt")).read_bytes().decode("utf-8")
        wanted: dict[tuple[str, str, str], list[Extent]] = defaultdict(list)
        for r in gold["relations"]:
            wanted[key(r["subject"], r["predicate"], r["object"])].append(Extent(r["start"], r["end"]))
        golds.append(set(wanted))
        sentences, proposals = proposed(document(text, gold))
        stated.append({key(r.subject, r.predicate, r.object) for found in proposals for r in found})
        for sentence, candidates in candidates_of(sentences):
            for pair in candidates:
                keys = tuple(key(s, pair.predicate, o) for s in pair.subject.entities for o in pair.object.entities)
                hits = [k for k in keys if k in wanted]
                here = any(e.overlaps(sentence.extent) for k in hits for e in wanted[k])
                examples.append(Example(number, keys, pair.features, 1 if here else -1 if hits else 0))
    return examples, golds, stated


def train(examples: list[Example], decay: float = 1.0, rounds: int = 160) -> dict[str, float]:
    """Logistic regression by AdaGrad over all examples at once; features seen once are left out."""
    used = [e for e in examples if e.label >= 0]
    counts = Counter(f for e in used for f in e.features)
    positive = Counter(f for e in used if e.label for f in e.features)
    index = {f: i for i, f in enumerate(sorted(f for f, n in counts.items() if n >= 3 or positive[f] >= 2))}
    rows, columns = [], []
    for r, e in enumerate(used):
        for f in e.features:
            if f in index:
                rows.append(r)
                columns.append(index[f])
    rows_, columns_ = np.array(rows), np.array(columns)
    y = np.array([e.label for e in used], dtype=float)
    w, squares, bias, bias_square = np.zeros(len(index)), np.full(len(index), 1e-6), -3.0, 1e-6
    for _ in range(rounds):
        x = np.bincount(rows_, w[columns_], len(used)) + bias
        p = 1 / (1 + np.exp(-np.clip(x, -40, 40)))
        d = p - y
        g = np.bincount(columns_, d[rows_], len(index)) + decay * w
        squares += g * g
        w -= 0.25 * g / np.sqrt(squares)
        bias_square += d.sum() ** 2
        bias -= 0.25 * d.sum() / np.sqrt(bias_square)
    weights = {f: round(float(w[i]), 3) for f, i in index.items() if abs(w[i]) >= 0.02}
    return {"": round(float(bias), 3), **weights}


def scores(examples: list[Example], w: dict[str, float]) -> list[float]:
    return [
        1 / (1 + np.exp(-np.clip(w.get("", 0.0) + sum(w.get(f, 0.0) for f in e.features), -40, 40))) for e in examples
    ]


def best(examples: list[Example], probabilities: list[float]) -> dict[tuple[int, tuple[str, str, str]], float]:
    """The highest probability of each relation of each article."""
    found: dict[tuple[int, tuple[str, str, str]], float] = {}
    for e, p in zip(examples, probabilities, strict=True):
        for k in e.keys:
            if k[0] != k[2]:
                found[e.article, k] = max(found.get((e.article, k), 0.0), p)
    return found


def measure(found: dict, golds: list[set], thresholds: dict[str, float]) -> tuple[int, int, int]:
    out = {x for x, p in found.items() if p >= thresholds.get(x[1][1], thresholds["*"])}
    gold = {(a, k) for a, ks in enumerate(golds) for k in ks}
    return len(out & gold), len(out), len(gold)


def prf(hits: int, out: int, gold: int) -> str:
    p, r = hits / max(out, 1), hits / max(gold, 1)
    return f"P {p:.3f} R {r:.3f} F1 {2 * p * r / max(p + r, 1e-9):.3f} ({hits}/{out}/{gold})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--evaluate", type=Path)
    parser.add_argument("--decay", type=float, default=1.0)
    a = parser.parse_args()
    examples, golds, _ = load(a.gold)
    print(len(examples), "pairs,", sum(e.label == 1 for e in examples), "stated")
    probabilities = [0.0] * len(examples)
    for fold in range(FOLDS):
        w = train([e for e in examples if e.article % FOLDS != fold], a.decay)
        held = [i for i, e in enumerate(examples) if e.article % FOLDS == fold]
        for i, p in zip(held, scores([examples[i] for i in held], w), strict=True):
            probabilities[i] = p
    found = best(examples, probabilities)
    for t in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        print("held out, threshold", t, prf(*measure(found, golds, {"*": t})))
    thresholds = {"*": 0.4, "holdsPosition": 0.4, "locatedIn": 0.9}
    for predicate in PREDICATES:
        print(
            f"  {predicate:<16}",
            prf(
                *measure(
                    {k: v for k, v in found.items() if k[1][1] == predicate},
                    [{x for x in g if x[1] == predicate} for g in golds],
                    thresholds,
                )
            ),
        )
    w = train(examples, a.decay)
    if a.evaluate:
        others, wanted, patterns = load(a.evaluate)
        judged = best(others, scores(others, w))
        for t in (0.2, 0.3, 0.4, 0.5, 0.6):
            both = {**judged, **{(n, k): 1.0 for n, ks in enumerate(patterns) for k in ks}}
            print(
                "other set, threshold",
                t,
                prf(*measure(judged, wanted, {"*": t})),
                "with patterns",
                prf(*measure(both, wanted, {"*": t})),
            )
    if a.write:
        target = ROOT / "data" / "models" / "relations.json"
        target.write_text(
            json.dumps({"thresholds": thresholds, "weights": w}, ensure_ascii=False, indent=0, sort_keys=True) + "\n",
            "utf-8",
        )
        print(target.name, len(w), "weights")


if __name__ == "__main__":
    main()
