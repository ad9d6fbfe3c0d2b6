"""Mentions as candidates for an antecedent, with the features of their salience: role, quotation, who speaks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.coreference.fitting import is_press
from ingest.entities import titled
from ingest.quotations import Quotation
from kg.model import Entity, Extent, Mention

SUBJECTS = ("topic", "subject")  #: roles of a mention that may be the subject of a verb of saying
_LONG = 8  # a quotation of more characters counts as speech, a shorter one as a term
_CITED = re.compile(r"(?:社|紙|誌)?(?:の[^、。]{0,8})?(?:によると|によれば|の報道|が報じ|は報じ|が伝え|は伝え|の取材)")
_PAPER_BEHIND = re.compile(r"[」』]?[紙誌](?![一-龥])")
_PAPER_AHEAD = re.compile(r"(?:[紙誌]|新聞|通信社|放送局|テレビ局|ニュースサイト)[「『]?\Z")
_SAYS = re.compile(
    r"(?:と|とも|よう|こと[をもに]|」)[^。「」]{0,24}?(?:述べ|語っ|語る|語り|言[っういわ]|い[うっ]|話[しす]|説明|主張|答え|発表|明らかに|強調|指摘|批判|非難|求め|コメント|認め|否定|訴え"
    r"|付け加え|考え|信じ|書[いき]|伝え|投稿|警告|明か|約束|反論|感じ|証言|ツイート|宣言|表明|続け)"
)


_SAYS_AFTER = re.compile(
    r"[はがも][^、。「」]{0,40}(?:述べ|語っ|語る|言っ|言う|話し|話す|いう|いった|説明|答え|投稿|明か)"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mention, with the features of its salience.

    Attributes:
        mention: the mention.
        entity: its entity.
        sentence: number of its sentence.
        role: topic, subject, object, owner, of or other.
        cited: whether it is a newspaper that is cited here (による, が報じた).
        quoted: whether it stands in a quotation.
        spoke: whether it is the subject of a sentence that says something.
        paper: whether it is called a paper here: エル・ソル紙, 週刊誌「灯台」.
    """

    mention: Mention
    entity: Entity
    sentence: int
    role: str
    cited: bool
    quoted: bool = False
    spoke: bool = False
    paper: bool = False


# Who only compiled or obtained what the sentence speaks of: LSEGがまとめた予想を上回った.
_COMPILER = re.compile(r"が(?:まとめた|集計した|調べた|調査した|試算した|入手した)(?!。|と)")


def role_of(text: str, end: int) -> str:
    """Return the role of a mention that ends at ``end``, by the particle after it, past titles and brackets."""
    rest = text[end : end + 40].lstrip(" ")
    if _COMPILER.match(rest):
        return "other"
    rest = re.sub(r"^[」』”\"]?(?:[（(][^）)]{0,25}[）)])?", "", rest)
    for _ in range(3):
        if title := titled(rest, 0):
            rest = rest[len(title) :].lstrip(" ")
    rest = re.sub(r"^(?:社|側|ら|たち)", "", rest)
    if rest.startswith("は"):
        return "topic"
    if rest.startswith(("が", "も", "には", "では")):
        return "subject"
    if rest.startswith(("を", "に")):
        return "object"
    if rest.startswith("の"):
        return "owner" if re.match(r"の[^、。「」]{1,20}?(は|が|も)", rest) else "of"
    return "other"


def says(text: str, end: int, stop: int) -> bool:
    """Return whether a verb of saying, or a quotation, follows a subject in its sentence.

    Args:
        text: the article's text.
        end: the character after the subject.
        stop: the end of its sentence.
    """
    stop = min(stop, end + 400)
    return bool(_SAYS.search(text, end, stop) or re.match(r"[はがも]、?[「『]", text[end : end + 12]))


class Context:
    """An article's text with its sentences and long quotations, in which mentions become candidates.

    Args:
        text: the article's text.
        starts: the first character of each sentence.
        quotations: the pairs of quotation marks and brackets.
    """

    def __init__(self, text: str, starts: Sequence[int], quotations: Iterable[Quotation]) -> None:
        self.text, self.starts = text, starts
        self.quotes = [q for q in quotations if q.kind == "quote" and len(q.inner) > _LONG]
        self._quoted = bytearray(len(text))
        for q in self.quotes:
            self._quoted[q.inner.start : q.inner.end] = b"\x01" * len(q.inner)

    def sentence_at(self, at: int) -> int:
        """Return the number of the sentence of a character."""
        return bisect_right(self.starts, at) - 1

    def end_of(self, sentence: int) -> int:
        """Return the end of a sentence."""
        return self.starts[sentence + 1] if sentence + 1 < len(self.starts) else len(self.text)

    def quote_at(self, at: int) -> Extent | None:
        """Return the shortest long quotation around a character, with its quotation marks."""
        around = [q for q in self.quotes if q.inner.start <= at < q.inner.end]
        return min(around, key=lambda q: len(q.outer)).outer if around else None

    def candidates(self, mentions: Iterable[Mention], entities: dict[str, Entity]) -> list[Candidate]:
        """Return the mentions that are names as candidates, in order of the text."""
        return [
            self.candidate(m, entities[m.entity], cited=self._is_cited(m, entities[m.entity]))
            for m in sorted(mentions, key=lambda m: m.extent)
        ]

    def candidate(self, m: Mention, entity: Entity, *, cited: bool = False) -> Candidate:
        """Return a mention as a candidate, with its features."""
        text, sentence = self.text, self.sentence_at(m.extent.start)
        role = role_of(text, m.extent.end)
        spoke = role in SUBJECTS and says(text, m.extent.end, self.end_of(sentence))
        paper = bool(
            _PAPER_BEHIND.match(text, m.extent.end)
            or _PAPER_AHEAD.search(text, max(0, m.extent.start - 10), m.extent.start)
        )
        return Candidate(m, entity, sentence, role, cited, bool(self._quoted[m.extent.start]), spoke, paper)

    def pronoun_says(self, end: int) -> bool:
        """Return whether a pronoun that ends at ``end`` is a subject and a verb of saying follows."""
        text = self.text
        if text[end : end + 1] not in ("は", "が", "も"):
            return False
        return says(text, end, self.end_of(self.sentence_at(end - 1))) or bool(_SAYS_AFTER.match(text, end))

    def _is_cited(self, m: Mention, entity: Entity) -> bool:
        return is_press(entity) and bool(_CITED.match(self.text, m.extent.end))
