"""What the small model sees of a possible source: where it stands, what it is, who spoke before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.claims.cues import Candidate
from ingest.claims.features import Left, group
from ingest.claims.frame import Sentence
from ingest.claims.names import Speaker, particle_after
from ingest.claims.speaking import noun_class
from ingest.claims.stands import RELATIONS, is_self


@dataclass
class Scene:
    """What stands around a candidate when its source is sought."""

    subject: str  # the kind of subject in its sentence: named, anaphor, role, known, unknown, none
    reporter: bool  # によると in the sentence
    said: bool  # the sentence before says that somebody spoke
    spoke: Mapping[tuple[str, ...], int]  # how many claims each source has made so far
    inside: frozenset[str] = frozenset()  # entities named in the content
    here: Sequence[Speaker] = ()  # the speakers of its sentence
    nouns: Sequence[Speaker] = ()  # those of them without a name of their own that may speak: 特使, 町側, 本人


_SAID = re.compile(
    r"(言っ|述べ|語っ|話し|答え|続け|説明し|付け加え|コメントし|振り返っ|明かし|投稿し)(た|ている|ています|ました)[。：:]?$"
)


def says(s: Sentence) -> bool:
    """Whether a sentence ends by saying that somebody spoke."""
    return _SAID.search(s.text) is not None


def scene_of(
    c: Candidate,
    here: Sequence[Speaker],
    before: Sentence | None,
    spoke: Mapping[tuple[str, ...], int],
    inside: frozenset[str] = frozenset(),
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
    return Scene(subject, reporter, before is not None and says(before), spoke, inside, here, nouns_of(here, place))


def nouns_of(here: Sequence[Speaker], place: int) -> list[Speaker]:
    """The nouns of a sentence that may speak, and stand for somebody who was named before, left of a character."""
    return [
        sp for sp in here
        if sp.type in ("unnamed", "role") and "mute" not in sp.notes and sp.end <= place and not _quoted(sp)
    ]  # fmt: skip


def subject_of(c: Candidate, content: Left, speakers: Sequence[Speaker | None]) -> Speaker | None:
    """Of a candidate's possible sources the noun or name of its own sentence that is likeliest its subject, if it has one."""
    place = c.cue[0] if c.cue else content.start
    here = [
        sp for sp in speakers
        if sp is not None and sp.sentence is c.sentence and sp.particle in _SUBJECT and sp.end <= place and not _quoted(sp)
        and not content.start <= sp.start < content.end
    ]  # fmt: skip
    return max(here, key=lambda sp: (sp.particle in ("は", "も", "が"), sp.start), default=None)


_SUBJECT = ("は", "も", "が", "によると", "によれば", "では", "には", "から", "「", "の話", "、")


def _words(sp: Speaker) -> str:
    return sp.sentence.source[sp.start : sp.end]


def _fit(u: Speaker, entities: Sequence[str]) -> str:
    """How well a noun may stand for somebody: one of the relations of ``stands``, self, or no."""
    relation = next((r for r in RELATIONS for e in entities if u.stands.get(e) == r), "")
    return relation or ("self" if is_self(_words(u)) else "no")


def _stands(c: Candidate, sp: Speaker | None, far: int, scene: Scene) -> list[str]:
    """Whether a noun of the sentence may stand for a source named before, or a noun stands for somebody at all."""
    g = group(c)
    if sp is None or (far == 0 and not sp.entities):
        u = sp or next(iter(reversed(scene.nouns)), None)
        if u is None:
            return []
        best = next((r for r in RELATIONS if r in u.stands.values()), "self" if is_self(_words(u)) else "no")
        who = "none" if sp is None else f"noun|{u.particle}"
        return [f"stands={best}|{who}", f"stands={best}|{who}|{noun_class(_words(u))}", f"stands={best}|{who}|{g}"]
    if not sp.entities or not scene.nouns:
        return []
    fits = [(_fit(u, sp.entities), u) for u in scene.nouns]
    order = (*RELATIONS[:3], "self", RELATIONS[3], "no")
    best, u = min(fits, key=lambda x: (order.index(x[0]), -x[1].start))
    only = sum(r == best for r in u.stands.values()) == 1
    where = "here" if far == 0 else "far"
    what = noun_class(_words(u))
    f = [f"for={best}|{where}", f"for={best}|{where}|{sp.type}|{what}", f"for={best}|{where}|p={u.particle}|{g}"]
    f += [f"for={best}|{where}|only={only}", f"for={best}|{where}|own={sp.particle}|{min(far, 4)}"]
    if u.type == "role":
        f.append(f"for={best}|{where}|bearer={tuple(u.entities) == tuple(sp.entities)}")
    return f


