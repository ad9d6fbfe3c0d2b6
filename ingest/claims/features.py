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
    "hearsay": "hearsay", "moyou": "hearsay", "heading-to": "heading", "heading-source": "heading", "clause": "narrated", "to-any": "to", "noun-any": "to",
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
            words.append(f"{e}+{s.tokens[last].lemma_}")
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
        f = [f"e={e}", f"{g}|e={e}", f"q={o.quote}", f"{g}|q={o.quote}"]
        if i == picked:
            f += ["pick", f"pick|{g}", f"pick|{why}", f"pick|{g}|{why}"]
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


@dataclass
class Scene:
    """What stands around a candidate when its source is sought."""

    subject: str  # the kind of subject in its sentence: named, anaphor, role, known, unknown, none
    reporter: bool  # によると in the sentence
    said: bool  # the sentence before says that somebody spoke
    spoke: Mapping[tuple[str, ...], int]  # how many claims each source has made so far


_SAID = re.compile(
    r"(言っ|述べ|語っ|話し|答え|続け|説明し|付け加え|コメントし|振り返っ|明かし|投稿し)(た|ている|ています|ました)[。：:]?$"
)


def says(s: Sentence) -> bool:
    """Whether a sentence ends by saying that somebody spoke."""
    return _SAID.search(s.text) is not None


def scene_of(
    c: Candidate, here: Sequence[Speaker], before: Sentence | None, spoke: Mapping[tuple[str, ...], int]
) -> Scene:
    """The scene of a candidate; ``here`` are the speakers of its sentence, ``before`` the sentence before."""
    place = c.cue[0] if c.cue else c.right
    kinds = []
    for sp in here:
        if sp.particle not in ("は", "も", "が") or sp.end > place or _quoted(sp):
            continue
        if sp.entities:
            kinds.append("anaphor" if sp.anaphor else "role" if sp.type == "role" else "named")
        else:
            kinds.append("known" if "known-noun" in sp.notes else "unknown")
    subject = next((k for k in ("named", "anaphor", "role", "known", "unknown") if k in kinds), "none")
    reporter = any(sp.particle in ("によると", "によれば") for sp in here)
    return Scene(subject, reporter, before is not None and says(before), spoke)


def _quoted(sp: Speaker) -> bool:
    """Whether a name stands inside brackets."""
    return bool(sp.sentence.depth[sp.sentence.token_at(sp.start)])


def s_heading(c: Candidate) -> bool:
    """Whether a candidate stands in a heading."""
    return c.sentence.heading


