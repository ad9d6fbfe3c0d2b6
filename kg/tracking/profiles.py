"""What is known of an entity by which it is compared with those of other articles, and the keys to find them by.

:mod:`kg.tracking.identity` compares profiles, :mod:`kg.tracking.identities` makes them of a store.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from kg import lexicon
from kg.model import Report
from kg.names import entity_key, is_short, normal_name, parts, table
from kg.rdf import article_iri, entity_iris
from kg.romanization import consonants, latin

NOTHING: frozenset[str] = frozenset()
#: Before the consonants of a name, which stand for it in any script.
HEARD = "'"
#: The ends of a place's name that are left out where it is well known.
TOWNS = "市町村区県駅"


@dataclass(frozen=True, slots=True)
class Profile:
    """An entity with what its articles say of it.

    Attributes:
        entity: its IRI.
        type: one of :data:`kg.model.ENTITY_TYPES`.
        label, aliases: its names.
        articles: IRIs of the articles that name it.
        offices: of a person, pairs of the key of an organization or place and the title held there, "" if it is not stated.
        titles: of a person, the words behind the name (社長).
        officers: of a body, pairs of the name of a person who holds an office there and the title.
        named: keys of the organizations and places that its articles name.
        around: keys of what else its articles name, without surnames, places and what is in the alias table.
    """

    entity: str
    type: str
    label: str
    aliases: frozenset[str] = NOTHING
    articles: frozenset[str] = NOTHING
    offices: frozenset[tuple[str, str]] = frozenset()
    titles: frozenset[str] = NOTHING
    officers: frozenset[tuple[str, str]] = frozenset()
    named: frozenset[str] = NOTHING
    around: frozenset[str] = NOTHING

    @property
    def bodies(self) -> frozenset[str]:
        """Keys of the organizations and places where the person holds an office."""
        return frozenset(body for body, _ in self.offices)

    @property
    def posts(self) -> frozenset[str]:
        """All titles of the person, in their plain forms."""
        return frozenset(p for t in (*self.titles, *(t for _, t in self.offices)) for p in plain_titles(t))


def from_report(report: Report) -> Iterator[Profile]:
    """Yield the profiles of a report's entities, without those of the alias table, which their identifiers tell apart."""
    iris = entity_iris(report)
    yield from of_article(
        article_iri(report.article),
        [
            Named(iris[e.id], e.type, e.label, frozenset(e.aliases), frozenset(titles_of(e.reasons)))
            for e in report.entities
        ],
        [
            (iris[r.subject], iris[r.object], str(r.qualifiers.get("title") or ""))
            for r in report.relations
            if r.predicate == "holdsPosition" and r.subject in iris and r.object in iris
        ],
    )


class Named(NamedTuple):
    """An entity as one article names it: IRI, type, names, and the titles behind a person's name."""

    iri: str
    type: str
    label: str
    aliases: frozenset[str]
    titles: frozenset[str]


def of_article(article: str, entities: Sequence[Named], held: Iterable[tuple[str, str, str]]) -> Iterator[Profile]:
    """Yield the profiles of an article's entities, without those of the alias table.

    Args:
        article: its IRI.
        entities: what it names.
        held: the offices that it states: IRIs of person and body, and the title, "" if there is none.
    """
    labels = {e.iri: e.label for e in entities}
    stated = [(p, o, t) for p, o, t in held if p in labels and o in labels]
    named, around = context(entities)
    for e in entities:
        if not in_table(e.iri):
            yield Profile(
                e.iri, e.type, e.label, e.aliases - {e.label}, frozenset([article]),
                frozenset((body_key(o, labels[o]), t) for p, o, t in stated if p == e.iri), e.titles,
                frozenset((labels[p], t) for p, o, t in stated if o == e.iri), named, around,
            )  # fmt: skip


def body_key(iri: str, label: str) -> str:
    """The key of a body or place where offices are held: that of the alias table, or else the name without its form."""
    key = entity_key(iri, label)
    if key != normal_name(label):
        return key
    row = listed("Organization", label) or listed("Place", label)
    return normal_name(row) if row else core(label)[0]


def listed(type_: str, name: str) -> str | None:
    """The main name in the alias table of a name of this type; None if it is not listed.

    >>> listed("Organization", "厚労省"), listed("Organization", "青葉電機")
    ('厚生労働省', None)
    """
    return table().get((type_, name))


def context(entities: Iterable[Named]) -> tuple[frozenset[str], frozenset[str]]:
    """What an article names, as :attr:`Profile.named` and :attr:`Profile.around`."""
    named: set[str] = set()
    around: set[str] = set()
    for e in entities:
        known = in_table(e.iri)
        if e.type == "Place" and not known:
            named.add(without_prefecture(e.label) or e.label)
        if e.type in BODIES:
            named |= {body_key(e.iri, e.label), *map(normal_name, e.aliases)}
        if not known and e.type != "Place" and not (e.type == "Person" and is_short(e.label)):
            names = [e.label] if e.type == "Person" else [e.label, *e.aliases]
            around |= {core(n)[0] for n in names if len(n) > 1 and n not in parts("generic")}
    return frozenset(spoken(named)), frozenset(spoken(around))


