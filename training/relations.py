"""Train the pair model of ``ingest/relations/pairs.py`` on annotated articles, and print its cross-validated score.

    python -m training.relations ../shared/gold ../shared/articles --field ../shared/field --cross-validate [--write]

The first folder has articles with their annotations; the second has articles that are annotated in
``benchmarks/annotations/articles.jsonl`` and ``field.jsonl``. Mentions are those of the annotation. Our own marked
passages (``benchmarks/relations`` and the cases of ``tests/gold/relations``) are used too. Folds are by article. The
result is deterministic: there are no random numbers, and articles are in order of name. Needs scipy.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from benchmarks import relations as passages
from benchmarks.annotations import FIELD, Annotated
from benchmarks.annotations import read as read_annotations
from benchmarks.folders import holding
from ingest import figures
from ingest.clean import clean
from ingest.relations import proposed
from ingest.relations.pairs import Key, Pair, candidates_of, key
from kg.model import Entity, Extent, Mention
from kg.predicates import PREDICATES

ROOT = Path(__file__).resolve().parent.parent
FOLDS = 6  #: of the cross-validation
#: Probabilities from which a relation is stated, of the pair model and the reader's head together. Those by predicate keep
#: out negated statements of ``tests/gold/relations``.
THRESHOLDS = {"*": 0.25, "participatesIn": 0.4, "subsidiaryOf": 0.4}
OWN = 1.0  #: weight of a pair in our own passages; one in the news has 1
#: The types of entities by their letters in marked passages.
TYPES = {
    "P": "Person", "O": "Organization", "D": "Product", "L": "Place", "E": "Event", "C": "Place", "K": "Place",
    "N": "Place",
}  # fmt: skip
_MARK = re.compile(r"<([^:<>]+):([A-Z])>")
#: The predicate at the start of the name of a way.
_PREDICATE = re.compile(r"[A-Za-z]+")


class Example(NamedTuple):
    """A candidate pair with its label.

    Attributes:
        article: the number of the article.
        keys: the relations that it may state; several if a mention has several entities.
        pair: the pair.
        label: 1 if the sentence states the relation, 0 if it is not annotated, -1 if only another sentence states it.
        weight: how much it counts.
    """

    article: int
    keys: tuple[Key, ...]
    pair: Pair
    label: int
    weight: float


class Corpus(NamedTuple):
    """The candidate pairs of all articles.

    Attributes:
        names: the names of the articles.
        examples: the pairs.
        golds: the relations of each article.
    """

    names: list[str]
    examples: list[Example]
    golds: list[set[Key]]


def document(text: str, gold: Mapping[str, Any]) -> SimpleNamespace:
    """A substitute for a spaCy document, with what the relation component needs, from annotated mentions.

    Args:
        text: the text.
        gold: its ``gold/1`` document.
    """
    read = clean(text)
    return SimpleNamespace(
        text=read.text,
        sents=[SimpleNamespace(start_char=s.start, end_char=s.end) for s in read.sentences],
        _=SimpleNamespace(
            entities=[Entity(e["id"], e["type"], e["label"]) for e in gold["entities"]],
            mentions=[
                Mention(Extent(m["start"], m["end"]), m["entity"], bool(m.get("anaphor"))) for m in gold["mentions"]
            ],
            figures=figures.find(read.text),
        ),
    )


def gold_articles(folder: Path) -> Iterator[Annotated]:
    """The articles of a folder with their annotations."""
    for path in sorted(folder.glob("*.gold.json")):
        text = path.with_name(path.name.replace(".gold.json", ".txt")).read_bytes().decode("utf-8")
        yield Annotated(path.name.removesuffix(".gold.json"), text, json.loads(path.read_text("utf-8")))


def own_sentences() -> Iterator[Annotated]:
    """The cases of the tests and the passages of ``benchmarks/relations``, each as an article."""
    cases = [
        json.loads(line)
        for path in sorted((ROOT / "tests" / "gold" / "relations").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    for n, case in enumerate(cases):
        yield marked(f"own{n:03}", case["text"], case["relations"])
    yield from passages.read()


def marked(name: str, words: str, relations: list[list[str]]) -> Annotated:
    """An article from a text with marks such as ``<name:T>``.

    Args:
        name: the name of the article.
        words: the marked text.
        relations: subject, predicate and object of each relation; the whole text is their evidence.
    """
    text, mentions, entities, at = "", [], {}, 0
    for m in _MARK.finditer(words):
        text += words[at : m.start()]
        entities.setdefault(m[1], {"id": m[1], "type": TYPES[m[2]], "label": m[1]})
        mentions.append({"start": len(text), "end": len(text) + len(m[1]), "entity": m[1], "anaphor": False})
        text += m[1]
        at = m.end()
    text += words[at:]
    found = [{"subject": s, "predicate": p, "object": o, "start": 0, "end": len(text)} for s, p, o in relations]
    return Annotated(name, text, {"entities": list(entities.values()), "mentions": mentions, "relations": found})


def load(articles: list[Annotated], news: int) -> Corpus:
    """The candidate pairs of all articles, and their relations.

    Args:
        articles: the articles.
        news: how many of them, from the first, are news; the others are our own passages.
    """
    found: list[Example] = []
    golds: list[set[Key]] = []
    for number, article in enumerate(articles):
        golds.append({key(r["subject"], r["predicate"], r["object"]) for r in article.gold["relations"]})
        found += examples(number, article.text, article.gold, 1.0 if number < news else OWN)
    return Corpus([a.name for a in articles], found, golds)


def examples(number: int, text: str, gold: Mapping[str, Any], weight: float = 1.0) -> Iterator[Example]:
    """The candidate pairs of an article with their labels, by its annotated mentions.

    Args:
        number: of the article.
        text: its text.
        gold: its ``gold/1`` document.
        weight: how much each pair counts.
    """
    wanted: dict[Key, list[Extent]] = defaultdict(list)
    for r in gold["relations"]:
        wanted[key(r["subject"], r["predicate"], r["object"])].append(Extent(r["start"], r["end"]))
    for sentence, candidates in candidates_of(*proposed(document(text, gold))):
        for pair in candidates:
            yield _example(number, pair, sentence.extent, wanted, weight)


def _example(number: int, pair: Pair, sentence: Extent, wanted: dict[Key, list[Extent]], weight: float) -> Example:
    """A candidate pair with its label and weight.

    Args:
        number: of the article.
        pair: the pair.
        sentence: where it is.
        wanted: the evidence of each relation of the article.
        weight: how much it counts.
    """
    keys = tuple(key(s, pair.predicate, o) for s in pair.subject.entities for o in pair.object.entities if s != o)
    hits = [k for k in keys if k in wanted]
    here = any(e.overlaps(sentence) for k in hits for e in wanted[k])
    return Example(number, keys, pair, 1 if here else -1 if hits else 0, weight)


Weights = dict[str, dict[str, float]]  #: by predicate or way, then by feature


def train(examples: list[Example], decay: float, least: int = 2) -> Weights:
    """Fit a logistic regression; each feature has a weight for the predicate and another one for the way.

    Features that start with ``row`` have one more weight, for all predicates together.

    Args:
        examples: the pairs; those with label -1 are left out.
        decay: the strength of L2 regularization.
        least: how many pairs must have a feature if one of them is positive; otherwise 12.
    """
    used = [e for e in examples if e.label >= 0]

    def named(e: Example) -> Iterator[tuple[str, str]]:
        """The names of the weights of a pair."""
        predicate = _PREDICATE.match(e.pair.way)[0]  # type: ignore[index]
        for f in ("", *dict.fromkeys(e.pair.features)):
            yield predicate, f
            yield e.pair.way, f
            if f.startswith("row"):
                yield "*", f

    counts: Counter[tuple[str, str]] = Counter()
    positive: Counter[tuple[str, str]] = Counter()
    for e in used:
        found = list(named(e))
        counts.update(found)
        if e.label:
            positive.update(found)
    index = {
        f: i for i, f in enumerate(sorted(f for f, n in counts.items() if (positive[f] and n >= least) or n >= 12))
    }
    columns, cuts = [], [0]
    for e in used:
        columns.extend(index[f] for f in named(e) if f in index)
        cuts.append(len(columns))
    x = csr_matrix((np.ones(len(columns)), columns, cuts), shape=(len(used), len(index)))
    y = np.array([e.label for e in used], dtype=float)
    k = np.array([e.weight for e in used])
    bias = -4.0

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        """The loss of some weights and its gradient."""
        z = x @ w + bias
        value = (k * (np.logaddexp(0, z) - y * z)).sum() + decay * (w @ w) / 2
        return value, x.T @ (k * (1 / (1 + np.exp(-z)) - y)) + decay * w

    w = minimize(loss, np.zeros(len(index)), jac=True, method="L-BFGS-B", options={"maxiter": 150}).x
    weights: Weights = defaultdict(dict)
    for (where, f), i in index.items():
        if abs(w[i]) >= 0.02:
            weights[where][f] = round(float(w[i]), 3)
    for predicate in PREDICATES:
        weights[predicate][""] = round(weights[predicate].get("", 0.0) + bias, 3)
    return merged(dict(weights))


def merged(weights: Weights) -> Weights:
    """The weights as they are saved: those for all predicates are added to those of each."""
    everywhere = weights.pop("*", {})
    for predicate in PREDICATES:
        for f, w in everywhere.items():
            weights[predicate][f] = round(weights[predicate].get(f, 0.0) + w, 3)
    return weights


def scores(examples: list[Example], weights: Weights) -> list[float]:
    """The probability of each pair."""
    out = []
    for e in examples:
        p, w = weights[_PREDICATE.match(e.pair.way)[0]], weights.get(e.pair.way, {})  # type: ignore[index]
        z = sum(p.get(f, 0.0) + w.get(f, 0.0) for f in ("", *dict.fromkeys(e.pair.features)))
        out.append(float(1 / (1 + np.exp(-np.clip(z, -40, 40)))))
    return out


Found = dict[tuple[int, Key], float]  #: the probability of each relation of each article


def best(examples: list[Example], probabilities: list[float]) -> Found:
    """The highest probability of each relation of each article."""
    found: Found = {}
    for e, p in zip(examples, probabilities, strict=True):
        for k in e.keys:
            found[e.article, k] = max(found.get((e.article, k), 0.0), p)
    return found


def measure(
    found: Found, golds: list[set[Key]], thresholds: dict[str, float], articles: set[int]
) -> tuple[int, int, int]:
    """Count the relations that are right, found, and in gold, over some articles.

    Args:
        found: the relations with their probabilities.
        golds: the relations of each article.
        thresholds: by predicate; ``*`` is for the others.
        articles: the numbers of the articles.
    """
    out = {x for x, p in found.items() if x[0] in articles and p >= thresholds.get(x[1][1], thresholds["*"])}
    gold = {(a, k) for a, ks in enumerate(golds) if a in articles for k in ks}
    return len(out & gold), len(out), len(gold)


def prf(hits: int, out: int, gold: int) -> str:
    """Precision, recall and F1 for printing, from counts."""
    p, r = hits / max(out, 1), hits / max(gold, 1)
    return f"P {p:.3f} R {r:.3f} F1 {2 * p * r / max(p + r, 1e-9):.3f} ({hits}/{out}/{gold})"


def held_out(corpus: Corpus, articles: int, decay: float) -> Found:
    """Cross-validation: the relations in the first articles, each found by a model that was not trained on the article.

    Args:
        corpus: all articles. Those after the first ``articles`` are in the training data of every model.
        articles: how many articles are held out in turn.
        decay: the strength of L2 regularization.
    """
    probabilities = [0.0] * len(corpus.examples)
    for fold in range(FOLDS):
        w = train([e for e in corpus.examples if e.article >= articles or e.article % FOLDS != fold], decay)
        mine = [i for i, e in enumerate(corpus.examples) if e.article < articles and e.article % FOLDS == fold]
        for i, p in zip(mine, scores([corpus.examples[i] for i in mine], w), strict=True):
            probabilities[i] = p
    return best(corpus.examples, probabilities)


def report(corpus: Corpus, found: Found, gold: set[int], more: set[int]) -> None:
    """Print the scores by threshold and by predicate.

    Args:
        corpus: all articles.
        found: of :func:`held_out`.
        gold: the numbers of the gold articles.
        more: the numbers of the other annotated articles.
    """
    for t in (0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        of_gold, of_more = (prf(*measure(found, corpus.golds, {"*": t}, x)) for x in (gold, more))
        print("held out, threshold", t, "gold", of_gold, "articles", of_more)
    for predicate in PREDICATES:
        one = {k: p for k, p in found.items() if k[1][1] == predicate}
        wanted = [{k for k in ks if k[1] == predicate} for ks in corpus.golds]
        print(f"  {predicate:<16}", prf(*measure(one, wanted, THRESHOLDS, gold | more)))


def main() -> None:
    """Train and, if asked, cross-validate and write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=holding("*.gold.json", "*.txt"), help="folder with NAME.txt and NAME.gold.json")
    parser.add_argument("articles", type=holding("*.txt"), help="folder of the articles of benchmarks/annotations")
    parser.add_argument("--field", type=holding("*.txt"), help="folder of those of field.jsonl")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--cross-validate", action="store_true", help="print the score on articles not read")
    parser.add_argument("--decay", type=float, default=4.0)
    a = parser.parse_args()
    gold, more = list(gold_articles(a.gold)), list(read_annotations(a.articles))
    more += read_annotations(a.field, FIELD) if a.field else []
    corpus = load([*gold, *more, *own_sentences()], len(gold) + len(more))
    print(len(corpus.examples), "pairs,", sum(e.label == 1 for e in corpus.examples), "stated")
    if a.cross_validate:
        of_gold, of_more = set(range(len(gold))), set(range(len(gold), len(gold) + len(more)))
        report(corpus, held_out(corpus, len(gold) + len(more), a.decay), of_gold, of_more)
    if a.write:
        weights = train(corpus.examples, a.decay)
        target = ROOT / "data" / "models" / "relations.json"
        target.write_text(
            json.dumps({"thresholds": THRESHOLDS, "weights": weights}, ensure_ascii=False, indent=0, sort_keys=True)
            + "\n",
            "utf-8",
        )
        print(target.name, sum(map(len, weights.values())), "weights", target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
