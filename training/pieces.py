"""The reader's vocabulary: a part of the subwords of multilingual-e5-small, chosen for Japanese news.

It has all subwords that the texts for training are cut into. The rest are the most probable ones that are written in
kana, kanji, Latin letters, digits or signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

#: Subwords of one script.
WRITTEN = re.compile(r"▁?(?:[ぁ-ゟァ-ヿ一-鿿々〆〇ー]+|[A-Za-z]+|[0-9.,%]+|[^\w\s])")
UNKNOWN = "<unk>"


def cutter(scores: Mapping[str, float], unknown: float) -> Tokenizer:
    """A unigram tokenizer (Kudo 2018, arXiv:1804.10959) of these subwords.

    Args:
        scores: the logarithmic probability of each subword. Ids are in this order from 1; 0 is the unknown subword.
        unknown: the logarithmic probability of a character that no subword has.

    >>> cutter({"▁": -3.0, "東京": -5.0, "は": -4.0}, -20.0).encode("東京は", add_special_tokens=False).tokens
    ['▁', '東京', 'は']
    """
    made = Tokenizer(models.Unigram([(UNKNOWN, unknown), *scores.items()], 0, False))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace("▁", "always", True)
    return made


def chosen(scores: Mapping[str, float], texts: Iterable[str], whole: Tokenizer, size: int) -> dict[str, float]:
    """The subwords that are kept, with their logarithmic probabilities, the most probable first.

    Args:
        scores: the logarithmic probability of every subword.
        texts: those whose subwords are all kept.
        whole: a tokenizer of all subwords.
        size: how many are kept, if the texts do not need more.
    """
    used: set[str] = set()
    for text in texts:
        used.update(whole.encode(text, add_special_tokens=False).tokens)
    ranked = sorted(scores, key=lambda p: (-scores[p], p))
    kept = {p for p in ranked if p in used}
    for p in ranked:
        if len(kept) >= size:
            break
        if WRITTEN.fullmatch(p):
            kept.add(p)
    return {p: scores[p] for p in ranked if p in kept}
