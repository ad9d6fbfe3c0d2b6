"""Anaphora resolution: antecedents of pronouns and of nouns with 同, 両 or a number (彼, 同社, 両社, 3社, 私).

The antecedent is the most salient entity of a fitting type before the anaphor: a topic rather than a subject, a
subject rather than others, near rather than far, frequent rather than rare. This is a small form of Lappin & Leass
1994, *An algorithm for pronominal anaphora resolution*, with the weights :data:`WEIGHTS`. Newspapers that the article
cites as sources are no antecedents of 同社.

First-person pronouns in a quotation refer to its speaker, or to the speaker's organization. This needs claims, so it
is a component of its own, ``iibun_speakers``, that runs after they are read. Both components add anaphors to
``doc._.mentions``. Read :mod:`ingest.entities` first.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from spacy.tokens import Doc

from ingest import lexicon
from ingest.entities import titled
from kg.model import Claim, Entity, Extent, Mention, Relation

_CITED = re.compile(r"(?:社|紙|誌)?(?:の[^、。]{0,8})?(?:によると|によれば|の報道|が報じ|は報じ|が伝え|は伝え|の取材)")
_REACH = 400  # mentions before and after an anaphor that are looked at
_SUBJECTS = ("topic", "subject")
_COUNTRY_TAIL = ("市", "県", "州", "区", "町", "村", "府", "都", "道", "島", "駅", "空港", "原発", "川", "山", "線")
_LIST = re.compile(
    r"(?:社|氏|さん)?(?:[（(][^）)]{0,20}[）)])?[、,・と及やびおよ／/ 並]{1,4}(?:米|英|独|仏|韓国の|米国の|中国の)?"
)


#: Weights of a mention's salience, found by search on the gold articles. The weight of its role, times the decay by
#: distance, is the base; the others are added where they apply.
WEIGHTS: dict[str, float] = {
    "decay": 0.72,  # factor per sentence between mention and anaphor
    "nearest": 0.5,  # the last mention before the anaphor
    "same sentence": -0.4,
    "sentence before": 0.1,
    "same paragraph": 0.3,
    "cited": -2.5,  # a newspaper that is cited there
    "press": -1.2,  # any other mention of a newspaper, for 同社 and the like
    "chain": -0.1,  # an anaphor of the same form
    "often": 0.35,  # times the logarithm of 1 + the number of mentions of the entity
    "second subject": -1.0,  # a subject of the same sentence, for 彼は or 彼が
    "quoted": -1.5,  # in a quotation, for an anaphor outside
    "talked about": -2.0,  # in a quotation of the same sentence, for a pronoun that says something
    "spoke": 0.8,  # subject of a verb of saying, for a pronoun that says something
    # roles, by the particle after the mention
    "topic": 3.0,
    "subject": 2.4,
    "object": 2.0,
    "owner": 2.0,
    "of": 1.1,
    "other": 1.3,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A mention, with the features of its salience.

    Attributes:
        mention: the mention.
        entity: its entity.
        sentence: number of its sentence.
        role: topic, subject, object, owner, of or other.
        cited: whether it is a newspaper that is cited here (による, が報じた).
        quoted: whether it stands in a quotation.
        spoke: whether it is the subject of a sentence that says something.
        paper: whether it is called a paper here: エル・ソル紙, 週刊誌「灯台」.
    """

    mention: Mention
    entity: Entity
    sentence: int
    role: str
    cited: bool
    quoted: bool = False
    spoke: bool = False
    paper: bool = False


@cache
def _anaphors() -> tuple[dict[str, Any], ...]:
    """Return the rows of ``anaphors.jsonl``, longest text first."""
    return tuple(sorted(lexicon.rows("anaphors"), key=lambda r: -len(r["text"])))


@cache
def _anaphor_pattern() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(r["text"]) for r in _anaphors()))


@cache
def _row(text: str) -> dict[str, Any]:
    return next(r for r in _anaphors() if r["text"] == text)


@cache
def _press() -> tuple[str, ...]:
    return tuple(r["ends"] for r in lexicon.rows("press"))


def is_press(entity: Entity) -> bool:
    """Return whether an entity is a newspaper, agency or broadcaster, by the endings of its names.

    >>> is_press(Entity("e1", "Organization", "東都新聞")), is_press(Entity("e2", "Organization", "みどり銀行"))
    (True, False)
    """
    return entity.type == "Organization" and any(n.endswith(_press()) for n in (entity.label, *entity.aliases))


