"""A sentence as the claim rules see it: tokens, bracket depth, units, predicates."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

OPENING = "「『（(［[“〈《【〔"
CLOSING = "」』）)］]”〉》】〕"
QUOTE_OPENING = '「『“"'
_PAIRS = dict(zip(CLOSING, OPENING, strict=True))
_WIDEST = 1500  # characters: no quotation or parenthesis is longer
_SUFFIXED = re.compile(r"[。！？!?]\s*$")


@dataclass(frozen=True, slots=True)
class Bracket:
    """A pair of brackets: ``start``/``end`` with the marks, ``inner_start``/``inner_end`` without (characters)."""

    start: int
    end: int
    mark: str
    depth: int

    @property
    def inner_start(self) -> int:
        return self.start + 1

    @property
    def inner_end(self) -> int:
        return self.end if self.mark == "…" else self.end - 1

    @property
    def is_quote(self) -> bool:
        return self.mark in QUOTE_OPENING


def brackets(text: str) -> list[Bracket]:
    """All bracket pairs of a text, outermost first; an unclosed one ends at its sentence or line, never later.

    >>> [(b.start, b.end) for b in brackets("彼は「はい」と言う。「いいえ。終わり")]
    [(2, 6), (10, 15)]
    """
    found: list[Bracket] = []
    stack: list[tuple[int, str]] = []

    def flush(at: int) -> None:
        # unclosed: a quotation that opens a sentence runs to that sentence's end; others are dropped
        while stack:
            start, mark = stack.pop()
            if mark in "「『“" and not stack and (start == 0 or text[start - 1] in "。！？\n 　"):
                stop = re.compile(r"[。！？\n]").search(text, start)
                end = min(stop.end() if stop else at, at)
                if end - start > 4:
                    found.append(Bracket(start, end, mark, len(stack)))

    ascii_open: int | None = None
    for i, ch in enumerate(text):
        if ch == "\n":
            flush(i)
            ascii_open = None
        elif ch == '"':
            if ascii_open is None:
                ascii_open = i
            else:
                if i - ascii_open < _WIDEST:
                    found.append(Bracket(ascii_open, i + 1, '"', len(stack)))
                ascii_open = None
        elif ch in OPENING:
            if ch == "「" and any(m == "「" for _, m in stack) and text[i - 1] in "。！？\n":
                flush(i)
            stack.append((i, ch))
            if len(stack) > 40:
                stack.pop(0)
        elif ch in CLOSING:
            partner = _PAIRS[ch]
            for k in range(len(stack) - 1, -1, -1):
                if stack[k][1] == partner:
                    start, mark = stack[k]
                    del stack[k:]
                    if i + 1 - start <= _WIDEST:
                        found.append(Bracket(start, i + 1, mark, len(stack)))
                    break
    flush(len(text))
    return sorted(found, key=lambda b: (b.start, -b.end))


def overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Characters in common by characters in either."""
    common = min(a[1], b[1]) - max(a[0], b[0])
    return common / (max(a[1], b[1]) - min(a[0], b[0])) if common > 0 else 0.0


