"""What kind of thing a name names, by the evidence beside it and elsewhere in the article."""

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


def _itself(n: Name, row: Known, text: str) -> bool:
    """Whether a part of somebody's name is something known all the same: デル beside マイケル・デル, not an alias of a row."""
    return n.confidence > 0.9 and n.text == row.label and not titled(text, n.extent.end)


def typed(found: list[Name], text: str) -> list[Name]:
    """Types by evidence beside the name: a part of a person's full name is that person; 株, 社 follow a firm."""
    people = [n.text for n in found if n.type == "Person" and len(n.text) > 2 and n.confidence > 0.3]
    orgs = [n.text for n in found if n.type == "Organization" and len(n.text) > 3 and n.confidence > 0.5]
    firms: Counter[str] = Counter()
    persons: Counter[str] = Counter()
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
        if (
            full
            and not (row and row.type != "Person" and _itself(n, row, text))
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
        elif n.confidence < 0.95 and (said := shapes.kind_before(text, n.extent.start)) and said != n.type:
            if (
                n.type != "Person"
                and not (row and row.type == n.type and n.text not in row.weak)
                and not titled(text, n.extent.end)
            ):
                kind, reason = said, "by the kind of thing before it"
        elif row and n.text not in row.weak and row.type != n.type and len(n.text) > 2:
            if {row.type, n.type} <= {"Organization", "Product", "Event"} or n.confidence < 0.6:
                kind, reason = row.type, f"alias table: {row.type}"
        if kind and kind != n.type:
            n.reasons.append(reason)
            n.type = kind
            n.confidence = max(n.confidence, 0.75)
    for before, n in itertools.pairwise(found):  # トーマス・ビニエ(ThomasVinje)氏
        gap = text[before.extent.end : n.extent.start]
        if before.type == "Person" and n.type != "Person" and gap in ("(", "（"):
            if (
                n.text.isascii()
                and re.match(r"[)）](?:氏|さん|は|が|・|、)", text[n.extent.end : n.extent.end + 3])
                and not ACRONYM.fullmatch(n.text)
            ):
                n.type = "Person"
                n.reasons.append(f"in brackets after {before.text}")
    return found
