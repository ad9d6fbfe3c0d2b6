"""Compare names across articles: the normal form of a name, and the key of an entity."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from kg import data, lexicon

_CORPORATE = re.compile(
    r"^(株式会社|有限会社|合同会社|一般社団法人|一般財団法人|公益財団法人|公益社団法人|独立行政法人|国立研究開発法人|\(株\)|㈱)"
    r"|(株式会社|有限会社|合同会社|\(株\)|,?\s*\b(inc|corp|co|ltd|llc|plc|gmbh|ag|sa|nv|se)\b\.?)+$"
)
_WIKIDATA = re.compile(r"entity[:/](Q\d+)$")
_SHORT = re.compile(r"^(.{1,2}|[ァ-ヴー]+|[A-Za-z]+)$")  # the shape of a surname alone
_JOINTS = re.compile(r"[\s・･·=＝‐‑‒–—―\-_'’`,.]+")


def normal_name(label: str) -> str:
    """The normal form of a name, equal for its spelling variants.

    It is NFKC and lower case, without legal form (株式会社, Inc.) and without spaces, dots and hyphens.

    Args:
        label: a name as written in a text or an alias table.

    Returns:
        The normal form; the label in NFKC and lower case if nothing else would be left.

    >>> normal_name("株式会社マイクロ・ソフト")
    'マイクロソフト'
    >>> normal_name("Ｏｐｅｎ AI, Inc.")
    'openai'
    """
    folded = unicodedata.normalize("NFKC", label).strip().lower()
    bare = _CORPORATE.sub("", folded).strip()
    return _JOINTS.sub("", bare) or _JOINTS.sub("", folded) or folded


def entity_key(iri: str, label: str) -> str:
    """The key by which an entity is compared with those of other articles: its normal name.

    An entity with a Wikidata id has the name of the alias table as its key, whatever the article calls it. So the key does not
    depend on which other articles are in the store.

    Args:
        iri: the entity's IRI.
        label: its name in its article.

    >>> entity_key("urn:iibun:entity:Q30", "米国"), entity_key("urn:iibun:entity:6f1c", "青葉 市")
    ('アメリカ合衆国', '青葉市')
    """
    known = _WIKIDATA.search(iri)
    return normal_name(_labels().get(known[1], label) if known else label)


def is_short(name: str) -> bool:
    """Whether a person's name is a surname alone, or one of the names of a foreigner, so that several people may have it.

    >>> [is_short(n) for n in ("田中", "佐々木", "スミス", "Smith", "水野恵子", "間島正", "ジョン・スミス")]
    [True, True, True, True, False, False, False]
    """
    return bool(_SHORT.match(name)) or name in parts("surname")


@cache
def parts(kind: str) -> dict[str, str]:
    """The rows of one kind of ``data/lexicon/name_parts.jsonl``: text → the long form, or the text itself.

    >>> parts("ending")["大"], "佐々木" in parts("surname")
    ('大学', True)
    """
    return {row["text"]: row.get("long") or row["text"] for row in lexicon.rows("name_parts") if row["kind"] == kind}


@cache
def _labels() -> dict[str, str]:
    """Wikidata id → name in the alias table; the first of several rows."""
    return {row["wikidata"]: row["label"] for row in reversed(data.rows("gazetteer.jsonl")) if row.get("wikidata")}


@cache
def table() -> dict[tuple[str, str], str]:
    """Type and name of the alias table → the main name of its first row; names that are also common words are left out."""
    found: dict[tuple[str, str], str] = {}
    for row in data.rows("gazetteer.jsonl"):
        weak = row.get("weak", ())
        for name in (row["label"], *row.get("aliases", ())):
            if name not in weak and len(name) > 1:
                found.setdefault((row["type"], name), row["label"])
    return found
