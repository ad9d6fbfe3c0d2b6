"""How well entities are told apart and taken for one across the articles of a story (B³).

    python benchmarks/bench_entities.py [STORY …] [--annotated] [--plain] [--together] [--details] [--reports FILE]

STORY is a file; all of ``benchmarks/stories`` if none is given. An item is an entity of an article. B³ compares for each item the items
that have the same IRI in the end with those that are the same entity by annotation, over a whole story.

- "gold entities": each article's entities as annotated, called as the article calls them.
- "as read": the entities that the extractor reads. Items are those with a name that is annotated; ``found`` is the share of annotated
  entities of articles that have one. Joining what the extractor has split within an article counts here, too.

Stories whose number is divisible by three are for measuring only; ``--details`` shows no errors of theirs.
``--plain`` leaves out what compares articles (:mod:`kg.tracking.identity`), ``--together`` puts all stories into one store.
``--annotated`` reads nothing and takes seconds; ``--reports`` keeps what was read in a file, and takes it from there the next time.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kg import lexicon
from kg.model import Entity, Extent, Mention, Relation, Report
from kg.rdf import entity_iris
from kg.tracking.identity import identities
from kg.tracking.profiles import from_report, without_prefecture
from tests import stories

OWN = Path(__file__).parent / "stories"
#: What stands for an entity without naming it.
_NO_NAME = re.compile(r"同.|当社|当.|[市町村県区都府道]|運営会社|.*部長|2号機")

Items = list[tuple[str, str]]  #: (IRI in the end, entity by annotation)


@cache
def _titles() -> tuple[str, ...]:
    return tuple(sorted(lexicon.texts("titles"), key=len, reverse=True))


def spans(story: dict[str, Any], name: str, number: int) -> list[tuple[Extent, str, str]]:
    """Where an article names which entity, and the title behind the name, by annotation."""
    text = story["articles"][number]["text"]
    of: dict[str, list[str]] = defaultdict(list)
    for label in story["entities"]:
        for form in {label, *story.get("aliases", {}).get(label, ())}:
            of[form].append(label)
    settled = {(r["name"]): r["entity"] for r in _settled() if (r["story"], r["article"]) == (name, number + 1)}
    for label in [x for x, type_ in story["entities"].items() if type_ == "Place"]:
        if (whole := next((x for x in story["entities"] if without_prefecture(x) == label), None)) and whole != label:
            of[label] = [whole]  # some stories list both
    found, taken = [], [False] * len(text)
    for form in sorted(of, key=len, reverse=True):
        for m in re.finditer(re.escape(form), text):
            if any(taken[m.start() : m.end()]):
                continue
            taken[m.start() : m.end()] = [True] * len(form)
            label = of[form][0] if len(of[form]) == 1 else settled.get(form)
            if label is None or _NO_NAME.fullmatch(form):
                continue
            end, title = m.end(), ""
            if story["entities"][label] == "Person":
                size = next(
                    (n for n, (a, b) in enumerate(zip(form, label, strict=False)) if a != b), min(len(form), len(label))
                )
                if 0 < size < len(form):  # 瀬名社長: the name is 瀬名
                    end, title = m.start() + size, re.sub("^(前|元|新)", "", form[size:])
                else:
                    title = next((t for t in _titles() if text.startswith(t, end)), "")
            found.append((Extent(m.start(), end), label, title))
    return found


@cache
def _settled() -> tuple[dict[str, Any], ...]:
    lines = (OWN / "names.jsonl").read_text("utf-8").splitlines()
    return tuple(json.loads(line) for line in lines if line and not line.startswith("#"))


def annotated(story: dict[str, Any], name: str) -> list[tuple[Report, dict[str, str]]]:
    """Each article as a report of its entities, called as it calls them, and entity id → entity by annotation."""
    found = []
    for n, entry in enumerate(story["articles"]):
        article = stories.article(entry)
        forms: dict[str, dict[str, None]] = defaultdict(dict)
        titles: dict[str, set[str]] = defaultdict(set)
        mentions = spans(story, name, n)
        for extent, label, title in mentions:
            forms[label][extent.of(article.text)] = None
            titles[label] |= {title} - {""}
        ids = {label: f"e{i}" for i, label in enumerate(forms, 1)}
        entities = []
        for label, names in forms.items():
            longest = label if label in names else max(names, key=lambda f: (not f.isascii(), len(f)))
            others = tuple(f for f in names if f != longest)
            before = tuple(f"before {t}" for t in sorted(titles[label]))
            type_ = story["entities"][label]
            entities.append(Entity(ids[label], type_, longest, others, known(longest, type_), before))
        relations = [
            Relation(ids[p], "holdsPosition", ids[o], Extent(0, len(article.text)), {"title": t})
            for p, o, t in story.get("positions", ())
            if p in ids and o in ids and t in article.text
        ]
        report = Report(
            article, tuple(entities), tuple(Mention(x, ids[lab]) for x, lab, _ in mentions), relations=tuple(relations)
        )
        found.append((report, {i: label for label, i in ids.items()}))
    return found


def known(name: str, type_: str) -> tuple[str, ...]:
    """The Wikidata identifier of a name in the alias table, as the extractor adds it."""
    from ingest.names import gazetteer

    row = gazetteer().get(name)
    return (f"http://www.wikidata.org/entity/{row.wikidata}",) if row and row.wikidata and row.type == type_ else ()


def read(story: dict[str, Any], name: str, reports: list[Report]) -> list[tuple[Report, dict[str, str]]]:
    """What was read, with entity id → the annotated entity that most of its names mean."""
    found = []
    for n, report in enumerate(reports):
        gold = spans(story, name, n)
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for m in report.mentions:
            if m.anaphor:
                continue
            for extent, label, _ in gold:
                common = min(m.extent.end, extent.end) - max(m.extent.start, extent.start)
                if 2 * common >= max(len(m.extent), len(extent)):
                    votes[m.entity][label] += 1
        found.append((report, {e: min(v, key=lambda x: (-v[x], x)) for e, v in votes.items()}))
    return found


def items(articles: Iterable[tuple[Report, dict[str, str]]], plain: bool) -> Items:
    """The entities of all articles that have an annotated name, with the IRI that they have in the end."""
    profiles, found = [], []
    for report, gold in articles:
        iris = entity_iris(report)
        if not plain:
            profiles += list(from_report(report))
        found += [(iris[e], label) for e, label in gold.items()]
    same = {} if plain else identities(profiles).same
    return [(same[iri][0] if iri in same else iri, label) for iri, label in found]


def b_cubed(pairs: Items) -> tuple[float, float]:
    """Sums over the items of B³ precision and recall."""
    both, said, there = Counter(pairs), Counter(i for i, _ in pairs), Counter(g for _, g in pairs)
    return sum(n * n / said[i] for (i, _), n in both.items()), sum(n * n / there[g] for (_, g), n in both.items())


def show(title: str, scored: dict[str, Items], details: bool) -> None:
    """Print precision, recall and F of some stories, and the errors of those that may be looked at."""
    for part, wanted in (("learnt from", False), ("kept apart", True)):
        some = {n: x for n, x in scored.items() if stories.kept_apart(Path(n)) == wanted}
        size = sum(map(len, some.values()))
        if not size:
            continue
        sums = [b_cubed(x) for x in some.values()]
        p, r = sum(s[0] for s in sums) / size, sum(s[1] for s in sums) / size
        print(
            f"{title:28}{part:14}{len(some):3} stories {size:5} items  precision {p:.3f}  recall {r:.3f}  F {2 * p * r / (p + r):.3f}"
        )
        if details and not wanted:
            for name, pairs in some.items():
                for line in errors(pairs):
                    print(f"    {name}: {line}")


def errors(pairs: Items) -> list[str]:
    """What is two and should be one, and what is one and should be two."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    there: dict[str, Counter[str]] = defaultdict(Counter)
    for iri, label in pairs:
        said[iri][label] += 1
        there[label][iri] += 1
    split = [f"split {label}: {sorted(c.values(), reverse=True)}" for label, c in there.items() if len(c) > 1]
    return split + [f"JOINED {dict(c)}" for c in said.values() if len(c) > 1]


