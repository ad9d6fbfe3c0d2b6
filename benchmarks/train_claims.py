"""Train the models that judge claim candidates (``data/models/claims.json``, ``claims.npz``, ``context.onnx``) on gold articles.

    python benchmarks/train_claims.py ../shared/gold ../shared/articles [--cross-validate]

Needs scipy, and for the networks (``train_encoder.py``) torch and onnx: training only, ``pip install -e '.[train]'``. Deterministic on one machine:
fixed seeds, fixed folds by article name.
Names are taken twice, once from the gold and once from our own reading, so that the models meet both.
"""

from __future__ import annotations

import argparse
import itertools
import json
import pathlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from benchmarks import annotations, nets
from benchmarks.folders import holding
from ingest.claims import model, neighbours, rivals, when
from ingest.claims.blocks import blocks
from ingest.claims.encoder import Encoder
from ingest.claims.frame import brackets, overlap, sentences
from ingest.claims.hearing import Hearing
from ingest.claims.names import Names, Speaker
from ingest.claims.reader import Draft, State, confidence, judge, judge_sentence, numbers, select
from ingest.claims.vectors import Vectors, words_of
from ingest.context import beside, ginza_of
from ingest.recogniser import Recogniser, read_model, recogniser
from ingest.transformer import Transformer, Words, weights
from kg.model import MODALITIES, Article, Entity, Extent, Mention

if TYPE_CHECKING:
    from benchmarks.train_encoder import Learnt

EMPTY: dict[str, model.Model] = {name: model.Model() for name in model.NAMES}
_LEAST = 2  # how often a log-linear model must have seen a feature
GOLD = 4  # how often the gold counts, by whose rules Iibun is measured: by folds better for all but left and keep
AXES = 64  # numbers of a token's vector that the networks hear, of the tagger's and of the word's


_NONE = np.zeros((0, 0), np.float32)
NO_VECTORS = Vectors(_NONE, _NONE, [(np.zeros(0, np.float32), _NONE)] * 2)


@dataclass
class Sample:
    """One article with its gold, and one reading of its names; ``to_gold`` maps our entity ids to the gold's."""

    name: str
    doc: Any
    gold: dict[str, Any]
    names: Names
    dates: list[tuple[int, int, bool]]
    to_gold: dict[str, str]
    weight: float = 1.0
    vectors: Vectors = NO_VECTORS  # until give_vectors gives them
    passages: str = ""  # the file of passages that it is from, without .txt
    gold_set: bool = False  # of the gold articles themselves, by whose rules Iibun is measured

    @property
    def counted(self) -> float:
        """What it weighs for sources, modality, predictions and the networks."""
        return self.weight * (GOLD if self.gold_set else 1)


@dataclass
class Choices:
    """Training data of a ranker: groups of options with the share of each in the truth."""

    groups: list[tuple[list[list[str]], list[float], float]] = field(default_factory=list)


def gold_names(gold: Mapping[str, Any]) -> Names:
    """The gold's own entities and mentions."""
    return Names(
        [Entity(e["id"], e["type"], e["label"]) for e in gold["entities"]],
        [Mention(Extent(m["start"], m["end"]), m["entity"], m.get("anaphor", False)) for m in gold["mentions"]],
    )


def own_to_gold(names: Names, gold: Mapping[str, Any]) -> dict[str, str]:
    """Our entity ids to the gold's, by shared mention spans (as the scorer does)."""
    at: dict[tuple[int, int], list[str]] = {}
    for m in gold["mentions"]:
        at.setdefault((m["start"], m["end"]), []).append(m["entity"])
    votes: dict[str, dict[str, int]] = {}
    for m in names.mentions:
        for g in at.get((m.extent.start, m.extent.end), ()):
            votes.setdefault(m.entity, {})
            votes[m.entity][g] = votes[m.entity].get(g, 0) + 1
    return {e: max(v, key=lambda k: v[k]) for e, v in votes.items()}


