"""The name recogniser's network in training: a CRF over sparse features and GiNZA's vectors, in numpy and scipy."""

from __future__ import annotations

import collections
import itertools
import time
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ingest.recogniser import ALLOWED, LABELS, STARTS, STOPS


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
