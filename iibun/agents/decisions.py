"""Tools that decide, for servers that may write: ``judge``, ``verdict`` and ``undo``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from iibun.agents import quotations
from iibun.agents.lookups import choice, day, one_claim
from iibun.agents.quotations import given
from iibun.agents.texts import Texts
from iibun.agents.threads import Threads
from iibun.archive import deletion
from iibun.archive.held import Held
from iibun.batch import jobs
from kg.errors import IibunError
from kg.tracking import judgements, verdicts
from kg.tracking.claims import effective_claims
from kg.tracking.log import JudgementError, entries, in_force
from kg.tracking.timeline import find_entity
from kg.vocab import MODALITIES, POLARITIES, VERDICTS

if TYPE_CHECKING:
    from kg.store import Store

Claim = Annotated[str, Field(description="IRI of the claim.")]
Names = Annotated[list[str] | None, Field(description="For edit: names or IRIs of entities; [] for none.")]
Reason = Annotated[str, Field(description="Why, in words; kept in the log.")]


class CannotUndo(IibunError):
    """What is to be taken back was not made by this agent, or cannot be taken back here."""


class Decisions:
    """The tools of this module.

    Args:
        store: gives the store, at each call.
        author: who decides.
        texts: what has been ingested, which :meth:`undo` takes back.
        threads: where blocking work is done.
    """

    def __init__(self, store: Callable[[], Store], author: str, texts: Texts, threads: Threads) -> None:
        self._store, self._author, self._texts, self._threads = store, author, texts, threads

    def judge(
        self,
        claim: Claim,
        action: Annotated[str, choice(judgements.ACTIONS, "What to do with it.", needed=True)],
        reason: Reason = "",
        sources: Names = None,
        about: Names = None,
        source_text: Annotated[str | None, Field(description="For edit: the words for an unnamed source.")] = None,
        modality: Annotated[str, choice(MODALITIES, "For edit.")] = "",
        polarity: Annotated[str, choice(POLARITIES, "For edit.")] = "",
        title: Annotated[str, Field(description="For edit: the claim as one short sentence.")] = "",
        prediction: Annotated[bool | None, Field(description="For edit: whether it is one.")] = None,
        due_start: Annotated[str | None, Field(description="For edit: YYYY-MM-DD; an empty text for none.")] = None,
        due_end: Annotated[str | None, Field(description="For edit: YYYY-MM-DD; an empty text for none.")] = None,
        start: Annotated[int | None, Field(description="For edit: offset of the content's beginning.")] = None,
        end: Annotated[int | None, Field(description="For edit: offset of the content's end.")] = None,
    ) -> dict[str, Any]:
        """Accept, reject or edit a claim as it was read. It is entered in the log with author and time; `undo` takes it back.

        An edit changes only what is given. Do this when a person has asked for it.
        """
        changes: dict[str, Any] = {
            name: [find_entity(self._store(), each) for each in named]
            for name, named in (("sources", sources), ("about", about))
            if named is not None
        }
        changes |= {
            name: text for name, text in (("modality", modality), ("polarity", polarity), ("title", title)) if text
        }
        if source_text is not None:
            changes["source_text"] = source_text or None
        if prediction is not None:
            changes["prediction"] = prediction
        changes |= {
            name: day(text, name) for name, text in (("due_start", due_start), ("due_end", due_end)) if text is not None
        }
        changes |= {name: at for name, at in (("start", start), ("end", end)) if at is not None}
        iri = judgements.judge(
            self._store(), claim, action, author=self._author, reason=reason, changes=changes or None,
        )  # fmt: skip
        return self._decided(iri, claim)

    def verdict(
        self,
        claim: Claim,
        code: Annotated[str, choice(VERDICTS, "What became of it.", needed=True)],
        evidence: Annotated[
            list[str] | None,
            Field(description="What shows it: web addresses, or IRIs of claims or extents of articles in the store."),
        ] = None,
        without_evidence: Annotated[str, Field(description="Why there is no evidence, if there is none.")] = "",
        on: Annotated[str, Field(description="The day that settled it, YYYY-MM-DD; today if empty.")] = "",
        note: Annotated[str, Field(description="Why, in words.")] = "",
    ) -> dict[str, Any]:
        """Say what became of a prediction. It needs evidence, or the reason why there is none; `undo` takes it back.

        A second verdict on the same claim revises the first. Do this when a person has asked for it.
        """
        iri = verdicts.verdict(
            self._store(), claim, code, author=self._author, evidence=evidence or (), without=without_evidence,
            on=day(on, "on"), note=note,
        )  # fmt: skip
        return self._decided(iri, claim)

    def _decided(self, judgement: str, claim: str) -> dict[str, Any]:
        """A new judgement, with the claim as it stands now."""
        return {
            "judgement": judgement,
            "author": self._author,
            "claim": quotations.claim(one_claim(self._store(), claim)),
        }

    async def undo(
        self,
        what: Annotated[
            str, Field(description="IRI of a judgement, as judge and verdict give it; or of an ingested article.")
        ],
        reason: Reason = "",
    ) -> dict[str, Any]:
        """Take back what was done through this server: a judgement or verdict, an undo of one, or an article just ingested.

        What other people decided is left alone.
        """
        if what not in self._texts.ingested:
            return await self._threads.run(self._undone, what, reason)
        former = await self._threads.run(self._taken_back, what)
        if former is not None:
            await self._texts.run(former, former.title or what)
        del self._texts.ingested[what]
        return {"article": what, "undone": "deleted" if former is None else "has its former text again"}

    def _undone(self, judgement: str, reason: str) -> dict[str, Any]:
        found = entries(self._store(), judgements=[judgement])
        if not found:
            raise JudgementError(f"There is no judgement {judgement} in the store.")
        if found[0].author != self._author:
            raise CannotUndo(f"{judgement} was made by {found[0].author}; here only what {self._author} did is undone.")
        iri = judgements.undo(self._store(), judgement, author=self._author, reason=reason)
        about = effective_claims(self._store(), claims=[found[0].subject], rejected=True)  # none if it was an undo
        claim = quotations.claim(about[0]) if about else None
        return {"judgement": iri, "author": self._author, "undone": judgement, **given(claim=claim)}

    def _taken_back(self, article: str) -> jobs.Pasted | None:
        """Delete an article that was new; return the former text of one that was there before, to be read again.

        Raises:
            CannotUndo: if it was there before with the same text, or other people have changed it or decided on it since.
        """
        done, held = self._texts.ingested[article], Held(self._store())
        now, former = held.article(article), held.versions(article)
        if now is not None and now.text_hash != done.text_hash:
            raise CannotUndo(f"The article {article} has another text by now, which was not stored here.")
        if not done.before:
            decided = {j.author for j in in_force(entries(self._store(), article=article))} - {self._author}
            if decided:
                raise CannotUndo(
                    f"{', '.join(sorted(decided))} decided on the article {article}; it is not deleted here."
                )
            deletion.delete(self._store(), article)
            deletion.clear(self._store())
            return None
        if now is None or not former or former[-1].replaced < done.since:
            raise CannotUndo(
                f"The article {article} was in the store before, with the same text: nothing is to be undone."
            )
        then = former[-1]
        return jobs.Pasted(then.text, then.title, now.published, now.publisher, now.url)