def _quoted(sp: Speaker) -> bool:
    """Whether a name stands inside brackets; who answers an interview may be named in another sentence."""
    at = sp.sentence.token_at(sp.start)
    return at < len(sp.sentence.depth) and bool(sp.sentence.depth[at])


def standing(sp: Speaker) -> str:
    """What a speaker is, in one word: its type (the press apart), said by an anaphor or not, or the class of its noun."""
    if not sp.entities:
        return noun_class(sp.sentence.source[sp.start : sp.end])
    if sp.anaphor:
        return f"anaphor-{sp.type}"
    return "Press" if "press" in sp.notes else sp.type


def _rival(sp: Speaker | None, content: Left, scene: Scene | None) -> str:
    """Whether another speaker reports by によると, and whether inside the content or around it."""
    where = [
        "in" if content.start <= o.start < content.end else "out"
        for o in (scene.here if scene else ())
        if o is not sp and o.particle in ("によると", "によれば")
    ]
    return where[-1] if where else "no"


_PAST = re.compile(r"[ただ][。」』]?$")


def _told(c: Candidate, content: Left, sp: Speaker | None, far: int, scene: Scene | None) -> list[str]:
    """How the claim is told, against what its possible source is: tense and form, noun and type, rivals, distance."""
    s, g, v = c.sentence, group(c), c.verb
    past = bool(_PAST.search(s.source[max(content.start, content.end - 2) : content.end]))
    form = c.predicate.form if c.predicate else "none"
    first = s.texts[0] if s.tags[0].startswith(("接続詞", "副詞")) else "other"
    rival = _rival(sp, content, scene)
    word = c.row.get("verb") or c.row.get("noun") or c.row.get("phrase") or ""
    last = bool(c.cue and s.last_char - c.cue[1] <= 3)  # the cue ends the sentence
    if sp is None:
        return [
            f"none|past={past}|{c.kind}",
            f"none|past={past}|{v}",
            f"none|form={form}|{g}",
            f"none|rival={rival}|{c.kind}",
            f"none|first={first}",
            f"none|last={last}|{g}",
            f"none|r={word}",
        ]
    p, what = sp.particle, standing(sp)
    f = [f"is={what}|far={far > 0}|p={p}", f"is={what}|v={v}", f"is={what}|{g}", f"is={what}|far={far > 0}|r={word}"]
    f.append(f"last={last}|far={far > 0}|p={p}|{g}")
    if not sp.entities:
        noun, tag = sp.sentence.texts[sp.head], sp.sentence.tags[sp.head]
        for name, value in (("tag", tag), ("word", noun), ("char", noun[-1])):
            f += [f"{name}={value}|far={far > 0}", f"{name}={value}|p={p}"]
        f.append(f"char={noun[-1]}|far={far > 0}|p={p}")
    if far == 0:
        w = _where(c, content, sp)
        f += [f"form={form}|w={w}|p={p}", f"is={what}|past={past}|{g}|w={w}"]
        f += [f"rival={rival}|w={w}|p={p}", f"rival={rival}|is={what}|{g}"]
        return f
    own = particle_after(sp)  # what a carried source stood with
    apart = f"{min(s.index - sp.sentence.index, 5)}|{min(s.paragraph - sp.sentence.paragraph, 2)}"
    f += [
        f"far|own={own}|p={p}",
        f"far|own={own}|{c.kind}",
        f"far|own={own}|past={past}|{g}",
        f"far|apart={apart}|p={p}",
    ]
    f += [
        f"far|past={past}|{g}|p={p}",
        f"far|is={what}|{g}|p={p}",
        f"far|form={form}|p={p}",
        f"far|first={first}|p={p}",
    ]
    f += [f"far|rival={rival}|p={p}", f"far|rival={rival}|own={own}"]
    return f


