"""How well two entities of different articles fit, by their names and by what the articles say of them.

Read :mod:`kg.tracking.profiles` first; :mod:`kg.tracking.identity` decides by these bonds which entities are one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from kg.names import is_short, normal_name, parts
from kg.romanization import consonants, latin
from kg.tracking.profiles import (
    HEARD,
    TOWNS,
    Profile,
    core,
    listed,
    makers,
    plain_titles,
    short_forms,
    spoken,
    surname_fits,
    without_prefecture,
)

#: How well two entities fit: the entity is taken for the other, if alone, from FITS on.
SURE, FITS, PERHAPS, NO = 3, 2, 1, 0


@dataclass(frozen=True, slots=True)
class Bond:
    """That two entities may be one.

    Attributes:
        short, full: the entity that has less of a name, and the one that it may be.
        strength: PERHAPS, FITS or SURE.
        reasons: what speaks for it and against it, as codes that ``iibun.i18n.reasons`` words.
    """

    short: Profile
    full: Profile
    strength: int
    reasons: tuple[str, ...]

    @property
    def of_whole_names(self) -> bool:
        """Whether neither name is short for the other."""
        if self.short.type == "Person":
            return not is_short(self.short.label) and not surname_fits(self.short.label, self.full.label)
        return not self.reasons[0].startswith(("called so", "with its", "part of"))


def person_bond(p: Profile, q: Profile) -> Bond | None:
    """How well a surname fits a full name, or two full names in two scripts; None for two surnames and what does not fit."""
    full = [x for x in (p, q) if not is_short(x.label)]
    fit = 0
    short = p
    for short, whole in ((p, q), (q, p)):
        if whole in full and (fit := surname_fits(short.label, whole.label, whole.aliases)):
            break
    if not fit:
        return _two_scripts(p, q) if len(full) == 2 else None
    strength, reasons = in_common(short, whole)
    if fit == 1:  # 林 may be short for 林健太 and for 林田徹
        strength = min(strength, FITS if len(short.label) == 3 and strength == SURE else PERHAPS)
    return Bond(short, whole, strength, reasons) if strength else None


def in_common(p: Profile, f: Profile) -> tuple[int, tuple[str, ...]]:
    """What two persons whose names fit have in common: how much it says, and in words."""
    bodies = sorted(p.bodies & f.bodies)
    titles = same_titles(p.posts, f.posts)
    other = (_titles_differ(p, f),) if p.posts and f.posts and not titles else ()
    if bodies:
        return PERHAPS if other else SURE, (f"same organization: {bodies[0]}", *other)
    akin = [x for x in sorted(p.bodies) for y in f.bodies if _akin(x, y)]
    if akin and titles:
        return FITS, (f"same office: {min(titles)}", f"its organization is named: {akin[0]}")
    if p.bodies and f.bodies and not akin:
        return NO, ()
    there = _there(f, p) or _there(p, f)
    shared = _shared(p, f)
    if other:
        return (PERHAPS, (f"its organization is named: {there}", *other)) if there else (NO, ())
    if titles and there:
        return SURE, (f"same office: {min(titles)}", f"its organization is named: {there}")
    if titles and shared:
        return FITS, (f"same office: {min(titles)}", f"both name: {shared[0]}")
    if there:
        return FITS if shared else PERHAPS, (f"its organization is named: {there}",)
    return (PERHAPS, (f"both name: {shared[0]}",)) if shared else (NO, ())


def _there(f: Profile, p: Profile) -> str | None:
    """The key of a body where one person holds an office and that the articles of the other name."""
    there = sorted(spoken(f.bodies) & p.named) or [
        b for b in sorted(f.bodies) for n in p.named if len(n) > 2 and _akin(n, b)
    ]
    return there[0] if there else None


def _akin(x: str, y: str) -> bool:
    """Whether one name of a body begins or ends with the other (走ろう会, 常盤走ろう会)."""
    short, long = sorted((x, y), key=len)
    return len(short) > 1 and (long.startswith(short) or long.endswith(short))


def _shared(p: Profile, q: Profile) -> list[str]:
    """What the articles of both name besides the two, names as they are written first."""
    own = spoken(normal_name(n) for x in (p, q) for n in (x.label, *x.aliases))
    return sorted((p.around & q.around) - own, key=lambda k: (k.startswith(HEARD), k))


def same_titles(a: Collection[str], b: Collection[str]) -> set[str]:
    """The titles of ``a`` that are also in ``b``, as they are or as the end of a longer one.

    >>> same_titles(["社長"], ["代表取締役社長"]), same_titles(["社長"], ["副社長"]), same_titles(["会長"], [])
    ({'社長'}, set(), set())
    """
    return {min(x, y, key=len) for x in a for y in b if _same_title(x, y) or _same_title(y, x)}


def _same_title(short: str, long: str) -> bool:
    if not long.endswith(short) or len(short) < 2:
        return short == long
    return not long.removesuffix(short).endswith(("副", "準", "名誉", "元", "補佐"))


def _titles_differ(p: Profile, f: Profile) -> str:
    return f"other office: {min(p.posts)} / {min(f.posts)}"


def _two_scripts(p: Profile, q: Profile) -> Bond | None:
    """Two full names that sound the same in two scripts (マルコ・フェリーニ, Marco Ferrini)."""
    short, full = sorted((p, q), key=lambda x: (not x.label.isascii(), x.label))
    if not (short.label.isascii() and not full.label.isascii()):
        return None
    shared, bodies = (
        _shared(p, q),
        sorted(p.bodies & q.bodies or spoken(p.bodies) & q.named or spoken(q.bodies) & p.named),
    )
    why = f"in another script: {full.label}"
    if p.posts and q.posts and not same_titles(p.posts, q.posts):
        return Bond(short, full, PERHAPS, (why, _titles_differ(p, q)))
    if shared or bodies:
        return Bond(short, full, FITS, (why, f"both name: {(shared or bodies)[0]}"))
    return Bond(short, full, PERHAPS, (why,))


def thing_bond(p: Profile, q: Profile) -> Bond | None:
    """How well two names of bodies, products, places or events fit."""
    a, b = core(p.label), core(q.label)
    shared = _shared(p, q)
    both = (f"both name: {shared[0]}",) if shared else ()
    short, full = sorted((p, q), key=rank)
    if a[0] == b[0]:
        if a[1] and b[1] and a[1] != b[1]:
            return Bond(short, full, PERHAPS, (f"other legal form: {a[1]} / {b[1]}", *both))
        return Bond(short, full, SURE, (f"same name but for its form: {full.label}",))
    if (row := listed(p.type, p.label)) and row == listed(q.type, q.label):
        return Bond(short, full, SURE, (f"one row of the alias table: {row}",))
    if p.type == "Place":
        return _town(p, q)
    if p.type == "Product" and (found := _made(p, q) or _made(q, p)):
        return found
    for x, y in ((p, q), (q, p)):
        if core(x.label)[0] in {core(n)[0] for n in y.aliases}:
            named = bool(shared or re.fullmatch("[A-Z]{4,}", x.label))
            return Bond(x, y, FITS if named else PERHAPS, (f"called so elsewhere: {y.label}", *both))
    heard = consonants(a[0]) == consonants(b[0]) and short.label.isascii() and not full.label.isascii()
    said = latin(a[0])
    if said is not None and (said == latin(b[0]) or heard):
        clear = bool(shared or (said == latin(b[0]) and len(said) > 5))
        return Bond(short, full, FITS if clear else PERHAPS, (f"in another script: {full.label}", *both))
    short, full = sorted((p, q), key=lambda x: len(core(x.label)[0]))
    named_in_part = p.type in ("Organization", "Event") and short.label not in parts("generic")
    if named_in_part and core(short.label)[0] in short_forms(core(full.label)[0]):
        return _shortened(short, full, shared)
    return None


def _shortened(short: Profile, full: Profile, shared: list[str]) -> Bond | None:
    """A body by the beginning or the end of its name: the same if the same person holds the same office there.

    So is a brand (ヒビキ for ヒビキセル) if its articles name two more things of the other's.
    """
    for name, title in sorted(short.officers):
        for other, post in sorted(full.officers):
            same = name == other or surname_fits(name, other) == 2 or surname_fits(other, name) == 2
            if same and same_titles(plain_titles(title), plain_titles(post)):
                return Bond(
                    short, full, FITS, (f"part of the name: {full.label}", f"the same person holds an office: {other}")
                )
    if not shared:
        return None
    whole, name = core(full.label)[0], core(short.label)[0]
    brand = re.fullmatch(r"[ァ-ヴー]{3,}|[a-z]{4,}", name) and whole.startswith(name)
    rest = whole.removeprefix(name)
    clear = brand and len(shared) > 1 and not re.fullmatch(r"\d+", rest) and rest not in parts("kin")
    return Bond(short, full, FITS if clear else PERHAPS, (f"part of the name: {full.label}", f"both name: {shared[0]}"))


def _town(p: Profile, q: Profile) -> Bond | None:
    for short, full in ((p, q), (q, p)):
        if without_prefecture(full.label) == short.label:
            return Bond(short, full, FITS, (f"with its prefecture: {full.label}",))
        if full.label[:-1] == short.label and full.label[-1] in TOWNS and (shared := _shared(p, q)):
            return Bond(short, full, FITS, (f"part of the name: {full.label}", f"both name: {shared[0]}"))
    return None


def _made(short: Profile, full: Profile) -> Bond | None:
    for maker, rest in makers(full):
        if rest == normal_name(short.label):
            known = maker in short.named
            return Bond(short, full, FITS if known else PERHAPS, (f"with its maker: {maker}",))
    return None


def against(a: Profile, b: Profile) -> bool:
    """Whether two people of one surname cannot be one: of one article, of other organizations, or of other offices."""
    if a.articles & b.articles or (a.bodies and b.bodies and not a.bodies & b.bodies):
        return True
    return bool(a.posts and b.posts) and not same_titles(a.posts, b.posts)


def rank(p: Profile) -> tuple[object, ...]:
    """Fuller names are greater: a full name, Japanese script, length; then the IRI, so that there is always one order."""
    return (p.type == "Person" and not is_short(p.label), not p.label.isascii(), len(p.label), p.label, p.entity)