def _role(text: str, end: int) -> str:
    """Return the role of a mention that ends at ``end``, by the particle after it, past titles and brackets."""
    rest = text[end : end + 40]
    rest = re.sub(r"^[」』”\"]?(?:[（(][^）)]{0,25}[）)])?", "", rest)
    for _ in range(3):
        if title := titled(rest, 0):
            rest = rest[len(title) :]
    rest = re.sub(r"^(?:社|側|ら|たち)", "", rest)
    if rest.startswith("は"):
        return "topic"
    if rest.startswith(("が", "も", "には", "では")):
        return "subject"
    if rest.startswith(("を", "に")):
        return "object"
    if rest.startswith("の"):
        return "owner" if re.match(r"の[^、。「」]{1,20}?(は|が|も)", rest) else "of"
    return "other"


_SAYS = re.compile(
    r"(?:と|とも|よう|こと[をもに]|」)[^。「」]{0,24}?(?:述べ|語っ|語る|語り|言[っういわ]|い[うっ]|話[しす]|説明|主張|答え|発表|明らかに|強調|指摘|批判|非難|求め|コメント|認め|否定|訴え"
    r"|付け加え|考え|信じ|書[いき]|伝え|投稿|警告|明か|約束|反論|感じ|証言|ツイート|宣言|表明|続け)"
)


_SAYS_AFTER = re.compile(
    r"[はがも][^、。「」]{0,40}(?:述べ|語っ|語る|言っ|言う|話し|話す|いう|いった|説明|答え|投稿|明か)"
)


def _says(text: str, end: int, stop: int) -> bool:
    """Return whether a verb of saying, or a quotation, follows a subject in its sentence.

    Args:
        text: the article's text.
        end: the character after the subject.
        stop: the end of its sentence.
    """
    stop = min(stop, end + 400)
    return bool(_SAYS.search(text, end, stop) or re.match(r"[はがも]、?[「『]", text[end : end + 12]))


def _seen(doc: Doc, mentions: Sequence[Mention], entities: dict[str, Entity], starts: list[int]) -> list[Seen]:
    """Return the mentions with their features, in order of the text; ``starts`` are the starts of the sentences."""
    text = doc.text
    spoken = _quoted_at(doc, len(text))
    return [
        _one_seen(text, m, entities[m.entity], starts, spoken, cited=is_press(entities[m.entity]) and bool(_CITED.match(text, m.extent.end)))
        for m in sorted(mentions, key=lambda m: m.extent)
    ]  # fmt: skip


def _one_seen(
    text: str, m: Mention, entity: Entity, starts: Sequence[int], spoken: bytearray, *, cited: bool = False
) -> Seen:
    sentence = bisect_right(starts, m.extent.start) - 1
    role = _role(text, m.extent.end)
    spoke = role in _SUBJECTS and _says(text, m.extent.end, _sentence_end(text, starts, sentence))
    paper = bool(
        _PAPER_BEHIND.match(text, m.extent.end)
        or _PAPER_AHEAD.search(text, max(0, m.extent.start - 10), m.extent.start)
    )
    return Seen(m, entity, sentence, role, cited, bool(spoken[m.extent.start]), spoke, paper)


_PAPER_BEHIND = re.compile(r"[」』]?[紙誌](?![一-龥])")
_PAPER_AHEAD = re.compile(r"(?:[紙誌]|新聞|通信社|放送局|テレビ局|ニュースサイト)[「『]?\Z")


def _sentence_end(text: str, starts: Sequence[int], sentence: int) -> int:
    return starts[sentence + 1] if sentence + 1 < len(starts) else len(text)


def _quoted_at(doc: Doc, size: int) -> bytearray:
    """Return for each character whether it stands in a quotation of more than eight characters."""
    out = bytearray(size)
    for q in doc._.quotations:
        if q.kind == "quote" and len(q.inner) > 8:
            out[q.inner.start : q.inner.end] = b"\x01" * len(q.inner)
    return out


@cache
def _genders() -> dict[str, str]:
    return {r["name"]: r["gender"] for r in lexicon.rows("given_names")}


_FEMALE = re.compile(r"[一-龥]{2,}[子美恵香奈菜花代絵里沙]")
_MALE = re.compile(r"[一-龥]{2,}[郎男夫雄介太彦也之平治一二三助吾司]")


