"""Train the name recogniser of ``ingest/recogniser.py``; deterministic for the same corpora, alias table and GiNZA.

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
import collections
import io
import itertools
import json
import pickle
import re
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks import relations
from benchmarks.annotations import AFTER_REAL, FIELD, Annotated
from benchmarks.annotations import read as read_annotations
from benchmarks.claims import passages
from benchmarks.folders import holding
from ingest.names import gazetteer
from ingest.recogniser import (
    ALLOWED,
    LABEL,
    LABELS,
    STARTS,
    STOPS,
    Recogniser,
    atoms,
    features,
    likeliest,
    spans,
)

#: For each type of a corpus, our type.
WIKI = {
    "人名": "Person", "法人名": "Organization", "政治的組織名": "Organization", "その他の組織名": "Organization",
    "地名": "Place", "施設名": "Place", "製品名": "Product", "イベント名": "Event",
}  # fmt: skip
GSD = {
    "PERSON": "Person", "ORG": "Organization", "GPE": "Place", "LOC": "Place", "FAC": "Place", "PRODUCT": "Product",
    "WORK_OF_ART": "Product", "EVENT": "Event",
}  # fmt: skip
GSD_PARTS = ("train", "dev", "test")
_BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@dataclass
class Sample:
    """A text for training or testing.

    Attributes:
        name: the corpus, with the name of the article for ours; ``news:`` marks news.
        text: the cleaned text.
        names: start, end and type of each name.
        units: the atoms of the recogniser.
        ginza: GiNZA's names, as first token, end and label.
        dense: GiNZA's vectors (atoms by 256).
        feats: the features of each atom.
        gold: the index of the label of each atom.
    """

    name: str
    text: str
    names: list[tuple[int, int, str]]
    units: list
    ginza: list
    dense: np.ndarray
    feats: list | None = None
    gold: np.ndarray | None = None


def wikipedia(folder: Path):
    """The sentences of ner-wikipedia-dataset, as name, text and names."""
    for row in json.loads((folder / "wikipedia/ner.json").read_text("utf-8")):
        yield "wiki", row["text"], [(*e["span"], WIKI[e["type"]]) for e in row["entities"]]


def gsd(folder: Path):
    """The sentences of UD_Japanese-GSD, as name, text and names."""
    for part in GSD_PARTS:
        text, names, open_name = "", [], None
        for line in [*(folder / f"gsd/{part}.bio").read_text("utf-8").splitlines(), ""]:
            if not line:
                if text:
                    yield "gsd", text, [(a, b, GSD[k]) for a, b, k in names if k in GSD]
                text, names, open_name = "", [], None
                continue
            word, _, tag = line.partition("\t")
            if re.search("[A-Za-z]$", text) and re.match("[A-Za-z]", word):
                text += " "
            start = len(text)
            text += word
            if tag[0] == "B":
                open_name = [start, len(text), tag[2:]]
                names.append(open_name)
            elif tag[0] == "I" and open_name and open_name[2] == tag[2:]:
                open_name[1] = len(text)
            else:
                open_name = None


def gold(folder: Path):
    """The gold articles, as name, text and names."""
    for path in sorted(folder.glob("*.gold.json")):
        doc = json.loads(path.read_text("utf-8"))
        stem = path.name.removesuffix(".gold.json")
        text = (folder / f"{stem}.txt").read_bytes().decode("utf-8")
        kinds = {e["id"]: e["type"] for e in doc["entities"]}
        yield (
            f"news:{stem}",
            text,
            [(m["start"], m["end"], kinds[m["entity"]]) for m in doc["mentions"] if not m.get("anaphor")],
        )


def annotated(prefix: str, articles: Iterable[Annotated]):
    """Annotated articles, as name, text and names.

    Args:
        prefix: for their names; ``news`` if the model for news trains on them.
        articles: the articles.
    """
    for name, text, doc in articles:
        kinds = {e["id"]: e["type"] for e in doc["entities"]}
        found = [(m["start"], m["end"], kinds[m["entity"]]) for m in doc["mentions"] if not m["anaphor"]]
        yield f"{prefix}:{name}", text, joined(text, found)


def sentences_of_names() -> Iterator[Annotated]:
    """Our own sentences with many names, ``benchmarks/names/passages.txt``."""
    lines = (_BENCHMARKS / "names" / "passages.txt").read_text("utf-8").splitlines()
    for n, line in enumerate(line for line in lines if not line.startswith("#")):
        yield relations.to_document(f"names{n:03}", {"text": line, "relations": []})


def practised() -> Iterator[Annotated]:
    """The practice passages of claims with their names, ``benchmarks/names/practice.jsonl``.

    A row lists the names in a passage. Each marks all its occurrences, the longest name first. A name that also
    occurs in other words is given in its context: ``«森»社長``.
    """
    here = _BENCHMARKS
    texts = {path.stem: passages(path) for path in sorted((here / "claims").glob("practice*.txt"))}
    for line in (here / "names" / "practice.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        file, _, number = row["key"].partition(":")
        text = texts[file][int(number)]
        mentions: list[dict[str, Any]] = []
        for form, kind in sorted(row["names"], key=lambda x: -len(name_in(x[0])[0])):
            name, before, after = name_in(form)
            for m in re.finditer(re.escape(before + name + after), text):
                start = m.start() + len(before)
                end = start + len(name)
                if not any(start < x["end"] and x["start"] < end for x in mentions):
                    mentions.append({"start": start, "end": end, "entity": kind, "anaphor": False})
        entities = [{"id": kind, "type": relations.TYPES[kind]} for kind in relations.TYPES]
        yield Annotated(
            row["key"], text, {"entities": entities, "mentions": sorted(mentions, key=lambda m: m["start"])}
        )


def name_in(form: str) -> tuple[str, str, str]:
    """The name in a row's entry, and the context before and after it.

    >>> name_in("«森»社長"), name_in("森")
    (('森', '', '社長'), ('森', '', ''))
    """
    if "«" not in form:
        return form, "", ""
    before, _, rest = form.partition("«")
    name, _, after = rest.partition("»")
    return name, before, after


# A place that is followed by a smaller one in an address.
_WHOLE = re.compile(r".+[都道府県州市]")


def joined(text: str, names: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The names with each address as one place, as gold mostly has them: 東京都|中央区."""
    out: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(names):
        before = out[-1] if out else (0, 0, "")
        if before[1:] == (start, kind) and kind == "Place" and _WHOLE.fullmatch(text[before[0] : start]):
            out[-1] = (before[0], end, kind)
        else:
            out.append((start, end, kind))
    return out


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


