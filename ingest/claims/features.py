"""What the small models see: string features of left boundaries, sources, candidates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.claims.cues import Candidate, verb_rows
from ingest.claims.frame import OPENING, Sentence
from ingest.claims.names import Speaker

_GROUP = {
    "to-verb": "to", "to-suru": "to", "koto-verb": "koto", "you-verb": "koto", "ka-verb": "koto", "np-verb": "np",
    "noun-adn": "noun", "noun-tono": "to", "noun-no": "np", "particle": "particle", "narrated": "narrated",
    "hearsay": "hearsay", "moyou": "hearsay", "heading-to": "heading", "heading-noun": "heading", "kotoni": "koto", "heading-source": "heading", "clause": "narrated", "to-any": "to", "noun-any": "to",
}  # fmt: skip


def group(c: Candidate) -> str:
    return _GROUP.get(c.kind, "quote")


@dataclass(frozen=True, slots=True)
class Left:
    """A possible content: starts at unit ``token`` (or inside a quotation), characters ``[start, end)``."""

    token: int
    start: int
    end: int
    quote: bool = False


def lefts(c: Candidate) -> list[Left]:
    """The possible contents of a candidate, longest first."""
    s = c.sentence
    if c.left is not None:
        return [Left(s.token_at(c.left), c.left, c.right, c.quote is not None)]
    marker = c.marker if c.marker >= 0 else len(s.tokens)
    out: list[Left] = []
    for k in s.starts:
        at = s.char(k)
        if at < c.floor and c.kind != "particle":
            continue
        if (k >= marker and c.kind != "particle") or at >= c.right - 1:
            break
        if c.kind == "particle" and c.source_at and at < c.floor and at != s.first_char:
            continue
        if marker - k > 160 and c.kind not in ("particle", "narrated"):
            continue
        out.append(Left(k, at, c.right))
    for b in s.outer_quotes:
        if b.end == c.right and b.inner_end - b.inner_start >= 2 and b.start >= c.floor:
            out = [x for x in out if x.start != b.start]
            out.append(Left(s.token_at(b.start), b.inner_start, b.inner_end, True))
    return out or [Left(s.token_at(max(c.floor, s.first_char)), max(c.floor, s.first_char), c.right)]


def _ends(s: Sentence, k: int) -> str:
    """How the unit before token ``k`` ends: its last particle or form, with 、 if there is one."""
    if k <= 0:
        return "^"
    j = k - 1
    comma = ""
    while j >= 0 and (s.texts[j] in ("、", "，", ",", " ", "　") or s.tags[j].startswith("空白")):
        comma = "、"
        j -= 1
    if j < 0:
        return "^"
    if s.depth[j] and s.texts[j][-1] in "」』)）”":
        return "」" + comma
    tag, text = s.tags[j], s.texts[j]
    if tag.startswith("助詞"):
        if text in ("は", "も") and j and s.texts[j - 1] in ("に", "で", "と", "から"):
            return s.texts[j - 1] + text + comma
        return text + ("接" if tag.startswith("助詞-接続") else "") + comma
    if tag.startswith("助動詞"):
        return "AUX" + (s.tokens[j].lemma_ if s.tokens[j].lemma_ in ("だ", "た") else "") + comma
    if tag.startswith(("動詞", "形容詞")):
        inflection = s.tokens[j].morph.get("Inflection", [])
        if inflection and "連用形" in inflection[0]:
            return "V連用" + comma
        return "V" + comma
    if tag.startswith("接続詞"):
        return "CONJ" + comma
    if tag.startswith("名詞"):
        return ("T" if "副詞可能" in tag or "助数詞" in tag else "N") + comma
    return tag[:2] + comma


@dataclass
class Context:
    """What is known of a sentence before its candidates are judged."""

    speakers: Sequence[Speaker]
    cue_stops: dict[int, Candidate]  # token after a cue → the candidate
    dates: Sequence[tuple[int, int, bool]]  # start, end, whether it lies ahead
    ahead: Sequence[int] = ()


def _unit_words(s: Sentence, units: Sequence[int], unit_end: Mapping[int, int], x: Context) -> dict[int, list[str]]:
    """What each unit is, for the model that decides whether it belongs to the content or to the cue's clause."""
    out: dict[int, list[str]] = {}
    for u in units:
        stop = unit_end[u]
        a, b = s.char(u), s.char(stop)
        e = _ends(s, stop)
        words = [e]
        who = next((sp for sp in x.speakers if a <= sp.start and sp.end <= b + 1), None)
        if who is not None:
            words.append(f"{e}+{who.type}")
        elif any(a < d[1] and d[0] < b for d in x.dates):
            words.append(f"{e}+date")
        else:
            last = next(
                (
                    j
                    for j in range(min(stop, len(s.tags)) - 1, u - 1, -1)
                    if not s.tags[j].startswith(("助詞", "補助記号", "空白"))
                ),
                u,
            )
            words.append(f"{e}+{s.tags[last][:11]}")
        out[u] = words
    return out