def source_features(
    c: Candidate,
    content: Left,
    sp: Speaker | None,
    *,
    rank: int,
    ahead: int,
    previous: Speaker | None,
    previous_entities: tuple[str, ...],
    same: int,
    far: int,
    picked: str = "",
    taken: bool = False,
    scene: Scene | None = None,
) -> list[str]:
    """Features of one possible source: ``sp`` in the sentence or before it, or None for the narrator."""
    g = group(c)
    v = c.verb
    passive = bool(c.predicate and c.predicate.passive)
    pick = (
        ["pick", f"pick|{picked}", f"pick|{picked}|{g}", f"pick|{picked}|{sp.type if sp else 'none'}"] if picked else []
    )
    if sp is None:
        f = [*pick, "none", f"none|{c.kind}", f"none|{v}", f"none|{g}|passive={passive}"]
        f += [f"none|{n}" for n in c.notes]
        if c.row.get("noun"):
            f.append(f"none|noun={c.row['noun']}")
        if c.row.get("verb") in ("という", "見る", "とされる"):
            f.append(f"none|verb={c.row['verb']}|{passive}")
        f.append(f"none|same={min(same, 3)}|{g}")
        if scene:
            f += [
                f"none|here={scene.subject}",
                f"none|here={scene.subject}|{c.kind}",
                f"none|reporter={scene.reporter}|{g}",
            ]
            f += [f"none|said={scene.said}|q={content.quote}", f"none|near={previous is not None}|{c.kind}"]
            if s_heading(c):
                f.append("none|heading")
        return f
    s = c.sentence
    f = [*pick, f"type={sp.type}", f"p={sp.particle}"]
    quoted = _quoted(sp)
    spoke = min(scene.spoke.get(sp.entities, 0), 3) if scene and sp.entities else 0
    top = bool(scene and sp.entities and spoke and scene.spoke[sp.entities] == max(scene.spoke.values()))
    if taken:
        f += ["taken", f"taken|p={sp.particle}"]
    for n in sp.notes:
        f += [f"note={n}", f"note={n}|{sp.type}"]
    if sp.anaphor:
        f.append("anaphor")
    if far == 0:
        if c.source_at and c.source_at[0] - 1 <= sp.start < c.source_at[1]:
            where = "at"
            if c.source_at[1] - sp.end <= 14:
                f.append("at-end")
        elif sp.start >= content.start and sp.end <= content.end:
            where = "inside"
        elif sp.end <= content.start:
            where = "left"
        elif c.cue and sp.start >= c.cue[1]:
            where = "after"
        else:
            where = "between"
        f += [
            f"w={where}",
            f"w={where}|p={sp.particle}",
            f"{g}|w={where}",
            f"{g}|w={where}|p={sp.particle}",
            f"w={where}|type={sp.type}",
        ]
        f.append(f"w={where}|ahead={min(ahead, 3)}")
        f.append(f"w={where}|rank={min(rank, 3)}|topic={sp.particle in ('は', 'も')}")
        head = s.tokens[sp.head].head.i - s.start
        rel = s.tokens[sp.head].dep_
        target = (
            "cue"
            if head == c.cue_token
            else "in"
            if c.marker >= 0 and head < c.marker and head >= content.token
            else "beyond"
            if head > c.cue_token
            else "before"
        )
        f += [
            f"h={target}",
            f"h={target}|w={where}|{rel if rel in ('nsubj', 'dislocated', 'obl', 'nmod', 'obj') else 'x'}",
        ]
        f += [f"w={where}|spoke={spoke}", f"w={where}|quoted={quoted}", f"w={where}|quoted={quoted}|q={content.quote}"]
        if sp.anaphor:
            last = bool(previous_entities) and sp.entities == previous_entities
            f += [f"anaphor|spoke={spoke > 0}", f"anaphor|last={last}|p={sp.particle}"]
        if passive:
            f.append(f"passive|w={where}|p={sp.particle}")
        if previous and set(previous.entities) == set(sp.entities) and sp.entities:
            f.append(f"w={where}|same-as-previous")
    else:
        f += [f"far={min(far, 6)}", f"far|p={sp.particle}", f"far|type={sp.type}", f"far|{c.kind}", f"far|{v}"]
        f.append(f"far|rank={min(rank, 4)}")
        f.append(f"far|same={min(same, 3)}|{g}")
        if c.row.get("noun"):
            f.append(f"far|noun={c.row['noun']}")
        f += [f"far|{n}" for n in c.notes]
        if passive:
            f.append("far|passive")
        step = min(far, 3)
        f += [f"far|quoted={quoted}", f"far|spoke={spoke}", f"far|spoke={spoke > 0}|p={sp.particle}", f"far|top={top}"]
        f += [f"far|q={content.quote}|p={sp.particle}|{step}", f"far|p={sp.particle}|type={sp.type}"]
        f.append(f"far|paragraph={min(s.paragraph - sp.sentence.paragraph, 3)}")
        if scene:
            f += [
                f"far|here={scene.subject}",
                f"far|here={scene.subject}|{c.kind}",
                f"far|here={scene.subject}|p={sp.particle}",
            ]
            f.append(f"far|reporter={scene.reporter}|{g}")
            if far == 1 and scene.said:
                f += [f"far|said|p={sp.particle}", f"far|said|q={content.quote}|p={sp.particle}|quoted={quoted}"]
            if scene.subject == "anaphor":
                f.append(f"far|anaphor-here|{sp.type}|spoke={spoke > 0}")
    if sp.entities and tuple(sp.entities) == previous_entities:
        f += ["previous", f"previous|far={min(far, 3)}", f"previous|{c.kind}", f"previous|same={min(same, 3)}"]
        if sp.particle == "claim":
            f.append(f"carried|far={min(far, 5)}")
    return f


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
