"""Would word vectors tell better than words which claims speak of one thing? On all pairs of claims of our stories.

    .venv/bin/python -m benchmarks.bench_likeness

Every two claims of different articles of one story are a pair; those that the annotation links (by whatever type, evidence
and optional ones too) are the right ones. Prints for each measure of likeness the average precision over the pairs, and the
best F1 that one threshold gives: ``words`` is ``kg.tracking.comparison.topic``, ``vectors`` the cosine of the mean vectors
(ja_ginza, content words), weighted like the words or not, ``both`` their mean; then how often vectors alone would find what
words miss (a right pair below the threshold of words), and at what cost in wrong pairs. Last, the links that are proposed
(recall / precision over the stories) if vectors take part in the rules in place of words alone, from claims as annotated
and as the extractor reads them.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import bench_stories
from kg.tracking import comparison, views
from kg.tracking.comparison import topic
from kg.tracking.thresholds import DEFAULT
from tests import stories

CONTENT = ("名詞", "動詞", "形容詞", "形状詞", "副詞")


def pairs(name: str) -> list[tuple[Any, Any, bool]]:
    """The pairs of claims of a story's different articles, and whether they are linked."""
    story = stories.load(name)
    found = []
    for report in stories.reports(story):
        url = str(report.article.url)
        found += [replace(v, iri=v.iri) for v in views.from_report(report, lambda c: c.id, url)]
    linked = {frozenset(x[-2:]) for key in ("links", "evidence", "optional") for x in story.get(key, ())}
    return [(a, b, frozenset((a.iri, b.iri)) in linked) for a, b in combinations(found, 2) if a.article != b.article]


class Vectors:
    """Mean vectors of a claim's content words."""

    def __init__(self) -> None:
        import ingest

        self.nlp, self.known = ingest.load(), {}  # type: ignore[var-annotated]

    def of(self, view: Any, weighted: bool) -> Any:
        import numpy as np

        key = (view.text, weighted)
        if key not in self.known:
            doc = self.nlp.make_doc(view.text)
            tokens = [t for t in doc if t.has_vector and t.tag_.startswith(CONTENT)]
            weights = [view.words.weights.get(t.lemma_, view.words.weights.get(t.text, 0.3)) for t in tokens]
            rows = [t.vector * (w if weighted else 1.0) for t, w in zip(tokens, weights, strict=True)]
            self.known[key] = np.sum(rows, axis=0) if rows else None
        return self.known[key]

    def cosine(self, a: Any, b: Any, weighted: bool) -> float:
        import numpy as np

        x, y = self.of(a, weighted), self.of(b, weighted)
        if x is None or y is None:
            return 0.0
        return float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y) or 1.0))


def average_precision(scored: list[tuple[float, bool]]) -> tuple[float, float]:
    """The average precision, and the best F1 of any threshold."""
    ordered = sorted(scored, key=lambda x: -x[0])
    whole, right, total, best = sum(good for _, good in ordered), 0, 0.0, 0.0
    for n, (_, good) in enumerate(ordered, 1):
        right += good
        total += good * right / n
        best = max(best, 2 * right / (n + whole))
    return total / whole, best


def main() -> None:
    vectors = Vectors()
    every = [p for path in sorted(stories.FOLDER.glob("*.json")) for p in pairs(path.stem)]
    words = [topic(a, b) for a, b, _ in every]
    plain = [vectors.cosine(a, b, False) for a, b, _ in every]
    weighted = [vectors.cosine(a, b, True) for a, b, _ in every]
    good = [g for _, _, g in every]
    print(f"{len(every):,} pairs, {sum(good)} of them linked\n{'':26}average precision   best F1")
    for name, scores in (
        ("words", words), ("vectors", plain), ("vectors, weighted", weighted),
        ("both", [(a + b) / 2 for a, b in zip(words, plain, strict=True)]),
        ("both, weighted", [(a + b) / 2 for a, b in zip(words, weighted, strict=True)]),
    ):  # fmt: skip
        precision, best = average_precision(list(zip(scores, good, strict=True)))
        print(f"{name:26}{precision:>17.3f}{best:>10.3f}")
    missed = [v for v, w, g in zip(plain, words, good, strict=True) if g and w < DEFAULT.topic_same_value]
    wrong = [v for v, w, g in zip(plain, words, good, strict=True) if not g and w < DEFAULT.topic_same_value]
    print(f"\nlinked pairs that have too few words in common: {len(missed)}")
    for least in (0.6, 0.7, 0.8):
        print(
            f"  cosine ≥ {least}: {sum(v >= least for v in missed)} of these, and {sum(v >= least for v in wrong)} wrong pairs"
        )
    decided(vectors)


def decided(vectors: Vectors) -> None:
    """Print what the rules propose with each measure of likeness."""
    names = sorted(path.stem for path in stories.FOLDER.glob("*.json"))
    annotated = {n: stories.reports(stories.load(n)) for n in names}
    read = bench_stories.read(names, None)

    def above(least: float, a: Any, b: Any) -> float:
        return max(0.0, (vectors.cosine(a, b, False) - least) / (1 - least))

    ways = {
        "words": topic,
        "mean of both": lambda a, b: (topic(a, b) + above(0.4, a, b)) / 2,
        "7 parts words, 3 vectors": lambda a, b: 0.7 * topic(a, b) + 0.3 * above(0.5, a, b),
        "the greater of both": lambda a, b: max(topic(a, b), above(0.6, a, b)),
    }
    print(f"\n{'in the rules':26}{'as annotated':>16}{'as read':>16}")
    for name, way in ways.items():
        comparison.topic = way  # type: ignore[assignment]
        cells = []
        for reports in (annotated, read):
            scores = [bench_stories.score(stories.load(n), reports[n]) for n in names]
            recall, precision = (sum(s[k] for s in scores) / len(scores) for k in ("recall", "precision"))
            cells.append(f"{recall:.2f} / {precision:.2f}")
        print(f"{name:26}{cells[0]:>16}{cells[1]:>16}")
    comparison.topic = topic


if __name__ == "__main__":
    main()
