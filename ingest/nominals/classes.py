"""Classes of nouns without a name, by their endings: title, person, group, document, body or thing."""

from __future__ import annotations

import re
from functools import cache

from kg import lexicon

ROLE = re.compile(
    r"(社長|会長|代表|首相|大統領|長官|大臣|外相|財務相|国防相|[^\s]{1,3}相|知事|市長|議長|議員|教授|監督|選手|容疑者|被告|裁判長|党首|幹事長|委員長|総裁|頭取|CEO|氏|医師|司教|判事|元帥|将軍|補佐官|局長|所長|理事長|被告人|報道官|次官|[一-龥]長|学長|総長|会頭|主将|主席)$"
)


@cache
def _kinds() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return ``speakers.jsonl`` by ending: the class, and longer endings that are excepted."""
    return {row["ends"]: (row["class"], tuple(row.get("except", ()))) for row in lexicon.rows("speakers")}


@cache
def _longest() -> int:
    return max(map(len, _kinds()))


def noun_class(words: str) -> str:
    """Return the class of a noun: title, person, group, doc, body, or thing.

    The longest ending in ``data/lexicon/speakers.jsonl`` decides. A noun without such an ending is a thing, and
    things do not speak.

    >>> noun_class("関係者"), noun_class("売上高"), noun_class("署長"), noun_class("成長")
    ('person', 'thing', 'title', 'thing')
    """
    for size in range(min(_longest(), len(words)), 0, -1):
        kind, others = _kinds().get(words[-size:], ("", ()))
        if kind and not words.endswith(others):
            return kind
    return "thing"


@cache
def _offices() -> tuple[str, ...]:
    return tuple(r["text"] for r in lexicon.rows("titles") if r["kind"] == "title" and len(r["text"]) > 1)


def is_role(words: str) -> bool:
    """Return whether a noun ends in an office or profession that follows names, and so may refer to such a person.

    >>> is_role("常務"), is_role("同主任研究員"), is_role("関係者")
    (True, True, False)
    """
    return ROLE.search(words) is not None or words.endswith(_offices())
