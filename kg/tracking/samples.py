"""Sample judgements: verdicts on the sample articles that come with Iibun.

In the log they are marked with ``iib:illustration``. They count like others until a person decides otherwise, and can be taken
out of the log together, without a trace.
"""

from __future__ import annotations

from kg import prepared
from kg.store import Store
from kg.tracking.current import rebuild
from kg.tracking.log import LOG, settled
from kg.tracking.verdicts import last_verdicts

#: The author of sample judgements; pages show it in the reader's language.
AUTHOR = "sample"

_MARKED = "GRAPH $log { ?j a iib:Judgement ; iib:illustration true }"
#: What goes with them: quads ``?s ?p ?o`` of the log.
_GONE = (
    "GRAPH $log { ?s a iib:Judgement ; iib:illustration true ; ?p ?o }",
    # undos, and undos of these
    f"{_MARKED} GRAPH $log {{ ?s iib:undoes+ ?j ; ?p ?o }}",
    # in a person's verdict, that it revises a sample
    f"{_MARKED} GRAPH $log {{ ?s prov:wasRevisionOf ?j }} BIND(prov:wasRevisionOf AS ?p) BIND(?j AS ?o)",
    # sentences and authors that no other entry refers to
    *(
        f"""{_MARKED} GRAPH $log {{ ?j {predicate} ?s . ?s ?p ?o }}
        FILTER NOT EXISTS {{ GRAPH $log {{ ?k {predicate} ?s FILTER NOT EXISTS {{ ?k iib:illustration true }} }} }}"""
        for predicate in ("iib:evidenceQuote", "prov:wasAttributedTo")
    ),
)


def in_force(store: Store) -> list[str]:
    """The claims (IRIs) whose verdict in force is a sample, sorted."""
    rows = prepared.rows(store, "sample_claims", log=LOG)
    found = last_verdicts(store, sorted(r["claim"] for r in rows))
    return sorted(claim for claim, verdict in found.items() if verdict.one("illustration"))


def remove(store: Store) -> int:
    """Take the sample judgements out of the log, with the undos of them; return how many there were.

    What people decided themselves stays.
    """
    with settled():
        marked = prepared.rows(store, "sample_judgements", log=LOG)
        if not marked:
            return 0
        gone = [quad for pattern in _GONE for quad in store.matching(f"BIND($log AS ?g) {pattern}", log=LOG)]
        store.edit(remove=gone)
        rebuild(store)
    return len(marked)
