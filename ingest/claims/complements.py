"""〜と, 〜ことを, 〜よう, 〜か and NPを before a reporting verb."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.claims.candidates import Candidate, is_quotative, reporting_nouns, right_of, verb_rows
from ingest.claims.frame import Predicate, Sentence

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


_AGREE = frozenset(["合意する", "一致する", "妥結する", "同意する"])  # 〜ことで合意した


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
            if (t in ("と", "とも", "って") and k not in claimed and is_quotative(s, k)) or (
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
                    and (
                        s.texts[k + 1] in ("を", "も", "が", "に", "は", "など", "について")
                        or (s.texts[k + 1] == "で" and p.lemma in _AGREE)
                    )
                    and k
                    and (
                        s.tags[k - 1].startswith(("動詞", "形容詞", "助動詞", "助詞-終助詞", "形状詞"))
                        or s.depth[k - 1]
                    )
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
                    and (s.texts[k + 1] in ("を", "、", "が", "も", "は", "について") or k + 1 == stop)
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
                right = right_of(s, k)
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
    if p.form == "adnominal" and p.stop < len(s.tokens) and s.tokens[p.stop].lemma_ in reporting_nouns():
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
    if s.tokens[k - 1].lemma_ in reporting_nouns() or s.tokens[k - 1].lemma_ in ("こと",):
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
