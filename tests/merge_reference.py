"""What rdflib makes of a store's graphs: their union, as a set of triples."""

from __future__ import annotations

import rdflib

from kg.store import Store


def reference(store: Store) -> rdflib.Dataset:
    found = rdflib.Dataset(default_union=True)
    found.parse(data=(store.dump() or b"").decode(), format="nquads")
    return found
