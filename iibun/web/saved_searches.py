"""Saved searches: for each name the query and what its readers have seen, in a file beside that of saved queries.

Results are kept as short hashes of their IRIs, so that an article that is read again makes nothing new that was there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iibun.web import saved

if TYPE_CHECKING:
    from kg.store import Store

#: Most saved searches of a store.
MOST = 100


@dataclass(frozen=True, slots=True)
class Search:
    """A saved search.

    Args:
        name: given by the reader.
        query: what is searched for.
        seen: hashes of the results that were there when it was last looked at.
    """

    name: str
    query: str
    seen: frozenset[str] = frozenset()

    def fresh(self, keys: Iterable[str]) -> frozenset[str]:
        """The results that were not there when the search was last looked at.

        Args:
            keys: the IRIs of its results now.
        """
        return frozenset(key for key in keys if _hash(key) not in self.seen)


def searches(store: Store) -> list[Search]:
    """The saved searches, by name; none if the file cannot be read (saving then reports the error)."""
    try:
        found = saved.read(saved.path(store, "searches"))
    except saved.NotSaved:
        return []
    return [search for name in sorted(found) if (search := _search(name, found[name]))]


def save(store: Store, name: str, query: str, keys: Iterable[str]) -> None:
    """Save a search, or that it was looked at; replaces a search of that name.

    Args:
        store: what is searched.
        name: of the search.
        query: as typed.
        keys: the IRIs of its results, which have now been seen.

    Raises:
        NotSaved: if the file cannot be read or written, or there are too many searches.
    """

    def add(found: dict[str, Any]) -> dict[str, Any]:
        if name not in found and len(found) >= MOST:
            raise saved.NotSaved(f"There are {MOST} saved searches already; remove one first.")
        return found | {name: {"query": query, "seen": sorted(map(_hash, keys))}}

    saved.change(store, "searches", add)


def remove(store: Store, name: str) -> None:
    """Delete a saved search; does nothing if there is none of that name.

    Raises:
        NotSaved: if the file cannot be read or written.
    """
    saved.change(store, "searches", lambda found: {k: v for k, v in found.items() if k != name})


def _search(name: str, value: Any) -> Search | None:
    """A search as the file has it; None if it is not one of ours."""
    if not isinstance(value, dict) or not isinstance(value.get("query"), str):
        return None
    seen = value.get("seen")
    return Search(name, value["query"], frozenset(map(str, seen)) if isinstance(seen, list) else frozenset())


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:10]
