"""What others decided meanwhile is noticed before a decision is recorded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kg import store as stores
from kg.tracking.claims import effective_claims
from kg.tracking.judgements import history, judge, undo
from kg.tracking.log import Overtaken, deciding, last
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
