"""No module imports itself by way of others, be it within a function: also a package that its own modules import."""

from __future__ import annotations

import grimp
import networkx as nx

#: Whose circles go with the reader that replaces it.
REPLACED = "ingest.claims."


def test_no_circles() -> None:
    graph = grimp.build_graph("kg", "ingest", "iibun")
    imports = nx.DiGraph((a, b) for a in graph.modules for b in graph.find_modules_directly_imported_by(a))
    circles = [sorted(c) for c in nx.strongly_connected_components(imports) if len(c) > 1]
    assert not [c for c in circles if not all(name.startswith(REPLACED) for name in c)]
