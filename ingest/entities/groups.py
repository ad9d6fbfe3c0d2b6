"""Groups the names of an article that refer to one entity.

Names belong together if they are the same string, lie in one row of the alias table, are an alias in brackets, a short
form, or another spelling. Takes names, returns groups of their indexes. Read :mod:`ingest.entities` and :mod:`.forms`
first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from ingest.entities.forms import alias_in_brackets, in_katakana, is_short_for, is_spelling_of, parent_of, unit_of
from ingest.entities.name import Name
from ingest.names import Known, gazetteer, normal_name
from kg.model import EntityType


class _Groups:
    """Union-find over the indexes ``0`` to ``n - 1``; the root of a group is its lowest index."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def root(self, i: int) -> int:
        while self.parent[i] != i:
            self.parent[i] = self.parent[self.parent[i]]
            i = self.parent[i]
        return i

    def join(self, i: int, j: int) -> None:
        a, b = self.root(i), self.root(j)
        if a != b:
            self.parent[max(a, b)] = min(a, b)


def group(found: Sequence[Name], text: str) -> list[list[int]]:
    """Group names that refer to one entity.

    Args:
        found: names in order of the text; reasons are added in place.
        text: the article's text.

    Returns:
        The indexes of each group in ascending order, groups in order of first mention.
    """
    groups = _Groups(len(found))
    rows = [known(n) for n in found]
    same: dict[tuple[str, str], int] = {}
    by_row: dict[tuple[int, str], list[int]] = {}
    for i, n in enumerate(found):
        key = (normal_name(n.text), n.type)
        if key in same:
            groups.join(i, same[key])
        same.setdefault(key, i)
        row = rows[i]
        if row is not None:
            k = (id(row), n.type)
            j = next((j for j in by_row.get(k, ()) if not parent_of(n.text, found[j].text)), None)
            if j is not None:
                groups.join(i, j)
            by_row.setdefault(k, []).append(i)
    for i in range(len(found) - 1):
        if alias_in_brackets(found[i], found[i + 1], text):
            groups.join(i, i + 1)
            found[i + 1].reasons.append(f"alias of {found[i].text} in brackets")
    by_form: dict[tuple[str, EntityType], int] = {}
    for i, n in enumerate(found):
        by_form.setdefault((n.text, n.type), i)
    for (short, kind), i in by_form.items():
        options = [
            (j, full)
            for (full, other), j in by_form.items()
            if other == kind and groups.root(i) != groups.root(j) and is_short_for(short, full, kind)
        ]
        if not options and kind == "Organization" and rows[i] is None and len(short) >= 2:
            # みなと for みなと証券, 経済犯罪庁 for 青海国経済犯罪庁, if all names that begin (or end) so are one entity
            longer = [(j, full) for (full, other), j in by_form.items() if other == kind and len(full) > len(short)]
            begun = [(j, f) for j, f in longer if f.startswith(short) and rows[j] is None and not unit_of(f, short)]
            ended = [(j, f) for j, f in longer if f.endswith(short) and len(short) >= 3]
            options = next((o for o in (begun, ended) if len({groups.root(j) for j, _ in o}) == 1), [])
        if not options:
            continue
        if kind != "Person" and rows[i] is not None and any(rows[j] is not None for j, _ in options):
            options = [(j, f) for j, f in options if rows[j] is None or rows[j] is rows[i]]
            if not options or (rows[i] is not None and not rows[i].weak and kind == "Organization"):  # type: ignore[union-attr]
                continue
        before = [o for o in options if o[0] < i]
        j, full = (before or options)[-1 if before else 0]
        groups.join(i, j)
        found[i].reasons.append(f"short for {full}")
    _join_spellings(found, groups, by_form)
    members: dict[int, list[int]] = defaultdict(list)
    for i in range(len(found)):
        members[groups.root(i)].append(i)
    return [members[k] for k in sorted(members)]


def _join_spellings(found: Sequence[Name], groups: _Groups, by_form: Mapping[tuple[str, EntityType], int]) -> None:
    """Join a person's name to another person, if it spells a part of only that name in another way.

    シュローダー is joined to マリア・シュレーダー. Only for names that are in no group with another form.
    """
    people = [(form, i) for (form, kind), i in by_form.items() if kind == "Person"]
    forms = Counter(groups.root(i) for _, i in people)
    parts = [(part, i) for form, i in people for part in form.split("・") if in_katakana(part)]
    for short, i in people:
        if forms[groups.root(i)] > 1 or not in_katakana(short):
            continue
        alike = {
            groups.root(j) for part, j in parts if abs(len(part) - len(short)) <= 2 and is_spelling_of(short, part)
        }
        if len(alike) == 1:
            groups.join(i, alike.pop())
            found[i].reasons.append("another spelling of a person's name")


def known(name: Name) -> Known | None:
    """Return the row of the alias table for a name, if the types agree."""
    row = gazetteer().get(name.text)
    return row if row and row.type == name.type else None
