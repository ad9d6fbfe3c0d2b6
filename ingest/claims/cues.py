"""Where a sentence reports something: candidates, found broadly; `rank` decides which of them are claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ingest import lexicon
from ingest.claims.frame import Bracket, Predicate, Sentence


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
def _verbs() -> dict[str, list[dict[str, Any]]]:
    table: dict[str, list[dict[str, Any]]] = {}
    for row in lexicon.rows("reporting_verbs"):
        table.setdefault(row["verb"], []).append(row)
    for group in table.values():
        group.sort(key=lambda r: -len(r.get("before", "")))
    return table


@cache
def _nouns() -> dict[str, list[dict[str, Any]]]:
    table: dict[str, list[dict[str, Any]]] = {}
    for row in lexicon.rows("reporting_nouns"):
        table.setdefault(row["noun"], []).append(row)
    return table


@cache
def _light() -> frozenset[str]:
    return frozenset(row["verb"] for row in lexicon.rows("light_verbs"))


@cache
def _particles() -> re.Pattern[str]:
    phrases = sorted((row["phrase"] for row in lexicon.rows("particle_frames")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases)))


def verb_rows(s: Sentence, p: Predicate) -> list[dict[str, Any]]:
    """The lexicon rows of a predicate, those with the longest ``before`` first."""
    found = []
    before_end = s.char(p.head)
    for key in dict.fromkeys((p.lemma, p.norm)):
        for row in _verbs().get(key, ()):
            before = row.get("before", "")
            if before:
                if not s.source[max(s.first_char, before_end - len(before)) : before_end].endswith(before):
                    # 明らかに + する: する is a predicate of its own, 明らかに stands before it
                    continue
            found.append(row)
    return found


# verbs that と never reports with: conditionals, comparisons, companions
_NEVER = frozenset(
    [
        "なる",
        "成る",
        "ある",
        "いる",
        "よる",
        "比べる",
        "比較する",
        "異なる",
        "違う",
        "並ぶ",
        "戦う",
        "対戦する",
        "協力する",
        "連携する",
        "提携する",
        "合併する",
        "結婚する",
        "会う",
        "会談する",
        "話し合う",
        "似る",
        "続く",
        "変わる",
        "できる",
        "する",
        "しれる",
        "組む",
        "契約する",
        "競う",
        "競争する",
        "争う",
        "関連する",
        "関係する",
        "共有する",
        "両立する",
        "交渉する",
        "協議する",
        "遭遇する",
        "衝突する",
        "対立する",
        "一緒だ",
        "付き合う",
        "過ごす",
        "暮らす",
    ]
)


def is_quotative(s: Sentence, k: int) -> bool:
    """Whether the と at token ``k`` can end a complement: 「だと」 yes, 「AとB」 no."""
    if s.texts[k] not in ("と", "とも", "っと"):
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


def _gap_ok(s: Sentence, predicates: list[Predicate], a: int, b: int) -> int | None:
    """Predicates strictly between tokens a and b, or None if a finite clause ends between them."""
    count = 0
    for p in predicates:
        if a < p.head < b and p.stop <= b:
            if p.form in ("final", "but"):
                return None
            if p.form in ("reason",):
                return None
            if p.form in ("renyo",) and any(r["class"] in ("say", "announce") for r in verb_rows(s, p)):
                return None
            count += 1
    return count


def _after_particle(s: Sentence, k: int) -> int:
    """First token after the particles that follow token ``k``."""
    j = k + 1
    while j < len(s.tokens) and s.tags[j].startswith("助詞"):
        j += 1
    return j


def complements(s: Sentence) -> Iterator[Candidate]:
    """〜と, 〜ことを, 〜よう, 〜か and NPを before a reporting verb."""
    predicates = s.predicates
    claimed: set[int] = set()
    for _index, p in enumerate(predicates):
        rows = verb_rows(s, p)
        stop = p.head
        fallback = False
        if not rows and p.lemma not in _NEVER:
            rows, fallback = [{"class": "other", "verb": p.lemma, "frames": ["to"]}], True
        is_suru = p.lemma == "する" and p.head and s.texts[p.head - 1] in ("と", "とも", "など")
        if not rows and not is_suru:
            continue
        if (
            p.lemma in ("いう", "言う")
            and s.texts[p.head - 1] == "と"
            and (
                p.form == "adnominal"
                or p.form == "subordinate"
                or (p.form == "final" and not p.past and not p.passive)
                or (p.form == "other" and not p.past and not p.progressive)
            )
            and s.texts[p.head] in ("いう", "いっ", "言う")
        ):
            if s.texts[p.head] != "言う" or p.form in ("adnominal", "subordinate"):
                continue
        frames = {f for r in rows for f in r["frames"]}
        before = max((len(r.get("before", "")) for r in rows), default=0)
        if before:
            stop = s.token_at(s.char(p.head) - before)
        found = None
        k = stop - 1
        floor = max(0, stop - 70)
        while k >= floor:
            if s.depth[k]:
                k -= 1
                continue
            t = s.texts[k]
            if (t in ("と", "とも") and k not in claimed and is_quotative(s, k)) or (
                t in ("と", "とも")
                and k == stop - 1
                and k > 0
                and "to" in frames
                and s.tags[k - 1].startswith(("名詞", "接尾辞"))
            ):
                if is_suru and k == stop - 1:
                    found = ("to", k)
                    break
                if "to" in frames and not is_suru:
                    found = ("to", k)
                    break
                if "ka" in frames and s.texts[k - 1] == "か":
                    found = ("ka", k)
                    break
            if not is_suru:
                if (
                    t in ("こと", "旨", "事", "点", "の")
                    and k + 1 < stop
                    and (s.texts[k + 1] in ("を", "も", "が", "に", "は", "など", "について"))
                    and k
                    and s.tags[k - 1].startswith(("動詞", "形容詞", "助動詞", "助詞-終助詞", "形状詞"))
                ) or (t == "旨" and k + 1 < stop and s.texts[k + 1] in ("を", "も", "が", "、")):
                    if "koto" in frames:
                        found = ("koto", k)
                        break
                if (
                    t == "よう"
                    and "you" in frames
                    and k
                    and s.tags[k - 1].startswith(("動詞", "助動詞"))
                    and (_you_free(s, k, stop))
                ):
                    found = ("you", k)
                    break
                if (
                    t == "か"
                    and "ka" in frames
                    and k + 1 < len(s.texts)
                    and s.texts[k + 1] in ("を", "、", "が", "も", "について")
                ):
                    found = ("ka", k)
                    break
            k -= 1
        if found:
            frame, k = found
            gap = _gap_ok(s, predicates, k, stop)
            if gap is None or (
                fallback
                and (
                    gap > 1
                    or (
                        s.texts[k] == "と"
                        and not s.depth[k - 1]
                        and (s.tags[k].startswith("助詞-接続") or s.tags[k - 1].startswith(("名詞", "接尾辞")))
                    )
                )
            ):
                found = None
            else:
                row = next(
                    (r for r in rows if frame in r["frames"]), {"class": "say", "verb": "とする", "frames": ["to"]}
                )
                right = _right_of(s, k)
                notes = {f"frame-{frame}"}
                if s.texts[k - 1] in ("など",) or (k > 1 and s.texts[k - 1] == "、"):
                    notes.add("comma-to")
                kind = {"to": "to-verb", "koto": "koto-verb", "you": "you-verb", "ka": "ka-verb"}[frame]
                if fallback:
                    kind = "to-any"
                if is_suru:
                    kind = "to-suru"
                    if not _suru_ok(s, k, p):
                        continue
                cue_from = s.char(stop if not is_suru else k)
                claimed.add(k)
                yield Candidate(
                    s, kind, right, (cue_from, s.char(p.stop) if p.stop < len(s.tokens) else s.last_char),
                    row, predicate=p, marker=k, gap=gap, notes=notes,
                )  # fmt: skip
        if not found and "np" in frames and not is_suru:
            yield from _object(s, p, rows, stop, predicates)
        elif not found and frames & {"bare", "to"} and not is_suru and not fallback:
            c = _bare_before(s, p, rows, stop)
            if c:
                yield c


def _you_free(s: Sentence, k: int, stop: int) -> bool:
    nxt = s.texts[k + 1] if k + 1 < len(s.texts) else ""
    return nxt not in ("な", "だ", "で", "です")


def _right_of(s: Sentence, k: int) -> int:
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


def _suru_ok(s: Sentence, k: int, p: Predicate) -> bool:
    j = k - 1
    while j >= 0 and s.texts[j] in ("、", "など", "。"):
        j -= 1
    if j < 0:
        return False
    if s.depth[j]:
        inner = next((b for b in s.quotes if b.end == s.end_char(j)), None)
        if inner and inner.end - inner.start <= 6:
            return False
    if p.form == "adnominal" and p.stop < len(s.tokens) and s.tokens[p.stop].lemma_ in _nouns():
        return False  # 〜とする姿勢: the noun frame has it
    if p.form == "te" and p.stop < len(s.tokens) and s.texts[p.stop] == "も":
        return False  # 〜としても
    volition = not s.depth[j] and s.tags[j].startswith("助動詞") and s.texts[j] in ("う", "よう")
    inflected = "意志推量形" in "".join(s.tokens[j].morph.get("Inflection", []))
    return not (volition or (inflected and s.texts[j] not in ("だろう", "でしょう", "だろ")))  # しようとする


def _object(
    s: Sentence, p: Predicate, rows: list[dict[str, Any]], stop: int, predicates: list[Predicate]
) -> Iterator[Candidate]:
    """NPを発表した: the object is the content."""
    row = next(r for r in rows if "np" in r["frames"])
    k = stop - 1
    floor = max(0, stop - 14)
    while k >= floor:
        if not s.depth[k]:
            if (
                s.texts[k] in (("を", "も", "に") if "ni" in row["frames"] else ("を", "も"))
                and s.tags[k].startswith("助詞")
            ) or (p.passive and s.texts[k] in ("が", "も", "は") and s.tags[k].startswith("助詞")):
                break
            if any(q.head == k for q in predicates) and s.texts[k] not in ("よる",):
                gap = next(q for q in predicates if q.head == k)
                if gap.form not in ("te", "adnominal", "subordinate", "other"):
                    return
        k -= 1
    else:
        # 〜は126億ドルと予想: noun before と
        return
    if k <= 0 or (s.tags[k - 1].startswith(("副詞", "代名詞")) and s.texts[k] == "も"):
        return
    if s.tokens[k - 1].lemma_ in _nouns() or s.tokens[k - 1].lemma_ in ("こと",):
        if s.tokens[k - 1].lemma_ not in ("計画", "目標", "予想", "見通し", "方針", "案", "戦略", "構想"):
            return
    yield Candidate(
        s, "np-verb", s.end_char(k - 1), (s.char(stop), s.char(p.stop)), row,
        predicate=p, marker=k, notes={"frame-np"},
    )  # fmt: skip


def _bare_before(s: Sentence, p: Predicate, rows: list[dict[str, Any]], stop: int) -> Candidate | None:
    """「…」CEOのケンプは述べた: a quotation opens the sentence, nothing marks it, the verb closes the sentence."""
    if p.form != "final" and p.form != "renyo":
        return None
    for b in s.outer_quotes:
        if b.start - s.first_char <= 2 and b.end < s.char(stop) and b.end - b.start > 8:
            after = s.source[b.end : b.end + 1]
            if after not in "のがをはにで":
                row = next((r for r in rows if r["class"] in ("say", "announce")), None)
                if row:
                    return Candidate(
                        s, "quote-verb", b.inner_end, (s.char(stop), s.char(p.stop)), row,
                        left=b.inner_start, predicate=p, quote=b, notes={"frame-bare"},
                    )  # fmt: skip
    return None


def noun_frames(s: Sentence) -> Iterator[Candidate]:
    """〜との見方を示した, 〜する方針だ, 〜という認識."""
    n = len(s.tokens)
    for k in range(1, n):
        if s.depth[k]:
            continue
        rows = _nouns().get(s.tokens[k].lemma_) or _nouns().get(s.texts[k])
        generic = False
        if (
            not rows
            and s.tags[k].startswith("名詞-普通名詞")
            and ((s.texts[k - 1] in ("の", "する") and k >= 2 and s.texts[k - 2] == "と") or s.texts[k - 1] == "との")
        ):
            rows, generic = [{"class": "other", "noun": s.tokens[k].lemma_, "frames": ["tono"]}], True
        if not rows or not s.tags[k].startswith(("名詞", "動詞")):
            continue
        if s.tags[k].startswith("動詞") and s.tags[k - 1].startswith("助詞") is not False:
            continue
        nxt = s.texts[k + 1] if k + 1 < n else ""
        if k + 1 < n and s.tags[k + 1].startswith(("名詞-普通名詞-サ変", "名詞-普通名詞-一般")) and not s.depth[k + 1]:
            continue  # 計画書: part of a compound
        prev, tag = s.texts[k - 1], s.tags[k - 1]
        notes: set[str] = set()
        right = None
        marker = k
        frame = ""
        if (
            prev == "の"
            and k >= 2
            and s.texts[k - 2] == "と"
            and (is_quotative(s, k - 2) or s.tags[k - 3].startswith(("名詞", "接尾辞", "補助記号")))
        ):
            if generic and not is_quotative(s, k - 2):
                continue
            frame, marker = "tono", k - 2
            right = _right_of(s, k - 2)
        elif prev in ("いう", "いった", "する", "した") and k >= 2 and s.texts[k - 2] == "と":
            frame, marker = "tono", k - 2
            right = _right_of(s, k - 2)
            notes.add("toiu" if prev in ("いう", "いった") else "tosuru")
        elif prev in ("という", "との", "とする"):
            frame, marker = "tono", k - 1
            right = _right_of(s, k - 1)
        elif tag.startswith(("動詞", "助動詞", "形容詞")) and prev not in ("な", "で", "に") and not s.depth[k - 1]:
            frame = "adn"
            right = s.end_char(k - 1)
        elif prev == "の" and k >= 2 and not s.depth[k - 2] and s.tags[k - 2].startswith(("名詞", "接尾辞")):
            frame = "no"
            right = s.end_char(k - 2)
        if right is None:
            continue
        row = next((r for r in rows if frame in r["frames"]), None)
        if row is None:
            if (
                frame == "adn"
                and nxt in ("を", "も", "が", "だ")
                and rows[0]["class"] == "say"
                and rows[0]["noun"]
                in (
                    "考え",
                    "姿勢",
                    "立場",
                    "声",
                    "意見",
                    "判断",
                    "認識",
                    "見解",
                    "見方",
                    "報告",
                    "趣旨",
                    "声明",
                    "結論",
                    "発言",
                    "指摘",
                )
            ):
                row = rows[0]
            else:
                continue
        # how the noun is used
        j = k + 1
        light = None
        after = nxt
        for p in s.predicates:
            if p.head >= j:
                if p.head - k <= 8:
                    light = p
                break
        if after in ("だ", "です", "で", "である", "だっ", "。", "", "、", "，"):
            notes.add("copula")
        elif light and (
            light.lemma in _light()
            or light.norm in _light()
            or (light.lemma == "する" and s.texts[light.head - 1] == "に")
        ):
            notes.add("light")
        else:
            notes.add("loose")
        notes.add(
            f"after-{after if after in ('を', 'が', 'も', 'だ', 'は', 'に', 'で', 'の', 'と', '。', '、', '') else 'other'}"
        )
        yield Candidate(
            s, "noun-any" if generic else f"noun-{frame}", right, (s.char(k), s.end_char(k)), row, marker=marker, notes=notes,
            predicate=light if "light" in notes else None,
        )  # fmt: skip


def particles(s: Sentence) -> Iterator[Candidate]:
    """Xによると、…: what follows to the end of the sentence (or of its first clauses)."""
    text = s.text
    matches = [m for m in _particles().finditer(text) if not s.depth[s.token_at(s.first_char + m.start())]]
    for i, m in enumerate(matches):
        if m.start() == 0:
            continue
        a, b = s.first_char + m.start(), s.first_char + m.end()
        begin = b
        while begin < s.last_char and s.source[begin] in "、，, 　":
            begin += 1
        end = s.last_char
        notes = set()
        if i + 1 < len(matches):
            # the next source takes over at the clause that holds it
            nxt = s.token_at(s.first_char + matches[i + 1].start())
            for p in reversed(s.predicates):
                if p.stop <= nxt and p.form in ("but", "te", "renyo", "other", "reason", "bare"):
                    end = s.char(p.stop)
                    notes.add("cut-by-next")
                    break
        while end > begin and s.source[end - 1] in "。、，．":
            end -= 1
        if end - begin < 4:
            continue
        row = next(r for r in lexicon.rows("particle_frames") if r["phrase"] == m.group())
        seen_cut = False
        for p in s.predicates:
            # 〜しており、同庁は…方針だ: the first clause alone
            if (
                s.char(p.head) > begin
                and s.char(p.stop) < end - 8
                and not seen_cut
                and (
                    p.form == "but"
                    or (p.form in ("renyo", "te") and p.stop < len(s.tokens) and s.texts[p.stop] in ("、", "，"))
                )
            ):
                right = s.char(p.stop)
                if right - begin >= 10:
                    seen_cut = p.form == "but"
                    yield Candidate(
                        s, "particle-cut", right, (a, b), {"class": "particle", **row}, floor=begin, marker=p.stop,
                        source_at=(_noun_start(s, s.token_at(a)), a), notes={"form-" + p.form}, predicate=None,
                    )  # fmt: skip
        yield Candidate(
            s, "particle", end, (a, b), {"class": "particle", **row}, floor=begin, marker=s.token_at(a),
            source_at=(_noun_start(s, s.token_at(a)), a), notes=notes,
        )  # fmt: skip


def _noun_start(s: Sentence, k: int) -> int:
    """Start of the noun phrase that ends before token ``k`` (with modifiers, back to a topic or a comma after a clause)."""
    j = k - 1
    while j >= 0:
        t, tag = s.texts[j], s.tags[j]
        if s.depth[j]:
            j -= 1
            continue
        if tag.startswith("接続詞") or (t in ("は", "が", "も", "を") and tag.startswith("助詞")):
            return s.char(j + 1)
        if t in ("、", "，") and j and s.tags[j - 1].startswith(("助詞-接続", "助動詞", "動詞", "接続詞", "副詞")):
            return s.char(j + 1)
        j -= 1
    return s.first_char


_JAPANESE = re.compile(r"[ぁ-んァ-ヴ一-龥]")
_NAMED = re.compile(r"^[（(]([^（()）]{1,40})[)）]")


def quotations(s: Sentence) -> Iterator[Candidate]:
    """Bare quotations: 「…」（A氏）, A氏「…」, 「…」 as a sentence of its own."""
    text = s.source
    for b in s.outer_quotes:
        if b.inner_end - b.inner_start < 4 or not _JAPANESE.search(text, b.inner_start, b.inner_end):
            continue
        after = text[b.end : min(s.last_char, b.end + 44)]
        before = text[max(s.first_char, b.start - 30) : b.start]
        notes: set[str] = set()
        m = _NAMED.match(after)
        if m and not re.match(r"^[\d年月日]+", m.group(1)):
            notes.add("named")
            yield Candidate(
                s, "quote-named", b.inner_end, None, {"class": "say"}, left=b.inner_start, quote=b,
                source_at=(b.end + 1, b.end + 1 + len(m.group(1))), notes=notes,
            )  # fmt: skip
            continue
        rest = after.lstrip(" 　")
        closed = not rest or rest[0] in "。\n「" or b.end >= s.last_char
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


def hearsay(s: Sentence) -> Iterator[Candidate]:
    """〜という。 〜とのことだ。 〜とされる, 〜とみられる, 〜と予想される."""
    predicates = s.predicates
    n = len(s.tokens)
    for p in predicates:
        k = p.head
        if not k:
            continue
        if (
            p.lemma in ("いう", "言う")
            and s.texts[k - 1] == "と"
            and p.form in ("final",)
            and not p.past
            and not p.passive
        ):
            right = _right_of(s, k - 1)
            yield Candidate(
                s,
                "hearsay",
                right,
                (s.char(k - 1), s.char(p.stop)),
                {"class": "say", "verb": "という"},
                predicate=p,
                marker=k - 1,
            )
    m = re.search(r"と(のこと|いうこと|の由)(だ|です|である)?。?$", s.text)
    if m and not s.depth[s.token_at(s.first_char + m.start())]:
        a = s.first_char + m.start()
        yield Candidate(s, "hearsay", a, (a, s.last_char), {"class": "say", "verb": "とのこと"}, marker=s.token_at(a))
    m = re.search(r"(模様|もよう|様子)(だ|です|である|。|$)", s.text)
    if m and m.end() >= len(s.text) - 2 and n > 3:
        k = s.token_at(s.first_char + m.start())
        if not s.depth[k] and k:
            yield Candidate(
                s, "moyou", s.end_char(k - 1), (s.char(k), s.end_char(k)),
                {"class": "expect", "verb": "模様", "modality": "probable"}, marker=k,
            )  # fmt: skip


_RESULTS = re.compile(
    r"(発表|公表|公開)した[^。、]*?(決算|業績|結果|統計|調査|報告書|実績|データ|数値)[^。、]{0,14}は、?"
)
_REVISED = re.compile(r"(予想|見通し|目標|計画|株価|想定|為替レート)")
_REVISE = {"下方修正する", "上方修正する", "修正する", "引き上げる", "引き下げる", "見直す", "据え置く", "引上げる"}


def results(s: Sentence) -> Iterator[Candidate]:
    """発表した決算は、…だった; 予想を…に下方修正した."""
    m = _RESULTS.search(s.text)
    if m and not s.depth[s.token_at(s.first_char + m.end() - 1)]:
        end = s.last_char
        while end > s.first_char and s.source[end - 1] in "。、":
            end -= 1
        a = s.first_char + m.start()
        yield Candidate(
            s, "results", end, (a, a + 4), {"class": "announce", "verb": "発表した…は"}, floor=s.first_char + m.end(),
            left=s.first_char + m.end(),
        )  # fmt: skip
    for p in s.predicates:
        if p.lemma in _REVISE and p.form in ("final", "renyo", "but", "te"):
            before = s.source[max(s.first_char, s.char(p.head) - 90) : s.char(p.head)]
            if _REVISED.search(before):
                yield Candidate(
                    s, "revision", s.char(p.head), (s.char(p.head), s.char(p.stop)),
                    {"class": "expect", "verb": p.lemma, "modality": "probable"}, predicate=p, marker=p.head,
                )  # fmt: skip


_COPULA = re.compile(
    r"(ビジョン|目標|目的|狙い|ねらい|方針|使命|信条|モットー|持論|夢|願い|考え|見方|予想|主張|結論|答え|理由)は(?P<comma>、)?"
)


def visions(s: Sentence) -> Iterator[Candidate]:
    """XのビジョンはYだ. 目標は2030年までの黒字化だ."""
    for m in _COPULA.finditer(s.text):
        k = s.token_at(s.first_char + m.start())
        if s.depth[k]:
            continue
        begin = s.first_char + m.end()
        stop = next((p for p in s.predicates if s.char(p.head) >= begin and p.form in ("final", "but", "renyo")), None)
        end = s.last_char
        comma = s.source.find("であり、", begin, s.last_char)
        if comma > 0:
            end = comma
        while end > begin and s.source[end - 1] in "。、":
            end -= 1
        for b in s.outer_quotes:
            if b.start - begin <= 1 and b.start >= begin and end - b.end <= 6:
                begin, end = b.inner_start, b.inner_end
        if end - begin >= 4:
            yield Candidate(
                s, "vision", end, (s.first_char + m.start(1), s.first_char + m.end(1)),
                {"class": "plan", "noun": m.group(1), "modality": "intended"}, left=begin, predicate=stop,
            )  # fmt: skip


_HEADING_END = re.compile(r"(へ|も|か|に|見通し|予定|方針|計画|意向|見込み|を検討|決定|発表)$")


def headings(s: Sentence) -> Iterator[Candidate]:
    """A headline that announces: 「A、Bへ」, 「〜」とC氏, A「…」."""
    if not s.heading:
        return
    text = s.text
    if re.search(r"(予定|計画|方針|見通し|見込み|意向|延期|下旬|上旬|中旬|月|年|日)$", text) and not s.depth[-1]:
        yield Candidate(
            s,
            "heading-to",
            s.last_char,
            None,
            {"class": "plan", "modality": "intended"},
            floor=s.first_char,
            notes={"end-noun"},
        )
    m = re.search(r"(へ|も|か)$", text)
    if m and not s.depth[-1]:
        end = s.last_char
        yield Candidate(
            s,
            "heading-to",
            end,
            None,
            {"class": "plan", "modality": "intended"},
            floor=s.first_char,
            notes={"end-" + m.group()},
        )
    m = re.search(r"[=＝]\s*([^=＝]{2,14})$", text)
    if m:
        yield Candidate(
            s,
            "heading-source",
            s.first_char + m.start(),
            None,
            {"class": "say"},
            left=s.first_char,
            source_at=(s.first_char + m.start(1), s.last_char),
        )
    m = re.search(r"\s[-‐–—―ー]\s+([^-–—]{2,16})$", text)
    if m:
        yield Candidate(
            s,
            "heading-source",
            s.first_char + m.start(),
            None,
            {"class": "say"},
            left=s.first_char,
            source_at=(s.first_char + m.start(1), s.last_char),
        )
    for b in s.outer_quotes:
        if b.inner_end - b.inner_start >= 6:
            yield Candidate(s, "heading-quote", b.inner_end, None, {"class": "say"}, left=b.inner_start, quote=b)


def narrated(s: Sentence) -> Iterator[Candidate]:
    """The narrator's own predictions: every clause that ends without a cue in the non-past."""
    if s.heading:
        return
    end = s.last_char
    text = s.source
    while end > s.first_char and text[end - 1] in "。．！!":
        end -= 1
    if end - s.first_char < 8 or (s.depth[-1] and text[end - 1 : end] in "」』"):
        return
    last = None
    for p in s.predicates:
        if s.char(p.stop) >= end - 8:
            last = p
    if last is not None and not s.depth[last.head] and any(r["class"] == "say" for r in verb_rows(s, last)):
        return  # 栗栖さんは次のように語る
    tail = text[max(s.first_char, end - 14) : end]
    if re.search(r"(た|だった|ました|でした|ている|ていた|ています|ておりません|ている最中)$", tail) and not re.search(
        r"(見通し|見込み|予定|だろう|可能性|計画|方針)", tail
    ):
        return
    notes = set()
    if re.search(r"(だろう|でしょう|であろう)$", tail):
        notes.add("darou")
    elif re.search(r"(可能性|恐れ|おそれ|懸念)[がもは]", tail) or re.search(
        r"(かもしれ|かねな|あり得|ありう|うる$)", tail
    ):
        notes.add("possible")
    elif re.search(r"(見通し|見込み|公算|必至|不可避|確実)(だ|である|です|となっ|$)", tail):
        notes.add("expect")
    elif re.search(r"(予定|計画|方針|構え|考え|つもり|意向|狙い)(だ|である|です|$)", tail):
        notes.add("plan")
    elif re.search(r"(ことに(なる|なっている|する|している|なった|した))$", tail):
        notes.add("kotoni")
    else:
        notes.add("plain")
    yield Candidate(s, "narrated", end, None, {"class": "narrated"}, floor=s.first_char, predicate=last, notes=notes)
    for p in s.predicates:
        if (
            p.form in ("but", "renyo")
            and not p.past
            and s.char(p.stop) < end - 8
            and (p.form == "but" or p.passive or p.negated or p.lemma.endswith("する"))
            and s.char(p.stop) - s.first_char > 10
        ):
            yield Candidate(
                s, "clause", s.char(p.stop), None, {"class": "narrated"}, floor=s.first_char, predicate=p, marker=p.stop,
                notes={"form-" + p.form},
            )  # fmt: skip


def candidates(s: Sentence) -> list[Candidate]:
    """Everything in a sentence that might be a claim, by construct."""
    out = list(complements(s))
    out += noun_frames(s)
    out += particles(s)
    out += quotations(s)
    out += quoted_nouns(s)
    out += hearsay(s)
    out += results(s)
    out += visions(s)
    out += headings(s)
    out += narrated(s)
    return out
