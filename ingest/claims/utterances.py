"""Quotations: 「…」（A氏）, A氏「…」, 「…」などの声, 「…」 as a sentence of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.claims.candidates import Candidate
from ingest.claims.frame import Sentence

_JAPANESE = re.compile(r"[ぁ-んァ-ヴ一-龥]")


_CITED = re.compile(
    r"[。、，,]?\s*『[^』]{2,30}』[、，,]?\s*(?:\d{4}年|\d{1,2}月|$)", re.M
)  # 「題名」『新聞名』、2007年…
_DASHED = re.compile(r"[―—─…‥]{1,3}。?")
# 「…」（甲氏）; 「…」――甲社の乙社長; 「…」――そう話すのは甲社の乙社長だ
_NAMED = re.compile(
    r"[（(](?P<aside>[^（()）]{1,40})[)）]"
    r"|[―—─–]{1,3}\s*(?P<signed>[^―—─–。、「」はがをも\n]{2,30}?)(?=[（(。]|$)"
    r"|[―—─–]{1,3}\s*[こそ]う[^。、]{1,10}のは、?(?P<cleft>[^。、「」\n]{2,36}?)(?=(?:だ|です|である)?(?:。|$))"
)


def quotations(s: Sentence) -> Iterator[Candidate]:
    """Bare quotations: 「…」（A氏）, A氏「…」, 「…」 as a sentence of its own."""
    text = s.source
    for b in s.outer_quotes:
        if b.inner_end - b.inner_start < 4 or not _JAPANESE.search(text, b.inner_start, b.inner_end):
            continue
        if _CITED.match(text, b.end):
            continue  # a reference, not an utterance
        after = text[b.end : min(s.last_char, b.end + 60)]
        before = text[max(s.first_char, b.start - 30) : b.start]
        notes: set[str] = set()
        m = _NAMED.match(after)
        if m and not re.match(r"^[\d年月日]+", m[m.lastgroup or 0]):
            notes.add("named")
            a, z = m.span(m.lastgroup or 0)
            yield Candidate(
                s, "quote-named", b.inner_end, None, {"class": "say"}, left=b.inner_start, quote=b,
                source_at=(b.end + a, b.end + z), notes=notes,
            )  # fmt: skip
            continue
        rest = after.lstrip(" 　")
        closed = not rest or rest[0] in "。\n「" or b.end >= s.last_char or _DASHED.fullmatch(rest) is not None
        if rest.startswith(
            (
                "こと",
                "もの",
                "よう",
                "など",
                "等",
                "という",
                "といった",
                "さ",
                "し",
                "す",
                "な",
                "だ",
                "で",
                "可能",
                "状態",
                "段階",
            )
        ):
            continue  # 「費用を惜しまない」ことが必要だ: part of a clause
        alone = b.start - s.first_char <= 1 and closed
        if alone:
            notes.add("alone")
            yield Candidate(
                s, "quote-alone", b.inner_end, None, {"class": "say"}, left=b.inner_start, quote=b, notes=notes
            )
            continue
        if re.search(
            r"(は|も|さん|氏|社長|代表|会長|長官|相|首相|大統領|教授|議員|監督|選手|容疑者|知事|市長|大臣|長|者)[、,:：]?\s*$",
            before,
        ):
            if closed or (rest and rest[0] not in "とのをがにはもでなと、（(・"):
                notes.add("after-name")
                yield Candidate(
                    s, "quote-after", b.inner_end, None, {"class": "say"}, left=b.inner_start, quote=b, notes=notes
                )
                continue
        if closed and b.end - b.start > 14:
            notes.add("trailing")
            yield Candidate(
                s, "quote-after", b.inner_end, None, {"class": "say"}, left=b.inner_start, quote=b, notes=notes
            )


_QUOTE_NOUN = re.compile(
    r"^(?:(?:など|等)?(?:と|の|といった|という|との)?)(声|意見|指摘|批判|発言|コメント|訴え|要望|疑問|反応|書き込み|メッセージ|認識|見方|見解|回答|主張|談話|声明)"
)


def quoted_nouns(s: Sentence) -> Iterator[Candidate]:
    """「…」などの声が上がった; 「…」と。 at the end of a sentence."""
    text = s.source
    for b in s.outer_quotes:
        if b.inner_end - b.inner_start < 5 or not _JAPANESE.search(text, b.inner_start, b.inner_end):
            continue
        after = text[b.end : min(s.last_char, b.end + 20)]
        m = _QUOTE_NOUN.match(after)
        if m and not re.match(r"と(の|いう)", after):
            a = b.end + m.start(1)
            yield Candidate(
                s, "quote-noun", b.inner_end, (a, b.end + m.end(1)), {"class": "say", "noun": m.group(1)}, left=b.inner_start,
                quote=b, marker=s.token_at(b.end),
            )  # fmt: skip
        elif re.match(r"と(も)?[。、]?$", after) and b.end + len(after) >= s.last_char - 1:
            yield Candidate(
                s, "to-end", b.inner_end, (b.end, b.end + 1), {"class": "say", "verb": "と"}, left=b.inner_start, quote=b,
                marker=s.token_at(b.end),
            )  # fmt: skip
