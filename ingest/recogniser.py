"""The name recogniser: a linear-chain CRF that labels units of a text with names and their types.

It runs before the reader (:mod:`ingest.reader`), which takes the log-probabilities of its labels as one of its inputs
and corrects them by the context. Takes a text's units and GiNZA's annotations; gives scores, units by labels.

Its features are words and their shapes, GiNZA's tags and entities, the run of nouns around a unit and the alias table,
as strings (:func:`features`), and GiNZA's contextual token vectors through a hidden layer. The weights come from
``python -m training.recogniser``; ``data/LICENSES.md`` lists their corpora.

Lafferty, McCallum & Pereira 2001, *Conditional random fields*; Daumé 2007, *Frustratingly easy domain adaptation*:
separate weights for news, which are added to the shared ones when the model is saved.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ingest.names import Gazetteer, gazetteer
from ingest.shapes import kind_before
from kg import data
from kg.model import ENTITY_TYPES, EntityType

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Labels of a unit: no name (O), or begin, inside, end (B, I, E) of a name of several units, or a single one (S).
LABELS: tuple[str, ...] = ("O", *(f"{p}-{t}" for t in ENTITY_TYPES for p in "BIES"))
LABEL: dict[str, int] = {name: i for i, name in enumerate(LABELS)}
#: Whether the second label may follow the first (labels by labels).
ALLOWED: NDArray[np.bool_] = np.array(
    [
        [
            (b == "O" or b[0] in "BS") if a == "O" or a[0] in "ES" else (b != "O" and b[0] in "IE" and b[2:] == a[2:])
            for b in LABELS
        ]
        for a in LABELS
    ]
)
#: Transition scores that only exclude what :data:`ALLOWED` excludes.
NEVER: NDArray[np.float32] = np.where(ALLOWED, 0, -1e4).astype(np.float32)
#: Labels with which a text may start, and stop.
STARTS: NDArray[np.bool_] = np.array([b == "O" or b[0] in "BS" for b in LABELS])
STOPS: NDArray[np.bool_] = np.array([b == "O" or b[0] in "ES" for b in LABELS])

_DIGIT = re.compile(r"[0-9]")
_AREA = re.compile(r"(.{1,3}[都道府県])(.+[市区町村郡])")
_TAILS = frozenset([  # nouns that GiNZA leaves joined to a name before them: 日本国内
    "大統領", "首相", "国内", "製品", "製", "紙", "軍", "側", "産", "系", "県内", "市内", "都内", "国籍", "籍",
    "国境", "県知事", "知事", "市長", "大臣", "市場", "会長", "社長", "監督", "選手", "国王", "議会",
])  # fmt: skip
_SHORT_TAGS: dict[str, str] = {}


class Atom(NamedTuple):
    """A unit: a token, or a part of one where a name hides in it (日本国内 → 日本 + 国内).

    Attributes:
        start: first character in the text.
        end: the character after its last.
        text: its characters.
        tag: GiNZA's part-of-speech tag; for a part of a token, the tag that this part would have.
        token: number of the token.
    """

    start: int
    end: int
    text: str
    tag: str
    token: int


def atoms(words: Sequence[str], tags: Sequence[str], offsets: Sequence[int], names: Gazetteer) -> list[Atom]:
    """Return the units of a text: its tokens, split where the alias table finds a name at the beginning of a noun.

    Args:
        words: the tokens.
        tags: their part-of-speech tags.
        offsets: their first characters in the text.
        names: the alias table.

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
    """Return the classes of a word's characters, with repetitions collapsed; at most six of them.

    ``K`` is katakana, ``h`` hiragana, ``C`` kanji, ``A`` and ``a`` upper and lower case in ASCII, ``0`` a digit, ``L``
    another letter. Other characters stand for themselves.

    >>> shape("ナデラ"), shape("GPT-5"), shape("米アマゾン")
    ('K', 'A-0', 'CK')
    """
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
def _with_zeros(text: str) -> str:
    return _DIGIT.sub("0", text)


def _short_tag(tag: str) -> str:
    found = _SHORT_TAGS.get(tag)
    if found is None:
        parts = tag.split("-")
        found = _SHORT_TAGS[tag] = "".join(p[:2] for p in parts[:4])
    return found


_OPEN, _CLOSE = frozenset('「『“"（(【《〈［['), frozenset('」』”"）)】》〉］]')
_JOINTS = frozenset("・-=＝&＆.'’+/!－‐")


def features(
    text: str, units: Sequence[Atom], ginza: Sequence[tuple[int, int, str]], names: Gazetteer
) -> list[list[str]]:
    """Return for each unit the names of its active features.

    Args:
        text: the article's text, in which the units have their offsets.
        units: its units, from :func:`atoms`.
        ginza: GiNZA's entities as (first token, token after the last, label).
        names: the alias table.
    """
    n = len(units)
    words = [_with_zeros(u.text) for u in units]
    tags = [_short_tag(u.tag) for u in units]
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
    # Runs of nouns and the signs that join them. Features use the run's first and last word and the words beside it.
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

    announced_types: list[str] = [""] * n
    for i, u in enumerate(units):
        if (
            i
            and announced_types[i - 1]
            and shapes[i] in ("K", "A", "a", "Aa", "0", "・", "-", "C")
            and units[i - 1].end == u.start
        ):
            announced_types[i] = announced_types[i - 1].rstrip("^")
        elif shapes[i][:1] in "KAaL" or (i and units[i - 1].text in _OPEN):
            if announced := kind_before(text, u.start):
                announced_types[i] = announced + "^"

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
        if announced_types[i]:
            f.append("ap=" + announced_types[i] + s)
            f.append("az=" + announced_types[i] + z + "|" + g)
        if before in _OPEN and after in _CLOSE:
            f.append("bw=" + at(words, a - 2))
            f.append("bx=" + at(words, b + 1))
            f.append("br=" + before)
            f.append("brs=" + before + s + t)
        elif after in _OPEN:
            f.append("bo=" + after + str(b - i == 1))
        out.append(f)
    return out


