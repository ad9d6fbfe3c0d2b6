"""The recogniser's features of a unit, as strings: words, shapes, tags, GiNZA's entities, noun runs, the alias table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from ingest.names import Gazetteer
from ingest.recogniser.units import Atom, shape
from ingest.shapes import kind_before

_DIGIT = re.compile(r"[0-9]")


@cache
def _with_zeros(text: str) -> str:
    return _DIGIT.sub("0", text)


@cache
def _short_tag(tag: str) -> str:
    """Return the first two characters of each of the four levels of a tag."""
    return "".join(part[:2] for part in tag.split("-")[:4])


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
    labels, known = _ginza_labels(units, ginza), _known_labels(text, units, names)
    run_of, announced_types = _noun_runs(units, tags, shapes), _announced(text, units, shapes)

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


def _position(at: int, first: int, stop: int) -> str:
    """Return where a part stands in a name: S (all of it), B (first), E (last) or I."""
    return "S" if stop - first == 1 else "B" if at == first else "E" if at == stop - 1 else "I"


def _ginza_labels(units: Sequence[Atom], ginza: Sequence[tuple[int, int, str]]) -> list[str]:
    """Return for each unit its position in GiNZA's entity and the entity's label, or an empty string."""
    labels = [""] * len(units)
    places: dict[int, list[int]] = {}
    for i, u in enumerate(units):
        places.setdefault(u.token, []).append(i)
    for first, stop, label in ginza:
        for token in range(first, stop):
            for i in places.get(token, ()):
                labels[i] = _position(token, first, stop) + label
    return labels


def _known_labels(text: str, units: Sequence[Atom], names: Gazetteer) -> list[str]:
    """Return for each unit its position in a name of the alias table and the name's type, or an empty string."""
    known = [""] * len(units)
    for first, stop, kind, _ in names.matches(text, units):
        for i in range(first, stop):
            known[i] = _position(i, first, stop) + kind
    return known


def _noun_runs(units: Sequence[Atom], tags: Sequence[str], shapes: Sequence[str]) -> list[tuple[int, int]]:
    """Return for each unit the run of nouns, and of signs that join them, that it is in: first unit, and after the last.

    Features use the run's first and last word and the words beside it.
    """
    n = len(units)
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
    return run_of


def _announced(text: str, units: Sequence[Atom], shapes: Sequence[str]) -> list[str]:
    """Return for each unit the type of name that the kind of thing before it announces (探査機); ^ marks the first unit."""
    found: list[str] = [""] * len(units)
    for i, u in enumerate(units):
        if (
            i
            and found[i - 1]
            and shapes[i] in ("K", "A", "a", "Aa", "0", "・", "-", "C")
            and units[i - 1].end == u.start
        ):
            found[i] = found[i - 1].rstrip("^")
        elif shapes[i][:1] in "KAaL" or (i and units[i - 1].text in _OPEN):
            if announced := kind_before(text, u.start):
                found[i] = announced + "^"
    return found
