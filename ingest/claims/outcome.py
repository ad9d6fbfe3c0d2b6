"""The main predicate of a content: what class of verb, in what form, of whom; it tells plans from how things are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ingest import lexicon
from ingest.claims.frame import Sentence
from ingest.claims.names import Names

_SKIPPED = ("助動詞", "助詞", "補助記号", "空白")
_LIGHT = frozenset(
    [
        "する",
        "為る",
        "いる",
        "居る",
        "ある",
        "有る",
        "くる",
        "来る",
        "いく",
        "行く",
        "なる",
        "成る",
        "できる",
        "出来る",
        "おる",
        "もらう",
        "貰う",
        "いただく",
        "頂く",
        "くれる",
        "しまう",
        "みる",
        "おく",
        "致す",
        "いたす",
        "参る",
        "まいる",
        "こと",
        "事",
        "の",
        "もの",
        "物",
        "ため",
        "為",
        "よう",
        "様",
        "続ける",
        "始める",
    ]
)
_FIRST_PERSON = re.compile(r"私|僕|俺|我々|われわれ|弊社|当社|わが社|我が社|わが国|我が国|当方|自分たち")
_AGENT = re.compile(
    r"(氏|さん|社長|会長|大統領|首相|長官|相|大臣|選手|監督|議員|知事|市長|教授|者|人|員|たち|達|ら|側|当局|政府|社|会|省|庁|局|党|チーム|団|軍|警察|組合|国|市|県|都|府)$"
)
_NO = frozenset(("ない", "無い", "ぬ", "ず"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """``kind``: the row's class or the head's tag; ``form``: plain, past, prog or can, with neg, pas; ``of``: thing, agent or none."""

    kind: str
    form: str
    of: str
    polite: bool
    never: bool  # …することはない
    own: bool  # the content speaks of 私, 当社 …
    object: bool

    def features(self, verb: str, construct: str) -> list[str]:
        """What the models see."""
        p = f"P={self.kind}|{self.form}"
        out = [
            p, f"{p}|{self.of}", f"{p}|{verb}", f"{p}|k={construct}", f"P={self.kind}", f"form={self.form}",
            f"form={self.form}|{self.of}", f"{p}|obj={self.object}|{self.of}",
        ]  # fmt: skip
        if self.never:
            out += ["never", f"never|{self.kind}"]
        if self.polite:
            out.append(f"polite|{p}")
        if self.own:
            out.append(f"own|{p}")
        return out


@cache
def _classes() -> dict[str, str]:
    return {row["verb"]: row["class"] for row in lexicon.rows("predicates")}


def _class(s: Sentence, k: int) -> str:
    t, tag, known = s.tokens[k], s.tags[k], _classes()
    if tag.startswith("名詞"):
        return known.get(t.lemma_ + "する") or known.get(s.texts[k] + "する") or "noun"
    return known.get(t.lemma_) or known.get(t.norm_) or known.get(t.lemma_ + "する") or tag[:2]


def outcome(s: Sentence, start: int, end: int, names: Names) -> Outcome:
    """The main predicate of the content ``[start, end)`` (characters), read from its end backwards."""
    first = s.token_at(start)
    last = min(s.token_at(max(start, end - 1)), len(s.tokens) - 1)
    k = last
    aux: set[str] = set()
    never = False
    while k > first:
        lemma = s.tokens[k].lemma_
        if s.tags[k].startswith(_SKIPPED) or lemma in _LIGHT or s.texts[k] in '」』”"':
            aux.add(lemma)
        elif lemma in ("ない", "無い") and "".join(s.texts[max(first, k - 2) : k]) in ("ことは", "ことが", "ことも"):
            aux.add(lemma)
            never = True
        else:
            break
        k -= 1
    past, progressive = "た" in aux, bool(aux & {"いる", "居る", "おる"})
    can = bool(aux & {"できる", "出来る", "得る"})
    form = "past" if past else "prog" if progressive else "can" if can else "plain"
    form += ("neg" if aux & _NO else "") + ("pas" if aux & {"れる", "られる"} else "")
    text = s.source[start:end]
    return Outcome(
        _class(s, k), form, _subject(s, first, k, names), "ます" in aux, never,
        bool(_FIRST_PERSON.search(text)), "を" in text,
    )  # fmt: skip


def _subject(s: Sentence, first: int, head: int, names: Names) -> str:
    """What the predicate is said of: an agent (a name or a word for people and bodies), a thing, or none is given."""
    depth = s.depth[head]
    topic = None
    for k in range(head - 1, first, -1):
        if s.depth[k] != depth:
            continue
        if s.texts[k] == "が" and s.tags[k].startswith("助詞-格"):
            return _noun(s, k - 1, names)
        if s.texts[k] in ("は", "も") and s.tags[k].startswith("助詞-係"):
            topic = k - 1 if topic is None else topic
    return _noun(s, topic, names) if topic is not None else "none"


def _noun(s: Sentence, k: int, names: Names) -> str:
    at = s.tokens[k].idx
    return "agent" if names.at(at) or _AGENT.search(s.texts[k]) or _FIRST_PERSON.search(s.texts[k]) else "thing"
