"""Whose a noun without a name is: the person last named with that office, the body that it shortens, whoever was spoken of."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ingest import lexicon
from ingest.claims.speaking import noun_class
from ingest.claims.stands import HEADLINE
from kg.model import Mention

if TYPE_CHECKING:
    from ingest.claims.names import Names

_HONORIFIC = re.compile(
    r"(氏|さん|選手|容疑者|被告|受刑者|先生|議員|監督|教授|判事|夫人|首相|大統領|外相|長官|大臣|社長|会長|CEO)$"
)


@cache
def _ends(of: str) -> tuple[str, ...]:
    """The nouns of that kind, or their ends: any, company, paper, many, other, body (``data/lexicon/bearers.jsonl``)."""
    return tuple(row["text"] for row in lexicon.rows("bearers") if row["of"] == of)


@cache
def _said_alone() -> re.Pattern[str]:
    return re.compile("|".join(row["pattern"] for row in lexicon.rows("alone")))


@cache
def _shortened(of: str) -> dict[str, str]:
    """By what is short for it (教委) or, of titles, by the long form (外務大臣): the other."""
    rows = [row for row in lexicon.rows("shortened") if row["of"] == of]
    return {r["long"]: r["short"] for r in rows} if of == "title" else {r["short"]: r["long"] for r in rows}


_FAR_BACK = 60  # mentions that a short form looks back over
_AN_ARTICLE = 400  # mentions: more than a news article has, so that a long document takes no time by its square


def _short_for(names: Names, words: str, text: str, at: int) -> str | None:
    """Whose name before ``at`` ends in the words: 県警, 同校, 市 after 青海県警, 青海高校, 青海市."""
    core = words.removeprefix("同")
    if not core or (core == words and not _said_alone().fullmatch(words)):
        return None
    full = spelt_out(core)
    for m in reversed(_before(names, at)):
        name = m.extent.of(text)
        if names.types.get(m.entity) in ("Organization", "Place") and not m.anaphor:
            if (len(name) > len(core) and name.endswith(core)) or (full != core and name.endswith(full)):
                return m.entity
    return None


def known_by(names: Names, words: str, text: str, at: int, fits: Mapping[str, str]) -> tuple[str | None, str]:
    """Whose name the words are a part of (リ氏 of リ・ヨンホ, 小法廷 of 最高裁第三小法廷, 県警 of 青海県警), or whom they mean.

    Args:
        names: the article's names.
        words: the noun, without modifiers.
        text: the article.
        at: where the noun starts.
        fits: whom it may stand for (:func:`ingest.claims.stands.stands_for`).

    Returns:
        An entity or None, and how it is known: part, end-of-name, short-form.
    """
    core = _HONORIFIC.sub("", words)
    if core and (len(core) > 1 or core != words):
        bearers = names.parts.get(core, set())
        if len(bearers) == 1:
            return next(iter(bearers)), "part"
    before, words = words, words.removeprefix("同")
    if len(words) >= 3 and words not in _ends("any"):
        owners = names.ends.get(words, set())
        if len(owners) == 1:
            return next(iter(owners)), "end-of-name"
    if _WHOEVER.search(before):
        return _last(names, at, lambda m: names.types.get(m.entity) == "Person"), "part"
    if before.endswith("側") and len(before) > 1:
        side = before.removesuffix("側").removesuffix("の")
        if side in _ends("company"):
            return _main_company(names, text, at), "short-form"
        if side:
            return known_by(names, side, text, at, fits)
    if before.endswith(_ends("paper")) and (issuer := _issuer(names, before, text, at)):
        return issuer, "short-form"
    if bearer := _called(names, words, text, at, fits):
        return bearer, "part"
    short = _short_for(names, before, text, at) or _introduced(names, words, text, at)
    if short is None and len(words) >= 4 and words.endswith(_ends("body")):
        owners = {e for name, e in names.bodies if _drops(name, words)}
        if len(owners) == 1:
            return next(iter(owners)), "end-of-name"
    return short, "short-form" if short else ""


_WHOEVER = re.compile(r"(?<!日)本人$|当人$")


def _before(names: Names, at: int, most: int = _FAR_BACK) -> Sequence[Mention]:
    """The last mentions before a character."""
    last = bisect.bisect_left(names.starts, at)
    return names.mentions[max(0, last - most) : last]


def _last(names: Names, at: int, fits: Callable[[Mention], bool]) -> str | None:
    """The entity of the nearest mention before a character that fits."""
    return next((m.entity for m in reversed(_before(names, at)) if fits(m)), None)


def _main_company(names: Names, text: str, at: int) -> str | None:
    """The company that was named most before a character, the nearest of those."""
    before = _before(names, at, _AN_ARTICLE)
    often = Counter(m.entity for m in before)
    companies = dict.fromkeys(m.entity for m in reversed(before) if _is_company(names, m, text))
    return max(companies, key=lambda e: often[e], default=None)


def _issuer(names: Names, words: str, text: str, at: int) -> str | None:
    """Whose paper it is: the topic of the sentence that spoke of it last (甲社は声明を出した。 … 声明は)."""
    core = next(k for k in _ends("paper") if words.endswith(k))
    place = text.rfind(core, max(0, at - _NEAR), at)
    if place < 0:
        return None
    first = max(text.rfind(c, 0, place) for c in "。\n") + 1
    for m in names.within(first, place):
        if names.types.get(m.entity) in ("Person", "Organization", "Place"):
            if _TOPICAL.match(text, m.extent.end):
                return m.entity
    return None


_NEAR = 300  # characters
_TOPICAL = re.compile(r"(?:[（(][^（()）]{1,30}[）)])?[^、。「」はがをもにで\s]{0,10}[はがも]")


_ALSO = {"指揮官": "監督", "党首": "代表"}  # what else somebody is called by


def _called(names: Names, words: str, text: str, at: int, fits: Mapping[str, str]) -> str | None:
    """The one person who was called what the words say: 村で唯一の教師である甲さん … 教師は."""
    if len(words) < 2 or noun_class(words) not in ("title", "person") or words.endswith(_ends("many")):
        return None
    if words in _ALSO:
        fits = names.stands_for(_ALSO[words], at, text)
    found = [e for e, why in fits.items() if why == "title" and names.types.get(e) == "Person"]
    return found[0] if len(found) == 1 else None


def _is_company(names: Names, m: Mention, text: str) -> bool:
    name = m.extent.of(text)
    others = _ends("other")
    return (
        names.types.get(m.entity) == "Organization" and m.entity not in names.press
        and not names.labels.get(m.entity, name).endswith(others) and not name.endswith(others)
    )  # fmt: skip


def spelt_out(words: str) -> str:
    """A short form with its end as it is in full names.

    >>> spelt_out("町教委"), spelt_out("第三者委"), spelt_out("監督")
    ('町教育委員会', '第三者委員会', '監督')
    """
    long = _shortened("body")
    end = max((k for k in long if words.endswith(k)), key=len, default="")
    return words.removesuffix(end) + long[end] if end else words


def _introduced(names: Names, words: str, text: str, at: int) -> str | None:
    """Who was introduced as what the words say, nobody else having been: 患者団体「こだま」 … 団体は."""
    if len(words) < 2 or noun_class(words) not in ("body", "group"):
        return None
    found = {
        m.entity for m in _before(names, at, _AN_ARTICLE)
        if not m.anaphor and names.types.get(m.entity) == "Organization"
        and text[max(0, m.extent.start - len(words) - 1) : m.extent.start].rstrip("「『、 の").endswith(words)
    }  # fmt: skip
    return next(iter(found)) if len(found) == 1 else None


def _drops(name: str, words: str) -> bool:
    """Whether words are a name with some of its middle left out, its end kept: 選挙委員会 of 独立選挙管理委員会.

    >>> _drops("独立選挙管理委員会", "選挙委員会"), _drops("独立選挙管理委員会", "管理協会")
    (True, False)
    """
    if len(words) >= len(name) or not name.endswith(words[-2:]):
        return False
    left = iter(name)
    return all(character in left for character in words)


def _named_with(role: str, m: Mention, text: str) -> bool:
    """Whether a name stands with a role: 李容浩外相, 李容浩（58）外相, 外相の李容浩."""
    behind = re.sub(r"^\s*[（(][^）)]*[）)]", "", text[m.extent.end : m.extent.end + 40])
    lead = text[max(0, m.extent.start - len(role) - 1) : m.extent.start].rstrip("・、 　の")
    return lead.endswith(role) or re.match(rf"[^、。「」はがをの]{{0,8}}{re.escape(role)}", behind) is not None


def bearer_of(names: Names, text: str, words: str, at: int) -> str | None:
    """The person last named with this role (李容浩外相 … 外相は); 同外相 is the person last named, if nobody was so with the role."""
    same, words = words.startswith("同"), words.removeprefix("同")
    words = _shortened("title").get(words, words)
    role = words[-4:] if len(words) > 4 else words
    before = [m for m in names.mentions[: bisect.bisect_left(names.starts, at)] if not m.anaphor]
    for m in reversed(before[-60:]):
        if names.types.get(m.entity) == "Person" and _named_with(role, m, text):
            return m.entity
    if same:
        return next((m.entity for m in reversed(before[-20:]) if names.types.get(m.entity) == "Person"), None)
    if len(role) >= 3 or at < HEADLINE:
        # a headline names the role before the text names the person: 運輸相「…」 … 運輸相の甲氏, 甲運輸相
        for m in names.mentions[len(before) : len(before) + 12]:
            if names.types.get(m.entity) == "Person" and not m.anaphor and m.extent.start - at < 400:
                if _named_with(role, m, text):
                    return m.entity
    return None
