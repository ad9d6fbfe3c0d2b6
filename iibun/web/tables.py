"""The store as pandas frames of claims, articles, entities and links, with people's judgements applied.

The whole store is read once, then only what changes (:class:`Reader`). Pages filter and count in memory, which is fast also
for large stores. Corrections replace what was extracted, and merged entities appear as the one that they were merged into.
Read :mod:`iibun.web.pieces` first.
"""

from __future__ import annotations

import threading
import weakref
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iibun.web import answers
from iibun.web.finding import Finder, entries
from iibun.web.pieces import Ask, Piece, Pieces, triple
from iibun.web.search import Index, Results
from kg.attribution import doubt
from kg.tracking.verdicts import state_of
from kg.vocab import IIB

if TYPE_CHECKING:
    import pandas as pd

    from kg.store import Store

NOTHING = IIB.nobody.value  #: the value of a correction that removes a value
AGREEING = ("restates", "supports")
OPPOSING = ("contradicts", "revises")


def today() -> date:
    """The day with which due dates are compared; tests replace it."""
    return date.today()


@dataclass(frozen=True, eq=False)
class Tables:
    """Frames of one state of the store; shared between sessions, so don't change them.

    They are compared by identity, so that they can be part of a cache key (``answers.remembered``).

    ``claims`` (by IRI): article, title, text, published, modality, polarity, speech, confidence, sources, about, topics
    (tuples), source_text, doubt (``Attribution`` or None), review, verdict, probability, prediction, due_start, due_end,
    due_text, due_undated, criterion, resolvable, agreeing, opposing, state. ``articles`` (by IRI): title, publisher, url, published, illustration, claims.
    ``entities`` (by IRI): type, label, wikidata, names (tuple), mentions, articles, said, about. ``links`` between
    claims that are there and not rejected: link, type, later, earlier, score, state.
    """

    claims: pd.DataFrame
    articles: pd.DataFrame
    entities: pd.DataFrame
    links: pd.DataFrame
    merged: dict[str, str]
    relations: list[tuple[str, str, str, str, int]]  # article, subject, predicate, object, how often
    base: Base
    hidden: frozenset[str]  # what a search must not find: merged entities and rejected claims
    changed: frozenset[str]  # what people changed or added, or what they merged said; searched in its present form

    def label(self, entity: str) -> str:
        """The name of an entity; its IRI if it has none."""
        labels = self._labels
        return labels.get(entity, entity)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return dict(zip(self.entities.index, self.entities["label"], strict=True))

    def family(self, entity: str) -> list[str]:
        """An entity and those that were merged into it."""
        return [entity, *(one for one, into in self.merged.items() if into == entity)]

    def who(self, claim: Any) -> str:
        """The names of a claim's sources, or else the words of the text for the source; empty if there are none."""
        names = "、".join(map(self.label, claim["sources"]))
        return names or claim["source_text"] or ""

    @cached_property
    def proposed(self) -> set[str]:
        """The claims of links on which nobody has decided yet."""
        some = self.links[self.links["state"] == "proposed"]
        return {*some["later"], *some["earlier"]}

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """The claims that are predictions."""
        return self.claims[self.claims["prediction"]]

    @cached_property
    def predicted(self) -> Counter[str]:
        """The number of predictions in each article, without rejected ones."""
        return Counter(self.by_due["article"])

    @cached_property
    def unreviewed(self) -> Counter[str]:
        """The number of claims in each article on which nobody has decided yet."""
        return Counter(self.claims["article"].to_numpy()[self.claims["review"].isna().to_numpy()])

    @cached_property
    def by_due(self) -> pd.DataFrame:
        """The predictions that are not rejected, by due date; those without a due date last."""
        kept = self.predictions[(self.predictions["review"] != "rejected").to_numpy()]
        days = [day.toordinal() if day is not None and day == day else date.max.toordinal() for day in kept["due_end"]]
        return kept.iloc[sorted(range(len(days)), key=days.__getitem__)]

    def search(self, query: str) -> Results:
        """The results of a search, best first, without rejected claims and merged entities."""
        return self._finder.search(query)

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.base, self.entities, self.articles, self.claims, self.hidden, self.changed)