def gender(entity: Entity) -> str | None:
    """Return ``male`` or ``female`` if a person's given name tells, else None.

    A full name in katakana is looked up by its first part in ``given_names.jsonl``. A name in kanji of at least three
    characters is guessed from the last one (子, 郎).

    >>> gender(Entity("e1", "Person", "アンゲラ・メルケル")), gender(Entity("e2", "Person", "メルケル"))
    ('female', None)
    """
    for name in (entity.label, *entity.aliases):
        parts = re.split(r"[・=＝ 　]", name)
        found = _genders().get(parts[0]) if len(parts) > 1 else None
        if found is None and len(name) >= 3:
            found = "female" if _FEMALE.fullmatch(name) else "male" if _MALE.fullmatch(name) else None
        if found:
            return found
    return None


def _fits(row: dict[str, Any], entity: Entity) -> bool:
    """Return whether an entity may be the antecedent of an anaphor, by type, gender, and the row's kind or endings."""
    if entity.type not in row["types"]:
        return False
    if row["text"] in ("彼", "彼女") and gender(entity) == ("male" if row["text"] == "彼女" else "female"):
        return False
    names = (entity.label, *entity.aliases)
    if ends := row.get("ends"):
        return any(re.search(f"(?:{ends})$", n) for n in names)
    kind = row.get("kind")
    if kind == "press":
        return is_press(entity)
    if kind == "country":
        return not entity.label.endswith(_COUNTRY_TAIL)
    if kind == "company":
        return not any(
            n.endswith(("省", "庁", "党", "政府", "委員会", "裁判所", "高裁", "地裁", "議会", "警察", "大学", "リーグ",
                "基金",
                "財団",
                "協会",
                "連盟", "市場", "連合", "国連", "EU"))
            for n in names
        )  # fmt: skip
    return True


def _quote_at(doc: Doc, at: int) -> Extent | None:
    """Return the shortest quotation of more than eight characters around a character, with its quotation marks."""
    quotes = [
        q for q in doc._.quotations if q.kind == "quote" and q.inner.start <= at < q.inner.end and len(q.inner) > 8
    ]
    return min(quotes, key=lambda q: len(q.outer)).outer if quotes else None


def _tokens_match(text: str, start: int, end: int, edges: tuple[set[int], set[int]]) -> bool:
    """Return whether a string begins and ends with tokens, and is not the beginning of another word (同市場)."""
    if start not in edges[0] or end not in edges[1]:
        return False
    if text[start] == "同" and text[start + 1 : end] not in ("氏", "社"):
        after = text[end : end + 1]
        return not (
            after
            and "一" <= after <= "鿿"
            and text[start:end] in ("同市", "同国", "同大", "同院", "同局", "同機", "同委")
        )
    return True


def _edges(doc: Doc) -> tuple[set[int], set[int]]:
    """Return the first characters of all tokens, and the characters after their last."""
    return {t.idx for t in doc}, {t.idx + len(t) for t in doc}


def find(doc: Doc) -> list[Mention]:
    """Find the anaphors of an article and their antecedents.

    Args:
        doc: an article with ``doc._.entities``, ``doc._.mentions`` (names) and ``doc._.quotations``.

    Returns:
        Mentions in order of the text. A plural anaphor gives one for each of its entities; an anaphor without
        antecedent gives none.
    """
    text = doc.text
    entities = {e.id: e for e in doc._.entities}
    starts = [t.idx for t in doc if t.is_sent_start] or [0]
    named = [m for m in doc._.mentions if not m.anaphor]
    ahead = _seen(doc, named, entities, starts)
    spoken = _quoted_at(doc, len(text))
    past: list[Seen] = []
    at = 0
    counts = Counter(m.entity for m in named)
    taken = {i for m in named for i in range(m.extent.start, m.extent.end)}
    out: list[Mention] = []
    edges = _edges(doc)
    ends = {m.extent.end for m in named}
    before: dict[str, list[Entity]] = {}
    for hit in _anaphor_pattern().finditer(text):
        row = _row(hit.group())
        if hit.start() in taken or not _tokens_match(text, hit.start(), hit.end(), edges):
            continue
        if not _is_anaphor(row, text, hit.start(), hit.end()):
            continue
        if row.get("listed") and text[hit.start() - 1] == "の" and hit.start() - 1 in ends:
            continue  # A社とB社の2社: the names stand right before it
        while at < len(ahead) and ahead[at].mention.extent.start < hit.start():
            past.append(ahead[at])
            at += 1
        around = [*past[-_REACH:], *ahead[at : at + _REACH]]
        chosen, reason = _antecedents(row, doc, text, hit.start(), around, counts, starts)
        if row["count"] == 2 and "side by side" not in reason and hit.group() in before:
            chosen, reason = before[hit.group()], "as before"
        if chosen and row["count"] != 1:
            before[hit.group()] = chosen
        for entity in chosen:
            m = Mention(Extent(hit.start(), hit.end()), entity.id, True, (f"{hit.group()}: {reason}",))
            out.append(m)
            past.append(_one_seen(text, m, entity, starts, spoken))
            counts[entity.id] += 1
    return sorted([*out, *_shortened_names(text, named, entities, taken, edges)], key=lambda m: m.extent)


