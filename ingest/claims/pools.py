"""Who may be committed to a candidate: the narrator, those of its sentence, and those whom the article named around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ingest.claims.cues import Candidate
from ingest.claims.features import Left
from ingest.claims.frame import Sentence
from ingest.claims.names import Names, Speaker, speakers
from ingest.claims.picks import pick_source
from ingest.claims.sources import nouns_of, says, scene_of, source_features

if TYPE_CHECKING:
    from ingest.claims.reader import Draft

BACK = 5  # sentences: how far a source carries
_NAMED = 3  # sentences: how far somebody carries who is named in any case
_EARLY = 3  # sentences at an article's start of which somebody may speak who is named later
_AHEAD = 8  # sentences: how far on
_MOST_NAMED = 4  # possible sources of each of these kinds
_MAIN = 3  # who has said most or is named most: a possible source from anywhere in the article


@dataclass
class Pool:
    """The possible sources of one candidate with their features; ``speakers[0]`` is None, the narrator."""

    speakers: list[Speaker | None]
    features: list[list[str]]


@dataclass
class State:
    """What carries over from sentence to sentence."""

    recent: list[tuple[int, Speaker]] = field(default_factory=list)  # (sentence, topic or source)
    last: Speaker | None = None
    last_sentence: int = -99
    before: Sentence | None = None
    covered: int = 0  # where the last block quotation ends
    spoke: dict[tuple[str, ...], int] = field(default_factory=dict)  # source → its claims so far
    known: dict[tuple[str, ...], Speaker] = field(default_factory=dict)  # who was named so far, where last
    named: dict[str, Speaker] = field(default_factory=dict)  # the same of places and all others, one by one


def pool(
    c: Candidate, content: Left, here: Sequence[Speaker], state: State, before: Sequence[Draft], names: Names
) -> Pool:
    """All who may be committed to ``c``: the narrator, speakers of its sentence, carried-over topics and sources."""
    s = c.sentence
    options: list[tuple[Speaker | None, int, int, int]] = [(None, 0, 0, 0)]
    place = c.cue[0] if c.cue else content.start
    usable = [
        sp for sp in here
        if sp.particle in ("は", "も", "が", "によると", "によれば", "では", "には", "から", "の", "の話", "「", "に", "end", "と", "、", "other", "として", "とは", "で")
    ]  # fmt: skip
    left = [sp for sp in usable if sp.end <= place]
    retold = _retold(c, content, usable)
    for sp in usable:
        if "mute" in sp.notes or sp in retold:
            continue
        ahead = (
            sum(1 for o in left if o.start > sp.start and o.particle in ("は", "も", "が")) if sp.end <= place else 0
        )
        rank = sum(1 for o in usable if o.start < sp.start and o.particle in ("は", "も", "が"))
        options.append((sp, rank, ahead, 0))
    if (
        c.kind == "quote-alone"
        and s.following is not None
        and (s.following.paragraph == s.paragraph or says(s.following))
    ):
        for sp in speakers(s.following, names)[:6]:
            if (
                sp.particle in ("は", "が", "も")
                and "unknown-noun" not in sp.notes
                and not s.following.depth[s.following.token_at(sp.start)]
            ):
                notes = sp.notes | ({"next-says"} if says(s.following) else set())
                options.append((replace(sp, particle="next", notes=notes), 0, 0, 1))
                break
    seen: set[tuple[str, ...]] = set()
    rank = 0
    for at, sp in reversed(state.recent):
        far = s.index - at
        if far > BACK or far < 0:
            break
        key = sp.entities or (sp.sentence.source[sp.start : sp.end],)
        if key in seen or (far == 0 and sp.particle != "claim"):
            continue
        seen.add(key)
        options.append((sp, rank, 0, max(far, 1)))
        rank += 1
    for sp in sorted(state.known.values(), key=lambda o: _weight(o, state, names))[:_MAIN]:
        if sp.entities not in seen and sp.sentence is not s:
            options.append((sp, rank, 0, min(s.index - sp.sentence.index, BACK + 1)))
            rank += 1
    seen.update(o[0].entities for o in options if o[0])
    for e in [e for u in nouns_of(here, place) for e, why in u.stands.items() if why != "beside"]:
        if e in state.named and (e,) not in seen and state.named[e].sentence is not s:
            seen.add((e,))
            sp = state.named[e]
            options.append((replace(sp, particle="stands"), rank, 0, min(s.index - sp.sentence.index, BACK + 1)))
            rank += 1
    for sp, far in [*_passed(s, state), *(_to_come(s, names) if s.heading or s.index <= _EARLY else [])]:
        if sp.entities not in seen and not seen.issuperset((e,) for e in sp.entities):
            seen.add(sp.entities)
            options.append((sp, rank, 0, far))
            rank += 1
    entities = state.last.entities if state.last and s.index - state.last_sentence <= BACK else ()
    has_topic = sum(1 for sp in usable if sp.particle in ("は", "も", "が") and sp.end <= place)
    likely = [d for d in before if d.keep >= 0.5]
    taken = [
        d.span for d in likely
        if d.candidate.kind not in ("particle", "particle-cut", "narrated", "clause", "moyou", "hearsay") and not (d.span[0] <= content.start and content.end <= d.span[1])
    ]  # fmt: skip
    done = [
        d
        for d in likely
        if d.candidate.cue
        and c.cue
        and d.candidate.cue[1] <= c.cue[0]
        and d.candidate.kind not in ("particle", "particle-cut")
    ]
    chosen, step = pick_source(c, content, [(o[0], o[3]) for o in options], taken, done[-1].source if done else None)
    inside = frozenset(m.entity for m in names.within(content.start, content.end))
    scene = scene_of(c, here, state.before, state.spoke, inside)
    features = [
        source_features(
            c,
            content,
            sp,
            rank=r,
            ahead=a,
            previous=state.last,
            previous_entities=entities,
            same=has_topic,
            far=far,
            picked=step if i == chosen else "",
            taken=sp is not None and far == 0 and any(x <= sp.start and sp.end <= y for x, y in taken),
            scene=scene,
        )
        for i, (sp, r, a, far) in enumerate(options)
    ]
    return Pool([o[0] for o in options], features)


def _retold(c: Candidate, content: Left, here: Sequence[Speaker]) -> list[Speaker]:
    """Those of whom another tells by hearsay, and who so say nothing themselves: 甲紙によると、乙氏は…したという."""
    if c.kind != "hearsay" or content.quote:
        return []
    told = min((sp.end for sp in here if sp.particle in ("によると", "によれば") and sp.end <= c.right), default=None)
    return [] if told is None else [sp for sp in here if sp.start > told and sp.particle in ("は", "も", "が")]


def _passed(s: Sentence, state: State) -> list[tuple[Speaker, int]]:
    """Persons and bodies that the last sentences named, however they stood in them: 相手は…の甲さんだ。「…」"""
    near = [(sp, s.index - sp.sentence.index) for sp in state.known.values()]
    found = [(replace(sp, particle="named"), far) for sp, far in near if 0 < far <= _NAMED]
    return sorted(found, key=lambda x: (x[1], -x[0].start))[:_MOST_NAMED]


def _to_come(s: Sentence, names: Names) -> list[tuple[Speaker, int]]:
    """Persons, and bodies that are topics, whom the next sentences name: a headline quotes before the text says whom."""
    found: list[tuple[Speaker, int]] = []
    after, far = s.following, 1
    while after is not None and far <= _AHEAD and len(found) < _MOST_NAMED:
        for sp in speakers(after, names):
            if sp.type == "Person" or (sp.type == "Organization" and sp.particle in ("は", "が", "によると")):
                if sp.entities and all(sp.entities != o.entities for o, _ in found):
                    found.append((replace(sp, particle="ahead"), min(far, BACK + 1)))
        after, far = after.following, far + 1
    return found[:_MOST_NAMED]


def _weight(sp: Speaker, state: State, names: Names) -> tuple[int, int]:
    """Sorts those who spoke most, then those who are named most, first."""
    return -state.spoke.get(sp.entities, 0), -max(names.counts[e] for e in sp.entities)
