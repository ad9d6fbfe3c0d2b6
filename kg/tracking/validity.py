"""What is wrong with the entries of a log that was made elsewhere: values that nothing can be derived from.

The current graph is derived from the log, so one entry with a date that is no date would keep a store from being read.
Evidence of verdicts is :mod:`kg.tracking.evidence`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from pyoxigraph import NamedNode, Quad

from kg.predicates import PREDICATES
from kg.store.values import value
from kg.tracking.log import KINDS, LOG
from kg.vocab import ENTITY_CLASSES, IIB, LINK_TYPES, MODALITIES, POLARITIES, PROV, RDF, VERDICTS

Fits = Callable[[Any], bool]


def _iri(term: Any) -> bool:
    return isinstance(term, NamedNode)


def _text(term: Any) -> bool:
    return isinstance(value(term), str) and not _iri(term)


def _day(term: Any) -> bool:
    return isinstance(value(term), date) and not isinstance(value(term), datetime)


def _moment(term: Any) -> bool:
    return isinstance(value(term), datetime)


def _offset(term: Any) -> bool:
    found = value(term)
    return isinstance(found, int) and not isinstance(found, bool) and found >= 0


def _probability(term: Any) -> bool:
    found = value(term)
    return isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= 1


def _flag(term: Any) -> bool:
    return isinstance(value(term), bool)


def _among(choices: Iterable[str]) -> Fits:
    known = frozenset(choices)
    return lambda term: _text(term) and value(term) in known


def _or_none(fits: Fits) -> Fits:
    """Fits, too, what says that there is no value."""
    return lambda term: term == IIB.nobody or fits(term)


#: Property of an entry → whether a value of it is one.
VALUES: dict[NamedNode, Fits] = {
    PROV.wasAttributedTo: _iri, PROV.generatedAtTime: _moment, PROV.wasRevisionOf: _iri,
    **{
        IIB[name]: fits
        for fits, names in (
            (_iri, "judges undoes into merges from to apartFrom splitMention judgedArticle evidenceExtent evidenceQuote"),
            (_iri, "judgedSubject judgedPredicate judgedObject correctedSubject correctedObject correctedSource correctedAbout"),
            (_text, "judgedText judgedPrefix judgedSuffix alias correctedLabel correctedText withoutEvidence"),
            (_or_none(_text), "correctedSourceText correctedTitle correctedHeadline correctedPublisher"),
            (_or_none(_day), "correctedDueStart correctedDueEnd correctedPublished"),
            (_offset, "judgedStart correctedStart correctedEnd"), (_day, "decidedOn"), (_probability, "probability"),
            (_or_none(_flag), "correctedPrediction"), (_flag, "illustration"),
            (_among(MODALITIES), "correctedModality"), (_among(POLARITIES), "correctedPolarity"),
            (_among(VERDICTS), "verdict"), (_among(ENTITY_CLASSES), "correctedType"), (_among((*LINK_TYPES, "evidence")), "linkType"),
            (_among(("confirmed", "rejected", "added", "corrected")), "decision"),
            (frozenset(IIB[name] for name in PREDICATES).__contains__, "correctedPredicate"),
        )
        for name in names.split()
    },
}  # fmt: skip

_ALWAYS = ("wasAttributedTo", "generatedAtTime")
_PLACE = ("judgedArticle", "judgedText", "judgedStart")
#: Kind of entry → the local names of the properties that it needs besides, each with one value.
NEEDED = {
    **dict.fromkeys(KINDS, ("judges",)),
    "Merge": ("into",), "Split": ("judges", "into", "correctedLabel"), "Naming": ("judges", "correctedLabel", "correctedType"),
    "LinkDecision": ("judges", "decision", "linkType", "from", "to"), "RelationDecision": ("judges", "decision", *_PLACE), "Addition": ("judges", *_PLACE),
    "Verdict": ("judges", "verdict"), "Estimate": ("judges", "probability"), "Undo": ("undoes",),
}  # fmt: skip
#: Of these an entry has one or more.
SEVERAL = {"Merge": "merges", "Separation": "apartFrom"}
#: Of these an entry may have several values; of any other property in VALUES one, or nobody could say which holds.
MANY = {
    IIB[name]
    for name in [
        "merges",
        "apartFrom",
        "splitMention",
        "alias",
        "correctedSource",
        "correctedAbout",
        "evidence",
        "evidenceExtent",
        "evidenceQuote",
    ]
}


def faults(quads: Iterable[Quad]) -> list[tuple[str, str]]:
    """What is wrong with a log: pairs of an entry's IRI and a description, sorted; one for each entry.

    Args:
        quads: those of a log, such as one that is about to be loaded; quads of other graphs are ignored.
    """
    log: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for q in quads:
        if q.graph_name == LOG:
            log[q.subject][q.predicate].append(q.object)
    some = {node.value: found for node, found in log.items() if IIB.Judgement in found.get(RDF.type, ())}
    wrong = ((entry, _fault(found)) for entry, found in some.items())
    return sorted((entry, what) for entry, what in wrong if what)


def _fault(found: dict[NamedNode, list[Any]]) -> str | None:
    """The first fault of an entry; None if there is none."""
    kinds = [kind for kind in KINDS if IIB[kind] in found[RDF.type]]
    if len(kinds) != 1:
        return "it is of no kind of judgement, or of several"
    for p, terms in found.items():
        if fits := VALUES.get(p):
            if len(terms) > 1 and p not in MANY:
                return f"it has {len(terms)} values of {_local(p)}, not one"
            for term in terms:
                if not fits(term):
                    return f"{_local(p)} cannot be {str(getattr(term, 'value', term))[:80]!r}"
    known = {_local(p): terms for p, terms in found.items()}
    for name in (*_ALWAYS, *NEEDED[kinds[0]]):
        if len(known.get(name, ())) != 1:
            return f"it has {len(known.get(name, ()))} values of {name}, not one"
    several = SEVERAL.get(kinds[0])
    if several and not known.get(several):
        return f"it has no value of {several}"
    return None


def _local(p: NamedNode) -> str:
    return p.value.replace("#", "/").rpartition("/")[2]