def _shortened_names(
    text: str, named: Sequence[Mention], entities: dict[str, Entity], taken: set[int], edges: tuple[set[int], set[int]]
) -> Iterator[Mention]:
    """Yield anaphors that consist of 同 and the end of an earlier name: 同監視委 after 証券取引等監視委員会.

    Args:
        text: the article's text.
        named: the mentions that are names, in order.
        entities: the entities by id.
        taken: characters that belong to a name.
        edges: first characters of tokens, and characters after their last.
    """
    for hit in re.finditer(r"同([一-鿿ァ-ヺー]{2,8})", text):
        if hit.start() in taken or hit.start() not in edges[0]:
            continue
        for size in range(len(hit[1]), 1, -1):
            noun, end = hit[1][:size], hit.start() + 1 + size
            if end not in edges[1] or any(r["text"] == "同" + noun for r in _anaphors()):
                continue
            earlier = [
                m
                for m in named
                if m.extent.end <= hit.start()
                and entities[m.entity].type in ("Organization", "Place", "Product")
                and (name := m.extent.of(text)) != noun
                and (name.endswith(noun) or (len(noun) > 2 and name.endswith(noun + "員会")))
            ]
            if earlier:
                yield Mention(
                    Extent(hit.start(), end),
                    earlier[-1].entity,
                    True,
                    (f"同 and the end of {earlier[-1].extent.of(text)}",),
                )
                break


