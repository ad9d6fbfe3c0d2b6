"""Pairs of mentions in one sentence, judged by a small log-linear model (``data/models/relations.json``).

It finds what no pattern covers; what a pattern states is not asked of it. The weights are made by ``benchmarks/train_relations.py``; features are strings, sums are of weights: the same text gives
the same relations on every machine.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from ingest.relations.outlines import HONORIFIC, Outline, Slot, Topics, titles
from ingest.relations.patterns import ARGUMENTS
from kg import data
from kg.model import SYMMETRIC, Predicate, Relation

REACH = 70  # characters between two mentions of a pair
#: What the gold has enough of to learn from; the others are for patterns alone.
MODELLED: tuple[Predicate, ...] = ("holdsPosition", "locatedIn", "develops", "participatesIn")
_JOINS = {p: ARGUMENTS[p] for p in MODELLED}
_CLASSES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("make", r"開発|提供|運営|発売|販売|展開|手[がか掛]け|製造|生産|発表|公開|制作|運用|配信|発行|打ち上げ|リリース|投入|披露|設計|刊行|量産|推進"),
        ("buy", r"買収|子会社|傘下|吸収|合併|取得|譲渡"), ("invest", r"出資|投資|融資|資金|調達"), ("stake", r"株|保有|出資比率|持ち分"),
        ("ally", r"提携|連携|協業|共同|合弁|協力|契約|合意|パートナー|統合"), ("rival", r"競合|競[うい]|競争|ライバル|対抗|争[うい]|破[りっ]|敗れ|下し|対戦|首位"),
        ("supply", r"供給|納入|納品|受注|調達|発注|取引|向け|出荷"), ("use", r"採用|導入|利用|使用|搭載|活用|使[いうっわ]|組み込|対応|支持"),
        ("attend", r"出席|参加|出場|登壇|出展|講演|演説|優勝|代表|訪れ|臨[みむ]|会議|大会"), ("place", r"本社|本部|本拠|拠点|開かれ|開催|首都|工場|都市|市内|位置|にある|大手|会社|企業|メーカー"),
        ("found", r"設立|創業|創設|立ち上げ|創立"), ("join", r"入社|就任|退社|退任|勤務|働[きいく]|所属|務め|率い|移籍|選手|党首|党"),
        ("say", r"述べ|語[りっ]|話し|発表|明らかに|指摘|説明|コメント|によると|よれば"), ("not", r"ない|なかった|否定|検討|可能性|べき|場合"),
    )
)  # fmt: skip
_WORD = re.compile(r"[一-龠]{1,4}|[ァ-ヶー]{2,8}|[A-Za-z]{2,}")


class Pair(NamedTuple):
    """A candidate: two slots of a sentence (or a carried topic and a slot) that a predicate may join."""

    subject: Slot
    object: Slot
    predicate: Predicate
    features: tuple[str, ...]


@cache
def model() -> tuple[Mapping[str, float], Mapping[str, float]]:
    """(weights by feature, threshold by predicate)."""
    loaded = json.loads(data.text("models/relations.json"))
    return loaded["weights"], loaded["thresholds"]


@cache
def _title_after() -> re.Pattern[str]:
    return re.compile(rf"[一-龠ァ-ヶー]{{0,8}}?(?:{titles()[0]})")


@cache
def _title() -> re.Pattern[str]:
    return re.compile(titles()[0])


def pairs(sentence: Outline, topics: Topics, counts: Mapping[str, int]) -> Iterator[Pair]:
    """The candidates of a sentence.

    Args:
        sentence: its outline.
        topics: what was talked about before.
        counts: how often the article mentions each entity.
    """
    text = sentence.text
    reporters = sentence.reporters
    places = [(i, sentence.slots[c]) for i, c in enumerate(text) if c in sentence.slots and c not in reporters]
    around = {i: _around(text, i) for i, _ in places}
    for x, (i, one) in enumerate(places):
        for y in range(x + 1, len(places)):
            j, other = places[y]
            if j - i > REACH:
                break
            shared: tuple[str, ...] | None = None
            for predicate, (domain, range_) in _JOINS.items():
                for subject, object_, forward in ((one, other, True), (other, one, False)):
                    if subject.type not in domain or object_.type not in range_ or subject.entities == object_.entities:
                        continue
                    if predicate in SYMMETRIC and not forward:
                        continue
                    if shared is None:
                        shared = _shared(text, i, j, y - x - 1, around)
                    yield _pair(predicate, subject, object_, forward, shared, counts)
    if places:
        yield from _carried(sentence, places, around, topics, counts)


def _pair(predicate, subject, object_, forward, shared, counts) -> Pair:  # type: ignore[no-untyped-def]
    way = f"{predicate}{'>' if forward else '<'}{subject.type[:2]}{object_.type[:2]}"
    features = [f"{way} {f}" for f in shared]
    features += [f"{predicate} {f}" for f in shared if f.startswith(("class", "word"))]
    features += _of_entities(predicate, subject, object_, counts)
    return Pair(subject, object_, predicate, (way, predicate, *features))


def _carried(sentence, places, around, topics, counts) -> Iterator[Pair]:  # type: ignore[no-untyped-def]
    """The topic of the sentences before with what this sentence names."""
    for type_ in ("Organization", "Person"):
        topic = topics.latest((type_,), 3)
        if topic is None or any(s.entities == topic.entities for _, s in places):
            continue
        for i, slot in places[:8]:
            shared = ("carried", *(f"b {f}" for f in around[i]), *_classes(sentence.text[i + 1 : i + 40], "carried"))
            for predicate, (domain, range_) in _JOINS.items():
                if predicate == "locatedIn":
                    continue
                for subject, object_, forward in ((topic, slot, True), (slot, topic, False)):
                    if (
                        subject.type not in domain
                        or object_.type not in range_
                        or (not forward and predicate != "holdsPosition")
                    ):
                        continue
                    if subject.entities == object_.entities:
                        continue
                    yield _pair(predicate, subject, object_, forward, shared, counts)


def _around(text: str, i: int) -> tuple[str, ...]:
    """What stands at a mention: before it, after it, whether a title or honorific follows."""
    after = text[i + 1 : i + 14]
    found = []
    honorific = re.match(HONORIFIC, after)
    title = _title_after().match(after)
    if title:
        found.append("title")
        after = after[title.end() :]
    elif honorific:
        found.append("honorific")
        after = after[honorific.end() :]
    if after[:1] in "」』”)）":
        after = after[1:]
        found.append("closed")
    particle = re.match(
        r"には|では|とは|による|により|によると|から|まで|など|[はがをにでとのもへや、。（(「・]", after
    )
    found.append(f"then {particle[0] if particle else _kind(after[:1])}")
    found.append(f"prev {_kind(text[i - 1 : i])}")
    return tuple(found)


def _kind(character: str) -> str:
    if not character:
        return "edge"
    if re.match(r"[一-龠々]", character):
        return "kanji"
    if re.match(r"[ァ-ヶー]", character):
        return "katakana"
    if character.isascii() and character.isalnum():
        return "latin"
    if "\ue000" <= character <= "\uf3ff":
        return "mention"
    return character


def _shared(text: str, i: int, j: int, between_count: int, around: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    """The features of two places in a sentence, whatever the predicate."""
    between = text[i + 1 : j]
    plain = re.sub("[\ue000-\uf3ff]", "＊", between)
    distance = next(n for n, limit in enumerate((0, 1, 3, 6, 12, 24, 48, 1000)) if len(between) <= limit)
    features = [f"distance {distance}", f"mentions {min(between_count, 4)}", f"commas {min(plain.count('、'), 3)}"]
    features += [f"a {f}" for f in around[i]] + [f"b {f}" for f in around[j]]
    if len(plain) <= 4:
        features.append(f"between {plain}")
    features += [f"starts {plain[:2]}", f"ends {plain[-2:]}"]
    features.append(f"shape {_shape(plain)}")
    features += _classes(plain, "between") + _classes(text[j + 1 : j + 30], "after")
    features += [f"word between {w}" for w in set(_WORD.findall(plain))]
    features += [f"word after {w}" for w in set(_WORD.findall(re.sub("[\ue000-\uf3ff]", "", text[j + 1 : j + 16])))]
    return tuple(features)


def _shape(words: str) -> str:
    """The particles and marks of a stretch, content words left out: の、が for の新型機、昨年が."""
    return "".join(re.findall(r"[のはがをにでとも、（）()「」・＊]", words))[:8]


def _classes(words: str, where: str) -> list[str]:
    found = [f"class {where} {name}" for name, pattern in _CLASSES if pattern.search(words)]
    if _title().search(words):
        found.append(f"class {where} title")
    return found


def _of_entities(predicate, subject, object_, counts) -> list[str]:  # type: ignore[no-untyped-def]
    features = []
    for name, slot in (("s", subject), ("o", object_)):
        count = counts.get(slot.entities[0], 0)
        features.append(f"{predicate} {name} count {min(count, 6)}")
        if len(slot.words) == 1:
            features.append(f"{predicate} {name} short")
        if re.search(r"新聞|通信|ニュース|テレビ|放送|市場$", slot.words):
            features.append(f"{predicate} {name} press")
    return features


def probability(features: Sequence[str]) -> float:
    """How likely a pair with these features is a relation."""
    weights, _ = model()
    x = weights.get("", 0.0) + sum(weights.get(f, 0.0) for f in features)
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, x))))


def judged(sentences: Sequence[Outline]) -> Iterator[tuple[float, Relation]]:
    """The relations of an article that the model holds likely enough, each with its probability."""
    _, thresholds = model()
    for sentence, candidates in candidates_of(sentences):
        for pair in candidates:
            p = probability(pair.features)
            if p >= thresholds.get(pair.predicate, thresholds["*"]):
                for s in pair.subject.entities:
                    for o in pair.object.entities:
                        yield p, Relation(s, pair.predicate, o, sentence.extent, {}, (f"pair model {p:.2f}",))


def candidates_of(sentences: Sequence[Outline]) -> Iterator[tuple[Outline, list[Pair]]]:
    """Each sentence with its candidate pairs; for reading and for training."""
    counts = Counter(e for o in sentences for slot in o.slots.values() for e in slot.entities)
    topics = Topics(counts)
    for sentence in sentences:
        yield sentence, list(pairs(sentence, topics, counts)) if sentence.slots else []
        topics.hear(sentence)
