"""Where a sentence reports something: candidates, found broadly; `reader` decides which of them are claims."""

from __future__ import annotations

from ingest.claims.candidates import Candidate, verb_rows
from ingest.claims.complements import complements
from ingest.claims.frame import Sentence
from ingest.claims.narration import headings, narrated
from ingest.claims.nouns import noun_frames, visions
from ingest.claims.phrases import asides, decisions, hearsay, particles, results
from ingest.claims.utterances import quotations, quoted_nouns

__all__ = ["Candidate", "candidates", "verb_rows"]


def candidates(s: Sentence) -> list[Candidate]:
    """Everything in a sentence that might be a claim, by construct."""
    out = list(complements(s))
    out += noun_frames(s)
    out += particles(s)
    out += asides(s)
    out += quotations(s)
    out += quoted_nouns(s)
    out += hearsay(s)
    out += decisions(s)
    out += results(s)
    out += visions(s)
    out += headings(s)
    out += narrated(s)
    return out