def left_features(c: Candidate, options: Sequence[Left], x: Context) -> list[list[str]]:
    """Features of each possible content of ``c``."""
    from ingest.claims import picks

    s = c.sentence
    g = group(c)
    marker = c.marker if c.marker >= 0 else len(s.tokens)
    base = s.start
    cue = c.cue_token + base
    topics = [sp for sp in x.speakers if sp.particle in ("は", "も", "では") and sp.start < c.right]
    heads = [s.tokens[k].head.i - base for k in range(len(s.tokens))]
    picked, why = picks.pick_left(c, options, x.speakers, sorted(x.cue_stops))
    units = [k for k in s.starts if k < marker]
    unit_end = {k: (units[i + 1] if i + 1 < len(units) else marker) for i, k in enumerate(units)}
    # the head of a unit: where the arc that leaves it goes
    unit_head: dict[int, int] = {}
    for k in units:
        stop = unit_end[k]
        target = -1
        for j in range(k, min(stop, len(heads))):
            if not k <= heads[j] < stop:
                target = heads[j]
        unit_head[k] = target
    wa = [
        k
        for k in units
        if any(
            s.texts[j] in ("は",) and s.tags[j].startswith("助詞-係") and not s.depth[j] for j in range(k, unit_end[k])
        )
    ]
    ga = [
        k
        for k in units
        if any(s.texts[j] == "が" and s.tags[j].startswith("助詞-格") and not s.depth[j] for j in range(k, unit_end[k]))
    ]
    preds = [p for p in s.predicates if p.head < marker]
    said = _unit_words(s, units, unit_end, x)
    out: list[list[str]] = []
    n = len(options)
    quoted = any(o.quote for o in options)
    for i, o in enumerate(options):
        k = o.token
        e = _ends(s, k)
        f = [f"e={e}", f"{g}|e={e}", f"q={o.quote}", f"{g}|q={o.quote}", f"{c.kind}|e={e}", f"{c.kind}|q={o.quote}"]
        if i == picked:
            f += ["pick", f"pick|{g}", f"pick|{why}", f"pick|{g}|{why}", f"{c.kind}|pick|{why}", f"{c.verb}|pick|{why}"]
        else:
            f.append("before-pick" if i < picked else "after-pick")
        if o.quote:
            f.append(f"q|e={e}")
        if quoted and not o.quote:
            f.append(f"notq|e={e}")
            inside = o.end - o.start
            b = next((b for b in s.outer_quotes if b.end == c.right), None)
            if b:
                f.append("qshare=" + str(int(4 * (b.end - b.start) / max(1, inside))))
                qk = s.token_at(b.start)
                f.append("beforeq=" + _ends(s, qk))
                f.append("qlen=" + ("s" if b.end - b.start < 10 else "m" if b.end - b.start < 20 else "l"))
        prev = max((u for u in units if u < k), default=None)
        if prev is not None:
            h = unit_head.get(prev, -1) + base
            where = (
                "in"
                if k + base <= h < marker + base
                else "cue"
                if h == cue
                else "beyond"
                if h >= marker + base
                else "left"
            )
            f += [f"ph={where}", f"{e}|ph={where}"]
            if any(
                sp.start < s.char(k) <= sp.end + 12 and s.char(prev) < sp.end and sp.particle in ("は", "も", "が")
                for sp in x.speakers
            ):
                f += ["prev-speaker", f"{g}|prev-speaker|{e}"]
            if any(a < s.char(k) and s.char(prev) <= a for a, *_ in x.dates):
                f.append("prev-date")
                f.append(f"prev-date|{where}")
        for u in units:
            if u >= k:
                break
            h = unit_head.get(u, -1)
            where = "in" if k <= h < marker else "cue" if h == c.cue_token else "beyond" if h >= marker else "out"
            f += [f"out={w}|{where}" for w in said[u]]
        cut = sum(1 for u in units if u < k and k <= unit_head.get(u, -1) < marker)
        f.append(f"cut={min(cut, 4)}")
        leak = sum(1 for u in units if k <= u < marker and unit_head.get(u, -1) >= marker and unit_end[u] < marker)
        f.append(f"leak={min(leak, 4)}")
        f.append(f"{g}|leak={min(leak, 3)}")
        n_wa = sum(1 for u in wa if u >= k)
        n_ga = sum(1 for u in ga if u >= k)
        f += [f"wa={min(n_wa, 3)}", f"ga={min(n_ga, 2)}", f"{g}|wa={min(n_wa, 2)}"]
        lost = sum(1 for u in wa if u < k)
        f.append(f"{g}|walost={min(lost, 3)}")
        f.append(f"galost={min(sum(1 for u in ga if u < k), 2)}")
        inside_speakers = [sp for sp in topics if sp.start >= o.start]
        left_speakers = [sp for sp in topics if sp.start < o.start]
        f.append(f"{g}|spin={min(len(inside_speakers), 2)}|spleft={min(len(left_speakers), 2)}")
        if inside_speakers and s.token_at(inside_speakers[0].start) <= k + 2:
            f.append(f"{g}|opens-with-{inside_speakers[0].type}")
        between = [p for p in preds if p.head >= k]
        f.append(f"preds={min(len(between), 4)}")
        f.append("butin=" + str(min(2, sum(1 for p in between if p.form == "but"))))
        f.append("tein=" + str(min(3, sum(1 for p in between if p.form in ("te", "renyo")))))
        if k in x.cue_stops or (k - 1) in x.cue_stops or (k - 2 in x.cue_stops):
            f += ["after-cue", f"{g}|after-cue"]
        crossed = sum(
            1
            for st, other in x.cue_stops.items()
            if k < st <= marker - 1
            and other.predicate
            and other.predicate.form in ("te", "renyo", "but", "other", "subordinate")
        )
        f.append(f"crossed={min(crossed, 2)}")
        size = o.end - o.start
        f.append(
            "len="
            + (
                "1"
                if size < 8
                else "2"
                if size < 16
                else "3"
                if size < 32
                else "4"
                if size < 64
                else "5"
                if size < 128
                else "6"
            )
        )
        f.append(f"{g}|len=" + ("1" if size < 8 else "2" if size < 24 else "3" if size < 64 else "4"))
        if i == 0:
            f += ["first", f"{g}|first"]
        if i == n - 1:
            f.append("last")
        if k < len(s.tags) and s.tags[k].startswith("接続詞"):
            f.append("opens-conj")
        if k < len(s.texts) and s.texts[k][0] in OPENING:
            f.append("opens-bracket")
        if k < len(s.tags):
            f.append("t=" + s.tags[k][:8])
        if prev is not None and e.endswith("、"):
            f.append(
                f"commas={min(3, sum(1 for j in range(k, marker) if s.texts[j] in ('、', '，') and not s.depth[j]))}"
            )
        out.append(f)
    return out


