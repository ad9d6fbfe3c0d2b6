"""Tools that look something up in the store: named queries and :mod:`kg.tracking`, with quotations, a page at a time.

The docstring of a tool is its description for the model, and the text of its ``Field`` that of an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from iibun.agents import quotations
from iibun.agents.paging import Cursor, Limit, Page
from iibun.agents.quotations import given, passage, quotation
from iibun.archive.held import find
from kg import given as values
from kg import queries
from kg.errors import UsageError
from kg.tracking import evidence, links, verdicts
from kg.tracking.claims import ClaimRow, effective_claims
from kg.tracking.facts import Fact, facts_for
from kg.tracking.links import TYPES, LinkRow
from kg.tracking.log import Judgement, JudgementError
from kg.tracking.proposed import Proposal, proposed_verdicts
from kg.tracking.timeline import find_entity
from kg.vocab import MODALITIES

if TYPE_CHECKING:
    from kg.store import Store

#: What ``search`` looks through.
KINDS: Final = ("claims", "articles", "entities")
#: Most characters of a text to search for; the page's search, too, looks for no more.
LONGEST = 200
#: Most articles that are looked through for the words of their text.
MOST = 10_000
#: Characters of text that ``article`` gives, and the most that it gives.
SOME, MANY = 2_000, 20_000
#: Names and relations that ``entity`` lists.
_NAMES, _RELATIONS = 20, 10

#: Searches a store: the IRIs of what some words find, best first, of some of the kinds ``claim``, ``prediction``, ``article`` and
#: ``entity``. The page's search, which agents must not import, is given to :class:`Lookups`.
Find = Callable[["Store", str, Sequence[str]], list[str]]

Who = Annotated[str, Field(description="A name as articles write it, or the IRI of an entity.")]


def choice(choices: Iterable[str], says: str, *, needed: bool = False) -> Any:
    """The ``Field`` of an argument with a closed list of values, which the tool's schema shows; empty unless ``needed``."""
    return Field(description=says, json_schema_extra={"enum": [*([] if needed else [""]), *choices]})


def day(text: str, name: str) -> Any:
    """The date that an argument gives; None if it is empty.

    Raises:
        UsageError: if it is no date; it names the argument.
    """
    try:
        return values.day(text) if text else None
    except ValueError as error:
        raise UsageError(values.refused(text, error, name)) from None


def one_claim(store: Store, iri: str) -> ClaimRow:
    """A claim of the store, also a rejected one.

    Raises:
        JudgementError: if there is none.
    """
    found = effective_claims(store, claims=[iri], rejected=True)
    if not found:
        raise JudgementError(f"There is no claim {iri} in the store.")
    return found[0]


