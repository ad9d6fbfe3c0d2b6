"""No module imports itself by way of others, be it within a function: also a package that its own modules import."""

from __future__ import annotations

import grimp
import networkx as nx


def test_no_circles() -> None:
    graph = grimp.build_graph("kg", "ingest", "iibun")
    imports = nx.DiGraph((a, b) for a in graph.modules for b in graph.find_modules_directly_imported_by(a))
    assert not [sorted(c) for c in nx.strongly_connected_components(imports) if len(c) > 1]