@dataclass
class Base:
    """The frames as extracted from the articles, before judgements, and the search index over them."""

    generation: int
    claims: pd.DataFrame
    entities: pd.DataFrame
    articles: pd.DataFrame
    relations: list[tuple[str, str, str, str, int]]  # article, subject, predicate, object, how often
    mentions: dict[str, Counter[str]]  # article → how often it mentions each entity

    @cached_property
    def index(self) -> Index:
        """Everything that the search box finds."""
        return Index(entries(self.entities, self.articles, self.claims))


class Reader:
    """Reads the tables of a store; each time only what has changed since the last time."""

    def __init__(self) -> None:
        self._pieces = Pieces()
        self._base: Base | None = None
        self._lock = threading.Lock()

    @property
    def begun(self) -> bool:
        """Whether the store has been read once."""
        return self._base is not None

    def read(self, ask: Ask) -> Tables:
        """The tables of the store's present state; ``ask(name, **bindings)`` gives the rows of the queries ``table_*``."""
        with self._lock:
            articles = ask("table_articles")
            self._pieces.refresh(ask, articles)
            if self._base is None or self._base.generation != self._pieces.generation:
                self._base = _base(self._pieces, articles)
            return _tables(ask, self._base, self._pieces.added)


_readers: weakref.WeakKeyDictionary[Any, Reader] = weakref.WeakKeyDictionary()
_kept: weakref.WeakKeyDictionary[Any, tuple[tuple[str, date], Tables]] = weakref.WeakKeyDictionary()


def current() -> Tables:
    """The tables of the store that the pages show, cached until the store changes or the day is over."""
    store = answers.store()
    return answers.remembered(("tables", today()), lambda: of(store))


def of(store: Store) -> Tables:
    """The tables of any store; read again only if it has changed, or the day is over."""
    from kg import queries

    state = store.version, today()
    if (kept := _kept.get(store)) is None or kept[0] != state:
        reader = _readers.setdefault(store, Reader())
        kept = state, reader.read(lambda name, **bindings: queries.ask(store, name, **bindings))
        _kept[store] = kept
    return kept[1]


def ready() -> bool:
    """Whether the store that the pages show has been read once, so that :func:`current` is fast."""

    return answers.store() in _readers and _readers[answers.store()].begun


def tables(ask: Ask) -> Tables:
    """The tables of a store, read once; ``ask`` as for :meth:`Reader.read`."""
    return Reader().read(ask)


_COLUMNS = (
    "article", "title", "text", "modality", "polarity", "speech", "confidence", "source_text", "prediction", "due_start",
    "due_end", "due_text", "due_undated", "criterion", "resolvable",
)  # fmt: skip


def _base(pieces: Pieces, articles: list[dict[str, Any]]) -> Base:
    """The frames before judgements, from all pieces and the rows of ``table_articles``."""
    import pandas as pd

    frame = pd.DataFrame(
        articles, columns=["article", "title", "publisher", "url", "published", "illustration"], dtype=object
    ).drop_duplicates("article")
    frame = frame.set_index("article")
    frame["illustration"] = [value is True for value in frame["illustration"]]
    published = {row["article"]: row["published"] for row in articles}
    claims = _claims((p.claims for p in pieces.by_article.values()), published)
    merged: dict[str, dict[str, Any]] = {}
    mentions: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for piece in pieces.by_article.values():
        for iri, entity in piece.entities.items():
            known = merged.setdefault(iri, {"type": entity.get("type"), "labels": {}, "names": {}, "same": {}})
            for column in ("labels", "names", "same"):
                known[column].update(dict.fromkeys(entity.get(column, ())))
        mentions.update(piece.mentions)
        within.update(piece.mentions.keys())
    rows = {
        iri: (
            e["type"], min(e["labels"], default=iri), min(e["same"], default=None),
            tuple(dict.fromkeys((*e["labels"], *e["names"]))), mentions[iri], within[iri],
        )
        for iri, e in merged.items()
    }  # fmt: skip
    relations = [(article, *stated, n) for article, p in pieces.by_article.items() for stated, n in p.relations.items()]
    within_articles = {article: p.mentions for article, p in pieces.by_article.items()}
    return Base(pieces.generation, claims, _entity_frame(rows), frame, relations, within_articles)


