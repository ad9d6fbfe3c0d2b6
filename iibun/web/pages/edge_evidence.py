"""The sentences that state an edge of the network, for the panel beside its picture."""

from __future__ import annotations

from datetime import date
from typing import Any

from iibun.i18n import date_text, t
from iibun.web import answers, cards, tables
from iibun.web.network import ABOUT, Edge
from iibun.web.pages.article import target


def evidence(
    edge: Edge, since: date | None = None, until: date | None = None, *, most: int = 5
) -> list[dict[str, Any]]:
    """The newest sentences that state an edge in a period, at most ``most``, for the panel beside the picture."""
    data = tables.current()
    rows: list[dict[str, Any]] = []
    if edge.predicate == ABOUT:
        kept = data.claims[data.claims["review"] != "rejected"]
        both = [edge.subject in s and edge.object in a for s, a in zip(kept["sources"], kept["about"], strict=True)]
        titles = data.articles["title"].to_dict()
        rows += [
            {
                "sentence": c["text"], "article": c["article"], "claim": c["iri"], "title": titles.get(c["article"]),
                "published": c["published"],
            }
            for c in kept[both].rename_axis("iri").reset_index().to_dict("records")
        ]  # fmt: skip
    else:
        for subject in data.family(edge.subject):
            for object_ in data.family(edge.object):
                found = answers.ask("relation_evidence", subject=subject, object=object_)
                rows += [r for r in found if r["predicate"].endswith(f"#{edge.predicate}")]
    rows = [r for r in rows if _within(r["published"], since, until)]
    rows.sort(key=lambda r: r["published"] or date.min, reverse=True)
    return [_cited(r) for r in rows[:most]]


def _within(day: date | None, since: date | None, until: date | None) -> bool:
    if not since and not until:
        return True
    return day is not None and (not since or day >= since) and (not until or day <= until)


def qualifiers(row: dict[str, Any]) -> list[str]:
    """The qualifiers of a relation in words, such as 社長 and 割合 51%."""
    found = [str(row.get("position") or row.get("positionTitle") or "")]
    found += [
        f"{t(f'entities.q-{name}')} {row[name]}" for name in ("share", "amount", "duration", "until") if row.get(name)
    ]
    found += [t("entities.exclusive")] if row.get("exclusive") else []
    found += [f"{t('entities.q-product')} {row['product']}"] if row.get("product") else []
    return [words for words in found if words]


def _cited(r: dict[str, Any]) -> dict[str, Any]:
    """A sentence with its article, as the graph component takes it."""
    params = {"iri": r["article"]} | ({"claim": r["claim"]} if r.get("claim") else {})
    return {
        "text": r["sentence"], "article": " ".join(filter(None, [r["title"], date_text(r["published"])])),
        "target": target("article", **params), "detail": cards.join_words(qualifiers(r)),
    }  # fmt: skip
