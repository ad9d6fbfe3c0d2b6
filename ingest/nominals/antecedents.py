"""Chooses the antecedent of a nominal anaphor: an entity named before it (from the headline also after it), or None.

:func:`antecedent_of` handles titles (the person last named with this one), :func:`known_by` everything else: parts
of names, short forms, 本人, 甲社側, 声明. Both take the article's names (:class:`ingest.nominals.named.Names`).
Read :mod:`ingest.nominals` and :mod:`.candidates` first.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ingest.nominals.candidates import HEADLINE
from ingest.nominals.classes import noun_class
from kg import lexicon
from kg.model import Mention

if TYPE_CHECKING:
    from ingest.nominals.named import Names

_HONORIFIC = re.compile(
    r"(氏|さん|選手|容疑者|被告|受刑者|先生|議員|監督|教授|判事|夫人|首相|大統領|外相|長官|大臣|社長|会長|CEO)$"
)


@cache
def _nouns(of: str) -> tuple[str, ...]:
    """Return the nouns, or endings of nouns, of one kind of ``data/lexicon/antecedents.jsonl``.

    Args:
        of: any, company, paper, many, other or body; the file's head explains them.
    """
    return tuple(row["text"] for row in lexicon.rows("antecedents") if row["of"] == of)


@cache
def _alone() -> re.Pattern[str]:
    return re.compile("|".join(row["pattern"] for row in lexicon.rows("alone")))


@cache
def _shortened(of: str) -> dict[str, str]:
    """Return ``shortened.jsonl`` as a mapping: of bodies from short to long (教委), of titles from long to short."""
    rows = [row for row in lexicon.rows("shortened") if row["of"] == of]
    return {r["long"]: r["short"] for r in rows} if of == "title" else {r["short"]: r["long"] for r in rows}


_REACH = 60  # mentions before a short form among which its antecedent is looked for
_LONG_REACH = 400  # mentions; more than a news article has. The bound keeps the time for long documents linear.


def _short_for(names: Names, words: str, text: str, at: int) -> str | None:
    """Return the organization or place last named before ``at`` whose name ends in the noun, or in its long form.

    県警, 同校 and 市 after 青海県警, 青海高校 and 青海市. Without 同 only nouns of ``alone.jsonl`` count.
    """
    core = words.removeprefix("同")
    if not core or (core == words and not _alone().fullmatch(words)):
        return None
    full = spelt_out(core)
    for m in reversed(_before(names, at)):
        name = m.extent.of(text)
        if names.types.get(m.entity) in ("Organization", "Place") and not m.anaphor:
            if (len(name) > len(core) and name.endswith(core)) or (full != core and name.endswith(full)):
                return m.entity
    return None


def known_by(names: Names, words: str, text: str, at: int, fits: Mapping[str, str]) -> tuple[str | None, str]:
    """Return the antecedent of a noun by its words, and how it was found.

    The first of these that applies decides:

    1. the only person with this part of a name (リ氏 of リ・ヨンホ);
    2. the only organization whose name ends in it (小法廷 of 最高裁第三小法廷);
    3. for 本人, the person last named;
    4. for a noun with 側, the antecedent of the rest; for 会社側 and the like, the company mentioned most often;
    5. for 声明 and other documents, who issued it;
    6. the only person named with it as title;
    7. the name last mentioned that ends in it (県警 of 青海県警), or the only organization introduced with it;
    8. the only organization with a name that it abridges (選挙委員会 of 独立選挙管理委員会).

    Args:
        names: the article's names.
        words: the noun, without modifiers.
        text: the article's text.
        at: the noun's first character in the text.
        fits: its candidates (:func:`ingest.nominals.candidates.stands_for`).

    Returns:
        An entity's id or None, and one of ``part``, ``end-of-name``, ``short-form``, or ``""`` without an entity.
    """
    core = _HONORIFIC.sub("", words)
    if core and (len(core) > 1 or core != words):
        antecedents = names.parts.get(core, set())
        if len(antecedents) == 1:
            return next(iter(antecedents)), "part"
    before, words = words, words.removeprefix("同")
    if len(words) >= 3 and words not in _nouns("any"):
        organizations = names.ends.get(words, set())
        if len(organizations) == 1:
            return next(iter(organizations)), "end-of-name"
    if _REFLEXIVE.search(before):
        return _last(names, at, lambda m: names.types.get(m.entity) == "Person"), "part"
    if before.endswith("側") and len(before) > 1:
        side = before.removesuffix("側").removesuffix("の")
        if side in _nouns("company"):
            return _main_company(names, text, at), "short-form"
        if side:
            return known_by(names, side, text, at, fits)
    if before.endswith(_nouns("paper")) and (issuer := _issuer(names, before, text, at)):
        return issuer, "short-form"
    if entity := _by_title(names, words, text, at, fits):
        return entity, "part"
    short = _short_for(names, before, text, at) or _by_apposition(names, words, text, at)
    if short is None and len(words) >= 4 and words.endswith(_nouns("body")):
        organizations = {e for name, e in names.bodies if _is_abridged(name, words)}
        if len(organizations) == 1:
            return next(iter(organizations)), "end-of-name"
    return short, "short-form" if short else ""


_REFLEXIVE = re.compile(r"(?<!日)本人$|当人$")


def _before(names: Names, at: int, most: int = _REACH) -> Sequence[Mention]:
    """Return the last mentions that begin before a character, at most ``most``."""
    last = bisect.bisect_left(names.starts, at)
    return names.mentions[max(0, last - most) : last]


def _last(names: Names, at: int, fits: Callable[[Mention], bool]) -> str | None:
    """Return the entity of the last mention before a character for which ``fits`` is true, or None."""
    return next((m.entity for m in reversed(_before(names, at)) if fits(m)), None)


def _main_company(names: Names, text: str, at: int) -> str | None:
    """Return the company mentioned most often before a character; of equals the one mentioned last."""
    before = _before(names, at, _LONG_REACH)
    often = Counter(m.entity for m in before)
    companies = dict.fromkeys(m.entity for m in reversed(before) if _is_company(names, m, text))
    return max(companies, key=lambda e: often[e], default=None)


def _issuer(names: Names, words: str, text: str, at: int) -> str | None:
    """Return who issued a document: the topic of the sentence that last mentioned it.

    甲社は声明を出した。 … 声明は
    """
    core = next(k for k in _nouns("paper") if words.endswith(k))
    place = text.rfind(core, max(0, at - _NEAR), at)
    if place < 0:
        return None
    first = max(text.rfind(c, 0, place) for c in "。\n") + 1
    for m in names.within(first, place):
        if names.types.get(m.entity) in ("Person", "Organization", "Place"):
            if _TOPICAL.match(text, m.extent.end):
                return m.entity
    return None


_NEAR = 300  # characters before a document in which its last mention is looked for
_TOPICAL = re.compile(r"(?:[（(][^（()）]{1,30}[）)])?[^、。「」はがをもにで\s]{0,10}[はがも]")


_OTHER_TITLE = {"指揮官": "監督", "党首": "代表"}  # a noun, and the title by which the person was introduced


def _by_title(names: Names, words: str, text: str, at: int, fits: Mapping[str, str]) -> str | None:
    """Return the only person named with this noun as title, or None: 村で唯一の教師である甲さん … 教師は."""
    if len(words) < 2 or noun_class(words) not in ("title", "person") or words.endswith(_nouns("many")):
        return None
    if words in _OTHER_TITLE:
        fits = names.stands_for(_OTHER_TITLE[words], at, text)
    found = [e for e, why in fits.items() if why == "title" and names.types.get(e) == "Person"]
    return found[0] if len(found) == 1 else None


def _is_company(names: Names, m: Mention, text: str) -> bool:
    name = m.extent.of(text)
    others = _nouns("other")
    return (
        names.types.get(m.entity) == "Organization" and m.entity not in names.press
        and not names.labels.get(m.entity, name).endswith(others) and not name.endswith(others)
    )  # fmt: skip


def spelt_out(words: str) -> str:
    """Replace the short end of a noun with the end that full names have.

    >>> spelt_out("町教委"), spelt_out("第三者委"), spelt_out("監督")
    ('町教育委員会', '第三者委員会', '監督')
    """
    long = _shortened("body")
    end = max((k for k in long if words.endswith(k)), key=len, default="")
    return words.removesuffix(end) + long[end] if end else words


def _by_apposition(names: Names, words: str, text: str, at: int) -> str | None:
    """Return the only organization introduced with this noun, or None: 患者団体「こだま」 … 団体は."""
    if len(words) < 2 or noun_class(words) not in ("body", "group"):
        return None
    found = {
        m.entity for m in _before(names, at, _LONG_REACH)
        if not m.anaphor and names.types.get(m.entity) == "Organization"
        and text[max(0, m.extent.start - len(words) - 1) : m.extent.start].rstrip("「『、 の").endswith(words)
    }  # fmt: skip
    return next(iter(found)) if len(found) == 1 else None


def _is_abridged(name: str, words: str) -> bool:
    """Return whether a noun is a name with some of its characters left out, but not the last two.

    >>> _is_abridged("独立選挙管理委員会", "選挙委員会"), _is_abridged("独立選挙管理委員会", "管理協会")
    (True, False)
    """
    if len(words) >= len(name) or not name.endswith(words[-2:]):
        return False
    characters = iter(name)
    return all(character in characters for character in words)


def _named_with(role: str, m: Mention, text: str) -> bool:
    """Return whether a mention stands with a title: 李容浩外相, 李容浩（58）外相, 外相の李容浩."""
    behind = re.sub(r"^\s*[（(][^）)]*[）)]", "", text[m.extent.end : m.extent.end + 40])
    lead = text[max(0, m.extent.start - len(role) - 1) : m.extent.start].rstrip("・、 　の")
    return lead.endswith(role) or re.match(rf"[^、。「」はがをの]{{0,8}}{re.escape(role)}", behind) is not None


def antecedent_of(names: Names, text: str, words: str, at: int) -> str | None:
    """Return the person last named with a title (李容浩外相 … 外相は), or None.

    A title with 同 goes to the person last named, if nobody was named with it. In the headline, or for a title of at
    least three characters, the next mentions after the noun are searched too.

    Args:
        names: the article's names.
        text: the article's text.
        words: the title.
        at: its first character in the text.
    """
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
        # A headline has the title before the text names the person: 運輸相「…」 … 運輸相の甲氏, 甲運輸相
        for m in names.mentions[len(before) : len(before) + 12]:
            if names.types.get(m.entity) == "Person" and not m.anaphor and m.extent.start - at < 400:
                if _named_with(role, m, text):
                    return m.entity
    return None