def _entity_frame(rows: dict[str, tuple[Any, ...]]) -> pd.DataFrame:
    """A frame of entities from rows of type, label, Wikidata IRI, names, mentions, articles; None is not made NaN."""
    import pandas as pd

    index = pd.Index(list(rows), dtype=object)
    columns = ("type", "label", "wikidata", "names", "mentions", "articles")
    return pd.DataFrame(
        {
            name: pd.Series([row[i] for row in rows.values()], index=index, dtype=int if i > 3 else object)
            for i, name in enumerate(columns)
        },
        index=index,
    )


def _claims(groups: Iterable[dict[str, dict[str, Any]]], published: dict[str, date | None]) -> pd.DataFrame:
    """A frame of claims, the newest first."""
    import pandas as pd

    rows = [(iri, c) for group in groups for iri, c in group.items() if c.get("text") and c.get("article")]
    rows.sort(key=lambda row: published.get(row[1]["article"]) or date.min, reverse=True)
    index = pd.Index([iri for iri, _ in rows], dtype=object)
    frame = pd.DataFrame(index=index)
    for name in _COLUMNS:
        frame[name] = pd.Series([c.get(name) for _, c in rows], index=index, dtype=object)
    for name in ("sources", "about", "topics"):
        frame[name] = pd.Series([tuple(sorted(set(c.get(name, ())))) for _, c in rows], index=index, dtype=object)
    frame["doubt"] = pd.Series([doubt(c.get("speakers", ())) for _, c in rows], index=index, dtype=object)
    frame["published"] = pd.Series([published.get(c["article"]) for _, c in rows], index=index, dtype=object)
    frame["confidence"] = [1.0 if value is None else float(value) for value in frame["confidence"]]
    frame["due_undated"] = [value is True for value in frame["due_undated"]]
    frame["prediction"] = pd.Series([value is True for value in frame["prediction"]], index=index, dtype=bool)
    for name in ("review", "verdict", "probability"):
        frame[name] = pd.Series([None] * len(rows), index=index, dtype=object)
    return frame[~frame.index.duplicated()]


def _tables(ask: Ask, base: Base, added: Piece) -> Tables:
    """The tables: the base with people's judgements applied, and with what they added."""
    import pandas as pd

    merged = {row["entity"]: row["into"] for row in ask("table_merged")}
    links = pd.DataFrame(
        ask("table_links"), columns=["link", "type", "later", "earlier", "score", "state"], dtype=object
    )
    links["state"] = pd.Series(
        ["proposed" if state in (None, "open") else state for state in links["state"]], index=links.index, dtype=object
    )
    frame = base.claims.copy()
    if added.claims:
        days = base.articles["published"].to_dict()
        extra = _claims([added.claims], days)
        frame = pd.concat([extra, frame[~frame.index.isin(extra.index)]])
    changes: dict[str, dict[str, Any]] = {}
    for row in ask("table_judged"):
        found = changes.setdefault(row["claim"], {})
        said = {("review" if k == "state" else k): v for k, v in row.items() if k != "claim" and v is not None}
        found.update({k: None if v == NOTHING else v for k, v in said.items()})
    for row in ask("table_corrected_entities"):
        column = "sources" if row["role"] == "source" else "about"
        chosen = () if row["entity"] == NOTHING else (row["entity"],)
        before = changes.setdefault(row["claim"], {}).get(column, ())
        changes[row["claim"]][column] = (*before, *chosen)
    at = {iri: i for i, iri in enumerate(frame.index)}
    known = {iri: fields for iri, fields in changes.items() if iri in at}
    for column in {name for fields in known.values() for name in fields} & set(frame.columns):
        values = frame[column].tolist()
        for iri, fields in known.items():
            if column in fields:
                values[at[iri]] = fields[column]
        frame[column] = pd.Series(values, index=frame.index, dtype=bool if column == "prediction" else object)
    if merged:
        for column in ("sources", "about"):
            frame[column] = pd.Series(
                [tuple(sorted({merged.get(e, e) for e in s})) if s else s for s in frame[column]],
                index=frame.index, dtype=object,
            )  # fmt: skip
    frame["doubt"] = frame["doubt"].where(frame["review"].isna(), None)  # what people decide is beyond doubt
    counting = frame.index[(frame["review"] != "rejected").to_numpy()]
    links = links[links["later"].isin(counting) & links["earlier"].isin(counting)]
    kept = links[links["state"] != "rejected"]
    for name, types in (("agreeing", AGREEING), ("opposing", OPPOSING)):
        some = kept[kept["type"].isin(types)]
        counts = Counter([*some["later"], *some["earlier"]])
        frame[name] = [counts.get(iri, 0) for iri in frame.index] if counts else 0
    now = today()
    frame["state"] = pd.Series(
        [
            state_of(end, verdict, now) if prediction else None
            for end, verdict, prediction in zip(frame["due_end"], frame["verdict"], frame["prediction"], strict=True)
        ],
        index=frame.index, dtype=object,
    )  # fmt: skip
    articles = base.articles.copy()
    kept = frame[(frame["review"] != "rejected").to_numpy()]
    per_article = Counter(kept["article"])
    articles["claims"] = [per_article.get(iri, 0) for iri in articles.index]
    hidden = frozenset(merged) | frozenset(frame.index[frame["review"] == "rejected"])
    changed = {*known, *added.claims, *added.entities, *merged.values(), *_said_by(base.claims, merged)}
    return Tables(
        frame, articles, _entities(ask, base, kept, merged, added), links, merged, _relations(ask, base), base, hidden,
        frozenset(changed),
    )  # fmt: skip


