"""Corrects the types of names, by evidence beside them and elsewhere in the article.

Takes names with the types that the reader proposes, changes them in place. Read :mod:`ingest.entities` first.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter

from ingest import shapes
from ingest.entities.forms import ACRONYM, is_short_for
from ingest.entities.name import Name
from ingest.entities.titles import titled
from ingest.names import Known, gazetteer
from ingest.recogniser import shape
from kg.model import EntityType

_FIRM_TAIL = re.compile(
    r"社(?!会|長|員|説)|株(?!主総)|の株|製(?:の|品|[ァ-ヺ])|の(?:広報|買収|決算|売上高|工場|店舗|経営陣|従業員)"
)

# What only a company has: GitHub の CEO である, Wizの共同創業者.
_HEAD = re.compile(
    r" ?の? ?(?:(?:共同)?(?:創業者|創設者)|CEO|CTO|CFO|COO|最高[一-龠A-Z]{1,8}責任者|社長|会長|広報担当者?)(?![一-龠])"
)


def _is_as_listed(n: Name, row: Known, text: str) -> bool:
    """Return whether a name is what the alias table says, although it is part of a person's name: デル, マイケル・デル.

    It is if its confidence is above 0.9, it is the row's label (not an alias), and no title follows.
    """
    return n.confidence > 0.9 and n.text == row.label and not titled(text, n.extent.end)


def typed(found: list[Name], text: str) -> list[Name]:
    """Correct the types of names in place, and return the names.

    The first of these that applies changes the type:

    1. a product whose head the article names (GitHub の CEO): organization, wherever the name stands;
    2. part of a person's full name: person;
    3. a person with ・, a part of which is a name followed by 社 or 株 more often than by titles: organization;
    4. a place or person of low confidence that is short for an organization: organization;
    5. a person that is followed by 社 or 株 more often than by titles: organization;
    6. the kind of thing right before the name (探査機「…」) gives its type, if the confidence is below 0.95;
    7. the alias table gives the type, if the confidence is low, or both types are easily confused (organization,
       product, event).

    Last, a Latin name in brackets after a person becomes a person, if 氏 or a particle follows.

    Args:
        found: names in order of the text.
        text: the article's text.
    """
    people = [n.text for n in found if n.type == "Person" and len(n.text) > 2 and n.confidence > 0.3]
    orgs = [n.text for n in found if n.type == "Organization" and len(n.text) > 3 and n.confidence > 0.5]
    firms: Counter[str] = Counter()
    persons: Counter[str] = Counter()
    led = {n.text for n in found if n.type != "Person" and _HEAD.match(text, n.extent.end)}
    for n in found:
        tail = text[n.extent.end : n.extent.end + 8]
        if _FIRM_TAIL.match(tail):
            firms[n.text] += 1
        if titled(text, n.extent.end):
            persons[n.text] += 1
    for n in found:
        row = gazetteer().get(n.text)
        full = next((p for p in people if is_short_for(n.text, p, "Person")), None) if n.type != "Person" else None
        kind: EntityType | None = None
        if n.type == "Product" and n.text in led:
            kind, reason = "Organization", "its head is named"
        elif (
            full
            and not (row and row.type != "Person" and _is_as_listed(n, row, text))
            and (shape(n.text) != "C" or titled(text, n.extent.end))
        ):
            kind, reason = "Person", f"part of {full}"
        elif (
            n.type == "Person"
            and "・" in n.text
            and not persons[n.text]
            and any(firms[part] > persons[part] for part in n.text.split("・"))
        ):
            kind, reason = "Organization", "a part of it is a firm by what follows"
        elif (
            n.type in ("Place", "Person")
            and n.confidence < 0.7
            and not row
            and not persons[n.text]
            and any(is_short_for(n.text, o, "Organization") for o in orgs)
        ):
            kind, reason = "Organization", "short for a firm"
        elif n.type == "Person" and firms[n.text] > persons[n.text] and shape(n.text) in ("K", "A", "Aa"):
            kind, reason = "Organization", "a firm by what follows"
        elif n.confidence < 0.95 and (announced := shapes.kind_before(text, n.extent.start)) and announced != n.type:
            if (
                n.type != "Person"
                and not (row and row.type == n.type and n.text not in row.weak)
                and not titled(text, n.extent.end)
            ):
                kind, reason = announced, "by the kind of thing before it"
        elif row and n.text not in row.weak and row.type != n.type and len(n.text) > 2:
            if {row.type, n.type} <= {"Organization", "Product", "Event"} or n.confidence < 0.6:
                kind, reason = row.type, f"alias table: {row.type}"
        if kind and kind != n.type:
            n.reasons.append(reason)
            n.type = kind
            n.confidence = max(n.confidence, 0.75)
    _latin_in_brackets(found, text)
    return found


def _latin_in_brackets(found: list[Name], text: str) -> None:
    """Make a Latin name in brackets after a person a person, if 氏 or a particle follows: トーマス・ビニエ(ThomasVinje)氏."""
    for before, n in itertools.pairwise(found):
        gap = text[before.extent.end : n.extent.start]
        if before.type == "Person" and n.type != "Person" and gap in ("(", "（"):
            if (
                n.text.isascii()
                and re.match(r"[)）](?:氏|さん|は|が|・|、)", text[n.extent.end : n.extent.end + 3])
                and not ACRONYM.fullmatch(n.text)
            ):
                n.type = "Person"
                n.reasons.append(f"in brackets after {before.text}")