def sentences(sample: Sample) -> list[slice]:
    """The sentences of an article, at most 120 atoms each, so that batches are even."""
    cuts = [0]
    for i, u in enumerate(sample.units):
        if u.text in ("。", "\n") or "\n" in u.text or i + 1 - cuts[-1] >= 120:
            cuts.append(i + 1)
    cuts.append(len(sample.units))
    return [slice(a, b) for a, b in itertools.pairwise(cuts) if b > a]


def window(dense: np.ndarray) -> np.ndarray:
    """Each row with the rows before and after it beside it."""
    edge = np.zeros((1, dense.shape[1]), dense.dtype)
    return np.concatenate([dense, np.concatenate([edge, dense[:-1]]), np.concatenate([dense[1:], edge])], axis=1)


class Trainer:
    """A CRF whose emissions are linear in sparse features, plus a hidden layer over GiNZA's vectors.

    Weights of news are the sum of shared ones and those for news alone.
    """

    def __init__(self, samples: list[Sample], *, hidden: int, least: int, seed: int) -> None:
        """Args:
        samples: the texts for training, with features and labels.
        hidden: width of the hidden layer.
        least: how often a feature must occur; two occurrences in news are enough.
        seed: of the random numbers.
        """
        self.rng = np.random.default_rng(seed)
        count = collections.Counter()
        for s in samples:
            for f in s.feats:
                count.update(f)
        news = collections.Counter()
        for s in samples:
            if s.name.startswith("news:"):
                for f in s.feats:
                    news.update(f)
        self.index: dict[str, int] = {}
        for f, c in count.items():
            if c >= least or news[f] >= 2:
                self.index[f] = len(self.index)
        self.nshared = len(self.index)
        self.news_index = {f: self.nshared + i for i, f in enumerate(f for f in self.index if news[f] >= 2)}
        n, k = self.nshared + len(self.news_index), len(LABELS)
        d = samples[0].dense.shape[1] * 3
        self.p = {
            "W": np.zeros((n, k), np.float32),
            "U": (self.rng.standard_normal((d, hidden)) * np.sqrt(2 / d)).astype(np.float32),
            "c": np.zeros(hidden, np.float32),
            "V": np.zeros((hidden, k), np.float32),
            "Vn": np.zeros((hidden, k), np.float32),
            "T": np.zeros((k, k), np.float32),
            "Tn": np.zeros((k, k), np.float32),
        }
        self.p["V"] += (self.rng.standard_normal((hidden, k)) * 0.05).astype(np.float32)
        self.m = {key: np.zeros_like(v) for key, v in self.p.items()}
        self.v = {key: np.zeros_like(v) for key, v in self.p.items()}
        self.t = 0
        self.avg = None
        self.navg = 0
        self.pieces = []
        for s in samples:
            is_news = s.name.startswith("news:")
            rows, cols = [], []
            for i, f in enumerate(s.feats):
                ids = [self.index[x] for x in f if x in self.index]
                if is_news:
                    ids += [self.news_index[x] for x in f if x in self.news_index]
                cols.extend(ids)
                rows.extend([i] * len(ids))
            x = sp.csr_matrix((np.ones(len(cols), np.float32), (rows, cols)), shape=(len(s.units), n), dtype=np.float32)
            x.sum_duplicates()
            d = window(s.dense.astype(np.float32)).astype(np.float16)
            for cut in sentences(s):
                self.pieces.append((x[cut], d[cut], s.gold[cut], is_news))
        print("features", self.nshared, len(self.news_index), "pieces", len(self.pieces), flush=True)

    def batch(self, ids, drop: float):
        """Loss and gradients of a batch of sentences, by the forward-backward algorithm.

        Args:
            ids: the sentences, all of them news or none.
            drop: the rate of dropout of sparse features.

        Returns:
            The loss, the number of atoms, the gradients of dense weights, and the columns and gradient of the sparse
            ones.
        """
        pieces = [self.pieces[i] for i in ids]
        is_news = pieces[0][3]
        k = len(LABELS)
        x = sp.vstack([p[0] for p in pieces], format="csr")
        if drop:
            x.data = (self.rng.random(len(x.data)) >= drop).astype(np.float32) / (1 - drop)
        cols, x.indices = np.unique(x.indices, return_inverse=True)
        x = sp.csr_matrix((x.data, x.indices, x.indptr), shape=(x.shape[0], len(cols)))
        d = np.concatenate([p[1] for p in pieces]).astype(np.float32)
        h = np.maximum(d @ self.p["U"] + self.p["c"], 0)
        mask = ((self.rng.random(h.shape) >= 0.3) / 0.7).astype(np.float32)
        h *= mask
        v = self.p["V"] + self.p["Vn"] if is_news else self.p["V"]
        emit = x @ self.p["W"][cols] + h @ v
        step = self.p["T"] + self.p["Tn"] if is_news else self.p["T"]
        lens = np.array([len(p[2]) for p in pieces])
        b, top = len(pieces), lens.max()
        e = np.zeros((b, top, k), np.float32)
        inside = np.arange(top)[None, :] < lens[:, None]
        e[inside] = emit
        gold = np.zeros((b, top), np.int64)
        gold[inside] = np.concatenate([p[2] for p in pieces])
        pe = np.exp(e - e.max(2, keepdims=True))
        es = np.where(ALLOWED, np.exp(step), 0).astype(np.float32)
        fwd = np.zeros_like(pe)
        bwd = np.zeros_like(pe)
        scale = np.ones((b, top), np.float32)
        a = pe[:, 0] * STARTS
        scale[:, 0] = a.sum(1)
        fwd[:, 0] = a / scale[:, :1]
        for i in range(1, top):
            a = (fwd[:, i - 1] @ es) * pe[:, i]
            s = a.sum(1)
            live = inside[:, i]
            fwd[:, i] = np.where(live[:, None], a / s[:, None], fwd[:, i - 1])
            scale[:, i] = np.where(live, s, 1)
        # positions after the end of a sentence have the vector of allowed last labels
        (fwd[:, -1] * STOPS).sum(1)
        bwd[:, -1] = STOPS
        for i in range(top - 2, -1, -1):
            live = inside[:, i + 1]
            c = (pe[:, i + 1] * bwd[:, i + 1]) @ es.T
            c /= c.sum(1, keepdims=True)
            bwd[:, i] = np.where(live[:, None], c, STOPS.astype(np.float32))
        q = fwd * bwd
        q /= q.sum(2, keepdims=True)
        steps = np.zeros((k, k), np.float32)
        gold_steps = np.zeros((k, k), np.float32)
        for i in range(1, top):
            live = inside[:, i]
            if not live.any():
                break
            left, right = fwd[live, i - 1], pe[live, i] * bwd[live, i]
            z = np.einsum("bi,ij,bj->b", left, es, right, optimize=True)
            steps += (left / z[:, None]).T @ right * es
            np.add.at(gold_steps, (gold[live, i - 1], gold[live, i]), 1)
        g = q[inside]
        y = gold[inside]
        loss = float(-np.log(np.maximum(g[np.arange(len(y)), y], 1e-9)).sum())
        g[np.arange(len(y)), y] -= 1
        ntok = len(y)
        grads = {"V": h.T @ g, "T": steps - gold_steps}
        if is_news:
            grads["Vn"], grads["Tn"] = grads["V"], grads["T"]
        gh = (g @ v.T) * mask * (h > 0)
        grads["U"], grads["c"] = d.T @ gh, gh.sum(0)
        gw = x.T @ g
        return loss, ntok, grads, (cols, np.asarray(gw))

    def update(self, grads, sparse, rate: float, weight: float, size: int) -> None:
        """One step of Adam on the dense weights, and of Adagrad with shrinkage on the sparse ones.

        Args:
            grads: the gradients of the dense weights.
            sparse: columns and gradient of the sparse ones.
            rate: the learning rate.
            weight: of the batch.
            size: sentences of a batch.
        """
        self.t += 1
        b1, b2 = 0.9, 0.999
        fix = np.sqrt(1 - b2**self.t) / (1 - b1**self.t)
        decay = {"U": 1e-5, "V": 1e-5, "Vn": 1e-4, "T": 0, "Tn": 1e-4, "c": 0}
        for key, g in grads.items():
            g = g * (weight / size)
            m, v = self.m[key], self.v[key]
            m *= b1
            m += (1 - b1) * g
            v *= b2
            v += (1 - b2) * g * g
            self.p[key] -= rate * 0.1 * (fix * m / (np.sqrt(v) + 1e-8) + decay[key] * self.p[key])
        cols, g = sparse
        g = g * (weight / size)
        v = self.v["W"][cols] + g * g  # Adagrad
        self.v["W"][cols] = v
        w = self.p["W"][cols]
        w -= rate * g / (np.sqrt(v) + 1e-6)
        shrink = rate * 2e-4
        self.p["W"][cols] = np.sign(w) * np.maximum(np.abs(w) - shrink * 0.2, 0) * (1 - shrink)

    def train(self, epochs: int, size: int, news_times: int, rate: float, drop: float) -> None:
        """Train, and average the weights over the last two epochs.

        Args:
            epochs: how many.
            size: sentences of a batch.
            news_times: how often news is used in an epoch; half as often in the first.
            rate: the learning rate at the start; it falls to a tenth.
            drop: the rate of dropout of sparse features.
        """
        lens = np.array([len(p[2]) for p in self.pieces])
        news = np.array([p[3] for p in self.pieces])
        for epoch in range(epochs):
            start, loss, count = time.time(), 0.0, 0
            plan = []
            for group, times in ((np.flatnonzero(~news), 1), (np.flatnonzero(news), news_times)):
                for _ in range(times if epoch else max(1, times // 2)):
                    order = group[np.argsort(lens[group] + self.rng.random(len(group)) * 12)]
                    plan += [order[i : i + size] for i in range(0, len(order), size)]
            now = rate * (1 - 0.9 * epoch / epochs)
            for k in self.rng.permutation(len(plan)):
                ids = plan[k]
                if not len(ids):
                    continue
                one, n, grads, sparse = self.batch(ids, drop)
                loss, count = loss + one, count + n
                self.update(grads, sparse, now, 1.0, size)
                if epoch >= epochs - 2 and k % 10 == 0:
                    self._average()
            print(f"epoch {epoch} loss {loss / count:.4f} {time.time() - start:.0f}s", flush=True)
        self._average()
        self.p = {k: (v / self.navg).astype(np.float32) for k, v in self.avg.items()}

    def _average(self) -> None:
        """Add the current weights to the average."""
        if self.avg is None:
            self.avg = {k: v.astype(np.float32).copy() for k, v in self.p.items()}
        else:
            for k, v in self.p.items():
                self.avg[k] += v
        self.navg += 1

    def arrays(self, keep: float) -> tuple[dict[str, int], dict[str, np.ndarray]]:
        """The model for news as it is saved, with eight bits for each sparse weight.

        Args:
            keep: features whose weights are all at most this are left out.

        Returns:
            The index of each feature, and the arrays.
        """
        w = self.p["W"][: self.nshared].copy()
        for f, i in self.news_index.items():
            w[self.index[f]] += self.p["W"][i]
        big = np.abs(w).max(1)
        names = [f for f, i in self.index.items() if big[i] > keep and "\n" not in f]
        names.sort()
        w = w[[self.index[f] for f in names]]
        scale = np.maximum(np.abs(w).max(1), 1e-6) / 127
        return {f: i for i, f in enumerate(names)}, {
            "features": np.frombuffer("\n".join(names).encode(), np.uint8),
            "sparse": np.round(w / scale[:, None]).astype(np.int8),
            "scale": scale.astype(np.float16),
            "hidden": self.p["U"].astype(np.float16),
            "bias": self.p["c"].astype(np.float16),
            "out": (self.p["V"] + self.p["Vn"]).astype(np.float16),
            "steps": (self.p["T"] + self.p["Tn"]).astype(np.float16),
        }


def save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an .npz file whose bytes depend on the arrays alone; its dates are fixed."""
    import zipfile

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
