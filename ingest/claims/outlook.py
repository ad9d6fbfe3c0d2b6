"""What the modality and prediction models see of a content: its ending, predicate, cue, tense and dates."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest import modality
from ingest.claims.cues import Candidate
from ingest.claims.features import Context, Left, ending
from ingest.claims.frame import Sentence
from ingest.claims.names import Names, Speaker
from ingest.claims.outcome import outcome


def modality_features(c: Candidate, content: Left, text: str, source: Speaker | None, names: Names) -> list[str]:
    """What the modality and prediction models see of a content."""
    own = modality.modality_of(text) or "plain"
    cue = str(c.row.get("modality", "")) or None
    rule = modality.settle(text, cue=cue, verb=c.verb, kind=c.kind, passive=bool(c.predicate and c.predicate.passive))
    end = ending(text)
    p = c.predicate
    f = [
        "bias", f"rule={rule}", f"rule={rule}", f"own={own}", f"row={cue}", f"rule={rule}|own={own}", f"rule={rule}|k={c.kind}",
        f"own={own}|row={cue}", f"rule={rule}|c={c.verb}", f"rule={rule}|end={end}",
    ]  # fmt: skip
    if p:
        f.append(f"passive={p.passive}|{c.verb}")
        f.append(f"cuepast={p.past}|{c.verb}")
    f += content_features(c.sentence, text, source, c)
    f += outcome(c.sentence, content.start, content.end, names).features(c.verb, c.kind)
    return f


def prediction_features(c: Candidate, content: Left, m: str, mf: Sequence[str], text: str, x: Context) -> list[str]:
    """What tells a prediction: modality, tense, dates that lie ahead, the cue."""
    dated = any(content.start <= a < content.end for a, *_ in x.dates)
    ahead = any(content.start <= a < content.end for a in x.ahead)
    near = bool(x.ahead)
    f = [
        *mf,
        f"{m}|dated={dated}",
        f"{m}|ahead={ahead}",
        f"{m}|near={near}",
        f"ahead={ahead}|k={c.kind}",
        f"m={m}|c={c.verb}",
        f"m={m}|k={c.kind}",
    ]
    f += [f"{m}|{y}" for y in mf if y.startswith(("pk=", "future", "conditional", "nonfuture"))]
    if re.search(r"(た|だった|でした|ました)(だろう|はずだ|かもしれない|可能性が(ある|高い))?$", text.rstrip("。」』")):
        f += ["past", f"past|{m}"]
    if c.row.get("prediction") or c.verb in ("expect", "plan"):
        f.append("cue-future")
        f.append(f"cue-future|past={bool(c.predicate and c.predicate.past)}")
        if re.match(r"(だった|でした|であった)", c.sentence.source[c.cue[1] : c.cue[1] + 4] if c.cue else ""):
            f.append("was-planned")
    return f


def content_features(s: Sentence, text: str, source: Speaker | None, c: Candidate) -> list[str]:
    """What kind of predicate ends the content: transitive, stative, potential …"""
    tail = text[-24:].rstrip('。、」』”"）) ')
    f = []
    last = re.search(r"([一-龥ァ-ヴーA-Za-z]+)(する|します|した|している|しない|せず|される|できる|できない)$", tail)
    kind = "x"
    if re.search(r"(できる|できます|できない|得る|られる|える|れる)$", tail):
        kind = "potential"
    elif re.search(r"(になる|となる|くなる|なります|になった)$", tail):
        kind = "naru"
    elif re.search(r"(ている|ています|ていた|ておらず|ていない|ており)$", tail):
        kind = "progressive"
    elif re.search(r"(がある|はある|もある|にある|いる|あります)$", tail):
        kind = "aru"
    elif last and last.group(2) in ("する", "します"):
        kind = "suru"
    elif re.search(r"(される|されます|られる)$", tail):
        kind = "passive"
    elif re.search(r"[うくぐすつぬぶむる]$", tail):
        kind = "verb"
    elif re.search(r"(ことはない|することはない|ない)$", tail):
        kind = "nai"
    elif re.search(r"(た|だった|でした|ました)$", tail):
        kind = "past"
    elif re.search(r"(だ|である|です|のだ)$", tail):
        kind = "copula"
    elif re.search(r"[一-龥ァ-ヴー]$", tail):
        kind = "noun"
    f += [f"pk={kind}", f"pk={kind}|{c.verb}", f"pk={kind}|{c.kind}"]
    if kind in ("suru", "verb", "passive", "naru", "nai", "potential"):
        f.append(f"{kind}|obj={'を' in text}")
        f.append(f"{kind}|src={source.type if source else 'none'}")
        if source and source.entities:
            f.append(f"{kind}|named")
    if last:
        f.append("v=" + last.group(1)[-2:])
    if re.search(
        r"今後|将来|来年|来月|来週|までに|年内|以降|近く|いずれ|引き続き|早ければ|今年|今月|今秋|今夏|来春|次期|後半|年度",
        text,
    ):
        f += ["future", f"future|{kind}"]
    if re.search(r"(すれば|ならば|なら|たら|れば|場合|限り)", text):
        f += ["conditional", f"conditional|{kind}"]
    if re.search(r"(これまで|すでに|既に|かつて|昨年|先月|先週|去年|当時|毎年|通常|一般に|常に|現在)", text):
        f += ["nonfuture", f"nonfuture|{kind}"]
    if c.quote or text.startswith(("「", "『")):
        f.append("quoted")
    return f