def in_table(iri: str) -> bool:
    """Whether an entity is one of the alias table or of Wikidata, which its identifier tells apart from others."""
    return bool(re.search(r"entity[:/]Q\d+$", iri))


def merged(entity: str, group: list[Profile]) -> Profile:
    """Some profiles of one entity as one: the smallest label of its own, and all that its articles say."""
    if len(group) == 1 and group[0].entity == entity:
        return group[0]
    own = min([p for p in group if p.entity == entity] or group, key=lambda p: (p.label, p.type))

    def both(part: str) -> frozenset[str]:
        return frozenset().union(*(getattr(p, part) for p in group))

    names = both("aliases") | {p.label for p in group}
    return Profile(
        entity, own.type, own.label, names - {own.label}, both("articles"), frozenset().union(*(p.offices for p in group)),
        both("titles"), frozenset().union(*(p.officers for p in group)), both("named"), both("around"),
    )  # fmt: skip


#: Types of what people hold offices at.
BODIES = ("Organization", "Place", "Event")


def titles_of(reasons: Iterable[str]) -> Iterator[str]:
    """The titles behind a name, of the reasons why it is a person's (``before 社長``); 氏 and さん are none."""
    for reason in reasons:
        if reason.startswith("before ") and (title := reason.removeprefix("before ")) in _titles():
            yield title


@cache
def _titles() -> frozenset[str]:
    return frozenset(row["text"] for row in lexicon.rows("titles") if row["kind"] == "title")


@lru_cache(maxsize=4096)
def plain_titles(title: str) -> tuple[str, ...]:
    """A title as its offices, without 前 and the like and with one form for each.

    >>> plain_titles("代表取締役社長兼CEO"), plain_titles("前頭取")
    (('代表取締役社長', '最高経営責任者'), ('頭取',))
    """
    found = []
    for part in re.split(r"兼|[・、,/]|\s+and\s+", unicodedata.normalize("NFKC", title)):
        bare = re.sub(r"^(?:前|元|新|次期|現|故)(?=.{2})", "", part.strip())
        found.append(parts("office").get(bare.upper(), bare))
    return tuple(f for f in found if f)


@lru_cache(maxsize=65536)
def core(label: str) -> tuple[str, str]:
    """A body's name without legal form and with the long form of a short end, and the legal form ("" if it has none).

    >>> core("医療法人みどり会"), core("北東医科大"), core("ケストレル社"), core("Waldauer AG")
    (('みどり会', '医療法人'), ('北東医科大学', ''), ('ケストレル', ''), ('waldauer', ''))
    """
    name, form = label, ""
    for text in sorted(parts("legal"), key=len, reverse=True):
        if len(name) > len(text) + 1 and (name.startswith(text) or name.endswith(text)):
            name, form = name.removeprefix(text).removesuffix(text), text
            break
    plain = normal_name(name)
    if re.fullmatch(r"[ァ-ヴー0-9a-z]+社", plain):
        plain = plain[:-1]
    for text, long in _endings():
        if plain.endswith(text) and len(plain) > len(text) + 1:
            return plain.removesuffix(text) + long, form
    return plain, form


@cache
def _endings() -> list[tuple[str, str]]:
    """Short ends of names of bodies with the long ones, the longest first, since 教委 ends in 委 too."""
    bodies = {row["short"]: row["long"] for row in lexicon.rows("shortened") if row["of"] == "body"}
    found = [(short.lower(), long) for short, long in (bodies | parts("ending")).items()]
    return sorted(found, key=lambda ending: -len(ending[0]))


def names_of_person(label: str) -> list[str]:
    """The names of a foreigner's full name; the label itself if it is one name.

    >>> names_of_person("エリク・ソルハイムダル"), names_of_person("水野恵子")
    (['エリク', 'ソルハイムダル'], ['水野恵子'])
    """
    return [n for n in re.split(r"[\s・･=＝]+", unicodedata.normalize("NFKC", label)) if n]


def surname_fits(short: str, full: str, aliases: Iterable[str] = ()) -> int:
    """How well a short name fits a full name: 2 surely, 1 perhaps, 0 not at all.

    Args:
        short: the short name.
        full: the full name.
        aliases: short forms of the full name that an article uses itself; they settle where the surname ends.

    >>> surname_fits("林", "林田徹"), surname_fits("林田", "林田徹"), surname_fits("林", "林田徹", ["林田"]), surname_fits("田中", "田中")
    (1, 2, 0, 0)
    >>> surname_fits("Holbeck", "Diane Holbeck"), surname_fits("ホルベック", "Diane Holbeck"), surname_fits("森", "森山太郎")
    (2, 2, 0)
    """
    said, names = unicodedata.normalize("NFKC", short), names_of_person(full)
    if len(names) > 1:
        if said in names:
            return 2
        heard = consonants(said)
        return 2 if heard and len(heard) > 2 and heard in [consonants(n) for n in names] else 0
    if not full.startswith(said) or said == full or latin(full) is not None:
        return 0
    if known := [a for a in aliases if full.startswith(a) and len(a) < len(full)]:
        return 2 if said in known else 0
    size, whole = len(said), len(full)
    if said in parts("surname") or size == 2:
        return 2 if whole < 7 else 1
    if size == 1:
        return 1 if whole == 3 else 2 if whole == 2 else 0
    return 2 if size == 3 and whole >= 5 else 1 if size == 3 else 0


