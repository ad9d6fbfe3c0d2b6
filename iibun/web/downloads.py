"""Downloads, made when the reader clicks and not when the page is drawn; those of claims as CSV, Turtle or JSON-LD."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import streamlit as st

from iibun.i18n import language, speaking, t
from iibun.i18n.errors import explain
from kg.characters import cell
from kg.errors import IibunError

if TYPE_CHECKING:
    from iibun.web.tables import Tables

CLAIM_COLUMNS = (
    "claim", "title", "text", "source", "source_text", "about", "modality", "polarity", "prediction", "due_start", "due_end",
    "due_text", "criterion", "state", "verdict", "review", "agreeing", "opposing", "confidence", "article", "headline",
    "publisher", "url", "published",
)  # fmt: skip
PART = 500  #: most claims in one query


def ready(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """What makes a file, for ``st.download_button``: in the reader's language, and after an error with its message instead.

    Streamlit calls it in a thread that knows nothing of the reader.
    """
    lang = language()

    def made() -> bytes:
        with speaking(lang):
            try:
                return make()
            except IibunError as error:
                return f"# {explain(error)}\n".encode()

    return made


def claims(tables: Tables, n: int, frame: Callable[[], Any], *, name: str = "claims") -> None:
    """Show a menu to download claims in each format.

    Args:
        tables: for the labels of sources and articles.
        n: the number of claims; 0 disables the menu.
        frame: gives the claims, called when the reader clicks.
        name: for the file names and widget keys.
    """
    with st.popover(t("common.download"), icon=":material/download:", disabled=not n):
        st.caption(t("claims.download-note", n=f"{n:,}"))
        for kind, mime, make in (
            ("CSV", "text/csv", lambda: claims_csv(tables, frame())),
            ("Turtle", "text/turtle", lambda: claims_rdf(frame().index, "ttl")),
            ("JSON-LD", "application/ld+json", lambda: claims_rdf(frame().index, "jsonld")),
        ):
            ending = {"CSV": "csv", "Turtle": "ttl", "JSON-LD": "jsonld"}[kind]
            st.download_button(
                kind,
                ready(make),
                f"iibun-{name}.{ending}",
                mime,
                on_click="ignore",
                key=f"download-{name}-{ending}",
                width="stretch",
            )


def claims_csv(tables: Tables, frame: Any) -> bytes:
    """Claims as CSV for spreadsheets: UTF-8 with a byte order mark, lists joined by 、, no cell that runs as a formula.

    Args:
        tables: for the labels of sources and articles.
        frame: the claims.
    """
    articles = tables.articles.to_dict("index")
    rows = []
    for iri, row in zip(frame.index, frame.to_dict("records"), strict=True):
        article = articles.get(row["article"], {})
        cells = {
            **row, "claim": iri, "source": _source(tables, row),
            "about": "、".join(map(tables.label, row["about"])), "headline": article.get("title"),
            "publisher": article.get("publisher"), "url": article.get("url"), "prediction": str(row["prediction"]).lower(),
        }  # fmt: skip
        rows.append([cells.get(column) for column in CLAIM_COLUMNS])
    return table_csv(CLAIM_COLUMNS, rows)


def table_csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """A table as CSV for spreadsheets: UTF-8 with a byte order mark, no cell that runs as a formula.

    >>> table_csv(["name", "n"], [["=1+1", -2]])
    b"\\xef\\xbb\\xbfname,n\\r\\n'=1+1,-2\\r\\n"
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(map(cell, row) for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _source(tables: Tables, row: Any) -> str:
    """The names of a claim's sources; the narrator for a claim of nobody, nothing for an unnamed source."""
    if not row["sources"] and row["source_text"]:
        return ""
    return "、".join(map(tables.label, row["sources"])) or t("claims.narrator")


def claims_rdf(iris: Iterable[str], ending: str) -> bytes:
    """Claims with their extents, sources and articles as RDF; ``ending`` is ``ttl`` (Turtle) or ``jsonld``."""
    import pyoxigraph as ox

    from iibun.web.answers import store
    from kg import queries
    from kg.vocab import PREFIXES

    claims = [ox.NamedNode(iri) for iri in iris]
    parts = (tuple(claims[at : at + PART]) for at in range(0, len(claims), PART))
    described = (queries.construct(store(), "claims_description", claims=part, triples=True) for part in parts)
    triples = dict.fromkeys(triple for found in described for triple in found)
    form = {"ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD}[ending]
    return ox.serialize(triples, format=form, prefixes=PREFIXES) or b""
