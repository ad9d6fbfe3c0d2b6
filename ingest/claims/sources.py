"""What the small model sees of a possible source: where it stands, what it is, who spoke before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.claims.cues import Candidate
from ingest.claims.features import Left, group
from ingest.claims.frame import Sentence
from ingest.claims.names import Speaker


@dataclass
class Scene:
    """What stands around a candidate when its source is sought."""

    subject: str  # the kind of subject in its sentence: named, anaphor, role, known, unknown, none
    reporter: bool  # によると in the sentence
    said: bool  # the sentence before says that somebody spoke
    spoke: Mapping[tuple[str, ...], int]  # how many claims each source has made so far
    inside: frozenset[str] = frozenset()  # entities named in the content


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
    return Scene(subject, reporter, before is not None and says(before), spoke, inside)


def _quoted(sp: Speaker) -> bool:
    """Whether a name stands inside brackets."""
    return bool(sp.sentence.depth[sp.sentence.token_at(sp.start)])


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
    kind = "Press" if "press" in sp.notes else sp.type
    verb = c.row.get("verb") or c.row.get("noun") or c.row.get("phrase") or ""
    f = [*pick, f"type={kind}", f"p={sp.particle}", f"type={kind}|v={v}", f"type={kind}|r={verb}"]
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