def keys(profile: Profile) -> tuple[set[str], set[str]]:
    """The keys under which an entity is found, and those under which it looks for others.

    Two entities are compared if one looks for a key of the other.
    """
    here, there = (_person_keys if profile.type == "Person" else _thing_keys)(profile)
    return {f"{profile.type} {k}" for k in here if k}, {f"{profile.type} {k}" for k in there if k}


def _person_keys(p: Profile) -> tuple[set[str], set[str]]:
    here: set[str] = set()
    there: set[str] = set()
    label = unicodedata.normalize("NFKC", p.label)
    names = names_of_person(label)
    if is_short(p.label):
        own = {f"= {label}"}  # for other surnames
        here, there = own | _at(own, p.bodies), own | _at(own, p.bodies)
    if is_short(p.label) or len(label) == 3:
        sought = {label, *_heard([label])}
        there |= sought | _at(sought, p.bodies | p.named)
    if len(names) > 1:
        parts_ = {*names, *_heard(names)}
        both = _heard(["".join(names)])
        return here | parts_ | _at(parts_, p.bodies) | both, there | both
    if not is_short(p.label):
        surnames = {label[:n] for n in (1, 2, 3) if n < len(label)}
        here |= surnames | _at(surnames, p.bodies)
    return here, there


def _at(names: Iterable[str], bodies: Iterable[str]) -> set[str]:
    """Names with a body: rare keys where the name alone is common."""
    return {f"{name} @ {body}" for name in names for body in bodies}


def _thing_keys(p: Profile) -> tuple[set[str], set[str]]:
    name = core(p.label)[0]
    said = latin(name)
    row = listed(p.type, p.label)
    same = {
        f"= {name}",
        *([f"t {row}"] if row else ()),
        *([f"~ {said}"] if said and len(said) > 2 else ()),
        *_heard([name]),
    }
    here = set(same)
    here |= {f"a {core(a)[0]}" for a in p.aliases if len(a) > 1 and a not in parts("generic")}
    there = same | ({f"a {name}"} if p.label not in parts("generic") else set())
    here |= {f"a {part}" for part in short_forms(name)} if p.type in ("Organization", "Event") else set()
    if p.type == "Place":
        here |= {f"= {rest}" for rest in [without_prefecture(p.label)] if rest}
        here |= {f"= {name[:-1]}"} if len(name) > 2 and name[-1] in TOWNS else set()
    if p.type == "Product":
        here |= {f"m {rest}" for _, rest in makers(p)}
        there.add(f"m {normal_name(p.label)}")
    return here, there


def short_forms(name: str) -> list[str]:
    """The beginnings and ends of a name that it may be called by, of at least two and three characters.

    >>> short_forms("青葉走ろう会")
    ['青葉', '青葉走', '青葉走ろ', '青葉走ろう', '葉走ろう会', '走ろう会', 'ろう会']
    """
    return [name[:n] for n in range(2, min(len(name), 9))] + [name[n:] for n in range(1, min(len(name) - 2, 7))]


@lru_cache(maxsize=16384)
def without_prefecture(place: str) -> str | None:
    """A town's name without the prefecture before it; None if there is none.

    >>> without_prefecture("静岡県蓑瀬市"), without_prefecture("蓑瀬市"), without_prefecture("北海道")
    ('蓑瀬市', None, None)
    """
    for text in parts("prefecture"):
        if place.startswith(text) and re.search(r"..[市町村区郡]$", place[len(text) :]):
            return place[len(text) :]
    return None


def makers(product: Profile) -> list[tuple[str, str]]:
    """The bodies that its articles name and its name begins with, each with the rest of the name.

    >>> makers(Profile("x", "Product", "青嶺のX1", named=frozenset(["青嶺", "青"])))
    [('青嶺', 'x1')]
    """
    name = normal_name(product.label)
    found = []
    for body in sorted(product.named, key=len, reverse=True):
        rest = name.removeprefix(body).removeprefix("の") if len(body) > 1 and name.startswith(body) else ""
        if len(rest) > 1 and rest not in parts("generic"):
            found.append((body, rest))
    return found[:1]


def spoken(names: Iterable[str]) -> set[str]:
    """The names, and what stands for them in any script.

    >>> sorted(spoken(["ケストレル", "青葉市"]))
    ["'kstr", 'ケストレル', '青葉市']
    """
    names = list(names)
    return {*names, *_heard(names)}


def _heard(names: Iterable[str]) -> set[str]:
    return {f"{HEARD}{heard}" for n in names if (heard := consonants(n)) and len(heard) > 2}
