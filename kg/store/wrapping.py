"""Rewrite a query so that a named graph is its default graph, for servers whose default graph we cannot choose.

``SELECT … WHERE { P }`` becomes ``SELECT … WHERE { GRAPH <merge> { P } }``. A ``GRAPH`` inside P still selects any other graph
(SPARQL 1.1, 18.6), so the query keeps its meaning on every server.
"""

from __future__ import annotations

from kg.store.sparql import Token, has_dataset, tokens


def wrapped(sparql: str, graph: str) -> str:
    """The query with the named graph ``graph`` as its default graph; unchanged if it has a ``FROM`` of its own.

    >>> wrapped("ASK { ?s ?p ?o }", "urn:x:g")
    'ASK { GRAPH <urn:x:g> { ?s ?p ?o } }'
    >>> wrapped("SELECT ?g { GRAPH ?g { ?s ?p ?o } }", "urn:x:g")
    'SELECT ?g { GRAPH <urn:x:g> { GRAPH ?g { ?s ?p ?o } FILTER(?g != <urn:x:g>) } }'
    """
    if has_dataset(sparql):
        return sparql
    found = list(tokens(sparql))
    places = [i for i, t in enumerate(found) if t.kind not in ("space", "comment")]
    blocks = _blocks(found)
    form = next(
        (found[i].text.upper() for i in places if found[i].text.upper() in _FORMS and found[i].kind == "word"), ""
    )
    out = [t.text for t in found]
    for start, end in blocks:
        if (at := _graph_variable(found, places, start)) is None:
            continue
        name = found[at].text
        if any(t.kind == "variable" and t.text[1:] == name[1:] for t in found[start:end]):
            # the pattern uses the graph's name as a term, too; Virtuoso confuses the two uses, so rename one of them
            out[at] = f"{name}_graph"
            out[end] = f" FILTER({name}_graph = {name}) }}"
        else:
            out[end] += f" FILTER({name} != <{graph}>)"  # the merge must not appear as one of the graphs
    outer = [b for b in blocks if not any(a < b[0] and b[1] < z for a, z in blocks)]
    if form == "CONSTRUCT" and outer:
        if len(outer) == 1:  # the short form CONSTRUCT WHERE, in which the pattern is also the template
            start, end = outer[0]
            template = "".join(t.text for t in found[start : end + 1])
            where = next((i for i in places if found[i].text.upper() == "WHERE" and i < start), start)
            out[where] = f"{template} {out[where]}"
        else:
            outer = outer[1:]
    for start, end in outer[:1]:
        out[start] = f"{{ GRAPH <{graph}> {out[start]}"
        out[end] = f"{out[end]} }}"
    return "".join(out)


_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


def _blocks(found: list[Token]) -> list[tuple[int, int]]:
    """The indexes of each pair of braces, sorted."""
    opened: list[int] = []
    pairs: list[tuple[int, int]] = []
    for i, token in enumerate(found):
        if token.kind == "other" and token.text == "{":
            opened.append(i)
        elif token.kind == "other" and token.text == "}" and opened:
            pairs.append((opened.pop(), i))
    return sorted(pairs)


def _graph_variable(found: list[Token], places: list[int], start: int) -> int | None:
    """The index of the variable in ``GRAPH ?g {`` before the brace at ``start``; None if there is none."""
    before = [i for i in places if i < start][-2:]
    if len(before) == 2 and found[before[0]].text.upper() == "GRAPH" and found[before[1]].kind == "variable":
        return before[1]
    return None