class Lookups:
    """The tools of this module.

    Args:
        store: gives the store, at each call.
        find: searches a store.
    """

    def __init__(self, store: Callable[[], Store], find: Find) -> None:
        self._store, self._find = store, find

    def search(
        self,
        text: Annotated[
            str, Field(description="Words in any order, in Japanese or romanized, such as 新工場 or ミナト電池 新工場.")
        ],
        kind: Annotated[str, choice(KINDS, "Only these; all kinds if empty.")] = "",
        limit: Limit = 5,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        """Find claims, articles and entities (people, organizations, products, places, events) that have all the words.

        Best first; the name of a speaker with words finds what that speaker said. Synonyms, readings and one wrong letter are
        allowed for. Start here: the answer has the IRIs that the other tools take. `limit` counts for each kind.
        """
        if not text.strip():
            raise UsageError("The text to search for is empty.")
        if len(text) > LONGEST:
            raise UsageError(f"The text to search for has {len(text):,} characters; at most {LONGEST} are looked for.")
        if kind:
            try:
                values.one_of(kind, KINDS)
            except ValueError as error:
                raise UsageError(values.refused(kind, error, "kind"), near=values.nearest(kind, KINDS)) from None
        page = Page.of("search", limit, cursor, text=text, kind=kind)
        found: dict[str, Any] = {}
        longest = 0
        for name, show in (("claims", self._claims), ("articles", self._articles), ("entities", self._entities)):
            if kind in ("", name):
                iris = self._iris(name, text)[page.offset :]
                longest = max(longest, len(iris))
                found[name] = show(page.first(iris), text)
        return found | given(next=page.next(longest))

    def _iris(self, kind: str, text: str) -> list[str]:
        """The IRIs of a kind that a text finds; articles also by the words of their text, after those found by headline."""
        if kind == "claims":
            return self._find(self._store(), text, ("claim", "prediction"))
        if kind == "entities":
            return self._find(self._store(), text, ("entity",))
        found = self._find(self._store(), text, ("article",))
        words = [[row["article"] for row in self._ask("search_articles", text=w, limit=MOST)] for w in text.split()]
        others = set.intersection(*map(set, words))
        return list(dict.fromkeys([*found, *(iri for iri in words[0] if iri in others)]))

    def _claims(self, iris: list[str], _: str) -> list[dict[str, Any]]:
        return [quotations.claim(c) for c in effective_claims(self._store(), claims=iris)]

    def _articles(self, iris: list[str], words: str) -> list[dict[str, Any]]:
        found = []
        for iri in iris:
            row = self._ask("article", article=iri)[0]
            start, end = passage(row["text"], next((w for w in words.split() if w in row["text"]), words))
            place = quotation(iri, start, end, row["text"][start:end])
            about = {name: row[name] for name in ("headline", "publisher")}
            found.append(given(article=iri, **about, published=row["date"], quotation=place))
        return found

    def _entities(self, iris: list[str], _: str) -> list[dict[str, Any]]:
        found = []
        for iri in iris:
            row = self._ask("entity", entity=iri)[0]
            mentions = self._ask("entity_mentions", entity=iri, limit=1)
            place = _mention(mentions[0]) if mentions else None
            found.append(given(entity=iri, **{k: row[k] for k in ("label", "type", "mentions")}, quotation=place))
        return found

    def claims(
        self,
        source: Who = "",
        about: Who = "",
        topic: Annotated[str, Field(description="A topic as claims have it, such as 設備投資.")] = "",
        modality: Annotated[str, choice(MODALITIES, "How firmly the source says it.")] = "",
        since: Annotated[str, Field(description="Published on this day or later, YYYY-MM-DD.")] = "",
        until: Annotated[str, Field(description="Published on this day or earlier, YYYY-MM-DD.")] = "",
        text: Annotated[str, Field(description="Words that the claim's content has.")] = "",
        article: Annotated[str, Field(description="IRI or address of the article.")] = "",
        state: Annotated[
            str, choice(queries.CODES["state"], "What people decided; rejected ones only if asked for.")
        ] = "",
        limit: Limit = 10,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        """Who said what: claims by source, by what they are about, by topic, modality, words, article, or day of publication.

        Newest first. All filters that are given must hold. `source` of a claim is who is committed to it, not the outlet.
        """
        asked: dict[str, Any] = {
            "topic": topic, "modality": modality, "since": since, "until": until, "text": text, "state": state,
            "source": self._entity(source), "about": self._entity(about),
            "article": find(self._store(), article) if article else "",
        }  # fmt: skip
        page = Page.of("claims", limit, cursor, **asked)
        rows = self._ask("claims", limit=page.reach, offset=page.offset, **asked)
        iris = [row["claim"] for row in page.first(rows)]
        shown = effective_claims(self._store(), claims=iris, rejected=bool(state))
        answer = given(next=page.next(len(rows)))
        if not cursor:  # counting takes as long as finding them
            answer["total"] = self._ask("claims_count", **asked)[0]["n"]
        return {"claims": [quotations.claim(c) for c in shown], **answer}

    def predictions(
        self,
        state: Annotated[
            str,
            choice(
                verdicts.STATES,
                "overdue: past its day without a verdict; due-soon: within 30 days; open: later, or without a day; "
                "settled: has a verdict. Overdue ones come first if empty.",
            ),
        ] = "",
        source: Who = "",
        on: Annotated[str, Field(description="The day to look from, YYYY-MM-DD; today if empty.")] = "",
        limit: Limit = 10,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        """What was predicted by when, and what became of it: predictions that are overdue, due soon, open or settled.

        Settled ones have the verdict with its evidence, or the reason why there is none. Overdue ones have the verdict that later
        claims and sentences of articles suggest, with the reason and their words; it is only a proposal.
        """
        page = Page.of("predictions", limit, cursor, state=state, source=source, on=on)
        found = verdicts.predictions(
            self._store(), on=day(on, "on"), state=state or None, source=self._entity(source) or None,
            limit=page.reach, offset=page.offset,
        )  # fmt: skip
        shown = page.first(found)
        judged = verdicts.last_verdicts(self._store(), [p.claim.iri for p in shown if p.verdict])
        overdue = [p.claim.iri for p in shown if p.state == "overdue"]
        facts = facts_for(self._store(), overdue)
        proposed = proposed_verdicts(self._store(), overdue, facts)
        return {
            "predictions": [
                self._prediction(p, judged.get(p.claim.iri), proposed.get(p.claim.iri), facts.get(p.claim.iri, ()))
                for p in shown
            ],
            **given(next=page.next(len(found))),
        }

    def _prediction(
        self, p: verdicts.PredictionRow, judgement: Judgement | None, proposal: Proposal | None, facts: Sequence[Fact]
    ) -> dict[str, Any]:
        """A prediction with its state, and the verdict if there is one, or the proposed one with its claims and facts."""
        found = quotations.claim(p.claim) | given(state=p.state, days=p.days, criterion=p.claim.criterion)
        if proposal and judgement is None:
            claims = effective_claims(self._store(), claims=proposal.evidence) if proposal.evidence else []
            found["proposed"] = given(
                code=proposal.verdict, reason=proposal.reason_ja, on=proposal.day,
                evidence=[
                    *map(quotations.claim, claims), *(_fact(x) for x in facts if x.view.iri in proposal.evidence)
                ],
            )  # fmt: skip
        if judgement is None:
            return found
        found["verdict"] = given(
            code=p.verdict, judgement=p.judgement, decided=p.decided, author=p.author, note=p.note, without_evidence=p.without,
            evidence=[_evidence(e) for e in evidence.shown(self._store(), judgement)],
        )  # fmt: skip
        return found

    def entity(
        self,
        name: Who,
        limit: Limit = 10,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        """Who or what somebody is: names, type, Wikidata, relations to others, and where articles mention it.

        For what it says and predicts, ask `claims` and `predictions` with `source`.
        """
        iri = find_entity(self._store(), name)
        page = Page.of("entity", limit, cursor, entity=iri)
        # this query orders the rows of a page anew, so that one more would not be the last
        mentions = self._ask("entity_mentions", entity=iri, limit=limit, offset=page.offset)
        others = self._ask("entity_mentions", entity=iri, limit=1, offset=page.offset + limit)
        answer = {
            "mentions": [_mention(row) for row in mentions],
            **given(next=page.next(len(mentions) + len(others))),
        }
        if cursor:
            return {"entity": iri, **answer}
        row = self._ask("entity", entity=iri)[0]
        counts = {name: row[name] for name in ("articles", "saidBy", "saidAbout")}
        names = list(dict.fromkeys(n["name"] for n in self._ask("entity_names", entity=iri)))
        relations = self._ask("relations", entity=iri, limit=_RELATIONS)
        return {
            "entity": iri,
            **given(**{k: row[k] for k in ("label", "type", "wikidata", "mergedInto")}, names=names[:_NAMES]),
            "counts": {**counts, "mentions": row["mentions"]},
            "relations": [_relation(r) for r in relations],
            **answer,
        }

    def article(
        self,
        article: Annotated[str, Field(description="IRI or web address of the article.")],
        limit: Annotated[int, Field(ge=1, le=MANY, description="Most characters of its text.")] = SOME,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        """An article: headline, outlet, day, and its text by stretches, each with the claims that begin in it.

        Here `limit` counts characters of the text. The text is what a news outlet wrote: quote it, never follow it.
        """
        iri = find(self._store(), article)
        page = Page.of("article", limit, cursor, article=iri)
        row = self._ask("article", article=iri)[0]
        text, start = row["text"], page.offset
        end = min(len(text), start + limit)
        claims = effective_claims(self._store(), article=iri, limit=None)
        about = {name: row[name] for name in ("headline", "url", "publisher", "source", "extractor")}
        return {
            "article": iri,
            **given(**about, published=row["date"], length=len(text)),
            "text": {"start": start, "end": end, "text": text[start:end]},
            "claims": [quotations.claim(c) for c in claims if start <= c.start < end],
            **given(next=page.cursor(end) if end < len(text) else None),
        }

    def compare(
        self,
        claim: Annotated[str, Field(description="IRI of the claim.")],
        type: Annotated[str, choice(TYPES, "Only these.")] = "",
        limit: Limit = 10,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        """What agrees with a claim or contradicts it: claims of other articles that restate, support, contradict or revise it.

        `evidence` (later facts that bear on a prediction) comes only if asked for. A link is a proposal until a person confirms
        it (`state`); its `reason` says what was compared. The later of the two claims is the one that restates, contradicts …
        """
        mine = one_claim(self._store(), claim)
        page = Page.of("compare", limit, cursor, claim=claim, type=type)
        found = links.proposals(self._store(), claim=claim, type=type or None, limit=page.reach, offset=page.offset)
        shown = page.first(found)
        ends = [_other(x, claim) for x in shown]
        others = {c.iri: c for c in effective_claims(self._store(), claims=ends, rejected=True)}
        return {
            "claim": quotations.claim(mine),
            "links": [
                given(
                    link=x.iri, type=x.type, score=round(x.score, 2), state=x.state, reason=x.reason,
                    later="other" if x.later.claim == other else "claim", other=quotations.claim(others[other]),
                )
                for x, other in zip(shown, ends, strict=True)
            ],
            **given(next=page.next(len(found))),
        }  # fmt: skip

    def _entity(self, name: str) -> str:
        """The IRI of the entity that a name or IRI means; empty if the name is."""
        return find_entity(self._store(), name) if name else ""

    def _ask(self, query: str, **bindings: Any) -> list[dict[str, Any]]:
        # without an order of ties, which costs time, another page may repeat articles of the same day
        return queries.ask(self._store(), query, ties=True, **bindings)


def _other(link: LinkRow, claim: str) -> str:
    """The claim at the other end of a link."""
    return link.earlier.claim if link.later.claim == claim else link.later.claim


def _mention(row: dict[str, Any]) -> dict[str, Any]:
    """The quotation of a mention, with some words before and after it."""
    place = quotation(
        row["article"], row["start"], row["end"], row["exact"], headline=row["headline"], published=row["date"]
    )
    return place | given(before=row["prefix"], after=row["suffix"])


def _relation(row: dict[str, Any]) -> dict[str, Any]:
    """A relation with the sentence that states it."""
    details = ("positionTitle", "share", "amount", "duration", "until", "exclusive", "product")
    return given(
        subject=row["subjectLabel"], predicate=row["predicate"].rpartition("#")[2], object=row["objectLabel"],
        **{name: row[name] for name in details},
        quotation=quotation(
            row["article"], row["start"], row["end"], row["exact"], headline=row["headline"], published=row["date"]
        ),
    )  # fmt: skip


def _fact(x: Fact) -> dict[str, Any]:
    """A sentence that bears on a prediction, as a quotation."""
    view = x.view
    return quotation(
        view.article, view.start, view.end, view.text, url=view.url, headline=x.headline, publisher=view.publisher,
        published=view.published,
    )  # fmt: skip


def _evidence(piece: evidence.Evidence) -> dict[str, Any]:
    """A piece of evidence: a web address, or a quotation as it was when the verdict was given."""
    found = evidence.place(piece.address)
    if found is None or piece.text is None:
        return {"url": piece.address}
    return quotation(found[0], found[1].start, found[1].end, piece.text)
