"""What an antecedent must be: its type, gender, and whether it is a newspaper, a company or a country."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from kg import lexicon
from kg.model import Entity

_COUNTRY_TAIL = ("市", "県", "州", "区", "町", "村", "府", "都", "道", "島", "駅", "空港", "原発", "川", "山", "線")
#: Ends of the names of organizations that 同社 does not refer to.
_NO_COMPANY = (
    "省", "庁", "党", "政府", "委員会", "裁判所", "高裁", "地裁", "議会", "警察", "大学", "リーグ", "基金", "財団", "協会", "連盟",
    "市場", "連合", "国連", "EU",
)  # fmt: skip


@cache
def _press() -> tuple[str, ...]:
    return tuple(r["ends"] for r in lexicon.rows("press"))


def is_press(entity: Entity) -> bool:
    """Return whether an entity is a newspaper, agency or broadcaster, by the endings of its names.

    >>> is_press(Entity("e1", "Organization", "東都新聞")), is_press(Entity("e2", "Organization", "みどり銀行"))
    (True, False)
    """
    return entity.type == "Organization" and any(n.endswith(_press()) for n in (entity.label, *entity.aliases))


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


def fits(row: Mapping[str, Any], entity: Entity) -> bool:
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
        return not any(n.endswith(_NO_COMPANY) for n in names)
    return True
