"""What agents may change: judgements, verdicts and articles, and that each is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from threading import Event

import pytest

from iibun.agents.server import Server, make
from iibun.batch import jobs
from iibun.web import listing
from ingest.batch import Outcome
from kg.model import Article, Report
from kg.store import Store
from kg.tracking import judgements
from kg.tracking.claims import effective_claims
from tests import agent_server
from tests.agent_server import AUTHOR, NEWS, answer, claim_of, quotations, refusal
from tests.kg_samples import TEXT, report

store, server = agent_server.store, agent_server.server


def test_decisions_are_made_and_taken_back(store: Store, server: Server) -> None:
    factory = claim_of(store, "3月末")
    edited = answer(
        server, "judge", claim=factory, action="edit", modality="hoped", sources=["青葉電機"], due_end="2026-04-30", reason="会見で"
    )  # fmt: skip
    assert (edited["claim"]["modality"], edited["claim"]["source"]) == ("hoped", "青葉電機")
    assert edited["claim"]["due"] == {"end": "2026-04-30"} and edited["claim"]["state"] == "corrected"
    assert edited["author"] == AUTHOR == judgements.history(store, claim=factory)[0].author
    settled = answer(server, "verdict", claim=factory, code="partly", without_evidence="会見で聞いた", on="2026-05-01")
    assert settled["claim"]["verdict"] == "partly"
    rejected = answer(server, "judge", claim=factory, action="reject")
    assert answer(server, "claims", source="青葉電機")["claims"] == []
    for made in (rejected, settled, edited):
        undone = answer(server, "undo", what=made["judgement"])
        assert undone["undone"] == made["judgement"] and undone["claim"]["claim"] == factory
    (found,) = answer(server, "claims", text="3月末")["claims"]
    assert (found["modality"], found["source"], found["due"]["end"]) == ("intended", "三条望", "2026-03-31")
    assert "state" not in found and "verdict" not in found
    assert "undone already" in refusal(server, "undo", what=edited["judgement"])


def test_what_people_decided_is_left_alone(store: Store, server: Server) -> None:
    by_person = judgements.judge(store, claim_of(store, "3月末"), "accept", author="佐藤")
    assert "was made by 佐藤; here only what 青木 (MCP) did is undone" in refusal(server, "undo", what=by_person)
    assert not judgements.history(store)[0].undone


class Reading:
    """Stands for the worker processes: gives a report of one claim for every text."""

    def __init__(self) -> None:
        self.ready = Event()
        self.ready.set()
        self.read_texts: list[str] = []

    def read(self, _: object, pieces: list[Article]) -> list[Future[Outcome]]:
        found = []
        for piece in pieces:
            self.read_texts.append(piece.text)
            made = report(0, piece.text)
            future: Future[Outcome] = Future()
            future.set_result(
                Outcome(piece, Report(piece, made.entities, made.mentions, claims=made.claims, extractor="test"))
            )
            found.append(future)
        return found

    def stop(self, _: object) -> None:
        """Nothing is going on."""

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reading]:
    found = Reading()
    monkeypatch.setattr(jobs, "_readers", found)
    yield found
    jobs.stop()


def test_a_text_is_read_and_not_stored(store: Store, server: Server, reading: Reading) -> None:
    before = store.version
    found = answer(server, "read", text=TEXT, published="2025-11-03", limit=1)
    assert found["counts"] == {"claims": 2, "predictions": 1, "entities": 3, "relations": 0, "figures": 0}
    assert len(found["entities"]) == 1
    (first,) = found["claims"]
    assert first["source"] == "青葉電機" and first["due"] == {"end": "2027-12-31", "text": "2027年までに"}
    quoted = first["quotation"]
    assert TEXT[quoted["start"] : quoted["end"]] == quoted["text"]
    following = answer(server, "read", text=TEXT, published="2025-11-03", limit=1, cursor=found["next"])
    assert [c["source"] for c in following["claims"]] == ["水野恵子"] and "next" not in following
    assert len(reading.read_texts) == 1, "the second page is of the same report"
    assert store.version == before


def test_an_article_is_stored_once_and_taken_back(store: Store, server: Server, reading: Reading) -> None:
    given = {"text": TEXT, "url": NEWS + "new", "title": "題", "published": "2025-11-03", "publisher": "架空新報"}
    (stored,) = answer(server, "ingest", **given)["articles"]
    assert (stored["fate"], stored["counts"]["claims"], stored["title"]) == ("new", 2, "題")
    quoted = list(quotations(stored))
    assert len(quoted) == 2 and all(TEXT[q["start"] : q["end"]] == q["text"] for q in quoted)
    (again,) = answer(server, "ingest", **given)["articles"]
    assert again["article"] == stored["article"] and again["fate"] == "updated"
    assert answer(server, "undo", what=stored["article"]) == {"article": stored["article"], "undone": "deleted"}
    assert "no article" in refusal(server, "article", article=NEWS + "new")
    assert "no judgement" in refusal(server, "undo", what=stored["article"])


def test_what_others_did_with_an_article_meanwhile_is_left_alone(
    store: Store, server: Server, reading: Reading
) -> None:
    given = {"text": TEXT, "url": NEWS + "new"}
    (stored,) = answer(server, "ingest", **given)["articles"]
    claim = next(c.iri for c in effective_claims(store, article=stored["article"]))
    by_person = judgements.judge(store, claim, "accept", author="佐藤")
    assert "佐藤 decided on" in refusal(server, "undo", what=stored["article"])
    judgements.undo(store, by_person, author="佐藤")
    jobs.keep(store, report(0, TEXT + "\n続報。", url=NEWS + "new"))
    assert "another text by now" in refusal(server, "undo", what=stored["article"])
    assert store.contains(stored["article"])
    (again,) = answer(server, "ingest", **given)["articles"]
    assert answer(server, "undo", what=again["article"])["undone"] == "deleted"


def test_a_copy_that_was_there_before_is_not_deleted(store: Store, server: Server, reading: Reading) -> None:
    for n in (5, 6):
        jobs.keep(store, report(0, url=NEWS + str(n)))
    (copied,) = answer(server, "ingest", text=TEXT, url=NEWS + "6")["articles"]
    assert copied["fate"] == "copy"
    assert "with the same text" in refusal(server, "undo", what=copied["article"])
    assert store.contains(copied["article"])


def test_a_new_text_of_an_article_is_taken_back(store: Store, server: Server, reading: Reading) -> None:
    was = TEXT + "\n以上。"
    assert answer(server, "ingest", text=was, url=NEWS + "4", title="題")["articles"][0]["fate"] == "new"
    later = make(lambda: store, author=AUTHOR, find=listing.keys, writes=True)  # for which the article was there before
    (now,) = answer(later, "ingest", text=TEXT, url=NEWS + "4")["articles"]
    assert now["fate"] == "updated" and answer(later, "article", article=NEWS + "4")["length"] == len(TEXT)
    assert answer(later, "undo", what=now["article"])["undone"] == "has its former text again"
    assert answer(later, "article", article=NEWS + "4")["text"]["text"] == was
    (same,) = answer(later, "ingest", text=was, url=NEWS + "4")["articles"]
    assert "with the same text" in refusal(later, "undo", what=same["article"])
