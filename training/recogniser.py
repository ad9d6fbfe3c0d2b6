"""Train the name recogniser of ``ingest/recogniser``; deterministic for the same corpora, alias table and GiNZA.

    python -m training.recogniser --ner ../shared/ner --gold ../shared/gold --articles ../shared/articles \
        --field ../shared/field --out data/models/names.npz
    (… --fold 0/5 --show)

The corpora are ner-wikipedia-dataset (CC BY-SA 3.0), UD_Japanese-GSD r2.8-NE (CC BY-SA 4.0), the gold articles, those
of benchmarks/annotations, and our own passages of benchmarks/relations, benchmarks/names and benchmarks/claims (their
names are in benchmarks/names/practice.jsonl). None of the corpora's text is copied into the project; see
data/LICENSES.md.

Every feature exists twice, shared and for news alone (Daumé 2007). So encyclopedic sentences teach what names look
like, while the news (gold and passages) decides by the project's rules. The annotated articles, which follow looser
rules, only train what is shared; used as news they lowered the score on held-out articles.

``--fold k/n`` holds out every n-th article, prints the score on them, and writes their names beside ``--out``, so that
other models can use the scores of a recogniser that was not trained on the article. Parsing and training take a few
minutes on two cores.
"""

from __future__ import annotations

import argparse
import io
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np

from benchmarks import relations
from benchmarks.annotations import AFTER_REAL, FIELD
from benchmarks.annotations import read as read_annotations
from benchmarks.folders import holding
from ingest.names import gazetteer
from ingest.recogniser import LABEL, Recogniser, atoms, features, likeliest, spans
from training.corpora import GSD_PARTS, annotated, gold, gsd, practised, sentences_of_names, wikipedia
from training.crf import Sample, Trainer


def parse(items, cache: Path | None) -> list[Sample]:
    """The texts as the pipeline sees them: cleaned, tokenised by sentence, with GiNZA's names and vectors.

    Args:
        items: name, text and names of each.
        cache: a file for the parsed texts, or None.
    """
    items = list(items)
    known = pickle.loads(cache.read_bytes()) if cache and cache.exists() else {}
    todo = [i for i in items if i[1] not in known]
    if todo:
        from ingest import pipeline

        nlp = pipeline.load(components=False)
        unused = [
            n for n in ("parser", "morphologizer", "compound_splitter", "bunsetu_recognizer") if n in nlp.pipe_names
        ]
        with nlp.select_pipes(disable=unused):
            for (_, text, _), doc in zip(todo, nlp.pipe((t for _, t, _ in todo), batch_size=64), strict=False):
                known[text] = (
                    doc.text, [t.text for t in doc], [t.tag_ for t in doc], [t.idx for t in doc],
                    [(e.start, e.end, e.label_) for e in doc.ents], doc.tensor.astype(np.float16),
                )  # fmt: skip
        if cache:
            cache.write_bytes(pickle.dumps(known))
    names = gazetteer()
    out = []
    for name, text, found in items:
        seen, words, tags, offsets, ginza, dense = known[text]
        units = atoms(words, tags, offsets, names)
        out.append(Sample(name, seen, found, units, ginza, dense[[u.token for u in units]]))
    return out


def label(sample: Sample) -> np.ndarray:
    """The label of each atom; names that do not begin and end with atoms, or that overlap, are left out."""
    gold = np.zeros(len(sample.units), np.int16)
    starts = {u.start: i for i, u in enumerate(sample.units)}
    ends = {u.end: i for i, u in enumerate(sample.units)}
    for a, b, kind in sample.names:
        i, j = starts.get(a), ends.get(b)
        if i is None or j is None or gold[i : j + 1].any():
            continue
        if i == j:
            gold[i] = LABEL["S-" + kind]
        else:
            gold[i], gold[i + 1 : j], gold[j] = LABEL["B-" + kind], LABEL["I-" + kind], LABEL["E-" + kind]
    return gold


def save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an .npz file whose bytes depend on the arrays alone; its dates are fixed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for key in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(arrays[key]), allow_pickle=False)
            z.writestr(zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0)), buffer.getvalue(), zipfile.ZIP_DEFLATED)