def _where(c: Candidate, content: Left, sp: Speaker) -> str:
    """Where a speaker of the sentence stands, the words that name a source apart."""
    if sp.start >= content.start and sp.end <= content.end:
        return "inside"
    if sp.end <= content.start:
        return "left"
    return "after" if c.cue and sp.start >= c.cue[1] else "between"


def s_heading(c: Candidate) -> bool:
    """Whether a candidate stands in a heading."""
    return c.sentence.heading


def _between(c: Candidate, content: Left, sp: Speaker, where: str) -> list[str]:
    """What stands between a speaker and the content, or the cue: the form of the first predicate, clauses that end."""
    s = c.sentence
    first = next((p for p in s.predicates if p.head > sp.head), None)
    if first is None:
        form = "none"
    elif c.predicate is not None and first.head == c.predicate.head:
        form = "cue"
    else:
        form = first.form + ("-passive" if first.passive else "")
    f = [f"next={form}|p={sp.particle}", f"next={form}|p={sp.particle}|w={where}"]
    if where == "left":
        over = [p.form for p in s.predicates if sp.head < p.head and p.stop <= content.token]
        f.append(f"clauses={min(len(over), 3)}|p={sp.particle}")
        if over:
            f.append(f"last-clause={over[-1]}|p={sp.particle}")
        near = content.start - sp.end
        f.append("gap=" + ("0" if near < 4 else "1" if near < 12 else "2" if near < 30 else "3"))
    after = s.source[sp.end : min(sp.end + 3, s.last_char)]
    if sp.particle in ("other", "end", "「", "、"):
        f.append(f"after={after[:2]}")
    return f


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
    told = _told(c, content, sp, far, scene)
    if scene:
        told += _stands(c, sp, far, scene)
    if sp is None:
        f = [*told, *pick, "none", f"none|{c.kind}", f"none|{v}", f"none|{g}|passive={passive}"]
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
    kind = "Press" if "press" in sp.notes else sp.type
    verb = c.row.get("verb") or c.row.get("noun") or c.row.get("phrase") or ""
    f = [*told, *pick, f"type={kind}", f"p={sp.particle}", f"type={kind}|v={v}", f"type={kind}|r={verb}"]
    if content.quote:
        f.append(f"type={kind}|quote")
    if scene and scene.inside.intersection(sp.entities):
        f.append(f"named-inside|{far == 0}|{g}")
    quoted = _quoted(sp)
    spoke = min(scene.spoke.get(sp.entities, 0), 3) if scene and sp.entities else 0
    top = bool(scene and sp.entities and spoke and scene.spoke[sp.entities] == max(scene.spoke.values()))
    if taken:
        f += ["taken", f"taken|p={sp.particle}"]
    for n in sp.notes:
        if n.startswith("by-"):
            f += [f"{n}|{c.kind}", f"{n}|far={min(far, 3)}|{g}", f"{n}|type={kind}|{v}"]
            continue
        f += [f"note={n}", f"note={n}|{sp.type}"]
        if n.startswith(("noun-", "via")):
            f += [f"{n}|p={sp.particle}|far={far > 0}", f"{n}|{g}|p={sp.particle}", f"{n}|v={v}|far={far > 0}"]
    if sp.anaphor:
        f.append("anaphor")
    if far == 0:
        if c.source_at and c.source_at[0] - 1 <= sp.start < c.source_at[1]:
            where = "at"
            if c.source_at[1] - sp.end <= 14:
                f.append("at-end")
        else:
            where = _where(c, content, sp)
        f += [
            f"w={where}",
            f"w={where}|p={sp.particle}",
            f"{g}|w={where}",
            f"{g}|w={where}|p={sp.particle}",
            f"w={where}|type={sp.type}",
        ]
        f += [
            f"w={where}|p={sp.particle}|v={v}",
            f"w={where}|p={sp.particle}|r={verb}",
            f"w={where}|type={kind}|p={sp.particle}",
        ]
        f += _between(c, content, sp, where)
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
        f += [
            f"far|type={kind}|v={v}",
            f"far|type={kind}|q={content.quote}|p={sp.particle}",
            f"far|heading={sp.sentence.heading}",
        ]
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