def extracted(names: dict[str, Path], kept: Path | None) -> dict[str, list[Report]]:
    """What the extractor reads of the stories' texts."""
    found: dict[str, list[Report]] = pickle.loads(kept.read_bytes()) if kept and kept.exists() else {}  # our own file
    if missing := [n for n in names if n not in found]:
        import ingest

        nlp = ingest.load()
        for n in missing:
            found[n] = [ingest.extract(stories.article(a), nlp) for a in stories.load(str(names[n]))["articles"]]
            if kept:
                kept.write_bytes(pickle.dumps(found))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "stories", nargs="*", metavar="STORY", type=Path, help="files; all of benchmarks/stories if none"
    )
    for flag in ("annotated", "plain", "together", "details"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("--reports", type=Path)
    args = parser.parse_args()
    names = {path.stem: path for path in args.stories or sorted(OWN.glob("*.json"))}
    loaded = {n: stories.load(str(path)) for n, path in names.items()}
    show("gold entities", {n: items(annotated(s, n), args.plain) for n, s in loaded.items()}, args.details)
    if args.annotated:
        return
    reports = extracted(names, args.reports)
    articles = {n: read(s, n, reports[n]) for n, s in loaded.items()}
    show("as read", {n: items(a, args.plain) for n, a in articles.items()}, args.details)
    whole = sum(
        len({label for _, label, _ in spans(s, n, i)}) for n, s in loaded.items() for i in range(len(s["articles"]))
    )
    got = sum(len(set(gold.values())) for a in articles.values() for _, gold in a)
    print(f"found {got / whole:.3f} of {whole} annotated entities of articles")


if __name__ == "__main__":
    main()