def _said_by(claims: pd.DataFrame, entities: Collection[str]) -> Iterable[str]:
    """The claims of which one of some entities is a source, or that are about one."""
    if entities:
        for iri, sources, about in zip(claims.index, claims["sources"], claims["about"], strict=True):
            if any(e in entities for e in (*sources, *about)):
                yield iri


def _relations(ask: Ask, base: Base) -> list[tuple[str, str, str, str, int]]:
    """The relations of the articles, without those that people rejected and with those that they added."""
    rows = ask("table_judged_relations")
    if not rows:
        return base.relations
    counts = Counter({(article, s, p, o): n for article, s, p, o, n in base.relations})
    for r in rows:
        counts[(r["article"], *triple(r))] += -1 if r["refused"] else 1
    return [(article, s, p, o, n) for (article, s, p, o), n in counts.items() if n > 0]


def _mentions(ask: Ask, base: Base, merged: dict[str, str]) -> dict[str, Counter[str]]:
    """Counts of mentions that judgements changed (merges, corrected mentions): entity → article → how often."""
    moved = ask("table_judged_mentions")
    changed = {*merged, *merged.values(), *(r["was"] for r in moved if r["was"]), *(r["entity"] for r in moved)}
    if not changed:
        return {}
    found: dict[str, Counter[str]] = {entity: Counter() for entity in changed}
    for article, counts in base.mentions.items():
        for entity in changed & counts.keys():
            found[entity][article] += counts[entity]
    for r in moved:
        if r["was"]:
            found[r["was"]][r["article"]] -= r["mentions"]
        found[r["entity"]][r["article"]] += r["mentions"]
    for entity, into in merged.items():
        found[into].update(found[entity])
    return {entity: +counts for entity, counts in found.items()}


def _entities(ask: Ask, base: Base, claims: pd.DataFrame, merged: dict[str, str], added: Piece) -> pd.DataFrame:
    """The frame of entities after judgements, those that say most first; ``claims`` are those that count."""
    import pandas as pd

    frame = base.entities.copy()
    new = {iri: e for iri, e in added.entities.items() if iri not in frame.index}
    if new:  # split from another entity, or added by people
        names = {
            iri: tuple(dict.fromkeys((*e.get("labels", ()), *e.get("names", ())))) or (iri,) for iri, e in new.items()
        }
        rows = {iri: (new[iri].get("type"), min(n), None, n, 0, 0) for iri, n in names.items()}
        frame = pd.concat([frame, _entity_frame(rows)])
    for entity, into in merged.items():
        if entity in frame.index and into in frame.index:
            one, other = frame.loc[into], frame.loc[entity]
            frame.at[into, "names"] = tuple(dict.fromkeys((*one["names"], *other["names"])))
    for entity, where in _mentions(ask, base, merged).items():
        if entity in frame.index:
            frame.at[entity, "mentions"], frame.at[entity, "articles"] = where.total(), len(where)
    frame = frame[~frame.index.isin(list(merged))].copy()
    for column, role in (("said", "sources"), ("about", "about")):
        counts = Counter(e for values in claims[role] for e in values)
        frame[column] = [counts.get(iri, 0) for iri in frame.index]
    return frame.sort_values(["said", "mentions"], ascending=False, kind="stable")