def _is_anaphor(row: dict[str, Any], text: str, start: int, end: int) -> bool:
    """Return whether a string of ``anaphors.jsonl`` is an anaphor here, by the characters beside it (彼岸 is none)."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if row["text"] in ("彼", "彼女"):
        return after not in ("方", "岸", "我", "ら", "女", "氏") and before not in ("誰", "元")
    if row.get("listed"):
        if text[max(0, start - 4) : start] == "うちの" or text.endswith(("うちの", "うち"), 0, start):
            return False
        if before and (before.isdigit() or before in "一二三四五六七八九十百千万第約数.,"):
            return False
        return after not in ("長", "員", "ほど", "以", "に", "目", "分", "前", "超", "程") and not text.startswith(
            ("以上", "以下", "に1"), end
        )
    if row["text"] == "同行":
        return after not in ("し", "す", "者", "取", "を", "記")
    if row["text"] == "氏":
        return before in ("", "。", "、", "\n", "\u3000", "」") and after in ("は", "が", "も", "の", "に", "を", "と")
    if row["text"] == "両国":
        return after not in ("国", "駅", "技")
    return True


def _antecedents(
    row: dict[str, Any], doc: Doc, text: str, at: int, seen: Sequence[Seen], counts: Counter[str], starts: list[int]
) -> tuple[list[Entity], str]:
    """Return the antecedents of an anaphor and the reason; no entity if none is salient enough.

    Args:
        row: its row of ``anaphors.jsonl``.
        doc: the article.
        text: the article's text.
        at: the anaphor's first character.
        seen: mentions around it, with their features; those after it only tell who is cited or speaks.
        counts: mentions of each entity: all of its names, and the anaphors resolved so far.
        starts: first character of each sentence.
    """
    sentence = bisect_right(starts, at) - 1
    quote = _quote_at(doc, at)
    if row.get("own"):
        return ([], "") if quote else _author(row, doc)
    papers = ("Organization", "Product") if row.get("kind") == "press" else ()
    options = [
        s for s in seen
        if s.mention.extent.start < at and (_fits(row, s.entity) or (s.paper and s.entity.type in papers))
    ]  # fmt: skip
    if row.get("kind") in ("company", "any"):
        press = {s.entity.id for s in seen if s.cited}
        options = [s for s in options if s.entity.id not in press]
    if quote:  # 彼 in a quotation does not refer to its speaker
        speakers = _speakers_of(quote, text, seen, row)
        options = [s for s in options if s.entity.id not in speakers] or ([] if row.get("pronoun") else options)
    if not options:
        return [], ""
    paragraph = text.rfind("\n", 0, at)
    w = WEIGHTS
    best: dict[str, float] = {}
    entity_of: dict[str, Entity] = {}
    nearest = max(options, key=lambda s: s.mention.extent.start)
    speaks = bool(row.get("pronoun")) and not quote and _pronoun_says(text, at + len(row["text"]), starts, sentence)
    for s in options:
        away = sentence - s.sentence
        score = w[s.role] * w["decay"] ** min(away, 12)
        if s is nearest:
            score += w["nearest"]
        if away == 0:
            score += w["same sentence"]
        elif away == 1:
            score += w["sentence before"]
        if 0 <= paragraph < s.mention.extent.start:
            score += w["same paragraph"]
        if s.cited:
            score += w["cited"]
        elif row.get("kind") in ("company", "any") and is_press(s.entity):
            score += w["press"]
        if s.quoted and not quote:
            score += w["quoted"]
            if away == 0 and speaks:
                score += w["talked about"]
        if speaks and s.spoke:
            score += w["spoke"]
        if s.mention.anaphor and s.mention.extent.of(text) == row["text"]:
            score += w["chain"]
        if (
            away == 0
            and row.get("pronoun")
            and s.role in _SUBJECTS
            and not quote
            and text[at : at + 2] in ("彼は", "彼が")
        ):
            score += w["second subject"]  # two subjects of one sentence are different persons
        entity_of[s.entity.id] = s.entity
        best[s.entity.id] = max(best.get(s.entity.id, -9), score)
    for entity_id in best:
        best[entity_id] += w["often"] * math.log1p(counts[entity_id])
    order = sorted(best, key=lambda k: (-best[k], k))
    if row["count"] == 1:
        if best[order[0]] < 0.35:
            return [], ""
        return [entity_of[order[0]]], f"stands out most ({best[order[0]]:.1f})"
    return _several(row, options, order, best, entity_of, sentence, text)


def _author(row: dict[str, Any], doc: Doc) -> tuple[list[Entity], str]:
    """Return the antecedent of 当社 or 当館 outside quotations: the first fitting name, taken as the text's author."""
    entities = {e.id: e for e in doc._.entities}
    named = [entities[m.entity] for m in doc._.mentions if not m.anaphor and entities[m.entity].type in row["types"]]
    return next((([e], "speaks for itself") for e in named if _fits(row, e)), ([], ""))


def _pronoun_says(text: str, end: int, starts: Sequence[int], sentence: int) -> bool:
    """Return whether a pronoun that ends at ``end`` is a subject and a verb of saying follows."""
    if text[end : end + 1] not in ("は", "が", "も"):
        return False
    return _says(text, end, _sentence_end(text, starts, sentence)) or bool(_SAYS_AFTER.match(text, end))


def _speakers_of(quote: Extent, text: str, seen: Sequence[Seen], row: dict[str, Any]) -> set[str]:
    """Return the id of the likely speaker of a quotation: the last subject shortly before it, or the first after it."""
    before = [s for s in seen if quote.start - 60 < s.mention.extent.end <= quote.start and s.role in _SUBJECTS]
    before = [s for s in before if "。" not in text[s.mention.extent.end : quote.start]]
    after = [s for s in seen if quote.end <= s.mention.extent.start <= quote.end + 25 and s.role in _SUBJECTS]
    after = [s for s in after if "。" not in text[quote.end : s.mention.extent.start]]
    chosen = before[-1:] or after[:1]
    return {s.entity.id for s in chosen}


def _several(
    row: dict[str, Any], options: Sequence[Seen], order: list[str], best: dict[str, float],
    entity_of: dict[str, Entity], sentence: int, text: str,
) -> tuple[list[Entity], str]:  # fmt: skip
    """Return the antecedents of a plural anaphor (両社, 3社, 彼ら) and the reason.

    Entities named side by side go first, else the most salient ones near by. 3社 and the like need a list.

    Args:
        row: its row of ``anaphors.jsonl``.
        options: candidate mentions before it.
        order: ids of the candidates, the most salient first.
        best: salience by id.
        entity_of: entities by id.
        sentence: number of the anaphor's sentence.
        text: the article's text.
    """
    want = row["count"]
    for group in _lists(options, text):
        ids = list(dict.fromkeys(s.entity.id for s in group))
        if len(ids) == want or (want == 0 and len(ids) > 1):
            if sentence - group[-1].sentence <= 4:
                return [entity_of[i] for i in ids], "named side by side"
    if row.get("listed"):
        return [], ""
    near = [k for k in order if any(s.entity.id == k and sentence - s.sentence <= (3 if want else 2) for s in options)]
    if want == 0:
        return ([entity_of[k] for k in near[:2]], "stand out most") if len(near) >= 2 else ([], "")
    return ([entity_of[k] for k in near[:want]], "stand out most") if len(near) >= want else ([], "")


