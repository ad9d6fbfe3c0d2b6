"""A claim's source beside those of the claims around it: who speaks before and after, and who speaks most in the article.

The first choice (``sources``) sees what stands before a claim; this second one knows the whole article. A small log-linear
model over numbers learns from first choices on articles that their model has not seen, as in ``rivals``.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from ingest.claims.candidates import Candidate
from ingest.claims.features import Left
from ingest.claims.names import Names, Speaker
from ingest.claims.speaking import noun_class

Key = tuple[str, ...]  # the entities of a source in order; empty: nobody with a name

_LEAST = 0.003  # a chance is taken as no smaller
_LIKELY = 0.4  # from which on a claim counts for how often its sources speak


class Attributed(Protocol):
    """What is known of a claim after its first judgement (:class:`ingest.claims.reader.Draft`)."""

    candidate: Candidate
    content: Left
    source: Speaker | None
    keep: float
    source_margin: float
    chances: Mapping[Key, float]  # how likely each source is; empty where the construct itself names it
    places: Mapping[Key, Speaker | None]  # where each source is likeliest named


def _kind(key: Key, names: Names) -> str:
    if not key:
        return "nobody"
    if all(e in names.press for e in key):
        return "Press"
    return names.types[key[0]] + ("s" if len(key) > 1 else "")


def _distance(sentences: int) -> str:
    return "same" if sentences == 0 else "next" if sentences == 1 else "near" if sentences < 4 else "far"


# who says so of themselves: a person, a body
_FIRST = {
    "me": re.compile("私|僕|俺|わたし|ぼく|おれ|われわれ|我々|自分"),
    "us": re.compile("当[社館院会]|当協会|弊社|うち|[わ我]が[社国党]|当行"),
}


class Company:
    """The claims of an article in order, of which each one's source is asked again; those that a construct names are passed over."""

    def __init__(self, claims: Sequence[Attributed], names: Names) -> None:
        self.claims = [d for d in claims if d.chances]
        self.names = names
        self.speaks: Counter[Key] = Counter()  # in how many likely claims each source speaks
        for d in self.claims:
            self.speaks.update(self._weight(d))
        named = [x for key, x in self.speaks.items() if key]
        share = max(named, default=0.0) / (sum(named) or 1.0)
        self.talk = "one" if share > 0.7 else "few" if share > 0.4 else "many"  # who speaks of those with a name
        self.at: dict[str, list[int]] = {}  # where each entity is named
        for m in names.mentions:
            self.at.setdefault(m.entity, []).append(m.extent.start)
        self.paragraphs: dict[int, list[Attributed]] = {}
        for d in self.claims:
            self.paragraphs.setdefault(d.candidate.sentence.paragraph, []).append(d)

    @staticmethod
    def _weight(d: Attributed) -> Mapping[Key, float]:
        return d.chances if d.keep > _LIKELY else {}

    def features(self, i: int, key: Key) -> dict[str, float]:
        """What speaks for a source of the claim at ``i``."""
        d, names = self.claims[i], self.names
        c, chance, kind = d.candidate, d.chances[key], _kind(key, names)
        speaks = self.speaks[key] - self._weight(d).get(key, 0.0)
        f = {
            "chance": math.log(max(chance, _LEAST)), "likely": chance, f"kind={kind}": 1.0, f"kind={kind}|{c.kind}": 1.0,
            "share": speaks / len(self.claims), "speaks": math.log1p(max(speaks, 0.0)),
        }  # fmt: skip
        if key:
            f |= {"speaks|named": f["speaks"], "named": math.log1p(max(names.counts[e] for e in key))}
        f |= {f"chance|{kind}": f["chance"], f"chance|{c.kind}": f["chance"]}
        f |= {f"talk={self.talk}|{kind}": 1.0, f"talk={self.talk}|{kind}|{c.kind}": 1.0}
        f |= self._words(d, key, kind) | self._around(i, key, kind)
        for side, j in (("before", i - 1), ("after", i + 1)):
            if not 0 <= j < len(self.claims):
                continue
            q, there = self.claims[j].chances.get(key, 0.0), self.claims[j].candidate
            far = _distance(abs(there.sentence.index - c.sentence.index))
            paragraph = "paragraph" if there.sentence.paragraph == c.sentence.paragraph else "elsewhere"
            f |= {
                f"{side}|{far}": q, f"{side}|{far}|{kind}": q, f"{side}|{far}|{c.kind}": q, f"{side}|{far}|from {there.kind}": q,
                f"{side}|{paragraph}": q, f"{side}|chance": math.log(max(q, 0.01)),
            }  # fmt: skip
            if key:
                f[f"{side}|{far}|named"] = q
        return f

    def _words(self, d: Attributed, key: Key, kind: str) -> dict[str, float]:
        """What the words of a claim, and those that stand for somebody without a name, tell of its source."""
        text, content = d.candidate.sentence.source, d.content
        quoted = "quoted" if content.quote else "told"
        f: dict[str, float] = {}
        for who, words in _FIRST.items():
            if words.search(text, content.start, content.end):
                f |= {f"{who}|{kind}": 1.0, f"{who}|{quoted}|{kind}": 1.0}
        nameless = d.places.get(()) if () in d.chances else None
        if not key:
            what = noun_class(text[nameless.start : nameless.end]) if nameless else "none"
            far = nameless is not None and nameless.sentence.index != d.candidate.sentence.index
            return f | {
                f"nobody={what}|{far}": 1.0,
                f"nobody={what}|{d.candidate.kind}": 1.0,
                f"nobody={what}|{self.talk}": 1.0,
            }
        places = [p for e in key for p in self.at.get(e, ())]
        if any(content.start <= p < content.end for p in places):
            f[f"inside|{kind}|{quoted}"] = 1.0
        if nameless is not None and not nameless.entities:
            noun = text[nameless.start : nameless.end][-4:]  # 大河内翔平コーチ … コーチは
            borne = any(noun in text[max(0, p - 14) : p + 16] for p in places)
            f[f"office={borne}|{kind}"] = 1.0
            if borne:
                f["office|chance"] = d.chances[()]
        return f

    def _around(self, i: int, key: Key, kind: str) -> dict[str, float]:
        """How likely the source is in the other claims of the paragraph, and two and three claims away."""
        here = self.claims[i]
        beside = self.paragraphs[here.candidate.sentence.paragraph]
        others = [o.chances.get(key, 0.0) for o in beside if o is not here]
        f = {"paragraph": sum(others) / len(others), f"paragraph|{kind}": sum(others) / len(others)} if others else {}
        for side, step in (("before", -1), ("after", 1)):
            for k in (2, 3):
                if 0 <= i + step * k < len(self.claims):
                    q = self.claims[i + step * k].chances.get(key, 0.0)
                    f |= {f"{side} {k}": q, f"{side} {k}|{kind}": q}
        return f

    def choose(self, i: int, weights: Mapping[str, float]) -> dict[Key, float]:
        """How likely each source of the claim at ``i`` is, the others known."""
        scores = {
            key: sum(weights.get(k, 0.0) * x for k, x in self.features(i, key).items())
            for key in self.claims[i].chances
        }
        top = max(scores.values())
        powers = {key: math.exp(s - top) for key, s in scores.items()}
        total = sum(powers.values())
        return {key: p / total for key, p in powers.items()}


def ask_again(claims: Sequence[Attributed], names: Names, weights: Mapping[str, float]) -> None:
    """Choose the sources of an article's claims again, each beside those of the others."""
    company = Company(claims, names)
    for i, d in enumerate(company.claims):
        chances = company.choose(i, weights)
        best = max(chances, key=lambda k: chances[k])
        d.source, d.source_margin = d.places[best], chances[best]
