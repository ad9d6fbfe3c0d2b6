"""What the networks hear of an article: every token in its context, and for modality single tokens as GiNZA has them too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.claims.candidates import Candidate
from ingest.claims.encoder import Heard
from ingest.claims.features import Left
from ingest.claims.names import Speaker
from ingest.claims.net import Rows
from ingest.claims.sources import subject_of
from ingest.claims.vectors import Vectors


@dataclass(frozen=True)
class Hearing:
    """Both ears. Each method gives what the networks of a judge hear, in the order of :attr:`ingest.claims.model.Model.nets`."""

    vectors: Vectors
    context: Heard

    def left(self, c: Candidate, options: Sequence[Left]) -> list[Rows]:
        """Of each possible content of a candidate."""
        return [self.context.lefts(c, options)]

    def source(self, c: Candidate, content: Left, speakers: Sequence[Speaker | None]) -> list[Rows]:
        """Of each possible source of a candidate with one content."""
        claim, subject = self.context.claim(c, content), subject_of(c, content, speakers)
        return [self.context.sources(c, claim, speakers, subject)]

    def claim(self, c: Candidate, content: Left) -> dict[str, list[Rows]]:
        """Of a candidate with its content: for the judges of keeping, modality and prediction."""
        claim = self.context.claim(c, content)
        heard = {name: [self.context.judged(name, claim)] for name in ("keep", "modality", "prediction")}
        heard["modality"].insert(0, self.vectors.content(c, content)[None])
        return heard