_FINAL = re.compile(
    r"(?P<past>(た|だった|ました|でした))$|(?P<prog>(ている|ています|ておる|ておらず|ていない))$|(?P<cop>(だ|である|です|のだ|のです))$|(?P<neg>(ない|ません|ず|ぬ))$|(?P<will>(う|よう|たい))$|(?P<plain>[うくぐすつぬぶむる])$"
)


def ending(text: str) -> str:
    """A class for how a content ends."""
    t = text.rstrip('。、」』”"）) ')
    m = _FINAL.search(t)
    return m.lastgroup or "x" if m else ("noun" if t else "x")


def keep_features(
    c: Candidate,
    content: Left,
    x: Context,
    *,
    margin: float,
    source_none: float,
    ncand: int,
    inner_final: bool,
    covered: int,
    text: str,
    modal: str,
) -> list[str]:
    """Features of whether a candidate is a claim at all."""
    s = c.sentence
    g = group(c)
    end = ending(text)
    f = [
        "bias",
        f"k={c.kind}",
        f"k={c.kind}|{c.verb}",
        f"end={end}",
        f"k={c.kind}|end={end}",
        f"k={c.kind}|m={modal}",
        f"m={modal}",
    ]
    for key in ("verb", "noun", "phrase"):
        if c.row.get(key):
            f.append(f"{g}|r={c.row.get('before', '')}{c.row[key]}")
    if c.verb in ("plan", "demand", "hope", "expect", "think", "ask", "deny"):
        f.append(f"{c.kind}|{c.verb}|{end}")
    f += [f"{c.kind}|n={n}" for n in c.notes]
    f.append(f"gap={min(c.gap, 3)}")
    if c.predicate:
        p = c.predicate
        f += [
            f"form={p.form}",
            f"k={c.kind}|form={p.form}",
            f"k={c.kind}|past={p.past}",
            f"k={c.kind}|passive={p.passive}",
        ]
        if p.negated:
            f += ["cue-negated", f"cue-negated|{c.verb}"]
        if p.wish:
            f.append(f"cue-wish|{c.kind}")
    if content.quote:
        f += ["quote", f"quote|{c.kind}"]
    size = len(text)
    f.append(
        f"{g}|size=" + ("0" if size < 6 else "1" if size < 10 else "2" if size < 16 else "3" if size < 32 else "4")
    )
    f.append(f"none={int(source_none * 4)}")
    f.append(f"{c.kind}|none={int(source_none * 2)}")
    f.append(f"margin={int(margin * 4)}")
    f.append(f"{g}|inner_final={inner_final}")
    f.append(f"{g}|covered={min(covered, 3)}")
    if s.heading:
        f.append(f"heading|{c.kind}")
    if c.kind in ("narrated", "clause", "particle", "noun-adn"):
        dated = any(content.start <= a < content.end for a, *_ in x.dates)
        f.append(f"{c.kind}|dated={dated}|{end}")
        f.append(f"{c.kind}|ahead={any(content.start <= a < content.end for a in x.ahead)}")
        f.append(f"{c.kind}|dated={dated}|{modal}")
    if c.kind in ("narrated", "clause"):
        own = c.predicate
        if own:
            f.append(f"{c.kind}|v={own.lemma}")
            f.append(f"{c.kind}|prog={own.progressive}|neg={own.negated}|passive={own.passive}")
            f.append(f"{c.kind}|suru={own.lemma.endswith('する')}")
            stative = own.lemma in (
                "ある",
                "いる",
                "できる",
                "なる",
                "ない",
                "だ",
                "言う",
                "いう",
                "よる",
                "異なる",
                "含む",
                "示す",
                "する",
                "続く",
                "持つ",
                "知る",
                "見える",
                "違う",
                "多い",
                "少ない",
                "高い",
                "要る",
            )
            f.append(f"{c.kind}|stative={stative}")
        if re.search(r"毎年|毎日|通常|常に|いつも|一般に|現在|これまで", text):
            f.append(f"{c.kind}|habit")
        if re.search(r"今後|将来|近く|来年|来月|来週|今年|今月|年内|月内|いずれ|引き続き|当面|までに|以降", text):
            f.append(f"{c.kind}|future")
        f.append(f"{c.kind}|inparens={s.text.count('（') > 1}")
    return f


def is_report(s: Sentence, c: Candidate) -> bool:
    return bool(c.predicate and verb_rows(s, c.predicate))