def fit_ranker(choices: Choices, l2: float, *, any_of: bool = False) -> dict[str, float]:
    """A conditional log-linear model: the probability of each option within its group.

    With ``any_of`` it is enough that the right options have the probability together; else each has its share.
    """
    rows = [f for fs, _, _ in choices.groups for f in fs]
    vocabulary = nets.vocabulary(rows, _LEAST)
    x = nets.matrix(rows, vocabulary)
    truth = np.concatenate([np.asarray(t) / sum(t) for _, t, _ in choices.groups])
    sizes = np.array([len(t) for _, t, _ in choices.groups])
    weight = np.repeat([w for _, _, w in choices.groups], sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    group = np.repeat(np.arange(len(sizes)), sizes)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        s = x @ w
        s -= np.maximum.reduceat(s, starts)[group]
        e = np.exp(s)
        p = e / np.add.reduceat(e, starts)[group]
        want = truth
        if any_of:
            mine = p * (truth > 0)
            hit = np.maximum(np.add.reduceat(mine, starts), 1e-12)
            value = -(weight[starts] * np.log(hit)).sum() + 0.5 * l2 * (w @ w)
            want = mine / hit[group]
        else:
            value = -(weight * truth * np.log(np.maximum(p, 1e-12))).sum() + 0.5 * l2 * (w @ w)
        return value, x.T @ (weight * (p - want)) + l2 * w

    w = minimize(loss, np.zeros(len(vocabulary)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return {f: round(float(w[i]), 4) for f, i in vocabulary.items() if abs(w[i]) > 1e-3}


def fit_binary(
    rows: Sequence[Sequence[str]], labels: Sequence[float], weights: Sequence[float], l2: float
) -> dict[str, float]:
    """A logistic regression."""
    vocabulary = nets.vocabulary(rows, _LEAST)
    x = nets.matrix(rows, vocabulary)
    y, k = np.asarray(labels), np.asarray(weights)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        s = x @ w
        value = (k * (np.logaddexp(0, s) - y * s)).sum() + 0.5 * l2 * (w @ w)
        p = 1 / (1 + np.exp(-np.clip(s, -40, 40)))
        return value, x.T @ (k * (p - y)) + l2 * w

    w = minimize(loss, np.zeros(len(vocabulary)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return {f: round(float(w[i]), 4) for f, i in vocabulary.items() if abs(w[i]) > 1e-3}


def pair(drafts: Sequence[Draft], claims: Sequence[Mapping[str, Any]], *, best: bool) -> dict[int, Mapping[str, Any]]:
    """Drafts (by index) and the gold claims that they are; ``best``: by the best content that each could have."""
    scored = []
    for i, d in enumerate(drafts):
        options = d.features["lefts"][0]  # type: ignore[misc]
        for j, g in enumerate(claims):
            span = (g["content"]["start"], g["content"]["end"])
            iou = max(overlap((o.start, o.end), span) for o in options) if best else overlap(d.span, span)
            if iou < 0.5:
                continue
            cue = g["cue"]
            own = d.candidate.cue
            bonus = 0.0
            if cue and own and overlap(own, (cue["start"], cue["end"])) > 0:
                bonus = 0.3
            elif g.get("cue_unknown"):
                bonus = 0.2 if own else 0.0
            elif not cue and not own:
                bonus = 0.2
            scored.append((iou + bonus, -i, j))
    out: dict[int, Mapping[str, Any]] = {}
    used: set[int] = set()
    for _, i, j in sorted(scored, reverse=True):
        if -i not in out and j not in used:
            out[-i] = claims[j]
            used.add(j)
    return out


def axes(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and principal components of rows, the components scaled to unit variance."""
    mean = rows.mean(0)
    _, spread, directions = np.linalg.svd(rows - mean, full_matrices=False)
    return mean, (directions[:count].T / (spread[:count] / np.sqrt(len(rows)))).astype(np.float32)


def give_vectors(
    samples: Sequence[Sample], basis: Sequence[tuple[np.ndarray, np.ndarray]] | None = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give each sample the vectors of its tokens, by the basis, or by one computed from every seventh token."""
    docs = {id(s.doc): s.doc for s in samples}
    if basis is None:
        words = np.concatenate([words_of(d)[::7] for d in docs.values()])
        basis = [
            axes(np.concatenate([ginza_of(d)[::7] for d in docs.values()]), AXES),
            axes(words[words.any(1)], AXES),
        ]
    rows = {i: Vectors(ginza_of(d), words_of(d), basis) for i, d in docs.items()}
    for s in samples:
        s.vectors = rows[id(s.doc)]
    return list(basis)


def walk(sample: Sample, models: model.Models, visit: Any) -> None:
    """Judge an article with the gold as teacher; ``visit(sentence's drafts, pairs)`` sees each sentence."""
    found = sentences(sample.doc, brackets(sample.doc.text))
    state = State()
    extra = blocks(found, sample.names)
    from_gold = {g: e for e, g in sample.to_gold.items()}
    for s in found:
        near = [g for g in sample.gold["claims"] if s.first_char - 1 <= g["content"]["start"] < s.last_char]

        def teach(drafts: list[Draft], near: list[Mapping[str, Any]] = near) -> None:
            best = pair(drafts, near, best=True)
            now = pair(drafts, near, best=False)
            visit(drafts, best, now)
            for i, d in enumerate(drafts):
                g = now.get(i)
                d.keep = 0.99 if g else 0.0
                if g:
                    wanted = {from_gold.get(e) for e in g["sources"]}
                    pool = d.features.get("pool")
                    if pool:
                        d.source = next(
                            (sp for sp in pool.speakers if {*(sp.entities if sp else ())} == wanted),
                            d.source,  # type: ignore[attr-defined]
                        )

        judge_sentence(s, sample.names, sample.dates, models, state, extra.get(s.index, []), teach)


def fit_left(part: Sequence[Sample]) -> model.Model:
    """The model of boundaries: of each candidate that is a claim, the content that shares most with the gold's."""
    choices = Choices()
    for sample in part:

        def visit(drafts: Any, best: Any, now: Any, sample: Sample = sample) -> None:
            for i, g in best.items():
                options, lf = drafts[i].features["lefts"]
                if len(options) < 2:
                    continue
                span = (g["content"]["start"], g["content"]["end"])
                ious = [overlap((o.start, o.end), span) for o in options]
                truth = [float(x >= max(ious) - 0.02) for x in ious]
                choices.groups.append((lf, truth, sample.weight))

        walk(sample, EMPTY, visit)
    return model.Model(fit_ranker(choices, L2["left"]))


def fit_source(part: Sequence[Sample], left: model.Model) -> model.Model:
    """The model of sources: of each claim's options those that are the gold's."""
    choices = Choices()
    for sample in part:

        def visit(drafts: Any, best: Any, now: Any, sample: Sample = sample) -> None:
            for i, g in now.items():
                pl = drafts[i].features.get("pool")
                if pl is None or g.get("skip"):
                    continue
                truth = [float(_says(sample, sp, g, pl.speakers)) for sp in pl.speakers]
                if 0 < sum(truth) < len(truth):
                    choices.groups.append((pl.features, truth, sample.counted))

        walk(sample, {**EMPTY, "left": left}, visit)
    return model.Model(fit_ranker(choices, L2["source"], any_of=True))


@dataclass
class Judged:
    """What the models of keeping, modality and prediction learn from."""

    keep: nets.Examples = field(default_factory=nets.Examples)
    ahead: nets.Examples = field(default_factory=nets.Examples)
    modal: nets.Examples = field(default_factory=nets.Examples)

    def read(self, part: Sequence[Sample], models: model.Models) -> None:
        """Add the drafts of some samples, judged by models that have not seen them."""
        for sample in part:

            def visit(drafts: Any, best: Any, now: Any, sample: Sample = sample) -> None:
                weight = sample.weight
                for i, d in enumerate(drafts):
                    g = now.get(i)
                    f = d.features
                    self.keep.add(f["keep"], float(g is not None), weight)
                    g = g or best.get(i)
                    if g:
                        heard = sample.vectors.content(d.candidate, d.content)
                        self.modal.add(f["modality"], MODALITIES.index(g["modality"]), sample.counted, heard)
                        self.ahead.add(f["prediction"], float(g["prediction"] is not None), sample.counted)

            walk(sample, models, visit)


def yes_or_no(name: str, e: nets.Examples) -> model.Model:
    """A model that says yes or no."""
    return model.Model(fit_binary(e.features, e.truth, e.weights, L2[name]))


def which_modality(e: nets.Examples) -> model.Model:
    """The model of modality."""
    kinds = Choices()
    for f, m, w in zip(e.features, e.truth, e.weights, strict=True):
        kinds.groups.append(
            ([[f"{k}|{x}" for x in f] for k in MODALITIES], [float(i == m) for i in range(len(MODALITIES))], w)
        )
    return model.Model(fit_ranker(kinds, L2["modality"]), (nets.fit(e, NETS["modality"]),))


def train(samples: Sequence[Sample], wanted: Sequence[str] = model.NAMES, *, inner: int = 2) -> dict[str, model.Model]:
    """The models wanted of the five, from the samples, which have their vectors."""
    found: dict[str, model.Model] = {}
    if "left" in wanted or "source" in wanted:
        found["left"] = fit_left(samples)
    if "source" in wanted:
        found["source"] = fit_source(samples, found["left"])
    if not set(wanted) - {"left", "source"}:
        return found
    names = sorted({s.name for s in samples})
    fold = {n: i % inner for i, n in enumerate(names)}
    judged = Judged()
    for k in range(inner):
        left = fit_left([s for s in samples if fold[s.name] != k])
        source = fit_source([s for s in samples if fold[s.name] != k], left)
        judged.read([s for s in samples if fold[s.name] == k], {**EMPTY, "left": left, "source": source})
    if "keep" in wanted:
        found["keep"] = yes_or_no("keep", judged.keep)
    if "prediction" in wanted:
        found["prediction"] = yes_or_no("prediction", judged.ahead)
    if "modality" in wanted:
        found["modality"] = which_modality(judged.modal)
    return found


# The passages of our own that each model reads beside real articles: those of boundaries and predictions read few, since
# more of them cost on articles that nobody read, the others gain (docs/quality.md).
_FIRST = ("practice",)
_MORE = (*_FIRST, "practice-business", "practice-general")
PASSAGES: dict[str, tuple[str, ...]] = {
    "left": _FIRST,
    "prediction": _FIRST,
    "keep": _MORE,
    "modality": _MORE,
    "source": (*_MORE, "practice-chains", "practice-columns", "practice-translated"),
}


HEARD = frozenset(file for files in PASSAGES.values() for file in files)  # the others teach names alone (README.md)


def train_each(samples: Sequence[Sample]) -> dict[str, model.Model]:
    """Each model from the articles and the passages that it reads (:data:`PASSAGES`)."""
    found: dict[str, model.Model] = {}
    for files in dict.fromkeys(PASSAGES.values()):
        wanted = [name for name, read in PASSAGES.items() if read == files]
        trained = train([s for s in samples if not s.passages or s.passages in files], wanted)
        found |= {name: trained[name] for name in wanted}
    return found


def with_networks(
    samples: Sequence[Sample], models: model.Models, seeds: Sequence[int]
) -> tuple[Learnt, dict[str, model.Model]]:
    """Networks that have learnt from the samples, a seed each, beside log-linear models of the same samples.

    Returns:
        What has been learnt, and the models with both.
    """
    from benchmarks import train_encoder

    examples = []
    for sample in samples:
        if sample.passages and sample.passages not in HEARD:
            continue
        e = train_encoder.example(sample, sentences(sample.doc, brackets(sample.doc.text)), sample.counted)

        def visit(drafts: Any, best: Any, now: Any, sample: Sample = sample, e: Any = e) -> None:
            for i, d in enumerate(drafts):
                g, b = now.get(i), best.get(i)
                pool = d.features.get("pool")
                open_ = g is None or pool is None or g.get("skip")
                said = [] if open_ else [float(_says(sample, sp, g, pool.speakers)) for sp in pool.speakers]
                e.candidates.append(train_encoder.candidate(d, g, b, said))

        walk(sample, {**EMPTY, "left": models["left"], "source": models["source"]}, visit)
        examples.append(e)
    learnt = train_encoder.fit(examples, seeds)
    both = {k: model.Model(models[k].weights, (*models[k].nets, learnt.nets[k]), model.NETS[k]) for k in model.NAMES}
    return learnt, both


def _says(sample: Sample, sp: Speaker | None, g: Mapping[str, Any], options: Sequence[Speaker | None]) -> bool:
    """Whether a speaker is the gold's source; of those without a name, the one whose words the gold quotes."""
    words = g["source_text"]

    def quoted(o: Speaker) -> bool:
        said = o.sentence.source[o.start : o.end]
        return said in words or words in said

    if {sample.to_gold.get(e, "?") for e in (sp.entities if sp else ())} != set(g["sources"]):
        return False
    if g["sources"]:
        return True
    if sp is None:
        return not words or not any(o and not o.entities and quoted(o) for o in options)
    return bool(words) and quoted(sp)


_MARK = re.compile(r"‹([^;:‹›]*);([aphoirq]);(\+?):")
_LETTERS = {m[0]: m for m in MODALITIES} | {"o": "possible", "p": "probable"}


def practice(path: pathlib.Path) -> list[tuple[date, str, list[dict[str, Any]]]]:
    """The passages of a practice file: publication date, text, claims with offsets.

    Raises:
        ValueError: if a mark is malformed, quoting it.
    """
    passages: list[tuple[date, list[str]]] = []
    for line in path.read_text("utf-8").splitlines(keepends=True):
        if line.startswith("@"):
            passages.append((date.fromisoformat(line[1:].strip()), []))
        elif not line.startswith("#") and passages:
            passages[-1][1].append(line)
    out = []
    for day, lines in passages:
        raw, text = "".join(lines).rstrip("\n"), ""
        claims: list[dict[str, Any]] = []
        open_marks: list[tuple[tuple[str, ...], int]] = []
        i = 0
        while i < len(raw):
            if raw[i] == "‹":
                m = _MARK.match(raw, i)
                if m is None:
                    raise ValueError(f"{path.name}: malformed mark at {raw[i : i + 20]!r}")
                open_marks.append((m.groups(), len(text)))
                i = m.end()
            elif raw[i] == "›":
                (source, letter, ahead), start = open_marks.pop()
                claims.append(
                    {"source": source, "modality": _LETTERS[letter], "prediction": {} if ahead else None, "cue": None,
                     "cue_unknown": True, "content": {"start": start, "end": len(text)}}
                )  # fmt: skip
                i += 1
            else:
                text += raw[i]
                i += 1
        out.append((day, text, claims))
    return out


class Reader:
    """Our own reading of an article up to the names, dates and relations, on which claims build.

    Names are found as on an article that is new: ``recognisers`` are models of names with the articles that each has not
    seen (``NAME.npz`` and ``NAME.txt`` of ``train_recogniser.py --fold``, and ``NAME.second.npz`` of ``train_second.py`` where
    that is beside them); what none has held out our own model reads.
    """

    def __init__(self, recognisers: Sequence[pathlib.Path] = ()) -> None:
        import importlib

        from ingest import pipeline

        self.nlp = pipeline.load(components=False)
        for name, module in itertools.takewhile(lambda c: c[0] != "iibun_claims", pipeline.COMPONENTS):
            importlib.import_module(module)
            self.nlp.add_pipe(name)
        self.pipeline = pipeline
        self.held: dict[str, Recogniser] = {}
        for path in recognisers:
            self.held |= dict.fromkeys(path.with_suffix(".txt").read_text("utf-8").split(), read_model(path))

    def __call__(
        self, text: str, published: date | None, name: str = ""
    ) -> tuple[Any, Names, list[tuple[int, int, bool]]]:
        with mock.patch("ingest.entities.recogniser", return_value=self.held.get(name) or recogniser()):
            doc = self.pipeline.parse(self.nlp, Article(text, published=published))
        return doc, Names(doc._.entities, doc._.mentions), when(doc._.dates, published)


def twice(
    name: str, doc: Any, names: Names, dates: list[tuple[int, int, bool]], truth: Mapping[str, Any]
) -> tuple[Sample, Sample]:
    """A wholly annotated article as two samples of half the weight: with our reading of its names, and with the gold's."""
    same = {e["id"]: e["id"] for e in truth["entities"]}
    return (
        Sample(name, doc, dict(truth), names, dates, own_to_gold(names, truth), 0.5),
        Sample(name, doc, dict(truth), gold_names(truth), dates, same, 0.5),
    )


def _named(names: Names, text: str, source: str) -> str | None:
    """The entity that a practice passage names: by its label, else by a mention, else by a part of its label."""
    for e, label in names.labels.items():
        if label == source:
            return e
    for m in names.mentions:
        if m.extent.of(text) == source:
            return m.entity
    return next(
        (e for e, label in names.labels.items() if source in label or (len(label) > 2 and label in source)), None
    )


def samples(
    gold: pathlib.Path, articles: pathlib.Path | None, recognisers: Sequence[pathlib.Path] = ()
) -> list[Sample]:
    """All training material: the gold and the annotated articles with their own names and with ours, practice passages."""
    read = Reader(recognisers)
    published = {}
    for line in (gold / "INDEX.tsv").read_text("utf-8").splitlines()[1:]:
        published[line.split("\t")[0]] = line.split("\t")[1]
    out: list[Sample] = []
    for path in sorted(gold.glob("*.gold.json")):
        name = path.name.removesuffix(".gold.json")
        truth = json.loads(path.read_text("utf-8"))
        day = date.fromisoformat(published[name])
        for sample in twice(name, *read((gold / f"{name}.txt").read_bytes().decode("utf-8"), day, name), truth):
            out.append(replace(sample, gold_set=True))
    here = pathlib.Path(__file__).parent / "claims"
    for name, text, truth in annotations.read(articles) if articles else ():
        out += twice(name, *read(text, date.fromisoformat(truth["published"]), name), truth)
    return out + practised(read, sorted(here.glob("practice*.txt")))


def practised(read: Reader, paths: Sequence[pathlib.Path]) -> list[Sample]:
    """The passages of practice files as samples."""
    out = []
    for file, number, (day, text, claims) in ((p.stem, i, x) for p in paths for i, x in enumerate(practice(p))):
        doc, names, dates = read(text, day)
        for c in claims:
            source = c["source"]
            named = source not in ("", "-") and not source.startswith("~")
            known = [_named(names, text, one) for one in source.split(",")] if named else []
            c["sources"] = [e for e in known if e]
            c["source_text"] = source[1:] if source.startswith("~") else None
            c["skip"] = None in known
        same = {e: e for e in names.types}
        found = {"claims": claims, "mentions": []}
        out.append(Sample(f"{file}{number}", doc, found, names, dates, same, 1.0, passages=file))
    return out


def matched(sample: Sample, drafts: Sequence[Draft]) -> list[tuple[Draft, Mapping[str, Any] | None]]:
    """Each draft with the gold claim that the scorer would pair it with."""
    scored = sorted(
        (
            (overlap(d.span, (g["content"]["start"], g["content"]["end"])), -i, j)
            for i, d in enumerate(drafts)
            for j, g in enumerate(sample.gold["claims"])
        ),
        reverse=True,
    )
    mine: dict[int, int] = {}
    for x, i, j in scored:
        if x >= 0.5 and -i not in mine and j not in mine.values():
            mine[-i] = j
    return [(d, sample.gold["claims"][mine[i]] if i in mine else None) for i, d in enumerate(drafts)]


def right(sample: Sample, d: Draft, g: Mapping[str, Any] | None) -> bool:
    """Whether content and source of a draft are the gold's."""
    if g is None:
        return False
    return {sample.to_gold.get(e, "?") for e in (d.source.entities if d.source else ())} == set(g["sources"])


Judgement = tuple[Sample, list[list[Draft]]]  # an article with the drafts of each of its sentences


def judge_fold(material: Sequence[Sample], test: Sequence[Sample], seeds: Sequence[int]) -> list[Judgement]:
    """Some articles judged by models that have not seen them, each candidate alone."""
    unseen = {s.name for s in test}
    part = [s for s in material if s.name not in unseen]
    learnt, w = with_networks(part, train_each(part), seeds)
    encoder, path = Encoder(learnt.encoder), weights()
    transformer = Transformer(Words(path), learnt.context) if path else None
    out = []
    for s in test:
        s.doc.tensor = beside(s.doc, ginza_of(s.doc), transformer)
        found = sentences(s.doc, brackets(s.doc.text))
        heard = Hearing(s.vectors, encoder.hear(s.doc, s.names, found))
        out.append((s, list(judge(found, s.names, s.dates, w, heard))))
    return out


def fit_rivals(judged: Sequence[Judgement]) -> dict[str, float]:
    """The weights of the second judgement, which learns what it adds to the first (:mod:`ingest.claims.rivals`)."""
    rows, truth = [], []
    for sample, found in judged:
        for drafts in (x for x in found if x):
            here = drafts[0].candidate.sentence
            last = max(d.candidate.sentence.last_char for d in drafts)
            near = [g for g in sample.gold["claims"] if here.first_char - 1 <= g["content"]["start"] < last]
            paired = pair(drafts, near, best=False)
            for i, d in enumerate(drafts):
                if row := rivals.features(d, drafts):
                    rows.append(row)
                    truth.append(float(i in paired))
    x, vocabulary = numeric(rows)
    y, first = np.array(truth), np.zeros(len(vocabulary))
    first[vocabulary["keep"]] = 1.0

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        s, moved = x @ w, w - first
        value = (np.logaddexp(0, s) - y * s).sum() + 0.5 * L2["rival"] * (moved @ moved)
        return value, x.T @ (1 / (1 + np.exp(-s)) - y) + L2["rival"] * moved

    return table(minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x, vocabulary)


def fit_neighbours(claims: Sequence[tuple[Sample, Sequence[Draft]]]) -> dict[str, float]:
    """The weights of the second choice of sources (:mod:`ingest.claims.neighbours`), from the claims of each article."""
    rows, truth, sizes = [], [], []
    for sample, drafts in claims:
        paired = {id(d): g for d, g in matched(sample, drafts) if g is not None}
        company = neighbours.Company(drafts, sample.names)
        for i, d in enumerate(company.claims):
            wanted = set(paired[id(d)]["sources"]) if id(d) in paired else None
            said = [{sample.to_gold.get(e, "?") for e in key} == wanted for key in d.chances]
            if any(said) and not all(said):
                rows += [company.features(i, key) for key in d.chances]
                truth += [float(x) for x in said]
                sizes.append(len(said))
    x, vocabulary = numeric(rows)
    y, first = np.array(truth), np.zeros(len(vocabulary))
    first[vocabulary["chance"]] = 1.0
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    group = np.repeat(np.arange(len(sizes)), sizes)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        s, moved = x @ w, w - first
        s = s - np.maximum.reduceat(s, starts)[group]
        e = np.exp(s)
        p = e / np.add.reduceat(e, starts)[group]
        hit = np.maximum(np.add.reduceat(p * y, starts), 1e-12)
        value = -np.log(hit).sum() + 0.5 * L2["neighbours"] * (moved @ moved)
        return value, x.T @ (p - p * y / hit[group]) + L2["neighbours"] * moved

    return table(minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x, vocabulary)


def numeric(rows: Sequence[Mapping[str, float]]) -> tuple[csr_matrix, dict[str, int]]:
    """Rows of numbers by name as a matrix, and the column of each name."""
    vocabulary = {f: i for i, f in enumerate(dict.fromkeys(f for row in rows for f in row))}
    places = [(n, vocabulary[f], x) for n, row in enumerate(rows) for f, x in row.items()]
    at, column, value = zip(*places, strict=True)
    return csr_matrix((value, (at, column)), (len(rows), len(vocabulary))), vocabulary


def table(w: np.ndarray, vocabulary: Mapping[str, int]) -> dict[str, float]:
    """Weights by name, those near nothing left out."""
    return {f: round(float(w[i]), 4) for f, i in vocabulary.items() if abs(w[i]) > 1e-3}


def cross_validate(
    material: Sequence[Sample], seeds: Sequence[int], folds: int = 3
) -> tuple[list[tuple[list[float], bool]], dict[str, tuple[int, int, int]], dict[str, dict[str, float]]]:
    """Judge each whole article by models that have not seen it.

    Returns:
        (Numbers, whether the gold has it) of each claim; counts; and the weights of the second judgements, of all folds.
    """
    ours = [s for s in material if s.weight == 0.5][::2]  # each whole article stands twice: first with our names
    names = sorted(s.name for s in ours)
    judged = [judge_fold(material, [s for s in ours if s.name in names[k::folds]], seeds) for k in range(folds)]
    rival = fit_rivals([x for fold in judged for x in fold])
    second = [fit_rivals([x for j, fold in enumerate(judged) if j != k for x in fold]) for k in range(folds)]
    kept: list[list[tuple[Sample, list[Draft]]]] = []
    for fold, w in zip(judged, second, strict=True):
        for _, found in fold:
            for drafts in found:
                rivals.judge_again(drafts, w)
        kept.append([(s, [d for drafts in found for d in select(drafts)]) for s, found in fold])
    neighbour = fit_neighbours([x for fold in kept for x in fold])
    second = [fit_neighbours([x for j, fold in enumerate(kept) if j != k for x in fold]) for k in range(folds)]
    seen: list[tuple[list[float], bool]] = []
    count = {"claims": [0, 0, 0], "attributed claims": [0, 0, 0]}
    for s, drafts, w in ((*x, w) for fold, w in zip(kept, second, strict=True) for x in fold):
        neighbours.ask_again(drafts, s.names, w)
        pairs = matched(s, drafts)
        seen += [(numbers(d), g is not None) for d, g in pairs]
        for key, hits in (
            ("claims", sum(g is not None for _, g in pairs)),
            ("attributed claims", sum(right(s, d, g) for d, g in pairs)),
        ):
            count[key] = [a + b for a, b in zip(count[key], (hits, len(drafts), len(s.gold["claims"])), strict=True)]
    again = {"rival": rival, "neighbours": neighbour}
    return seen, {k: (v[0], v[1], v[2]) for k, v in count.items()}, again


def calibrate(seen: Sequence[tuple[Sequence[float], bool]]) -> dict[str, float]:
    """A logistic regression from a claim's three numbers to the probability that it is right."""
    x = np.array([[1.0, *n] for n, _ in seen])
    y = np.array([float(r) for _, r in seen])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        s = x @ w
        p = 1 / (1 + np.exp(-s))
        return (np.logaddexp(0, s) - y * s).sum() + 0.5 * (w[1:] @ w[1:]), x.T @ (p - y) + np.array([0, *w[1:]])

    w = minimize(loss, np.zeros(4), jac=True, method="L-BFGS-B").x
    return dict(zip(("bias", "keep", "source", "boundary"), (round(float(v), 4) for v in w), strict=True))


def reliability(
    weights: Mapping[str, float], seen: Sequence[tuple[Sequence[float], bool]]
) -> list[tuple[float, int, float]]:
    """Lower bound of each bin of confidence, how many claims are in it, and how many of them are right."""
    ps = [(confidence(weights, n), r) for n, r in seen]
    out = []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = [r for p, r in ps if low <= p < low + 0.2 or (low == 0.8 and p == 1.0)]
        if inside:
            out.append((low, len(inside), sum(inside) / len(inside)))
    return out


L2 = {"keep": 3.0, "left": 8.0, "source": 6.0, "modality": 4.0, "prediction": 6.0, "rival": 30.0, "neighbours": 60.0}
NETS = {"modality": nets.Shape(32, 5, len(MODALITIES))}


def main() -> None:
    """Train and write the models, or cross-validate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "gold",
        type=holding("*.gold.json", "*.txt", "INDEX.tsv"),
        help="folder with NAME.txt, NAME.gold.json and INDEX.tsv",
    )
    parser.add_argument(
        "articles", type=holding("*.txt"), nargs="?", help="folder of the articles of benchmarks/annotations"
    )
    parser.add_argument(
        "--recognisers",
        type=pathlib.Path,
        nargs="+",
        default=[],
        metavar="NAME.npz",
        help="models of names by train_recogniser.py --fold",
    )
    parser.add_argument("--cross-validate", action="store_true", help="print scores and reliability by folds instead")
    parser.add_argument("--networks", type=int, default=2, help="how many networks stand side by side")
    options = parser.parse_args()
    material = samples(options.gold, options.articles, options.recognisers)
    folder = pathlib.Path(__file__).parents[1] / "data" / "models"
    seeds = range(options.networks)
    basis = give_vectors(material)
    seen, count, second = cross_validate(material, seeds)
    calibration = calibrate(seen)
    for key, (hits, mine, gold) in count.items():
        print(f"{key:20s} P {hits / mine:.3f} R {hits / gold:.3f} F1 {2 * hits / (mine + gold):.3f}")
    for low, n, share in reliability(calibration, seen):
        print(f"confidence {low:.1f}–{low + 0.2:.1f}: {n:4d} claims, {share:.2f} right")
    if options.cross_validate:
        return
    learnt, trained = with_networks(material, train_each(material), seeds)
    write(trained | {k: model.Model(w) for k, w in second.items()}, learnt, basis, calibration, folder)


def write(
    trained: Mapping[str, model.Model],
    learnt: Learnt,
    basis: Sequence[tuple[np.ndarray, np.ndarray]],
    calibration: Mapping[str, float],
    folder: pathlib.Path,
) -> None:
    """Write the models, half precision being enough for the networks."""
    tables: dict[str, Any] = {"confidence": calibration} | {name: dict(m.weights) for name, m in trained.items()}
    numbers: dict[str, Any] = {
        f"encoder.{k}": v if v.dtype.kind == "U" else v.astype(np.float16) for k, v in learnt.encoder.items()
    }
    for part, (mean, directions) in zip(("tensor", "words"), basis, strict=True):
        numbers |= {f"{part}.mean": mean, f"{part}.axes": directions}
    for name, m in trained.items():
        for net in m.nets:
            numbers |= net.arrays(name if len(net.dense) else f"context.{name}")
    text = json.dumps(tables, ensure_ascii=False, indent=0, sort_keys=True) + "\n"
    (folder / "claims.json").write_text(text, "utf-8")
    np.savez_compressed(folder / "claims.npz", **numbers)
    (folder / "context.onnx").write_bytes(learnt.context)
    print({name: len(m.weights) for name, m in trained.items()})


if __name__ == "__main__":
    main()