def evaluate(model: Recogniser, samples: list[Sample], *, show: bool) -> None:
    """Print precision, recall and F1 on some texts.

    Args:
        model: the recogniser.
        samples: the texts, with features.
        show: also print each name that is spurious (+) or missed (-).
    """
    tp = out = want = 0
    for s in samples:
        path = likeliest(model.emissions(s.feats, s.dense.astype(np.float32)), model.steps)
        got = {(s.units[a].start, s.units[b].end, k) for a, b, k in spans(path)}
        real = set(s.names)
        tp, out, want = tp + len(got & real), out + len(got), want + len(real)
        if show:
            for a, b, k in sorted(got - real):
                print(f"  + {s.name} {s.text[max(0, a - 6) : a]}[{s.text[a:b]}]{k}{s.text[b : b + 6]}")
            for a, b, k in sorted(real - got):
                print(f"  - {s.name} {s.text[max(0, a - 6) : a]}[{s.text[a:b]}]{k}{s.text[b : b + 6]}")
    p, r = tp / max(out, 1), tp / max(want, 1)
    print(f"articles {len(samples)} P {p:.3f} R {r:.3f} F1 {2 * p * r / (p + r + 1e-9):.3f}", flush=True)


def main() -> None:
    """Train the recogniser on the corpora, and save or evaluate it."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument(
        "--ner", type=holding("wikipedia/ner.json", *(f"gsd/{part}.bio" for part in GSD_PARTS)), required=True
    )
    a.add_argument("--gold", type=holding("*.gold.json", "*.txt"), required=True)
    a.add_argument("--articles", type=holding("*.txt"), help="the articles of benchmarks/annotations/articles.jsonl")
    a.add_argument("--field", type=holding("*.txt"), help="the articles of benchmarks/annotations/field.jsonl")
    a.add_argument("--cache", type=Path, help="keep parsed corpora in this file between runs")
    a.add_argument("--epochs", type=int, default=6)
    a.add_argument("--hidden", type=int, default=96)
    a.add_argument("--least", type=int, default=3)
    a.add_argument("--news", type=int, default=4, help="times that news are read in an epoch")
    a.add_argument("--rate", type=float, default=0.08)
    a.add_argument("--drop", type=float, default=0.2)
    a.add_argument("--keep", type=float, default=0.03)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--fold", help="k/n: hold out every n-th article, from the k-th on")
    a.add_argument("--show", action="store_true")
    a.add_argument("--out", type=Path)
    o = a.parse_args()
    items = [*wikipedia(o.ner), *gsd(o.ner), *gold(o.gold)]
    if o.articles:
        items += annotated("more", [a for a in read_annotations(o.articles) if a.name[0] not in AFTER_REAL])
    if o.field:
        items += annotated("more", read_annotations(o.field, FIELD))
    items += annotated("news:own", relations.read())
    items += annotated("news:own", sentences_of_names())
    items += annotated("news:own", practised())
    samples = parse(items, o.cache)
    names = gazetteer()
    for s in samples:
        # interned: the features would otherwise take 13 GB
        s.feats = [tuple(map(sys.intern, f)) for f in features(s.text, s.units, s.ginza, names)]
        s.gold = label(s)
    test: list[Sample] = []
    if o.fold:
        k, n = map(int, o.fold.split("/"))
        held = set(
            sorted({s.name for s in samples if s.name.startswith(("news:", "more:")) and ":own:" not in s.name})[k::n]
        )
        test = [s for s in samples if s.name in held]
        samples = [s for s in samples if s.name not in held]
    trainer = Trainer(samples, hidden=o.hidden, least=o.least, seed=o.seed)
    trainer.train(o.epochs, 32, o.news, o.rate, o.drop)
    index, arrays = trainer.arrays(o.keep)
    if o.out:
        save(o.out, arrays)
        print(o.out, o.out.stat().st_size, "bytes,", len(index), "features")
        if test:
            o.out.with_suffix(".txt").write_text("".join(f"{s.name.partition(':')[2]}\n" for s in test), "utf-8")
    if test:
        evaluate(Recogniser(index, arrays), test, show=o.show)


if __name__ == "__main__":
    main()