def _lists(options: Sequence[Seen], text: str) -> Iterator[list[Seen]]:
    """Yield the lists of mentions joined by と, や or 、, the last list first."""
    group: list[Seen] = []
    found = []
    for s in sorted(options, key=lambda s: s.mention.extent):
        if group and _LIST.fullmatch(text[group[-1].mention.extent.end : s.mention.extent.start]):
            group.append(s)
        else:
            if len(group) > 1:
                found.append(group)
            group = [s]
    if len(group) > 1:
        found.append(group)
    yield from reversed(found)


def iibun_coreference(doc: Doc) -> Doc:
    """Pipeline component: add anaphors to ``doc._.mentions``."""
    doc._.mentions = sorted([*doc._.mentions, *find(doc)], key=lambda m: (m.extent, m.entity))
    return doc


# --- first person ----------------------------------------------------------------------------------------------


@cache
def _first_person_pattern() -> re.Pattern[str]:
    words = sorted((r["text"] for r in lexicon.rows("first_person")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


@cache
def _first_person_row(text: str) -> dict[str, Any]:
    return next(r for r in lexicon.rows("first_person") if r["text"] == text)


def first_person(doc: Doc) -> list[Mention]:
    """Find first-person pronouns in quotations whose source is one entity of the article.

    私 refers to the source if it is a person. 我々 and 当社 refer to it if it has a type that the row of
    ``first_person.jsonl`` allows, or else to an organization or place in which the person holds a position.

    Args:
        doc: an article with entities, mentions, quotations, relations and claims.

    Returns:
        The new mentions, in order of the claims.
    """
    text = doc.text
    entities = {e.id: e for e in doc._.entities}
    taken = {i for m in doc._.mentions for i in range(m.extent.start, m.extent.end)}
    found: dict[Extent, Mention] = {}
    starts, ends = _edges(doc)
    for claim in doc._.claims:
        if len(claim.sources) != 1 or claim.sources[0] not in entities:
            continue
        for stretch in _quoted_extents(claim, doc):
            for hit in _first_person_pattern().finditer(text, stretch.start, stretch.end):
                extent = Extent(hit.start(), hit.end())
                if hit.start() in taken or extent in found or hit.start() not in starts or hit.end() not in ends:
                    continue
                who = _first_person_antecedent(
                    _first_person_row(hit.group()), entities[claim.sources[0]], entities, doc._.relations
                )
                if who:
                    reason = f"{hit.group()}: spoken by {entities[claim.sources[0]].label}"
                    found[extent] = Mention(extent, who, True, (reason,))
    return list(found.values())


def _quoted_extents(claim: Claim, doc: Doc) -> list[Extent]:
    """Return what is quoted of a claim: its quotations, its content if it is direct, or the quotation around it."""
    if claim.quotes:
        return list(claim.quotes)
    if claim.speech == "direct":
        return [claim.content]
    inside = [q.inner for q in doc._.quotations if q.kind == "quote" and q.outer.contains(claim.content)]
    return inside[:1]


def _first_person_antecedent(
    row: dict[str, Any], source: Entity, entities: dict[str, Entity], relations: Sequence[Relation]
) -> str | None:
    """Return the id of the antecedent of a first-person pronoun said by ``source``, or None."""
    if row["number"] == 1:
        return source.id if source.type == "Person" else None
    if source.type in row["types"]:
        return source.id
    if source.type != "Person":
        return None
    posts = [r.object for r in relations if r.predicate == "holdsPosition" and r.subject == source.id]
    posts = [p for p in posts if p in entities and entities[p].type in row["types"]]
    return posts[0] if posts else None


def iibun_speakers(doc: Doc) -> Doc:
    """Pipeline component: add first-person pronouns to ``doc._.mentions``."""
    doc._.mentions = sorted([*doc._.mentions, *first_person(doc)], key=lambda m: (m.extent, m.entity))
    return doc
