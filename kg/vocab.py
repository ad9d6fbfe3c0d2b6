"""Namespaces and terms. Other modules use these instead of writing IRIs as strings.

Our own terms are attributes of :data:`IIB`. Only terms of ``data/ontology.ttl`` exist, so that a misspelt one fails at once:

>>> IIB.modality.value
'urn:iibun:ns#modality'
"""

from __future__ import annotations

from functools import cache
from typing import Final

from pyoxigraph import NamedNode

from kg.predicates import PREDICATES

#: Default beginning of the IRIs that we mint.
BASE: Final = "urn:iibun:"


class Namespace:
    """The terms of one vocabulary, by attribute or by index.

    Args:
        iri: the namespace IRI.
        terms: the only terms that exist; any name is a term if None.
    """

    def __init__(self, iri: str, terms: frozenset[str] | None = None) -> None:
        self._iri = iri
        self._terms = terms

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._terms is not None and name not in self._terms:
            raise AttributeError(f"{self._iri} has no term {name!r}")
        return _node(self._iri + name)

    def __getitem__(self, name: str) -> NamedNode:
        return self.__getattr__(name)

    def __contains__(self, iri: str) -> bool:
        return iri.startswith(self._iri)

    @property
    def iri(self) -> str:
        """The namespace IRI."""
        return self._iri


@cache
def _node(iri: str) -> NamedNode:
    return NamedNode(iri)


CLASSES: Final = frozenset(
    {
        "Prediction", "Mention", "Figure", "DateExpression", "Relation", "Link", "Observation", "Dispute", "SecondReading",
        "Judgement", "Acceptance", "Rejection", "Correction", "ArticleCorrection", "Addition", "Merge", "Split", "Separation", "Naming", "RelationDecision", "LinkDecision",
        "Verdict", "Estimate", "Undo",
    }
)  # fmt: skip

#: Qualifier key of a relation (:attr:`kg.model.Relation.qualifiers`) → local name of our property.
QUALIFIERS: Final = {
    "title": "positionTitle", "share": "share", "amount": "amount", "duration": "duration", "until": "until",
    "exclusive": "exclusive", "product": "product",
}  # fmt: skip

PROPERTIES: Final = (
    frozenset(PREDICATES)
    | frozenset(QUALIFIERS.values())
    | frozenset(
        {
            # article
            "textHash", "originalHash", "minhash", "illustration", "furniture", "dropped", "readHeadline", "readPublished",
            "readPublisher", "outdated",
            # who read it: our own reader, a language model, or both
            "reader", "dispute", "aspect", "says", "secondReading", "model", "sentTo", "pieces", "seconds", "promptTokens",
            "completionTokens", "failure", "notInText",
            # anything found in a text
            "extent", "reason", "confidence",
            # claim
            "content", "cue", "quote", "source", "sourceText", "sourceExtent", "reporter", "modality", "polarity",
            "speech", "topic", "figure",
            # prediction
            "dueStart", "dueEnd", "dueText", "dueExtent", "dueUndated", "condition", "criterion", "resolvable",
            # mention, figure, date
            "entity", "anaphor", "nameKey", "soughtKey", "namedIn", "profile", "kind", "value", "comparator", "measure", "earliest", "latest", "granularity",
            "deadline", "qualifier",
            # links and observations
            "from", "to", "linkType", "linkKey", "score", "onDate",
            # judgements
            "judges", "apartFrom", "judgedArticle", "judgedText", "judgedStart", "judgedPrefix", "judgedSuffix", "undoes", "merges", "into", "alias", "splitMention", "decision",
            "verdict", "evidence", "evidenceExtent", "evidenceQuote", "withoutEvidence", "decidedOn", "probability",
            "correctedSource", "correctedSourceText", "correctedStart", "correctedEnd", "correctedText",
            "correctedModality", "correctedPolarity", "correctedAbout", "correctedDueStart", "correctedDueEnd",
            "correctedTitle", "correctedPrediction", "correctedEntity", "correctedLabel", "correctedHeadline",
            "correctedPublished", "correctedPublisher", "correctedType",
            "judgedSubject", "judgedPredicate", "judgedObject", "correctedSubject", "correctedPredicate", "correctedObject",
            # current graph, derived from the judgements
            "reviewState", "mergedInto", "currentVerdict", "orphaned",
        }
    )
)  # fmt: skip

INDIVIDUALS: Final = frozenset({"nobody"})

IIB: Final = Namespace("urn:iibun:ns#", CLASSES | PROPERTIES | INDIVIDUALS)
RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
SCHEMA: Final = Namespace("https://schema.org/")
OA: Final = Namespace("http://www.w3.org/ns/oa#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
DC: Final = Namespace("http://purl.org/dc/elements/1.1/")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID: Final = Namespace("http://rdfs.org/ns/void#")
FORMATS: Final = Namespace("http://www.w3.org/ns/formats/")
WD: Final = Namespace("http://www.wikidata.org/entity/")

#: Prefix → namespace IRI, for queries, exports and completion in the editor.
PREFIXES: Final[dict[str, str]] = {
    "iib": IIB.iri, "schema": SCHEMA.iri, "skos": SKOS.iri, "oa": OA.iri, "prov": PROV.iri, "dc": DC.iri,
    "dcterms": DCTERMS.iri, "rdf": RDF.iri, "rdfs": RDFS.iri, "owl": OWL.iri, "xsd": XSD.iri, "wd": WD.iri,
}  # fmt: skip

#: Entity type of ``kg.model`` → its class.
ENTITY_CLASSES: Final = {name: SCHEMA[name] for name in ("Person", "Organization", "Product", "Place", "Event")}

#: Graphs other than those of articles.
ONTOLOGY_GRAPH: Final = BASE + "graph:ontology"
JUDGEMENTS_GRAPH: Final = BASE + "graph:judgements"  # the log, only appended to
CURRENT_GRAPH: Final = BASE + "graph:current"  # the current state, derived from the log
LINKS_GRAPH: Final = BASE + "graph:links:"  # + article key: links of that article's claims, and their blocking keys
IDENTITIES_GRAPH: Final = BASE + "graph:identities"  # which entities of different articles are taken for one, and why
NAMES_GRAPH: Final = BASE + "graph:names"  # the keys by which such entities are found; never exported
LEFTOVERS_GRAPH: Final = BASE + "graph:leftovers"  # lists the graphs that wait to be cleared (pending deletion)

MODALITIES: Final = ("asserted", "probable", "possible", "hoped", "intended", "required", "questioned")
POLARITIES: Final = ("affirmed", "negated")
SPEECH: Final = ("direct", "indirect", "mixed", "narrated")
LINK_TYPES: Final = ("restates", "supports", "contradicts", "revises")
VERDICTS: Final = ("came-true", "partly", "did-not", "ambiguous", "annulled", "unresolvable")
REVIEW_STATES: Final = ("accepted", "rejected", "corrected", "added", "proposed", "confirmed", "withdrawn")
