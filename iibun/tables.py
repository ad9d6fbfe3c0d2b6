"""The store as tables: claims, articles, entities and links as pandas frames, as they stand after judgements.

One read of the whole store, kept until it changes (:func:`tables`); pages filter and count in memory, which keeps a
hundred thousand claims under a second. Corrections replace what was read, merged entities are the one they were
merged into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iibun.search import Entry, Index

if TYPE_CHECKING:
    import pandas as pd

DUE_SOON = timedelta(days=30)
AGREEING = ("restates", "supports")
OPPOSING = ("contradicts", "revises")

Ask = Callable[..., list[dict[str, Any]]]


def today() -> date:
    """The day that due dates are compared with."""
    return date.today()


@dataclass(frozen=True)
class Tables:
    """Frames over one state of the store; don't change them, they are shared between readers.

    ``claims`` (by IRI): article, title, text, published, modality, polarity, speech, confidence, sources, about, topics
    (tuples), source_text, review, verdict, probability, prediction, due_start, due_end, due_text, criterion,
    resolvable, agreeing, opposing, state. ``articles`` (by IRI): title, publisher, url, published, illustration, claims.
    ``entities`` (by IRI): type, label, wikidata, names (tuple), mentions, articles, said, about. ``links``: link, type,
    later, earlier, score, state.
    """

    claims: pd.DataFrame
    articles: pd.DataFrame
    entities: pd.DataFrame
    links: pd.DataFrame
    merged: dict[str, str]

    def label(self, entity: str) -> str:
        """The name of an entity; its IRI if it has none."""
        labels = self._labels
        return labels.get(entity, entity)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return dict(zip(self.entities.index, self.entities["label"], strict=True))

    def who(self, claim: Any) -> str:
        """Who says it, in words: names, else the words for a source without a name, else empty."""
        names = "、".join(map(self.label, claim["sources"]))
        return names or claim["source_text"] or ""

    @property
    def predictions(self) -> pd.DataFrame:
        """The claims that are predictions."""
        return self.claims[self.claims["prediction"]]

    @cached_property
    def index(self) -> Index:
        """Everything that the search box finds."""
        return Index(self._entries())

    def _entries(self) -> Iterable[Entry]:
        for row in self.entities.itertuples():
            yield Entry("entity", row.Index, row.label, row.names, weight=float(row.mentions + row.said), detail=row.type)
        for row in self.articles.itertuples():
            yield Entry("article", row.Index, row.title or row.url or "", (row.publisher or "",), detail=row.published)
        for row in self.claims.itertuples():
            if row.review == "rejected":
                continue
            kind = "prediction" if row.prediction else "claim"
            title = row.title or row.text
            yield Entry(kind, row.Index, title, () if title == row.text else (row.text,), weight=row.confidence)


def current() -> Tables:
    """The tables of the store that the pages show, read once until it changes or the day does."""
    from iibun import pages

    return pages.remembered(("tables", today()), lambda: tables(pages.ask))


def tables(ask: Ask) -> Tables:
    """Read the frames with ``ask(name, **bindings)`` over the queries ``table_*``."""
    import pandas as pd

    merged = {row["entity"]: row["into"] for row in ask("table_merged")}
    links = pd.DataFrame(ask("table_links"), columns=["link", "type", "later", "earlier", "score", "state"])
    links["state"] = links["state"].fillna("proposed").replace("open", "proposed")
    claims = _claims(ask, links, merged)
    articles = pd.DataFrame(
        ask("table_articles"), columns=["article", "title", "publisher", "url", "published", "illustration"]
    ).drop_duplicates("article")
    articles = articles.set_index("article")
    for column in ("title", "publisher", "url"):
        articles[column] = articles[column].astype(object).where(articles[column].notna(), None)
    articles["illustration"] = articles["illustration"].map(bool)
    articles["claims"] = claims["article"].value_counts().reindex(articles.index, fill_value=0)
    return Tables(claims, articles, _entities(ask, claims, merged), links, merged)


def _claims(ask: Ask, links: pd.DataFrame, merged: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    columns = ["claim", "article", "title", "text", "published", "modality", "polarity", "speech", "confidence"]
    frame = pd.DataFrame(ask("table_claims"), columns=columns).drop_duplicates("claim").set_index("claim")
    corrections = ask("table_corrected_entities")
    fixed = {(row["claim"], row["role"]) for row in corrections}
    for role, query in (("source", "table_claim_sources"), ("about", "table_claim_about")):
        found: dict[str, list[str]] = {}
        for row in ask(query):
            if (row["claim"], role) not in fixed:
                found.setdefault(row["claim"], []).append(row["entity"])
        for row in corrections:
            if row["role"] == role:
                found.setdefault(row["claim"], [])
                if not row["entity"].endswith("nobody"):
                    found[row["claim"]].append(row["entity"])
        one = {claim: tuple(sorted({merged.get(e, e) for e in names})) for claim, names in found.items()}
        frame["sources" if role == "source" else "about"] = [one.get(claim, ()) for claim in frame.index]
    topics: dict[str, list[str]] = {}
    for row in ask("table_claim_topics"):
        topics.setdefault(row["claim"], []).append(row["topic"])
    frame["topics"] = [tuple(sorted(topics.get(claim, ()))) for claim in frame.index]
    texts = {row["claim"]: row["source_text"] for row in ask("table_claim_source_texts")}
    frame["source_text"] = pd.Series([texts.get(claim) for claim in frame.index], index=frame.index, dtype=object)

    due = {row["claim"]: row for row in ask("table_predictions")}
    frame["prediction"] = pd.Series([claim in due for claim in frame.index], index=frame.index, dtype=bool)
    for column in ("due_start", "due_end", "due_text", "criterion", "resolvable"):
        frame[column] = pd.Series([due.get(c, {}).get(column) for c in frame.index], index=frame.index, dtype=object)
    frame["review"] = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    frame["verdict"] = frame["review"]
    frame["probability"] = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    for row in ask("table_judged"):
        claim = row["claim"]
        if claim not in frame.index:
            continue
        for column, value in row.items():
            target = "review" if column == "state" else column
            if column != "claim" and value is not None:
                frame.at[claim, target] = value
    for column in ("title", "published", "speech", "source_text", "due_start", "due_end", "due_text", "criterion", "verdict", "review"):
        frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    frame["confidence"] = pd.to_numeric(frame["confidence"], errors="coerce").fillna(1.0).astype(float)
    kept = links[links["state"] != "rejected"]
    for name, types in (("agreeing", AGREEING), ("opposing", OPPOSING)):
        some = kept[kept["type"].isin(types)]
        counts = pd.concat([some["later"], some["earlier"]]).value_counts()
        frame[name] = counts.reindex(frame.index, fill_value=0).astype(int)
    frame["state"] = pd.Series(
        [
            state_of(end, verdict, today()) if prediction else None
            for end, verdict, prediction in zip(frame["due_end"], frame["verdict"], frame["prediction"], strict=True)
        ],
        index=frame.index, dtype=object,
    )  # fmt: skip
    order = frame["published"].map(lambda d: d or date.min)
    return frame.assign(_order=order).sort_values("_order", ascending=False, kind="stable").drop(columns="_order")


def state_of(due_end: date | None, verdict: str | None, on: date) -> str:
    """The state of a prediction: settled, overdue, due-soon (30 days) or open.

    >>> state_of(date(2026, 1, 31), None, date(2026, 1, 10)), state_of(None, None, date(2026, 1, 10))
    ('due-soon', 'open')
    """
    if verdict:
        return "settled"
    if due_end is None:
        return "open"
    if due_end < on:
        return "overdue"
    return "due-soon" if due_end <= on + DUE_SOON else "open"


def _entities(ask: Ask, claims: pd.DataFrame, merged: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(ask("table_entities"), columns=["entity", "type", "label", "wikidata"])
    frame = frame.drop_duplicates("entity").set_index("entity")
    names: dict[str, dict[str, None]] = {}
    for row in ask("table_entity_names"):
        names.setdefault(merged.get(str(row["entity"]), str(row["entity"])), {})[row["name"]] = None
    counts: dict[str, list[int]] = {}
    for row in ask("table_entity_mentions"):
        total = counts.setdefault(merged.get(str(row["entity"]), str(row["entity"])), [0, 0])
        total[0] += row["mentions"]
        total[1] = max(total[1], row["articles"])
    frame = frame[~frame.index.isin(list(merged))]
    frame["wikidata"] = frame["wikidata"].astype(object).where(frame["wikidata"].notna(), None)
    frame["names"] = [tuple(names.get(e, ())) for e in frame.index]
    frame["mentions"] = [counts.get(e, [0, 0])[0] for e in frame.index]
    frame["articles"] = [counts.get(e, [0, 0])[1] for e in frame.index]
    for column, role in (("said", "sources"), ("about", "about")):
        total_of = claims[role].explode().value_counts() if len(claims) else pd.Series(dtype=int)
        frame[column] = total_of.reindex(frame.index, fill_value=0).astype(int)
    return frame.sort_values(["said", "mentions"], ascending=False, kind="stable")
