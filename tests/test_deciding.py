"""What others decided meanwhile is noticed before a decision is recorded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from kg import store as stores
from kg.tracking.claims import effective_claims
from kg.tracking.judgements import history, judge, undo
from kg.tracking.log import Overtaken, WrongJudgement, deciding, last
from tests import pages_store


@pytest.fixture
def store() -> Iterator[Any]:
    with stores.memory() as opened:
        pages_store.fill(opened)
        yield opened


def test_a_decision_on_what_was_seen_is_made_and_one_on_less_is_not(store: Any) -> None:
    claim, other = (c.iri for c in effective_claims(store)[:2])
    with deciding(store, claim, ""):
        first = judge(store, claim, "accept", author="佐藤")
    assert last(store, [claim, other]) == {claim: first}
    with pytest.raises(Overtaken) as raised, deciding(store, claim, ""):
        judge(store, claim, "reject", author="鈴木")
    assert raised.value.last == first
    with deciding(store, claim, first):
        judge(store, claim, "reject", author="鈴木")
    with deciding(store, other, ""):
        judge(store, other, "accept", author="鈴木")
    assert [j.kind for j in history(store, claim=claim)] == ["Rejection", "Acceptance"]


@pytest.mark.parametrize("changes", [{"due_start": date(2027, 1, 1)}, {"due_end": date(2025, 12, 31)}])
def test_an_edit_of_one_end_of_a_due_date_heeds_the_other(store: Any, changes: dict[str, date]) -> None:
    (claim,) = [c.iri for c in effective_claims(store, prediction=True) if "3月末" in c.text]
    judge(store, claim, "edit", author="佐藤", changes={"due_start": date(2026, 1, 1)})
    with pytest.raises(WrongJudgement, match="before it starts"):
        judge(store, claim, "edit", author="佐藤", changes=changes)
    (now,) = effective_claims(store, claims=[claim])
    assert (now.due_start, now.due_end) == (date(2026, 1, 1), date(2026, 3, 31))
    judge(store, claim, "edit", author="佐藤", changes={"due_start": None})


@pytest.mark.parametrize("title", [" ", "\n\u3000", "\x1b[2J題\n名"])
def test_a_title_is_one_visible_line_or_none(store: Any, title: str) -> None:
    claim = effective_claims(store)[0]
    judge(store, claim.iri, "edit", author="佐藤", changes={"title": title})
    assert effective_claims(store, claims=[claim.iri])[0].title in (None, "", claim.text, "\ufffd[2J題 名")


def test_an_undo_is_a_decision_too_and_so_is_its_undo(store: Any) -> None:
    claim = effective_claims(store)[0]
    made = judge(store, claim.iri, "accept", author="佐藤")
    taken = undo(store, made, author="佐藤")
    again = undo(store, taken, author="佐藤")
    assert last(store, article=claim.article) == {claim.iri: again}
    with pytest.raises(Overtaken), deciding(store, claim.iri, made):
        pass


def test_of_many_that_decide_at_once_on_what_they_saw_one_does(store: Any) -> None:
    claim = effective_claims(store)[0].iri
    start, refused = threading.Barrier(4), []

    def decide(author: str) -> None:
        start.wait()
        try:
            with deciding(store, claim, ""):
                judge(store, claim, "accept", author=author)
        except Overtaken as error:
            refused.append(error.last)

    threads = [threading.Thread(target=decide, args=(f"人{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (made,) = history(store, claim=claim)
    assert refused == [made.iri] * 3
