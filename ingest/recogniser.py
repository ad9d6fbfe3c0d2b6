"""Our own name recogniser: a linear-chain CRF over voices, shapes and GiNZA's token vectors.

One model hears every voice: GiNZA's recogniser and tags, the alias table, the shape of a token and of the noun
run around it, and GiNZA's contextual token vectors (already computed, so they cost nothing). It decides span and
type together. Weights come from ``benchmarks/train_recogniser.py``; see ``data/LICENSES.md`` for its corpora.
A second judge corrects its scores by what the transformer hears (:mod:`ingest.context`), where that is installed; its
weights come from ``benchmarks/train_second.py``.

Lafferty, McCallum & Pereira 2001 (CRF); Daumé 2007 (feature augmentation, folded into the weights when saved);
Wolpert 1992 (stacked generalization: the second judge learnt from scores of texts that the first had not seen).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ingest.names import Gazetteer, gazetteer
from ingest.shapes import kind_before
from kg import data
from kg.model import ENTITY_TYPES, EntityType, Extent

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.tokens import Doc

LABELS: tuple[str, ...] = ("O", *(f"{p}-{t}" for t in ENTITY_TYPES for p in "BIES"))
LABEL: dict[str, int] = {name: i for i, name in enumerate(LABELS)}
ALLOWED: NDArray[np.bool_] = np.array(
    [
        [
            (b == "O" or b[0] in "BS") if a == "O" or a[0] in "ES" else (b != "O" and b[0] in "IE" and b[2:] == a[2:])
            for b in LABELS
        ]
        for a in LABELS
    ]
)
STARTS: NDArray[np.bool_] = np.array([b == "O" or b[0] in "BS" for b in LABELS])
STOPS: NDArray[np.bool_] = np.array([b == "O" or b[0] in "ES" for b in LABELS])

_DIGIT = re.compile(r"[0-9]")
_AREA = re.compile(r"(.{1,3}[都道府県])(.+[市区町村郡])")
_TAILS = frozenset(
    [
        "大統領",
        "首相",
        "国内",
        "製品",
        "製",
        "紙",
        "軍",
        "側",
        "産",
        "系",
        "県内",
        "市内",
        "都内",
        "国籍",
        "籍",
        "国境",
        "県知事",
        "知事",
        "市長",
        "大臣",
        "市場",
        "会長",
        "社長",
        "監督",
        "選手",
        "国王",
        "議会",
    ]
)
_TAG: dict[str, str] = {}


class Atom(NamedTuple):
    """A token, or a part of one where a name hides in it (日本国内 → 日本 + 国内)."""

    start: int
    end: int
    text: str
    tag: str
    token: int


@dataclass(frozen=True, slots=True)
class Found:
    """A name that the recogniser proposes; ``confidence`` is its marginal probability in [0, 1]."""

    extent: Extent
    type: EntityType
    confidence: float


def atoms(words: Sequence[str], tags: Sequence[str], offsets: Sequence[int], names: Gazetteer) -> list[Atom]:
    """Tokens as the recogniser sees them.

    >>> [a.text for a in atoms(["日本国内"], ["名詞-固有名詞-一般"], [0], gazetteer())]
    ['日本', '国内']
    """
    found: list[Atom] = []
    for i, (word, tag, start) in enumerate(zip(words, tags, offsets, strict=False)):
        end = start + len(word)
        if (len(word) > 2 and tag.startswith("名詞")) or word in ("英紙", "米紙", "独紙", "仏紙"):
            cut = 0
            area = _AREA.fullmatch(word)
            if area and names.type_of(area[1]) == "Place":
                cut = len(area[1])
            else:
                for n in range(len(word) - 1, 0, -1):
                    if word[n:] in _TAILS and names.type_of(word[:n]) in ("Place", "Person"):
                        cut = n
                        break
            if cut:
                kind = "名詞-固有名詞-地名-一般" if names.type_of(word[:cut]) == "Place" else "名詞-固有名詞-人名-一般"
                found.append(Atom(start, start + cut, word[:cut], kind, i))
                rest = "名詞-固有名詞-地名-一般" if area else "名詞-普通名詞-一般"
                found.append(Atom(start + cut, end, word[cut:], rest, i))
                continue
        found.append(Atom(start, end, word, tag, i))
    return found


@cache
def shape(word: str) -> str:
    """Script classes of a word, runs collapsed: ナデラ → ``K``, GPT-5 → ``A-0``, 米アマゾン → ``CK``."""
    out = ""
    for ch in word:
        if "ァ" <= ch <= "ヺ" or ch in "ー゛゜" or "ｦ" <= ch <= "ﾟ":
            kind = "K"
        elif "ぁ" <= ch <= "ゖ":
            kind = "h"
        elif ch.isascii():
            kind = "A" if ch.isupper() else "a" if ch.isalpha() else "0" if ch.isdigit() else ch
        elif "一" <= ch <= "鿿" or ch in "々〆ヶ" or ord(ch) >= 0x20000:
            kind = "C"
        else:
            kind = "L" if unicodedata.category(ch)[0] == "L" else ch
        if not out or out[-1] != kind:
            out += kind
    return out[:6]


@cache
def _word(text: str) -> str:
    return _DIGIT.sub("0", text)


def _short(tag: str) -> str:
    found = _TAG.get(tag)
    if found is None:
        parts = tag.split("-")
        found = _TAG[tag] = "".join(p[:2] for p in parts[:4])
    return found


_OPEN, _CLOSE = frozenset('「『“"（(【《〈［['), frozenset('」』”"）)】》〉］]')
_JOINTS = frozenset("・-=＝&＆.'’+/!－‐")


def features(
    text: str, units: Sequence[Atom], ginza: Sequence[tuple[int, int, str]], names: Gazetteer
) -> list[list[str]]:
    """Per atom, the names of its active features.

    Args:
        text: the article's text (same offsets as the atoms).
        units: from :func:`atoms`.
        ginza: GiNZA's names as (first token, token after the last, label).
        names: the alias table.
    """
    n = len(units)
    words = [_word(u.text) for u in units]
    tags = [_short(u.tag) for u in units]
    shapes = [shape(u.text) for u in units]
    labels = [""] * n
    places: dict[int, list[int]] = {}
    for i, u in enumerate(units):
        places.setdefault(u.token, []).append(i)
    for first, stop, label in ginza:
        for k, token in enumerate(range(first, stop)):
            for i in places.get(token, ()):
                labels[i] = ("S" if stop - first == 1 else "B" if k == 0 else "E" if token == stop - 1 else "I") + label
    known = [""] * n
    for first, stop, kind, _ in names.matches(text, units):
        for i in range(first, stop):
            known[i] = ("S" if stop - first == 1 else "B" if i == first else "E" if i == stop - 1 else "I") + kind
    # runs of nouns (and the signs that join them): their first and last word, and what stands beside them
    run_of: list[tuple[int, int]] = [(0, 0)] * n
    i = 0
    while i < n:
        j = i
        while j < n and (
            tags[j].startswith(("名詞", "接頭", "記号", "形状"))
            or (units[j].text in _JOINTS and j > i)
            or shapes[j] in ("A", "a", "Aa", "K")
        ):
            j += 1
        for k in range(i, max(j, i + 1)):
            run_of[k] = (i, max(j, i + 1))
        i = max(j, i + 1)

    said: list[str] = [""] * n
    for i, u in enumerate(units):
        if (
            i
            and said[i - 1]
            and shapes[i] in ("K", "A", "a", "Aa", "0", "・", "-", "C")
            and units[i - 1].end == u.start
        ):
            said[i] = said[i - 1].rstrip("^")
        elif shapes[i][:1] in "KAaL" or (i and units[i - 1].text in _OPEN):
            if announced := kind_before(text, u.start):
                said[i] = announced + "^"

    def at(seq: Sequence[str], k: int) -> str:
        return seq[k] if 0 <= k < n else "^" if k < 0 else "$"

    out: list[list[str]] = []
    for i in range(n):
        w, t, s, g, z = words[i], tags[i], shapes[i], labels[i], known[i]
        wp, wn, tp, tn = at(words, i - 1), at(words, i + 1), at(tags, i - 1), at(tags, i + 1)
        gp, gn, zp, zn = at(labels, i - 1), at(labels, i + 1), at(known, i - 1), at(known, i + 1)
        sp, sn = at(shapes, i - 1), at(shapes, i + 1)
        a, b = run_of[i]
        before, after = at(words, a - 1), at(words, b)
        head, last = words[a], words[b - 1]
        size = min(b - a, 5)
        f = [
            "b", "w=" + w, "p=" + wp, "n=" + wn, "q=" + at(words, i - 2), "m=" + at(words, i + 2),
            "pw=" + wp + "|" + w, "wn=" + w + "|" + wn, "t=" + t, "tp=" + tp, "tn=" + tn,
            "tpt=" + tp + t, "ttn=" + t + tn, "t3=" + tp + t + tn, "s=" + s, "sl=" + s + str(min(len(w), 5)),
            "sp=" + sp + "|" + s, "sn=" + s + "|" + sn, "st=" + s + t, "e1=" + w[-1:], "e2=" + w[-2:],
            "a1=" + w[:1], "a2=" + w[:2], "g=" + g, "gt=" + g + t, "gp=" + gp, "gn=" + gn, "gw=" + g[1:] + "|" + wn,
            "z=" + z, "zg=" + z + "|" + g, "zp=" + zp, "zn=" + zn, "zwn=" + z + "|" + wn,
            "rl=" + last, "rh=" + head, "ra=" + after + str(b - i == 1), "rb=" + before + str(a == i),
            "rz=" + str(i - a) + "/" + str(size), "re=" + str(b - 1 - i) + "/" + last[-1:], "rs=" + s + "|" + last[-1:],
        ]  # fmt: skip
        if said[i]:
            f.append("ap=" + said[i] + s)
            f.append("az=" + said[i] + z + "|" + g)
        if before in _OPEN and after in _CLOSE:
            f.append("bw=" + at(words, a - 2))
            f.append("bx=" + at(words, b + 1))
            f.append("br=" + before)
            f.append("brs=" + before + s + t)
        elif after in _OPEN:
            f.append("bo=" + after + str(b - i == 1))
        out.append(f)
    return out


class Chain:
    """A hidden layer and the steps from label to label: what both judges of names have."""

    def __init__(self, arrays: dict[str, Any]) -> None:
        self.hidden, self.bias = arrays["hidden"].astype(np.float32), arrays["bias"].astype(np.float32)
        self.out = arrays["out"].astype(np.float32)
        self.steps = np.where(ALLOWED, arrays["steps"].astype(np.float32), -1e4)

    def layer(self, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the hidden layer adds to the scores, from a row of numbers an atom and those of its neighbours."""
        own, before, after = (numbers @ part for part in np.split(self.hidden, 3))
        total = own + self.bias
        total[1:] += before[:-1]
        total[:-1] += after[1:]
        result: NDArray[np.float32] = np.maximum(total, 0) @ self.out
        return result

    def marginals(self, emit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Posterior probability of each label at each atom (forward-backward in scaled probabilities)."""
        n = len(emit)
        p = np.exp(emit - emit.max(1, keepdims=True))
        step = np.exp(self.steps)
        fwd, bwd = np.empty_like(p), np.empty_like(p)
        a = p[0] * STARTS
        fwd[0] = a / a.sum()
        for i in range(1, n):
            a = (fwd[i - 1] @ step) * p[i]
            fwd[i] = a / a.sum()
        bwd[-1] = STOPS
        for i in range(n - 2, -1, -1):
            c = step @ (p[i + 1] * bwd[i + 1])
            bwd[i] = c / c.sum()
        q = fwd * bwd
        result: NDArray[np.float32] = q / q.sum(1, keepdims=True)
        return result

    def best(self, emit: NDArray[np.float32]) -> list[int]:
        """The best label sequence (Viterbi)."""
        n = len(emit)
        back = np.empty((n, len(LABELS)), np.int16)
        v = emit[0] + np.where(STARTS, 0, -1e4)
        steps = np.ascontiguousarray(self.steps.T)
        lines = np.arange(len(LABELS))
        for i in range(1, n):
            m = steps + v
            k = m.argmax(1)
            back[i] = k
            v = m[lines, k] + emit[i]
        v = v + np.where(STOPS, 0, -1e4)
        path = [int(v.argmax())]
        for i in range(n - 1, 0, -1):
            path.append(int(back[i, path[-1]]))
        return path[::-1]


class Second(Chain):
    """The judge that corrects the recogniser's scores by what a transformer hears of each token."""

    def __init__(self, arrays: dict[str, Any]) -> None:
        super().__init__(arrays)
        self.scale = np.float32(arrays["scale"])

    def emissions(
        self, first: NDArray[np.float32], dense: NDArray[np.float32], told: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Scores per atom and label.

        Args:
            first: the recogniser's scores.
            dense: GiNZA's vectors.
            told: the transformer's.
        """
        return self.scale * first + self.layer(numbers_of(first, dense, told))


def numbers_of(
    first: NDArray[np.float32], dense: NDArray[np.float32], told: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What the second judge hears of each atom, side by side, all about as far from 0."""
    return np.concatenate([told * 5, dense, np.tanh(first / 4)], axis=1)


class Recogniser(Chain):
    """A trained model; see :func:`recogniser` for the one that ships."""

    def __init__(self, index: dict[str, int], arrays: dict[str, Any], second: Second | None = None) -> None:
        super().__init__(arrays)
        self.index, self.second = index, second
        self.sparse = arrays["sparse"].astype(np.float32) * arrays["scale"].astype(np.float32)[:, None]

    def emissions(self, feats: Sequence[Iterable[str]], dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores per atom and label."""
        get = self.index.get
        rows: list[int] = []
        cuts: list[int] = []
        for f in feats:
            cuts.append(len(rows))
            rows.extend([k for k in map(get, f) if k is not None])
        found: NDArray[np.float32] = np.add.reduceat(self.sparse[rows], cuts, axis=0)
        return found + self.layer(dense)

    def find(
        self,
        text: str,
        units: Sequence[Atom],
        ginza: Sequence[tuple[int, int, str]],
        dense: NDArray[np.float32],
        told: NDArray[np.float32] | None = None,
    ) -> tuple[list[Found], NDArray[np.float32]]:
        """Names in a text, and for each atom the probability that it belongs to a name of each type.

        Args:
            text: the article's text, cleaned.
            units: its atoms.
            ginza: GiNZA's names as (first token, token after the last, label).
            dense: GiNZA's token vectors, one row a token.
            told: what the transformer hears of each token; without it the first scores decide.

        Returns:
            The names, and an array of atoms by :data:`kg.model.ENTITY_TYPES`.
        """
        if not units:
            return [], np.zeros((0, len(ENTITY_TYPES)), np.float32)
        tokens = [u.token for u in units]
        judge: Chain = self
        emit = self.emissions(features(text, units, ginza, gazetteer()), dense[tokens])
        if self.second and told is not None:
            judge, emit = self.second, self.second.emissions(emit, dense[tokens], told[tokens])
        path = judge.best(emit)
        sure = judge.marginals(emit)
        found = []
        for first, last, kind in spans(path):
            confidence = min(float(sure[i, path[i]]) for i in range(first, last + 1))
            found.append(Found(Extent(units[first].start, units[last].end), kind, confidence))
        return found, sure[:, 1:].reshape(len(units), len(ENTITY_TYPES), 4).sum(2)


def spans(path: Sequence[int]) -> list[tuple[int, int, EntityType]]:
    """(first, last, type) of each name in a label sequence."""
    found: list[tuple[int, int, EntityType]] = []
    first = 0
    for i, k in enumerate(path):
        if k == 0:
            continue
        position, kind = (k - 1) % 4, ENTITY_TYPES[(k - 1) // 4]
        if position in (0, 3):
            first = i
        if position in (2, 3):
            found.append((first, i, kind))
    return found


def tokens_of(doc: Doc) -> tuple[list[str], list[str], list[int]]:
    """Words, tags and offsets of a parsed text."""
    return [t.text for t in doc], [t.tag_ for t in doc], [t.idx for t in doc]


@cache
def recogniser() -> Recogniser:
    """The model in ``data/models``, loaded once per process."""
    return read_model(data.path("models/names.npz"))


def read_model(path: Path) -> Recogniser:
    """The model in a file that ``benchmarks/train_recogniser.py`` wrote, and its second judge where one is beside it."""
    arrays = _arrays(path)
    index = {f: i for i, f in enumerate(bytes(arrays.pop("features")).decode().split("\n"))}
    beside = second_of(path)
    return Recogniser(index, arrays, Second(_arrays(beside)) if beside.exists() else None)


def second_of(path: Path) -> Path:
    """Where the second judge of a recogniser is: ``names.second.npz`` beside ``names.npz``."""
    return path.with_suffix(".second.npz")


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as saved:
        return {k: saved[k] for k in saved.files}
