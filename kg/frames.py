"""A store for notebooks: claims, predictions, entities … as pandas DataFrames, and the graph for networkx.

>>> import kg
>>> with kg.open("data/store") as graph:  # doctest: +SKIP
...     graph.claims(modality="probable").groupby("publisher").size()
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from kg import export, queries
from kg.store import Row, Store, Value
from kg.store import open as open_store

if TYPE_CHECKING:
    import networkx
    import pandas

_PAGE = 2000  #: rows per query
_DATES = frozenset({"date", "dueStart", "dueEnd"})


def rows(store: Store, name: str, **bindings: object) -> Iterator[Row]:
    """Yield all rows of a named query; a query that takes a limit is asked page by page."""
    given = cast("dict[str, Any]", bindings)
    if "# limit" not in queries.load(name).text:
        yield from queries.ask(store, name, **given)
        return
    offset = 0
    while page := queries.ask(store, name, limit=_PAGE, offset=offset, **given):
        yield from page
        offset += _PAGE
        if len(page) < _PAGE:
            return


def frame(store: Store, name: str, **bindings: object) -> pandas.DataFrame:
    """The rows of a named query as a DataFrame.

    The columns are those of the query's header. Dates are ``datetime64``. A column ``NAME`` that the header calls a list of
    entities holds lists of their labels, and a second column ``NAME_iris`` holds their IRIs.

    Args:
        store: the store to query.
        name: a named query, such as ``claims``; ``iibun query --list`` lists them.
        **bindings: the query's parameters.

    Raises:
        kg.queries.UnknownQuery: if there is no such query or parameter.
    """
    import pandas

    query = queries.load(name)
    found = list(rows(store, name, **bindings))
    table = pandas.DataFrame(found, columns=list(query.columns))
    for column in query.lists:
        cells = [row.get(column) or [] for row in found]
        table[column] = [[item["label"] for item in cell] for cell in cells]
        table[f"{column}_iris"] = [[item["iri"] for item in cell] for cell in cells]
    for column in _DATES & set(table.columns):
        table[column] = pandas.to_datetime(table[column], errors="coerce")
    return table


class Graph:
    """A store that answers in tables; ``store`` is the store itself. Use it as a context manager.

    Each method takes the parameters of the named query that it asks.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def articles(self, **bindings: object) -> pandas.DataFrame:
        """One row per article: headline, date, publisher, number of claims and predictions."""
        return frame(self.store, "articles", **bindings)

    def claims(self, **bindings: object) -> pandas.DataFrame:
        """One row per claim, with corrections applied; ``source``, ``about``, ``modality`` … select among them."""
        return frame(self.store, "claims", **bindings)

    def predictions(self, **bindings: object) -> pandas.DataFrame:
        """One row per prediction, soonest due first, with its verdict if there is one."""
        return frame(self.store, "predictions", **bindings)

    def entities(self, **bindings: object) -> pandas.DataFrame:
        """One row per entity, most mentioned first."""
        return frame(self.store, "entities", **bindings)

    def relations(self, **bindings: object) -> pandas.DataFrame:
        """One row per relation, with the sentence that states it."""
        return frame(self.store, "relations", **bindings)

    def ask(self, name: str, **bindings: object) -> pandas.DataFrame:
        """The rows of any named query as a table."""
        return frame(self.store, name, **bindings)

    def sparql(self, text: str, **bindings: Value) -> pandas.DataFrame:
        """The rows of your own SELECT as a table; ``$name`` in its text is replaced by a binding."""
        import pandas

        return pandas.DataFrame(self.store.select(text, **bindings))

    def networkx(self, article: str | None = None) -> networkx.MultiDiGraph:
        """Entities and claims as a networkx graph; see :func:`kg.export.graph`.

        Args:
            article: the IRI of one article; all of them by default.
        """
        made: networkx.MultiDiGraph = export.graph(self.store, article)
        return made

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open(url: str | Path | None = None) -> Graph:
    """A :class:`Graph` over a folder or the URL of a SPARQL 1.1 server; ``IIBUN_STORE`` if None.

    Raises:
        kg.store.StoreError: if it cannot be opened or reached.
    """
    return Graph(open_store(url, read_only=False))