def likeliest(emit: NDArray[np.float32], steps: NDArray[np.float32] = NEVER) -> list[int]:
    """Return the best label sequence, by the Viterbi algorithm.

    Args:
        emit: scores (units by labels).
        steps: transition scores (labels by labels, the second after the first). The default only excludes sequences
            that are no names.

    Returns:
        The number of a label in :data:`LABELS` for each unit.
    """
    n = len(emit)
    if not n:
        return []
    back = np.empty((n, len(LABELS)), np.int16)
    v = emit[0] + np.where(STARTS, 0, -1e4)
    steps = np.ascontiguousarray(steps.T)
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


class Chain:
    """The dense part of the model: a hidden layer over GiNZA's vectors, and the transition scores.

    Args:
        arrays: ``hidden`` (three times the length of a vector by hidden units), ``bias`` (hidden units), ``out``
            (hidden units by labels) and ``steps`` (labels by labels).
    """

    def __init__(self, arrays: dict[str, Any]) -> None:
        self.hidden, self.bias = arrays["hidden"].astype(np.float32), arrays["bias"].astype(np.float32)
        self.out = arrays["out"].astype(np.float32)
        self.steps = np.where(ALLOWED, arrays["steps"].astype(np.float32), -1e4)

    def layer(self, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the hidden layer's part of the scores (units by labels).

        Args:
            numbers: the vector of each unit (units by length). The layer reads it with those of both neighbours.
        """
        own, before, after = (numbers @ part for part in np.split(self.hidden, 3))
        total = own + self.bias
        total[1:] += before[:-1]
        total[:-1] += after[1:]
        result: NDArray[np.float32] = np.maximum(total, 0) @ self.out
        return result

    def marginals(self, emit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the posterior probability of each label at each unit, by the forward-backward algorithm.

        Args:
            emit: scores (units by labels), at least one unit.
        """
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


class Recogniser(Chain):
    """A trained model; :func:`recogniser` gives the one that ships.

    Args:
        index: the row of ``sparse`` for each feature.
        arrays: those of :class:`Chain`, with ``sparse`` (features by labels, as integers) and ``scale`` (features),
            whose products are the weights.
    """

    def __init__(self, index: dict[str, int], arrays: dict[str, Any]) -> None:
        super().__init__(arrays)
        self.index = index
        self.sparse = arrays["sparse"].astype(np.float32) * arrays["scale"].astype(np.float32)[:, None]

    def emissions(self, feats: Sequence[Iterable[str]], dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores (units by labels).

        Args:
            feats: the features of each unit, from :func:`features`; unknown ones are ignored. Each unit needs a
                known one.
            dense: the vector of each unit (units by length).
        """
        get = self.index.get
        rows: list[int] = []
        cuts: list[int] = []
        for f in feats:
            cuts.append(len(rows))
            rows.extend([k for k in map(get, f) if k is not None])
        found: NDArray[np.float32] = np.add.reduceat(self.sparse[rows], cuts, axis=0)
        return found + self.layer(dense)

    def logarithms(
        self,
        text: str,
        units: Sequence[Atom],
        ginza: Sequence[tuple[int, int, str]],
        dense: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Return the log-probability of each label at each unit, at least -8 (units by labels).

        Args:
            text: the article's text.
            units: its units, from :func:`atoms`.
            ginza: GiNZA's entities as (first token, token after the last, label).
            dense: the vector of each token (tokens by length), ``doc.tensor``.
        """
        if not units:
            return np.zeros((0, len(LABELS)), np.float32)
        emit = self.emissions(features(text, units, ginza, gazetteer()), dense[[u.token for u in units]])
        result: NDArray[np.float32] = np.maximum(np.log(self.marginals(emit) + 1e-9), -8)
        return result


def spans(path: Sequence[int]) -> list[tuple[int, int, EntityType]]:
    """Return the first unit, last unit and type of each name in a label sequence.

    >>> spans([LABEL[name] for name in ("O", "B-Person", "E-Person", "S-Place")])
    [(1, 2, 'Person'), (3, 3, 'Place')]
    """
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


@cache
def recogniser() -> Recogniser:
    """Return the model that ships (``data/models/names.npz``), loaded once per process."""
    return read_model(data.path("models/names.npz"))


def read_model(path: Path) -> Recogniser:
    """Load a model from a file that ``python -m training.recogniser`` wrote."""
    arrays = _arrays(path)
    return Recogniser({f: i for i, f in enumerate(bytes(arrays.pop("features")).decode().split("\n"))}, arrays)


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as saved:
        return {k: saved[k] for k in saved.files}
