"""Where anaphors stand: the words of ``anaphors.jsonl`` (彼, 同社, 両社), and 同 before the end of an earlier name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from spacy.tokens import Doc

from kg import lexicon
from kg.model import Entity, Extent, Mention


class Edges(NamedTuple):
    """The first characters of all tokens, and the characters after their last."""

    starts: set[int]
    ends: set[int]

    def fit(self, start: int, end: int) -> bool:
        """Return whether a string begins and ends with tokens."""
        return start in self.starts and end in self.ends


def edges_of(doc: Doc) -> Edges:
    """Return where the tokens of a document begin and end."""
    return Edges({t.idx for t in doc}, {t.idx + len(t) for t in doc})


@cache
def _rows() -> dict[str, dict[str, Any]]:
    """Return the rows of ``anaphors.jsonl`` by their text, longest text first."""
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(lexicon.rows("anaphors"), key=lambda r: -len(r["text"])):
        found.setdefault(row["text"], row)
    return found


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _rows())))


def written(text: str, edges: Edges, taken: set[int]) -> Iterator[tuple[dict[str, Any], Extent]]:
    """Yield the anaphors of ``anaphors.jsonl`` in a text, each with its row.

    Args:
        text: the article's text.
        edges: where its tokens begin and end.
        taken: characters that belong to a name.
    """
    for hit in _pattern().finditer(text):
        row, extent = _rows()[hit.group()], Extent(hit.start(), hit.end())
        if hit.start() not in taken and _tokens_match(text, *hit.span(), edges) and _is_anaphor(row, text, *hit.span()):
            yield row, extent


def _tokens_match(text: str, start: int, end: int, edges: Edges) -> bool:
    """Return whether a string begins and ends with tokens, and is not the beginning of another word (同市場)."""
    if not edges.fit(start, end):
        return False
    if text[start] == "同" and text[start + 1 : end] not in ("氏", "社"):
        after = text[end : end + 1]
        return not (
            after
            and "一" <= after <= "鿿"
            and text[start:end] in ("同市", "同国", "同大", "同院", "同局", "同機", "同委")
        )
    return True


def _is_anaphor(row: dict[str, Any], text: str, start: int, end: int) -> bool:
    """Return whether a string of ``anaphors.jsonl`` is an anaphor here, by the characters beside it (彼岸 is none)."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if row["text"] in ("彼", "彼女"):
        return after not in ("方", "岸", "我", "ら", "女", "氏") and before not in ("誰", "元")
    if row.get("listed"):
        if text[max(0, start - 4) : start] == "うちの" or text.endswith(("うちの", "うち"), 0, start):
            return False
        if before and (before.isdigit() or before in "一二三四五六七八九十百千万第約数.,"):
            return False
        return after not in ("長", "員", "ほど", "以", "に", "目", "分", "前", "超", "程") and not text.startswith(
            ("以上", "以下", "に1"), end
        )
    if row["text"] == "同行":
        return after not in ("し", "す", "者", "取", "を", "記")
    if row["text"] == "氏":
        return before in ("", "。", "、", "\n", "\u3000", "」") and after in ("は", "が", "も", "の", "に", "を", "と")
    if row["text"] == "両国":
        return after not in ("国", "駅", "技")
    return True


def shortened(
    text: str, named: Sequence[Mention], entities: dict[str, Entity], taken: set[int], edges: Edges
) -> Iterator[Mention]:
    """Yield anaphors that consist of 同 and the end of an earlier name: 同監視委 after 証券取引等監視委員会.

    Args:
        text: the article's text.
        named: the mentions that are names, in order.
        entities: the entities by id.
        taken: characters that belong to a name.
        edges: where the tokens begin and end.
    """
    for hit in re.finditer(r"同([一-鿿ァ-ヺー]{2,8})", text):
        if hit.start() in taken:
            continue
        for size in range(len(hit[1]), 1, -1):
            noun, end = hit[1][:size], hit.start() + 1 + size
            if not edges.fit(hit.start(), end) or "同" + noun in _rows():
                continue
            earlier = [
                m
                for m in named
                if m.extent.end <= hit.start()
                and entities[m.entity].type in ("Organization", "Place", "Product")
                and (name := m.extent.of(text)) != noun
                and (name.endswith(noun) or (len(noun) > 2 and name.endswith(noun + "員会")))
            ]
            if earlier:
                yield Mention(
                    Extent(hit.start(), end),
                    earlier[-1].entity,
                    True,
                    (f"同 and the end of {earlier[-1].extent.of(text)}",),
                )
                break
