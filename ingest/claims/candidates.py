"""A possible claim, and the lexicon rows by which cues are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ingest import lexicon
from ingest.claims.frame import Bracket, Predicate, Sentence

TOLD = ("narrated", "clause")  # constructs in which the narrator himself speaks: claims only as predictions


@dataclass
class Candidate:
    """A possible claim: the cue at ``cue`` (characters), what is said ends at ``right``.

    ``kind`` names the construct, ``row`` the lexicon entry, ``verb`` the class of the cue; ``left`` is set where the
    construct itself tells where the content starts, ``source_at`` where it tells who speaks (characters).
    """

    sentence: Sentence
    kind: str
    right: int
    cue: tuple[int, int] | None = None
    row: dict[str, Any] = field(default_factory=dict)
    left: int | None = None
    floor: int = 0
    source_at: tuple[int, int] | None = None
    predicate: Predicate | None = None
    marker: int = -1  # token index of と, こと, …
    gap: int = 0  # predicates between marker and cue
    quote: Bracket | None = None
    notes: set[str] = field(default_factory=set)

    @property
    def verb(self) -> str:
        return str(self.row.get("class", ""))

    @property
    def cue_token(self) -> int:
        if self.predicate:
            return self.predicate.head
        return self.sentence.token_at(self.cue[0]) if self.cue else len(self.sentence.tokens) - 1


@cache
def reporting_verbs() -> dict[str, list[dict[str, Any]]]:
    table: dict[str, list[dict[str, Any]]] = {}
    for row in lexicon.rows("reporting_verbs"):
        table.setdefault(row["verb"], []).append(row)
    for group in table.values():
        group.sort(key=lambda r: -len(r.get("before", "")))
    return table


@cache
def reporting_nouns() -> dict[str, list[dict[str, Any]]]:
    table: dict[str, list[dict[str, Any]]] = {}
    for row in lexicon.rows("reporting_nouns"):
        table.setdefault(row["noun"], []).append(row)
    return table


@cache
def light_verbs() -> frozenset[str]:
    return frozenset(row["verb"] for row in lexicon.rows("light_verbs"))


def verb_rows(s: Sentence, p: Predicate) -> list[dict[str, Any]]:
    """The lexicon rows of a predicate, those with the longest ``before`` first."""
    found = []
    before_end = s.char(p.head)
    for key in dict.fromkeys((p.lemma, p.norm)):
        for row in reporting_verbs().get(key, ()):
            before = row.get("before", "")
            if before:
                if not s.source[max(s.first_char, before_end - len(before)) : before_end].endswith(before):
                    # 明らかに + する: する is a predicate of its own, 明らかに stands before it
                    continue
            found.append(row)
    return found


def right_of(s: Sentence, k: int) -> int:
    """Character where the content before marker ``k`` ends: without 、 。 など, and without the quotation's bracket."""
    j = k - 1
    while j >= 0 and (
        s.texts[j] in ("、", "，", "。", "など", "とも") or (s.texts[j] == "の" and j == k - 1 and s.texts[k] == "旨")
    ):
        j -= 1
    if s.texts[k] == "旨" and j >= 1 and s.texts[j] in ("との", "の"):
        j -= 1
        if s.texts[j] == "と":
            j -= 1
    if j >= 1 and s.texts[j] in ("いう", "いった") and s.texts[j - 1] == "と":
        j -= 2  # 〜ということを
    return s.end_char(max(j, 0))


def is_quotative(s: Sentence, k: int) -> bool:
    """Whether the と at token ``k`` can end a complement: 「だと」 yes, 「AとB」 no."""
    if s.texts[k] not in ("と", "とも", "っと", "って"):
        return False
    j = k - 1
    if j >= 0 and s.texts[j] in ("、", "，", "。", "など", "なんて"):
        j -= 1
    if j < 0:
        return False
    if s.depth[j]:
        return s.texts[j][-1] in '」』”"）)'
    tag = s.tags[j]
    if s.tokens[j].lemma_ in ("よる", "依る", "拠る") and j and s.texts[j - 1] == "に":
        return False
    if tag.startswith(("動詞", "形容詞", "助動詞", "助詞-終助詞", "接尾辞-形容詞", "形状詞-助動詞語幹")):
        return s.texts[j] not in ("で", "に", "な")
    return s.texts[j] in ("か", "ね", "よ", "ため", "から", "など", "まで", "べき", "はず", "も")