def _key(token: Token) -> tuple[str, str]:
    return token.lemma_, token.norm_


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate at depth 0: head token, first token of its chain, the token after its auxiliaries."""

    head: int
    stop: int
    lemma: str
    norm: str
    form: str  # final, te, renyo, adnominal, conditional, but, reason, bare, other
    passive: bool = False
    negated: bool = False
    past: bool = False
    causative: bool = False
    wish: bool = False
    progressive: bool = False


@dataclass
class Sentence:
    """One sentence of an article: a token range ``[start, end)`` with what the rules ask of it."""

    doc: Doc
    start: int
    end: int
    index: int
    paragraph: int
    quotes: list[Bracket]
    depth: list[int] = field(default_factory=list)
    heading: bool = False
    last_of_paragraph: bool = False
    following: Sentence | None = None
    source: str = ""  # the article's text: doc.text is put together anew at each access

    def __post_init__(self) -> None:
        self.tokens: list[Token] = list(self.doc[self.start : self.end])
        self.tags = [t.tag_ for t in self.tokens]
        self.texts = [t.text for t in self.tokens]
        self.first_char = self.tokens[0].idx
        last = self.tokens[-1]
        self.last_char = last.idx + len(last.text)
        self.depth = [0] * len(self.tokens)
        for b in self.quotes:
            if b.depth == 0 or not any(o is not b and o.start < b.start and b.end <= o.end for o in self.quotes):
                for k, t in enumerate(self.tokens):
                    if b.start <= t.idx < b.end:
                        self.depth[k] += 1

    @property
    def text(self) -> str:
        return self.source[self.first_char : self.last_char]

    def char(self, k: int) -> int:
        """Character offset where token ``k`` of the sentence starts (its end, for ``k == len``)."""
        return self.tokens[k].idx if k < len(self.tokens) else self.last_char

    def end_char(self, k: int) -> int:
        t = self.tokens[k]
        return t.idx + len(t.text)

    def token_at(self, char: int) -> int:
        """Index of the token that holds or follows a character offset."""
        lo, hi = 0, len(self.tokens)
        while lo < hi:
            mid = (lo + hi) // 2
            if self.tokens[mid].idx + len(self.texts[mid]) <= char:
                lo = mid + 1
            else:
                hi = mid
        return lo

    @cached_property
    def outer_quotes(self) -> list[Bracket]:
        """Quotations of this sentence that lie in no other bracket."""
        out: list[Bracket] = []
        for b in self.quotes:
            if b.is_quote and not any(o is not b and o.start <= b.start and b.end <= o.end for o in self.quotes):
                out.append(b)
        return out

    @cached_property
    def starts(self) -> list[int]:
        """Token indexes at which a bunsetsu-like unit starts (depth 0 or a quotation's first token)."""
        out = []
        for k, tag in enumerate(self.tags):
            if k == 0:
                out.append(k)
                continue
            if self.depth[k] and not (self.depth[k - 1] == 0 and self.texts[k][0] in OPENING):
                continue
            if tag.startswith(("助詞", "助動詞", "接尾辞")) or (
                tag.startswith("補助記号") and self.texts[k][0] not in OPENING
            ):
                continue
            before = self.tags[k - 1]
            if tag.startswith(("動詞-非自立", "形容詞-非自立")) and before.startswith(("助詞-接続", "動詞")):
                continue
            if tag.startswith("動詞-非自立") and before.startswith(("名詞-普通名詞-サ変", "助詞-格助詞")):
                if self.tokens[k].lemma_ == "する":
                    continue
            if self.texts[k] in ("こと", "もの", "の", "よう", "ところ", "ため", "はず", "わけ"):
                continue
            if (
                before.startswith(("助詞", "助動詞", "補助記号", "接続詞", "副詞", "連体詞", "感動詞", "空白"))
                or (before.startswith(("動詞", "形容詞")) and not tag.startswith(("動詞", "形容詞")))
                or "副詞可能" in before
                or (before.startswith("名詞") and tag.startswith(("動詞-一般", "副詞", "形容詞")))
            ):
                out.append(k)
        return out

    @cached_property
    def predicates(self) -> list[Predicate]:
        """The predicates outside brackets, in order."""
        return list(_predicates(self))


_TE = ("て", "で")
_AUX_VERBS = {
    "いる", "おる", "くる", "いく", "しまう", "みせる", "もらう", "いただく", "くれる", "下さる", "くださる", "ある",
    "みる", "おく", "来る", "行く", "頂く", "続ける", "始める", "する", "できる", "いらっしゃる", "ございます", "ござる",
    "過ぎる", "合う", "直す", "出す", "きる", "切る", "やる", "なさる", "致す", "いたす", "ゆく",
}  # fmt: skip


def _predicates(s: Sentence) -> Iterator[Predicate]:
    n = len(s.tokens)
    k = 0
    while k < n:
        if s.depth[k]:
            k += 1
            continue
        tag = s.tags[k]
        token = s.tokens[k]
        lemma, norm = _key(token)
        head = None
        nxt = s.texts[k + 1] if k + 1 < n else ""
        nxt_tag = s.tags[k + 1] if k + 1 < n else ""
        if (
            tag.startswith("動詞") and not (lemma == "する" and k and "サ変" in s.tags[k - 1] and not s.depth[k - 1])
        ) or tag.startswith("形容詞"):
            head = k
        elif tag.startswith("名詞") and ("サ変" in tag or lemma == "コメント"):
            if (
                k + 1 < n
                and s.tokens[k + 1].lemma_ in ("する", "できる", "致す", "いたす", "なさる")
                and (nxt_tag.startswith("動詞"))
            ) or (
                k
                and (nxt in ("。", "、", "，", "．", "\n", "") or nxt_tag.startswith("補助記号-句点"))
                and (s.tags[k - 1].startswith("助詞") or (s.heading and k + 1 >= n))
            ):
                head, lemma, norm = k, lemma + "する", norm + "する"
        elif tag.startswith(("形状詞", "接尾辞-形状詞")):
            if nxt_tag.startswith("助動詞") and nxt in ("だ", "だっ", "です", "で"):
                stem = lemma
                if tag.startswith("接尾辞") and k:
                    stem = s.tokens[k - 1].lemma_ + lemma
                head, lemma, norm = k, stem + "だ", stem + "だ"
        if head is None:
            k += 1
            continue
        j = k + 1
        passive = negated = past = causative = wish = progressive = False
        te = False
        while j < n and not s.depth[j]:
            tj, lj, gj = s.texts[j], s.tokens[j].lemma_, s.tags[j]
            if gj.startswith("助動詞"):
                if lj in ("れる", "られる"):
                    passive = True
                elif lj in ("せる", "させる"):
                    causative = True
                elif lj in ("ない", "ぬ", "ず", "まい"):
                    negated = True
                elif (
                    lj in ("た", "だ")
                    and tj in ("た", "だ", "たら", "だら")
                    and gj == "助動詞"
                    and s.tokens[j].norm_ == "た"
                ):
                    past = True
                elif lj in ("たい", "たがる"):
                    wish = True
                te = False
            elif gj.startswith("助詞-接続助詞") and tj in _TE:
                te = True
                # て + auxiliary verb goes on; otherwise the chain ends here
                if not (j + 1 < n and s.tags[j + 1].startswith("動詞-非自立") and s.tokens[j + 1].lemma_ in _AUX_VERBS):
                    j += 1
                    break
            elif gj.startswith(("動詞-非自立", "形容詞-非自立")) and (
                te or lj in ("する", "できる", "致す", "いたす", "なさる", "ない")
            ):
                if lj in ("いる", "おる"):
                    progressive = True
                if lj in ("ない", "無い"):
                    negated = True
                te = False
            elif gj.startswith(("接尾辞-動詞", "接尾辞-形容詞")):
                pass
            else:
                break
            j += 1
        form = _form(s, j, te, negated)
        yield Predicate(head, j, lemma, norm, form, passive, negated, past, causative, wish, progressive)
        k = j if j > k else k + 1


def _form(s: Sentence, j: int, te: bool, negated: bool) -> str:
    n = len(s.tokens)
    last = s.tokens[j - 1]
    if te and last.text in _TE:
        return "te"
    nxt = s.texts[j] if j < n else ""
    tag = s.tags[j] if j < n else ""
    if j >= n or nxt in ("。", "！", "？", "．", "\n", "」", "』") or tag.startswith("補助記号-句点"):
        return "final"
    if nxt == "が" and tag.startswith("助詞-接続"):
        return "but"
    if nxt in ("けれど", "けれども", "けど", "ものの"):
        return "but"
    if nxt in ("ので", "から") and tag.startswith("助詞-接続"):
        return "reason"
    if nxt in ("ば", "と", "なら", "たら") and tag.startswith("助詞-接続") and nxt != "と":
        return "conditional"
    if tag.startswith(("名詞", "形状詞-助動詞語幹", "連体詞")):
        if nxt in (
            "ため",
            "上",
            "もの",
            "こと",
            "ところ",
            "際",
            "場合",
            "よう",
            "ほか",
            "うえ",
            "中",
            "一方",
            "後",
            "とき",
            "時",
        ):
            return "subordinate"
        return "adnominal"
    if nxt in ("、", "，"):
        inflection = last.morph.get("Inflection", [])
        if inflection and "連用形" in inflection[0]:
            return "renyo"
        return "bare"
    if nxt in ("ながら", "つつ", "し"):
        return "te"
    return "other"


def sentences(doc: Doc, pairs: Sequence[Bracket]) -> list[Sentence]:
    """The article's sentences, split once more after a quotation that closes a sentence (「…。」次の文)."""
    text = doc.text
    ends: set[int] = set()
    for quote in pairs:
        if (
            quote.is_quote
            and quote.depth == 0
            and quote.end < len(text)
            and text[quote.inner_end - 1 : quote.inner_end] in ("。", "！", "？")
        ):
            after = text[quote.end : quote.end + 2]
            if (
                after
                and after[0] not in "と、。でがをのはもに（(など」』」，．・と"
                and not after.startswith(("など", "とも"))
            ):
                ends.add(quote.end)
    out: list[Sentence] = []
    paragraph = 0
    nearest = 0
    for span in doc.sents:
        cuts = [span.start]
        for t in span:
            if t.idx in ends and t.i > span.start:
                cuts.append(t.i)
        cuts.append(span.end)
        for a, b in itertools.pairwise(cuts):
            while a < b and not doc[a].text.strip():
                if "\n" in doc[a].text:
                    paragraph += 1
                a += 1
            stop = b
            while stop > a and not doc[stop - 1].text.strip():
                stop -= 1
            if stop <= a:
                continue
            begin, finish = doc[a].idx, doc[stop - 1].idx + len(doc[stop - 1].text)
            while nearest < len(pairs) and pairs[nearest].start < begin:
                nearest += 1
            inside = []
            upto = nearest
            while upto < len(pairs) and pairs[upto].start < finish:
                if pairs[upto].end <= finish:
                    inside.append(pairs[upto])
                upto += 1
            sentence = Sentence(doc, a, stop, len(out), paragraph, inside, source=text)
            if out and out[-1].paragraph != paragraph:
                out[-1].last_of_paragraph = True
            out.append(sentence)
            tail = text[finish : (doc[b - 1].idx + len(doc[b - 1].text)) if b else finish]
            paragraph += tail.count("\n")
    if out:
        out[-1].last_of_paragraph = True
    for sentence, follower in itertools.pairwise(out):
        sentence.following = follower
    seen: dict[int, list[Sentence]] = {}
    for sentence in out:
        seen.setdefault(sentence.paragraph, []).append(sentence)
    for group in seen.values():
        if len(group) == 1 and not _SUFFIXED.search(group[0].text) and len(group[0].text) <= 80:
            group[0].heading = True
    return out
