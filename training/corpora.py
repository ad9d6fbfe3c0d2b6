"""The corpora of the name recogniser: each gives the name, the text and the names (start, end, type) of its texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import relations
from benchmarks.annotations import Annotated
from benchmarks.claims import passages

#: For each type of a corpus, our type.
WIKI = {
    "人名": "Person", "法人名": "Organization", "政治的組織名": "Organization", "その他の組織名": "Organization",
    "地名": "Place", "施設名": "Place", "製品名": "Product", "イベント名": "Event",
}  # fmt: skip
GSD = {
    "PERSON": "Person", "ORG": "Organization", "GPE": "Place", "LOC": "Place", "FAC": "Place", "PRODUCT": "Product",
    "WORK_OF_ART": "Product", "EVENT": "Event",
}  # fmt: skip
GSD_PARTS = ("train", "dev", "test")
_BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def wikipedia(folder: Path):
    """The sentences of ner-wikipedia-dataset, as name, text and names."""
    for row in json.loads((folder / "wikipedia/ner.json").read_text("utf-8")):
        yield "wiki", row["text"], [(*e["span"], WIKI[e["type"]]) for e in row["entities"]]


def gsd(folder: Path):
    """The sentences of UD_Japanese-GSD, as name, text and names."""
    for part in GSD_PARTS:
        text, names, open_name = "", [], None
        for line in [*(folder / f"gsd/{part}.bio").read_text("utf-8").splitlines(), ""]:
            if not line:
                if text:
                    yield "gsd", text, [(a, b, GSD[k]) for a, b, k in names if k in GSD]
                text, names, open_name = "", [], None
                continue
            word, _, tag = line.partition("\t")
            if re.search("[A-Za-z]$", text) and re.match("[A-Za-z]", word):
                text += " "
            start = len(text)
            text += word
            if tag[0] == "B":
                open_name = [start, len(text), tag[2:]]
                names.append(open_name)
            elif tag[0] == "I" and open_name and open_name[2] == tag[2:]:
                open_name[1] = len(text)
            else:
                open_name = None


def gold(folder: Path):
    """The gold articles, as name, text and names."""
    for path in sorted(folder.glob("*.gold.json")):
        doc = json.loads(path.read_text("utf-8"))
        stem = path.name.removesuffix(".gold.json")
        text = (folder / f"{stem}.txt").read_bytes().decode("utf-8")
        kinds = {e["id"]: e["type"] for e in doc["entities"]}
        yield (
            f"news:{stem}",
            text,
            [(m["start"], m["end"], kinds[m["entity"]]) for m in doc["mentions"] if not m.get("anaphor")],
        )


def annotated(prefix: str, articles: Iterable[Annotated]):
    """Annotated articles, as name, text and names.

    Args:
        prefix: for their names; ``news`` if the model for news trains on them.
        articles: the articles.
    """
    for name, text, doc in articles:
        kinds = {e["id"]: e["type"] for e in doc["entities"]}
        found = [(m["start"], m["end"], kinds[m["entity"]]) for m in doc["mentions"] if not m["anaphor"]]
        yield f"{prefix}:{name}", text, joined(text, found)


def sentences_of_names() -> Iterator[Annotated]:
    """Our own sentences with many names, ``benchmarks/names/passages.txt``."""
    lines = (_BENCHMARKS / "names" / "passages.txt").read_text("utf-8").splitlines()
    for n, line in enumerate(line for line in lines if not line.startswith("#")):
        yield relations.to_document(f"names{n:03}", {"text": line, "relations": []})


def practised() -> Iterator[Annotated]:
    """The practice passages of claims with their names, ``benchmarks/names/practice.jsonl``.

    A row lists the names in a passage. Each marks all its occurrences, the longest name first. A name that also
    occurs in other words is given in its context: ``«森»社長``.
    """
    here = _BENCHMARKS
    texts = {path.stem: passages(path) for path in sorted((here / "claims").glob("practice*.txt"))}
    for line in (here / "names" / "practice.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        file, _, number = row["key"].partition(":")
        text = texts[file][int(number)]
        mentions: list[dict[str, Any]] = []
        for form, kind in sorted(row["names"], key=lambda x: -len(name_in(x[0])[0])):
            name, before, after = name_in(form)
            for m in re.finditer(re.escape(before + name + after), text):
                start = m.start() + len(before)
                end = start + len(name)
                if not any(start < x["end"] and x["start"] < end for x in mentions):
                    mentions.append({"start": start, "end": end, "entity": kind, "anaphor": False})
        entities = [{"id": kind, "type": relations.TYPES[kind]} for kind in relations.TYPES]
        yield Annotated(
            row["key"], text, {"entities": entities, "mentions": sorted(mentions, key=lambda m: m["start"])}
        )


def name_in(form: str) -> tuple[str, str, str]:
    """The name in a row's entry, and the context before and after it.

    >>> name_in("«森»社長"), name_in("森")
    (('森', '', '社長'), ('森', '', ''))
    """
    if "«" not in form:
        return form, "", ""
    before, _, rest = form.partition("«")
    name, _, after = rest.partition("»")
    return name, before, after


# A place that is followed by a smaller one in an address.
_WHOLE = re.compile(r".+[都道府県州市]")


def joined(text: str, names: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The names with each address as one place, as gold mostly has them: 東京都|中央区."""
    out: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(names):
        before = out[-1] if out else (0, 0, "")
        if before[1:] == (start, kind) and kind == "Place" and _WHOLE.fullmatch(text[before[0] : start]):
            out[-1] = (before[0], end, kind)
        else:
            out.append((start, end, kind))
    return out
